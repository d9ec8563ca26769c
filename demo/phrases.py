"""What the demonstration's people say and write, in French. Data for `demo.people` alone; all of it is invented."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Meaning = Literal["solved", "not-solved", "no-answer"]


@dataclass(frozen=True, slots=True)
class Fault:
    """What a technician finds behind a request whose name holds one of `words`, and the part that mends it."""

    words: tuple[str, ...]
    part: str
    diagnosis: str
    report: str


FAULTS: tuple[Fault, ...] = (
    Fault(("camera", "dome", "video", "sonnette", "cam-"), "CAM-DOM",
          "Caméra sans réponse après redémarrage du port : caméra à remplacer.",
          "Caméra remplacée, cadrage validé avec le client, enregistrement vérifié."),
    Fault(("enregistreur", "recorder", "nvr", "relecture", "disque"), "HDD-8T",
          "Disque de l'enregistreur en erreur dans les journaux.",
          "Disque remplacé, volume reconstruit, relecture contrôlée."),
    Fault(("lecteur", "lector", "badge", "enrolement"), "LEC-BDG",
          "Lecteur muet sur le bus, les voisins répondent : lecteur à remplacer.",
          "Lecteur remplacé, badges essayés dans les deux sens."),
    Fault(("porte", "gache", "serrure", "ventouse", "sas-", "maglock", "door"), "GACHE-24",
          "Commande reçue mais la porte ne se verrouille pas : gâche usée.",
          "Gâche remplacée et réglée, verrouillage contrôlé dix fois."),
    Fault(("telesurveil", "muet", "box-", "migration", "avenant", "transmi"), "GSM-4G",
          "Transmetteur injoignable par les deux voies : à remplacer.",
          "Transmetteur remplacé, essai reçu par la station de télésurveillance."),
    Fault(("clavier", "code-refuse"), "CL-LCD",
          "Clavier absent du bus de la centrale.",
          "Clavier remplacé, mise en et hors service essayée avec le client."),
    Fault(("sirene", "siren"), "SIR-EXT",
          "Sirène en défaut permanent, commande de la centrale correcte.",
          "Sirène remplacée, niveau sonore et flash contrôlés."),
    Fault(("detecteur", "melder", "radar", "zone", "mouchard", "dm31"), "DM-PIR",
          "Détecteur absent du bus depuis sa dernière alarme.",
          "Détecteur remplacé, essai de marche concluant sur toute la zone."),
    Fault(("contact", "rolltor", "volet"), "CO-MAG",
          "Boucle du contact ouverte en permanence.",
          "Contact remplacé et réaligné."),
    Fault(("batterie", "secteur", "coupure", "pile"), "BAT-12V7",
          "Tension de batterie trop basse, charge correcte.",
          "Batterie remplacée, autonomie contrôlée."),
    Fault(("centrale", "alarme", "boitier", "alarm", "partiel", "inondation", "plafond"), "CM-400",
          "La centrale ne démarre plus : carte mère à remplacer.",
          "Carte mère remplacée, configuration rechargée, essai général concluant."),
    Fault(("alimentation", "defaut", "voyant", "set-alarm"), "ALIM-230",
          "Alimentation instable dans les journaux : carte à remplacer.",
          "Carte d'alimentation remplacée, tensions contrôlées."),
)  # fmt: skip
"""The first whose words fit counts; where none fits, any may be behind it."""

REMOTE = (
    "Connexion au site et lecture des journaux : défaut retrouvé, équipement redémarré, fonctionnement vérifié.",
    "Paramètre corrigé à distance, puis essai fait avec le client au téléphone.",
    "Mise à jour appliquée après sauvegarde, plus aucun défaut dans les journaux.",
)
ADVICE = (
    "Réponse donnée par téléphone, fiche pratique envoyée.",
    "Document demandé retrouvé et transmis.",
    "Réglage expliqué pas à pas, le client l'a fait lui-même.",
)
WORDS: tuple[tuple[str, Meaning], ...] = (
    ("Bonjour, c'est bon de notre côté, tout fonctionne depuis ce matin. Merci à votre technicien.", "solved"),
    ("Re-bonjour, j'ai fait l'essai avec ma collègue, ça marche, vous pouvez fermer le dossier.", "solved"),
    ("Bonjour, désolé d'insister mais le défaut est revenu cette nuit, avec le même message au clavier.", "not-solved"),
    ("Bien reçu. Je ne suis pas sur place, je vérifie à mon retour et je vous redis.", "no-answer"),
)
QUESTIONS = (
    ("Demandé au client la plage horaire à vérifier.", "Bonjour, c'est la plage que nous avions convenue, merci."),
    ("Demandé au client qui accueille sur place.", "Bonjour, la gardienne vous accueille, merci de sonner à la loge."),
)
"""What a technician asks and notes, and what the customer answers: for the wait until then."""
SHUT = (
    ("Site fermé ce jour d'après l'accueil, rappel promis.", "Bonjour, vous pouvez passer, l'accueil est prévenu."),
    ("Accès refusé par le gardien, sans consigne.", "Bonjour, la consigne est donnée au gardien, merci."),
)
"""The same where nobody lets the technician in."""
STILL_BROKEN = (
    "Le même défaut est revenu une heure après.",
    "Mieux, mais un des deux appareils ne répond toujours pas.",
    "Non, rien n'a changé de notre côté.",
)
OUT_OF_OFFICE = "Je suis absent jusqu'à la fin du mois. En cas d'urgence, merci de contacter l'accueil."
PLEASED = (
    "Très rapide, merci.",
    "Technicien aimable et clair, il a pris le temps d'expliquer.",
    "Rien à redire, problème réglé sans déplacement.",
    "Bien, mais j'aurais aimé être prévenu de l'heure exacte.",
)
DISPLEASED = (
    "Il a fallu insister : la première réparation n'a pas tenu.",
    "Résolu au bout du compte, mais trop de messages pour en arriver là.",
    "Je n'ai pas compris ce qui avait été fait la première fois.",
)
