"""Technicians, readers and the depot: they see what the topics say, and give commands through the desk.

Each does the next sensible thing for the ticket as it was last seen; what the system refuses, they try no more until
something changes. They never decide what the procedure decides.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from random import Random
from typing import Any

from simulate.chance import spread
from simulate.people import People
from simulate.truth import Sent
from simulate.world import DAY, HOUR, MINUTE, World

PARTS = ("SIR-12", "CAM-40", "BAT-07")
TECHNICIANS = ("T-01", "T-02")


@dataclass
class Case:
    """A ticket as its technician sees it."""

    technician: str
    dice: Random
    resolution: int = 0
    tried: int = 0
    visit: int = 0


class Staff:
    """Everybody of the company."""

    def __init__(self, world: World, people: People) -> None:
        self._world, self._people = world, people
        self._cases: dict[str, Case] = {}
        self._orders = 0
        self._reminders: dict[tuple[str, int], dict[str, Any]] = {}
        self._ordered: set[str] = set()
        self._acts: dict[str, Callable[[str, Case, dict[str, Any]], None]] = {
            "dispatch.handling-queued": self._queued,
            "dispatch.taken-charge": self._taken,
            "dispatch.clock-paused": self._waits,
            "dispatch.visit-planned": self._planned,
            "dispatch.technician-mobilised": self._gone,
            "dispatch.visit-reported": self._back,
            "dispatch.part-missing": self._missing,
            "closure.reading-needed": self._to_read,
            "closure.needs-attention": self._called,
            "notify.message-to-send": self._noted,
            "triage.ticket-classified": self._classified,
        }
        world.hearers.append(self._hear)
        for part in PARTS:
            world.later(1.0, partial(self._stock, part, 2))

    def _hear(self, ticket: str, name: str, data: dict[str, Any], envelope: dict[str, Any]) -> None:
        act = self._acts.get(name)
        if act is None:
            return
        case = self._cases.get(ticket)
        if case is None:
            dice = self._world.chance.stream("case", self._people.person_of(ticket).number)
            case = self._cases[ticket] = Case(dice.choice(TECHNICIANS), dice)
        act(ticket, case, data)

    def _order(self, after: float, stage: str, verb: str, ticket: str, data: dict[str, Any]) -> None:
        self._orders += 1
        name = f"{ticket[:8]}-{verb}-{self._orders}"
        self._world.later(after, lambda: self._world.command(stage, verb, ticket, name, data))

    # -- technicians -------------------------------------------------------------------------------------------------

    def _queued(self, ticket: str, case: Case, data: dict[str, Any]) -> None:
        case.resolution, case.tried = data["resolution"], 0
        self._order(spread(case.dice, MINUTE, 10 * HOUR), "dispatch", "take-charge", ticket, {"by": case.technician})
        if case.dice.random() < 0.1:
            self._order(spread(case.dice, MINUTE, 10 * HOUR), "dispatch", "take-charge", ticket, {"by": "T-09"})

    def _classified(self, ticket: str, case: Case, data: dict[str, Any]) -> None:
        if case.dice.random() < 0.2:
            other = case.dice.choice(("critique", "standard", "informatif"))
            order = {"by": case.technician, "criticality": other, "reason": "après un premier échange"}
            self._order(spread(case.dice, MINUTE, DAY), "triage", "reclassify", ticket, order)

    def _taken(self, ticket: str, case: Case, data: dict[str, Any]) -> None:
        case.technician = data["technician"]
        dice, by, wait = case.dice, case.technician, spread(case.dice, MINUTE, HOUR)
        if dice.random() < 0.4:
            asks = {"by": by, "reason": dice.choice(("waiting-for-customer", "access-refused")), "note": "Quel code ?"}
            self._order(wait / 2, "dispatch", "pause-clock", ticket, asks)
            wait += spread(dice, 0.1, 2 * DAY)
        how = dice.choice(("remote", "remote", "advice", "site", "site"))
        if how == "advice":
            self._order(wait, "dispatch", "declare-resolved", ticket, {"by": by, "how": "advice", "summary": "conseil"})
            return
        outcome = "worked" if how == "remote" else dice.choice(("failed", "impossible"))
        action = {"by": by, "action": dice.choice(("vpn", "logs", "restart", "configuration")), "outcome": outcome}
        self._order(wait, "dispatch", "record-remote-action", ticket, action)
        if how == "remote":
            done = {"by": by, "how": "remote", "summary": "redémarrage"}
            self._order(wait + spread(dice, 1, HOUR), "dispatch", "declare-resolved", ticket, done)
            return
        self._ask_visit(ticket, case, wait + spread(dice, 1, HOUR))

    def _waits(self, ticket: str, case: Case, data: dict[str, Any]) -> None:
        """The customer answers, or the technician goes on without, or neither: the work itself ends the wait (R10)."""
        how = case.dice.choice(("answer", "answer", "go on", "neither"))
        after = spread(case.dice, MINUTE, 2 * DAY)
        if how == "answer":
            self._world.later(after, lambda: self._people.answer(ticket))
        elif how == "go on":
            self._order(after, "dispatch", "resume-clock", ticket, {"by": case.technician})

    def _ask_visit(self, ticket: str, case: Case, wait: float) -> None:
        dice = case.dice
        reason = dice.choice(("remote-insufficient", "hardware-failure", "network-lost"))
        parts = [{"part": one, "quantity": 1} for one in dice.sample(PARTS, dice.randrange(3))]
        order = {"by": case.technician, "reason": reason, "diagnosis": "à remplacer", "parts": parts}
        self._order(wait, "dispatch", "request-visit", ticket, order)
        if dice.random() < 0.1:  # solved after all, while the visit is being arranged
            action = {"by": case.technician, "action": "restart", "outcome": "worked"}
            self._order(wait + HOUR, "dispatch", "record-remote-action", ticket, action)
            done = {"by": case.technician, "how": "remote", "summary": "réparé à distance"}
            self._order(wait + 2 * HOUR, "dispatch", "declare-resolved", ticket, done)

    def _planned(self, ticket: str, case: Case, data: dict[str, Any]) -> None:
        case.visit = data["visit"]
        self._order(self._until(data["start"], -30 * MINUTE), "dispatch", "depart", ticket, {"by": case.technician})

    def _until(self, instant: str, more: float) -> float:
        at = datetime.fromisoformat(instant)
        return max((at - self._world.clock.true()).total_seconds() + more, 1.0)

    def _gone(self, ticket: str, case: Case, data: dict[str, Any]) -> None:
        wait = spread(case.dice, 40 * MINUTE, 3 * HOUR)
        repaired = case.dice.random() < 0.75
        arrived = self._world.instant(wait - 30 * MINUTE)
        order = {
            "by": case.technician,
            "outcome": "repaired" if repaired else "not-repaired",
            "arrived_at": arrived,
            "report": "pièce changée",
        }
        self._order(wait, "dispatch", "report-visit", ticket, order)

    def _back(self, ticket: str, case: Case, data: dict[str, Any]) -> None:
        if data["outcome"] == "repaired":
            return
        case.tried += 1
        if case.tried > 2:
            done = {"by": case.technician, "how": "on-site", "summary": "fait autrement"}
            self._order(HOUR, "dispatch", "declare-resolved", ticket, done)
            return
        self._ask_visit(ticket, case, HOUR)

    # -- depot -------------------------------------------------------------------------------------------------------

    def _missing(self, ticket: str, case: Case, data: dict[str, Any]) -> None:
        part = data["part"]
        if part not in self._ordered:
            self._ordered.add(part)
            self._world.later(spread(case.dice, HOUR, 2 * DAY), lambda: self._stock(part, 3))

    def _stock(self, part: str, quantity: int) -> None:
        self._ordered.discard(part)
        self._orders += 1
        note, resource = f"BL-{self._orders}", f"part:{part}@central"
        data = {"by": "depot", "delivery": note, "resource": resource, "quantity": quantity}
        self._world.command("resources", "receive-stock", resource, note, data)

    # -- readers and callers -----------------------------------------------------------------------------------------

    def _to_read(self, ticket: str, case: Case, data: dict[str, Any]) -> None:
        person = self._people.person_of(ticket)
        meaning = person.meanings[-1] if person.meanings else "no-answer"
        if data["resolution"] > 2 and meaning == "not-solved":
            meaning = "solved"
        order = {"by": "A-01", "resolution": data["resolution"], "meaning": meaning, "request": data["request"]}
        self._order(spread(case.dice, MINUTE, DAY), "closure", "read-reply", ticket, order)

    def _noted(self, ticket: str, case: Case, data: dict[str, Any]) -> None:
        if data["kind"] == "reminder":
            self._reminders[ticket, data["generation"]] = data

    def _called(self, ticket: str, case: Case, data: dict[str, Any]) -> None:
        """Nobody could be reached by a reminder: a person calls, and records the call (R13)."""
        if data["about"] in ("unreachable", "reminder-unreported"):
            self._world.later(spread(case.dice, HOUR, DAY), lambda: self._call(ticket))

    def _call(self, ticket: str) -> None:
        known = [generation for one, generation in self._reminders if one == ticket]
        if not known:
            return
        letter = self._reminders[ticket, max(known)]
        sent = Sent(
            letter["message"], ticket, "reminder", letter["resolution"], self._world.seconds, self._world.seconds
        )
        self._world.truth.calls.append(sent)
        self._world.report(sent, "phone", "delivered", letter)
        self._people.reads(self._people.person_of(ticket), sent)
