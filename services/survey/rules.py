"""Survey's predicates, each naming the requirement that it comes from. Pure."""

from __future__ import annotations

from datetime import datetime

from shared.policy.model import Policy


def send_at(closed_at: datetime, policy: Policy) -> datetime:
    """Return when the invitation goes out: 24 hours after the closing (R14)."""
    return closed_at + policy.survey.after


def latest_at(closed_at: datetime, policy: Policy) -> datetime:
    """Return the last moment at which it is in time: 48 hours after the closing (R14)."""
    return closed_at + policy.survey.latest


def is_late(sent_at: datetime, latest: datetime) -> bool:
    """Tell whether the invitation missed its 48 hours (R14)."""
    return sent_at > latest


def was_kept(happened_at: datetime | None, by: datetime) -> bool | None:
    """Tell whether a promise was kept: exactly at its instant it is; None where the thing never happened (R4, R15)."""
    return None if happened_at is None else happened_at <= by
