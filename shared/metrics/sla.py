"""The promises of the procedure, as metrics: all of them the desk's. Part of the catalogue."""

from __future__ import annotations

from shared.metrics.labels import (
    ABOUT,
    BECAUSE,
    CAUSE,
    CHANNEL,
    CRITICALITY,
    DEADLINE,
    KEPT,
    PHASE,
    PROMISE,
    STAGE,
    TIER,
)
from shared.metrics.model import Metric

MINUTE, HOUR, DAY = 60, 3600, 86400

ACKNOWLEDGEMENT_BUCKETS = (
    *(MINUTE, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE, 20 * MINUTE, 25 * MINUTE, 30 * MINUTE),
    *(HOUR, 4 * HOUR, 16 * HOUR, 3 * DAY),
)
"""R3's 30 minutes is a bound of its own; ten is when triage is no longer waited for; 16 hours is a night, 3 days a
weekend, which R3 does not count."""
CHARGE_BUCKETS = (15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR, 16 * HOUR, DAY, 3 * DAY, 7 * DAY)
"""From a quarter of the shortest delay promised (an hour) to a week."""
SITE_BUCKETS = (HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR, DAY, 2 * DAY, 3 * DAY, 5 * DAY, 7 * DAY, 14 * DAY)
"""From a quarter of the shortest delay promised (four hours) to two weeks."""
RESTORED_BUCKETS = (2 * HOUR, 4 * HOUR, 8 * HOUR, DAY, 2 * DAY, 3 * DAY, 5 * DAY, 7 * DAY, 14 * DAY, 30 * DAY)
"""From a quarter of the shortest delay promised (eight hours) to a month: the longest promised takes four weeks."""
CLOSING_BUCKETS = (4 * HOUR, DAY, 2 * DAY, 4 * DAY, 7 * DAY, 9 * DAY, 11 * DAY, 14 * DAY, 21 * DAY, 30 * DAY, 60 * DAY)
"""A silent closing takes at least two working days and five full ones: seven to eleven days by the calendar."""
SURVEY_BUCKETS = (12 * HOUR, 24 * HOUR, 25 * HOUR, 30 * HOUR, 36 * HOUR, 42 * HOUR, 48 * HOUR, 72 * HOUR)
"""R14's 24 and 48 hours are bounds of their own."""

_OF_READ_MODEL = "absent until the desk has read its open tickets again, then exact"
_LOST = (
    "begins at 0 again; what was written in the instant before a crash is not counted, and a desk without its database "
    "that reads its topics from the start counts their history once more"
)
_DESK = "desk: each ticket that it writes, before against after"
_OPEN = "desk: the open tickets of the read model, kept in memory, each replica those of its partitions"


def _sla(name: str, buckets: tuple[float, ...], fr: str, en: str) -> Metric:
    labels = (CRITICALITY, TIER)
    return Metric(f"sav_sla_{name}_seconds", "histogram", "seconds", labels, fr, en, _LOST, _DESK, buckets)


