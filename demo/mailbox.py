"""The mails that the demonstration's customers got, read back from its files. Called by `sav demo mailbox`.

It only reads `<demo>/run/mail`, and writes one page beside a mail where it is asked to; it sends and opens nothing.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from html import escape
from pathlib import Path

from shared.numbers import normalised
from shared.promises import in_french

_ZONE = "Europe/Paris"
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]+")
"""A customer's name stands in a mail: it must not steer the terminal that shows it."""
KINDS = {
    "acknowledgement": "accusé de réception",
    "re-evaluation": "réévaluation",
    "appointment": "rendez-vous",
    "confirmation-request": "demande de confirmation",
    "reminder": "relance",
    "reopened": "réouverture",
    "closing": "clôture",
    "survey": "enquête",
}


class NoDemo(Exception):
    """There is no demonstration in this folder, or it has sent no mail yet; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One mail, as it is listed."""

    number: str
    """Of its ticket."""
    n: int
    """Its place among the ticket's mails, from 1."""
    at: datetime
    to: str
    kind: str
    subject: str
    path: Path

    @property
    def name(self) -> str:
        """What it is asked for by."""
        return f"{self.number}/{self.n}"

    @property
    def when(self) -> str:
        """When it was sent, as French customers read it, in their own time."""
        return in_french(self.at, _ZONE)

    @property
    def called(self) -> str:
        """What kind of mail it is, in French."""
        return KINDS.get(self.kind, self.kind)


def mails(demo: Path) -> list[Shown]:
    """Return every mail of the last demonstration in this folder, the oldest first. Raises `NoDemo`."""
    if not (demo / "run").is_dir():
        raise NoDemo(f"aucune démonstration dans {demo} : lancer d’abord « sav demo --once »")
    paths = (demo / "run" / "mail").glob("*/*.eml")
    found = sorted((_seen(path) for path in paths), key=lambda one: (one.at, one.path))
    if not found:
        raise NoDemo(f"la démonstration de {demo} n’a pas encore envoyé de courriel : attendre, ou la relancer")
    counted: Counter[str] = Counter()
    shown = []
    for one in found:
        counted[one.number] += 1
        shown.append(replace(one, n=counted[one.number]))
    return shown


def chosen(among: Sequence[Shown], asked: str) -> list[Shown]:
    """Return the mails that `NUMBER` or `NUMBER/n` asks for, however the number is written; `[]` for none."""
    name, slash, place = asked.partition("/")
    number = normalised(name)
    return [one for one in among if one.number == number and (not slash or str(one.n) == place.strip())]


def text_of(path: Path) -> str:
    """Return a mail's text, without what would steer a terminal."""
    return _CONTROL.sub(" ", _body(_opened(path), "plain").replace("\r\n", "\n")).strip()


def write_page(one: Shown) -> Path:
    """Write the mail beside itself as a page, as a mail program shows it, and return where."""
    found = _opened(one.path)
    above = "".join(
        f"<p style='margin:0'><b>{escape(name)}</b> {escape(value)}</p>"
        for name, value in (("De :", str(found["From"])), ("À :", str(found["To"])), ("Date :", one.when))
    )
    head = (
        "<header style=\"max-width:36rem;margin:0 auto;padding:1rem;font:14px/1.5 'Segoe UI',Roboto,Arial,sans-serif;"
        f'color:#374151;overflow-wrap:anywhere"><h1 style="font-size:1.15rem;margin:0 0 .5rem">{escape(one.subject)}'
        f"</h1>{above}</header>"
    )
    page = one.path.with_suffix(".html")
    page.write_text(re.sub(r"(<body[^>]*>)", lambda body: body[0] + head, _body(found, "html"), count=1), "utf-8")
    return page


def _seen(path: Path) -> Shown:
    found = _opened(path)
    number = normalised(str(found["Reply-To"])) or ""
    kind = str(found["Message-ID"]).partition(".")[2].partition("@")[0]
    subject = _CONTROL.sub(" ", str(found["Subject"]))
    return Shown(number, 0, found["Date"].datetime, path.parent.name, kind, subject, path)


def _opened(path: Path) -> EmailMessage:
    found = message_from_bytes(path.read_bytes(), policy=default)
    assert isinstance(found, EmailMessage)  # that is what this policy makes
    return found


def _body(found: EmailMessage, kind: str) -> str:
    part = found.get_body((kind,))
    return str(part.get_content()) if part is not None else ""
