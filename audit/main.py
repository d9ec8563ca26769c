"""The auditor's way in: `python -m audit`, and `audit()` for the demo and the tests on real engines."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Sequence
from datetime import datetime

from audit.gather import history_of
from audit.model import instant
from audit.read import CannotRead, read_topics
from audit.report import Report, report_of
from audit.stores import Stores, ledger_of

KEPT, BROKEN, NO_REPORT = 0, 1, 2
"""Exit codes: no promise broken; at least one; the topics could not be read, or hold nothing."""

_HELP = """\
Reads every topic of one environment from its beginning, and counts where the recorded events break the
after-sales procedure (PROC-QUAL-006). It only reads. Run it when nothing is in flight: what is still on its way
counts as missing. It shares no code with the services that it checks.
"""
_AFTER = """\
verdicts: kept; late (done, after its deadline); BROKEN; warning; not exercised (nothing to check: no good news).
pending: not due yet, sealed, or from before what the topics still hold.
exit codes: 0 no promise broken; 1 at least one broken; 2 no report could be made.
example: python -m audit --bootstrap localhost:9092 --prefix demo --json > report.json
"""


async def audit(bootstrap: str, prefix: str, now: datetime | None = None, stores: Stores | None = None) -> Report:
    """Return the report on one environment's topics, and on its databases where `stores` reads them.

    `prefix` is the environment's, with or without the sign that joins it to a topic's name. `now` (with a time zone)
    is the instant on the system's own clock, by which what is due must be done; without it, the latest instant at
    which a stage said anything. Raises `audit.read.CannotRead`.
    """
    records = await read_topics(bootstrap, prefix)
    # The databases after the topics: what was published until then is recorded by now.
    ledger = await ledger_of(stores) if stores is not None else None
    return report_of(history_of(records, now, ledger))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one audit from the command line, print its report, and return the exit code."""
    given = _parser().parse_args(arguments)
    try:
        report = asyncio.run(audit(given.bootstrap, given.prefix, given.now))
    except CannotRead as error:
        print(f"audit: {error}", file=sys.stderr)
        return NO_REPORT
    print(json.dumps(report.as_dict(), ensure_ascii=False, indent=2) if given.json else report.as_text())
    if not report.records:
        print("audit: the topics are empty, so nothing was audited", file=sys.stderr)
        return NO_REPORT
    return KEPT if report.clean else BROKEN


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m audit", description=_HELP, epilog=_AFTER, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--bootstrap", metavar="HOST:PORT[,...]", default=os.environ.get("SAV_KAFKA", "localhost:9092"),
        help="Kafka's address (default: $SAV_KAFKA, else localhost:9092)",
    )  # fmt: skip
    parser.add_argument(
        "--prefix", default=os.environ.get("SAV_ENVIRONMENT", "dev"),
        help="the environment, which prefixes every topic (default: $SAV_ENVIRONMENT, else dev; '' for none)",
    )  # fmt: skip
    parser.add_argument(
        "--now", type=_an_instant, metavar="INSTANT",
        help="the system's own time, such as 2026-03-02T08:00:00Z (default: the latest instant that a stage recorded)",
    )  # fmt: skip
    parser.add_argument("--json", action="store_true", help="print the whole report as JSON, every violation listed")
    return parser


def _an_instant(text: str) -> datetime:
    at = instant(text)
    if at is None:
        raise argparse.ArgumentTypeError(f"{text!r} is not an instant with its offset, such as 2026-03-02T08:00:00Z")
    return at
