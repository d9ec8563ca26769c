"""The embedded engines: they keep what they acknowledged, and nothing of them outlives whoever started them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from pymongo import MongoClient, WriteConcern

from shared.engines import kafka_jars
from shared.engines.choose import Engines, Source, source
from shared.engines.kafka_embedded import EmbeddedKafka
from shared.engines.kafka_protocol import broker_count
from shared.engines.mongo_embedded import EmbeddedMongo, answers
from shared.engines.supervise import Child, EngineError, free_ports, spawn, wait_until
from tests.support.kafka import TestTopics

ROOT = Path(__file__).resolve().parents[2]
SLEEPER = [sys.executable, "-c", "import time; time.sleep(600)"]


@pytest.mark.chaos
async def test_a_killed_broker_comes_back_on_its_port_with_all_that_it_acknowledged(
    mortal_kafka: EmbeddedKafka,
) -> None:
    # given a topic with acknowledged records
    address = mortal_kafka.start()
    async with TestTopics(address, f"kill{os.getpid()}.") as topics:
        topic = await topics.create("kept", partitions=1)
        await topics.produce(topic, [b"%d" % number for number in range(50)])
        # when the broker is killed without warning and started again
        mortal_kafka.kill()
        assert broker_count(address) == 0
        assert mortal_kafka.start() == address
        # then it has them all
        records = await topics.read(topic, 50)
        assert [record.value for record in records] == [b"%d" % number for number in range(50)]


@pytest.mark.chaos
def test_a_killed_store_comes_back_on_its_port_with_all_that_it_acknowledged(tmp_path: Path) -> None:
    # given a store with documents acknowledged as our journals want it
    store = EmbeddedMongo(tmp_path)
    address = store.start()
    journalled = WriteConcern("majority", j=True)
    with MongoClient[dict[str, object]](address) as client:
        kept = client["t"].get_collection("journal", write_concern=journalled)
        for number in range(50):
            kept.insert_one({"_id": f"a#{number}"})
        kept.insert_many([{"_id": f"b#{number}"} for number in range(200)], ordered=False)
        # when it is killed right after the last acknowledgement and started again
        store.kill()
    assert not answers(address)
    assert store.start() == address
    # then it has them all
    with MongoClient[dict[str, object]](address) as client:
        assert client["t"]["journal"].count_documents({}) == 250
    store.stop()


@pytest.mark.chaos
def test_a_store_that_was_stopped_is_gone_when_stop_returns_and_keeps_its_data(tmp_path: Path) -> None:
    store = EmbeddedMongo(tmp_path)
    with MongoClient[dict[str, object]](store.start()) as client:
        client["t"]["x"].insert_one({"_id": 1})
    pid = store.pid
    assert pid is not None

    store.stop()

    assert not _exists(pid)
    assert store.pid is None
    with MongoClient[dict[str, object]](store.start()) as client:
        assert client["t"]["x"].find_one() == {"_id": 1}
    store.stop()


@pytest.mark.chaos
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux kills a child with its parent")
def test_no_server_survives_a_parent_that_was_killed(tmp_path: Path) -> None:
    # given a process that started a store, and waits
    program = (
        "import time; from pathlib import Path; from shared.engines.mongo_embedded import EmbeddedMongo\n"
        f"store = EmbeddedMongo(Path({str(tmp_path)!r})); store.start()\n"
        "print(store.pid, flush=True); time.sleep(600)"
    )
    with subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        server = int(parent.stdout.readline())
        assert _exists(server)
        # when that process is killed, so that it cannot clean up
        parent.send_signal(signal.SIGKILL)
        parent.wait()
        # then its server goes with it
        wait_until(lambda: not _exists(server), 10, "the end of the server")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux kills a child with its parent")
def test_a_child_outlives_the_short_lived_thread_that_asked_for_it(tmp_path: Path) -> None:
    # Linux ties a child to the thread that made it, not to the process: the trap that `spawn` goes round
    made: list[Child] = []
    thread = threading.Thread(target=lambda: made.append(spawn("sleeper", SLEEPER, log=tmp_path / "log")))

    thread.start()
    thread.join()

    _stays(made[0], seconds=0.3)
    assert made[0].kill() == -signal.SIGKILL


def test_stopping_kills_what_does_not_want_to_end(tmp_path: Path) -> None:
    deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True)"
    stubborn = [sys.executable, "-c", f"{deaf}; time.sleep(600)"]
    child = spawn("stubborn", stubborn, log=tmp_path / "log")
    child.wait_until(lambda: "deaf" in (tmp_path / "log").read_text(), 20)

    assert child.stop(grace=0.2) == -signal.SIGKILL


def test_who_did_not_hear_that_it_should_end_is_asked_again(tmp_path: Path) -> None:
    # given a server that misses the first request
    missing = "import signal, sys, time; heard = []; end = lambda *_: heard.append(1) or len(heard) > 1 and sys.exit(7)"
    program = f"{missing}; signal.signal(signal.SIGTERM, end); print('up', flush=True)\nwhile True: time.sleep(0.1)"
    child = spawn("absent", [sys.executable, "-c", program], log=tmp_path / "log")
    child.wait_until(lambda: "up" in (tmp_path / "log").read_text(), 20)

    assert child.stop(grace=20, deaf=lambda: True) == 7


def test_a_server_that_ends_by_itself_is_reported_with_what_it_said(tmp_path: Path) -> None:
    failing = [sys.executable, "-c", "print('the disk is full'); raise SystemExit(3)"]
    child = spawn("broker", failing, log=tmp_path / "log")

    with pytest.raises(EngineError, match=r"(?s)broker ended by itself \(exit code 3\).*the disk is full"):
        child.wait_until(lambda: False, 20)


def test_a_port_where_nobody_listens_has_no_broker() -> None:
    assert broker_count(f"127.0.0.1:{free_ports(1)[0]}") == 0


@pytest.mark.parametrize(
    ("environment", "docker", "expected"),
    [
        ({"SAV_KAFKA": "broker:9092"}, True, Source.NAMED),
        ({"SAV_KAFKA": "broker:9092", "SAV_ENGINES": "embedded"}, True, Source.NAMED),
        ({}, True, Source.DOCKER),
        ({}, False, Source.EMBEDDED),
        ({"SAV_KAFKA": ""}, False, Source.EMBEDDED),
        ({"SAV_ENGINES": "embedded"}, True, Source.EMBEDDED),
        ({"SAV_ENGINES": "docker"}, False, Source.DOCKER),
    ],
)
def test_named_servers_come_first_then_docker_then_embedded_ones(
    environment: dict[str, str], docker: bool, expected: Source
) -> None:
    assert source("SAV_KAFKA", environment, lambda: docker) is expected


def test_an_unknown_choice_of_engines_is_refused() -> None:
    with pytest.raises(EngineError, match="SAV_ENGINES must be"):
        source("SAV_KAFKA", {"SAV_ENGINES": "podman"}, lambda: True)


def test_a_named_server_is_used_as_it_is_and_its_address_is_not_shown(tmp_path: Path) -> None:
    named = {"SAV_KAFKA": "broker:9092", "SAV_MONGO": "mongodb://user:secret@host"}
    with Engines(tmp_path, named) as engines:
        assert engines.kafka() == "broker:9092"
        assert engines.mongo("triage") == engines.mongo("intake") == "mongodb://user:secret@host"
        assert "secret" not in engines.description
        assert "secret" not in " ".join(engines.started)


def test_a_jar_that_differs_from_its_committed_hash_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # given a resolver that brings files of the right names with other bytes
    class Resolved:
        all_jars = tuple(tmp_path / "repository" / name for name in kafka_jars.expected_hashes())

    (tmp_path / "repository").mkdir()
    for jar in Resolved.all_jars:
        jar.write_bytes(b"not this")
    monkeypatch.setattr("jgo.build", lambda *_, **__: Resolved)
    # when they are asked for, then they are refused and none is left in the cache
    with pytest.raises(EngineError, match="is not the file that"):
        kafka_jars.kafka_jars(lambda _: None, tmp_path / "cache")
    assert not list((tmp_path / "cache").rglob("*.jar"))


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _stays(child: Child, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        assert child.exit_code is None
