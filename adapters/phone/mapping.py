"""A telephone system's own payload becomes a call's event, by a file that anybody can extend (R1). Pure.

Called by the webhook. It must never invent: what a payload does not say stays unsaid.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal
from urllib.parse import parse_qsl

import phonenumbers
from pydantic import Field

from adapters.door import Unreadable
from adapters.phone.proof import Proof
from adapters.telephone import e164
from shared.events.base import Model

What = Literal["ringing", "answered", "ended", "voicemail"]
SHIPPED = Path(__file__).parent / "mappings.json"
CALL_CHARACTERS = 200
"""Of a call's id: the longest in use (a FreeSWITCH one) has 36."""


class CallEvent(Model):
    """One thing that a telephone system said of a call."""

    call: str
    what: What
    number: str = ""
    """E.164 where it can be; empty where the caller withheld it."""
    transcription: str = ""
    recording: str = ""


class System(Model):
    """Where one telephone system's payloads say what; each place is a path of names, the first that is there counts."""

    proof: Proof = "sav"
    """How its calls by HTTP prove that they are its own, beside our own signature."""
    call: tuple[str, ...]
    number: tuple[str, ...]
    state: tuple[str, ...]
    states: dict[str, What]
    text: tuple[str, ...] = ()
    recording: tuple[str, ...] = ()
    only: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Events in which these places hold something else are not about a customer's call; absent is as good as right."""
    withheld_when: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Where one of these places holds one of these words, the caller withheld the number, whatever stands there."""
    bare_is_international: bool = False
    """Whether a number with neither `+` nor a leading zero begins with its country's code."""


class Mappings(Model):
    """The whole file."""

    withheld: tuple[str, ...]
    systems: dict[str, System]

    def event(self, system: str, raw: bytes, content_type: str) -> CallEvent | None:
        """Return what a payload says, None where it is about nothing of ours. Raises `Unreadable`."""
        places = self.systems[system]
        said = _document(raw, content_type)
        if any((there := _at(said, (path,))) and there not in wanted for path, wanted in places.only.items()):
            return None
        text, recording = _at(said, places.text), _at(said, places.recording)
        what = places.states.get(_at(said, places.state)) or ("voicemail" if text or recording else None)
        if what is None:
            return None
        call = _at(said, places.call)
        if not call or len(call) > CALL_CHARACTERS:
            raise Unreadable("the payload names no call")
        # A recording beside any other state is of a voicemail, too: nobody records what an operator hears.
        is_withheld = any(_at(said, (path,)) in words for path, words in places.withheld_when.items())
        written = "" if is_withheld else _at(said, places.number)
        number = self.number(f"+{written}" if places.bare_is_international and _is_bare(written) else written)
        return CallEvent(call=f"{system}:{call}", what=what, number=number, transcription=text, recording=recording)

    def number(self, written: str) -> str:
        """Return a caller's number in E.164, empty where it is withheld or none."""
        return "" if written.strip().casefold() in self.withheld else _possible(written)


def read_mappings(path: Path | None = None) -> Mappings:
    """Return the shipped file, or another. Raises pydantic's ValidationError, which names each place."""
    return Mappings.model_validate_json((path or SHIPPED).read_text("utf-8"))


def _is_bare(written: str) -> bool:
    return written.isascii() and written.isdigit() and not written.startswith("0")


def _possible(written: str) -> str:
    """A number in E.164; an extension or a name that stands in its place is no caller's number."""
    number = e164(written)
    try:
        return number if phonenumbers.is_possible_number(phonenumbers.parse(number, "FR")) else ""
    except phonenumbers.NumberParseException:
        return ""


def _document(raw: bytes, content_type: str) -> Mapping[str, Any]:
    try:
        if content_type.startswith("application/x-www-form-urlencoded"):
            return dict(parse_qsl(raw.decode(), strict_parsing=True))
        found = json.loads(raw)
    except ValueError as error:
        raise Unreadable("the payload is neither JSON nor a form") from error
    if not isinstance(found, dict):
        raise Unreadable("the payload is no JSON object")
    return found


def _at(document: Mapping[str, Any], paths: tuple[str, ...]) -> str:
    for path in paths:
        value: Any = document
        for name in path.split("."):
            value = value.get(name) if isinstance(value, Mapping) else None
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, str | int) and str(value).strip():
            return str(value).strip()
    return ""
