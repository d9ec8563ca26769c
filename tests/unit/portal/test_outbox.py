"""Messages whose channel is the portal: an acknowledgement is shown, all else goes where somebody is told (R3, R13)."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from adapters.portal.outbox import PortalOutbox
from shared.events.base import Channel
from shared.events.notify import Delivery, MessageKind, MessageToSend
from shared.events.requests import Request, RequestPersonal
from shared.runtime.ports import Record
from shared.testing.clock import SetClock
from shared.testing.faults import Faults
from shared.testing.store import MemoryGraves, MemoryStore
from tests.browser.whole import Whole
from tests.requirements import requirement
from tests.unit.services.desk.told import MONDAY, body_of


async def reports_of(*bodies: bytes) -> tuple[list[Delivery], MemoryGraves]:
    said: list[Delivery] = []

    async def report(delivery: Delivery) -> None:
        said.append(delivery)

    graves = MemoryGraves(MemoryStore(), Faults())
    for offset, body in enumerate(bodies):
        await PortalOutbox(report, SetClock(MONDAY)).hear(Record("sav.notify", 0, offset, b"t-1", body), graves)
    return said, graves


def message(kind: MessageKind, channel: Channel = "portal") -> bytes:
    sent = MessageToSend(message="m", kind=kind, generation=1, resolution=1, channel=channel)
    return body_of("notify", 1, sent, ticket="t-1")


@requirement("R3", "R13")
@pytest.mark.parametrize("kind", get_args(MessageKind))
async def test_only_the_acknowledgement_counts_by_being_shown(kind: MessageKind) -> None:
    (said,), _ = await reports_of(message(kind))
    assert said.status == ("accepted" if kind == "acknowledgement" else "failed")
    assert (said.ticket, said.message, said.kind, said.channel) == ("t-1", "m", kind, "portal")


@pytest.mark.parametrize("channel", ["email", "phone"])
async def test_messages_of_other_channels_are_theirs(channel: Channel) -> None:
    said, _ = await reports_of(message("acknowledgement", channel))
    assert said == []


async def test_what_cannot_be_read_is_kept_for_a_person_and_the_next_goes_on() -> None:
    said, graves = await reports_of(b"\xff", message("acknowledgement"))
    assert len(said) == 1
    assert await graves.unsettled() == 1


@requirement("R3", "R13")
async def test_who_left_only_a_telephone_number_on_the_portal_is_acknowledged_there_and_called_for_the_question(
    tmp_path: Path,
) -> None:
    whole = Whole(tmp_path, MONDAY)
    person = RequestPersonal(phone="+33199001234", text="Plus rien ne répond.")
    await whole.accept(Request(channel="portal", key="k", received_at=MONDAY, personal=person))
    (asked,) = whole.said("notify", "message-to-send")
    assert asked["data"]["channel"] == "portal"

    (record,) = [one for one in whole.broker.records("sav.notify") if b"message-to-send" in (one.value or b"")]
    (report,), _ = await reports_of(record.value or b"")
    whole.broker.append("sav.deliveries", report.model_dump_json().encode(), key=report.ticket.encode())
    await whole.settle()

    assert len(whole.said("intake", "acknowledgement-noted")) == 1
