"""How the demonstration's technicians handle a ticket: remotely, on site with parts, or by advice (R9 to R11).

Called through `Script.handling`. Pure, from the request's name, the ticket's class and the resolution alone. It only
says what the technicians do; promises, reservations and appointments are the procedure's.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from demo import phrases
from demo.rolls import by_share, minutes, pick, roll
from shared.events.base import Criticality
from shared.events.dispatch import PartLine, PauseReason, VisitReason

How = Literal["remote", "on-site", "advice"]

SHARES: dict[Criticality, dict[How, int]] = {
    "critique": {"remote": 55, "on-site": 45},
    "standard": {"remote": 50, "on-site": 40, "advice": 10},
    "informatif": {"advice": 75, "remote": 25},
}
"""In percent, for the first resolution. The procedure expects most troubles to be solved remotely; visits are as many
as they are here so that the demonstration's scarce parts run out."""
PART_SHARE = 85
"""Percent of the visits that need a part; for the others a hand on site is enough."""
NETWORK_LOST_SHARE = 25
"""Percent of the visits where not even the VPN answered."""
TECHNICIANS = ("T-01", "T-02", "T-03", "T-04", "T-05", "T-06")
"""As in the sample registry; a test compares them."""

UNANSWERED_SHARE = 40
"""Percent of the first calls at night that nobody answers: often enough that some go to the next person."""
WAIT_SHARE = 30
"""Percent of the Standard troubles, solved otherwise than by advice, for which the customer's word is waited for."""
_TAKES_CHARGE: dict[Criticality, tuple[int, int]] = {
    "critique": (3, 20),
    "standard": (10, 90),
    "informatif": (30, 240),
}
"""Minutes from the ticket reaching the desk, inside the shortest promises of the policy (1, 4 and 9.5 hours)."""


@dataclass(frozen=True, slots=True)
class RemoteStep:
    """One remote action (R9) and how long it takes."""

    action: Literal["vpn", "logs", "restart", "configuration"]
    outcome: Literal["worked", "failed", "impossible"]
    takes: timedelta
    note: str = ""


@dataclass(frozen=True, slots=True)
class Visit:
    """A visit that the technician asks for (R10, R11), and what comes of it."""

    reason: VisitReason
    diagnosis: str
    parts: tuple[PartLine, ...]
    duration: timedelta
    """On site."""
    travel: timedelta
    """From leaving the depot to arriving."""
    report: str


@dataclass(frozen=True, slots=True)
class Wait:
    """The technician waits for the customer's word, where the contract allows it (R10); and goes on after it."""

    reason: PauseReason
    note: str
    answers_after: timedelta
    answer: str


@dataclass(frozen=True, slots=True)
class Handling:
    """All that one technician does for one resolution, in this order."""

    technician: str
    takes_charge_after: timedelta
    remote: tuple[RemoteStep, ...]
    waits: Wait | None
    """After the remote actions."""
    visit: Visit | None
    how: How
    wraps_up_after: timedelta
    """From the last remote action, or from the end of the visit, to declaring it resolved."""
    summary: str


def handling_for(name: str, criticality: Criticality, resolution: int) -> Handling:
    """Return how resolution `resolution` (1 at first) of the request `name` is worked out.

    What was solved before and came back is looked at on site, unless it was only advice.
    """
    about = f"handling-{resolution}"
    how = by_share(name, about, SHARES[criticality])
    if resolution > 1:
        how = "advice" if criticality == "informatif" else "on-site"
    remote: tuple[RemoteStep, ...] = ()
    visit: Visit | None = None
    summary = pick(name, f"{about}-summary", phrases.ADVICE if how == "advice" else phrases.REMOTE)
    if how == "remote":
        remote = _remote(name, about)
    elif how == "on-site":
        remote, visit = _on_site(name, about)
        summary = visit.report
    least, most = _TAKES_CHARGE[criticality]
    return Handling(
        technician=pick(name, "technician", TECHNICIANS),
        takes_charge_after=minutes(name, f"{about}-charge", least, most),
        remote=remote,
        waits=_wait(name, about, how) if criticality == "standard" and how != "advice" else None,
        visit=visit,
        how=how,
        wraps_up_after=minutes(name, f"{about}-wrap", 5, 20),
        summary=summary,
    )


def fault_of(name: str) -> phrases.Fault:
    """Return what is behind the request: the first fault whose words stand in its name, else any."""
    fitting = (fault for fault in phrases.FAULTS if any(word in name for word in fault.words))
    return next(fitting, None) or pick(name, "fault", phrases.FAULTS)


def _wait(name: str, about: str, how: How) -> Wait | None:
    if roll(name, f"{about}-wait", 100) >= WAIT_SHARE:
        return None
    shut = how == "on-site" and roll(name, f"{about}-shut", 2) == 0
    note, answer = pick(name, f"{about}-asked", phrases.SHUT if shut else phrases.QUESTIONS)
    after = minutes(name, f"{about}-answers", 60, 1800, 15)
    return Wait("access-refused" if shut else "waiting-for-customer", note, after, answer)


def answers_call(name: str, page: int) -> timedelta | None:
    """Return after how long who is on call answers the call number `page`; None: never, and the next one is called."""
    if page == 1 and roll(name, "on-call", 100) < UNANSWERED_SHARE:
        return None
    return minutes(name, f"on-call-{page}", 1, 6)


def _remote(name: str, about: str) -> tuple[RemoteStep, ...]:
    last: Literal["restart", "configuration"] = "restart" if roll(name, f"{about}-last", 2) else "configuration"
    return (
        RemoteStep("vpn", "worked", minutes(name, f"{about}-vpn", 2, 6)),
        RemoteStep("logs", "worked", minutes(name, f"{about}-logs", 5, 20)),
        RemoteStep(last, "worked", minutes(name, f"{about}-{last}", 5, 25)),
    )


def _on_site(name: str, about: str) -> tuple[tuple[RemoteStep, ...], Visit]:
    fault = fault_of(name)
    vpn = minutes(name, f"{about}-vpn", 2, 6)
    lost = roll(name, f"{about}-lost", 100) < NETWORK_LOST_SHARE
    with_part = roll(name, f"{about}-part", 100) < PART_SHARE
    steps: tuple[RemoteStep, ...] = (RemoteStep("vpn", "impossible", vpn, "Aucune réponse du site."),)
    if not lost:
        steps = (
            RemoteStep("vpn", "worked", vpn),
            RemoteStep("logs", "worked", minutes(name, f"{about}-logs", 5, 20), fault.diagnosis),
            RemoteStep("restart", "failed", minutes(name, f"{about}-restart", 5, 15)),
        )
    reason: VisitReason = "network-lost" if lost else "hardware-failure" if with_part else "remote-insufficient"
    return steps, Visit(
        reason=reason,
        diagnosis=fault.diagnosis if with_part else "Rien de concluant à distance : contrôle sur place nécessaire.",
        parts=(PartLine(part=fault.part),) if with_part else (),
        duration=minutes(name, f"{about}-duration", 60, 150, 30),
        travel=minutes(name, f"{about}-travel", 20, 75, 5),
        report=fault.report if with_part else "Connexion reprise sur place, essai général concluant.",
    )
