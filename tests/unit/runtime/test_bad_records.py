"""Whatever lies on a topic: a reason that a person can read, kept as it came, and its neighbours are processed."""

from __future__ import annotations

import base64

import orjson
import pytest

from shared.runtime.dead import DEAD_HEADERS_BYTES
from shared.topics import TOPIC_LIMIT_BYTES
from tests.unit.runtime.bench import NINE, Bench, event_bytes
from tests.unit.runtime.counter import counter

EVENT = event_bytes("intake", 2, "b")
DUE = {"id": "t1|tea|000001", "entity": "t1", "kind": "tea", "generation": 1, "due_at": NINE.isoformat()}


def changed(**fields: object) -> bytes:
    return orjson.dumps(orjson.loads(EVENT) | fields)


def due(**fields: object) -> bytes:
    return orjson.dumps(DUE | fields)


BAD: list[tuple[str, bytes | None, str]] = [
    ("sav.intake", b"\xff\xfe\x00", "not JSON in UTF-8"),
    ("sav.intake", b"", "not JSON in UTF-8"),
    ("sav.intake", None, "no value (a tombstone)"),
    ("sav.intake", b"[1, 2]", "a JSON list, not an object"),
    ("sav.intake", b"NaN", "not JSON"),
    ("sav.intake", b'{"a":' * 5_000 + b"1" + b"}" * 5_000, "not JSON in UTF-8"),
    ("sav.intake", changed(specversion="0.3"), 'specversion must be "1.0"'),
    ("sav.intake", changed(id=""), "no id"),
    ("sav.intake", changed(id=["x"]), "no id"),
    ("sav.intake", changed(id="x" * 513), "longer than 512 characters"),
    ("sav.intake", changed(subject=""), "no subject"),
    ("sav.intake", changed(subject="t" * 513), "longer than 512 characters"),
    ("sav.intake", changed(seq=0), "seq is 0; the first event of a ticket in a stage has seq 1"),
    ("sav.intake", changed(seq=-1), "the first event of a ticket in a stage has seq 1"),
    ("sav.intake", changed(seq=True), "the first event of a ticket in a stage has seq 1"),
    ("sav.intake", changed(seq="2"), "the first event of a ticket in a stage has seq 1"),
    ("sav.intake", changed(seq=None), "has no seq"),
    ("sav.intake", changed(seq=1_000_000), "no ticket has that many events"),
    ("sav.intake", changed(seq=2**64 - 1), "no ticket has that many events"),
    ("sav.intake", changed(source="sav/test/triage"), "sav/test/triage is not the writer of sav.intake"),
    ("sav.intake", changed(time="yesterday"), "is not an RFC 3339 instant"),
    ("sav.intake", changed(time="2026-03-03T09:00:00"), "names no offset from UTC"),
    ("sav.intake", changed(time="0001-01-01T00:00:00+14:00"), "lies beyond the calendar"),
    ("sav.intake", changed(data=[]), "no data object"),
    ("sav.intake", changed(data={}), "sav.intake.needs-attention.v1: reason: Field required; about: Field required"),
    ("sav.intake", b" " * TOPIC_LIMIT_BYTES + EVENT, f"the limit is {TOPIC_LIMIT_BYTES}"),
    ("sav.commands", changed(type="coffee"), "coffee names no stage"),
    ("sav.commands", changed(type="sav.dispatch.dance.v1", source="sav/test/desk"), "no command that dispatch knows"),
    ("sav.commands", changed(type="sav.dispatch.take-charge.v1"), "by: Field required"),
    ("sav.commands", changed(type="sav.dispatch.republish.v1", data={"by": "x", "from_seq": "no"}), "cannot be read"),
    ("sav.resources", changed(type="sav.resources.stock-counted.v9", data={"ticket": "t" * 513}), "longer than 512"),
    ("sav.dispatch.due", b"tea", "not JSON"),
    ("sav.dispatch.due", due(kind=None, id=None), "is not the id of this timer"),
    ("sav.dispatch.due", due(id="tea time"), "is not the id of this timer"),
    ("sav.dispatch.due", due(entity="", id="|tea|000001"), "names no ticket"),
    ("sav.dispatch.due", due(due_at="soon"), "cannot be read: ValueError"),
    ("sav.dispatch.due", b"{}", "cannot be read: KeyError"),
]


