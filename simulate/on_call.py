"""The people on call and the adapter that rings them: some answer, some sleep, some cannot be reached.

Who answers takes the ticket. They hear of nothing but their own telephone.
"""

from __future__ import annotations

from random import Random
from typing import Any

from simulate.chance import spread
from simulate.truth import Sent
from simulate.world import MINUTE, World


class OnCall:
    """Everybody who may be called at night."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._dice: Random = world.chance.stream("on call")
        self._rung: set[str] = set()
        self._orders = 0
        world.hearers.append(self._hear)

    def _hear(self, ticket: str, name: str, data: dict[str, Any], envelope: dict[str, Any]) -> None:
        """The adapter carries each message once, whatever comes twice."""
        if name != "notify.staff-message-to-send" or data["message"] in self._rung:
            return
        self._rung.add(data["message"])
        sent = Sent(data["message"], ticket, data["kind"], data["resolution"], self._world.seconds)
        if data["kind"] != "page":
            self._world.later(spread(self._dice, 1, MINUTE), lambda: self._report(sent, "accepted", data))
            return
        if data["generation"] > 1:
            self._world.trace.seen["a page that went to the next one"] += 1
        how = self._dice.choices(("answers", "sleeps", "unreachable"), (45, 40, 15))[0]
        if how == "answers":
            # Some call back only when the next one is being called already.
            self._world.later(spread(self._dice, 10, 20 * MINUTE), lambda: self._answer(sent, data))
        elif how == "unreachable":
            self._world.later(spread(self._dice, 1, MINUTE), lambda: self._report(sent, "failed", data))

    def _answer(self, sent: Sent, data: dict[str, Any]) -> None:
        self._report(sent, "delivered", data)
        self._orders += 1
        name = f"{sent.ticket[:8]}-on-call-{self._orders}"
        order = {"by": data["person"]}
        wait = spread(self._dice, 10, 30 * MINUTE)
        self._world.later(wait, lambda: self._world.command("dispatch", "take-charge", sent.ticket, name, order))

    def _report(self, sent: Sent, status: str, data: dict[str, Any]) -> None:
        self._world.report(sent, data["channel"], status, data)
