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
from bisect import bisect_left
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from services.triage.text import Word, fold

GAP = 5  # 'la porte [du fond de la réserve] ne ferme plus': a subject and its verb
LONG_GAP = 12  # a relative clause more; further apart, two words of a sentence rarely speak of one thing

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
Vocabularies = Mapping[str, tuple[Pattern, ...]]
Occurrences = Mapping[int, tuple[int, ...]]
"""Where something begins, and where it may end (exclusive)."""


def parse_all(lines: tuple[str, ...], known: Collection[str], where: str) -> tuple[Pattern, ...]:
    """Read patterns; raises `GridError` naming `where` for one that can't be read."""
    return tuple(_parse(line, known, f"{where}: « {line} »") for line in lines)


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
    _known: frozenset[str] = frozenset()
    _sorted: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Note every word's places, then every vocabulary's, in the order of the grid."""
        for place, word in enumerate(self.words):
            self._places.setdefault(word.text, []).append(place)
        self._known = frozenset(self._places)
        self._sorted = sorted(self._places)
        for name, patterns in self.vocabularies.items():
            self.found[name] = self.occurrences(patterns)

    def occurrences(self, patterns: tuple[Pattern, ...]) -> Occurrences:
        """Find all the places where one of the patterns begins, with its possible ends."""
        found: dict[int, set[int]] = {}
        for pattern in patterns:
            for start in self._starts(pattern[0]):
                ends = self._ends(pattern, start)
                if ends:
                    found.setdefault(start, set()).update(ends)
        return {start: tuple(sorted(found[start])) for start in sorted(found)}

    def spans(self, name: str, *, shortest: bool = False) -> Iterator[tuple[int, int]]:
        """Give one occurrence of a vocabulary from each place where one begins, in order: the longest, if not told."""
        for start, ends in self.found[name].items():
            yield start, ends[0 if shortest else -1]

    def _starts(self, element: Element) -> Iterator[int]:
        for word in element.heads & self._known:
            yield from self._places[word]
        for stem in element.stems:
            at = bisect_left(self._sorted, stem)
            while at < len(self._sorted) and self._sorted[at].startswith(stem):
                yield from self._places[self._sorted[at]]
                at += 1
        for name in element.names:
            yield from self.found[name]

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
