"""Every message that there is, and states of every stage that plausible histories lead to.

Used by the tests that hold for all of them: totality, repetition, random walks.
"""

from __future__ import annotations

from typing import Any, Literal, get_args, get_origin

from services.intake.app import STAGE as INTAKE
from services.intake.decide import Facts as IntakeFacts
from services.notify.decide import Facts as NotifyFacts
from services.resources.app import STAGE as RESOURCES
from services.resources.decide import Facts as ResourceFacts
from services.survey.app import STAGE as SURVEY
from services.triage.app import STAGE as TRIAGE
from services.triage.decide import Facts as TriageFacts
from services.triage.grid_file import read_grid
from shared.decider import Due
from shared.events.base import Command, Event, Payload
from shared.events.dispatch import PromiseName, ReservationReleased
from shared.events.notify import DeliveryStatus, MessageKind
from shared.events.requests import RequestKind
from tests.replay.representatives import REPRESENTATIVES, UNTIL
from tests.unit.services.builders import (
    MONDAY,
    NUMBER,
    accepted,
    acknowledgement_asked,
    asked,
    classified,
    closed,
    contract,
    delivery,
    opened,
    reclassified,
    refused,
    reopened,
    request,
    silence_asked,
    survey_answer,
)
from tests.unit.services.closure.cases import ALL_CASES as CLOSURE_CASES
from tests.unit.services.dispatch import cases as dispatch
from tests.unit.services.harness import DAY, HOUR, MINUTE, TICKET, Said, Story, story
from tests.unit.services.notify import cases as notify

AnyStory = Story[Any, Any]
NOW = UNTIL + HOUR
"""After every instant that the messages speak of."""
STAGES = ("intake", "triage", "dispatch", "resources", "closure", "survey", "notify")
DUE_KINDS: dict[str, tuple[str, ...]] = {
    "intake": ("triage-late", "acknowledgement-late", "silence"),
    "dispatch": (
        *(f"risk:{promise}:{step}" for promise in get_args(PromiseName) for step in (1, 2)),
        *(f"missed:{promise}" for promise in get_args(PromiseName)),
        *("page", "paused:1", "paused:2"),
        *(f"{what}:{TICKET}/{number}" for what in ("retry", "unanswered") for number in (1, 2, 9)),
    ),
    "closure": ("remind", "five-days", "answer-final", "close-silent"),
    "survey": ("send:1", "expire:1", "send:2", "expire:2"),
    "notify": ("bounce-proof",),
}
"""Every kind of deadline of a stage; a stray one may come at any time."""


def _variants(payload: Payload) -> list[Payload]:
    """The payload, and what differs from it in one field: another word of a choice, another number, said just now."""
    found = [payload]
    for name, field in type(payload).model_fields.items():
        choices: tuple[object, ...] = ()
        if get_origin(field.annotation) is Literal:
            choices = get_args(field.annotation)
        elif name in ("resolution", "generation"):
            choices = (0, 2)
        elif name in ("received_at", "arrived_at"):
            choices = (NOW - MINUTE,)
        now = getattr(payload, name)
        found += [payload.model_copy(update={name: choice}) for choice in choices if choice != now]
    return found


def _told() -> list[Event | Command]:
    varied = [one for payload in REPRESENTATIVES.values() for one in _variants(payload)]
    return [one for one in varied if isinstance(one, Event | Command)]


REQUESTS = [request(kind, NOW - MINUTE, key=f"k-{kind}") for kind in get_args(RequestKind)]
DELIVERIES = [
    delivery(status, NOW - MINUTE, kind=kind, generation=generation, resolution=resolution)
    for status in get_args(DeliveryStatus)
    for kind in get_args(MessageKind)
    for generation, resolution in ((1, 0), (1, 1), (2, 1))
]


def messages(stage: str) -> list[Said]:
    """Everything that can be said to a stage, and much that should never be."""
    dues = [Due(kind, 1, NOW - MINUTE) for kind in DUE_KINDS.get(stage, ())]
    own_door: list[Said] = [*REQUESTS] if stage == "intake" else [*DELIVERIES] if stage == "notify" else []
    return [*_told(), *own_door, *dues]


