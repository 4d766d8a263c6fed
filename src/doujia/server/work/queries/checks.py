"""What reviewers said, in the order in which they said it: for the figures of those above, who have checked who asks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from doujia.server.work import neighbours, opaque, queues
from doujia.server.work import queue_sql as sql

__all__ = ["CheckRow", "Waiting", "checks", "waiting"]


@dataclass(frozen=True, slots=True)
class CheckRow:
    """A verdict with the answer that it was about.

    Attributes:
        mode: of the answer: ``work``, ``rework`` or ``arbitrate``; ``revision`` 1 is her first try.
        verdict: ``accept``, ``fix`` or ``reject``; ``counted`` is False where somebody else had checked it by then.
        findings: JSON list of what was found (see ``actions.reviews.Finding``).
        document: the marks checked, JSON ``{"marks", "relations", "item_attrs"}``; ``final`` the reviewer's own, with ``fix``.
        previous: the answer that this one revises, with its marks.
        suggested: whether the author was shown a pre-label.
        active_ms: the author's time; ``review_ms`` the reviewer's.
    """

    review: str
    at: datetime
    task: str
    item: str
    slot: str
    submission: str
    person: str
    reviewer: str
    mode: str
    revision: int
    guideline_version: int
    verdict: str
    counted: bool
    findings: str
    document: str
    final: str | None
    previous: str | None
    previous_document: str | None
    suggested: bool
    active_ms: int
    review_ms: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits for a lead in a project: answers to check, questions to answer."""

    checks: int
    questions: int


def waiting(project: str) -> Waiting:
    """Return what waits, by two counts over small indexes."""
    queue = queues.find(project)
    if queue is None:
        return Waiting(0, 0)
    [[checks]] = sql.rows(
        "SELECT COUNT(*) FROM work_ready WHERE queue_id = %s AND kind = 'review'", (queue.id,)
    )
    [[asked]] = sql.rows(
        "SELECT COUNT(*) FROM work_question WHERE queue_id = %s AND answer IS NULL", (queue.id,)
    )
    return Waiting(int(checks), int(asked))


_COLUMNS = (
    "r.id, r.at, r.task_id, t.item, r.slot, s.id, s.person, r.reviewer, s.mode, s.revision, s.guideline_version, r.verdict, r.reply,"
    " r.findings, s.document, f.document, p.id, p.document, l.task_id, s.active_ms, r.active_ms"
)


def checks(project: str, *, after: tuple[datetime, str] | None = None, limit: int = 200) -> list[CheckRow]:
    """Return verdicts, oldest first, from behind ``after`` (time and id of the last one seen); one statement."""
    queue = queues.find(project)
    if queue is None:
        return []
    behind, values = "", list[Any]()
    if after is not None:
        behind = " AND (r.at > %s OR (r.at = %s AND r.id > %s))"
        values = [sql.time(after[0]), sql.time(after[0]), sql.uuid(UUID(after[1]))]
    found = sql.rows(
        f"SELECT {_COLUMNS} FROM work_review r JOIN work_task t ON t.id = r.task_id JOIN work_submission s ON s.id = r.submission"
        " LEFT JOIN work_submission f ON f.id = r.final LEFT JOIN work_submission p ON p.id = s.previous"
        " LEFT JOIN work_prelabel l ON l.task_id = r.task_id"
        f" WHERE r.queue_id = %s{behind} ORDER BY r.at, r.id LIMIT %s",
        (queue.id, *values, limit),
    )
    share = neighbours.setup(project).settings.prelabel_share
    return [_row(r, queue.seed, share) for r in found]


def _row(r: tuple[Any, ...], seed: bytes, share: float) -> CheckRow:
    return CheckRow(
        review=str(sql.read_uuid(r[0])), at=sql.read_time(r[1]), task=opaque.encode(r[2]), item=r[3], slot=opaque.encode(r[4]),  # type: ignore[arg-type]
        submission=str(sql.read_uuid(r[5])), person=r[6], reviewer=r[7], mode=r[8], revision=r[9], guideline_version=r[10],
        verdict=r[11], counted=r[12] != "extra", findings=r[13], document=r[14], final=r[15],
        previous=str(sql.read_uuid(r[16])) if r[16] is not None else None, previous_document=r[17],
        suggested=r[18] is not None and opaque.fraction(seed, "prelabel", r[2]) < share, active_ms=r[19], review_ms=r[20],
    )  # fmt: skip
