"""Business time: when a site is open, and where a promise counted in open time falls due.

For the rules and `decide` functions of every stage (R1, R3, R10, R13) and for whoever builds a calendar
from the policy file. Pure: it never reads a clock, so every instant is handed in; it never stores anything
but caches of what its arguments alone determine.

What holds everywhere:

- Instants are aware `datetime`s in any zone, between 1970 and 2100, and come back in UTC; a naive one is a
  `ValueError`.
- An opening instant is open, a closing instant is not.
- A public holiday or company closing closes its whole local date, midnight to midnight. So `22:00`-`06:00`
  on a Friday means exactly what `22:00`-`24:00` on Friday with `00:00`-`06:00` on Saturday means, next to
  holidays too.
- Openings are read on the clock on the wall. In the night it is turned back, an opening or closing time
  that comes twice is the first of the two, and what is open when the clock is turned back stays open
  through the repeated hour. In the night it is put forward, the skipped hour is no time at all: an opening
  or closing time within it happens when the clock jumps.
"""

from shared.business_time.arithmetic import add, between, is_open, next_opening
from shared.business_time.calendar import Calendar
from shared.business_time.defaults import alsace_moselle, continuous, france
from shared.business_time.errors import NeverOpens
from shared.business_time.segments import segments
from shared.business_time.working_days import add_working_days

__all__ = [
    "Calendar",
    "NeverOpens",
    "add",
    "add_working_days",
    "alsace_moselle",
    "between",
    "continuous",
    "france",
    "is_open",
    "next_opening",
    "segments",
]
