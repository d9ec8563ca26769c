"""From a record to an event, a command or a request: which fields a check may rely on, type by type.

Called by `audit.gather`. What lacks a field named here is reported as unreadable, so that no check passes because
something was left out. Written from the description of the wire format; imports nothing of who writes it.
"""

from __future__ import annotations

import re
from typing import TypeAlias

from audit.model import Delivery, Document, Event, Record, Request, Unreadable, digest, instant, load

CHANNELS = ("email", "phone", "portal")
KINDS = ("request", "reply", "confirmation", "denial", "take-back", "survey-answer")
STAGES = ("intake", "triage", "dispatch", "resources", "closure", "survey", "notify")
_TYPE = re.compile(r"sav\.([a-z]+)\.([a-z-]+)\.v(\d+)")
_VERSION = "1"
"""The only version of any type that the auditor has been taught."""

ABSURD_SEQ = 1_000_000
"""A ticket has some dozens of events in a stage; whoever writes such a number is no stage, and counting up to it would
end the audit."""

Shape: TypeAlias = dict[str, object]
_WORD: Shape = {"request": str, "channel": str, "received_at": instant}
_CLICK: Shape = {**_WORD, "resolution": int}
_MESSAGE: Shape = {"message": str, "kind": str, "generation": int, "resolution": int, "channel": str}
_REPORTED: Shape = {**_MESSAGE, "at": instant}
_DUE: Shape = {"take_charge_by": instant, "on_site_by": instant}
_PROMISES: Shape = {**_DUE, "criticality": str}
_PROOF: Shape = {"resolution": int, "until": instant}
_PROMISE: Shape = {"promise": str, "due_at": instant}
_RESERVATION: Shape = {"ticket": str, "ask": str, "resource": str, "quantity": int}

FIELDS: dict[str, Shape] = {
    "intake.ticket-opened": {"number": str, "request": str, "channel": str, "received_at": instant},
    "intake.customer-replied": _WORD,
    "intake.customer-confirmed": _CLICK,
    "intake.customer-denied": _CLICK,
    "intake.customer-took-back": _CLICK,
    "intake.survey-answer-received": _CLICK,
    "intake.needs-attention": {"about": str},
    "intake.acknowledgement-asked": {"generation": int, "because": str, "promise": dict},
    "intake.customer-silent": _PROOF,
    "triage.ticket-classified": {"criticality": str, "doubt": bool},
    "triage.ticket-reclassified": {"was": str, "criticality": str, "doubt": bool, "because": str},
    "dispatch.handling-queued": _PROMISES,
    "dispatch.promise-recomputed": _PROMISES,
    "dispatch.clock-paused": {"pause": int, "reason": str, "clocks": list, "at": instant},
    "dispatch.clock-resumed": {**_DUE, "pause": int, "because": str, "at": instant},
    "dispatch.on-call-needed": {"resolution": int, "criticality": str},
    "dispatch.taken-charge": {"at": instant},
    "dispatch.remote-action-recorded": {"outcome": str},
    "dispatch.visit-needed": {"visit": int, "reason": str},
    "dispatch.reservation-released": {"ask": str, "resource": str},
    "dispatch.part-reserved": {"ask": str, "part": str, "quantity": int},
    "dispatch.visit-planned": {"visit": int, "ask": str, "technician": str, "start": instant, "end": instant},
    "dispatch.technician-mobilised": {"visit": int, "technician": str},
    "dispatch.ticket-resolved": {"resolution": int, "how": str},
    "dispatch.promise-at-risk": _PROMISE,
    "dispatch.promise-missed": _PROMISE,
    "resources.reservation-granted": _RESERVATION,
    "resources.reservation-given-back": _RESERVATION,
    "resources.stock-received": {"delivery": str, "resource": str, "quantity": int},
    "resources.receive-stock": {"delivery": str, "resource": str, "quantity": int},
    "closure.confirmation-asked": {"resolution": int},
    "closure.reminder-asked": {"resolution": int},
    "closure.reading-needed": {"resolution": int, "request": str},
    "closure.ticket-closed": {"resolution": int, "cause": str, "closed_at": instant},
    "closure.ticket-reopened": {"resolution": int},
    "closure.command-refused": {"command": str},
    "closure.read-reply": {"resolution": int, "meaning": str},
    "survey.survey-invited": {"resolution": int, "closed_at": instant},
    "survey.survey-answered": {"resolution": int},
    "survey.survey-cancelled": {"resolution": int},
    "notify.message-to-send": _MESSAGE,
    "notify.message-accepted": _REPORTED,
    "notify.message-delivered": _REPORTED,
    "notify.message-bounced": _REPORTED,
    "notify.message-failed": _REPORTED,
    "notify.no-bounce": _PROOF,
    "notify.staff-message-to-send": {**_MESSAGE, "person": str},
    "notify.page-answered": {"resolution": int, "page": int, "person": str, "at": instant},
    "notify.paging-ended": {"resolution": int, "because": str},
    "notify.needs-attention": {"about": str},
}
"""What the checks rely on, by type; other types pass unread."""

