"""What the registry knows of a caller, for the operator's one glance. Pure."""

from __future__ import annotations

from datetime import datetime

from shared.events.base import Model, Tier
from shared.registry import Registry
from shared.registry.model import digits_of


class KnownSite(Model):
    """A site with its equipment."""

    id: str
    name: str
    address: str
    tier: Tier
    equipment: tuple[str, ...]


class Known(Model):
    """A customer who is recognised."""

    customer: str
    name: str
    sites: tuple[KnownSite, ...]


def known_by(registry: Registry, number: str, customer: str, now: datetime) -> Known | None:
    """Return who calls from a number (E.164), or who has this customer number; None where nobody is known."""
    digits = digits_of(number)
    contracts = [one for one in registry.contracts if one.holds_at(now)]
    called = [one for one in contracts if digits and digits in {digits_of(phone) for phone in one.phones}]
    found = called or [one for one in contracts if customer and one.customer == customer]
    if not found:
        return None
    # Whoever calls from one site may speak of another of the same customer; the one of the number stands first.
    others = [one for one in contracts if one.customer == found[0].customer and one not in found]
    addresses = {one.id: one.address for one in registry.sites}
    names = {one.id: one.name for one in registry.sites}
    sites = tuple(
        KnownSite(
            id=one.site,
            name=one.site_name or names.get(one.site, one.site),
            address=addresses.get(one.site, ""),
            tier=one.tier,
            equipment=tuple(
                f"{item.label or item.kind}{f' – {item.zone}' if item.zone else ''}"
                for item in registry.equipment
                if item.site == one.site
            ),
        )
        for one in (*found, *others)
    )
    return Known(customer=found[0].customer, name=found[0].name, sites=sites)
