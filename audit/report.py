"""The result of an audit: the figures of the demo's last line, one row per promise. Pure; printed by `audit.main`."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Literal

from audit.checks import CHECKS, STORE_CHECKS
from audit.crowd import crowds, fewest
from audit.finding import Check, Finding, Violation
from audit.history import History
from audit.invariants import INVARIANTS, Invariant
from audit.model import Event


@dataclass(frozen=True, slots=True)
class Counts:
    """What was done, in tickets unless said otherwise."""

    requests: int
    """Distinct new requests accepted by channels, without replies, clicks and dead ones."""
    tickets: int
    acknowledged: int
    acknowledged_late: int
    """Of those acknowledged, and of those told of a raise, later than R3 allows."""
    classified: int
    remote: int
    """Last resolved without a visit: remotely or by advice."""
    on_site: int
    closed_by_customer: int
    """Closed now, not reopened since."""
    closed_after_silence: int
    surveys: int
    """Invitations, one per closing."""
    surveys_late: int
    violations: int


State = Literal["kept", "BROKEN", "warning", "not exercised", "elsewhere"]


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one invariant stands: all of its checks together."""

    invariant: Invariant
    checks: tuple[str, ...]
    checked: int
    pending: int
    late: int
    violations: tuple[Violation, ...]
    warnings: tuple[Violation, ...]

    @property
    def state(self) -> State:
        """Return the one word for it; what no check looked at is never good news."""
        if self.violations:
            return "BROKEN"
        if self.warnings:
            return "warning"
        if self.checked:
            return "kept"
        return "elsewhere" if self.invariant.elsewhere else "not exercised"


@dataclass(frozen=True, slots=True)
class Report:
    """One audit, whole."""

    now: datetime
    records: int
    counts: Counts
    findings: tuple[tuple[Check, Finding], ...]

    @property
    def clean(self) -> bool:
        """Return whether no promise is broken. It says nothing of promises that were not exercised."""
        return not self.counts.violations

    @property
    def not_exercised(self) -> tuple[str, ...]:
        """Return the names of the checks that saw no instance."""
        return tuple(check.name for check, finding in self.findings if not finding.checked)

    @property
    def standings(self) -> tuple[Standing, ...]:
        """Return every invariant with what its checks found, in the order of their ids."""
        return tuple(_standing(invariant, self.findings) for invariant in INVARIANTS)

    def last_line(self) -> str:
        """Return the figures in one line."""
        return ", ".join(f"{name.replace('_', ' ')} {figure}" for name, figure in asdict(self.counts).items())

    def as_dict(self) -> dict[str, object]:
        """Return everything, for JSON."""
        return {
            "now": self.now.isoformat(),
            "records": self.records,
            "counts": asdict(self.counts),
            "not_exercised": list(self.not_exercised),
            "invariants": [
                {
                    "id": one.invariant.id,
                    "sentence": one.invariant.sentence,
                    "state": one.state,
                    "checked": one.checked,
                    "pending": one.pending,
                    "late": one.late,
                    "violations": len(one.violations),
                    "checks": list(one.checks),
                    "elsewhere": one.invariant.elsewhere,
                }
                for one in self.standings
            ],
            "checks": [
                {"promises": check.promises, "sentence": check.sentence, "verdict": check.verdict(finding)}
                | asdict(finding)
                for check, finding in self.findings
            ],
        }

    def as_text(self) -> str:
        """Return the table of invariants, the violations and the summary, for operators."""
        from audit.french import as_text

        return as_text(self)


def report_of(history: History) -> Report:
    """Return the report of a history: every check run, in the order of the procedure; those of the databases last, and
    only where these were read."""
    checks = CHECKS if history.ledger is None else (*CHECKS, *STORE_CHECKS)
    findings = tuple((check, check.run(history)) for check in checks)
    return Report(history.now, history.stage_records + len(history.requests), _counts(history, findings), findings)


def _counts(history: History, findings: tuple[tuple[Check, Finding], ...]) -> Counts:
    tickets = [event.subject for event in history.opened()]
    how = [resolved[-1].text("how") for one in tickets if (resolved := history.of(one, "dispatch.ticket-resolved"))]
    closed = [closing.text("cause") for one in tickets if (closing := _closing_in_force(history, one))]
    return Counts(
        requests=sum(fewest(crowd.new) for crowd in crowds(history)),
        tickets=len(tickets),
        acknowledged=len(
            {e.subject for e in history.every("notify.message-accepted") if e.text("kind") == "acknowledgement"}
        ),
        acknowledged_late=_late(findings, "acknowledged", "raised-acknowledged"),
        classified=len({event.subject for event in history.every("triage.ticket-classified")}),
        remote=sum(one in ("remote", "advice") for one in how),
        on_site=how.count("on-site"),
        closed_by_customer=closed.count("confirmed"),
        closed_after_silence=closed.count("silence"),
        surveys=len({(e.subject, e.number("resolution")) for e in history.every("survey.survey-invited")}),
        surveys_late=_late(findings, "survey-in-time"),
        violations=sum(len(finding.violations) for check, finding in findings if not check.warns_only),
    )


def _standing(invariant: Invariant, findings: tuple[tuple[Check, Finding], ...]) -> Standing:
    mine = [(check, found) for check, found in findings if invariant.id in check.promises.split()]
    return Standing(
        invariant,
        tuple(check.name for check, _ in mine),
        sum(found.checked for _, found in mine),
        sum(found.pending for _, found in mine),
        sum(len(found.late) for _, found in mine),
        tuple(one for check, found in mine if not check.warns_only for one in found.violations),
        tuple(one for check, found in mine if check.warns_only for one in found.violations),
    )


def _closing_in_force(history: History, ticket: str) -> Event | None:
    steps = [*history.of(ticket, "closure.ticket-closed"), *history.of(ticket, "closure.ticket-reopened")]
    last = max(steps, key=lambda event: event.seq, default=None)
    return last if last is not None and last.name == "closure.ticket-closed" else None


def _late(findings: tuple[tuple[Check, Finding], ...], *names: str) -> int:
    return len({one.ticket for check, finding in findings if check.name in names for one in finding.late})
