"""Fixtures of every test: the engines, started when first asked for and once a session, and topics of one's
own.

Unit tests start nothing. Tests on real engines share one process, so that there is one broker at most.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from xdist.scheduler import LoadScopeScheduling

from shared.engines.choose import Engines
from shared.engines.kafka_embedded import EmbeddedKafka
from tests.support.kafka import TestTopics

ENGINE_FIXTURES = {"engines", "kafka", "mongo_uri", "mortal_kafka"}
ENGINE_ROOMS = ("tests/browser/", "tests/contract/", "tests/integration/", "tests/unit/audit/test_read.py")
# One record at a time goes through most tests: waiting for its neighbours would be most of what they do.
os.environ.setdefault("SAV_GATHER_SECONDS", "0.01")
os.environ.setdefault("SAV_SWEEP_SECONDS", "0.25")
STARTED = pytest.StashKey[set[str]]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[STARTED] = set()


def pytest_report_header() -> str:
    return f"engines, if a test asks for them: {Engines(Path()).description}"


def pytest_collection_modifyitems(items: Sequence[pytest.Item]) -> None:
    for item in items:
        if ENGINE_FIXTURES & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.kafka)


class EnginesTogether(LoadScopeScheduling):  # type: ignore[misc]
    """Tests of one room that needs engines run in one process, one broker; any other test where there is room.

    xdist 3.8 groups by a suffix that it writes into what pytest 9 no longer reads: its own groups are none.
    """

    def _split_scope(self, nodeid: str) -> str:
        return "engines" if nodeid.startswith(ENGINE_ROOMS) else nodeid


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> EnginesTogether:
    return EnginesTogether(config, log)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    output = getattr(session.config, "workeroutput", None)  # only in a worker of xdist
    if output is not None:
        started: set[str] = session.config.stash[STARTED]
        output["engines"] = sorted(started)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    node.config.stash[STARTED].update(getattr(node, "workeroutput", {}).get("engines", ()))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    started: set[str] = config.stash[STARTED]
    terminalreporter.write_line(f"engines that ran: {'; '.join(sorted(started)) or 'none was needed'}")


@pytest.fixture(scope="session")
def engines(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Iterator[Engines]:
    """The engines of this session: none runs until it is asked for."""
    with Engines(tmp_path_factory.mktemp("engines")) as chosen:
        yield chosen
        pytestconfig.stash[STARTED].update(chosen.started)


@pytest.fixture(scope="session")
def kafka(engines: Engines) -> str:
    """The bootstrap servers of the session's Kafka."""
    return engines.kafka()


@pytest.fixture(scope="session")
def mongo_uri(engines: Engines) -> str:
    """The session's MongoDB server; a test uses a database of its own (`database_name`)."""
    return engines.mongo("tests")


@pytest.fixture
def database_name() -> str:
    """A database name that no other test has."""
    return f"t{uuid4().hex[:12]}"


@pytest.fixture
async def topics(kafka: str) -> AsyncIterator[TestTopics]:
    """Topics under a prefix of this test's own, deleted afterwards."""
    async with TestTopics(kafka, f"t{uuid4().hex[:8]}.") as made:
        yield made


@pytest.fixture
def mortal_kafka(engines: Engines, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedKafka]:
    """A broker that a test may freeze or kill: the session's when it is embedded, else one of our own."""
    engines.kafka()
    broker = engines.embedded_kafka
    ours = broker is None
    if broker is None:
        broker = EmbeddedKafka(tmp_path_factory.mktemp("mortal"))
    broker.start()
    yield broker
    if ours:
        broker.stop()
    else:
        broker.start()
