"""What a ticket's change says about the promises of the procedure: delays, promises kept, closings, refusals. Pure.

Called by `measures` with each ticket that the desk has written, before and after. What is compared is what the desk
keeps, so copies and any order between topics observe nothing twice. A closing that is undone within the same batch (a
desk that catches up after an outage) is seen as what it ended as.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple, TypeVar

from services.desk.projection import Ticket
from services.desk.sections import ROOMS
from services.desk.stages.closure import ClosureView
from services.desk.stages.dispatch import DispatchView
from services.desk.stages.intake import IntakeView
from services.desk.stages.notify import NotifyView
from services.desk.stages.survey import SurveyView
from shared.events.base import Model
from shared.events.dispatch import PromiseName

V = TypeVar("V", bound=Model)
UNPROVEN = "silence-unproven"
"""What intake and notify call a person for when silence cannot be proved (R13)."""


class Observation(NamedTuple):
    """Something to count, or a delay to observe."""

    metric: str
    labels: tuple[str, ...]
    seconds: float | None = None
    """None: count one."""


class Whose(NamedTuple):
    """The two labels of every measure of the SLA."""

    criticality: str
    tier: str


class Views(NamedTuple):
    """What the desk keeps of the stages that the SLA is about."""

    intake: IntakeView
    dispatch: DispatchView
    closure: ClosureView
    survey: SurveyView
    notify: NotifyView
    unproven: bool


class Kept(NamedTuple):
    """A promise that is fulfilled: since when it ran, when it was, and whether that was in time (None: not known)."""

    since: datetime
    at: datetime
    in_time: bool | None


def observations(before: Ticket, after: Ticket) -> Iterator[Observation]:
    """Yield what is new in `after`."""
    was, now, whose = _views(before), _views(after), whose_of(after)
    for promise, metric, of in _PROMISES:
        kept = of(now)
        if kept is None or of(was) is not None:
            continue
        yield Observation(metric, whose, (kept.at - kept.since).total_seconds())
        if kept.in_time is not None:
            yield Observation("sav_sla_promises_total", (promise, *whose, "yes" if kept.in_time else "no"))
    if was.intake.opened_at is None and now.intake.opened_at is not None and now.intake.channel is not None:
        yield Observation("sav_tickets_opened_total", (now.intake.channel,))
    yield from _endings(was, now, whose)


def whose_of(ticket: Ticket) -> Whose:
    """Return the criticality and the tier that a ticket's measures carry."""
    shown = ticket.shown
    return Whose(shown.criticality or "unclassified", shown.tier or "unknown")


def view_of(ticket: Ticket, stage: str, kind: type[V]) -> V:
    """Return what the desk keeps of a stage; a stage that said nothing yet counts as it begins."""
    section = ticket.sections.get(stage)
    view = section.view if section else ROOMS[stage].view()
    assert isinstance(view, kind)
    return view


def _views(ticket: Ticket) -> Views:
    calls = [call.about for section in ticket.sections.values() for call in section.calls]
    return Views(
        view_of(ticket, "intake", IntakeView),
        view_of(ticket, "dispatch", DispatchView),
        view_of(ticket, "closure", ClosureView),
        view_of(ticket, "survey", SurveyView),
        view_of(ticket, "notify", NotifyView),
        UNPROVEN in calls,
    )


def _acknowledged(views: Views) -> Kept | None:
    """R3: the first acknowledgement that a channel took."""
    intake = views.intake
    if intake.opened_at is None or intake.acknowledged_at is None:
        return None
    return Kept(intake.opened_at, intake.acknowledged_at, not intake.acknowledged_late)


def _taken(views: Views) -> Kept | None:
    """R4: the first taking of charge."""
    return _handled(views, "take-charge", views.dispatch.taken_at, views.dispatch.take_charge_by)


def _on_site(views: Views) -> Kept | None:
    """R10: the first arrival on site."""
    return _handled(views, "on-site", views.dispatch.arrived_at, views.dispatch.on_site_by)


def _restored(views: Views) -> Kept | None:
    """R10: the resolution that stands; one that did not hold was counted too, and the next one is counted again."""
    return _handled(views, "restored", views.dispatch.resolved_at, views.dispatch.restored_by)


def _handled(views: Views, promise: PromiseName, at: datetime | None, by: datetime | None) -> Kept | None:
    """One of dispatch's promises, since the opening; exactly at its deadline is in time."""
    dispatch, opened_at = views.dispatch, views.intake.opened_at
    if opened_at is None or at is None:
        return None
    in_time = None if by is None else at <= by and promise not in dispatch.missed
    return Kept(opened_at + _stood_still(dispatch, promise), at, in_time)


def _stood_still(dispatch: DispatchView, promise: PromiseName) -> timedelta:
    """What the contract lets a clock stand still is no part of what the customer was promised."""
    return dispatch.stood_still.get(promise, timedelta())


def _invited(views: Views) -> Kept | None:
    """R14: the invitation to the survey of the last closing has left."""
    closed_at, resolution = views.closure.closed_at, str(views.closure.resolution)
    survey = views.survey.surveys.get(resolution)
    if closed_at is None or survey is None or survey.latest_at is None:
        return None
    for name, letter in views.notify.letters.items():
        kind, _, resolution_of = name.split(":")
        if kind == "survey" and resolution_of == resolution and letter.status in ("accepted", "delivered"):
            return Kept(closed_at, letter.at, letter.at <= survey.latest_at) if letter.at else None
    return None


_PROMISES = (
    ("acknowledgement", "sav_sla_acknowledgement_seconds", _acknowledged),
    ("take-charge", "sav_sla_take_charge_seconds", _taken),
    ("on-site", "sav_sla_on_site_seconds", _on_site),
    ("restored", "sav_sla_restored_seconds", _restored),
    ("survey", "sav_sla_survey_seconds", _invited),
)


def _endings(was: Views, now: Views, whose: Whose) -> Iterator[Observation]:
    closure = now.closure
    if closure.closings > was.closure.closings and closure.cause and closure.closed_at:
        yield Observation("sav_tickets_closed_total", (closure.cause, *whose))
        if now.intake.opened_at is not None:
            seconds = (closure.closed_at - now.intake.opened_at).total_seconds()
            yield Observation("sav_sla_closing_seconds", whose, seconds)
    if closure.phase == "handling" and was.closure.phase != "handling":
        yield Observation("sav_tickets_reopened_total", whose)
    because = _refused(was, now)
    if because:
        yield Observation("sav_silent_closings_refused_total", (because,))


def _refused(was: Views, now: Views) -> str:
    """R13: why a closing by silence that was under way did not come about; empty where none was refused."""
    before, after = was.closure.phase, now.closure.phase
    if before in ("five-days", "silence-asked") and after == "unreachable":
        return "bounced"
    if before == "silence-asked" and after in ("answered", "reading", "handling", "asked"):
        return "customer"
    return "unproven" if now.unproven and not was.unproven else ""
