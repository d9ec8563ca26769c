"""The world outside: what it hears of the topics, its adapters with their spools, and what truly happened there.

It speaks JSON as any adapter in any language would, and imports nothing of the services. Its memory of what truly
happened (`Truth`) is what the oracle compares the system with.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import Any

from simulate.broker import SimBroker
from simulate.chance import Chance, spread
from simulate.faults import Plan
from simulate.truth import Sent, Told, Truth
from simulate.virtual import VirtualClock
from simulate.witness import Seen

CHANNELS = ("email", "phone", "portal")
MINUTE, HOUR, DAY = 60.0, 3_600.0, 86_400.0
ENVIRONMENT = "sim"


class Adapter:
    """One channel: what it accepts is durable at once, and on its topic when the broker can be reached."""

    def __init__(self, name: str, world: World) -> None:
        self.name, self._world = name, world
        self._spool: list[tuple[float, str, str, bytes]] = []
        self._cut_off = False

    def accept(self, topic: str, key: str, value: dict[str, Any]) -> None:
        """Take something that was said, clicked or reported; it is safe from now on."""
        plan, world = self._world.plan, self._world
        body = json.dumps(value, ensure_ascii=False).encode()
        self._spool.append((world.seconds, topic, key, body))
        if not self._cut_off and plan.strikes("spool"):
            self._cut_off = True
            away = spread(plan.of("spool"), MINUTE, 2 * DAY)
            world.trace.strike(self.name, "spool", f"{away:.0f} s")
            world.later(away, self.reach_broker)
        if not self._cut_off:
            self.flush()

    def reach_broker(self) -> None:
        """The broker answers again."""
        self._cut_off = False
        self.flush()

    def flush(self) -> None:
        """Publish what lies in the spool, in order."""
        for _, topic, key, body in self._spool:
            self._world.broker.append(topic, body, key=key.encode())
        self._spool.clear()

    def speak(self) -> None:
        """Say that all that was accepted before now is on its topic; not a word where the broker cannot be reached."""
        if not self._cut_off:
            until = self._world.clock.true().isoformat()
            value = json.dumps({"v": 1, "adapter": self.name, "until": until, "spool": "open"}).encode()
            self._world.broker.append("sav.channels", value, key=self.name.encode())


class World:
    """Everybody outside; `people` and `staff` act through it."""

    def __init__(self, chance: Chance, broker: SimBroker, plan: Plan, clock: VirtualClock) -> None:
        self.chance, self.broker, self.plan, self.clock = chance, broker, plan, clock
        self.trace = broker.witness.trace
        self.truth = Truth(self.trace.instant(0.0))
        self.adapters = {name: Adapter(name, self) for name in CHANNELS}
        self.dice: Random = chance.stream("world")
        self.numbers: dict[str, str] = {}
        """Ticket id to number."""
        self.hearers: list[Callable[[str, str, dict[str, Any], dict[str, Any]], None]] = []
        """Called with (ticket, name, data, envelope) of each new event."""
        self.garbage: set[bytes | None] = set()
        self.settled: Callable[[str, str], None] = _nobody
        """Settles a grave in a stage's store; set by the run."""
        self.pending = 0
        """Acts that are still to come."""
        broker.witness.listeners.append(self._heard)
        for adapter in self.adapters.values():
            self.later(self.dice.random() * DAY, partial(self._speak_daily, adapter))

    @property
    def seconds(self) -> float:
        """The true virtual time."""
        return self.broker._loop.time()

    def later(self, seconds: float, act: Callable[[], None]) -> None:
        """Do something after a while."""
        self.pending += 1
        self.broker._loop.call_later(seconds, self._act, act)

    def _act(self, act: Callable[[], None]) -> None:
        self.pending -= 1
        act()

    def instant(self, after: float = 0.0) -> str:
        """Return the true instant some seconds from now, as the channels write it."""
        return (self.clock.true() + timedelta(seconds=after)).isoformat()

    def true_time(self, seconds: float) -> datetime:
        """Return the instant of a virtual second."""
        return self.trace.instant(seconds)

    def command(self, stage: str, verb: str, subject: str, name: str, data: dict[str, Any]) -> None:
        """A person of the company gives a command through the desk; the same name is the same command."""
        value = {
            "specversion": "1.0",
            "id": f"cmd-{name}",
            "type": f"sav.{stage}.{verb}.v1",
            "source": f"sav/{ENVIRONMENT}/desk",
            "subject": subject,
            "time": self.instant(),
            "datacontenttype": "application/json",
            "data": data,
        }
        self.truth.commands.append(Told(subject, stage, 0, f"{stage}.{verb}", data, self.seconds))
        self.broker.append("sav.commands", json.dumps(value, ensure_ascii=False).encode(), key=subject.encode())

    def report(self, sent: Sent, channel: str, status: str, message: dict[str, Any]) -> None:
        """An adapter says what became of a message."""
        value = {
            "v": 1,
            "message": sent.message,
            "ticket": sent.ticket,
            "kind": sent.kind,
            "generation": message["generation"],
            "resolution": sent.resolution,
            "channel": channel,
            "status": status,
            "at": self.instant(),
        }
        self.adapters[channel].accept("sav.deliveries", sent.ticket, value)

    # -- hearing -----------------------------------------------------------------------------------------------------

    def _heard(self, seen: Seen) -> None:
        if seen.record.topic.endswith(".dead"):
            self._dead_letter(seen)
            return
        seq = seen.data.get("seq")
        if not isinstance(seq, int) or seen.record.topic == "sav.resources.asks":
            return
        stage = seen.record.topic.removeprefix("sav.")
        if self.broker.witness.events.get((stage, seen.subject, seq)) is not seen:
            return
        data = seen.data["data"]
        name = f"{stage}.{str(seen.data['type']).split('.')[2]}"
        self.truth.told.append(Told(seen.subject, stage, seq, name, data, seen.at))
        if name == "intake.ticket-opened":
            self.numbers[seen.subject] = data["number"]
        if name == "closure.silence-asked":
            self._asked_for_silence()
        for hear in self.hearers:
            hear(seen.subject, name, data, seen.data)

    def _asked_for_silence(self) -> None:
        """Adapters speak every few minutes in truth; here when somebody listens, which is cheaper."""
        for adapter in self.adapters.values():
            for _ in range(2):
                self.later(spread(self.dice, 30, 2 * HOUR), adapter.speak)
            self.later(6 * HOUR, adapter.speak)

    def _speak_daily(self, adapter: Adapter) -> None:
        adapter.speak()
        self.broker._loop.call_later(DAY, self._speak_daily, adapter)

    # -- dead letters ------------------------------------------------------------------------------------------------

    def _dead_letter(self, seen: Seen) -> None:
        self.trace.seen["dead letter"] += 1
        self.later(spread(self.dice, 10 * MINUTE, DAY), lambda: self._settle(seen))

    def _settle(self, seen: Seen) -> None:
        """A person looks: what is a record after all is sent again, the rest is settled."""
        headers = {name: (value or b"").decode() for name, value in seen.record.headers}
        topic = headers["sav-topic"]
        if seen.record.value not in self.garbage and not topic.endswith(".due"):
            self.trace.seen["dead letter sent again"] += 1
            self.broker.append(topic, seen.record.value, key=seen.record.key)
        self.settled(seen.record.topic.split(".")[1], f"{topic}/{headers['sav-partition']}/{headers['sav-offset']}")

    def throw_garbage(self) -> None:
        """Anybody may write nonsense on a topic."""
        dice = self.plan.of("garbage")
        values = (None, b"", b"\xff\xfe\x00", b"{}", b"[]", b'{"v": 1}', b'{"specversion": "1.0", "id": 7}', b'"' * 999)
        value = dice.choice(values)
        topics = (
            "sav.requests.email", "sav.requests.portal", "sav.triage", "sav.dispatch", "sav.closure", "sav.notify",
            "sav.deliveries", "sav.commands", "sav.intake.due", "sav.closure.due", "sav.resources.asks",
        )  # fmt: skip
        topic = dice.choice(topics)
        self.garbage |= {value, value or b""}
        self.trace.strike("anybody", "garbage", topic)
        self.broker.append(topic, value, key=b"x%d" % dice.randrange(100))


def _nobody(stage: str, name: str) -> None:
    raise NotImplementedError
