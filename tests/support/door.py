"""A door in a process of its own, for tests that kill it: `python -m tests.support.door <kafka> <environment> <spool>`.

It accepts one request after another and prints the key of each as soon as it was accepted, until it is killed.
"""

from __future__ import annotations

import asyncio
import itertools
import sys
from datetime import UTC, datetime
from pathlib import Path

from adapters.accept import Acceptor
from shared.events.requests import Request, RequestPersonal
from shared.runtime.settings import Settings


def request(key: str, text: str = "La sirène hurle.") -> Request:
    """A mail of now."""
    return Request(
        channel="email",
        key=key,
        received_at=datetime.now(UTC),
        personal=RequestPersonal(email="ana@example.org", text=text),
    )


async def main(kafka: str, environment: str, spool: str) -> None:
    """Accept until the end."""
    async with Acceptor(Settings(kafka=kafka, environment=environment), "email", Path(spool)) as acceptor:
        for number in itertools.count(1):
            accepted = await acceptor.accept(request(f"m{number}"))
            print("accepted", accepted.key, flush=True)  # noqa: T201 - what the test reads


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
