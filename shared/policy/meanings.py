"""For each place of the policy file, one French sentence: whom it concerns, and what a change of it does. Pure data.

Called by `shared.policy.diff`; a test holds that no place is without its sentence.
"""

from __future__ import annotations

STEPS = {"take_charge": "prise en charge", "on_site": "intervention sur site", "restored": "rétablissement"}
"""The steps that a contract promises; each delay's sentence is made of them."""
WARNED = {"in-charge": "à qui a le dossier", "dispatcher": "aux répartiteurs"}
"""Who is warned that a promise is at risk."""
KEPT = "Les dossiers ouverts gardent les instants qui leur ont été promis."
MEANINGS: tuple[tuple[str, str], ...] = (
    ("version", "Les événements décidés sous cette politique la nommeront ainsi."),
    (
        "valid_from",
        "Les dossiers ouverts à partir de cet instant suivent cette version ; les autres gardent la leur.",
    ),
    ("notice", "Remarque pour qui lit le fichier : rien ne change pour personne."),
    ("company", "Les messages aux clients sont signés de ce nom."),
    (
        "portal",
        "Les prochains liens mènent là ; l'ancienne adresse doit encore répondre aux liens déjà envoyés.",
    ),
    (
        "opening_calendar",
        "Heures ouvrables de l'entreprise (R1) : accusés de réception (R3) et délais comptés en heures ouvrées.",
    ),
    (
        "on_call_calendar",
        "Heures où l'astreinte travaille : interventions critiques des contrats qui y ont droit (R1).",
    ),
    ("calendars.*.name", "Nom sous lequel le calendrier est montré."),
    ("calendars.*.zone", "Fuseau du calendrier : ses ouvertures se lisent à cette heure locale."),
    (
        "calendars.*.week.*",
        "Heures d'ouverture de ce jour (0 est lundi) : tout délai compté ici change d'autant. " + KEPT,
    ),
    (
        "calendars.*.holidays",
        "Jours fériés de ce calendrier : les délais s'arrêtent ces jours-là, de minuit à minuit. " + KEPT,
    ),
    ("calendars.*.closings", "Fermetures de l'entreprise : ces dates-là ne comptent pas. " + KEPT),
    ("calendars.*.continuous", "Calendrier ouvert à toute heure, ou non."),
    (
        "channels",
        "Canaux dont le silence doit être prouvé avant de clore (R13) ; un canal retiré n'est plus attendu.",
    ),
    ("on_call.*", "Classes servies à toute heure pour ce contrat (R1)."),
    (
        "pauses.*.*",
        "Horloges que ce contrat laisse s'arrêter pour ce motif, jusqu'à la parole suivante du client.",
    ),
    ("paging.answer_within", "Sans réponse de la personne d'astreinte après ce temps, la suivante est appelée (R1)."),
    ("paging.rounds", "Nombre de tours d'appel de l'astreinte avant que seul un répartiteur puisse agir (R1)."),
    ("reception.oldest", "Une demande reçue il y a plus longtemps est mise de côté, et une personne la lit."),
    ("reception.ahead", "Une demande datée plus loin dans le futur est mise de côté, et une personne la lit."),
    ("reception.text_limit", "Longueur, en caractères, du plus long texte accepté d'un client."),
    ("acknowledgement.within", "Délai de l'accusé de réception (R3), pour les demandes reçues désormais."),
    ("acknowledgement.wait_for_triage", "Sans classement après ce temps, l'accusé part comme Critique (R4, R8)."),
    (
        "dispatch.warnings",
        "Parts d'un délai écoulées sans que la promesse soit tenue : qui est averti, et quand (R10). " + KEPT,
    ),
    ("dispatch.look_at_pause", "Une horloge arrêtée depuis ce temps : une personne regarde si l'attente se justifie."),
    ("dispatch.visit_duration", "Temps réservé dans l'agenda d'un technicien pour une visite."),
    ("dispatch.answer_within", "Sans réponse d'un stock ou d'un agenda après ce temps, une personne est appelée."),
    ("dispatch.depot", "Dépôt des pièces d'un technicien que le registre ne connaît pas (R11)."),
    ("dispatch.lead", "Temps entre la planification et le début au plus tôt d'une visite."),
    ("dispatch.retry_missing_part.duration", "Une pièce manquante est demandée de nouveau après ce temps (R11)."),
    ("dispatch.retry_missing_part.calendar", "Calendrier sur lequel ce temps est compté (R11)."),
    ("dispatch.working_calendar", "Heures de travail des techniciens hors astreinte (R10)."),
    ("closing.remind_after_working_days", "Jours ouvrés sans réponse avant la relance de clôture (R13)."),
    (
        "closing.silence",
        "Silence après la remise de la relance avant de clore (R13) ; les relances déjà remises gardent leur échéance.",
    ),
    ("closing.undo", "Temps pendant lequel un client peut revenir sur son clic (R12)."),
    (
        "closing.ask_silence_again",
        "Temps entre deux questions sur le silence d'un client, tant qu'il n'est pas prouvé.",
    ),
    (
        "closing.report_within",
        "Relance dont aucun canal ne rend compte après ce temps : une personne est appelée (R13).",
    ),
    ("closing.silence_unproven_after", "Silence non prouvé après ce temps : une personne décide (R13)."),
    (
        "closing.bounce_grace",
        "Sans retour à l'expéditeur pendant ce temps, un courriel pris par le relais compte comme remis (R13).",
    ),
    ("survey.after", "L'enquête part ce temps après la clôture (R14)."),
    ("survey.latest", "Après ce temps l'enquête est en retard (R14)."),
    ("survey.expires", "Temps pendant lequel un client peut répondre à l'enquête (R14)."),
)
