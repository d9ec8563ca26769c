"""Which Kafka and which MongoDB: those the environment names, else Docker's, else embedded ones.

Called by the demo, `sav dev` and the tests. Nothing in the product asks which server answers: it gets
addresses. Only what is started here is ever stopped here.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from shared.engines.containers import ContainerKafka, ContainerMongo, docker_answers
from shared.engines.kafka_embedded import EmbeddedKafka, to_stderr
from shared.engines.mongo_embedded import EmbeddedMongo
from shared.engines.supervise import EngineError

KAFKA_VARIABLE = "SAV_KAFKA"  # "host:port[,host:port]" of a running Kafka
MONGO_VARIABLE = "SAV_MONGO"  # "mongodb://..." of a running MongoDB
ENGINES_VARIABLE = "SAV_ENGINES"  # "docker" or "embedded": do not look, use these


class Source(StrEnum):
    """Where a server comes from."""

    NAMED = "named"
    DOCKER = "docker"
    EMBEDDED = "embedded"


class Server(Protocol):
    """What every kind of server can do."""

    @property
    def description(self) -> str:
        """Its name and version, and where it comes from."""
        ...

    def start(self) -> str:
        """Start it if it does not run, and return its address."""
        ...

    def stop(self) -> None:
        """Stop it if we started it."""
        ...


class NamedServer:
    """A server that somebody else runs: never started, never stopped."""

    def __init__(self, variable: str, address: str) -> None:
        """Remember the address and the variable that named it."""
        self._address = address
        # Not the address itself: a URI may hold a password, and this line goes into logs.
        self.description = f"a server named by {variable}"

    def start(self) -> str:
        """Return its address."""
        return self._address

    def stop(self) -> None:
        """Leave it alone."""


def source(variable: str, environment: Mapping[str, str], docker: Callable[[], bool] = docker_answers) -> Source:
    """Where the server that `variable` may name comes from.

    Raises EngineError when SAV_ENGINES says nonsense.
    """
    if environment.get(variable):
        return Source.NAMED
    wanted = environment.get(ENGINES_VARIABLE, "")
    if wanted:
        if wanted not in (Source.DOCKER, Source.EMBEDDED):
            raise EngineError(f"{ENGINES_VARIABLE} must be 'docker' or 'embedded', not {wanted!r}")
        return Source(wanted)
    return Source.DOCKER if docker() else Source.EMBEDDED


class Engines:
    """The servers of one demo, test session or development session: each is started when first asked for."""

    def __init__(
        self,
        folder: Path,
        environment: Mapping[str, str] | None = None,
        *,
        docker: Callable[[], bool] = docker_answers,
        say: Callable[[str], None] = to_stderr,
    ) -> None:
        """Choose, without starting anything; embedded servers keep their data under `folder`."""
        self._folder = folder
        self._environment = os.environ if environment is None else environment
        self._say = say
        self.kafka_source = source(KAFKA_VARIABLE, self._environment, docker)
        self.mongo_source = source(MONGO_VARIABLE, self._environment, docker)
        self._kafka_server: Server | None = None
        self._mongo_servers: dict[str, Server] = {}

    @property
    def description(self) -> str:
        """One line for people: which engines these are, started or not."""
        return f"Kafka = {self._new_kafka().description}; MongoDB = {self._new_mongo('-').description}"

    @property
    def embedded_kafka(self) -> EmbeddedKafka | None:
        """The broker itself when it is embedded and was asked for: chaos tests freeze it or kill it."""
        return self._kafka_server if isinstance(self._kafka_server, EmbeddedKafka) else None

    def kafka(self) -> str:
        """The bootstrap servers, started now if need be."""
        if self._kafka_server is None:
            self._kafka_server = self._new_kafka()
        return self._kafka_server.start()

    def mongo(self, name: str) -> str:
        """The URI of the server for a service's database: one server each when embedded, else one for all."""
        name = name if self.mongo_source is Source.EMBEDDED else "all"
        if name not in self._mongo_servers:
            self._mongo_servers[name] = self._new_mongo(name)
        return self._mongo_servers[name].start()

    def stop(self) -> None:
        """Stop all that was started, the last first; the data of embedded servers stays."""
        for server in [*self._mongo_servers.values(), *filter(None, [self._kafka_server])]:
            server.stop()

    @property
    def started(self) -> list[str]:
        """What was really started (or used, when named) so far: the line that says which engines ran."""
        servers = [*filter(None, [self._kafka_server]), *self._mongo_servers.values()]
        return sorted({server.description for server in servers})

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _new_kafka(self) -> Server:
        match self.kafka_source:
            case Source.NAMED:
                return NamedServer(KAFKA_VARIABLE, self._environment[KAFKA_VARIABLE])
            case Source.DOCKER:
                return ContainerKafka()
            case Source.EMBEDDED:
                return EmbeddedKafka(self._folder / "kafka", say=self._say)

    def _new_mongo(self, name: str) -> Server:
        match self.mongo_source:
            case Source.NAMED:
                return NamedServer(MONGO_VARIABLE, self._environment[MONGO_VARIABLE])
            case Source.DOCKER:
                return ContainerMongo()
            case Source.EMBEDDED:
                return EmbeddedMongo(self._folder / f"mongo-{name}")
