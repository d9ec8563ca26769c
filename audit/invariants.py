"""The invariants by their stable ids, in the words of those who run the system; which checks carry each is said by the
checks themselves. `docs/invariants.md` is held against this list by a test.

Ids are never reused. I1 to I42 keep the numbers of the first review; I43 on were added for what was built.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Invariant:
    """One promise, for people."""

    id: str
    sentence: str
    """In French: operators read it."""
    elsewhere: str = ""
    """Where it is checked instead, where no reading of topics and databases can show it."""


INVARIANTS: tuple[Invariant, ...] = (
    Invariant("I1", "Toute demande acceptée devient un dossier, et un seul ; toute réponse rejoint le sien."),
    Invariant("I2", "Les copies d’une demande vont au même dossier."),
    Invariant("I3", "Aucun dossier ne naît de rien."),
    Invariant("I4", "Un numéro ne désigne qu’un dossier, pour toujours."),
    Invariant("I5", "Un numéro mal recopié ne mène jamais au dossier d’un autre."),
    Invariant("I6", "Chaque demande reçoit son accusé à temps, avec le numéro et le délai, ou une personne appelle."),
    Invariant("I7", "Aucun accusé sans demande."),
    Invariant("I8", "Un canal qui a répondu par une erreur ne répond jamais deux fois.", "tests des adaptateurs"),
    Invariant("I9", "Un dossier suit les phases dans l’ordre de la procédure."),
    Invariant("I10", "Pas de visite sans tentative à distance, ou sans motif consigné."),
    Invariant("I11", "Aucune pièce promise deux fois, aucun technicien à deux endroits."),
    Invariant("I11b", "Tout dossier classé est entre les mains de quelqu’un."),
    Invariant("I12", "Clos par silence : cinq jours pleins après une relance remise et non revenue."),
    Invariant("I13", "Clos par confirmation : le client a confirmé cette résolution."),
    Invariant("I14", "Aucune clôture par une simple consultation de page.", "tests des pages"),
    Invariant("I15", "Une résolution se clôt au plus une fois ; la réouverture en ouvre une autre."),
    Invariant("I16", "Un « non résolu » antérieur empêche la clôture."),
    Invariant("I17", "Une clôture par silence vient d’une seule échéance, consommée une fois."),
    Invariant("I18", "Le silence a une fin : clôture, ou une personne."),
    Invariant("I18b", "Le silence n’est tenu pour prouvé que si tous les canaux l’ont dit."),
    Invariant("I19", "Sans relance remise, jamais de clôture par silence."),
    Invariant("I20", "Au plus une enquête et une réponse par clôture."),
    Invariant("I21", "L’enquête suit la clôture, entre 24 et 48 heures."),
    Invariant("I22", "Une clôture annulée n’a pas d’enquête."),
    Invariant("I23", "Aucun message n’est demandé deux fois."),
    Invariant("I24", "Le même rang d’un même service est toujours le même événement."),
    Invariant("I25", "Rien de ce qui est inscrit au journal ne manque sur les topics."),
    Invariant("I26", "Chaque journal est une chaîne sans trou ni doublon."),
    Invariant("I27", "Chaque message produit son effet une fois, dans l’ordre."),
    Invariant("I28", "Rien de ce qui est sur un topic n’a été sauté par un lecteur."),
    Invariant("I29", "Ce qui attend trop longtemps a été montré à une personne."),
    Invariant("I30", "Les écrans montrent ce que disent les topics."),
    Invariant("I31", "Après effacement, plus aucune donnée du client.", "à construire avec l’effacement"),
    Invariant("I32", "Tout événement a une cause connue."),
    Invariant("I33", "La même graine rejoue la même simulation.", "simulateur"),
    Invariant("I34", "Tout ce qui est écrit est lisible, et par son seul auteur."),
    Invariant("I35", "Une machine ne répond pas à une machine."),
    Invariant("I36", "Personne n’est submergé de messages automatiques."),
    Invariant("I37", "Chacun ne lit que ce qui le concerne.", "tests des droits"),
    Invariant("I38", "Un message ne part qu’à une adresse du dossier.", "tests des adaptateurs"),
    Invariant("I39", "Aucune donnée personnelle dans les traces.", "tests des traces"),
    Invariant("I40", "Un message revenu repart autrement, ou une personne est appelée."),
    Invariant("I41", "Après les pannes, tout est rattrapé."),
    Invariant("I42", "Mémoire et files restent sous leurs limites.", "mesures"),
    Invariant("I43", "Rien n’est publié qui ne soit au journal de son auteur."),
    Invariant("I44", "Les échéances armées sont celles qui vivent : aucune ne manque, aucune n’est de trop."),
    Invariant("I45", "Une échéance atteinte est suivie d’effet."),
    Invariant("I46", "Rien n’est prêté au client ni aux canaux qu’ils n’aient dit."),
    Invariant("I47", "Tout dossier est classé ; dans le doute, Critique."),
    Invariant("I48", "Un délai annoncé ne s’aggrave jamais."),
    Invariant("I49", "Une promesse manquée a été signalée avant, et consignée."),
    Invariant("I50", "Pas de départ sans les pièces ; le stock vient de bons de livraison."),
    Invariant("I51", "Ce que dit le client après une résolution n’est jamais ignoré."),
    Invariant("I52", "La relance ne part pas avant deux jours ouvrés."),
    Invariant("I53", "Un délai ne s’arrête que là où le contrat le permet."),
    Invariant("I54", "Une attente finit à la réponse du client ; ce qui restait du délai court ensuite."),
    Invariant("I55", "Un manquement est dit une fois par résolution."),
    Invariant("I56", "L’astreinte est appelée hors des heures, pour un contrat qui la prévoit, et jamais sans cela."),
    Invariant("I57", "Un appel sans réponse est suivi du suivant, jusqu’à une personne."),
    Invariant("I58", "Personne n’est dérangé hors des heures sans être d’astreinte."),
)
