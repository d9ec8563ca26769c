"""What goes wrong with a fake, and exactly when: the nth call of one operation of one replica.

Every fake passes here before and after its work. Operations are named `<port>.<method>`, such as `journal.insert`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from typing import Literal, TypeVar

from shared.errors import GoRound
from shared.runtime.failpoints import Failpoints

How = Literal["before", "half", "after"]
"""Nothing was done; the first half was; all was, and only the answer is lost."""
T = TypeVar("T")


class Crash(BaseException):
    """The process ended here: no code of its own may catch it and go on."""


class Passage:
    """One call of an operation, with what was asked to go wrong in it."""

    def __init__(self, how: How | None = None, error: BaseException | None = None) -> None:
        self._how = how
        self._error = error

    def part(self, items: Sequence[T]) -> Sequence[T]:
        """Return what of `items` is done at all."""
        return items[: len(items) // 2] if self._how == "half" else items

    def leave(self) -> None:
        """End the call; raises where its answer was to be lost."""
        if self._error is not None:
            raise self._error


class Faults:
    """The faults of one replica's ports, one after another; none unless asked for."""

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()
        """How often each operation was called."""
        self.turn: Callable[[str], Awaitable[None]] | None = None
        """Awaited before every operation: a scheduler decides here which replica goes on."""
        self._asked: dict[tuple[str, int], tuple[How, BaseException]] = {}
        self._meanwhile: dict[tuple[str, int], Callable[[], Awaitable[object]]] = {}

    def fail(self, operation: str, nth: int = 1, how: How = "before", error: BaseException | None = None) -> None:
        """Make the nth call from now on fail, by default with the `GoRound` of an engine that is away."""
        self._asked[operation, self.calls[operation] + nth] = how, error or GoRound(f"{operation}: {how}")

    def meanwhile(self, operation: str, act: Callable[[], Awaitable[object]], nth: int = 1) -> None:
        """Do `act` right before the nth call from now on: what somebody else does while this replica is on its way."""
        self._meanwhile[operation, self.calls[operation] + nth] = act

    async def enter(self, operation: str) -> Passage:
        """Begin a call of an operation; raises where it was to fail before anything is done."""
        if self.turn is not None:
            await self.turn(operation)
        self.calls[operation] += 1
        call = operation, self.calls[operation]
        if (act := self._meanwhile.pop(call, None)) is not None:
            await act()
        how, error = self._asked.pop(call, (None, None))
        if how == "before" and error is not None:
            raise error
        return Passage(how, error)


class CrashAt(Failpoints):
    """Ends the replica with `Crash` at the nth passage of one numbered step of the loop, instead of the process."""

    def __init__(self, step: str = "", nth: int = 1) -> None:
        super().__init__()
        self._step = step
        self._nth = nth
        self.passed: Counter[str] = Counter()
        """How often each step was reached."""

    def reach(self, name: str) -> None:
        """Count a passage; raises `Crash` at the one that was asked for."""
        self.passed[name] += 1
        if name == self._step and self.passed[name] == self._nth:
            raise Crash(f"{name}, passage {self._nth}")
