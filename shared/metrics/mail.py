"""The mail programs: what came in, what left. Part of the catalogue."""

from __future__ import annotations

from shared.metrics.labels import ANSWER, MAIL_PROGRAMS, RESULT, STATUS
from shared.metrics.model import Label, Metric

_PROGRAM = Label("service", MAIL_PROGRAMS)
_ZERO = "begins at 0 again; `rate` and `increase` see that and go on"
_DOOR = "receive, fetch and send: the door that all they accept goes through"

MAIL: tuple[Metric, ...] = (
    Metric(
        "sav_mails_received_total",
        "counter",
        "",
        (_PROGRAM, ANSWER),
        "Courriels reçus, selon ce qu'ils sont devenus ; « later » a été renvoyé à plus tard, « never » refusé.",
        "Mails that came in, by what each became; `later` was put off (451), `never` refused (552).",
        _ZERO,
        "receive and fetch: their answer to each mail",
    ),
    Metric(
        "sav_mail_attempts_total",
        "counter",
        "",
        (RESULT,),
        "Remises au relais, selon sa réponse ; « unknown » : nul ne sait s'il a le message.",
        "Conversations with the relay, by what is known afterwards; `unknown`: it may have the message.",
        _ZERO,
        "send: the relay's answer to each attempt",
    ),
    Metric(
        "sav_mail_reports_total",
        "counter",
        "",
        (_PROGRAM, STATUS),
        "Comptes rendus de remise publiés (sav.deliveries), par les trois programmes.",
        "Reports of what became of a message, on sav.deliveries, by each program.",
        _ZERO,
        _DOOR,
    ),
)
