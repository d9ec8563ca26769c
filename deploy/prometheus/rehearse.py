"""Once for real: Prometheus scrapes the demonstration's services, triage is stopped, and the right alert fires, alone.

Run as `python -m deploy.prometheus.rehearse`; it takes about fifteen minutes, for it waits as long as the rules do, and
changes nothing of them. It needs Debian's `prometheus` beside what the demonstration needs, starts everything on free
ports, and ends everything that it started. Exit status 0 only where exactly the expected alert fired.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path
from typing import Any

import yaml
from aiokafka import AIOKafkaProducer

from demo.arrivals import arrivals
from demo.stack import Stack, names, stack
from shared.engines.supervise import Child, EngineError, free_ports, spawn, wait_until
from shared.runtime.clock import RealClock
from shared.runtime.topics_admin import create_topics

HERE = Path(__file__).parent
CLOCK = RealClock()
ENVIRONMENT = "alerts"
VICTIM = "triage"
EXPECTED = {("SavServiceAbsent", VICTIM)}
CALM_SECONDS = 90
"""Before the stop: six scrapes and as many evaluations in which nothing may be pending or firing."""
WATCH_SECONDS = 9 * 60
"""After it: the absence is told after two minutes; the backlog would be, were it not masked, after seven."""
HEAL_SECONDS = 120
"""For the alert to go once triage is back: a start, a scrape and an evaluation are one minute."""
LOOK_SECONDS = 5
REQUEST_EVERY_SECONDS = 3
"""A quiet day has one in a minute; this keeps every service at work on a small machine without filling it."""

Alert = tuple[str, str]
"""Name and service (or stage)."""


class Prometheus:
    """A Prometheus of our own: the committed configuration and rules, with this run's addresses."""

    def __init__(self, folder: Path, targets: dict[str, list[int]]) -> None:
        binary = shutil.which("prometheus")
        if binary is None:
            raise EngineError("prometheus is not here (Debian: apt-get install prometheus)")
        (port,) = free_ports(1)
        self._address = f"http://127.0.0.1:{port}"
        folder.mkdir(parents=True)
        (folder / "prometheus.yml").write_text(configuration(targets), "utf-8")
        shutil.copy(HERE / "rules.yml", folder / "rules.yml")
        arguments = (f"--storage.tsdb.path={folder / 'data'}", f"--web.listen-address=127.0.0.1:{port}")
        command = [binary, f"--config.file={folder / 'prometheus.yml'}", *arguments]
        self.child: Child = spawn("prometheus", command, log=folder / "prometheus.log")
        self.child.wait_until(self._answers, 60)

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self._address}/-/ready", timeout=2) as answer:  # noqa: S310 - our own
                return bool(answer.status == 200)
        except OSError:
            return False

    def alerts(self, state: str) -> set[Alert]:
        """Return the alerts that are `pending` or `firing` now."""
        found = self._get("alerts", {})["alerts"]
        return {
            (one["labels"]["alertname"], one["labels"].get("service") or one["labels"].get("stage", ""))
            for one in found
            if one["state"] == state
        }

    def values(self, query: str) -> dict[str, float]:
        """Return the present value of a query by service."""
        found = self._get("query", {"query": query})["result"]
        return {one["metric"].get("service", ""): float(one["value"][1]) for one in found}

    def _get(self, what: str, parameters: dict[str, str]) -> Any:
        address = f"{self._address}/api/v1/{what}?{urllib.parse.urlencode(parameters)}"
        with urllib.request.urlopen(address, timeout=10) as answer:  # noqa: S310 - our own, on this machine
            return json.load(answer)["data"]


def configuration(targets: dict[str, list[int]]) -> str:
    """The committed configuration with this run's targets; the adapters, which do not run here, are left out."""
    content: dict[str, Any] = yaml.safe_load((HERE / "prometheus.yml").read_text("utf-8"))
    (job,) = content["scrape_configs"]
    job["static_configs"] = [
        one | {"targets": [f"127.0.0.1:{port}" for port in targets[one["labels"]["service"]]]}
        for one in job["static_configs"]
        if one["labels"]["service"] in targets
    ]
    text: str = yaml.safe_dump(content)
    return text


