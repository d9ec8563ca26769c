"""The survey: three scores and a comment, in under a minute (R14).

Called by `app`. The first answer counts, and that is survey's to say.
"""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import RedirectResponse, Response

from adapters.portal import clicks
from adapters.portal.behind import AGAIN, Asked, believed
from adapters.portal.site import Site

COMMENT_CHARACTERS = 5_000
"""A page; what is longer is a letter, and belongs on the ticket's page."""
_MISSING = {
    "responsiveness": "Notez la réactivité, de 1 à 5",
    "quality": "Notez la solution, de 1 à 5",
    "communication": "Notez la communication, de 1 à 5",
}


class SurveyPage:
    """`/s/<token>`."""

    def __init__(self, site: Site) -> None:
        self._site = site

    async def get(self, asked: Asked) -> Response:
        """Show it, or thank."""
        return await self._show(asked, {}, done="merci" in asked.http.query_params)

    async def _show(
        self,
        asked: Asked,
        fields: Mapping[str, str],
        errors: Mapping[str, str] | None = None,
        notice: str = "",
        status: int = 200,
        *,
        done: bool = False,
    ) -> Response:
        site, now = self._site, self._site.clock.now()
        ticket = await site.ticket(asked.link.about)
        survey = ticket.survey_of(asked.link.resolution) if ticket else None
        return site.pages.show(
            "survey.html",
            status,
            number=asked.link.about,
            # Not known yet or invited: it may be answered. What is planned goes out before anybody holds its link.
            state="answered" if done else survey.status if survey else "invited",
            fields=fields,
            errors=errors or {},
            notice=notice,
            here=asked.path,
            nonce=site.nonces.new(asked.path, now),
        )

    async def post(self, asked: Asked) -> Response:
        """Take the scores."""
        fields = await asked.fields()
        scores = {name: int(fields[name]) for name in clicks.SCORES if fields.get(name) in ("1", "2", "3", "4", "5")}
        errors = {name: says for name, says in _MISSING.items() if name not in scores}
        if len(fields.get("comment", "")) > COMMENT_CHARACTERS:
            errors["comment"] = f"Votre commentaire dépasse {COMMENT_CHARACTERS} caractères"
        if errors:
            return await self._show(asked, fields, errors, status=422)
        nonce = believed(self._site, asked, fields)
        if nonce is None:
            return await self._show(asked, fields, notice=AGAIN, status=409)
        comment, now = fields.get("comment", "").strip(), self._site.clock.now()
        notice = await self._site.take(clicks.survey_answer(asked.link, scores, comment, f"{nonce.name}:avis", now))
        if notice:
            return await self._show(asked, fields, notice=notice, status=503)
        return RedirectResponse(f"{asked.path}?merci", 303)
