"""What came along with a ticket, for staff: its photos are seen, its voicemail is heard, other files are saved (R1).

Called by `app`, for operators who are signed in. It shows what the read model lists and what the store holds under a
hash; it never says a file's name or type from outside, and who looked at what is logged.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import structlog
from starlette.requests import Request
from starlette.responses import Response

from adapters.kept import Kept
from adapters.phone.desk_page import operator_of
from adapters.phone.piece import Piece, hash_in, part_asked, piece_of
from adapters.phone.switchboard import Switchboard
from adapters.web.pages import HEADERS
from adapters.web.tickets import Ticket, TicketsAway
from shared.numbers import normalised

log = structlog.get_logger()

MOST = 30
"""Pieces of one page: five photos a form, and what a few mails bring."""
_PAGE_POLICY = HEADERS["content-security-policy"] + "; media-src 'self'"


@dataclass(frozen=True, slots=True)
class Shown:
    """One piece on the page."""

    name: str
    """Its hash; empty where it lies with somebody else."""
    kind: str = ""
    """`image`, `audio`, `file`; `gone` where the store does not have it, `elsewhere` for an address."""
    size: int = 0
    address: str = ""


class PiecesPage:
    """`/poste/pieces` and `/poste/piece/<hash>`."""

    def __init__(self, board: Switchboard) -> None:
        self._board = board

    async def show(self, request: Request) -> Response:
        """Show what came along with the ticket of a number."""
        asked = request.query_params.get("dossier", "")
        number, notice, status = normalised(asked) or "", "", 200
        ticket: Ticket | None = None
        try:
            ticket = await self._board.tickets.by_number(number) if number else None
        except TicketsAway:
            notice, status = "Les dossiers ne peuvent pas être lus pour le moment : réessayez.", 503
        if ticket is None and asked and not notice:
            notice, status = f"Aucun dossier ne porte le numéro « {asked[:40]} ».", 404
        names = ticket.intake.pieces[:MOST] if ticket else ()
        pieces = [await asyncio.to_thread(_shown, self._board.kept, name) for name in names]
        page = self._board.pages.show(
            "pieces.html", status, asked=asked[:40], ticket=ticket, pieces=pieces, notice=notice
        )
        page.headers["content-security-policy"] = _PAGE_POLICY
        return page

    async def piece(self, request: Request) -> Response:
        """Send one piece, whole or the part that a player asks for."""
        name = hash_in(request.path_params["name"])
        try:
            content = await asyncio.to_thread(self._board.kept.get, name)
        except (KeyError, OSError):
            return Response("Cette pièce n’est pas ici.", 404, media_type="text/plain")
        log.info("piece_shown", piece=name, operator=operator_of(request))
        headers = piece_of(content).headers(name)
        part = part_asked(request.headers.get("range", ""), len(content))
        if part is None:
            return Response(content, 200, headers)
        first, last = part
        return Response(
            content[first : last + 1], 206, headers | {"content-range": f"bytes {first}-{last}/{len(content)}"}
        )


def _shown(kept: Kept, name: str) -> Shown:
    digest = hash_in(name)
    if not digest:
        return Shown("", "elsewhere", address=name if name.startswith("https://") else "")
    try:
        content = kept.get(digest)
    except (KeyError, OSError):
        return Shown(digest, "gone")
    return Shown(digest, _family(piece_of(content)), len(content))


def _family(piece: Piece) -> str:
    return piece.kind.partition("/")[0] if piece.is_shown else "file"
