"""Two real stages on the fakes: one request is one ticket, whatever happens on the way (R2)."""

from __future__ import annotations

import pytest

from shared.testing.faults import CrashAt
from tests.requirements import requirement
from tests.unit.runtime.line import Line
from tests.unit.runtime.test_crash_anywhere import STEPS

OPENED = ["ticket-opened", "acknowledgement-asked"]
TOO_LONG = "x" * 250_001


@requirement("R2", "R3")
async def test_a_request_becomes_a_ticket_that_is_classified_and_whose_acknowledgement_is_asked_for_once() -> None:
    line = Line()
    line.send("m1", "La caméra du hall ne répond plus")

    await line.run()

    assert line.types("intake") == [OPENED]
    assert line.types("triage") == [["ticket-classified"]]
    (events,) = line.events("intake").values()
    assert events[0]["data"]["number"].startswith("26-")


@requirement("R2")
async def test_the_same_request_twice_is_one_ticket_and_nothing_is_said_of_the_copy() -> None:
    line = Line()
    line.send("m1")
    await line.run()

    line.send("m1")
    line.send("m1")
    await line.run()

    assert line.types("intake") == [OPENED]
    assert line.dead() == []


@requirement("R2")
async def test_the_same_key_with_other_words_is_another_request_and_neither_is_lost() -> None:
    line = Line()
    line.send("m1", "La porte ne ferme plus")
    line.send("m1", "La sirène hurle")
    line.send("m1", "La sirène hurle")

    await line.run()

    assert line.types("intake") == [OPENED, OPENED]
    texts = {events[0]["data"]["personal"]["data"]["text"] for events in line.events("intake").values()}
    assert texts == {"La porte ne ferme plus", "La sirène hurle"}


@requirement("R2")
async def test_a_reply_and_its_copy_go_to_their_ticket_once() -> None:
    line = Line()
    line.send("m1")
    await line.run()
    ((opened, _),) = line.events("intake").values()

    for _ in range(2):
        line.send("m2", "Toujours rien", other={"kind": "reply", "ticket": opened["data"]["number"]})
    await line.run()

    assert line.types("intake") == [[*OPENED, "customer-replied"]]


@requirement("R2")
@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        ({"received_at": "1970-01-01T00:00:00Z"}, "received_at is more than 400 days ago"),
        ({"received_at": "9999-12-31T23:59:59Z"}, "received_at is more than 1 day(s) in the future"),
        ({"received_at": "9999-12-31T23:59:59-12:00"}, "cannot be read"),
        ({"received_at": "2026-03-03T09:00:00"}, "received_at: Input should have timezone info"),
        ({"received_at": None}, "received_at: "),
        ({"kind": "dance"}, "kind: Input should be 'request', 'reply'"),
        ({"kind": "confirmation"}, "a confirmation names its ticket and its resolution"),
        ({"kind": "confirmation", "ticket": "SAV-2026-00000000", "resolution": 1}, "number that does not exist"),
        ({"kind": "survey-answer", "ticket": "x", "resolution": 1}, "a survey-answer carries its three scores"),
        ({"resolution": 2**63}, "resolution: Input should be less than or equal to 10000"),
        ({"automatic": "perhaps"}, "automatic: Input should be a valid boolean"),
        ({"v": 2}, "v: Input should be 1"),
        ({"form": {str(n): "" for n in range(65)}}, "form: Dictionary should have at most 64 items"),
        ({"personal": {"text": TOO_LONG}}, "the text has 250001 characters; the limit is 250000"),
        ({"personal": ["x"]}, "personal: "),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else None,
)
async def test_an_absurd_request_is_kept_with_its_reason_and_its_neighbours_become_tickets(
    request_: dict[str, object], reason: str
) -> None:
    line = Line()
    line.send("m1", "avant")
    line.send("m2", other=request_)
    line.send("m3", "après")

    await line.run()

    (told,) = line.dead()
    assert reason in told
    assert line.types("intake") == [OPENED, OPENED]


@requirement("R2")
async def test_a_text_of_exactly_the_limit_is_a_ticket() -> None:
    line = Line()
    line.send("m1", "🔥" * 250_000)

    await line.run()

    assert line.types("intake") == [OPENED]
    assert line.types("triage") == [["ticket-classified"]]


@requirement("R2")
async def test_a_request_with_fields_that_nobody_knows_is_a_ticket() -> None:
    line = Line()
    line.send("m1", other={"newer": "field", "personal": {"text": "Bonjour", "shoe_size": 44}})

    await line.run()

    assert line.types("intake") == [OPENED]


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("stage", ["intake", "triage"])
async def test_a_crash_at_any_step_of_either_stage_changes_nothing_that_anybody_reads(stage: str, step: str) -> None:
    # given what is on the topics after a morning without a crash
    calm, crashes = await _morning(stage, CrashAt())
    passages = crashes.passed[step]
    assert passages >= 3
    for nth in range(1, passages + 1):
        # when the stage dies there, the first time that it comes by, the second…
        line, _ = await _morning(stage, CrashAt(step, nth))
        # then the topics say the same
        assert (line.intake.deaths, line.triage.deaths) == (int(stage == "intake"), int(stage == "triage"))
        for said_by in ("intake", "triage"):
            assert line.events(said_by) == calm.events(said_by), f"{step}, passage {nth}"
        assert sorted(set(line.dead())) == sorted(set(calm.dead()))


async def _morning(stage: str, crashes: CrashAt) -> tuple[Line, CrashAt]:
    line = Line(crashes if stage == "intake" else None, crashes if stage == "triage" else None)
    for n in range(4):
        line.send(f"m{n}", f"Panne numéro {n}, alarme en continu")
    line.send("m1", "Panne numéro 1, alarme en continu")
    await line.run()
    tickets = sorted(line.events("intake"))
    number = line.events("intake")[tickets[0]][0]["data"]["number"]
    line.send("m5", "Il y a le feu, intrusion en cours", other={"kind": "reply", "ticket": number})
    line.send("m6", other={"kind": "dance"})
    await line.run()
    line.send("m7", "Autre chose")
    await line.run(1)
    await line.run(30)  # nobody took the acknowledgements: a person is called for each
    await line.run(30)
    return line, crashes
