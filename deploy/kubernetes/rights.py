"""What an adapter's credentials may do on Kafka: write what it takes in, read what it is to send, and nothing else.

Called by `build`, and by the test that tries every right on a real broker. Pure: it follows from the catalogue.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from deploy.kubernetes.common import NAMESPACE, Json, part_of
from deploy.kubernetes.services import CLUSTER, ENVIRONMENT
from shared.topics import BY_NAME

Operation = Literal["Read", "Write"]

USERS_BOOTSTRAP = f"{CLUSTER}-kafka-bootstrap.{NAMESPACE}.svc:9093"
"""The listener that asks who somebody is (`cluster.yaml`); the services' own is fenced from everybody else."""
CLUSTER_CA = f"{CLUSTER}-cluster-ca-cert"
"""Made by Strimzi: with its `ca.crt` an adapter knows the brokers."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Somebody who enters Kafka under a name."""

    name: str
    channel: str
    group: str
    """Of its consumers, without the environment's prefix."""
    knows_customers: bool = False
    """Whether it reads the registry too: an exception, see `USERS`."""


USERS = (
    Principal("mail-receive", "email", "mail"),
    Principal("mail-fetch", "email", "mail"),
    # To say less to a stranger than to a customer, it must know who is one.
    Principal("mail-send", "email", "mail", knows_customers=True),
    Principal("portal", "portal", "portal"),
    # The switchboard is told within 200 ms who calls: from memory.
    Principal("phone", "phone", "phone", knows_customers=True),
    # For an adapter that somebody else writes: copy these, and give each a name of its own.
    Principal("email-adapter", "email", "email-adapter"),
    Principal("phone-adapter", "phone", "phone-adapter"),
    Principal("portal-adapter", "portal", "portal-adapter"),
)


def topics_of(user: Principal) -> Iterator[tuple[str, Operation]]:
    """Yield each topic (without prefix) with the one thing that the user may do there."""
    yield f"sav.requests.{user.channel}", "Write"
    yield "sav.deliveries", "Write"
    yield "sav.channels", "Write"
    yield "sav.notify", "Read"
    if user.knows_customers:
        yield "sav.registry", "Read"


def acls(user: Principal, prefix: str) -> list[Json]:
    """Return the rights as Strimzi writes them. Write and Read bring Describe with them; nobody may make a topic."""
    wanted: dict[str, Operation] = dict(topics_of(user))
    assert set(wanted) <= set(BY_NAME), "a right on a topic that the catalogue does not have"
    rules = [_rule("topic", prefix + name, operation) for name, operation in wanted.items()]
    return [*rules, _rule("group", prefix + user.group, "Read")]


def _rule(kind: str, name: str, operation: Operation) -> Json:
    return {
        "resource": {"type": kind, "name": name, "patternType": "literal"},
        "operations": [operation],
        "host": "*",
    }


def kafka_user(user: Principal) -> Json:
    """Return the user for Strimzi's user operator, which makes the password and puts it into a secret of that name."""
    return {
        "apiVersion": "kafka.strimzi.io/v1",
        "kind": "KafkaUser",
        "metadata": {
            "name": user.name,
            "namespace": NAMESPACE,
            "labels": {"strimzi.io/cluster": CLUSTER, **part_of()},
        },
        "spec": {
            "authentication": {"type": "scram-sha-512"},
            "authorization": {"type": "simple", "acls": acls(user, f"{ENVIRONMENT}.")},
        },
    }
