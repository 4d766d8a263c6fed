"""How much of each person's work is checked: read once in a while, so that handing in asks no question for it."""

from __future__ import annotations

import time

from doujia.server.work import queue_sql as sql

__all__ = ["FRESH_SECONDS", "forget", "share_of"]

FRESH_SECONDS = 20.0
"""How old what is remembered may be; a share set by another process is in force after so long."""
_kept: dict[int, tuple[float, dict[str, float]]] = {}


def share_of(queue: int, person: str, usual: float) -> float:
    """Return the share of a person's answers that are drawn for a check.

    Her own where one is set, else that of everybody who has none of her own (person ""), else ``usual``.
    """
    now = time.monotonic()
    known = _kept.get(queue)
    if known is None or now - known[0] > FRESH_SECONDS:
        found = sql.rows("SELECT person, share FROM work_reviewshare WHERE queue_id = %s", (queue,))
        known = _kept[queue] = (now, {r[0]: float(r[1]) for r in found})
    shares = known[1]
    return shares.get(person, shares.get("", usual))


def forget(queue: int | None = None) -> None:
    """Read anew at the next question: after a write of this process, and for tests, whose databases are emptied."""
    if queue is None:
        _kept.clear()
    else:
        _kept.pop(queue, None)
