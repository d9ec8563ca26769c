"""The triage grid as data: what a rule and a grid are. `grid_load` checks a file's data and makes them.

Used by `rules` and all that it calls. It must never read a file or judge a message. How a pattern is written is told
in `pattern`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from services.triage.likeness import Likeness
from services.triage.pattern import Patterns, Vocabularies

Kind = Literal["critique", "standard", "informatif", "soupcon", "mention", "apaisement", "sans-demande", "rappel"]
Fact = Literal["seul_de_sa_zone", "autres_dans_la_zone", "autre_panne_du_jour", "appels_de_la_centrale"]
Context = Literal["negation", "niee", "hypothese", "passe", "resolu", "ailleurs"]
DoubtId = Literal[
    "D-VIDE",
    "D-LONG",
    "D-LANGUE",
    "D-RIEN",
    "D-INCERTAIN",
    "D-NON-PROTEGE",
    "D-PROTEGE",
    "D-RESSEMBLANCE",
]
StatementId = Literal["P-STANDARD", "P-INFORMATIF", "P-TROUBLE", "P-NON-CONFIRME"]
"""What is said of a class that the scores gave, where the rules gave none, Informatif, or one that isn't certain."""

# The vocabularies that the reading of contexts and of nouns stands on; a grid without one of them can't be used.
REQUIRED = (
    "negation",
    "hypothese",
    "conditionnel",
    "passe",
    "ailleurs",
    "anodin",
    "dementi",
    "repare_ici",
    "annonce",
    "prevu",
    "resolu",
    "mot_negatif",
    "inoffensif",
    "politesse",
    "neutre",
)
# What silences a rule that says nothing of it.
SILENCED_BY: tuple[Context, ...] = ("negation", "hypothese", "resolu", "ailleurs")


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of the grid: what it looks for, what it says of it, and what it gives way to.

    With `losses`, a predicate ('ne répond plus') must belong to one of the nouns of `objects`; where `objects` is
    empty, to none that the grid knows. An apaisement named in `yields_to` lowers it to standard. `doubt`: deciding by
    it is a doubt (R8); `asks_form`: the form's answer that the site is still protected lifts that doubt. `prime`: it
    is decided by before any trouble (a fraudulent mail cries intrusion too). `fact`: it speaks by a fact of the site,
    not by words. `question`: it speaks on every sentence that ends with a question mark. `certain`: where it decides,
    no score is asked; below Critique, only where rules looked at all that is said.
    """

    id: str
    kind: Kind
    title: str
    says: str
    patterns: Patterns
    losses: tuple[str, ...]
    objects: tuple[str, ...]
    yields_to: frozenset[str]
    silenced_by: frozenset[Context]
    doubt: bool
    prime: bool
    asks_form: bool
    fact: Fact | None
    question: bool = False
    certain: bool = False


@dataclass(frozen=True, slots=True)
class Grid:
    """A validated grid."""

    version: str
    max_bytes: int
    doubts: Mapping[DoubtId, str]
    statements: Mapping[StatementId, str]
    abbreviations: Mapping[str, str]
    vocabularies: Vocabularies
    languages: Mapping[str, frozenset[str]]
    read_languages: frozenset[str]
    connectors: frozenset[str]
    families: tuple[frozenset[str], ...]
    """Words that name the same kind of device, the customer's and the registry's."""
    small_words: frozenset[str]
    """Words that carry no meaning of their own: those of the read languages, greetings and closings."""
    rules: tuple[Rule, ...]
    likeness: Likeness | None = None
