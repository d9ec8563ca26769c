"""The desk on real engines: documents from shuffled topics, crashes, conflicts, lists and `sav ticket`."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaProducer
from typer.testing import CliRunner, Result

from cli import ticket as command
from services.desk.app import DeskService, desk_service
from services.desk.generations import Generations
from services.desk.projection import Ticket, fold_all
from services.desk.rebuild import ON_ITS_WAY_ROUNDS, Rebuild
from services.desk.store import DeskStore, Filters
from shared.errors import GoRound, StopService
from shared.events import closure, intake
from shared.events.base import Event, Personal
from shared.events.catalogue import EVENTS
from shared.numbers import candidates
from shared.personal import ClearSeal
from shared.runtime.kafka import KafkaConsumer
from shared.runtime.mongo import Store
from shared.runtime.replay import Replay
from shared.runtime.settings import Settings
from shared.runtime.topics_admin import create_topics
from shared.topics import TOPICS, read_by
from tests.support.kafka import TestTopics, until
from tests.unit.services.desk import lives
from tests.unit.services.desk.lives import at
from tests.unit.services.desk.told import READER, body_of, read

pytestmark = pytest.mark.kafka

Said = tuple[str, str, bytes]
"""Stage, ticket, record."""
WORDS = "Bonjour, la centrale du rez-de-chaussée [salle 2] ne répond plus."


@pytest.fixture(scope="module")
def settings(kafka: str, mongo_uri: str) -> Iterator[Settings]:
    """An environment of this module's own, with all its topics; each test has tickets of its own in it."""
    environment = f"t{uuid4().hex[:8]}"
    asyncio.run(made(kafka, f"{environment}."))
    yield Settings(kafka=kafka, mongo=mongo_uri, environment=environment, replica="one")
    asyncio.run(unmade(kafka, f"{environment}."))


async def made(kafka: str, prefix: str) -> None:
    """Make the topics, and wait until every one of them can be seen."""

    async def seen() -> bool:
        try:
            await create_topics(kafka, prefix)
        except StopService:
            return False  # made, and not known to every part of the broker yet
        return True

    await until(seen, seconds=60)


async def unmade(kafka: str, prefix: str) -> None:
    async with TestTopics(kafka, prefix) as topics:
        for topic in TOPICS:
            topics.forget_later(prefix + topic.name)


@pytest.fixture
def aside(mongo_uri: str, database_name: str) -> Settings:
    """An environment without Kafka, for what needs the store alone."""
    return Settings(kafka="127.0.0.1:1", mongo=mongo_uri, environment=database_name)


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[DeskStore]:
    """The desk's store of an environment."""
    store = Store(settings.mongo_for("desk"), settings.database("desk"))
    desk = DeskStore(store)
    await desk.prepare()
    try:
        yield desk
    finally:
        store.close()


@pytest.fixture
async def store(aside: Settings) -> AsyncIterator[DeskStore]:
    """A store of this test's own."""
    async with opened(aside) as desk:
        yield desk


@pytest.fixture
async def documents(settings: Settings) -> AsyncIterator[DeskStore]:
    """The store that the running desk writes."""
    async with opened(settings) as desk:
        yield desk


@pytest.fixture
def ticket() -> str:
    """A ticket that no other test has."""
    return f"ticket-{uuid4().hex}"


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[DeskService]:
    """A desk while the block lasts, stopped as a signal would."""
    service = desk_service(settings)
    task = asyncio.create_task(service.run())
    try:
        yield service
    finally:
        service.stop()
        async with asyncio.timeout(30):
            await task


def life(ticket: str, number: str, days: int = 0, *events: Event) -> list[Said]:
    """What all stages say of one ticket, in the order of the procedure."""
    words = Personal(name="Odette Barrois", email="odette@courrier.example", subject="Panne", text=WORDS)
    opened = lives.OPENED.model_copy(update={"number": number, "received_at": at(days=days), "personal": words})
    seqs: dict[str, int] = {}
    said: list[Said] = []
    for event in (opened, *events):
        stage = EVENTS[event.type_name].owner
        seqs[stage] = seqs.get(stage, 0) + 1
        when = at(days=days, minutes=len(said))
        said.append((stage, ticket, body_of(stage, seqs[stage], event, when, ticket)))
    return said


