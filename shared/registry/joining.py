"""Joins the CSV files of an import into the things of the registry, or tells every fault of every file at once. Pure.

Called by `sav registry` with the bytes of each file. Nothing is imported where anything is wrong.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from shared.events.base import Model
from shared.registry.model import ContractRecord, Depot, Duty, Equipment, Part, Person, Registry, Site, StockRecord
from shared.registry.sheets import Fault, Row, Sheet, columns_of, read_sheet
from shared.registry.things import Name, take_apart

_KEYS: dict[str, tuple[str, ...]] = {
    "sites.csv": ("site",),
    "contrats.csv": ("client", "site"),
    "equipements.csv": ("equipement",),
    "personnes.csv": ("personne",),
    "astreintes.csv": ("rang", "debut"),
    "depots.csv": ("depot",),
    "pieces.csv": ("piece",),
    "stocks.csv": ("piece", "depot"),
}
"""What no two lines of a file may have in common."""
_REFERENCES = (
    ("contrats.csv", "site", "sites.csv"),
    ("equipements.csv", "site", "sites.csv"),
    ("personnes.csv", "depot", "depots.csv"),
    ("astreintes.csv", "personne", "personnes.csv"),
    ("stocks.csv", "depot", "depots.csv"),
    ("stocks.csv", "piece", "pieces.csv"),
)
"""File and column that name a line of another file, by the column of the same heading."""

Sheets = Mapping[str, Sheet]
Wanted = dict[Name, Mapping[str, Any]]


def join(files: Mapping[str, bytes], calendars: Collection[str]) -> tuple[Wanted, list[Fault]]:
    """Return every thing that the files say, or nothing and every fault, in the order of files and lines."""
    columns = columns_of(calendars)
    sheets = {file: read_sheet(file, files.get(file), one) for file, one in columns.items()}
    faults = [fault for sheet in sheets.values() for fault in sheet.faults]
    faults += [
        Fault(file, 0, "", f"fichier inconnu ; attendu : {', '.join(columns)}") for file in files if file not in columns
    ]
    faults += [*_told_twice(sheets), *_leads_nowhere(sheets), *_contradictions(sheets)]
    if faults:
        return {}, sorted(faults)
    return {name: thing.data for name, thing in take_apart(_registry(sheets)).items()}, []


def _told_twice(sheets: Sheets) -> Iterator[Fault]:
    for file, headings in _KEYS.items():
        first: dict[tuple[Any, ...], int] = {}
        for row in sheets[file].rows:
            key = tuple(row.cells.get(one) for one in headings)
            if None in key:
                continue
            if key in first:
                what = " / ".join(str(one) for one in key)
                yield Fault(file, row.line, headings[-1], f"« {what} » est déjà à la ligne {first[key]}")
            first.setdefault(key, row.line)


def _leads_nowhere(sheets: Sheets) -> Iterator[Fault]:
    for file, heading, target in _REFERENCES:
        if not sheets[target].readable:
            continue  # what could not be read may well have been there
        known = {row.cells.get(heading) for row in sheets[target].every}
        for row in sheets[file].rows:
            named = row.cells.get(heading)
            if named is not None and named not in known:
                yield Fault(file, row.line, heading, f"« {named} » n'est pas dans {target}")


def _contradictions(sheets: Sheets) -> Iterator[Fault]:
    for row in sheets["contrats.csv"].rows:
        starts, ends = row.cells.get("debut"), row.cells.get("fin")
        if starts is not None and ends is not None and ends < starts:
            yield Fault("contrats.csv", row.line, "fin", "le contrat finit avant de commencer")
    for row in sheets["personnes.csv"].rows:
        if row.cells.get("role") == "technician" and "depot" not in row.cells:
            yield Fault("personnes.csv", row.line, "depot", "un technicien a un dépôt, où sont ses pièces (R11)")
    yield from _duties(sheets["astreintes.csv"].rows, sheets["personnes.csv"].rows)
    yield from _shared_contacts(sheets["contrats.csv"].rows)


def _duties(rows: Sequence[Row], people: Sequence[Row]) -> Iterator[Fault]:
    """A turn that ends before it begins, two at one rank at one time, and somebody who cannot be called (R1)."""
    silent = {row.cells.get("personne") for row in people if "telephone" not in row.cells}
    turns: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        starts, ends = row.cells.get("debut"), row.cells.get("fin")
        if row.cells.get("personne") in silent:
            yield Fault("astreintes.csv", row.line, "personne", "cette personne n'a pas de téléphone où l'appeler")
        if starts is None or ends is None or "rang" not in row.cells:
            continue
        if ends <= starts:
            yield Fault("astreintes.csv", row.line, "fin", "le tour finit avant de commencer")
        else:
            turns[row.cells["rang"]].append(row)
    for same in turns.values():
        for before, row in pairwise(sorted(same, key=lambda one: one.cells["debut"])):
            if before.cells["debut"] < row.cells["debut"] < before.cells["fin"]:
                yield Fault("astreintes.csv", row.line, "debut", f"chevauche le tour de la ligne {before.line}")


def _shared_contacts(rows: Sequence[Row]) -> Iterator[Fault]:
    """Two customers with one address: a request from there would get the wrong one's contract."""
    for heading in ("emails", "telephones"):
        owner: dict[str, Row] = {}
        for row in rows:
            for contact in row.cells.get(heading, ()):
                first = owner.setdefault(contact.casefold(), row)
                if first.cells.get("client") != row.cells.get("client"):
                    reason = f"« {contact} » est déjà celui d'un autre client, à la ligne {first.line}"
                    yield Fault("contrats.csv", row.line, heading, reason)


