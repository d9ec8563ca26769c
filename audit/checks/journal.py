"""What the journals promise (I25 to I27, I32, I43): one unbroken chain an entity, each event published as it stands,
nothing published that no journal has, each cause of one effect. Looked at only where the databases were read."""

from __future__ import annotations

from collections import Counter

from audit import procedure
from audit.finding import Check, Finding
from audit.history import History
from audit.ledger import TIMER, Append, Book, Ledger, Saying
from audit.wire import STAGES

_DECIDED = ("decided", "ignored")
"""What ends a message: it is decided or found to change nothing, once."""


def readable(history: History, finding: Finding) -> None:
    """Every document is what its collection promises (I34)."""
    if history.ledger is not None:
        finding.checked = history.ledger.documents
        for fault in history.ledger.broken:
            finding.broken(fault.where, fault.sentence)


def unbroken(history: History, finding: Finding) -> None:
    """Appends of an entity are numbered 1, 2, 3…, and so are its events (I26)."""
    for (stage, entity), book in _books(history):
        versions = [append.version for append in book.appends]
        finding.expect(
            versions == list(range(1, len(versions) + 1)), entity, f"{stage} tient les inscriptions {_shown(versions)}"
        )
        seqs = [saying.seq for append in book.appends for saying in append.sayings if saying.seq]
        if seqs != list(range(1, len(seqs) + 1)):
            finding.broken(entity, f"{stage} a numéroté ses événements {_shown(seqs)}")


def published(history: History, finding: Finding) -> None:
    """Every event lies on each of its topics, under its key, byte for byte as it was recorded (I25)."""
    for (stage, entity), book in _books(history):
        for append in book.appends:
            for saying in append.sayings:
                _look_for(history, finding, (stage, entity), append, saying)


def _look_for(history: History, finding: Finding, whose: tuple[str, str], append: Append, saying: Saying) -> None:
    stage, entity = whose
    for topic, key in saying.routes:
        if not history.is_whole_at(topic, append.at):
            finding.pending += 1
            continue
        finding.expect(
            (topic, key, saying.digest) in history.published, entity,
            f"{saying.type} (rang {saying.seq} de {stage}, inscription {append.version}) "
            f"n’est pas sur {topic} tel qu’inscrit",
        )  # fmt: skip


def recorded(history: History, finding: Finding) -> None:
    """Every event on a topic stands in the journal of the stage that said it, byte for byte (I43)."""
    ledger = history.ledger
    if ledger is None:
        return
    known = {
        (stage, saying.seq, saying.digest)
        for (stage, _), book in ledger.books.items()
        for append in book.appends
        for saying in append.sayings
    }
    for (subject, stage), events in history.streams.items():
        if stage in STAGES and stage in ledger.services:
            for event in events:
                finding.expect(
                    (stage, event.seq, event.digest) in known, subject,
                    f"{event.name} en {event.where} (rang {event.seq}) n’est dans aucune inscription de {stage}",
                )  # fmt: skip


def one_effect(history: History, finding: Finding) -> None:
    """A message is decided once, and what a stage says is taken in its order, without a hole (I27)."""
    for (stage, entity), book in _books(history):
        ends = Counter(one.id for one in book.inputs() if one.outcome in _DECIDED and _is_a_message(one.source))
        for name, times in ends.items():
            finding.expect(times == 1, entity, f"{stage} a décidé {name} {times} fois")
        for source, taken in _marks(book).items():
            if taken != list(range(1, len(taken) + 1)):
                finding.broken(entity, f"{stage} a pris {source} dans l’ordre {_shown(taken)}")


def _is_a_message(source: str) -> bool:
    """A deadline that was held is armed anew under another name: see `audit.checks.timers`."""
    return source != TIMER


def _marks(book: Book) -> dict[str, list[int]]:
    """Return, by source, the `seq` of what was taken in line, each at its first time."""
    taken: dict[str, dict[int, None]] = {}
    for one in book.inputs():
        if one.seq and one.outcome != "gap":
            taken.setdefault(one.source, {}).setdefault(one.seq)
    return {source: list(seqs) for source, seqs in taken.items()}


