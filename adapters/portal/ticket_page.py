"""The ticket's page: where it stands, the appointment, and a word to add (R1, R10).

Called by `app`. It shows no personal data; a word that is added is a reply like any other.
"""

from __future__ import annotations

from starlette.responses import RedirectResponse, Response

from adapters.portal import clicks, telling
from adapters.portal.behind import AGAIN, Asked, believed
from adapters.portal.form import MESSAGE_CHARACTERS
from adapters.portal.site import Site


class TicketPage:
    """`/d/<token>`."""

    def __init__(self, site: Site) -> None:
        self._site = site

    async def get(self, asked: Asked) -> Response:
        """Show it."""
        return await self._show(asked)

    async def _show(
        self, asked: Asked, words: str = "", error: str = "", notice: str = "", status: int = 200
    ) -> Response:
        site, now = self._site, self._site.clock.now()
        ticket = await site.ticket(asked.link.about)
        closure = ticket.closure if ticket else None
        may_answer = closure is not None and closure.phase not in ("handling", "closed") and closure.resolution > 0
        return site.pages.show(
            "ticket.html",
            status,
            number=asked.link.about,
            ticket=ticket,
            steps=telling.happened(ticket) if ticket else [],
            stands=telling.stands(ticket) if ticket else "",
            next_step=telling.next_step(ticket) if ticket else "",
            appointment=telling.appointment(ticket) if ticket else "",
            # Whoever holds the ticket's link is its customer: the question that is open now is theirs to answer.
            question=site.links.path("c", asked.link.about, closure.resolution, now) if closure and may_answer else "",
            here=asked.path,
            nonce=site.nonces.new(asked.path, now),
            words=words,
            error=error,
            notice=notice,
            sent="envoye" in asked.http.query_params,
        )

    async def post(self, asked: Asked) -> Response:
        """Add what was written to the ticket."""
        fields = await asked.fields()
        words = fields.get("message", "").strip()
        if not words or len(words) > MESSAGE_CHARACTERS:
            error = f"Votre message dépasse {MESSAGE_CHARACTERS} caractères" if words else "Écrivez votre message"
            return await self._show(asked, words, error=error, status=422)
        nonce = believed(self._site, asked, fields)
        if nonce is None:
            return await self._show(asked, words, notice=AGAIN, status=409)
        said = clicks.added(asked.link, words, f"{nonce.name}:message", self._site.clock.now())
        notice = await self._site.take(said)
        if notice:
            return await self._show(asked, words, notice=notice, status=503)
        return RedirectResponse(f"{asked.path}?envoye", 303)
