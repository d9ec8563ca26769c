"""The generated pages say what the code says: run their generators and commit, where one of these fails."""

from __future__ import annotations

import re

import pytest

from shared.events.catalogue import ENTRIES, EVENTS
from shared.topics import BY_NAME, TOPICS
from tests import catalogue_table, requirements_table
from tests.requirements import REQUIREMENTS, requirement


def test_the_table_of_requirements_is_that_of_the_code() -> None:
    written = requirements_table.TABLE.read_text("utf-8")

    assert written == requirements_table.table(), "run: python -m tests.requirements_table --write"


def test_the_table_of_events_is_that_of_the_code() -> None:
    written = catalogue_table.TABLE.read_text("utf-8")

    assert written == catalogue_table.table(), "run: python -m tests.catalogue_table --write"


def test_every_requirement_is_proved_by_a_test() -> None:
    proved = {name for one in requirements_table.proving_tests() if not one.gap for name in one.ids}

    assert set(REQUIREMENTS) - proved == set()


def test_every_requirement_with_a_limit_has_a_rule_that_names_it() -> None:
    rules = requirements_table.told_in_docstrings(*requirements_table.RULES)

    named = {name for one in rules for name in one.ids}
    assert {"R3", "R7", "R8", "R9", "R10", "R11", "R13", "R14"} - named == set()


def test_every_type_and_topic_is_in_the_table() -> None:
    page = catalogue_table.table()

    assert {name for name in (*ENTRIES, *BY_NAME) if f"`{name}`" not in page} == set()


def test_a_type_names_its_owner_its_event_and_its_version() -> None:
    for name, entry in ENTRIES.items():
        assert re.fullmatch(rf"sav\.{entry.owner}\.[a-z]+(-[a-z]+)*\.v[1-9]\d*", name), name
        words = re.sub(r"(?<!^)(?=[A-Z])", "-", entry.model.__name__).lower()
        assert name.split(".")[2] == words, name


def test_every_event_is_published_on_the_topic_of_its_owner() -> None:
    for entry in EVENTS.values():
        assert BY_NAME[entry.topic].writer == entry.owner
    assert len({topic.name for topic in TOPICS}) == len(TOPICS)


def test_a_test_says_which_requirement_it_proves() -> None:
    @requirement("R3", "R13")
    def test_something() -> None:
        """Prove nothing."""

    assert getattr(test_something, "requirements", ()) == ("R3", "R13")
    with pytest.raises(ValueError, match="R99"):
        requirement("R99")


@pytest.mark.parametrize(
    ("text", "named"),
    [("(R13)", {"R13"}), ("R5 to R8", {"R5", "R6", "R7", "R8"}), ("R99, PR3, R3b", set()), ("", set())],
)
def test_requirements_are_found_in_a_docstring_by_their_name(text: str, named: set[str]) -> None:
    assert requirements_table.named_in(text) == named
