"""The operators' list of calls to make: whom, what to say, and what came of it (R3, R13). Called by `app`."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from adapters.accept import NotAccepted
from adapters.phone.desk_page import operator_of
from adapters.phone.switchboard import Switchboard
from adapters.phone.to_call import Outcome, reports_of
from adapters.web.pages import comes_from_elsewhere
from shared.errors import GoRound

_LIST = "/poste/rappels"
_OUTCOMES: dict[str, Outcome] = {"joint": "reached", "faux": "wrong-number"}


class ListPage:
    """`/poste/rappels`."""

    def __init__(self, board: Switchboard) -> None:
        self._board = board

    async def show(self, _request: Request) -> Response:
        """Show the calls to make, the oldest first."""
        return await self._page()

    async def made(self, request: Request) -> Response:
        """Note what came of a call."""
        board = self._board
        async with request.form(max_files=0, max_fields=5) as form:
            fields = {name: str(value) for name, value in form.items()}
        now, outcome = board.clock.now(), _OUTCOMES.get(fields.get("came", ""))
        is_ours = board.nonces.read(fields.get("page", ""), _LIST, now) is not None
        if outcome is None or not is_ours or comes_from_elsewhere(request):
            return await self._page("Appuyez une seconde fois.", 409)
        try:
            call = await board.to_call.read(fields.get("message", ""))
            if call is not None:
                for report in reports_of(call, outcome, operator_of(request), now):
                    await board.door.report(report)
                await board.to_call.settle(call.message)
        except (NotAccepted, GoRound):
            return await self._page("Cela n’a pas pu être enregistré\u00a0: réessayez.", 503)
        return RedirectResponse(_LIST, 303)

    async def _page(self, notice: str = "", status: int = 200) -> Response:
        board = self._board
        try:
            calls = await board.to_call.open()
        except GoRound:
            calls, notice, status = [], "La liste ne peut pas être lue pour le moment.", 503
        nonce = board.nonces.new(_LIST, board.clock.now())
        said = {call.message: _said(call.text) for call in calls}
        return board.pages.show("calls.html", status, calls=calls, said=said, nonce=nonce, notice=notice)


def _said(text: str) -> list[str]:
    """A message as it can be read aloud: by paragraphs, without the lines that are links."""
    spoken = "\n".join(line for line in text.split("\n") if "://" not in line)
    return [paragraph for paragraph in spoken.split("\n\n") if paragraph.strip()]
