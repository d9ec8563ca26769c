"""Names that survive redelivery: UUIDv5 of what a thing is, never of bytes or of a clock.

Called by the runtime and the shells. The environment is part of every name, so that a test environment on the
same cluster never answers for production.
"""

from __future__ import annotations

from uuid import UUID, uuid5

_ROOT = UUID("6d0d3f3a-6f0e-5b52-9a55-0f3f6f4c2b11")
"""Namespace of this product; drawn once, never changes."""


def _name(*parts: str | int) -> str:
    # The length of each part is part of the name, so that ("a|b", "c") and ("a", "b|c") differ.
    return str(uuid5(_ROOT, "".join(f"{len(str(part))}:{part}" for part in parts)))


def request_id(environment: str, channel: str, key: str, content_digest: str = "") -> str:
    """Return the id of a request (R2); the digest joins only when its key was used before with other words."""
    return _name("request", environment, channel, key, content_digest)


def ticket_id(environment: str, request: str) -> str:
    """Return the id of the ticket that a request opens."""
    return _name("ticket", environment, request)


def event_id(environment: str, entity: str, stage: str, seq: int, event_type: str) -> str:
    """Return the id of an event: a copy is the same event."""
    return _name("event", environment, entity, stage, seq, event_type)


def message_id(ticket: str, kind: str, generation: int, resolution: int, channel: str) -> str:
    """Return the id of a message to a customer, the same on every copy; `none` where no channel reaches anybody."""
    return f"{ticket}:{kind}:{generation}:{resolution}:{channel}"


def command_id(environment: str, *parts: str | int) -> str:
    """Return the id of a command that the machinery itself gives."""
    return _name("command", environment, *parts)
