"""What the company's own people are told: calls to who is on call, warnings, misses (R1, R10). Pure, part of `decide`.

Nobody is woken who is not on call: a warning out of hours goes to who is on call where the ticket is served at any
hour, and else waits until the desk opens.
"""

from __future__ import annotations

from datetime import datetime

from services.notify import texts
from services.notify.state import NotifyState, Paging
from shared.business_time import is_open, next_opening
from shared.decider import Early, Ignored, Outcome, happened
from shared.events.base import Event
from shared.events.dispatch import OnCallNeeded, PromiseAtRisk, PromiseMissed
from shared.events.notify import (
    Delivery,
    MessagePersonal,
    NeedsAttention,
    PageAnswered,
    PagingEnded,
    StaffKind,
    StaffMessageToSend,
    StaffNoticeHeld,
)
from shared.ids import message_id
from shared.policy.model import Policy
from shared.registry.model import Person, Staff

Notice = PromiseAtRisk | PromiseMissed | StaffNoticeHeld


def needed(state: NotifyState, ticket: str, asked: OnCallNeeded, staff: Staff, at: datetime, policy: Policy) -> Outcome:
    """Call the first who is on call (R1)."""
    if state.paging is not None and state.paging.resolution == asked.resolution:
        return Ignored("somebody is being called already")
    return happened(*_page(state, ticket, Paging(asked.resolution, texts.page(asked)), staff, at, policy))


def unanswered(state: NotifyState, ticket: str, staff: Staff, at: datetime, policy: Policy) -> Outcome:
    """Call the next one, then the managers, then all of them again, as often as the policy says."""
    assert state.paging is not None
    return happened(*_page(state, ticket, state.paging, staff, at, policy))


def _page(state: NotifyState, ticket: str, paging: Paging, staff: Staff, at: datetime, policy: Policy) -> list[Event]:
    chain, k = staff.on_call_at(at), paging.resolution
    if not chain:
        nobody = "Personne n'est d'astreinte et joignable : appeler un technicien pour ce dossier critique."
        return [
            PagingEnded(resolution=k, because="given-up"),
            NeedsAttention(reason=nobody, about=f"nobody-on-call:{k}"),
        ]
    page, call_of_life = len(paging.pages) + 1, state.paged + 1
    about = f"page-unanswered:{k}"
    called: list[Event] = []
    if page > len(chain) and about not in state.called:
        # The calls go on all the same: at night nobody may be looking at the desk.
        reason = "Aucune réponse de l'astreinte à ce dossier critique : les appels continuent."
        called.append(NeedsAttention(reason=reason, about=about))
    if page > policy.paging.rounds * len(chain):
        return [PagingEnded(resolution=k, because="given-up"), *called]
    person = chain[(page - 1) % len(chain)]
    call = StaffMessageToSend(
        message=message_id(ticket, "page", call_of_life, k, person.id),
        kind="page",
        person=person.id,
        channel="phone",
        generation=call_of_life,
        resolution=k,
        answer_by=at + policy.paging.answer_within,
        personal=MessagePersonal(name=person.name, phone=person.phone, subject=paging.words[0], text=paging.words[1]),
    )
    return [call, *called]


def reported(state: NotifyState, ticket: str, report: Delivery, staff: Staff, at: datetime, policy: Policy) -> Outcome:
    """Take what became of a call: an answer ends the calling, a call that failed goes to the next one at once."""
    paging = state.paging
    if report.kind != "page" or paging is None:
        return Ignored("nobody waits for this report")
    person = paging.pages.get(report.message)
    if person is None or report.resolution != paging.resolution:
        return Ignored("about a call of another time")
    if report.status == "delivered":
        answer = PageAnswered(resolution=paging.resolution, page=report.generation, person=person, at=report.at)
        return happened(answer)
    is_last = paging.answer_by is not None and report.message == list(paging.pages)[-1]
    if report.status in ("failed", "bounced") and is_last:
        return happened(*_page(state, ticket, paging, staff, at, policy))
    return Ignored("the call is on its way")


