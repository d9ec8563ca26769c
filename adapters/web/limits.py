"""How often one address, one network or one mailbox may ask; what is above is told a person's number, never dropped.

Called by the pages. Kept in memory, of this process alone: with several replicas a caller has as many shares. It knows
no page and no text.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address, ip_network

KEPT = 20_000
"""Callers remembered at once, some 20 MB at worst; the one that was silent longest is forgotten first."""


@dataclass(frozen=True, slots=True)
class Share:
    """How much of what one caller has."""

    what: str
    times: int
    seconds: float


class Limits:
    """Counts by caller over a sliding window."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._seen: OrderedDict[tuple[str, str], deque[float]] = OrderedDict()

    def allows(self, share: Share, *callers: tuple[str, int]) -> bool:
        """Count one more for each caller (with how many times a share it has), or for none where one is above."""
        now = self._monotonic()
        times = [(self._times(share, caller, now), share.times * factor) for caller, factor in callers]
        if any(len(found) >= most for found, most in times):
            return False
        for found, _ in times:
            found.append(now)
        return True

    def _times(self, share: Share, caller: str, now: float) -> deque[float]:
        name = (share.what, caller)
        found = self._seen.setdefault(name, deque())
        self._seen.move_to_end(name)
        while found and now - found[0] >= share.seconds:
            found.popleft()
        while len(self._seen) > KEPT:
            self._seen.popitem(last=False)
        return found


def callers_of(host: str, network_times: int) -> tuple[tuple[str, int], ...]:
    """Return an address and its network as callers; what is no address (a test's client) is one caller by its name."""
    try:
        address = ip_address(host)
    except ValueError:
        return ((host or "?", 1),)
    mapped = getattr(address, "ipv4_mapped", None) or address
    # An IPv6 subscriber has a /64 at least: one address of it is as good as another.
    one, many = (32, 24) if mapped.version == 4 else (64, 48)
    alone = str(ip_network((mapped, one), strict=False))
    return ((alone, 1), (str(ip_network((mapped, many), strict=False)), network_times))
