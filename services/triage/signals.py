"""Finds what a passage says: which rules of the grid speak, and on which of the customer's words (R6).

Called by `rules`. It must never decide a class.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from services.triage.context import Contexts
from services.triage.grid import Grid, Rule
from services.triage.nouns import PAPER, Noun, Nouns, outermost
from services.triage.pattern import Index
from services.triage.text import SHORTEST, Passage

_NEUTRAL = frozenset({"neutre"})  # 'fausse alarme', 'contrat d'alarme': words of the trade that name no device
WORDS_OF_A_QUESTION = 4  # 'Combien ça coûte ?' is one more rule's; shorter ones tell too little to be told from a cry
"""How a word that isn't said of here and now is marked for the scores; of two contexts, the first."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A rule that speaks, with the words that it rests on, and the sentences they stand in."""

    rule: Rule
    evidence: tuple[str, ...]
    sentences: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Topic:
    """What a message is about where a predicate has no noun: the noun of the subject line or of a form answer."""

    names: frozenset[str]
    quote: str


@dataclass(frozen=True, slots=True)
class _Spot:
    start: int
    end: int
    evidence: tuple[str, ...]


class Reading:
    """One passage held against the grid."""

    def __init__(self, passage: Passage, grid: Grid, topic: Topic | None = None) -> None:
        self._passage = passage
        self._grid = grid
        self._topic = topic
        self._index = Index(passage.words, grid.vocabularies)
        self._contexts = Contexts(self._index)
        names = dict.fromkeys(["neutre", "anodin", *(name for rule in grid.rules for name in rule.objects)])
        self._nouns = Nouns(self._index, names, grid.connectors)
        self._harmless = {place for start, end in self._index.spans("inoffensif") for place in range(start, end)}
        self._explained: set[int] = set()
        self._predicates: dict[str, list[tuple[int, int, Noun | None]]] = {}

    def hits(self) -> tuple[Hit, ...]:
        """Give every rule that speaks here and that no context silences, in the order of the grid."""
        found = []
        told = self._passage.sentences()
        for rule in self._grid.rules:
            quotes: dict[str, None] = {}
            sentences: dict[str, None] = {}
            for spot in self._spots(rule):
                inside = self._passage.words[spot.start : spot.end]
                self._explained.update(word.clause for word in inside)
                if not any(self._contexts.holds(context, spot.start, spot.end) for context in rule.silenced_by):
                    quotes.update(dict.fromkeys(spot.evidence))
                    sentences.update(dict.fromkeys(told[word.sentence] for word in inside))
            if quotes:
                found.append(Hit(rule, tuple(quotes), tuple(sentences)))
        return tuple(found)

    def explains_all(self) -> bool:
        """Tell whether a rule looked at every clause that says something, spoke there or was silenced; after `hits`."""
        small = self._grid.small_words
        return all(
            word.clause in self._explained or len(word.text) < SHORTEST or word.text in small
            for word in self._passage.words
        )

    def topic(self) -> Topic | None:
        """Give the first noun that is spoken of here, else the topic that was handed in."""
        first = next((noun for noun in self._nouns.all if noun.names not in (_NEUTRAL, PAPER)), None)
        return Topic(first.names, self._passage.quote(first.start, first.end)) if first else self._topic

    def _spots(self, rule: Rule) -> Iterator[_Spot]:
        for start, ends in self._index.occurrences(rule.patterns).items():
            if rule.kind in ("critique", "soupcon") and self._harmless.issuperset(range(start, ends[0])):
                continue
            yield _Spot(start, ends[0], (self._passage.quote(start, ends[0]),))
        if rule.question:
            yield from self._questions()
        if rule.objects and not rule.losses:
            for named in self._nouns.all:
                if not named.names.isdisjoint(rule.objects):
                    yield _Spot(named.start, named.end, (self._passage.quote(named.start, named.end),))
        for name in rule.losses:
            for start, end, noun in self._said(name):
                spot = self._attached(rule, start, end, noun)
                if spot is not None:
                    yield spot

    def _questions(self) -> Iterator[_Spot]:
        """Give the sentences that are asked; « ??? » and « Allô ? » ask nothing that can be answered."""
        places: dict[int, list[int]] = {}
        for place, word in enumerate(self._passage.words):
            if word.sentence in self._passage.asked:
                places.setdefault(word.sentence, []).append(place)
        for inside in places.values():
            start, end = inside[0], inside[-1] + 1
            if len(inside) >= WORDS_OF_A_QUESTION:
                yield _Spot(start, end, (self._passage.quote(start, end),))

    def _said(self, name: str) -> list[tuple[int, int, Noun | None]]:
        if name not in self._predicates:
            self._predicates[name] = [
                (start, end, None if noun is None or noun.names == _NEUTRAL else noun)
                for start, end in outermost(self._index.spans(name, shortest=True))
                if self._harmless.isdisjoint(range(start, end))
                and ((noun := self._nouns.said_of(start, end)) is None or noun.names != PAPER)
            ]
        return self._predicates[name]

    def _attached(self, rule: Rule, start: int, end: int, noun: Noun | None) -> _Spot | None:
        quote = self._passage.quote
        if noun is None and self._topic is None:
            return None if rule.objects else _Spot(start, end, (quote(start, end),))
        about = noun or self._topic
        names: frozenset[str] = about.names if about else frozenset()
        if names.isdisjoint(rule.objects):
            return None
        if noun is None:
            return _Spot(start, end, (self._topic.quote if self._topic else "", quote(start, end)))
        first, last = min(start, noun.start), max(end, noun.end)
        words = self._passage.words
        if words[first].sentence == words[last - 1].sentence:
            return _Spot(first, last, (quote(first, last),))
        return _Spot(start, end, (quote(noun.start, noun.end), quote(start, end)))
