"""Commands of the machinery and of its operators, understood by every stage's runtime, never by a `decide`."""

from __future__ import annotations

from shared.events.base import Command

STAGES = ("intake", "triage", "dispatch", "resources", "closure", "survey", "notify")


class Republish(Command):
    """Publish again the events of this ticket from `from_seq` on (a reader saw a gap)."""

    from_seq: int


class Release(Command):
    """Offer what is held of this ticket to `decide` again, in order."""


def republish_type(stage: str) -> str:
    """Return the type that asks `stage` to publish again."""
    return f"sav.{stage}.republish.v1"


def release_type(stage: str) -> str:
    """Return the type that asks `stage` to take up what it holds."""
    return f"sav.{stage}.release.v1"
