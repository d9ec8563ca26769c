"""The demonstration as its user meets it: started in a terminal, and ended with Ctrl-C."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

READY_SECONDS = 100
"""Eight stores, a broker and nine services start in 15 s alone; the two cores may be busy with other tests."""
END_SECONDS = 60
"""What a stage takes at most to finish its batch, and a broker to close its logs."""


@pytest.mark.chaos
@pytest.mark.timeout(2 * (READY_SECONDS + END_SECONDS))
def test_ctrl_c_ends_all_that_the_demonstration_started_and_only_that(tmp_path: Path) -> None:
    # given a demonstration that runs, and a process of somebody else's
    stranger = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    log = tmp_path / "log"
    command = [sys.executable, "-m", "cli", "demo", "--tickets", "3", "--folder", str(tmp_path / "demo")]
    with log.open("wb") as output:
        demo = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, start_new_session=True)
    try:
        _wait(lambda: "desk prêt" in log.read_text(), READY_SECONDS, log)
        children = _that_name(str(tmp_path))
        assert len(children) > len(("demo", "kafka", "a store", "a service"))
        # when the terminal sends its group what Ctrl-C means
        os.killpg(demo.pid, signal.SIGINT)
        # then it ends as a program that was interrupted, and so has all that it started
        assert demo.wait(END_SECONDS) == 128 + signal.SIGINT
        assert _that_name(str(tmp_path)) == []
        assert [pid for pid in children if _is_alive(pid)] == []
        # and nobody else has
        assert stranger.poll() is None
    finally:
        stranger.kill()
        demo.kill()
        stranger.wait()
        demo.wait()


def _wait(ready: Callable[[], bool], seconds: float, log: Path) -> None:
    deadline = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < deadline, log.read_text()[-2000:]
        time.sleep(0.1)  # polls a process that is not ours to await


def _that_name(folder: str) -> list[int]:
    """Return the processes whose command or environment names the demonstration's folder."""
    found = []
    for process in Path("/proc").iterdir():
        if re.fullmatch(r"\d+", process.name) and int(process.name) != os.getpid():
            try:
                words = (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
            except OSError:
                continue
            if folder.encode() in words:
                found.append(int(process.name))
    return found


def _is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
