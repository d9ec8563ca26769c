"""What happened to one ticket, shortened for a person: its events, what its customer did, and the faults around it."""

from __future__ import annotations

from collections.abc import Iterator

from simulate.trace import Struck, Trace
from simulate.truth import Truth
from simulate.witness import Witness

LINES = 40
"""A story that fits a screen; the middle is left out of a longer one."""
_SHOWN = (
    "resolution", "kind", "channel", "cause", "because", "about", "reminder", "generation", "until", "closed_at",
    "remind_at", "received_at", "meaning", "status", "by", "technician", "criticality", "outcome", "ask",
)  # fmt: skip
_NEAR_SECONDS = 2.0
"""A fault this close to an event of the ticket is told with it."""


def story_of(ticket: str, witness: Witness, truth: Truth, trace: Trace) -> list[str]:
    """Return at most `LINES` lines about a ticket, in the order of true time."""
    lines = sorted([*_events(ticket, witness), *_words(ticket, truth)])
    lines += _faults([at for at, _ in lines], trace.struck)
    told = [f"{trace.instant(at):%d/%m %H:%M:%S}  {text}" for at, text in sorted(lines)]
    if len(told) <= LINES:
        return told
    first = LINES // 3
    return [*told[:first], f"… {len(told) - LINES} lines left out …", *told[first - LINES :]]


def _events(ticket: str, witness: Witness) -> Iterator[tuple[float, str]]:
    for seen in witness.records:
        data = seen.data
        inner = data.get("data", {})
        if ticket not in (seen.subject, inner.get("ticket") if isinstance(inner, dict) else ""):
            continue
        stage = str(data.get("source", "")).rpartition("/")[2]
        again = "seq" in data and witness.events.get((stage, seen.subject, data["seq"])) is not seen
        what = str(data.get("type", "")).removeprefix("sav.") or str(data.get("kind", seen.record.topic))
        about = inner if isinstance(inner, dict) and inner else data
        shown = ", ".join(f"{name}={about[name]}" for name in _SHOWN if about.get(name) not in (None, "", 0))
        yield (
            seen.at,
            f"{seen.record.topic:16} {data.get('seq', ''):>3} {what}{' (again)' if again else ''}  {shown}"[:200],
        )


def _words(ticket: str, truth: Truth) -> Iterator[tuple[float, str]]:
    numbers = {
        told.data["number"] for told in truth.told if (told.ticket, told.name) == (ticket, "intake.ticket-opened")
    }
    for word in truth.words:
        if word.number and word.number in numbers:
            automatic = " (automatic)" if word.automatic else ""
            yield word.at, f"THE CUSTOMER     {word.kind}{automatic} about resolution {word.resolution}"
    for call in truth.calls:
        if call.ticket == ticket:
            yield call.accepted, "A PERSON CALLED  and told the reminder"


def _faults(around: list[float], struck: list[Struck]) -> list[tuple[float, str]]:
    return [
        (one.at, f"  fault: {one.who}: {one.what}")
        for one in struck
        if any(abs(one.at - at) <= _NEAR_SECONDS for at in around)
    ]
