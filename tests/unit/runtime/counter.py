"""A stage of the tests' own, as small as can be: it counts words. It takes dispatch's place among the topics.

Every upstream message is its stage's call for a person, whose `reason` is the word; commands are `TakeCharge`, whose
`by` is the word. What the counter says is dispatch's call for a person: `about` says what, `reason` which.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from shared.decider import Deadline, Due, Early, Ignored, Message, Outcome, Stage, happened
from shared.events.base import Event
from shared.events.base import NeedsAttention as AnyAttention
from shared.events.dispatch import NeedsAttention, TakeCharge
from shared.policy.model import Policy
from shared.testing.faults import Crash

IRREVERSIBLE = frozenset({"fire"})


@dataclass(frozen=True)
class Counted:
    """What the counter remembers: the words, in order, and what it waits for."""

    words: tuple[str, ...] = ()
    alarms: dict[str, datetime] = field(default_factory=dict)


def counter(broken: Iterable[str] = (), deadly: Iterable[str] = ()) -> Stage[Counted, None]:
    """Return the stage, whose rule fails on the words in `broken`, and ends the process on those in `deadly`."""
    failing, killing = frozenset(broken), frozenset(deadly)

    def decide(state: Counted, message: Message, facts: None, at: datetime, policy: Policy) -> Outcome:
        del facts, policy  # a counter needs neither
        word = _word(message)
        if word in failing:
            raise RuntimeError(f"no rule for {word}")
        if word in killing:
            raise Crash(word)
        return _decided(state, word, at)

    return Stage("dispatch", Counted(), decide, evolve, deadlines, NeedsAttention, IRREVERSIBLE)


def _word(message: Message) -> str:
    payload = message.payload
    match payload:
        case TakeCharge(by=word):
            return word
        case Due(kind=kind):
            return f"due {kind}"
        case AnyAttention(reason=word):
            return word
        case _:
            raise AssertionError(payload)


def _decided(state: Counted, word: str, at: datetime) -> Outcome:
    match word.split():
        case ["ignore", *_]:
            return Ignored("told to")
        case [_, "after", *needed]:
            missing = [one for one in needed if one not in state.words]
            return Early(f"waits for {missing[0]}") if missing else happened(_say("counted", word))
        case ["arm", kind, minutes]:
            return happened(_say("armed", f"{kind} {(at + timedelta(minutes=float(minutes))).isoformat()}"))
        case ["drop", kind]:
            return happened(_say("dropped", kind))
        case ["due", kind]:
            return happened(_say("dropped", kind), _say("counted", word))
        case ["double", text]:
            return happened(_say("counted", text + text))
        case [one, "times", count]:
            return happened(*(_say("counted", f"{one}{n}") for n in range(int(count))))
        case _:
            return happened(_say("counted", word))


def _say(about: str, reason: str) -> NeedsAttention:
    return NeedsAttention(about=about, reason=reason)


def evolve(state: Counted, event: Event) -> Counted:
    assert isinstance(event, NeedsAttention)
    match event.about, event.reason.split():
        case "counted", _:
            return replace(state, words=(*state.words, event.reason))
        case "armed", [kind, at]:
            return replace(state, alarms=state.alarms | {kind: datetime.fromisoformat(at)})
        case "dropped", [kind]:
            return replace(state, alarms={one: at for one, at in state.alarms.items() if one != kind})
        case _:
            return state


def deadlines(state: Counted) -> Iterable[Deadline]:
    return [Deadline(kind, at) for kind, at in state.alarms.items()]
