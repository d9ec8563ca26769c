"""The procedure's promises about a whole run, from what customers truly did and what they truly got.

Written from the procedure's text (R1 to R15) and the invariants. It imports no code under test: only `simulate.truth`.
Unlike the auditor it knows the truth: when a word was really said, when a letter was really delivered.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TypeVar

from simulate.truth import Sent, Told, Truth, Word

FIVE_DAYS = 120 * 3600.0
"""R13: five full days, 120 hours on the clock."""
UNDO = 120.0
"""R12: a click can be taken back for two minutes."""
GRAIN = 0.002
"""Instants are kept to the millisecond."""
MARK = "[client "
T = TypeVar("T")
K = TypeVar("K")
Expect = Callable[[str, bool, str, str], None]


class Oracle:
    """All that the oracle asks of one run."""

    def __init__(self, truth: Truth, expect: Expect) -> None:
        self._truth, self._expect = truth, expect
        self._by_name: defaultdict[str, list[Told]] = defaultdict(list)
        for told in truth.told:
            self._by_name[told.name].append(told)
        self._opened: defaultdict[int, list[Told]] = defaultdict(list)
        self._numbers: dict[str, str] = {}
        for opened in self._by_name["intake.ticket-opened"]:
            self._opened[_person(opened)].append(opened)
            self._numbers[opened.ticket] = str(opened.data["number"])

    def ask_all(self) -> None:
        """Ask everything."""
        self._one_request_one_ticket()
        for closing in self._by_name["closure.ticket-closed"]:
            if closing.data["cause"] == "silence":
                self._closed_by_silence(closing)
            else:
                self._closed_as_confirmed(closing)
        for proof in self._by_name["intake.customer-silent"]:
            self._nothing_overheard(proof)
        for proof in self._by_name["notify.no-bounce"]:
            self._no_bounce_overlooked(proof)
        self._everything_ends()
        self._surveys()
        self._words_are_heard()

    def _of(self, name: str, ticket: str, resolution: int | None = None) -> list[Told]:
        return [
            one
            for one in self._by_name[name]
            if one.ticket == ticket and (resolution is None or one.data.get("resolution") == resolution)
        ]

    def _undone(self, closing: Told) -> bool:
        reopened = self._of("closure.ticket-reopened", closing.ticket, closing.data["resolution"])
        return any(one.seq > closing.seq for one in reopened)

    # -- R2 ----------------------------------------------------------------------------------------------------------

    def _one_request_one_ticket(self) -> None:
        asked = {word.person for word in self._truth.words if word.kind == "request"}
        for person in sorted(asked):
            tickets = {one.ticket for one in self._opened[person]}
            name = ", ".join(sorted(tickets))
            self._expect("I1 one request, one ticket", len(tickets) == 1, name, f"client {person} has {len(tickets)}")
        strangers = [one.ticket for person, ones in self._opened.items() if person not in asked for one in ones]
        self._expect("I3 no ticket from nothing", not strangers, "".join(strangers[:1]), "nobody asked for it")

    def _words_are_heard(self) -> None:
        """R2, R13: all that a customer said about a ticket stands on it, once for each time it was said."""
        said: defaultdict[str, list[Told]] = defaultdict(list)
        for name in ("customer-replied", "customer-confirmed", "customer-denied", "customer-took-back"):
            for one in self._by_name[f"intake.{name}"]:
                said[self._numbers.get(one.ticket, "")].append(one)
        for number, words in _by(lambda word: word.number, self._truth.words).items():
            wanted = [word for word in words if word.kind != "survey-answer"]
            if number and wanted:
                found = len(said[number])
                self._expect(
                    "R2 words stand on their ticket", found == len(wanted), number, f"{len(wanted)} said, {found} heard"
                )

    # -- R12, R13 ----------------------------------------------------------------------------------------------------

    def _words(self, ticket: str, kinds: Iterable[str] | None = None, *, automatic: bool = False) -> list[Word]:
        number = self._numbers[ticket]
        return [
            word
            for word in self._truth.words
            if word.number == number
            and (automatic or not word.automatic)
            and word.kind != "survey-answer"
            and (kinds is None or word.kind in kinds)
        ]

    def _closed_by_silence(self, closing: Told) -> None:
        """I12, I19, I16, I18b: five full days from a reminder that truly arrived, and truly nothing said meanwhile."""
        ticket, resolution = closing.ticket, closing.data["resolution"]
        reminders = [
            one
            for one in (*self._truth.sent, *self._truth.calls)
            if (one.ticket, one.kind, one.resolution) == (ticket, "reminder", resolution) and one.delivered is not None
        ]
        self._expect("I19 never without a delivered reminder", bool(reminders), ticket, "no reminder ever arrived")
        old = [one for one in reminders if _delivered(one) + FIVE_DAYS <= closing.at + GRAIN]
        self._expect("I12 five full days", bool(old) or not reminders, ticket, "closed before the five days were over")
        if self._undone(closing):
            self._expect("I18b what was said before undoes it", True, ticket, "")
            return
        carried = [one for one in old if not self._broken_silence(one, closing)]
        self._expect("I12 silence was true", bool(carried) or not old, ticket, "the customer had spoken, or a bounce")

    def _broken_silence(self, reminder: Sent, closing: Told) -> bool:
        start = _delivered(reminder)
        over = start + FIVE_DAYS
        spoke = any(
            # Who is content once the five days are over, while the closing is on its way, would have it closed too.
            start <= word.at < closing.at - GRAIN and not (word.kind == "confirmation" and word.at >= over - GRAIN)
            for word in self._words(closing.ticket)
        )
        return spoke or reminder.bounced is not None

    def _until(self, proof: Told) -> float:
        return (datetime.fromisoformat(str(proof.data["until"])) - self._truth.start).total_seconds()

    def _nothing_overheard(self, proof: Told) -> None:
        """I18b: whoever says 'silent until T' has said before all that any channel truly accepted before T."""
        until = self._until(proof)
        wanted = [word for word in self._words(proof.ticket, None, automatic=True) if word.at < until - GRAIN]
        names = ("customer-replied", "customer-confirmed", "customer-denied", "customer-took-back")
        heard = [one for name in names for one in self._of(f"intake.{name}", proof.ticket) if one.seq < proof.seq]
        self._expect(
            "I18b nothing overheard",
            len(heard) >= len(wanted),
            proof.ticket,
            f"{len(wanted)} words, {len(heard)} heard",
        )

    def _no_bounce_overlooked(self, proof: Told) -> None:
        """I12: whoever says 'no bounce until T' has said before every bounce that a channel truly saw before T."""
        until = self._until(proof)
        said = {one.data["message"] for one in self._of("notify.message-bounced", proof.ticket) if one.seq < proof.seq}
        came_back = {
            one.message
            for one in self._truth.sent
            if one.ticket == proof.ticket and one.bounced is not None and one.bounced < until - GRAIN
        }
        self._expect("I12 no bounce overlooked", came_back <= said, proof.ticket, f"{sorted(came_back - said)[:1]}")

    def _closed_as_confirmed(self, closing: Told) -> None:
        """I13, I16: the customer truly confirmed this resolution, and did not say otherwise after that."""
        ticket, resolution = closing.ticket, closing.data["resolution"]
        clicks = [
            word
            for word in self._words(ticket, ("confirmation", "denial", "take-back"))
            if word.resolution == resolution and word.at < closing.at
        ]
        confirmed = [word for word in clicks if word.kind == "confirmation"]
        read = [
            one
            for one in self._truth.commands
            if one.ticket == ticket
            and one.name == "closure.read-reply"
            and (one.data["resolution"], one.data["meaning"]) == (resolution, "solved")
            and one.at <= closing.at
        ]
        self._expect("I13 the customer confirmed", bool(confirmed or read), ticket, "nobody had confirmed it")
        if not self._truth.clocks_wrong and not read:
            final = any(word.at + UNDO <= closing.at + GRAIN for word in confirmed)
            self._expect("R12 two minutes to undo", final, ticket, "closed while the click could be taken back")
        if self._undone(closing):
            return
        last = max(clicks, key=lambda word: word.at, default=None)
        denied = last is not None and last.kind == "denial" and (not read or read[-1].at < last.at)
        self._expect(
            "I16 'not solved' excludes closing", not denied, ticket, "the customer's last word was 'not solved'"
        )

    # -- liveness ----------------------------------------------------------------------------------------------------

    def _everything_ends(self) -> None:
        """Faults over, every ticket is closed, and its survey went out and came to an end (R12 to R14)."""
        for ones in self._opened.values():
            ticket = ones[0].ticket
            steps = [*self._of("closure.ticket-closed", ticket), *self._of("closure.ticket-reopened", ticket)]
            last = max(steps, key=lambda one: one.seq, default=None)
            closed = last is not None and last.name == "closure.ticket-closed"
            self._expect("I18 every ticket is closed in the end", closed, ticket, _where_it_stands(self._truth, ticket))
            if closed and last is not None:
                invited = self._of("survey.survey-invited", ticket, last.data["resolution"])
                self._expect("R14 every closing is surveyed", len(invited) == 1, ticket, f"{len(invited)} invitations")
                ends = ("survey.survey-answered", "survey.survey-expired")
                ended = [one for name in ends for one in self._of(name, ticket, last.data["resolution"])]
                self._expect("R14 every survey ends", len(ended) == 1, ticket, f"{len(ended)} ends")

    def _surveys(self) -> None:
        """I20, I23: no customer truly gets two surveys about one closing."""
        taken = _by(lambda one: (one.ticket, one.resolution), [s for s in self._truth.sent if s.kind == "survey"])
        for (ticket, resolution), ones in taken.items():
            closings = len(self._of("closure.ticket-closed", ticket, resolution))
            self._expect("I23 one survey per closing", len(ones) == 1 and closings > 0, ticket, f"{len(ones)} sent")


def _delivered(sent: Sent) -> float:
    assert sent.delivered is not None
    return sent.delivered


def _taken_back(click: Word, clicks: Iterable[Word]) -> bool:
    return any(word.kind == "take-back" and click.at <= word.at < click.at + UNDO for word in clicks)


def _person(opened: Told) -> int:
    text = str(opened.data.get("personal", {}).get("data", {}).get("text", ""))
    return int(text.rpartition(MARK)[2].rstrip("]")) if MARK in text else -1


def _where_it_stands(truth: Truth, ticket: str) -> str:
    last = max((one for one in truth.told if one.ticket == ticket), key=lambda one: one.at)
    return f"the last that was said of it is {last.name}"


def _by(key: Callable[[T], K], ones: Iterable[T]) -> dict[K, list[T]]:
    found: dict[K, list[T]] = {}
    for one in ones:
        found.setdefault(key(one), []).append(one)
    return found
