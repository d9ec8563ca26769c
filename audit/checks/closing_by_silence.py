"""R13: five full days without a reply to a delivered reminder, proved, or it is not closed (I12, I16, I18, I19)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from audit import evidence, procedure
from audit.business_hours import working_days_later
from audit.finding import Check, Finding
from audit.history import WATERMARKS, History
from audit.model import Event
from audit.wire import CHANNELS

_LEFT = ("empty", "lost")
"""What an adapter's last word says of its spool when it leaves the list: nothing left, or a person gave it up."""


def silent(history: History, finding: Finding) -> None:
    """Closed by silence: some delivered reminder carries it, through all that R13 asks."""
    for closing in history.every("closure.ticket-closed"):
        if closing.text("cause") == "silence":
            wrong = _unproved(history, closing)
            finding.expect(not wrong, closing.subject, f"clos par silence, mais {wrong}")


def _unproved(history: History, closing: Event) -> str:
    """Return why no reminder carries this closing, or empty."""
    ticket, resolution = closing.subject, closing.number("resolution")
    if evidence.resolved_at(history, ticket, resolution) is None:
        return f"la résolution {resolution} n’a jamais été atteinte"
    if not evidence.undone(history, closing) and (denied := evidence.denial(history, closing)):
        return denied
    wrong = f"aucune relance de la résolution {resolution} n’a été remise"
    for reminder in reminders(history, ticket, resolution):
        wrong = _why_not(history, closing, reminder)
        if not wrong:
            return ""
    return wrong


def reminders(history: History, ticket: str, resolution: int) -> list[Event]:
    """Return the deliveries of reminders of one resolution."""
    found = evidence.of_resolution(history, ticket, "notify.message-delivered", resolution)
    return [event for event in found if event.text("kind") == "reminder"]


def bounced(history: History, delivery: Event) -> bool:
    """Return whether this message came back after this delivery of it (R13): a call may deliver it once more."""
    returned = history.of(delivery.subject, "notify.message-bounced")
    message = delivery.text("message")
    return any(event.text("message") == message and event.seq > delivery.seq for event in returned)


def _why_not(history: History, closing: Event, reminder: Event) -> str:
    delivered_at, closed_at = reminder.instant("at"), closing.instant("closed_at")
    ends = delivered_at + procedure.SILENCE
    ticket, resolution = closing.subject, closing.number("resolution")
    if closed_at < ends:
        return f"la relance a été remise à {delivered_at.isoformat()}, et il a été clos à {closed_at.isoformat()}"
    for name, who in (("intake.customer-silent", "intake"), ("notify.no-bounce", "notify")):
        if not any(
            proof.instant("until") >= ends and proof.time <= closing.time + procedure.CLOCK_SKEW
            for proof in evidence.of_resolution(history, ticket, name, resolution)
        ):
            return f"{who} n’avait pas prouvé le silence jusqu’à {ends.isoformat()}"
    if evidence.undone(history, closing):
        return ""  # what came to light after the closing has been put right (I18b)
    if bounced(history, reminder):
        return "la relance est revenue"
    return evidence.word_between(history, ticket, resolution, delivered_at, closed_at)


def reminded_after_two_days(history: History, finding: Finding) -> None:
    """The reminder comes no earlier than two working days after the request for confirmation (R13)."""
    for reminder in history.every("closure.reminder-asked"):
        ticket, resolution = reminder.subject, reminder.number("resolution")
        asked = [
            event for event in evidence.of_resolution(history, ticket, "closure.confirmation-asked", resolution)
            if event.seq < reminder.seq
        ]  # fmt: skip
        if not asked:
            finding.expect(False, ticket, f"relancé sur la résolution {resolution} avant la demande de confirmation")
            continue
        earliest = working_days_later(asked[0].time, procedure.WORKING_DAYS_BEFORE_REMINDER)
        finding.expect(
            reminder.time >= earliest, ticket,
            f"relancé à {reminder.time.isoformat()}, quand les deux jours ouvrés finissaient à {earliest.isoformat()}",
        )  # fmt: skip


def _has_told(told: Mapping[str, datetime | None], channel: str, until: datetime) -> bool:
    """Return whether a channel has told all up to an instant; one whose every door has left tells nothing more."""
    if channel not in told:
        return False
    furthest_behind = told[channel]
    return furthest_behind is None or furthest_behind >= until


def silence_is_backed(history: History, finding: Finding) -> None:
    """Silence is said to be proved only up to where every door of every channel has told all, or has left (R13)."""
    doors: dict[tuple[str, str], datetime] = {}
    left: set[tuple[str, str]] = set()
    for watermark in history.watermarks:
        door, until = (watermark.text("adapter"), watermark.text("instance")), watermark.instant("until")
        doors[door] = max(until, doors.get(door, until))
        if watermark.text("spool") in _LEFT:
            left.add(door)
    told = {
        channel: min((until for door, until in doors.items() if door[0] == channel and door not in left), default=None)
        for channel in {name for name, _ in doors}
    }
    for proof in (*history.every("intake.customer-silent"), *history.every("notify.no-bounce")):
        until = proof.instant("until")
        if not history.is_whole_at(WATERMARKS, until):
            finding.pending += 1
            continue
        unsaid = [one for one in CHANNELS if not _has_told(told, one, until)]
        finding.expect(
            not unsaid, proof.subject,
            f"{proof.name} jusqu’à {until.isoformat()}, ce que {' et '.join(unsaid)} n’a jamais garanti",
        )  # fmt: skip


def silence_ends(history: History, finding: Finding) -> None:
    """Five days after a delivered reminder the ticket is closed, or a person has it (I18)."""
    for reminder in history.every("notify.message-delivered"):
        if reminder.text("kind") != "reminder" or bounced(history, reminder):
            continue
        ticket, resolution, start = reminder.subject, reminder.number("resolution"), reminder.instant("at")
        ends = start + procedure.SILENCE_HAS_AN_END
        if evidence.word_between(history, ticket, resolution, start, ends) or history.now < ends:
            finding.pending += 1
            continue
        done = [
            event
            for name in ("closure.ticket-closed", "closure.ticket-reopened", "closure.reading-needed")
            for event in evidence.of_resolution(history, ticket, name, resolution)
        ]
        done += [event for event in history.of(ticket, "closure.needs-attention") if event.time >= start]
        finding.expect(
            bool(done), ticket,
            f"silence depuis {start.isoformat()}, sans clôture de la résolution {resolution} ni appel à une personne",
        )  # fmt: skip


CHECKS = (
    Check(
        "closed-by-silence", "R13 I12 I16 I18b I19", "five full days from a delivered reminder, proved silent", silent
    ),
    Check("reminder-not-early", "R13 I52", "two working days before the reminder", reminded_after_two_days),
    Check("silence-is-backed", "R13 I18b", "every channel had said that all was told", silence_is_backed),
    Check("silence-has-an-end", "R13 I18", "after five days: closed, or a person", silence_ends),
)
