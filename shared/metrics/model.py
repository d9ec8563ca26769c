"""The shape of the catalogue's entries. Pure; used by `catalogue`, by the registry and by the page."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Literal

Kind = Literal["counter", "gauge", "histogram"]
Unit = Literal["", "seconds", "records", "tickets"]


@dataclass(frozen=True, slots=True)
class Label:
    """A label and every value that it may ever have, so that the number of series is known beforehand."""

    name: str
    values: tuple[str, ...]
    other: str = ""
    """The value that stands for any that is not in the list; empty: such a value is a mistake."""


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric, as it is exposed and as people read of it."""

    name: str
    """With the unit and, for a counter, `_total`."""
    kind: Kind
    unit: Unit
    labels: tuple[Label, ...]
    fr: str
    """What it means, for operators."""
    en: str
    """The same for engineers; it is the metric's help text."""
    restart: str
    """What the restart of the process that exposes it does to it."""
    measured: str
    """By whom, from what."""
    buckets: tuple[float, ...] = ()
    """Upper bounds of a histogram, in its unit."""
    across: Literal["sum", "max", "min"] = "sum"
    """How the replicas of a service are put together."""

    @property
    def family(self) -> str:
        """The name without a counter's `_total`: what the exposition format calls a family."""
        return self.name.removesuffix("_total") if self.kind == "counter" else self.name

    @property
    def exposed(self) -> tuple[str, ...]:
        """Every series name that a query may use."""
        if self.kind != "histogram":
            return (self.name,)
        return tuple(f"{self.name}{end}" for end in ("_bucket", "_sum", "_count"))

    @property
    def label_names(self) -> tuple[str, ...]:
        """The names of its labels, in their order."""
        return tuple(label.name for label in self.labels)

    def combinations(self) -> list[tuple[str, ...]]:
        """Return every combination of label values that there can be."""
        return list(product(*(label.values for label in self.labels)))
