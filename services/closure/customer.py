"""What the customer says to a resolution, by a click or in words (R12, R13). Pure, part of `decide`.

Nothing that a customer says is only ignored: it answers, stops the clock, reopens, or calls a person.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from services.closure.rules import is_final_at, remind_at, was_said_before
from services.closure.state import ClosureState
from shared.decider import Due, Early, Ignored, Outcome, happened
from shared.events.base import Command, Event
from shared.events.closure import AnswerNoted, NeedsAttention, ReadingNeeded, TicketReopened, WaitingResumed
from shared.events.intake import CustomerConfirmed, CustomerDenied, CustomerReplied, CustomerTookBack
from shared.policy.model import Policy

Click = CustomerConfirmed | CustomerDenied | CustomerTookBack


_INSTANT = timedelta(milliseconds=1)
"""The grain of every instant on the topics."""


def said(state: ClosureState, payload: object, at: datetime, policy: Policy) -> Outcome:
    """Return what follows from the customer's words or click."""
    match payload:
        case CustomerReplied(automatic=True):
            return Ignored("an out-of-office reply is no reply (R13)")
        case CustomerReplied():
            return _replied(state, payload)
        case CustomerConfirmed() | CustomerDenied() | CustomerTookBack():
            return _clicked(state, payload, at, policy)
        case Event() | Command() | Due() | _:
            return Ignored("closure has nothing to do with it")


def _replied(state: ClosureState, reply: CustomerReplied) -> Outcome:
    if state.phase == "handling":
        return Ignored("the ticket is being handled: its technician reads it")
    if state.phase == "closed":
        assert state.closed_at is not None
        if state.cause == "silence" and was_said_before(reply.received_at, state.closed_at):
            return happened(
                TicketReopened(resolution=state.resolution, because="reply-before-closing", undoes_closing=True)
            )
    elif state.phase == "answered" and state.answer == "denied":
        return Ignored("the ticket goes back to handling, where its technician reads it")
    return happened(ReadingNeeded(resolution=state.resolution, request=reply.request, received_at=reply.received_at))


def _clicked(state: ClosureState, click: Click, at: datetime, policy: Policy) -> Outcome:
    if click.resolution > state.resolution:
        return Early("the customer was not asked about this resolution yet")
    if state.phase == "handling":
        return Ignored("this resolution was reopened: the link's page says so")
    if click.resolution < state.resolution:
        return _about_the_past(state, click)
    if state.phase == "closed":
        return _clicked_when_closed(state, click)
    if _was_overtaken(state, click):
        return Ignored("the customer's later words, by another channel, were heard before it")
    match click:
        case CustomerTookBack():
            return _taken_back(state, click, at, policy)
        case CustomerConfirmed():
            return _answered(state, click, "confirmed", at, policy)
        case CustomerDenied():
            return _answered(state, click, "denied", at, policy)


def _taken_back(state: ClosureState, click: CustomerTookBack, at: datetime, policy: Policy) -> Outcome:
    """Remember it even where nothing was heard yet: the answer that it takes back may lie on a slower channel (R12)."""
    if state.phase == "reading":
        return happened(
            ReadingNeeded(resolution=state.resolution, request=click.request, received_at=click.received_at)
        )
    waits_on = state.remind_at if state.phase == "asked" else None
    return happened(
        WaitingResumed(
            resolution=state.resolution,
            because="taken-back",
            remind_at=waits_on or remind_again_at(state, at, policy),
            received_at=click.received_at,
        )
    )


def _was_overtaken(state: ClosureState, click: Click) -> bool:
    """An earlier "solved" never overrides later words (R12); an earlier "not solved" always counts: in doubt, open."""
    if state.heard_at is None or isinstance(click, CustomerDenied):
        return False
    if isinstance(click, CustomerTookBack):
        # At the very instant of the answer it takes it back; where there is none, it was heard already.
        return click.received_at < state.heard_at + (timedelta(0) if state.phase == "answered" else _INSTANT)
    return click.received_at <= state.heard_at and not (state.phase == "answered" and state.answer == "confirmed")


def remind_again_at(state: ClosureState, at: datetime, policy: Policy) -> datetime:
    """Return when the reminder goes out where the waiting begins anew: never earlier than it was announced (R13)."""
    assert state.ticket is not None and state.never_before is not None
    return max(remind_at(at, state.ticket, policy), state.never_before)


def _about_the_past(state: ClosureState, click: Click) -> Outcome:
    """A click on an old link answers nothing, but whoever clicked is not silent: a person reads it (R13)."""
    silent = state.phase == "closed" and state.cause == "silence"
    if silent and state.closed_at is not None and was_said_before(click.received_at, state.closed_at):
        return happened(
            TicketReopened(resolution=state.resolution, because="reply-before-closing", undoes_closing=True)
        )
    if state.phase in ("closed", "reading"):
        return Ignored("about an earlier resolution, and no clock of silence runs")
    return happened(ReadingNeeded(resolution=state.resolution, request=click.request, received_at=click.received_at))


def _answered(
    state: ClosureState,
    click: CustomerConfirmed | CustomerDenied,
    answer: Literal["confirmed", "denied"],
    at: datetime,
    policy: Policy,
) -> Outcome:
    if state.phase == "answered" and state.answer == answer:
        return Ignored("the same answer again")
    if state.phase == "answered" and answer == "confirmed":
        return Ignored("'not solved' stands until it is taken back (R12)")
    return happened(
        AnswerNoted(
            resolution=state.resolution, answer=answer, received_at=click.received_at, final_at=is_final_at(at, policy)
        )
    )


def _clicked_when_closed(state: ClosureState, click: Click) -> Outcome:
    assert state.closed_at is not None
    before = was_said_before(click.received_at, state.closed_at)
    match click:
        case CustomerConfirmed():
            return Ignored("the ticket is closed already, as the customer wishes")
        case CustomerTookBack() if not before:
            reason = "Le client a voulu revenir sur sa confirmation après le délai : l'appeler."
            return happened(NeedsAttention(reason=reason, about="taken-back-late"))
        case _:
            because: Literal["reply-before-closing", "denied"] = "reply-before-closing" if before else "denied"
            return happened(TicketReopened(resolution=state.resolution, because=because, undoes_closing=True))
