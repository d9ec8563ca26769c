"""A calendar as policy data: opening hours, public holidays, company closings, in a zone.

Built from the policy file's JSON, or in a test; read by the other modules of this package. It holds no rule
about deadlines and never changes: a new policy version brings a new calendar, and old tickets keep theirs.
"""

from collections.abc import Mapping
from datetime import date
from functools import cached_property
from typing import Any, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, field_validator, model_validator

from shared.business_time.public_holidays import check_region, public_holidays
from shared.business_time.week import DayMinutes, Hours, parse_week


class Calendar(BaseModel):
    """When a site is open (R1), in its own zone.

    `week` maps 0 (Monday) to 6 (Sunday) to openings `("08:30", "12:00")`. An end at or before its start
    lies on the next day, so `("00:00", "24:00")` and `("00:00", "00:00")` are both a whole day. `holidays`
    is a region's key (`FR`, `FR-57`, `FR-RE`, ...) or None. `closings` are local dates. `continuous` is
    open at every instant, and then neither hours nor closed days may be given. Raises pydantic's
    `ValidationError` with a readable reason.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    zone: str
    week: Mapping[int, tuple[Hours, ...]] = {}
    holidays: str | None = None
    closings: tuple[date, ...] = ()
    continuous: bool = False

    @field_validator("zone")
    @classmethod
    def _zone_exists(cls, zone: str) -> str:
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError(f"'{zone}' is not a known time zone; write for example Europe/Paris") from error
        return zone

    @field_validator("holidays")
    @classmethod
    def _region_exists(cls, region: str | None) -> str | None:
        return None if region is None else check_region(region)

    @field_validator("closings")
    @classmethod
    def _in_order(cls, closings: tuple[date, ...]) -> tuple[date, ...]:
        return tuple(sorted(set(closings)))

    @model_validator(mode="after")
    def _opens_at_all(self) -> Self:
        opens_by_hours = any(self.openings)
        if self.continuous and (opens_by_hours or self.holidays or self.closings):
            raise ValueError("a continuous calendar never closes: give it no week, holidays or closings")
        if not self.continuous and not opens_by_hours:
            raise ValueError("the week has no opening: give some hours, or set continuous")
        return self

    @cached_property
    def openings(self) -> tuple[DayMinutes, ...]:
        """The openings of the seven local dates, Monday first, cut at midnight."""
        return parse_week(self.week)

    @cached_property
    def _closed_dates(self) -> frozenset[date]:
        return frozenset(self.closings)

    def closes(self, day: date) -> bool:
        """Whether a public holiday or a company closing closes this local date, whatever its weekday."""
        if day in self._closed_dates:
            return True
        return self.holidays is not None and day in public_holidays(self.holidays, day.year)

    def model_copy(
        self,
        *,
        update: Mapping[str, Any] | None = None,
        deep: bool = False,  # noqa: ARG002 - pydantic's signature; a validated copy shares nothing anyway
    ) -> Self:
        """A copy, validated again: pydantic's own would keep what was computed from the old hours."""
        return type(self).model_validate({**self.model_dump(), **(update or {})})

    def __hash__(self) -> int:
        # Calendars are cache keys in every call of this package, and few share a name: these fields tell
        # nearly all of them apart, and hash faster than the hours would.
        return hash((self.name, self.zone, self.holidays, self.continuous))
