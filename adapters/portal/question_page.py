"""'Is it solved?': two answers of equal weight, taken back for two minutes, and what came of them (R12, R13).

Called by `app`. Which answer counts is closure's to say: the page tells what the read model knows of it.
"""

from __future__ import annotations

from starlette.responses import RedirectResponse, Response

from adapters.portal import clicks
from adapters.portal.behind import AGAIN, Asked, believed
from adapters.portal.form import MESSAGE_CHARACTERS
from adapters.portal.site import Site
from adapters.web.tickets import Ticket


class QuestionPage:
    """`/c/<token>`."""

    def __init__(self, site: Site) -> None:
        self._site = site

    async def get(self, asked: Asked) -> Response:
        """Ask, or tell what was answered; `dit` is what was just pressed."""
        pressed = asked.http.query_params.get("dit", "")
        return await self._show(asked, pressed=pressed if pressed in clicks.ANSWERS else "")

    async def _show(
        self, asked: Asked, pressed: str = "", words: str = "", notice: str = "", status: int = 200
    ) -> Response:
        site, now = self._site, self._site.clock.now()
        resolution = asked.link.resolution
        ticket = await site.ticket(asked.link.about, lambda one: not pressed or _counts(one, pressed, resolution))
        return site.pages.show(
            "question.html",
            status,
            number=asked.link.about,
            stands=stands_of(ticket, resolution),
            closure=ticket.closure if ticket else None,
            may_take_back=bool(ticket and ticket.closure.final_at and now < ticket.closure.final_at),
            pressed=pressed,
            other_won=_other_won(ticket, pressed, resolution),
            ticket_page=site.links.path("d", asked.link.about, 0, now),
            here=asked.path,
            nonce=site.nonces.new(asked.path, now),
            words=words,
            notice=notice,
        )

    async def post(self, asked: Asked) -> Response:
        """Take an answer, or take it back."""
        fields = await asked.fields()
        pressed, words = fields.get("answer", ""), fields.get("message", "").strip()[:MESSAGE_CHARACTERS]
        if pressed not in clicks.ANSWERS:
            return await self._show(asked, words=words, notice="Appuyez sur l’une des réponses.", status=422)
        nonce = believed(self._site, asked, fields)
        if nonce is None:
            return await self._show(asked, words=words, notice=AGAIN, status=409)
        ticket = await self._site.ticket(asked.link.about)
        # What closure knew when it was pressed is part of the key: confirmed, taken back and confirmed again on a page
        # that the browser kept are three answers; pressed twice is one.
        key = f"{nonce.name}:{pressed}:{ticket.closure_seq if ticket else '?'}"
        said = clicks.answer(asked.link, pressed, words if pressed == "non" else "", key, self._site.clock.now())
        notice = await self._site.take(said)
        if notice:
            return await self._show(asked, words=words, notice=notice, status=503)
        return RedirectResponse(f"{asked.path}?dit={pressed}", 303)


def stands_of(ticket: Ticket | None, resolution: int) -> str:
    """Where the question of one resolution stands: `asked`, `answered`, `closed`, `reopened`, `reading`, `past`.

    Without the read model, or before it has heard of the question, the question is simply asked: closure decides.
    """
    closure = ticket.closure if ticket else None
    if closure is None or closure.resolution < resolution:
        return "asked"
    if closure.resolution > resolution:
        return "past"
    return {"handling": "reopened", "answered": "answered", "closed": "closed", "reading": "reading"}.get(
        closure.phase, "asked"
    )


def _counts(ticket: Ticket, pressed: str, resolution: int) -> bool:
    """Tell whether the read model has heard of what was pressed."""
    stands = stands_of(ticket, resolution)
    return stands != "answered" if pressed == "retirer" else stands not in ("asked", "reading")


def _other_won(ticket: Ticket | None, pressed: str, resolution: int) -> bool:
    """Tell whether somebody else's other answer is the one that counts."""
    if ticket is None or pressed not in ("oui", "non"):
        return False
    stands, closure = stands_of(ticket, resolution), ticket.closure
    said = closure.answer if stands == "answered" else {"closed": "confirmed", "reopened": "denied"}.get(stands)
    return said is not None and said != {"oui": "confirmed", "non": "denied"}[pressed]
