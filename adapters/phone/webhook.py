"""What the telephone system calls: events of calls, and where to send one (R1, R2).

Called by `app`. An event is answered with 204 once it is kept; 503 means: say it again. It must never believe what is
not signed.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from adapters.accept import NotAccepted
from adapters.door import TooLarge, Unreadable, load
from adapters.phone.calls import CallsAway
from adapters.phone.pager import Answer
from adapters.phone.proof import is_proved
from adapters.phone.route import route
from adapters.phone.signature import SIGNATURE, TIMESTAMP, is_signed
from adapters.phone.switchboard import Switchboard
from shared.events.base import Model


class Asked(Model):
    """A call that the switchboard asks about."""

    number: str = ""
    call: str = ""


class Webhook:
    """The telephone system's addresses."""

    def __init__(self, board: Switchboard) -> None:
        self._board = board

    async def event(self, request: Request) -> Response:
        """Take one event of a call."""
        board, system = self._board, request.path_params["system"]
        if system not in board.mappings.systems:
            known = ", ".join(sorted(board.mappings.systems))
            return _error(404, f"no mapping of this name; there are {known}")
        body = await request.body()
        if not self._is_ours(request, body) and not self._is_proved(system, request, body):
            return _error(401, f"not signed: {TIMESTAMP} and {SIGNATURE} over the raw body, within five minutes")
        try:
            event = board.mappings.event(system, body, request.headers.get("content-type", ""))
            if event is not None:
                recording = await board.recordings.kept_name(event.recording)
                await board.calls.hear(event.model_copy(update={"recording": recording}))
        except Unreadable as refusal:
            return _error(422, str(refusal))
        except TooLarge as refusal:
            return _error(413, str(refusal))
        except (CallsAway, NotAccepted) as away:
            return _error(503, f"not kept, say it again: {type(away).__name__}")
        return Response(status_code=204)

    async def route(self, request: Request) -> Response:
        """Tell the switchboard what to do with a call: nothing is looked up outside this process."""
        board, body = self._board, await request.body()
        if not self._is_ours(request, body):
            return _error(401, "not signed")
        try:
            asked = load(Asked, body)
        except Unreadable as refusal:
            return _error(422, str(refusal))
        number = board.mappings.number(asked.number)
        now, settings = board.clock.now(), board.settings
        answer = route(number, now, board.policy, board.registry(), settings.desk)
        return JSONResponse(answer.model_dump())

    async def page(self, request: Request) -> Response:
        """Take what came of a call to who is on call."""
        body = await request.body()
        if not self._is_ours(request, body):
            return _error(401, "not signed")
        try:
            await self._board.pager.answered(load(Answer, body))
        except (Unreadable, ValueError) as refusal:
            return _error(422, str(refusal))
        except NotAccepted as away:
            return _error(503, f"not kept, say it again: {type(away).__name__}")
        return Response(status_code=204)

    def _is_proved(self, system: str, request: Request, body: bytes) -> bool:
        settings, places = self._board.settings, self._board.mappings.systems[system]
        secret = settings.secrets[system].get_secret_value() if system in settings.secrets else ""
        # The proxy before us may have changed how the address looks: what was configured there is what was signed.
        address = f"{settings.address.rstrip('/')}{request.url.path}" if settings.address else ""
        return is_proved(places.proof, secret, address, request.headers, body)

    def _is_ours(self, request: Request, body: bytes) -> bool:
        head, board = request.headers, self._board
        now = board.clock.now()
        return is_signed(board.settings.all_keys, head.get(TIMESTAMP, ""), head.get(SIGNATURE, ""), body, now)


def _error(status: int, reason: str) -> Response:
    return JSONResponse({"error": reason}, status_code=status)
