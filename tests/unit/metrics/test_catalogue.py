"""The catalogue is whole: names, units, labels with all their values, and the page that is made of it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

from services.desk.shown import PHASES, DeadlineKind
from shared.metrics import page
from shared.metrics.catalogue import BY_NAME, METRICS
from shared.metrics.labels import ABOUT, DEADLINE, PHASE, STAGE
from shared.metrics.model import Metric
from shared.metrics.registry import Metrics
from shared.runtime.append import WAITING

SERIES_OF_ALL = 3_500
"""All series that all services together can ever have; Prometheus itself takes millions."""


def test_the_page_of_metrics_is_that_of_the_catalogue() -> None:
    assert page.PAGE.read_text("utf-8") == page.page(), "run: python -m shared.metrics.page --write"


def test_every_name_is_there_once() -> None:
    assert len(BY_NAME) == len(METRICS)
    assert len({one.family for one in METRICS}) == len(METRICS)


@pytest.mark.parametrize("metric", METRICS, ids=lambda one: one.name)
def test_a_metric_says_what_it_is_in_both_languages_and_what_a_restart_does_to_it(metric: Metric) -> None:
    assert re.fullmatch(r"sav_[a-z_]+", metric.name)
    assert metric.fr.endswith(".")
    assert metric.en.endswith(".")
    assert metric.fr != metric.en
    assert metric.restart
    assert metric.measured


@pytest.mark.parametrize("metric", METRICS, ids=lambda one: one.name)
def test_a_name_ends_as_its_kind_and_its_unit_do(metric: Metric) -> None:
    assert metric.name.endswith("_total") == (metric.kind == "counter")
    assert metric.family.endswith("_seconds") == (metric.unit == "seconds")
    assert bool(metric.buckets) == (metric.kind == "histogram")
    assert list(metric.buckets) == sorted(set(metric.buckets))


def test_no_label_can_name_a_ticket_a_customer_or_a_person_and_all_series_are_known_beforehand() -> None:
    allowed = {"about", "became", "because", "cause", "channel", "criticality", "deadline", "kept", "loop", "outcome"}
    allowed |= {"phase", "promise", "service", "stage", "tier", "topic", "waits"}
    allowed |= {"answer", "result", "status"}  # of mails
    allowed |= {"reason", "where"}  # of the adapters' doors

    assert {label.name for metric in METRICS for label in metric.labels} == allowed
    assert sum(len(metric.combinations()) for metric in METRICS) < SERIES_OF_ALL


def test_the_lists_of_label_values_are_those_of_the_services() -> None:
    assert set(PHASE.values) == set(PHASES) - {"closed"}
    assert set(DEADLINE.values) == set(get_args(DeadlineKind))
    assert set(STAGE.values) == {"intake", "triage", "dispatch", "closure", "survey", "notify"}
    assert set(BY_NAME["sav_waiting_records"].labels[1].values) == WAITING


def test_what_the_services_call_a_person_for_is_in_the_list() -> None:
    said = re.compile(r'about="([a-z-]+)"|about=f"([a-z-]+):|^ *return \("([a-z-]+)", "Un', re.MULTILINE)
    sources = [one.read_text("utf-8") for folder in ("services", "shared/runtime") for one in _sources(folder)]

    found = {word for text in sources for words in said.findall(text) for word in words if word}

    assert "held" in found
    assert found - set(ABOUT.values) == set()


def _sources(folder: str) -> list[Path]:
    return sorted((page.PAGE.parents[1] / folder).rglob("*.py"))


def test_what_is_exposed_are_the_names_of_the_catalogue() -> None:
    metrics = Metrics()
    for metric in METRICS:
        labels = metric.combinations()[0]
        match metric.kind:
            case "counter":
                metrics.add(metric.name, *labels)
            case "gauge":
                metrics.set(metric.name, *labels, to=1.0)
            case "histogram":
                metrics.observe(metric.name, *labels, value=1.0)

    shown = metrics.render().decode()

    names = {line.partition("{")[0].partition(" ")[0] for line in shown.splitlines() if not line.startswith("#")}
    assert {name for name in names if name.startswith("sav_")} == {name for one in METRICS for name in one.exposed}
    assert {name for name in names if not name.startswith(("sav_", "process_"))} == set()
