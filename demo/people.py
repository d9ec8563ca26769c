"""How the demonstration's customers behave: a script for each request, made from its file's name.

Called by the demonstration's world process, which waits for our messages and then does what the script says. Pure,
and the same name always gives the same script. It must never decide what the procedure decides: it only says what
people do. What technicians do is in `demo.handling`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from demo import phrases
from demo.handling import Handling, handling_for
from demo.rolls import by_share, minutes, pick, roll
from shared.events.base import Channel, Criticality
from shared.events.requests import Scores

Behaviour = Literal[
    "confirms", "confirms-late", "never-answers", "denies-once", "clicks-twice", "takes-back", "answers-in-words",
    "out-of-office", "bounces",
]  # fmt: skip
Cue = Literal["confirmation-request", "reminder", "survey"]
"""The messages that customers act on, by the kind that notify gives them."""

SHARES: dict[Behaviour, int] = {
    "confirms": 45,
    "confirms-late": 15,
    "never-answers": 15,
    "denies-once": 10,
    "answers-in-words": 4,
    "clicks-twice": 3,
    "takes-back": 3,
    "out-of-office": 3,
    "bounces": 2,
}
"""In percent, of customers who write or fill in forms. Rare ones are as frequent as a pass of the demonstration over
all samples needs to show each of them at least once."""
PHONE_SHARES: dict[Behaviour, int] = {
    "confirms": 47,
    "confirms-late": 16,
    "never-answers": 15,
    "denies-once": 12,
    "answers-in-words": 10,
}
"""The same of callers, who answer an operator: they click nothing, and have no mailbox to be full or away from."""
SURVEY_SHARES: dict[Behaviour, int] = {
    "confirms": 65,
    "confirms-late": 45,
    "never-answers": 0,
    "denies-once": 75,
    "answers-in-words": 55,
    "clicks-twice": 65,
    "takes-back": 65,
    "out-of-office": 0,
    "bounces": 0,
}
"""Percent of each that answer the survey (R14); who had trouble has more to say."""


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that a customer does."""

    on: Cue
    after: timedelta
    """From the message reaching the customer."""
    does: Literal["confirm", "deny", "take-back", "write", "out-of-office", "answer-survey"]
    by: Channel
    text: str = ""
    """What is written or said: of `write` for a person to read, of `deny` and `answer-survey` a comment."""
    meaning: phrases.Meaning | None = None
    """What a technician finds in a `write` on reading it (R13)."""
    read_after: timedelta = timedelta(0)
    """How long that technician takes to read it."""
    scores: Scores | None = None


@dataclass(frozen=True, slots=True)
class Script:
    """All that happens around one request, apart from what the procedure itself does."""

    name: str
    channel: Channel
    behaviour: Behaviour
    mailbox_works: bool
    """Whether what is sent to the customer arrives; otherwise it bounces."""
    first: tuple[Act, ...]
    """Acts about resolution 1."""
    later: tuple[Act, ...]
    """Acts about every resolution after a reopening."""

    def acts(self, cue: Cue, resolution: int) -> tuple[Act, ...]:
        """Return what the customer does after this message about resolution `resolution`, in order of time."""
        all_acts = self.first if resolution == 1 else self.later
        return tuple(sorted((act for act in all_acts if act.on == cue), key=lambda act: act.after))

    def handling(self, criticality: Criticality, resolution: int) -> Handling:
        """Return what the technician does for resolution `resolution` of a ticket of this class."""
        return handling_for(self.name, criticality, resolution)


def script_for(name: str, channel: Channel) -> Script:
    """Return the script of the request in the file `name` (its name alone, without folders), come by `channel`."""
    behaviour = by_share(name, "behaviour", PHONE_SHARES if channel == "phone" else SHARES)
    clicks: Channel = "phone" if channel == "phone" else "portal"
    first, later = _answers(name, channel, clicks, behaviour)
    survey = _survey(name, clicks, behaviour)
    return Script(
        name=name,
        channel=channel,
        behaviour=behaviour,
        mailbox_works=behaviour != "bounces",
        first=(*first, *survey),
        later=(*later, *survey),
    )


