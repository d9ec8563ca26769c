"""The dashboards are those of the code, and every query names only what the catalogue has."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.grafana.build import BOARDS, FOLDER, files
from shared.metrics.catalogue import METRICS
from tests.deploy.promql import read
from tests.deploy.test_rules import ROOT, needs_promtool, promtool, recorded, rules, strange

NOT_DRAWN = frozenset[str]()
"""Metrics that are on no dashboard: none."""


def boards() -> list[dict[str, Any]]:
    return [json.loads(text) for text in files().values()]


def queries(board: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield every query with where it is."""
    for panel in board["panels"]:
        for target in panel.get("targets", ()):
            yield panel["title"], target["expr"]
    for variable in board["templating"]["list"]:
        if variable["type"] == "query":
            yield variable["name"], variable["query"]["query"]


EVERY = [(board["uid"], where, expr) for board in boards() for where, expr in queries(board)]


def test_the_files_are_those_of_the_code() -> None:
    assert {path: path.read_text("utf-8") for path in FOLDER.glob("*.json")} == files(), (
        "run: python -m deploy.grafana.build --write"
    )


@pytest.mark.parametrize("expr", [one[2] for one in EVERY], ids=[f"{one[0]}-{one[1]}" for one in EVERY])
def test_a_panel_asks_only_for_what_the_catalogue_has(expr: str) -> None:
    assert strange(filled(expr)) == []


@needs_promtool
def test_promtool_reads_every_query_of_every_panel(tmp_path: Path) -> None:
    exprs = [filled(expr) for _, _, expr in EVERY if not expr.startswith("label_values")]
    listed = [{"record": f"panel:{n}", "expr": expr} for n, expr in enumerate(exprs)]
    (tmp_path / "panels.yml").write_text(json.dumps({"groups": [{"name": "panels", "rules": listed}]}), "utf-8")

    promtool("check", "rules", "panels.yml", folder=tmp_path)


def filled(expr: str) -> str:
    """A query with Grafana's own variables filled in."""
    for variable, value in (("$__range", "1d"), ("$__rate_interval", "1m")):
        expr = expr.replace(variable, value)
    return expr


def test_every_metric_of_the_catalogue_is_in_a_rule_or_on_a_dashboard() -> None:
    asked = {name for _, _, expr in EVERY for name in read(expr).metrics}
    asked |= {name for rule in rules() for name in read(rule["expr"]).metrics}

    unseen = {metric.name for metric in METRICS if not set(metric.exposed) & asked}

    assert unseen == NOT_DRAWN


def test_what_is_recorded_is_used() -> None:
    asked = {name for _, _, expr in EVERY for name in read(expr).metrics}
    asked |= {name for rule in rules() if "alert" in rule for name in read(rule["expr"]).metrics}

    assert recorded() - asked == set()


@pytest.mark.parametrize("board", boards(), ids=lambda one: one["uid"])
def test_panels_have_a_sentence_an_id_of_their_own_and_do_not_overlap(board: dict[str, Any]) -> None:
    taken: set[tuple[int, int]] = set()
    for panel in board["panels"]:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken, panel["title"]
        assert place["x"] + place["w"] <= 24
        taken |= cells
        if panel["type"] != "row":
            assert panel["description"].endswith((".", ")."))
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])


@pytest.mark.parametrize("board", boards(), ids=lambda one: one["uid"])
def test_a_dashboard_keeps_its_address_and_names_no_data_source(board: dict[str, Any]) -> None:
    assert board["uid"] in {"sav-sla", "sav-pipeline"}
    assert {panel["datasource"]["uid"] for panel in board["panels"] if "datasource" in panel} == {"${datasource}"}
    assert len({one.title for one in BOARDS}) == len(BOARDS)


def test_grafana_is_told_where_dashboards_and_prometheus_are() -> None:
    folder = ROOT / "deploy" / "grafana" / "provisioning"
    (source,) = yaml.safe_load((folder / "datasources" / "prometheus.yaml").read_text("utf-8"))["datasources"]
    (provider,) = yaml.safe_load((folder / "dashboards" / "sav.yaml").read_text("utf-8"))["providers"]

    assert (source["type"], source["isDefault"]) == ("prometheus", True)
    assert provider["options"]["path"] == "/var/lib/grafana/dashboards"
