"""Whole lives of tickets in which nothing is wrong; the tests break one thing at a time in them.

Dates are of March 2026: the 3rd is a Tuesday, and no public holiday is near.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tests.unit.audit.story import SECOND, Doc, Story, paris

MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
NUMBERS = {"t1": "26-000-001-E", "t2": "26-000-002-C", "t3": "26-000-003-A", "t4": "26-000-004-8"}
IN_WORDS = "prise en charge sous 4 heures ouvrées"


def promise(criticality: str, since: datetime) -> Doc:
    return {
        "criticality": criticality,
        "take_charge_by": since + 4 * HOUR,
        "on_site_by": since + 4 * DAY,
        "in_words": IN_WORDS,
    }


def message(story: Story, kind: str, at: datetime, ticket: str, resolution: int = 0, **more: Any) -> str:
    """A message asked for, taken by its channel after 10 seconds and delivered after 20."""
    generation, channel = more.get("generation", 1), more.get("channel", "email")
    name = f"{ticket}-{kind}-{resolution}-{generation}"
    whole = {"message": name, "kind": kind, "generation": generation, "resolution": resolution, "channel": channel}
    text = f"Votre demande porte le numéro {NUMBERS[ticket]} : {IN_WORDS}."
    story.say("notify.message-to-send", at, ticket, **whole, personal={"seal": "clear.v1", "data": {"text": text}})
    for status, then in (("accepted", at + 10 * SECOND), ("delivered", at + 20 * SECOND)):
        story.deliver(name, then, status, ticket)
        story.say(f"notify.message-{status}", then + SECOND, ticket, **whole, at=then)
    return name


def came_back(story: Story, kind: str, at: datetime, ticket: str, resolution: int) -> None:
    """A message that was delivered comes back, and a person is called."""
    name = message(story, kind, at, ticket, resolution)
    back = at + MINUTE
    story.deliver(name, back, "bounced", ticket)
    whole = {"message": name, "kind": kind, "generation": 1, "resolution": resolution, "channel": "email"}
    story.say("notify.message-bounced", back + SECOND, ticket, **whole, at=back)
    about = f"unreachable:{kind}:1:{resolution}"
    story.say("notify.needs-attention", back + SECOND, ticket, reason="L'appeler.", about=about)


def click(story: Story, kind: str, at: datetime, ticket: str, resolution: int, key: str) -> None:
    """The customer clicks in the portal, and intake says so."""
    channel = "portal"
    story.request(at, channel, kind, key, ticket=NUMBERS[ticket], resolution=resolution)
    what = {"confirmation": "confirmed", "denial": "denied", "take-back": "took-back"}[kind]
    story.say(
        f"intake.customer-{what}", at + SECOND, ticket,
        request=f"r-{key}", channel=channel, received_at=at, resolution=resolution,
    )  # fmt: skip


def reply(story: Story, at: datetime, ticket: str, key: str, *, automatic: bool = False) -> None:
    """The customer writes, and intake says so."""
    story.request(at, "email", "reply", key, ticket=NUMBERS[ticket], automatic=automatic)
    story.say(
        "intake.customer-replied", at + SECOND, ticket,
        request=f"r-{key}", channel="email", received_at=at, automatic=automatic,
    )  # fmt: skip


def opened(
    story: Story, ticket: str, at: datetime, channel: str, acknowledged_at: datetime, tier: str = "none"
) -> None:
    """A request becomes a ticket, is classified as Standard, queued and acknowledged."""
    words = {"subject": "Alarme", "text": f"Le détecteur {ticket} ne répond plus."}
    story.request(at, channel, key=f"m-{ticket}", personal={"name": "A. Martin", **words})
    story.say(
        "intake.ticket-opened", at + 2 * SECOND, ticket,
        number=NUMBERS[ticket], request=f"r-m-{ticket}", channel=channel, received_at=at,
        contract={"tier": tier}, personal={"seal": "clear.v1", "data": words},
    )  # fmt: skip
    story.say("triage.ticket-classified", at + 4 * SECOND, ticket, criticality="standard", doubt=False, reasons=[])
    story.say(
        "intake.acknowledgement-asked", at + 6 * SECOND, ticket,
        generation=1, because="classified", promise=promise("standard", at), acknowledge_by=at + 30 * MINUTE,
    )  # fmt: skip
    promised = promise("standard", at)
    story.say("dispatch.handling-queued", at + 8 * SECOND, ticket, resolution=1, because="classified", **promised)
    message(story, "acknowledgement", acknowledged_at - 10 * SECOND, ticket, channel=channel)


def taken(story: Story, ticket: str, at: datetime, technician: str) -> None:
    """A technician takes the ticket."""
    story.say("dispatch.taken-charge", at, ticket, technician=technician, at=at)


def resolved(story: Story, ticket: str, at: datetime, resolution: int, how: str = "remote") -> None:
    """The company holds it to be solved, and asks the customer."""
    story.say("dispatch.ticket-resolved", at, ticket, resolution=resolution, how=how, by="tech-1")
    story.say("closure.confirmation-asked", at + SECOND, ticket, resolution=resolution)
    message(story, "confirmation-request", at + 2 * SECOND, ticket, resolution)


def surveyed(story: Story, ticket: str, resolution: int, cause: str, closed_at: datetime) -> None:
    """A day after the closing the survey goes out, and is answered."""
    at = closed_at + DAY
    story.say("survey.survey-invited", at, ticket, resolution=resolution, cause=cause, closed_at=closed_at, late=False)
    message(story, "survey", at + SECOND, ticket, resolution)
    key = f"s-{ticket}"
    scores = {"responsiveness": 5, "quality": 4, "communication": 5}
    about = {"resolution": resolution, "scores": scores}
    story.request(at + HOUR, "portal", "survey-answer", key, ticket=NUMBERS[ticket], **about)
    story.say(
        "intake.survey-answer-received", at + HOUR + SECOND, ticket,
        request=f"r-{key}", channel="portal", received_at=at + HOUR, **about,
    )  # fmt: skip
    story.say("survey.survey-answered", at + HOUR + 2 * SECOND, ticket, answered_at=at + HOUR, **about)


def closed(story: Story, ticket: str, at: datetime, resolution: int, cause: str) -> None:
    facts = {"number": NUMBERS[ticket]}
    story.say("closure.ticket-closed", at, ticket, resolution=resolution, cause=cause, closed_at=at, ticket=facts)


CLICKED_AT = paris("2026-03-03 11:00")


def confirmed_life(story: Story | None = None) -> Story:
    """t1: by mail in business hours, solved remotely, confirmed by a click, surveyed."""
    story = story or Story()
    start = paris("2026-03-03 09:00")
    opened(story, "t1", start, "email", start + MINUTE)
    taken(story, "t1", start + HOUR, "tech-1")
    story.say("dispatch.remote-action-recorded", start + HOUR + MINUTE, action="restart", outcome="worked")
    resolved(story, "t1", start + HOUR + 10 * MINUTE, 1)
    click(story, "confirmation", CLICKED_AT, "t1", 1, "c-t1")
    closed(story, "t1", CLICKED_AT + 2 * MINUTE, 1, "confirmed")
    surveyed(story, "t1", 1, "confirmed", CLICKED_AT + 2 * MINUTE)
    return story


MISSED_AT = paris("2026-03-05 00:00")
REMINDED_AT = paris("2026-03-10 12:00")
DELIVERED_AT = REMINDED_AT + 5 * MINUTE + 20 * SECOND
SILENT_UNTIL = DELIVERED_AT + 120 * HOUR
SENSOR, TECHNICIAN = "part:sensor@lyon", "technician:tech-2"


def silent_life(story: Story | None = None) -> Story:
    """t2: by the portal out of hours, solved on site with a part, closed after five days' silence, surveyed."""
    story = story or Story()
    opened(story, "t2", paris("2026-03-04 20:00"), "portal", paris("2026-03-05 08:45"))
    day = paris("2026-03-05 09:00")
    missed = {"promise": "take-charge", "due_at": MISSED_AT}
    story.say("dispatch.promise-at-risk", MISSED_AT - HOUR, "t2", **missed)
    story.say("dispatch.promise-missed", MISSED_AT, "t2", **missed)
    taken(story, "t2", day, "tech-2")
    story.say("dispatch.remote-action-recorded", day + MINUTE, "t2", action="vpn", outcome="impossible")
    visited(story, day)
    resolved(story, "t2", paris("2026-03-06 12:00"), 1, "on-site")
    story.say("closure.reminder-asked", REMINDED_AT + MINUTE, "t2", resolution=1)
    message(story, "reminder", REMINDED_AT + 5 * MINUTE, "t2", 1)
    proof = {"resolution": 1, "until": SILENT_UNTIL}
    story.say("closure.five-days-started", DELIVERED_AT, "t2", delivered_at=DELIVERED_AT, **proof)
    story.say("closure.silence-asked", SILENT_UNTIL, "t2", **proof)
    for channel in ("email", "phone", "portal"):
        story.watermark(channel, SILENT_UNTIL)
    story.say("intake.customer-silent", SILENT_UNTIL, "t2", **proof)
    story.say("notify.no-bounce", SILENT_UNTIL, "t2", **proof)
    closed(story, "t2", SILENT_UNTIL, 1, "silence")
    surveyed(story, "t2", 1, "silence", SILENT_UNTIL)
    return story


