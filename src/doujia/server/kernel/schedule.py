"""Small things that must happen again and again; the worker's clock runs them.

A function registered with ``every`` must be quick, idempotent and safe to miss.
"""

from __future__ import annotations

import logging
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["every", "tick"]

log = logging.getLogger("doujia.schedule")


@dataclass
class _Entry:
    name: str
    seconds: float
    call: Callable[[], object]
    due: float = 0.0


_entries: dict[str, _Entry] = {}


def every(seconds: float, name: str) -> Callable[[Callable[[], object]], Callable[[], object]]:
    """Run the decorated function each ``seconds`` in the worker, first when it starts."""

    def register(call: Callable[[], object]) -> Callable[[], object]:
        _entries[name] = _Entry(name, seconds, call)
        return call

    return register


def tick(now: float | None = None) -> list[str]:
    """Run whatever is due and return the names; a failure is logged and tried again at its next turn."""
    at = time.monotonic() if now is None else now
    ran = []
    for entry in list(_entries.values()):
        if at < entry.due:
            continue
        entry.due = at + entry.seconds
        try:
            entry.call()
            ran.append(entry.name)
        except Exception:  # noqa: BLE001 - one task's fault must not stop the clock of the others
            log.error("scheduled task failed", extra={"task": entry.name, "trace": traceback.format_exc()})
    return ran
