"""The rows, their budgets, how one is played, and the table of what happened.

A budget is above what the row took on two cores that seven other workers shared (14 to 72 s); beyond it the row still
counts as kept, but says so. A row whose watched invariants nothing exercised has proved nothing, and is not kept.
Behind a row's own budget stands `Scene.calm`: how long the auditor may take to find nothing.
"""

from __future__ import annotations

import time
import traceback
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import typer

from audit.report import Report
from tests.chaos import rows_engines, rows_mail, rows_processes, rows_records, rows_time
from tests.chaos.engines import Kit, engines
from tests.chaos.scene import CAST, Scene, scene


@dataclass(frozen=True)
class Row:
    """One fault of the matrix."""

    id: str
    play: Callable[[Scene], Awaitable[str]]
    budget: float
    """Seconds, from the first process to the auditor's last word."""
    watch: str
    """Invariants in the line of fire."""
    services: tuple[str, ...] = CAST
    long: bool = False

    @property
    def fault(self) -> str:
        """What is broken, in a sentence."""
        return (self.play.__doc__ or "").strip()


ROWS: tuple[Row, ...] = (
    Row("F1", rows_processes.f1, 60, "I1 I27"),
    Row("F2", rows_processes.f2, 60, "I24 I26 I27"),
    Row("F3", rows_processes.f3, 60, "I25 I6"),
    Row("F4", rows_processes.f4, 90, "I24 I25"),
    Row("F5", rows_processes.f5, 60, "I24 I28"),
    Row("F6", rows_mail.f6, 90, "I6 I23"),
    Row("F7", rows_mail.f7, 60, "I1 I6"),
    Row("F8", rows_processes.f8, 90, "I41"),
    Row("F9", rows_processes.f9, 60, "I28"),
    Row("F10", rows_processes.f10, 60, "I24 I26"),
    Row("F11", rows_engines.f11, 60, "I1 I25"),
    Row("F11-7min", rows_engines.f11_long, 600, "I1 I25", long=True),
    Row("F16", rows_engines.f16, 60, "I28"),
    Row("F17", rows_engines.f17, 90, "I23 I24"),
    Row("F18", rows_engines.f18, 60, "I26"),
    Row("F19", rows_engines.f19, 60, "I26 I27"),
    Row("F20", rows_engines.f20, 120, "I28"),
    Row("F21", rows_engines.f21, 60, "I26"),
    Row("F22", rows_engines.f22, 60, "I28"),
    Row("F23", rows_engines.f23, 60, "I28"),
    Row("F25", rows_engines.f25, 90, "I25"),
    Row("F26", rows_engines.f26, 90, "I28"),
    Row("F28", rows_mail.f28, 90, "I6 I23"),
    Row("F29", rows_mail.f29, 90, "I6"),
    Row("F30", rows_mail.f30, 180, "I12 I19 I40", rows_time.LIFE),
    Row("F31", rows_records.f31, 90, "I23 I24 I27"),
    Row("F32", rows_time.f32, 90, "I25 I28", rows_time.LIFE),
    Row("F33", rows_records.f33, 60, "I28"),
    Row("F34", rows_mail.f34, 90, "I1 I6"),
    Row("F35", rows_time.f35, 90, "I12 I17 I18b", rows_time.LIFE),
    Row("F36", rows_processes.f36, 90, "I26"),
    Row("F38", rows_records.f38, 120, "I1"),
    Row("F39", rows_records.f39, 120, "I1 I27"),
)


