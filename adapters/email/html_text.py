"""The words of an HTML mail as plain text, quotes marked with `>` as in a text mail. Pure; called by `body`.

It must never render, fetch or keep anything but words: no link target, no script, no style leaves it.
"""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser

_BLOCKS = frozenset(
    ["address", "article", "blockquote", "dd", "div", "dl", "dt", "fieldset", "footer", "form", "h1", "h2",
     "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "ol", "p", "pre", "section", "table", "tr", "ul"]
)  # fmt: skip
_UNSEEN = frozenset(("script", "style", "title"))
_SPACE = re.compile(r"[ \t\n\r\f\u00a0]+")
_TORN = 200
"""Unclosed tags or comments of no real mail; so many cost the standard parser some hundredths of a second."""
_DEEPEST = 8
"""Quotes in quotes that are marked as such; without a limit, a hostile mail's text would be the square of its size."""
_TAG = re.compile(r"<[^<>]*>")


class _Words(HTMLParser):
    """Collects lines; each knows how deep in quotes it stands."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[str] = []
        self._line: list[str] = []
        self._quotes = 0
        self._unseen = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 HTMLParser's
        """Begin a line, a quote, or a part that nobody sees."""
        if tag in _UNSEEN:
            self._unseen = tag
        elif tag == "br":
            self._end_line()
        elif tag in _BLOCKS:
            self._end_line_if_any()
            self._quotes += tag == "blockquote"
            self._line.extend(["- "] if tag == "li" else [])
        elif tag in ("td", "th") and self._line:
            self._line.append(" ")

    def handle_endtag(self, tag: str) -> None:
        """End a line, a quote, or a part that nobody sees."""
        if tag == self._unseen:
            self._unseen = ""
        elif tag in _BLOCKS:
            self._end_line_if_any()
            self._quotes = max(0, self._quotes - (tag == "blockquote"))
            if tag in ("p", "table", "ul", "ol"):
                self._blank()

    def handle_data(self, data: str) -> None:
        """Take words as they are; their white space becomes one blank at the end of the line."""
        if not self._unseen:
            self._line.append(data)

    def close(self) -> None:
        """End the last line."""
        super().close()
        self._end_line_if_any()

    def _end_line(self) -> None:
        self.lines.append(
            f"{'> ' * min(self._quotes, _DEEPEST)}{_SPACE.sub(' ', ''.join(self._line)).strip()}".rstrip()
        )
        self._line = []

    def _end_line_if_any(self) -> None:
        if any(piece.strip() for piece in self._line):
            self._end_line()
        self._line = []

    def _blank(self) -> None:
        if self.lines and self.lines[-1].strip("> "):
            self._end_line()


def to_text(html: str) -> str:
    """Return the words of `html`, one line a block; of what can't be parsed, everything that is no tag."""
    if _is_torn(html):
        return _bare(html)
    words = _Words()
    try:
        words.feed(html)
        words.close()
    except AssertionError:  # the standard parser's answer to some malformed declarations
        return _bare(html)
    text = "\n".join(words.lines).strip()
    return text or _bare(html)


def _is_torn(html: str) -> bool:
    """Whether it opens far more than it closes: the standard parser's time is then the square of its length."""
    unclosed = html.count("<") - html.count(">"), html.count("<!--") - html.count("-->")
    return max(unclosed) > _TORN


def _bare(html: str) -> str:
    """What a broken page still says: an unclosed part that nobody sees swallows the words after it."""
    without_tags = _TAG.sub(" ", re.sub(r"(?is)<(script|style)\b.*?(</\1\s*>|$)", " ", html))
    return _SPACE.sub(" ", unescape(without_tags)).strip()
