"""What a sender's program or habit puts below their words: signature, mobile footer, sign-off. Pure; for `quotes`.

It must never cut into a sentence: a line counts as a whole or not at all, and a sign-off only where nothing but a few
short lines follows, none of which says something. Thanks alone are words, not a signature ('merci' goes to a person).
"""

from __future__ import annotations

import re

from adapters.email.signature_words import DEVICE, FROM, GOODBYE, SENT, THANKS

_DELIMITER = re.compile(r"^(?:--|—|– ?–)[ \t\u00a0]*$")
_RULE = re.compile(r"^\s*_{10,}\s*$")
_FOOTER_LINES = 12
"""Lines below a rule that are a mailing list's footer or a signature; more of them are words."""
_LINKS = re.compile(
    r"<[^<>]{0,100}[:@/][^<>]{0,400}>|\[([^\[\]]{0,60})\]\([^()]{0,400}\)|\(https?:[^()]{0,400}\)|https?:\S+"
)
_GET = r"get|obtenez|obtenir|télécharge[rz]|holen sie sich|obtén|obtener|scarica|ottieni|hämta|download"
_WAS_SENT = (
    r"this (?:message|e-?mail) was sent (?:from|using|via)|ce (?:message|mail|courriel) a été envoyé (?:depuis|avec)"
)
_MOBILE_SHAPES = (
    rf"(?:{SENT})\s+(?:{FROM})\b.{{0,20}}\b(?:{DEVICE})\b.{{0,60}}",
    rf"(?:from|depuis|von|de) (?:my|mon|meinem|mi) (?:{DEVICE})\b.{{0,20}}",
    rf"(?:sent|envoyé|gesendet) (?:{FROM})(?: an?| un| einem)? (?:{DEVICE})\b.{{0,30}}",
    rf"(?:{_GET}) (?:outlook|gmail|yahoo|bluemail|typeapp)\b.{{0,40}}",
    r"(?:von meine[mr] .{2,40} gesendet|diese nachricht wurde (?:von|mit) .{2,60} gesendet)\W{0,3}",
    r"(?:從我的|从我的|发自我的|發自我的|iphoneから).{0,30}",
    rf"(?:{_WAS_SENT}) .{{0,20}}\b(?:{DEVICE})\b.{{0,40}}",
)
_MOBILE = tuple(re.compile(rf"^\W{{0,4}}{shape}$", re.IGNORECASE) for shape in _MOBILE_SHAPES)
_LONGEST_MOBILE = 120
"""Characters of a mobile program's line without its links."""
_GOODBYE = re.compile(rf"^\W{{0,3}}(?:{GOODBYE})(?:\s?/\s?(?:{GOODBYE}))?\W{{0,3}}$", re.IGNORECASE)
_THANKS = re.compile(rf"^\W{{0,3}}(?:{THANKS})\W{{0,2}}$", re.IGNORECASE)
_NAME = re.compile(r"^[-–— ]{0,3}[A-ZÀ-ÖØ-ÞА-Я][\w.'’-]{0,30}(?: [A-ZÀ-ÖØ-ÞА-Я][\w.'’-]{0,30}){0,3}[.,]?$")
_DASHED_NAME = re.compile(r"^-{1,2} ?[A-ZÀ-ÖØ-Þ][\w.'’-]{1,30}(?: [A-ZÀ-ÖØ-Þ][\w.'’-]{1,30}){0,3}$")
_SAYS = re.compile(r"^(?:n\.? ?b\.?|p\.? ?s\.?|ps ?:|post-scriptum)\b|[?!]$|^(?:\S+\s+){5,}\S+[.…]$", re.IGNORECASE)
"""A postscript, a question, an exclamation, a sentence of six words: not a signature."""
_DISCLAIMER = re.compile(
    r"^\W{0,4}(?:this (?:e-?mail|message|communication)|the information (?:contained )?in this"
    r"|ce (?:message|courriel|mail)"
    r"|(?:les informations|l['’]information) contenue|diese (?:e-?mail|nachricht)|este (?:mensaje|correo|e-?mail)"
    r"|esta mensagem|questo messaggio|dit (?:e-?mail)?bericht|confidential|disclaimer|avertissement)\b.{0,400}"
    r"(?:confiden|vertraulich|vertrouwelijk|intended|destinat|privileg|riservat|geadresseerde)",
    re.IGNORECASE,
)
_BELOW_GOODBYE = 10
"""Lines of name, function, firm, telephone and address below a goodbye; more of them are words."""
_LONGEST_BELOW = 90
"""Characters of one of them; a sentence is longer."""


def without_signature(lines: list[str]) -> list[str]:
    """Return the lines above the signature; none where there is nothing else."""
    return _without_name(_above_goodbye(_trimmed(_above_footer(lines))))


def _above_footer(lines: list[str]) -> list[str]:
    end = len(_trimmed(lines))
    for at, line in enumerate(lines):
        is_near_end = end - at <= _FOOTER_LINES
        if (
            _DELIMITER.match(line)
            or _is_mobile(line)
            or (is_near_end and (_RULE.match(line) or _is_disclaimer(lines, at)))
        ):
            return lines[:at]
    return lines


def _is_mobile(line: str) -> bool:
    said = _LINKS.sub(r"\1", line[: 4 * _LONGEST_MOBILE]).strip()
    return 0 < len(said) <= _LONGEST_MOBILE and any(pattern.match(said) for pattern in _MOBILE)


def _is_disclaimer(lines: list[str], at: int) -> bool:
    """Whether a paragraph begins here that says for whom the mail is meant; below other words, never all there is."""
    return at > 0 and not lines[at - 1].strip() and _DISCLAIMER.match(" ".join(lines[at : at + 4])) is not None


def _above_goodbye(lines: list[str]) -> list[str]:
    """Cut a goodbye near the end with the name, function and telephone below it."""
    below: list[str] = []
    for at in range(len(lines) - 1, max(0, len(lines) - 2 - _BELOW_GOODBYE), -1):
        line = lines[at].strip()
        if len(line) > _LONGEST_BELOW:
            return lines
        is_thanks = 0 < len(below) <= 2 and _NAME.match(below[-1]) and _THANKS.match(line)
        if is_thanks or _GOODBYE.match(line):
            return _trimmed(lines[:at])
        if _SAYS.search(line):
            return lines
        below += [line] if line else []
    return lines


def _without_name(lines: list[str]) -> list[str]:
    """A last line that is a name behind a dash is how people sign on mailing lists."""
    if len(lines) > 1 and not lines[-2].strip() and _DASHED_NAME.match(lines[-1].strip()):
        return _trimmed(lines[:-1])
    return lines


def _trimmed(lines: list[str]) -> list[str]:
    end = len(lines)
    while end and not lines[end - 1].strip():
        end -= 1
    return lines[:end]
