"""Starts server processes that never outlive us, and stops those and no others.

Called by the embedded engines and by whoever runs the stages as processes on one machine (demo, tests). It
must never signal a process that it did not start itself.
"""

from __future__ import annotations

import atexit
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path

TETHER = Path(__file__).with_name("tether.py")
POLL_SECONDS = 0.02  # a start takes from a quarter of a second to a few: this adds nothing one could see
ASK_AGAIN_SECONDS = 1.0  # beginning to end takes a server milliseconds, a loaded machine some tenths
LOG_TAIL_CHARACTERS = 2_000  # about a screen: the end of a log is where the reason is

# Linux ties a child to the *thread* that started it. The main thread and this pool's only one live as long
# as we do.
_starter = ThreadPoolExecutor(max_workers=1, thread_name_prefix="engine-starter")


class EngineError(RuntimeError):
    """A server could not be started, or ended by itself; the message says what to do."""


class Child:
    """One process that we started, in a session of its own (so that Ctrl-C reaches it through us only)."""

    def __init__(self, name: str, process: subprocess.Popen[bytes], log: Path) -> None:
        self.name = name
        self.log = log
        self._process = process
        atexit.register(self.kill)

    @property
    def pid(self) -> int:
        """Its process id, which is also that of its group."""
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """How it ended (minus the signal's number when killed), None while it runs."""
        return self._process.poll()

    def stop(self, grace: float, deaf: Callable[[], bool] = lambda: False) -> int:
        """Ask it to end (SIGTERM), wait `grace` seconds, then kill; returns the exit code once it is gone.

        It is asked again while `deaf` says that it has not even begun to end.
        """
        deadline = time.monotonic() + grace
        asked = float("-inf")
        while self.exit_code is None and (now := time.monotonic()) < deadline:
            if asked == float("-inf") or (deaf() and now - asked > ASK_AGAIN_SECONDS):
                self._signal(signal.SIGTERM)
                asked = now
            time.sleep(POLL_SECONDS)
        return self.kill()

    def kill(self) -> int:
        """Kill it and its own children (SIGKILL) if it still runs; returns the exit code."""
        self._signal(signal.SIGKILL)
        code = self._process.wait()
        atexit.unregister(self.kill)
        return code

    def freeze(self) -> None:
        """Stop it in its tracks (SIGSTOP), as a machine that swaps or a long pause would; for chaos tests.

        Returns once all its threads stand still: the signal alone lets one that is running answer a last time.
        """
        self._signal(signal.SIGSTOP)
        if hasattr(os, "waitid"):  # not on macOS before Python 3.13
            with suppress(ChildProcessError):
                os.waitid(os.P_PID, self.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)

    def thaw(self) -> None:
        """Let a frozen one go on."""
        self._signal(signal.SIGCONT)

    def wait_until(self, ready: Callable[[], bool], seconds: float) -> None:
        """Poll `ready` until it is true.

        Raises EngineError with the end of the log if it ends first or takes longer.
        """

        def ready_or_dead() -> bool:
            if self.exit_code is not None:
                raise EngineError(f"{self.name} ended by itself (exit code {self.exit_code}).\n{self.log_tail()}")
            return ready()

        wait_until(ready_or_dead, seconds, self.name, self.log_tail)

    def log_tail(self) -> str:
        """The end of what it wrote, with the place of the whole, for an error message."""
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        return f"The end of {self.log}:\n{text[-LOG_TAIL_CHARACTERS:] or '(nothing)'}"

    def _signal(self, number: signal.Signals) -> None:
        # Until wait() or poll() has collected it, its id cannot be given to another process: this is always
        # ours.
        if self._process.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, number)


def spawn(
    name: str, command: Sequence[str | Path], *, log: Path, environment: Mapping[str, str] | None = None
) -> Child:
    """Start `command` with its output appended to `log`; it dies when we die, even by SIGKILL (on Linux)."""
    if threading.current_thread() is threading.main_thread():
        return _spawn(name, command, log, environment)
    return _starter.submit(_spawn, name, command, log, environment).result()


def _spawn(name: str, command: Sequence[str | Path], log: Path, environment: Mapping[str, str] | None) -> Child:
    log.parent.mkdir(parents=True, exist_ok=True)
    tied = [sys.executable, "-I", str(TETHER), str(os.getpid()), *map(str, command)]
    with log.open("ab") as output:
        process = subprocess.Popen(
            tied,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=None if environment is None else {**os.environ, **environment},
            start_new_session=True,
        )
    return Child(name, process, log)


def wait_until(ready: Callable[[], bool], seconds: float, name: str, evidence: Callable[[], str] = str) -> None:
    """Poll `ready` until it is true; raises EngineError, with `evidence`, after `seconds`."""
    deadline = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > deadline:
            raise EngineError(f"{name} was not ready within {seconds:.0f} s.\n{evidence()}")
        time.sleep(POLL_SECONDS)


def free_ports(count: int) -> list[int]:
    """Ports of the loopback that nobody listens on now; another process may still take one before we do."""
    with ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
