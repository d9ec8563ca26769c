"""JSON Schemas of everything that is published, from the models that read and write it.

Called by `tests.language.document`. A schema says what a writer must send and what a reader may rely on: a field
with a default may be missing, unknown fields are passed over, nothing is ever null.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from shared.events.requests import CLICKS, Request

Schema = dict[str, Any]
REFERENCE = "#/components/schemas/"
CLOUD_EVENT = "CloudEvent"
SEALED = "Sealed"


@dataclass
class Schemas:
    """The schemas named so far: one per model, found by its name."""

    found: dict[str, Schema] = field(default_factory=dict)

    def add(self, name: str, model: type[BaseModel], *, sealed: bool = False) -> Schema:
        """Name the schema of a model, and those of the models within it; return the reference to it.

        With `sealed`, its personal object is described as it is published: sealed as a whole (R15).
        """
        schema = model.model_json_schema(ref_template=REFERENCE + "{model}")
        inner = schema.pop("$defs", {})
        if sealed:
            clear = _without_null(schema["properties"]["personal"])
            readable = {"properties": {"data": {"$ref": clear["$ref"]}}}
            schema["properties"]["personal"] = {"allOf": [{"$ref": REFERENCE + SEALED}, readable]}
            self._put(SEALED, sealed_schema())
        for one, found in inner.items():
            self._put(one, _plain(found, _named(model, one)))
        if model is Request:
            schema["allOf"] = [_what_clicks_name(), _what_a_survey_answer_carries()]
        self._put(name, _plain(schema, model))
        return {"$ref": REFERENCE + name}

    def add_event(self, type_name: str, model: type[BaseModel], source: str | None, *, seq: bool) -> Schema:
        """Return the schema of a whole CloudEvent of this type; `source` is a pattern, `seq` whether it has one."""
        self._put(CLOUD_EVENT, envelope_schema())
        data = self.add(type_name, model, sealed=True)
        own: Schema = {"type": {"const": type_name}, "data": data}
        if source:
            own["source"] = {"pattern": source}
        own_schema: Schema = {"type": "object", "properties": own, "required": ["seq"] if seq else []}
        return {"allOf": [{"$ref": REFERENCE + CLOUD_EVENT}, own_schema]}

    def _put(self, name: str, schema: Schema) -> None:
        if self.found.setdefault(name, schema) != schema:
            raise ValueError(f"two models that differ are both called {name}")


def envelope_schema() -> Schema:
    """What every event and command of ours is: a CloudEvent 1.0 in structured JSON, with three extensions."""
    text = {"type": "string", "minLength": 1}
    return {
        "title": "CloudEvent",
        "description": "CloudEvents 1.0, structured JSON, with `seq`, `causationid` and `policy` as extensions.",
        "type": "object",
        "required": ["specversion", "id", "type", "source", "subject", "time", "data"],
        "properties": {
            "specversion": {"const": "1.0"},
            "id": {**text, "description": "Of what it is: a copy has the same one, and counts once."},
            "type": {**text, "description": "`sav.<owner>.<what>.v<version>`; it never changes its meaning."},
            "source": {**text, "description": "`sav/<environment>/<who says it>`."},
            "subject": {**text, "description": "The ticket that it is about (a resource, for stocks and agendas)."},
            "time": {"type": "string", "format": "date-time", "description": "When it was decided, in UTC."},
            "datacontenttype": {"const": "application/json"},
            "seq": {
                "type": "integer",
                "minimum": 1,
                "description": "1, 2, 3… of what this source says of this subject: readers order by it, never by "
                "arrival, and drop what is not above the last. Commands have none.",
            },
            "causationid": {"type": "string", "description": "The id of what it follows from."},
            "policy": {"type": "string", "description": "The version of the policy that it was decided under."},
            "data": {"type": "object"},
        },
    }


def sealed_schema() -> Schema:
    """What stands in the place of personal data."""
    return {
        "title": "Sealed",
        "description": "Personal data, sealed as one object: `seal` says how, `data` is there where the seal leaves "
        "it readable. An empty object holds nothing. Readers that need no personal data pass it over.",
        "type": "object",
        "properties": {"seal": {"type": "string"}, "data": {"type": "object"}},
    }


def _what_clicks_name() -> Schema:
    return {
        "if": {"properties": {"kind": {"enum": sorted(CLICKS)}}, "required": ["kind"]},
        "then": {
            "required": ["ticket", "resolution"],
            "properties": {"ticket": {"minLength": 1}, "resolution": {"minimum": 1}},
        },
    }


def _what_a_survey_answer_carries() -> Schema:
    return {
        "if": {"properties": {"kind": {"const": "survey-answer"}}, "required": ["kind"]},
        "then": {"required": ["scores"]},
    }


def _plain(schema: Schema, model: type[BaseModel] | None) -> Schema:
    """Without the titles that repeat the field's name, without null, and with what the code says of each field."""
    told = said_of_fields(model) if model else {}
    plain = dict(schema)
    for name, one in schema.get("properties", {}).items():
        shown = _without_null({key: value for key, value in one.items() if key != "title"})
        if name in told:
            shown = {**shown, "description": told[name]}
        plain["properties"] = {**plain["properties"], name: shown}
    if "description" in plain:
        plain["description"] = inspect.cleandoc(plain["description"])
    return plain


def _without_null(schema: Schema) -> Schema:
    others = [one for one in schema.get("anyOf", ()) if one != {"type": "null"}]
    kept = {key: value for key, value in schema.items() if key != "anyOf"}
    if kept.get("default", "") is None:
        del kept["default"]
    return {**others[0], **kept} if len(others) == 1 else schema


def _named(model: type[BaseModel], name: str) -> type[BaseModel] | None:
    """Return the model of this name that a model holds, at whatever depth."""
    waiting: list[Any] = [one.annotation for one in model.model_fields.values()]
    seen: set[Any] = set()
    while waiting:
        one = waiting.pop()
        if isinstance(one, type) and issubclass(one, BaseModel):
            if one.__name__ == name:
                return one
            if one not in seen:
                seen.add(one)
                waiting += [inner.annotation for inner in one.model_fields.values()]
        waiting += [] if isinstance(one, type) else getattr(one, "__args__", ())
    return None


def said_of_fields(model: type[BaseModel]) -> dict[str, str]:
    """Return what the code says under each field of a model, as one line."""
    told: dict[str, str] = {}
    for owner in reversed(model.__mro__):
        if owner is BaseModel or not issubclass(owner, BaseModel):
            continue
        (body,) = ast.parse(textwrap.dedent(inspect.getsource(owner))).body
        assert isinstance(body, ast.ClassDef)
        for first, second in zip(body.body, body.body[1:], strict=False):
            if isinstance(first, ast.AnnAssign) and isinstance(first.target, ast.Name):
                match second:
                    case ast.Expr(value=ast.Constant(value=str(text))):
                        told[first.target.id] = " ".join(text.split())
    return told
