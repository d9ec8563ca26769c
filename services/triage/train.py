"""Makes the likeness weights from labelled messages; run by hand, never by the service.

    python -m services.triage.train tests/triage_sets/*.jsonl

Two logistic regressions, solved one message after another in a fixed order, so that the same sets give the same file.
The thresholds are chosen on folds that the weights didn't see, and under what the rules said of each message when they
hadn't seen it either (`first_groups.json` beside the sets): under today's rules, which were mended with these very
messages, hardly any would need a score. The file says what it was made from and what the folds gave.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import log
from pathlib import Path
from typing import Any, get_args

from services.triage.grid import Grid
from services.triage.grid_file import GRID_FILE, LIKENESS_FILE, read_grid_alone
from services.triage.likeness import (
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
LENGTH = 3.0  # of a message, squared: its words one, their pieces one, and one for the bias
SEEN_TWICE, SEEN_THRICE = 2, 3  # a word of one message alone tells nothing of others; of a piece there are more
SEED = 7
UNDERSTOOD_WORDS = 6  # a device, its fault and its zone take five: nothing is told then of what still watches it
FIRST_GROUPS = "first_groups.json"


@dataclass(frozen=True, slots=True)
class Example:
    """What a labelled message shows, its labels, and what the rules made of it before they had seen it."""

    set: str
    shown: Shown
    gold: str
    acceptable: frozenset[str]
    first_group: Group | None
    known: bool
    """Whether the rules' first word on it was kept."""


def example(of_set: str, message: dict[str, Any], grid: Grid, first: str | None = None) -> Example:
    """Read one labelled message as `rules` reads it; `first` is what the rules made of it at first, if known."""
    form = {str(k): str(v) for k, v in (message.get("form") or {}).items()}
    subject = message.get("subject") or ""
    shown, _ = shown_by(TriageInput(message["channel"], subject, message["text"], form, message["contract"]), grid)
    group: Group | None = next((one for one in get_args(Group) if one == first), None)
    return Example(of_set, shown, message["gold"], frozenset(message["acceptable"]), group, first is not None)


def rarities(shown: Iterable[Shown]) -> dict[str, int]:
    """Give how rare each word and piece is among these texts, in thousandths; what hardly any has is not learnt."""
    texts = list(shown)
    counts = Counter(one for text in texts for one in (*text.words, *text.pieces))
    return {
        name: round(SCALE * (1 + log((1 + len(texts)) / (1 + count))))
        for name, count in sorted(counts.items())
        if count >= (SEEN_THRICE if name.startswith(EDGE) else SEEN_TWICE)
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


def unseen_scores(examples: Sequence[Example], wanted: Callable[[Example], bool]) -> list[int]:
    """Give each example's score under weights that saw no message of its set: each has an author of its own."""
    sets = sorted({one.set for one in examples})
    fold_of = {name: n % FOLDS for n, name in enumerate(sets)}
    scores = [0] * len(examples)
    for fold in range(FOLDS):
        kept = [one for one in examples if fold_of[one.set] != fold]
        rarity = rarities(one.shown for one in kept)
        weights = train([(vector_of(one.shown, rarity), wanted(one)) for one in kept])
        for n, one in enumerate(examples):
            if fold_of[one.set] == fold:
                scores[n] = score_of(vector_of(one.shown, rarity), weights)
        print(f"{fold + 1}/{FOLDS}", file=sys.stderr)  # noqa: T201
    return scores


def main(paths: Sequence[str]) -> None:
    """Train on the sets and write the weights beside the grid."""
    grid = read_grid_alone()
    sets = {Path(path).name: Path(path).read_bytes() for path in sorted(paths)}
    first_file = Path(paths[0]).with_name(FIRST_GROUPS).read_bytes()
    first = {f"{name}.jsonl": one["groupes"] for name, one in json.loads(first_file).items()}
    examples = [
        example(name, message, grid, first.get(name, {}).get(message["id"]))
        for name, raw in sets.items()
        for message in (json.loads(line) for line in raw.splitlines() if line.strip())
    ]
    scored = zip(examples, unseen_scores(examples, _is_critical), unseen_scores(examples, _is_trouble), strict=True)
    seen = [
        Seen(one.gold, one.acceptable, one.first_group, critical_score(critical, trouble), trouble)
        for one, critical, trouble in scored
        if one.known
    ]
    rarity = rarities(one.shown for one in examples)
    vectors = [vector_of(one.shown, rarity) for one in examples]
    of_critical = train([(vector, _is_critical(one)) for vector, one in zip(vectors, examples, strict=True)])
    of_trouble = train([(vector, _is_trouble(one)) for vector, one in zip(vectors, examples, strict=True)])
    above = critical_thresholds(seen)
    trouble_above = trouble_thresholds(seen, above)
    digest = hashlib.sha256(b"".join(sets.values()) + first_file).hexdigest()
    data = {
        "version": f"{grid.version}-{digest[:8]}",
        "objet": "Poids de ressemblance, en millièmes, appris par services/triage/train.py ; jamais édités à la main.",
        "appris_sur": {name: hashlib.sha256(raw).hexdigest() for name, raw in sets.items()},
        "grille": {"fichier": GRID_FILE, "version": grid.version},
        "hors_apprentissage": outcome(seen, above, trouble_above),
        "mots_compris": UNDERSTOOD_WORDS,
        "critique": {"seuils": above, "biais": of_critical.bias},
        "trouble": {"seuils": trouble_above, "biais": of_trouble.bias},
    }
    rows = {name: [rare, of_critical.words[name], of_trouble.words[name]] for name, rare in rarity.items()}
    target = Path(__file__).with_name(LIKENESS_FILE)
    target.write_text(_as_text(data, rows), encoding="utf-8")
    print(json.dumps(data["hors_apprentissage"], indent=1), above, trouble_above)  # noqa: T201


def _as_text(data: dict[str, Any], rows: dict[str, list[int]]) -> str:
    """Return the file: a word a line, so that a difference between two trainings can be read."""
    head = json.dumps(data, ensure_ascii=False, indent=1).removesuffix("\n}")
    lines = ",\n".join(f"  {json.dumps(name, ensure_ascii=False)}: {json.dumps(row)}" for name, row in rows.items())
    return f'{head},\n "mots": {{\n{lines}\n }}\n}}\n'


def _is_critical(one: Example) -> bool:
    return one.gold == "critique"


def _is_trouble(one: Example) -> bool:
    return one.gold != "informatif"


if __name__ == "__main__":
    main(sys.argv[1:])
