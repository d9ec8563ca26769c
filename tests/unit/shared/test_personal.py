"""The one seam of personal data: what goes in comes out, and what newer code sealed is not guessed at."""

from __future__ import annotations

import pytest

from shared.personal import CLEAR, ClearSeal, UnknownSeal

SEAL = ClearSeal()


@pytest.mark.parametrize(
    "clear", [{}, {"name": "Mme Martin"}, {"text": "Panne\n« urgente » 🚨", "phone": "+33199000001"}]
)
def test_what_was_sealed_is_opened_again(clear: dict[str, object]) -> None:
    assert SEAL.open("T-1", SEAL.seal("T-1", clear)) == clear


def test_data_that_no_key_protects_says_so() -> None:
    assert SEAL.seal("T-1", {"name": "Mme Martin"})["seal"] == CLEAR


def test_nothing_personal_leaves_nothing_to_seal() -> None:
    assert SEAL.seal("T-1", {}) == {}


@pytest.mark.parametrize(
    "sealed",
    [
        {"seal": "aes-gcm.v1", "data": "c2VhbGVk"},
        {"seal": CLEAR, "data": "text"},
        {"seal": CLEAR},
        {"data": {"name": "x"}},
    ],
)
def test_what_newer_code_sealed_is_left_to_newer_code(sealed: dict[str, object]) -> None:
    with pytest.raises(UnknownSeal):
        SEAL.open("T-1", sealed)
