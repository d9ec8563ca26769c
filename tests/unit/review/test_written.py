"""R15: what the review writes: one page that needs nothing else, and figures that programs and spreadsheets read."""

from __future__ import annotations

import csv
import io
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from review import french
from review.figures import SMALL, Figures, Score, figures
from review.month import Month
from review.page import page
from review.tables import as_json, surveys_csv
from review.write import reviewed, write
from tests.requirements import requirement
from tests.unit.review.records import OCTOBER, SECRET, scores, survey
from tests.unit.services.harness import DAY, paris

MONTH = Month(2026, 10)
UNTIL = paris(2027, 3, 1, 9, 30)
SOURCE = "dev.sav.survey"


def month_of(n: int) -> list[bytes]:
    """A month with `n` answers."""
    return [one for k in range(n) for one in survey(f"t{k}", OCTOBER + k * DAY, answer=scores(5, 4, k % 5 + 1))]


def test_the_same_records_make_the_same_four_files(tmp_path: Path) -> None:
    made = [
        write(reviewed(records, MONTH, UNTIL), SOURCE, tmp_path / name)
        for name, records in (("a", month_of(7)), ("b", list(reversed(month_of(7)))))
    ]

    names = ["revue-2026-10.html", "revue-2026-10.json", "revue-2026-10.csv", "enquetes-2026-10.csv"]
    assert [file.name for file in made[0]] == names
    assert [file.read_bytes() for file in made[0]] == [file.read_bytes() for file in made[1]]


