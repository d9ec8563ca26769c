"""What every adapter's door shows: what lies on its disk; of portal and phone, what they took and refused. Part of the
catalogue."""

from __future__ import annotations

from shared.metrics.labels import ADAPTERS, REFUSED, WEB_PROGRAMS, WHERE
from shared.metrics.model import Label, Metric

_ADAPTER = Label("service", ADAPTERS)
_WEB = Label("service", WEB_PROGRAMS)
_ZERO = "begins at 0 again; `rate` and `increase` see that and go on"
_OF_THE_DISK = "none: it is read from the spool's folder"
_DOOR = "every adapter: the door that all it accepts goes through"

ARRIVAL_BUCKETS = (0.1, 0.5, 1.0, 5.0, 30.0, 60.0, 180.0, 600.0, 1200.0, 1800.0, 3600.0, 14400.0)
"""A form is there within a tenth of a second, a call two to thirty minutes after it began; ten minutes are what an
acknowledgement waits for triage, thirty are R3's; beyond an hour Kafka was away."""

DOORS: tuple[Metric, ...] = (
    Metric(
        "sav_door_accepted_total",
        "counter",
        "",
        (_WEB, WHERE),
        "Demandes que le portail et le téléphone ont acceptées, dans Kafka ou sur disque, copies comprises.",
        "Requests that portal and phone have accepted, into Kafka or onto the disk, copies and all (R2).",
        _ZERO,
        "portal and phone: their door's answer to each",
    ),
    Metric(
        "sav_door_refused_total",
        "counter",
        "",
        (_WEB, REFUSED),
        "Envois (POST) auxquels le portail ou le téléphone a répondu par un refus, selon la raison.",
        "What was sent (POST) and answered with a refusal by portal or phone, by reason.",
        _ZERO,
        "portal and phone: the status of each answer",
    ),
    Metric(
        "sav_door_arrival_seconds",
        "histogram",
        "seconds",
        (_WEB,),
        "De l'instant de réception d'une demande (R3) à celui où Kafka l'a, attente sur disque et appel compris.",
        "From the instant that a request counts from (R3) to the one at which Kafka has it, spool and call included.",
        _ZERO,
        "portal and phone: their door, by the service's clock",
        ARRIVAL_BUCKETS,
    ),
    Metric(
        "sav_door_spool_records",
        "gauge",
        "records",
        (_ADAPTER,),
        "Messages acceptés qui attendent sur disque que Kafka revienne.",
        "Accepted records that wait on the disk for Kafka to come back.",
        _OF_THE_DISK,
        _DOOR,
    ),
    Metric(
        "sav_door_put_aside_records",
        "gauge",
        "records",
        (_ADAPTER,),
        "Messages acceptés que Kafka refuse ou que le disque a abîmés : une personne doit les regarder.",
        "Accepted records that Kafka never takes or that the disk damaged: a person has to look.",
        _OF_THE_DISK,
        _DOOR,
    ),
)
