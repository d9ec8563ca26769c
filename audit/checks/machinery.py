"""What every promise rests on: nothing rewritten, nothing lost, nothing unreadable, nothing without a cause."""

from __future__ import annotations

from audit.finding import Check, Finding
from audit.history import History
from audit.model import Event


def never_rewritten(history: History, finding: Finding) -> None:
    """A copy has the id and the content of the first (I24)."""
    finding.checked = history.stage_records
    for clash in history.clashes:
        finding.broken(clash.subject, clash.sentence)


def no_holes(history: History, finding: Finding) -> None:
    """What a stage said of a ticket is numbered 1, 2, 3… without a hole (I25)."""
    for (subject, stage), events in history.streams.items():
        numbers = {event.seq for event in events}
        missing = sorted(set(range(1, max(numbers) + 1)) - numbers)
        finding.expect(not missing, subject, f"{stage} n’a jamais publié le rang {_span(missing)} sur {max(numbers)}")


_SHOWN = 5
"""Missing numbers that a sentence lists."""


def _span(missing: list[int]) -> str:
    told = ", ".join(str(number) for number in missing[:_SHOWN])
    return f"{told} et {len(missing) - _SHOWN} de plus" if len(missing) > _SHOWN else told


def readable(history: History, finding: Finding) -> None:
    """Every record of a stage topic is an event of its one writer, with what its type promises (I34)."""
    finding.checked = history.stage_records
    for fault in history.faults:
        finding.broken(fault.subject, fault.sentence)


def caused(history: History, finding: Finding) -> None:
    """Every event names a cause that is on record: an event, a request, a command, a timer (I32)."""
    for events in history.streams.values():
        for event in events:
            finding.expect(
                _is_known(history, event), event.subject,
                f"{event.name} en {event.where} a pour cause {event.causation or 'rien'}, dont il n’y a pas trace",
            )  # fmt: skip


def _is_known(history: History, event: Event) -> bool:
    cause = event.causation
    # A timer is named after its ticket, a record without an id after its place on a topic.
    return bool(cause) and (cause in history.known_ids or event.subject in cause or "sav." in cause)


CHECKS = (
    Check("never-rewritten", "I24", "the same seq is the same event", never_rewritten),
    Check("no-holes", "I25", "seq 1, 2, 3… without a hole", no_holes),
    Check("readable", "I34", "every stage record is an event of its one writer", readable),
    Check("cause-on-record", "I32", "every event has a known cause (warning only)", caused, warns_only=True),
)