class Tags(HTMLParser):
    """Every tag and attribute of a page; fails on one that is not closed where it must be."""

    VOID = frozenset({"meta", "br", "line", "rect", "circle"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            assert self.open.pop() == tag


@requirement("R15")
@pytest.mark.parametrize("n", [0, 1, 7])
def test_the_page_stands_by_itself_without_scripts_and_every_picture_has_a_table_beside_it(n: int) -> None:
    tags = Tags(page(reviewed(month_of(n), MONTH, UNTIL), SOURCE)).seen
    names = [tag for tag, _ in tags]
    pictures = [attributes for tag, attributes in tags if tag == "svg" and attributes.get("role") == "img"]

    assert tags[0] == ("html", {"lang": "fr"})
    assert {"script", "link", "img", "iframe"} & set(names) == set()
    assert all(name not in attributes for _, attributes in tags for name in ("src", "href", "onclick"))
    assert len(pictures) == names.count("table") == names.count("desc") >= 2


@requirement("R15")
def test_the_page_and_the_files_name_and_quote_nobody(tmp_path: Path) -> None:
    for file in write(reviewed(month_of(7), MONTH, UNTIL), SOURCE, tmp_path):
        assert SECRET.encode() not in file.read_bytes()


@requirement("R15")
def test_what_a_customer_typed_into_a_form_is_no_markup_and_no_formula() -> None:
    (one,) = reviewed(survey("t", equipment="=1+1"), MONTH, UNTIL).surveys

    rows = list(csv.DictReader(io.StringIO(surveys_csv([one]).removeprefix("\ufeff")), delimiter=";"))

    assert rows[0]["équipement"] == "'=1+1"


@requirement("R15")
def test_a_survey_is_one_line_of_the_table_with_instants_of_paris() -> None:
    (one,) = reviewed(survey("t", answer=scores(5, 4, 3), on_site_in_time=False), MONTH, UNTIL).surveys

    (row,) = csv.DictReader(io.StringIO(surveys_csv([one]).removeprefix("\ufeff")), delimiter=";")

    assert (row["clos"], row["répondu"]) == ("2026-10-15 10:00:00", "2026-10-17 10:00:00")
    assert (row["réactivité"], row["qualité"], row["communication"]) == ("5", "4", "3")
    assert (row["accusé dans le délai"], row["sur site dans le délai"], row["annulée"]) == ("oui", "non", "")


@requirement("R15")
def test_the_figures_for_programs_are_those_of_the_page() -> None:
    review = reviewed([*month_of(7), *survey("before", paris(2026, 9, 3), answer=scores())], MONTH, UNTIL)

    told = json.loads(json.dumps(as_json(review, SOURCE)))

    assert (told["month"], told["before"], told["until"]) == ("2026-10", "2026-09", "2027-03-01T08:30:00Z")
    assert told["figures"]["2026-10"]["rate"] == 1.0
    assert told["figures"]["2026-10"]["scores"]["communication"] == {
        "n": 7,
        "mean": 18 / 7,
        "distribution": [2, 2, 1, 1, 1],
    }
    assert told["figures"]["2026-09"]["closed"] == 1
    assert {one["name"] for one in told["groupings"]} >= {"criticality", "channel", "tier"}


@requirement("R15")
@pytest.mark.parametrize(("n", "marked"), [(SMALL - 1, True), (SMALL, False), (SMALL + 1, False)])
def test_a_mean_of_few_answers_is_marked(n: int, marked: bool) -> None:
    text = page(reviewed(month_of(n), MONTH, UNTIL), SOURCE)

    first = re.search(r'<td>Réactivité</td><td class="(few)?">5,0</td><td>(\d+)</td>', text)
    assert first is not None
    assert (first.group(1) == "few", first.group(2)) == (marked, str(n))


@requirement("R15")
@pytest.mark.parametrize(("n", "shown"), [(SMALL - 1, "–"), (SMALL, "+1,0")])
def test_no_change_is_said_where_one_month_has_few_answers(n: int, shown: str) -> None:
    assert french.mean_change(Score((0, 0, 0, 0, 9)), Score((0, 0, 0, n, 0))) == shown
    assert french.mean_change(Score((0, 0, 0, n, 0)), Score((0, 0, n, 0, 0))) == shown


def test_a_provisional_month_says_so_and_a_final_one_does_not() -> None:
    records = survey("t", paris(2026, 10, 30), answer=scores(), after=20)

    assert "Chiffres provisoires" in page(reviewed(records, MONTH, paris(2026, 11, 5)), SOURCE)
    assert "Chiffres provisoires" not in page(reviewed(records, MONTH, UNTIL), SOURCE)
    assert "Le mois n’est pas terminé" in page(reviewed(records, MONTH, paris(2026, 10, 31)), SOURCE)


def test_a_review_that_misses_something_says_so() -> None:
    text = page(reviewed([b"{}", *month_of(1)], MONTH, UNTIL), SOURCE)

    assert "1\u00a0enregistrement illisible" in text


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (french.decimal(4.25), "4,3"),
        (french.decimal(2.5, 0), "3"),
        (french.decimal(None), "–"),
        (french.percent(0.345), "35\u202f%"),
        (french.percent(0.0), "0\u202f%"),
        (french.count(12345), "12\u202f345"),
        (french.counted(0, "réponse"), "0\u00a0réponse"),
        (french.counted(2, "réponse"), "2\u00a0réponses"),
        (french.change(4.0, 4.24), "−0,2"),
        (french.change(4.02, 4.04), "="),
        (french.change(None, 4.0), "–"),
    ],
)
def test_numbers_are_written_as_in_french(shown: str, expected: str) -> None:
    assert shown == expected


def _asked(n: int, answered: int) -> Figures:
    records = [one for k in range(n) for one in survey(f"t{k}", answer=scores() if k < answered else None)]
    return figures(reviewed(records, MONTH, UNTIL).surveys)


@pytest.mark.parametrize(
    ("now", "before", "shown"),
    [((5, 3), (5, 2), "+20\u202fpt"), ((5, 2), (5, 2), "="), ((4, 4), (9, 2), "–"), ((9, 2), (4, 4), "–")],
)
def test_the_rate_moves_in_points_and_only_where_enough_were_asked(
    now: tuple[int, int], before: tuple[int, int], shown: str
) -> None:
    assert french.rate_change(_asked(*now), _asked(*before)) == shown
