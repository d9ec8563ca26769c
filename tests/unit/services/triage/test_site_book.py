"""What the shell remembers of a site (R5, R6): counted once a ticket, the same at a second look, bounded."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from services.triage.app import TriageShell
from services.triage.decide import Facts, decide, request_of, site_of
from services.triage.grid_file import read_grid
from services.triage.rules import classify
from services.triage.site import NOTHING_KNOWN, Device, SiteFacts
from services.triage.site_book import CALLS, FAULTS, PLACES, SiteBook, note_again
from services.triage.state import TriageState
from shared.decider import Happened, Message
from shared.errors import GoRound
from shared.events.intake import TicketOpened
from shared.events.triage import TicketClassified
from shared.registry import Registry
from shared.registry.model import Equipment
from shared.runtime.ports import Record
from shared.runtime.reading import Incoming
from shared.testing.faults import Crash, Faults
from shared.testing.store import MemoryClaims, MemoryStore
from tests.requirements import requirement
from tests.unit.services.builders import MONDAY, opened
from tests.unit.services.harness import AROUND, POLICY

GRID = read_grid()
BLURRED = "La caméra 3 est floue."
SITE = "S-7"


def ticket_of(site: str, text: str = BLURRED, at: datetime = MONDAY, *, automatic: bool = False) -> TicketOpened:
    event = opened(at, text=text)
    return event.model_copy(
        update={"contract": event.contract.model_copy(update={"site": site}), "automatic": automatic}
    )


def coming(ticket: str, event: TicketOpened) -> Incoming:
    message = Message(ticket, event, f"{ticket}-opened", event.received_at)
    return Incoming(Record("sav.intake", 0, 0, ticket.encode(), b""), message.id, ticket, "intake", message=message)


class Site:
    """A triage shell on a store that outlives it."""

    def __init__(self, devices: tuple[Device, ...] = ()) -> None:
        self.store, self.faults, self.devices = MemoryStore(), Faults(), devices
        self.start()

    def start(self) -> None:
        equipment = tuple(
            Equipment(id=f"{kind.zone}-{kind.kind}-{n}", site=SITE, kind=kind.kind, zone=kind.zone)
            for kind in self.devices
            for n in range(kind.count)
        )
        book = SiteBook(MemoryClaims(self.store, self.faults))
        self.shell = TriageShell(Facts(GRID), lambda: Registry(equipment=equipment), book)

    async def known(self, ticket: str, event: TicketOpened) -> SiteFacts:
        return (await self.shell.facts(coming(ticket, event))).site

    async def classed(self, ticket: str, event: TicketOpened) -> TicketClassified:
        incoming = coming(ticket, event)
        assert incoming.message is not None
        facts = await self.shell.facts(incoming)
        outcome = decide(TriageState(), incoming.message, facts, event.received_at, POLICY)
        assert isinstance(outcome, Happened)
        [said] = outcome.events
        assert isinstance(said, TicketClassified)
        return said


@requirement("R5", "R8")
async def test_the_second_isolated_fault_of_a_site_in_a_day_is_critique_in_doubt() -> None:
    site = Site()

    first = await site.classed("t1", ticket_of(SITE))
    second = await site.classed("t2", ticket_of(SITE, "Le lecteur 4 est capricieux.", MONDAY + timedelta(hours=3)))
    elsewhere = await site.classed("t3", ticket_of("S-8"))

    assert [one.criticality for one in (first, second, elsewhere)] == ["standard", "critique", "standard"]
    assert "C-SERIE" in {one.rule for one in second.reasons}
    assert second.site is not None
    assert second.site.isolated_today == 1


@requirement("R5")
@pytest.mark.parametrize(("by", "when"), AROUND)
async def test_an_isolated_fault_counts_for_a_day_by_the_clock(by: timedelta, when: str) -> None:
    site = Site()
    await site.known("t1", ticket_of(SITE))

    known = await site.known("t2", ticket_of(SITE, at=MONDAY + FAULTS.window + by))

    assert known.isolated_today == (0 if when == "just after" else 1)


@requirement("R6")
@pytest.mark.parametrize(("by", "when"), AROUND)
async def test_a_panels_calls_count_for_thirty_days_and_the_third_is_said(by: timedelta, when: str) -> None:
    site, question = Site(), "Comment ajouter un badge ?"
    for name, day in (("t1", 0), ("t2", 10)):
        await site.classed(name, ticket_of(SITE, question, MONDAY + timedelta(days=day), automatic=True))

    third = await site.classed("t3", ticket_of(SITE, question, MONDAY + CALLS.window + by, automatic=True))

    assert third.site is not None
    assert third.site.panel_calls == (2 if when == "just after" else 3)
    assert ("R-CENTRALE" in {one.rule for one in third.reasons}) == (when != "just after")


async def test_what_a_person_writes_is_no_call_of_a_panel_and_a_loss_no_isolated_fault() -> None:
    site = Site()
    for name in ("t1", "t2", "t3"):
        await site.known(name, ticket_of(SITE, "La centrale ne répond plus."))

    assert await site.known("t4", ticket_of(SITE, "La centrale ne répond plus.")) == SiteFacts()
    assert await site.known("t5", ticket_of(SITE)) == SiteFacts()


async def test_a_ticket_that_is_looked_at_again_finds_what_it_counted_first() -> None:
    site = Site()
    await site.known("t1", ticket_of(SITE))
    before = await site.known("t2", ticket_of(SITE))
    await site.known("t3", ticket_of(SITE))
    await site.known("t4", ticket_of(SITE, at=MONDAY - timedelta(hours=20)))

    site.start()
    assert await site.known("t1", ticket_of(SITE)) == SiteFacts()
    assert await site.known("t2", ticket_of(SITE)) == before == SiteFacts(isolated_today=1)


@pytest.mark.parametrize("how", ["before", "after"])
@pytest.mark.parametrize("error", [Crash(), GoRound("store: away")], ids=["crash", "engine away"])
async def test_a_place_is_taken_once_whatever_happens_while_it_is_taken(how: Any, error: BaseException) -> None:
    site = Site()
    await site.known("t1", ticket_of(SITE))
    site.faults.fail("claims.claim", nth=2, how=how, error=error)
    with pytest.raises(type(error)):
        await site.known("t2", ticket_of(SITE))

    site.start()
    assert (await site.known("t2", ticket_of(SITE))).isolated_today == 1
    assert [one["ticket"] for one in site.store.all(FAULTS.collection)] == ["t1", "t2"]


async def test_two_replicas_that_reach_for_one_place_count_each_other_once() -> None:
    site = Site()
    other = SiteBook(MemoryClaims(site.store))
    site.faults.meanwhile("claims.claim", lambda: other.faults_before(SITE, "t2", MONDAY))

    assert (await site.known("t1", ticket_of(SITE))).isolated_today == 1
    assert await other.faults_before(SITE, "t2", MONDAY) == 0


@pytest.mark.parametrize(("earlier", "counted"), [(PLACES - 1, PLACES - 1), (PLACES, PLACES), (PLACES + 1, PLACES)])
async def test_a_storm_of_one_site_fills_its_places_and_costs_no_more_reads(earlier: int, counted: int) -> None:
    site = Site()
    for n in range(earlier):
        await site.known(f"t{n}", ticket_of(SITE))

    site.faults.calls.clear()
    assert (await site.known("last", ticket_of(SITE))).isolated_today == counted
    assert site.faults.calls.total() <= 2 * PLACES + 1


@requirement("R5", "R6")
async def test_the_recorded_facts_give_the_same_class_and_reasons_again() -> None:
    site = Site((Device("camera", "Quai", 12), Device("camera", "Hall"), Device("lecteur", "Hall", 2)))
    await site.known("t1", ticket_of(SITE))

    for text in ("La caméra du quai ne répond plus.", "Une de nos caméras du hall est en panne, le reste va bien."):
        event = ticket_of(SITE, text)
        said = await site.classed(f"t-{text}", event)
        assert said.site is not None
        assert [(one.kind, one.zone, one.count) for one in said.site.devices] == [
            ("camera", "Hall", 1),
            ("camera", "Quai", 12),
        ]
        again = classify(request_of(event), site.shell.known.grid, site_of(said.site))
        assert (again.criticality, again.doubt) == (said.criticality, said.doubt)
        assert [one.rule for one in again.reasons] == [one.rule for one in said.reasons]


async def test_a_ticket_without_a_site_has_no_facts_and_leaves_no_trace() -> None:
    site = Site((Device("camera", "Quai", 12),))

    said = await site.classed("t1", ticket_of(""))

    assert said.site is None
    assert site_of(said.site) == NOTHING_KNOWN
    assert site.store.all(FAULTS.collection) == []


async def test_a_lost_book_is_filled_again_from_the_topics_and_twice_is_once() -> None:
    site, tickets = Site(), []
    for n in range(4):
        event = ticket_of(SITE, at=MONDAY + timedelta(hours=n), automatic=n == 1)
        tickets.append((f"t{n}", event, await site.classed(f"t{n}", event)))
    kept = [site.store.all(one.collection) for one in (FAULTS, CALLS)]

    site.store = MemoryStore()
    book = SiteBook(MemoryClaims(site.store))
    assert await note_again(book, tickets) == 5
    assert await note_again(book, tickets) == 5

    assert [site.store.all(one.collection) for one in (FAULTS, CALLS)] == kept


def test_the_rules_alone_say_what_an_isolated_fault_is() -> None:
    assert classify(request_of(ticket_of(SITE)), GRID).criticality == "standard"
