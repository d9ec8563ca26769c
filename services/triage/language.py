"""Tells whether a text is in a language that the grid reads, by its small words; another one is a doubt (R8).

Called by `rules`. It must never guess from names or places: only the grid's lists of small words and the script count.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from services.triage.grid import Grid
from services.triage.text import Word

CLEARLY = 2  # small words more: a note of five words may hold one that is also Romanian


def has_latin_script(text: str) -> bool:
    """Tell whether at least half of the letters are Latin ones; a text without letters has none."""
    letters = [c for c in text if c.isalpha()]
    latin = sum(1 for c in letters if c < "ɐ" or "ḁ" <= c <= "ỿ")  # up to Latin Extended-B, and Additional
    return bool(letters) and 2 * latin >= len(letters)


def is_read(words: Iterable[Word], grid: Grid) -> bool:
    """Tell whether no language that isn't read has clearly more of its small words here than every read one has."""
    counts = Counter(word.text for word in words)
    scores = {language: sum(counts[small] for small in small_words) for language, small_words in grid.languages.items()}
    read = max((scores[language] for language in grid.read_languages), default=0)
    unread = max((score for language, score in scores.items() if language not in grid.read_languages), default=0)
    return unread < read + CLEARLY
