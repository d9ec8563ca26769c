"""The calendars shipped as defaults: what holds until a policy file says otherwise.

The policy file repeats them as data and overrides them; nothing else may rely on these hours. Called by the
policy's defaults, the demo and tests.
"""

from functools import cache

from shared.business_time.calendar import Calendar
from shared.business_time.week import Hours

# R1 as the company reads it: Monday to Friday, 08:30 to 18:00, without a lunch break.
_OFFICE_HOURS: tuple[Hours, ...] = (("08:30", "18:00"),)
_MONDAY_TO_FRIDAY = range(5)


@cache
def france() -> Calendar:
    """Business hours of R1: Monday to Friday 08:30-18:00 in Paris, the eleven national holidays closed."""
    return _office("france", "FR")


@cache
def alsace_moselle() -> Calendar:
    """As `france`, with Good Friday and 26 December closed too."""
    return _office("alsace-moselle", "FR-57")


@cache
def continuous() -> Calendar:
    """Open at every instant: on call for premium contracts (R1), urgent requests (R3)."""
    return Calendar(name="continuous", zone="Europe/Paris", continuous=True)


def _office(name: str, region: str) -> Calendar:
    week = dict.fromkeys(_MONDAY_TO_FRIDAY, _OFFICE_HOURS)
    return Calendar(name=name, zone="Europe/Paris", week=week, holidays=region)