def explained(history: History, finding: Finding) -> None:
    """Every event names as its cause a record of the very append that holds it, or what that one let go (I32)."""
    for (stage, entity), book in _books(history):
        for append in book.appends:
            causes = {one.id for one in append.inputs}
            for saying in append.sayings:
                finding.expect(
                    saying.causation in causes, entity,
                    f"{saying.type} (rang {saying.seq} de {stage}) a pour cause {saying.causation or 'rien'}, "
                    f"que l’inscription {append.version} ne nomme pas",
                )  # fmt: skip


def waiting_is_seen(history: History, finding: Finding) -> None:
    """What is held calls a person at once, what is missing or too early calls one in its time (I29)."""
    for (stage, entity), book in _books(history):
        told = {one.id for one in book.inputs() if one.outcome == "called-person"}
        attention = {event.text("about") for event in history.of(entity, f"{stage}.needs-attention")}
        for waits in book.waiting():
            patience = procedure.MAY_WAIT[waits.kind]
            if history.now < waits.since + patience:
                finding.pending += 1
                continue
            seen = "held" in attention if waits.kind == "held" else bool(told) or "waiting" in attention
            finding.expect(
                seen,
                entity,
                f"{waits.id} attend dans {stage} ({waits.kind}) depuis {waits.since.isoformat()}, à l’insu de tous",
            )


def claims_hold(history: History, finding: Finding) -> None:
    """What must be unique is claimed by the ticket that uses it: its number, and each of its requests (I2, I4)."""
    ledger = history.ledger
    if ledger is None or "intake" not in ledger.services:
        return
    numbers, requests = ledger.claims.get("numbers", {}), ledger.claims.get("requests", {})
    for opened in history.opened():
        owner = numbers.get(opened.text("number"), "personne")
        finding.expect(
            owner == opened.subject, opened.subject, f"son numéro {opened.text('number')} est pris par {owner}"
        )
    for (subject, stage), events in history.streams.items():
        for event in events if stage == "intake" else ():
            if name := event.text("request"):
                owner = requests.get(name, "personne")
                finding.expect(owner == subject, subject, f"{event.name} vient de la demande {name}, prise par {owner}")


def letters_are_settled(history: History, finding: Finding) -> None:
    """What could not be read has been looked at by a person within a day (I29)."""
    ledger = history.ledger
    for letter in ledger.letters if ledger is not None else ():
        if not letter.settled and history.now < letter.at + procedure.LETTER_MAY_WAIT:
            finding.pending += 1
            continue
        finding.expect(
            letter.settled, "-", f"{letter.name} est illisible pour {letter.stage} depuis {letter.at.isoformat()}"
        )


def _books(history: History) -> list[tuple[tuple[str, str], Book]]:
    ledger: Ledger | None = history.ledger
    return sorted(ledger.books.items()) if ledger is not None else []


_SHOWN = 12
"""Numbers that a sentence lists."""


def _shown(numbers: list[int]) -> str:
    told = ", ".join(str(number) for number in numbers[:_SHOWN])
    return f"{told}… ({len(numbers)} en tout)" if len(numbers) > _SHOWN else told or "aucun"


CHECKS = (
    Check("journal-readable", "I34", "every document is what its collection promises", readable),
    Check("journal-unbroken", "I26", "appends and events 1, 2, 3… without a hole", unbroken),
    Check("journal-published", "I25", "what is recorded is published, byte for byte", published),
    Check("published-is-recorded", "I43", "what is published is recorded, byte for byte", recorded),
    Check("one-effect", "I27", "a message is decided once, in its order", one_effect),
    Check("append-explains", "I32", "an event's cause stands in its append", explained),
    Check("waiting-is-seen", "I29", "what waits too long calls a person", waiting_is_seen),
    Check("claims-hold", "I2 I4", "numbers and requests belong to who uses them", claims_hold),
    Check(
        "letters-settled", "I29", "a person settles what lies dead (warning only)", letters_are_settled, warns_only=True
    ),
)
