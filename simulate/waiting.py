"""What must be true, whatever faults delayed, of clocks that stood still and of calls to who is on call (R1, R10).

Reads the journals' plain documents and JSON through the witness. Unlike the auditor it knows the order in which
dispatch took its messages, so that nothing has to be allowed for what was on its way.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from typing import Any

from simulate.witness import Seen, Witness

Expect = Callable[[str, bool, str, str], None]
_NEVER = 10**9
"""Later than every append."""


def check_waiting(witness: Witness, expect: Expect) -> None:
    """Ask everything about pauses and calls."""
    told = _by_name(witness)
    for begun in told["dispatch.clock-paused"]:
        _ends_with_the_word_that_was_taken(begun, told, witness, expect)
    for needed in told["dispatch.on-call-needed"]:
        _calling_ends(needed, told, expect)


def _by_name(witness: Witness) -> defaultdict[str, list[Seen]]:
    found: defaultdict[str, list[Seen]] = defaultdict(list)
    for (stage, _, _), seen in sorted(witness.events.items(), key=lambda one: one[0]):
        found[f"{stage}.{str(seen.data['type']).split('.')[2]}"].append(seen)
    return found


def _ends_with_the_word_that_was_taken(
    begun: Seen, told: defaultdict[str, list[Seen]], witness: Witness, expect: Expect
) -> None:
    """The first word of the customer after a pause began, that dispatch takes while it goes on, ends it."""
    ticket, pause = begun.subject, _data(begun)
    ends = [
        one for one in told["dispatch.clock-resumed"] if one.subject == ticket and _data(one)["pause"] == pause["pause"]
    ]
    expect("R10 every pause ends", len(ends) == 1, ticket, f"pause {pause['pause']} has {len(ends)} ends")
    first, last = (
        _decided_in(begun, witness, 0),
        min((_decided_in(one, witness, _NEVER) for one in ends), default=_NEVER),
    )
    overlooked = [
        word
        for word in told["intake.customer-replied"]
        if word.subject == ticket
        and not _data(word)["automatic"]
        and _instant(word, "received_at") >= _instant(begun, "at")
        and first < witness.books["dispatch"].settled.get((ticket, str(word.data["id"])), _NEVER) < last
    ]
    expect(
        "R10 the customer's next word ends a pause",
        not overlooked,
        ticket,
        f"pause {pause['pause']} outlasted {len(overlooked)} words",
    )


def _calling_ends(needed: Seen, told: defaultdict[str, list[Seen]], expect: Expect) -> None:
    """Whoever is needed at night is called until somebody answers, takes the ticket, or a person is told."""
    ticket, resolution = needed.subject, _data(needed)["resolution"]
    ends = [
        one
        for name in ("notify.page-answered", "notify.paging-ended")
        for one in told[name]
        if one.subject == ticket and _data(one)["resolution"] == resolution
    ]
    calls = [
        one
        for one in told["notify.staff-message-to-send"]
        if one.subject == ticket and (_data(one)["kind"], _data(one)["resolution"]) == ("page", resolution)
    ]
    expect("R1 calling who is on call ends", bool(ends) or not calls, ticket, f"{len(calls)} calls, and no end")


def _decided_in(event: Seen, witness: Witness, unknown: int) -> int:
    """Return the append in which dispatch decided what caused an event."""
    cause = (event.subject, str(event.data["causationid"]))
    return witness.books["dispatch"].settled.get(cause, unknown)


def _data(seen: Seen) -> dict[str, Any]:
    data: dict[str, Any] = seen.data["data"]
    return data


def _instant(seen: Seen, name: str) -> datetime:
    return datetime.fromisoformat(_data(seen)[name])
