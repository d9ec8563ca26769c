"""`compose.yaml` runs every service, with the same engines as the tests. It is not run here: Docker does not run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from adapters.email.settings import MailSettings
from adapters.phone.settings import PhoneSettings
from adapters.web.settings import PortalSettings
from deploy.kubernetes.adapters import ADAPTERS
from shared.engines.containers import MONGO_IMAGE
from shared.engines.kafka_jars import KAFKA_VERSION
from shared.metrics.labels import ADAPTERS as SHOWN
from shared.runtime.settings import Settings
from shared.topics import STAGES

FOLDER = Path(__file__).parent.parent.parent / "deploy"
COMPOSE: dict[str, Any] = yaml.safe_load((FOLDER / "compose.yaml").read_text("utf-8"))
SERVICES: dict[str, Any] = COMPOSE["services"]
OURS = (*STAGES, "desk")
OUTSIDE = {one.name: list(one.args) for one in ADAPTERS}
SECRET = {
    "SAV_MAIL_KEYS",
    "SAV_MAIL_IMAP_USER",
    "SAV_MAIL_IMAP_PASSWORD",
    "SAV_MAIL_RELAY_USER",
    "SAV_MAIL_RELAY_PASSWORD",
    "SAV_PORTAL_KEYS",
    "SAV_PHONE_KEYS",
    "SAV_PHONE_OPERATOR_PASSWORD",
    "SAV_PHONE_SECRETS",
}


def test_every_service_is_run_and_nothing_else_of_ours() -> None:
    commands = {name: one["command"] for name, one in SERVICES.items() if one["image"].startswith("sav:")}

    assert commands == {"topics": ["topics", "create"]} | {name: ["run", name] for name in OURS} | OUTSIDE


def test_without_a_profile_nothing_touches_the_outside() -> None:
    assert {name for name, one in SERVICES.items() if one.get("profiles")} == set(OUTSIDE)
    profiles = [profile for name in OUTSIDE for profile in SERVICES[name]["profiles"]]
    assert len(set(profiles)) == len(OUTSIDE)


@pytest.mark.parametrize("name", OUTSIDE)
def test_an_adapter_has_a_spool_and_a_name_of_its_own_that_stay(name: str) -> None:
    one = SERVICES[name]
    spools = [mount for mount in one["volumes"] if mount.endswith(":/var/spool/sav")]

    assert spools == [f"spool-{name}:/var/spool/sav"]
    assert one["environment"]["SAV_REPLICA"] == name
    folders = {value for key, value in one["environment"].items() if key.endswith("_SPOOL")}
    assert folders == {"/var/spool/sav"}


@pytest.mark.parametrize("name", OUTSIDE)
def test_a_secret_is_named_and_never_valued(name: str) -> None:
    environment = SERVICES[name]["environment"]

    assert {key for key in environment if key.endswith(("_KEYS", "_PASSWORD", "_USER", "_SECRETS"))} <= SECRET
    assert {key for key in SECRET & set(environment) if environment[key] is not None} == set()


def test_the_folders_of_the_volumes_are_the_programs_own_in_the_image() -> None:
    assert "install -d -o 10001 -g 10001 /var/spool/sav /var/lib/sav" in (FOLDER / "Dockerfile").read_text("utf-8")


def test_the_engines_are_those_of_the_tests() -> None:
    assert SERVICES["kafka"]["image"] == f"apache/kafka:{KAFKA_VERSION}"
    assert SERVICES["mongo"]["image"] == MONGO_IMAGE


@pytest.mark.parametrize("name", OURS)
def test_a_service_waits_for_its_topics_and_for_a_primary_store(name: str) -> None:
    assert SERVICES[name]["depends_on"] == {
        "topics": {"condition": "service_completed_successfully"},
        "mongo": {"condition": "service_healthy"},
    }
    assert "/healthz" in SERVICES[name]["healthcheck"]["test"][-1]


def test_the_topics_are_made_once_and_by_nobody_else() -> None:
    assert SERVICES["topics"]["depends_on"] == {"kafka": {"condition": "service_healthy"}}
    assert SERVICES["topics"]["restart"] == "on-failure"
    assert SERVICES["kafka"]["environment"]["KAFKA_AUTO_CREATE_TOPICS_ENABLE"] == "false"


@pytest.mark.parametrize("name", [*OURS, "topics", *OUTSIDE])
def test_nothing_of_ours_writes_to_its_image_or_gains_a_right(name: str) -> None:
    one = SERVICES[name]

    assert (one["read_only"], one["cap_drop"]) == (True, ["ALL"])
    assert "privileged" not in one and "user" not in one
    assert ("ports" in one) is (name in OUTSIDE and name not in ("mail-fetch", "mail-send"))


@pytest.mark.parametrize("name", SERVICES)
def test_every_container_that_stays_has_a_health_check_and_a_bounded_log(name: str) -> None:
    one = SERVICES[name]

    assert name == "topics" or one["healthcheck"]["test"]
    assert one["logging"]["options"]["max-size"]


def test_every_variable_of_ours_is_one_that_the_services_read() -> None:
    known = {f"SAV_{name.upper()}" for name in Settings.model_fields}

    assert set(SERVICES["intake"]["environment"]) <= known
    known |= {f"SAV_{name.upper()}" for name in MailSettings.model_fields}
    known |= {f"SAV_PORTAL_{name.upper()}" for name in PortalSettings.model_fields}
    known |= {f"SAV_PHONE_{name.upper()}" for name in PhoneSettings.model_fields}
    for name in OUTSIDE:
        assert set(SERVICES[name]["environment"]) <= known, name


def test_what_is_published_is_published_to_this_machine_alone() -> None:
    for one in SERVICES.values():
        assert all(port.startswith("127.0.0.1:") for port in one.get("ports", ()))


def test_every_file_that_is_mounted_is_there_and_every_volume_is_declared() -> None:
    mounts = [mount.split(":")[0] for one in SERVICES.values() for mount in one.get("volumes", ())]

    for mount in mounts:
        assert (FOLDER / mount).exists() if mount.startswith(".") else mount in COMPOSE["volumes"], mount


def test_prometheus_asks_every_service_where_it_answers() -> None:
    scraped = yaml.safe_load((FOLDER / "prometheus" / "prometheus.yml").read_text("utf-8"))["scrape_configs"]
    targets = {target for job in scraped for group in job.get("static_configs", ()) for target in group["targets"]}

    assert {f"{name}:9100" for name in (*OURS, *SHOWN)} == targets
    assert "SAV_HTTP_PORT=9100" in (FOLDER / "Dockerfile").read_text("utf-8")
