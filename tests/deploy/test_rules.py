"""Rules name only what is in the catalogue, have a page each, and fire exactly where promtool's tests say."""

from __future__ import annotations

import re
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from shared.metrics.catalogue import BY_NAME, METRICS
from shared.metrics.labels import ADAPTERS, SERVICES
from shared.metrics.model import Metric
from tests.deploy.promql import alternatives, read

ROOT = Path(__file__).parents[2]
PROMETHEUS = ROOT / "deploy" / "prometheus"
RUNBOOKS = ROOT / "docs" / "runbooks"
OUTSIDE = frozenset({"up", "process_resident_memory_bytes"})
"""What Prometheus and its client make by themselves."""
FROM_THE_SCRAPE = frozenset({"job", "instance", "service", "le"})
"""Labels that a target has, or a histogram's series."""
PROMTOOL = shutil.which("promtool")
needs_promtool = pytest.mark.skipif(
    PROMTOOL is None, reason="promtool is not here: NO RULE WAS TESTED (Debian: apt-get install prometheus)"
)


@cache
def rules() -> tuple[dict[str, Any], ...]:
    """Every rule of the file."""
    content = yaml.safe_load((PROMETHEUS / "rules.yml").read_text("utf-8"))
    return tuple(rule for group in content["groups"] for rule in group["rules"])


def alerts() -> list[dict[str, Any]]:
    return [rule for rule in rules() if "alert" in rule]


def recorded() -> set[str]:
    return {rule["record"] for rule in rules() if "record" in rule}


def exposed() -> dict[str, Metric]:
    """Every series name that services show, with its metric."""
    return {name: metric for metric in METRICS for name in metric.exposed}


def strange(expr: str) -> list[str]:
    """Return what a query names that nobody has: metrics, labels, label values."""
    query, known = read(expr), exposed()
    found = [f"metric {one}" for one in query.metrics - set(known) - recorded() - OUTSIDE]
    labels = {label for name in query.metrics if name in known for label in known[name].label_names}
    if not query.metrics & recorded():
        found += [f"label {one}" for one in query.grouped - labels - FROM_THE_SCRAPE]
    for matcher in query.matchers:
        metric = known.get(matcher.metric)
        values = (
            {label.name: label.values for label in metric.labels} if metric else {"service": (*SERVICES, *ADAPTERS)}
        )
        if matcher.label not in values and metric is not None and matcher.label not in FROM_THE_SCRAPE:
            found.append(f"label {matcher.label} of {matcher.metric}")
        listed = values.get(matcher.label)
        found += [f"value {one}" for one in alternatives(matcher.value) if listed is not None and one not in listed]
    return found


@pytest.mark.parametrize("rule", rules(), ids=lambda one: one.get("alert") or one["record"])
def test_a_rule_names_only_what_the_catalogue_has(rule: dict[str, Any]) -> None:
    assert strange(rule["expr"]) == []


@pytest.mark.parametrize(
    ("expr", "told"),
    [
        ("sum(sav_guess)", ["metric sav_guess"]),
        ("sum by (ticket) (sav_ready)", ["label ticket"]),
        ('sav_calls_open{about="held|meteor"}', ["value meteor"]),
        ('sav_ready{stage="intake"}', ["label stage of sav_ready"]),
        ("deriv(sav_ready[5m])", ["metric deriv"]),
        ("sav_sla_closing_seconds", ["metric sav_sla_closing_seconds"]),
    ],
)
def test_this_test_would_see_a_mistake(expr: str, told: list[str]) -> None:
    assert strange(expr) == told


def test_every_service_has_its_line_that_says_whether_it_is_there() -> None:
    lines = [rule for rule in rules() if rule.get("record") == "sav:service_up"]

    assert [rule["labels"]["service"] for rule in lines] == list(SERVICES)
    for rule in lines:
        assert f'service="{rule["labels"]["service"]}"' in rule["expr"]


