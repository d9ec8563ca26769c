"""What the rehearsal of the alerts has Prometheus watch: the committed configuration, on this machine's ports."""

from __future__ import annotations

import yaml

from demo.stack import names
from deploy.prometheus.rehearse import configuration


def test_every_service_that_runs_is_scraped_at_its_port_and_the_adapters_are_left_out() -> None:
    services = sorted({name.partition("-")[0] for name in names()})
    targets = {name: [9_000 + n] for n, name in enumerate(services)}

    (job,) = yaml.safe_load(configuration(targets))["scrape_configs"]

    scraped = {one["labels"]["service"]: one["targets"] for one in job["static_configs"]}
    assert scraped == {name: [f"127.0.0.1:{port}"] for name, (port,) in targets.items()}
