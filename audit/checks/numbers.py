"""Ticket numbers: one ticket each, and proof against a slip of the tongue (I4, I5)."""

from __future__ import annotations

from audit import ticket_numbers
from audit.finding import Check, Finding
from audit.history import History


def unique(history: History, finding: Finding) -> None:
    """No two tickets share a number, and a ticket's never changes (I4)."""
    owner: dict[str, str] = {}
    for event in history.opened():
        number = ticket_numbers.bare(event.text("number"))
        first = owner.setdefault(number, event.subject)
        finding.expect(
            first == event.subject, event.subject, f"son numéro {event.text('number')} est aussi celui de {first}"
        )
        seen = {
            ticket_numbers.bare(closing.inner("ticket").text("number"))
            for closing in history.of(event.subject, "closure.ticket-closed")
        }
        seen |= {ticket_numbers.bare(again.text("number")) for again in history.of(event.subject, event.name)}
        for other in sorted(seen - {number}):
            finding.broken(event.subject, f"son numéro {number} est devenu {other or 'vide'}")


def proof_against_slips(history: History, finding: Finding) -> None:
    """The check character holds, and one slip never leads to another's ticket (I5)."""
    taken = {ticket_numbers.bare(event.text("number")): event.subject for event in history.opened()}
    seen: dict[str, str] = {}
    for event in history.opened():
        number = event.text("number")
        finding.expect(
            ticket_numbers.check_holds(number), event.subject, f"{number} a un mauvais caractère de contrôle"
        )
        near = {seen.setdefault(pattern, event.subject) for pattern in ticket_numbers.one_wrong(number)}
        near |= {taken[other] for other in ticket_numbers.swapped(number) if other in taken}
        for other in sorted(near - {event.subject}):
            finding.broken(event.subject, f"{number} est à une faute près le numéro de {other}")


CHECKS = (
    Check("numbers-unique", "R3 I4", "a number is one ticket's for ever", unique),
    Check("numbers-proof", "R3 I5", "the check character holds; one slip is nobody's number", proof_against_slips),
)
