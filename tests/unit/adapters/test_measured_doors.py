"""What portal and phone show of themselves: each request accepted, each refusal by its reason, how long Kafka took."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Literal

import pytest
from starlette.testclient import TestClient

from adapters.accept import Accepted, Acceptor, NotAccepted
from adapters.line import Away
from adapters.measured import MeasuredDoor, MeasuredPages, arrivals, ready_as_it_serves, spool
from adapters.phone.app import BODY_BYTES
from shared.events.notify import Delivery
from shared.events.requests import Request
from shared.metrics.labels import REFUSED, WHERE
from shared.runtime.ports import Outgoing
from shared.runtime.settings import Settings
from shared.runtime.telemetry import Telemetry
from tests.requirements import requirement
from tests.support.mail import T0, HandClock, MemoryDoor
from tests.unit.phone.kit import Phone
from tests.unit.portal.kit import Portal, hidden
from tests.unit.portal.test_form_pages import FILLED

PATIENCE_SECONDS = 20
CALL = b'{"call": "c-1", "event": "ringing", "number": "0199001234"}'


def telemetry(program: str = "portal") -> Telemetry:
    return Telemetry(Settings(), program, lambda: 1000.0, on=True)


def refused(one: Telemetry) -> dict[str, float]:
    """What was refused, by reason; what never happened is left out."""
    counted = {name: one.metrics.value("sav_door_refused_total", one.service, name) for name in REFUSED.values}
    assert None not in counted.values(), "a series begins at 0, or its first increase is not seen"
    return {name: count for name, count in counted.items() if count}


class DoorTo(MemoryDoor):
    """A door that puts what it takes where it is told to."""

    def __init__(self, where: Literal["kafka", "spool"]) -> None:
        super().__init__(HandClock())
        self._where = where

    async def accept(self, request: Request) -> Accepted:
        return Accepted((await super().accept(request)).key, self._where)


@requirement("R2")
@pytest.mark.parametrize("where", ["kafka", "spool"])
async def test_an_accepted_request_is_counted_by_where_it_lies_and_one_that_was_not_is_not(
    where: Literal["kafka", "spool"],
) -> None:
    one, behind = telemetry(), DoorTo(where)
    door = MeasuredDoor(behind, one)
    request = Request(channel="portal", key="k", received_at=T0)

    assert (await door.accept(request)).where == where
    behind.is_shut = True
    with pytest.raises(NotAccepted):
        await door.accept(request)

    counted = {name: one.metrics.value("sav_door_accepted_total", "portal", name) for name in WHERE.values}
    assert counted == {name: float(name == where) for name in WHERE.values}


def test_what_is_sent_to_the_portal_and_refused_is_counted_by_its_reason(tmp_path: Path) -> None:
    portal, one = Portal(tmp_path, forms_an_hour=2), telemetry()
    browser = TestClient(MeasuredPages(portal.app, one), base_url="https://portail.example")
    form = FILLED | {"page": hidden(browser.get("/demande/alarme"), "page")}

    assert browser.post("/demande/alarme", data={"page": form["page"]}).status_code == 422
    assert browser.post("/demande/alarme", data=FILLED).status_code == 409
    portal.door.refuses = True
    assert browser.post("/demande/alarme", data=form).status_code == 503
    portal.door.refuses = False
    assert browser.post("/demande/alarme", data=form, follow_redirects=False).status_code == 303
    other = FILLED | {"page": hidden(browser.get("/demande/alarme"), "page")}
    assert browser.post("/demande/alarme", data=other).status_code == 429

    assert refused(one) == {"unreadable": 1, "unproven": 1, "not-kept": 1, "too-often": 1}


def test_a_page_that_is_only_looked_at_is_no_refusal(tmp_path: Path) -> None:
    one = telemetry()
    browser = TestClient(MeasuredPages(Portal(tmp_path).app, one), base_url="https://portail.example")

    assert browser.get("/d/nobodys-link").status_code == 404
    assert refused(one) == {}


def test_what_the_telephone_system_says_in_vain_is_counted_by_its_reason() -> None:
    phone, one = Phone(), telemetry("phone")
    phone.app = MeasuredPages(phone.app, one)  # type: ignore[assignment]  # an application is all that is called

    assert phone.post("/phone/events/nobodys", b"{}").status_code == 404
    assert phone.post("/phone/events/sav", b"{}", {"x-sav-signature": "no"}).status_code == 401
    assert phone.post("/phone/events/sav", b"no JSON").status_code == 422
    assert phone.post("/phone/events/sav", b"0" * (BODY_BYTES + 1)).status_code == 413
    phone.store.away = True
    assert phone.post("/phone/events/sav", CALL).status_code == 503
    phone.store.away = False
    assert phone.post("/phone/events/sav", CALL).status_code == 204

    assert refused(one) == {"unknown": 1, "unproven": 1, "unreadable": 1, "too-large": 1, "not-kept": 1}


class HandLine:
    """A line to Kafka that a test takes away and brings back."""

    def __init__(self) -> None:
        self.is_up = True
        self.has: list[Outgoing] = []

    async def connect(self) -> bool:
        return self.is_up

    async def publish(self, record: Outgoing) -> None:
        if not self.is_up:
            raise Away("test")
        self.has.append(record)

    async def close(self) -> None:
        pass


@requirement("R2", "R3")
async def test_a_requests_time_to_kafka_has_its_wait_on_the_disk_in_it_and_a_report_counts_for_nothing(
    tmp_path: Path,
) -> None:
    one, clock, line = telemetry(), HandClock(), HandLine()
    door = Acceptor(Settings(), "portal", tmp_path, clock=clock, speaks=False, published=arrivals(one, clock))
    door._line = line  # type: ignore[assignment]  # as much of a line as a door uses
    spool(one, door)
    report = Delivery(
        message="m", ticket="t", kind="reminder", generation=1, resolution=1, channel="portal", status="accepted", at=T0
    )

    async with door:
        assert one.metrics.value("sav_door_arrival_seconds", "portal") == 0
        await door.accept(Request(channel="portal", key="a", received_at=T0))
        await door.report(report)
        assert one.metrics.value("sav_door_arrival_seconds", "portal") == 1
        line.is_up = False
        await door.accept(Request(channel="portal", key="b", received_at=T0))
        assert 'sav_door_spool_records{service="portal"} 1.0' in one.metrics.render().decode()
        assert one.metrics.value("sav_door_arrival_seconds", "portal") == 1
        clock.walk(hours=1)
        line.is_up = True
        door._wake.set()
        async with asyncio.timeout(PATIENCE_SECONDS):
            await door.drained()

    shown = one.metrics.render().decode().splitlines()
    assert 'sav_door_arrival_seconds_count{service="portal"} 2.0' in shown
    assert 'sav_door_arrival_seconds_sum{service="portal"} 3600.0' in shown
    assert 'sav_door_spool_records{service="portal"} 0.0' in shown
    assert [record.key for record in line.has] == [b"a", b"t", b"b"]


@requirement("R1", "R2")
async def test_pages_are_ready_as_soon_as_they_serve_whatever_engine_is_away() -> None:
    one = telemetry("phone")
    assert (await one.ready()).status == 503

    ready_as_it_serves(one)

    assert (await one.ready()).status == 200
