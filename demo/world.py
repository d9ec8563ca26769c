"""The world outside: adapters, customers, technicians and the depot of the demonstration, over the conducted clock.

Called by `demo.main`. It publishes only what an adapter, a desk or the command line may publish, and learns only what
the topics say. What people do is in `demo.people`; when is here.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from datetime import time as time_of_day
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from adapters.door import to_record
from adapters.email.shown import write_mail
from demo.arrivals import SLOT, Arrival
from demo.handling import Handling, Wait, answers_call
from demo.people import Act, Script
from demo.words import CLOSED, PROMISES, REOPENED, RESOLVED
from shared import ids
from shared.business_time import add
from shared.codec import Envelope, decode, encode, open_payload, sealed_data
from shared.events import closure, dispatch, intake, notify, resources, survey, triage
from shared.events.base import Channel, Command, Payload
from shared.events.requests import Request, RequestPersonal
from shared.french import PAUSES
from shared.personal import ClearSeal
from shared.policy.model import Policy
from shared.runtime.ports import Clock
from shared.topics import PARTITIONS

STAGE_TOPICS = ("sav.intake", "sav.triage", "sav.dispatch", "sav.closure", "sav.survey", "sav.notify")
RELAY = timedelta(seconds=1)
"""A mail relay takes a message at once, and the recipient's server a little later."""
DELIVERY = timedelta(seconds=3)
BOUNCE = timedelta(minutes=20)
"""How long a full mailbox takes to send a message back."""
PICKS_UP = timedelta(minutes=1)
"""From answering the call to the ticket on the screen of who is on call."""
CALL = timedelta(seconds=30)
"""An operator calls from a list, one after another."""
AWAKE = (9, 13, 18)
"""Customers read and answer at these hours of the day, Paris time."""
RESTOCK = timedelta(hours=6)
"""Working time from a shortage to the next delivery of the part: longer than dispatch waits before it asks again."""
RESTOCK_QUANTITY = 10
"""What a box holds: enough for every ticket that waits for the part."""
PARIS = ZoneInfo("Europe/Paris")
_SEAL = ClearSeal()

Sent = notify.MessageToSend | notify.StaffMessageToSend
Ends = Sequence[tuple[str, int, int]]
"""Topic, partition, and the offset after its last record."""


@dataclass
class Followed:
    """What the world knows of one ticket: what its people were told."""

    id: str
    number: str
    arrival: Arrival
    tier: str
    handling: Handling | None = None
    called_for: dispatch.HandlingQueued | None = None
    """What waits for who is on call: nobody is at the desk."""
    criticality: str = ""
    phase: str = "ouvert"
    resolution: int = 0
    acknowledged: bool = False
    closed: bool = False
    surveyed: bool = False
    ended: bool = False
    pending: int = 0
    """Acts of its people that are still to come."""
    late: set[str] = field(default_factory=set)
    """Promises that are missed and not caught up with yet."""


