"""The operator's page: who is calling, what they have, a note, and the number and delay to read aloud (R1, R3).

Called by `app`, for operators who are signed in. What is typed is never lost; saying that the number was read aloud is
an act of its own, because it counts as the acknowledgement.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from adapters.accept import NotAccepted
from adapters.door import TooLarge, Unreadable
from adapters.phone.calls import CallsAway
from adapters.phone.known import known_by
from adapters.phone.read import read
from adapters.phone.switchboard import Switchboard
from adapters.web.answers import answer_by
from adapters.web.pages import comes_from_elsewhere
from adapters.web.tickets import Ticket, TicketsAway
from shared.errors import GoRound
from shared.events.notify import Delivery, DeliveryStatus
from shared.ids import message_id
from shared.numbers import normalised

LOOKS, LOOK_SECONDS = 20, 0.25
"""The customer is on the line: five seconds for the number and the delay, while the operator says goodbye to nobody."""
FIELDS = ("caller", "number", "customer", "site", "equipment", "protected", "note", "ticket")
_FORM = "/poste"


class DeskPage:
    """`/poste` and what follows from it."""

    def __init__(self, board: Switchboard) -> None:
        self._board = board

    async def show(self, request: Request) -> Response:
        """Show the note of a call; the switchboard opens it with `appel` and `numero`."""
        asked = request.query_params
        number = self._board.mappings.number(asked.get("numero", ""))
        fields = {"number": number, "call": asked.get("appel", "")[:200]}
        return self._page(fields, added=normalised(asked.get("joint", "")) or "")

    async def note(self, request: Request) -> Response:
        """Take the note."""
        board = self._board
        async with request.form(max_files=0, max_fields=20, max_part_size=256 * 1024) as form:
            fields = {name: str(value).replace("\r\n", "\n") for name, value in form.items()}
        now = board.clock.now()
        nonce = board.nonces.read(fields.get("page", ""), _FORM, now)
        if nonce is None or comes_from_elsewhere(request):
            return self._page(
                fields, notice="La page était ouverte depuis longtemps : enregistrez à nouveau.", status=409
            )
        if not fields.get("note", "").strip():
            return self._page(fields, notice="Écrivez ce que dit le client, même en trois mots.", status=422)
        call = fields.get("call", "")
        key = call or f"poste:{nonce.name}"
        with board.door.receiving() as received_at:
            said = {**{name: fields.get(name, "") for name in FIELDS}, "call": key, "operator": operator_of(request)}
            try:
                taken = read(json.dumps(said).encode(), received_at)
                extra = {name: fields[name] for name in ("equipment", "protected") if fields.get(name)}
                await board.door.accept(taken.model_copy(update={"form": {**taken.form, **extra}}))
                if call:
                    await board.calls.noted(call)
            except (TooLarge, Unreadable) as refusal:
                return self._page(fields, notice=f"Cette note ne peut pas être enregistrée : {refusal}", status=422)
            except CallsAway:
                pass  # the note is safe; the call is told once more as one that nobody noted
            except NotAccepted:
                return self._page(fields, notice="Rien n’a pu être enregistré : réessayez.", status=503)
        known = normalised(fields.get("ticket", ""))
        # What is said of a ticket that there is has its number already; an unknown number opens a new one.
        return RedirectResponse(
            f"{_FORM}?joint={known}" if known else f"/poste/dossier/{board.calls.ticket_id(key)}", 303
        )

    async def read_aloud(self, request: Request) -> Response:
        """Show the number and the delay to read aloud."""
        return await self._aloud(request.path_params["ticket"])

    async def told(self, request: Request) -> Response:
        """Note that the operator has told the number (R3): it counts as the acknowledgement, from now."""
        board, ticket = self._board, request.path_params["ticket"]
        async with request.form(max_files=0, max_fields=5) as form:
            page = str(form.get("page", ""))
        now = board.clock.now()
        if board.nonces.read(page, f"/poste/dossier/{ticket}", now) is None or comes_from_elsewhere(request):
            return await self._aloud(ticket, notice="Appuyez une seconde fois.", status=409)
        statuses: tuple[DeliveryStatus, ...] = ("accepted", "delivered")
        try:
            for status in statuses:
                await board.door.report(
                    Delivery(
                        message=acknowledgement_of(ticket),
                        ticket=ticket,
                        kind="acknowledgement",
                        generation=1,
                        resolution=0,
                        channel="phone",
                        status=status,
                        at=now,
                        reason=f"annoncé par {operator_of(request)}",
                    )
                )
            with suppress(GoRound):  # it stays on the list of calls to make, where it says that it was made
                await board.to_call.settle(acknowledgement_of(ticket))
        except NotAccepted:
            return await self._aloud(ticket, notice="Cela n’a pas pu être enregistré : réessayez.", status=503)
        return RedirectResponse(_FORM + "?annonce", 303)

    async def _aloud(self, ticket: str, notice: str = "", status: int = 200) -> Response:
        board, now = self._board, self._board.clock.now()
        known = await self._known(ticket)
        return board.pages.show(
            "aloud.html",
            status,
            ticket=known,
            here=f"/poste/dossier/{ticket}",
            by=answer_by(board.policy, known.intake.opened_at if known and known.intake.opened_at else now),
            nonce=board.nonces.new(f"/poste/dossier/{ticket}", now),
            notice=notice,
        )

    async def _known(self, ticket: str) -> Ticket | None:
        """The ticket once its number and delay are known, or as far as it is after a few seconds."""
        found: Ticket | None = None
        try:
            for look in range(LOOKS):
                if look:
                    await self._board.sleep(LOOK_SECONDS)
                found = await self._board.tickets.by_id(ticket)
                if found is not None and found.number and found.intake.stated:
                    return found
        except TicketsAway:
            return None
        return found if found is not None and found.number else None

    def _page(self, fields: Mapping[str, str], notice: str = "", status: int = 200, added: str = "") -> Response:
        board, now = self._board, self._board.clock.now()
        number = board.mappings.number(fields.get("number", ""))
        return board.pages.show(
            "note.html",
            status,
            known=known_by(board.registry(), number, fields.get("customer", ""), now),
            fields={name: fields.get(name, "") for name in (*FIELDS, "call")},
            notice=notice,
            added=added,
            nonce=board.nonces.new(_FORM, now),
        )


def acknowledgement_of(ticket: str) -> str:
    """Return the id of the message that acknowledges a call by telephone, as notify names it."""
    return message_id(ticket, "acknowledgement", generation=1, resolution=0, channel="phone")


def operator_of(request: Request) -> str:
    """Return who is signed in."""
    return str(request.state.operator)
