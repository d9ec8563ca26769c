"""What the review counts: a month's surveys, as a whole and in groups, against the month before. Pure.

A survey belongs to the month in which its ticket **closed**, by the calendar of Paris, whenever it is answered: so a
month's figures are about the work of that month, an answer in November to a closing in October revises October, and
the figures are final once none of its surveys is open. Called by `review.write` and its tests.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from review.month import Month, month_of
from review.surveys import Survey

SMALL = 5
"""Answers below which a mean says little: of four, one customer alone can move it by a whole point of the scale."""
QUESTIONS: Mapping[str, str] = {
    "responsiveness": "Réactivité",
    "quality": "Qualité de la solution",
    "communication": "Communication",
}
SCALE = (1, 2, 3, 4, 5)


@dataclass(frozen=True, slots=True)
class Score:
    """The answers to one question."""

    distribution: tuple[int, ...]
    """How many said 1, 2… 5."""

    @property
    def n(self) -> int:
        """How many answered."""
        return sum(self.distribution)

    @property
    def mean(self) -> float | None:
        """The mean, or None where nobody answered."""
        return sum(s * k for s, k in zip(SCALE, self.distribution, strict=True)) / self.n if self.n else None


@dataclass(frozen=True, slots=True)
class Figures:
    """What is counted of some surveys."""

    closed: int
    invited: int
    late: int
    """Invitations that left more than 48 hours after the closing (R14)."""
    withdrawn: int
    """Surveys that a reopening cancelled without an answer: out of the rate."""
    answered: int
    expired: int
    open: int
    asked: int
    """Invitations that count for the rate: sent, and not withdrawn."""
    scores: Mapping[str, Score]

    @property
    def rate(self) -> float | None:
        """Answers among those who were asked, from 0 to 1; None where nobody was."""
        return self.answered / self.asked if self.asked else None


@dataclass(frozen=True, slots=True)
class Group:
    """One value of a grouping, in both months."""

    label: str
    now: Figures
    before: Figures


@dataclass(frozen=True, slots=True)
class Grouping:
    """One way to part the surveys."""

    name: str
    title: str
    groups: tuple[Group, ...]


@dataclass(frozen=True, slots=True)
class Review:
    """Everything that the review says of a month, as it was known at `until`."""

    month: Month
    until: datetime
    now: Figures
    before: Figures
    groupings: tuple[Grouping, ...]
    surveys: tuple[Survey, ...]
    """Those of the month itself."""
    unreadable: int = 0

    @property
    def is_final(self) -> bool:
        """No answer can be on its way any more: the month is over and none of its surveys is open."""
        return self.until >= self.month.ends_at and self.now.open == 0


def _criticality(one: Survey) -> str:
    return {"critique": "Critique", "standard": "Standard", "informatif": "Informatif"}[one.ticket.last_criticality]


def _channel(one: Survey) -> str:
    return {"email": "E-mail", "phone": "Téléphone", "portal": "Portail"}[one.ticket.channel]


def _tier(one: Survey) -> str:
    return {"premium": "Premium", "standard": "Standard", "none": "Sans contrat"}[one.ticket.tier]


def _how(one: Survey) -> str:
    return {"remote": "À distance", "on-site": "Sur site", "advice": "Conseil"}.get(one.ticket.how, "Non renseigné")


def _closing(one: Survey) -> str:
    first = "Confirmée par le client" if one.cause == "confirmed" else "Après silence prouvé"
    return "Après réouverture" if one.resolution > 1 else first


def _kept(one: Survey) -> str:
    ticket = one.ticket
    told = (ticket.acknowledged_in_time, ticket.taken_charge_in_time, ticket.on_site_in_time, ticket.restored_in_time)
    if False in told:
        return "Au moins un dépassé"
    return "Tous tenus" if True in told else "Non renseigné"


_GROUPINGS: tuple[tuple[str, str, Callable[[Survey], str], tuple[str, ...]], ...] = (
    ("criticality", "Par criticité à la clôture", _criticality, ("Critique", "Standard", "Informatif")),
    ("channel", "Par canal de la demande", _channel, ("E-mail", "Téléphone", "Portail")),
    ("tier", "Par contrat", _tier, ("Premium", "Standard", "Sans contrat")),
    ("how", "Par mode de résolution", _how, ("À distance", "Sur site", "Conseil", "Non renseigné")),
    (
        "closing",
        "Par type de clôture",
        _closing,
        ("Confirmée par le client", "Après silence prouvé", "Après réouverture"),
    ),
    ("promises", "Par délais promis", _kept, ("Tous tenus", "Au moins un dépassé", "Non renseigné")),
)
"""Name, title, what a survey's group is, and the groups in the order in which they are read."""


def review_of(surveys: Iterable[Survey], month: Month, until: datetime, unreadable: int = 0) -> Review:
    """Return the review of a month (R15) by what was known at `until`; both months are taken as they are known then."""
    by_month: dict[Month, list[Survey]] = {month: [], month.before: []}
    for one in surveys:
        by_month.get(month_of(one.closed_at), []).append(one)
    now, before = by_month[month], by_month[month.before]
    groupings = tuple(_grouping(*one, now, before) for one in _GROUPINGS)
    return Review(month, until, figures(now), figures(before), groupings, tuple(now), unreadable)


def _grouping(
    name: str,
    title: str,
    group: Callable[[Survey], str],
    labels: Sequence[str],
    now: Sequence[Survey],
    before: Sequence[Survey],
) -> Grouping:
    groups = [
        Group(
            label, figures(one for one in now if group(one) == label), figures(o for o in before if group(o) == label)
        )
        for label in labels
    ]
    return Grouping(name, title, tuple(one for one in groups if one.now.closed or one.before.closed))


def figures(surveys: Iterable[Survey]) -> Figures:
    """Return what is counted of some surveys."""
    all_of_them = list(surveys)
    scores = [one.scores for one in all_of_them if one.scores is not None]
    return Figures(
        closed=len(all_of_them),
        invited=sum(one.invited_at is not None for one in all_of_them),
        late=sum(one.late for one in all_of_them),
        withdrawn=sum(one.cancelled_at is not None and one.answered_at is None for one in all_of_them),
        answered=sum(one.answered_at is not None for one in all_of_them),
        expired=sum(
            one.expired_at is not None and one.answered_at is None and one.cancelled_at is None for one in all_of_them
        ),
        open=sum(one.is_open for one in all_of_them),
        asked=sum(one.counts for one in all_of_them),
        scores={
            question: Score(tuple(sum(getattr(one, question) == value for one in scores) for value in SCALE))
            for question in QUESTIONS
        },
    )