@dataclass(frozen=True)
class Played:
    """What came of one row."""

    row: Row
    told: str
    error: str
    seconds: float
    calm: float
    """Seconds from the end of the faults until the auditor found nothing."""
    report: Report | None
    expected: frozenset[str] = frozenset()
    """Checks that this very fault is known to break."""

    @property
    def known(self) -> int:
        """How many violations are this fault's own: what a foreign writer put on a stage's topic, say."""
        findings = self.report.findings if self.report else ()
        return sum(len(finding.violations) for check, finding in findings if check.name in self.expected)

    @property
    def good(self) -> bool:
        """Whether everything was kept."""
        return not self.error

    @property
    def verdict(self) -> str:
        """One word for it."""
        if self.error:
            return "ROMPU"
        return "tenu" if self.seconds <= self.row.budget else "tenu, hors budget"

    def as_dict(self) -> dict[str, object]:
        """Return it for JSON."""
        return {
            "row": self.row.id,
            "fault": self.row.fault,
            "watch": self.row.watch.split(),
            "verdict": self.verdict,
            "seconds": round(self.seconds, 1),
            "budget": self.row.budget,
            "calm_after": round(self.calm, 1),
            "what_happened": self.told,
            "error": self.error,
            "audit": None if self.report is None else self._audit(self.report),
        }

    def _audit(self, report: Report) -> dict[str, object]:
        counts = report.counts
        return {
            "requests": counts.requests,
            "tickets": counts.tickets,
            "acknowledged": counts.acknowledged,
            "violations": counts.violations - self.known,
            "known_violations": self.known,
            "broken": {one.invariant.id: len(one.violations) for one in report.standings if one.violations},
            "not_exercised_of_watched": unexercised(self.row, report),
        }


async def play(rows: Sequence[Row], folder: Path) -> list[Played]:
    """Play these rows one after another on engines of their own."""
    played = []
    async with engines(folder) as kit:
        for row in rows:
            one = await play_one(kit, row)
            typer.echo(f"{row.id}: {one.verdict} ({one.seconds:.0f} s) {one.told} {one.error}".rstrip(), err=True)
            played.append(one)
    return played


async def play_one(kit: Kit, row: Row) -> Played:
    """Play one row; whatever goes wrong is what came of it."""
    began = time.monotonic()
    told, error, calm, stage = "", "", 0.0, None
    try:
        async with scene(kit, row.id.replace("-", ""), row.services) as stage:
            began = time.monotonic()  # topics are there: from now on it is the row's own time
            told = await row.play(stage)
            await stage.calm()
            calm = time.monotonic() - stage.faults_ended
            seconds = time.monotonic() - began
            if stage.report and (unseen := unexercised(row, stage.report)):
                error = f"nothing exercised {', '.join(unseen)}, which this row is about"
    except Exception as failure:  # noqa: BLE001 - a row that fails is a result, and the others are played all the same
        seconds = time.monotonic() - began
        error = f"{type(failure).__name__}: {failure}" if str(failure) else traceback.format_exc()
    if stage is None:
        return Played(row, told, error, seconds, calm, None)
    return Played(row, told, error, seconds, calm, stage.report, frozenset(stage.expected))


def unexercised(row: Row, report: Report) -> list[str]:
    """Return the invariants that a row is about and that no check had an instance of."""
    return [
        one.invariant.id
        for one in report.standings
        if one.invariant.id in row.watch.split() and one.state in ("not exercised", "elsewhere")
    ]


def as_text(played: Sequence[Played]) -> str:
    """Return the table, and what stands against each row that failed."""
    rows: list[tuple[str, ...]] = [
        (
            "ligne",
            "verdict",
            "s",
            "budget",
            "calme",
            "demandes",
            "dossiers",
            "accusés",
            "violations",
            "ce qui s'est passé",
        )
    ]
    for one in played:
        counts = one.report.counts if one.report else None
        violations = counts.violations - one.known if counts else 0
        figures = (counts.requests, counts.tickets, counts.acknowledged, violations) if counts else ("-",) * 4
        rows.append(
            (one.row.id, one.verdict, f"{one.seconds:.0f}", f"{one.row.budget:.0f}", f"{one.calm:.1f}",
             *(str(figure) for figure in figures), one.told or one.row.fault)
        )  # fmt: skip
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    lines += [f"\n{one.row.id}: {one.error}" for one in played if one.error]
    kept = sum(one.good for one in played)
    return "\n".join([*lines, "", f"chaos: {len(played)} lignes, {kept} tenues, {len(played) - kept} rompues"])
