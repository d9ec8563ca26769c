"""Between aware datetimes, microseconds since 1970 and the clock on the wall; for this package only.

Integers, because sums and searches over thousands of openings are exact and fast on them. It knows zones,
but no calendar.
"""

from bisect import bisect_left
from datetime import UTC, datetime, timedelta, tzinfo

from shared.business_time.public_holidays import LAST_YEAR

Micros = int
"""Microseconds since 1970-01-01 UTC, or a length in microseconds."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_HORIZON = datetime(LAST_YEAR + 1, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_SECOND = timedelta(seconds=1)


def to_utc(at: datetime) -> datetime:
    """The same instant in UTC; `ValueError` when it is naive or outside 1970 to 2100."""
    if at.utcoffset() is None:
        raise ValueError(f"{at.isoformat()} is naive: business time needs an instant with its zone")
    # Compared before it is converted: next to year 1 or 9999 the conversion itself overflows.
    if not _EPOCH <= at < _HORIZON:
        raise ValueError(f"{at.isoformat()} lies outside 1970 to {LAST_YEAR}, where holidays are known")
    return at.astimezone(UTC)


def to_micros(at: datetime) -> Micros:
    """Microseconds since 1970 of an aware datetime."""
    return (at - _EPOCH) // _MICROSECOND


def from_micros(at: Micros) -> datetime:
    """The instant in UTC."""
    return _EPOCH + timedelta(microseconds=at)


def length(duration: timedelta) -> Micros:
    """A duration in microseconds."""
    return duration // _MICROSECOND


def room_until_horizon(start: datetime) -> timedelta:
    """How much time is left before the end of 2100: no open time is ever longer."""
    return _HORIZON - start


def wall_instant(wall: datetime) -> Micros:
    """The instant at which the clock on the wall of `wall`'s zone first shows it, or jumps over it.

    Later wall times never give earlier instants, so openings keep their order in both nights that change
    the clock. `wall` carries its zone and no fold.
    """
    before, after = _offset(wall), _offset(wall.replace(fold=1))
    as_utc = wall.replace(tzinfo=UTC)
    if before < after:
        return to_micros(_jump(wall.tzinfo, as_utc - after, as_utc - before, before))
    return to_micros(as_utc - before)


def _jump(zone: tzinfo | None, low: datetime, high: datetime, before: timedelta) -> datetime:
    """When the clock is put forward, after `low` and not after `high`: zones do not tell."""

    def jumped(seconds: int) -> bool:
        return _offset((low + timedelta(seconds=seconds)).astimezone(zone)) != before

    return low + timedelta(seconds=bisect_left(range((high - low) // _SECOND + 1), True, key=jumped))


def _offset(local: datetime) -> timedelta:
    offset = local.utcoffset()
    if offset is None:
        raise ValueError(f"{local!r} has no offset")
    return offset
