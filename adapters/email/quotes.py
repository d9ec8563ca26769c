"""What of a reply is the customer's own, and what repeats older mail. Pure; called by `mail`, `read` and `sav email`.

A quote goes only where a mail program announced it or nothing follows it, and answers written between quotes keep
them. What is left may be nothing: who must not lose a word (`read`) then takes the whole body.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from adapters.email.announced import (
    fields_of,
    is_forward,
    is_header_block,
    is_quoted,
    is_reply_marker,
    is_separator,
)
from adapters.email.attributions import attribution
from adapters.email.signatures import without_signature

LONGEST = 500_000
"""Characters of a text that is looked through, half a second's work; a longer one (a log, a dump) is kept whole."""
_BELOW = re.compile(
    r"ci-dessous|dans le (?:texte|corps|fil)|plus bas|en (?:rouge|bleu|vert)\b"
    r"|\bbelow\b|\binline\b|\bim Text\b|\babajo\b",
    re.IGNORECASE,
)


def own_words(text: str) -> str:
    """Return `text` without the older mail that it repeats and without its signature (R6); it may be empty."""
    return _own(text, without_signature)


def unquoted(text: str) -> str:
    """Return `text` without the older mail that it repeats; a signature, and what stands below it, is kept.

    For decisions: some people write below the footer of their telephone, and no word of a reply may be lost (R13).
    """
    return _own(text, list)


def _own(text: str, unsigned: Callable[[list[str]], list[str]]) -> str:
    if len(text) > LONGEST:
        return text.strip()
    lines = [line.rstrip() for line in text.split("\n")]
    cut, passes_on = _announced_at(lines)
    if passes_on:
        return text.strip()
    return "\n".join(_without_marked(_above(lines, cut), unsigned)).strip()


def _announced_at(lines: list[str]) -> tuple[int, bool]:
    """The first line of everything that is older, and whether instead a mail is passed on first."""
    fields = fields_of(lines)
    for at, line in enumerate(lines):
        if is_forward(line):
            return len(lines), True
        if is_separator(line) or is_reply_marker(line):
            return at, False
        if not is_quoted(line) and is_header_block(fields, at):
            return at, False
    return len(lines), False


def _above(lines: list[str], cut: int) -> list[str]:
    """Everything below a header block is older, unless what stands above points below."""
    above = lines[:cut]
    while above and not above[-1].strip(" _-*>=\u00a0"):
        above.pop()
    if cut < len(lines) and _BELOW.search("\n".join(above)):
        return lines
    return above


def _without_marked(lines: list[str], unsigned: Callable[[list[str]], list[str]]) -> list[str]:
    """Drop the quotes; marked lines that stand between the customer's own stay, as answers are nothing without them.

    Marked lines above everything are older only where they were announced: people also quote to sum up. Words above and
    below marked lines have each a signature of their own.
    """
    lines, quoted, announced = _without_attributions(lines)
    runs = _runs(lines, quoted)
    if not runs:
        return unsigned(lines)
    first, (last_first, last) = runs[0][0], runs[-1]
    above, below = lines[:first], lines[last + 1 :]
    if not _has_words(without_signature(below)):
        return unsigned(above) + (lines[first:last_first] if len(runs) > 1 else [])
    if len(runs) > 1 or _has_words(without_signature(above)):
        return [*unsigned(above), *lines[first : last + 1], *unsigned(below)]
    is_older = announced or any(map(_tells, lines[first : last + 1]))
    return [*([] if is_older else lines[: last + 1]), *unsigned(below)]


def _has_words(lines: list[str]) -> bool:
    return any(line.strip() for line in lines)


def _tells(line: str) -> bool:
    """Whether a marked line is itself an attribution."""
    return attribution([line.lstrip("> \t")], 0) is not None


def _without_attributions(lines: list[str]) -> tuple[list[str], list[bool], bool]:
    """Take out the attributions. Returns the lines, which of them are marked, and whether marked ones were announced.

    An attribution above words that are not marked tells that everything below it is older, unless nothing is above.
    """
    kept: list[str] = []
    quoted: list[bool] = []
    said = 0
    is_announced, below_marked = False, False
    for at, line in enumerate(lines):
        has_words = bool(line.strip())
        marked = line.lstrip().startswith(">") or (below_marked and is_quoted(line))
        found = attribution(lines, at) if has_words and not marked else None
        below = _next_words(lines, at) if found else ""
        if found is None or not (found[1] or is_quoted(below)):
            kept.append(line)
            quoted.append(marked)
            said += has_words
            below_marked = below_marked and (marked or not has_words)
            continue
        begin = max(0, len(kept) - (at - found[0]))
        said -= sum(1 for wrapped in kept[begin:] if wrapped.strip())
        del kept[begin:], quoted[begin:]
        if is_quoted(below):
            is_announced = below_marked = True
        elif said:
            break
    return kept, quoted, is_announced


def _next_words(lines: list[str], at: int) -> str:
    return next((line for line in lines[at + 1 : at + 4] if line.strip()), "")


def _runs(lines: list[str], quoted: list[bool]) -> list[tuple[int, int]]:
    """First and last line of each run of marked lines; blank lines do not part a run."""
    runs: list[tuple[int, int]] = []
    is_open = False
    for at, line in enumerate(lines):
        if quoted[at]:
            runs[-1:] = [(runs[-1][0], at)] if is_open else [*runs[-1:], (at, at)]
            is_open = True
        elif line.strip():
            is_open = False
    return runs
