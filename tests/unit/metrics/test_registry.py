"""The registry shows what the catalogue has, and nothing else."""

from __future__ import annotations

import pytest

from shared.metrics.registry import Metrics


def test_a_metric_that_the_catalogue_does_not_have_cannot_be_set() -> None:
    with pytest.raises(KeyError, match="sav_guess"):
        Metrics().add("sav_guess")


def test_a_label_value_that_is_not_in_the_list_is_refused() -> None:
    with pytest.raises(ValueError, match="'26-513-803-R' is no channel of the catalogue"):
        Metrics().add("sav_tickets_opened_total", "26-513-803-R")


def test_a_new_matter_of_a_call_is_shown_as_other_and_added_up() -> None:
    metrics = Metrics()

    metrics.set_all("sav_calls_open", {("intake", "meteor"): 2, ("intake", "comet"): 1, ("notify", "held"): 4})

    assert metrics.value("sav_calls_open", "intake", "other") == 3
    assert metrics.value("sav_calls_open", "notify", "held") == 4
    assert metrics.value("sav_calls_open", "closure", "reading") == 0


def test_every_series_of_a_counter_is_there_at_zero_before_anything_happens() -> None:
    metrics = Metrics()

    metrics.begin("sav_tickets_opened_total")
    metrics.begin("sav_set_aside_total", "triage")

    assert [metrics.value("sav_tickets_opened_total", one) for one in ("email", "phone", "portal")] == [0, 0, 0]
    assert metrics.value("sav_set_aside_total", "triage", "held") == 0
    assert metrics.value("sav_set_aside_total", "intake", "held") is None


def test_a_counter_follows_a_total_that_is_counted_elsewhere_and_never_goes_back() -> None:
    metrics = Metrics()

    for total in (3, 3, 8, 5):
        metrics.follow("sav_records_taken_total", "triage", total=total)

    assert metrics.value("sav_records_taken_total", "triage") == 8


def test_a_gauge_without_a_value_is_not_shown_where_nothing_is_known() -> None:
    metrics = Metrics()
    metrics.set_all("sav_acknowledgement_margin_seconds", {("critique", "premium"): 60.0}, absent=None)

    metrics.set_all("sav_acknowledgement_margin_seconds", {("standard", "none"): -5.0}, absent=None)

    assert metrics.value("sav_acknowledgement_margin_seconds", "critique", "premium") is None
    assert metrics.value("sav_acknowledgement_margin_seconds", "standard", "none") == -5.0
    metrics.hide("sav_acknowledgement_margin_seconds")
    assert metrics.value("sav_acknowledgement_margin_seconds", "standard", "none") is None


@pytest.mark.parametrize(("seconds", "in_time"), [(1799, 1), (1800, 1), (1801, 0)])
def test_exactly_thirty_minutes_is_within_the_bucket_of_thirty_minutes(seconds: int, in_time: int) -> None:
    metrics = Metrics()

    metrics.observe("sav_sla_acknowledgement_seconds", "critique", "premium", value=seconds)

    line = 'sav_sla_acknowledgement_seconds_bucket{criticality="critique",le="1800.0",tier="premium"} '
    (shown,) = [one for one in metrics.render().decode().splitlines() if one.startswith(line)]
    assert shown == f"{line}{in_time}.0"


def test_a_measure_that_fails_does_not_hide_the_others() -> None:
    metrics = Metrics()

    def fails() -> None:
        raise ZeroDivisionError

    metrics.before_scrape(fails)
    metrics.before_scrape(lambda: metrics.set("sav_ready", "desk", to=1))

    assert b'sav_ready{service="desk"} 1.0' in metrics.render()
