"""Verdicts that were given, for those above who count them. They have checked who asks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec

from doujia.server.work import opaque, queues
from doujia.server.work import queue_sql as sql

__all__ = [
    "VerdictRow", "judged_between", "newest_verdicts", "projects_judged", "recent_tasks", "rejections_by", "rejections_of", "verdicts", "verdicts_on", "worked_on",
]  # fmt: skip

_SELECT = (
    "SELECT v.id, v.queue_id, v.task_id, v.submission, s.person, v.reviewer, v.verdict, v.reply, v.findings, v.at,"
    " s.state, s.mode, s.revision FROM work_review v JOIN work_submission s ON s.id = v.submission"
)


@dataclass(frozen=True, slots=True)
class VerdictRow:
    """A verdict on an answer.

    Attributes:
        person: who made the answer; ``reviewer`` who judged it.
        verdict: accept, fix or reject. ``counted`` is False for one that came when another had been given.
        findings: as the bench sent them: ``error_class``, ``severity``, ``mark``, ``place`` (px), ``rule``, ``text``.
        state: of the answer now.
    """

    review: str
    project: str
    task: str
    submission: str
    person: str
    reviewer: str
    verdict: str
    counted: bool
    findings: list[dict[str, Any]]
    at: datetime
    state: str
    mode: str
    revision: int


def verdicts(project: str, start: datetime, end: datetime, person: str | None = None) -> list[VerdictRow]:
    """Return the verdicts of a project given from ``start`` to before ``end``, oldest first; on one person's answers or all."""
    queue = queues.find(project)
    if queue is None:
        return []
    # In a form that no index knows: by name PostgreSQL may read all her answers for each verdict (of a project or a person
    # younger than its statistics; 1.3 s at 3,000 of each). So each verdict finds its answer by id.
    whose, values = ("", ()) if person is None else (" AND s.person || '' = %s", (person,))
    found = sql.rows(
        f"{_SELECT} WHERE v.queue_id = %s AND v.at >= %s AND v.at < %s{whose} ORDER BY v.at, v.id",
        (queue.id, sql.time(start), sql.time(end), *values),
    )
    return [_row(r) for r in found]


def judged_between(project: str, start: datetime, end: datetime) -> bool:
    """Return whether a verdict was given in a project from ``start`` to before ``end``."""
    queue = queues.find(project)
    found = queue is not None and sql.rows(
        "SELECT 1 FROM work_review WHERE queue_id = %s AND at >= %s AND at < %s LIMIT 1",
        (queue.id, sql.time(start), sql.time(end)),
    )
    return bool(found)


def newest_verdicts(project: str = "") -> dict[str, datetime]:
    """Return when the newest verdict was given, by project, of those that have one; of one project only when named."""
    one, values = ("", ()) if not project else (" WHERE project = %s", (project,))
    found = sql.rows(
        f"SELECT project, (SELECT MAX(v.at) FROM work_review v WHERE v.queue_id = q.id) FROM work_queue q{one}",
        values,
    )
    return {r[0]: sql.read_time(r[1]) for r in found if r[1] is not None}  # type: ignore[misc]


def recent_tasks(project: str, person: str, since: datetime, limit: int) -> list[str]:
    """Return the tasks of a person's own first answers since then, newest first: to look at them once more."""
    queue = queues.find(project)
    if queue is None:
        return []
    found = sql.rows(
        "SELECT task_id FROM work_submission WHERE person = %s AND received_at >= %s AND queue_id = %s AND mode = 'work'"
        " AND revision = 1 AND state IN ('submitted', 'accepted') ORDER BY received_at DESC LIMIT %s",
        (person, sql.time(since), queue.id, limit),
    )
    return list(dict.fromkeys(opaque.encode(r[0]) for r in found))


def projects_judged(start: datetime, end: datetime) -> list[str]:
    """Return the projects in which a verdict was given from ``start`` to before ``end``."""
    found = sql.rows(
        "SELECT project FROM work_queue q WHERE EXISTS"
        " (SELECT 1 FROM work_review v WHERE v.queue_id = q.id AND v.at >= %s AND v.at < %s) ORDER BY project",
        (sql.time(start), sql.time(end)),
    )
    return [r[0] for r in found]


def worked_on(person: str, since: date) -> list[str]:
    """Return the projects in which a person did or was told something since a day."""
    found = sql.rows(
        "SELECT DISTINCT q.project FROM work_daycount d JOIN work_queue q ON q.id = d.queue_id"
        " WHERE d.person = %s AND d.day >= %s ORDER BY q.project",
        (person, since.isoformat()),
    )
    return [r[0] for r in found]


def verdicts_on(submission: str) -> list[VerdictRow]:
    """Return the verdicts on one answer, oldest first."""
    found = sql.rows(f"{_SELECT} WHERE v.submission = %s ORDER BY v.at, v.id", (sql.uuid(UUID(submission)),))
    return [_row(r) for r in found]


def rejections_of(person: str, since: datetime) -> list[VerdictRow]:
    """Return the rejections of a person's answers that stand and were given since then, newest first."""
    found = sql.rows(
        f"{_SELECT} WHERE s.person = %s AND s.state = 'rejected' AND v.verdict = 'reject' AND v.reply = 'rejected'"
        " AND v.at >= %s ORDER BY v.at DESC, v.id",
        (person, sql.time(since)),
    )
    return [_row(r) for r in found]


def rejections_by(project: str, start: datetime, end: datetime) -> dict[str, int]:
    """Return how many answers each reviewer of a project sent back from ``start`` to before ``end``."""
    queue = queues.find(project)
    if queue is None:
        return {}
    found = sql.rows(
        "SELECT reviewer, COUNT(*) FROM work_review WHERE queue_id = %s AND at >= %s AND at < %s"
        " AND verdict = 'reject' AND reply = 'rejected' GROUP BY reviewer",
        (queue.id, sql.time(start), sql.time(end)),
    )
    return {r[0]: int(r[1]) for r in found}


def _row(r: Sequence[Any]) -> VerdictRow:
    at = sql.read_time(r[9])
    assert at is not None
    return VerdictRow(
        str(sql.read_uuid(r[0])), queues.by_id(r[1]).project, opaque.encode(r[2]), str(sql.read_uuid(r[3])), r[4], r[5],
        r[6], r[7] != "extra", msgspec.json.decode(r[8]), at, r[10], r[11], r[12],
    )  # fmt: skip
