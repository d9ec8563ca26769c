"""`make mutants`: each planted bug, alone in a copy of the tree, hunted by the simulator until some checker finds it.

A `*.patch` here is one plausible slip: a sentence that says which promise it breaks, then a unified diff. A bug that no
checker finds is a hole in the simulator, and the exit status says so. Later work adds its own. What the simulator does
not play (the mail adapter) is hunted by the one test that the patch's second line names: `Found by: <file>::<test>`.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
SEEDS = 80
"""A bug that 80 seeds do not show is not found: most are within five, the rarest races within fifty."""
SECONDS = 420
"""For one bug: 32 of them on two cores then stay within half an hour, for most are found within ten seconds."""
FOUND_BY = "Found by: "
TEST_FAILED = 1
"""Exit status of pytest where tests ran and one failed; every other one says that nothing was shown."""
PROBLEM = 2
"""Exit status of a hunt that could not begin."""


@dataclass(frozen=True)
class Hunt:
    """What came of one planted bug."""

    name: str
    found: bool
    by: str
    seeds: int
    seconds: float


def hunt(patch: Path | None, seeds: int, first: int) -> Hunt:
    """Plant one bug (or none) in a copy of the tree, and look for it."""
    name = patch.stem if patch else "no bug at all"
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="mutant-") as folder:
        copy = Path(folder)
        for package in sorted(one.parent for one in ROOT.glob("*/__init__.py")):
            shutil.copytree(package, copy / package.name, ignore=shutil.ignore_patterns("__pycache__"))
        if patch is not None:
            apply = ["git", "apply", "-C1", str(patch)]
            planted = subprocess.run(apply, cwd=copy, capture_output=True, text=True, check=False)
            if planted.returncode:
                return Hunt(name, False, f"the patch does not apply: {planted.stderr.strip()[:120]}", 0, 0.0)
        test = named_test(patch) if patch else ""
        if test:
            return _tested(name, copy, test, began)
        command = [sys.executable, "-m", "cli", "simulate", "--seed", str(first), "--seeds", str(seeds)]
        command += ["--processes", "1", "--tickets", "5", "--no-shorten", "--until-broken", "--json"]
        environment = {**os.environ, "PYTHONPATH": folder, "PYTHONDONTWRITEBYTECODE": "1"}
        try:
            run = subprocess.run(
                command, cwd=copy, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False
            )
        except subprocess.TimeoutExpired:
            return Hunt(name, False, f"undecided after {SECONDS} s", 0, SECONDS)
    return _judged(name, run, time.monotonic() - began)


def named_test(patch: Path) -> str:
    """Return the test that is to find a planted bug, or an empty text where the simulator is."""
    second = [*patch.read_text("utf-8").splitlines(), "", ""][1]
    return second.removeprefix(FOUND_BY) if second.startswith(FOUND_BY) else ""


def _tested(name: str, copy: Path, test: str, began: float) -> Hunt:
    """Run one test in the copy; a bug is found only where that very test fails, not where it cannot run."""
    shutil.copytree(ROOT / "tests", copy / "tests", ignore=shutil.ignore_patterns("__pycache__", "replay"))
    shutil.copy(ROOT / "pyproject.toml", copy)
    command = [sys.executable, "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", test]
    environment = {**os.environ, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        run = subprocess.run(
            command, cwd=copy, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return Hunt(name, False, f"undecided after {SECONDS} s", 0, SECONDS)
    seconds, by = time.monotonic() - began, test.rpartition("::")[2]
    if run.returncode == TEST_FAILED and f"FAILED {test}" in run.stdout:
        return Hunt(name, True, by, 1, seconds)
    last = run.stdout.strip().rpartition("\n")[2]
    return Hunt(name, False, f"{by}: {last[:100]}", 1, seconds)


def _judged(name: str, run: subprocess.CompletedProcess[str], seconds: float) -> Hunt:
    try:
        said = json.loads(run.stdout)
    except ValueError:
        last = run.stderr.strip().rpartition("\n")[2]
        return Hunt(name, bool(run.returncode), f"the run itself fails: {last[:100]}", 1, seconds)
    broken = [breach for seed in said["seeds"] for breach in seed["breaches"]]
    checkers = dict.fromkeys(breach[0] for breach in broken)
    by = ", ".join(list(checkers)[:2]) + (f" and {len(checkers) - 2} more" if len(checkers) > 2 else "")
    return Hunt(name, bool(broken), by or "nobody", len(said["seeds"]), seconds)


def main() -> int:
    """Hunt all of them, or those that are named, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="patches by name; all where none is given")
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--seed", type=int, default=1, help="the first one")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    given = parser.parse_args()
    patches = [one for one in sorted(HERE.glob("*.patch")) if not given.names or one.stem in given.names]
    if not patches:
        print("no planted bug has such a name", file=sys.stderr)
        return PROBLEM
    began, hunts = time.monotonic(), []
    print(f"{'planted bug':36} {'seeds':>5} {'s':>5}  found by", flush=True)
    with ThreadPoolExecutor(given.processes) as pool:
        for one in pool.map(lambda patch: hunt(patch, given.seeds, given.seed), patches):
            hunts.append(one)
            print(
                f"{one.name:36} {one.seeds:>5} {one.seconds:>5.0f}  {one.by if one.found else 'NOBODY: ' + one.by}",
                flush=True,
            )
        # What the tree shows without any bug would be found in each of them.
        clean = hunt(None, max((one.seeds for one in hunts if one.found), default=1), given.seed)
    survivors = [one.name for one in hunts if not one.found]
    print(f"\n{len(hunts) - len(survivors)} of {len(hunts)} planted bugs found, {time.monotonic() - began:.0f} s")
    for name in survivors:
        print(f"NOT FOUND: {name}")
    if clean.found:
        print(f"THE TREE ITSELF IS BROKEN ({clean.by}): what was found above may be that")
    return 1 if survivors or clean.found else 0


if __name__ == "__main__":
    sys.exit(main())
