"""What the pages behind our links share: whose they are, what was typed, and when a press is believed (R12).

Called by those pages. GET and HEAD change nothing. A POST is believed with the nonce of a page that somebody can have
read; anything less shows the page once more with what was typed: a person loses one press, a scanner gains nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.requests import Request

from adapters.portal.site import Site
from adapters.web.links import Link
from adapters.web.nonces import Nonce
from adapters.web.pages import comes_from_elsewhere

AGAIN = "Par sécurité, nous vous demandons d’appuyer une seconde fois."
FIELDS, FIELD_BYTES = 12, 256 * 1024
"""Twice the fields of the largest of these forms."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One request for a page behind a link."""

    http: Request
    link: Link
    token: str

    @property
    def path(self) -> str:
        """The address of the page, to which its forms are sent."""
        return f"/{self.link.purpose}/{self.token}"

    async def fields(self) -> dict[str, str]:
        """Return what was typed and pressed, with the line ends that everybody else has."""
        async with self.http.form(max_files=0, max_fields=FIELDS, max_part_size=FIELD_BYTES) as fields:
            return {name: value.replace("\r\n", "\n") for name, value in fields.items() if isinstance(value, str)}


def believed(site: Site, asked: Asked, fields: Mapping[str, str]) -> Nonce | None:
    """Return the page that was answered, or None: it was not ours, of another site, too old, or never read."""
    now = site.clock.now()
    nonce = site.nonces.read(fields.get("page", ""), asked.path, now)
    if nonce is None or nonce.is_too_young(now) or comes_from_elsewhere(asked.http):
        return None
    return nonce
