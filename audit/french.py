"""A report as operators read it: a line an invariant, then each violation with its ids. Pure; for `sav audit`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from audit.finding import Violation
from audit.report import Report, Standing, State

STATES: dict[State, str] = {
    "kept": "tenu",
    "BROKEN": "VIOLÉ",
    "warning": "à regarder",
    "not exercised": "non exercé",
    "elsewhere": "hors de portée",
}
SHOWN = 10
"""Violations of one invariant that the text lists: a screen's worth; the JSON has them all."""


def as_text(report: Report) -> str:
    """Return the table of invariants, the violations and the summary."""
    rows: list[tuple[str, ...]] = [("Id", "État", "Vérifiés", "Violations", "Hors délai", "En attente", "Promesse")]
    rows += [_row(one) for one in report.standings]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([*lines, "", *_violations(report.standings), summary(report)])


def summary(report: Report) -> str:
    """Return what the audit saw and found, in one line."""
    broken = [one.invariant.id for one in report.standings if one.state == "BROKEN"]
    unseen = [one.invariant.id for one in report.standings if one.state == "not exercised"]
    told = [f"{_count(report.records, 'enregistrement')} lus, {_count(report.counts.tickets, 'dossier')}"]
    told.append(f"{_count(report.counts.violations, 'violation')}{_listed(broken)}")
    if unseen:
        told.append(f"non exercés, ce qui n’est pas une bonne nouvelle\N{NO-BREAK SPACE}: {', '.join(unseen)}")
    return " ; ".join(told) + "."


def _row(one: Standing) -> tuple[str, ...]:
    promise = one.invariant.sentence
    if one.state == "elsewhere":
        promise += f" (voir\N{NO-BREAK SPACE}: {one.invariant.elsewhere})"
    figures = (one.checked, len(one.violations), one.late, one.pending)
    return (one.invariant.id, STATES[one.state], *(str(figure) for figure in figures), promise)


def _violations(standings: Sequence[Standing]) -> Iterator[str]:
    """Yield each violation once, under the first invariant that it breaks."""
    told: set[Violation] = set()
    for one in standings:
        for mark, found in (("VIOLÉ", one.violations), ("à regarder", one.warnings)):
            new = [violation for violation in found if violation not in told]
            told.update(new)
            for violation in new[:SHOWN]:
                place = f"dossier {violation.ticket}" if violation.ticket not in ("", "-") else "sans dossier"
                yield f"{mark} {one.invariant.id} [{violation.check}] {place}\N{NO-BREAK SPACE}: {violation.sentence}"
            if len(new) > SHOWN:
                yield f"  et {_count(len(new) - SHOWN, 'autre')} de {one.invariant.id}"


def _listed(names: Sequence[str]) -> str:
    return f" ({', '.join(names)})" if names else ""


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' if number > 1 else ''}"