@pytest.mark.parametrize(("topic", "value", "reason"), BAD, ids=[f"{t}-{r}"[:60] for t, _, r in BAD])
async def test_what_cannot_be_read_is_kept_with_its_reason_between_healthy_neighbours(
    topic: str, value: bytes | None, reason: str
) -> None:
    # given a bad record between two healthy ones on the same partition, and one behind it on its own topic
    bench = Bench()
    bench.say(1, "arm tea 0")
    place = bench.put(topic, value)
    bench.command("x", "c1")
    bench.say(2, "b")
    # when they are taken
    await bench.replica().run()
    # then it is kept raw with a reason, and the others were decided
    ((where, told),) = bench.dead()
    assert where == f"{place.topic}/{place.partition}/{place.offset}"
    assert reason in told
    assert bench.words() == ["b", "x"]
    (letter,) = bench.broker.records("sav.dispatch.dead")
    assert letter.value == (value or b"")[:TOPIC_LIMIT_BYTES]
    assert [(one["_id"], one["settled"]) for one in bench.store.all("dead")] == [(where, None)]


async def test_a_dead_letter_carries_its_own_headers_whatever_they_are() -> None:
    bench = Bench()
    headers: list[tuple[str, bytes | None]] = [("a", None), ("b", b"\xff\x00"), ("a", b"again")]
    bench.broker.append("sav.intake", None, key=None, headers=headers)

    await bench.replica().run()

    (letter,) = bench.broker.records("sav.dispatch.dead")
    told = dict(letter.headers)
    assert told["sav-value"] == b"null"
    kept = [[name, None if value is None else base64.b64encode(value).decode()] for name, value in headers]
    assert orjson.loads(told["sav-headers"] or b"") == kept


async def test_strange_headers_and_no_key_harm_no_healthy_record() -> None:
    bench = Bench()
    bench.broker.append("sav.intake", event_bytes("intake", 1, "a"), key=None, headers=[("x", None), ("y", b"\xff")])

    await bench.replica().run()

    assert bench.words() == ["a"]
    assert bench.dead() == []


async def test_a_dead_letter_fits_its_topic_however_large_its_headers_were() -> None:
    bench = Bench()
    bench.broker.append("sav.intake", b"?", headers=[("x", b"y" * TOPIC_LIMIT_BYTES)], key=b"t1")
    bench.say(1, "a")

    await bench.replica().run()

    (letter,) = bench.broker.records("sav.dispatch.dead")
    assert sum(len(value or b"") for _, value in letter.headers) < DEAD_HEADERS_BYTES + 4_096
    assert bench.words() == ["a"]


async def test_a_dead_letter_that_was_written_twice_is_known_by_its_place_and_counted_once() -> None:
    bench = Bench()
    bench.put("sav.intake", b"?")
    replica = bench.replica()
    replica.faults.fail("consumer.commit")
    with pytest.raises(Exception, match="commit"):
        await replica.run()

    await replica.run()

    assert len(bench.dead()) == 2
    assert len(set(bench.dead())) == 1
    assert len(bench.store.all("dead")) == 1


async def test_an_event_too_large_for_its_topic_holds_its_ticket_before_anything_is_written() -> None:
    # given a rule that says more than a topic takes
    bench = Bench()
    bench.say(1, "double " + "x" * (TOPIC_LIMIT_BYTES // 2))
    bench.say(1, "x", ticket="t2")

    await bench.replica().run()

    assert bench.outcomes() == [["held"]]
    assert "a topic takes" in bench.heard()[0][2]
    assert bench.words("t2") == ["x"]


async def test_facts_that_cannot_be_read_hold_their_ticket_alone() -> None:
    bench = Bench()
    replica = bench.replica(facts_fail_on="bad")
    bench.say(1, "bad")
    bench.say(2, "b")
    bench.say(1, "x", ticket="t2")

    await replica.run()
    replica.consumer.leave()

    assert bench.words("t2") == ["x"]
    first, _ = bench.folded().waiting.values()
    assert first.reason == "ZeroDivisionError: no facts"
    bench.release()
    await bench.replica(counter()).run()
    assert bench.words() == ["bad", "b"]
