"""The phone adapter's application: webhooks, and the operators' page behind a password. Served by `sav phone serve`."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Awaitable, Callable
from pathlib import Path

import structlog
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

import adapters.web
from adapters.phone.desk_page import DeskPage
from adapters.phone.list_page import ListPage
from adapters.phone.pieces_page import PiecesPage
from adapters.phone.switchboard import Switchboard
from adapters.phone.webhook import Webhook
from adapters.web.pages import Guard, TooMuch

log = structlog.get_logger()

BODY_BYTES = 512 * 1024
"""Of an event or a note: half of what a request may be, and a hundred times what any of them has."""
STYLE = Path(adapters.web.__file__).parent / "static" / "style.css"
View = Callable[[Request], Awaitable[Response]]


def application(board: Switchboard) -> Starlette:
    """Return the phone adapter."""
    hook, desk, calls, pieces = Webhook(board), DeskPage(board), ListPage(board), PiecesPage(board)

    async def style(_request: Request) -> Response:
        return FileResponse(STYLE, media_type="text/css")

    async def nothing(_request: Request) -> Response:
        return Response(status_code=204)

    async def alive(_request: Request) -> Response:
        return Response("ok\n", media_type="text/plain")

    async def refused(_request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 413
        return JSONResponse({"error": "refused"}, status_code=status)

    async def failed(_request: Request, error: Exception) -> Response:
        log.error("phone_failed", error=type(error).__name__)
        return JSONResponse({"error": "failed, say it again"}, status_code=500)

    def signed_in(view: View) -> View:
        async def guarded(request: Request) -> Response:
            operator = _operator(request, board.settings.operator_password.get_secret_value())
            if not operator:
                ask = {"www-authenticate": 'Basic realm="Poste SAV", charset="UTF-8"'}
                return Response("Nom et mot de passe du poste", 401, ask, "text/plain")
            request.state.operator = operator
            return await view(request)

        return guarded

    routes = [
        Route("/phone/events/{system:str}", hook.event, methods=["POST"]),
        Route("/phone/route", hook.route, methods=["POST"]),
        Route("/phone/page", hook.page, methods=["POST"]),
        Route("/healthz", alive, methods=["GET"]),
    ]
    if board.settings.operator_password.get_secret_value():
        routes += [
            Route("/style.css", style, methods=["GET"]),
            Route("/favicon.ico", nothing, methods=["GET"]),
            Route("/poste", signed_in(desk.show), methods=["GET"]),
            Route("/poste", signed_in(desk.note), methods=["POST"]),
            Route("/poste/rappels", signed_in(calls.show), methods=["GET"]),
            Route("/poste/rappels", signed_in(calls.made), methods=["POST"]),
            Route("/poste/pieces", signed_in(pieces.show), methods=["GET"]),
            Route("/poste/piece/{name:str}", signed_in(pieces.piece), methods=["GET"]),
            Route("/poste/dossier/{ticket:str}", signed_in(desk.read_aloud), methods=["GET"]),
            Route("/poste/dossier/{ticket:str}", signed_in(desk.told), methods=["POST"]),
        ]
    return Starlette(
        routes=routes,
        middleware=[Middleware(Guard, body_bytes=BODY_BYTES)],
        exception_handlers={HTTPException: refused, TooMuch: refused, Exception: failed},
    )


def _operator(request: Request, password: str) -> str:
    """The name of who is signed in, empty where nobody is."""
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        name, _, secret = base64.b64decode(given, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return ""
    return name[:100] if name and hmac.compare_digest(secret.encode(), password.encode()) else ""
