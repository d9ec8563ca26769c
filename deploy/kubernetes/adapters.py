"""The adapters on Kubernetes: what runs each, where it keeps what is on its way, who may reach it.

Called by `build`. Pure. An adapter is a StatefulSet, not a Deployment: what it has accepted while Kafka was away lies
in the spool of that replica, and the door's name on `sav.channels` must be the same after a restart (R2, R13).
"""

from __future__ import annotations

from dataclasses import dataclass

from deploy.kubernetes import common
from deploy.kubernetes.common import GRACE_SECONDS, IMAGE, NAMESPACE, PORT, Json, probe
from deploy.kubernetes.rights import CLUSTER_CA, USERS_BOOTSTRAP

SPOOL = "/var/spool/sav"
KEPT = "/var/lib/sav"
"""Raw mails, attachments and photos under their hashes; the folders are in the Dockerfile."""
CA = "/etc/sav/kafka"
SPOOL_SIZE = "2Gi"
"""A thousand mails of a megabyte with all copies: what comes in during a day without Kafka, many times over."""
KEPT_SIZE = "100Gi"
"""Some 20,000 photos of 5 MB. Nothing there is ever deleted by us: watch it, and grow it."""


@dataclass(frozen=True, slots=True)
class Adapter:
    """One program that touches the outside."""

    name: str
    """Of its objects, of its Kafka user and of that user's secret."""
    args: tuple[str, ...]
    told: tuple[tuple[str, str], ...]
    """Variables with their values; nothing secret."""
    secrets: tuple[str, ...]
    """Secrets that you make, each with variables by name."""
    replicas: int = 2
    """One goes on while the other's node is drained."""
    port: int = 0
    """Where it is reached; 0: nowhere, it only asks others."""
    keeps: bool = True
    """Whether it has the folder of mails and photos."""


ADAPTERS = (
    Adapter(
        "mail-receive",
        ("mail", "receive"),
        (("SAV_MAIL_LISTEN_HOST", "0.0.0.0"), ("SAV_MAIL_SPOOL", SPOOL), ("SAV_MAIL_KEPT", KEPT)),  # noqa: S104
        ("sav-mail",),
        port=8024,
    ),
    Adapter(
        "mail-fetch",
        ("mail", "fetch"),
        (("SAV_MAIL_SPOOL", SPOOL), ("SAV_MAIL_KEPT", KEPT)),
        ("sav-mail", "sav-mail-imap"),
        replicas=1,  # two would look at the same mailbox and fetch everything twice, for nothing
    ),
    Adapter(
        "mail-send",
        ("mail", "send"),
        (("SAV_MAIL_SPOOL", SPOOL),),
        ("sav-mail", "sav-mail-relay", "sav-portal"),  # it signs the customers' links
        keeps=False,
    ),
    Adapter(
        "portal",
        ("portal", "serve"),
        (
            ("SAV_PORTAL_HOST", "0.0.0.0"),  # noqa: S104 - within the pod's network; the NetworkPolicy is the fence
            ("SAV_PORTAL_SPOOL", SPOOL),
            ("SAV_PORTAL_UPLOADS", KEPT),
        ),
        ("sav-portal",),
        port=8080,
    ),
    Adapter(
        "phone",
        ("phone", "serve"),
        (("SAV_PHONE_HOST", "0.0.0.0"), ("SAV_PHONE_SPOOL", SPOOL), ("SAV_PHONE_KEPT", KEPT)),  # noqa: S104
        ("sav-phone",),
        port=8081,
    ),
)


def objects() -> list[Json]:
    """Return everything of every adapter, and the volume that they share."""
    each: list[Json] = [_kept()]
    for one in ADAPTERS:
        each += [stateful_set(one), _service(one), common.disruption_budget(_named(one.name))]
        each += [_network_policy(one)] if one.port else []
    return each


def _labels(name: str) -> Json:
    return {**common.labels(name), "sav/role": "adapter"}


def _named(name: str) -> Json:
    return {"name": name, "namespace": NAMESPACE, "labels": _labels(name)}


