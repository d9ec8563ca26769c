"""Serves an application until SIGTERM, and then comes back, so that the door behind it is closed in good order.

Called by the portal and the phone adapter.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp

GRACE_SECONDS = 20
"""For requests in hand at SIGTERM: a photo on a bad connection; below a pod's thirty."""
_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class _Server(uvicorn.Server):
    """Uvicorn raises the signal again once it has stopped, which would end the process before what surrounds it."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop at a signal; the second one stops without waiting."""
        loop = asyncio.get_running_loop()
        for number in _SIGNALS:
            loop.add_signal_handler(number, self.handle_exit, number, None)
        try:
            yield
        finally:
            for number in _SIGNALS:
                loop.remove_signal_handler(number)


async def serve(app: ASGIApp, host: str, port: int, proxies: str) -> None:
    """Serve until SIGTERM or SIGINT; `proxies` are the addresses whose `X-Forwarded-For` is believed."""
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        proxy_headers=True,
        forwarded_allow_ips=proxies,
        access_log=False,  # an address of ours is a customer's signature: it stands in no log
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
        lifespan="off",
    )
    await _Server(config).serve()
