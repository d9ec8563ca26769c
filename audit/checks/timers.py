"""What armed deadlines promise (I17, I18, I44, I45): none missing that is alive, none alive for what has ended, none
overdue and forgotten. Looked at only where the databases were read."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from audit import procedure
from audit.finding import Check, Finding
from audit.history import History
from audit.ledger import TIMER, Book
from audit.wire import STAGES


def none_missing(history: History, finding: Finding) -> None:
    """Every live deadline has its document, at its instant: without it nothing would ever bring it (I44)."""
    for book in _books(history):
        for armed in book.live():
            timer = history.ledger.timers.get((book.stage, armed.id_of(book.entity))) if history.ledger else None
            finding.expect(
                timer is not None and timer.due_at == armed.due_at, book.entity,
                f"l’échéance {armed.kind} de {book.stage}, pour {armed.due_at.isoformat()}, "
                + (f"est armée à {timer.due_at.isoformat()}" if timer else "n’est armée nulle part"),
            )  # fmt: skip


def none_left_over(history: History, finding: Finding) -> None:
    """A deadline that was consumed or cancelled is cleared, at the latest when it falls due (I44)."""
    ledger = history.ledger
    if ledger is None:
        return
    for timer in ledger.timers.values():
        book = ledger.book(timer.stage, timer.entity)
        if timer.id in {armed.id_of(book.entity) for armed in book.live()}:
            finding.checked += 1
        elif history.now < timer.due_at + procedure.LEFTOVER:
            finding.pending += 1
        else:
            finding.expect(
                False,
                timer.entity,
                f"{timer.id} de {timer.stage} reste là depuis {timer.due_at.isoformat()}, pour rien",
            )


def none_overdue(history: History, finding: Finding) -> None:
    """A live deadline is acted on when it comes, unless something of its ticket waits for a person (I45)."""
    for book in _books(history):
        blocked = any(one.kind != "early" for one in book.waiting())
        for armed in book.live():
            if history.now < armed.due_at + procedure.REACTION or blocked:
                finding.pending += 1
                continue
            finding.expect(
                False, book.entity,
                f"l’échéance {armed.kind} de {book.stage} tombait à {armed.due_at.isoformat()}, et rien n’a suivi",
            )  # fmt: skip
        # What was acted on, was acted on for this reason once.
        finding.checked += sum(one.source == TIMER for one in book.inputs())


class Ended(NamedTuple):
    """Deadlines that no longer make sense once something has happened."""

    stage: str
    kinds: tuple[str, ...]
    """Beginnings of kinds."""
    has_ended: Callable[[History, str, str], bool]
    """By ticket and kind."""
    why: str


def none_for_the_ended(history: History, finding: Finding) -> None:
    """Nothing is armed for what has ended: a closed ticket, a kept promise, an answered survey (I44)."""
    for book in _books(history):
        for rule in _ENDED:
            if rule.stage != book.stage or not book.appends:
                continue
            for armed in book.live():
                if armed.kind.startswith(rule.kinds) and rule.has_ended(history, book.entity, armed.kind):
                    finding.broken(book.entity, f"{armed.kind} est armée dans {book.stage}, alors que {rule.why}")
        finding.checked += any(rule.stage == book.stage for rule in _ENDED)


def _last(history: History, ticket: str, *names: str) -> str:
    """Return which of these events of one stage came last, or empty."""
    found = [event for name in names for event in history.of(ticket, name)]
    return max(found, key=lambda event: event.seq).name if found else ""


def _closed(history: History, ticket: str, _: str) -> bool:
    last = _last(history, ticket, "closure.ticket-closed", "closure.ticket-reopened", "closure.confirmation-asked")
    return last == "closure.ticket-closed"


def _resolved(history: History, ticket: str, _: str) -> bool:
    return _last(history, ticket, "dispatch.ticket-resolved", "dispatch.handling-queued") == "dispatch.ticket-resolved"


def _taken(history: History, ticket: str, _: str) -> bool:
    return _last(history, ticket, "dispatch.taken-charge", "dispatch.handling-queued") == "dispatch.taken-charge"


def _nobody_to_call_for(history: History, ticket: str, _: str) -> bool:
    last = _last(
        history, ticket, "dispatch.taken-charge", "dispatch.ticket-resolved", "dispatch.on-call-needed",
        "dispatch.handling-queued", "dispatch.promise-recomputed",
    )  # fmt: skip
    return last not in ("dispatch.handling-queued", "dispatch.promise-recomputed")


def _runs(history: History, ticket: str, _: str) -> bool:
    return _last(history, ticket, "dispatch.clock-paused", "dispatch.clock-resumed") != "dispatch.clock-paused"


def _stands_still(history: History, ticket: str, kind: str) -> bool:
    paused = history.of(ticket, "dispatch.clock-paused")
    return not _runs(history, ticket, kind) and kind.split(":")[1] in paused[-1].texts("clocks")


def _called_enough(history: History, ticket: str, kind: str) -> bool:
    resolution = kind.split(":")[1]
    ends = ("notify.page-answered", "notify.paging-ended")
    return any(str(event.number("resolution")) == resolution for name in ends for event in history.of(ticket, name))


def _survey_over(history: History, ticket: str, kind: str) -> bool:
    resolution = kind.rpartition(":")[2]
    return any(
        str(event.number("resolution")) == resolution
        for name in ("survey.survey-answered", "survey.survey-cancelled", "survey.survey-expired")
        for event in history.of(ticket, name)
    )


def _acknowledgement_asked(history: History, ticket: str, _: str) -> bool:
    return bool(history.of(ticket, "intake.acknowledgement-asked"))


_ENDED = (
    Ended(
        "closure", ("remind", "unreported", "five-days", "answer-final", "close-silent"), _closed, "le dossier est clos"
    ),
    Ended("dispatch", ("risk:", "missed:"), _resolved, "le dossier est résolu"),
    Ended("dispatch", ("risk:take-charge", "missed:take-charge"), _taken, "le dossier est pris en charge"),
    Ended("dispatch", ("page",), _nobody_to_call_for, "personne n’est plus à appeler"),
    Ended("dispatch", ("paused:",), _runs, "le délai court à nouveau"),
    Ended("dispatch", ("risk:", "missed:"), _stands_still, "le délai ne court pas"),
    Ended("notify", ("page:",), _called_enough, "quelqu’un a répondu, ou n’a plus à le faire"),
    Ended("survey", ("send:", "expire:"), _survey_over, "l’enquête est finie"),
    Ended("intake", ("triage-late",), _acknowledgement_asked, "l’accusé est demandé"),
)


def closings_have_one_timer(history: History, finding: Finding) -> None:
    """A closing by silence was brought by one deadline of its own, armed then and consumed once (I17)."""
    for book in _books(history):
        if book.stage != "closure":
            continue
        for closing in history.of(book.entity, "closure.ticket-closed"):
            if closing.text("cause") != "silence":
                continue
            ids = [one.id for one in book.inputs() if one.source == TIMER and one.id == closing.causation]
            armed = {a.id_of(book.entity) for append in book.appends for a in append.timers}
            finding.expect(
                len(ids) == 1 and ids[0] in armed, book.entity,
                f"sa clôture par silence a pour cause {closing.causation}, consommée {len(ids)} fois",
            )  # fmt: skip


def _books(history: History) -> list[Book]:
    if history.ledger is None:
        return []
    return [book for (stage, _), book in sorted(history.ledger.books.items()) if stage in STAGES]


CHECKS = (
    Check("deadline-not-missing", "I44", "every live deadline is armed", none_missing),
    Check("deadline-not-left", "I44", "what is over is cleared when it falls due", none_left_over),
    Check("deadline-for-the-living", "I44", "nothing is armed for what has ended", none_for_the_ended),
    Check("deadline-not-overdue", "I18 I45", "what is due is acted on", none_overdue),
    Check("silent-closing-once", "I17", "one deadline brought a closing by silence", closings_have_one_timer),
)
