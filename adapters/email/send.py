"""The way out: what notify asks for is written down, handed to the relay, and reported on `sav.deliveries` (R3, R13).

Called by `sav mail send`. It must never open a socket for a message before the attempt is written down, nor send a
survey twice; `docs/mail.md` says what happens where nobody knows whether a message was sent.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from adapters.email.compose import Letter, composed, envelope_sender
from adapters.email.memory import Memory
from adapters.email.outbox import AT_MOST_ONCE, BACK_OFF, Outbox
from adapters.email.relay import Outcome
from adapters.email.reports import report_of
from adapters.email.settings import MailSettings
from shared.codec import decode, open_payload
from shared.errors import GoRound, HoldTicket, SendToDead
from shared.events.notify import ContactNoted, Delivery, DeliveryStatus, MessageToSend, StaffMessageToSend
from shared.personal import ClearSeal
from shared.policy.book import Policies
from shared.runtime.ports import Clock, Consumer, Document, Graves, Record

log = structlog.get_logger()

AT_ONCE = 8
"""Conversations with the relay at a time: one that is slow must not hold up the others."""
LOOKED_AT = 64
"""Timers of one look: eight times what can be in hand."""
TAKEN = {"sav.notify": 100}
RECORD_PAUSES = (0.2, 1.0, 3.0, 10.0)
"""Seconds between attempts to write down what the relay said, before it counts as unknown."""
LOOK_FOR_REPORT = timedelta(hours=1)
"""Between two looks for a report of success that has not come."""
REPORT_LOOKS = 120
"""Five days of them: what servers try for."""


UNKNOWN_AGAIN = timedelta(seconds=5)
"""After a first attempt of which nothing is known, mostly because our own process ended: no server said to wait."""


class HandsOver(Protocol):
    """The company's mail server."""

    async def hand_over(self, sender: str, recipient: str, mail: bytes) -> Outcome:
        """Hand over one message."""
        ...


Report = Callable[[Delivery], Awaitable[object]]


