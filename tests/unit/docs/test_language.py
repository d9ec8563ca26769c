"""The AsyncAPI document says what the code says, and what was ever published is as it says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, get_args

import pytest
from jsonschema import Draft7Validator, FormatChecker
from pydantic import ValidationError
from referencing import Registry
from referencing.jsonschema import DRAFT7

from shared.events.catalogue import COMMANDS, ENTRIES, EVENTS
from shared.events.requests import Request, RequestKind
from shared.events.survey import SurveyAnswered, TicketAtClosing
from shared.registry.imports import Plan
from shared.registry.things import Name
from shared.topics import TOPICS, Topic
from tests.language.__main__ import DOCUMENT, PAGE
from tests.language.document import ROOT, document, dumped, messages_on, topics_of
from tests.language.page import page
from tests.replay.write_samples import FOLDER, type_of
from tests.requirements import requirement
from tests.unit.services.builders import request

FORMATS = FormatChecker(formats=())
WHOLE = document()
MESSAGES: dict[str, Any] = WHOLE["components"]["messages"]
REGISTRY: Registry[Any] = Registry().with_resource("urn:language", DRAFT7.create_resource(WHOLE)).crawl()
SAMPLES = sorted(FOLDER.glob("*.json"))


def is_an_instant(value: object) -> bool:
    return not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is not None


FORMATS.checks("date-time", raises=ValueError)(is_an_instant)


def fits(message: str, payload: object) -> bool:
    """Tell whether a payload is as the document says of a message."""
    schema = {"$ref": f"urn:language#/components/messages/{message}/payload"}
    return bool(Draft7Validator(schema, registry=REGISTRY, format_checker=FORMATS).is_valid(payload))


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for one in value.values():
            yield from references(one)
    elif isinstance(value, list):
        for one in value:
            yield from references(one)


def resolved(reference: str) -> Any:
    found: Any = WHOLE
    for step in reference.removeprefix("#/").split("/"):
        found = found[step]
    return found


def test_the_committed_document_is_that_of_the_code() -> None:
    assert DOCUMENT.read_text("utf-8") == dumped(), "run: python -m tests.language --write"


def test_the_committed_page_is_that_of_the_document() -> None:
    assert PAGE.read_text("utf-8") == page(WHOLE), "run: python -m tests.language --write"


def test_the_page_needs_nothing_from_elsewhere_and_its_links_lead_somewhere() -> None:
    text = page(WHOLE)
    links = {piece.partition('"')[0] for piece in text.split('href="#')[1:]}
    anchors = {piece.partition('"')[0] for piece in text.split('id="')[1:]}

    assert links <= anchors
    assert "<script" not in text
    assert "http" not in text


def test_every_reference_leads_somewhere() -> None:
    for reference in references(WHOLE):
        assert resolved(reference) is not None


@pytest.mark.parametrize("topic", TOPICS, ids=lambda one: one.name)
def test_a_topic_is_a_channel_with_its_owner_its_readers_and_what_it_carries(topic: Topic) -> None:
    channel = WHOLE["channels"][topic.name]
    operations = [one for one in WHOLE["operations"].values() if one["channel"]["$ref"] == f"#/channels/{topic.name}"]

    assert channel["x-owner"] == topic.writer
    assert channel["bindings"]["kafka"]["partitions"] == topic.partitions
    assert channel["bindings"]["kafka"]["topicConfiguration"]["retention.ms"] == topic.retention_ms
    assert [*channel["messages"]] == messages_on(topic) != []
    assert sum(one["action"] == "send" for one in operations) == 1
    assert sum(one["action"] == "receive" for one in operations) == len(topic.readers)


def test_every_message_is_on_some_topic_and_every_type_of_the_catalogue_is_a_message() -> None:
    carried = {name for topic in TOPICS for name in messages_on(topic)}

    assert carried == set(MESSAGES)
    assert set(ENTRIES) <= carried


def test_a_stage_takes_only_the_commands_that_name_it() -> None:
    for name, one in WHOLE["operations"].items():
        if one["channel"]["$ref"] == "#/channels/sav.commands" and one["action"] == "receive":
            reader = name.partition("-reads-")[0]
            taken = [message["$ref"].rpartition("/")[2] for message in one["messages"]]
            assert taken and all(type_name.startswith(f"sav.{reader}.") for type_name in taken)


@pytest.mark.parametrize("name", WHOLE["components"]["schemas"])
def test_every_schema_is_one(name: str) -> None:
    Draft7Validator.check_schema(WHOLE["components"]["schemas"][name])


@pytest.mark.parametrize("name", MESSAGES)
def test_every_payload_is_a_schema_and_every_example_is_as_it_says(name: str) -> None:
    Draft7Validator.check_schema(MESSAGES[name]["payload"])

    assert all(fits(name, example["payload"]) for example in MESSAGES[name].get("examples", ()))


@pytest.mark.parametrize("path", SAMPLES, ids=[path.stem for path in SAMPLES])
def test_what_was_ever_published_is_as_the_document_says(path: Path) -> None:
    assert fits(type_of(path), json.loads(path.read_bytes()))


@pytest.mark.parametrize("name", ENTRIES)
def test_what_is_not_as_the_document_says_is_refused(name: str) -> None:
    sample = json.loads((FOLDER / f"{name}.json").read_bytes())
    wrong: dict[str, object] = {"type": "x", "time": "2026-11-23T09:00:00", "seq": 0, "data": [], "subject": ""}

    assert [field for field, value in wrong.items() if fits(name, sample | {field: value})] == []
    assert fits(name, sample | {"source": "elsewhere"}) is (name in COMMANDS)  # whoever may command may say so


def test_an_event_lies_on_the_topics_that_the_code_publishes_it_on() -> None:
    for name in EVENTS:
        assert {topic.name for topic in TOPICS if name in messages_on(topic)} == set(topics_of(name))


REQUESTS = [json.loads(request(kind).model_dump_json(exclude_defaults=True)) for kind in get_args(RequestKind)]
MAIL: dict[str, object] = {"channel": "email", "received_at": "2026-11-23T09:00:00Z"}
DOUBTFUL: dict[str, dict[str, object]] = {
    "nothing": {},
    "no channel": {"received_at": "2026-11-23T09:00:00Z"},
    "another kind": MAIL | {"kind": "dance"},
    "another version": MAIL | {"v": 2},
    "a naive instant": MAIL | {"received_at": "2026-11-23T09:00:00"},
    "a click about nothing": MAIL | {"kind": "confirmation"},
    "a click about a ticket": MAIL | {"kind": "confirmation", "ticket": "26-123-450-A", "resolution": 1},
    "a click about no resolution": MAIL | {"kind": "denial", "ticket": "26-123-450-A", "resolution": 0},
    "an answer without scores": MAIL | {"kind": "survey-answer", "ticket": "26-123-450-A", "resolution": 1},
    "a score of six": MAIL | {"scores": {"responsiveness": 6, "quality": 1, "communication": 1}},
    "a key as long as may be": MAIL | {"key": "k" * 512},
    "a key one longer": MAIL | {"key": "k" * 513},
    "a form of numbers": MAIL | {"form": {"a": 1}},
    "fields that nobody knows": MAIL | {"newer": [1], "personal": {"shoe": 44}},
}


@requirement("R2")
@pytest.mark.parametrize("name", DOUBTFUL)
def test_the_document_and_the_code_take_and_refuse_the_same_requests(name: str) -> None:
    try:
        Request.model_validate_json(json.dumps(DOUBTFUL[name]))
        taken = True
    except ValidationError:
        taken = False

    assert fits("request-email", DOUBTFUL[name]) is taken


@requirement("R2")
def test_a_request_of_every_kind_is_as_the_document_says_on_its_own_channel_alone() -> None:
    for one in REQUESTS:
        assert fits("request-email", one)
        assert not fits("request-phone", one)


def test_what_an_import_of_the_registry_writes_is_as_the_document_says() -> None:
    changes = {Name("person", "T-01"): {"name": "Odette Barrois"}, Name("part", "CAM-3"): None}
    made = Plan("v2", "v1", changes, {"added": {"person": 1}, "changed": {}, "ended": {"part": 1}})
    whole = (ROOT / "samples" / "registry.json").read_bytes()

    written = [json.loads(value) for _, value in (*made.records(), made.end_marker())]
    assert all(fits("registry", one) for one in (*written, json.loads(whole)))
    assert not fits("registry", {"kind": "tea"})


ANALYSTS = (ROOT / "docs" / "survey-topic.md").read_text("utf-8")


@requirement("R15")
def test_the_example_that_analysts_are_shown_is_as_the_document_says() -> None:
    shown = json.loads(ANALYSTS.partition("```json\n")[2].partition("```")[0])

    assert fits("sav.survey.survey-answered.v1", shown)
    assert SurveyAnswered.model_validate(shown["data"]).ticket.on_site_in_time is True


@requirement("R15")
def test_the_page_for_analysts_names_every_record_and_every_field_of_the_ticket() -> None:
    words = {word.strip("`.,;") for word in ANALYSTS.replace("|", " ").split()}

    assert {name for name, entry in EVENTS.items() if entry.owner == "survey"} - words <= {
        "sav.survey.acknowledgement-noted.v1",
        "sav.survey.needs-attention.v1",
    }
    assert {name for name in TicketAtClosing.model_fields if not words & {name, f"ticket.{name}"}} == set()
