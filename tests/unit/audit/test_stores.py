"""What the databases must be beside the topics: journals, inputs, deadlines, claims, read model (I17, I25 to I45)."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import bson
import pytest

from audit import procedure
from audit.checks import CHECKS, STORE_CHECKS
from audit.finding import Check
from audit.gather import history_of
from audit.report import report_of
from audit.shelf import Shelf
from audit.stores import ledger_of
from shared.runtime import append as written
from shared.runtime.ports import Position, Record
from tests.requirements import requirement
from tests.unit.audit.books import Books, books_of, keyed
from tests.unit.audit.lives import SILENT_UNTIL, all_lives, confirmed_life, reopened_life, silent_life
from tests.unit.audit.story import SECOND, TICK, Story, paris

NOON = paris("2026-04-15 12:00")
"""After the last of all lives."""
_CLOSING = "sav.closure.ticket-closed.v1"


def whole() -> tuple[Story, Books]:
    """All lives and their databases, in which every check has something to look at."""
    story = all_lives()
    books = books_of(story)
    by_timer(story, books)
    books.arm("survey", "expire:9", NOON + SECOND)
    books.append("closure")["causes"].append(
        {"source": "timer", "id": "t1|remind|000001", "at": ["sav.closure.due", 0, 0], "outcome": "decided"}
    )
    books.append("notify")["waiting"].append({"kind": "held", "id": "h", "since": paris("2026-03-03 10:00")})
    books.append("notify")["causes"].append({"source": "commands", "id": "h", "at": ["c", 0, 9], "outcome": "held"})
    story.say("notify.needs-attention", paris("2026-03-03 10:00"), "t1", about="held", reason="Retenu.")
    again = books_of(story)
    books.collections["notify", "journal"] = [
        {**one, "events": fresh["events"], "causes": one["causes"]}
        for one, fresh in zip(
            books.collections["notify", "journal"], again.collections["notify", "journal"], strict=True
        )
    ]
    for reader in ("intake", "closure", "survey"):
        books.append(reader)["causes"] = again.append(reader)["causes"] + [
            one for one in books.append(reader)["causes"] if one["source"] == "timer"
        ]
    books.collections["desk", "tickets"] = again.collections["desk", "tickets"]
    books.collections["notify", "dead"].append(
        {"_id": "sav.deliveries/0/9", "at": paris("2026-03-03 10:00"), "settled": {"by": "a"}}
    )
    story.raw("sav.deliveries", b"\xfe")
    story.raw("sav.notify.dead", b"\xfe")
    return story, books


def by_timer(story: Story, books: Books) -> None:
    """The closing of t2 by silence was brought by its deadline."""
    closing = story.find("closure.ticket-closed", "t2")
    closing["causationid"] = "t2|close-silent|000001"
    fresh = books_of(story)
    books.collections["closure", "journal"] = fresh.collections["closure", "journal"]
    journal = books.append("closure", "t2")
    timer = {"source": "timer", "id": "t2|close-silent|000001", "at": ["sav.closure.due", 0, 1], "outcome": "decided"}
    journal["causes"] = [one for one in journal["causes"] if one["id"] != timer["id"]] + [timer]
    journal["timers"].append(["close-silent", 1, SILENT_UNTIL])


@pytest.mark.parametrize("check", STORE_CHECKS, ids=lambda check: check.name)
def test_databases_that_fit_the_topics_exercise_every_check_and_break_none(check: Check) -> None:
    story, books = whole()

    finding = check.run(books.history(story, NOON))

    assert check.verdict(finding) == "kept", finding.violations
    assert finding.checked > 0


@pytest.mark.parametrize("check", STORE_CHECKS, ids=lambda check: check.name)
def test_a_check_of_stores_that_sees_nothing_is_never_green(check: Check) -> None:
    assert check.verdict(check.run(Books().history(Story()))) == "not exercised"
    assert check.verdict(check.run(Story().history())) == "not exercised"


def test_without_databases_the_report_is_that_of_the_topics_alone() -> None:
    report = report_of(all_lives().history())

    assert [check for check, _ in report.findings] == list(CHECKS)


async def test_stores_are_read_collection_by_collection_and_only_those_that_are_there() -> None:
    story, books = whole()
    books.services = ("intake", "triage")

    ledger = await ledger_of(books)

    assert {stage for stage, _ in ledger.books} == {"intake", "triage"}
    assert ledger.tickets == {}
    report = report_of(history_of(keyed(story), NOON, ledger))
    assert report.clean, report.as_text()


async def test_the_live_read_model_is_read_and_not_the_one_before_or_the_next() -> None:
    story, books = whole()
    live = books.collections.pop(("desk", "tickets"))
    books.collections["desk", "tickets_2"] = live
    books.collections["desk", "tickets"] = live[:1]
    books.collections["desk", "generations"] = [{"_id": "read-model", "live": "tickets_2", "former": []}]

    ledger = await ledger_of(books)

    assert len(ledger.tickets) == len(live)
    assert report_of(history_of(keyed(story), NOON, ledger)).clean


# -- the journal ---------------------------------------------------------------------------------------------------


def test_the_journal_is_read_as_the_runtime_writes_it() -> None:
    at = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)
    place = Position("sav.intake", 4, 17)
    body = json.dumps({"causationid": "cause"}).encode()
    document = written.to_document(
        written.Append(
            "t1", 3,
            (written.Cause("intake", "cause", place, "decided", 5), written.Cause("timer", "w", place, "held", None)),
            (written.Said("sav.triage.x.v1", "e", body, (("sav.triage", "t1"),), 1),),
            (written.Waits("held", "why", at, Record(*place, b"k", b"v"), "t1", "w", "timer", None),),
            (written.Armed("remind", 2, at + timedelta(days=1)),),
            at, {"policy": "1"},
        )
    )  # fmt: skip
    shelf = Shelf(frozenset({"triage"}))

    shelf.put_append("triage", bson.decode(bson.encode(document)))
    timer = written.timer_document("t1", written.Armed("remind", 2, at))
    shelf.put_timer("triage", bson.decode(bson.encode(timer)))

    ledger = shelf.closed()
    book = ledger.book("triage", "t1")
    (append,) = book.appends
    assert (append.version, append.at) == (3, at)
    assert [(one.source, one.id, one.where, one.outcome, one.seq) for one in append.inputs] == [
        ("intake", "cause", "sav.intake/4@17", "decided", 5),
        ("timer", "w", "sav.intake/4@17", "held", 0),
    ]
    assert [(one.seq, one.causation, one.routes) for one in append.sayings] == [(1, "cause", (("sav.triage", "t1"),))]
    assert [(one.kind, one.id, one.since) for one in book.waiting()] == [("held", "w", at)]
    assert [(one.kind, one.due_at) for one in book.live()] == [("remind", at + timedelta(days=1))]
    assert book.live()[0].id_of("t1") == timer["_id"]
    assert ledger.timers["triage", timer["_id"]].due_at == at
    assert ledger.broken == ()


@pytest.mark.parametrize("change", [{"format": 2}, {"at": None}, {"_id": "t1"}, {"events": [{"type": "x"}]}])
def test_an_append_that_cannot_be_read_is_found(change: dict[str, object]) -> None:
    story, books = whole()
    books.append("triage").update(change)

    assert len(books.broken("journal-readable", story)) == 1


@requirement("R2")
def test_an_event_that_was_never_published_is_found() -> None:
    story, books = whole()
    closing = story.find("closure.ticket-closed", "t2")
    story.told.remove(("sav.closure", closing))

    assert books.broken("journal-published", story) == [
        f"{_CLOSING} (rang {closing['seq']} de closure, inscription 1) n’est pas sur sav.closure tel qu’inscrit"
    ]


def test_an_event_that_was_published_with_other_bytes_or_under_another_key_is_found() -> None:
    story, books = whole()
    saying = books.append("triage")["events"][0]
    saying["body"] = saying["body"].replace(b"standard", b"critique")
    assert len(books.broken("journal-published", story)) == 1
    assert len(books.broken("published-is-recorded", story)) == 1

    story, books = whole()
    books.append("triage")["events"][0]["routes"] = [["sav.triage", "another"]]
    assert len(books.broken("journal-published", story)) == 1


def test_what_the_topics_no_longer_hold_is_not_asked_for() -> None:
    story, books = whole()
    records = [record for record in keyed(story) if record.topic != "sav.closure" or record.offset > 1]

    report = report_of(history_of(records, NOON, books.ledger()))

    (found,) = [finding for check, finding in report.findings if check.name == "journal-published"]
    assert found.violations == []
    assert found.pending > 0


def test_an_event_that_no_journal_holds_is_found() -> None:
    story, books = whole()
    del books.append("dispatch")["events"][-1]

    assert len(books.broken("published-is-recorded", story)) == 1


@pytest.mark.parametrize("versions", [[2], [1, 3]])
def test_a_hole_in_a_chain_of_appends_is_found(versions: list[int]) -> None:
    story, books = whole()
    first = books.append("triage")
    books.collections["triage", "journal"].remove(first)
    for version in versions:
        empty = {**first, "_id": f"t1#{version:06d}", "causes": [], "events": []}
        books.collections["triage", "journal"].append(empty)

    assert len(books.broken("journal-unbroken", story)) == 1


def test_an_event_that_is_numbered_twice_in_a_journal_is_found() -> None:
    story, books = whole()
    events = books.append("dispatch")["events"]
    events.append(events[-1])

    assert len(books.broken("journal-unbroken", story)) == 1


def test_a_message_that_was_decided_twice_is_found_and_one_that_waited_is_not() -> None:
    story, books = whole()
    causes = books.append("triage")["causes"]
    causes.insert(0, {**causes[0], "outcome": "early"})
    assert books.broken("one-effect", story) == []

    causes.append(dict(causes[-1]))
    assert len(books.broken("one-effect", story)) == 1


def test_what_a_stage_says_taken_out_of_its_order_is_found() -> None:
    story, books = whole()
    of_intake = [one for one in books.append("triage", "t3")["causes"] if one["source"] == "intake"]
    of_intake[1]["seq"], of_intake[2]["seq"] = 3, 2

    assert len(books.broken("one-effect", story)) == 1


def test_a_gap_does_not_count_as_taken() -> None:
    story, books = whole()
    causes = books.append("triage", "t3")["causes"]
    causes.insert(0, {"source": "intake", "id": "later", "at": ["sav.intake", 0, 0], "outcome": "gap", "seq": 3})

    assert books.broken("one-effect", story) == []


def test_an_event_whose_cause_its_append_does_not_name_is_found() -> None:
    story, books = whole()
    causes = books.append("triage")["causes"]
    books.append("triage")["causes"] = [one for one in causes if one["id"] != "t1/intake/1"]

    assert len(books.broken("append-explains", story)) == 1


@pytest.mark.parametrize(("kind", "about"), [("held", "held"), ("gap", "waiting"), ("early", "waiting")])
def test_what_waits_longer_than_it_may_without_a_person_is_found(kind: str, about: str) -> None:
    story = confirmed_life()
    since = paris("2026-03-03 12:00")
    ends = since + procedure.MAY_WAIT[kind]

    def found(now: datetime) -> int:
        books = books_of(story)
        books.append("triage")["waiting"].append({"kind": kind, "id": "w", "since": since})
        books.append("triage")["causes"].append({"source": "x", "id": "w", "at": ["x", 0, 0], "outcome": kind})
        return len(books.broken("waiting-is-seen", story, now))

    assert found(ends - TICK) == 0
    assert found(ends) == 1
    story.say("triage.needs-attention", since, "t1", reason="À voir.", about=about)
    assert found(ends) == 0


def test_what_waited_and_was_decided_since_waits_no_more() -> None:
    story, books = whole()
    append = books.append("triage")
    append["waiting"].append({"kind": "early", "id": "w", "since": paris("2026-03-01 12:00")})
    for outcome in ("early", "decided"):
        append["causes"].append({"source": "x", "id": "w", "at": ["x", 0, 0], "outcome": outcome})

    assert books.broken("waiting-is-seen", story, NOON) == []


@pytest.mark.parametrize("collection", ["numbers", "requests"])
def test_a_number_or_a_request_that_another_ticket_claims_is_found(collection: str) -> None:
    story, books = whole()
    row = books.collections["intake", collection][0]
    row["ticket"] = "t9"
    assert len(books.broken("claims-hold", story)) == 1

    books.collections["intake", collection].remove(row)
    assert len(books.broken("claims-hold", story)) == 1


def test_what_lies_dead_for_a_day_without_a_person_is_told() -> None:
    story, books = whole()
    letter = books.collections["notify", "dead"][0]
    letter["settled"] = None
    ends = letter["at"] + procedure.LETTER_MAY_WAIT

    assert books.broken("letters-settled", story, ends - TICK) == []
    assert len(books.broken("letters-settled", story, ends)) == 1
    assert report_of(books.history(story, NOON)).clean  # told, and no violation


# -- inputs --------------------------------------------------------------------------------------------------------


@requirement("R2")
def test_an_event_that_a_reader_passed_over_is_found_and_one_among_its_dead_is_not() -> None:
    story, books = whole()
    missed = books.append("survey")["causes"].pop()
    assert missed["source"] != "timer"
    assert len(books.broken("events-taken", story)) == 1

    (value,) = [r.value for r in keyed(story) if [r.topic, r.partition, r.offset] == missed["at"]]
    story.raw("sav.survey.dead", value or b"")
    assert books.broken("events-taken", story) == []


@pytest.mark.parametrize(
    ("check", "stage", "entity", "source"),
    [
        ("asks-taken", "resources", "part:sensor@lyon", "asks"),
        ("asks-taken", "dispatch", "t2", "answers"),
        ("commands-taken", "closure", "t3", "commands"),
        ("deliveries-taken", "notify", "t2", "deliveries"),
    ],
)
def test_what_nobody_took_is_found(check: str, stage: str, entity: str, source: str) -> None:
    story, books = whole()
    append = books.append(stage, entity)
    gone = next(one for one in append["causes"] if one["source"] == source)
    append["causes"].remove(gone)

    assert len(books.broken(check, story)) == 1


def test_a_command_that_asks_for_a_copy_leaves_no_trace_and_need_not() -> None:
    story, books = whole()
    story.command("intake.republish", NOON, "t1", from_seq=1)

    assert books.broken("commands-taken", story) == []


@requirement("R2")
def test_a_request_that_intake_passed_over_is_found_but_not_where_a_copy_of_it_was_taken() -> None:
    story, books = whole()
    append = books.append("intake")
    gone = next(one for one in append["causes"] if one["id"] == "r-m-t1")
    append["causes"].remove(gone)
    assert len(books.broken("requests-taken", story)) == 1

    (again,) = [doc for _, doc in story.told if isinstance(doc, dict) and doc.get("key") == "m-t1"]
    story.told.append(("sav.requests.email", {**again, "received_at": "2026-03-03T09:09:09Z"}))
    copy = next(r for r in reversed(keyed(story)) if r.topic == "sav.requests.email")
    append["causes"].append({**gone, "at": [copy.topic, copy.partition, copy.offset]})
    assert books.broken("requests-taken", story) == []


def test_a_report_that_nobody_can_read_lies_among_the_dead() -> None:
    story, books = whole()
    story.raw("sav.commands", b"{}")
    assert len(books.broken("unread-is-dead", story)) == 1

    story.raw("sav.closure.dead", b"{}")
    assert books.broken("unread-is-dead", story) == []


# -- deadlines -----------------------------------------------------------------------------------------------------


@requirement("R13")
def test_a_live_deadline_that_is_armed_nowhere_or_at_another_instant_is_found() -> None:
    story, books = whole()
    name = books.arm("closure", "five-days", NOON, "t3")
    assert books.broken("deadline-not-missing", story) == []

    books.row("closure", "timers", name)["due_at"] = NOON + TICK
    assert len(books.broken("deadline-not-missing", story)) == 1

    books.collections["closure", "timers"].remove(books.row("closure", "timers", name))
    assert len(books.broken("deadline-not-missing", story)) == 1


def test_a_deadline_that_is_over_may_lie_there_until_it_would_fall_due_and_no_longer() -> None:
    story, books = whole()
    due_at = paris("2026-03-20 12:00")
    books.arm_only("triage", "stale", due_at)
    ends = due_at + procedure.LEFTOVER

    assert books.broken("deadline-not-left", story, ends - TICK) == []
    assert len(books.broken("deadline-not-left", story, ends)) == 1


@requirement("R13")
def test_a_live_deadline_that_nothing_came_of_is_found_unless_something_of_its_ticket_waits() -> None:
    story, books = whole()
    books.arm("intake", "silence", NOON, "t2")
    ends = NOON + procedure.REACTION

    assert books.broken("deadline-not-overdue", story, ends - TICK) == []
    assert len(books.broken("deadline-not-overdue", story, ends)) == 1

    append = books.append("intake", "t2")
    append["waiting"].append({"kind": "gap", "id": "w", "since": NOON})
    append["causes"].append({"source": "x", "id": "w", "at": ["x", 0, 0], "outcome": "gap"})
    assert books.broken("deadline-not-overdue", story, ends) == []


@pytest.mark.parametrize(
    ("stage", "kind"),
    [
        ("closure", "unreported"),
        ("closure", "five-days"),
        ("dispatch", "missed:on-site"),
        ("dispatch", "risk:take-charge"),
        ("survey", "expire:1"),
        ("intake", "triage-late"),
    ],
)
def test_a_deadline_of_what_has_ended_is_found(stage: str, kind: str) -> None:
    story, books = whole()
    books.arm(stage, kind, NOON + SECOND)

    found = books.broken("deadline-for-the-living", story)
    assert found
    assert all(sentence.startswith(f"{kind} est armée dans {stage}") for sentence in found)


@pytest.mark.parametrize(("stage", "kind"), [("dispatch", "page"), ("dispatch", "paused:1"), ("notify", "page:1:2")])
def test_a_deadline_of_a_call_that_was_answered_or_of_a_pause_that_is_over_is_found(stage: str, kind: str) -> None:
    story = reopened_life()
    books = books_of(story)
    books.arm(stage, kind, NOON, "t3")

    assert len(books.broken("deadline-for-the-living", story)) == 1


@pytest.mark.parametrize(
    ("kind", "found"),
    [("risk:restored:2", 1), ("missed:on-site", 1), ("paused:1", 0), ("retry:ask-1", 0)],
)
def test_a_deadline_of_a_clock_that_stands_still_is_found(kind: str, found: int) -> None:
    story = reopened_life()
    for name in ("dispatch.clock-resumed", "dispatch.ticket-resolved"):
        story.drop(name, "t3")
    books = books_of(story)
    books.arm("dispatch", kind, NOON, "t3")

    assert len(books.broken("deadline-for-the-living", story)) == found


def test_a_deadline_of_a_clock_that_runs_is_none() -> None:
    story = reopened_life()
    story.drop("dispatch.ticket-resolved", "t3")
    books = books_of(story)
    books.arm("dispatch", "risk:restored:2", NOON, "t3")

    assert books.broken("deadline-for-the-living", story) == []


def test_a_deadline_of_what_goes_on_is_none() -> None:
    story = confirmed_life()
    story.drop("closure.ticket-closed")
    story.drop("survey.survey-answered")
    books = books_of(story)
    books.arm("closure", "five-days", NOON)
    books.arm("survey", "expire:1", NOON)

    assert books.broken("deadline-for-the-living", story) == []


@requirement("R13")
def test_a_closing_by_silence_that_no_deadline_brought_is_found() -> None:
    story = silent_life()
    books = books_of(story)
    assert len(books.broken("silent-closing-once", story)) == 1

    by_timer(story, books)
    assert books.broken("silent-closing-once", story) == []

    books.append("closure", "t2")["timers"].clear()
    assert len(books.broken("silent-closing-once", story)) == 1


# -- the read model ------------------------------------------------------------------------------------------------


def test_a_ticket_that_the_read_model_does_not_know_is_found() -> None:
    story, books = whole()
    del books.collections["desk", "tickets"][0]

    assert books.broken("read-model-equals-topics", story) == ["le modèle de lecture ne le connaît pas"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("number", "26-000-009-X"),
        ("channel", "phone"),
        ("criticality", "critique"),
        ("phase", "queued"),
        ("story", "[]"),
    ],
)
def test_a_field_of_the_read_model_that_the_topics_do_not_say_is_found(name: str, value: str) -> None:
    story, books = whole()
    books.row("desk", "tickets", "t1")[name] = value

    assert len(books.broken("read-model-equals-topics", story)) == 1


def test_a_section_that_lags_behind_or_is_held_is_found() -> None:
    story, books = whole()
    row = books.row("desk", "tickets", "t1")
    sections = json.loads(row["sections"])
    sections["closure"]["hold"] = "nouveau"
    row["sections"] = json.dumps(sections)
    assert books.broken("read-model-equals-topics", story) == [
        "le modèle de lecture retient un événement de closure : nouveau"
    ]

    sections["closure"] = {"seq": 1}
    row["sections"] = json.dumps(sections)
    assert len(books.broken("read-model-equals-topics", story)) == 2  # the section, and the lines that it lacks


def test_above_a_gap_the_read_model_shows_nothing_yet() -> None:
    story = confirmed_life()
    books = books_of(story)
    story.drop("closure.confirmation-asked")  # seq 1
    row = books.row("desk", "tickets", "t1")
    sections = json.loads(row["sections"])
    lines = len(json.loads(row["story"])) - sections["closure"]["seq"]
    sections["closure"]["seq"] = 0
    row |= {"sections": json.dumps(sections), "story": json.dumps([{}] * lines)}

    assert books.broken("read-model-equals-topics", story) == []