def _registry(sheets: Sheets) -> Registry:
    rows = {file: [row.cells for row in sheet.rows] for file, sheet in sheets.items()}
    sites = {one["site"]: one for one in rows["sites.csv"]}
    labels = {one["piece"]: one["libelle"] for one in rows["pieces.csv"]}
    return Registry(
        version="",
        sites=_all(Site, rows["sites.csv"], id="site", name="nom", address="adresse", calendar="calendrier"),
        contracts=tuple(_contract(one, sites[one["site"]]) for one in rows["contrats.csv"]),
        equipment=_all(
            Equipment, rows["equipements.csv"], id="equipement", site="site", kind="type", label="libelle", zone="zone"
        ),
        people=_all(
            Person,
            rows["personnes.csv"],
            id="personne",
            name="nom",
            role="role",
            depot="depot",
            skills="competences",
            phone="telephone",
            email="email",
        ),
        duties=_all(Duty, rows["astreintes.csv"], person="personne", rank="rang", starts="debut", ends="fin"),
        depots=_all(Depot, rows["depots.csv"], id="depot", name="nom"),
        parts=_all(Part, rows["pieces.csv"], id="piece", label="libelle"),
        stock=tuple(
            StockRecord(part=one["piece"], depot=one["depot"], quantity=one["quantite"], label=labels[one["piece"]])
            for one in rows["stocks.csv"]
        ),
    )


def _contract(row: Mapping[str, Any], site: Mapping[str, Any]) -> ContractRecord:
    """The site's calendar goes into the contract, so that a ticket keeps it with the contract's version."""
    return ContractRecord(
        customer=row["client"],
        site=row["site"],
        tier=row["formule"],
        calendar=site["calendrier"],
        version="",
        name=row["nom"],
        site_name=site["nom"],
        emails=row.get("emails", ()),
        phones=row.get("telephones", ()),
        starts=row.get("debut"),
        ends=row.get("fin"),
    )


def _all(model: type[Model], rows: Sequence[Mapping[str, Any]], **headings: str) -> tuple[Any, ...]:
    return tuple(
        model.model_validate({field: row[heading] for field, heading in headings.items() if heading in row})
        for row in rows
    )
