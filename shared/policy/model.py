"""The shape of the policy file. Pure: the file is read by `shared.policy.file`."""

from __future__ import annotations

from datetime import timedelta

from pydantic import Field, model_validator

from shared.business_time import Calendar
from shared.events.base import Channel, Criticality, Model, Tier


class Delay(Model):
    """A length of time on a calendar of the policy file."""

    duration: timedelta
    calendar: str


class Delays(Model):
    """What a contract promises for one criticality (R4, R10). The shipped values are fictitious."""

    take_charge: Delay
    on_site: Delay


class Acknowledgement(Model):
    """R3 and R4."""

    within: timedelta
    wait_for_triage: timedelta
    """After this long without triage, it goes out as Critique (R8)."""


class Closing(Model):
    """R12 and R13."""

    remind_after_working_days: int = Field(ge=1)
    silence: timedelta
    """Full time from the reminder's delivery, on the clock."""
    undo: timedelta
    """How long what a customer clicked can be taken back."""
    ask_silence_again: timedelta
    """How long intake and notify wait before they look again whether silence is proved."""
    silence_unproven_after: timedelta
    """Silence not proved for this long: a person decides."""


class Survey(Model):
    """R14."""

    after: timedelta
    latest: timedelta
    expires: timedelta


class Dispatch(Model):
    """R10 and R11."""

    at_risk_before: timedelta
    """A promise that is not kept yet this long before its deadline is at risk."""
    visit_duration: timedelta
    answer_within: timedelta
    """A stock or an agenda that has not answered after this long: a person is called."""
    lead: timedelta
    """Earliest start of a visit after its planning."""
    retry_missing_part: Delay
    working_calendar: str
    """When technicians work."""


class Reception(Model):
    """What a request may be."""

    oldest: timedelta
    """A request received longer ago than this is not believed."""
    ahead: timedelta
    """Nor one received further in the future."""
    text_limit: int = Field(gt=0)
    """Characters of a customer's text; half of what a topic takes, so that every later event fits."""


class Policy(Model):
    """The whole policy, one version."""

    version: str
    company: str
    portal: str
    """Address that links to customers begin with."""
    opening_calendar: str
    on_call_calendar: str
    calendars: dict[str, Calendar]
    channels: tuple[Channel, ...]
    """The adapters that must speak before silence is believed (R13)."""
    delays: dict[Tier, dict[Criticality, Delays]]
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
                named |= {delays.take_charge.calendar, delays.on_site.calendar}
        missing = sorted(named - set(self.calendars))
        if missing:
            raise ValueError(f"calendars named but not defined: {', '.join(missing)}")
        if self.survey.after >= self.survey.latest:
            raise ValueError("survey.after must be before survey.latest (R14)")
        return self
