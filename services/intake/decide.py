"""What intake decides: tickets, replies, clicks, acknowledgements, the customer's silence (R1 to R4, R13). Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from services.intake.rules import acknowledge_by, is_raised, is_silence_proved, is_urgent
from services.intake.state import IntakeState
from shared.decider import Deadline, Due, Early, Ignored, Message, Outcome, happened
from shared.events.base import Criticality, Event, Personal
from shared.events.closure import SilenceAsked
from shared.events.intake import (
    AcknowledgementAsked,
    AcknowledgementNoted,
    Contract,
    CustomerConfirmed,
    CustomerDenied,
    CustomerReplied,
    CustomerSilent,
    CustomerTookBack,
    NeedsAttention,
    Promise,
    SilenceProofAsked,
    SurveyAnswerReceived,
    TicketOpened,
)
from shared.events.notify import MessageAccepted, MessageFailed
from shared.events.requests import Request
from shared.events.triage import TicketClassified, TicketReclassified
from shared.policy.model import Policy
from shared.promises import promise, raised

ACKNOWLEDGING = ("acknowledgement", "re-evaluation")
"""Kinds of message that carry the number and the delay (R3, R4)."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What intake may know beyond the ticket, read by its shell."""

    number: str = ""
    contract: Contract = field(default_factory=Contract)
    unknown_reference: str = ""
    email: str = ""
    phone: str = ""
    """How to reach the customer: as given, else as the contract has it."""
    heard_until: datetime | None = None
    """Every word of every channel up to here is in a journal; None: some channel never spoke."""
    unsettled: int = 0
    """Requests that lie dead and that no person has settled."""


def decide(state: IntakeState, message: Message, facts: Facts, at: datetime, policy: Policy) -> Outcome:
    """Return what follows for intake."""
    payload = message.payload
    if isinstance(payload, Request):
        return _request(state, message, payload, facts, policy)
    if state.opened is None:
        return Early("the ticket is not opened yet")
    match payload:
        case TicketClassified(criticality=criticality):
            return _classified(state, criticality, at, policy)
        case TicketReclassified(criticality=criticality):
            return _reclassified(state, criticality, message.at, at, policy)
        case MessageAccepted() if payload.kind in ACKNOWLEDGING:
            return _accepted(state, payload)
        case MessageFailed() if payload.kind in ACKNOWLEDGING:
            reason = "Aucun canal n'a pu remettre l'accusé de réception : appeler le client."
            return happened(NeedsAttention(reason=reason, about="acknowledgement-failed"))
        case SilenceAsked(until=until) if state.silence is not None and state.silence.until == until:
            return Ignored("asked before")
        case SilenceAsked(resolution=resolution, until=until):
            return _silence(state, resolution, until, at, facts, at, policy)
        case Due(kind=kind):
            return _due(state, kind, facts, at, policy)
        case _:
            return Ignored("intake has nothing to do with it")


def _request(state: IntakeState, message: Message, request: Request, facts: Facts, policy: Policy) -> Outcome:
    if state.opened is None:
        if request.kind in ("request", "reply"):
            return happened(_opened(message, request, facts, policy))
        return Early("the ticket that it answers is not opened yet")
    said: dict[str, Any] = {
        "request": message.id,
        "channel": request.channel,
        "received_at": request.received_at,
        "personal": _words(request),
    }
    if request.kind in ("request", "reply"):
        return happened(CustomerReplied(**said, automatic=request.automatic))
    if request.kind == "survey-answer":
        assert request.scores is not None  # the request's own validation
        return happened(SurveyAnswerReceived(**said, resolution=request.resolution, scores=request.scores))
    events: dict[str, Event] = {
        "confirmation": CustomerConfirmed(**said, resolution=request.resolution),
        "denial": CustomerDenied(**said, resolution=request.resolution),
        "take-back": CustomerTookBack(**said, resolution=request.resolution),
    }
    return happened(events[request.kind])


def _words(request: Request) -> Personal:
    personal = request.personal
    return Personal(**personal.model_dump(exclude={"comment"}) | {"text": personal.text or personal.comment})


def _opened(message: Message, request: Request, facts: Facts, policy: Policy) -> TicketOpened:
    received_at = request.received_at
    classes: tuple[Criticality, ...] = ("critique", "standard", "informatif")
    return TicketOpened(
        number=facts.number,
        request=message.id,
        channel=request.channel,
        received_at=received_at,
        contract=facts.contract,
        automatic=request.automatic,
        form=request.form,
        triage_by=received_at + policy.acknowledgement.wait_for_triage,
        acknowledge_by_if_urgent=acknowledge_by(received_at, urgent=True, policy=policy),
        acknowledge_by_otherwise=acknowledge_by(received_at, urgent=False, policy=policy),
        promises={one: promise(policy, facts.contract, one, received_at) for one in classes},
        unknown_reference=facts.unknown_reference,
        personal=_words(request).model_copy(update={"email": facts.email, "phone": facts.phone}),
    )


