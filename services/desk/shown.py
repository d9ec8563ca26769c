"""What follows from all sections of a ticket together: where it stands, what is due, what a person is called for.

Pure functions of the sections, so they never depend on the order in which stages were heard. Lateness is not among
them: it is asked with a `now` when somebody looks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal, NamedTuple, TypeVar, get_args

from services.desk.french import STAGES, counted
from services.desk.sections import ROOMS, Section
from services.desk.stages.closure import ClosureView
from services.desk.stages.dispatch import DispatchView
from services.desk.stages.intake import IntakeView
from services.desk.stages.survey import SurveyView
from services.desk.stages.triage import TriageView
from services.desk.telling import Call
from shared.events.base import Channel, Criticality, Model, Tier

Phase = Literal[
    "received",
    "queued",
    "handling",
    "reserving",
    "planned",
    "on-site",
    "resolved",
    "confirming",
    "reminded",
    "unreachable",
    "answered",
    "reading",
    "closed",
]
PHASES: tuple[Phase, ...] = get_args(Phase)
DeadlineKind = Literal["acknowledgement", "take-charge", "on-site", "restored", "reminder", "five-days", "survey"]
UNRESOLVED: tuple[Phase, ...] = ("queued", "handling", "reserving", "planned", "on-site")

MACHINE_GRACE = timedelta(minutes=5)
"""What the services themselves do at an instant is done seconds after it; minutes later, something is stuck."""

_HANDLING: dict[str, Phase] = {
    "unknown": "received",
    "noted": "received",
    "queued": "queued",
    "taken": "handling",
    "reserving": "reserving",
    "planned": "planned",
    "mobilised": "on-site",
    "resolved": "resolved",
}
_CLOSURE: dict[str, Phase] = {
    "asked": "confirming",
    "reminded": "reminded",
    "five-days": "reminded",
    "silence-asked": "reminded",
    "unreachable": "unreachable",
    "answered": "answered",
    "reading": "reading",
    "closed": "closed",
}
OUTLIVE_CLOSING = frozenset({"waiting", "held", "gap"})
"""Calls about the machinery itself: a closing settles what came before it, but not these."""
V = TypeVar("V", bound=Model)


class Deadline(NamedTuple):
    """Something that is due, and not done."""

    at: datetime
    kind: DeadlineKind
    late_after: datetime
    """Later than this it is late: the instant itself for a promise, a little more for what services do unasked."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A ticket as people see it, as far as its sections go."""

    number: str
    phase: Phase
    criticality: Criticality | None
    doubt: bool
    tier: Tier | None
    channel: Channel | None
    customer: str
    site: str
    technician: str
    opened_at: datetime | None
    deadlines: tuple[Deadline, ...]
    """What is due and not done, soonest first."""
    calls: tuple[Call, ...]
    """What a person is called for and nothing has answered, oldest first."""

    @property
    def next_deadline(self) -> Deadline | None:
        """The soonest of what is due."""
        return self.deadlines[0] if self.deadlines else None

    @property
    def late_after(self) -> datetime | None:
        """The instant after which something is late."""
        return min((one.late_after for one in self.deadlines), default=None)

    def late(self, now: datetime) -> tuple[DeadlineKind, ...]:
        """Return what is late at `now`: later than its instant, not at it."""
        return tuple(one.kind for one in self.deadlines if now > one.late_after)


def shown_of(sections: Mapping[str, Section]) -> Shown:
    """Return what follows from the sections of a ticket; a stage that said nothing yet counts as it begins."""
    intake, triage = _view(sections, "intake", IntakeView), _view(sections, "triage", TriageView)
    dispatch, closure = _view(sections, "dispatch", DispatchView), _view(sections, "closure", ClosureView)
    phase = phase_of(dispatch, closure)
    deadlines = _deadlines(intake, dispatch, closure, _view(sections, "survey", SurveyView), phase)
    return Shown(
        number=intake.number,
        phase=phase,
        criticality=triage.criticality or dispatch.criticality or intake.stated,
        doubt=triage.doubt,
        tier=intake.tier,
        channel=intake.channel,
        customer=intake.customer,
        site=intake.site,
        technician=dispatch.technician,
        opened_at=intake.opened_at,
        deadlines=tuple(sorted(deadlines)),
        calls=tuple(sorted(_calls(sections, closure.closed_at), key=_by_age)),
    )


