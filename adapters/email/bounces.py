"""What a report says became of our mail: RFC 3464, and the shapes of servers that do not keep to it. Pure; for `mail`.

It must never take a report for a proof of more than it says: it counts for those whom it names. Matching it with what
was sent, by the original's Message-ID or the address that the report came to, is the caller's (R13: a bounce is no
delivery).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Literal

from adapters.email.body import characters
from adapters.email.characters import clean, decoded
from adapters.email.headers import first
from adapters.email.part import Part

Status = Literal["failed", "delayed", "delivered"]

_READ = 20_000
"""Characters of a report in words that are looked at: the reason stands above the original."""
MOST = 200
"""Recipients of one report that are read; a mail of ours has one."""
_ACTIONS: dict[str, Status] = {
    "failed": "failed",
    "delayed": "delayed",
    "delivered": "delivered",
    "relayed": "delivered",
    "expanded": "delivered",
}
_REPORTS = frozenset({"message/delivery-status", "message/global-delivery-status"})
_ORIGINALS = frozenset({"text/rfc822-headers", "message/rfc822-headers", "message/global-headers", "text/rfc822"})
_ADDRESS = re.compile(r"[^\s<>()\[\]\"';:,@]{1,64}@[^\s<>()\[\]\"';:,@]{1,190}[^\s<>()\[\]\"';:,@.]")
_MESSAGE_ID = re.compile(r"^[> \t]{0,8}message-id:\s{0,4}<([^<>\s]{1,500})>", re.IGNORECASE | re.MULTILINE)
_ORIGINAL_ID = re.compile(r"^(?:x-)?original-message-id:\s{0,4}<([^<>\s]{1,500})>", re.IGNORECASE | re.MULTILINE)
_TO = re.compile(r"^[> \t]{0,8}to:(.{1,300})$", re.IGNORECASE | re.MULTILINE)
_LISTED = re.compile(
    r"^[\s>*\-]{0,12}(?:(?:to|user|recipient|destinataire|rcpt to)\s?:\s?)?<?"
    r"([^\s<>()\"';:,@]{1,64}@[^\s<>()\"';,@]{1,190})>?",
    re.IGNORECASE | re.MULTILINE,
)
_CODE = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
_REPLY = re.compile(r"(?<![\d.])([45]\d\d)[ -]")
_ORIGINAL_BEGINS = re.compile(
    r"^[ \t>]{0,8}(?:-{2,}.{0,10}(?:below|original|this is a copy|unsent|returned|message header).{0,60}"
    r"|(?:original|returned) message (?:follows|headers).{0,20}|en-têtes? (?:de message )?d['’]origine.{0,10}"
    r"|received: (?:from|by) .{0,200}|return-path: .{0,200})$",
    re.IGNORECASE | re.MULTILINE,
)
_LINK = re.compile(r"<mailto:[^<>]{1,300}>", re.IGNORECASE)
_SEARCHED = 200_000
"""Characters in which the original's header is looked for, below what the server says."""
_DIAGNOSTIC_LINES = 4
"""Lines below a recipient in which a server says why."""
_LONGEST = 500
"""Characters of a diagnostic that are kept: it is shown to a person, who reads one sentence."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of one mail for one recipient, as a server says."""

    message_id: str = ""
    """Of the mail that was sent, without brackets; empty where the report does not name it."""
    recipient: str = ""
    """In lower case."""
    status: Status = "failed"
    code: str = ""
    """As RFC 3463 counts them (5.1.1), or empty."""
    diagnostic: str = ""


def deliveries(root: Part, body: str) -> list[Delivery]:
    """Return what a bounce, a note of delay or a receipt says of each recipient; nothing where it names nobody.

    `body` is the mail's text, in which servers without RFC 3464 say it in words.
    """
    original = _original_id(root, body)
    reported = [one for part in root.walk() if part.kind in _REPORTS for one in _reported(part)]
    found = {(one.recipient, one.status): one for one in reversed(reported or _told(root, body))}
    return [replace(one, message_id=original) for one in reversed(found.values())][:MOST]


def _original_id(root: Part, body: str) -> str:
    """The Message-ID of the mail that came back: out of its headers, wherever the server put them."""
    for part in root.walk():
        if part is root:
            continue
        if part.kind in _ORIGINALS and (match := _MESSAGE_ID.search(characters(part))):
            return match.group(1)
        if named := first(part.fields, "message-id").strip("<> \t"):
            return named
        if part.kind in _REPORTS and (match := _ORIGINAL_ID.search(characters(part))):
            return match.group(1)
    match = _MESSAGE_ID.search(body[:_SEARCHED])
    return match.group(1) if match else ""


