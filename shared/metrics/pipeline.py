"""How far the work has come, what waits, and what became of every request. Part of the catalogue."""

from __future__ import annotations

from shared.metrics.labels import BECAME, CHANNEL, SERVICE, TOPIC, WAITS
from shared.metrics.model import Metric

_ZERO = "begins at 0 again; `rate` and `increase` see that and go on"
_MEASURED_AGAIN = "measured again within five seconds"
_OF_THE_STORE = "none: it is read from the store"

PIPELINE: tuple[Metric, ...] = (
    Metric(
        "sav_oldest_unprocessed_seconds",
        "gauge",
        "seconds",
        (SERVICE,),
        "Âge du plus ancien message qu'un service n'a pas encore traité ; 0 s'il est à jour.",
        "Age of the oldest record that a service's group has not committed; 0 where it is up to date.",
        _MEASURED_AGAIN,
        "desk: committed offsets of every group, and the time stamp of the record that lies there",
        across="max",
    ),
    Metric(
        "sav_consumer_lag_records",
        "gauge",
        "records",
        (SERVICE, TOPIC),
        "Messages d'un topic qu'un service n'a pas encore traités.",
        "Records of a topic that a service's group has not committed.",
        _MEASURED_AGAIN,
        "desk: end offsets less committed offsets of every group",
        across="max",
    ),
    Metric(
        "sav_requests_accepted_total",
        "counter",
        "",
        (CHANNEL,),
        "Demandes acceptées par un canal et passées par la réception, copies comprises.",
        "Records of the request topics that intake's commits have passed, copies and all (R2).",
        _ZERO,
        "intake: the offsets that it commits",
    ),
    Metric(
        "sav_requests_became_total",
        "counter",
        "",
        (BECAME,),
        "Ce que chaque demande acceptée est devenue : dossier, suite d'un dossier, copie, mise de côté, illisible.",
        "What each accepted request became: a ticket, a follow-up, a copy, set aside, or dead (R2).",
        _ZERO,
        "intake: what its journal and its dead letters name",
    ),
    Metric(
        "sav_requests_unaccounted",
        "gauge",
        "records",
        (),
        "Demandes acceptées moins (dossiers + suites + copies + mises de côté + illisibles) : doit être 0 (R2).",
        "Requests accepted less (tickets + follow-ups + copies + set aside + dead): must be 0 (R2).",
        "begins at 0 again: both sides count the same process's records; the auditor compares all of them",
        "intake: the two counters above, of one moment",
    ),
    Metric(
        "sav_timers_overdue",
        "gauge",
        "records",
        (SERVICE,),
        "Échéances dues que le dernier passage a trouvées ; celles de la seconde en cours comptent.",
        "Due timers that the last sweep met; those of this very second count.",
        _OF_THE_STORE,
        "every stage: its sweeper",
        across="max",
    ),
    Metric(
        "sav_timers_oldest_overdue_seconds",
        "gauge",
        "seconds",
        (SERVICE,),
        "Retard de la plus ancienne échéance due et non traitée ; 0 s'il n'y en a pas.",
        "How long the oldest timer that is due and not done is overdue; 0 where none is.",
        _OF_THE_STORE,
        "every stage: its timers",
        across="max",
    ),
    Metric(
        "sav_waiting_records",
        "gauge",
        "records",
        (SERVICE, WAITS),
        "Messages mis de côté depuis le démarrage et qui attendent encore : en avance, trou, retenu.",
        "Messages that this replica has set aside and that still wait: early, behind a gap, held.",
        "begins at 0 again, as at a rebalance: what waited before is in the journal, and a person is called for it",
        "every stage: what it writes to its journal",
    ),
    Metric(
        "sav_set_aside_total",
        "counter",
        "",
        (SERVICE, WAITS),
        "Messages mis de côté : en avance, derrière un trou, retenus.",
        "Messages set aside: early, behind a gap, held.",
        _ZERO,
        "every stage: what it writes to its journal",
    ),
    Metric(
        "sav_dead_unsettled",
        "gauge",
        "records",
        (SERVICE,),
        "Messages illisibles que personne n'a encore réglés (`sav dead list`).",
        "Records that could not be read and that no person has settled (`sav dead list`).",
        _OF_THE_STORE,
        "every service: its store",
        across="max",
    ),
)
