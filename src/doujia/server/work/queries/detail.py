"""One task as its lead looks at it: the picture, every answer with its checks, what was said, who refused it and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from doujia.server.kernel import clock
from doujia.server.kernel.authz import Actor, require
from doujia.server.work import neighbours, opaque, queues
from doujia.server.work.models import Comment, Lease, Skip, Submission, Task
from doujia.server.work.queries.history import RevisionView, reviews_of, view_of
from doujia.server.work.queries.talk import CommentView

__all__ = ["HolderRow", "SkipRow", "TaskDetail", "shown_item", "task_detail"]

LOOKED_AT = timedelta(minutes=30)
"""How long the addresses of the picture hold."""
MOST_COMMENTS = 500


@dataclass(frozen=True)
class HolderRow:
    """Who works on a task just now, and for what: work, review, arbitrate."""

    name: str
    kind: str
    taken_at: datetime
    until: datetime


@dataclass(frozen=True)
class SkipRow:
    """Who would not or could not do it, and why."""

    name: str
    reason: str
    text: str
    at: datetime


@dataclass(frozen=True)
class TaskDetail:
    """Everything about one task.

    Attributes:
        item: name, media and signed addresses.
        answers: all revisions, slot after slot, the oldest first.
    """

    id: str
    project: str
    number: int
    state: str
    priority: int
    item: dict[str, Any]
    answers: list[RevisionView]
    comments: list[CommentView]
    holders: list[HolderRow]
    skips: list[SkipRow]


def shown_item(item: Any, grant: str) -> dict[str, Any]:
    """Return name, media and signed addresses of an item, None where it is gone."""
    if item is None:
        return {"name": "", "media": None, "urls": None}
    urls = neighbours.signed_urls(item, clock.now() + LOOKED_AT, grant)
    return {"name": item.name, "media": item.media, "urls": urls}


def task_detail(*, actor: Actor, task: str) -> TaskDetail:
    """Return a task with its whole history; the number of queries is fixed.

    Raises:
        NotFound: there is none, or it is none of the actor's.
    """
    row = Task.objects.filter(id=opaque.decode(task)).first()
    if row is None:
        raise opaque.no_task()
    project = queues.by_id(row.queue_id).project
    thing = neighbours.thing(project)
    require(actor, "work.board", thing)
    answers = list(Submission.objects.filter(task_id=row.id).order_by("slot", "revision", "received_at"))
    comments = list(Comment.objects.filter(task_id=row.id).order_by("id")[:MOST_COMMENTS])
    leases = list(Lease.objects.filter(task_id=row.id).order_by("taken_at"))
    skips = list(Skip.objects.filter(task_id=row.id).order_by("at"))
    people = {*(a.person for a in answers), *(x.holder for x in leases)}
    people |= {*(c.person for c in comments), *(s.person for s in skips)}
    names = neighbours.names_for(actor, thing, people)
    checks = reviews_of([a.id for a in answers])
    item = neighbours.items([row.item]).get(row.item)
    return TaskDetail(
        id=opaque.encode(row.id), project=project, number=row.seq, state=row.state, priority=-row.rank,
        item=shown_item(item, f"task:{row.id}:{actor.person}"),
        answers=[view_of(a, names.get(a.person, ""), _seen(a, checks.get(a.id, []), actor), True) for a in answers],
        comments=[_comment(c, names) for c in comments],
        holders=[HolderRow(names.get(x.holder, ""), x.kind, x.taken_at, x.until) for x in leases],
        skips=[SkipRow(names.get(s.person, ""), s.reason, s.text, s.at) for s in skips],
    )  # fmt: skip


def _seen(answer: Submission, reviews: list[dict[str, Any]], actor: Actor) -> list[dict[str, Any]]:
    """Hide the verdicts on an answer that is being checked again: that check is blind."""
    return reviews if answer.state not in ("submitted", "disputed") or answer.person == actor.person else []


def _comment(c: Comment, names: dict[str, str]) -> CommentView:
    place = (c.x, c.y) if c.x is not None and c.y is not None else None
    return CommentView(str(c.id), c.person, names.get(c.person, ""), place, c.mark, c.text, c.at)
