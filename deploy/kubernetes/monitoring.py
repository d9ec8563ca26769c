"""What Prometheus' operator is told: whom to ask, under which labels, and the rules of `deploy/prometheus`.

Called by `build`. The rules count on the job `sav`, the label `service` on every target, and that a label of the same
name that a service shows itself wins (the desk speaks of every service's lag): as in `prometheus/prometheus.yml`.
"""

from __future__ import annotations

from pathlib import Path

import yaml

from deploy.kubernetes.common import NAMESPACE, Json, part_of

RULES = Path(__file__).parent.parent / "prometheus" / "rules.yml"


def objects() -> list[Json]:
    """Return the PodMonitor and the rules."""
    return [pod_monitor(), rules()]


def pod_monitor() -> Json:
    """Return whom Prometheus asks: every pod with a port of that name, the adapters among them."""
    return {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PodMonitor",
        "metadata": {"name": "sav", "namespace": NAMESPACE, "labels": part_of()},
        "spec": {
            "selector": {"matchLabels": part_of()},
            "podMetricsEndpoints": [
                {
                    "port": "operations",
                    "path": "/metrics",
                    "interval": "15s",
                    "honorLabels": True,
                    "relabelings": [
                        {"targetLabel": "job", "replacement": "sav"},
                        {
                            "sourceLabels": ["__meta_kubernetes_pod_label_app_kubernetes_io_name"],
                            "targetLabel": "service",
                        },
                    ],
                }
            ],
        },
    }


def rules() -> Json:
    """Return the recording and alerting rules, as they stand in `prometheus/rules.yml`."""
    return {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": {"name": "sav", "namespace": NAMESPACE, "labels": part_of()},
        "spec": {"groups": yaml.safe_load(RULES.read_text("utf-8"))["groups"]},
    }
