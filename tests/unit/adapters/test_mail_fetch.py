"""The way in by IMAP: each mail of a mailbox once, marked only once accepted, and none that stops the others."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from adapters.email import fetch, incoming
from adapters.email.child import LARGEST_BYTES
from adapters.email.fetch import ROUNDS, Fetcher
from adapters.email.incoming import Later
from adapters.email.mailbox import Look, MailboxAway
from tests.requirements import requirement
from tests.support.mail import T0, Post, mail


class Box:
    """A mailbox in memory."""

    name = "sav@imap/INBOX"

    def __init__(self) -> None:
        self.validity = 1
        self.mails: dict[int, bytes] = {}
        self.seen: set[int] = set()
        self.sizes: dict[int, int] = {}
        self.broken: set[int] = set()
        self.took_at: datetime | None = T0

    def put(self, *raws: bytes, seen: bool = False) -> None:
        """Let mails arrive."""
        for raw in raws:
            uid = max(self.mails, default=0) + 1
            self.mails[uid] = raw
            self.seen |= {uid} if seen else set()

    def look(self) -> Look:
        """Return what is there."""
        return Look(self.validity, max(self.mails, default=0) + 1, sorted(self.mails), set(self.mails) - self.seen)

    def size(self, uid: int) -> tuple[int, datetime | None]:
        """Return a mail's size."""
        if uid in self.broken:
            raise MailboxAway("NO")
        return self.sizes.get(uid, len(self.mails[uid])), self.took_at

    def raw(self, uid: int, most: int) -> bytes:
        """Return a mail's bytes."""
        return self.mails[uid][:most]

    def mark_seen(self, uid: int) -> None:
        """Mark one."""
        self.seen.add(uid)


@pytest.fixture
def post(tmp_path: Path) -> Post:
    """The mail's two ways on stores in memory."""
    return Post(tmp_path)


@pytest.fixture
def box() -> Box:
    """An empty mailbox."""
    return Box()


def fetcher(post: Post, box: Box) -> Fetcher:
    return Fetcher(box, post.incoming, post.memory, post.door, post.clock)


def numbered(number: int) -> bytes:
    return mail(f"Mot {number}.", message_id=f"<n{number}@client.example>")


def texts(post: Post) -> list[str]:
    return [request.personal.text for request in post.door.requests]


@requirement("R2")
async def test_every_mail_is_accepted_once_and_then_marked_as_read(post: Post, box: Box) -> None:
    box.put(numbered(1), numbered(2))
    goes = fetcher(post, box)

    assert [await goes.round(), await goes.round()] == [2, 0]

    assert (texts(post), box.seen) == (["Mot 1.", "Mot 2."], {1, 2})
    assert await fetcher(post, box).round() == 0


@requirement("R2")
async def test_where_the_door_is_shut_nothing_is_marked_and_the_next_round_takes_it(post: Post, box: Box) -> None:
    box.put(numbered(1), numbered(2))
    goes = fetcher(post, box)
    post.door.is_shut = True
    with pytest.raises(Later):
        await goes.round()
    assert (box.seen, post.door.heard_until) == (set(), None)

    post.door.is_shut = False
    assert await goes.round() == 2


@requirement("R2")
async def test_a_mail_that_a_person_read_first_is_taken_all_the_same(post: Post, box: Box) -> None:
    goes = fetcher(post, box)
    await goes.round()
    box.put(numbered(1), seen=True)

    assert await goes.round() == 1


async def test_at_the_first_look_what_was_read_before_is_left_alone_and_what_was_not_is_taken(
    post: Post, box: Box
) -> None:
    box.put(numbered(1), seen=True)
    box.put(numbered(2))

    assert await fetcher(post, box).round() == 1
    assert texts(post) == ["Mot 2."]


@requirement("R2")
async def test_when_the_mailbox_numbers_its_mails_anew_none_is_lost_and_none_comes_twice(post: Post, box: Box) -> None:
    box.put(numbered(1))
    goes = fetcher(post, box)
    await goes.round()

    box.validity = 2
    box.mails = {1: numbered(3), 2: numbered(1)}
    box.seen = {1, 2}
    await goes.round()

    assert texts(post) == ["Mot 1.", "Mot 3."]


@requirement("R2", "R8")
async def test_a_mail_that_the_server_does_not_hand_out_stops_no_other_and_becomes_a_ticket(
    post: Post, box: Box
) -> None:
    box.put(numbered(1), numbered(2))
    box.broken = {1}
    goes = fetcher(post, box)

    counts = [await goes.round() for _ in range(ROUNDS + 1)]

    assert counts == [1, *[0] * (ROUNDS - 2), 1, 0]
    assert texts(post) == ["Mot 2.", ""]
    assert post.door.requests[-1].form["unreadable"] == "the mailbox does not hand it out"


@requirement("R8", "R13")
async def test_silence_is_claimed_only_for_rounds_that_took_everything(post: Post, box: Box) -> None:
    box.put(numbered(1))
    box.broken = {1}
    goes = fetcher(post, box)
    await goes.round()
    assert post.door.heard_until is None

    box.broken = set()
    await goes.round()
    assert post.door.heard_until == post.clock.at


@requirement("R8")
@pytest.mark.parametrize(("size", "is_read"), [(LARGEST_BYTES, True), (LARGEST_BYTES + 1, False)])
async def test_a_mail_that_is_too_large_is_kept_in_part_and_becomes_a_ticket(
    post: Post, box: Box, monkeypatch: pytest.MonkeyPatch, size: int, is_read: bool
) -> None:
    monkeypatch.setattr(fetch, "KEPT_OF_LARGE", 10)
    box.put(numbered(1))
    box.sizes = {1: size}
    await fetcher(post, box).round()

    assert texts(post) == (["Mot 1."] if is_read else [""])


@requirement("R8")
async def test_a_mail_that_by_smtp_would_be_refused_becomes_a_ticket_for_nobody_is_there_to_be_told(
    post: Post, box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(incoming, "MOST_ATTACHMENTS", -1)
    box.put(numbered(1))
    await fetcher(post, box).round()

    assert (texts(post), box.seen) == ([""], {1})


@requirement("R3")
async def test_the_clock_of_a_request_starts_when_the_mailbox_took_it(post: Post, box: Box) -> None:
    post.clock.at = T0 + timedelta(minutes=5)
    box.put(numbered(1))
    goes = fetcher(post, box)
    await goes.round()
    box.took_at = T0 - timedelta(days=2)  # moved here by a person after the first round
    box.put(numbered(2))
    box.took_at = T0 - timedelta(days=2)
    await goes.round()
    assert [request.received_at for request in post.door.requests] == [T0, post.clock.at]


@pytest.mark.parametrize("took_at", [None, T0 + timedelta(days=1), T0 - timedelta(days=31)])
async def test_an_instant_that_cannot_be_is_now(post: Post, box: Box, took_at: datetime | None) -> None:
    box.took_at = took_at
    box.put(numbered(1))
    await fetcher(post, box).round()

    assert post.door.requests[0].received_at == post.clock.at
