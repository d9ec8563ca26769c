"""The words of an HTML mail as plain text, quotes marked with `>` as in a text mail. Pure; called by `body`.

It must never render, fetch or keep anything but words: no link target, no script, no style leaves it. It takes time in
proportion to the page's length, whatever the page opens and never closes.
"""

from __future__ import annotations

import re
from html import unescape

_BLOCKS = frozenset(
    ["address", "article", "blockquote", "body", "center", "dd", "div", "dl", "dt", "fieldset", "footer", "form", "h1",
     "h2", "h3", "h4", "h5", "h6", "header", "hr", "html", "li", "main", "ol", "p", "pre", "section", "table", "tr",
     "ul"]
)  # fmt: skip
_SPACED = frozenset(("p", "table", "ul", "ol"))
_UNSEEN = frozenset(("script", "style", "title", "template", "xml"))
_SPACE = re.compile(r"[ \t\n\r\f\u00a0]+")
_DEEPEST = 8
"""Quotes in quotes that are marked as such; without a limit, a hostile mail's text would be the square of its size."""
_TAG = re.compile(r"""<(/?)([a-zA-Z][\w:.-]{0,40}+)((?:[^<>"']|"[^"<>]{0,2000}+"|'[^'<>]{0,2000}+')*+)>""")
_ANY_TAG = re.compile(r"<[/!?a-zA-Z][^<>]*+>")
_SIGNATURE = re.compile(
    r"""(?:class|id)\s?=\s?["']?[\w\- ]{0,40}(?:gmail_|moz-|ms-outlook-mobile-|\b)signature\b""", re.IGNORECASE
)
"""How mail programs mark the signature; in a text mail it is two dashes and a blank."""
_SEARCHED = 300
_HTML = re.compile(
    r"^\s*<(?:!doctype|\?xml|html|head|body|div|p|table|blockquote|span|br|meta|style|font)\b"
    r"|</(?:div|p|blockquote|body|html|table|span|font)\s*>",
    re.IGNORECASE,
)


def is_html(text: str) -> bool:
    """Return whether a text is HTML, whatever it was said to be."""
    return _HTML.search(text) is not None


def to_text(html: str) -> str:
    """Return the words of `html`, one line a block; of what can't be parsed, everything that is no tag."""
    words = _Words()
    words.read(html)
    return "\n".join(words.lines).strip() or _bare(html)


class _Words:
    """Collects lines; each knows how deep in quotes it stands."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._line: list[str] = []
        self._quotes = 0
        self._preformatted = False
        self._closed: dict[str, bool] = {}

    def read(self, html: str) -> None:
        """Read the page from tag to tag."""
        at = 0
        while True:
            start = html.find("<", at)
            self._say(html[at : start if start >= 0 else len(html)])
            if start < 0:
                break
            at = self._markup(html, start)
        self._end_line_if_any()

    def _markup(self, html: str, start: int) -> int:
        """One tag, comment or declaration, or a `<` that is none. Returns where to read on."""
        if html.startswith("<!--", start):
            return self._after(html, "-->", start + 2, start + 4)
        if html.startswith("<![CDATA[", start):
            return start + len("<![CDATA[")
        match = _TAG.match(html, start)
        if match is None:
            other = _ANY_TAG.match(html, start)
            if other is None:
                self._line.append("<")
            return other.end() if other else start + 1
        closing, tag = match.group(1), match.group(2).lower()
        if closing:
            self._ends(tag)
        elif tag in _UNSEEN and not match.group(3).endswith("/"):
            return self._after(html, f"</{tag}", match.end(), match.end())
        else:
            self._begins(tag, match.group(3))
        return match.end()

    def _after(self, html: str, end: str, search_from: int, otherwise: int) -> int:
        """Where something unseen has ended; of what never ends only what stands up to the next tag is."""
        if self._closed.get(end, True):
            found = html.find(end, search_from)
            if found < 0:
                found = html.lower().find(end, search_from) if end[1] == "/" else -1
            if found >= 0:
                return found + len(end) if end == "-->" else found
            self._closed[end] = False
        following = html.find("<", otherwise)
        return following if following >= 0 else len(html)

    def _begins(self, tag: str, attributes: str) -> None:
        if tag == "br":
            self._end_line()
        elif tag in _BLOCKS:
            self._end_line_if_any()
            self._quotes += tag == "blockquote"
            self._preformatted = self._preformatted or tag == "pre"
            self._line.extend(["- "] if tag == "li" else [])
            if _SIGNATURE.search(attributes[:_SEARCHED]) and self.lines and self.lines[-1].strip() != "--":
                self.lines.append("-- ")
        elif tag in ("td", "th") and self._line:
            self._line.append(" ")

    def _ends(self, tag: str) -> None:
        if tag not in _BLOCKS:
            return
        self._end_line_if_any()
        self._quotes = max(0, self._quotes - (tag == "blockquote"))
        self._preformatted = self._preformatted and tag != "pre"
        if tag in _SPACED:
            self._blank()

    def _say(self, text: str) -> None:
        if not text:
            return
        if not self._preformatted:
            self._line.append(unescape(text))
            return
        first, *others = unescape(text).split("\n")
        self._line.append(first)
        for line in others:
            self._end_line()
            self._line.append(line)

    def _end_line(self) -> None:
        words = _SPACE.sub(" ", "".join(self._line)).strip()
        self.lines.append(f"{'> ' * min(self._quotes, _DEEPEST)}{words}".rstrip())
        self._line = []

    def _end_line_if_any(self) -> None:
        if any(piece.strip() for piece in self._line):
            self._end_line()
        self._line = []

    def _blank(self) -> None:
        if self.lines and self.lines[-1].strip("> "):
            self._end_line()


def _bare(html: str) -> str:
    """What a page still says that shows nothing: an unclosed part that nobody sees swallows the words after it."""
    return _SPACE.sub(" ", unescape(_ANY_TAG.sub(" ", html))).strip()
