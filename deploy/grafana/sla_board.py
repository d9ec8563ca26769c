"""The dashboard of the promises made to customers: what is late now, then how delays have been kept. In French."""

from __future__ import annotations

from deploy.grafana.panels import ORANGE, RED, Dashboard, Panel, Query, Row, choice

_WHOSE = 'criticality=~"$criticality",tier=~"$tier"'
_VARIABLES = (
    choice("criticality", "Criticité", "label_values(sav_tickets_open, criticality)"),
    choice("tier", "Contrat", "label_values(sav_tickets_open, tier)"),
)
_RESTARTS = "Un redémarrage du desk n'efface rien ici ; un desk qui relit tout depuis le début recompte l'histoire."


def _share(title: str, promise: str, requirement: str) -> Panel:
    selected = f'promise="{promise}",{_WHOSE}'
    return Panel(
        title,
        f"Part des promesses tenues parmi celles qui se sont accomplies dans la période choisie ({requirement}). "
        "Une promesse encore due n'y est pas : elle est dans « En retard maintenant ».",
        (
            Query(
                f'sum(increase(sav_sla_promises_total{{kept="yes",{selected}}}[$__range]))'
                f" / (sum(increase(sav_sla_promises_total{{{selected}}}[$__range])) > 0)"
            ),
        ),
        unit="percentunit",
        shape="stat",
        columns=4,
    )


def _delays(title: str, metric: str, says: str, *limits: tuple[float, str]) -> Panel:
    def at(share: float) -> str:
        buckets = f"sum by (le) (increase({metric}_bucket{{{_WHOSE}}}[$__range]))"
        return f"histogram_quantile({share}, {buckets})"

    return Panel(
        title,
        f"{says} Médiane et 95e centile sur la période choisie, par les bornes de l'histogramme. {_RESTARTS}",
        (Query(at(0.5), "médiane"), Query(at(0.95), "95 %")),
        unit="s",
        shape="stat",
        limits=limits,
        columns=5,
    )


