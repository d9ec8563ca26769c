"""Reads one CSV file of an import into rows, telling every fault at once; called by `joining`. Pure: bytes come in.

UTF-8 with or without a byte order mark; parted by semicolons or commas, whichever the heading has; the columns in any
order. It knows single cells; what one file says of another is `joining`'s.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from shared.registry import cells
from shared.registry.cells import Read


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One thing to mend: the file, the line as an editor counts it (0: the whole file), the column, the reason."""

    file: str
    line: int
    column: str
    reason: str


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its heading, how a cell is read, whether a cell may be empty."""

    heading: str
    read: Read
    needed: bool = True


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a file; a cell that is empty or could not be read is not there."""

    line: int
    cells: Mapping[str, Any]
    whole: bool = True
    """False: it has too few or too many cells, so that these may stand in the wrong columns."""


@dataclass
class Sheet:
    """A file that was read."""

    file: str
    every: list[Row] = field(default_factory=list)
    """Rows that are not whole too: what refers to one of them is no fault."""
    faults: list[Fault] = field(default_factory=list)
    readable: bool = True
    """False: its lines could not be told apart, so that nothing may be concluded from what is not there."""

    @property
    def rows(self) -> list[Row]:
        """The rows whose cells stand in their columns."""
        return [row for row in self.every if row.whole]


def columns_of(calendars: Collection[str]) -> dict[str, tuple[Column, ...]]:
    """Return the files of an import, each with its columns; a site names one of these calendars."""
    ident, text = cells.identifier, cells.text
    return {
        "sites.csv": (
            Column("site", ident),
            Column("nom", text),
            Column("adresse", text, needed=False),
            Column("calendrier", cells.calendar(calendars)),
        ),
        "contrats.csv": (
            Column("client", ident),
            Column("site", ident),
            Column("nom", text),
            Column("formule", cells.translated(dict(cells.TIERS))),
            Column("emails", cells.emails, needed=False),
            Column("telephones", cells.phones, needed=False),
            Column("debut", cells.day, needed=False),
            Column("fin", cells.day, needed=False),
        ),
        "equipements.csv": (
            Column("equipement", ident),
            Column("site", ident),
            Column("type", text),
            Column("libelle", text, needed=False),
            Column("zone", text, needed=False),
        ),
        "personnes.csv": (
            Column("personne", ident),
            Column("nom", text),
            Column("role", cells.translated(dict(cells.ROLES))),
            Column("depot", ident, needed=False),
            Column("competences", cells.words, needed=False),
            Column("telephone", cells.first_of(cells.phones), needed=False),
            Column("email", cells.first_of(cells.emails), needed=False),
        ),
        "astreintes.csv": (
            Column("personne", ident),
            Column("rang", cells.rank),
            Column("debut", cells.moment),
            Column("fin", cells.moment),
        ),
        "depots.csv": (Column("depot", ident), Column("nom", text)),
        "pieces.csv": (Column("piece", ident), Column("libelle", text)),
        "stocks.csv": (Column("piece", ident), Column("depot", ident), Column("quantite", cells.quantity)),
    }


def read_sheet(file: str, raw: bytes | None, columns: Sequence[Column]) -> Sheet:
    """Return the rows of a file, and all that is wrong in it."""
    sheet = Sheet(file)
    if raw is None:
        return _unreadable(sheet, 0, "", "le fichier manque ; sans ligne, il garde au moins son en-tête")
    try:
        content = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        return _unreadable(sheet, line, "", "le fichier n'est pas en UTF-8 : l'enregistrer en « CSV UTF-8 »")
    lines = _lines(sheet, content)
    heading = next(lines, None)
    if heading is None:
        return (
            sheet if not sheet.readable else _unreadable(sheet, 1, "", "le fichier est vide : il lui faut un en-tête")
        )
    headings = [one.strip() for one in heading[1]]
    _check_headings(sheet, headings, columns)
    if sheet.readable:
        by_heading = {one.heading: one for one in columns}
        sheet.every = [_row(sheet, line, found, headings, by_heading) for line, found in lines]
    return sheet


def _unreadable(sheet: Sheet, line: int, column: str, reason: str) -> Sheet:
    sheet.faults.append(Fault(sheet.file, line, column, reason))
    sheet.readable = False
    return sheet


def _lines(sheet: Sheet, content: str) -> Iterator[tuple[int, list[str]]]:
    """Each line that says something, with the number at which it begins."""
    delimiter = ";" if ";" in content.partition("\n")[0] else ","
    reader, line = csv.reader(io.StringIO(content, newline=""), delimiter=delimiter, strict=True), 1
    while True:
        try:
            found = next(reader, None)
        except csv.Error:
            _unreadable(sheet, line, "", "guillemets mal placés ou jamais fermés : la suite n'est pas lue")
            return
        if found is None:
            return
        if any(cell.strip() for cell in found):
            yield line, found
        line = reader.line_num + 1


def _check_headings(sheet: Sheet, headings: Sequence[str], columns: Sequence[Column]) -> None:
    known = [one.heading for one in columns]
    for heading, times in Counter(headings).items():
        if heading not in known:
            _unreadable(sheet, 1, heading, f"colonne inconnue ; attendu : {', '.join(known)}")
        elif times > 1:
            _unreadable(sheet, 1, heading, f"colonne donnée {times} fois")
    for column in columns:
        if column.needed and column.heading not in headings:
            _unreadable(sheet, 1, column.heading, "colonne absente")


def _row(sheet: Sheet, line: int, found: Sequence[str], headings: Sequence[str], columns: Mapping[str, Column]) -> Row:
    if len(found) != len(headings):
        reason = f"{len(found)} champs au lieu de {len(headings)}"
        sheet.faults.append(Fault(sheet.file, line, "", reason))
        return Row(line, {heading: cell.strip() for heading, cell in zip(headings, found, strict=False)}, whole=False)
    values = {}
    for heading, cell in zip(headings, found, strict=True):
        column, said = columns[heading], cell.strip()
        try:
            if said:
                values[heading] = column.read(said)
            elif column.needed:
                sheet.faults.append(Fault(sheet.file, line, heading, "valeur absente"))
        except ValueError as error:
            sheet.faults.append(Fault(sheet.file, line, heading, str(error)))
    return Row(line, values)
