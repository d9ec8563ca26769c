"""What closure decides: never closed behind the customer's back (R12, R13). Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

from services.closure import customer
from services.closure.rules import five_days_end, is_final_at, remind_at
from services.closure.state import ClosureState
from shared.decider import Deadline, Due, Early, Ignored, Message, Outcome, happened
from shared.events.base import Event
from shared.events.closure import (
    AnswerNoted,
    Cause,
    CommandRefused,
    ConfirmationAsked,
    FiveDaysStarted,
    FiveDaysUndone,
    NeedsAttention,
    ReadingSettled,
    ReadReply,
    ReminderAsked,
    SilenceAsked,
    SilenceProved,
    TicketClosed,
    TicketReopened,
    WaitingResumed,
)
from shared.events.dispatch import TicketResolved
from shared.events.intake import CustomerSilent
from shared.events.notify import MessageBounced, MessageDelivered, MessageFailed, NoBounce
from shared.policy.model import Policy

Report = MessageDelivered | MessageBounced | MessageFailed

IRREVERSIBLE = frozenset({"answer-final", "close-silent"})
"""Deadlines whose act ends something: refused while anything of the ticket waits or is missing."""


def decide(state: ClosureState, message: Message, facts: None, at: datetime, policy: Policy) -> Outcome:
    """Return what follows for closure."""
    match message.payload:
        case TicketResolved() as resolved:
            return _resolved(state, resolved, at, policy)
        case MessageDelivered() | MessageBounced() | MessageFailed() as report if report.kind == "reminder":
            return _reminder_report(state, report, policy)
        case CustomerSilent() as proof:
            return _proved(state, proof, at)
        case NoBounce() as proof:
            return _proved(state, proof, at)
        case ReadReply() as command:
            return _read(state, command, at, policy)
        case Due(kind=kind):
            return _due(state, kind, at, policy)
        case payload:
            return customer.said(state, payload, at, policy)


def _resolved(state: ClosureState, resolved: TicketResolved, at: datetime, policy: Policy) -> Outcome:
    """R12, R13: first a request for confirmation."""
    if resolved.resolution <= state.resolution:
        return Ignored("the customer was asked about this resolution")
    if state.phase != "handling":
        return Early("the resolution before is not settled yet")
    return happened(
        ConfirmationAsked(
            resolution=resolved.resolution, ticket=resolved.ticket, remind_at=remind_at(at, resolved.ticket, policy)
        )
    )


def _reminder_report(state: ClosureState, report: Report, policy: Policy) -> Outcome:
    """R13: the five days run from the delivery, and a later bounce undoes them."""
    if report.generation > state.reminders:
        return Early("this reminder was not asked for yet")
    if report.generation < state.reminders or report.resolution != state.resolution:
        return Ignored("about an earlier reminder")
    match report:
        case MessageDelivered() if state.phase in ("reminded", "unreachable") and state.until is None:
            # An adapter whose clock is wrong may not shorten them.
            delivered_at = max(report.at, state.reminded_at or report.at)
            until = five_days_end(delivered_at, policy)
            return happened(FiveDaysStarted(resolution=state.resolution, delivered_at=delivered_at, until=until))
        case MessageBounced() if state.phase in ("reminded", "five-days", "silence-asked"):
            return happened(FiveDaysUndone(resolution=state.resolution, because="bounced"), *_unreachable(state))
        case MessageBounced() if state.phase == "closed" and state.cause == "silence":
            return happened(
                TicketReopened(resolution=state.resolution, because="bounced-after-closing", undoes_closing=True)
            )
        case MessageFailed() if state.phase in ("reminded", "five-days", "silence-asked"):
            return happened(FiveDaysUndone(resolution=state.resolution, because="failed"), *_unreachable(state))
        case _:
            return Ignored("no reminder is waiting for this report")


def _unreachable(state: ClosureState) -> tuple[Event, ...]:
    if state.person_called:
        return ()
    reason = (
        "La relance n'a pas pu être remise : appeler le client. Sans cela, le dossier n'est jamais clos par silence."
    )
    return (NeedsAttention(reason=reason, about="unreachable"),)


def _proved(state: ClosureState, proof: CustomerSilent | NoBounce, at: datetime) -> Outcome:
    """R13: both proofs, for this very question; otherwise the ticket stays open."""
    by: Literal["intake", "notify"] = "intake" if isinstance(proof, CustomerSilent) else "notify"
    if state.phase != "silence-asked" or proof.resolution != state.resolution:
        return Ignored("nobody is waiting for this proof any more")
    if state.until is None or proof.until < state.until or by in state.proofs:
        return Ignored("a proof for an earlier question")
    return happened(SilenceProved(resolution=state.resolution, until=proof.until, by=by, proved_at=at))


def _read(state: ClosureState, command: ReadReply, at: datetime, policy: Policy) -> Outcome:
    """R13: what a person read in an unclear reply, or heard in a call that is recorded here."""
    waiting = ("asked", "reminded", "five-days", "silence-asked", "unreachable", "reading")
    if command.resolution != state.resolution:
        return _refused(command, "La réponse concerne une autre résolution du dossier.")
    if command.request and command.request != state.to_read:
        return _refused(command, "Le client a écrit de nouveau depuis : lire aussi sa dernière réponse.")
    if state.phase == "closed" and state.reading:
        if command.meaning != "not-solved":
            return happened(ReadingSettled(resolution=state.resolution, by=command.by))
        return happened(TicketReopened(resolution=state.resolution, because="reply-after-closing", undoes_closing=True))
    if state.phase not in waiting:
        return _refused(command, "Le dossier n'attend pas de réponse du client.")
    if command.meaning == "not-solved":
        return happened(TicketReopened(resolution=state.resolution, because="not-solved", undoes_closing=False))
    if command.meaning == "solved":
        final_at = is_final_at(at, policy)
        return happened(AnswerNoted(resolution=state.resolution, answer="confirmed", received_at=at, final_at=final_at))
    again = customer.remind_again_at(state, at, policy)
    return happened(WaitingResumed(resolution=state.resolution, because="no-answer", remind_at=again))


def _refused(command: ReadReply, reason: str) -> Outcome:
    return happened(CommandRefused(command=command.type_name, by=command.by, reason=reason))


def _due(state: ClosureState, kind: str, at: datetime, policy: Policy) -> Outcome:
    resolution = state.resolution
    match kind:
        case "remind" if state.phase == "asked":
            report_by = at + policy.closing.report_within
            return happened(
                ReminderAsked(resolution=resolution, reminder=state.reminders + 1, asked_at=at, report_by=report_by)
            )
        case "unreported" if state.phase == "reminded" and state.report_by:
            reason = "Aucun canal ne dit ce qu'est devenue la relance : appeler le client."
            return happened(NeedsAttention(reason=reason, about="reminder-unreported"))
        case "five-days" if state.phase == "five-days" and state.until:
            return happened(SilenceAsked(resolution=resolution, until=state.until))
        case "answer-final" if state.phase == "answered" and state.answer == "denied":
            return happened(TicketReopened(resolution=resolution, because="denied", undoes_closing=False))
        case "answer-final" if state.phase == "answered":
            return happened(_closed(state, "confirmed", at))
        case "close-silent" if state.phase == "silence-asked" and state.proofs == {"intake", "notify"}:
            return happened(_closed(state, "silence", at))
        case _:
            return Ignored("nothing is waiting for this deadline any more")


def _closed(state: ClosureState, cause: Cause, at: datetime) -> TicketClosed:
    assert state.ticket is not None
    return TicketClosed(resolution=state.resolution, cause=cause, closed_at=at, ticket=state.ticket)


def deadlines(state: ClosureState) -> Iterable[Deadline]:
    """Yield what time itself will bring."""
    if state.phase == "asked" and state.remind_at:
        yield Deadline("remind", state.remind_at)
    if state.phase == "reminded" and state.report_by:
        yield Deadline("unreported", state.report_by)
    if state.phase == "five-days" and state.until:
        yield Deadline("five-days", state.until)
    if state.phase == "answered" and state.final_at:
        yield Deadline("answer-final", state.final_at)
    if state.phase == "silence-asked" and state.proofs == {"intake", "notify"} and state.proved_at:
        yield Deadline("close-silent", state.proved_at)