def _reported(part: Part) -> list[Delivery]:
    """The groups of fields of a report, one a recipient; the first group tells of the whole mail."""
    found = []
    for group in re.split(r"\n[ \t]*\n", decoded(part.content, "utf-8")):
        fields = _fields(group)
        recipient = _address(fields.get("final-recipient", "")) or _address(fields.get("original-recipient", ""))
        action = fields.get("action", "").split(" ")[0].strip(".;").lower()
        if not recipient or not (action or "status" in fields):
            continue
        diagnostic = fields.get("diagnostic-code", "").partition(";")
        said = (diagnostic[2] if diagnostic[1] else diagnostic[0]).strip()
        status = fields.get("status", "")
        code = _CODE.search(status) or _CODE.search(said)
        told = _ACTIONS.get(action) or ("delayed" if status.startswith("4") else "failed")
        found.append(Delivery("", recipient, told, code.group(1) if code else "", said[:_LONGEST]))
    return found


def _fields(group: str) -> dict[str, str]:
    """The fields of a group in clear; the first of each name, folded lines joined."""
    found: dict[str, str] = {}
    name = ""
    for line in group.split("\n"):
        if line[:1] in (" ", "\t"):
            if name:
                found[name] = f"{found[name]} {line.strip()}"
            continue
        key, colon, value = line.partition(":")
        name = key.strip().lower() if colon else ""
        if name in found:
            name = ""
        if name:
            found[name] = value.strip()
    return found


def _address(text: str) -> str:
    match = _ADDRESS.search(text.rpartition(";")[2])
    return match.group().lower() if match else ""


def _told(root: Part, body: str) -> list[Delivery]:
    """What a server says in words: of those in a header, else in the words, else of whom the original was sent to."""
    words = _above_original(body[:_READ])
    ours = {_address(first(root.fields, name)) for name in ("from", "to", "return-path")}
    named = [_address(one) for one in first(root.fields, "x-failed-recipients").split(",")]
    recipients = (
        [one for one in named if one]
        or _recipients(words, ours)
        or _original_to(root, body[len(words) : len(words) + _READ])
    )
    status: Status = "delayed" if _is_delay(first(root.fields, "subject"), words) else "failed"
    return [_with_reason(one, status, words) for one in recipients[:MOST]]


def _original_to(root: Part, original: str) -> list[str]:
    """To whom the mail went that came back."""
    values = [first(part.fields, "to") for part in root.walk() if part is not root]
    values += _TO.findall(original)
    return [address for value in values if (address := _address(value))][:1]


def _above_original(body: str) -> str:
    match = _ORIGINAL_BEGINS.search(body)
    return body[: match.start()] if match and match.start() else body


def _recipients(words: str, ours: set[str]) -> list[str]:
    """The addresses that stand at the beginning of a line, as servers list them; else every one in the words."""
    listed = _LISTED.findall(words)
    everywhere = [match.group() for match in _ADDRESS.finditer(words)]
    for found in (listed, everywhere):
        wanted = [address for one in found if (address := _address(one)) and address not in ours]
        if wanted:
            return list(dict.fromkeys(wanted))
    return []


def _is_delay(subject: str, words: str) -> bool:
    said = f"{subject}\n{words[:2_000]}".lower()
    return any(
        one in said
        for one in (
            "delayed",
            "not yet been delivered",
            "no action is required",
            "will be retried",
            "retardé",
            "warning message only",
            "still trying",
        )
    )


def _with_reason(recipient: str, status: Status, words: str) -> Delivery:
    """The recipient with the sentence that a server wrote beside or below it."""
    at = max(0, words.lower().find(recipient))
    below = "\n".join(words[at:].split("\n", _DIAGNOSTIC_LINES + 1)[: _DIAGNOSTIC_LINES + 1])
    code = _CODE.search(below) or _CODE.search(words)
    reply = _REPLY.search(below)
    said = " ".join(_LINK.sub("", below).split()).replace(recipient, "", 1).strip("<>: ")
    coded = code.group(1) if code else (f"{reply.group(1)[0]}.0.0" if reply else "")
    return Delivery("", recipient, status, coded, clean(said)[:_LONGEST])
