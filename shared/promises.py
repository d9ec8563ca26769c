"""The delays that a contract promises for a criticality, as instants and in French (R4, R7, R10). Pure."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from shared.business_time import Calendar, add
from shared.events.base import Criticality
from shared.events.intake import Contract, Promise
from shared.policy.model import Delay, Policy

_DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
_MONTHS = (
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
)


def in_french(at: datetime, zone: str) -> str:
    """Return an instant as a French customer reads it, in the site's own time: « mardi 24 novembre à 10 h 30 »."""
    local = at.astimezone(ZoneInfo(zone))
    day = "1er" if local.day == 1 else str(local.day)
    return f"{_DAYS[local.weekday()]} {day} {_MONTHS[local.month - 1]} à {local.hour} h {local.minute:02d}"


def calendar_of(policy: Policy, contract: Contract, delay: Delay) -> str:
    """Return the name of the calendar that a delay is counted on: opening hours are those of the customer's site."""
    is_of_site = delay.calendar == policy.opening_calendar and contract.calendar in policy.calendars
    return contract.calendar if is_of_site else delay.calendar


def site_calendar(policy: Policy, contract: Contract) -> Calendar:
    """Return the calendar of the contract's site; the company's own where the contract names one that is unknown."""
    return policy.calendars.get(contract.calendar) or policy.calendars[policy.opening_calendar]


def end_of(policy: Policy, contract: Contract, delay: Delay, start: datetime) -> datetime:
    """Return when a delay from `start` is over."""
    return add(policy.calendars[calendar_of(policy, contract, delay)], start, delay.duration)


def promise(policy: Policy, contract: Contract, criticality: Criticality, start: datetime) -> Promise:
    """Return what is promised for a criticality from `start`, the first report or a raise (R4, R7)."""
    delays = policy.delays[contract.tier][criticality]
    charge = end_of(policy, contract, delays.take_charge, start)
    on_site = end_of(policy, contract, delays.on_site, start)
    return Promise(
        criticality=criticality,
        take_charge_by=charge,
        on_site_by=on_site,
        restored_by=end_of(policy, contract, delays.restored, start) if delays.restored else None,
        in_words=in_words(charge, on_site, site_calendar(policy, contract).zone),
    )


def raised(policy: Policy, contract: Contract, first: Promise, raised_at: datetime) -> Promise:
    """Return the promise after a raise: each delay from the first report, or from the raise where that is past (R7)."""
    again = promise(policy, contract, first.criticality, raised_at)
    charge = first.take_charge_by if first.take_charge_by > raised_at else again.take_charge_by
    on_site = first.on_site_by if first.on_site_by > raised_at else again.on_site_by
    restored = first.restored_by if first.restored_by and first.restored_by > raised_at else again.restored_by
    return Promise(
        criticality=first.criticality,
        take_charge_by=charge,
        on_site_by=on_site,
        restored_by=restored,
        in_words=in_words(charge, on_site, site_calendar(policy, contract).zone),
    )


def in_words(charge: datetime, on_site: datetime, zone: str) -> str:
    """Return the two delays as a French customer reads them (R4)."""
    return (
        f"Prise en charge par un technicien au plus tard le {in_french(charge, zone)}. "
        f"Si un déplacement est nécessaire, intervention sur site au plus tard le {in_french(on_site, zone)}."
    )
