"""Every promise that the auditor checks, in the order of the procedure; one room per theme."""

from __future__ import annotations

from audit.checks import (
    acknowledgement,
    closing_by_customer,
    closing_by_silence,
    handling,
    inputs,
    journal,
    machinery,
    messages,
    numbers,
    on_call,
    pauses,
    promises,
    read_model,
    requests,
    resolutions,
    resources,
    survey,
    timers,
    triage,
)  # fmt: skip
from audit.finding import Check

CHECKS: tuple[Check, ...] = (
    *requests.CHECKS,
    *numbers.CHECKS,
    *acknowledgement.CHECKS,
    *triage.CHECKS,
    *handling.CHECKS,
    *promises.CHECKS,
    *pauses.CHECKS,
    *on_call.CHECKS,
    *resources.CHECKS,
    *closing_by_customer.CHECKS,
    *closing_by_silence.CHECKS,
    *resolutions.CHECKS,
    *survey.CHECKS,
    *messages.CHECKS,
    *machinery.CHECKS,
)
"""What the topics alone can show."""

STORE_CHECKS: tuple[Check, ...] = (*inputs.CHECKS, *journal.CHECKS, *timers.CHECKS, *read_model.CHECKS)
"""What needs the databases too: run only where they were read."""
