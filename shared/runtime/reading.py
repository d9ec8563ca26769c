"""Records to incoming messages: each decoded on its own, so that a bad one harms no neighbour.

Pure. Called by the loop for fresh records and again for what waited in the journal. What can never be read raises
`SendToDead`; what belongs to somebody else is None.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import orjson
from pydantic import ValidationError

from shared import codec
from shared.decider import Due, Message
from shared.errors import HoldTicket, SendToDead
from shared.events import runtime as machinery
from shared.events.base import Command, Event
from shared.events.catalogue import owner_of
from shared.events.notify import Delivery
from shared.events.requests import Request
from shared.personal import Seal
from shared.runtime.append import timer_id
from shared.runtime.ports import Position, Record
from shared.topics import BY_NAME, TOPIC_LIMIT_BYTES

TIMER = "timer"
REQUESTS = "requests"
SEQ_LIMIT = 1_000_000
"""A ticket has some dozens of events in a stage; far beyond, a number counts nothing (the store ends at 64 bits)."""
NAME_CHARACTERS = 512
"""Of a ticket or message id, which become keys: ten times ours, and as long as a request's own key may be."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """One record, understood as far as this code can."""

    record: Record
    source: str
    entity: str
    """Empty for a request: intake's shell finds where it goes."""
    id: str
    message: Message | None
    """None: an optional type that this code does not know, or a command to the runtime itself."""
    seq: int | None = None
    digest: str = ""
    hold: str = ""
    """Why only newer code can decide this; empty when this code can."""
    verb: machinery.Republish | machinery.Release | None = None
    policy: str = ""
    """The version of the policy that its sender decided under: a ticket that is new here goes on under it."""

    @property
    def position(self) -> Position:
        """Where its record lies."""
        return self.record.position

    @property
    def due(self) -> Due | None:
        """The deadline that it is, or None."""
        payload = self.message.payload if self.message else None
        return payload if isinstance(payload, Due) else None

    def of(self, entity: str, request: str) -> Incoming:
        """Return a request with its id and the ticket that it goes to."""
        message = replace(self.message, ticket=entity, id=request) if self.message else None
        return replace(self, entity=entity, id=request, message=message)


