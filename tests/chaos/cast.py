"""The processes of one row, each started with what the row wants of it; ended with the row, and no others."""

from __future__ import annotations

import sys
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from shared.engines.supervise import Child, spawn
from tests.chaos.engines import Kit
from tests.support.stages import Stages


@dataclass
class Cast(Stages):
    """Processes of one environment, each with what this row wants of it."""

    kit: Kit | None = None
    everywhere: dict[str, str] = field(default_factory=dict)
    """Variables of every process that is started from now on."""
    entered: int = 0

    def enter(
        self,
        service: str,
        replica: str = "",
        *,
        failpoint: str = "",
        through: Collection[str] = (),
        files: int = 0,
        more: Mapping[str, str] | None = None,
    ) -> Child:
        """Start one replica: through the proxy of `kafka` or `store`, with at most `files` open files."""
        assert self.kit is not None
        name = replica or service
        variables = self._variables() | self.everywhere | {"SAV_REPLICA": name, "SAV_FAILPOINT": failpoint}
        if "kafka" in through:
            variables["SAV_KAFKA"] = self.kit.through_kafka
        if "store" in through:
            variables["SAV_MONGO"] = self.kit.through_store
        command: list[str] = [sys.executable, "-m", "cli", "run", service]
        if files:
            command = ["/bin/sh", "-c", f'ulimit -n {files}; exec "$@"', "sh", *command]
        self.entered += 1
        log = self.folder / f"{self.entered:02d}-{name}.log"  # each its own: what a former one said is not this one's
        child = spawn(name, command, log=log, environment=variables | dict(more or {}))
        self.running.append(child)
        return child

    def leave(self, child: Child, grace: float = 30.0) -> int:
        """Ask one to stop in good order, and return its exit code."""
        self.running.remove(child)
        return child.stop(grace)

    def stop_all(self) -> None:
        """End whatever runs, at once: the row is over, and what it proved is proved."""
        for child in self.running:
            child.kill()
        self.running.clear()

    def strike(self, child: Child) -> None:
        """Kill one with SIGKILL."""
        if child in self.running:
            self.running.remove(child)
        child.kill()
