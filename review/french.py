"""Numbers as a French reader writes them. Pure; for the page of the review."""

from __future__ import annotations

from review.figures import SMALL, Figures, Score

NARROW = "\u202f"
"""A narrow space that does not break: between thousands, before a percent sign and a question mark."""
NOTHING = "–"


def decimal(value: float | None, digits: int = 1) -> str:
    """Return 4.25 as « 4,3 », half away from zero; a dash for nothing."""
    return NOTHING if value is None else f"{_rounded(value, digits):.{digits}f}".replace(".", ",")


def percent(share: float | None) -> str:
    """Return 0.5 as « 50 % »; a dash for nothing."""
    return NOTHING if share is None else f"{int(_rounded(share * 100, 0))}{NARROW}%"


def count(number: int) -> str:
    """Return 12345 as « 12 345 »."""
    return f"{number:,}".replace(",", NARROW)


def counted(number: int, noun: str, plural: str = "") -> str:
    """Return « 1 réponse », « 2 réponses », « 0 réponse »."""
    return f"{count(number)}\u00a0{noun if number < 2 else plural or noun + 's'}"


def change(now: float | None, before: float | None, digits: int = 1) -> str:
    """Return how a figure moved, as both are shown: « +0,3 », « −0,2 », « = »; a dash where one is missing."""
    if now is None or before is None:
        return NOTHING
    moved = round(_rounded(now, digits) - _rounded(before, digits), digits)
    return "=" if moved == 0 else f"{'+' if moved > 0 else '−'}{decimal(abs(moved), digits)}"


def mean_change(now: Score, before: Score) -> str:
    """Return how a mean moved, and only where both months have answers enough for it to mean something."""
    return change(now.mean, before.mean) if min(now.n, before.n) >= SMALL else NOTHING


def rate_change(now: Figures, before: Figures) -> str:
    """Return how the rate moved in points, likewise."""
    if min(now.asked, before.asked) < SMALL or now.rate is None or before.rate is None:
        return NOTHING
    moved = change(now.rate * 100, before.rate * 100, 0)
    return moved if moved in ("=", NOTHING) else f"{moved}{NARROW}pt"


def _rounded(value: float, digits: int) -> float:
    """Half away from zero, as people round; the small addition undoes what binary fractions take away."""
    scaled = abs(value) * 10**digits
    away = int(scaled + 0.5 + 1e-9) / float(10**digits)
    return away if value >= 0 else -away