def _classified(state: IntakeState, criticality: Criticality, at: datetime, policy: Policy) -> Outcome:
    """R4: the acknowledgement waited for this. One that went out as Critique is never worsened (R7)."""
    assert state.opened is not None
    if state.opened.automatic:
        return _opened_by_a_machine(state)
    if state.asked is None:
        stated = state.opened.promises[criticality]
        return happened(_ask(state, "classified", stated, _acknowledge_by(state.opened, criticality)))
    return _reclassified(state, criticality, at, at, policy)


def _opened_by_a_machine(state: IntakeState) -> Outcome:
    """Two machines that acknowledge each other never end: a person looks instead."""
    if state.person_looks:
        return Ignored("a person looks at what the machine sent")
    reason = "Un message automatique a ouvert ce dossier : le lire, et répondre s'il y a lieu."
    return happened(NeedsAttention(reason=reason, about="automatic"))


def _acknowledge_by(opened: TicketOpened, criticality: Criticality) -> datetime:
    return opened.acknowledge_by_if_urgent if is_urgent(criticality) else opened.acknowledge_by_otherwise


def _reclassified(
    state: IntakeState, criticality: Criticality, raised_at: datetime, at: datetime, policy: Policy
) -> Outcome:
    """R7: the customer is told where the delay changes, and it changes only for the better."""
    opened, asked = state.opened, state.asked
    assert opened is not None
    if asked is None or opened.automatic:
        return _classified(state, criticality, at, policy)
    if not is_raised(asked.promise.criticality, criticality):
        return Ignored("a promise already made is never worsened (R7)")
    stated = raised(policy, opened.contract, opened.promises[criticality], raised_at)
    by = raised_at + policy.acknowledgement.within if is_urgent(criticality) else _acknowledge_by(opened, criticality)
    return happened(_ask(state, "raised", stated, max(by, raised_at + policy.acknowledgement.within)))


def _ask(
    state: IntakeState, because: Literal["classified", "triage-late", "raised"], stated: Promise, by: datetime
) -> AcknowledgementAsked:
    generation = state.asked.generation + 1 if state.asked else 1
    return AcknowledgementAsked(generation=generation, because=because, promise=stated, acknowledge_by=by)


def _accepted(state: IntakeState, accepted: MessageAccepted) -> Outcome:
    """R3: it counts when the channel took it."""
    asked = state.asked
    if asked is None or accepted.generation > asked.generation:
        return Early("this acknowledgement was not asked for yet")
    if accepted.generation <= state.noted:
        return Ignored("this acknowledgement was noted before")
    late = accepted.at > state.due[accepted.generation]
    return happened(AcknowledgementNoted(generation=accepted.generation, accepted_at=accepted.at, late=late))


def _silence(
    state: IntakeState, resolution: int, until: datetime, first: datetime, facts: Facts, at: datetime, policy: Policy
) -> Outcome:
    """R13: silent only where every channel has said so, and everything that it accepted has been passed."""
    if is_silence_proved(facts.heard_until, until, facts.unsettled):
        return happened(CustomerSilent(resolution=resolution, until=until))
    again = at + policy.closing.ask_silence_again
    noted = SilenceProofAsked(resolution=resolution, until=until, first_asked_at=first, look_again_at=again)
    if at - first < policy.closing.silence_unproven_after or state.silence_called:
        return happened(noted)
    reason = "Le silence du client ne peut pas être prouvé : un canal ne répond pas, ou une demande reste illisible."
    return happened(noted, NeedsAttention(reason=reason, about="silence-unproven"))


def _due(state: IntakeState, kind: str, facts: Facts, at: datetime, policy: Policy) -> Outcome:
    assert state.opened is not None
    match kind:
        case "triage-late" if state.opened.automatic:
            return _opened_by_a_machine(state)
        case "triage-late" if state.asked is None:
            stated = state.opened.promises["critique"]
            return happened(_ask(state, "triage-late", stated, state.opened.acknowledge_by_if_urgent))
        case "acknowledgement-late":
            reason = "L'accusé de réception n'est pas parti dans le délai : appeler le client."
            return happened(NeedsAttention(reason=reason, about="acknowledgement-late"))
        case "silence" if state.silence is not None:
            open_question = state.silence
            first = open_question.first_asked_at
            return _silence(state, open_question.resolution, open_question.until, first, facts, at, policy)
        case _:
            return Ignored("nothing is waiting for this deadline any more")


def deadlines(state: IntakeState) -> Iterable[Deadline]:
    """Yield what time itself will bring."""
    opened, asked = state.opened, state.asked
    if opened is None:
        return
    if asked is None and not state.person_looks:
        yield Deadline("triage-late", opened.triage_by)
    if asked is None and not opened.automatic and not state.warned:
        yield Deadline("acknowledgement-late", opened.acknowledge_by_if_urgent)
    unwatched = state.unacknowledged()
    if unwatched:
        yield Deadline("acknowledgement-late", min(unwatched.values()))
    if state.silence is not None:
        yield Deadline("silence", state.silence.look_again_at)
