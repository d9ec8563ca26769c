"""Rows about time and order: clocks that differ or jump, both with a night of daylight saving between; stages that come
days late and in any order: F32, F35. They run on conducted clocks, one file each."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from shared import ids
from shared.codec import Envelope, encode, sealed_data
from shared.events import dispatch
from shared.events.base import Command
from shared.events.notify import ChannelWatermark
from shared.personal import ClearSeal
from shared.runtime.clock import Baton, ConductedClock
from tests.chaos.scene import Broken, Scene
from tests.support.stages import mail

LIFE = ("intake", "triage", "dispatch", "closure", "notify")
MONDAY = datetime(2026, 3, 23, 10, 0, tzinfo=ZoneInfo("Europe/Paris"))
"""Two working days later a reminder goes out; the five days after it hold the night of 29 March, an hour short."""
REMINDED = timedelta(days=2, minutes=5)
FIVE_DAYS = timedelta(hours=120, minutes=5)
CHANNELS = ("email", "phone", "portal")


@dataclass
class Time:
    """A conducted clock of one process or of several."""

    path: Path
    start: datetime = MONDAY

    def __post_init__(self) -> None:
        self._baton = Baton(self.path, self.start, 1.0)
        self.clock = ConductedClock(self.path)

    @property
    def variable(self) -> dict[str, str]:
        """What a process is given to run on it."""
        return {"SAV_CLOCK": f"conducted:{self.path}"}

    def jump(self, by: timedelta) -> None:
        """Go forward, or back, as a clock does that somebody sets."""
        self._baton.set(self.clock.now() + by)


async def _command(scene: Scene, ticket: str, command: Command, at: datetime) -> None:
    name = ids.command_id(scene.cast.environment, "chaos", ticket, command.type_name)
    source = f"sav/{scene.cast.environment}/desk"
    data = sealed_data(command, ticket, ClearSeal())
    body = encode(Envelope(name, command.type_name, source, ticket, at, data))
    await scene.customers.put("sav.commands", body, ticket.encode())


async def solve(scene: Scene, tickets: Sequence[str], at: datetime) -> None:
    """A technician takes each, tries remotely, and holds it to be solved."""
    for ticket in tickets:
        await _command(scene, ticket, dispatch.TakeCharge(by="T-01"), at)
        await _command(scene, ticket, dispatch.RecordRemoteAction(by="T-01", action="restart", outcome="worked"), at)
        await _command(scene, ticket, dispatch.DeclareResolved(by="T-01", how="remote"), at)


async def say_channels(scene: Scene, channels: Sequence[str] = CHANNELS) -> None:
    """Every adapter says that all it accepted until now is told."""
    for adapter in channels:
        value = ChannelWatermark(adapter=adapter, until=scene.now()).model_dump_json().encode()  # type: ignore[arg-type]
        await scene.customers.put("sav.channels", value, adapter.encode(), partition=0)


async def _until_sent(scene: Scene, kind: str, count: int, seconds: float = 90.0) -> None:
    """Wait until so many messages of a kind went out, the adapters speaking all the while."""
    ends = asyncio.get_running_loop().time() + seconds
    while scene.office.kinds.count(kind) < count:
        if asyncio.get_running_loop().time() > ends:
            raise Broken(f"{scene.office.kinds.count(kind)} of {count} messages of kind {kind} went out")
        await say_channels(scene)
        await scene.hear(0.5)


async def f32(scene: Scene) -> str:
    """Stages come a day apart and in the wrong order; commands and replies come before what they are about."""
    time = common(scene)
    intake = scene.cast.enter("intake")
    keys = await scene.ask(5)
    await scene.customers.until(lambda: all(scene.customers.tickets(key) for key in keys))
    tickets = [scene.customers.tickets(key)[0] for key in keys]
    await solve(scene, tickets[:3], scene.now())
    for ticket in tickets[:2]:
        number = scene.customers.events["intake", ticket][1]["data"]["number"]
        more = {"kind": "reply", "ticket": number, "received_at": scene.now().isoformat()}
        await scene.customers.put("sav.requests.email", mail(f"r-{ticket}", "Toujours en panne", more), b"c")
    await scene.hear(2.0)
    await asyncio.to_thread(scene.cast.leave, intake)
    for service in ("notify", "closure", "dispatch"):
        time.jump(timedelta(days=1))
        scene.cast.enter(service)
        await scene.hear(4.0)
    scene.cast.enter("triage")
    scene.cast.enter("intake")
    await scene.done()
    await _until_sent(scene, "confirmation-request", 3)
    return "notify, closure, dispatch, triage un jour après l'autre ; commandes et réponses en avance : tout a repris"


def common(scene: Scene) -> Time:
    """Put the scene and all its processes on one conducted clock."""
    time = Time(scene.cast.folder / "clock")
    scene.now = time.clock.now
    scene.office.now = time.clock.now
    scene.cast.everywhere |= time.variable
    return time


async def f35(scene: Scene) -> str:
    """Clocks an hour apart, one that jumps six days ahead, and a night of daylight saving: nothing closes too soon."""
    time = common(scene)
    hour = timedelta(hours=1)
    ahead = Time(scene.cast.folder / "notify-clock", MONDAY + hour)
    odd = Time(scene.cast.folder / "closure-clock", MONDAY - hour)
    for service in ("intake", "triage", "dispatch"):
        scene.cast.enter(service)
    scene.cast.enter("notify", more=ahead.variable)
    scene.cast.enter("closure", more=odd.variable)
    keys = await scene.ask(3)
    await scene.done()
    await solve(scene, [scene.customers.tickets(key)[0] for key in keys], scene.now())
    await _until_sent(scene, "confirmation-request", 3)
    for one in (time, ahead, odd):
        one.jump(REMINDED + hour)
    await _until_sent(scene, "reminder", 3)
    # Closure alone believes that it is six days later.
    odd.jump(timedelta(days=6) + hour)
    for _ in range(8):
        await say_channels(scene)
        await scene.hear(1.0)
    if "closing" in scene.office.kinds:
        raise Broken("a clock that was six days ahead closed a ticket")
    odd.jump(timedelta(days=-6))
    ahead.jump(-hour)
    for one in (time, ahead, odd):
        one.jump(FIVE_DAYS)
    await _until_sent(scene, "closing", 3)
    return "horloges à ±1 h, une à +6 j qui ne clôt rien ; clos aux cinq jours vrais, nuit du 29 mars comprise"
