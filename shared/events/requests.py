"""What adapters publish: one plain JSON document per thing that a customer said or clicked (R1, R2)."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from shared.events.base import Channel, Instant, Model, Personal

RequestKind = Literal["request", "reply", "confirmation", "denial", "take-back", "survey-answer"]
CLICKS: frozenset[str] = frozenset({"confirmation", "denial", "take-back", "survey-answer"})
"""Kinds that mean nothing without the ticket and the resolution that they answer."""


class Scores(Model):
    """The three questions of the survey (R14), each from 1 (poor) to 5 (excellent)."""

    responsiveness: int = Field(ge=1, le=5)
    quality: int = Field(ge=1, le=5)
    communication: int = Field(ge=1, le=5)


class RequestPersonal(Personal):
    """The customer's own words and where to answer."""

    comment: str = ""


class Request(Model):
    """What a customer says or clicks, by whatever channel, as its adapter understood it."""

    v: Literal[1] = 1
    kind: RequestKind = "request"
    channel: Channel
    key: str = Field(default="", max_length=512)
    """Idempotency key: Message-ID, call id, form nonce. Empty: the record's topic, partition and offset."""
    received_at: Instant
    """When the channel took it: the R3 clock starts here."""
    ticket: str = Field(default="", max_length=64)
    """The ticket number that it answers, as the customer or the link gave it; empty for something new."""
    resolution: int = Field(default=0, ge=0, le=10_000)
    """For clicks: the resolution that the link was about."""
    automatic: bool = False
    """An out-of-office reply or another machine: it is no reply of the customer (R13)."""
    customer: str = Field(default="", max_length=128)
    form: dict[str, str] = Field(default_factory=dict, max_length=64)
    scores: Scores | None = None
    personal: RequestPersonal = RequestPersonal()

    @model_validator(mode="after")
    def _clicks_name_what_they_answer(self) -> Request:
        if self.kind in CLICKS and not (self.ticket and self.resolution):
            raise ValueError(f"a {self.kind} names its ticket and its resolution")
        if self.kind == "survey-answer" and self.scores is None:
            raise ValueError("a survey-answer carries its three scores")
        return self
