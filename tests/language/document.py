"""The AsyncAPI 3 document of the published language, from the catalogue of events and topics.

Called by `python -m tests.language` and by its tests. Everything is taken from the code: owners, keys, partitions,
retention, readers, payloads; the examples are the recorded samples.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, get_args

import orjson
from pydantic import BaseModel

from shared.events import runtime
from shared.events.base import Channel
from shared.events.catalogue import COMMANDS, EVENTS, routes
from shared.events.notify import ChannelWatermark, Delivery
from shared.events.requests import Request
from shared.registry.things import KINDS
from shared.runtime.topics_admin import configuration
from shared.topics import FOR_EVER, STAGES, TOPICS, Topic
from tests.language.schemas import Schema, Schemas
from tests.replay.representatives import REPRESENTATIVES
from tests.replay.write_samples import recorded

ROOT = Path(__file__).parent.parent.parent
REPLICAS = 3
"""Copies of each partition in production."""
BINDING = "0.5.0"
"""Version of AsyncAPI's Kafka binding."""
_SUBJECT = "‹subject›"
_ENVIRONMENT = "[a-z][a-z0-9-]*"
_DESCRIPTION = """Every topic of PROC-QUAL-006's after-sales service, what is published on it, by whom and for whom.

Readers take an event's `subject` and `seq` as its place, drop what they have, pass over fields and types that they
do not know. Requests of customers are plain JSON (`docs/adapters.md`); everything else is a CloudEvent 1.0.
Generated from the code by `python -m tests.language --write`; a test fails where it differs."""


def document() -> Schema:
    """Return the whole document."""
    schemas = Schemas()
    messages = {**_events(schemas), **_commands(schemas), **_documents(schemas), **_raw()}
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "SAV: the published language", "version": _version(), "description": _DESCRIPTION},
        "defaultContentType": "application/json",
        "servers": {
            "kafka": {
                "host": "{bootstrap}",
                "protocol": "kafka",
                "description": "The cluster; SAV_KAFKA names it.",
                "variables": {"bootstrap": {"default": "localhost:9092"}},
            }
        },
        "channels": {topic.name: _channel(topic) for topic in TOPICS},
        "operations": {
            name: operation for topic in TOPICS for name, operation in (_send(topic), *_receive(topic)) if operation
        },
        "components": {"messages": messages, "schemas": dict(sorted(schemas.found.items()))},
    }


def dumped() -> str:
    """Return the document as it lies in `docs/asyncapi.json`."""
    return orjson.dumps(document(), option=orjson.OPT_INDENT_2).decode() + "\n"


def _version() -> str:
    project: str = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    return project


def messages_on(topic: Topic) -> list[str]:
    """Return the names of the messages that a topic carries."""
    match topic.kind:
        case "requests":
            return [f"request-{topic.name.rpartition('.')[2]}"]
        case "commands":
            return [*COMMANDS, *(one for stage in STAGES for one in _of_runtime(stage))]
        case "deliveries":
            return ["delivery"]
        case "channels":
            return ["channel-watermark"]
        case "registry" | "due" | "dead":
            return [topic.kind]
        case _:
            return [name for name in EVENTS if topic.name in topics_of(name)]


def topics_of(type_name: str) -> list[str]:
    """Return every topic that an event is published on."""
    event: Any = REPRESENTATIVES[type_name]
    return [topic for topic, _ in routes(_SUBJECT, event)]


def _of_runtime(stage: str) -> dict[str, type[BaseModel]]:
    return {runtime.republish_type(stage): runtime.Republish, runtime.release_type(stage): runtime.Release}


def _channel(topic: Topic) -> Schema:
    kept = "the last of each key" if topic.compacted else "for ever" if topic.retention_ms == FOR_EVER else ""
    days = f"{topic.retention_ms // 86_400_000} days"
    settings = configuration(topic, REPLICAS)
    return {
        "address": f"{{environment}}.{topic.name}",
        "title": topic.name,
        "summary": topic.carries[0].upper() + topic.carries[1:] + ".",
        "parameters": {"environment": {"description": "Joins every name; SAV_ENVIRONMENT.", "default": "dev"}},
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in messages_on(topic)},
        "bindings": {
            "kafka": {
                "partitions": topic.partitions,
                "replicas": REPLICAS,
                "topicConfiguration": {
                    "cleanup.policy": [settings["cleanup.policy"]],
                    "retention.ms": topic.retention_ms,
                    "max.message.bytes": int(settings["max.message.bytes"]),
                },
                "bindingVersion": BINDING,
            }
        },
        "x-owner": topic.writer,
        "x-readers": list(topic.readers),
        "x-key": topic.key,
        "x-kept": kept or days,
    }


def _send(topic: Topic) -> tuple[str, Schema]:
    name = f"{topic.writer.replace(' ', '-')}-writes-{topic.name}"
    return name, _operation("send", topic, f"{topic.writer} writes {topic.name}")


def _receive(topic: Topic) -> list[tuple[str, Schema]]:
    found = []
    for reader in topic.readers:
        operation = _operation("receive", topic, f"{reader} reads {topic.name}")
        if topic.kind == "commands":
            own = [name for name in messages_on(topic) if name.startswith(f"sav.{reader}.")]
            operation["messages"] = [{"$ref": f"#/channels/{topic.name}/messages/{name}"} for name in own]
        if reader in (*STAGES, "desk") and topic.kind not in ("registry", "channels"):
            group = {"type": "string", "pattern": rf"^{_ENVIRONMENT}\.{reader}$"}
            operation["bindings"] = {"kafka": {"groupId": group, "bindingVersion": BINDING}}
        found.append((f"{reader}-reads-{topic.name}", operation))
    return found