def _answers(
    name: str, channel: Channel, clicks: Channel, behaviour: Behaviour
) -> tuple[tuple[Act, ...], tuple[Act, ...]]:
    """What the customer does about the first resolution, and about later ones."""
    soon = minutes(name, "soon", 20, 360, 5)
    confirm = Act("confirmation-request", soon, "confirm", clicks)
    # The closing reminder leaves five full days; these people need three hours to two days of them.
    late = Act("reminder", minutes(name, "late", 180, 2880, 15), "confirm", clicks)
    match behaviour:
        case "confirms":
            return (confirm,), (confirm,)
        case "confirms-late":
            return (late,), (late,)
        case "denies-once":
            text = pick(name, "still-broken", phrases.STILL_BROKEN)
            return (Act("confirmation-request", soon, "deny", clicks, text),), (confirm,)
        case "clicks-twice":
            again = Act(
                "confirmation-request", soon + timedelta(seconds=2 + roll(name, "again", 14)), "confirm", clicks
            )
            return (confirm, again), (confirm,)
        case "takes-back":
            return _taken_back(name, soon, clicks), (confirm,)
        case "answers-in-words":
            words = _words(name, channel, soon)
            return ((words, late) if words.meaning == "no-answer" else (words,)), (confirm,)
        case "out-of-office":
            away = timedelta(seconds=30 + roll(name, "away", 60))
            cues: tuple[Cue, ...] = ("confirmation-request", "reminder")
            acts = tuple(Act(cue, away, "out-of-office", "email", phrases.OUT_OF_OFFICE) for cue in cues)
            return acts, acts
        case "never-answers" | "bounces":
            return (), ()


def _taken_back(name: str, soon: timedelta, clicks: Channel) -> tuple[Act, ...]:
    """A click, right or wrong, taken back inside the two minutes of the policy, then a confirmation."""
    clicked: Literal["confirm", "deny"] = "deny" if roll(name, "wrong-button", 2) else "confirm"
    back = soon + timedelta(seconds=40 + roll(name, "take-back", 60))
    return (
        Act("confirmation-request", soon, clicked, clicks),
        Act("confirmation-request", back, "take-back", clicks),
        Act("confirmation-request", back + minutes(name, "after-take-back", 60, 240, 5), "confirm", clicks),
    )


def _words(name: str, channel: Channel, soon: timedelta) -> Act:
    """An answer in words, by another channel than the link: a mail; half of those who wrote a mail call instead."""
    calls = channel == "email" and roll(name, "calls", 2) == 0
    text, meaning = pick(name, "words", phrases.WORDS)
    read_after = minutes(name, "reading", 10, 50, 5)
    by: Channel = "phone" if calls else "email"
    return Act("confirmation-request", soon, "write", by, text, meaning, read_after)


def _survey(name: str, clicks: Channel, behaviour: Behaviour) -> tuple[Act, ...]:
    if roll(name, "survey", 100) >= SURVEY_SHARES[behaviour]:
        return ()
    pleased = behaviour != "denies-once"
    # Most surveys of this kind are answered well; the rest must be there for the monthly review to show something.
    marks = (5, 5, 5, 4, 4, 4, 3, 2) if pleased else (4, 3, 3, 2, 2, 1)
    scores = Scores(
        responsiveness=pick(name, "responsiveness", marks),
        quality=pick(name, "quality", marks),
        communication=pick(name, "communication", marks),
    )
    says = roll(name, "comments", 2) == 0
    comment = pick(name, "comment", phrases.PLEASED if pleased else phrases.DISPLEASED) if says else ""
    return (
        Act("survey", minutes(name, "survey-after", 30, 4320, 30), "answer-survey", clicks, comment, scores=scores),
    )
