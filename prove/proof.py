"""Every clock of one ticket (R3, R4, R7, R10, R13, R14), restated from the procedure's text. Pure.

The policy that an event names is the one that its deadline is recomputed under; the site's calendar and the tier are
those of the contract that the ticket was opened under.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from prove.case import Case
from prove.clocks import Clock, on_the_wall, standing_of
from prove.handling import Handling
from prove.life import Life, Word
from shared.business_time import add_working_days, is_open, next_opening
from shared.events import closure, intake, survey
from shared.policy.book import PolicyBook
from shared.policy.model import Policy


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
    case = Case(life, opened, policies, now)
    prover, handling = _Prover(case), Handling(case)
    for clocks in (prover.acknowledgements(), handling.clocks(), prover.closing(), prover.survey()):
        proof.clocks += clocks
    proof.unproved += handling.unproved
    return proof


class _Prover:
    def __init__(self, case: Case) -> None:
        self._case, self._life, self._opened, self._now = case, case.life, case.opened, case.now

    # -- R3 ------------------------------------------------------------------------------------------------------

    def acknowledgements(self) -> Iterator[Clock]:
        """Thirty minutes: on the clock in hours, from the opening out of hours, from the receipt where it is urgent."""
        noted = {event.generation: event.accepted_at for _, event in self._life.all(intake.AcknowledgementNoted)}
        newest = max((event.generation for _, event in self._life.all(intake.AcknowledgementAsked)), default=0)
        for word, asked in self._life.all(intake.AcknowledgementAsked):
            policy = self._case.policy(word)
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
        raised = self._case.raised_before(word) if asked.because == "raised" else None
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

    # -- R13 -----------------------------------------------------------------------------------------------------

    def closing(self) -> Iterator[Clock]:
        """The reminder after two working days, and the five full days from its delivery."""
        asked = {event.resolution: event.asked_at for _, event in self._life.all(closure.ReminderAsked)}
        for word, event in self._life.all(closure.ConfirmationAsked):
            policy = self._case.policy(word)
            name, calendar = self._case.calendar(policy, policy.opening_calendar)
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
            computed, counted = on_the_wall(started.delivered_at, self._case.policy(word).closing.silence)
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
            computed, counted = on_the_wall(planned.closed_at, self._case.policy(word).survey.latest)
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