class Sender:
    """Takes what notify asks for, and does what is due."""

    def __init__(
        self,
        settings: MailSettings,
        policies: Policies,
        outbox: Outbox,
        memory: Memory,
        relay: HandsOver,
        report: Report,
        clock: Clock,
    ) -> None:
        self._settings = settings
        self._policies = policies
        self._outbox = outbox
        self._memory = memory
        self._relay = relay
        self._report = report
        self._clock = clock
        self._in_hand: dict[str, asyncio.Task[None]] = {}
        self.overdue = 0
        """What the last look found due, in hand or not."""

    async def take(self, consumer: Consumer, graves: Graves) -> None:
        """Write down one batch of what notify says, and commit it. Raises `GoRound`."""
        batch = await consumer.take(TAKEN)
        try:
            for record in batch.records:
                await self.hear(record, graves)
            if batch.records:
                await consumer.commit(batch.next_offsets())
        except GoRound:
            await consumer.seek_back(batch.first_offsets())
            raise

    async def hear(self, record: Record, graves: Graves) -> None:
        """Take one record of `sav.notify`; what can't be read is kept for a person, and its neighbours go on."""
        try:
            envelope = decode(record.value)
            payload = open_payload(envelope, ClearSeal())
        except (SendToDead, HoldTicket) as error:
            name = f"{record.topic}/{record.partition}/{record.offset}"
            log.error("unreadable", record=name, reason=str(error))
            await graves.bury([{"_id": name, "reason": str(error), "settled": None, "at": self._clock.now()}])
            return
        if isinstance(payload, ContactNoted):
            email = payload.personal.email if payload.personal else ""
            await self._memory.note_ticket(envelope.subject, payload.number, email)
        elif isinstance(payload, MessageToSend | StaffMessageToSend) and payload.channel == "email":
            await self._outbox.put(envelope.subject, payload, envelope.time, self._clock.now(), envelope.policy)

    async def work(self) -> None:
        """Begin what is due, as far as hands are free. Raises `GoRound`."""
        due = await self._outbox.due(self._clock.now(), LOOKED_AT)
        self.overdue = len(due)
        for timer in due:
            name = str(timer["_id"])
            if len(self._in_hand) >= AT_ONCE:
                return
            if name not in self._in_hand:
                task = asyncio.create_task(self._do(name, timer))
                self._in_hand[name] = task

    async def settle(self) -> None:
        """Wait for what is in hand: its answers are worth more than a quick end."""
        await asyncio.gather(*self._in_hand.values(), return_exceptions=True)

    async def _do(self, name: str, timer: Document) -> None:
        try:
            message, number = str(timer["message"]), int(timer["n"])
            draft = await self._memory.draft(message)
            assert draft is not None  # a timer is armed after its draft
            act = self._attempt if timer["what"] == "send" else self._delivered
            if await act(draft, number):
                await self._outbox.done(name)
        except Exception as error:  # noqa: BLE001 - its timer is still there: the next look goes on
            log.warning("will_look_again", timer=name, error=f"{type(error).__name__}: {error}")
        finally:
            del self._in_hand[name]

    async def _attempt(self, draft: Document, number: int) -> bool:
        """One attempt, or what follows of one that was begun before. Returns whether it is over."""
        message = str(draft["message"])
        if draft["held"]:
            log.warning("held_back", message=message, reason=draft["held"])
            await self._say(draft, "failed", self._clock.now(), f"non envoyé : {draft['held']}")
            return True
        concluded = await self._outbox.outcome(message, number)
        if concluded is None:
            begun = await self._outbox.begin(message, number, self._clock.now())
            if begun == "wait":
                return False
            outcome = begun if isinstance(begun, Outcome) else await self._hand_over(draft)
            concluded = await self._conclude(message, number, outcome)
        await self._follow(draft, number, concluded)
        return True

    async def _hand_over(self, draft: Document) -> Outcome:
        letter: Letter = await self._outbox.letter(draft, self._settings.mail_address, self._settings.mail_name)
        outcome = await self._relay.hand_over(envelope_sender(letter), letter.recipient, composed(letter))
        tell = log.info if outcome.result == "accepted" else log.warning
        tell("attempt", message=draft["message"], result=outcome.result, reason=outcome.reason)
        return outcome

    async def _conclude(self, message: str, number: int, outcome: Outcome) -> Document:
        at = self._clock.now()
        for pause in RECORD_PAUSES:
            try:
                return await self._outbox.conclude(message, number, outcome, at)
            except GoRound:
                await asyncio.sleep(pause)
        return await self._outbox.conclude(message, number, outcome, at)

    async def _follow(self, draft: Document, number: int, concluded: Document) -> None:
        """What an outcome leads to; done again after a crash, it says the same."""
        message, at, reason = str(draft["message"]), concluded["at"], str(concluded["reason"])
        match concluded["result"]:
            case "accepted":
                await self._say(draft, "accepted", at)
                await self._outbox.arm(message, "deliver", 1, at + self._grace(draft))
            case "refused":
                await self._say(draft, "failed", at, reason)
            case "unknown" if draft["kind"] in AT_MOST_ONCE:
                await self._say(draft, "failed", at, f"issue inconnue, jamais envoyé deux fois : {reason}")
            case _:
                again = at + (_pause(number) if concluded["result"] == "retry" or number > 1 else UNKNOWN_AGAIN)
                if again > draft["give_up_at"]:
                    await self._say(draft, "failed", at, f"abandonné après {number} essais : {reason}")
                else:
                    await self._outbox.arm(message, "send", number + 1, again)

    async def _delivered(self, draft: Document, number: int) -> bool:
        """R13: delivered from the instant the recipient's server had it, said once no bounce came for long enough."""
        message = str(draft["message"])
        if await self._memory.has_bounced(message):
            return True
        received = await self._memory.received_at(message)
        if received is None and self._settings.mail_relay_reports_success and draft["kind"] != "acknowledgement":
            if number < REPORT_LOOKS:
                await self._outbox.arm(message, "deliver", number + 1, self._clock.now() + LOOK_FOR_REPORT)
            return True
        since = received or await self._accepted_at(message)
        if self._clock.now() < (until := since + self._grace(draft)):
            await self._outbox.arm(message, "deliver", number + 1, until)
            return True
        await self._say(draft, "delivered", since)
        return True

    def _grace(self, draft: Document) -> timedelta:
        """How long no bounce must come, under the policy that the message was decided under."""
        policy = self._policies.book.of(str(draft.get("policy", "")))
        return (policy or self._policies.book.current(self._clock.now())).closing.bounce_grace

    async def _accepted_at(self, message: str) -> datetime:
        number = 1
        while (concluded := await self._outbox.outcome(message, number)) is not None:
            if concluded["result"] == "accepted":
                at: datetime = concluded["at"]
                return at
            number += 1
        raise AssertionError("a delivery is looked at only after an acceptance")

    async def _say(self, draft: Document, status: DeliveryStatus, at: datetime, reason: str = "") -> None:
        await self._report(report_of(draft, status, at, reason))


def _pause(number: int) -> timedelta:
    return timedelta(minutes=BACK_OFF[min(number, len(BACK_OFF)) - 1])
