"""Every clock of one ticket (R3, R4, R7, R10, R13, R14), restated from the procedure's text. Pure.

The policy that an event names is the one that its deadline is recomputed under; the site's calendar and the tier are
those of the contract that the ticket was opened under.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime

from prove.clocks import Clock, counted_on, on_the_wall, standing_of
from prove.life import Life, Word
from shared.business_time import Calendar, add_working_days, is_open, next_opening
from shared.events import closure, dispatch, intake, survey
from shared.events.base import RANK, Criticality
from shared.events.triage import TicketReclassified
from shared.policy.book import PolicyBook
from shared.policy.model import Delay, Policy


@dataclass
class Proof:
    """What was recomputed of one ticket."""

    ticket: str
    number: str = ""
    opened_at: datetime | None = None
    tier: str = ""
    contract: str = ""
    calendar: str = ""
    grids: tuple[str, ...] = ()
    clocks: list[Clock] = field(default_factory=list)
    unproved: list[str] = field(default_factory=list)
    """Why something could not be recomputed, in French."""

    @property
    def holds(self) -> bool:
        """Whether every announced deadline comes out again."""
        return not self.unproved and all(one.agrees for one in self.clocks)


def prove(life: Life, policies: PolicyBook, now: datetime) -> Proof:
    """Recompute every deadline of a ticket as of `now` (UTC)."""
    opened = life.opened
    proof = Proof(life.ticket)
    if opened is None:
        proof.unproved.append("l'ouverture du dossier n'est pas sur les topics")
        return proof
    proof.number, proof.opened_at, proof.grids = opened.number, opened.received_at, life.grids
    proof.tier, proof.contract, proof.calendar = opened.contract.tier, opened.contract.version, opened.contract.calendar
    missing = sorted({word.policy for word in life.words.values()} - {*policies.versions, ""})
    if missing:
        proof.unproved.append(f"politique inconnue ici : {', '.join(missing)}")
        return proof
    prover = _Prover(life, opened, policies, now)
    for clocks in (prover.acknowledgements(), prover.handling(), prover.closing(), prover.survey()):
        proof.clocks += clocks
    return proof


class _Prover:
    def __init__(self, life: Life, opened: intake.TicketOpened, policies: PolicyBook, now: datetime) -> None:
        self._life, self._opened, self._policies, self._now = life, opened, policies, now

    def _policy(self, word: Word) -> Policy:
        return self._policies.of(word.policy) or self._policies.current(self._opened.received_at)

    def _calendar(self, policy: Policy, name: str) -> tuple[str, Calendar]:
        """A delay in opening hours counts those of the customer's site, where the contract names a known calendar."""
        site = self._opened.contract.calendar
        if name == policy.opening_calendar and site in policy.calendars:
            name = site
        return name, policy.calendars[name]

    # -- R3 ------------------------------------------------------------------------------------------------------

    def acknowledgements(self) -> Iterator[Clock]:
        """Thirty minutes: on the clock in hours, from the opening out of hours, from the receipt where it is urgent."""
        noted = {event.generation: event.accepted_at for _, event in self._life.all(intake.AcknowledgementNoted)}
        newest = max((event.generation for _, event in self._life.all(intake.AcknowledgementAsked)), default=0)
        for word, asked in self._life.all(intake.AcknowledgementAsked):
            policy = self._policy(word)
            start, because = self._runs_from(word, asked, policy)
            computed, counted = on_the_wall(start, policy.acknowledgement.within)
            happened = noted.get(asked.generation)
            yield Clock(
                name="Accusé de réception" if asked.generation == 1 else f"Accusé de réception n° {asked.generation}",
                requirement="R3",
                because=because,
                start=start,
                computed=computed,
                announced=asked.acknowledge_by,
                policy=word.policy,
                calendar=policy.opening_calendar if start != self._opened.received_at else "",
                counted=counted,
                happened=happened,
                standing=standing_of(happened, computed, self._now, needed=asked.generation == newest),
            )

    def _runs_from(self, word: Word, asked: intake.AcknowledgementAsked, policy: Policy) -> tuple[datetime, str]:
        urgent = asked.promise.criticality == "critique"
        start, because = self._runs_from_the_receipt(urgent=urgent, policy=policy)
        raised = self._raised_before(word) if asked.because == "raised" else None
        if raised is not None and (urgent or raised > start):
            return raised, "le délai change : dès la réévaluation (R7)"
        return start, because

    def _runs_from_the_receipt(self, *, urgent: bool, policy: Policy) -> tuple[datetime, str]:
        received = self._opened.received_at
        if urgent:
            return received, "urgent : dès la réception, à toute heure"
        calendar = policy.calendars[policy.opening_calendar]
        if is_open(calendar, received):
            return received, "reçu aux heures d'ouverture : dès la réception"
        return next_opening(calendar, received), "reçu hors ouverture : dès l'ouverture suivante"

    def _raised_before(self, word: Word) -> datetime | None:
        raises = [at for at, was, now in self._changes() if RANK[now] > RANK[was] and at <= word.at]
        return raises[-1] if raises else None

    def _changes(self) -> list[tuple[datetime, Criticality, Criticality]]:
        return [(word.at, event.was, event.criticality) for word, event in self._life.all(TicketReclassified)]

    # -- R4, R7, R10 ---------------------------------------------------------------------------------------------

    def handling(self) -> Iterator[Clock]:
        """Taking charge and on site: by contract and class, from the first report or a raise (R4, R7, R12)."""
        yield from self._step("take_charge", [event.at for _, event in self._life.all(dispatch.TakenCharge)])
        yield from self._step("on_site", [event.arrived_at for _, event in self._life.all(dispatch.VisitReported)])

    def _step(self, step: str, happened: list[datetime]) -> Iterator[Clock]:
        clock: Clock | None = None
        was: Criticality = "informatif"
        for word, event in self._statements():
            lowered, was = RANK[event.criticality] < RANK[was], event.criticality
            stated = event.take_charge_by if step == "take_charge" else event.on_site_by
            if clock is None:
                received = self._opened.received_at
                clock = self._delay(step, word, event.criticality, received, "depuis la première demande", stated)
                continue
            if not clock.agrees or stated != clock.announced:
                yield clock
            if lowered:  # R7: what was stated stays
                clock = replace(clock, announced=stated, policy=word.policy)
            else:
                clock = self._changed(step, clock, word, event, stated)
        if clock is not None:
            resolved = self._life.first(dispatch.TicketResolved) is not None
            first = min(happened, default=None)
            yield replace(
                clock,
                happened=first,
                standing=standing_of(first, clock.computed, self._now, needed=not resolved),
            )

    def _statements(self) -> list[tuple[Word, dispatch.HandlingQueued | dispatch.PromiseRecomputed]]:
        queued, recomputed = self._life.all(dispatch.HandlingQueued), self._life.all(dispatch.PromiseRecomputed)
        return sorted([*queued, *recomputed], key=lambda one: one[0].seq)

    def _delay(
        self, step: str, word: Word, criticality: Criticality, start: datetime, because: str, announced: datetime
    ) -> Clock:
        policy = self._policy(word)
        delay: Delay = getattr(policy.delays[self._opened.contract.tier][criticality], step)
        name, calendar = self._calendar(policy, delay.calendar)
        computed, counted = counted_on(calendar, start, delay.duration)
        return Clock(
            name={"take_charge": "Prise en charge", "on_site": "Intervention sur site"}[step],
            requirement="R4",
            because=f"{criticality.capitalize()}, {because}",
            start=start,
            computed=computed,
            announced=announced,
            policy=word.policy,
            calendar=name,
            counted=counted,
            standing="void",
        )

    def _changed(
        self,
        step: str,
        before: Clock,
        word: Word,
        event: dispatch.HandlingQueued | dispatch.PromiseRecomputed,
        announced: datetime,
    ) -> Clock:
        """R7: raised, from the first report, or from the raise where that is past; R12: nothing stated gets worse."""
        received = self._opened.received_at
        again = self._delay(step, word, event.criticality, received, "depuis la première demande (R7)", announced)
        raised = self._raised_before(word)
        if raised is not None and again.computed <= raised:
            again = self._delay(step, word, event.criticality, raised, "depuis la réévaluation (R7)", announced)
        return again if again.computed < before.computed else replace(before, announced=announced, policy=word.policy)

    # -- R13 -----------------------------------------------------------------------------------------------------

    def closing(self) -> Iterator[Clock]:
        """The reminder after two working days, and the five full days from its delivery."""
        asked = {event.resolution: event.asked_at for _, event in self._life.all(closure.ReminderAsked)}
        for word, event in self._life.all(closure.ConfirmationAsked):
            policy = self._policy(word)
            name, calendar = self._calendar(policy, policy.opening_calendar)
            if calendar.continuous:
                name, calendar = policy.opening_calendar, policy.calendars[policy.opening_calendar]
            computed = add_working_days(calendar, word.at, policy.closing.remind_after_working_days)
            happened = asked.get(event.resolution)
            yield Clock(
                name="Relance",
                requirement="R13",
                because=f"{policy.closing.remind_after_working_days} jours ouvrés après la demande, à la même heure",
                start=word.at,
                computed=computed,
                announced=event.remind_at,
                policy=word.policy,
                calendar=name,
                counted=(),  # whole days, not hours
                happened=happened,
                standing="kept" if happened else "void" if self._is_over(event.resolution) else "running",
            )
        closed = {event.resolution: event for _, event in self._life.all(closure.TicketClosed)}
        for word, started in self._life.all(closure.FiveDaysStarted):
            computed, counted = on_the_wall(started.delivered_at, self._policy(word).closing.silence)
            end = closed.get(started.resolution)
            silent = end.closed_at if end is not None and end.cause == "silence" else None
            yield Clock(
                name="Cinq jours de silence",
                requirement="R13",
                because="depuis la remise de la relance ; jamais clos avant",
                start=started.delivered_at,
                computed=computed,
                announced=started.until,
                policy=word.policy,
                calendar="",
                counted=counted,
                happened=silent,
                standing="void" if silent is None else "kept" if silent >= computed else "missed",
            )

    def _is_over(self, resolution: int) -> bool:
        kinds = closure.TicketClosed | closure.TicketReopened | closure.AnswerNoted
        said = (word.event for word in self._life.words.values())
        return any(event.resolution >= resolution for event in said if isinstance(event, kinds))

    # -- R14 -----------------------------------------------------------------------------------------------------

    def survey(self) -> Iterator[Clock]:
        """The invitation: from 24 hours after the closing on, within 48."""
        invited = {event.resolution: word.at for word, event in self._life.all(survey.SurveyInvited)}
        cancelled = {event.resolution for _, event in self._life.all(survey.SurveyCancelled)}
        for word, planned in self._life.all(survey.SurveyPlanned):
            computed, counted = on_the_wall(planned.closed_at, self._policy(word).survey.latest)
            happened = invited.get(planned.resolution)
            needed = planned.resolution not in cancelled
            yield Clock(
                name="Enquête",
                requirement="R14",
                because="au plus tard 48 heures après la clôture",
                start=planned.closed_at,
                computed=computed,
                announced=planned.latest_at,
                policy=word.policy,
                calendar="",
                counted=counted,
                happened=happened,
                standing=standing_of(happened, computed, self._now, needed=needed),
            )
