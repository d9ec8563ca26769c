"""Notify's predicates, each naming the requirement that it comes from. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from shared.events.base import Channel, Personal
from shared.events.notify import MessageKind

ONCE: frozenset[MessageKind] = frozenset({"survey"})
"""Kinds that are never tried by a second channel: a survey is never sent twice (R14)."""


def channels_of(asked_by: Channel, contact: Personal) -> tuple[Channel, ...]:
    """Return the channels that can reach a customer, the one that the customer chose first (R3).

    A portal's customer is reached by e-mail where one is known, for a portal alone tells nobody anything.
    """
    order: tuple[Channel, ...] = ("phone", "email", "portal") if asked_by == "phone" else ("email", "portal", "phone")
    # Who called is on the line: the operator says the number at once (R3), whatever happens to later calls.
    phone = bool(contact.phone) or asked_by == "phone"
    can = {"email": bool(contact.email), "phone": phone, "portal": asked_by == "portal"}
    return tuple(one for one in order if can[one])


def next_channel(channels: Sequence[Channel], tried: Sequence[Channel], kind: MessageKind) -> Channel | None:
    """Return the channel to try next, or None where a person must call."""
    if kind in ONCE and tried:
        return None
    return next((one for one in channels if one not in tried), None)


def is_bounce_proved(heard_until: datetime | None, until: datetime, unsettled: int) -> bool:
    """Tell whether every report up to `until` is known: then no bounce is outstanding (R13)."""
    return heard_until is not None and heard_until >= until and unsettled == 0
