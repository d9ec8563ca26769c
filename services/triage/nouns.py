"""Gives each predicate ('ne répond plus') the noun of the trade that it is said of ('le lecteur de la porte').

Called by `signals`. It must never judge: the classes of nouns are vocabularies of the grid. Look-ups are by bisection.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from services.triage.pattern import Index

NOUN_AFTER = 6  # 'plus d'image sur les deux caméras': how far behind its predicate a noun may stand
CHAIN_GAP = 3  # 'lecteur de la porte': words that may tie a noun to the noun it belongs to
CHAIN_LINKS = 4  # 'lecteur de la porte du local de l'alarme' is as long as such chains get
PAPER = frozenset({"anodin"})  # 'la notice n'est pas claire': what is said of papers and words is no trouble


@dataclass(frozen=True, slots=True)
class Noun:
    """A noun of the trade, where it stands, and the vocabularies it is in."""

    start: int
    end: int
    names: frozenset[str]


class Nouns:
    """The nouns of one passage, in order, without those that lie inside a longer one."""

    def __init__(self, index: Index, names: Iterable[str], connectors: frozenset[str]) -> None:
        self._words = index.words
        self._connectors = connectors
        spans: dict[tuple[int, int], set[str]] = {}
        for name in names:
            for span in index.spans(name):
                spans.setdefault(span, set()).add(name)
        self.all = [Noun(start, end, frozenset(spans[start, end])) for start, end in outermost(spans)]
        self._starts = [noun.start for noun in self.all]
        self._ends = [noun.end for noun in self.all]

    def said_of(self, start: int, end: int) -> Noun | None:
        """Find the noun of the predicate at `start`: before it in its clause, after it, earlier, or none."""
        words = self._words
        last = bisect_right(self._ends, start) - 1
        before = self.all[last] if last >= 0 and words[self.all[last].start].clause == words[start].clause else None
        if before and before.names != PAPER:
            return self._head(last)
        following = bisect_left(self._starts, end)
        if following < len(self.all):
            noun = self.all[following]
            if words[noun.start].clause == words[start].clause and noun.start - end <= NOUN_AFTER:
                return noun
        if before:
            return before
        if last >= 0 and words[start].sentence - words[self.all[last].start].sentence <= 1:
            return self._head(last)
        return None

    def _head(self, at: int) -> Noun:
        head = self.all[at]
        for noun in reversed(self.all[max(0, at - CHAIN_LINKS) : at]):
            between = self._words[noun.end : head.start]
            tied = all(word.text in self._connectors or word.text.isdigit() for word in between)
            if len(between) > CHAIN_GAP or not tied or self._words[noun.start].clause != self._words[head.start].clause:
                break
            head = noun
        return head


def outermost(spans: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Give the spans in order, without those that begin inside an earlier one (of two together, the longer)."""
    reached = -1
    for start, end in sorted(spans, key=lambda span: (span[0], -span[1])):
        if start >= reached:
            yield start, end
            reached = end
