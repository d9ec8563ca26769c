"""Turns what a customer wrote into numbered words that the grid can be held against, each knowing where it stood.

Called by `rules`. It must never judge: it folds case and accents, opens abbreviations, cuts sentences and clauses,
and tells the customer's own words from quoted threads and signatures. Every step reads the text once (linear time).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

# A number keeps its separators (14:22, 802.1x, 5,5), so that they don't cut a clause in two.
SHORTEST = 3  # letters of a word that may carry meaning
_PIECE = re.compile(r"\d+(?:[.,:/]\d+)*[^\W_]*|[^\W\d_]+|\n|[^\w\s]|_")
_SENTENCE_ENDS = frozenset(".!?;…\n")
_CLAUSE_ENDS = frozenset(",:()[]{}/–—•=")
_APOSTROPHES = ("'", "’", "´", "`")  # c' in « c'est » is an elision, not the short « c » of a text message
_CLAUSE_WORDS = frozenset({"mais", "sauf", "hormis", "but", "except", "aber", "pero"})
# A full stop after one of these belongs to the abbreviation (M. Roche, resp. sécurité) and ends nothing.
_DOTTED = frozenset(
    {"m", "mr", "mme", "mlle", "dr", "me", "st", "ste", "cl", "resp", "cab", "cam", "env", "ex", "etc", "int", "ext"}
    | {"tel", "no", "num", "bat", "bld", "av", "ave", "rdc", "ets"}
)
_QUOTE_HEADERS = (
    re.compile(r"^\W*(le|on|am|el)\b.{0,160}\b(a écrit|wrote|schrieb|escribió)\b.{0,3}$", re.IGNORECASE),
    re.compile(
        r"^[\s>*]*-{2,}\s*(message d.origine|original message|message transféré|forwarded message)", re.IGNORECASE
    ),
    re.compile(r"^(de|from|von)\s*:.{0,160}@", re.IGNORECASE),
)
_FORWARD_HEADER = re.compile(r"(transféré|forwarded|fwd)", re.IGNORECASE)
_CLOSING = re.compile(
    r"^\W*(bien )?(sinc[èe]res? |meilleures )?(cordialement|cdlt|cdt|bien à vous|salutations|respectueusement"
    r"|kind regards|best regards|regards|sincerely|mit freundlichen gr(ü|ue)(ß|ss)en|mfg|saludos|atentamente)\W*$",
    re.IGNORECASE,
)
# What a telephone adds by itself under every message.
_DEVICE_LINE = re.compile(
    r"^\W*(envoyé (de|depuis) mon|sent from my|von meinem .{1,30} gesendet|enviado desde mi)\b", re.IGNORECASE
)
_POSTSCRIPT = re.compile(r"^\W*p\.?\s?-?s\b", re.IGNORECASE)
# Headers and closing formulas are short lines: longer ones aren't tried, so that no pattern ever meets a long line.
_FORMULA_CHARS = 200
# A line of a signature is a name, a function or an address; whoever adds a trouble after 'Cordialement' writes more.
_SIGNATURE_WORDS = 8


@dataclass(frozen=True, slots=True)
class Word:
    """One word, folded, with its place in the original text and the sentence and clause that hold it."""

    text: str
    start: int
    end: int
    sentence: int
    clause: int


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of the customer's message: its original text and its words in order."""

    source: str
    words: tuple[Word, ...]
    asked: frozenset[int] = frozenset()
    """The sentences that end with a question mark."""

    def quote(self, first: int, last: int) -> str:
        """Give the original words from `first` up to, but without, `last`, on one line, for a reason (R6)."""
        return " ".join(self.source[self.words[first].start : self.words[last - 1].end].split())

    def sentences(self) -> dict[int, str]:
        """Give the original words of each sentence, for the scores."""
        spans: dict[int, tuple[int, int]] = {}
        for word in self.words:
            start, _ = spans.get(word.sentence, (word.start, 0))
            spans[word.sentence] = (start, word.end)
        return {number: self.source[start:end] for number, (start, end) in spans.items()}


def fold(text: str) -> str:
    """Give the text in lower case without accents or ligatures, as the grid's words are written."""
    plain = text.lower().replace("œ", "oe").replace("æ", "ae").replace("ß", "ss")
    return "".join(c for c in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(c))


def read(text: str, abbreviations: Mapping[str, str]) -> Passage:
    """Cut the text into words; an abbreviation becomes the words it stands for, at the same place.

    A key of `abbreviations` in capitals (MES, MHS) only matches capitals in a text that isn't all capitals.
    """
    shouted = text.isupper()
    words: list[Word] = []
    asked: set[int] = set()
    sentence = clause = 0
    previous = ""
    for match in _PIECE.finditer(text):
        piece = match.group()
        if not piece[0].isalnum():
            if _ends_sentence(text, match, previous):
                if piece == "?":
                    asked.add(sentence)
                sentence, clause = sentence + 1, clause + 1
            elif piece in _CLAUSE_ENDS or (piece == "-" and text[match.start() - 1 : match.start()].isspace()):
                clause += 1
            previous = "" if piece != "." else previous
            continue
        folded = fold(piece)
        clause += folded in _CLAUSE_WORDS
        elided = text[match.end() : match.end() + 1] in _APOSTROPHES
        capitals = abbreviations.get(piece) if piece.isupper() and not shouted else None
        meaning = None if elided else capitals or abbreviations.get(folded)
        words.extend(
            Word(part_of, match.start(), match.end(), sentence, clause) for part_of in (meaning or folded).split()
        )
        previous = folded
    return Passage(text, tuple(words), frozenset(asked))


def _ends_sentence(text: str, match: re.Match[str], previous: str) -> bool:
    piece, after = match.group(), text[match.end() : match.end() + 1]
    if piece not in _SENTENCE_ENDS:
        return False
    if piece == "\n":  # a mail folded at 72 columns goes on in lower case: that is no new sentence
        return not after.islower()
    if piece == ".":
        return previous not in _DOTTED and not after.isalnum()
    return True


@dataclass(frozen=True, slots=True)
class Layers:
    """A message body parted in two: what its writer says now, and the thread quoted below it."""

    own: str
    quoted: str
    forwarded: bool


def part(body: str) -> Layers:
    """Tell the writer's own lines from quoted ones, and drop the signature of the own ones (a postscript stays)."""
    own: list[str] = []
    quoted: list[str] = []
    in_thread = signing = forwarded = False
    for line in body.splitlines():
        short = len(line) <= _FORMULA_CHARS
        if short and not in_thread and any(header.search(line) for header in _QUOTE_HEADERS):
            in_thread, forwarded = True, bool(_FORWARD_HEADER.search(line))
            continue
        if in_thread or line.lstrip().startswith(">"):
            quoted.append(line.lstrip("> "))
            own.append("")  # what stood between two lines keeps them two sentences
            continue
        if line.strip() == "--" or (short and _CLOSING.match(line)):
            signing = True
            own.append("")
            continue
        if short and _DEVICE_LINE.match(line):
            own.append("")
            continue
        if signing and (_POSTSCRIPT.match(line) or len(line.split()) > _SIGNATURE_WORDS):
            signing = False
        if not signing:
            own.append(line)
    return Layers("\n".join(own), "\n".join(quoted), forwarded)
