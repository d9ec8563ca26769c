"""Writes the manifests that follow from the code: `python -m deploy.kubernetes.build --write`, or prints them.

`topics.yaml` has every topic of the catalogue for Strimzi, `users.yaml` who may do what on them, `services.yaml` every
service, `adapters.yaml` every adapter, `monitoring.yaml` what Prometheus' operator is told. A test fails where they
differ from the code. What does not follow from the code (the cluster, the namespace) is written by hand beside them.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import yaml

from deploy.kubernetes import adapters, monitoring
from deploy.kubernetes.common import NAMESPACE, PORT, Json, part_of
from deploy.kubernetes.rights import USERS, kafka_user
from deploy.kubernetes.services import (
    BOOTSTRAP,
    CLUSTER,
    ENVIRONMENT,
    deployment,
    disruption_budget,
    scaled_object,
    service,
)
from shared.runtime.topics_admin import configuration
from shared.topics import STAGES, TOPICS, Topic

FOLDER = Path(__file__).parent
COPIES = 3
"""Of each partition: with two of them in sync, what is acknowledged survives the loss of a broker."""
SERVICES = (*STAGES, "desk")
_HEAD = "# Made by `python -m deploy.kubernetes.build --write` from the code; a test fails where it differs.\n"


def topic(one: Topic) -> Json:
    """Return a topic for Strimzi's topic operator: the same settings as `sav topics create` gives it."""
    return {
        "apiVersion": "kafka.strimzi.io/v1",
        "kind": "KafkaTopic",
        "metadata": {
            "name": f"{ENVIRONMENT}.{one.name}",
            "namespace": NAMESPACE,
            "labels": {"strimzi.io/cluster": CLUSTER, **part_of()},
            "annotations": {"sav/owner": one.writer, "sav/read-by": ", ".join(one.readers)},
        },
        "spec": {"partitions": one.partitions, "replicas": COPIES, "config": configuration(one, COPIES)},
    }


def config_map() -> Json:
    """Return what every service is told; where the store is, is a secret (`sav-mongo`, key `SAV_MONGO`)."""
    told = {
        "SAV_ENVIRONMENT": ENVIRONMENT,
        "SAV_KAFKA": BOOTSTRAP,
        "SAV_HTTP_HOST": "0.0.0.0",  # noqa: S104 - within the pod's network; the NetworkPolicy is the fence
        "SAV_HTTP_PORT": str(PORT),
        "SAV_LOG_LEVEL": "info",
    }
    metadata = {"name": "sav", "namespace": NAMESPACE, "labels": part_of()}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": told}


def network_policy() -> Json:
    """Return the fence: nobody reaches a service but who scrapes it, on its operations port alone."""
    monitoring = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "sav", "namespace": NAMESPACE, "labels": part_of()},
        "spec": {
            "podSelector": {"matchLabels": part_of()},
            "policyTypes": ["Ingress"],
            "ingress": [{"from": [monitoring], "ports": [{"protocol": "TCP", "port": PORT}]}],
        },
    }


def services() -> list[Json]:
    """Return everything of every service."""
    each = (deployment, service, disruption_budget, scaled_object)
    return [config_map(), network_policy(), *(make(name) for name in SERVICES for make in each)]


def files() -> dict[Path, str]:
    """Return every generated file with its text."""
    made = {
        "topics.yaml": [topic(one) for one in TOPICS],
        "users.yaml": [kafka_user(one) for one in USERS],
        "services.yaml": services(),
        "adapters.yaml": adapters.objects(),
        "monitoring.yaml": monitoring.objects(),
    }
    return {FOLDER / name: _HEAD + _dumped(objects) for name, objects in made.items()}


class _Plain(yaml.SafeDumper):  # type: ignore[misc] # the library ships no types
    """Writes a thing twice rather than once with a reference: each object is read by itself."""

    def ignore_aliases(self, _data: object) -> bool:
        return True


def _dumped(objects: Sequence[Json]) -> str:
    return "".join("---\n" + yaml.dump(one, Dumper=_Plain, sort_keys=False, width=120) for one in objects)


def main(arguments: Sequence[str]) -> None:
    """Print the manifests, or write them."""
    for path, text in files().items():
        if "--write" in arguments:
            path.write_text(text, "utf-8")
        else:
            sys.stdout.write(text)


if __name__ == "__main__":
    main(sys.argv[1:])
