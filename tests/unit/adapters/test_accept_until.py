"""How far a door claims to have been heard, without a broker: never past what it has on its disk."""

from __future__ import annotations

from pathlib import Path

from adapters.accept import BEHIND, Acceptor
from shared.engines.supervise import free_ports
from shared.events.requests import Request
from shared.runtime.settings import Settings
from tests.requirements import requirement
from tests.support.mail import T0, HandClock


@requirement("R13")
async def test_nothing_is_claimed_past_what_lies_in_the_spool(tmp_path: Path) -> None:
    clock, (nobody,) = HandClock(), free_ports(1)
    settings = Settings(kafka=f"127.0.0.1:{nobody}", replica="here")
    async with Acceptor(settings, "email", tmp_path / "spool", clock=clock, speaks=False) as door:
        assert door._until() == T0 - BEHIND
        accepted = await door.accept(Request(channel="email", key="k", received_at=T0))
        clock.walk(hours=1)

        assert accepted.where == "spool"
        assert door._until() == T0
