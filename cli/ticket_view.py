"""How `sav ticket` draws tickets on a terminal, in French, and as JSON. Pure but for the console that is handed in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from services.desk.french import CHANNELS, CRITICALITIES, STAGES, TIERS, ZONE, between, length, moment
from services.desk.projection import Ticket, fields_of
from services.desk.shown import Deadline, DeadlineKind, Phase, Shown
from services.desk.stages.dispatch import DispatchView
from services.desk.store import Page
from services.desk.telling import StoryLine
from shared.events.base import Criticality
from shared.runtime.ports import Document

Opened = Mapping[str, Mapping[int, Mapping[str, Any]]]

QUOTED_CHARACTERS = 400
"""Of a customer's words under their line: what fits a few lines of a terminal; `--json` has them whole."""

PHASES: dict[Phase, str] = {
    "received": "Reçu",
    "queued": "À prendre en charge",
    "handling": "Pris en charge",
    "reserving": "Pièces et créneau à réserver",
    "planned": "Intervention planifiée",
    "on-site": "Technicien en route ou sur place",
    "resolved": "Résolu, confirmation à demander",
    "confirming": "Confirmation attendue du client",
    "reminded": "Relancé, silence décompté",
    "unreachable": "Client injoignable, à appeler",
    "answered": "Réponse du client notée",
    "reading": "Message du client à lire",
    "closed": "Clos",
}
DEADLINES: dict[DeadlineKind, str] = {
    "acknowledgement": "Accusé de réception",
    "take-charge": "Prise en charge",
    "on-site": "Arrivée sur site",
    "restored": "Rétablissement",
    "reminder": "Relance du client",
    "five-days": "Fin du délai de silence",
    "survey": "Envoi de l'enquête",
}
_COLOURS: dict[Criticality | None, str] = {"critique": "bold red", "standard": "yellow", "informatif": "cyan"}


def show(console: Console, ticket: Ticket, personal: Opened, now: datetime) -> None:
    """Draw a ticket: who and where, what is due, what waits for a person, and the story."""
    shown = ticket.shown
    console.print(_header(ticket, shown, personal))
    if shown.calls:
        console.print(_calls(shown))
    if shown.deadlines:
        console.print(_deadlines(shown, now))
    console.print(_story(ticket.story, personal))


def _header(ticket: Ticket, shown: Shown, personal: Opened) -> Panel:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column()
    for label, value in _facts(ticket, shown, personal):
        if value:
            grid.add_row(label, _plain(value) if isinstance(value, str) else value)
    colour = _COLOURS.get(shown.criticality, "white")
    return Panel(grid, title=f"[bold]Dossier {shown.number}[/]", title_align="left", border_style=colour)


def _facts(ticket: Ticket, shown: Shown, personal: Opened) -> Iterable[tuple[str, RenderableType]]:
    who = personal.get("intake", {}).get(1, {})
    yield "État", Text(PHASES[shown.phase], style="bold")
    yield "Criticité", _criticality(shown.criticality, doubt=shown.doubt)
    yield "Client", " · ".join(filter(None, (shown.customer, shown.site, TIERS[shown.tier] if shown.tier else "")))
    yield "Contact", " · ".join(str(who[name]) for name in ("name", "email", "phone", "address") if who.get(name))
    yield "Objet", str(who.get("subject", ""))
    if shown.opened_at and shown.channel:
        yield "Ouvert", f"{moment(shown.opened_at)}, {CHANNELS[shown.channel]}"
    yield "Technicien", shown.technician
    dispatch = ticket.sections["dispatch"].view if "dispatch" in ticket.sections else None
    if isinstance(dispatch, DispatchView) and dispatch.visit_start and dispatch.visit_end:
        yield "Rendez-vous", between(dispatch.visit_start, dispatch.visit_end)
    if isinstance(dispatch, DispatchView) and dispatch.missing:
        yield "Attendu", _plain(", ".join(dispatch.missing.values()), style="yellow")


def _criticality(criticality: Criticality | None, *, doubt: bool) -> Text:
    if criticality is None:
        return Text("pas encore classé", style="dim")
    return Text(CRITICALITIES[criticality] + (" (doute)" if doubt else ""), style=_COLOURS[criticality])


def _calls(shown: Shown) -> Panel:
    lines = [_plain(f"{STAGES[one.stage].capitalize()} : {one.reason}") for one in shown.calls]
    return Panel(Group(*lines), title="[bold]À traiter par une personne[/]", title_align="left", border_style="red")


