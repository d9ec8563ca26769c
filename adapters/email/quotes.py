"""What of a reply is the customer's own, and what repeats older mail. Pure; called by `read`, for replies.

It must never cut a customer's own words. So a quote goes only where a mailer announced it (an attribution, a
header block), answers written between quotes keep them, and a reply is never cut to nothing.
"""

from __future__ import annotations

import re

_ATTRIBUTION = re.compile(
    r"^\W{0,3}(?:Le|On|El|Am)\b.{4,250}?(?:a écrit|a ecrit|wrote|escribió|schrieb)[^:]{0,120}:\s*$",
    re.IGNORECASE,
)
_SEPARATOR = re.compile(
    r"^\s*-{2,}\s*(?:Message d['’]origine|Message original|Original Message|Ursprüngliche Nachricht"
    r"|Mensaje original)\s*-{2,}\s*$",
    re.IGNORECASE,
)
_FROM = re.compile(r"^\W{0,2}(?:De|From|Von)\W{0,2}\s?:", re.IGNORECASE)
_FIELD = re.compile(
    r"^\W{0,2}(?:Envoyé|Date|À|A|Cc|Objet|Sent|To|Subject|Gesendet|An|Betreff|Enviado(?: el)?|Para|Asunto)"
    r"\W{0,2}\s?:",
    re.IGNORECASE,
)
_BELOW = re.compile(
    r"ci-dessous|dans le (?:texte|corps|fil)|plus bas|en (?:rouge|bleu|vert)\b"
    r"|\bbelow\b|\binline\b|\bim Text\b|\babajo\b",
    re.IGNORECASE,
)
_BLOCK_LINES = 6
"""Lines below `De :` in which a header block names its other fields: five of them, and one of wrapping."""
_BLOCK_FIELDS = 2
"""Other fields that make a header block of it; one alone is how people sign or address a text."""


def own_words(text: str) -> str:
    """Return `text` without the older mail that it repeats; all of it where that can't be told apart (R6)."""
    lines = text.split("\n")
    kept = _without_marked(_above_header_block(lines))
    own = "\n".join(kept).strip()
    return own or text.strip()


def is_header_block(lines: list[str], at: int) -> bool:
    """Whether a mailer's block of fields (De, Envoyé, À, Objet) begins at line `at`."""
    if not _FROM.match(lines[at]):
        return False
    below = lines[at + 1 : at + 1 + _BLOCK_LINES]
    return sum(1 for line in below if _FIELD.match(line)) >= _BLOCK_FIELDS


def _above_header_block(lines: list[str]) -> list[str]:
    """Everything below a header block is older, unless nothing stands above it or that points below."""
    for at, line in enumerate(lines):
        if _SEPARATOR.match(line) or is_header_block(lines, at):
            above = lines[:at]
            while above and not above[-1].strip(" _-*"):
                above.pop()
            return lines if not above or _BELOW.search("\n".join(above)) else above
    return lines


def _without_marked(lines: list[str]) -> list[str]:
    """Drop the one announced block of `>` lines; several with words between are answers point by point."""
    quoted = [line.lstrip().startswith(">") for line in lines]
    announced = _mark_attributions(lines, quoted)
    runs = _runs(lines, quoted)
    if len(runs) != 1:
        return lines
    first, last = runs[0]
    inside = [line.lstrip("> \t") for line in lines[first : last + 1]]
    if not announced and not any(_attribution_length(inside, at) for at in range(len(inside))):
        return lines
    return lines[:first] + lines[last + 1 :]


def _mark_attributions(lines: list[str], quoted: list[bool]) -> bool:
    """Count as quoted each attribution that stands directly above `>` lines. Says whether there was one."""
    found = False
    for at in range(len(lines)):
        length = 0 if quoted[at] else _attribution_length(lines, at)
        if not length:
            continue
        below = next((n for n in range(at + length, len(lines)) if lines[n].strip()), None)
        if below is not None and quoted[below]:
            quoted[at : at + length] = [True] * length
            found = True
    return found


def _attribution_length(lines: list[str], at: int) -> int:
    """Lines of the attribution that begins at `at` (mailers date it, and wrap it over up to three), or 0."""
    joined = ""
    for length, line in enumerate(lines[at : at + 3], 1):
        if not line.strip() or line.lstrip().startswith(">"):
            return 0
        joined = f"{joined} {line.strip()}".strip()[:400]
        if _ATTRIBUTION.match(joined) and any(letter.isdigit() for letter in joined):
            return length
    return 0


def _runs(lines: list[str], quoted: list[bool]) -> list[tuple[int, int]]:
    """First and last line of each run of quoted lines; blank lines do not part a run."""
    runs: list[tuple[int, int]] = []
    open_run = False
    for at, line in enumerate(lines):
        if quoted[at]:
            runs[-1:] = [(runs[-1][0], at)] if open_run else [*runs[-1:], (at, at)]
            open_run = True
        elif line.strip():
            open_run = False
    return runs
