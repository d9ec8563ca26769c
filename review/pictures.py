"""The pictures of the review, as SVG in the page itself: no script, no font, no file. Pure.

Each has a table beside it that says the same in numbers; the picture's own text is for those who do not see it.
"""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup, escape

from review.figures import QUESTIONS, SMALL, Figures, Grouping, Score
from review.french import decimal, percent

WIDTH = 500
"""Of every picture, in its own units; the page scales it."""
LEFT = 160
"""Room for the labels."""
ROW = 30
_MARKS = ("circle", "square", "diamond")
"""One for each question: told apart without colour."""


def rates(groups: Sequence[tuple[str, Figures]], title: str) -> Markup:
    """Bars of the response rate, one a row, from 0 to 100 %."""
    right, parts = 125, []
    span = WIDTH - LEFT - right
    for n, (label, figures) in enumerate(groups):
        middle = n * ROW + ROW / 2
        parts.append(_label(label, middle))
        parts.append(_rectangle(LEFT, middle - 8, span, 16, "track"))
        if figures.rate:
            parts.append(_rectangle(LEFT, middle - 8, span * figures.rate, 16, "bar" if n == 0 else "bar before"))
        parts.append(_text(LEFT + span + 10, middle, f"{percent(figures.rate)} (n\u00a0=\u00a0{figures.asked})"))
    said = "; ".join(f"{label} : {percent(figures.rate)}" for label, figures in groups)
    return _picture(len(groups) * ROW, title, said, parts)


def distributions(rows: Sequence[tuple[str, Score]], title: str) -> Markup:
    """One bar of five shades a row: how many gave 1, 2… 5, from left to right."""
    right, parts = 60, []
    span = WIDTH - LEFT - right
    for n, (label, score) in enumerate(rows):
        middle, x = n * ROW + ROW / 2, float(LEFT)
        parts.append(_label(label, middle))
        for value, given in enumerate(score.distribution, 1):
            width = span * given / score.n if score.n else 0.0
            if given:
                parts.append(_rectangle(x, middle - 10, width, 20, f"s{value}"))
                parts.append(_text(x + width / 2, middle, str(given), f"in s{value}t") if width > 16 else Markup())
            x += width
        parts.append(_text(LEFT + span + 10, middle, f"n\u00a0=\u00a0{score.n}"))
    said = "; ".join(f"{label} : {', '.join(map(str, score.distribution))}" for label, score in rows)
    return _picture(len(rows) * ROW, title, f"Réponses 1 à 5. {said}", parts)


def means(grouping: Grouping) -> Markup:
    """The three means of each group on the scale from 1 to 5: full where there are answers enough, else hollow."""
    right, top, parts = 20, 22, []
    span = WIDTH - LEFT - right
    height = top + len(grouping.groups) * ROW
    for value in range(1, 6):
        x = LEFT + span * (value - 1) / 4
        parts.append(Markup('<line class="grid" x1="{0}" y1="{1}" x2="{0}" y2="{2}"/>').format(_n(x), top, height))
        parts.append(_text(x, 10, str(value), "in axis"))
    for n, group in enumerate(grouping.groups):
        middle = top + n * ROW + ROW / 2
        parts.append(_label(group.label, middle))
        for mark, question in zip(_MARKS, QUESTIONS, strict=True):
            score = group.now.scores[question]
            if score.mean is not None:
                shade = f"q{_MARKS.index(mark)}" + ("" if score.n >= SMALL else " few")
                # A little apart in height, so that equal means do not hide one another.
                y = middle + 6 * (_MARKS.index(mark) - 1)
                parts.append(_mark(mark, LEFT + span * (score.mean - 1) / 4, y, shade))
    said = "; ".join(
        f"{group.label} : {', '.join(decimal(group.now.scores[one].mean) for one in QUESTIONS)}"
        for group in grouping.groups
    )
    return _picture(height, grouping.title, f"Notes moyennes ({', '.join(QUESTIONS.values())}). {said}", parts)


def key(question: str) -> Markup:
    """The mark of a question, for the legend."""
    mark = _MARKS[list(QUESTIONS).index(question)]
    drawn = _mark(mark, 8, 8, f"q{_MARKS.index(mark)}")
    return Markup('<svg class="key" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">{}</svg>').format(
        drawn
    )


def _picture(height: float, title: str, said: str, parts: Sequence[Markup]) -> Markup:
    return Markup(
        '<svg role="img" viewBox="0 0 {} {}" xmlns="http://www.w3.org/2000/svg"><title>{}</title><desc>{}</desc>{}</svg>'
    ).format(WIDTH, _n(height), title, said, Markup().join(parts))


def _label(text: str, middle: float) -> Markup:
    return Markup('<text class="label" x="{}" y="{}">{}</text>').format(LEFT - 12, _n(middle + 4.5), escape(text))


def _text(x: float, middle: float, text: str, kind: str = "") -> Markup:
    return Markup('<text class="{}" x="{}" y="{}">{}</text>').format(kind, _n(x), _n(middle + 4.5), text)


def _rectangle(x: float, y: float, width: float, height: float, kind: str) -> Markup:
    shape = Markup('<rect class="{}" x="{}" y="{}" width="{}" height="{}"/>')
    return shape.format(kind, _n(x), _n(y), _n(width), _n(height))


def _mark(mark: str, x: float, y: float, kind: str) -> Markup:
    if mark == "circle":
        return Markup('<circle class="{}" cx="{}" cy="{}" r="5"/>').format(kind, _n(x), _n(y))
    turn = Markup(' transform="rotate(45 {} {})"').format(_n(x), _n(y)) if mark == "diamond" else Markup()
    shape = Markup('<rect class="{}" x="{}" y="{}" width="9" height="9"{}/>')
    return shape.format(kind, _n(x - 4.5), _n(y - 4.5), turn)


def _n(value: float) -> str:
    """A number of the drawing, to a tenth of a unit: the same page for the same figures."""
    return f"{value:.1f}".removesuffix(".0")