SLA: tuple[Metric, ...] = (
    _sla(
        "acknowledgement",
        ACKNOWLEDGEMENT_BUCKETS,
        "De la réception de la demande à l'accusé de réception pris par le canal, en temps réel (R3).",
        "From the request's receipt to the first acknowledgement that a channel took, on the clock (R3).",
    ),
    _sla(
        "take_charge",
        CHARGE_BUCKETS,
        "De la réception de la demande à la première prise en charge, en temps réel (R4).",
        "From the request's receipt to the first taking of charge, on the clock (R4).",
    ),
    _sla(
        "on_site",
        SITE_BUCKETS,
        "De la réception de la demande à la première arrivée sur site, attentes du contrat déduites (R10).",
        "From the request's receipt to the first arrival on site, on the clock, less the contract's pauses (R10).",
    ),
    _sla(
        "restored",
        RESTORED_BUCKETS,
        "De la réception de la demande à chaque résolution, attentes du contrat déduites (R10).",
        "From the request's receipt to each resolution, on the clock, less the contract's pauses (R10).",
    ),
    _sla(
        "closing",
        CLOSING_BUCKETS,
        "De la réception de la demande à chaque clôture, en temps réel (R12, R13).",
        "From the request's receipt to each closing, on the clock (R12, R13).",
    ),
    _sla(
        "survey",
        SURVEY_BUCKETS,
        "De la clôture au départ de l'invitation à l'enquête, en temps réel (R14).",
        "From a closing to the departure of its survey's invitation, on the clock (R14).",
    ),
    Metric(
        "sav_sla_promises_total",
        "counter",
        "",
        (PROMISE, CRITICALITY, TIER, KEPT),
        "Promesses tenues ou manquées, chacune comptée quand elle s'accomplit, d'après le délai annoncé.",
        "Promises kept or missed, each counted when it is fulfilled, by the deadline that held for it.",
        _LOST,
        _DESK,
    ),
    Metric(
        "sav_tickets_late",
        "gauge",
        "tickets",
        (DEADLINE, CRITICALITY, TIER),
        "Dossiers en retard maintenant, par la première échéance dépassée.",
        "Tickets that are late now, by the deadline that passed first.",
        _OF_READ_MODEL,
        _OPEN,
    ),
    Metric(
        "sav_oldest_unacknowledged_seconds",
        "gauge",
        "seconds",
        (CRITICALITY, TIER),
        "Âge de la plus ancienne demande sans accusé de réception ; 0 s'il n'y en a pas.",
        "Age of the oldest request that was never acknowledged; 0 where there is none.",
        _OF_READ_MODEL,
        _OPEN,
        across="max",
    ),
    Metric(
        "sav_acknowledgement_margin_seconds",
        "gauge",
        "seconds",
        (CRITICALITY, TIER),
        "Temps qui reste au prochain accusé de réception dû, négatif s'il est en retard ; absent s'il n'y en a pas.",
        "Time left to the next acknowledgement that is due, negative when it is late; absent where none is.",
        _OF_READ_MODEL,
        _OPEN,
        across="min",
    ),
    Metric(
        "sav_tickets_open",
        "gauge",
        "tickets",
        (PHASE, CRITICALITY, TIER),
        "Dossiers ouverts, par étape.",
        "Open tickets by phase.",
        _OF_READ_MODEL,
        _OPEN,
    ),
    Metric(
        "sav_calls_open",
        "gauge",
        "tickets",
        (STAGE, ABOUT),
        "Dossiers pour lesquels une personne est appelée et rien n'a encore répondu, par étape et par motif.",
        "Tickets for which a person is called and nothing has answered it yet, by stage and matter.",
        _OF_READ_MODEL,
        _OPEN,
    ),
    Metric(
        "sav_tickets_opened_total",
        "counter",
        "",
        (CHANNEL,),
        "Dossiers ouverts, par canal.",
        "Tickets opened, by channel (R2).",
        _LOST,
        _DESK,
    ),
    Metric(
        "sav_tickets_closed_total",
        "counter",
        "",
        (CAUSE, CRITICALITY, TIER),
        "Clôtures, confirmées par le client ou après silence prouvé.",
        "Closings, confirmed by the customer or after proven silence (R12, R13).",
        _LOST,
        _DESK,
    ),
    Metric(
        "sav_tickets_reopened_total",
        "counter",
        "",
        (CRITICALITY, TIER),
        "Réouvertures d'un dossier résolu ou clos.",
        "Reopenings of a resolved or closed ticket (R12).",
        _LOST,
        _DESK,
    ),
    Metric(
        "sav_silent_closings_refused_total",
        "counter",
        "",
        (BECAUSE,),
        "Clôtures par silence refusées : relance revenue, client qui a parlé, silence qui n'a pas pu être prouvé.",
        "Closings by silence that were refused: reminder bounced, customer spoke, silence could not be proved (R13).",
        _LOST,
        _DESK,
    ),
)
