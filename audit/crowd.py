"""Which requests can have become which tickets: groups of requests and of intake's events that share channel and
instant of reception.

The auditor can't compute the id of a request (that would be sharing the rule), so it counts: within a group, as many
distinct requests must go in as tickets and words of customers come out. Used by `audit.checks.requests`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from audit import ticket_numbers
from audit.history import History
from audit.model import Document, Event, Request, canonical, digest

Moment = tuple[str, datetime]
"""A channel and the instant at which it took something."""
Identity = tuple[str, ...]

WORDS_OF_CUSTOMERS = {
    "intake.customer-replied": ("reply", "request"),
    "intake.customer-confirmed": ("confirmation",),
    "intake.customer-denied": ("denial",),
    "intake.customer-took-back": ("take-back",),
    "intake.survey-answer-received": ("survey-answer",),
}
"""What intake says of a known ticket's customer, and the kinds of request that it may come from."""


@dataclass(slots=True)
class Crowd:
    """Requests and what became of them, where neither can be told apart by channel and instant alone."""

    moments: set[Moment] = field(default_factory=set)
    new: list[Request] = field(default_factory=list)
    """Those that must open a ticket."""
    about: list[Request] = field(default_factory=list)
    """Those about a ticket: they may join it, or open another where it is unknown or closed."""
    dead: int = 0
    opened: list[Event] = field(default_factory=list)
    words: list[Event] = field(default_factory=list)


def crowds(history: History) -> list[Crowd]:
    """Return every group, with copies of one request (same channel and key) in the same group."""
    meeting = _Meeting()
    for request in history.requests:
        meeting.join((request.channel, request.received_at), (request.channel, request.key))
    found: defaultdict[object, Crowd] = defaultdict(Crowd)
    numbers = frozenset(ticket_numbers.bare(event.text("number")) for event in history.opened())
    for request in history.requests:
        crowd = found[meeting.place((request.channel, request.received_at))]
        crowd.moments.add((request.channel, request.received_at))
        if request.digest in history.dead:
            crowd.dead += 1
        else:
            (crowd.about if is_about_a_ticket(request, numbers) else crowd.new).append(request)
    for event in history.opened():
        found[meeting.place(moment(event))].opened.append(event)
    for name in WORDS_OF_CUSTOMERS:
        for event in history.every(name):
            found[meeting.place(moment(event))].words.append(event)
    return list(found.values())


def moment(event: Event) -> Moment:
    """Return the channel and the instant at which an event's request was taken."""
    return event.text("channel"), event.instant("received_at")


def is_about_a_ticket(request: Request, numbers: frozenset[str]) -> bool:
    """Return whether a request is, or may be read as, about a ticket there is: a reply, a click, or its number."""
    said = words(request.inner("personal"))
    return request.kind != "request" or bool(request.text("ticket")) or bool(ticket_numbers.written_in(said) & numbers)


def words(personal: Document) -> str:
    """Return what a customer wrote, without differences of spacing."""
    return " ".join(f"{personal.text('subject')} {personal.text('text')}".split())


def fewest(requests: Iterable[Request]) -> int:
    """Return how many requests these are at least: a copy has the same channel, key and words."""
    return len({(one.kind, one.channel, one.key, words(one.inner("personal"))) for one in requests})


def most(requests: Iterable[Request]) -> int:
    """Return how many requests these are at most: the same key with any other content may count apart."""
    return len({_whole(one) for one in requests})


def _whole(request: Request) -> Identity:
    content = {name: value for name, value in request.data.items() if name != "received_at"}
    return request.channel, request.key, digest(canonical(content))


class _Meeting:
    """Tells which moments belong together (a union-find over moments and keys)."""

    def __init__(self) -> None:
        self._parent: dict[object, object] = {}

    def join(self, moment: Moment, key: Identity) -> None:
        self._parent[self.place(("moment", moment), wrapped=True)] = self.place(("key", key), wrapped=True)

    def place(self, node: object, *, wrapped: bool = False) -> object:
        at = node if wrapped else ("moment", node)
        path = []
        while (parent := self._parent.get(at, at)) != at:
            path.append(at)
            at = parent
        for passed in path:
            self._parent[passed] = at
        return at
