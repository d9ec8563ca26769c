"""Reads the grid that is shipped with the service, for the shell (`app`) and the command line.

It must never be imported by `rules` or `decide`, which get the grid handed in.
"""

from __future__ import annotations

import json
from importlib.resources import files

from services.triage.grid import Grid, load_grid
from services.triage.pattern import GridError

GRID_FILE = "grid.fr.json"


def read_grid() -> Grid:
    """Read and check the shipped grid; raises `GridError` for one that can't be used, which is fatal at start."""
    data = json.loads(files("services.triage").joinpath(GRID_FILE).read_text(encoding="utf-8"))
    if not isinstance(data, dict):
        raise GridError(f"{GRID_FILE}: un objet est attendu, pas {type(data).__name__}")
    return load_grid(data)
