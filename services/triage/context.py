"""Tells present trouble from what a customer denies, supposes, remembers or has already seen solved.

Called by `signals`. It must never look at a rule's meaning: only at where in the text something stands. Every answer
is a look-up (constant time); the tables are filled once a passage.
"""

from __future__ import annotations

from services.triage.grid import Context
from services.triage.pattern import Index

NEGATION_REACH = 2  # 'aucun gros souci', 'sans la moindre panne': at most two words between the denial and the denied
# Behind what they deny, where the 'ne' was left out: 'ça marche plus', 'la porte ferme mal'.
_DENIED_BEHIND = frozenset({"ne", "n", "pas", "plus", "jamais", "mal", "not", "nicht"})


class Contexts:
    """The contexts of one passage."""

    def __init__(self, index: Index) -> None:
        self._words = index.words
        self._negated_from = {end for _, end in index.spans("negation")}
        conditional = {self._words[start].sentence for start, _ in index.spans("conditionnel")}
        self._supposed_clause: dict[int, int] = {}
        self._supposed_sentence: dict[int, int] = {}
        polite = {place for start, end in index.spans("politesse") for place in range(start, end)}
        for start, _ in index.spans("hypothese"):
            if start in polite:
                continue
            word = self._words[start]
            self._supposed_clause.setdefault(word.clause, start)
            if word.sentence in conditional:
                self._supposed_sentence.setdefault(word.sentence, start)
        self._negative = {start for start, _ in index.spans("mot_negatif")}
        self._refuted = {self._words[start].clause: start for start, _ in index.spans("dementi")}
        self._elsewhere = {self._words[start].sentence for start, _ in index.spans("ailleurs")}
        self._past = {self._words[start].sentence for start, _ in index.spans("passe")}
        words = self._words
        self._mended = {words[start].sentence for start, _ in index.spans("repare_ici")}
        self._announced = {words[start].sentence for start, _ in index.spans("annonce")}
        self._planned = {words[start].clause for start, _ in index.spans("prevu")}
        self._solved_at = max(
            (
                start
                for start, end in index.spans("resolu")
                if not (self._supposed(start) or self._negated(start) or self._denied(start, end))
            ),
            default=-1,
        )

    def holds(self, context: Context, start: int, end: int) -> bool:
        """Tell whether the words from `start` up to `end` stand in that context."""
        match context:
            case "negation":
                return self._negated(start)
            case "niee":
                return self._denied(start, end)
            case "hypothese":
                return self._supposed(end - 1) or self._to_come(start)
            case "passe":
                return self._words[start].sentence in self._past
            case "ailleurs":
                return self._words[start].sentence in self._elsewhere
            case "resolu":
                return self._solved_at >= end or self._words[start].sentence in self._mended

    def _negated(self, start: int) -> bool:
        clause = self._words[start].clause
        if start > self._refuted.get(clause, len(self._words)):
            return True
        return any(
            end in self._negated_from and self._words[end - 1].clause == clause
            for end in range(max(1, start - NEGATION_REACH), start + 1)
        )

    def _denied(self, start: int, end: int) -> bool:
        """Tell whether a 'ne' or 'pas' stands just before, inside or just behind: 'ne ferme pas bien' calms nobody."""
        clause = self._words[start].clause
        near = (*range(max(0, start - NEGATION_REACH), start), *range(start + 1, end))
        behind = self._words[end : end + 1]
        return any(place in self._negative and self._words[place].clause == clause for place in near) or any(
            word.text in _DENIED_BEHIND and word.clause == clause for word in behind
        )

    def _to_come(self, place: int) -> bool:
        word = self._words[place]
        return word.sentence in self._announced or word.clause in self._planned

    def _supposed(self, place: int) -> bool:
        word = self._words[place]
        since = min(
            self._supposed_clause.get(word.clause, place),
            self._supposed_sentence.get(word.sentence, place),
        )
        return since < place
