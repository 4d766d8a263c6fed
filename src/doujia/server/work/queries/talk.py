"""Comments, questions and saved filters."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from doujia.server.kernel.api import cursor_decode, cursor_encode
from doujia.server.kernel.authz import Actor, can, require
from doujia.server.work import neighbours, opaque, queues
from doujia.server.work.models import Comment, Lease, Question, SavedFilter, Submission, Task

__all__ = ["CommentView", "FilterView", "QuestionPage", "QuestionView", "comments", "filters", "questions"]


@dataclass(frozen=True)
class CommentView:
    """A remark; ``place`` in px of the item."""

    id: str
    person: str
    name: str
    place: tuple[float, float] | None
    mark: str | None
    text: str
    at: datetime


@dataclass(frozen=True)
class QuestionView:
    """A question and, once there is one, its answer."""

    id: str
    task: str | None
    person: str
    name: str
    text: str
    at: datetime
    answer: str | None
    answered_by: str | None
    answered_at: datetime | None


@dataclass(frozen=True)
class QuestionPage:
    """A page of questions, newest first."""

    items: list[QuestionView]
    next: str | None


@dataclass(frozen=True)
class FilterView:
    """A saved filter of the caller's own."""

    id: str
    name: str
    query: Any


def comments(*, actor: Actor, task: str) -> list[CommentView]:
    """Return the remarks on a task, oldest first."""
    row = Task.objects.filter(id=opaque.decode(task)).first()
    if row is None:
        raise opaque.no_task()
    thing = neighbours.thing(queues.by_id(row.queue_id).project)
    require(actor, "work.view", thing)
    rows = Comment.objects.filter(task_id=row.id)
    if not can(actor, "work.board", thing) and _as_known(row.id, actor.person):
        rows = rows.filter(person=actor.person)  # remarks from before would tell what task it is
    found = list(rows.order_by("id")[:500])
    names = neighbours.names_for(actor, thing, {c.person for c in found})
    return [
        CommentView(
            str(c.id), c.person, names.get(c.person, ""), (c.x, c.y) if c.x is not None and c.y is not None else None, c.mark, c.text, c.at
        )
        for c in found
    ]  # fmt: skip


def _as_known(task: int, person: str) -> bool:
    held = Lease.objects.filter(task_id=task, holder=person, kind="known")
    return held.exists() or Submission.objects.filter(task_id=task, person=person, mode="known").exists()


def questions(
    *, actor: Actor, project: str, open_only: bool = False, cursor: str | None = None, limit: int = 50
) -> QuestionPage:
    """Return the questions of a project with their answers; everybody in it sees them."""
    thing = neighbours.thing(project)
    require(actor, "work.view", thing)
    queue = queues.find(project)
    if queue is None:
        return QuestionPage([], None)
    found = Question.objects.filter(queue_id=queue.id)
    if open_only:
        found = found.filter(answer=None)
    after = cursor_decode(cursor, 1)
    if after is not None:
        found = found.filter(id__lt=int(after[0]))
    rows = list(found.order_by("-id")[: limit + 1])
    more = cursor_encode(rows[limit - 1].id) if len(rows) > limit else None
    names = neighbours.names_for(actor, thing, {p for q in rows for p in (q.person, q.answered_by) if p})
    return QuestionPage(
        [
            QuestionView(
                str(q.id), opaque.encode(q.task_id) if q.task_id else None, q.person, names.get(q.person, ""), q.text, q.at, q.answer,
                names.get(q.answered_by, "") if q.answered_by else None, q.answered_at,
            )
            for q in rows[:limit]
        ],
        more,
    )  # fmt: skip


def filters(*, actor: Actor, project: str) -> list[FilterView]:
    """Return the caller's saved filters of a project's task list."""
    require(actor, "work.board", neighbours.thing(project))
    queue = queues.find(project)
    if queue is None:
        return []
    rows = SavedFilter.objects.filter(person=actor.person, queue_id=queue.id).order_by("name")
    return [FilterView(str(f.id), f.name, msgspec.json.decode(f.query)) for f in rows]
