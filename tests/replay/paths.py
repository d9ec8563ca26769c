"""Which paths of the procedure a recorded life takes: marks that are read off its lines, and the paths by name.

Used by `record_lives` to choose few lives that together show everything, and by the test that they still do.
"""

from __future__ import annotations

from collections.abc import Iterator

from shared.events.base import RANK
from tests.replay.life import Call, Life, Told

TELLING = (
    "about", "action", "already_sent", "answer", "because", "cause", "channel", "command", "criticality", "doubt",
    "how", "kind", "late", "late_by_reevaluation", "promise", "status", "undoes_closing",
)  # fmt: skip
"""Fields whose value makes an event another case."""


def marks_of(life: Life) -> frozenset[str]:
    """Return everything worth showing that a life shows."""
    return frozenset(mark for one in life.lines for mark in (_told(one) if isinstance(one, Told) else _called(one)))


def _told(told: Told) -> Iterator[str]:
    name = f"{told.stage}.{told.type.split('.')[2]}"
    yield name
    for field in TELLING:
        value = told.data.get(field)
        if isinstance(value, str | bool):
            yield f"{name} {field}={str(value).partition(':')[0].lower()}"
    if name == "triage.ticket-reclassified":
        up = RANK[told.data["criticality"]] > RANK[told.data["was"]]
        yield f"{name} {'raised' if up else 'lowered'}"
    if name == "resources.reservation-granted" and told.data.get("start"):
        yield f"{name} of time"
    if name in ("dispatch.visit-reported", "dispatch.remote-action-recorded"):
        yield f"{name} outcome={told.data['outcome']}"


def _called(call: Call) -> Iterator[str]:
    yield call.outcome
    if call.stage == "triage" and call.facts["site"].get("devices"):
        yield "triage knows the site's devices"
    if call.outcome != "happened":
        yield f"{call.stage} {call.outcome}: {call.reason}"
    if call.heard.type == "due" and call.heard.data is not None:
        yield f"{call.stage} {call.outcome} on due {call.heard.data['kind'].partition(':')[0]}"


PATHS: dict[str, frozenset[str]] = {
    name: frozenset(marks)
    for name, *marks in (
        ("solved remotely", "dispatch.remote-action-recorded outcome=worked", "dispatch.ticket-resolved how=remote"),
        ("advice", "dispatch.ticket-resolved how=advice"),
        (
            "on site with parts",
            "dispatch.part-reserved",
            "dispatch.technician-mobilised",
            "dispatch.ticket-resolved how=on-site",
        ),
        (
            "a part is missing, then comes",
            "dispatch.part-missing",
            "dispatch happened on due retry",
            "dispatch.part-reserved",
        ),
        ("a visit that does not repair", "dispatch.visit-reported outcome=not-repaired"),
        ("a visit that is not needed any more", "dispatch.reservation-released"),
        ("a promise at risk and missed", "dispatch.promise-at-risk", "dispatch.promise-missed"),
        ("solved, says the customer", "intake.customer-confirmed", "closure.ticket-closed cause=confirmed"),
        ("not solved, says the customer", "intake.customer-denied", "closure.ticket-reopened because=denied"),
        ("an answer taken back", "intake.customer-took-back", "closure.waiting-resumed because=taken-back"),
        ("words that a person reads", "intake.customer-replied", "closure.reading-needed"),
        ("an automatic reply", "closure ignored: an out-of-office reply is no reply (R13)"),
        (
            "silence, a reminder, five days, two proofs",
            "closure.reminder-asked",
            "closure.five-days-started",
            "intake.silence-proof-asked",
            "intake.customer-silent",
            "notify.no-bounce",
            "closure.silence-proved",
            "closure.ticket-closed cause=silence",
        ),
        (
            "a reminder that comes back",
            "notify.message-bounced kind=reminder",
            "closure.five-days-undone because=bounced",
        ),
        ("no channel takes a message", "notify.message-failed", "notify.needs-attention about=unreachable"),
        ("opened again after its closing", "closure.ticket-reopened undoes_closing=true"),
        (
            "raised by the customer's words",
            "triage.ticket-reclassified because=customer",
            "intake.acknowledgement-asked because=raised",
        ),
        (
            "raised by a technician",
            "triage.ticket-reclassified because=technician",
            "triage.ticket-reclassified raised",
        ),
        (
            "lowered by a technician",
            "triage.ticket-reclassified lowered",
            "intake ignored: a promise already made is never worsened (R7)",
        ),
        (
            "in doubt, the highest class",
            "triage.ticket-classified doubt=true",
            "triage.ticket-classified criticality=critique",
        ),
        ("what is known of the site counts", "triage knows the site's devices"),
        ("triage comes late", "intake.acknowledgement-asked because=triage-late"),
        ("a survey answered", "survey.survey-answered"),
        ("a survey that nobody answers", "survey.survey-expired"),
        ("a survey cancelled", "survey.survey-cancelled because=reopened"),
        ("the same thing twice", "survey ignored: the first answer counts"),
        ("a command refused", "dispatch.command-refused"),
        ("something comes before what it speaks of", "early"),
        ("a stock", "resources.stock-received", "resources.reservation-granted", "resources.reservation-refused"),
        ("an agenda", "resources.reservation-granted of time"),
    )
}
"""Paths by name, each with the marks that it leaves."""


def paths_of(life: Life) -> tuple[str, ...]:
    """Return the named paths that a life takes."""
    marks = marks_of(life)
    return tuple(name for name, path in PATHS.items() if path <= marks)
