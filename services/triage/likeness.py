"""How much the words of a request are like those of other requests: linear scores over words and pieces of words.

Called by `rules`, which asks two questions of a request (is it like critical ones, is it like any trouble), and by
`train`, which makes the weights. A score above its threshold is a doubt (R8), shown with the words that made it. It
must never read a file: the weights are handed in. Whole numbers and a fixed order make the same words give the same
score.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import log, sqrt
from typing import Literal, get_args

from services.triage.pattern import GridError
from services.triage.text import SHORTEST, fold

Group = Literal["muette", "incertaine", "grave", "standard", "informatif"]
"""What the rules alone made of a request: nothing, a mere doubt, an uncertain loss, or a class below Critique."""

LETTERS = 4  # of a piece: 'emballé' and 'emballage' share two, so that a word met once tells something of its kin
EDGE = "~"  # a piece's mark; at its end or beginning, that of the word
APART = 5  # words from one to the other of a couple: a subject and its verb; nine told no more
COUPLE = "+"  # between the two words of a couple
SCALE = 1000  # weights are whole thousandths
SHOWN = 4  # words shown as the reason: who reads it is convinced, or not, by the first ones
_WORD = re.compile(r"\w\w+")
_SENTENCE_END = re.compile(r"[.;:!?\n]")


@dataclass(frozen=True, slots=True)
class Shown:
    """What a text shows to the scores: words and pairs of words in a row, couples of words of one sentence that stand
    near one another, and pieces of words, each with how often it stands.
    """

    tokens: tuple[str, ...]
    """As they stand between blanks: what a customer ends with « ? » or « ! » is weighed with it."""
    words: Mapping[str, int]
    couples: Mapping[str, int]
    pieces: Mapping[str, int]


def shown_in(text: str) -> Shown:
    """Give what a text shows to the scores."""
    folded = fold(text)
    words = _WORD.findall(folded)
    pairs = (" ".join(pair) for pair in pairwise(words))
    couples = (couple for sentence in _SENTENCE_END.split(folded) for couple in couples_of(_WORD.findall(sentence)))
    tokens = tuple(folded.split())
    pieces = Counter(piece for one in tokens for piece in pieces_of(one))
    return Shown(tokens, Counter([*words, *pairs]), Counter(couples), pieces)


def couples_of(words: Sequence[str]) -> Iterator[str]:
    """Give each word with each of the `APART` that follow it: a device, and what is said of it a little further on."""
    for n, word in enumerate(words):
        for other in words[n + 1 : n + 1 + APART]:
            yield f"{word}{COUPLE}{other}"


def pieces_of(token: str) -> Iterator[str]:
    """Give the pieces of `LETTERS` letters of a word between its two edges; a shorter word is one piece."""
    edged = f" {token} "
    for start in range(max(len(edged) - LETTERS, 0) + 1):
        yield EDGE + edged[start : start + LETTERS]


@dataclass(frozen=True, slots=True)
class Weights:
    """What each word and piece tells of one question, in thousandths."""

    bias: int
    words: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Likeness:
    """The trained weights of two questions, is it critical and is there any trouble, with their thresholds.

    `rarity` says of each word and piece that was learnt from how rare it is, in thousandths. `critical_above` is one
    for each group; `trouble_above` tells Standard from Informatif, where the rules say the one or nothing. A request of
    which fewer than `understood_words` words are known is not weighed.
    """

    version: str
    rarity: Mapping[str, int]
    critical: Weights
    critical_above: Mapping[Group, int]
    trouble: Weights
    trouble_above: Mapping[Group, int]
    understood_words: int

    def understands(self, shown: Shown, small_words: frozenset[str]) -> bool:
        """Tell whether enough of a request's words, and half of them, are known: else its score says nothing."""
        telling = [one for one in shown.words if len(one) >= SHORTEST and one.isalpha() and one not in small_words]
        met = sum(one in self.rarity for one in telling)
        return met >= self.understood_words and 2 * met >= len(telling)


Vector = dict[str, float]
"""A text's known words, couples and pieces; the words together have the length one, and so have the others."""


def vector_of(shown: Shown, rarity: Mapping[str, int]) -> Vector:
    """Give a text as the scores take it: rare words count for more, and a word said twice for little more than once."""
    vector: Vector = {}
    for counts in (shown.words, shown.couples, shown.pieces):
        known = {one: (1 + log(counts[one])) * rarity[one] for one in sorted(counts) if one in rarity}
        length = sqrt(sum(value * value for value in known.values()))
        vector.update((one, value / length) for one, value in known.items())
    return vector


