"""Makes the likeness weights from labelled messages; run by hand, never by the service.

    python -m services.triage.train tests/triage_sets/*.jsonl

Two linear models, trained by plain gradient steps in a fixed order, so that the same sets give the same file. The
thresholds are chosen on folds that the weights didn't see, by how many messages they may raise. The file says what it
was made from and what the folds gave.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import exp, sqrt
from pathlib import Path
from typing import Any

from services.triage.grid import Grid
from services.triage.grid_file import GRID_FILE, LIKENESS_FILE, read_grid_alone
from services.triage.likeness import Weights
from services.triage.rules import TriageInput, shown_by

FOLDS = 5
EPOCHS = 30
STEP, DECAY, SHRINK = 0.5, 0.3, 0.003  # found once on folds of the first three sets; the result is flat around them
SEEN_TWICE = 2  # a word of one message alone tells nothing of others
SCALE = 1000  # weights are thousandths, so that they are whole numbers in the file
SEED = 7
CRITICAL_RAISES = 0.05  # of the messages that aren't critical: a third of the over-triage that may be (15 %)
TROUBLE_RAISES = 0.03  # of the requests for information, by their words alone: they are the plainest to a reader
UNEXPLAINED_RAISES = 0.07  # of them, with those of which no rule explains a part: a hidden trouble costs most
CONCEPTS = (
    *("negation", "hypothese", "conditionnel", "ailleurs", "passe", "resolu", "perte", "degrade", "systeme"),
    *("appareils", "coeur", "zone", "accessoire", "porte", "veilleur", "lecteur", "appareil", "anodin", "tous"),
    *("nombre", "unite", "inoffensif"),
)


@dataclass(frozen=True, slots=True)
class Example:
    """What a labelled message shows, whether a part of it is unexplained, and its label."""

    shown: frozenset[str]
    unexplained: bool
    gold: str
    low: bool
    """Critique would be over-triage."""


def example(message: dict[str, Any], grid: Grid) -> Example:
    """Read one labelled message as `rules` reads it."""
    form = {str(k): str(v) for k, v in (message.get("form") or {}).items()}
    subject = message.get("subject") or ""
    request = TriageInput(message["channel"], subject, message["text"], form, message["contract"])
    shown, unexplained = shown_by(request, CONCEPTS, grid)
    return Example(frozenset(shown), bool(unexplained), message["gold"], "critique" not in message["acceptable"])


def train(examples: Sequence[tuple[frozenset[str], bool]]) -> Weights:
    """Give the weights that tell the examples that are to be found from the others."""
    counts = Counter(one for shown, _ in examples for one in shown)
    kept = [sorted(one for one in shown if counts[one] >= SEEN_TWICE) for shown, _ in examples]
    weights: dict[str, float] = dict.fromkeys(sorted(one for one in counts if counts[one] >= SEEN_TWICE), 0.0)
    bias = 0.0
    for epoch in range(EPOCHS):
        step = STEP / (1 + epoch * DECAY)
        for n in mixed(range(len(examples)), f"{SEED}:{epoch}"):
            size = sqrt(len(kept[n])) or 1.0
            score = bias + sum(weights[one] for one in kept[n]) / size
            error = examples[n][1] - 1 / (1 + exp(-score))
            bias += step * 0.1 * error
            for one in kept[n]:
                weights[one] = weights[one] * (1 - step * SHRINK) + step * error / size
    whole = {one: round(weight * SCALE) for one, weight in sorted(weights.items())}
    return Weights(round(bias * SCALE), {one: weight for one, weight in whole.items() if weight})


def mixed(places: Iterable[int], salt: str) -> list[int]:
    """Give the places in an order that no one chose and that is always the same."""
    return sorted(places, key=lambda n: hashlib.sha256(f"{salt}:{n}".encode()).digest())


def unseen_scores(examples: Sequence[tuple[frozenset[str], bool]]) -> list[int]:
    """Give each example's score under weights that were trained without its fold."""
    scores = [0] * len(examples)
    for fold in range(FOLDS):
        weights = train([one for n, one in enumerate(examples) if n % FOLDS != fold])
        for n in range(fold, len(examples), FOLDS):
            scores[n] = weights.score(examples[n][0])
    return scores


def lowest_that_raises(scores: Sequence[int], part: float) -> int:
    """Give the threshold above which at most this part of the scores lies."""
    ordered = sorted(scores, reverse=True)
    return ordered[int(part * len(ordered))]


def main(paths: Sequence[str]) -> None:
    """Train on the sets and write the weights beside the grid."""
    grid = read_grid_alone()
    sets = {Path(path).name: Path(path).read_bytes() for path in sorted(paths)}
    messages = [json.loads(line) for raw in sets.values() for line in raw.splitlines() if line.strip()]
    examples = [example(one, grid) for one in messages]
    examples = [examples[n] for n in mixed(range(len(examples)), str(SEED))]
    on_critical = [(one.shown, one.gold == "critique") for one in examples]
    on_trouble = [(one.shown, one.gold != "informatif") for one in examples]
    critical, trouble = unseen_scores(on_critical), unseen_scores(on_trouble)
    lows = [score for score, one in zip(critical, examples, strict=True) if one.low]
    asked = [(score, one.unexplained) for score, one in zip(trouble, examples, strict=True) if one.gold == "informatif"]
    above = lowest_that_raises(lows, CRITICAL_RAISES)
    trouble_above = lowest_that_raises([score for score, _ in asked], TROUBLE_RAISES)
    capped = [score if unexplained or score > trouble_above else -(10**9) for score, unexplained in asked]
    unexplained_above = min(trouble_above, lowest_that_raises(capped, UNEXPLAINED_RAISES))
    found = [
        (one.gold, cr > above, tr > (unexplained_above if one.unexplained else trouble_above))
        for one, cr, tr in zip(examples, critical, trouble, strict=True)
    ]
    of_critical, of_trouble = train(on_critical), train(on_trouble)
    data = {
        "version": f"{grid.version}-{hashlib.sha256(b''.join(sets.values())).hexdigest()[:8]}",
        "objet": "Poids de ressemblance, en millièmes, appris par services/triage/train.py ; jamais édités à la main.",
        "appris_sur": {name: hashlib.sha256(raw).hexdigest() for name, raw in sets.items()},
        "grille": {"fichier": GRID_FILE, "version": grid.version},
        "hors_apprentissage": {
            gold: {
                "messages": sum(one[0] == gold for one in found),
                "comme_critiques": sum(one[0] == gold and one[1] for one in found),
                "comme_un_trouble": sum(one[0] == gold and one[2] for one in found),
            }
            for gold in ("critique", "standard", "informatif")
        },
        "vocabulaires": list(CONCEPTS),
        "critique": {"seuil": above, "biais": of_critical.bias, "poids": of_critical.words},
        "trouble": {
            "seuil": trouble_above,
            "seuil_inexplique": unexplained_above,
            "biais": of_trouble.bias,
            "poids": of_trouble.words,
        },
    }
    target = Path(__file__).with_name(LIKENESS_FILE)
    target.write_text(json.dumps(data, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(data["hors_apprentissage"]), above, trouble_above, unexplained_above)  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1:])
