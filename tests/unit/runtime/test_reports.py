"""Which report of a delivery is a copy of another one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from shared.events.base import Channel
from shared.events.notify import Delivery, DeliveryStatus
from shared.personal import ClearSeal
from shared.runtime.ports import Record
from shared.runtime.reading import Reader
from tests.requirements import requirement

AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def known_as(status: DeliveryStatus, channel: Channel = "email", later: timedelta = timedelta(0)) -> str:
    """Return the name by which notify knows a report about the one reminder."""
    report = Delivery(
        message="m-1",
        ticket="T-1",
        kind="reminder",
        generation=1,
        resolution=1,
        channel=channel,
        status=status,
        at=AT + later,
    )
    value = report.model_dump_json().encode()
    incoming = Reader("notify", ClearSeal()).read(Record("sav.deliveries", 0, 0, b"T-1", value))
    assert incoming is not None
    return incoming.id


def test_an_adapter_that_repeats_its_report_after_a_crash_says_nothing_new() -> None:
    assert known_as("delivered", later=timedelta(hours=1)) == known_as("delivered")


def test_another_fate_of_the_message_is_another_report() -> None:
    assert known_as("bounced") != known_as("delivered")


@requirement("R13")
def test_the_call_about_a_mail_that_came_back_is_no_copy_of_its_delivery() -> None:
    assert known_as("delivered", "phone") != known_as("delivered")
