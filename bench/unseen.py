"""How well triage does on messages that neither its rules nor its weights have seen: `python -m bench.unseen`.

Prints, for each labelled set and for all together, how many Critique were found, how many others raised to Critique,
and how many right, with Wilson's intervals at 95 %. No test runs it; a set that taught anything is no measure.
"""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Iterable
from dataclasses import dataclass, replace
from math import sqrt
from pathlib import Path
from typing import Any

from services.triage.grid import Grid
from services.triage.grid_file import read_grid
from services.triage.rules import classify
from services.triage.train import request_of

UNSEEN = Path(__file__).parents[1] / "tests" / "triage_sets" / "unseen"
NORMAL_95 = 1.96
"""Standard deviations to either side that hold 95 of 100."""


@dataclass(frozen=True)
class Share:
    """So many of so many."""

    part: int
    whole: int

    def __add__(self, other: Share) -> Share:
        """Return both counted together."""
        return Share(self.part + other.part, self.whole + other.whole)

    def interval(self) -> tuple[float, float]:
        """Return Wilson's interval, as shares of one."""
        n, share, z = max(self.whole, 1), self.part / max(self.whole, 1), NORMAL_95
        middle = share + z * z / (2 * n)
        reach = z * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
        return max(0.0, (middle - reach) / (1 + z * z / n)), min(1.0, (middle + reach) / (1 + z * z / n))

    def __str__(self) -> str:
        """Say it with its interval."""
        low, high = self.interval()
        share = 100 * self.part / max(self.whole, 1)
        return f"{self.part}/{self.whole}, {share:.1f} % ({100 * low:.1f}-{100 * high:.1f})"


def main() -> None:
    """Print a table, or one JSON object."""
    parser = ArgumentParser(prog="python -m bench.unseen", description=__doc__)
    parser.add_argument("sets", nargs="*", type=Path, help="labelled messages; none: the kept sets")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.add_argument(
        "--shift", type=int, default=0, metavar="N", help="thresholds of Critique higher by N thousandths: fewer doubts"
    )
    asked = parser.parse_args()
    paths = asked.sets or sorted(UNSEEN.glob("*.jsonl"))
    grid = _shifted(read_grid(), asked.shift)
    found = {path.stem: measured(path.read_text("utf-8").splitlines(), grid) for path in paths}
    if len(found) > 1:
        found["all"] = tuple(sum(column[1:], column[0]) for column in zip(*found.values(), strict=True))
    if asked.json:
        rows = {name: [vars(share) | {"interval": share.interval()} for share in row] for name, row in found.items()}
        print(json.dumps(rows, indent=2))
        return
    print(f"{'set':10} {'Critique found':32} {'others raised':32} right")
    for name, row in found.items():
        print(f"{name:10} {row[0]!s:32} {row[1]!s:32} {row[2]}")


def _shifted(grid: Grid, shift: int) -> Grid:
    """Return the grid with other thresholds, to see what fewer doubts would cost."""
    if grid.likeness is None:
        return grid
    above = {group: threshold + shift for group, threshold in grid.likeness.critical_above.items()}
    return replace(grid, likeness=replace(grid.likeness, critical_above=above))


def measured(lines: Iterable[str], grid: Grid) -> tuple[Share, ...]:
    """Return the Critique found, the others raised to Critique, and the right ones, of labelled messages."""
    messages: list[dict[str, Any]] = [json.loads(line) for line in lines if line.strip()]
    given = [classify(request_of(one), grid).criticality for one in messages]
    pairs = list(zip(messages, given, strict=True))
    critical = [got for one, got in pairs if one["gold"] == "critique"]
    others = [got for one, got in pairs if "critique" not in one["acceptable"]]
    right = sum(got in one["acceptable"] for one, got in pairs)
    return (
        Share(critical.count("critique"), len(critical)),
        Share(others.count("critique"), len(others)),
        Share(right, len(pairs)),
    )


if __name__ == "__main__":
    main()
