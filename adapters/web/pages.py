"""Renders pages, and puts on every answer what a browser must keep to. No script, no resource of anybody else.

Called by the portal and the operator's page. Templates escape everything; a value that is missing is an error here and
a 500 in a test, never an empty space that a customer reads past.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import phonenumbers
from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.promises import in_french

ZONE = "Europe/Paris"
"""Customers of a French installer read the wall clock of metropolitan France; a mail tells sites overseas theirs."""
HEADERS = {
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    # Not `no-referrer`: browsers then send `Origin: null` with our own forms. Nothing leaves this site either way.
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "x-robots-tag": "noindex, nofollow",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
    "cache-control": "no-store",
}


def moment(at: datetime) -> str:
    """Return an instant as a customer reads it: « mardi 24 novembre à 10 h 30 », with its last space unbreakable."""
    return in_french(at, ZONE).replace(" h ", "\u00a0h\u00a0")


def said(number: str) -> str:
    """Return a telephone number as it is read aloud in its country; as it is where it is none."""
    try:
        parsed = phonenumbers.parse(number, "FR")
    except phonenumbers.NumberParseException:
        return number
    is_french = parsed.country_code == 33
    form = phonenumbers.PhoneNumberFormat.NATIONAL if is_french else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(parsed, form).replace(" ", "\u00a0")


def weight(size: int) -> str:
    """Return a size in bytes as it is read: « 1,2 Mo »."""
    if size < 1024**2:
        return f"{max(1, round(size / 1024))}\u00a0ko"
    return f"{size / 1024**2:.1f}\u00a0Mo".replace(".", ",")


class Pages:
    """The templates of one application."""

    def __init__(self, package: str, company: str, phone: str) -> None:
        """`package` holds the application's own `templates`; `phone` is in E.164, or empty."""
        loaders = [PackageLoader(package), PackageLoader("adapters.web")]
        self._templates = Environment(
            loader=ChoiceLoader(loaders),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.globals.update(company=company, phone=phone, phone_said=said(phone), moment=moment)
        self._templates.filters.update(said=said, weight=weight)

    def show(self, template: str, status: int = 200, **values: Any) -> HTMLResponse:
        """Return a page."""
        return HTMLResponse(self._templates.get_template(template).render(**values), status_code=status)

    def piece(self, template: str, **values: Any) -> Markup:
        """Return a part of a page."""
        return Markup(self._templates.get_template(template).render(**values))  # noqa: S704 - escaped by the template


class Guard:
    """Sets the headers, and hangs up on bodies that are larger than any form of ours."""

    def __init__(self, app: ASGIApp, body_bytes: int) -> None:
        self._app, self._body_bytes = app, body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        taken = 0

        async def counted() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > self._body_bytes:
                raise TooMuch
            return message

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, counted, with_headers)


class TooMuch(Exception):
    """The body is larger than the application takes."""


def comes_from_elsewhere(request: Request) -> bool:
    """Tell whether a browser says that a form was sent by another site's page."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = request.headers.get("origin")
    return origin is not None and origin.partition("://")[2] != request.headers.get("host", "")


def address_of(request: Request) -> str:
    """Return the caller's address; uvicorn has put the right one there where a known proxy says it."""
    return request.client.host if request.client else ""
