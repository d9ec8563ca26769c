"""What was published once can be read for ever: the recorded sample of every type, read by the code of today."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from shared import codec
from shared.codec import sealed_data
from shared.events.catalogue import COMMANDS, ENTRIES
from shared.personal import ClearSeal
from tests.replay.representatives import REPRESENTATIVES
from tests.replay.write_samples import FOLDER, is_recorded, path_of, sample_of, type_of

SEAL = ClearSeal()
SAMPLES = sorted(FOLDER.glob("*.json"))


def is_kept(recorded: Any, read: Any) -> bool:
    """Tell whether everything recorded is still there; a field that came later may have been added."""
    if isinstance(recorded, dict) and isinstance(read, dict):
        return all(name in read and is_kept(value, read[name]) for name, value in recorded.items())
    if isinstance(recorded, list) and isinstance(read, list):
        return len(recorded) == len(read) and all(map(is_kept, recorded, read))
    return bool(recorded == read)


@pytest.mark.parametrize("path", SAMPLES, ids=[path.stem for path in SAMPLES])
def test_the_code_of_today_reads_what_was_recorded_and_loses_nothing_of_it(path: Any) -> None:
    envelope = codec.decode(path.read_bytes())

    payload = codec.open_payload(envelope, SEAL)

    assert payload is not None
    assert type(payload) is ENTRIES[type_of(path)].model
    assert is_kept(envelope.data, sealed_data(payload, envelope.subject, SEAL))


@pytest.mark.parametrize("name", ENTRIES)
def test_every_type_of_the_catalogue_has_a_sample(name: str) -> None:
    assert path_of(name).is_file(), "run: python -m tests.replay.write_samples"


@pytest.mark.parametrize("name", ENTRIES)
def test_every_field_that_is_published_today_is_in_a_recorded_sample(name: str) -> None:
    assert is_recorded(name), "run: python -m tests.replay.write_samples"


def test_there_is_a_representative_of_every_type() -> None:
    assert REPRESENTATIVES.keys() == ENTRIES.keys()


@pytest.mark.parametrize("name", ENTRIES)
def test_a_sample_shows_every_field_of_its_type(name: str) -> None:
    shown = orjson.loads(sample_of(REPRESENTATIVES[name]))["data"]

    assert set(ENTRIES[name].model.model_fields) - set(shown) <= {"personal"}


@pytest.mark.parametrize("name", ENTRIES)
def test_an_event_has_a_seq_and_a_command_has_none(name: str) -> None:
    envelope = codec.decode(path_of(name).read_bytes())

    assert (envelope.seq is None) is (name in COMMANDS)


@pytest.mark.parametrize("name", ENTRIES)
def test_what_is_read_back_from_today_s_bytes_is_what_was_written(name: str) -> None:
    written = REPRESENTATIVES[name]

    payload = codec.open_payload(codec.decode(sample_of(written)), SEAL)

    assert payload is not None
    assert payload.model_dump() == written.model_dump()
