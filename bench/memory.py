"""How much memory the idle stack holds: proportional set sizes, so that what is shared counts once. Linux alone."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

from demo.stack import Stack


def of_stack(services: Stack) -> dict[str, float]:
    """Return MiB by kind of process, and of the whole."""
    found: dict[str, float] = defaultdict(float)
    marker = str(services.folder.resolve()).encode()
    ours = {child.pid for child in services.services.values()}
    for process in Path("/proc").iterdir():
        if not process.name.isdigit():
            continue
        try:
            words = (process / "cmdline").read_bytes()
            size = _pss(process / "smaps_rollup")
        except OSError:
            continue
        if int(process.name) in ours or b"-m\0cli\0run\0" in words:
            found["services"] += size
        elif marker in words or services.folder.as_posix().encode() in words:
            found["Kafka" if b"java" in words else "SecantusDB"] += size
    found["whole"] = sum(found.values())
    return dict(found)


def _pss(rollup: Path) -> float:
    found = re.search(r"^Pss:\s+(\d+) kB", rollup.read_text(), re.MULTILINE)
    return int(found.group(1)) / 1024 if found else 0.0
