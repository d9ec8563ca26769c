"""Reads the grid and the likeness weights shipped with the service, for the shell (`app`) and the command line.

It must never be imported by `rules` or `decide`, which get the grid handed in.
"""

from __future__ import annotations

import json
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

from services.triage.grid import Grid
from services.triage.grid_load import load_grid
from services.triage.likeness import load_likeness
from services.triage.pattern import GridError

GRID_FILE = "grid.fr.json"
LIKENESS_FILE = "likeness.fr.json"


def read_grid() -> Grid:
    """Read and check the shipped grid and weights; raises `GridError` for what can't be used, fatal at start."""
    weights = files("services.triage").joinpath(LIKENESS_FILE).read_text(encoding="utf-8")
    return replace(read_grid_alone(), likeness=load_likeness(_object(weights, LIKENESS_FILE)))


def read_grid_alone() -> Grid:
    """Read and check the shipped grid without the weights, to train them; raises `GridError`."""
    return load_grid(_object(files("services.triage").joinpath(GRID_FILE).read_text(encoding="utf-8"), GRID_FILE))


def read_grid_at(path: Path) -> Grid:
    """Read another grid, with the shipped weights, for a dry run; raises `GridError` or `OSError`."""
    return replace(load_grid(_object(path.read_text(encoding="utf-8"), path.name)), likeness=read_grid().likeness)


def _object(text: str, name: str) -> dict[str, object]:
    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        raise GridError(f"{name}: ce n'est pas du JSON ({error})") from error
    if not isinstance(data, dict):
        raise GridError(f"{name}: un objet est attendu, pas {type(data).__name__}")
    return data
