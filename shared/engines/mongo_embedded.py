"""A server that speaks MongoDB's protocol (SecantusDB, on WiredTiger), for development, tests and the demo.

Called by `choose` and by chaos tests; one server per service database, as production isolates them. It is
GPL-2.0: it runs as a process of its own and must never be imported. Its format on disk has no promise:
never for production data.
"""

from __future__ import annotations

import shutil
import socket
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from pymongo import MongoClient
from pymongo.errors import PyMongoError

from shared.engines.supervise import Child, EngineError, free_ports, spawn

START_SECONDS = 60.0  # measured 0.3 to 1 s; recovery after a kill and a loaded machine may take far longer
STOP_SECONDS = 30.0  # its last checkpoint can take seconds, and files removed before it is gone gave a corrupt start
PING_MILLISECONDS = 500
ATTEMPTS = 3  # a free port may be taken between the look and the start
CACHE = "256M"  # per server: with one per service, the 1 GiB default would let eight of them take the machine


class EmbeddedMongo:
    """One server with its data in `folder`: started again there, it has kept everything it acknowledged."""

    def __init__(self, folder: Path, *, port: int | None = None) -> None:
        """Prepare, without starting.

        `port` None means any free one, kept for as long as this object lives.
        """
        self._folder = folder.absolute()
        self._port = port
        self._child: Child | None = None

    @property
    def description(self) -> str:
        """Its name and version, for the line that says which engines ran."""
        try:
            return f"SecantusDB {version('secantusdb')} (MongoDB's protocol), embedded"
        except PackageNotFoundError:
            return "SecantusDB (MongoDB's protocol), embedded: not installed"

    @property
    def address(self) -> str:
        """The connection URI; raises EngineError before the first start."""
        if self._port is None:
            raise EngineError("this server was never started: it has no address yet")
        return uri(self._port)

    @property
    def pid(self) -> int | None:
        """The process id of the running server, None when it does not run."""
        return self._child.pid if self._child and self._child.exit_code is None else None

    @property
    def process(self) -> Child:
        """The running process, for tests that freeze it; raises EngineError when there is none."""
        if self._child is None:
            raise EngineError("this server does not run")
        return self._child

    def start(self) -> str:
        """Start, wait until it answers a ping, and return its URI; does nothing when it runs already."""
        if self.pid is not None:
            return self.address
        self._folder.mkdir(parents=True, exist_ok=True)
        for attempt in range(1, ATTEMPTS + 1):
            port = free_ports(1)[0] if self._port is None else self._port
            child = self._launch(port)
            try:
                child.wait_until(lambda port=port: answers(uri(port)), START_SECONDS)  # type: ignore[misc]
            except EngineError:
                child.kill()
                if self._port is not None or attempt == ATTEMPTS:
                    raise
                continue
            self._child, self._port = child, port
            break
        return self.address

    def stop(self) -> None:
        """Stop it cleanly and wait until it is gone; its data stays."""
        if self._child is not None:
            # Now and then (1 in 10 here) its SIGTERM reaches a thread of the store, and the waiting Python
            # does not see it: ask again. Looking whether it still listens also wakes it from an accept of 2
            # s.
            self._child.stop(STOP_SECONDS, deaf=lambda: listens(self._port))
            self._child = None

    def kill(self) -> None:
        """Kill it as a power cut would (SIGKILL); `start` brings it back on the same port with its data."""
        if self._child is not None:
            self._child.kill()
            self._child = None

    def _launch(self, port: int) -> Child:
        # A configuration of our own: without one it would read whatever lies in the user's home.
        configuration = self._folder / "secantusd.toml"
        configuration.touch()
        options = {
            "--config": configuration,
            "--host": "127.0.0.1",
            "--port": port,
            "--storage-path": self._folder / "data",
            "--cache-size": CACHE,
            "--log-level": "WARNING",
        }
        command = [_program(), *(str(word) for option in options.items() for word in option)]
        return spawn("SecantusDB", command, log=self._folder / "secantusdb.log")


def uri(port: int) -> str:
    """The URI of a single server on the loopback.

    `directConnection`: what it says of its replica set is no matter.
    """
    return f"mongodb://127.0.0.1:{port}/?directConnection=true"


def listens(port: int | None) -> bool:
    """Whether anything accepts connections on this port of the loopback."""
    try:
        socket.create_connection(("127.0.0.1", port or 0), PING_MILLISECONDS / 1000).close()
    except OSError:
        return False
    return True


def answers(address: str) -> bool:
    """Whether a MongoDB server answers a ping at `address` within half a second."""
    try:
        with MongoClient[dict[str, object]](
            address, serverSelectionTimeoutMS=PING_MILLISECONDS, connectTimeoutMS=PING_MILLISECONDS
        ) as client:
            client.admin.command("ping")
    except PyMongoError:
        return False
    return True


def _program() -> str:
    beside_us = Path(sys.executable).with_name("secantusd-py")
    found = str(beside_us) if beside_us.exists() else shutil.which("secantusd-py")
    if found is None:
        raise EngineError("The embedded store needs the extra `embedded`: pip install 'sav[embedded]'")
    return found
