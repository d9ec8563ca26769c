"""Just enough of PromQL's words to know which metrics, labels and label values a query names.

Strings, braces, grouping clauses and numbers are taken out; whatever word is left is a function of the short list below
or the name of a metric. A word that is neither fails the test, which is the point.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

WORDS = frozenset({"sum", "min", "max", "avg", "count", "rate", "increase", "histogram_quantile", "vector"})
WORDS |= {"label_values", "count_over_time", "max_over_time", "and", "or", "unless"}
"""Functions, aggregations and operators that our queries use; nobody needs more to read them."""
_GROUPING = re.compile(r"\b(?:by|on|without|ignoring|group_left|group_right)\s*\(([^)]*)\)")
_SELECTOR = re.compile(r"([a-zA-Z_:][\w:]*)?\s*\{([^}]*)\}")
_MATCHER = re.compile(r"""(\w+)\s*(=~|!~|!=|=)\s*["']([^"']*)["']""")
_WORD = re.compile(r"[a-zA-Z_:][\w:]*")


class Matcher(NamedTuple):
    """A condition on a label."""

    metric: str
    label: str
    value: str


class Query(NamedTuple):
    """What a query names."""

    metrics: frozenset[str]
    grouped: frozenset[str]
    """Labels of its by, on and without clauses."""
    matchers: tuple[Matcher, ...]


def read(expr: str) -> Query:
    """Return what a query names."""
    grouped = frozenset(label.strip() for inside in _GROUPING.findall(expr) for label in inside.split(",") if label)
    matchers = tuple(
        Matcher(metric, label, value)
        for metric, inside in _SELECTOR.findall(expr)
        for label, _, value in _MATCHER.findall(inside)
    )
    bare = _GROUPING.sub(" ", expr)
    bare = _SELECTOR.sub(lambda found: f" {found.group(1) or ''} ", bare)
    bare = re.sub(r"\[[^\]]*\]|\"[^\"]*\"|'[^']*'", " ", bare)
    if label_of_variable := re.match(r"label_values\((\w+), (\w+)\)", expr):
        return Query(frozenset({label_of_variable[1]}), frozenset({label_of_variable[2]}), ())
    return Query(frozenset(_WORD.findall(bare)) - WORDS, grouped, matchers)


def alternatives(value: str) -> Iterable[str]:
    """Return the values that a matcher allows, where it lists them; nothing for a dashboard's variable."""
    return () if "$" in value or value == ".*" else value.split("|")