def visited(story: Story, day: datetime) -> None:
    """A part and a technician are reserved, and he goes."""
    sensors = [{"part": "sensor", "quantity": 1}]
    note = {"delivery": "BL-1", "resource": SENSOR, "quantity": 1}
    start, end = day + 25 * HOUR, day + 27 * HOUR
    story.command("resources.receive-stock", day, SENSOR, **note)
    story.say("resources.stock-received", day + SECOND, SENSOR, **note)
    story.say("dispatch.visit-needed", day + 2 * MINUTE, "t2", visit=1, reason="remote-insufficient", parts=sensors)
    for ask, resource in (("ask-1", SENSOR), ("ask-2", TECHNICIAN)):
        story.say("dispatch.reservation-asked", day + 3 * MINUTE, "t2", ask=ask, resource=resource, quantity=1)
        slot = {} if resource == SENSOR else {"start": start, "end": end}
        story.say(
            "resources.reservation-granted", day + 4 * MINUTE, resource,
            ticket="t2", ask=ask, resource=resource, quantity=1, **slot,
        )  # fmt: skip
    story.say("dispatch.part-reserved", day + 5 * MINUTE, "t2", ask="ask-1", part="sensor", quantity=1)
    visit = {"visit": 1, "technician": "tech-2", "parts": sensors}
    story.say("dispatch.visit-planned", day + 6 * MINUTE, "t2", ask="ask-2", start=start, end=end, **visit)
    story.say("dispatch.technician-mobilised", start - 30 * MINUTE, "t2", **visit)
    story.say("dispatch.visit-reported", end, "t2", visit=1, technician="tech-2", outcome="repaired", arrived_at=start)


