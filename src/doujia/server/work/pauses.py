"""Who takes no new tasks of a queue for now, because people agreed on it. What she holds she hands in as ever."""

from __future__ import annotations

from doujia.server.work import queue_sql as sql
from doujia.server.work.remembered import Remembered

__all__ = ["forget", "is_paused"]


def _read(queue: int) -> dict[str, bool]:
    return {r[0]: True for r in sql.rows("SELECT person FROM work_personpause WHERE queue_id = %s", (queue,))}


_paused = Remembered(_read)


def is_paused(queue: int, person: str) -> bool:
    """Return whether a person takes nothing new of a queue for now."""
    return person in _paused.of(queue)


def forget(queue: int) -> None:
    """Read anew at the next question."""
    _paused.forget(queue)