WATERMARK: Shape = {"adapter": str, "until": instant}
DELIVERY: Shape = {"message": str, "ticket": str, "status": str, "at": instant}


def event_of(record: Record) -> Event:
    """Return the event or command in a record. Raises `Unreadable`."""
    envelope = Document(load(record))
    type_name = envelope.text("type")
    found = _TYPE.fullmatch(type_name)
    if found is None:
        raise Unreadable(f"son type {type_name!r} n’est pas des nôtres")
    stage, what, version = found.groups()
    at = envelope.instant_or_none("time")
    if at is None or not envelope.text("id") or not envelope.text("subject"):
        raise Unreadable(f"{type_name} n’a pas d’identifiant, de sujet ou d’instant")
    name = f"{stage}.{what}"
    if version != _VERSION and name in FIELDS:
        raise Unreadable(f"{type_name} est une version que l’auditeur n’a pas apprise")
    data = envelope.inner("data")
    require(type_name, data, FIELDS.get(name, {}))
    return Event(
        data.data, name, envelope.text("id"), envelope.text("subject"), envelope.text("source").rpartition("/")[2],
        envelope.number("seq"), at, envelope.text("causationid"), record.where, envelope.data,
        digest(record.value or b""),
    )  # fmt: skip


def stage_event_of(record: Record) -> Event:
    """Return the event in a record of a stage topic, which must have a `seq`. Raises `Unreadable`."""
    event = event_of(record)
    if event.seq < 1:
        raise Unreadable(
            f"{event.name} n’a pas de rang ; le premier événement d’un dossier dans un service a le rang 1"
        )
    if event.seq >= ABSURD_SEQ:
        raise Unreadable(f"{event.name} a le rang {event.seq} ; aucun dossier n’a tant d’événements")
    return event


def request_of(record: Record) -> Request:
    """Return the request in a record. Raises `Unreadable`, where intake must have put it among the dead."""
    document = Document(load(record))
    channel, kind = document.text("channel"), document.text("kind") or "request"
    received_at = document.instant_or_none("received_at")
    if channel not in CHANNELS or kind not in KINDS or received_at is None:
        raise Unreadable(
            "elle ne nomme aucun canal, aucune sorte ou aucun instant de réception que la procédure connaisse"
        )
    return Request(document.data, kind, channel, received_at, record.where, digest(record.value or b""))


def watermark_of(record: Record) -> Document:
    """Return up to when an adapter said that all it accepted is on its topic. Raises `Unreadable`."""
    document = Document(load(record))
    require("un repère de canal", document, WATERMARK)
    return document


def delivery_of(record: Record) -> Delivery:
    """Return what an adapter said became of a message. Raises `Unreadable`."""
    document = Delivery(load(record), digest(record.value or b""), record.where)
    require("un compte rendu", document, DELIVERY)
    return document


def require(what: str, document: Document, fields: Shape) -> None:
    """Raise `Unreadable` where a field that the checks rely on is missing or of another shape."""
    for name, shape in fields.items():
        value = document.data.get(name)
        if shape is instant:
            good = document.instant_or_none(name) is not None
        elif shape is int:
            good = isinstance(value, int) and not isinstance(value, bool)
        else:
            good = isinstance(shape, type) and isinstance(value, shape)
        if not good:
            raise Unreadable(f"{what} n’a pas de champ lisible {name}")
