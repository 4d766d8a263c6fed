"""The queue of a project: found once, remembered (id and seed never change)."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from django.db import IntegrityError, transaction

from doujia.server.kernel import clock, db
from doujia.server.kernel.errors import NotFound
from doujia.server.work.models import Queue
from doujia.server.work.remembered import forget_all

__all__ = ["QueueRef", "by_id", "forget", "of", "of_or_new"]


@dataclass(frozen=True, slots=True)
class QueueRef:
    """What never changes of a queue."""

    id: int
    project: str
    seed: bytes


_by_project: dict[str, QueueRef] = {}
_by_id: dict[int, QueueRef] = {}


def _remember(row: Queue) -> QueueRef:
    ref = QueueRef(row.id, row.project, bytes(row.seed))
    _by_project[ref.project] = _by_id[ref.id] = ref
    return ref


def forget() -> None:
    """Drop what is remembered; for tests, whose databases are emptied."""
    forget_all()
    _by_project.clear()
    _by_id.clear()


def find(project: str) -> QueueRef | None:
    """Return the queue of a project, None while it has no tasks."""
    known = _by_project.get(project)
    if known is None:
        row = Queue.objects.filter(project=project).first()
        known = _remember(row) if row is not None else None
    return known


def of(project: str) -> QueueRef:
    """Return the queue of a project.

    Raises:
        NotFound: nothing was ever put into it.
    """
    known = find(project)
    if known is None:
        raise NotFound("no_tasks", zh="这个项目还没有题。", en="This project has no tasks yet.")
    return known


def by_id(queue: int) -> QueueRef:
    """Return a queue by its id, which came from a row of ours."""
    known = _by_id.get(queue)
    return known if known is not None else _remember(Queue.objects.get(id=queue))


def of_or_new(project: str) -> QueueRef:
    """Return the queue of a project, made when there is none."""
    known = find(project)
    if known is not None:
        return known
    try:
        with db.write(), transaction.atomic():
            row = Queue.objects.create(project=project, seed=secrets.token_bytes(16), created_at=clock.now())
    except IntegrityError:  # somebody made it just now
        row = Queue.objects.get(project=project)
    # Remembered only once it is safe: this transaction may yet be rolled back.
    db.after_commit(lambda: _remember(row))
    return QueueRef(row.id, row.project, bytes(row.seed))
