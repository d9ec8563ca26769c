"""What every event, command and request has in common: frozen, tolerant of fields it does not know, dated in UTC."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict

Criticality = Literal["critique", "standard", "informatif"]
Channel = Literal["email", "phone", "portal"]
Tier = Literal["premium", "standard", "none"]

RANK: dict[Criticality, int] = {"informatif": 0, "standard": 1, "critique": 2}
"""Order of the classes (R5); the higher one wins in doubt (R8)."""


def to_instant(at: datetime) -> datetime:
    """Return an aware instant in UTC, to the millisecond: what every engine keeps, so that a copy is always equal."""
    at = at.astimezone(UTC)
    # Nearly every instant that comes by is one already, and `replace` costs more than all the rest of this.
    return at.replace(microsecond=at.microsecond // 1000 * 1000) if at.microsecond % 1000 else at


Instant = Annotated[AwareDatetime, AfterValidator(to_instant)]
"""An instant with a time zone, kept in UTC. A naive one is refused."""


class Model(BaseModel):
    """A frozen record that ignores fields it does not know, so that old readers read new events."""

    model_config = ConfigDict(frozen=True, extra="ignore", ser_json_timedelta="iso8601", populate_by_name=True)


class Personal(Model):
    """Everything that identifies a person or quotes one. Sealed as a whole by `shared.personal` on its way out."""

    name: str = ""
    email: str = ""
    phone: str = ""
    address: str = ""
    subject: str = ""
    text: str = ""


class TicketFacts(Model):
    """A ticket as it is when somebody speaks of it: what later readers need without asking anyone. No personal data."""

    number: str
    channel: Channel
    tier: Tier = "none"
    customer: str = ""
    site: str = ""
    equipment: str = ""
    calendar: str
    opened_at: Instant
    first_criticality: Criticality
    last_criticality: Criticality
    take_charge_by: Instant
    taken_charge_at: Instant | None = None
    on_site_by: Instant
    on_site_at: Instant | None = None
    restored_by: Instant | None = None
    """Pauses that the contract allows are in it; None: nothing of the kind was promised."""
    how: str = ""
    """`remote`, `on-site` or `advice` once resolved."""
    resolved_at: Instant | None = None


class Payload(Model):
    """The `data` of an event or command. `type_name` is its CloudEvents type, versioned, and never changes."""

    type_name: ClassVar[str]

    personal: Personal | None = None


class Event(Payload):
    """Something that happened, said by the stage that owns it."""


class Command(Payload):
    """Something that a person of the company asks of the stage that its type names."""

    by: str
    """Who asks: a technician's or dispatcher's id, or `runtime` for the machinery itself."""


class NeedsAttention(Event):
    """Base of each stage's call for a person: nothing is ever waiting with nobody knowing it."""

    reason: str
    """French sentence that a dispatcher reads."""
    about: str
    """A stable word for what it is about: `silence-unproven`, `gap`, `held`, `unreachable`…"""


class CommandRefused(Event):
    """Base of each stage's refusal: a command that could not be carried out, and why, for the person who gave it."""

    command: str
    by: str
    reason: str
