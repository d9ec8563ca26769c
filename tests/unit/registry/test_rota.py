"""R1: who is on call at an instant is data, and anybody can say it; what nobody could call is refused."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from shared.registry.model import Duty, Person, Staff
from tests.requirements import requirement
from tests.unit.registry.files import FILES, faults_of, joined, with_files
from tests.unit.services.harness import AROUND, DAY, paris

BEGIN, END = paris(2026, 12, 21, 8, 30), paris(2026, 12, 28, 8, 30)
HEADING = "personne;rang;debut;fin\n"


def person(name: str, role: str = "technician", phone: str = "+33639980001") -> Person:
    return Person.model_validate({"id": name, "name": name, "role": role, "phone": phone})


def duty(name: str, rank: int, starts: datetime = BEGIN, ends: datetime = END) -> Duty:
    return Duty(person=name, rank=rank, starts=starts, ends=ends)


PEOPLE = (person("T-1"), person("T-2"), person("M-1", "manager"), person("T-3", phone=""))


def called(*duties: Duty, at: datetime = BEGIN + DAY) -> list[str]:
    return [one.id for one in Staff(people=PEOPLE, duties=duties).on_call_at(at)]


@requirement("R1")
def test_the_first_rank_is_called_first_then_the_next_then_the_manager() -> None:
    assert called(duty("T-2", 2), duty("T-1", 1)) == ["T-1", "T-2", "M-1"]


@requirement("R1")
@pytest.mark.parametrize(("off", "said"), AROUND)
def test_a_turn_begins_and_ends_to_the_second(off: timedelta, said: str) -> None:
    assert ("T-1" in called(duty("T-1", 1), at=BEGIN + off)) is (said != "just before")
    assert ("T-1" in called(duty("T-1", 1), at=END + off)) is (said == "just before")


@requirement("R1")
def test_nobody_is_called_twice_and_nobody_without_a_telephone() -> None:
    assert called(duty("M-1", 1), duty("T-3", 2), duty("T-9", 3)) == ["M-1"]
    assert called() == ["M-1"]


@requirement("R1")
def test_the_file_says_the_company_s_own_time() -> None:
    (data,) = (data for name, data in joined(with_files()).items() if name.kind == "duty")
    turn = Duty.model_validate(data)

    assert (turn.person, turn.rank, turn.starts, turn.ends) == ("T-01", 1, BEGIN, END)


@pytest.mark.parametrize(
    ("line", "column", "reason"),
    [
        ("T-77;1;2026-12-21 08:30;2026-12-28 08:30", "personne", "personnes.csv"),
        ("T-02;1;2026-12-21 08:30;2026-12-28 08:30", "personne", "téléphone"),
        ("T-01;0;2026-12-21 08:30;2026-12-28 08:30", "rang", "rang refusé"),
        ("T-01;1;2026-12-21;2026-12-28 08:30", "debut", "moment refusé"),
        ("T-01;1;2026-12-21 24:00;2026-12-28 08:30", "debut", "moment refusé"),
        ("T-01;1;2026-03-29 02:30;2026-12-28 08:30", "debut", "n'existe pas"),
        ("T-01;1;2026-12-28 08:30;2026-12-28 08:30", "fin", "avant de commencer"),
        ("T-01;1;2026-12-21 08:30;2026-12-28 08:30\nM-01;1;2026-12-28 08:29;2027-01-01 08:30", "debut", "ligne 2"),
        ("T-01;1;2026-12-21 08:30;2026-12-28 08:30\nM-01;1;2026-12-21 08:30;2027-01-01 08:30", "debut", "déjà"),
    ],
)
def test_what_cannot_be_a_turn_is_a_fault_with_its_place(line: str, column: str, reason: str) -> None:
    people = FILES["personnes.csv"] + "T-02;Sans téléphone;technicien;lyon;;;\n"

    faults = faults_of(personnes=people, astreintes=HEADING + line + "\n")

    assert [(one.file, one.column) for one in faults] == [("astreintes.csv", column)]
    assert reason in faults[0].reason


def test_two_turns_that_touch_do_not_overlap() -> None:
    turns = "T-01;1;2026-12-21 08:30;2026-12-28 08:30\nM-01;1;2026-12-28 08:30;2027-01-04 08:30\n"

    assert joined(with_files(astreintes=HEADING + turns))
