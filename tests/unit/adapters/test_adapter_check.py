"""`sav adapter check`: what is wrong with what an adapter published, said once and by its field (R1, R2)."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from adapters.check import Checker, compare, golden_from
from cli.main import app
from shared.policy.file import read_policy
from shared.topics import DOOR_LIMIT_BYTES
from tests.requirements import requirement
from tests.unit.services.desk.told import MONDAY

GOOD: dict[str, Any] = {
    "channel": "phone",
    "key": "call-1",
    "received_at": MONDAY.isoformat(),
    "personal": {"phone": "+33639980001", "text": "La sirène sonne."},
}
DELIVERY: dict[str, Any] = {
    "message": "m", "ticket": "t", "kind": "reminder", "generation": 1, "resolution": 1,
    "channel": "email", "status": "delivered", "at": MONDAY.isoformat(),
}  # fmt: skip
POLICY = read_policy()


def judged(*documents: object, topic: str = "phone", key: bytes | None = b"k") -> list[tuple[str, str]]:
    checker = Checker(topic, POLICY, MONDAY)
    values = [one if isinstance(one, bytes | None) else json.dumps(one).encode() for one in documents]
    return [(one.level, one.rule) for value in values for one in checker.check("here", key, value)]


@requirement("R2")
def test_a_good_request_twice_has_nothing_wrong_with_it() -> None:
    later = GOOD | {"received_at": (MONDAY + timedelta(minutes=1)).isoformat()}
    assert judged(GOOD, GOOD, later) == []


@requirement("R2")
@pytest.mark.parametrize(
    ("document", "found"),
    [
        (None, ("error", "encoding")),
        (b"\xff\xfe", ("error", "encoding")),
        (b'\xef\xbb\xbf{"channel": "phone"}', ("error", "encoding")),
        (b"[1]", ("error", "encoding")),
        (b"{", ("error", "encoding")),
        ({"channel": "phone"}, ("error", "schema")),
        (GOOD | {"received_at": "2026-11-23T09:00:00"}, ("error", "schema")),
        (GOOD | {"kind": "confirmation"}, ("error", "schema")),
        (GOOD | {"channel": "email"}, ("error", "channel")),
        (GOOD | {"received_at": 1_000}, ("error", "received_at")),
        (GOOD | {"received_at": (MONDAY + timedelta(days=2)).isoformat()}, ("error", "received_at")),
        (GOOD | {"kind": "denial", "ticket": "26-666-273-A", "resolution": 1}, ("error", "ticket")),
        (GOOD | {"key": ""}, ("warning", "key")),
        (GOOD | {"ticket": "26-666-273-Y"}, ("warning", "ticket")),
        (GOOD | {"recieved_at": "x"}, ("warning", "unknown")),
        (GOOD | {"personal": {"phone": "06 39 98 00 01", "text": "x"}}, ("warning", "phone")),
        (GOOD | {"personal": {"email": "Odette <o@x.example>", "text": "x"}}, ("warning", "email")),
        (GOOD | {"personal": {"phone": "+33639980001"}}, ("warning", "text")),
        (GOOD | {"personal": {"phone": "+33639980001", "text": "x", "mobile": "y"}}, ("warning", "unknown")),
    ],
)
def test_each_mistake_is_found_by_its_field_and_no_other_with_it(document: object, found: tuple[str, str]) -> None:
    assert judged(document) == [found]


@requirement("R2")
def test_the_same_key_with_other_words_is_found() -> None:
    assert judged(GOOD, GOOD | {"personal": {"phone": "+33639980001", "text": "Autre chose."}}) == [
        ("error", "idempotency")
    ]


@pytest.mark.parametrize(("extra", "found"), [(-1, []), (0, []), (1, [("error", "size")])])
def test_a_record_is_as_large_as_its_topic_takes_with_its_key(extra: int, found: list[tuple[str, str]]) -> None:
    policy = POLICY.model_copy(update={"reception": POLICY.reception.model_copy(update={"text_limit": 2_000_000})})
    checker, words = Checker("phone", policy, MONDAY), "a"
    base = len(json.dumps(GOOD | {"personal": {"text": words, "phone": "+33639980001"}}).encode()) + len(b"k")
    words *= 1 + DOOR_LIMIT_BYTES - base + extra
    value = json.dumps(GOOD | {"personal": {"text": words, "phone": "+33639980001"}}).encode()
    assert [(one.level, one.rule) for one in checker.check("here", b"k", value)] == found


@pytest.mark.parametrize(("characters", "found"), [(249_999, []), (250_000, []), (250_001, [("error", "size")])])
def test_a_text_is_as_long_as_the_policy_takes(characters: int, found: list[tuple[str, str]]) -> None:
    assert judged(GOOD | {"personal": {"phone": "+33639980001", "text": "a" * characters}}) == found


def test_reports_and_words_of_channels_are_judged_too() -> None:
    assert judged(DELIVERY, topic="deliveries", key=b"t") == []
    assert judged(DELIVERY, topic="deliveries", key=b"other") == [("error", "key")]
    assert judged(DELIVERY | {"status": "read"}, topic="deliveries", key=b"t") == [("error", "schema")]
    word = {"adapter": "phone", "until": MONDAY.isoformat(), "instance": "one"}
    assert judged(word, topic="channels") == []
    assert judged(word | {"until": "hier"}, topic="channels") == [("error", "schema")]


def test_golden_requests_are_compared_by_their_very_words_and_by_how_many_requests_they_are() -> None:
    golden = {
        one.name: one
        for one in golden_from((Path(__file__).parents[3] / "adapters" / "golden.json").read_text("utf-8"))
    }
    assert set(golden) >= {"accents", "lines", "json", "twice"}
    arrived = [GOOD | {"key": name, "personal": {"text": one.text}} for name, one in golden.items()]
    assert [compare(one, arrived) for one in golden.values()] == [""] * len(golden)
    flattened = [GOOD | {"personal": {"text": golden["lines"].text.replace("\n", " ")}}]
    assert "very words" in compare(golden["lines"], flattened)
    twice = [GOOD | {"key": key, "personal": {"text": golden["twice"].text}} for key in ("a", "b")]
    assert "2 keys" in compare(golden["twice"], twice)


@pytest.mark.parametrize(("lines", "status"), [([GOOD], 0), ([GOOD | {"key": ""}], 0), ([GOOD, {}], 1), ([], 2)])
def test_the_command_says_by_its_status_whether_all_is_well(lines: list[object], status: int) -> None:
    now = "".join(json.dumps(one).replace(MONDAY.isoformat(), _now()) + "\n" for one in lines)
    done = CliRunner().invoke(app, ["adapter", "check", "phone", "--file", "-", "--json"], input=now)
    assert done.exit_code == status, done.output
    if status != 2:
        assert json.loads(done.stdout.splitlines()[0])["records"] == len(lines)


def _now() -> str:
    from shared.runtime.clock import RealClock

    return RealClock().now().isoformat()


def test_an_unknown_topic_is_refused_by_name() -> None:
    done = CliRunner().invoke(app, ["adapter", "check", "fax", "--file", "-"], input="")
    assert done.exit_code == 2
    assert "fax" in done.output