def _view(sections: Mapping[str, Section], stage: str, kind: type[V]) -> V:
    section = sections.get(stage)
    view = section.view if section else ROOMS[stage].view()
    assert isinstance(view, kind)
    return view


def phase_of(dispatch: DispatchView, closure: ClosureView) -> Phase:
    """Return where the ticket stands: with whichever of the two has gone further, by resolution (R12).

    Dispatch speaks from 1 on of the resolution that it works towards, closure of the last that it asked about; the
    same number means that closure has it, until closure reopens.
    """
    ahead = dispatch.resolution > closure.resolution
    if closure.phase != "handling" and not ahead:
        return _CLOSURE[closure.phase]
    if closure.resolution and not ahead:
        return "queued"  # reopened, and dispatch has not been heard of it yet
    return _HANDLING[dispatch.phase]


def _deadlines(
    intake: IntakeView, dispatch: DispatchView, closure: ClosureView, survey: SurveyView, phase: Phase
) -> Iterator[Deadline]:
    if phase != "closed":
        yield from _promises(intake, dispatch, phase)
    if phase == "confirming" and closure.remind_at:
        yield _by_itself("reminder", closure.remind_at)
    if closure.phase == "five-days" and phase == "reminded" and closure.until:
        yield _by_itself("five-days", closure.until)
    for one in survey.surveys.values():
        if one.status == "planned" and one.send_at and one.latest_at:
            yield Deadline(one.send_at, "survey", one.latest_at)


def _promises(intake: IntakeView, dispatch: DispatchView, phase: Phase) -> Iterator[Deadline]:
    """R3, R4, R10: what was promised to the customer and is not kept yet."""
    if intake.acknowledge_by and intake.noted < max(intake.asked, 1):
        yield _promise("acknowledgement", intake.acknowledge_by)
    charge = dispatch.take_charge_by or intake.take_charge_by
    if charge and dispatch.taken_at is None and phase in ("received", "queued"):
        yield _promise("take-charge", charge)
    # A clock that the contract lets stand still is never late: what is left of it runs on later.
    under_way = dispatch.arrived_at is None and phase in ("reserving", "planned", "on-site")
    if dispatch.on_site_by and under_way and "on-site" not in dispatch.stopped:
        yield _promise("on-site", dispatch.on_site_by)
    if dispatch.restored_by and phase in UNRESOLVED and "restored" not in dispatch.stopped:
        yield _promise("restored", dispatch.restored_by)


def _promise(kind: DeadlineKind, at: datetime) -> Deadline:
    return Deadline(at, kind, at)


def _by_itself(kind: DeadlineKind, at: datetime) -> Deadline:
    return Deadline(at, kind, at + MACHINE_GRACE)


def _calls(sections: Mapping[str, Section], closed_at: datetime | None) -> Iterator[Call]:
    for stage, section in sections.items():
        for call in section.calls:
            # A closing settles what came before it; what waits or is missing, it does not.
            after = closed_at is None or call.at is None or call.at >= closed_at
            if after or call.about in OUTLIVE_CLOSING:
                yield call
        if section.highest > section.seq:
            yield _incomplete(stage, section)


def _incomplete(stage: str, section: Section) -> Call:
    """What the desk itself misses: an event that did not come, or one that it cannot read."""
    following = section.seq + 1
    if section.hold:
        reason = f"L'événement n° {following} de « {STAGES[stage]} » ne peut pas être lu ici : {section.hold}"
        return Call(about="held", reason=reason, stage=stage)
    waiting = counted(section.highest - following, "événement")
    reason = f"Il manque l'événement n° {following} de « {STAGES[stage]} » ; la suite attend ({waiting})."
    return Call(about="gap", reason=reason, stage=stage)


def _by_age(call: Call) -> tuple[bool, datetime, str, str]:
    return call.at is None, call.at or datetime.max.replace(tzinfo=UTC), call.stage, call.about