SLA = Dashboard(
    "sav-sla",
    "SAV, promesses aux clients",
    "Ce qui est en retard maintenant, et comment les délais de PROC-QUAL-006 sont tenus.",
    (
        Row(
            "Maintenant",
            (
                Panel(
                    "En retard maintenant",
                    "Dossiers dont une échéance est passée, par la première passée.",
                    (Query(f"sum by (deadline) (sav_tickets_late{{{_WHOSE}}})", "{{deadline}}"),),
                    shape="stat",
                    limits=((1, RED),),
                    columns=3,
                ),
                Panel(
                    "Plus ancienne demande sans accusé",
                    "R3 : trente minutes pendant les heures ouvrées, à toute heure pour une urgence.",
                    (
                        Query(
                            f"max by (criticality) (sav_oldest_unacknowledged_seconds{{{_WHOSE}}})", "{{criticality}}"
                        ),
                    ),
                    unit="s",
                    shape="stat",
                    limits=((20 * 60, ORANGE), (30 * 60, RED)),
                    columns=3,
                ),
                Panel(
                    "Temps restant au prochain accusé dû",
                    "Tient compte des heures ouvrées ; négatif : en retard. Rien : aucun accusé n'est dû.",
                    (
                        Query(
                            f"min by (criticality) (sav_acknowledgement_margin_seconds{{{_WHOSE}}})", "{{criticality}}"
                        ),
                    ),
                    unit="s",
                    shape="stat",
                    columns=3,
                ),
                Panel(
                    "Dossiers ouverts, par étape",
                    "Où se trouvent les dossiers.",
                    (Query(f"sum by (phase) (sav_tickets_open{{{_WHOSE}}})", "{{phase}}"),),
                    stacked=True,
                ),
                Panel(
                    "Dossiers qui attendent une personne",
                    "Par étape et par motif ; chacun est dans « sav ticket list --attention ».",
                    (Query("sum by (stage, about) (sav_calls_open) > 0", "{{stage}} : {{about}}"),),
                    stacked=True,
                ),
            ),
        ),
        Row(
            "Promesses tenues",
            (
                _share("Accusés de réception dans les délais", "acknowledgement", "R3"),
                _share("Prises en charge dans les délais", "take-charge", "R4"),
                _share("Arrivées sur site dans les délais", "on-site", "R10"),
                _share("Enquêtes envoyées à temps", "survey", "R14"),
                Panel(
                    "Promesses tenues sur un jour glissant",
                    "Chaque promesse, par criticité et par contrat.",
                    (
                        Query(
                            f"sav:promises_kept:ratio_1d{{{_WHOSE}}}",
                            "{{promise}}, {{criticality}}, {{tier}}",
                        ),
                    ),
                    unit="percentunit",
                ),
                Panel(
                    "Dossiers en retard, dans le temps",
                    "Une marche qui ne redescend pas est une promesse que personne ne rattrape.",
                    (Query(f"sum by (deadline) (sav_tickets_late{{{_WHOSE}}})", "{{deadline}}"),),
                    stacked=True,
                ),
            ),
        ),
        Row(
            "Délais",
            (
                _delays(
                    "Accusé de réception",
                    "sav_sla_acknowledgement_seconds",
                    "De la réception à l'accusé pris par le canal.",
                    (30 * 60, ORANGE),
                ),
                _delays("Prise en charge", "sav_sla_take_charge_seconds", "De la réception à la prise en charge."),
                _delays("Arrivée sur site", "sav_sla_on_site_seconds", "De la réception à l'arrivée."),
                _delays(
                    "Rétablissement",
                    "sav_sla_restored_seconds",
                    "De la réception à la résolution, pauses déduites ; promise par les seuls contrats qui le disent.",
                ),
                _delays("Clôture", "sav_sla_closing_seconds", "De la réception à la clôture."),
                _delays(
                    "Enquête",
                    "sav_sla_survey_seconds",
                    "De la clôture au départ de l'invitation : entre 24 et 48 heures (R14).",
                    (48 * 3600, RED),
                ),
                Panel(
                    "Accusé de réception, 95e centile sur un jour",
                    "Par criticité ; la nuit et le week-end allongent ceux qui ne sont pas urgents.",
                    (Query("sav:sla_acknowledgement_seconds:p95_1d", "{{criticality}}"),),
                    unit="s",
                    limits=((30 * 60, ORANGE),),
                ),
                Panel(
                    "Délais de clôture",
                    "Répartition des clôtures par délai ; une clôture par silence prend au moins une semaine (R13).",
                    (Query(f"sum by (le) (increase(sav_sla_closing_seconds_bucket{{{_WHOSE}}}[1h]))", "{{le}}"),),
                    shape="heatmap",
                ),
            ),
        ),
        Row(
            "Entrées et sorties",
            (
                Panel(
                    "Dossiers ouverts par heure",
                    "Par canal.",
                    (Query("sum by (channel) (increase(sav_tickets_opened_total[1h]))", "{{channel}}"),),
                    stacked=True,
                ),
                Panel(
                    "Clôtures par heure",
                    "Confirmées par le client, ou après silence prouvé.",
                    (Query(f"sum by (cause) (increase(sav_tickets_closed_total{{{_WHOSE}}}[1h]))", "{{cause}}"),),
                    stacked=True,
                ),
                Panel(
                    "Clôtures par silence refusées, par jour",
                    "Relance revenue, client qui a parlé, silence non prouvé : la règle R13 à l'œuvre.",
                    (Query("sum by (because) (increase(sav_silent_closings_refused_total[1d]))", "{{because}}"),),
                ),
                Panel(
                    "Réouvertures par jour",
                    "Un problème déclaré résolu qui ne l'était pas (R12).",
                    (
                        Query(
                            f"sum by (criticality) (increase(sav_tickets_reopened_total{{{_WHOSE}}}[1d]))",
                            "{{criticality}}",
                        ),
                    ),
                ),
            ),
        ),
    ),
    _VARIABLES,
    since="now-7d",
)
