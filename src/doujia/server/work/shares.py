"""How much of each person's work is checked."""

from __future__ import annotations

from doujia.server.work import queue_sql as sql
from doujia.server.work.remembered import Remembered

__all__ = ["forget", "share_of"]


def _read(queue: int) -> dict[str, float]:
    found = sql.rows("SELECT person, share FROM work_reviewshare WHERE queue_id = %s", (queue,))
    return {r[0]: float(r[1]) for r in found}


_shares = Remembered(_read)


def share_of(queue: int, person: str, usual: float) -> float:
    """Return the share of a person's answers that are drawn for a check.

    Her own where one is set, else that of everybody who has none of her own (person ""), else ``usual``.
    """
    shares = _shares.of(queue)
    return shares.get(person, shares.get("", usual))


def forget(queue: int) -> None:
    """Read anew at the next question."""
    _shares.forget(queue)
