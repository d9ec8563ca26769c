"""The manifests for Kubernetes follow from the catalogue of topics and the list of services. They are not run here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.kubernetes.build import COPIES, FOLDER, files
from deploy.kubernetes.common import GRACE_SECONDS, NAMESPACE, USER
from deploy.kubernetes.services import ENVIRONMENT
from shared.runtime.service import STOP_SECONDS
from shared.runtime.settings import Settings
from shared.runtime.topics_admin import configuration
from shared.topics import PARTITIONS, STAGES, TOPICS, read_by

OURS = (*STAGES, "desk")


def objects(name: str) -> list[dict[str, Any]]:
    return [one for one in yaml.safe_load_all((FOLDER / name).read_text("utf-8")) if one]


def of_kind(kind: str, name: str = "services.yaml") -> dict[str, dict[str, Any]]:
    return {one["metadata"]["name"]: one for one in objects(name) if one["kind"] == kind}


@pytest.mark.parametrize("path", files(), ids=lambda one: one.name)
def test_a_generated_manifest_is_that_of_the_code(path: Path) -> None:
    assert path.read_text("utf-8") == files()[path], "run: python -m deploy.kubernetes.build --write"


def test_every_topic_of_the_catalogue_is_made_as_sav_topics_create_makes_it() -> None:
    made = {one["metadata"]["name"]: one["spec"] for one in objects("topics.yaml")}

    assert made == {
        f"{ENVIRONMENT}.{topic.name}": {
            "partitions": topic.partitions,
            "replicas": COPIES,
            "config": configuration(topic, COPIES),
        }
        for topic in TOPICS
    }


@pytest.mark.parametrize("kind", ["Deployment", "Service", "PodDisruptionBudget", "ScaledObject"])
def test_every_service_has_one_of_each(kind: str) -> None:
    assert tuple(of_kind(kind)) == OURS


@pytest.mark.parametrize("name", OURS)
def test_a_service_is_scaled_by_the_lag_of_its_own_group_on_all_that_it_reads(name: str) -> None:
    spec = of_kind("ScaledObject")[name]["spec"]
    asked = [one["metadata"] for one in spec["triggers"]]

    assert {one["consumerGroup"] for one in asked} == {f"{ENVIRONMENT}.{name}"}
    assert [one["topic"] for one in asked] == [f"{ENVIRONMENT}.{topic.name}" for topic in read_by(name)]
    assert 2 <= spec["minReplicaCount"] <= spec["maxReplicaCount"] == PARTITIONS
    assert "replicas" not in of_kind("Deployment")[name]["spec"]


@pytest.mark.parametrize("name", OURS)
def test_a_pod_is_probed_ends_in_good_order_and_has_no_rights(name: str) -> None:
    pod = of_kind("Deployment")[name]["spec"]["template"]["spec"]
    (container,) = pod["containers"]

    assert container["args"] == ["run", name]
    assert container["livenessProbe"]["httpGet"]["path"] == container["startupProbe"]["httpGet"]["path"] == "/healthz"
    assert container["readinessProbe"]["httpGet"]["path"] == "/readyz"
    assert pod["terminationGracePeriodSeconds"] == GRACE_SECONDS > STOP_SECONDS
    assert (pod["securityContext"]["runAsNonRoot"], pod["securityContext"]["runAsUser"]) == (True, USER)
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    assert container["resources"]["limits"]["memory"]


@pytest.mark.parametrize("kind", ["Service", "PodDisruptionBudget"])
@pytest.mark.parametrize("name", OURS)
def test_what_selects_pods_selects_those_of_its_service(kind: str, name: str) -> None:
    selector = of_kind(kind)[name]["spec"]["selector"]
    labels = of_kind("Deployment")[name]["spec"]["template"]["metadata"]["labels"]

    assert (selector.get("matchLabels") or selector) == labels


def test_every_object_is_in_the_namespace_and_in_the_kustomization() -> None:
    (kustomization,) = objects("kustomization.yaml")

    for name in kustomization["resources"]:
        for one in objects(name):
            assert one["kind"] == "Namespace" or one["metadata"]["namespace"] == NAMESPACE
    assert {path.name for path in FOLDER.glob("*.yaml")} - {"kustomization.yaml"} == set(kustomization["resources"])


def test_every_variable_is_one_that_the_services_read_and_the_store_is_a_secret() -> None:
    told = of_kind("ConfigMap")["sav"]["data"]

    assert set(told) <= {f"SAV_{name.upper()}" for name in Settings.model_fields}
    assert Settings(environment=told["SAV_ENVIRONMENT"]).prefix == f"{ENVIRONMENT}."
    assert "SAV_MONGO" not in told


def test_the_cluster_has_as_many_brokers_as_a_partition_has_copies_and_makes_no_topic_by_itself() -> None:
    cluster = {one["kind"]: one for one in objects("cluster.yaml")}

    assert cluster["KafkaNodePool"]["spec"]["replicas"] >= COPIES
    assert cluster["Kafka"]["spec"]["kafka"]["config"]["auto.create.topics.enable"] is False
    assert set(cluster["Kafka"]["spec"]["entityOperator"]) == {"topicOperator", "userOperator"}