@pytest.mark.parametrize("alert", alerts(), ids=lambda one: one["alert"])
def test_an_alert_has_a_page_in_french_that_says_what_to_do(alert: dict[str, Any]) -> None:
    page = RUNBOOKS / f"{alert['alert']}.md"

    assert alert["annotations"]["runbook_url"] == f"docs/runbooks/{alert['alert']}.md"
    text = page.read_text("utf-8")
    assert text.startswith(f"# {alert['alert']}\n")
    headings = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert headings == ["Ce que cela change", "Vérifier", "Agir", "Après"]
    severity = {"critical": "critique", "warning": "avertissement"}[alert["labels"]["severity"]]
    assert f"Gravité : {severity}" in " ".join(text.split())
    assert f"[{alert['alert']}]({alert['alert']}.md) | {severity} |" in (RUNBOOKS / "README.md").read_text("utf-8")


def test_every_page_belongs_to_an_alert() -> None:
    assert {page.stem for page in RUNBOOKS.glob("*.md")} - {"README"} == {one["alert"] for one in alerts()}


@pytest.mark.parametrize("page", sorted(RUNBOOKS.glob("*.md")), ids=lambda one: one.stem)
def test_a_page_names_only_metrics_commands_and_pages_that_are_there(page: Path) -> None:
    text = page.read_text("utf-8")

    for name in re.findall(r"`(sav_\w+)", text):
        assert name in exposed() or name in BY_NAME, name
    for link in re.findall(r"\]\((\w+\.md)\)", text):
        assert (RUNBOOKS / link).exists(), link
    for words in re.findall(r"`sav ([a-z]+ ?[a-z]*)", text):
        assert _is_command(words.split()), words


def _is_command(words: list[str]) -> bool:
    from typer.main import get_command

    from cli.main import app

    commands: Any = get_command(app)
    for word in words:
        below = getattr(commands, "commands", None)
        if below is None:
            return True  # an argument of the command that was found
        if word not in below:
            return False
        commands = below[word]
    return True


def test_the_test_of_commands_knows_one_that_is_not_there() -> None:
    assert _is_command(["dead", "list", "intake"])
    assert not _is_command(["dead", "raise"])


def test_every_alert_is_tested_by_promtool_as_firing_and_as_silent() -> None:
    tested: dict[str, set[bool]] = {}
    for path in (PROMETHEUS / "tests").glob("*.yml"):
        for one in yaml.safe_load(path.read_text("utf-8"))["tests"]:
            for case in one.get("alert_rule_test", ()):
                tested.setdefault(case["alertname"], set()).add(bool(case["exp_alerts"]))

    assert tested == {one["alert"]: {True, False} for one in alerts()}


def promtool(*arguments: str, folder: Path) -> None:
    """Run promtool there; fails with what it says."""
    assert PROMTOOL is not None
    done = subprocess.run([PROMTOOL, *arguments], cwd=folder, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_promtools_tests_evaluate_what_is_recorded_before_the_alerts_that_use_it() -> None:
    groups = [one["name"] for one in yaml.safe_load((PROMETHEUS / "rules.yml").read_text("utf-8"))["groups"]]

    assert groups[0] == "sav-recording"
    for path in (PROMETHEUS / "tests").glob("*.yml"):
        assert yaml.safe_load(path.read_text("utf-8"))["group_eval_order"] == groups, path.name


@needs_promtool
def test_promtool_finds_the_rules_and_the_configuration_well_formed() -> None:
    promtool("check", "rules", "rules.yml", folder=PROMETHEUS)
    promtool("check", "config", "prometheus.yml", folder=PROMETHEUS)


@needs_promtool
@pytest.mark.parametrize("path", sorted((PROMETHEUS / "tests").glob("*.yml")), ids=lambda one: one.stem)
def test_alerts_fire_just_after_their_limits_and_no_others_beside_them(path: Path) -> None:
    promtool("test", "rules", path.name, folder=path.parent)


def test_every_service_is_scraped_and_its_own_labels_are_kept() -> None:
    content = yaml.safe_load((PROMETHEUS / "prometheus.yml").read_text("utf-8"))

    (job,) = content["scrape_configs"]
    assert job["job_name"] == "sav"
    assert job["honor_labels"] is True  # the desk speaks of every service's lag
    assert [one["labels"]["service"] for one in job["static_configs"]] == [*SERVICES, *ADAPTERS]
    assert content["rule_files"] == ["rules.yml"]
