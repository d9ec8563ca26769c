"""The mail programs as processes of an environment, as an operator starts them."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from shared.engines.supervise import Child, spawn
from tests.support.mail import ADDRESS, KEY
from tests.support.stages import Stages


@dataclass
class Programs:
    """The mail programs of an environment; what a test leaves running is killed."""

    stages: Stages
    folder: Path
    running: list[Child]

    def start(self, program: str, **variables: str) -> Child:
        """Start one."""
        environment = {
            "SAV_KAFKA": self.stages.kafka,
            "SAV_MONGO": self.stages.mongo,
            "SAV_ENVIRONMENT": self.stages.environment,
            "SAV_REPLICA": program,
            "SAV_SESSION_TIMEOUT_MS": "3000",
            "SAV_MAIL_ADDRESS": ADDRESS,
            "SAV_MAIL_KEYS": KEY,
            "SAV_PORTAL_KEYS": f"{KEY} and as many again",
            "SAV_MAIL_SPOOL": str(self.folder / f"spool-{program}"),
            "SAV_MAIL_KEPT": str(self.folder / "kept"),
        }
        command = [sys.executable, "-m", "cli", "mail", program]
        child = spawn(program, command, log=self.folder / f"{program}.log", environment=environment | variables)
        self.running.append(child)
        return child

    def log(self, program: str) -> str:
        """What a program has said."""
        return (self.folder / f"{program}.log").read_text()