def stateful_set(one: Adapter) -> Json:
    """Return what runs an adapter: each replica has a spool that stays when the replica goes."""
    pod = {
        "automountServiceAccountToken": False,
        "terminationGracePeriodSeconds": GRACE_SECONDS,
        "securityContext": common.pod_security(writes_volumes=True),
        "containers": [_container(one)],
        "volumes": [
            {"name": "tmp", "emptyDir": {"sizeLimit": "256Mi"}},  # photos and mails on their way through
            {"name": "kafka-ca", "secret": {"secretName": CLUSTER_CA}},
            *([{"name": "kept", "persistentVolumeClaim": {"claimName": "sav-kept"}}] if one.keeps else []),
        ],
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": _named(one.name),
        "spec": {
            "serviceName": one.name,
            "replicas": one.replicas,
            "podManagementPolicy": "Parallel",
            "selector": {"matchLabels": _labels(one.name)},
            # A spool may hold what was accepted: it goes only by a person's hand, once `sav.channels` says it is empty.
            "persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Retain", "whenScaled": "Retain"},
            "template": {"metadata": {"labels": _labels(one.name)}, "spec": pod},
            "volumeClaimTemplates": [
                {
                    "metadata": {"name": "spool"},
                    "spec": {
                        "accessModes": ["ReadWriteOncePod"],
                        "resources": {"requests": {"storage": SPOOL_SIZE}},
                    },
                }
            ],
        },
    }


def _container(one: Adapter) -> Json:
    mounts = [("tmp", "/tmp"), ("spool", SPOOL), *([("kept", KEPT)] if one.keeps else [])]  # noqa: S108 - in the pod
    container: Json = {
        "name": one.name,
        "image": IMAGE,
        "args": list(one.args),
        # The rest of what is told (addresses, servers, limits) is yours: a ConfigMap of the adapter's own name.
        "envFrom": [
            {"configMapRef": {"name": "sav"}},
            {"configMapRef": {"name": f"sav-{one.name}", "optional": True}},
            *({"secretRef": {"name": secret}} for secret in (f"sav-mongo-{one.name}", *one.secrets)),
        ],
        # What stands here wins over `envFrom`: an adapter enters by the listener that knows users.
        "env": [
            {"name": "SAV_KAFKA", "value": USERS_BOOTSTRAP},
            {"name": "SAV_KAFKA_USER", "value": one.name},
            {
                "name": "SAV_KAFKA_PASSWORD",
                "valueFrom": {"secretKeyRef": {"name": one.name, "key": "password"}},  # made by Strimzi
            },
            {"name": "SAV_KAFKA_CA", "value": f"{CA}/ca.crt"},
            {"name": "SAV_REPLICA", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
            *({"name": name, "value": value} for name, value in one.told),
        ],
        "resources": {"requests": {"cpu": "100m", "memory": "192Mi"}, "limits": {"memory": "768Mi"}},
        "securityContext": common.container_security(),
        "volumeMounts": [
            *({"name": name, "mountPath": path} for name, path in mounts),
            {"name": "kafka-ca", "mountPath": CA, "readOnly": True},
        ],
    }
    ports = [("door", one.port)] if one.port else []
    ports += [("operations", PORT)]
    container["ports"] = [{"name": name, "containerPort": port} for name, port in ports]
    # It waits for its engines before it listens: ten minutes for a cluster that is just being made.
    container["startupProbe"] = probe("/healthz", period=5, failures=120)
    container["livenessProbe"] = probe("/healthz", period=15, failures=4)
    container["readinessProbe"] = probe("/readyz", period=10, failures=3)
    return container


def _service(one: Adapter) -> Json:
    """Return where it is reached; without a port, only the name that a StatefulSet must have."""
    listens = (
        {"ports": [{"name": "door", "port": one.port, "targetPort": "door"}]} if one.port else {"clusterIP": "None"}
    )
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": _named(one.name),
        "spec": {"selector": _labels(one.name), **listens},
    }


def _network_policy(one: Adapter) -> Json:
    """Return the gap in the fence: the namespaces that you label `sav/<adapter>: may-enter` reach its port."""
    peer = {"namespaceSelector": {"matchLabels": {f"sav/{one.name}": "may-enter"}}}
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": _named(one.name),
        "spec": {
            "podSelector": {"matchLabels": _labels(one.name)},
            "policyTypes": ["Ingress"],
            "ingress": [{"from": [peer], "ports": [{"protocol": "TCP", "port": one.port}]}],
        },
    }


def _kept() -> Json:
    """Return the volume of mails and photos: several write, and the operators' page reads."""
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": "sav-kept", "namespace": NAMESPACE, "labels": common.part_of()},
        "spec": {"accessModes": ["ReadWriteMany"], "resources": {"requests": {"storage": KEPT_SIZE}}},
    }
