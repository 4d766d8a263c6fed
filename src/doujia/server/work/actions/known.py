"""Doors for known tasks: one whose right answer is known is given to a person as if it were any other.

Like ``doors``, they are called by rooms above inside their transactions and check no rights. A known slot belongs to
one person and is never anybody else's; what she answers is counted and paid, but changes nothing of the task.
"""

from __future__ import annotations

from uuid import UUID

from doujia.server.kernel import clock, db, events
from doujia.server.kernel.errors import NotFound
from doujia.server.work import counts, opaque, queues
from doujia.server.work import queue_sql as sql
from doujia.server.work.actions.accepting import accept
from doujia.server.work.events import TaskCompleted
from doujia.server.work.models import Lease, Queue, Ready, Review, Skip, Submission, Task

__all__ = [
    "known_waiting",
    "leave_production",
    "offer_known",
    "settle_known",
    "withdraw_arbitration",
    "withdraw_known",
]


def offer_known(task: str, *, person: str) -> str | None:
    """Offer a task whose answer is known to one person; she gets it with one of her next takes.

    Returns:
        The slot's id; None when she must not get it: it is still in production, or she has (had) it in hand, answered,
        checked or skipped it.
    """
    with db.write():
        row = Task.objects.filter(id=opaque.decode(task)).first()
        if row is None:
            raise NotFound("task_not_found", zh="没有这道题。", en="There is no such task.")
        if row.state not in ("done", "known"):
            return None  # she might get the very same task as production
        met = (
            Submission.objects.filter(task_id=row.id, person=person).exists()
            or Review.objects.filter(task_id=row.id, reviewer=person).exists()
            or Skip.objects.filter(task_id=row.id, person=person).exists()
            or Lease.objects.filter(task_id=row.id, holder=person).exists()
            or Ready.objects.filter(task_id=row.id, person=person).exists()
        )
        if met:
            return None
        slot = opaque.draw()
        sql.insert_ready(
            [sql.Place(slot, row.queue_id, "known", row.rank, row.seq, row.id, person, None, 0, None)]
        )
    return opaque.encode(slot)


def known_waiting(project: str, *, person: str) -> int:
    """Return how many known slots a person has not yet answered in a project."""
    mine = {"queue__project": project, "kind": "known"}
    return (
        Ready.objects.filter(person=person, **mine).count()
        + Lease.objects.filter(holder=person, **mine).count()
    )


def withdraw_known(task: str) -> int:
    """Take back the known slots of a task that nobody has seen yet; returns how many."""
    with db.write():
        gone, _ = Ready.objects.filter(
            task_id=opaque.decode(task), kind="known", fence=0, subject=None
        ).delete()
    return gone


def settle_known(submission: str) -> bool:
    """Accept an answer to a known task that was told to wait for a check; True when it was waiting."""
    with db.write():
        now = clock.now()
        row = Submission.objects.filter(id=UUID(submission), mode="known", state="submitted").first()
        if row is None or accept(row.id, reviewer=None, now=now) is None:
            return False
        counts.add(row.queue_id, row.person, now, accepted=1)
    return True


def withdraw_arbitration(task: str) -> bool:
    """Take back an arbiter's turn at a task that was done before it was asked for: the answer stands.

    Returns:
        Whether there was one that nobody had taken.
    """
    with db.write():
        rows = Task.objects.filter(id=opaque.decode(task))
        row = (rows if db.is_sqlite() else rows.select_for_update()).get()
        gone, _ = Ready.objects.filter(task_id=row.id, kind="arbitrate", subject=None).delete()
        busy = any(t.objects.filter(task_id=row.id).exclude(kind="known").exists() for t in (Ready, Lease))
        if gone and not busy and row.state == "open" and row.accepted:
            rows.update(state="done")
            now = clock.now()
            counts.add(row.queue_id, "", now, completed=1)
            events.publish(TaskCompleted(queues.by_id(row.queue_id).project, task, row.item, now))
    return bool(gone)


def leave_production(task: int) -> bool:
    """Take a task that nobody has begun out of the production: from now on it is only known. In the caller's
    transaction; True when it left."""
    if Lease.objects.filter(task_id=task).exists():
        return False
    rows = Task.objects.filter(id=task, state__in=("open", "parked"), answered=0)
    one = (rows if db.is_sqlite() else rows.select_for_update()).first()
    if one is None:
        return False
    Ready.objects.filter(task_id=task).exclude(kind="known").delete()
    rows.update(state="known")
    total = Queue.objects.filter(id=one.queue_id)
    row = (total if db.is_sqlite() else total.select_for_update()).get()
    total.update(total=max(0, row.total - 1))
    return True
