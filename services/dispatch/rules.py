"""Dispatch's predicates, each naming the requirement that it comes from. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from shared.events.base import RANK, Criticality, Tier
from shared.events.dispatch import VisitReason
from shared.events.intake import Promise


def may_visit(reason: VisitReason, remote_outcomes: Iterable[str]) -> bool:
    """Remote first (R9): "not enough" needs a failed remote action; the other reasons say that none can help (R10)."""
    return reason != "remote-insufficient" or any(one in ("failed", "impossible") for one in remote_outcomes)


def may_resolve_remotely(remote_outcomes: Iterable[str]) -> bool:
    """A remote resolution rests on a recorded action that worked (R9)."""
    return "worked" in remote_outcomes


def promise_after(
    promises: Mapping[Criticality, Promise],
    was: Criticality,
    now: Criticality,
    from_raise: Promise,
    raised_at: datetime,
) -> tuple[Promise, bool]:
    """Return the promise of a new class, and whether the raise came too late for the first report's delays (R7)."""
    first = promises[now]
    if RANK[now] <= RANK[was]:
        return first, False
    charge, on_site = first.take_charge_by, first.on_site_by
    late = {
        "take_charge_by": charge if charge > raised_at else from_raise.take_charge_by,
        "on_site_by": on_site if on_site > raised_at else from_raise.on_site_by,
        "restored_by": first.restored_by
        if first.restored_by and first.restored_by > raised_at
        else from_raise.restored_by,
    }
    return first.model_copy(update=late), charge <= raised_at


def is_on_call(tier: Tier, criticality: Criticality | None, on_call: Mapping[Tier, tuple[Criticality, ...]]) -> bool:
    """A premium contract's Critique is served at any hour (R1): which classes of which contracts is policy."""
    return criticality in on_call.get(tier, ())


def may_depart(parts_reserved: bool) -> bool:
    """No departure without the parts of the diagnosis (R11)."""
    return parts_reserved
