"""Engines and service processes of the demonstration: started together, ended together, and nothing else is touched.

Called by `demo.main`. Every child is tied to this process: it dies with it, even by SIGKILL.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from shared.engines.choose import Engines
from shared.engines.supervise import Child, spawn
from shared.topics import STAGES

REPLICAS = {"dispatch": 2}
"""Services with more than one replica; the others have one."""
READY_SECONDS = 90
"""From the start of the processes to every one having its partitions; 10 s on an idle machine with two cores."""
STOP_SECONDS = 15
"""A graceful stop finishes the batch in hand, which takes a second or two; then the process is killed."""


@dataclass
class Stack:
    """What the demonstration has started."""

    kafka: str
    mongo: dict[str, str]
    environment: dict[str, str]
    folder: Path
    services: dict[str, Child] = field(default_factory=dict)

    def start(self, name: str) -> None:
        """Start one replica, or start it again."""
        service = name.partition("-")[0]
        command = [sys.executable, "-m", "cli", "run", service]
        environment = self.environment | {"SAV_REPLICA": name}
        self.services[name] = spawn(name, command, log=self.folder / "logs" / f"{name}.log", environment=environment)

    def start_all(self, say: Callable[[str], None]) -> None:
        """Start every service and wait until each has its partitions."""
        for name in names():
            self.start(name)
        for name in names():
            self.wait_ready(name)
            say(f"{name} prêt")

    def wait_ready(self, name: str) -> None:
        """Wait until a replica has said that it is ready. Raises `EngineError` with the end of its log."""
        child = self.services[name]
        child.wait_until(lambda: '"event": "ready"' in child.log_tail(), READY_SECONDS)

    def kill(self, name: str) -> None:
        """End a replica as a power cut would: SIGKILL."""
        self.services[name].kill()

    def stop(self) -> None:
        """Ask every service to stop, all at once, then wait for each."""
        for child in self.services.values():
            if child.exit_code is None:
                os.kill(child.pid, signal.SIGTERM)
        for child in self.services.values():
            child.stop(STOP_SECONDS)


def names() -> list[str]:
    """Return every replica's name."""
    services = (*STAGES, "desk")
    return [
        f"{one}-{n}" if REPLICAS.get(one, 1) > 1 else one
        for one in services
        for n in range(1, REPLICAS.get(one, 1) + 1)
    ]


@contextmanager
def stack(folder: Path, environment: str, settings: Mapping[str, str], say: Callable[[str], None]) -> Iterator[Stack]:
    """Start the engines, for services with these settings; on the way out stop every service and then the engines."""
    with Engines(folder / "engines", say=say) as engines:
        with ThreadPoolExecutor() as together:
            servers = {service: together.submit(engines.mongo, service) for service in (*STAGES, "desk")}
            kafka = engines.kafka()
            mongo = {service: server.result() for service, server in servers.items()}
        say(f"moteurs : {', '.join(engines.started)}")
        variables = {
            "SAV_KAFKA": kafka,
            "SAV_MONGO_OF": json.dumps(mongo),
            "SAV_ENVIRONMENT": environment,
            **settings,
        }
        started = Stack(kafka, mongo, variables, folder)
        try:
            yield started
        finally:
            started.stop()
