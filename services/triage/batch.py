"""Classifies one JSON object, or one line of it, for the command line (`sav triage classify --jsonl`) and dry runs.

It must never read or write anything itself, and never refuse a line: what a line lacks is read as empty, and an empty
or broken request is a doubt (R8).
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from services.triage.explain import Verdict, failed
from services.triage.grid import Grid
from services.triage.rules import TriageInput, classify


def classify_line(line: bytes, grid: Grid) -> dict[str, object]:
    """Classify one line of JSON; a line that is none gives Critique in doubt, with no id (R8)."""
    try:
        request = json.loads(line.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        return _plain(None, failed(error, grid))
    if not isinstance(request, Mapping):
        return _plain(None, failed(TypeError("not an object"), grid))
    return classify_json(request, grid)


def classify_json(line: Mapping[str, object], grid: Grid) -> dict[str, object]:
    """Classify one request (id, channel, subject, text, form, contract) and give its verdict as plain JSON data."""
    form = line.get("form")
    request = TriageInput(
        channel=_text(line.get("channel")),
        subject=_text(line.get("subject")),
        text=_text(line.get("text")),
        form={str(k): _text(v) for k, v in form.items()} if isinstance(form, Mapping) else {},
        contract=_text(line.get("contract")),
    )
    return _plain(line.get("id"), classify(request, grid))


def _plain(request: object, verdict: Verdict) -> dict[str, object]:
    return {
        "id": request,
        "criticality": verdict.criticality,
        "doubt": verdict.doubt,
        "reasons": [
            {"rule": reason.rule, "evidence": list(reason.evidence), "says": reason.says} for reason in verdict.reasons
        ],
        "would_change": verdict.would_change,
        "version": verdict.version,
    }


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
