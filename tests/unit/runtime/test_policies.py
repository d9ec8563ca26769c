"""A ticket is decided under one version of the policy all its life; a new version is for new tickets, at once."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from shared.policy.book import PolicyBook
from shared.policy.file import read_policy
from shared.policy.model import Policy
from shared.runtime.policies import LOOK_SECONDS, PolicyFiles
from tests.requirements import requirement
from tests.unit.runtime.bench import NINE
from tests.unit.runtime.line import Line

LATER = NINE + timedelta(minutes=10)
SHIPPED = read_policy()


def version(name: str, within_minutes: int = 30, begins: object = None) -> Policy:
    """Return the shipped policy with another delay of the acknowledgement."""
    changed = SHIPPED.acknowledgement.model_copy(update={"within": timedelta(minutes=within_minutes)})
    return SHIPPED.model_copy(update={"version": name, "valid_from": begins, "acknowledgement": changed})


OLD, NEW = version("old"), version("new", 20, LATER)


@pytest.mark.parametrize(
    ("since", "expected"), [(timedelta(seconds=-1), "old"), (timedelta(0), "new"), (timedelta(seconds=1), "new")]
)
def test_a_version_holds_from_the_instant_that_it_names(since: timedelta, expected: str) -> None:
    assert PolicyBook([NEW, OLD]).current(LATER + since).version == expected


def test_before_every_beginning_the_first_one_holds() -> None:
    assert PolicyBook([NEW]).current(NINE).version == "new"


@pytest.mark.parametrize("others", [[], [OLD, OLD], [OLD, version("other")]])
def test_a_book_without_a_version_or_with_two_for_one_place_is_refused(others: list[Policy]) -> None:
    with pytest.raises(ValueError, match="polic"):
        PolicyBook(others)


@requirement("R3")
async def test_a_ticket_keeps_the_version_it_was_opened_under_and_the_next_one_has_the_new() -> None:
    # given a ticket of before
    line = Line(policies=PolicyBook([OLD, NEW]))
    line.send("m1", "La caméra du hall ne répond plus")
    await line.run()
    # when another comes once the new version holds, and the customer of the first writes again
    line.clock.set(LATER)
    line.send("m2", "La caméra du quai ne répond plus", {"received_at": LATER.isoformat()})
    number = next(iter(line.events("intake").values()))[0]["data"]["number"]
    again = {"kind": "reply", "ticket": number, "received_at": LATER.isoformat()}
    line.send("m3", "Toute l'alarme est en panne, plus rien ne protège le site", again)
    await line.run()
    # then every word about a ticket names the version that it began with
    by_ticket = list(line.events("intake").values())
    assert [{event["policy"] for event in events} for events in by_ticket] == [{"old"}, {"new"}]
    assert len(by_ticket[0]) > len(by_ticket[1])
    assert [{event["policy"] for event in events} for events in line.events("triage").values()] == [{"old"}, {"new"}]


@requirement("R3")
async def test_a_ticket_whose_version_is_not_here_waits_for_it_and_its_neighbours_do_not() -> None:
    # given intake that knows a version which triage lacks
    line = Line(policies=PolicyBook([OLD, NEW]))
    line.triage.policies = PolicyBook([OLD])
    line.triage.start(line.triage.crashes)
    line.send("m1", "La caméra du hall ne répond plus")
    await line.run()
    line.clock.set(LATER)
    line.send("m2", "La caméra du quai ne répond plus", {"received_at": LATER.isoformat()})
    # when both are triaged
    await line.run()
    # then the first is classified, and the second waits where a person sees it
    types = line.types("triage")
    assert types == [["ticket-classified"], ["needs-attention"]]


class Files:
    """A folder of policies, and a clock that a test turns."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.seconds = folder, 0.0

    def write(self, name: str, text: str) -> None:
        (self.folder / f"{name}.json").write_text(text, "utf-8")

    def put(self, policy: Policy) -> None:
        self.write(policy.version, policy.model_dump_json())

    def monotonic(self) -> float:
        return self.seconds


def test_a_version_that_is_put_into_the_folder_is_known_without_a_restart(tmp_path: Path) -> None:
    files = Files(tmp_path)
    files.put(OLD)
    policies = PolicyFiles(tmp_path, files.monotonic)
    files.put(NEW)

    assert list(policies.book.versions) == ["old"]
    files.seconds = LOOK_SECONDS
    assert list(policies.book.versions) == ["old", "new"]


def test_a_bad_file_changes_nothing_and_a_mended_one_does(tmp_path: Path) -> None:
    files = Files(tmp_path)
    files.put(OLD)
    policies = PolicyFiles(tmp_path, files.monotonic)

    files.write("new", "{")
    files.seconds += LOOK_SECONDS
    assert list(policies.book.versions) == ["old"]

    files.put(NEW)
    files.seconds += LOOK_SECONDS
    assert list(policies.book.versions) == ["old", "new"]


def test_a_service_does_not_start_on_a_bad_policy(tmp_path: Path) -> None:
    Files(tmp_path).write("bad", "{}")

    with pytest.raises(ValueError, match="version"):
        PolicyFiles(tmp_path, lambda: 0.0)


def test_without_a_place_the_shipped_policy_holds() -> None:
    assert PolicyFiles(None, lambda: 0.0).book.versions == (SHIPPED.version,)
