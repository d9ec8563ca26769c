"""The small language of the grid's patterns, and finding them among words in linear time.

Called by `grid` (reading) and `signals` (finding). It must never know a rule or a class.

A pattern is words in a row, folded (no capitals, no accents), of one sentence:
    porte        that word                     camera*      any word that begins so
    a|b_c|{nom}  one of these; b_c is two words, {nom} an occurrence of the vocabulary of that name, defined above
    ?mot         may be missing (never the first)
    .. mot       up to `GAP` words may stand before it, in the same clause
    ... mot      up to `LONG_GAP` words may stand before it, in the same sentence
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

from services.triage.text import Word, fold

GAP = 5  # 'la porte [du fond de la réserve] ne ferme plus': a subject and its verb
LONG_GAP = 12  # a relative clause more; further apart, two words of a sentence rarely speak of one thing
LONGEST_STEM = 20  # more than any stem of French needs; a word of a megabyte has no more beginnings than this

_ATOM = re.compile(r"\{[a-z_]+\}|[a-z0-9.,:/]+(_[a-z0-9]+)*\*?")


class GridError(ValueError):
    """The grid is not usable: the message says where and why, for the person who edits it. Fatal at start."""


@dataclass(frozen=True, slots=True)
class Element:
    """One place of a pattern: any of its words, stems or vocabularies, after at most `gap` other words."""

    words: frozenset[str]
    phrases: tuple[tuple[str, ...], ...]
    stems: tuple[str, ...]
    names: tuple[str, ...]
    gap: int
    same_clause: bool
    optional: bool
    heads: frozenset[str]
    """Its words, and the first word of each phrase."""


Pattern = tuple[Element, ...]


@dataclass(frozen=True, slots=True)
class Patterns:
    """Patterns, each filed under all that it can begin with: of a grid's thousands few can in one message."""

    by_word: Mapping[str, Sequence[Pattern]]
    by_stem: Mapping[str, Sequence[Pattern]]
    by_name: Mapping[str, Sequence[Pattern]]

    @classmethod
    def of(cls, patterns: Iterable[Pattern]) -> Self:
        """File them."""
        by_word: dict[str, list[Pattern]] = {}
        by_stem: dict[str, list[Pattern]] = {}
        by_name: dict[str, list[Pattern]] = {}
        for pattern in patterns:
            first = pattern[0]
            for filed, keys in ((by_word, first.heads), (by_stem, first.stems), (by_name, first.names)):
                for key in keys:
                    filed.setdefault(key, []).append(pattern)
        return cls(by_word, by_stem, by_name)


Vocabularies = Mapping[str, Patterns]
Occurrences = Mapping[int, tuple[int, ...]]
"""Where something begins, and where it may end (exclusive)."""


def parse_all(lines: tuple[str, ...], known: Collection[str], where: str) -> Patterns:
    """Read patterns; raises `GridError` naming `where` for one that can't be read."""
    return Patterns.of(_parse(line, known, f"{where}: « {line} »") for line in lines)


def _parse(line: str, known: Collection[str], where: str) -> Pattern:
    elements: list[Element] = []
    gap, same_clause = 0, False
    for piece in line.split():
        if piece in {"..", "..."}:
            gap, same_clause = (GAP, True) if piece == ".." else (LONG_GAP, False)
            continue
        atoms = piece.removeprefix("?").split("|")
        for atom in atoms:
            if not _ATOM.fullmatch(atom) or fold(atom) != atom:
                raise GridError(f"{where}: {atom!r} n'est pas un mot plié, un radical* ou un {{vocabulaire}}")
        names = tuple(atom[1:-1] for atom in atoms if atom.startswith("{"))
        if unknown := [name for name in names if name not in known]:
            raise GridError(f"{where}: le vocabulaire {unknown[0]!r} n'est pas défini plus haut")
        plain = [atom for atom in atoms if not atom.startswith("{")]
        words = frozenset(atom for atom in plain if "_" not in atom and atom[-1] != "*")
        stems = tuple(atom[:-1] for atom in plain if "_" not in atom and atom[-1] == "*")
        if any(len(stem) > LONGEST_STEM for stem in stems):
            raise GridError(f"{where}: un radical a {LONGEST_STEM} lettres au plus")
        phrases = tuple(tuple(atom.split("_")) for atom in plain if "_" in atom)
        heads = words | {phrase[0] for phrase in phrases}
        elements.append(Element(words, phrases, stems, names, gap, same_clause, piece.startswith("?"), heads))
        gap, same_clause = 0, False
    if not elements or elements[0].optional or elements[0].gap or gap:
        raise GridError(f"{where}: un motif commence et finit par un mot qui ne peut manquer")
    return tuple(elements)


