"""The guided form: choose, ask, send, and the page that says so (R1, R2, R3). A POST that fails loses nothing typed.

Called by `app`. The form's nonce is the request's key: a double click, a reload or a lost answer is the same request.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import OrderedDict
from datetime import datetime

import structlog
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from adapters.portal.form import Given, given, questions_of, request_of
from adapters.portal.questions import BY_NAME, TOPICS, Topic
from adapters.portal.site import Site
from adapters.web.answers import answer_by
from adapters.web.limits import Share
from adapters.web.pages import comes_from_elsewhere
from adapters.web.photos import PHOTOS, NotKept
from adapters.web.tickets import Ticket, TicketsAway
from shared import ids
from shared.events.requests import Request as Said

log = structlog.get_logger()

FIELDS, FILES = 40, PHOTOS * 2
"""More fields than any topic has, and more files than are kept: who chooses too many is told so."""
FIELD_BYTES = 256 * 1024
KEPT_BY_THE_BROWSER = "private, no-cache"
"""With `no-store` a browser that goes back shows an empty form, or none; so it shows what was typed, nonce and all."""
REMEMBERED = 10_000
"""Forms of which this process knows the words: some 2 MB. A copy after that is recognised by intake all the same."""
OFTEN = (
    "Beaucoup de demandes viennent de votre connexion ou de cette adresse e-mail. Réessayez plus tard, ou appelez-nous."
)


class Asking:
    """The pages of the form."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._sent: OrderedDict[str, str] = OrderedDict()

    async def choose(self, _request: Request) -> Response:
        """Show the topics."""
        return self._site.pages.show("choose.html", topics=TOPICS)

    async def show(self, request: Request) -> Response:
        """Show the form of a topic, empty."""
        topic = BY_NAME.get(request.path_params["topic"])
        if topic is None:
            return self._site.invalid()
        return self._page(given(topic, {}, ()), {})

    async def send(self, request: Request) -> Response:
        """Take a form: to the page of what was received, or the form again with what is wrong."""
        topic = BY_NAME.get(request.path_params["topic"])
        if topic is None:
            return self._site.invalid()
        async with request.form(max_files=FILES, max_fields=FIELDS, max_part_size=FIELD_BYTES) as fields:
            with self._site.door.receiving() as now:
                return await self._sent_by(request, topic, fields, now)

    async def _sent_by(self, request: Request, topic: Topic, fields: FormData, now: datetime) -> Response:
        page = f"/demande/{topic.name}"
        nonce = self._site.nonces.read(_text(fields, "page"), page, now)
        kept, photo_error = await self._photos(fields)
        form = given(topic, {name: _text(fields, name) for name in fields}, kept)
        errors = dict(form.errors) | ({"photos": photo_error} if photo_error else {})
        same = _text(fields, "page") if nonce else ""
        if errors:
            return self._page(form, errors, same, status=422)
        if nonce is None or comes_from_elsewhere(request):
            notice = "Cette page était ouverte depuis longtemps : vérifiez vos réponses et envoyez-les à nouveau."
            return self._page(form, {}, notice=notice, status=409)
        said = request_of(form, nonce.name, now)
        if self._sent.get(nonce.name) == _words(said):
            return self._received(said, now)
        if not self._may_send(request, form):
            return self._page(form, {}, same, OFTEN, 429)
        said, notice = await self._again(said)
        notice = notice or await self._site.take(said)
        if notice:
            return self._page(form, {}, same, notice, 503)
        self._remember(nonce.name, _words(said))
        return self._received(said.model_copy(update={"key": nonce.name}), now)

    async def _photos(self, fields: FormData) -> tuple[list[str], str]:
        """Keep what came along; return the names, those of an earlier attempt first, and what is wrong."""
        names = [name for token in fields.getlist("photo") if (name := self._photo_of(str(token)))]
        error = ""
        for file in fields.getlist("photos"):
            if not isinstance(file, UploadFile) or not file.filename:
                continue
            if len(set(names)) >= PHOTOS:
                return names, f"{PHOTOS} photos au plus : les premières sont gardées"
            try:
                names.append((await asyncio.to_thread(self._site.photos.keep, file.file)).name)
            except NotKept as refusal:
                error = str(refusal).capitalize()
            except OSError as failure:
                log.error("photo_not_kept", error=type(failure).__name__)
                error = "Cette photo n’a pas pu être enregistrée : envoyez la demande sans elle, ou réessayez"
        return names, error

    def _photo_of(self, token: str) -> str:
        """A name that we gave, signed: nobody refers to another's photo by guessing."""
        link = self._site.links.read("r", token, self._site.clock.now())
        return link.about if link is not None and link.note == "photo" else ""

    def _may_send(self, request: Request, form: Given) -> bool:
        site, email = self._site, form.value("email").strip().lower()
        if not site.allows(request, "forms", site.settings.forms_an_hour, 3600):
            return False
        return not email or site.limits.allows(Share("mailbox", site.settings.mails_an_hour, 3600), (email, 1))

    async def _again(self, said: Said) -> tuple[Said, str]:
        """The same page with other words (the back button) adds to what was sent: one ticket, not two (R2)."""
        known, ticket_id = said.key in self._sent, self._ticket_of(said.key)
        try:
            if known:
                ticket = await self._site.look(lambda: self._site.tickets.by_id(ticket_id), _has_number)
            else:
                ticket = await self._site.tickets.by_id(ticket_id)
        except TicketsAway:
            ticket = None
        if ticket is None and not known:
            return said, ""
        if ticket is None or not ticket.number:
            return said, "Votre première demande est enregistrée ; pour la compléter, réessayez dans une minute."
        added = {"kind": "reply", "ticket": ticket.number, "key": f"{said.key}:{_words(said)}"}
        return said.model_copy(update=added), ""

    def _remember(self, key: str, words: str) -> None:
        self._sent[key] = words
        while len(self._sent) > REMEMBERED:
            self._sent.popitem(last=False)

    def _ticket_of(self, key: str) -> str:
        environment = self._site.environment
        return ids.ticket_id(environment, ids.request_id(environment, "portal", key))

    def _received(self, said: Said, now: datetime) -> Response:
        path = self._site.links.path("r", self._ticket_of(said.key), 0, now, said.received_at.isoformat())
        return RedirectResponse(path, 303)

    async def received(self, request: Request) -> Response:
        """Say that it was received, its number once intake has given it one, and by when somebody answers (R3, R4)."""
        site, now = self._site, self._site.clock.now()
        if not site.may_look(request):
            return site.too_often()
        token = request.path_params["token"]
        link = site.links.read("r", token, now)
        if link is None or link.note in ("", "photo"):
            return site.invalid()
        try:
            ticket = await site.look(lambda: site.tickets.by_id(link.about), _has_number)
        except TicketsAway as error:
            log.warning("read_model_away", error=str(error))
            ticket = None
        known = ticket if ticket is not None and ticket.number else None
        received_at = datetime.fromisoformat(link.note)
        return site.pages.show(
            "received.html",
            ticket=known,
            link=site.links.path("d", known.number, 0, received_at) if known else "",
            here=f"/r/{token}",
            received_at=received_at,
            by=answer_by(site.policy, received_at),
        )

    def _page(
        self, form: Given, errors: dict[str, str], nonce: str = "", notice: str = "", status: int = 200
    ) -> Response:
        site, now = self._site, self._site.clock.now()
        shown = site.pages.show(
            "ask.html",
            status,
            topic=form.topic,
            given=form,
            questions=questions_of(form.topic),
            errors=errors,
            notice=notice,
            photos_most=PHOTOS,
            kept=[site.links.token("r", name, 0, now, "photo") for name in form.photos],
            # The nonce stays while the form is mended: whatever comes of it is one request.
            nonce=nonce or site.nonces.new(f"/demande/{form.topic.name}", now),
        )
        shown.headers["cache-control"] = KEPT_BY_THE_BROWSER
        return shown


def _has_number(ticket: Ticket) -> bool:
    return bool(ticket.number)


def _text(fields: FormData, name: str) -> str:
    """A field as it was typed, with the line ends that everybody else has."""
    value = fields.get(name, "")
    return value.replace("\r\n", "\n") if isinstance(value, str) else ""


def _words(said: Said) -> str:
    return hashlib.sha256(said.model_dump_json(exclude={"received_at", "key", "kind", "ticket"}).encode()).hexdigest()[
        :16
    ]