class Reader:
    """Reads the records of one stage's topics."""

    def __init__(self, stage: str, seal: Seal) -> None:
        self._stage = stage
        self._seal = seal
        self._by_kind: dict[str, Callable[[Record], Incoming | None]] = {
            "stage": self._of_stage,
            "asks": self._of_ask,
            "answers": self._of_answer,
            "requests": self._of_request,
            "deliveries": self._of_delivery,
            "commands": self._of_command,
            "due": self._of_due,
        }

    def read(self, record: Record) -> Incoming | None:
        """Return the message in a record; None for one that is another stage's. Raises `SendToDead`."""
        try:
            _refuse_too_large(record)
            incoming = self._by_kind[BY_NAME[record.topic].kind](record)
            return incoming and _with_names(incoming)
        except SendToDead:
            raise
        except (ValueError, TypeError, KeyError, OverflowError, RecursionError) as error:
            # Input is anybody's: what our checks did not foresee is still this one record's trouble.
            raise SendToDead(f"cannot be read: {type(error).__name__}: {error}") from error

    def event(self, body: bytes) -> Event:
        """Return one of the stage's own events from its journal. Raises what makes the ticket unreadable here."""
        payload = codec.open_payload(codec.decode(body), self._seal)
        if not isinstance(payload, Event):
            raise HoldTicket("an event of a type that this code does not know")
        return payload

    def _of_stage(self, record: Record) -> Incoming:
        envelope = codec.decode(record.value)
        if envelope.seq is None:
            raise SendToDead(f"{envelope.type} has no seq; every event of a stage has one")
        if envelope.seq >= SEQ_LIMIT:
            raise SendToDead(f"seq is {envelope.seq}; no ticket has that many events")
        source = BY_NAME[record.topic].writer
        if envelope.stage != source:
            raise SendToDead(f"{envelope.source} is not the writer of {record.topic}")
        return self._understood(record, envelope, source, envelope.subject, envelope.seq)

    def _of_ask(self, record: Record) -> Incoming:
        envelope = codec.decode(record.value)
        resource, ask = str(envelope.data.get("resource", "")), str(envelope.data.get("ask", ""))
        if not resource or not ask:
            raise SendToDead(f"{envelope.type} names no resource or no ask")
        return replace(self._understood(record, envelope, "asks", resource, None), id=f"{envelope.type}:{ask}")

    def _of_answer(self, record: Record) -> Incoming:
        envelope = codec.decode(record.value)
        ticket = str(envelope.data.get("ticket", "")) or envelope.subject
        return self._understood(record, envelope, "answers", ticket, None)

    def _understood(
        self, record: Record, envelope: codec.Envelope, source: str, entity: str, seq: int | None
    ) -> Incoming:
        digest = ""
        if seq is None:  # what has a seq is known by it
            # Not the envelope: who repeats a command after a while may date it anew.
            digest = digest_of(orjson.dumps([envelope.type, envelope.data], option=orjson.OPT_SORT_KEYS))
        try:
            payload = codec.open_payload(envelope, self._seal)
        except HoldTicket as error:
            return Incoming(record, source, entity, envelope.id, None, seq, digest, hold=str(error))
        message = None
        if isinstance(payload, Event | Command):
            message = Message(entity, payload, envelope.id, envelope.time)
        return Incoming(record, source, entity, envelope.id, message, seq, digest, policy=envelope.policy)

    def _of_request(self, record: Record) -> Incoming:
        document = codec.load_object(record.value)
        channel = record.topic.rpartition(".")[2]
        if document.setdefault("channel", channel) != channel:
            raise SendToDead(f"channel {document['channel']!r} on the topic of {channel}")
        try:
            request = Request.model_validate(document)
        except ValidationError as error:
            raise SendToDead(f"request: {codec.in_one_sentence(error)}") from error
        digest = digest_of(request.model_dump_json(exclude={"received_at", "key"}).encode())
        message = Message("", request, "", request.received_at)
        return Incoming(record, REQUESTS, "", "", message, None, digest)

    def _of_delivery(self, record: Record) -> Incoming:
        try:
            delivery = Delivery.model_validate(codec.load_object(record.value))
        except ValidationError as error:
            raise SendToDead(f"delivery: {codec.in_one_sentence(error)}") from error
        # Which report it is, not when it was made: an adapter that repeats itself after a crash says it again later.
        # By which channel too: who calls about a mail that came back says of it once more that it was delivered.
        known_as = f"{delivery.message}:{delivery.channel}:{delivery.status}"
        message = Message(delivery.ticket, delivery, known_as, delivery.at)
        return Incoming(record, "deliveries", delivery.ticket, known_as, message, None, "")

    def _of_command(self, record: Record) -> Incoming | None:
        envelope = codec.decode(record.value)
        owner = owner_of(envelope.type)
        if not owner:
            raise SendToDead(f"{envelope.type} names no stage")
        if owner != self._stage:
            return None
        verb = self._verb(envelope)
        if verb is not None:
            return Incoming(record, "commands", envelope.subject, envelope.id, None, verb=verb)
        incoming = self._understood(record, envelope, "commands", envelope.subject, None)
        if incoming.message is None and not incoming.hold:
            raise SendToDead(f"{envelope.type} is no command that {self._stage} knows")
        return incoming

    def _verb(self, envelope: codec.Envelope) -> machinery.Republish | machinery.Release | None:
        if envelope.type == machinery.republish_type(self._stage):
            return machinery.Republish.model_validate(envelope.data)
        if envelope.type == machinery.release_type(self._stage):
            return machinery.Release.model_validate(envelope.data)
        return None

    def _of_due(self, record: Record) -> Incoming:
        document = codec.load_object(record.value)
        kind, generation, entity = str(document["kind"]), int(document["generation"]), str(document["entity"])
        due = Due(kind, generation, datetime.fromisoformat(str(document["due_at"])).astimezone(UTC))
        known_as = timer_id(entity, kind, generation)
        if document["id"] != known_as:
            raise SendToDead(f"{str(document['id'])[:NAME_CHARACTERS]!r} is not the id of this timer")
        return Incoming(record, TIMER, entity, known_as, Message(entity, due, known_as, due.due_at))


def _refuse_too_large(record: Record) -> None:
    # Compressed on its way, it got past the broker's limit; nothing that follows from it could be kept or published.
    size = len(record.value or b"")
    if size > TOPIC_LIMIT_BYTES:
        raise SendToDead(f"the record has {size} bytes; the limit is {TOPIC_LIMIT_BYTES}")


def _with_names(incoming: Incoming) -> Incoming:
    """Return it where its names can be keys of a journal; a request has none until it is routed."""
    if not incoming.entity and incoming.source != REQUESTS:
        raise SendToDead("it names no ticket")
    if max(len(incoming.entity), len(incoming.id)) > NAME_CHARACTERS:
        raise SendToDead(f"a name in it is longer than {NAME_CHARACTERS} characters")
    return incoming


def digest_of(content: bytes) -> str:
    """Return a short name of some content: enough to tell other words from the same ones."""
    return hashlib.sha256(content).hexdigest()[:32]
