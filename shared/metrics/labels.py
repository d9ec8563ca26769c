"""Every label with every value that it may have. A test compares those that belong to a service with its own lists."""

from __future__ import annotations

from typing import get_args

from shared.events.base import Channel, Criticality, Tier
from shared.events.closure import Cause
from shared.events.notify import DeliveryStatus
from shared.metrics.model import Label
from shared.topics import STAGES, TOPICS

SERVICES = (*STAGES, "desk")
MAIL_PROGRAMS = ("mail-receive", "mail-fetch", "mail-send")
WEB_PROGRAMS = ("portal", "phone")
ADAPTERS = (*MAIL_PROGRAMS, *WEB_PROGRAMS)
"""They show themselves as services do."""

CRITICALITY = Label("criticality", (*get_args(Criticality), "unclassified"))
TIER = Label("tier", (*get_args(Tier), "unknown"))
"""`none` is a customer without a contract; `unknown` a ticket whose opening was not heard of yet."""
CHANNEL = Label("channel", get_args(Channel))
CAUSE = Label("cause", get_args(Cause))
SERVICE = Label("service", (*SERVICES, *ADAPTERS))
TOPIC = Label("topic", tuple(topic.name for topic in TOPICS))
STAGE = Label("stage", tuple(stage for stage in STAGES if stage != "resources"))
"""Those that speak of tickets."""
PROMISE = Label("promise", ("acknowledgement", "take-charge", "on-site", "restored", "survey"))
KEPT = Label("kept", ("yes", "no"))
DEADLINE = Label(
    "deadline", ("acknowledgement", "take-charge", "on-site", "restored", "reminder", "five-days", "survey")
)
PHASE = Label(
    "phase",
    (
        "received",
        "queued",
        "handling",
        "reserving",
        "planned",
        "on-site",
        "resolved",
        "confirming",
        "reminded",
        "unreachable",
        "answered",
        "reading",
    ),
)
ABOUT = Label(
    "about",
    (
        "acknowledgement-failed",
        "acknowledgement-late",
        "automatic",
        "gap",
        "held",
        "nobody-on-call",
        "nobody-to-warn",
        "page-unanswered",
        "paused",
        "reading",
        "reminder-unreported",
        "silence-unproven",
        "taken-back-late",
        "unanswered",
        "unreachable",
        "waiting",
        "other",
    ),
    other="other",
)
"""What a call is about, up to a colon; what later code adds is `other` until it is named here."""
BECAUSE = Label("because", ("bounced", "customer", "unproven"))
BECAME = Label("became", ("ticket", "follow-up", "copy", "set-aside", "dead"))
WAITS = Label("waits", ("early", "gap", "held"))
LOOP = Label("loop", ("batch", "sweeper"))
OUTCOME = Label("outcome", ("done", "failed"))
ANSWER = Label("answer", ("request", "reply", "report", "copy", "own", "unreadable", "later", "never"))
"""What a mail became; `own` is one of ours that came back."""
RESULT = Label("result", ("accepted", "retry", "refused", "unknown"))
STATUS = Label("status", get_args(DeliveryStatus))
WHERE = Label("where", ("kafka", "spool"))
"""Where an accepted request lies once its sender is told so."""
REFUSED = Label(
    "reason",
    ("unreadable", "unproven", "unknown", "too-large", "too-often", "not-kept", "failed", "other"),
)
"""Why what was sent was refused: `unproven` has no signature or an old page, `not-kept` is to be sent again."""
