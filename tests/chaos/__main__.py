"""`python -m tests.chaos`: the rows of the fault matrix on real processes, one after another, each followed by the
auditor; a table of what happened at the end. Called by `make chaos`."""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import shutil
import sys
import tempfile
from pathlib import Path

import typer

from tests.chaos.table import ROWS, as_text, play


def main() -> int:
    """Play the rows that were asked for; return 0 only where each went as promised."""
    given = _parser().parse_args()
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # our own clients complain of every fault that we make
    known = {row.id: row for row in ROWS}
    wanted = given.rows or [row.id for row in ROWS if given.long or not row.long]
    if strangers := [name for name in wanted if name not in known]:
        typer.echo(f"chaos: no row {', '.join(strangers)}; there are {', '.join(known)}", err=True)
        return 2
    folder = Path(tempfile.mkdtemp(prefix="sav-chaos-"))
    try:
        played = asyncio.run(play([known[name] for name in wanted], folder))
    finally:
        if given.keep:
            typer.echo(f"chaos: logs and data are in {folder}", err=True)
        else:
            shutil.rmtree(folder, ignore_errors=True)
    if given.json:
        typer.echo(json.dumps([one.as_dict() for one in played], ensure_ascii=False, indent=2))
    else:
        typer.echo(as_text(played))
    return 0 if all(one.good for one in played) else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("rows", nargs="*", metavar="ROW", help="such as F1 F21; none: all but the long ones")
    parser.add_argument("--long", action="store_true", help="the outage of seven minutes too")
    parser.add_argument("--json", action="store_true", help="the table as JSON")
    parser.add_argument("--keep", action="store_true", help="leave logs and data where they are")
    return parser


if __name__ == "__main__":
    sys.exit(main())
