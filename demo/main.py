"""`sav demo`: the whole procedure on real engines, from a call, a mail or a form to the answered survey.

Starts engines and services, conducts the clock, kills one service half way, and lets an auditor that shares no rule
with the services read the topics at the end.
"""

from __future__ import annotations

import asyncio
import fcntl
import logging
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from aiokafka import AIOKafkaProducer
from rich.console import Console

from audit.main import audit
from audit.report import Counts
from cli.audit import ReadOnly
from demo.arrivals import SAMPLES, arrivals
from demo.conductor import SPEED, Conductor
from demo.stack import Stack, stack
from demo.view import View
from demo.world import World
from shared.engines.supervise import EngineError
from shared.policy.file import read_policy
from shared.runtime.clock import Baton, ConductedClock
from shared.runtime.mongo import Store
from shared.runtime.settings import Settings
from shared.runtime.topics_admin import create_topics

FIRST_MORNING = datetime(2026, 11, 5, 8, 0, tzinfo=ZoneInfo("Europe/Paris"))
"""A Thursday, before opening; the holiday of 11 November lies in the two working days and the five days that follow."""
WAVE_DAYS = 28
"""Between two waves of a demonstration that goes on: four weeks, so that each starts on a Thursday."""
VICTIM = "closure"
"""The service that is killed half way: it holds the timers that R13 rests on."""
STUCK_SECONDS = 120
"""Nothing new for this long in real time: something is wrong, and saying so beats waiting. A restart takes ten."""
SESSION_TIMEOUT_MS = 6_000
"""The shortest that the broker allows, so that a killed service is replaced while one can watch."""
SWEEP_SECONDS = 0.1
"""The clock stands where something is due: every halt waits for this."""
SWEEP_AGAIN_SECONDS = 1
"""A deadline that was refused is tried again after a second: the clock must not wait ten for it."""
GATHER_SECONDS = 0.01
"""The clock stands still until every record has been taken, so each wait for a neighbour is one of the spectator's."""
TURN_SECONDS = 0.02
SHOW_SECONDS = 0.25
"""What eyes follow; drawing more often would cost the services their processor."""
CHANNELS_SECONDS = 1.0
"""How often the adapters say how far they are: some minutes of conducted time."""


@dataclass
class Options:
    """What the command line asked for."""

    tickets: int
    once: bool
    folder: Path


def run_demo(options: Options, console: Console) -> int:
    """Run the demonstration and return its exit status: 0 only where nothing is wrong."""
    with alone(options.folder):
        shutil.rmtree(options.folder / "run", ignore_errors=True)
        folder = options.folder / "run"
        (folder / "logs").mkdir(parents=True)
        # What the libraries complain of is for the log: the screen is the demonstration's.
        logging.basicConfig(filename=folder / "logs" / "demo.log", level=logging.WARNING, force=True)
        try:
            return asyncio.run(_demo(options, folder, console))
        except EngineError as error:
            console.print(f"demo: {error}", markup=False)
            return 2


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Hold the folder for this demonstration alone; a second one is told so."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise SystemExit(f"demo: another demonstration is running in {folder}") from None
        yield


async def _demo(options: Options, folder: Path, console: Console) -> int:
    clock_file = folder / "clock"
    baton = Baton(clock_file, FIRST_MORNING, SPEED)
    clock = ConductedClock(clock_file)
    view = View(console, options.tickets)
    settings = {
        "SAV_CLOCK": f"conducted:{clock_file}",
        "SAV_SESSION_TIMEOUT_MS": str(SESSION_TIMEOUT_MS),
        "SAV_SWEEP_SECONDS": str(SWEEP_SECONDS),
        "SAV_SWEEP_AGAIN_SECONDS": str(SWEEP_AGAIN_SECONDS),
        "SAV_GATHER_SECONDS": str(GATHER_SECONDS),
    }
    with stack(folder, "demo", settings, view.say) as services:
        await _prepare(services)
        services.start_all(view.say)
        mailbox = folder / "mail"
        world = World(services.kafka, "demo", read_policy(), clock, lambda news: view.tell(clock.now(), news), mailbox)
        view.say(f"les courriers que reçoivent les clients : {mailbox}")
        stores = _stores(services)
        conductor = Conductor(services.kafka, "demo.", stores, baton, clock)
        await world.start()
        await conductor.start()
        try:
            status, wave = 0, 0
            while status == 0:
                baton.set(max(FIRST_MORNING, clock.now()))
                start = max(FIRST_MORNING, clock.now())
                world.expect(arrivals(options.tickets, start, wave))
                with view:
                    ended = await _play(world, conductor, services, view, clock, options.tickets * (wave + 1))
                view.say(f"{conductor.jumps} sauts d'horloge ; l'auditeur lit les topics")
                status = await _account(services, stores, view, clock, ended)
                wave += 1
                if options.once:
                    break
            return status
        finally:
            await conductor.stop()
            await world.stop()
            for store in stores.values():
                store.close()


