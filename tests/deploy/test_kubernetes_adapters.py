"""The adapters' manifests: rights that are exactly those of a door, spools that stay, secrets that are only named."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from adapters.email.settings import MailSettings
from adapters.phone.settings import PhoneSettings
from adapters.web.settings import PortalSettings
from deploy.kubernetes.adapters import ADAPTERS, KEPT, SPOOL
from deploy.kubernetes.build import FOLDER
from deploy.kubernetes.common import GRACE_SECONDS, NAMESPACE, USER
from deploy.kubernetes.services import BOOTSTRAP, ENVIRONMENT
from shared.metrics.labels import ADAPTERS as SHOWN
from shared.metrics.labels import SERVICES
from shared.runtime.service import STOP_SECONDS
from shared.runtime.settings import Settings
from tests.deploy.test_kubernetes import objects, of_kind
from tests.requirements import requirement

NAMES = [one.name for one in ADAPTERS]
SETS = of_kind("StatefulSet", "adapters.yaml")
USERS = of_kind("KafkaUser", "users.yaml")
PROMETHEUS = FOLDER.parent / "prometheus"
CHANNELS = {
    "mail-receive": "email",
    "mail-fetch": "email",
    "mail-send": "email",
    "portal": "portal",
    "phone": "phone",
    "email-adapter": "email",
    "phone-adapter": "phone",
    "portal-adapter": "portal",
}
KNOWS_CUSTOMERS = {"mail-send", "phone"}


def container(name: str) -> dict[str, Any]:
    (one,) = SETS[name]["spec"]["template"]["spec"]["containers"]
    found: dict[str, Any] = one
    return found


def variables(name: str) -> dict[str, Any]:
    return {one["name"]: one for one in container(name)["env"]}


def rights(user: str) -> set[tuple[str, str, str]]:
    acls = USERS[user]["spec"]["authorization"]["acls"]
    return {(one["resource"]["type"], one["resource"]["name"], op) for one in acls for op in one["operations"]}


def test_every_adapter_is_there_once_with_a_user_of_its_own() -> None:
    assert list(SETS) == NAMES
    assert set(USERS) == set(CHANNELS) >= set(NAMES)


@requirement("R2")
@pytest.mark.parametrize("user", CHANNELS)
def test_an_adapters_rights_are_its_requests_its_reports_its_word_and_what_it_is_to_send(user: str) -> None:
    topics = {(name, op) for kind, name, op in rights(user) if kind == "topic"}

    expected = {
        (f"{ENVIRONMENT}.sav.requests.{CHANNELS[user]}", "Write"),
        (f"{ENVIRONMENT}.sav.deliveries", "Write"),
        (f"{ENVIRONMENT}.sav.channels", "Write"),
        (f"{ENVIRONMENT}.sav.notify", "Read"),
    }
    assert topics == expected | ({(f"{ENVIRONMENT}.sav.registry", "Read")} if user in KNOWS_CUSTOMERS else set())


@pytest.mark.parametrize("user", CHANNELS)
def test_a_right_is_on_one_name_and_never_on_a_pattern_the_cluster_or_a_services_group(user: str) -> None:
    for one in USERS[user]["spec"]["authorization"]["acls"]:
        assert one["resource"]["patternType"] == "literal"
        assert "*" not in one["resource"]["name"]
        assert one["resource"]["type"] in ("topic", "group")
        assert "type" not in one or one["type"] == "allow"
    groups = {name for kind, name, _ in rights(user) if kind == "group"}
    assert len(groups) == 1
    assert groups.isdisjoint(f"{ENVIRONMENT}.{service}" for service in SERVICES)


@pytest.mark.parametrize("user", CHANNELS)
def test_a_user_has_a_password_that_the_operator_makes(user: str) -> None:
    assert USERS[user]["spec"]["authentication"] == {"type": "scram-sha-512"}


@pytest.mark.parametrize("name", NAMES)
def test_an_adapter_enters_where_names_are_asked_and_not_by_the_services_listener(name: str) -> None:
    told = variables(name)
    (kafka,) = [one for one in objects("cluster.yaml") if one["kind"] == "Kafka"]
    plain, users = kafka["spec"]["kafka"]["listeners"]

    assert told["SAV_KAFKA"]["value"].endswith(f":{users['port']}")
    assert told["SAV_KAFKA_USER"]["value"] == name
    assert told["SAV_KAFKA_PASSWORD"]["valueFrom"]["secretKeyRef"] == {"name": name, "key": "password"}
    assert (users["tls"], users["authentication"]) == (True, {"type": "scram-sha-512"})
    assert kafka["spec"]["kafka"]["authorization"] == {"type": "simple", "superUsers": ["ANONYMOUS"]}
    # The listener without names is for pods that are no adapter, and for KEDA.
    assert BOOTSTRAP.endswith(f":{plain['port']}")
    (ours, _keda) = plain["networkPolicyPeers"]
    refused = [one for one in ours["podSelector"]["matchExpressions"] if one["operator"] == "NotIn"]
    assert refused == [{"key": "sav/role", "operator": "NotIn", "values": ["adapter"]}]
    assert SETS[name]["spec"]["template"]["metadata"]["labels"]["sav/role"] == "adapter"


@requirement("R2", "R13")
@pytest.mark.parametrize("name", NAMES)
def test_a_replica_keeps_its_spool_and_its_name(name: str) -> None:
    spec = SETS[name]["spec"]
    (claim,) = spec["volumeClaimTemplates"]
    mounts = {one["name"]: one["mountPath"] for one in container(name)["volumeMounts"]}

    assert claim["spec"]["accessModes"] == ["ReadWriteOncePod"]
    assert set(spec["persistentVolumeClaimRetentionPolicy"].values()) == {"Retain"}
    assert mounts[claim["metadata"]["name"]] == SPOOL
    spools = {one["value"] for key, one in variables(name).items() if key.endswith("_SPOOL")}
    assert spools == {SPOOL}
    assert variables(name)["SAV_REPLICA"]["valueFrom"] == {"fieldRef": {"fieldPath": "metadata.name"}}
    folders = {one["value"] for key, one in variables(name).items() if key.endswith(("_KEPT", "_UPLOADS"))}
    assert folders == ({KEPT} if "kept" in mounts else set())


@pytest.mark.parametrize("name", NAMES)
def test_a_secret_is_named_and_never_valued(name: str) -> None:
    for key, one in variables(name).items():
        assert "value" not in one or not re.search("PASSWORD|KEYS|TOKEN", key), key
    named = [one["secretRef"]["name"] for one in container(name)["envFrom"] if "secretRef" in one]
    assert f"sav-mongo-{name}" in named  # not the services' own: their journals are none of an adapter's business
    assert "sav-mongo" not in named
    assert not [one for one in objects("adapters.yaml") if one["kind"] == "Secret"]


@pytest.mark.parametrize("name", NAMES)
def test_every_variable_is_one_that_the_program_reads(name: str) -> None:
    known = {f"SAV_{one.upper()}" for one in (*Settings.model_fields, *MailSettings.model_fields)}
    known |= {f"SAV_PORTAL_{one.upper()}" for one in PortalSettings.model_fields}
    known |= {f"SAV_PHONE_{one.upper()}" for one in PhoneSettings.model_fields}

    assert set(variables(name)) <= known


@pytest.mark.parametrize("name", NAMES)
def test_an_adapter_ends_in_good_order_and_has_no_rights_on_its_machine(name: str) -> None:
    pod = SETS[name]["spec"]["template"]["spec"]
    security = pod["securityContext"]

    assert pod["terminationGracePeriodSeconds"] == GRACE_SECONDS > STOP_SECONDS
    assert (security["runAsNonRoot"], security["runAsUser"], security["fsGroup"]) == (True, USER, USER)
    assert container(name)["securityContext"]["readOnlyRootFilesystem"] is True
    assert container(name)["resources"]["limits"]["memory"]


@pytest.mark.parametrize("one", ADAPTERS, ids=lambda one: one.name)
def test_what_listens_is_probed_and_reached_only_from_where_you_say(one: Any) -> None:
    policies = of_kind("NetworkPolicy", "adapters.yaml")
    probes = {key for key in container(one.name) if key.endswith("Probe")}

    assert (one.name in policies) is bool(one.port)
    assert probes == {"startupProbe", "livenessProbe", "readinessProbe"}
    asked = container(one.name)["readinessProbe"]["httpGet"]
    assert asked == {"path": "/readyz", "port": "operations"}
    assert asked["port"] in {port["name"] for port in container(one.name)["ports"]}
    if one.port:
        (rule,) = policies[one.name]["spec"]["ingress"]
        assert rule["ports"] == [{"protocol": "TCP", "port": one.port}]
        assert rule["from"] == [{"namespaceSelector": {"matchLabels": {f"sav/{one.name}": "may-enter"}}}]


@pytest.mark.parametrize("kind", ["Service", "PodDisruptionBudget"])
def test_what_selects_an_adapters_pods_selects_those_alone(kind: str) -> None:
    found = of_kind(kind, "adapters.yaml")
    assert list(found) == NAMES
    for name, one in found.items():
        selector = one["spec"]["selector"]
        assert (selector.get("matchLabels") or selector) == SETS[name]["spec"]["template"]["metadata"]["labels"]
        assert SETS[name]["spec"]["serviceName"] == name
        assert one["metadata"]["namespace"] == NAMESPACE


def test_prometheus_is_told_the_same_here_as_on_one_machine() -> None:
    (monitor,) = of_kind("PodMonitor", "monitoring.yaml").values()
    (endpoint,) = monitor["spec"]["podMetricsEndpoints"]
    (job,) = yaml.safe_load((PROMETHEUS / "prometheus.yml").read_text("utf-8"))["scrape_configs"]
    labels = {one["targetLabel"]: one for one in endpoint["relabelings"]}

    assert labels["job"]["replacement"] == job["job_name"]
    assert endpoint["honorLabels"] is job["honor_labels"] is True
    assert {label for group in job["static_configs"] for label in group["labels"]} | {"job"} == set(labels)
    # The label `service` is what each pod is named by: all services that the rules know, and nobody else.
    assert labels["service"]["sourceLabels"] == ["__meta_kubernetes_pod_label_app_kubernetes_io_name"]
    scraped = {
        pod["labels"]["app.kubernetes.io/name"]
        for pod, ports in _pods()
        if endpoint["port"] in ports and monitor["spec"]["selector"]["matchLabels"].items() <= pod["labels"].items()
    }
    assert scraped == {*SERVICES, *SHOWN}


def _pods() -> list[tuple[dict[str, Any], set[str]]]:
    """Every pod that is run: its metadata, and the names of its ports."""
    templates = [
        one["spec"]["template"]
        for name in ("services.yaml", "adapters.yaml")
        for one in objects(name)
        if one["kind"] in ("Deployment", "StatefulSet")
    ]
    ports = [
        {port["name"] for one in made["spec"]["containers"] for port in one.get("ports", ())} for made in templates
    ]
    return [(made["metadata"], named) for made, named in zip(templates, ports, strict=True)]


def test_the_rules_are_those_of_the_file_that_promtool_tests() -> None:
    (rule,) = of_kind("PrometheusRule", "monitoring.yaml").values()

    assert rule["spec"] == yaml.safe_load((PROMETHEUS / "rules.yml").read_text("utf-8"))