@dataclass(slots=True)
class Index:
    """The words of a passage, looked up by word, by stem and by vocabulary."""

    words: tuple[Word, ...]
    vocabularies: Vocabularies
    found: dict[str, Occurrences] = field(default_factory=dict)
    _places: dict[str, list[int]] = field(default_factory=dict)
    _stems: dict[str, list[str]] = field(default_factory=dict)
    """Every beginning of every word, with the words that begin so."""

    def __post_init__(self) -> None:
        """Note every word's places, then every vocabulary's, in the order of the grid."""
        for place, word in enumerate(self.words):
            self._places.setdefault(word.text, []).append(place)
        for text in self._places:
            for length in range(1, min(len(text), LONGEST_STEM) + 1):
                self._stems.setdefault(text[:length], []).append(text)
        for name, patterns in self.vocabularies.items():
            self.found[name] = self.occurrences(patterns)

    def occurrences(self, patterns: Patterns) -> Occurrences:
        """Find all the places where one of the patterns begins, with its possible ends."""
        if not self.words:
            return {}  # most messages have no form, many no subject
        found: dict[int, set[int]] = {}
        for beginners, starts in self._beginnings(patterns):
            for pattern in beginners:
                for start in starts:
                    ends = self._ends(pattern, start)
                    if ends:
                        found.setdefault(start, set()).update(ends)
        return {start: tuple(sorted(found[start])) for start in sorted(found)}

    def spans(self, name: str, *, shortest: bool = False) -> Iterator[tuple[int, int]]:
        """Give one occurrence of a vocabulary from each place where one begins, in order: the longest, if not told."""
        for start, ends in self.found[name].items():
            yield start, ends[0 if shortest else -1]

    def _beginnings(self, patterns: Patterns) -> Iterator[tuple[Sequence[Pattern], Collection[int]]]:
        for word in patterns.by_word.keys() & self._places.keys():
            yield patterns.by_word[word], self._places[word]
        for stem in patterns.by_stem.keys() & self._stems.keys():
            for word in self._stems[stem]:
                yield patterns.by_stem[stem], self._places[word]
        for name, beginners in patterns.by_name.items():
            yield beginners, self.found[name]

    def _ends(self, pattern: Pattern, start: int) -> set[int]:
        ends = self._ends_of(pattern[0], start)
        for element in pattern[1:]:
            after = set(ends) if element.optional else set()
            for end in ends:
                for place in self._reach(element, end):
                    after |= self._ends_of(element, place)
            ends = after
            if not ends:
                break
        return ends

    def _reach(self, element: Element, end: int) -> Iterator[int]:
        before = self.words[end - 1]
        for place in range(end, min(end + element.gap + 1, len(self.words))):
            word = self.words[place]
            if word.sentence != before.sentence or (element.same_clause and word.clause != before.clause):
                return
            yield place

    def _ends_of(self, element: Element, place: int) -> set[int]:
        text = self.words[place].text
        ends = {end for name in element.names for end in self.found[name].get(place, ())}
        if text in element.words or text.startswith(element.stems or ("\0",)):
            ends.add(place + 1)
        for phrase in element.phrases:
            if text == phrase[0] and self._goes_on(phrase, place):
                ends.add(place + len(phrase))
        return ends

    def _goes_on(self, phrase: tuple[str, ...], place: int) -> bool:
        row = self.words[place : place + len(phrase)]
        return len(row) == len(phrase) and all(
            word.sentence == row[0].sentence
            and (word.text.startswith(part[:-1]) if part.endswith("*") else word.text == part)
            for part, word in zip(phrase, row, strict=True)
        )
