"""Every metric of every service, once. The registry refuses any other name, and a test compares rules and dashboards.

Three things hold for all of them: a label has a known list of values, never a ticket's or a person's; seconds of the
procedure (SLA, deadlines) are those of the service's clock, seconds of the machinery (lag, delays) are real ones; what
is about the read model or the groups is exposed by the desk alone, so that it goes on while a stage is stopped.
"""

from __future__ import annotations

from shared.metrics.doors import DOORS
from shared.metrics.machinery import MACHINERY
from shared.metrics.mail import MAIL
from shared.metrics.model import Metric
from shared.metrics.pipeline import PIPELINE
from shared.metrics.sla import SLA

METRICS: tuple[Metric, ...] = (*SLA, *PIPELINE, *MACHINERY, *DOORS, *MAIL)
BY_NAME: dict[str, Metric] = {metric.name: metric for metric in METRICS}
