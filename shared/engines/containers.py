"""The real images, through Docker and testcontainers, where Docker answers.

Called by `choose` only. Containers are removed when they are stopped, or by testcontainers' own reaper when
we are killed.
"""

from __future__ import annotations

import importlib
import os
from types import ModuleType
from typing import TYPE_CHECKING

from pymongo import MongoClient
from pymongo.errors import OperationFailure

from shared.engines.kafka_jars import KAFKA_VERSION
from shared.engines.kafka_protocol import broker_count
from shared.engines.mongo_embedded import answers, uri
from shared.engines.supervise import EngineError, free_ports, wait_until

if TYPE_CHECKING:
    from testcontainers.core.container import DockerContainer

# The same version as embedded, so that both ways test one thing; the environment may name another image.
KAFKA_IMAGE = os.environ.get("SAV_KAFKA_IMAGE", f"apache/kafka:{KAFKA_VERSION}")
MONGO_IMAGE = os.environ.get("SAV_MONGO_IMAGE", "mongo:8")
READY_SECONDS = 90.0  # after the image is here: a container starts in a few seconds, on a slow disk in tens
PROBE_SECONDS = 3  # a Docker that takes longer to say hello is not one to wait for
KAFKA_PORT = 9092
MONGO_PORT = 27017
ALREADY_INITIATED = 23  # MongoDB's error code of that name


def docker_answers() -> bool:
    """Whether a Docker daemon answers and testcontainers is installed to drive it."""
    try:
        docker = importlib.import_module("docker")
        importlib.import_module("testcontainers.core.container")
    except ImportError:
        return False
    try:
        client = docker.from_env(timeout=PROBE_SECONDS)
        return bool(client.ping())
    except Exception:  # noqa: BLE001 (no socket, no permission, no daemon: in every case it does not answer)
        return False


class ContainerKafka:
    """One broker of the official image on a free port of the loopback."""

    description = f"{KAFKA_IMAGE}, in Docker"

    def __init__(self) -> None:
        """Prepare, without starting."""
        self._container: DockerContainer | None = None
        self._port = free_ports(1)[0]

    def start(self) -> str:
        """Start, wait until it serves, and return its address; does nothing when it runs already."""
        address = f"127.0.0.1:{self._port}"
        if self._container is None:
            # The broker must know the port under which we see it, so that port is ours to choose, not
            # Docker's.
            self._container = _containers().DockerContainer(KAFKA_IMAGE)
            self._container.with_bind_ports(KAFKA_PORT, self._port)
            for name, value in _kafka_settings(self._port).items():
                self._container.with_env(name, value)
            self._container.start()
            wait_until(lambda: broker_count(address) > 0, READY_SECONDS, self.description)
        return address

    def stop(self) -> None:
        """Stop and remove it."""
        if self._container is not None:
            self._container.stop()
            self._container = None


class ContainerMongo:
    """One server of the official image, as a replica set of one, so that majority means something."""

    description = f"{MONGO_IMAGE}, in Docker"

    def __init__(self) -> None:
        """Prepare, without starting."""
        self._container: DockerContainer | None = None
        self._port = free_ports(1)[0]

    def start(self) -> str:
        """Start, wait until it is primary, and return its URI; does nothing when it runs already."""
        address = uri(self._port)
        if self._container is None:
            self._container = _containers().DockerContainer(MONGO_IMAGE)
            self._container.with_bind_ports(MONGO_PORT, self._port)
            self._container.with_command("mongod --replSet sav --bind_ip_all")
            self._container.start()
            wait_until(lambda: answers(address), READY_SECONDS, self.description)
            wait_until(lambda: _is_primary(address), READY_SECONDS, self.description)
        return address

    def stop(self) -> None:
        """Stop and remove it."""
        if self._container is not None:
            self._container.stop()
            self._container = None


def _containers() -> ModuleType:
    try:
        return importlib.import_module("testcontainers.core.container")
    except ImportError as error:
        raise EngineError("Engines in Docker need the extra `dev`: pip install 'sav[dev]'") from error


def _is_primary(address: str) -> bool:
    with MongoClient[dict[str, object]](address) as client:
        try:
            client.admin.command(
                "replSetInitiate", {"_id": "sav", "members": [{"_id": 0, "host": f"127.0.0.1:{MONGO_PORT}"}]}
            )
        except OperationFailure as failure:
            if failure.code != ALREADY_INITIATED:
                raise
        return bool(client.admin.command("hello").get("isWritablePrimary"))


def _kafka_settings(port: int) -> dict[str, str]:
    return {
        "KAFKA_NODE_ID": "1",
        "KAFKA_PROCESS_ROLES": "broker,controller",
        "KAFKA_CONTROLLER_QUORUM_VOTERS": "1@localhost:9093",
        "KAFKA_CONTROLLER_LISTENER_NAMES": "CONTROLLER",
        "KAFKA_LISTENERS": f"PLAINTEXT://0.0.0.0:{KAFKA_PORT},CONTROLLER://localhost:9093",
        "KAFKA_ADVERTISED_LISTENERS": f"PLAINTEXT://127.0.0.1:{port}",
        "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR": "1",
        "KAFKA_OFFSETS_TOPIC_NUM_PARTITIONS": "5",
        "KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR": "1",
        "KAFKA_TRANSACTION_STATE_LOG_MIN_ISR": "1",
        "KAFKA_SHARE_COORDINATOR_STATE_TOPIC_REPLICATION_FACTOR": "1",
        "KAFKA_SHARE_COORDINATOR_STATE_TOPIC_MIN_ISR": "1",
        "KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS": "0",
        "KAFKA_GROUP_MIN_SESSION_TIMEOUT_MS": "1000",
        "KAFKA_AUTO_CREATE_TOPICS_ENABLE": "false",
        "KAFKA_MESSAGE_MAX_BYTES": "1048588",
        "KAFKA_OFFSETS_RETENTION_MINUTES": "64800",
    }
