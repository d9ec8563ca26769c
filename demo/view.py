"""What the terminal shows: tickets by stage and criticality, what just happened in plain French, what is late."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable
from datetime import datetime
from typing import Self

from rich.console import Console, Group
from rich.live import Live
from rich.panel import Panel
from rich.table import Table

from demo.words import PROMISES
from demo.world import Followed
from shared.promises import in_french

LINES = 12
"""Latest news on the screen: with the table and the frame it fits a terminal of 24 lines and a half."""
PHASES = ("ouvert", "classé", "en attente", "intervention", "résolu", "relancé", "rouvert", "clos")
CLASSES = ("critique", "standard", "informatif")


class View:
    """A live screen on a terminal; plain lines anywhere else."""

    def __init__(self, console: Console, wanted: int) -> None:
        self._console, self._wanted = console, wanted
        self._news: deque[str] = deque(maxlen=LINES)
        self._live = Live(console=console, refresh_per_second=4, transient=True) if console.is_terminal else None
        self._said = 0

    def __enter__(self) -> Self:
        if self._live:
            self._live.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        if self._live:
            self._live.__exit__(None, None, None)

    def tell(self, at: datetime, news: str) -> None:
        """Add one line of news."""
        self._news.append(f"{in_french(at, 'Europe/Paris')}  {news}")

    def say(self, line: str) -> None:
        """Print a line that stays."""
        self._console.print(line, highlight=False, markup=False, soft_wrap=True)

    def show(self, at: datetime, arrived: int, tickets: Iterable[Followed]) -> None:
        """Draw the present state."""
        followed = list(tickets)
        if self._live:
            self._live.update(self._screen(at, arrived, followed))
            return
        done = sum(one.ended for one in followed)
        if done - self._said >= max(self._wanted // 20, 1) or (arrived == self._wanted and self._said == 0 and done):
            self._said = done
            self.say(
                f"{in_french(at, 'Europe/Paris')} : {arrived} demandes, {done} dossiers terminés sur {self._wanted}"
            )

    def _screen(self, at: datetime, arrived: int, followed: list[Followed]) -> Panel:
        done = sum(one.ended for one in followed)
        title = f"{in_french(at, 'Europe/Paris')} — {arrived}/{self._wanted} demandes, {done} dossiers terminés"
        parts: list[Table | str] = [_table(followed), "\n".join(self._news), _late(followed)]
        return Panel(Group(*parts), title=title, subtitle="Ctrl-C arrête tout ce qui a été démarré")


def _table(followed: list[Followed]) -> Table:
    counts = Counter((one.phase, one.criticality or "?") for one in followed)
    table = Table(expand=True, box=None)
    table.add_column("criticité")
    for phase in PHASES:
        table.add_column(phase, justify="right")
    for criticality in CLASSES:
        table.add_row(criticality.capitalize(), *(str(counts[phase, criticality] or "·") for phase in PHASES))
    return table


def _late(followed: list[Followed]) -> str:
    late = [f"{one.number} ({', '.join(PROMISES[what] for what in sorted(one.late))})" for one in followed if one.late]
    shown = ", ".join(late[:4]) + (f" et {len(late) - 4} autres" if len(late) > 4 else "")
    return f"\nEn retard : {shown}" if late else "\nAucun retard."
