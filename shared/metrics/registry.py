"""The metrics of one process: the catalogue's entries, set by name, rendered as text for Prometheus.

Used by the runtime's telemetry and by the desk. It knows no metric that the catalogue does not have, and no label value
that is not in its list, so that nothing personal and nothing without bound can ever become a series.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, disable_created_metrics
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from shared.metrics.catalogue import BY_NAME
from shared.metrics.model import Metric

log = structlog.get_logger()
disable_created_metrics()  # type: ignore[no-untyped-call]  # a second series for every counter, read by nobody

CONTENT_TYPE = CONTENT_TYPE_LATEST
Labels = tuple[str, ...]
"""Label values in the order in which the catalogue names the labels."""


class Metrics:
    """What one process exposes; nothing in it outlives the process."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._made: dict[str, Counter | Gauge | Histogram] = {}
        self._seen: dict[tuple[str, Labels], float] = {}
        self._refresh: list[Callable[[], None]] = []
        ProcessCollector(registry=self._registry)

    def before_scrape(self, refresh: Callable[[], None]) -> None:
        """Call this before each rendering, for what costs nothing to look at then."""
        self._refresh.append(refresh)

    def begin(self, name: str, *fixed: str) -> None:
        """Show a counter or histogram at 0 for every combination of labels that begins with `fixed`.

        A series that appears only with its first event has no increase that Prometheus could see.
        """
        for labels in BY_NAME[name].combinations():
            if labels[: len(fixed)] == fixed:
                self._child(name, labels)

    def add(self, name: str, *labels: str, amount: float = 1) -> None:
        """Add to a counter."""
        self._child(name, labels).inc(amount)

    def follow(self, name: str, *labels: str, total: float) -> None:
        """Bring a counter to a total that is counted elsewhere in this process."""
        before = self._seen.get((name, labels), 0.0)
        self._child(name, labels).inc(max(total - before, 0.0))
        self._seen[name, labels] = max(total, before)

    def set(self, name: str, *labels: str, to: float) -> None:
        """Set a gauge."""
        self._child(name, labels).set(to)

    def set_all(self, name: str, values: Mapping[Labels, float], *, absent: float | None = 0.0) -> None:
        """Set every series of a gauge at once; the others become `absent`, or are not shown where that is None."""
        metric = BY_NAME[name]
        found: dict[Labels, float] = {}
        for labels, value in values.items():
            known = _known(metric, labels)
            found[known] = found.get(known, 0.0) + value
        if absent is None:
            self._collector(metric).clear()
        for labels in metric.combinations() if absent is not None else found:
            self._child(name, labels).set(found.get(labels, absent or 0.0))

    def hide(self, *names: str) -> None:
        """Show no series of these gauges: nothing is better than what is not known."""
        for name in names:
            self._collector(BY_NAME[name]).clear()

    def observe(self, name: str, *labels: str, value: float) -> None:
        """Note one observation of a histogram, in its unit; a clock that went back counts as no time at all."""
        self._child(name, labels).observe(max(value, 0.0))

    def render(self) -> bytes:
        """Return everything in Prometheus' text format."""
        for refresh in self._refresh:
            try:
                refresh()
            except Exception as error:  # noqa: BLE001 - one measure that fails must not hide the others
                log.warning("not_measured", error=f"{type(error).__name__}: {error}")
        return generate_latest(self._registry)

    def value(self, name: str, *labels: str) -> float | None:
        """Return what is shown now, for tests and for whoever asks; a histogram's count; None where nothing is."""
        metric = BY_NAME[name]
        sample = f"{name}_count" if metric.kind == "histogram" else name
        return self._registry.get_sample_value(sample, dict(zip(metric.label_names, labels, strict=True)))

    def _child(self, name: str, labels: Labels) -> Any:
        metric = BY_NAME[name]
        collector = self._collector(metric)
        return collector.labels(*_known(metric, labels)) if metric.labels else collector

    def _collector(self, metric: Metric) -> Any:
        # `Any`: each kind has verbs of its own, and every caller names one that the catalogue gives it.
        if metric.name not in self._made:
            self._made[metric.name] = _made(metric, self._registry)
        return self._made[metric.name]


def _known(metric: Metric, labels: Labels) -> Labels:
    """Return the labels as they may be shown. Raises ValueError for a value that is not in the list."""
    known = []
    for label, value in zip(metric.labels, labels, strict=True):
        if value not in label.values and not label.other:
            raise ValueError(f"{metric.name}: {value!r} is no {label.name} of the catalogue")
        known.append(value if value in label.values else label.other)
    return tuple(known)


def _made(metric: Metric, registry: CollectorRegistry) -> Counter | Gauge | Histogram:
    match metric.kind:
        case "counter":
            return Counter(metric.name, metric.en, metric.label_names, registry=registry)
        case "gauge":
            return Gauge(metric.name, metric.en, metric.label_names, registry=registry)
        case "histogram":
            return Histogram(metric.name, metric.en, metric.label_names, registry=registry, buckets=metric.buckets)
