"""Reads behind known tasks: which answers of the production are sure enough to become one, and what was said to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from doujia.server.kernel import clock
from doujia.server.work import counts, opaque, queues
from doujia.server.work import queue_sql as sql

__all__ = [
    "Adjudicated",
    "KnownSaid",
    "adjudicated",
    "adjudicated_tasks",
    "answered_by",
    "known_said",
    "pace",
    "task_items",
]

_COUNTS = """s.state = 'accepted' AND (s.mode IN ('arbitrate', 'consensus', 'fix') OR (s.mode <> 'known'
  AND EXISTS (SELECT 1 FROM work_review v WHERE v.submission = s.id AND v.verdict = 'accept' AND v.reply = 'accepted')))"""
_SURE = f"FROM work_submission s JOIN work_task t ON t.id = s.task_id WHERE t.state = 'done' AND {_COUNTS}"
_RANK = {"arbitrate": 3, "consensus": 2, "fix": 1}


@dataclass(frozen=True, slots=True)
class Adjudicated:
    """An answer that more than one person stands for.

    Attributes:
        how: ``arbitrate``, ``consensus``, ``fix`` (a reviewer put it right) or ``check`` (a reviewer passed it).
        document: JSON ``{"marks", "relations", "item_attrs"}``.
    """

    project: str
    task: str
    item: str
    submission: str
    how: str
    document: str


@dataclass(frozen=True, slots=True)
class KnownSaid:
    """One person's answer to a known task."""

    project: str
    task: str
    item: str
    submission: str
    person: str
    revision: int
    state: str
    guideline_version: int
    at: datetime
    document: str


def adjudicated_tasks(project: str, *, limit: int | None = None) -> list[str]:
    """Return the done tasks whose answer was checked, put right, arbitrated or agreed on; in the order of their numbers.

    Args:
        limit: the first so many only; the cost is that of these.
    """
    queue = queues.find(project)
    if queue is None:
        return []
    found = sql.rows(
        "SELECT t.id FROM work_task t WHERE t.queue_id = %s AND t.state = 'done' AND EXISTS"
        f" (SELECT 1 FROM work_submission s WHERE s.task_id = t.id AND {_COUNTS}) ORDER BY t.seq LIMIT %s",
        (queue.id, limit if limit is not None else 2**62),
    )
    return [opaque.encode(r[0]) for r in found]


def adjudicated(tasks: Sequence[str]) -> dict[str, Adjudicated]:
    """Return the surest answer of each of these tasks that has one; 500 tasks in a query."""
    out: dict[str, Adjudicated] = {}
    for start in range(0, len(tasks), 500):
        ids = [opaque.decode(t) for t in tasks[start : start + 500]]
        marks = ", ".join(["%s"] * len(ids))
        found = sql.rows(
            f"SELECT t.id, t.queue_id, t.item, s.id, s.mode, s.document {_SURE} AND t.id IN ({marks})"
            " ORDER BY s.received_at", ids,
        )  # fmt: skip
        for task, queue, item, submission, mode, document in sorted(found, key=lambda r: _RANK.get(r[4], 0)):
            how = mode if mode in _RANK else "check"
            out[opaque.encode(task)] = Adjudicated(
                queues.by_id(queue).project, opaque.encode(task), item, str(sql.read_uuid(submission)), how, document
            )  # fmt: skip
    return out


def known_said(submission: str) -> KnownSaid | None:
    """Return an answer to a known task, None when there is none of that id."""
    found = sql.rows(
        "SELECT t.queue_id, t.id, t.item, s.id, s.person, s.revision, s.state, s.guideline_version, s.received_at, s.document"
        " FROM work_submission s JOIN work_task t ON t.id = s.task_id WHERE s.id = %s AND s.mode = 'known'",
        (sql.uuid(UUID(submission)),),
    )
    if not found:
        return None
    r = found[0]
    at = sql.read_time(r[8])
    assert at is not None
    return KnownSaid(
        queues.by_id(r[0]).project, opaque.encode(r[1]), r[2], str(sql.read_uuid(r[3])), r[4], r[5], r[6], r[7], at, r[9]
    )  # fmt: skip


def answered_by(person: str, tasks: Sequence[str]) -> set[str]:
    """Return those of these tasks that a person has answered in any way."""
    out: set[str] = set()
    for start in range(0, len(tasks), 500):
        ids = [opaque.decode(t) for t in tasks[start : start + 500]]
        marks = ", ".join(["%s"] * len(ids))
        found = sql.rows(
            f"SELECT DISTINCT task_id FROM work_submission WHERE person = %s AND task_id IN ({marks})", (person, *ids)
        )  # fmt: skip
        out |= {opaque.encode(r[0]) for r in found}
    return out


def task_items(tasks: Sequence[str]) -> dict[str, str]:
    """Return the item of each of these tasks."""
    out: dict[str, str] = {}
    for start in range(0, len(tasks), 500):
        ids = [opaque.decode(t) for t in tasks[start : start + 500]]
        marks = ", ".join(["%s"] * len(ids))
        out |= {
            opaque.encode(r[0]): r[1]
            for r in sql.rows(f"SELECT id, item FROM work_task WHERE id IN ({marks})", ids)
        }
    return out


def pace(project: str, days: int) -> tuple[int, int]:
    """Return how many people answered in the last days, and how many tasks one of them did on average (rounded up)."""
    queue = queues.find(project)
    if queue is None:
        return 0, 0
    since = counts.day_of(clock.now() - timedelta(days=days))
    found = sql.rows(
        "SELECT person, SUM(items) FROM work_daycount WHERE queue_id = %s AND day >= %s AND person <> '' GROUP BY person"
        " HAVING SUM(items) > 0",
        (queue.id, since.isoformat()),
    )
    return len(found), -(-sum(int(r[1]) for r in found) // len(found)) if found else 0
