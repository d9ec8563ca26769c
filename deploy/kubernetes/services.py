"""One service on Kubernetes: what runs it, what scales it, what keeps one replica there while a node is drained.

Called by `build`. Pure: it makes the objects, and reads nothing but the topics of the catalogue.
"""

from __future__ import annotations

from deploy.kubernetes import common
from deploy.kubernetes.common import GRACE_SECONDS, IMAGE, NAMESPACE, PORT, Json, container_security, labels, probe
from shared.topics import PARTITIONS, read_by

ENVIRONMENT = "prod"
CLUSTER = "sav"
"""Strimzi's name of the Kafka cluster; its bootstrap service is `<cluster>-kafka-bootstrap`."""
BOOTSTRAP = f"{CLUSTER}-kafka-bootstrap.{NAMESPACE}.svc:9092"
REPLICAS = 2
"""At least: one goes on while the other's node is drained, and a killed one is replaced in ten seconds."""
LAG_PER_REPLICA = 1_000
"""Unread records of all its topics for which one more replica is wanted; a first setting, to be tuned by what is seen.
Far above what a healthy replica has in hand (a batch has some hundred), and below what delays an acknowledgement."""
SCALE_DOWN_AFTER_SECONDS = 600
"""Every change of replicas makes all of a service pause for a rebalance: up at once, down slowly."""


def _named(name: str) -> Json:
    return {"name": name, "namespace": NAMESPACE, "labels": labels(name)}


def deployment(name: str) -> Json:
    """Return the Deployment of a service. It names no number of replicas: that is the ScaledObject's."""
    pod = {
        "automountServiceAccountToken": False,
        "terminationGracePeriodSeconds": GRACE_SECONDS,
        "securityContext": common.pod_security(writes_volumes=False),
        "topologySpreadConstraints": [
            {
                "maxSkew": 1,
                "topologyKey": "kubernetes.io/hostname",
                "whenUnsatisfiable": "ScheduleAnyway",
                "labelSelector": {"matchLabels": labels(name)},
            }
        ],
        "containers": [_container(name)],
        "volumes": [{"name": "tmp", "emptyDir": {"sizeLimit": "64Mi"}}],
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": _named(name),
        "spec": {
            "selector": {"matchLabels": labels(name)},
            # One after another: each step is a rebalance.
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}},
            "template": {"metadata": {"labels": labels(name)}, "spec": pod},
        },
    }


def _container(name: str) -> Json:
    return {
        "name": name,
        "image": IMAGE,
        "args": ["run", name],
        "envFrom": [{"configMapRef": {"name": "sav"}}, {"secretRef": {"name": "sav-mongo"}}],
        "ports": [{"name": "operations", "containerPort": PORT}],
        # Slow to start where an engine is away: it waits for it, and answers /healthz meanwhile.
        "startupProbe": probe("/healthz", period=5, failures=60),
        # A minute without progress: longer than the longest wait for an engine with a batch in hand.
        "livenessProbe": probe("/healthz", period=15, failures=4),
        "readinessProbe": probe("/readyz", period=10, failures=3),
        "resources": {"requests": {"cpu": "100m", "memory": "192Mi"}, "limits": {"memory": "512Mi"}},
        "securityContext": container_security(),
        "volumeMounts": [{"name": "tmp", "mountPath": "/tmp"}],  # noqa: S108 - a path in the container
    }


def disruption_budget(name: str) -> Json:
    """Return what keeps all replicas but one where a node is drained."""
    return common.disruption_budget(_named(name))


def scaled_object(name: str) -> Json:
    """Return KEDA's object: replicas by the lag of the service's group on each of its topics, up to the partitions."""
    return {
        "apiVersion": "keda.sh/v1alpha1",
        "kind": "ScaledObject",
        "metadata": _named(name),
        "spec": {
            "scaleTargetRef": {"name": name},
            "minReplicaCount": REPLICAS,
            "maxReplicaCount": PARTITIONS,
            "pollingInterval": 30,
            # Where KEDA cannot ask Kafka, a rebalance of everything would not help.
            "fallback": {"failureThreshold": 3, "replicas": REPLICAS},
            "advanced": {"horizontalPodAutoscalerConfig": {"behavior": _behaviour()}},
            "triggers": [_trigger(name, topic.name) for topic in read_by(name)],
        },
    }


def _trigger(name: str, topic: str) -> Json:
    return {
        "type": "kafka",
        "metadata": {
            "bootstrapServers": BOOTSTRAP,
            "consumerGroup": f"{ENVIRONMENT}.{name}",
            "topic": f"{ENVIRONMENT}.{topic}",
            "lagThreshold": str(LAG_PER_REPLICA),
            "offsetResetPolicy": "earliest",
        },
    }


def _behaviour() -> Json:
    down = [{"type": "Pods", "value": 1, "periodSeconds": SCALE_DOWN_AFTER_SECONDS}]
    return {
        "scaleUp": {"stabilizationWindowSeconds": 60, "policies": [{"type": "Pods", "value": 2, "periodSeconds": 60}]},
        "scaleDown": {"stabilizationWindowSeconds": SCALE_DOWN_AFTER_SECONDS, "policies": down},
    }


def service(name: str) -> Json:
    """Return the headless Service by which Prometheus finds every replica."""
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": _named(name),
        "spec": {
            "clusterIP": "None",
            "selector": labels(name),
            "ports": [{"name": "operations", "port": PORT, "targetPort": "operations"}],
        },
    }
