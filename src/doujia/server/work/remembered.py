"""What few rows say about the people of a queue, read once in a while so that the hot path asks no question for it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Generic, TypeVar

__all__ = ["FRESH_SECONDS", "Remembered", "forget_all"]

FRESH_SECONDS = 20.0
"""How old what is remembered may be; what another process wrote is in force after so long."""
V = TypeVar("V")
_all: list[Remembered] = []  # type: ignore[type-arg]


class Remembered(Generic[V]):
    """Rows of a queue by person, read anew after ``FRESH_SECONDS`` or ``forget``."""

    def __init__(self, read: Callable[[int], dict[str, V]]) -> None:
        self._read = read
        self._kept: dict[int, tuple[float, dict[str, V]]] = {}
        _all.append(self)

    def of(self, queue: int) -> dict[str, V]:
        """Return the rows of a queue."""
        now = time.monotonic()
        known = self._kept.get(queue)
        if known is None or now - known[0] > FRESH_SECONDS:
            known = self._kept[queue] = (now, self._read(queue))
        return known[1]

    def forget(self, queue: int) -> None:
        """Read anew at the next question: after a write of this process."""
        self._kept.pop(queue, None)


def forget_all() -> None:
    """Forget everything; for tests, whose databases are emptied."""
    for one in _all:
        one._kept.clear()
