"""The portal's application: its addresses, and what is answered where none fits. Served by `sav portal serve`."""

from __future__ import annotations

from pathlib import Path

import structlog
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

import adapters.web
from adapters.portal.asking import Asking
from adapters.portal.customer import Customer
from adapters.portal.site import Site
from adapters.web.pages import Guard, TooMuch
from adapters.web.photos import PHOTO_BYTES, PHOTOS

log = structlog.get_logger()

BODY_BYTES = PHOTO_BYTES * PHOTOS + 1024 * 1024
"""Every photo that a form may have at its largest, and the words."""
STYLE = Path(adapters.web.__file__).parent / "static" / "style.css"


def application(site: Site) -> Starlette:
    """Return the portal."""
    asking, customer = Asking(site), Customer(site)

    async def style(_request: Request) -> Response:
        return FileResponse(STYLE, media_type="text/css", headers={"cache-control": "public, max-age=3600"})

    async def nothing(_request: Request) -> Response:
        return Response(status_code=204)

    async def alive(_request: Request) -> Response:
        return Response("ok\n", media_type="text/plain")

    async def refused(_request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        if status == 404:
            return site.invalid()
        title, text = _REFUSALS.get(status, _REFUSALS[500])
        return site.pages.show("stopped.html", status, title=title, text=text)

    async def too_much(_request: Request, _error: Exception) -> Response:
        title, text = _REFUSALS[413]
        return site.pages.show("stopped.html", 413, title=title, text=text)

    async def failed(_request: Request, error: Exception) -> Response:
        log.error("page_failed", error=type(error).__name__)  # without its words: they may be a customer's
        title, text = _REFUSALS[500]
        return site.pages.show("stopped.html", 500, title=title, text=text)

    link, page = "/{purpose:str}/{token:str}", customer.get
    routes = [
        Route("/", asking.choose, methods=["GET"]),
        Route("/style.css", style, methods=["GET"]),
        Route("/favicon.ico", nothing, methods=["GET"]),
        Route("/robots.txt", nothing, methods=["GET"]),
        Route("/healthz", alive, methods=["GET"]),
        Route("/demande/{topic:str}", asking.show, methods=["GET"]),
        Route("/demande/{topic:str}", asking.send, methods=["POST"]),
        Route("/r/{token:str}", asking.received, methods=["GET"]),
        Route(link, page, methods=["GET"]),
        Route(link, customer.post, methods=["POST"]),
        # Mails name one link for each answer; both lead to the page where both can be pressed.
        Route("/{purpose:str}/{token:str}/{answer:str}", page, methods=["GET"]),
    ]
    return Starlette(
        routes=routes,
        middleware=[Middleware(Guard, body_bytes=BODY_BYTES)],
        exception_handlers={HTTPException: refused, TooMuch: too_much, Exception: failed},
    )


_REFUSALS = {
    400: ("Votre envoi n’a pas pu être lu", "Revenez à la page précédente : ce que vous avez écrit y est encore."),
    405: ("Cette page ne s’ouvre pas ainsi", "Revenez à la page précédente."),
    413: (
        "Vos photos sont trop lourdes",
        f"Revenez à la page précédente : vos mots y sont. {PHOTOS} photos de {PHOTO_BYTES // 1024**2} Mo au plus.",
    ),
    500: ("Cette page est en panne", "Ce que vous aviez déjà envoyé n’est pas perdu. Réessayez dans une minute."),
}
