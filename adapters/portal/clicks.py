"""What a customer presses on a page behind a link becomes a request of the portal channel (R12, R14). Pure.

Called by the customers' pages; the wire's own words, no page.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from adapters.web.links import Link
from shared.events.requests import Request, RequestKind, RequestPersonal, Scores

ANSWERS: Mapping[str, RequestKind] = {"oui": "confirmation", "non": "denial", "retirer": "take-back"}
"""Values of the buttons."""
SCORES = ("responsiveness", "quality", "communication")


def answer(link: Link, pressed: str, words: str, key: str, at: datetime) -> Request:
    """Return the request that a button of the confirmation's page is."""
    return Request(
        kind=ANSWERS[pressed],
        channel="portal",
        key=key,
        received_at=at,
        ticket=link.about,
        resolution=link.resolution,
        personal=RequestPersonal(text=words),
    )


def survey_answer(link: Link, scores: Mapping[str, int], comment: str, key: str, at: datetime) -> Request:
    """Return the request that an answered survey is."""
    return Request(
        kind="survey-answer",
        channel="portal",
        key=key,
        received_at=at,
        ticket=link.about,
        resolution=link.resolution,
        scores=Scores(**{name: scores[name] for name in SCORES}),
        personal=RequestPersonal(comment=comment),
    )


def added(link: Link, words: str, key: str, at: datetime) -> Request:
    """Return the request that a message on the ticket's page is."""
    return Request(
        kind="reply",
        channel="portal",
        key=key,
        received_at=at,
        ticket=link.about,
        personal=RequestPersonal(text=words),
    )