RAISED_AT = paris("2026-03-07 22:31")
DENIED_AT = paris("2026-03-09 11:00")
UNDONE_AT = paris("2026-03-09 16:05")


NOBODY_AT_THE_DESK = RAISED_AT + 3 * SECOND
WAITED_AT = paris("2026-03-08 10:00")
ANSWERED_AT = paris("2026-03-08 18:00")


def watched(since: datetime) -> Doc:
    """How each promise of `promise` is counted: on the clock on the wall."""
    watch = {"calendar": "continuous", "since": since, "warnings": [since + HOUR]}
    return dict.fromkeys(("take-charge", "on-site", "restored"), watch)


def paged(story: Story, ticket: str, at: datetime) -> None:
    """Two people are called in turn; the second one answers after five minutes."""
    for person, role in (("tech-1", "technician"), ("tech-2", "technician"), ("boss", "manager")):
        story.registered("person", person, {"id": person, "name": person, "role": role, "phone": "+33600000000"})
    for rank, person in enumerate(("tech-1", "tech-2"), start=1):
        turn = {"person": person, "rank": rank, "starts": at - DAY, "ends": at + DAY}
        story.registered("duty", f"{person}@1", turn)
    story.say("dispatch.on-call-needed", at, ticket, number=NUMBERS[ticket], resolution=1, criticality="critique")
    for n, person in enumerate(("tech-1", "tech-2"), start=1):
        then = at + SECOND + (n - 1) * 10 * MINUTE
        page = {"message": f"{ticket}-page-{n}", "kind": "page", "channel": "phone", "person": person}
        story.say("notify.staff-message-to-send", then, ticket, generation=n, resolution=1, **page)
    answered = at + 15 * MINUTE
    story.deliver(f"{ticket}-page-2", answered, "delivered", ticket)
    answer = {"resolution": 1, "page": 2, "person": "tech-2", "at": answered}
    story.say("notify.page-answered", answered + SECOND, ticket, **answer)


def called_off(story: Story, ticket: str, at: datetime) -> None:
    """Called for again after a reopening, and taken before anybody answers."""
    page = {"message": f"{ticket}-page-9", "kind": "page", "channel": "phone", "person": "boss"}
    story.say("notify.staff-message-to-send", at, ticket, generation=1, resolution=2, **page)
    story.say("notify.paging-ended", at + MINUTE, ticket, resolution=2, because="taken")


