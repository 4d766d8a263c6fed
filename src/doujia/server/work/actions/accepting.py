"""The moment an answer counts: its state, its task's progress, and the facts that others wait for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from doujia.server.kernel import db, events
from doujia.server.work import opaque, queues
from doujia.server.work import queue_sql as sql
from doujia.server.work.events import SubmissionAccepted, TaskAnswered, TaskCompleted

__all__ = ["Accepted", "accept"]

_COLUMNS = "queue_id, task_id, person, mode, active_ms"
# A known answer is paid like any other, but no part of the production: its task stays as it is.
# An arbiter's answer decides the task whatever became of the others; several answers wait to become one.
_ENOUGH = "({t}accepted + 1 >= {t}slots AND NOT {t}consensus) OR {mode} = 'arbitrate'"
_FULL = "{t}consensus AND {t}answered >= {t}slots AND {t}state = 'open'"
_AT_ONCE = (
    f"WITH s AS ({{change}} RETURNING {_COLUMNS}),"
    " was AS (SELECT t.id, t.state FROM work_task t WHERE t.id IN (SELECT task_id FROM s) FOR UPDATE),"
    " now AS (UPDATE work_task t SET accepted = t.accepted + (s.mode <> 'known')::int,"
    f" state = CASE WHEN t.state = 'open' AND ({_ENOUGH.format(t='t.', mode='s.mode')}) AND s.mode <> 'known' THEN 'done' ELSE t.state END"
    " FROM s, was WHERE t.id = s.task_id AND was.id = t.id"
    f" RETURNING t.item, was.state = 'open' AND t.state = 'done' AS done, {_FULL.format(t='t.')} AND s.mode <> 'known' AS full_now)"
    " SELECT s.queue_id, s.task_id, s.person, s.mode, s.active_ms, now.item, now.done, now.full_now FROM s, now"
)
"""Both changes in one statement, for PostgreSQL; SQLite cannot change rows within WITH."""


@dataclass(frozen=True)
class Accepted:
    """``completed``: the task now has all its answers; whoever caused it adds it to the counts."""

    completed: bool


def accept(
    submission: UUID,
    *,
    reviewer: str | None,
    now: datetime,
    unless_asked: bool = False,
    final: UUID | None = None,
    review_ms: int = 0,
) -> Accepted | None:
    """Accept a submission in the caller's transaction.

    Args:
        unless_asked: only when nobody wants it checked (a review of it waits or runs).
        final: the revision whose marks count, when a reviewer fixed the answer.

    Returns:
        What came of it; None leaves everything as it was.
    """
    change, values = _change(submission, unless_asked, final)
    if db.is_sqlite():
        found = sql.rows(f"{change} RETURNING {_COLUMNS}", values)
        if not found:
            return None
        queue_id, task_id, person, mode, active_ms = found[0]
        item, done, full = _count(task_id, mode)
    else:
        found = sql.rows(_AT_ONCE.format(change=change), values)
        if not found:
            return None
        queue_id, task_id, person, mode, active_ms, item, done, full = found[0]
    project, task = queues.by_id(queue_id).project, opaque.encode(task_id)
    events.publish(
        SubmissionAccepted(
            project, task, item, str(submission), str(final or submission), person, mode, reviewer, review_ms, active_ms, now
        )
    )  # fmt: skip
    if done:
        events.publish(TaskCompleted(project, task, item, now))
    elif full and reviewer is not None:  # the check was what the consensus waited for
        events.publish(TaskAnswered(project, task, item, now))
    return Accepted(bool(done))


def _change(submission: UUID, unless_asked: bool, final: UUID | None) -> tuple[str, tuple[Any, ...]]:
    if unless_asked:
        return (
            "UPDATE work_submission SET state = 'accepted', reply = 'accepted' WHERE id = %s AND state = 'submitted'"
            " AND NOT EXISTS (SELECT 1 FROM work_ready r WHERE r.task_id = work_submission.task_id"
            " AND r.subject = work_submission.id)",
            (sql.uuid(submission),),
        )
    state = "fixed" if final else "accepted"
    return "UPDATE work_submission SET state = %s WHERE id = %s AND state = 'submitted'", (
        state,
        sql.uuid(submission),
    )


def _count(task: int, mode: str) -> tuple[str, bool, bool]:
    """Count one more accepted answer; returns the item, whether the task is done by it, and whether several answers
    now wait to become one."""
    if mode == "known":
        return sql.rows("SELECT item FROM work_task WHERE id = %s", (task,))[0][0], False, False
    done = sql.rows(
        "UPDATE work_task SET accepted = accepted + 1, state = 'done'"
        f" WHERE id = %s AND state = 'open' AND ({_ENOUGH.format(t='', mode='%s')}) RETURNING item",
        (task, mode),
    )
    if done:
        return done[0][0], True, False
    [row] = sql.rows(
        f"UPDATE work_task SET accepted = accepted + 1 WHERE id = %s RETURNING item, {_FULL.format(t='')}",
        (task,),
    )
    return row[0], False, bool(row[1])