def whole_life(ticket: str, number: str, days: int = 0) -> list[Said]:
    events = (lives.ACK_ASKED, lives.CLASSIFIED, lives.ACK_NOTED, *lives.HANDLED_ON_SITE, lives.REMINDER)
    return life(ticket, number, days, *events, *lives.SILENT_CLOSING, lives.SURVEY_PLANNED, lives.SURVEY_ANSWERED)


def numbers(count: int) -> list[str]:
    """Ticket numbers as intake gives them."""
    return [next(candidates(f"ticket-{n}", 2026)) for n in range(count)]


async def publish(settings: Settings, said: Sequence[Said]) -> None:
    async with AIOKafkaProducer(bootstrap_servers=settings.kafka, acks="all") as producer:
        for stage, ticket, body in said:
            await producer.send_and_wait(f"{settings.prefix}sav.{stage}", body, key=ticket.encode())


def expected(said: Sequence[Said], ticket: str) -> Ticket:
    """The ticket after its events in the order of the procedure."""
    return fold_all(Ticket(ticket), [read(stage, body) for stage, one, body in said if one == ticket], READER.again)


async def until_folded(store: DeskStore, said: Sequence[Said]) -> dict[str, Ticket]:
    """The tickets of these events, once the desk has folded all of them."""
    wanted = {ticket: expected(said, ticket) for _, ticket, _ in said}
    found: dict[str, Ticket] = {}

    async def folded() -> bool:
        found.update(await store.load(sorted(wanted)))
        return all(replace(found[one], version=0) == wanted[one] for one in wanted)

    await until(folded, seconds=40)
    return found


async def sav(settings: Settings, *arguments: str) -> Result:
    """`sav ticket …` as a person runs it, on a wide terminal."""
    environment = {
        "SAV_KAFKA": settings.kafka,
        "SAV_MONGO": settings.mongo,
        "SAV_ENVIRONMENT": settings.environment,
        "COLUMNS": "180",
    }
    return await asyncio.to_thread(lambda: CliRunner().invoke(command.app, list(arguments), env=environment))


async def test_events_shuffled_between_topics_give_the_documents(settings: Settings, documents: DeskStore) -> None:
    said = [one for n, number in enumerate(numbers(6)) for one in whole_life(f"shuffled-{n}", number, n)]
    shuffled = [*said, *random.Random(7).sample(said, 20)]
    random.Random(8).shuffle(shuffled)

    async with running(settings) as service:
        await publish(settings, shuffled)
        tickets = await until_folded(documents, said)

    assert {one.shown.phase for one in tickets.values()} == {"closed"}
    assert service.loop is not None
    assert service.loop.tally.dead == 0


