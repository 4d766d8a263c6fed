"""The moment an answer counts: its state, its task's progress, and the facts that others wait for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from doujia.server.kernel import events
from doujia.server.work import opaque, queues
from doujia.server.work import queue_sql as sql
from doujia.server.work.events import SubmissionAccepted, TaskAnswered, TaskCompleted

__all__ = ["Accepted", "accept"]

_COLUMNS = "queue_id, task_id, person, mode, active_ms"


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
    if unless_asked:
        found = sql.rows(
            "UPDATE work_submission SET state = 'accepted', reply = 'accepted' WHERE id = %s AND state = 'submitted'"
            " AND NOT EXISTS (SELECT 1 FROM work_ready r WHERE r.task_id = work_submission.task_id"
            f" AND r.subject = work_submission.id) RETURNING {_COLUMNS}",
            (sql.uuid(submission),),
        )
    else:
        found = sql.rows(
            f"UPDATE work_submission SET state = %s WHERE id = %s AND state = 'submitted' RETURNING {_COLUMNS}",
            ("fixed" if final else "accepted", sql.uuid(submission)),
        )
    if not found:
        return None
    queue_id, task_id, person, mode, active_ms = found[0]
    if mode == "known":
        # Paid like any other answer, but no part of the production: the task stays as it is.
        row = sql.rows("SELECT item, false FROM work_task WHERE id = %s", (task_id,))
        done: list[tuple[Any, ...]] = []
    else:
        row, done = _advance(task_id, mode)
    item, full = row[0]
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


def _advance(task: int, mode: str) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    """Count an accepted answer; returns the task's row, and the same again when that completed it."""
    # An arbiter's answer decides the task whatever became of the others; several answers wait to become one.
    done = sql.rows(
        "UPDATE work_task SET accepted = accepted + 1, state = 'done'"
        " WHERE id = %s AND state = 'open' AND ((accepted + 1 >= slots AND NOT consensus) OR %s) RETURNING item, false",
        (task, mode == "arbitrate"),
    )
    row = done or sql.rows(
        "UPDATE work_task SET accepted = accepted + 1 WHERE id = %s"
        " RETURNING item, consensus AND answered >= slots AND state = 'open'",
        (task,),
    )
    return row, done
