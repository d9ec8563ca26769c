"""The dashboard of the chain: services, backlog, what is set aside, and that nothing is lost. In French."""

from __future__ import annotations

from deploy.grafana.panels import ORANGE, RED, Dashboard, Panel, Query, Row, choice

_EVERY = 'service=~"$service"'
PIPELINE = Dashboard(
    "sav-pipeline",
    "SAV, chaîne de traitement",
    "Les services, leur retard, ce qui est mis de côté, et la preuve que rien n'est perdu.",
    (
        Row(
            "Maintenant",
            (
                Panel(
                    "Services présents",
                    "Nombre de répliques vues ; 0 : alerte SavServiceAbsent.",
                    (Query("sav:service_up", "{{service}}"),),
                    shape="stat",
                    columns=3,
                ),
                Panel(
                    "Demandes non comptées",
                    "Acceptées moins tout ce qu'elles sont devenues : doit être 0 (R2).",
                    (Query("sav:requests_unaccounted"),),
                    shape="stat",
                    limits=((1, RED),),
                    columns=3,
                ),
                Panel(
                    "Âge des mesures",
                    "Au-delà de deux minutes, ne pas se fier à cette page.",
                    (Query(f"max by (service) (sav_measured_age_seconds{{{_EVERY}}})", "{{service}}"),),
                    unit="s",
                    shape="stat",
                    limits=((60, ORANGE), (120, RED)),
                    columns=3,
                ),
                Panel(
                    "Services prêts",
                    "1 : partitions, moteurs et progrès ; sinon /readyz dit pourquoi.",
                    (Query(f"min by (service) (sav_ready{{{_EVERY}}})", "{{service}}"),),
                ),
                Panel(
                    "Plus ancien message non traité",
                    "Le retard de chaque service, vu du dehors : il se voit aussi quand le service est arrêté.",
                    (Query(f"sav:oldest_unprocessed_seconds{{{_EVERY}}}", "{{service}}"),),
                    unit="s",
                    limits=((300, RED),),
                ),
            ),
        ),
        Row(
            "Flux",
            (
                Panel(
                    "Messages traités par seconde",
                    "Par service, toutes répliques ensemble.",
                    (
                        Query(
                            f"sum by (service) (rate(sav_records_taken_total{{{_EVERY}}}[$__rate_interval]))",
                            "{{service}}",
                        ),
                    ),
                ),
                Panel(
                    "Messages en attente, par topic",
                    "Ce que chaque groupe n'a pas encore traité.",
                    (
                        Query(
                            f"max by (service, topic) (sav_consumer_lag_records{{{_EVERY}}}) > 0",
                            "{{service}} : {{topic}}",
                        ),
                    ),
                ),
                Panel(
                    "Ce que les demandes deviennent, par heure",
                    "Dossiers, suites, copies, mises de côté, illisibles : leur somme est ce qui a été accepté.",
                    (
                        Query("sum by (became) (increase(sav_requests_became_total[1h]))", "{{became}}"),
                        Query("sum(increase(sav_requests_accepted_total[1h]))", "acceptées"),
                    ),
                ),
                Panel(
                    "Événements publiés par seconde",
                    "Pour la première fois, ou de nouveau après un arrêt brutal ou sur demande.",
                    (
                        Query(
                            f"sum by (service) (rate(sav_events_published_total{{{_EVERY}}}[$__rate_interval]))",
                            "{{service}}",
                        ),
                        Query(
                            f"sum by (service) (rate(sav_events_republished_total{{{_EVERY}}}[$__rate_interval])) > 0",
                            "{{service}}, de nouveau",
                        ),
                    ),
                ),
            ),
        ),
        Row(
            "Échéances et mises de côté",
            (
                Panel(
                    "Retard de la plus ancienne échéance",
                    "Au-delà de dix minutes : alerte SavEcheancesEnRetard.",
                    (Query(f"max by (service) (sav_timers_oldest_overdue_seconds{{{_EVERY}}})", "{{service}}"),),
                    unit="s",
                    limits=((600, RED),),
                ),
                Panel(
                    "Échéances dues trouvées par un passage",
                    "Un passage toutes les 250 ms : quelques-unes sont normales.",
                    (Query(f"max by (service) (sav_timers_overdue{{{_EVERY}}})", "{{service}}"),),
                ),
                Panel(
                    "Messages qui attendent",
                    "En avance, derrière un trou, retenus ; depuis le démarrage de chaque réplique.",
                    (
                        Query(
                            f"sum by (service, waits) (sav_waiting_records{{{_EVERY}}}) > 0", "{{service}} : {{waits}}"
                        ),
                    ),
                    stacked=True,
                ),
                Panel(
                    "Messages mis de côté par heure",
                    "Un trou se comble seul en une minute ; un dossier retenu attend une personne.",
                    (
                        Query(
                            f"sum by (service, waits) (increase(sav_set_aside_total{{{_EVERY}}}[1h])) > 0",
                            "{{service}} : {{waits}}",
                        ),
                    ),
                ),
                Panel(
                    "Messages illisibles à régler",
                    "« sav dead list » les montre ; dans intake, ce peut être la demande d'un client.",
                    (Query(f"max by (service) (sav_dead_unsettled{{{_EVERY}}})", "{{service}}"),),
                    limits=((1, RED),),
                ),
                Panel(
                    "Anomalies par heure",
                    "Illisibles, retenus, conflits d'écriture, événements redemandés, lots repris.",
                    (
                        Query(f"sum(increase(sav_records_dead_total{{{_EVERY}}}[1h]))", "illisibles"),
                        Query(f"sum(increase(sav_messages_held_total{{{_EVERY}}}[1h]))", "retenus"),
                        Query(f"sum(increase(sav_write_conflicts_total{{{_EVERY}}}[1h]))", "conflits"),
                        Query("sum(increase(sav_gaps_asked_total[1h]))", "redemandés"),
                        Query(f'sum(increase(sav_rounds_total{{outcome="failed",{_EVERY}}}[1h]))', "lots repris"),
                    ),
                ),
            ),
        ),
        Row(
            "Courriel",
            (
                Panel(
                    "Courriels reçus par heure",
                    "Selon ce qu'ils sont devenus ; « later » : l'expéditeur réessaiera, « never » : refusé.",
                    (Query("sum by (answer) (increase(sav_mails_received_total[1h])) > 0", "{{answer}}"),),
                    stacked=True,
                ),
                Panel(
                    "Remises au relais par heure",
                    "« retry » : le relais a demandé d'attendre ; « unknown » : nul ne sait s'il a le message.",
                    (Query("sum by (result) (increase(sav_mail_attempts_total[1h])) > 0", "{{result}}"),),
                    stacked=True,
                ),
                Panel(
                    "Comptes rendus de remise par heure",
                    "Ce que sont devenus nos messages, tel que notify l'apprend.",
                    (Query("sum by (status) (increase(sav_mail_reports_total[1h])) > 0", "{{status}}"),),
                ),
            ),
        ),
        Row(
            "Portes des canaux",
            (
                Panel(
                    "Demandes du portail et du téléphone par heure",
                    "« spool » : acceptées sur disque, parce que Kafka ne répondait pas.",
                    (
                        Query(
                            "sum by (service, where) (increase(sav_door_accepted_total[1h])) > 0",
                            "{{service}} : {{where}}",
                        ),
                    ),
                    stacked=True,
                ),
                Panel(
                    "Envois refusés par heure",
                    "« not-kept », « failed » : à renvoyer ; « unproven » : signature absente ou page périmée.",
                    (
                        Query(
                            "sum by (service, reason) (increase(sav_door_refused_total[1h])) > 0",
                            "{{service}} : {{reason}}",
                        ),
                    ),
                    stacked=True,
                ),
                Panel(
                    "De la réception à Kafka, 95e centile",
                    "Un appel n'est transmis que deux à trente minutes après son début ; un formulaire, aussitôt.",
                    (
                        Query(
                            "histogram_quantile(0.95, "
                            "sum by (le, service) (rate(sav_door_arrival_seconds_bucket[1h])))",
                            "{{service}}",
                        ),
                    ),
                    unit="s",
                    limits=((1800, RED),),
                ),
                Panel(
                    "Acceptés qui attendent sur disque",
                    "Kafka est absent tant que la courbe monte ; rien n'est perdu.",
                    (Query("sum by (service) (sav_door_spool_records)", "{{service}}"),),
                ),
                Panel(
                    "Acceptés que Kafka refuse",
                    "Un seul suffit pour qu'une personne regarde : ce peut être la demande d'un client.",
                    (Query("sum by (service) (sav_door_put_aside_records)", "{{service}}"),),
                    limits=((1, RED),),
                ),
            ),
        ),
        Row(
            "Machines",
            (
                Panel(
                    "Retard de la boucle d'événements, 99e centile",
                    "Au-delà de quelques secondes, Kafka retire au service ses partitions.",
                    (Query(f"sav:event_loop_delay_seconds:p99_5m{{{_EVERY}}}", "{{service}}"),),
                    unit="s",
                    limits=((2.5, RED),),
                ),
                Panel(
                    "Dernier tour de boucle",
                    "Temps depuis le dernier tour fini ; deux minutes : /healthz répond 503.",
                    (Query(f"max by (service, loop) (sav_loop_silent_seconds{{{_EVERY}}})", "{{service}} : {{loop}}"),),
                    unit="s",
                    limits=((120, RED),),
                ),
                Panel(
                    "Mémoire",
                    "Par réplique.",
                    (Query(f'process_resident_memory_bytes{{job="sav",{_EVERY}}}', "{{service}} {{instance}}"),),
                    unit="bytes",
                ),
                Panel(
                    "Écritures par seconde",
                    "Ajouts aux journaux, documents du desk.",
                    (
                        Query(
                            f"sum by (service) (rate(sav_written_total{{{_EVERY}}}[$__rate_interval]))", "{{service}}"
                        ),
                    ),
                ),
            ),
        ),
    ),
    (choice("service", "Service", "label_values(sav_ready, service)"),),
    since="now-6h",
)
