"""docs/registry.md names the files and columns that the import reads, and shows a fault as it is told."""

from __future__ import annotations

from pathlib import Path

from shared.registry.joining import join
from shared.registry.sheets import columns_of
from tests.unit.registry.files import CALENDARS, FILES, with_files

PAGE = (Path(__file__).parents[3] / "docs" / "registry.md").read_text("utf-8")


def test_the_table_of_files_is_that_of_the_import() -> None:
    table = PAGE.partition("<!-- files -->\n")[2].partition("<!-- /files -->")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]

    told = {file.strip("`"): columns for file, columns, _ in rows}

    assert told == {
        file: ", ".join(one.heading if one.needed else f"*{one.heading}*" for one in columns)
        for file, columns in columns_of(CALENDARS).items()
    }


def test_the_fault_that_the_page_shows_is_told_so() -> None:
    _, [fault] = join(with_files(contrats=FILES["contrats.csv"].replace(";premium;", ";or;")), CALENDARS)

    assert f"colonne {fault.column} : {fault.reason}`" in PAGE