def main() -> int:
    """Rehearse, and say what came of it."""
    folder = Path(tempfile.mkdtemp(prefix="sav-alerts-"))
    try:
        # On the real clock, unlike the demonstration: the rules wait in real time, and so do we.
        with stack(folder, ENVIRONMENT, {}, _say) as services, _watched(services, folder) as prometheus:
            return _rehearse(services, prometheus)
    except EngineError as error:
        _say(f"rehearsal not possible: {error}")
        return 2
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _watched(services: Stack, folder: Path) -> Iterator[Prometheus]:
    asyncio.run(create_topics(services.kafka, f"{ENVIRONMENT}."))
    targets: dict[str, list[int]] = {}
    ports = dict(zip(names(), free_ports(len(names())), strict=True))
    for name, port in ports.items():
        targets.setdefault(name.partition("-")[0], []).append(port)
        services.environment["SAV_HTTP_PORT"] = str(port)
        services.start(name)
    for name in ports:
        services.wait_ready(name)
    # A replica that is started again must listen where it is scraped.
    services.environment["SAV_HTTP_PORT"] = str(ports[VICTIM])
    prometheus = Prometheus(folder / "prometheus", targets)
    try:
        yield prometheus
    finally:
        prometheus.child.stop(10)


def _rehearse(services: Stack, prometheus: Prometheus) -> int:
    traffic = _Traffic(services.kafka)
    everybody = set(targets_of())
    _say("every service is scraped; requests arrive")
    wait_until(lambda: set(prometheus.values("sav:service_ready == 1")) == everybody, 120, "services")
    fired = _watch(prometheus, traffic, CALM_SECONDS, lambda _: False)
    if fired:
        _say(f"FAILED: before anything was stopped, {sorted(fired)} fired")
        return 1
    _say(f"{CALM_SECONDS} s of calm: nothing fires; {VICTIM} is stopped")
    services.services[VICTIM].stop(30)
    fired = _watch(prometheus, traffic, WATCH_SECONDS, lambda _: False)
    behind = prometheus.values("sav:oldest_unprocessed_seconds").get(VICTIM, 0.0)
    lost = prometheus.values("sav:requests_unaccounted").get("")
    _say(f"{WATCH_SECONDS} s later {VICTIM} is {behind:.0f} s behind; requests unaccounted for: {lost:g}")
    services.start(VICTIM)
    services.wait_ready(VICTIM)
    _say(f"{VICTIM} is started again")
    _watch(prometheus, traffic, HEAL_SECONDS, lambda firing: not firing)
    healed = not prometheus.alerts("firing")
    behind = prometheus.values("sav:oldest_unprocessed_seconds").get(VICTIM, 0.0)
    _say(f"the alert is {'gone' if healed else 'STILL FIRING'}; {VICTIM} is {behind:.0f} s behind")
    right = fired == EXPECTED and healed and lost == 0
    _say(f"{'OK' if right else 'FAILED'}: fired {sorted(fired)}, expected {sorted(EXPECTED)}; {traffic.sent} requests")
    return 0 if right else 1


def targets_of() -> list[str]:
    """Return every service that is scraped."""
    return sorted({name.partition("-")[0] for name in names()})


def _watch(
    prometheus: Prometheus, traffic: _Traffic, seconds: float, enough: Callable[[set[Alert]], bool]
) -> set[Alert]:
    """Look every few seconds while requests go on arriving; return every alert that ever fired."""
    began, fired, shown = time.monotonic(), set[Alert](), (set[Alert](), set[Alert]())
    while time.monotonic() - began < seconds:
        traffic.go_on(LOOK_SECONDS)
        firing, pending = prometheus.alerts("firing"), prometheus.alerts("pending")
        if (firing, pending) != shown:
            _say(f"  +{time.monotonic() - began:4.0f} s  pending {sorted(pending)}  firing {sorted(firing)}")
            shown = firing, pending
        fired |= firing
        if enough(firing):
            break
    return fired


class _Traffic:
    """Requests of the samples, one every few seconds, as the adapters publish them."""

    def __init__(self, kafka: str) -> None:
        self._kafka = kafka
        self._samples = cycle(arrivals(50, CLOCK.now(), 0))
        self.sent = 0

    def go_on(self, seconds: float) -> None:
        """Send for so long."""
        asyncio.run(self._send(seconds))

    async def _send(self, seconds: float) -> None:
        async with AIOKafkaProducer(bootstrap_servers=self._kafka, acks="all") as producer:
            for _ in range(max(1, round(seconds / REQUEST_EVERY_SECONDS))):
                sample = next(self._samples).request
                key = f"rehearsal-{self.sent}"
                request = sample.model_copy(update={"key": key, "received_at": CLOCK.now()})
                topic = f"{ENVIRONMENT}.sav.requests.{request.channel}"
                await producer.send_and_wait(topic, request.model_dump_json().encode(), key=key.encode())
                self.sent += 1
                await asyncio.sleep(REQUEST_EVERY_SECONDS)


def _say(text: str) -> None:
    sys.stdout.write(f"{CLOCK.now():%H:%M:%S} {text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
