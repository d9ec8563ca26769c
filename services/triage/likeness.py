"""How much the words of a request are like those of other requests: linear scores over words and vocabularies.

Called by `rules` for a request that the rules would class below Critique, and by `train`, which makes the weights. A
score above its threshold is a doubt (R8), shown with the words that made it. It must never lower a class, and never
read a file: the weights are handed in. Whole numbers and a fixed order make the same words give the same score.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations, pairwise
from math import sqrt

from services.triage.pattern import GridError, Index

CONCEPT, PAIR, NUMBER = "v:", "&", "#"
SHOWN = 4  # words shown as the reason: who reads it is convinced, or not, by the first ones


@dataclass(frozen=True, slots=True)
class Weights:
    """What each word tells of one question, in thousandths."""

    bias: int
    words: Mapping[str, int]

    def score(self, shown: Iterable[str]) -> int:
        """Give the score of what a request shows, in thousandths; above 0 speaks for yes."""
        weighed = sorted(one for one in shown if one in self.words)
        total = sum(self.words[one] for one in weighed)
        return self.bias + round(total / sqrt(len(weighed) or 1))

    def heaviest(self, shown: Iterable[str], small_words: frozenset[str]) -> tuple[str, ...]:
        """Give the words that speak most for yes; those with a meaning of their own where there are any."""
        words = [one for one in shown if not one.startswith(CONCEPT) and self.words.get(one, 0) > 0]
        telling = [one for one in words if not small_words.issuperset(one.split())]
        return tuple(sorted(telling or words, key=lambda one: (-self.words[one], one))[:SHOWN])


@dataclass(frozen=True, slots=True)
class Likeness:
    """The trained weights of two questions, is it critical and is there any trouble, with their thresholds.

    `unexplained` is the lower threshold of trouble, for a request of which no rule explains a part.
    """

    version: str
    concepts: tuple[str, ...]
    critical: Weights
    critical_above: int
    trouble: Weights
    trouble_above: int
    unexplained_above: int


@dataclass(frozen=True, slots=True)
class Alike:
    """A score above its threshold, in thousandths, with what a person needs to judge it."""

    words: tuple[str, ...]
    score: int
    threshold: int


def features(index: Index, concepts: Iterable[str], unreal: Container[int]) -> set[str]:
    """Give what a passage shows: its words, its pairs of words, and the vocabularies that meet in a clause.

    `unreal` are the places of what is only supposed or told of others: it shows nothing.
    """
    words = [
        (place, word.text if not word.text[0].isdigit() else NUMBER)
        for place, word in enumerate(index.words)
        if place not in unreal
    ]
    found = {text for _, text in words}
    found.update(f"{one} {two}" for (first, one), (second, two) in pairwise(words) if second == first + 1)
    clauses: dict[int, set[str]] = {}
    for name in concepts:
        for start, _ in index.spans(name):
            if start not in unreal:
                found.add(CONCEPT + name)
                clauses.setdefault(index.words[start].clause, set()).add(name)
    for names in clauses.values():
        found.update(CONCEPT + PAIR.join(pair) for pair in combinations(sorted(names), 2))
    return found


def like_critical(shown: set[str], likeness: Likeness, small_words: frozenset[str]) -> Alike | None:
    """Give the score of a request that is like critical ones, else None (R8)."""
    return _above(likeness.critical, shown, likeness.critical_above, small_words)


def like_trouble(
    shown: set[str], unexplained: tuple[str, ...], likeness: Likeness, small_words: frozenset[str]
) -> Alike | None:
    """Give the score of a request for information that is like those that tell of a trouble, else None (R8)."""
    threshold = likeness.unexplained_above if unexplained else likeness.trouble_above
    seen = _above(likeness.trouble, shown, threshold, small_words)
    return Alike((*unexplained[:1], *seen.words), seen.score, seen.threshold) if seen else None


def _above(weights: Weights, shown: set[str], threshold: int, small_words: frozenset[str]) -> Alike | None:
    score = weights.score(shown)
    return Alike(weights.heaviest(shown, small_words), score, threshold) if score > threshold else None


def load_likeness(data: Mapping[str, object]) -> Likeness:
    """Check the data of a weights file and give it; raises `GridError` naming what is wrong."""
    version, concepts = data.get("version"), data.get("vocabulaires")
    if not isinstance(version, str) or not isinstance(concepts, list):
        raise GridError("ressemblance: il faut « version » et « vocabulaires »")
    return Likeness(
        version,
        tuple(str(one) for one in concepts),
        _weights(data, "critique"),
        _whole(data, "critique", "seuil"),
        _weights(data, "trouble"),
        _whole(data, "trouble", "seuil"),
        _whole(data, "trouble", "seuil_inexplique"),
    )


def _weights(data: Mapping[str, object], question: str) -> Weights:
    words = _question(data, question).get("poids")
    if not isinstance(words, Mapping) or not all(isinstance(one, int) for one in words.values()):
        raise GridError(f"ressemblance.{question}.poids: des nombres entiers sont attendus")
    return Weights(_whole(data, question, "biais"), dict(words))


def _whole(data: Mapping[str, object], question: str, key: str) -> int:
    value = _question(data, question).get(key)
    if not isinstance(value, int) or isinstance(value, bool):
        raise GridError(f"ressemblance.{question}.{key}: un nombre entier est attendu, pas {value!r}")
    return value


def _question(data: Mapping[str, object], question: str) -> Mapping[str, object]:
    value = data.get(question)
    if not isinstance(value, Mapping):
        raise GridError(f"ressemblance.{question}: un objet est attendu, pas {value!r}")
    return value
