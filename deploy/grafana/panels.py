"""A dashboard's parts as plain functions: a panel is a title, a sentence, queries and a unit; rows lay themselves out.

Used by `build`. Only what Grafana 9 to 12 understand alike, so that a dashboard outlives an upgrade.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Json = dict[str, Any]
Shape = Literal["timeseries", "stat", "heatmap", "table"]

WIDTH = 24
"""Columns of Grafana's grid."""
HEIGHT = 8
DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}
RED, ORANGE, GREEN = "red", "orange", "green"


@dataclass(frozen=True)
class Query:
    """A query, and how its series are called."""

    expr: str
    legend: str = ""


@dataclass(frozen=True)
class Panel:
    """One picture."""

    title: str
    says: str
    """What it shows and what to look for, in a sentence or two."""
    queries: tuple[Query, ...]
    unit: str = "short"
    shape: Shape = "timeseries"
    limits: tuple[tuple[float, str], ...] = ()
    """From this value on, this colour; green below."""
    columns: int = 2
    """How many of this width fill a row."""
    stacked: bool = False


@dataclass(frozen=True)
class Row:
    """Panels under a heading."""

    title: str
    panels: tuple[Panel, ...]


@dataclass(frozen=True)
class Dashboard:
    """One page. Its uid never changes: links and bookmarks hold it."""

    uid: str
    title: str
    says: str
    rows: tuple[Row, ...]
    variables: tuple[Json, ...] = field(default_factory=tuple)
    since: str = "now-24h"


def choice(name: str, label: str, query: str) -> Json:
    """Return a variable whose values are those of a label, all of them at first."""
    return {
        "name": name,
        "label": label,
        "type": "query",
        "datasource": DATASOURCE,
        "query": {"query": query, "refId": name},
        "includeAll": True,
        "allValue": ".*",
        "multi": True,
        "current": {"text": "All", "value": "$__all"},
        "refresh": 2,
        "sort": 1,
    }


def as_json(board: Dashboard) -> Json:
    """Return a dashboard as Grafana provisions it."""
    return {
        "uid": board.uid,
        "title": board.title,
        "description": board.says,
        "tags": ["sav"],
        "timezone": "Europe/Paris",
        "schemaVersion": 39,
        "editable": False,
        "graphTooltip": 1,
        "refresh": "30s",
        "time": {"from": board.since, "to": "now"},
        "templating": {"list": [_datasource(), *board.variables]},
        "panels": _laid_out(board.rows),
    }


def _datasource() -> Json:
    return {"name": "datasource", "label": "Source", "type": "datasource", "query": "prometheus", "current": {}}


def _laid_out(rows: Sequence[Row]) -> list[Json]:
    found: list[Json] = []
    y = 0
    for row in rows:
        found.append(_placed({"type": "row", "title": row.title, "collapsed": False}, len(found), 0, y, WIDTH, 1))
        x, y = 0, y + 1
        for panel in row.panels:
            width = WIDTH // panel.columns
            if x + width > WIDTH:
                x, y = 0, y + HEIGHT
            found.append(_placed(_panel(panel), len(found), x, y, width, HEIGHT))
            x += width
        y += HEIGHT
    return found


def _placed(content: Json, number: int, x: int, y: int, width: int, height: int) -> Json:
    return content | {"id": number + 1, "gridPos": {"x": x, "y": y, "w": width, "h": height}}


def _panel(panel: Panel) -> Json:
    targets = [
        {
            "refId": chr(ord("A") + n),
            "datasource": DATASOURCE,
            "expr": query.expr,
            "legendFormat": query.legend,
            "instant": panel.shape in ("stat", "table"),
            "range": panel.shape not in ("stat", "table"),
            "format": {"heatmap": "heatmap", "table": "table"}.get(panel.shape, "time_series"),
        }
        for n, query in enumerate(panel.queries)
    ]
    return {
        "type": panel.shape,
        "title": panel.title,
        "description": panel.says,
        "datasource": DATASOURCE,
        "targets": targets,
        "fieldConfig": {"defaults": _field(panel), "overrides": []},
        "options": _OPTIONS[panel.shape],
    }


def _field(panel: Panel) -> Json:
    steps: list[Json] = [{"color": GREEN, "value": None}]
    steps += [{"color": colour, "value": value} for value, colour in panel.limits]
    settings: Json = {
        "unit": panel.unit,
        "color": {"mode": "palette-classic" if panel.shape == "timeseries" else "thresholds"},
        "thresholds": {"mode": "absolute", "steps": steps},
        "noValue": "–",
    }
    if panel.shape == "timeseries":
        settings["custom"] = {
            "lineWidth": 1,
            "fillOpacity": 30 if panel.stacked else 5,
            "showPoints": "never",
            "stacking": {"mode": "normal" if panel.stacked else "none"},
            "thresholdsStyle": {"mode": "line" if panel.limits else "off"},
        }
    return settings


_OPTIONS: dict[Shape, Json] = {
    "timeseries": {
        "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True},
        "tooltip": {"mode": "multi", "sort": "desc"},
    },
    "stat": {
        "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
        "colorMode": "background",
        "graphMode": "none",
        "textMode": "auto",
    },
    "heatmap": {"calculate": False, "yAxis": {"unit": "s"}, "color": {"scheme": "Blues", "mode": "scheme"}},
    "table": {"showHeader": True},
}
