"""What every object of ours has in common on Kubernetes: names, labels, what a pod may do, how it is asked for news.

Called by the modules beside it. Pure. Each call returns new dictionaries, so that one object's change is not another's.
"""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]

NAMESPACE = "sav"
IMAGE = "registry.example/sav:0.1.0"
"""Put your own registry and a digest here (`kustomize edit set image`)."""
PORT = 9100
USER = 10001
"""As in the Dockerfile."""
GRACE_SECONDS = 30
"""A batch in hand has 25 s to end."""


def part_of() -> Json:
    """Return the label that everything of ours carries: the fence and Prometheus go by it."""
    return {"app.kubernetes.io/part-of": "sav"}


def labels(name: str) -> Json:
    """Return the labels of a program."""
    return {"app.kubernetes.io/name": name, **part_of()}


def pod_security(*, writes_volumes: bool) -> Json:
    """Return what a pod runs as; one that writes into volumes needs them to belong to its group."""
    return {
        "runAsNonRoot": True,
        "runAsUser": USER,
        "runAsGroup": USER,
        **({"fsGroup": USER} if writes_volumes else {}),
        "seccompProfile": {"type": "RuntimeDefault"},
    }


def container_security() -> Json:
    """Return what a container may do: nothing beyond its own process, and write only where something is mounted."""
    return {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }


def probe(path: str, *, period: int, failures: int) -> Json:
    """Return a question to the operations port. Five seconds: /readyz asks both engines, each within two."""
    request = {"path": path, "port": "operations"}
    return {"httpGet": request, "periodSeconds": period, "timeoutSeconds": 5, "failureThreshold": failures}


def disruption_budget(metadata: Json) -> Json:
    """Return what keeps all replicas but one where a node is drained, of the program with these names."""
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": metadata,
        "spec": {"maxUnavailable": 1, "selector": {"matchLabels": dict(metadata["labels"])}},
    }
