"""How long triage takes a message: `python -m bench.triage` prints p50, p99 and the longest, and what length costs.

It classifies the labelled sets of `tests/triage_sets`, then prose of growing length, and times this process alone (not
what its neighbours do). No test runs it; exit 1 above the limit.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from services.triage.batch import classify_line
from services.triage.grid_file import read_grid

SETS = Path(__file__).parents[1] / "tests" / "triage_sets"
LIMIT_MS = 50.0
"""At the 99th percentile: what the requirement allows."""
ROUNDS = 3
LENGTHS = (1_000, 2_000, 4_000, 8_000, 16_000)


def main() -> int:
    """Print the figures; 1 where the 99th percentile is above the limit."""
    grid = read_grid()
    lines = [line for path in sorted(SETS.glob("*.jsonl")) for line in path.read_bytes().splitlines() if line.strip()]
    texts = [json.loads(line)["text"] for line in lines]
    classify_line(lines[0], grid)
    spent: list[float] = []
    for _ in range(ROUNDS):
        for line in lines:
            started = time.process_time()
            classify_line(line, grid)
            spent.append((time.process_time() - started) * 1000)
    spent.sort()
    p99 = spent[int(len(spent) * 0.99)]
    _say(f"messages {len(spent)}  p50 {spent[len(spent) // 2]:.1f} ms  p99 {p99:.1f} ms  max {spent[-1]:.1f} ms")
    prose = "\n".join(texts)
    for length in LENGTHS:
        line = json.dumps({"id": "long", "text": prose[:length]}).encode()
        started = time.process_time()
        classify_line(line, grid)
        took = (time.process_time() - started) * 1000
        _say(f"{length:>6} characters  {took:7.1f} ms  {took / length * 1000:5.1f} ms a thousand")
    return int(p99 > LIMIT_MS)


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    sys.exit(main())
