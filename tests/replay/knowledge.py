"""What a stage was told beyond its ticket: its facts as JSON, the policy, and the triage grid with its weights.

Used by `record_lives` and `replaying`. Policies and grids lie as files beside the lives, by version, so that a change
of the shipped ones changes no life.
"""

from __future__ import annotations

import gzip
from dataclasses import replace
from functools import cache
from importlib import import_module
from importlib.resources import files
from pathlib import Path
from typing import Any

import orjson
from pydantic import TypeAdapter

from services.dispatch.decide import Facts as DispatchFacts
from services.intake.decide import Facts as IntakeFacts
from services.notify.decide import Facts as NotifyFacts
from services.resources.decide import Facts as ResourcesFacts
from services.triage.decide import Facts as TriageFacts
from services.triage.grid import Grid
from services.triage.grid_file import GRID_FILE, LIKENESS_FILE
from services.triage.grid_load import load_grid
from services.triage.likeness import load_likeness
from services.triage.site import SiteFacts
from shared.decider import Stage
from shared.policy.file import read_policy
from shared.policy.model import Policy

_FACTS: dict[str, TypeAdapter[Any]] = {
    "dispatch": TypeAdapter(DispatchFacts),
    "intake": TypeAdapter(IntakeFacts),
    "notify": TypeAdapter(NotifyFacts),
    "resources": TypeAdapter(ResourcesFacts),
}
_SITE = TypeAdapter(SiteFacts)


@cache
def stage_named(name: str) -> Stage[Any, Any]:
    """Return a stage as production runs it."""
    stage: Stage[Any, Any] = import_module(f"services.{name}.app").STAGE
    return stage


def facts_as_data(stage: str, facts: Any) -> Any:
    """Return the facts of a call as JSON data; the grid by its version alone."""
    if isinstance(facts, TriageFacts):
        return {"grid": facts.grid.version, "site": _SITE.dump_python(facts.site, mode="json", exclude_defaults=True)}
    adapter = _FACTS.get(stage)
    return adapter.dump_python(facts, mode="json", exclude_defaults=True) if adapter else None


def facts_of(stage: str, data: Any, folder: Path) -> Any:
    """Return the facts of a call as the code of today reads them; `folder` holds the grids."""
    if stage == "triage":
        return TriageFacts(grid_of(folder, data["grid"]), _SITE.validate_python(data["site"]))
    adapter = _FACTS.get(stage)
    return adapter.validate_python(data) if adapter else None


@cache
def policy_of(folder: Path, version: str) -> Policy:
    """Return the policy that lives of this folder were recorded under."""
    return read_policy(folder / f"policy-{version}.json")


def keep_policy(folder: Path, policy: Policy) -> None:
    """Write a policy beside the lives."""
    text = policy.model_dump_json(indent=2, exclude_none=True) + "\n"
    assert Policy.model_validate_json(text) == policy
    (folder / f"policy-{policy.version}.json").write_text(text, "utf-8")


@cache
def grid_of(folder: Path, version: str) -> Grid:
    """Return the grid, with its weights, that lives of this folder were recorded under."""
    grid, likeness = (orjson.loads(gzip.decompress(path.read_bytes())) for path in _grid_files(folder, version))
    return replace(load_grid(grid), likeness=load_likeness(likeness))


def keep_grid(folder: Path, version: str) -> None:
    """Write the shipped grid and weights beside the lives: packed, for they are larger than all lives together."""
    for name, path in zip((GRID_FILE, LIKENESS_FILE), _grid_files(folder, version), strict=True):
        path.write_bytes(gzip.compress(files("services.triage").joinpath(name).read_bytes(), 9, mtime=0))


def _grid_files(folder: Path, version: str) -> tuple[Path, Path]:
    return folder / f"grid-{version}.json.gz", folder / f"likeness-{version}.json.gz"