def score_of(vector: Vector, weights: Weights) -> int:
    """Give the score of a text, in thousandths; above 0 speaks for yes."""
    return weights.bias + round(sum(value * weights.words.get(one, 0) for one, value in vector.items()))


def heaviest(shown: Shown, vector: Vector, weights: Weights, small_words: frozenset[str]) -> tuple[str, ...]:
    """Give the words that speak most for yes, each with its pieces and its part of what it says with others.

    The small ones are given only where there are no others.
    """
    spoken: dict[str, float] = defaultdict(float)
    for name in (*shown.words, *shown.couples):
        together = name.replace(COUPLE, " ").split()
        for word in together:
            spoken[word] += _said(name, vector, weights) / len(together)
    pieces: dict[str, set[str]] = {}
    for token in shown.tokens:
        if words := _WORD.findall(token):
            pieces.setdefault(max(words, key=len), set()).update(pieces_of(token))
    for word, its_pieces in pieces.items():
        spoken[word] += sum(_said(piece, vector, weights) for piece in sorted(its_pieces))
    positive = [one for one, weight in spoken.items() if weight > 0]
    telling = [one for one in positive if one not in small_words and len(one) >= SHORTEST]
    return tuple(sorted(telling or positive, key=lambda one: (-spoken[one], one))[:SHOWN])


def _said(name: str, vector: Vector, weights: Weights) -> float:
    return vector.get(name, 0.0) * weights.words.get(name, 0)


@dataclass(frozen=True, slots=True)
class Alike:
    """A score beside its threshold, in thousandths, with what a person needs to judge it."""

    words: tuple[str, ...]
    score: int
    threshold: int

    @property
    def above(self) -> bool:
        """Whether the score makes a doubt."""
        return self.score > self.threshold


def alike(shown: Shown, group: Group, likeness: Likeness, small_words: frozenset[str]) -> tuple[Alike, Alike]:
    """Give how much a request is like critical ones, and like any trouble, beside the thresholds of its group (R8)."""
    vector = vector_of(shown, likeness.rarity)
    critical, trouble = _scores(vector, likeness)
    return (
        Alike(heaviest(shown, vector, likeness.critical, small_words), critical, likeness.critical_above[group]),
        Alike(heaviest(shown, vector, likeness.trouble, small_words), trouble, likeness.trouble_above[group]),
    )


def outright(sentence: str, likeness: Likeness) -> bool:
    """Tell whether a sentence, read by itself, is more like critical requests than not: above 0, with no caution."""
    return _scores(vector_of(shown_in(sentence), likeness.rarity), likeness)[0] > 0


def _scores(vector: Vector, likeness: Likeness) -> tuple[int, int]:
    trouble = score_of(vector, likeness.trouble)
    return critical_score(score_of(vector, likeness.critical), trouble), trouble


def critical_score(critical: int, trouble: int) -> int:
    """Give the score of a request from its two: what is unlike any trouble is less like a critical one."""
    return critical + min(0, trouble)


def load_likeness(data: Mapping[str, object]) -> Likeness:
    """Check the data of a weights file and give it; raises `GridError` naming what is wrong."""
    version, rows = data.get("version"), _mapping(data.get("mots"), "mots")
    if not isinstance(version, str):
        raise GridError("ressemblance: il faut « version »")
    if not all(isinstance(row, list) and [type(one) for one in row] == [int] * 3 for row in rows.values()):
        raise GridError("ressemblance.mots: à chaque mot sa rareté et ses deux poids, trois nombres entiers")
    columns: list[dict[str, int]] = [{name: row[n] for name, row in rows.items()} for n in range(3)]  # type: ignore[index]
    return Likeness(
        version,
        columns[0],
        Weights(_bias(data, "critique"), columns[1]),
        _thresholds(data, "critique"),
        Weights(_bias(data, "trouble"), columns[2]),
        _thresholds(data, "trouble"),
        _whole(data.get("mots_compris"), "mots_compris"),
    )


def _bias(data: Mapping[str, object], question: str) -> int:
    return _whole(_mapping(data.get(question), question).get("biais"), f"{question}.biais")


def _thresholds(data: Mapping[str, object], question: str) -> Mapping[Group, int]:
    seuils = _mapping(_mapping(data.get(question), question).get("seuils"), f"{question}.seuils")
    return {group: _whole(seuils.get(group), f"{question}.seuils.{group}") for group in get_args(Group)}


def _mapping(value: object, where: str) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise GridError(f"ressemblance.{where}: un objet est attendu, pas {value!r}")
    return value


def _whole(value: object, where: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise GridError(f"ressemblance.{where}: un nombre entier est attendu, pas {value!r}")
    return value
