"""Writes the dashboards that Grafana provisions: `python -m deploy.grafana.build --write`, or without it to print.

A test fails where the files differ from the code.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from deploy.grafana.panels import as_json
from deploy.grafana.pipeline_board import PIPELINE
from deploy.grafana.sla_board import SLA

BOARDS = (SLA, PIPELINE)
FOLDER = Path(__file__).parent / "dashboards"


def files() -> dict[Path, str]:
    """Return every dashboard's file with its text."""
    return {
        FOLDER / f"{board.uid}.json": json.dumps(as_json(board), ensure_ascii=False, indent=1) + "\n"
        for board in BOARDS
    }


def main(arguments: Sequence[str]) -> None:
    """Print the dashboards, or write them."""
    for path, text in files().items():
        if "--write" in arguments:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, "utf-8")
        else:
            sys.stdout.write(text)


if __name__ == "__main__":
    main(sys.argv[1:])
