"""R10: a clock stands still only where the contract lets it, until the customer's next word, and then runs on from
what was left of it."""

from __future__ import annotations

from audit import open_time, procedure, promised
from audit.finding import Check, Finding
from audit.history import History
from audit.model import Event
from audit.promised import Pause

_IN_HAND = ("dispatch.taken-charge", "dispatch.visit-reported")
_NOT_IN_HAND = ("dispatch.handling-queued", "dispatch.technician-mobilised", "dispatch.ticket-resolved")


def only_where_allowed(history: History, finding: Finding) -> None:
    """A pause has a reason for which the ticket's contract lets these clocks stand still, and a technician (R10)."""
    for begun in history.every("dispatch.clock-paused"):
        ticket, reason, clocks = begun.subject, begun.text("reason"), begun.texts("clocks")
        opened = history.of(ticket, "intake.ticket-opened")
        if not opened:
            finding.pending += 1
            continue
        tier = opened[0].inner("contract").text("tier") or procedure.NO_CONTRACT
        allowed = procedure.MAY_STAND_STILL.get((tier, reason), frozenset())
        finding.expect(
            bool(clocks) and allowed >= set(clocks), ticket,
            f"{', '.join(clocks) or 'rien'} suspendu ({reason}), ce que le contrat {tier} ne prévoit pas",
        )  # fmt: skip
        steps = [one for one in promised.in_order(history, ticket, *_IN_HAND, *_NOT_IN_HAND) if one.seq < begun.seq]
        if not steps or steps[-1].name not in _IN_HAND:
            finding.broken(ticket, "un délai suspendu, sur un dossier que personne n’avait en main")
        open_before = [one for one in promised.pauses(history, ticket) if one.begun.seq < begun.seq]
        if any(one.ended is None or one.ended.seq > begun.seq for one in open_before):
            finding.broken(ticket, "un délai suspendu, pendant qu’il l’était déjà")


def end_with_the_customer(history: History, finding: Finding) -> None:
    """The customer's next word ends a pause, at the instant at which a channel accepted it (R10)."""
    for ticket in sorted({event.subject for event in history.every("dispatch.clock-paused")}):
        for pause in promised.pauses(history, ticket):
            _expect_ended(history, finding, pause)


def _expect_ended(history: History, finding: Finding, pause: Pause) -> None:
    ticket, at, end = pause.begun.subject, pause.begun.instant("at"), pause.ended
    words = [
        reply
        for reply in history.of(ticket, "intake.customer-replied")
        if reply.instant("received_at") >= at and not reply.flag("automatic")
    ]
    if end is not None and end.text("because") == "customer":
        ended_at = end.instant("at")
        finding.expect(
            any(reply.instant("received_at") == ended_at for reply in words), ticket,
            f"l’attente n° {pause.begun.number('pause')} finit à {ended_at.isoformat()} par un mot que le client n’a "
            "pas dit",
        )  # fmt: skip
    # A word may cross what a technician says at the same time; it is not overlooked for an hour.
    seen_by = end.time if end is not None else history.now
    overlooked = [reply for reply in words if reply.time + procedure.REACTION <= seen_by]
    if end is not None:
        overlooked = [reply for reply in overlooked if reply.instant("received_at") < end.instant("at")]
    elif words and not overlooked:
        finding.pending += 1
        return
    finding.expect(
        not overlooked, ticket,
        f"l’attente n° {pause.begun.number('pause')} de {at.isoformat()} n’a pas fini par la réponse du client",
    )  # fmt: skip


def run_on_from_what_was_left(history: History, finding: Finding) -> None:
    """After a pause what stood still has as much time left as when it stopped, and nothing else moved (R10)."""
    for ended in history.every("dispatch.clock-resumed"):
        said = promised.before(history, ended)
        pause = next((one for one in promised.pauses(history, ended.subject) if one.ended is ended), None)
        if said is None or pause is None:
            finding.expect(False, ended.subject, f"l’attente n° {ended.number('pause')} finit sans avoir commencé")
            continue
        if ended.instant("at") < pause.begun.instant("at"):
            finding.broken(ended.subject, f"l’attente n° {ended.number('pause')} finit avant d’avoir commencé")
        for name in promised.FIELDS:
            _expect_moved(finding, name, said, pause, ended)


def _expect_moved(finding: Finding, name: str, said: Event, pause: Pause, ended: Event) -> None:
    due, now_due = (event.instant_or_none(promised.FIELDS[name]) for event in (said, ended))
    if due is None and now_due is None:
        return
    calendar = promised.calendar_of(said, name)
    if not calendar:
        finding.pending += 1
        return
    # A raise within the pause began this clock anew: before that, nothing of it had run.
    begun = max(pause.begun.instant("at"), promised.since(said, name) or pause.begun.instant("at"))
    wanted = due
    if due is not None and pause.stops(name) and due > begun:
        wanted = open_time.later(calendar, ended.instant("at"), open_time.left(calendar, begun, due))
    finding.expect(
        now_due == wanted, ended.subject,
        f"après l’attente n° {ended.number('pause')}, {name} échoit à {_told(now_due)} ; ce qui restait finit à "
        f"{_told(wanted)}",
    )  # fmt: skip


def _told(at: object) -> str:
    return at.isoformat() if hasattr(at, "isoformat") else "jamais"


CHECKS = (
    Check("pause-allowed", "R10 I53", "a clock stands still only where the contract lets it", only_where_allowed),
    Check("pause-ends", "R10 I54", "the customer's next word ends a pause", end_with_the_customer),
    Check("pause-moves", "R10 I54", "what was left when it stopped runs on", run_on_from_what_was_left),
)
