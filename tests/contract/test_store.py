"""The contracts of timers, graves, attempts and claims, on the fakes and on a MongoDB server."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from shared.runtime.append import Armed, timer_document
from shared.runtime.mongo import WINDOW
from shared.runtime.ports import Document, Position
from tests.contract.conftest import StorePorts

AT = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)


def timer(entity: str, at: datetime, generation: int = 1) -> Document:
    return timer_document(entity, Armed("tea", generation, at))


def grave(name: str, reason: str = "not JSON") -> Document:
    return {"_id": name, "reason": reason, "at": AT, "size": 3, "settled": None}


async def ids(store: StorePorts, after: datetime, until: datetime, limit: int = 100) -> list[str]:
    return sorted(one["entity"] for one in await store.timers.due(after, until, limit))


# Timers


async def test_a_window_of_timers_has_its_end_and_not_its_beginning(store: StorePorts) -> None:
    # given timers just before, at and just after both ends
    for name, at in (("a", AT), ("b", AT + timedelta(minutes=1))):
        await store.timers.arm(
            [timer(f"{name}-", at - MILLISECOND), timer(f"{name}=", at), timer(f"{name}+", at + MILLISECOND)]
        )

    assert await ids(store, AT, AT + timedelta(minutes=1)) == ["a+", "b-", "b="]
    assert await ids(store, AT, AT) == []
    assert await ids(store, AT - MILLISECOND, AT) == ["a="]


async def test_a_timer_comes_back_as_it_was_armed(store: StorePorts) -> None:
    armed = timer("t1", AT + timedelta(milliseconds=7), generation=12)
    await store.timers.arm([armed])

    assert await store.timers.due(AT, AT + timedelta(seconds=1), 10) == [armed]


async def test_a_timer_that_is_armed_twice_is_there_once_as_it_was_first(store: StorePorts) -> None:
    await store.timers.arm([timer("t1", AT)])
    await store.timers.arm([timer("t2", AT), timer("t1", AT + timedelta(days=1)), timer("t3", AT)])

    assert await ids(store, AT - MILLISECOND, AT) == ["t1", "t2", "t3"]
    assert await ids(store, AT, AT + timedelta(days=2)) == []


async def test_no_more_timers_come_than_were_asked_for(store: StorePorts) -> None:
    await store.timers.arm([timer(f"t{n}", AT) for n in range(10)])

    assert len(await ids(store, AT - MILLISECOND, AT, limit=4)) == 4
    assert len(await ids(store, AT - MILLISECOND, AT, limit=10)) == 10


async def test_deleting_takes_what_is_there_and_does_not_mind_what_is_not(store: StorePorts) -> None:
    count = 2 * WINDOW + 1
    timers = [timer(f"t{n:03}", AT) for n in range(count)]
    await store.timers.arm(timers)

    await store.timers.delete(["absent", *(one["_id"] for one in timers[1:])])
    await store.timers.delete([timers[1]["_id"]])
    await store.timers.delete([])

    assert await ids(store, AT - MILLISECOND, AT) == ["t000"]


async def test_arming_nothing_is_no_error(store: StorePorts) -> None:
    await store.timers.arm([])


# Graves


async def test_what_is_buried_twice_is_unsettled_once_with_its_first_reason(store: StorePorts) -> None:
    await store.graves.bury([grave("sav.intake/0/1")])
    await store.graves.bury([grave("sav.intake/0/1", "another reason"), grave("sav.intake/0/2")])
    await store.graves.bury([])

    assert await store.graves.unsettled() == 2
    assert [one["reason"] for one in await store.graves.listed()] == ["not JSON", "not JSON"]


async def test_what_a_person_settled_counts_no_more_and_stays_settled_when_it_is_buried_again(
    store: StorePorts,
) -> None:
    await store.graves.bury([grave("sav.intake/0/1"), grave("sav.intake/0/2")])

    assert await store.graves.settle("sav.intake/0/1", "p1", "called the customer", AT)
    assert not await store.graves.settle("sav.intake/9/9", "p1", "nothing there", AT)
    await store.graves.bury([grave("sav.intake/0/1")])

    assert await store.graves.unsettled() == 1
    assert (await store.graves.listed())[0]["settled"] == {"by": "p1", "how": "called the customer", "at": AT}


async def test_where_nothing_was_buried_nothing_is_unsettled(store: StorePorts) -> None:
    assert await store.graves.unsettled() == 0


# Attempts


async def test_a_run_that_was_not_ended_is_an_unclean_exit_of_that_replica_alone(store: StorePorts) -> None:
    assert not await store.attempts.begin("r1")
    assert not await store.attempts.begin("r2")
    await store.attempts.end("r2")

    assert await store.attempts.begin("r1")
    assert not await store.attempts.begin("r2")


async def test_a_run_that_was_ended_after_an_unclean_exit_is_clean_again(store: StorePorts) -> None:
    await store.attempts.begin("r1")
    assert await store.attempts.begin("r1")
    await store.attempts.end("r1")

    assert not await store.attempts.begin("r1")


async def test_each_record_has_a_count_of_its_own(store: StorePorts) -> None:
    one, other = Position("sav.intake", 0, 1), Position("sav.intake", 0, 11)

    assert [await store.attempts.count(one) for _ in range(3)] == [1, 2, 3]
    assert await store.attempts.count(other) == 1
    assert await store.attempts.count(Position("sav.intake", 1, 1)) == 1


# Claims


async def test_the_first_claim_of_a_name_holds_it(store: StorePorts) -> None:
    first = await store.claims.claim("numbers", "SAV-2026-1", {"ticket": "t1", "digest": "a"})
    second = await store.claims.claim("numbers", "SAV-2026-1", {"ticket": "t2", "digest": "b"})

    assert first == second == {"_id": "SAV-2026-1", "ticket": "t1", "digest": "a"}
    assert await store.claims.read("numbers", "SAV-2026-1") == first


async def test_a_name_that_nobody_claimed_holds_nothing(store: StorePorts) -> None:
    assert await store.claims.read("numbers", "SAV-2026-1") is None


async def test_the_same_name_of_another_kind_is_another_name(store: StorePorts) -> None:
    await store.claims.claim("numbers", "x", {"ticket": "t1"})

    assert await store.claims.read("requests", "x") is None
    assert (await store.claims.claim("requests", "x", {"ticket": "t2"}))["ticket"] == "t2"


async def test_of_many_who_claim_at_once_one_holds_it_and_all_are_told_the_same(store: StorePorts) -> None:
    told = await asyncio.gather(*(store.claims.claim("numbers", "x", {"ticket": f"t{n}"}) for n in range(20)))

    assert len({one["ticket"] for one in told}) == 1