def over(state: NotifyState, because: str) -> Outcome:
    """End the calling: somebody has the ticket, or it needs nobody at night any more."""
    if state.paging is None:
        return Ignored("nobody is being called")
    return happened(PagingEnded.model_validate({"resolution": state.paging.resolution, "because": because}))


def noticed(state: NotifyState, ticket: str, notice: Notice, staff: Staff, at: datetime, policy: Policy) -> Outcome:
    """Tell who must know that a promise is at risk or missed (R10); out of hours, only who is on call."""
    about = about_of(notice)
    if about in state.noticed or (about in state.held and not isinstance(notice, StaffNoticeHeld)):
        return Ignored("said before")
    if not state.number:
        return Early("the contact is not known yet")
    desk = policy.calendars[policy.opening_calendar]
    if is_open(desk, at):
        return happened(*_tell(state, ticket, notice, about, _by_day(notice, staff)))
    on_call = _by_night(notice, staff, at)
    if on_call:
        return happened(*_tell(state, ticket, notice, about, on_call))
    held = StaffNoticeHeld(
        about=about,
        kind=_kind_of(notice),
        promise=notice.promise,
        due_at=notice.due_at,
        to="dispatcher" if isinstance(notice, PromiseMissed) else notice.to,
        person=notice.person,
        until=next_opening(desk, at),
    )
    return happened(held)


def _by_day(notice: Notice, staff: Staff) -> tuple[Person, ...]:
    """Who has the ticket, where the notice is meant for them; else the dispatchers, else the managers."""
    has_it = staff.person(notice.person) if _is_for_who_has_it(notice) else None
    return _reachable((has_it,) if has_it else (), staff.of_role("dispatcher"), staff.of_role("manager"))


def _by_night(notice: Notice, staff: Staff, at: datetime) -> tuple[Person, ...]:
    """The first on call, of a ticket that is served at any hour; what waited for the opening wakes nobody."""
    if isinstance(notice, StaffNoticeHeld) or not notice.on_call:
        return ()
    return _reachable(*((one,) for one in staff.on_call_at(at)))


def _reachable(*groups: tuple[Person, ...]) -> tuple[Person, ...]:
    """Of the first group in which anybody has an e-mail address, those who have one: who is on call has a telephone."""
    with_address = (tuple(one for one in group if one.email) for group in groups)
    return next((group for group in with_address if group), ())


def _is_for_who_has_it(notice: Notice) -> bool:
    return not isinstance(notice, PromiseMissed) and notice.to == "in-charge" and bool(notice.person)


def _kind_of(notice: Notice) -> StaffKind:
    if isinstance(notice, StaffNoticeHeld):
        return notice.kind
    return "at-risk" if isinstance(notice, PromiseAtRisk) else "missed"


def about_of(notice: Notice) -> str:
    """Return a stable word for a notice: the same one is given once."""
    if isinstance(notice, StaffNoticeHeld):
        return notice.about
    step = f":{notice.step}" if isinstance(notice, PromiseAtRisk) else ""
    return f"{_kind_of(notice)}:{notice.promise}{step}:{notice.due_at.isoformat()}"


def _tell(state: NotifyState, ticket: str, notice: Notice, about: str, people: tuple[Person, ...]) -> list[Event]:
    if not people:
        reason = "Une promesse est menacée ou manquée, et personne au registre n'a d'adresse où l'apprendre."
        return [NeedsAttention(reason=reason, about=f"nobody-to-warn:{about}")]
    kind, number = _kind_of(notice), state.notices + 1
    subject, text = texts.notice(state.number, kind, notice.promise, notice.due_at)
    return [
        StaffMessageToSend(
            message=message_id(ticket, kind, number, 0, one.id),
            kind=kind,
            person=one.id,
            channel="email",
            generation=number,
            resolution=0,
            about=about,
            personal=MessagePersonal(name=one.name, email=one.email, subject=subject, text=text),
        )
        for one in people
    ]
