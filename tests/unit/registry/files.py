"""A small registry as CSV files, for the tests of the import: every customer is invented."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.registry.joining import join
from shared.registry.sheets import Fault
from shared.registry.things import Name

CALENDARS = ("france", "alsace-moselle", "continuous")
FILES: dict[str, str] = {
    "sites.csv": "site;nom;adresse;calendrier\nS-1;Agence;1 rue du Puits;france\nS-2;Dépôt;;alsace-moselle\n",
    "contrats.csv": (
        "client;site;nom;formule;emails;telephones;debut;fin\n"
        "C-1;S-1;Banque;premium;a@banque.example, b@banque.example;01 99 00 10 01;2026-01-01;31/12/2026\n"
        "C-2;S-2;Mairie;aucune;;;;\n"
    ),
    "equipements.csv": "equipement;site;type;libelle;zone\nE-1;S-1;centrale;Centrale;hall\n",
    "personnes.csv": (
        "personne;nom;role;depot;competences;telephone;email\n"
        "T-01;Inès;technicien;lyon;video, acces;06 39 98 00 01;\n"
        "M-01;Hugo;responsable;;;+33199001091;hugo@sav.example\n"
    ),
    "astreintes.csv": "personne;rang;debut;fin\nT-01;1;2026-12-21 08:30;28/12/2026 08:30\n",
    "depots.csv": "depot;nom\nlyon;Dépôt de Lyon\n",
    "pieces.csv": "piece;libelle\nBAT-12;Batterie\n",
    "stocks.csv": "piece;depot;quantite\nBAT-12;lyon;4\n",
}


def with_files(**changed: str | bytes | None) -> dict[str, bytes]:
    """The files with some of them replaced (`sites="…"`), or left out."""
    named = {f"{name}.csv": content for name, content in changed.items()}
    every: dict[str, str | bytes | None] = {**FILES, **named}
    return {
        name: content.encode() if isinstance(content, str) else content
        for name, content in every.items()
        if content is not None
    }


def joined(files: Mapping[str, bytes]) -> dict[Name, Mapping[str, Any]]:
    """What sound files say."""
    wanted, faults = join(files, CALENDARS)
    assert faults == []
    return wanted


def faults_of(**changed: str | bytes | None) -> list[Fault]:
    """What is wrong with files of which some are replaced; nothing may be imported then."""
    wanted, faults = join(with_files(**changed), CALENDARS)
    assert faults and wanted == {}
    return faults
