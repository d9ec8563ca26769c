"""The review as one self-contained page in French: pictures with a table beside each, no script, nothing fetched."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from review import french, pictures
from review.figures import QUESTIONS, SCALE, SMALL, Review
from review.month import day_in_french

_COUNTS = (
    ("closed", "Dossiers clos"),
    ("invited", "Invitations envoyées"),
    ("late", "dont plus de 48 h après la clôture"),
    ("withdrawn", "Enquêtes annulées (dossier rouvert)"),
    ("answered", "Réponses"),
    ("expired", "Restées sans réponse"),
    ("open", "En attente"),
)
_SHADES = ("#a6341b", "#e08a5b", "#c9ced4", "#7db3e0", "#0b5cad")
"""Of the scores 1 to 5 in the legend; the page's style has the same."""


def page(review: Review, source: str) -> str:
    """Return the page; `source` is the full name of the topic that was read."""
    template = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    ).get_template("page.html")
    months = (review.month.in_french, review.now), (review.month.before.in_french, review.before)
    scores = [
        (QUESTIONS[question] if n == 0 else "mois précédent", figures.scores[question])
        for question in QUESTIONS
        for n, (_, figures) in enumerate(months)
    ]
    return template.render(
        review=review,
        source=source,
        until=day_in_french(review.until),
        counts=_COUNTS,
        shades=_SHADES,
        picture_of_rates=pictures.rates(months, "Taux de réponse"),
        picture_of_scores=pictures.distributions(scores, "Répartition des notes"),
        means=pictures.means,
        key=pictures.key,
        QUESTIONS=QUESTIONS,
        SCALE=SCALE,
        SMALL=SMALL,
        NNBSP="\u00a0",
        **{
            name: getattr(french, name)
            for name in ("count", "counted", "decimal", "percent", "mean_change", "rate_change")
        },
    )