def _operation(action: str, topic: Topic, title: str) -> Schema:
    return {"action": action, "channel": {"$ref": f"#/channels/{topic.name}"}, "title": title}


def _message(name: str, model: type, payload: Schema, key: str, examples: list[Schema] | None = None) -> Schema:
    summary, _, more = (model.__doc__ or "").strip().partition("\n\n")
    found: Schema = {
        "name": name,
        "title": model.__name__,
        "summary": " ".join(summary.split()),
        "payload": payload,
        "bindings": {"kafka": {"key": {"type": "string", "description": key}, "bindingVersion": BINDING}},
    }
    if more:
        found["description"] = " ".join(more.split())
    if examples:
        found["examples"] = [{"name": f"example-{n}", "payload": one} for n, one in enumerate(examples, 1)]
    return found


def _events(schemas: Schemas) -> Schema:
    found = {}
    for name, entry in EVENTS.items():
        source = rf"^sav/{_ENVIRONMENT}/{entry.owner}$"
        payload = schemas.add_event(name, entry.model, source, seq=True)
        key = "the resource" if "sav.resources.asks" in topics_of(name) or entry.owner == "resources" else ""
        also = f"the ticket (on sav.resources.asks: {key})" if entry.owner == "dispatch" and key else "the ticket"
        found[name] = _message(name, entry.model, payload, also, _samples(name))
    return found


def _commands(schemas: Schemas) -> Schema:
    found = {}
    for name, entry in COMMANDS.items():
        key = "the resource" if entry.owner == "resources" else "the ticket"
        payload = schemas.add_event(name, entry.model, None, seq=False)
        found[name] = _message(name, entry.model, payload, key, _samples(name))
    for stage in STAGES:
        for name, model in _of_runtime(stage).items():
            payload = schemas.add_event(name, model, None, seq=False)
            found[name] = _message(name, model, payload, "the ticket or the resource")
    return found


def _samples(name: str) -> list[Schema]:
    return [orjson.loads(path.read_bytes()) for path in recorded(name)[-1:]]


def _documents(schemas: Schemas) -> Schema:
    found = {}
    for channel in get_args(Channel):
        own = {"properties": {"channel": {"const": channel}}, "required": ["channel"]}
        payload = {"allOf": [schemas.add("Request", Request), own]}
        key = "any; best the customer, whose requests then stay in their order"
        example = {**EXAMPLES["request"], "channel": channel}
        found[f"request-{channel}"] = _message(f"request-{channel}", Request, payload, key, [example])
    for name, model, key in (
        ("delivery", Delivery, "the ticket"),
        ("channel-watermark", ChannelWatermark, "the adapter"),
    ):
        found[name] = _message(name, model, schemas.add(model.__name__, model), key, [EXAMPLES[name]])
    return found


EXAMPLES: dict[str, Schema] = {
    "request": {
        "v": 1,
        "key": "7f3a9c",
        "received_at": "2026-11-23T09:00:00Z",
        "form": {"equipment": "camera", "protected": "no"},
        "personal": {
            "name": "Odette Barrois",
            "email": "odette.barrois@client.example",
            "text": "Depuis ce matin, plus aucune caméra ne répond.",
        },
    },
    "delivery": {
        "v": 1,
        "message": "b7a3c2c4-0000-5000-8000-000000000001",
        "ticket": "b7a3c2c4-0000-5000-8000-000000000002",
        "kind": "acknowledgement",
        "generation": 1,
        "resolution": 0,
        "channel": "email",
        "status": "accepted",
        "at": "2026-11-23T09:04:00Z",
    },
    "channel-watermark": {"v": 1, "adapter": "email", "until": "2026-11-23T09:05:00Z", "spool": "open"},
}
"""What adapters publish; nobody in them exists."""


def _raw() -> Schema:
    """What no other program should read or write by these schemas: the machinery's own, and what could not be read."""
    text = {"type": "string"}
    due = {
        "type": "object",
        "description": "Private to the stage: only its own sweeper writes here.",
        "required": ["id", "entity", "kind", "generation", "due_at"],
        "properties": {
            "id": text,
            "entity": text,
            "kind": text,
            "generation": {"type": "integer"},
            "due_at": {"type": "string", "format": "date-time"},
        },
    }
    headers = ("sav-reason", "sav-topic", "sav-partition", "sav-offset", "sav-headers", "sav-value")
    dead = {"type": "object", "required": list(headers), "properties": dict.fromkeys(headers, text)}
    return {
        "registry": {
            "name": "registry",
            "title": "Registry",
            "summary": "One thing of the registry in one version, the end marker that makes the version count, or a "
            "whole registry at once. Written by `sav registry import` alone.",
            "payload": _registry(),
        },
        "due": {"name": "due", "title": "Due", "summary": "A deadline of the stage has come.", "payload": due},
        "dead": {
            "name": "dead",
            "title": "Dead",
            "summary": "The record as it came, byte for byte; the headers say where it was and what is wrong with it.",
            "contentType": "application/octet-stream",
            "headers": dead,
            "payload": {},
        },
    }


def _registry() -> Schema:
    text = {"type": "string"}
    thing: Schema = {
        "type": "object",
        "required": ["kind", "id", "version", "data"],
        "properties": {
            "kind": {"enum": sorted(KINDS)},
            "id": text,
            "version": text,
            "data": {"type": ["object", "null"]},
        },
    }
    end: Schema = {
        "type": "object",
        "required": ["kind", "version", "after", "changes"],
        "properties": {"kind": {"const": "end"}, "version": text, "after": text, "changes": {"type": "integer"}},
    }
    whole: Schema = {
        "type": "object",
        "required": ["version", "contracts"],
        "properties": {"version": text, "contracts": {"type": "array"}},
    }
    return {"oneOf": [thing, end, whole]}
