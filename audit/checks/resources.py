"""I11: no part is promised twice, no technician is in two places at a time."""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterator
from datetime import datetime

from audit.finding import Check, Finding
from audit.history import COMMANDS, History
from audit.model import Event

_TECHNICIAN = "technician:"
_PART = "part:"
Visit = tuple[datetime, datetime, str]


def _resources(history: History, prefix: str) -> Iterator[tuple[str, tuple[Event, ...]]]:
    """Yield the resources of a kind, each with what its aggregate said, in its order."""
    for (subject, stage), events in history.streams.items():
        if stage == "resources" and subject.startswith(prefix):
            yield subject, events


def one_place_at_a_time(history: History, finding: Finding) -> None:
    """A technician's granted times never overlap; touching is fine (I11)."""
    for technician, events in _resources(history, _TECHNICIAN):
        agenda: list[Visit] = []
        for event in events:
            ask = event.text("ask")
            if event.name == "resources.reservation-given-back":
                agenda = [visit for visit in agenda if visit[2] != ask]
            elif event.name == "resources.reservation-granted":
                start, end = event.instant_or_none("start"), event.instant_or_none("end")
                if start is None or end is None or end <= start:
                    finding.expect(False, technician, f"aucun horaire n’est accordé à la demande {ask}")
                elif (start, end, ask) not in agenda:  # the same ask again gets the same answer again
                    busy = [other for other in agenda if other[0] < end and start < other[1]]
                    finding.expect(
                        not busy, technician,
                        f"la demande {ask} de {event.text('ticket')} ({start.isoformat()} à {end.isoformat()}) "
                        "chevauche "
                        f"{', '.join(other[2] for other in busy)}",
                    )  # fmt: skip
                    insort(agenda, (start, end, ask))


def visits_are_granted(history: History, finding: Finding) -> None:
    """Every planned visit stands in the agenda of its technician, at the same time (R10, I11)."""
    granted = {
        (
            event.text("ticket"), event.text("ask"), event.text("resource"),
            event.instant_or_none("start"), event.instant_or_none("end"),
        )
        for event in history.every("resources.reservation-granted")
    }  # fmt: skip
    for plan in history.every("dispatch.visit-planned"):
        resource = _TECHNICIAN + plan.text("technician")
        slot = (plan.subject, plan.text("ask"), resource, plan.instant("start"), plan.instant("end"))
        finding.expect(
            slot in granted, plan.subject,
            f"la visite {plan.number('visit')} de {plan.text('start')} "
            f"n’est pas dans l’agenda de {plan.text('technician')}",
        )  # fmt: skip


def no_part_twice(history: History, finding: Finding) -> None:
    """Never more parts are promised than were received and not promised already (I11)."""
    for part, events in _resources(history, _PART):
        free = 0
        promised: dict[str, int] = {}
        notes: set[str] = set()
        for event in events:
            ask, quantity = event.text("ask"), event.number("quantity")
            if event.name == "resources.stock-received":
                if event.text("delivery") in notes:
                    finding.broken(part, f"la livraison {event.text('delivery')} a été comptée deux fois")
                notes.add(event.text("delivery"))
                free += quantity
            elif event.name == "resources.reservation-given-back":
                free += promised.pop(ask, 0)  # an ask that was barred before its answer held nothing
            elif event.name == "resources.reservation-granted" and ask not in promised:
                promised[ask] = quantity
                finding.expect(
                    0 < quantity <= free, part,
                    f"la demande {ask} de {event.text('ticket')} a obtenu {quantity} pour {free} libre(s)",
                )  # fmt: skip
                free -= quantity


def stock_came_in(history: History, finding: Finding) -> None:
    """What counts as received was declared by a person, or is the registry's first stock, once (R11)."""
    declared = {
        (event.text("resource"), event.text("delivery"), event.number("quantity"))
        for event in history.commands.get("resources.receive-stock", ())
    }
    opened: set[str] = set()
    for event in history.every("resources.stock-received"):
        if event.text("delivery").startswith("registry:"):
            part = event.text("resource")
            finding.expect(part not in opened, part, "le stock de départ du registre a été compté deux fois")
            opened.add(part)
            continue
        if not history.is_whole_at(COMMANDS, event.time):
            finding.pending += 1
            continue
        note = (event.text("resource"), event.text("delivery"), event.number("quantity"))
        finding.expect(note in declared, note[0], f"la livraison {note[1]} de {note[2]} n’a été déclarée par personne")


CHECKS = (
    Check("technician-in-one-place", "I11", "no overlapping visits", one_place_at_a_time),
    Check("visit-in-agenda", "R10 I11", "a planned visit is in the technician's agenda", visits_are_granted),
    Check("part-promised-once", "R11 I11", "no part promised beyond the stock", no_part_twice),
    Check("stock-declared", "R11 I50", "stock comes from delivery notes", stock_came_in),
)
