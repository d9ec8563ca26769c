"""The public holidays of a French region, by the key that the policy file gives; called by `Calendar`.

The `holidays` package knows the dates and the years in which each was one. It is asked only through the
table below, because its own keys are a trap: it has no `GF`, refuses the departments 67 and 68, takes `GES`
without a word and then leaves out the two days of Alsace-Moselle, and would take school zones for regions.
"""

from datetime import date
from functools import lru_cache

from holidays import country_holidays

LAST_YEAR = 2100
"""The last year whose holidays the package knows; after it, it answers 'none' without an error."""

_SUBDIVISIONS: dict[str, str | None] = {
    "FR": None,
    "FR-57": "57",  # Moselle: Good Friday and 26 December besides the national eleven
    "FR-67": "6AE",  # Bas-Rhin
    "FR-68": "6AE",  # Haut-Rhin
    "FR-6AE": "6AE",  # Alsace, by its ISO 3166-2 code
    "FR-GP": "971",
    "FR-MQ": "972",
    "FR-GF": "973",
    "FR-RE": "974",
    "FR-YT": "976",
    "FR-BL": "BL",
    "FR-MF": "MF",
    "FR-NC": "NC",
    "FR-PF": "PF",
    "FR-PM": "PM",
    "FR-TF": "TF",
    "FR-WF": "WF",
}


def check_region(region: str) -> str:
    """The key itself; `ValueError` naming the known keys for any other."""
    if region not in _SUBDIVISIONS:
        raise ValueError(f"no public holidays known for '{region}': use one of {', '.join(_SUBDIVISIONS)}")
    return region


# A year costs 0.4 ms. 256 holds every year from now to 2100 for three regions, or ten years for all of
# them, in some 200 kB.
@lru_cache(maxsize=256)
def public_holidays(region: str, year: int) -> frozenset[date]:
    """The public holidays of one year as local dates (R1), weekends included."""
    return frozenset(country_holidays("FR", subdiv=_SUBDIVISIONS[region], years=year))
