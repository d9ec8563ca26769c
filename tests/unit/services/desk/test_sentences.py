"""Every event is told in one line of French, and the lines that people meet most read as they should."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.desk.sections import ROOMS, empty
from services.desk.stages import resources
from services.desk.stages.closure import CLOSURE, ClosureView
from services.desk.telling import COMMAND_NAMES, Line
from shared.events import closure, dispatch, intake, notify, survey, triage
from shared.events.base import Event, Personal
from shared.events.catalogue import COMMANDS, EVENTS
from tests.unit.services.desk import lives
from tests.unit.services.desk.anything import of_model
from tests.unit.services.desk.lives import at

SECRET = "Barrois odette@courrier.example 0639983001"


def tell(event: Event) -> str:
    """The sentence of an event of a stage that said nothing before."""
    owner = EVENTS[event.type_name].owner
    return ROOMS[owner].tell(empty(owner).view, event).text


def told(owner: str, event: Event) -> Line:
    return resources.tell(event) if owner == "resources" else ROOMS[owner].tell(empty(owner).view, event)


def test_every_stage_of_the_catalogue_has_a_room() -> None:
    assert {entry.owner for entry in EVENTS.values()} == {*ROOMS, "resources"}


@pytest.mark.parametrize("name", EVENTS)
def test_every_event_of_the_catalogue_has_a_sentence_of_its_own(name: str) -> None:
    @settings(max_examples=15, deadline=None, database=None)
    @given(of_model(EVENTS[name].model))
    def has_one(event: Event) -> None:
        text = told(EVENTS[name].owner, event).text
        assert name not in text, "only the sentence for unknown types names the type"
        assert "\n" not in text
        assert text[0].isupper()
        assert text[-1] in ".!?…"
        assert "  " not in text

    has_one()


@pytest.mark.parametrize("name", EVENTS)
def test_no_sentence_says_anything_personal(name: str) -> None:
    @settings(max_examples=5, deadline=None, database=None)
    @given(of_model(EVENTS[name].model))
    def says_nothing(event: Event) -> None:
        with_words = event.model_copy(
            update={"personal": Personal(name=SECRET, email=SECRET, phone=SECRET, subject=SECRET, text=SECRET)}
        )
        assert SECRET not in told(EVENTS[name].owner, with_words).text

    says_nothing()


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=40))
def test_the_customers_words_that_a_class_rests_on_are_not_told(words: str) -> None:
    quoted = f"«{words}»"
    evidence = triage.Evidence(evidence={"A": (quoted,)}, would_change=quoted)

    assert quoted not in tell(lives.CLASSIFIED.model_copy(update={"personal": evidence}))


def test_every_command_of_staff_has_a_name_in_french() -> None:
    assert set(COMMAND_NAMES) == set(COMMANDS)


@pytest.mark.parametrize(
    ("event", "sentence"),
    [
        (
            lives.OPENED,
            "Demande reçue par e-mail, dossier 26-666-273-Y ouvert (client C-1001, contrat premium).",
        ),
        (
            lives.OPENED.model_copy(
                update={"channel": "phone", "contract": intake.Contract(), "unknown_reference": "26-111-111-A"}
            ),
            (
                "Demande reçue par téléphone, dossier 26-666-273-Y ouvert (client sans contrat connu). "
                "Le numéro de dossier donné par le client n'existe pas."
            ),
        ),
        (lives.ACK_NOTED, "Accusé de réception remis dans les délais."),
        (lives.ACK_NOTED.model_copy(update={"late": True}), "Accusé de réception remis, en retard."),
        (lives.ACK_NOTED.model_copy(update={"generation": 2}), "Avis de réévaluation remis dans les délais."),
        (lives.CLASSIFIED, "Classée Standard (doute) : Un seul appareil est en panne."),
        (
            triage.TicketReclassified(
                was="standard",
                criticality="critique",
                because="technician",
                by="T-01",
                doubt=False,
                reasons=(triage.Reason(rule="R7", says="toute la zone est aveugle"),),
                grid="1",
            ),
            "Réévaluée de Standard à Critique par T-01 : toute la zone est aveugle.",
        ),
        (
            lives.QUEUED,
            (
                "À traiter en Standard : prise en charge au plus tard le lundi 23 novembre à 13 h 00 ; "
                "sur site, si un déplacement est nécessaire, le mardi 24 novembre à 9 h 00."
            ),
        ),
        (
            lives.WITH_RESTORING,
            (
                "À traiter en Standard : prise en charge au plus tard le lundi 23 novembre à 13 h 00 ; "
                "sur site, si un déplacement est nécessaire, le mardi 24 novembre à 9 h 00 ; "
                "rétablissement le mercredi 25 novembre à 9 h 00."
            ),
        ),
        (
            lives.PAUSED,
            (
                "Délais suspendus par T-01 le lundi 23 novembre à 11 h 00 (accès au site refusé) : "
                "arrivée sur site et rétablissement. Note : portail fermé."
            ),
        ),
        (
            lives.RESUMED,
            (
                "Délais de nouveau comptés depuis le lundi 23 novembre à 14 h 00 (le client a répondu) : "
                "arrivée sur site au plus tard le mardi 24 novembre à 12 h 00 ; "
                "rétablissement le mercredi 25 novembre à 12 h 00."
            ),
        ),
        (
            dispatch.OnCallNeeded(number="n", resolution=1, criticality="critique", take_charge_by=at(hours=14)),
            (
                "Bureau fermé : l'astreinte est appelée pour ce dossier Critique, "
                "à prendre en charge au plus tard le lundi 23 novembre à 23 h 00."
            ),
        ),
        (
            dispatch.PromiseAtRisk(promise="restored", due_at=at(hours=4), step=1, to="in-charge", person="T-01"),
            (
                "Promesse menacée (1er avertissement, à T-01) : "
                "rétablissement au plus tard le lundi 23 novembre à 13 h 00."
            ),
        ),
        (
            dispatch.PromiseAtRisk(promise="on-site", due_at=at(hours=4), step=2, person="T-01"),
            (
                "Promesse menacée (2e avertissement, aux répartiteurs) : "
                "arrivée sur site au plus tard le lundi 23 novembre à 13 h 00."
            ),
        ),
        (
            notify.StaffMessageToSend(
                message="m",
                kind="page",
                person="T-07",
                channel="phone",
                generation=2,
                resolution=1,
                answer_by=at(hours=13),
            ),
            "Astreinte : appel n° 2, à T-07, réponse attendue avant 22 h 00.",
        ),
        (
            notify.StaffMessageToSend(
                message="m", kind="at-risk", person="D-01", channel="email", generation=1, resolution=0
            ),
            "Avertissement envoyé à D-01 par e-mail (promesse menacée).",
        ),
        (
            notify.StaffNoticeHeld(about="a", kind="missed", promise="restored", due_at=at(), until=at(days=1)),
            (
                "Avertissement (rétablissement) gardé jusqu'à l'ouverture du bureau, "
                "le mardi 24 novembre à 9 h 00 : personne n'est réveillé hors astreinte."
            ),
        ),
        (
            notify.PageAnswered(resolution=1, page=2, person="T-07", at=at()),
            "Astreinte : T-07 a répondu à l'appel n° 2.",
        ),
        (
            notify.PagingEnded(resolution=1, because="taken"),
            "Appels de l'astreinte arrêtés : le dossier est pris en charge.",
        ),
        (notify.PagingEnded(resolution=1, because="given-up"), "Appels de l'astreinte arrêtés sans réponse."),
        (lives.TAKEN, "Pris en charge par T-01."),
        (
            dispatch.RemoteActionRecorded(technician="T-01", action="vpn", outcome="failed", note="pas de\nréponse"),
            "Action à distance de T-01 : connexion par VPN, sans succès. Note : pas de réponse.",
        ),
        (
            lives.VISIT_NEEDED,
            (
                "Intervention sur site demandée par T-01 : panne matérielle. Diagnostic : batterie morte. "
                "Pièces à prévoir : 1 × BAT-12V7. Durée prévue : 2 h."
            ),
        ),
        (lives.PART_ASKED, "Réservation demandée : 1 × BAT-12V7 au dépôt central."),
        (
            lives.PLANNED,
            "Rendez-vous le mardi 24 novembre de 9 h 00 à 11 h 00 avec T-01, pièces : 1 × BAT-12V7.",
        ),
        (
            lives.REPORTED,
            "Intervention de T-01 (arrivée le mardi 24 novembre à 8 h 30) : réparé. Compte rendu : batterie changée.",
        ),
        (lives.RESOLVED, "Résolu sur site par T-01 (résolution n° 1) : batterie changée."),
        (
            dispatch.PromiseMissed(promise="take-charge", due_at=at(hours=4)),
            "Promesse manquée : prise en charge au plus tard le lundi 23 novembre à 13 h 00.",
        ),
        (
            dispatch.CommandRefused(command="sav.dispatch.depart.v1", by="T-01", reason="Pas de pièces (R11)."),
            "Commande de T-01 refusée (noter le départ) : Pas de pièces (R11).",
        ),
        (
            lives.CONFIRMATION_ASKED,
            "Confirmation demandée au client (résolution n° 1) ; sans réponse, relance le jeudi 26 novembre à 9 h 00.",
        ),
        (
            lives.FIVE_DAYS,
            (
                "Relance remise le jeudi 26 novembre à 9 h 00 : sans réponse sous 5 jours, "
                "clôture le mardi 1er décembre à 9 h 00."
            ),
        ),
        (lives.REOPENED, "Rouvert : le client répond que le problème n'est pas résolu."),
        (
            closure.NeedsAttention(reason="La relance n'a pas pu être remise.", about="unreachable"),
            "À traiter par une personne : La relance n'a pas pu être remise.",
        ),
        (
            notify.MessageBounced(
                message="m", kind="reminder", generation=1, resolution=1, channel="email", at=at(days=4)
            ),
            "Relance revenue sans être remise (par e-mail).",
        ),
        (
            notify.MessageAccepted(
                message="m", kind="acknowledgement", generation=1, resolution=0, channel="phone", at=at()
            ),
            "Accusé de réception parti par téléphone.",
        ),
        (
            lives.SURVEY_ANSWERED,
            "Avis du client : réactivité 4/5, qualité de la solution 5/5, communication 3/5.",
        ),
        (
            survey.SurveyCancelled(resolution=1, because="reopened", already_sent=True),
            "Enquête annulée, le dossier étant rouvert. L'invitation était déjà partie.",
        ),
    ],
    ids=lambda one: one.type_name.removeprefix("sav.") if isinstance(one, Event) else "",
)
def test_a_sentence_reads_as_it_should(event: Event, sentence: str) -> None:
    assert tell(event) == sentence


def test_a_closing_by_silence_says_how_long_the_silence_was() -> None:
    view = CLOSURE.evolve(CLOSURE.evolve(ClosureView(), lives.CONFIRMATION_ASKED), lives.REMINDER_ASKED)
    view = CLOSURE.evolve(CLOSURE.evolve(view, lives.FIVE_DAYS), lives.SILENCE_ASKED)

    assert (
        CLOSURE.tell(view, lives.CLOSED).text == "Clos après 5 jours de silence : la relance est restée sans réponse."
    )


def test_a_closing_by_the_customer_says_so() -> None:
    confirmed = lives.CLOSED.model_copy(update={"cause": "confirmed"})

    assert CLOSURE.tell(ClosureView(), confirmed).text == "Clos : le client a confirmé la résolution n° 1."


def test_an_appointment_over_midnight_names_both_days() -> None:
    planned = lives.PLANNED.model_copy(update={"end": lives.PLANNED.start + timedelta(days=1), "parts": ()})

    assert tell(planned) == "Rendez-vous du mardi 24 novembre à 9 h 00 au mercredi 25 novembre à 9 h 00 avec T-01."
