"""The shape of the policy file. Pure: the file is read by `shared.policy.file`."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal, get_args

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from shared.business_time import Calendar
from shared.events.base import Channel, Criticality, Instant, Model, Tier
from shared.events.dispatch import PauseReason

PausedClock = Literal["on-site", "restored"]
"""Taking charge never waits for a customer."""
Length = Annotated[timedelta, Field(gt=timedelta(0))]
"""A length of time above zero."""


class Delay(Model):
    """A length of time on a calendar of the policy file."""

    duration: Length
    calendar: str


class Delays(Model):
    """What a contract promises for one criticality (R4, R10). The shipped values are fictitious."""

    take_charge: Delay
    on_site: Delay
    restored: Delay | None = None
    """The system works again; None: the contract promises nothing of the kind."""


class Acknowledgement(Model):
    """R3 and R4."""

    within: Length
    wait_for_triage: Length
    """After this long without triage, it goes out as Critique (R8)."""


class Closing(Model):
    """R12 and R13."""

    remind_after_working_days: int = Field(ge=1)
    silence: Length
    """Full time from the reminder's delivery, on the clock."""
    undo: Length
    """How long what a customer clicked can be taken back."""
    ask_silence_again: Length
    """How long intake and notify wait before they look again whether silence is proved."""
    report_within: Length
    """A reminder on which no channel has reported after this long: a person is called."""
    silence_unproven_after: Length
    """Silence not proved for this long: a person decides."""
    bounce_grace: Length = timedelta(hours=4)
    """A message that the relay took counts as delivered once no bounce came for this long (R13): servers say no within
    minutes, slow ones within three hours. The default is what held before the file could say it."""


class Survey(Model):
    """R14."""

    after: Length
    latest: Length
    expires: Length


class WarningStep(Model):
    """One step before a promise is missed (R10)."""

    share: float = Field(gt=0, lt=1)
    """Of the delay that has run, counted on the delay's own calendar."""
    to: Literal["in-charge", "dispatcher"]
    """Who has the ticket (the dispatchers where nobody has), or the dispatchers."""


class Dispatch(Model):
    """R10 and R11."""

    warnings: tuple[WarningStep, ...] = Field(min_length=1)
    """Each share of a delay at which a promise that is not kept yet is said to be at risk, rising."""
    look_at_pause: Length
    """A clock that has stood still for this long: a person looks."""
    visit_duration: Length
    answer_within: Length
    """A stock or an agenda that has not answered after this long: a person is called."""
    depot: str = Field(min_length=1)
    """Where the parts lie of a technician whom the registry does not know."""
    lead: Length
    """Earliest start of a visit after its planning."""
    retry_missing_part: Delay
    working_calendar: str
    """When technicians work."""


class Paging(Model):
    """Calling the people on call (R1)."""

    answer_within: Length
    """No answer after this long: the next one is called, then the manager."""
    rounds: int = Field(ge=1)
    """How often everybody is called in turn before only a dispatcher can help."""


class Reception(Model):
    """What a request may be."""

    oldest: Length
    """A request received longer ago than this is not believed."""
    ahead: Length
    """Nor one received further in the future."""
    text_limit: int = Field(gt=0)
    """Characters of a customer's text; half of what a topic takes, so that every later event fits."""


class Policy(Model):
    """The whole policy, one version."""

    version: str
    valid_from: Instant | None = None
    """From when on (UTC) new tickets are opened under it; None: from the beginning. Old ones keep theirs."""
    notice: str = ""
    """For who reads the file: where its values come from, and that they are fictitious where they are."""
    company: str
    portal: str
    """Address that links to customers begin with."""
    opening_calendar: str
    on_call_calendar: str
    calendars: dict[str, Calendar]
    channels: tuple[Channel, ...] = Field(min_length=1)
    """The adapters that must speak before silence is believed (R13)."""
    delays: dict[Tier, dict[Criticality, Delays]]
    on_call: dict[Tier, tuple[Criticality, ...]] = Field(default_factory=dict)
    """Which classes of which contracts are served at any hour (R1); a contract that is not here has no on call."""
    pauses: dict[Tier, dict[PauseReason, tuple[PausedClock, ...]]] = Field(default_factory=dict)
    """For which reasons a contract lets which clocks stand still; what is not here runs on."""
    paging: Paging
    reception: Reception
    acknowledgement: Acknowledgement
    dispatch: Dispatch
    closing: Closing
    survey: Survey

    @model_validator(mode="after")
    def _calendars_exist(self) -> Policy:
        named = {self.opening_calendar, self.on_call_calendar, self.dispatch.working_calendar}
        named.add(self.dispatch.retry_missing_part.calendar)
        for grid in self.delays.values():
            for delays in grid.values():
                named |= {one.calendar for one in (delays.take_charge, delays.on_site, delays.restored) if one}
        missing = sorted(named - set(self.calendars))
        if missing:
            names = ", ".join(missing)
            raise PydanticCustomError("unknown_calendars", "calendars named but not defined: {names}", {"names": names})
        return self

    @model_validator(mode="after")
    def _everybody_is_promised_something(self) -> Policy:
        for tier in get_args(Tier):
            for criticality in get_args(Criticality):
                if criticality not in self.delays.get(tier, {}):
                    message = "delays: nothing is promised to {tier} for {criticality} (R4)"
                    place = {"tier": str(tier), "criticality": str(criticality)}
                    raise PydanticCustomError("no_promise", message, place)
        return self

    @model_validator(mode="after")
    def _waits_end_in_time(self) -> Policy:
        if self.acknowledgement.wait_for_triage >= self.acknowledgement.within:
            message = "acknowledgement.wait_for_triage must leave time before acknowledgement.within (R4)"
            raise PydanticCustomError("triage_too_late", message)
        shares = [one.share for one in self.dispatch.warnings]
        if sorted(set(shares)) != shares:
            raise PydanticCustomError("warnings_out_of_order", "dispatch.warnings must rise, each share once (R10)")
        if self.survey.after >= self.survey.latest:
            raise PydanticCustomError("survey_too_late", "survey.after must be before survey.latest (R14)")
        return self
