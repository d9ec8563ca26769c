"""An import's CSV files: what they say, and every fault of all of them at once with file, line, column and reason."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from cli.registry import app
from shared.registry import Registry
from shared.registry.joining import join
from shared.registry.things import Name, Thing, put_together
from tests.requirements import requirement
from tests.unit.registry.files import CALENDARS, FILES, faults_of, joined, with_files

SAMPLES = Path(__file__).parents[3] / "samples"


def registry_of(files: dict[str, bytes]) -> Registry:
    return put_together("v", {name: Thing("v", data) for name, data in joined(files).items()})


@requirement("R1", "R4", "R11")
def test_sound_files_become_contracts_sites_equipment_people_and_stock() -> None:
    registry = registry_of(with_files())

    [bank, town] = registry.contracts
    assert (bank.customer, bank.site, bank.tier, bank.calendar) == ("C-1", "S-1", "premium", "france")
    assert bank.emails == ("a@banque.example", "b@banque.example")
    assert bank.phones == ("+33199001001",)
    assert (str(bank.starts), str(bank.ends)) == ("2026-01-01", "2026-12-31")
    assert (town.tier, town.calendar, town.ends) == ("none", "alsace-moselle", None)
    assert [(one.id, one.site, one.zone) for one in registry.equipment] == [("E-1", "S-1", "hall")]
    assert [(one.id, one.role) for one in registry.people] == [("M-01", "manager"), ("T-01", "technician")]
    assert [(one.id, one.depot, one.skills) for one in registry.technicians] == [("T-01", "lyon", ("video", "acces"))]
    assert [(one.part, one.depot, one.quantity, one.label) for one in registry.stock] == [
        ("BAT-12", "lyon", 4, "Batterie")
    ]


@pytest.mark.parametrize(
    "content",
    [
        FILES["sites.csv"].encode("utf-8-sig"),
        FILES["sites.csv"].replace("\n", "\r\n"),
        FILES["sites.csv"].replace(";", ","),
        FILES["sites.csv"].rstrip("\n"),
        FILES["sites.csv"] + "\n;;;\n\n",
        FILES["sites.csv"].replace(";", " ; "),
        'calendrier;"nom";site;adresse\nfrance;Agence;S-1;1 rue du Puits\nalsace-moselle;"Dépôt";S-2;\n',
    ],
    ids=["bom", "crlf", "commas", "no last line end", "empty lines", "spaces", "other order"],
)
def test_a_file_is_read_however_the_spreadsheet_saved_it(content: str | bytes) -> None:
    assert joined(with_files(sites=content)) == joined(with_files())


def test_an_optional_column_may_be_left_out() -> None:
    assert len(joined(with_files(equipements="equipement;site;type\nE-1;S-1;centrale\n"))) == len(joined(with_files()))


@pytest.mark.parametrize(
    ("file", "content", "line", "column", "reason"),
    [
        ("sites", None, 0, "", "le fichier manque"),
        ("sites", "", 1, "", "en-tête"),
        ("sites", "\n\n", 1, "", "en-tête"),
        ("sites", b"site;nom\nS-1;D\xe9p\xf4t\n", 2, "", "UTF-8"),
        ("depots", 'depot;nom\nlyon;"Dépôt\nde Lyon\n', 2, "", "guillemets"),
        ("depots", 'depot;nom\nlyon;Dépôt\nparis;"a" b\n', 3, "", "guillemets"),
        ("depots", "depot\nlyon\n", 1, "nom", "absente"),
        ("depots", "depot;nom;nom\nlyon;a;b\n", 1, "nom", "2 fois"),
        ("depots", "depot;nom;ville\nlyon;Lyon;Lyon\n", 1, "ville", "inconnue"),
        ("depots", "depot;nom\nlyon;Dépôt;de trop\n", 2, "", "3 champs au lieu de 2"),
        ("depots", "depot;nom\nlyon;Dépôt\n\n\nparis\n", 5, "", "1 champs au lieu de 2"),
        ("depots", 'depot;nom\nlyon;Dépôt\nparis;"Dépôt\nde Paris"\n', 3, "nom", "retour à la ligne"),
        ("depots", "depot;nom\nlyon;\n", 2, "nom", "valeur absente"),
        ("depots", "depot;nom\nlyon;" + "x" * 201 + "\n", 2, "nom", "201 caractères"),
        ("depots", "depot;nom\nlyon;a\x00b\n", 2, "nom", "invisible"),
        ("depots", "depot;nom\nlyon;Dépôt\nlyon;Autre\n", 3, "depot", "déjà à la ligne 2"),
        ("pieces", "piece;libelle\nBAT 12;Batterie\nBAT-12;Batterie\n", 2, "piece", "identifiant"),
        ("sites", FILES["sites.csv"].replace("alsace-moselle", "mars"), 3, "calendrier", "« mars »"),
        ("equipements", "equipement;site;type\nE-1;S-9;centrale\n", 2, "site", "« S-9 » n'est pas dans sites.csv"),
        ("stocks", "piece;depot;quantite\nCAM;lyon;1\n", 2, "piece", "« CAM » n'est pas dans pieces.csv"),
        ("stocks", "piece;depot;quantite\nBAT-12;nice;1\n", 2, "depot", "« nice » n'est pas dans depots.csv"),
        ("stocks", "piece;depot;quantite\nBAT-12;lyon;-1\n", 2, "quantite", "quantité refusée"),
        ("stocks", "piece;depot;quantite\nBAT-12;lyon;1,5\n", 2, "quantite", "quantité refusée"),
        ("stocks", "piece;depot;quantite\nBAT-12;lyon;1000001\n", 2, "quantite", "quantité refusée"),
        ("stocks", "piece;depot;quantite\nBAT-12;lyon;1\nBAT-12;lyon;2\n", 3, "depot", "déjà à la ligne 2"),
        ("personnes", "personne;nom;role\nT-01;Inès;technicien\n", 2, "depot", "un technicien a un dépôt"),
        ("personnes", "personne;nom;role\nT-01;Inès;chef\n", 2, "role", "« chef » inconnu"),
        ("personnes", "personne;nom;role;telephone\nM-01;Inès;responsable;12\n", 2, "telephone", "numéro refusé"),
        ("personnes", "personne;nom;role;email\nM-01;I;responsable;a@x.example b@x.example\n", 2, "email", "2 valeurs"),
        ("contrats", "client;site;nom;formule\nC-1;S-1;Banque;or\n", 2, "formule", "« or » inconnu"),
        ("contrats", "client;site;nom;formule;emails\nC-1;S-1;B;premium;martin\n", 2, "emails", "« martin »"),
        ("contrats", "client;site;nom;formule;debut\nC-1;S-1;B;premium;30/02/2026\n", 2, "debut", "date refusée"),
        ("contrats", "client;site;nom;formule;debut\nC-1;S-1;B;premium;2026\n", 2, "debut", "date refusée"),
        (
            "contrats",
            "client;site;nom;formule;debut;fin\nC-1;S-1;B;premium;2026-01-02;2026-01-01\n",
            2,
            "fin",
            "avant de commencer",
        ),
        (
            "contrats",
            "client;site;nom;formule;emails\nC-1;S-1;B;premium;A@x.example\nC-2;S-2;M;aucune;a@X.example\n",
            3,
            "emails",
            "autre client, à la ligne 2",
        ),
        (
            "contrats",
            "client;site;nom;formule;telephones\nC-1;S-1;B;premium;0199001001\nC-2;S-2;M;aucune;+33 1 99 00 10 01\n",
            3,
            "telephones",
            "autre client, à la ligne 2",
        ),
    ],
)
def test_a_fault_is_told_with_its_file_line_column_and_reason(
    file: str, content: str | bytes | None, line: int, column: str, reason: str
) -> None:
    [fault] = faults_of(**{"astreintes": "personne;rang;debut;fin\n", file: content})

    assert (fault.file, fault.line, fault.column) == (f"{file}.csv", line, column)
    assert reason in fault.reason


def test_every_fault_of_every_file_is_told_at_once() -> None:
    faults = faults_of(
        sites="site;nom;calendrier\nS-1;;mars\nS-2;Dépôt;france\n",
        stocks="piece;depot;quantite\nBAT-12;lyon;beaucoup\nCAM;nice;1\n",
        depots=None,
    )

    assert [(one.file, one.line, one.column) for one in faults] == [
        ("depots.csv", 0, ""),
        ("sites.csv", 2, "calendrier"),
        ("sites.csv", 2, "nom"),
        ("stocks.csv", 2, "quantite"),
        ("stocks.csv", 3, "piece"),
    ]


def test_lines_are_counted_as_an_editor_counts_them_after_a_cell_of_two_lines_too() -> None:
    faults = faults_of(depots='depot;nom\nlyon;"Dépôt\nde Lyon"\nlyon;Dépôt\n')

    assert [(one.line, one.column) for one in faults] == [(2, "nom"), (4, "depot")]


def test_a_file_that_could_not_be_read_makes_no_fault_of_what_refers_to_it() -> None:
    [fault] = faults_of(sites="site,nom\n")

    assert fault.file == "sites.csv"


def test_a_file_of_another_name_is_a_slip_and_not_left_aside() -> None:
    wanted, [fault] = join({**with_files(), "contrat.csv": b""}, CALENDARS)

    assert (wanted, fault.file) == ({}, "contrat.csv")


def test_one_customer_may_use_one_address_for_two_sites() -> None:
    contracts = "client;site;nom;formule;emails\nC-1;S-1;B;premium;a@x.example\nC-1;S-2;B;aucune;a@x.example\n"

    assert Name("contract", "C-1/S-2") in joined(with_files(contrats=contracts))


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=200), st.sampled_from(sorted(FILES)))
def test_any_bytes_are_either_read_or_refused(content: bytes, file: str) -> None:
    wanted, faults = join({**with_files(), file: content}, CALENDARS)

    assert not (wanted and faults)
    assert all(one.reason for one in faults)


def test_the_sample_files_say_what_the_sample_registry_says() -> None:
    whole = Registry.model_validate_json((SAMPLES / "registry.json").read_bytes())
    files = {path.name: path.read_bytes() for path in (SAMPLES / "registry").glob("*.csv")}

    imported = registry_of(files)

    assert {one.model_copy(update={"version": ""}) for one in imported.contracts} == {
        one.model_copy(update={"version": ""}) for one in whole.contracts
    }
    assert set(imported.technicians) == set(whole.technicians)
    assert set(imported.stock) == set(whole.stock)
    assert set(imported.depots) == set(whole.depots)
    assert set(imported.people) == set(whole.people)


def test_the_command_tells_all_faults_and_refuses(tmp_path: Path) -> None:
    for name, content in with_files(sites="site;nom;calendrier\nS-1;;mars\n", depots=None).items():
        (tmp_path / name).write_bytes(content)

    told = CliRunner().invoke(app, ["check", str(tmp_path)])
    as_json = CliRunner().invoke(app, ["check", str(tmp_path), "--json"])

    assert (told.exit_code, as_json.exit_code) == (1, 1)
    assert "sites.csv, ligne 2, colonne nom : valeur absente" in told.stderr
    assert "rien n'est importé" in told.stderr
    said = json.loads(as_json.stdout)
    assert not said["valid"]
    assert {one["file"] for one in said["errors"]} == {"sites.csv", "depots.csv", "contrats.csv"}


def test_the_command_accepts_the_sample_files_and_refuses_a_folder_that_is_not_there() -> None:
    sound = CliRunner().invoke(app, ["check", str(SAMPLES / "registry")])
    nowhere = CliRunner().invoke(app, ["check", str(SAMPLES / "nowhere")])

    assert sound.exit_code == 0
    assert "46 contrats" in sound.stdout
    assert nowhere.exit_code == 1
