"""Makes the likeness weights from labelled messages; run by hand, never by the service.

    python -m services.triage.train tests/triage_sets/*.jsonl

Two logistic regressions, solved one message after another in a fixed order, so that the same sets give the same file.
The thresholds are chosen on folds that the weights didn't see, on sets that no rule was mended with and that are like a
desk's mail. The file says what it was made from and what the folds gave.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import log
from pathlib import Path
from typing import Any

from services.triage.grid import Grid
from services.triage.grid_file import GRID_FILE, LIKENESS_FILE, read_grid_alone
from services.triage.likeness import (
    COUPLE,
    EDGE,
    SCALE,
    Group,
    Shown,
    Vector,
    Weights,
    critical_score,
    score_of,
    vector_of,
)
from services.triage.rules import TriageInput, shown_by
from services.triage.thresholds import Seen, critical_thresholds, outcome, trouble_thresholds

FOLDS = 10
ROUNDS = 12  # over all messages; the weights move by less than a thousandth in the last ones
PENALTY = 0.1  # on large weights: between 0.03 and 0.3 the folds give the same
LENGTH = 4.0  # of a message, squared: its words one, its couples one, its pieces one, and one for the bias
SEEN_WORD, SEEN_PART = 3, 5  # messages that have a word, or a couple or piece: fewer tell nothing, and there are many
SEED = 7
UNDERSTOOD_WORDS = 6  # a device, its fault and its zone take five: nothing is told then of what still watches it
MENDED = frozenset({"open", *(f"blind_{n}" for n in range(1, 8)), *(f"tuning_{n}" for n in range(1, 6))})
"""Sets that rules were mended with: what the rules make of them tells nothing of what they make of new messages."""
BORDER = frozenset(f"tuning_{n}" for n in range(41, 56))
"""Sets written along the border between the classes, in pairs or of one kind: they teach, and are no desk's mail."""


@dataclass(frozen=True, slots=True)
class Example:
    """What a labelled message shows, its labels, and what the rules make of it."""

    set: str
    shown: Shown
    gold: str
    acceptable: frozenset[str]
    group: Group | None


@dataclass(frozen=True, slots=True)
class Taught:
    """What a training gives: how rare each word is, and what it tells of the two questions."""

    rarity: dict[str, int]
    critical: Weights
    trouble: Weights


def request_of(message: Mapping[str, Any]) -> TriageInput:
    """Return a labelled message as triage would be asked about it."""
    form = {str(k): str(v) for k, v in (message.get("form") or {}).items()}
    return TriageInput(message["channel"], message.get("subject") or "", message["text"], form, message["contract"])


def example(of_set: str, message: Mapping[str, Any], grid: Grid) -> Example:
    """Read one labelled message as `rules` reads it."""
    shown, group = shown_by(request_of(message), grid)
    return Example(of_set, shown, message["gold"], frozenset(message["acceptable"]), group)


def rarities(shown: Iterable[Shown]) -> dict[str, int]:
    """Give how rare each word and piece is among these texts, in thousandths; what hardly any has is not learnt."""
    texts = list(shown)
    counts = Counter(one for text in texts for one in (*text.words, *text.couples, *text.pieces))
    return {
        name: round(SCALE * (1 + log((1 + len(texts)) / (1 + count))))
        for name, count in sorted(counts.items())
        if count >= (SEEN_PART if EDGE in name or COUPLE in name else SEEN_WORD)
    }


def train(examples: Sequence[tuple[Vector, bool]]) -> Weights:
    """Give the weights that tell the examples that are to be found from the others."""
    names = sorted({name for vector, _ in examples for name in vector})
    places = {name: n for n, name in enumerate(names)}
    rows = [[(places[name], value) for name, value in vector.items()] for vector, _ in examples]
    weights, bias = [0.0] * len(names), 0.0
    pulls = [0.0] * len(rows)
    order = mixed(range(len(rows)), str(SEED))
    for _ in range(ROUNDS):
        for n in order:
            row, wanted = rows[n], 1.0 if examples[n][1] else -1.0
            margin = wanted * (bias + sum(weights[place] * value for place, value in row))
            pull = _pull(pulls[n], margin, LENGTH / PENALTY)
            moved = wanted * (pull - pulls[n]) / PENALTY
            pulls[n] = pull
            bias += moved
            for place, value in row:
                weights[place] += moved * value
    return Weights(round(bias * SCALE), {name: round(one * SCALE) for name, one in zip(names, weights, strict=True)})