async def test_a_batch_that_was_written_and_not_committed_changes_nothing_the_second_time(
    settings: Settings, documents: DeskStore, ticket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = whole_life(ticket, numbers(1)[0])
    commit = KafkaConsumer.commit
    refused: list[object] = []

    async def refuse_thrice(self: KafkaConsumer, offsets: object) -> None:
        # The first round takes the one record that woke it; the second takes all, and the third takes all again.
        if len(refused) < 3:
            refused.append(offsets)
            raise GoRound("killed here")
        await commit(self, offsets)  # type: ignore[arg-type]

    monkeypatch.setattr(KafkaConsumer, "commit", refuse_thrice)
    await publish(settings, said)

    async with running(settings) as service:

        async def committed() -> bool:
            return service.loop is not None and service.loop.tally.taken >= len(said)

        await until(committed, seconds=40)
        tickets = await until_folded(documents, said)

    assert service.loop is not None
    assert service.loop.tally.rounds_failed >= 3
    assert service.loop.tally.unchanged >= 1
    assert tickets[ticket].version == service.loop.tally.written


async def test_a_desk_that_starts_again_goes_on_where_it_was(
    settings: Settings, documents: DeskStore, ticket: str
) -> None:
    said = whole_life(ticket, numbers(1)[0])
    async with running(settings):
        await publish(settings, said[:9])
        await until_folded(documents, said[:9])
    await publish(settings, said[9:])

    async with running(settings) as again:
        await until_folded(documents, said)

    assert again.loop is not None
    assert again.loop.tally.taken <= len(said[9:])


async def test_what_cannot_be_read_lies_on_the_dead_topic_and_the_ticket_goes_on(
    settings: Settings, documents: DeskStore, ticket: str, topics: TestTopics
) -> None:
    said = whole_life(ticket, numbers(1)[0])

    async with running(settings):
        await publish(settings, [("intake", ticket, b"{not json"), *said])
        await until_folded(documents, said)

    [dead] = await topics.read(f"{settings.prefix}sav.desk.dead", 1)
    assert dead.value == b"{not json"
    assert dict(dead.headers)["sav-topic"] == b"sav.intake"


async def test_a_document_that_another_replica_wrote_is_never_written_over(store: DeskStore) -> None:
    first = expected(life("t1", numbers(1)[0]), "t1")
    assert await store.write([first]) == set()

    assert await store.write([first]) == {"t1"}, "an insert where there is one"
    assert await store.write([replace(first, version=1), Ticket("t2")]) == set()
    assert await store.write([replace(first, version=1), Ticket("t3")]) == {"t1"}, "a replacement of an older version"

    found = await store.load(["t1", "t2", "t3", "t4"])
    assert {one: ticket.version for one, ticket in found.items()} == {"t1": 2, "t2": 1, "t3": 1, "t4": 0}


async def test_what_another_replica_wrote_meanwhile_is_found_out_and_loaded(aside: Settings, store: DeskStore) -> None:
    # given a ticket that this replica wrote, and another one after it
    first = expected(life("t1", numbers(1)[0]), "t1")
    await store.write([first])
    async with opened(aside) as other:
        (known,) = (await other.load(["t1"])).values()
        await other.write([replace(known, story=())])
    # when this one goes on with what it remembers
    (remembered,) = (await store.load(["t1"])).values()
    lost = await store.write([remembered])
    # then it is told, and loads what the other one wrote
    assert lost == {"t1"}
    assert await store.load(["t1"]) == {"t1": replace(first, version=2, story=())}


async def test_what_was_written_to_the_read_model_before_is_not_remembered_of_the_next(
    aside: Settings, store: DeskStore
) -> None:
    # given a ticket in the live read model, and the same version of it in another one with other words
    first = expected(life("t1", numbers(1)[0]), "t1")
    await store.write([first])
    raw = Store(aside.mongo_for("desk"), aside.database("desk"))
    await DeskStore(raw, "tickets_2").write([replace(first, story=())])
    # when that one becomes the live one
    await Generations(raw).switch("tickets_2", at())
    await store.follow()
    raw.close()
    # then its words count
    assert await store.load(["t1"]) == {"t1": replace(first, version=1, story=())}


async def test_a_ticket_is_found_by_its_number_also_where_an_index_found_it_before(aside: Settings) -> None:
    new, old = numbers(2)
    async with opened(aside) as desk:
        # given a ticket that was written when an index found it, and that index
        await desk.write([expected(life("old", old), "old")])
        store = Store(aside.mongo_for("desk"), aside.database("desk"))
        await store.collection("numbers").drop()
        await desk.rows.create_index([("number", 1)])
        # when the desk starts, and another ticket is written
        await desk.prepare()
        await desk.write([Ticket("unheard-of"), expected(life("new", new), "new")])
        # then both are found, and nothing is left of the index
        found = [await desk.ticket_by_number(number) for number in (old, new, "26-000-000-X")]
        assert [one and one.id for one in found] == ["old", "new", None]
        assert "number_1" not in await desk.rows.index_information()
        store.close()


async def test_a_ticket_whose_number_is_heard_late_is_found_by_it_from_then_on(store: DeskStore) -> None:
    (number,) = numbers(1)
    known = expected(life("late", number), "late")
    await store.write([replace(known, sections={})])
    assert await store.ticket_by_number(number) is None
    await store.write([replace(known, version=1)])
    assert (await store.ticket_by_number(number)) == replace(known, version=2)


async def test_pages_show_each_ticket_once_newest_first_while_others_arrive(store: DeskStore) -> None:
    # Several open at the same instant: their place is still one.
    tickets = [expected(life(f"t{n}", number, n // 3), f"t{n}") for n, number in enumerate(numbers(10))]
    await store.write([*tickets, Ticket("not-opened-yet")])

    seen: list[str] = []
    after: str | None = None
    while True:
        page = await store.tickets(Filters(), after, limit=3)
        seen += [row["_id"] for row in page.tickets]
        if page.after is None:
            break
        after = page.after
        if len(seen) == 3:
            await store.write([expected(life("newcomer", "26-000-000-X", 99), "newcomer")])

    by_place = sorted(tickets, key=lambda one: (one.shown.opened_at, one.id), reverse=True)
    assert seen == [one.id for one in by_place]


async def test_lists_filter_by_what_is_late_and_by_what_waits_for_a_person(store: DeskStore) -> None:
    quiet, late, waiting, closed = numbers(4)
    lost = closure.NeedsAttention(reason="Appeler le client.", about="unreachable")
    said = [
        *life("quiet", quiet, 0, lives.ACK_ASKED, lives.ACK_NOTED, lives.QUEUED, lives.TAKEN),
        *life("late", late, 0, lives.ACK_ASKED, lives.ACK_NOTED, lives.CLASSIFIED, lives.QUEUED),
        *life("waiting", waiting, 0, lives.ACK_ASKED, lives.ACK_NOTED, lives.QUEUED, lives.TAKEN, lost),
        *whole_life("closed", closed),
    ]
    await store.write([expected(said, one) for one in ("quiet", "late", "waiting", "closed")])

    async def found(filters: Filters) -> set[str]:
        return {row["_id"] for row in (await store.tickets(filters)).tickets}

    assert await found(Filters(late_at=at(hours=4))) == set()
    assert await found(Filters(late_at=at(hours=4) + timedelta(seconds=1))) == {"late"}
    assert await found(Filters(attention=True)) == {"waiting"}
    assert await found(Filters(phase="closed")) == {"closed"}
    assert await found(Filters(phase="queued", criticality="standard", customer="C-1001")) == {"late"}
    assert await found(Filters(customer="C-9999")) == set()
    assert await store.counts() == {
        ("handling", "standard"): 2,
        ("queued", "standard"): 1,
        ("closed", "standard"): 1,
    }


async def test_sav_ticket_show_prints_the_story(aside: Settings, store: DeskStore) -> None:
    number = numbers(1)[0]
    await store.write([expected(whole_life("t1", number), "t1")])

    shown = await sav(aside, "show", number.lower().replace("-", " "))

    assert shown.exit_code == 0, shown.output
    in_order = (
        f"Dossier {number}",
        "Clos",
        "Odette Barrois",
        f"Demande reçue par e-mail, dossier {number} ouvert",
        WORDS,
        "Classée Standard (doute)",
        "Accusé de réception remis dans les délais",
        "Rendez-vous le mardi 24 novembre de 9 h 00 à 11 h 00 avec T-01",
        "Clos après 5 jours de silence",
        "Avis du client : réactivité 4/5",
    )
    places = [shown.output.find(one) for one in in_order]
    assert -1 not in places, in_order[places.index(-1)]
    assert places == sorted(places)


async def test_sav_ticket_show_answers_a_machine_too(aside: Settings, store: DeskStore) -> None:
    number = numbers(1)[0]
    await store.write([expected(whole_life("t1", number), "t1")])

    answer = json.loads((await sav(aside, "show", number, "--json")).output)

    assert (answer["id"], answer["number"], answer["phase"]) == ("t1", number, "closed")
    assert answer["personal"]["intake"]["1"]["text"] == WORDS
    assert answer["story"][0]["text"].startswith("Demande reçue par e-mail")
    assert answer["sections"]["dispatch"]["seq"] == len(lives.HANDLED_ON_SITE)


async def test_sav_ticket_show_tells_a_number_that_was_misheard_from_one_that_nobody_has(
    aside: Settings,
) -> None:
    number = numbers(1)[0]
    misheard = number[:-1] + ("A" if number[-1] != "A" else "B")

    wrong, unknown = await sav(aside, "show", misheard), await sav(aside, "show", number)

    assert (wrong.exit_code, unknown.exit_code) == (1, 1)
    assert "lettre de contrôle" in wrong.stderr
    assert "aucun dossier ne le porte" in unknown.stderr


async def test_sav_ticket_list_filters_and_goes_on_where_it_stopped(aside: Settings, store: DeskStore) -> None:
    known = numbers(3)
    await store.write([expected(life(f"t{n}", number, n), f"t{n}") for n, number in enumerate(known)])

    first = json.loads((await sav(aside, "list", "--limit", "2", "--json")).output)
    second = json.loads((await sav(aside, "list", "--limit", "2", "--json", "--after", first["after"])).output)
    table = await sav(aside, "list", "--phase", "received", "--limit", "1")
    nothing = await sav(aside, "list", "--phase", "closed")
    nonsense = [await sav(aside, "list", *one) for one in (("--phase", "x"), ("--after", "x"))]

    assert [row["number"] for row in (*first["tickets"], *second["tickets"])] == [*reversed(known)]
    assert second["after"] is None
    assert known[2] in table.output
    assert "--after" in table.output
    assert "Aucun dossier" in nothing.output
    assert [one.exit_code for one in nonsense] == [2, 1]


async def test_sav_ticket_shows_words_as_they_are_and_no_control_sequence(aside: Settings, store: DeskStore) -> None:
    number = numbers(1)[0]
    opened = life("t1", number)[0]
    reply = intake.CustomerReplied(
        request="r", channel="email", received_at=at(hours=1), personal=Personal(text="[red]\x1b[31mrouge[/]")
    )
    said = [opened, ("intake", "t1", body_of("intake", 2, reply, at(hours=1), "t1"))]
    await store.write([expected(said, "t1")])

    shown = await sav(aside, "show", number)

    assert "[red] [31mrouge[/]" in shown.output
    assert "\x1b[31m" not in shown.output


async def test_sav_ticket_says_so_when_the_store_is_away(aside: Settings) -> None:
    away = aside.model_copy(update={"mongo": "mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=300"})

    shown = await sav(away, "show", numbers(1)[0])

    assert shown.exit_code == 1
    assert "ne répond pas" in shown.stderr


def silently(*_: object) -> None:
    """Show no progress."""


@asynccontextmanager
async def rebuilding(settings: Settings, rounds: int = ON_ITS_WAY_ROUNDS) -> AsyncIterator[tuple[Rebuild, Generations]]:
    """A rebuild of an environment's read model, as `sav readmodel rebuild` makes one."""
    store = Store(settings.mongo_for("desk"), settings.database("desk"))
    generations = Generations(store)
    live, new = DeskStore(store, await generations.live()), DeskStore(store, await generations.next())
    try:
        async with Replay(settings.kafka, settings.prefix, [topic.name for topic in read_by("desk")]) as topics:
            yield Rebuild(generations, live, new, topics, ClearSeal(), rounds), generations
    finally:
        store.close()


@pytest.mark.timeout(180)
async def test_a_read_model_is_rebuilt_beside_the_live_one_while_events_flow(settings: Settings) -> None:
    # given a desk that runs, with tickets, and more that come all the while
    said = [one for n, number in enumerate(numbers(8)) for one in whole_life(f"rebuilt-{n}-{number}", number, n)]
    early, later = said[: len(said) // 2], said[len(said) // 2 :]
    async with running(settings), opened(settings) as before:
        await publish(settings, early)
        await until_folded(before, early)
        # when it is rebuilt
        async with rebuilding(settings) as (rebuild, generations):
            coming = asyncio.create_task(publish(settings, later))
            result = await rebuild.run(at, silently)
            await coming
            # then it is the live one, with all that came meanwhile and all that comes from now on
            assert (result.different, result.switched) == ({}, True)
            assert await generations.live() == result.collection
            more = whole_life(f"after-{result.collection}", numbers(9)[-1])
            await publish(settings, more)
            await before.follow()
            assert before.name == result.collection
            await until_folded(before, [*said, *more])
            # and the one before is kept for a day
            kept = [one.collection for one in await generations.former()]
            assert kept[-1] != result.collection
            assert await generations.prune(at(hours=23)) == []
            assert kept[-1] in await generations.prune(at(days=1))


@pytest.mark.timeout(180)
async def test_a_rebuilt_read_model_that_differs_is_not_switched_to_unless_that_is_wanted(settings: Settings) -> None:
    # given a live read model in which a document says something else than the events do
    number = numbers(1)[0]
    said = whole_life(f"tampered-{uuid4().hex}", number)
    ticket = said[0][1]
    async with running(settings), opened(settings) as live:
        await live.follow()
        await publish(settings, said)
        await until_folded(live, said)
        (known,) = (await live.load([ticket])).values()
        assert await live.write([replace(known, story=())]) == set()
        # when it is rebuilt, then the difference is told and nothing has changed
        async with rebuilding(settings, rounds=0) as (rebuild, generations):
            result = await rebuild.run(at, silently)
            assert (result.different, result.switched) == ({ticket: ("story",)}, False)
            assert await generations.live() == live.name
        # and where it is wanted, then the new one is live
        async with rebuilding(settings, rounds=0) as (rebuild, generations):
            result = await rebuild.run(at, silently, whatever=True)
            assert result.switched
            await live.follow()
            await until_folded(live, said)