class World:
    """Everybody outside the system."""

    def __init__(
        self,
        kafka: str,
        environment: str,
        policy: Policy,
        clock: Clock,
        tell: Callable[[str], None],
        mailbox: Path | None = None,
    ) -> None:
        """Prepare; the mails that customers get are written as files under `mailbox`."""
        self._mailbox = mailbox
        self._producer = AIOKafkaProducer(bootstrap_servers=kafka, enable_idempotence=True, acks="all", linger_ms=2)
        self._consumer = AIOKafkaConsumer(bootstrap_servers=kafka, auto_offset_reset="earliest", fetch_max_wait_ms=100)
        self._environment, self._prefix = environment, f"{environment}."
        self._policy, self._clock, self.tell = policy, clock, tell
        self._acts: list[tuple[datetime, int, str, Callable[[], Awaitable[None]]]] = []
        self._order = itertools.count()
        self._expected: dict[str, Arrival] = {}
        self._seen: dict[tuple[str, str], int] = {}
        self._too_soon: defaultdict[str, list[tuple[Envelope, Payload]]] = defaultdict(list)
        self._restocking: set[str] = set()
        self._listens_to = {self._prefix + topic for topic in STAGE_TOPICS}
        self._heard_to: dict[tuple[str, int], int] = {}
        self.tickets: dict[str, Followed] = {}
        self._on_their_way: list[asyncio.Future[Any]] = []
        self.arrived = 0
        self.stirred_at = time.monotonic()
        """When something was last said or heard: a monotonic reading."""

    async def start(self) -> None:
        """Connect, and read every stage topic from its beginning."""
        await self._producer.start()
        await self._consumer.start()
        self._consumer.assign(
            [TopicPartition(self._prefix + topic, n) for topic in STAGE_TOPICS for n in range(PARTITIONS)]
        )

    async def stop(self) -> None:
        """Disconnect."""
        await self._consumer.stop()
        await self._producer.stop()

    # -- what the conductor and the view ask ---------------------------------------------------------------------

    def quiet(self, ends: Ends) -> bool:
        """Tell whether everything up to these ends of the topics has been heard, and nobody's act is due."""
        heard = all(self._heard_to.get((topic, n), 0) >= end for topic, n, end in ends if topic in self._listens_to)
        next_act = self.next_act()
        return heard and (next_act is None or next_act > self._clock.now())

    def next_act(self) -> datetime | None:
        """Return when somebody acts next."""
        return self._acts[0][0] if self._acts else None

    def ended(self) -> int:
        """Return how many tickets have reached their end."""
        return sum(one.ended for one in self.tickets.values())

    # -- the loop ------------------------------------------------------------------------------------------------

    def expect(self, arrivals: Sequence[Arrival]) -> None:
        """Let these requests arrive."""
        for arrival in arrivals:
            request = ids.request_id(self._environment, arrival.request.channel, arrival.request.key)
            self._expected[request] = arrival
            self._at(arrival.at, "", lambda arrival=arrival: self._arrive(arrival))  # type: ignore[misc]

    async def turn(self) -> None:
        """Let everybody act whose time has come, then hear what the system said, then say what was accepted."""
        now = self._clock.now()
        while self._acts and self._acts[0][0] <= now:
            _, _, ticket, act = heapq.heappop(self._acts)
            await act()
            if ticket:
                self.tickets[ticket].pending -= 1
                self._see_end(self.tickets[ticket])
        if self._on_their_way:
            await asyncio.gather(*self._on_their_way)
            self._on_their_way.clear()
            self.stirred_at = time.monotonic()
        await self._listen()

    async def say_channels(self) -> None:
        """Each adapter says: all that I accepted before now is on my topic. True, for every act before is published."""
        now = self._clock.now()
        if self._acts and self._acts[0][0] <= now:
            return
        for adapter in self._policy.channels:
            value = notify.ChannelWatermark(adapter=adapter, until=now).model_dump_json().encode()
            await self._producer.send_and_wait(f"{self._prefix}sav.channels", value, key=adapter.encode())

    async def _listen(self) -> None:
        found = await self._consumer.getmany(timeout_ms=20, max_records=500)
        if found:
            self.stirred_at = time.monotonic()
        for tp, records in found.items():
            self._heard_to[tp.topic, tp.partition] = records[-1].offset + 1
            for record in records:
                envelope = decode(record.value)
                at = (envelope.subject, envelope.stage)
                if envelope.seq is None or envelope.seq <= self._seen.get(at, 0):
                    continue  # a copy
                self._seen[at] = envelope.seq
                payload = open_payload(envelope, _SEAL)
                if payload is not None:
                    self._heard(envelope, payload)

    # -- acting --------------------------------------------------------------------------------------------------

    def _at(self, when: datetime, ticket: str, act: Callable[[], Awaitable[None]]) -> None:
        if ticket:
            self.tickets[ticket].pending += 1
        heapq.heappush(self._acts, (when, next(self._order), ticket, act))

    def _slot(self, when: datetime) -> datetime:
        """People's acts fall on slots: see `demo.arrivals.SLOT`."""
        seconds = SLOT.total_seconds()
        return datetime.fromtimestamp(-(-when.timestamp() // seconds) * seconds, tz=when.tzinfo)

    def _awake(self, when: datetime) -> datetime:
        """Return the next moment at which a customer sits down to answer."""
        local = when.astimezone(PARIS)
        hours = [hour for hour in AWAKE if time_of_day(hour) >= local.time()]
        day = local.date() if hours else local.date() + timedelta(days=1)
        return datetime.combine(day, time_of_day(hours[0] if hours else AWAKE[0]), PARIS).astimezone(when.tzinfo)

    async def _arrive(self, arrival: Arrival) -> None:
        for _ in range(arrival.copies):
            await self._request(arrival.request)
        self.arrived += 1
        who = {"email": "un e-mail", "phone": "un appel", "portal": "un formulaire"}[arrival.request.channel]
        twice = " (deux fois)" if arrival.copies > 1 else ""
        self.tell(f"{who} arrive{twice} : {arrival.request.personal.subject or arrival.request.personal.text[:50]!r}")

    async def _request(self, request: Request) -> None:
        key, value = to_record(request)
        await self._send(f"sav.requests.{request.channel}", value, key)

    async def _send(self, topic: str, value: bytes, key: bytes) -> None:
        """Hand it to the producer: who acts at the same time does not wait for one another; `turn` waits for all."""
        self._on_their_way.append(await self._producer.send(self._prefix + topic, value, key=key))

    async def _command(self, subject: str, command: Command, *about: str | int) -> None:
        name = ids.command_id(self._environment, "demo", subject, command.type_name, *about)
        data = sealed_data(command, subject, _SEAL)
        envelope = Envelope(name, command.type_name, f"sav/{self._environment}/desk", subject, self._clock.now(), data)
        await self._send("sav.commands", encode(envelope), subject.encode())

    async def _deliver(self, sent: Sent, ticket: str, status: notify.DeliveryStatus) -> None:
        report = notify.Delivery(
            message=sent.message,
            ticket=ticket,
            kind=sent.kind,
            generation=sent.generation,
            resolution=sent.resolution,
            channel=sent.channel,
            status=status,
            at=self._clock.now(),
        )
        await self._send("sav.deliveries", report.model_dump_json().encode(), ticket.encode())
        if status == "delivered" and isinstance(sent, notify.MessageToSend):
            self._customer_reads(self.tickets[ticket], sent)

    # -- hearing -------------------------------------------------------------------------------------------------

    def _heard(self, envelope: Envelope, payload: Payload) -> None:
        if isinstance(payload, intake.TicketOpened):
            self._opened(envelope.subject, payload)
        one = self.tickets.get(envelope.subject)
        if one is None:
            # The topics are heard side by side: what is said of a ticket may be heard before its opening.
            self._too_soon[envelope.subject].append((envelope, payload))
            return
        match payload:
            case triage.TicketClassified() | triage.TicketReclassified():
                one.criticality, one.phase = payload.criticality, "classé"
                self.tell(f"{one.number} est classé {payload.criticality.capitalize()}")
            case intake.AcknowledgementNoted():
                one.acknowledged = True
            case notify.MessageToSend():
                self._adapter_sends(one, payload)
            case dispatch.HandlingQueued() | dispatch.VisitPlanned() | dispatch.PartMissing():
                self._technician_hears(one, payload)
            case dispatch.TakenCharge():
                one.late.discard("take-charge")
            case dispatch.TicketResolved():
                one.phase, one.resolution = "résolu", payload.resolution
                one.late.clear()
                self.tell(f"{one.number} est résolu {RESOLVED[payload.how]} : confirmation demandée")
            case dispatch.PromiseMissed():
                one.late.add(payload.promise)
                self.tell(f"{one.number} : délai manqué ({PROMISES[payload.promise]})")
            case dispatch.CommandRefused() | closure.CommandRefused():
                self.tell(f"{one.number} : refusé à {payload.by} — {payload.reason}")
            case _:
                self._closing_heard(one, payload)
                self._staff_hears(one, payload)
        self._see_end(one)

    def _opened(self, ticket: str, opened: intake.TicketOpened) -> None:
        arrival = self._expected.get(opened.request)
        if arrival is not None:
            self.tickets[ticket] = Followed(ticket, opened.number, arrival, opened.contract.tier)
            self.tell(f"dossier {opened.number} ouvert ({opened.channel}, contrat {opened.contract.tier})")
        for envelope, payload in self._too_soon.pop(ticket, ()):
            self._heard(envelope, payload)

    def _closing_heard(self, one: Followed, payload: Payload) -> None:
        match payload:
            case closure.ReminderAsked():
                one.phase = "relancé"
                self.tell(f"{one.number} : pas de réponse, relance")
            case closure.ReadingNeeded():
                self._somebody_reads(one, payload)
            case closure.NeedsAttention(about="unreachable"):
                self._somebody_calls(one)
            case closure.TicketReopened(because=because):
                one.phase, one.closed = "rouvert", False
                self.tell(f"{one.number} est rouvert : {REOPENED[because]}")
            case closure.TicketClosed(cause=cause):
                one.phase, one.closed = "clos", True
                self.tell(f"{one.number} est clos : {CLOSED[cause]}")
            case survey.SurveyAnswered(scores=scores):
                notes = f"{scores.responsiveness}/{scores.quality}/{scores.communication}"
                self.tell(f"{one.number} : enquête répondue {notes}")
            case _:
                pass

    def _see_end(self, one: Followed) -> None:
        one.ended = one.closed and one.surveyed and one.pending == 0 and one.acknowledged

    # -- adapters ------------------------------------------------------------------------------------------------

    def _adapter_sends(self, one: Followed, sent: notify.MessageToSend) -> None:
        now = self._clock.now()
        if sent.kind == "survey":
            one.surveyed = True
        if sent.channel == "phone":
            # During the very call that opened it the operator says the number; later ones are calls of their own.
            told_at_once = sent.kind == "acknowledgement"
            can = told_at_once or bool(sent.personal and sent.personal.phone)
            self._report(one, now + (RELAY if told_at_once else CALL), sent, "delivered" if can else "failed")
        elif sent.channel == "portal":
            self._report(one, now + RELAY, sent, "delivered")
        else:
            if self._mailbox is not None:
                write_mail(self._mailbox, sent, one.number, now, self._policy.company)
            self._report(one, now + RELAY, sent, "accepted")
            if one.arrival.script.mailbox_works:
                self._report(one, now + DELIVERY, sent, "delivered")
            else:
                self._report(one, now + BOUNCE, sent, "bounced")

    def _report(self, one: Followed, when: datetime, sent: Sent, status: notify.DeliveryStatus) -> None:
        self._at(when, one.id, lambda: self._deliver(sent, one.id, status))

    # -- customers -----------------------------------------------------------------------------------------------

    def _customer_reads(self, one: Followed, sent: notify.MessageToSend) -> None:
        if sent.kind not in ("confirmation-request", "reminder", "survey"):
            return
        now, previous = self._clock.now(), None
        cue: Any = sent.kind
        for act in one.arrival.script.acts(cue, sent.resolution):
            # A take-back keeps its seconds after the click.
            when = previous[0] + (act.after - previous[1]) if previous else self._awake(now + act.after)
            previous = (when, act.after)
            self._at(when, one.id, lambda act=act: self._customer_does(one, act, sent.resolution))  # type: ignore[misc]

    async def _customer_does(self, one: Followed, act: Act, resolution: int) -> None:
        kinds = {
            "confirm": "confirmation",
            "deny": "denial",
            "take-back": "take-back",
            "answer-survey": "survey-answer",
        }
        kind: Any = kinds.get(act.does, "reply")
        person = one.arrival.request.personal
        words = {"comment": act.text} if kind == "survey-answer" else {"text": act.text}
        await self._request(
            Request(
                kind=kind,
                channel=act.by,
                key=f"{one.arrival.name}-{act.on}-{act.does}-{resolution}-{next(self._order)}",
                received_at=self._clock.now(),
                ticket=one.number,
                resolution=resolution if kind != "reply" else 0,
                automatic=act.does == "out-of-office",
                scores=act.scores,
                personal=RequestPersonal(name=person.name, email=person.email, phone=person.phone, **words),
            )
        )
        said = {
            "confirm": "le client confirme",
            "deny": "le client dit : pas résolu",
            "take-back": "le client revient sur sa réponse",
            "write": "le client répond en toutes lettres",
            "out-of-office": "réponse automatique d'absence",
            "answer-survey": "le client répond à l'enquête",
        }[act.does]
        self.tell(f"{one.number} : {said}")

    # -- technicians ---------------------------------------------------------------------------------------------

    def _technician_hears(self, one: Followed, payload: Payload) -> None:
        match payload:
            case dispatch.HandlingQueued():
                one.phase = "en attente"
                if payload.page_at is not None and payload.page_at <= self._clock.now():
                    one.called_for = payload
                else:
                    self._handle(one, payload)
            case dispatch.VisitPlanned():
                one.phase = "intervention"
                self.tell(f"{one.number} : intervention prévue, pièces réservées")
                self._visit(one, payload)
            case dispatch.PartMissing():
                self.tell(f"{one.number} : pièce {payload.part} manquante, pas de départ sans elle")
                self._restock(payload.resource)

    def _working(self, start: datetime, after: timedelta, criticality: str, tier: str) -> datetime:
        """Working time, or the clock for what a premium contract's on-call technician does."""
        if criticality == "critique" and tier == "premium":
            return start + after
        calendar = self._policy.calendars[self._policy.dispatch.working_calendar]
        return add(calendar, start, after)

    def _staff_hears(self, one: Followed, payload: Payload) -> None:
        match payload:
            case dispatch.ClockPaused(reason=reason):
                self.tell(f"{one.number} : délais suspendus ({PAUSES[reason]})")
            case dispatch.ClockResumed():
                self.tell(f"{one.number} : délais de nouveau comptés")
            case notify.StaffMessageToSend(kind="page"):
                self._on_call_hears(one, payload)
            case notify.PageAnswered(person=person):
                self.tell(f"{one.number} : {person} répond à l'astreinte et prend le dossier")
                self._on_call_takes(one, person)
            case notify.PagingEnded(because="given-up"):
                self._on_call_takes(one, "")  # somebody sees it in the morning
            case _:
                pass

    def _on_call_hears(self, one: Followed, call: notify.StaffMessageToSend) -> None:
        after = answers_call(one.arrival.name, call.generation)
        self.tell(f"{one.number} : {call.person}, d'astreinte, est appelé" + ("" if after else " et ne répond pas"))
        if after:
            self._report(one, self._clock.now() + after, call, "delivered")

    def _on_call_takes(self, one: Followed, person: str) -> None:
        if one.called_for is not None:
            self._handle(one, one.called_for, person)
        one.called_for = None

    def _handle(self, one: Followed, queued: dispatch.HandlingQueued, on_call: str = "") -> None:
        now, handling = self._clock.now(), one.arrival.script.handling(queued.criticality, queued.resolution)
        when = self._slot(self._working(now, handling.takes_charge_after, queued.criticality, one.tier))
        if on_call:
            handling, when = replace(handling, technician=on_call), now + PICKS_UP
        one.handling = handling
        who = handling.technician
        acts: list[tuple[datetime, Command]] = [(when, dispatch.TakeCharge(by=who))]
        for step in handling.remote:
            when += step.takes
            action = dispatch.RecordRemoteAction(by=who, action=step.action, outcome=step.outcome, note=step.note)
            acts.append((when, action))
        # What happens within one session at the desk is recorded at its end, in order.
        end = self._slot(when + handling.wraps_up_after)
        acts = [acts[0], *((end, command) for _, command in acts[1:])]
        if handling.waits:
            acts.append((end, dispatch.PauseClock(by=who, reason=handling.waits.reason, note=handling.waits.note)))
            answered = self._customer_answers(one, handling.waits, end, queued.resolution)
            end = self._slot(self._working(answered, handling.wraps_up_after, queued.criticality, one.tier))
        acts.append((end, _last(handling)))
        for number, (at, command) in enumerate(acts):
            about = (queued.resolution, number)
            self._at(at, one.id, lambda c=command, a=about: self._command(one.id, c, *a))  # type: ignore[misc]

    def _customer_answers(self, one: Followed, waits: Wait, asked_at: datetime, resolution: int) -> datetime:
        """Return when the customer answers the technician's question."""
        when = self._awake(asked_at + waits.answers_after)
        by: Channel = "phone" if one.arrival.request.channel == "phone" else "email"
        answer = Act("confirmation-request", waits.answers_after, "write", by, waits.answer)
        self._at(when, one.id, lambda: self._customer_does(one, answer, resolution))
        return when

    def _visit(self, one: Followed, planned: dispatch.VisitPlanned) -> None:
        visit = one.handling.visit if one.handling else None
        travel, report = (visit.travel, visit.report) if visit else (timedelta(minutes=30), "")
        now = self._clock.now()
        leave = max(self._slot(planned.start - travel - SLOT), now)
        done = dispatch.ReportVisit(by=planned.technician, outcome="repaired", arrived_at=planned.start, report=report)
        depart = dispatch.Depart(by=planned.technician)
        self._at(leave, one.id, lambda: self._command(one.id, depart, planned.visit, "depart"))
        self._at(self._slot(planned.end), one.id, lambda: self._command(one.id, done, planned.visit, "report"))

    def _restock(self, resource: str) -> None:
        if resource in self._restocking:
            return
        self._restocking.add(resource)
        calendar = self._policy.calendars[self._policy.dispatch.working_calendar]
        when = self._slot(add(calendar, self._clock.now(), RESTOCK))
        self._at(when, "", lambda: self._received(resource))

    async def _received(self, resource: str) -> None:
        self._restocking.discard(resource)
        delivery = f"BL-{next(self._order)}"
        command = resources.ReceiveStock(by="depot", delivery=delivery, resource=resource, quantity=RESTOCK_QUANTITY)
        await self._command(resource, command, delivery)
        part, _, depot = resource.removeprefix("part:").rpartition("@")
        self.tell(f"{RESTOCK_QUANTITY} pièces {part} reçues au dépôt de {depot.capitalize()}")

    # -- the desk ------------------------------------------------------------------------------------------------

    def _somebody_reads(self, one: Followed, needed: closure.ReadingNeeded) -> None:
        resolution = needed.resolution
        written = [act for act in _acts_of(one.arrival.script, resolution) if act.does == "write"]
        meaning = written[0].meaning if written and written[0].meaning else "no-answer"
        after = written[0].read_after if written else timedelta(minutes=20)
        self._decide_reply(one, resolution, meaning, after, needed.request)
        self.tell(f"{one.number} : réponse à lire, l'horloge est arrêtée")

    def _somebody_calls(self, one: Followed) -> None:
        self.tell(f"{one.number} : client injoignable, on l'appelle")
        self._decide_reply(one, one.resolution, "solved", timedelta(hours=2))

    def _decide_reply(self, one: Followed, resolution: int, meaning: Any, after: timedelta, request: str = "") -> None:
        calendar = self._policy.calendars[self._policy.dispatch.working_calendar]
        when = self._slot(add(calendar, self._clock.now(), after))
        command = closure.ReadReply(by="A-01", resolution=resolution, meaning=meaning, request=request)
        self._at(when, one.id, lambda: self._command(one.id, command, resolution, next(self._order)))


def _acts_of(script: Script, resolution: int) -> tuple[Act, ...]:
    return script.first if resolution == 1 else script.later


def _last(handling: Handling) -> Command:
    visit = handling.visit
    if visit is None:
        return dispatch.DeclareResolved(by=handling.technician, how=handling.how, summary=handling.summary)
    return dispatch.RequestVisit(
        by=handling.technician,
        reason=visit.reason,
        diagnosis=visit.diagnosis,
        parts=visit.parts,
        duration=visit.duration,
    )
