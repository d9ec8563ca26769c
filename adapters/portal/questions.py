"""What the guided form asks, by what the trouble is about, in a customer's words (R1). Pure data.

Called by the form and its page. A new question is a line here; triage reads the answers as the customer's own words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Topic:
    """One choice of the first page, and what follows from it."""

    name: str
    """In the address of its page."""
    title: str
    hint: str
    equipment: str
    """As triage reads it; empty where it is about no device."""
    symptoms: Mapping[str, str]
    """Word in the form to the sentence that the customer reads; the sentence is what is published."""
    where_hint: str = "Le site, l’étage, la pièce ou le numéro de zone. Par exemple : dépôt de Lyon, porte du quai 2."
    asks_protection: bool = True
    extra: tuple[Choice, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Choice:
    """A question with a few answers."""

    name: str
    title: str
    answers: Mapping[str, str]
    """Word in the form to what the customer reads."""
    hint: str = ""


OTHER = "autre"
_OTHER = {OTHER: "Autre chose : je l’explique ci-dessous"}

PROTECTED = Choice(
    "protected",
    "Votre site est-il encore protégé ?",
    {
        "yes": "Oui, le reste fonctionne normalement",
        "no": "Non, une zone ou tout le site n’est plus surveillé",
        "unknown": "Je ne sais pas",
    },
    "En cas de doute, choisissez « Je ne sais pas » : nous ferons comme s’il ne l’était plus.",
)
SINCE = Choice(
    "since",
    "Depuis quand ?",
    {
        "now": "Cela vient d’arriver",
        "today": "Aujourd’hui",
        "yesterday": "Hier",
        "week": "Quelques jours",
        "longer": "Plus longtemps",
    },
)
REACH = Choice(
    "reach",
    "Peut-on vous joindre ?",
    {
        "now": "Oui, tout de suite",
        "later": "Oui, mais plus tard",
        "mail": "Plutôt par écrit",
    },
)
_IMAGE = Choice(
    "recording",
    "Les enregistrements sont-ils encore là ?",
    {"yes": "Oui", "no": "Non, ou seulement en partie", "unknown": "Je ne sais pas"},
)
_ENTRY = Choice(
    "entry",
    "Peut-on encore fermer et ouvrir cet accès ?",
    {"both": "Oui", "open": "Il reste ouvert", "closed": "Il reste fermé", "unknown": "Je ne sais pas"},
)
_SOUNDS = Choice(
    "sounds",
    "Une sirène sonne-t-elle en ce moment ?",
    {"yes": "Oui", "no": "Non", "unknown": "Je ne suis pas sur place"},
)

TOPICS: tuple[Topic, ...] = (
    Topic(
        "alarme",
        "L’alarme ou la sirène",
        "Elle sonne, ne sonne plus, ne se met plus en marche, affiche un défaut",
        "centrale",
        {
            "dead": "L’alarme ne répond plus du tout",
            "arming": "L’alarme ne se met plus en marche",
            "ringing": "L’alarme sonne sans raison",
            "fault": "Le clavier affiche un défaut",
        }
        | _OTHER,
        extra=(_SOUNDS,),
    ),
    Topic(
        "detecteur",
        "Un détecteur ou un contact",
        "Un seul appareil : détecteur de mouvement, contact de porte, détecteur de fumée",
        "détecteur",
        {
            "silent": "Un détecteur ne détecte plus rien",
            "false": "Un détecteur se déclenche sans raison",
            "battery": "La pile d’un détecteur est à changer",
            "broken": "Un détecteur est cassé ou décroché",
        }
        | _OTHER,
    ),
    Topic(
        "camera",
        "Les caméras ou l’enregistreur",
        "Pas d’image, image floue, enregistrements introuvables",
        "caméra",
        {
            "one": "Une caméra ne donne plus d’image",
            "all": "Plus aucune caméra ne donne d’image",
            "blurred": "L’image est mauvaise",
            "replay": "Je ne retrouve pas un enregistrement",
        }
        | _OTHER,
        extra=(_IMAGE,),
    ),
    Topic(
        "acces",
        "Les portes, les badges ou l’interphone",
        "Un badge refusé, une porte ou un portail bloqué",
        "contrôle d’accès",
        {
            "badge": "Un badge est refusé",
            "open": "Une porte ne se ferme plus",
            "shut": "Une porte ne s’ouvre plus",
            "intercom": "L’interphone ne fonctionne plus",
        }
        | _OTHER,
        extra=(_ENTRY,),
    ),
    Topic(
        "application",
        "L’application, la télécommande ou les codes",
        "Je ne peux plus me connecter, mettre en marche à distance, changer un code",
        "application",
        {
            "login": "Je ne peux plus me connecter",
            "remote": "La télécommande ne répond plus",
            "code": "Un code ne marche plus",
            "notice": "Je ne reçois plus les notifications",
        }
        | _OTHER,
    ),
    Topic(
        "conseil",
        "Une question, un conseil, une formation",
        "Rien n’est en panne : un réglage, un utilisateur à ajouter, une explication",
        "",
        {
            "use": "Je voudrais savoir comment faire quelque chose",
            "settings": "Je voudrais changer un réglage",
            "training": "Je voudrais une formation",
        }
        | _OTHER,
        asks_protection=False,
    ),
    Topic(
        "autre",
        "Autre chose, ou je ne sais pas",
        "Dites-le avec vos mots : nous trouverons",
        "",
        {},
    ),
)
BY_NAME: Mapping[str, Topic] = {topic.name: topic for topic in TOPICS}
