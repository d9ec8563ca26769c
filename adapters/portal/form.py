"""What a customer typed into the guided form: checked, kept as it is, and made a request (R1, R2). Pure.

Called by the form's page. It never changes a customer's words; what is wrong is said beside its question.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import phonenumbers

from adapters.portal.questions import OTHER, PROTECTED, REACH, SINCE, Choice, Topic
from adapters.portal.read import read
from adapters.web.photos import PHOTOS
from shared.events.requests import Request

MESSAGE_CHARACTERS = 20_000
"""Ten pages: above it nobody types into a form, and it stays far below what a request may hold."""
LINE_CHARACTERS = 300
_PHOTO = re.compile(r"sha256:[0-9a-f]{64}")
_EMAIL = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>.]{2,}")


@dataclass(frozen=True, slots=True)
class Given:
    """A form as it was sent: every value as it was typed, and what is wrong with it."""

    topic: Topic
    values: Mapping[str, str]
    photos: tuple[str, ...] = ()
    errors: Mapping[str, str] = field(default_factory=dict)
    """Name of the question to a sentence, in the order of the page."""

    def value(self, name: str) -> str:
        """Return what stands in a field, as it was typed."""
        return self.values.get(name, "")


def questions_of(topic: Topic) -> tuple[Choice, ...]:
    """Return the questions with a few answers, in the order of the page."""
    symptom = Choice("symptom", "Que se passe-t-il ?", topic.symptoms)
    asked = (symptom,) if topic.symptoms else ()
    protected = (PROTECTED,) if topic.asks_protection else ()
    since = (SINCE,) if topic.asks_protection else ()
    return (*asked, *topic.extra, *protected, *since, REACH)


def given(topic: Topic, fields: Mapping[str, str], photos: Sequence[str]) -> Given:
    """Return the form with what is wrong with it. `photos` are names that the store of photos gave."""
    names = [one.name for one in questions_of(topic)]
    values = {name: fields.get(name, "") for name in (*names, "message", "where", "name", "email", "phone", "when")}
    kept = tuple(dict.fromkeys(one for one in photos if _PHOTO.fullmatch(one)))[:PHOTOS]
    return Given(topic, values, kept, dict(_wrong(topic, values)))


def _wrong(topic: Topic, values: Mapping[str, str]) -> list[tuple[str, str]]:
    wrong: list[tuple[str, str]] = []
    symptom = values.get("symptom", "")
    if topic.symptoms and symptom not in topic.symptoms:
        wrong.append(("symptom", "Choisissez ce qui ressemble le plus à ce qui se passe"))
    if symptom in ("", OTHER) and not values["message"].strip() and not (topic.symptoms and not symptom):
        wrong.append(("message", "Dites-nous en quelques mots ce qui se passe"))
    if len(values["message"]) > MESSAGE_CHARACTERS:
        wrong.append(("message", f"Votre message dépasse {MESSAGE_CHARACTERS} caractères : l’essentiel nous suffit"))
    if topic.asks_protection and values["protected"] not in PROTECTED.answers:
        wrong.append(("protected", "Dites-nous si le site est encore protégé, ou « Je ne sais pas »"))
    too_long = {"where": "Le lieu", "name": "Le nom", "when": "Le moment"}
    wrong.extend(
        (name, f"{what} dépasse {LINE_CHARACTERS} caractères")
        for name, what in too_long.items()
        if len(values[name]) > LINE_CHARACTERS
    )
    return [*wrong, *_unreachable(values)]


def _unreachable(values: Mapping[str, str]) -> list[tuple[str, str]]:
    email, phone = values["email"].strip(), values["phone"].strip()
    wrong = []
    if not email and not phone:
        wrong.append(("phone", "Donnez-nous un numéro ou une adresse e-mail pour vous répondre"))
    if phone and not _is_phone(phone):
        wrong.append(("phone", "Ce numéro de téléphone semble incomplet. Par exemple : 01 99 00 12 34"))
    if email and (len(email) > LINE_CHARACTERS or not _EMAIL.fullmatch(email)):
        wrong.append(("email", "Cette adresse e-mail semble incomplète. Par exemple : nom@exemple.fr"))
    return wrong


def _is_phone(written: str) -> bool:
    """Possible, not assigned: who knows better than the caller which numbers exist?"""
    try:
        return phonenumbers.is_possible_number(phonenumbers.parse(written, "FR"))
    except phonenumbers.NumberParseException:
        return False


def request_of(form: Given, key: str, received_at: datetime) -> Request:
    """Return the request that a form without errors is; the same for the same words and key (R2)."""
    values, topic = form.values, form.topic
    symptom = values.get("symptom", "")
    what = topic.symptoms.get(symptom, "") if symptom != OTHER else ""
    answers = {
        "equipment": topic.equipment,
        "site_zone": values["where"].strip(),
        "topic": topic.name,
        "symptom": symptom,
        "when": values["when"].strip(),
        "photos": " ".join(form.photos),
    }
    answers |= {one.name: values[one.name] for one in questions_of(topic) if values[one.name] in one.answers}
    page = {
        "nonce": key,
        "name": values["name"].strip(),
        "email": values["email"],
        "phone": values["phone"],
        "subject": what or topic.title,
        "message": values["message"].strip() or f"{what}.",
        "form": {name: answer for name, answer in answers.items() if answer},
    }
    return read(json.dumps(page, ensure_ascii=False).encode(), received_at)