def _deadlines(shown: Shown, now: datetime) -> Table:
    table = Table(title="Échéances", title_justify="left", title_style="bold", box=None, padding=(0, 2, 0, 0))
    for heading in ("", "au plus tard", ""):
        table.add_column(heading, header_style="dim")
    for one in shown.deadlines:
        table.add_row(DEADLINES[one.kind], moment(one.at), _left(one, now))
    return table


def _left(deadline: Deadline, now: datetime) -> Text:
    if now > deadline.late_after:
        return Text(f"en retard de {length(now - deadline.at)}", style="bold red")
    return Text(f"dans {length(deadline.at - now)}" if deadline.at > now else "maintenant", style="green")


def _story(story: Iterable[StoryLine], personal: Opened) -> Table:
    table = Table(title="Récit", title_justify="left", title_style="bold", box=None, padding=(0, 2, 0, 0))
    table.add_column("quand", header_style="dim", no_wrap=True)
    table.add_column("étape", header_style="dim", no_wrap=True)
    table.add_column("", ratio=1)
    for line in story:
        words = str(personal.get(line.stage, {}).get(line.seq, {}).get("text", ""))
        table.add_row(_when(line.at), Text(STAGES[line.stage], style="dim"), _told(line, words))
    return table


def _plain(words: str, style: str = "") -> Text:
    """Somebody's words as they are: neither markup nor a terminal's control sequences."""
    return Text("".join(one if one.isprintable() else " " for one in words), style=style)


def _when(at: datetime) -> str:
    return at.astimezone(ZoneInfo(ZONE)).strftime("%d/%m %H:%M")


def _told(line: StoryLine, words: str) -> RenderableType:
    text = _plain(line.text, style="dim" if line.detail else "")
    if not words:
        return text
    flat = " ".join(words.split())
    quoted = flat if len(flat) <= QUOTED_CHARACTERS else f"{flat[:QUOTED_CHARACTERS].rstrip()}…"
    return Group(text, _plain(f"« {quoted} »", style="italic"))


def as_json(ticket: Ticket, personal: Opened, now: datetime) -> Document:
    """Return a ticket for a machine: instants in UTC, words whole."""
    shown = ticket.shown
    fields = fields_of(shown, ticket.id)
    return {
        "id": ticket.id,
        **{name: value for name, value in fields.items() if name not in ("order", "due", "due_at", "late_after")},
        "late": list(shown.late(now)),
        "deadlines": [{"kind": one.kind, "at": one.at, "late": now > one.late_after} for one in shown.deadlines],
        "calls": [one.model_dump(mode="json") for one in shown.calls],
        "story": [one.model_dump(mode="json") for one in ticket.story],
        "personal": personal,
        "sections": {
            stage: {"seq": one.seq, **one.view.model_dump(mode="json")} for stage, one in ticket.sections.items()
        },
    }


def show_page(console: Console, page: Page, now: datetime) -> None:
    """Draw a list, and where it goes on."""
    if not page.tickets:
        console.print("Aucun dossier.")
        return
    table = Table(box=None, padding=(0, 2, 0, 0))
    for heading in ("Numéro", "Ouvert", "État", "Criticité", "Client", "Échéance", ""):
        table.add_column(heading, header_style="dim", no_wrap=heading in ("Numéro", "Ouvert"))
    for row in page.tickets:
        table.add_row(*_row(row, now))
    console.print(table)
    if page.after:
        # Not wrapped: the cursor is copied as it stands.
        console.print(f"Suite : --after {page.after}", style="dim", soft_wrap=True)


def _row(row: Document, now: datetime) -> Iterable[RenderableType]:
    yield row["number"]
    yield _when(row["opened_at"])
    yield PHASES[row["phase"]]
    yield _criticality(row["criticality"], doubt=row["doubt"])
    yield _plain(row["customer"]) if row["customer"] else Text("inconnu", style="dim")
    if row["due"]:
        late = row["late_after"] < now
        yield Text(f"{DEADLINES[row['due']]}, {_when(row['due_at'])}", style="bold red" if late else "")
    else:
        yield ""
    yield Text("à traiter", style="bold red") if row["attention"] else ""


def page_as_json(page: Page, now: datetime) -> Document:
    """Return a list for a machine."""
    return {"tickets": [_row_as_json(row, now) for row in page.tickets], "after": page.after}


def _row_as_json(row: Document, now: datetime) -> Document:
    kept = {name: value for name, value in row.items() if name not in ("version", "format", "order", "late_after")}
    late = row["late_after"] is not None and row["late_after"] < now
    return {"id": kept.pop("_id"), **kept, "late": late}
