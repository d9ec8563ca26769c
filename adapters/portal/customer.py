"""Who may see a page behind a link, and which page it is (R12, R14). Called by `app`.

Empty, shortened, altered, expired and other people's links all get the very same page.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from starlette.requests import Request
from starlette.responses import Response

from adapters.portal.behind import Asked
from adapters.portal.question_page import QuestionPage
from adapters.portal.site import Site
from adapters.portal.survey_page import SurveyPage
from adapters.portal.ticket_page import TicketPage


class Page(Protocol):
    """One kind of page behind a link."""

    async def get(self, asked: Asked) -> Response:
        """Show it; change nothing."""
        ...

    async def post(self, asked: Asked) -> Response:
        """Take what was pressed."""
        ...


class Customer:
    """The pages of the customers' links, by purpose."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._pages: Mapping[str, Page] = {"d": TicketPage(site), "c": QuestionPage(site), "s": SurveyPage(site)}

    async def get(self, request: Request) -> Response:
        """Show a link's page."""
        found = self._behind(request)
        return found if isinstance(found, Response) else await self._pages[found.link.purpose].get(found)

    async def post(self, request: Request) -> Response:
        """Take what was pressed on a link's page."""
        found = self._behind(request)
        return found if isinstance(found, Response) else await self._pages[found.link.purpose].post(found)

    def _behind(self, request: Request) -> Asked | Response:
        site = self._site
        if not site.may_look(request):
            return site.too_often()
        purpose, token = request.path_params["purpose"], request.path_params["token"]
        link = site.links.read(purpose, token, site.clock.now())
        return Asked(request, link, token) if link is not None and purpose in self._pages else site.invalid()