async def _prepare(services: Stack) -> None:
    await create_topics(services.kafka, "demo.")
    producer = AIOKafkaProducer(bootstrap_servers=services.kafka, acks="all")
    await producer.start()
    await producer.send_and_wait("demo.sav.registry", (SAMPLES / "registry.json").read_bytes(), key=b"registry")
    await producer.stop()


def _stores(services: Stack) -> dict[str, Store]:
    settings = Settings(environment="demo")
    return {name: Store(uri, settings.database(name)) for name, uri in services.mongo.items()}


def heed_interruption() -> None:
    """End where Ctrl-C came and a library swallowed the cancellation that it is: the task still knows it was asked."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


async def _play(
    world: World, conductor: Conductor, services: Stack, view: View, clock: ConductedClock, wanted: int
) -> bool:
    """Play until every ticket has reached its end; return whether each did."""
    progress = _Progress()
    killed = False
    said_at = shown_at = 0.0
    while world.ended() < wanted:
        heed_interruption()
        await world.turn()
        if time.monotonic() - said_at >= CHANNELS_SECONDS:
            await world.say_channels()
            said_at = time.monotonic()
        if await conductor.conduct(world):
            await world.turn()
            await world.say_channels()
            said_at = time.monotonic()
        if time.monotonic() - shown_at >= SHOW_SECONDS:
            shown_at = time.monotonic()
            view.show(clock.now(), world.arrived, world.tickets.values())
        if not killed and world.ended() * 2 >= wanted:
            killed = True
            services.kill(VICTIM)
            services.start(VICTIM)
            world.tell(f"le service {VICTIM} est tué (SIGKILL) et redémarré")
        if progress.stuck(lambda: (world.ended(), conductor.jumps, world.arrived)):
            view.say(f"demo: plus rien ne bouge depuis {STUCK_SECONDS} s ; journaux dans {services.folder / 'logs'}")
            for one in [one for one in world.tickets.values() if not one.ended][:10]:
                view.say(f"  {one.number} {one.arrival.name} {one.phase} {one.arrival.script.behaviour}")
            return False
        await asyncio.sleep(TURN_SECONDS)
    return True


class _Progress:
    """Notices when nothing moves any more."""

    def __init__(self) -> None:
        self._last: object = None
        self._since = time.monotonic()

    def stuck(self, look: Callable[[], object]) -> bool:
        now = look()
        if now != self._last:
            self._last, self._since = now, time.monotonic()
        return time.monotonic() - self._since > STUCK_SECONDS


async def _account(services: Stack, stores: Mapping[str, Store], view: View, clock: ConductedClock, ended: bool) -> int:
    """Let the auditor read the topics and the databases, and say what it counted."""
    report = await audit(services.kafka, "demo.", clock.now(), ReadOnly(stores))
    counts = report.counts
    if counts.violations:
        view.say(report.as_text())
    view.say(last_line(counts))
    right = ended and report.clean and counts.requests == counts.tickets == counts.acknowledged == counts.classified
    return 0 if right else 1


def last_line(counts: Counts) -> str:
    """Return the demonstration's last line, as its users read it."""
    return (
        f"demo: {counts.requests} requests, {counts.tickets} tickets, {counts.acknowledged} acknowledged "
        f"({counts.acknowledged_late} late), {counts.classified} classified, {counts.remote} remote, "
        f"{counts.on_site} on site, {counts.closed_by_customer} closed by the customer, "
        f"{counts.closed_after_silence} closed after silence, {counts.surveys} surveys ({counts.surveys_late} late), "
        f"{counts.violations} violations"
    )
