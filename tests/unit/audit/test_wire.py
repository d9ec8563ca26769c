"""The auditor's own description of the wire, held against the published language: it may not drift unseen.

The auditor imports nothing of `shared`; only this test knows both.
"""

from __future__ import annotations

from typing import get_args

import pytest

from audit.history import TOPICS
from audit.wire import CHANNELS, DELIVERY, FIELDS, KINDS, STAGES, WATERMARK
from shared import topics
from shared.events.base import Channel, TicketFacts
from shared.events.catalogue import ENTRIES
from shared.events.closure import TicketClosed
from shared.events.notify import ChannelWatermark, Delivery
from shared.events.requests import RequestKind
from shared.events.survey import SurveyAnswered

READ_BESIDES = {
    "intake.ticket-opened": {"automatic"},
    "intake.acknowledgement-asked": {"promise", "because"},
    "intake.customer-replied": {"automatic"},
    "dispatch.visit-needed": {"parts"},
    "dispatch.technician-mobilised": {"parts"},
    "resources.reservation-granted": {"start", "end"},
    "survey.survey-cancelled": {"already_sent"},
    "closure.ticket-closed": {"ticket"},
}
"""Fields that checks read where they are there, and do without where they are not."""


@pytest.mark.parametrize("name", FIELDS)
def test_every_field_that_a_check_relies_on_is_in_the_published_language(name: str) -> None:
    entry = ENTRIES[f"sav.{name}.v1"]

    assert FIELDS[name].keys() | READ_BESIDES.get(name, set()) <= entry.model.model_fields.keys()


def test_what_adapters_publish_has_the_fields_that_the_auditor_reads() -> None:
    assert DELIVERY.keys() <= Delivery.model_fields.keys()
    assert {*WATERMARK, "spool"} <= ChannelWatermark.model_fields.keys()


def test_channels_kinds_stages_and_topics_are_those_of_the_published_language() -> None:
    assert set(CHANNELS) == set(get_args(Channel))
    assert set(KINDS) == set(get_args(RequestKind))
    assert set(STAGES) == set(topics.STAGES)
    assert set(TOPICS) <= topics.BY_NAME.keys()
    assert "number" in TicketFacts.model_fields
    assert TicketClosed.model_fields["ticket"].annotation is TicketFacts
    assert "resolution" in SurveyAnswered.model_fields