def stood_still(story: Story, ticket: str, at: datetime, until: datetime, due: Doc) -> None:
    """Nobody let the technician in; the customer answers, and what was left of the delays runs on."""
    clocks = ["on-site", "restored"]
    story.say("dispatch.clock-paused", at, ticket, pause=1, reason="access-refused", clocks=clocks, by="tech-1", at=at)
    reply(story, until, ticket, f"w-{ticket}")
    fields = {**due, "watches": watched(until)}
    for name in ("on_site_by", "restored_by"):
        fields[name] += until - at
    story.say(
        "dispatch.clock-resumed", until + MINUTE, ticket, pause=1, because="customer", at=until, **fields
    )  # fmt: skip


def reopened_life(story: Story | None = None) -> Story:
    """t3: premium, by phone on a Saturday night, raised to Critique, called for, kept waiting; then denied, closed,
    undone by a reply, read as solved."""
    story = story or Story()
    start = paris("2026-03-07 22:00")
    opened(story, "t3", start, "phone", start + 5 * MINUTE, tier="premium")
    reply(story, RAISED_AT - MINUTE, "t3", "a-t3")
    story.say(
        "triage.ticket-reclassified", RAISED_AT, "t3",
        was="standard", criticality="critique", because="customer", doubt=True, by="", reasons=[],
    )  # fmt: skip
    urgent = {**promise("critique", start), "take_charge_by": start + 2 * HOUR}
    story.say("intake.acknowledgement-asked", RAISED_AT + SECOND, "t3", generation=2, because="raised", promise=urgent)
    held = {"take_charge_by": urgent["take_charge_by"], "on_site_by": urgent["on_site_by"]}
    held["restored_by"] = start + 5 * DAY
    story.say(
        "dispatch.promise-recomputed", RAISED_AT + 2 * SECOND, "t3",
        criticality="critique", watches=watched(start), on_call=True, **held,
    )  # fmt: skip
    paged(story, "t3", NOBODY_AT_THE_DESK)
    message(story, "acknowledgement", RAISED_AT + 10 * MINUTE, "t3", generation=2)
    taken(story, "t3", RAISED_AT + 20 * MINUTE, "tech-1")
    called_off(story, "t3", RAISED_AT + 21 * MINUTE)
    stood_still(story, "t3", WAITED_AT, ANSWERED_AT, held)
    resolved(story, "t3", paris("2026-03-09 10:00"), 1)
    click(story, "denial", DENIED_AT, "t3", 1, "d-t3")
    story.say("closure.ticket-reopened", DENIED_AT + 2 * MINUTE, "t3", resolution=1, because="denied")
    resolved(story, "t3", paris("2026-03-09 15:00"), 2)
    click(story, "confirmation", UNDONE_AT - 5 * MINUTE, "t3", 2, "c-t3")
    reply(story, UNDONE_AT - 4 * MINUTE, "t3", "b-t3")
    closed(story, "t3", UNDONE_AT - 3 * MINUTE, 2, "confirmed")
    story.say(
        "closure.ticket-reopened", UNDONE_AT, "t3", resolution=2, because="reply-before-closing", undoes_closing=True
    )
    story.say("survey.survey-cancelled", UNDONE_AT + SECOND, "t3", resolution=2, because="reopened", already_sent=False)
    resolved(story, "t3", paris("2026-03-10 10:00"), 3)
    reply(story, paris("2026-03-10 11:00"), "t3", "e-t3")
    story.say("closure.reading-needed", paris("2026-03-10 11:01"), "t3", resolution=3, request="r-e-t3")
    story.command("closure.read-reply", paris("2026-03-10 12:00"), "t3", resolution=3, meaning="solved")
    closed(story, "t3", paris("2026-03-10 12:02"), 3, "confirmed")
    came_back(story, "closing", paris("2026-03-10 12:03"), "t3", 3)
    surveyed(story, "t3", 3, "confirmed", paris("2026-03-10 12:02"))
    return story


def machine_life(story: Story | None = None) -> Story:
    """t4: a machine's message, given to a person."""
    story = story or Story()
    at = paris("2026-03-11 10:00")
    story.request(at, key="m-t4", automatic=True)
    story.say(
        "intake.ticket-opened", at + 2 * SECOND, "t4",
        number=NUMBERS["t4"], request="r-m-t4", channel="email", received_at=at, automatic=True,
    )  # fmt: skip
    story.say("triage.ticket-classified", at + 4 * SECOND, "t4", criticality="critique", doubt=True, reasons=[])
    story.say("intake.needs-attention", at + 6 * SECOND, "t4", reason="À voir.", about="automatic")
    return story


def all_lives() -> Story:
    """All four, and a record that nobody could read, among intake's dead."""
    story = machine_life(reopened_life(silent_life(confirmed_life())))
    story.raw("sav.requests.email", b"\xff not a request")
    story.raw("sav.intake.dead", b"\xff not a request")
    return story
