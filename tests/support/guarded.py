"""A real broker that asks who somebody is and what they may do, with the users and rights of the manifests.

For tests of `deploy/kubernetes/rights.py`: SCRAM-SHA-512 and Kafka's own authorizer as in production, without TLS.
"""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.protocol.admin import CreateAclsRequest

from deploy.kubernetes.rights import Principal, acls
from shared.engines import kafka_embedded
from shared.engines.kafka_embedded import EmbeddedKafka
from shared.engines.supervise import Child, free_ports, spawn

PASSWORD = "motdepasse"
GUARD = """
listeners=PLAINTEXT://127.0.0.1:{port},USERS://127.0.0.1:{users},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port},USERS://127.0.0.1:{users}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,USERS:SASL_PLAINTEXT
sasl.enabled.mechanisms=SCRAM-SHA-512
listener.name.users.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:ANONYMOUS
"""
"""Of two lines with one name the later one counts."""
_KINDS = {"topic": 2, "group": 3}
_OPERATIONS = {"Read": 3, "Write": 4}
_LITERAL, _ALLOW = 3, 3
"""Numbers of Kafka's protocol."""


class GuardedKafka(EmbeddedKafka):
    """One broker: `address` is the services' listener, `users_address` the one that asks for a name."""

    def __init__(self, folder: Path, users: Sequence[str]) -> None:
        super().__init__(folder)
        self._users = list(users)
        self._users_port = free_ports(1)[0]

    @property
    def users_address(self) -> str:
        """Where users enter."""
        return f"127.0.0.1:{self._users_port}"

    def _launch(self, jars: list[Path], port: int, controller: int) -> Child:
        properties = self._folder / "server.properties"
        self._folder.mkdir(parents=True, exist_ok=True)
        logging = self._folder / "log4j2.xml"
        logging.write_text(kafka_embedded.LOGGING, "utf-8")
        places = {"port": port, "controller": controller, "users": self._users_port, "data": self._folder / "data"}
        properties.write_text((kafka_embedded.PROPERTIES + GUARD).format(**places), "utf-8")
        options = [*kafka_embedded.QUIET, f"-Dlog4j2.configurationFile={logging}", "-cp", ":".join(map(str, jars))]
        java = kafka_embedded._java()
        scram = [f"--add-scram=SCRAM-SHA-512=[name={name},password={PASSWORD}]" for name in self._users]
        tool = ["kafka.tools.StorageTool", "format", "--cluster-id=c2F2LW9uZS1tYWNoaW5lMQ", "-c", str(properties)]
        done = subprocess.run(
            [java, *kafka_embedded.FORMATTING, *options, *tool, *scram],
            capture_output=True,
            check=False,
            timeout=kafka_embedded.FORMAT_SECONDS,
            text=True,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        command: list[str | Path] = [java, *kafka_embedded.HEAP, *options, "kafka.Kafka", properties]
        return spawn("Kafka", command, log=self._folder / "kafka.log")


async def allow(bootstrap: str, users: Sequence[Principal], prefix: str) -> None:
    """Make every right of these users, as Strimzi's operator does from the manifest."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        for user in users:
            for rule in acls(user, prefix):
                what, (operation,) = rule["resource"], rule["operations"]
                assert what["patternType"] == "literal"
                answer = await admin._send_request(
                    CreateAclsRequest(
                        _KINDS[what["type"]],
                        what["name"],
                        _LITERAL,
                        f"User:{user.name}",
                        rule["host"],
                        _OPERATIONS[operation],
                        _ALLOW,
                    )
                )
                assert [code for code, _ in answer.creation_responses] == [0], answer
    finally:
        await admin.close()
