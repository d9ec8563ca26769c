"""The review as data: JSON for programs, CSV for spreadsheets (as a French one reads it), one row a survey. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from review.figures import QUESTIONS, SMALL, Figures, Review
from review.month import ZONE
from review.surveys import Survey

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""A cell that begins so is taken for a formula; what a customer typed into a form must not be one."""
_BOM = "\ufeff"
"""Without it a French spreadsheet takes UTF-8 for Windows-1252."""


def as_json(review: Review, source: str) -> dict[str, Any]:
    """Return everything that the page says. Rates are from 0 to 1, means from 1 to 5, null where there is none."""
    return {
        "v": 1,
        "month": str(review.month),
        "before": str(review.month.before),
        "zone": str(ZONE),
        "source": source,
        "until": _instant(review.until),
        "final": review.is_final,
        "unreadable": review.unreadable,
        "small_below": SMALL,
        "figures": {str(review.month): _figures(review.now), str(review.month.before): _figures(review.before)},
        "groupings": [
            {
                "name": grouping.name,
                "title": grouping.title,
                "groups": [
                    {
                        "label": group.label,
                        str(review.month): _figures(group.now),
                        str(review.month.before): _figures(group.before),
                    }
                    for group in grouping.groups
                ],
            }
            for grouping in review.groupings
        ],
    }


def _figures(figures: Figures) -> dict[str, Any]:
    return {
        "closed": figures.closed,
        "invited": figures.invited,
        "late": figures.late,
        "withdrawn": figures.withdrawn,
        "answered": figures.answered,
        "expired": figures.expired,
        "open": figures.open,
        "asked": figures.asked,
        "rate": figures.rate,
        "scores": {
            question: {"n": score.n, "mean": score.mean, "distribution": list(score.distribution)}
            for question, score in figures.scores.items()
        },
    }


def figures_csv(review: Review) -> str:
    """Return one row per group and month: the whole first, then each grouping."""
    head = ["mois", "regroupement", "groupe", "clos", "invités", "annulés", "réponses", "en attente", "taux de réponse"]
    head += [f"{label} ({what})" for label in QUESTIONS.values() for what in ("moyenne", "n")]
    rows = []
    for month, figures in ((review.month, review.now), (review.month.before, review.before)):
        rows.append([str(month), "ensemble", "ensemble", *_row(figures)])
    for grouping in review.groupings:
        for group in grouping.groups:
            rows.append([str(review.month), grouping.title, group.label, *_row(group.now)])
            rows.append([str(review.month.before), grouping.title, group.label, *_row(group.before)])
    return _csv(head, rows)


def _row(figures: Figures) -> list[str]:
    counted = (figures.closed, figures.invited, figures.withdrawn, figures.answered, figures.open)
    means = [cell for score in figures.scores.values() for cell in (_decimal(score.mean), str(score.n))]
    return [*map(str, counted), _decimal(figures.rate), *means]


SURVEY_COLUMNS: Mapping[str, str] = {
    "dossier": "number",
    "résolution": "resolution",
    "client": "customer",
    "site": "site",
    "équipement": "equipment",
    "canal": "channel",
    "contrat": "tier",
    "première criticité": "first_criticality",
    "criticité à la clôture": "last_criticality",
    "mode de résolution": "how",
    "ouvert": "opened_at",
    "accusé de réception": "acknowledged_at",
    "accusé dans le délai": "acknowledged_in_time",
    "prise en charge avant": "take_charge_by",
    "pris en charge": "taken_charge_at",
    "prise en charge dans le délai": "taken_charge_in_time",
    "sur site avant": "on_site_by",
    "sur site": "on_site_at",
    "sur site dans le délai": "on_site_in_time",
    "remise en service avant": "restored_by",
    "résolu": "resolved_at",
    "remise en service dans le délai": "restored_in_time",
    "clôture": "cause",
    "clos": "closed_at",
    "invité": "invited_at",
    "invitation hors délai": "late",
    "répondu": "answered_at",
    "réactivité": "responsiveness",
    "qualité": "quality",
    "communication": "communication",
    "sans réponse": "expired_at",
    "annulée": "cancelled_at",
}
"""Column to the field that it shows: of the survey, of its ticket or of its scores."""


def surveys_csv(surveys: Iterable[Survey]) -> str:
    """Return one row per survey, in the order of the closings; instants are Paris time. Nothing personal is in it."""
    return _csv(list(SURVEY_COLUMNS), [[_cell(one, name) for name in SURVEY_COLUMNS.values()] for one in surveys])


def _cell(survey: Survey, name: str) -> str:
    for holder in (survey, survey.ticket, survey.scores):
        if hasattr(holder, name):
            return _shown(getattr(holder, name))
    return ""


def _shown(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "oui" if value else "non"
        case datetime():
            return value.astimezone(ZONE).strftime("%Y-%m-%d %H:%M:%S")
        case _:
            return str(value)


def _csv(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(head)
    writer.writerows([[_safe(cell) for cell in row] for row in rows])
    return _BOM + out.getvalue()


def _safe(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _decimal(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}".rstrip("0").rstrip(".").replace(".", ",")


def _instant(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")
