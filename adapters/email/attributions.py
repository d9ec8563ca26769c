"""The line that a mail program writes above what it quotes: 'Le 3 mai 2026 à 09:12, SAV <sav@…> a écrit :'. Pure.

Called by `quotes`. Told by what programs of thirty languages write. It must not take a customer's own sentence for one:
what nothing but its look announces has to name a date and an address or a time; less counts above `>` lines alone.
"""

from __future__ import annotations

import re

from adapters.email.quote_words import BEGINS, MONTHS, WROTE

_LONGEST = 400
"""Characters of one: a date, a name and an address, at their longest."""
_LONGEST_NAMED = 60
"""Characters of one that says a name alone."""
_WRAPPED = 4
"""Lines over which programs wrap one."""
_WROTE = re.compile(WROTE, re.IGNORECASE)
_TO_ME = re.compile(
    r"(?:\b(?:m|t|l|s)['’]|\b(?:nous|vous|leur|lui|j['’])\s)\s?a [ée]crit|\b(?:I|you|we|me|us) (?:wrote|sent)\b"
    r"|\b(?:schrieb|schreef|skrev) (?:mir|uns|ihnen|mij|ons|mig|meg)\b",
    re.IGNORECASE,
)
_DAY = re.compile(
    rf"\b\d{{1,2}}(?:er|\.|st|nd|rd|th)?,? ?(?:de |de )?(?:{MONTHS})|\b(?:{MONTHS})[^\W\d]{{0,9}}\.? \d{{1,2}}\b"
    r"|\b\d{1,4}[./-]\d{1,2}[./-]\d{1,4}\b|\b(?:19|20)\d\d\b|\d{1,2}월 ?\d{1,2}일|\d{1,2}月\s?\d{1,2}日"
    r"|\b\d{1,2}-[^\W\d]{3}-\d{2,4}\b",
    re.IGNORECASE,
)
_TIME = re.compile(r"\b\d{1,2}[:.h]\d{2}\b|\d{1,2}時\d{2}分")
_ADDRESS = re.compile(r"[^\s<>()\[\]@]{1,100}@[^\s<>()\[\]@]{1,100}")
_ENDS_IN_ADDRESS = re.compile(
    r"[<(\[]\s?(?:mailto:)?[^\s<>()@]{1,100}@[^<>()]{1,200}[>)\]]\W{0,3}(?:[^\s\d]{1,20}\s?)?[:：]\s*$"
)
_MADE = re.compile(
    r"<[^<>\s@]{1,100}@[^<>\s@]{1,100}>\s?(?:a [ée]crit|wrote|schrieb|schreef|escribió|ha scritto|escreveu)\s?:\s*$",
    re.IGNORECASE,
)
"""A name with its address and the verb alone: people do not write so."""
_INVERTED = re.compile(r"\b(?:schrieb|schreef|skrev) [^:]{1,60}:\s*$", re.IGNORECASE)
"""Languages that put the verb before the name."""
_BEGINS = re.compile(rf"^\W{{0,6}}(?:\d|(?:{BEGINS})\b)", re.IGNORECASE)
_ENDS = (":", "：", ">")
_UNSEEN = re.compile(r"[\u200b-\u200f\u202a-\u202e\u2066-\u2069]")
_MARKS = "-–—_* \t"
_TAIL = 24
"""Characters at the end of a line in which a verb without a colon ends an attribution."""


def attribution(lines: list[str], end: int) -> tuple[int, bool] | None:
    """The first line of the attribution that ends at line `end`, and whether it tells a quote by itself.

    One that does not is an attribution only above marked lines. None where no attribution ends there.
    """
    last = _UNSEEN.sub("", lines[end][-_LONGEST:]).rstrip(_MARKS)
    if not last.endswith(_ENDS) and not _WROTE.search(last[-_TAIL:]):
        return None
    weak: int | None = None
    joined = ""
    for at in range(end, max(-1, end - _WRAPPED), -1):
        line = lines[at].strip()
        if not line or len(joined) + len(line) > _LONGEST:
            break
        joined = f"{line} {joined}".strip()
        strength = _strength(joined)
        if strength == 2:
            return _with_its_begin(lines, at), True
        weak = at if strength and weak is None else weak
    return (_with_its_begin(lines, weak), False) if weak is not None else None


def _with_its_begin(lines: list[str], at: int) -> int:
    """A date that was wrapped: the line above begins an attribution and this one does not."""
    if at and not _BEGINS.match(lines[at]) and len(lines[at - 1]) < 80 and _BEGINS.match(lines[at - 1]):
        return at - 1
    return at


def _strength(joined: str) -> int:
    """0 for no attribution, 1 for one that counts above marked lines, 2 for one that tells by itself."""
    text = _UNSEEN.sub("", joined).lstrip(_MARKS + ">").rstrip(_MARKS)
    verb = _WROTE.search(text)
    if verb and _TO_ME.search(text):
        return 0
    address = _ADDRESS.search(text) if "@" in text else None
    day, time, ends = _DAY.search(text), _TIME.search(text), text.endswith((":", "："))
    if address and (_MADE.search(text) or (day and _ENDS_IN_ADDRESS.search(text) and (time or _BEGINS.match(text)))):
        return 2
    if verb and day and (address or time) and (ends or time):
        is_formal = address or (_BEGINS.match(text) and (verb.end() >= len(text) - 6 or _INVERTED.search(text)))
        return 2 if is_formal else 1
    is_last = verb is not None and verb.end() >= len(text) - 4 and len(text) <= _LONGEST_NAMED
    is_named = verb and ends and (address or day or time or is_last)
    return 1 if is_named or (day and address and text.endswith(_ENDS)) else 0
