"""The verdict on one run: what the witness saw on the way, what is asked at rest, the oracle, and the auditor."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from simulate.audited import check_audit
from simulate.life import Place
from simulate.liveness import check_rest
from simulate.oracle import Oracle
from simulate.waiting import check_waiting
from simulate.witness import Breach, Witness
from simulate.world import World


@dataclass
class Judged:
    """What the final checks found."""

    breaches: list[Breach] = field(default_factory=list)
    checked: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))

    def expect(self, promise: str, holds: bool, ticket: str, sentence: str) -> None:
        """Count an instance of a promise, and note a breach where it does not hold."""
        self.checked[promise] += 1
        if not holds:
            self.breaches.append(Breach(promise, ticket, sentence, -1.0))


def judge(witness: Witness, place: Place, world: World, now: datetime, kinds: frozenset[str]) -> Judged:
    """Ask all that can only be asked at the end."""
    judged = Judged()
    wrong = world.truth.clocks_wrong
    judges: tuple[Callable[[], None], ...] = (
        lambda: check_rest(witness, place.stores, place.documents, judged.expect),
        lambda: Oracle(world.truth, judged.expect).ask_all(),
        lambda: check_waiting(witness, judged.expect),
        lambda: check_audit(witness, world.garbage, now, kinds, clocks_wrong=wrong, expect=judged.expect),
    )
    for judge_by in judges:
        try:
            judge_by()
        except Exception as error:  # noqa: BLE001 - what cannot even be judged is broken, and has its story too
            judged.expect("what was recorded can be judged", False, "", f"{type(error).__name__}: {error}")
    return judged
