"""Every topic, once: who writes it, who reads it, how it is keyed and kept. The code and the documentation use this.

Names here are without the environment's prefix; `Topics(prefix)` in `shared.runtime.settings` adds it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

PARTITIONS = 6
"""Of every keyed topic, fixed for life: three replicas of a stage get two each, and on one small machine the
broker still carries all topics (some forty, 250 partitions) in its 384 MB."""

TOPIC_LIMIT_BYTES = 2 * 1024 * 1024
"""Largest record of a topic: a customer's text of 250,000 characters at four bytes each, twice, with its envelope."""
DOOR_LIMIT_BYTES = TOPIC_LIMIT_BYTES // 2
"""Largest request that an adapter may publish: half of what a topic takes, so that what intake makes of it fits."""

Kind = Literal["requests", "stage", "asks", "answers", "deliveries", "commands", "registry", "channels", "due", "dead"]
_DAY_MS = 24 * 3600 * 1000
FOR_EVER = -1
SIXTY_DAYS = 60 * _DAY_MS
"""Longer than the longest timer (a survey expires after 30 days), so that every redelivery can still happen."""


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic of the published language."""

    name: str
    kind: Kind
    writer: str
    readers: tuple[str, ...]
    key: str
    carries: str
    retention_ms: int = FOR_EVER
    compacted: bool = False
    partitions: int = PARTITIONS


STAGES = ("intake", "triage", "dispatch", "resources", "closure", "survey", "notify")
"""Every service that decides, in the order of the procedure."""


def _requests(channel: str) -> Topic:
    return Topic(
        f"sav.requests.{channel}",
        "requests",
        f"{channel} adapters",
        ("intake",),
        "any, best the customer",
        "whatever a customer says or clicks",
        SIXTY_DAYS,
    )


def _of_stage(stage: str) -> tuple[Topic, Topic]:
    key = "resource" if stage == "resources" else "ticket"
    return (
        Topic(f"sav.{stage}.due", "due", stage, (stage,), key, "its due timers", SIXTY_DAYS),
        Topic(f"sav.{stage}.dead", "dead", stage, ("people",), "as it came", "what could not be read, raw", SIXTY_DAYS),
    )


TOPICS: tuple[Topic, ...] = (
    *(_requests(channel) for channel in ("email", "phone", "portal")),
    Topic(
        "sav.intake",
        "stage",
        "intake",
        ("triage", "dispatch", "closure", "survey", "notify", "desk"),
        "ticket",
        "tickets opened, what customers said, acknowledgements asked for, silence proved",
    ),
    Topic(
        "sav.triage",
        "stage",
        "triage",
        ("intake", "dispatch", "closure", "survey", "notify", "desk"),
        "ticket",
        "classes with their reasons, and every change of them",
    ),
    Topic(
        "sav.dispatch",
        "stage",
        "dispatch",
        ("closure", "survey", "notify", "desk"),
        "ticket",
        "handling: charge, remote actions, visits, parts, resolutions, promises at risk or missed",
    ),
    Topic(
        "sav.resources.asks",
        "asks",
        "dispatch",
        ("resources",),
        "resource",
        "reservations asked and released",
        SIXTY_DAYS,
    ),
    Topic("sav.resources", "answers", "resources", ("dispatch",), "ticket", "reservations granted and refused"),
    Topic(
        "sav.closure",
        "stage",
        "closure",
        ("intake", "dispatch", "survey", "notify", "desk"),
        "ticket",
        "confirmation, reminder, five days, closing, reopening",
    ),
    Topic(
        "sav.survey",
        "stage",
        "survey",
        ("notify", "desk", "analysts"),
        "ticket",
        "invited, answered, expired, cancelled: a public product",
    ),
    Topic(
        "sav.notify",
        "stage",
        "notify",
        ("adapters", "intake", "closure", "desk"),
        "ticket",
        "messages to send, and what became of each",
    ),
    Topic("sav.deliveries", "deliveries", "adapters", ("notify",), "ticket", "what became of a message", SIXTY_DAYS),
    Topic(
        "sav.commands",
        "commands",
        "desk and command line",
        STAGES,
        "ticket or resource",
        "what staff ask of the stage that the type names",
        SIXTY_DAYS,
    ),
    Topic(
        "sav.registry",
        "registry",
        "registry import",
        STAGES,
        "record",
        "contracts, sites, people, parts",
        compacted=True,
        partitions=1,
    ),
    Topic(
        "sav.channels",
        "channels",
        "adapters",
        ("intake", "notify"),
        "adapter",
        "all that I accepted before T is on my topic",
        SIXTY_DAYS,
        partitions=1,
    ),
    *(topic for stage in STAGES for topic in _of_stage(stage)),
    _of_stage("desk")[1],
)

BY_NAME = {topic.name: topic for topic in TOPICS}


def read_by(stage: str) -> tuple[Topic, ...]:
    """Return the topics whose records the runtime of `stage` takes in batches, requests first and timers last."""
    whole = ("registry", "channels")  # read whole, apart, by every replica
    return tuple(topic for topic in TOPICS if stage in topic.readers and topic.kind not in whole)
