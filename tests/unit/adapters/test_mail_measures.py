"""The mail programs' counters: every mail, every conversation and every report is counted as what it became, once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from adapters.email.child import Unreadable
from adapters.email.incoming import Arrival, Later, Never
from adapters.email.measures import CountedDoor, MeasuredIncoming, MeasuredRelay, rounds
from adapters.email.relay import Outcome
from shared.errors import GoRound
from shared.metrics.labels import ANSWER, RESULT
from shared.runtime.settings import Settings
from shared.runtime.telemetry import Telemetry
from tests.support.mail import ADDRESS, T0, Post, ScriptedRelay, mail, to_send


def telemetry(program: str = "mail-receive") -> Telemetry:
    return Telemetry(Settings(), program, lambda: 1000.0, on=True)


@pytest.fixture
def post(tmp_path: Path) -> Post:
    """The mail's two ways on stores in memory."""
    return Post(tmp_path)


def shut(post: Post) -> None:
    post.door.is_shut = True


def unread(post: Post) -> None:
    post.parsers.answer = Unreadable("too slow")


def nothing(_: Post) -> None:
    pass


@pytest.mark.parametrize(("first", "became"), [(nothing, "request"), (unread, "unreadable"), (shut, "later")])
async def test_a_mail_is_counted_as_what_it_became(post: Post, first: Callable[[Post], None], became: str) -> None:
    one = telemetry()
    incoming = MeasuredIncoming(post.incoming, one)
    first(post)

    try:
        await incoming.take(Arrival(mail(), (ADDRESS,), T0))
    except Later:
        assert became == "later"

    counted = {name: one.metrics.value("sav_mails_received_total", "mail-receive", name) for name in ANSWER.values}
    assert counted == {name: float(name == became) for name in ANSWER.values}


async def test_a_mail_that_is_refused_for_good_is_counted_so_and_its_sender_is_told_as_before() -> None:
    class Refuses:
        async def take(self, _: Arrival) -> str:
            raise Never("trop")

        async def keep_unread(self, _: Arrival, reason: str) -> str:
            assert reason == "trop"
            return "unreadable"

    one = telemetry("mail-fetch")
    incoming = MeasuredIncoming(Refuses(), one)

    with pytest.raises(Never, match="trop"):
        await incoming.take(Arrival(b"", (), T0))
    assert await incoming.keep_unread(Arrival(b"", (), T0), "trop") == "unreadable"
    assert one.metrics.value("sav_mails_received_total", "mail-fetch", "never") == 1
    assert one.metrics.value("sav_mails_received_total", "mail-fetch", "unreadable") == 1


@pytest.mark.parametrize("result", RESULT.values)
async def test_a_conversation_is_counted_as_what_is_known_after_it(result: str) -> None:
    one = telemetry("mail-send")
    relay = MeasuredRelay(ScriptedRelay([Outcome(result)]), one)  # type: ignore[arg-type]

    assert (await relay.hand_over("", "a@b.example", b"")).result == result
    assert {name: one.metrics.value("sav_mail_attempts_total", name) for name in RESULT.values} == {
        name: float(name == result) for name in RESULT.values
    }


async def test_a_report_is_counted_once_it_is_durable(post: Post) -> None:
    one = telemetry("mail-send")
    post.sender._report = CountedDoor(post.door, one).report

    post.door.is_shut = True
    await post.ask(to_send())
    assert one.metrics.value("sav_mail_reports_total", "mail-send", "accepted") == 0
    post.door.is_shut = False
    await post.run()
    assert one.metrics.value("sav_mail_reports_total", "mail-send", "accepted") == 1


async def test_what_is_due_and_not_sent_is_shown(post: Post) -> None:
    await post.outbox.put("t1", to_send(ticket="t1"), T0, T0)
    await post.sender.work()
    assert post.sender.overdue == 1
    await post.sender.settle()
    await post.run()
    assert post.sender.overdue == 0


async def test_a_round_is_a_beat_however_it_ends_and_is_counted_as_done_or_failed() -> None:
    one, fails = telemetry("mail-fetch"), False

    async def act() -> None:
        if fails:
            raise GoRound("away")

    going = rounds(one, "batch", act)
    await going()
    fails = True
    with pytest.raises(GoRound):
        await going()

    assert one.metrics.value("sav_rounds_total", "mail-fetch", "done") == 1
    assert one.metrics.value("sav_rounds_total", "mail-fetch", "failed") == 1
    assert one.health.silent() == {"batch": 0.0}
