"""How often what a rule gives as Critique is so, on messages that no rule was mended with: `python -m bench.certain`.

Prints, for each rule that gave Critique (alone or with others, no score asked), to how many messages it did, how many
of them are, with Wilson's interval, and whether the grid calls it certain. No test runs it: it takes a minute.
"""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from bench.unseen import UNSEEN, Share
from services.triage.grid import Grid
from services.triage.grid_file import read_grid_alone
from services.triage.rules import classify
from services.triage.train import MENDED, request_of


def main() -> None:
    """Print a table, or one JSON object; the rule that decides most stands first."""
    parser = ArgumentParser(prog="python -m bench.certain", description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object")
    asked = parser.parse_args()
    grid = read_grid_alone()
    sets = (path for path in (*UNSEEN.parent.glob("*.jsonl"), *UNSEEN.glob("*.jsonl")) if path.stem not in MENDED)
    shares = sorted(right_of_rules(sets, grid).items(), key=lambda one: (-one[1].whole, one[0]))
    certain = {rule.id for rule in grid.rules if rule.certain}
    if asked.json:
        rows = {rule: vars(one) | {"interval": one.interval(), "certain": rule in certain} for rule, one in shares}
        print(json.dumps(rows, indent=2))
        return
    print(f"{'rule':20} Critique, of what it gave Critique to")
    for rule, share in shares:
        print(f"{rule:20} {share!s:32} {'certain' if rule in certain else ''}")


def right_of_rules(sets: Iterable[Path], grid: Grid) -> dict[str, Share]:
    """Return how many of the messages that each rule gave Critique to are; a grid without weights asks no score."""
    rules = {rule.id for rule in grid.rules if rule.kind == "critique" and not rule.doubt}
    decided: Counter[str] = Counter()
    right: Counter[str] = Counter()
    for line in (line for path in sets for line in path.read_text("utf-8").splitlines() if line.strip()):
        message = json.loads(line)
        verdict = classify(request_of(message), grid)
        if verdict.criticality == "critique":
            spoke = {reason.rule for reason in verdict.reasons} & rules
            decided.update(spoke)
            right.update(spoke if message["gold"] == "critique" else ())
    return {rule: Share(right[rule], decided[rule]) for rule in decided}


if __name__ == "__main__":
    main()
