"""Customers and the channels to them: what they say, click and answer, drawn from the seed, person by person.

They know the procedure from their letters alone. Whatever they do is noted in `Truth` at the instant at which a
channel accepts it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from random import Random
from typing import Any

from simulate.chance import spread
from simulate.truth import Sent, Word
from simulate.world import DAY, HOUR, MINUTE, World

TEXTS = (
    "La centrale d'alarme ne répond plus du tout, le site n'est plus protégé.",
    "Toutes les caméras sont hors service depuis ce matin.",
    "Le clavier de l'entrée n'affiche plus rien, le reste fonctionne.",
    "Une caméra du parking a une image floue.",
    "Comment changer l'heure de la centrale ?",
    "Nous souhaitons une formation complémentaire pour deux collègues.",
    "",
    "zzz qsdf",
)
FIVE_DAYS = 5 * DAY
SLOWEST_FORM = 60.0
"""Seconds that a door listens to one form at most."""
LAST_DENIAL = 2
"""After this many resolutions everybody is content: every story has an end."""


@dataclass
class Person:
    """One customer with one trouble."""

    number: int
    channel: str
    email: str
    phone: str
    mailbox: str
    """`works`, `bounces`, `bounces-later`, `fails`."""
    dice: Random
    ticket: str = ""
    acts: int = 0
    meanings: list[str] = field(default_factory=list)
    """What each of the words to read means."""


class People:
    """All customers."""

    def __init__(self, world: World, count: int, within_seconds: float) -> None:
        self._world = world
        self.persons = [self._person(n) for n in range(count)]
        self._by_ticket: dict[str, Person] = {}
        self._seen: set[str] = set()
        world.hearers.append(self._hear)
        for person in self.persons:
            world.later(person.dice.random() * within_seconds, partial(self._ask, person))

    def _person(self, number: int) -> Person:
        dice = self._world.chance.stream("person", number)
        channel = dice.choice(("email", "email", "phone", "portal"))
        email = f"client{number}@example.org" if channel != "phone" or dice.random() < 0.5 else ""
        phone = f"+3312345{number:04d}" if channel == "phone" or dice.random() < 0.4 or not email else ""
        mailbox = dice.choices(("works", "bounces", "bounces-later", "fails"), (84, 6, 6, 4))[0]
        return Person(number, channel, email, phone, mailbox, dice)

    # -- speaking ----------------------------------------------------------------------------------------------------

    def _ask(self, person: Person) -> None:
        text = person.dice.choice(TEXTS)
        automatic = person.channel == "email" and person.dice.random() < 0.03
        self._say(person, "request", f"{text} [client {person.number}]", automatic=automatic)
        if person.dice.random() < 0.15:
            self._world.later(spread(person.dice, MINUTE, DAY), lambda: self._add_words(person))

    def _add_words(self, person: Person) -> None:
        if person.ticket:
            text = person.dice.choice((*TEXTS[:4], "Merci de votre aide."))
            person.meanings.append("no-answer")
            self._say(person, "reply", text, number=self._world.numbers[person.ticket])

    def answer(self, ticket: str) -> None:
        """A technician had asked something; the customer answers by the channel that they always use (R10)."""
        person = self._by_ticket.get(ticket)
        if person is not None:
            person.meanings.append("no-answer")
            self._say(person, "reply", "Le code est 4711.", number=self._world.numbers[ticket])

    def _say(
        self,
        person: Person,
        kind: str,
        text: str,
        *,
        number: str = "",
        resolution: int = 0,
        automatic: bool = False,
        by: str = "",
    ) -> None:
        world, channel = self._world, by or person.channel
        person.acts += 1
        key = f"{person.number}-{kind}-{person.acts}"
        value: dict[str, Any] = {
            "v": 1,
            "kind": kind,
            "channel": channel,
            "key": key,
            "received_at": world.instant(),
            "ticket": number,
            "resolution": resolution,
            "automatic": automatic,
            "personal": {"email": person.email, "phone": person.phone, "subject": "", "text": text},
        }
        if kind == "survey-answer":
            value["scores"] = {
                name: 1 + person.dice.randrange(5) for name in ("responsiveness", "quality", "communication")
            }
        twice = person.dice.random() < 0.05  # the same mail twice, the same form sent twice
        word = Word(person.number, kind, key, world.seconds, number, resolution, automatic)
        if world.plan.strikes("slow"):
            self._say_slowly(person, word, channel, value)
            return
        world.truth.words.append(word)
        for _ in range(1 + twice):
            world.adapters[channel].accept(f"sav.requests.{channel}", f"client{person.number}", value)

    def _say_slowly(self, person: Person, word: Word, channel: str, value: dict[str, Any]) -> None:
        """A form that comes byte by byte (F38): sent again by somebody impatient, and both arrive, in any order.

        It counts as said when the first of them is accepted; each says for itself when that was.
        """
        world, dice = self._world, self._world.plan.of("slow")
        world.trace.strike(f"client{person.number}", "slow", word.kind)
        said: list[Word] = []

        def accept() -> None:
            if not said:
                said.append(replace(word, at=world.seconds))
                world.truth.words.append(said[0])
            value["received_at"] = world.instant()
            world.adapters[channel].accept(f"sav.requests.{channel}", f"client{person.number}", value)

        for _ in range(dice.choice((1, 2, 3))):
            world.later(spread(dice, 1, SLOWEST_FORM), accept)

    # -- hearing -----------------------------------------------------------------------------------------------------

    def _hear(self, ticket: str, name: str, data: dict[str, Any], envelope: dict[str, Any]) -> None:
        if name == "intake.ticket-opened":
            text = data["personal"]["data"]["text"]
            person = self.persons[int(text.rpartition("[client ")[2].rstrip("]"))] if "[client " in text else None
            if person is not None and not person.ticket:
                person.ticket = ticket
                self._by_ticket[ticket] = person
        elif name == "notify.message-to-send":
            self._carry(ticket, data)

    def _carry(self, ticket: str, message: dict[str, Any]) -> None:
        """The channel's adapter sends each message once, whatever comes twice."""
        person = self._by_ticket.get(ticket)
        if person is None or message["message"] in self._seen:
            return
        self._seen.add(message["message"])
        channel, dice = message["channel"], person.dice
        wait = spread(dice, 1, 5 * MINUTE) if channel != "phone" or message["kind"] == "acknowledgement" else HOUR
        self._world.later(wait, lambda: self._send(person, ticket, channel, message))

    def _send(self, person: Person, ticket: str, channel: str, message: dict[str, Any]) -> None:
        world, dice = self._world, person.dice
        sent = Sent(message["message"], ticket, message["kind"], message["resolution"], world.seconds)
        world.truth.sent.append(sent)
        mailbox = person.mailbox if channel == "email" else "works"
        if mailbox == "fails" or (channel == "phone" and dice.random() < 0.1):
            world.report(sent, channel, "failed", message)
            return
        if channel == "email" or dice.random() < 0.5:
            world.report(sent, channel, "accepted", message)
        if mailbox != "bounces":
            world.later(spread(dice, 1, 20 * MINUTE), lambda: self._deliver(person, sent, channel, message))
        if mailbox in ("bounces", "bounces-later"):
            after = spread(dice, 5 * MINUTE, 3 * HOUR) if mailbox == "bounces" else spread(dice, HOUR, 4 * DAY)
            world.later(after, lambda: self._bounce(sent, channel, message))

    def _deliver(self, person: Person, sent: Sent, channel: str, message: dict[str, Any]) -> None:
        sent.delivered = self._world.seconds
        self._world.report(sent, channel, "delivered", message)
        if person.mailbox == "works" or channel != "email":
            self.reads(person, sent)

    def _bounce(self, sent: Sent, channel: str, message: dict[str, Any]) -> None:
        sent.bounced = self._world.seconds
        self._world.report(sent, channel, "bounced", message)

    # -- answering ---------------------------------------------------------------------------------------------------

    def person_of(self, ticket: str) -> Person:
        """Return whose ticket it is."""
        return self._by_ticket[ticket]

    def reads(self, person: Person, sent: Sent) -> None:
        """A customer has read a message, and does what a customer does."""
        act = {
            "confirmation-request": self._asked,
            "reminder": self._reminded,
            "closing": self._closed,
            "survey": self._surveyed,
        }.get(sent.kind)
        if act is not None:
            act(person, sent)

    def _does(
        self, person: Person, after: float, kind: str, sent: Sent, text: str = "", *, automatic: bool = False
    ) -> None:
        number = self._world.numbers[sent.ticket]
        resolution = 0 if kind == "reply" else sent.resolution
        by = person.channel if kind == "reply" or person.channel == "phone" else person.dice.choice(("portal", "email"))
        if kind == "reply" and not automatic:
            person.meanings.append(text.rpartition("#")[2])
        self._world.later(
            after,
            lambda: self._say(person, kind, text, number=number, resolution=resolution, automatic=automatic, by=by),
        )

    def _asked(self, person: Person, sent: Sent) -> None:
        dice, content = person.dice, sent.resolution > LAST_DENIAL
        choice = dice.choices(
            ("confirm", "wait", "deny", "take-back", "both", "words", "away"),
            (30, 40, 0 if content else 8, 6, 0 if content else 4, 6, 6),
        )[0]
        soon = spread(dice, 10, 1.5 * DAY)
        if choice in ("confirm", "both", "take-back"):
            self._does(person, soon, "confirmation", sent)
        if choice == "deny":
            self._does(person, soon, "denial", sent)
        if choice == "both":
            self._does(person, soon + 0.05 * dice.random(), "denial", sent)
        if choice == "take-back":
            self._does(person, soon + spread(dice, 1, 300), "take-back", sent)
        if choice == "words":
            self._does(person, soon, "reply", sent, dice.choice(("C'est bon. #solved", "Merci. #no-answer")))
        if choice == "away":
            self._does(person, 30, "reply", sent, "Absent du bureau.", automatic=True)

    def _reminded(self, person: Person, sent: Sent) -> None:
        dice, content = person.dice, sent.resolution > LAST_DENIAL
        choice = dice.choices(
            ("silent", "confirm", "deny", "words", "last-moment", "away"), (45, 20, 0 if content else 6, 8, 18, 4)
        )[0]
        inside = FIVE_DAYS * dice.random()
        if choice == "confirm":
            self._does(person, inside, "confirmation", sent)
        if choice == "deny":
            self._does(person, inside, "denial", sent)
        if choice == "words":
            self._does(person, inside, "reply", sent, dice.choice(("Réglé. #solved", "Je regarde. #no-answer")))
        if choice == "away":
            self._does(person, 30, "reply", sent, "Absent du bureau.", automatic=True)
        if choice == "last-moment":
            around = FIVE_DAYS + dice.choice((-HOUR, -MINUTE, -1, -0.002, 0, 0.002, 1, MINUTE, HOUR, 5 * HOUR))
            kind = dice.choice(("reply", "confirmation") if content else ("reply", "denial", "confirmation"))
            self._does(person, around, kind, sent, "C'est réglé. #solved" if kind == "reply" else "")

    def _closed(self, person: Person, sent: Sent) -> None:
        dice = person.dice
        if sent.resolution <= LAST_DENIAL and dice.random() < 0.12:
            kind = dice.choice(("denial", "reply", "take-back"))
            self._does(
                person, spread(dice, 1, 4 * DAY), kind, sent, "Encore en panne. #not-solved" if kind == "reply" else ""
            )

    def _surveyed(self, person: Person, sent: Sent) -> None:
        dice = person.dice
        if dice.random() < 0.5:
            after = spread(dice, MINUTE, 10 * DAY)
            self._does(person, after, "survey-answer", sent)
            if dice.random() < 0.2:
                self._does(person, after + 100, "survey-answer", sent)
