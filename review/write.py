"""Puts the review together and writes its four files. Called by `sav review` and by the tests."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from review.figures import Review, review_of
from review.month import Month
from review.page import page
from review.surveys import read_surveys
from review.tables import as_json, figures_csv, surveys_csv


def reviewed(values: Iterable[bytes | None], month: Month, until: datetime) -> Review:
    """Return the review of a month from the records of the topic, by what was known at `until` (R15)."""
    reading = read_surveys(values, until)
    return review_of(reading.surveys, month, until, reading.unreadable)


def write(review: Review, source: str, folder: Path) -> list[Path]:
    """Write the page, the figures and the surveys into a folder, which is made; return the files.

    The same records and the same `until` give the same bytes. A review that was there before is replaced.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = {
        f"revue-{review.month}.html": page(review, source),
        f"revue-{review.month}.json": json.dumps(as_json(review, source), ensure_ascii=False, indent=2) + "\n",
        f"revue-{review.month}.csv": figures_csv(review),
        f"enquetes-{review.month}.csv": surveys_csv(review.surveys),
    }
    for name, text in written.items():
        (folder / name).write_bytes(text.encode())
    return [folder / name for name in written]