def _intake() -> dict[str, AnyStory]:
    empty = story(INTAKE, IntakeFacts(NUMBER, contract()))
    noted = empty.once(request(), at=MONDAY)
    asked_for = noted.once(classified(), at=MONDAY + MINUTE)
    silent = asked_for.once(silence_asked(UNTIL), at=UNTIL)
    return {
        "nothing": empty,
        "opened": noted,
        "asked": asked_for,
        "triage late": noted.once_due("triage-late"),
        "accepted": asked_for.once(accepted(MONDAY + MINUTE), at=MONDAY + MINUTE),
        "late": asked_for.once_due("acknowledgement-late"),
        "raised": asked_for.once(reclassified("standard", "critique"), at=MONDAY + HOUR),
        "silence asked": silent,
        "person called": silent.once_due("silence", at=UNTIL + 2 * DAY),
        "silence provable": silent.knowing(IntakeFacts(NUMBER, contract(), heard_until=NOW)),
    }


def _triage() -> dict[str, AnyStory]:
    empty = story(TRIAGE, TriageFacts(read_grid()))
    first = empty.once(opened(), at=MONDAY)
    return {"nothing": empty, "standard": first, "critique": first.given(reclassified("standard", "critique"))}


def _dispatch() -> dict[str, AnyStory]:
    return {
        "nothing": dispatch.DISPATCH,
        "noted": dispatch.DISPATCH.once(opened(), at=MONDAY),
        "queued": dispatch.queued(),
        "taken": dispatch.taken(),
        "reserving": dispatch.reserving(dispatch.CAMERA, dispatch.CABLE),
        "time asked": dispatch.reserving(),
        "missing": dispatch.reserving(dispatch.CAMERA).once(refused(1), at=dispatch.ASKED_AT),
        "planned": dispatch.planned(),
        "paused": dispatch.taken().once(dispatch.pause(), at=dispatch.ASKED_AT),
        "paused while planned": dispatch.planned().once(dispatch.pause(), at=dispatch.ASKED_AT + HOUR),
        "resumed": dispatch.taken()
        .once(dispatch.pause(), at=dispatch.ASKED_AT)
        .once(dispatch.RESUME, at=dispatch.ASKED_AT + HOUR),
        "on call": dispatch.queued("critique").once_due("page"),
        "mobilised": dispatch.mobilised(),
        "resolved on site": dispatch.resolved_on_site(),
        "resolved remotely": dispatch.resolved_remotely(),
        "reopened": dispatch.resolved_remotely().once(reopened(), at=NOW),
    }


def _resources() -> dict[str, AnyStory]:
    empty = story(RESOURCES, ResourceFacts())
    cameras = empty.knowing(ResourceFacts(1, "v1"))
    return {
        "empty": empty,
        "registry": cameras,
        "granted": cameras.once(asked(1), at=MONDAY),
        "given back": cameras.once(asked(1), at=MONDAY).once(_release(1), at=MONDAY),
        "barred": cameras.once(_release(3), at=MONDAY),
        "busy": empty.once(asked(2, "technician:T-01", earliest=MONDAY, duration=2 * HOUR), at=MONDAY),
    }


def _release(number: int) -> ReservationReleased:
    return ReservationReleased(ask=f"{TICKET}/{number}", resource="part:CAM-3@central")


def _survey() -> dict[str, AnyStory]:
    empty = story(SURVEY, None)
    planned = empty.once(closed(MONDAY), at=MONDAY)
    invited = planned.once_due("send:1")
    return {
        "nothing": empty,
        "planned": planned,
        "invited": invited,
        "answered": invited.once(survey_answer(MONDAY + 2 * DAY), at=MONDAY + 2 * DAY),
        "expired": invited.once_due("expire:1"),
        "cancelled": planned.once(reopened(), at=MONDAY),
        "cancelled after sending": invited.once(reopened(), at=MONDAY + 2 * DAY),
    }


def _notify() -> dict[str, AnyStory]:
    by_both = notify.known(phone="+33199000001")
    reminded = notify.reminded()
    return {
        "nothing": notify.NOTIFY,
        "known": by_both,
        "unreachable": notify.known(email=""),
        "acknowledging": by_both.once(acknowledgement_asked(), at=MONDAY),
        "reminded": reminded,
        "delivered": reminded.once(delivery("delivered", UNTIL), at=UNTIL),
        "bounced": reminded.once(delivery("bounced", UNTIL), at=UNTIL),
        "by phone": notify.reminded("+33199000001").once(delivery("bounced", UNTIL), at=UNTIL),
        "proof asked": by_both.once(silence_asked(UNTIL), at=UNTIL),
        "proof possible": by_both.once(silence_asked(UNTIL), at=UNTIL).knowing(NotifyFacts(NOW)),
    }


CASES: dict[str, dict[str, AnyStory]] = {
    "intake": _intake(),
    "triage": _triage(),
    "dispatch": _dispatch(),
    "resources": _resources(),
    "closure": dict(CLOSURE_CASES),
    "survey": _survey(),
    "notify": _notify(),
}
"""By stage, states that plausible histories lead to."""
