"""The last step of every adapter: a request becomes one record, or is refused at the door with a reason.

Called by each adapter before it publishes. It must never shorten what a customer said: what is too large is
refused while its sender can still be told.
"""

from __future__ import annotations

from typing import TypeVar

from pydantic import BaseModel, ValidationError

from shared.codec import in_one_sentence
from shared.events.requests import Request
from shared.topics import DOOR_LIMIT_BYTES

KEY_BYTES = 512
"""A record's key brings a customer's requests to one partition; what is longer does so by its beginning."""
FRAME_BYTES = 512
"""What Kafka counts beside key and value: 61 bytes of a batch, 35 of a record, and the headers that our producer gives
it (a correlation id, a content type: 120). The topic's limit counts all of it."""
Document = TypeVar("Document", bound=BaseModel)
_BOM = b"\xef\xbb\xbf"


class TooLarge(ValueError):
    """The request is larger than an adapter may publish; its sender is told so and can say it in less."""

    def __init__(self, size: int) -> None:
        """Say the size and the limit, both in bytes, in French and in English."""
        super().__init__(
            f"Message trop volumineux : {size} octets, la limite est de {DOOR_LIMIT_BYTES} octets. "
            f"/ Message too large: {size} bytes, the limit is {DOOR_LIMIT_BYTES} bytes."
        )


class Unreadable(ValueError):
    """What came is no document of this channel; whoever sent it must mend it."""


def to_record(request: Request) -> tuple[bytes, bytes]:
    """Return the key and the value of the request's record (R2).

    The value is the plain JSON document without the fields that hold their default. The key brings a
    customer's requests to one partition: the customer, else the address or number, else the idempotency key; its
    first `KEY_BYTES`. Raises `TooLarge` where key, value and headers are together above `DOOR_LIMIT_BYTES`.
    """
    value = request.model_dump_json(exclude_defaults=True).encode()
    owner = request.customer or request.personal.email or request.personal.phone or request.key
    key = owner.encode()[:KEY_BYTES]
    if size_on_topic(key, value) > DOOR_LIMIT_BYTES:
        raise TooLarge(size_on_topic(key, value))
    return key, value


def size_on_topic(key: bytes, value: bytes) -> int:
    """Return the bytes that a topic's limit counts of a record: its key, its value, its headers and its frame."""
    return len(key) + len(value) + FRAME_BYTES


def load(model: type[Document], raw: bytes) -> Document:
    """Return the JSON document in `raw`. Raises `Unreadable`, saying which fields are wrong, quoting none."""
    try:
        return model.model_validate_json(raw.removeprefix(_BOM))
    except ValidationError as error:
        raise Unreadable(in_one_sentence(error)) from error


def checked(fields: dict[str, object]) -> Request:
    """Return the request made of `fields`. Raises `Unreadable` where they contradict one another."""
    try:
        return Request.model_validate(fields)
    except ValidationError as error:
        raise Unreadable(in_one_sentence(error)) from error