def _pull(old: float, margin: float, curve: float) -> float:
    """Give how hard a message pulls at the weights (0 to 1), at the point where the penalty pulls back as hard."""
    low, high = 1e-9, 1 - 1e-9
    for _ in range(30):  # halvings: to a thousand-millionth
        middle = (low + high) / 2
        if log(middle / (1 - middle)) + margin + (middle - old) * curve > 0:
            high = middle
        else:
            low = middle
    return (low + high) / 2


def mixed(places: Iterable[int], salt: str) -> list[int]:
    """Give the places in an order that no one chose and that is always the same."""
    return sorted(places, key=lambda n: hashlib.sha256(f"{salt}:{n}".encode()).digest())


def unseen_scores(examples: Sequence[Example]) -> list[Seen]:
    """Give each example with its scores under weights that saw no message of its set: each has an author of its own."""
    sets = sorted({one.set for one in examples})
    fold_of = {name: n % FOLDS for n, name in enumerate(sets)}
    seen: list[Seen] = []
    for fold in range(FOLDS):
        learnt = taught([one for one in examples if fold_of[one.set] != fold])
        for one in examples:
            if fold_of[one.set] == fold:
                vector = vector_of(one.shown, learnt.rarity)
                trouble = score_of(vector, learnt.trouble)
                critical = critical_score(score_of(vector, learnt.critical), trouble)
                seen.append(Seen(one.set, one.gold, one.acceptable, one.group, critical, trouble))
        print(f"{fold + 1}/{FOLDS}", file=sys.stderr)  # noqa: T201
    return seen


def taught(examples: Sequence[Example]) -> Taught:
    """Give the weights of both questions, is it critical and is there any trouble, learnt from these."""
    rarity = rarities(one.shown for one in examples)
    vectors = [vector_of(one.shown, rarity) for one in examples]
    critical = train([(vector, one.gold == "critique") for vector, one in zip(vectors, examples, strict=True)])
    trouble = train([(vector, one.gold != "informatif") for vector, one in zip(vectors, examples, strict=True)])
    return Taught(rarity, critical, trouble)


def main(paths: Sequence[str]) -> None:
    """Train on the sets and write the weights beside the grid."""
    grid = read_grid_alone()
    sets = {Path(path).name: Path(path).read_bytes() for path in sorted(paths)}
    examples = [
        example(Path(name).stem, json.loads(line), grid)
        for name, raw in sets.items()
        for line in raw.splitlines()
        if line.strip()
    ]
    seen = [one for one in unseen_scores(examples) if one.set not in MENDED | BORDER]
    learnt = taught(examples)
    above = critical_thresholds(seen)
    trouble_above = trouble_thresholds(seen, above)
    data = {
        "version": f"{grid.version}-{hashlib.sha256(b''.join(sets.values())).hexdigest()[:8]}",
        "objet": "Poids de ressemblance, en millièmes, appris par services/triage/train.py ; jamais édités à la main.",
        "appris_sur": {name: hashlib.sha256(raw).hexdigest() for name, raw in sets.items()},
        "grille": {"fichier": GRID_FILE, "version": grid.version},
        "hors_apprentissage": outcome(seen, above, trouble_above),
        "mots_compris": UNDERSTOOD_WORDS,
        "critique": {"seuils": above, "biais": learnt.critical.bias},
        "trouble": {"seuils": trouble_above, "biais": learnt.trouble.bias},
    }
    rows = {
        name: [rare, learnt.critical.words[name], learnt.trouble.words[name]] for name, rare in learnt.rarity.items()
    }
    target = Path(__file__).with_name(LIKENESS_FILE)
    target.write_text(_as_text(data, rows), encoding="utf-8")
    print(json.dumps(data["hors_apprentissage"], indent=1), above, trouble_above)  # noqa: T201


def _as_text(data: dict[str, Any], rows: dict[str, list[int]]) -> str:
    """Return the file: a word a line, so that a difference between two trainings can be read."""
    head = json.dumps(data, ensure_ascii=False, indent=1).removesuffix("\n}")
    lines = ",\n".join(f"  {json.dumps(name, ensure_ascii=False)}: {json.dumps(row)}" for name, row in rows.items())
    return f'{head},\n "mots": {{\n{lines}\n }}\n}}\n'


if __name__ == "__main__":
    main(sys.argv[1:])
