"""Which requirements of the procedure a test proves: the one word that ties tests to PROC-QUAL-006.

Used by tests as a decorator, and by `tests.requirements_table`, which reads it from the source. It never changes how
a test runs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

REQUIREMENTS: dict[str, str] = {
    "R1": "Phone, e-mail and portal; business hours, and on call for premium contracts",
    "R2": "Every channel ends in a ticket: one request, one ticket, nothing lost",
    "R3": "Acknowledged with its number within 30 minutes, or at the next opening where it isn't urgent",
    "R4": "The acknowledgement states the delay of that criticality; without triage in time, as Critique",
    "R5": "Critique, Standard or Informatif",
    "R6": "Classified on what the customer says, with the reasons kept",
    "R7": "Re-evaluated later: raised from the first report, lowered without worsening a promise",
    "R8": "In doubt, the highest class",
    "R9": "Remote first, each action recorded with its outcome",
    "R10": "A visit for a recorded reason, within the contract's delays, with an alert before the deadline",
    "R11": "The technician leaves with the parts of the diagnosis, reserved once",
    "R12": "Closed after the customer confirms; 'not solved' sends it back to handling",
    "R13": "Never closed behind the customer's back: reminder after two working days, five days from its delivery",
    "R14": "A survey within 48 hours of closing, once",
    "R15": "Survey results can be analysed by themselves each month",
}
"""Each requirement in one line, in the order of the procedure."""

F = TypeVar("F", bound=Callable[..., Any])


def requirement(*ids: str) -> Callable[[F], F]:
    """Say which requirements a test proves. An unknown id raises `ValueError` when the test is collected."""
    unknown = [one for one in ids if one not in REQUIREMENTS]
    if unknown or not ids:
        raise ValueError(f"no such requirement: {', '.join(unknown) or '(none named)'}")

    def mark(test: F) -> F:
        test.requirements = ids  # type: ignore[attr-defined]  # a function takes any attribute, its type does not say so
        return test

    return mark
