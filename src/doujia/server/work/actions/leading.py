"""What a lead does to the work of others: hand tasks over, give more time, change the order, put aside, open again, pause."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import OuterRef, Subquery

from doujia.server.kernel import audit, clock, db
from doujia.server.kernel.authz import Actor, require
from doujia.server.kernel.errors import Conflict, Unprocessable
from doujia.server.work import neighbours, opaque, queues
from doujia.server.work import queue_sql as sql
from doujia.server.work.actions.leases import ASIDE
from doujia.server.work.actions.reviews import reopen
from doujia.server.work.models import Lease, Queue, Ready, Skip, Submission, Task

__all__ = [
    "Reopened",
    "extend_leases",
    "park",
    "reassign",
    "reopen_tasks",
    "return_parked",
    "set_paused",
    "set_priority",
]

AT_ONCE = 500
"""Tasks in one request: keeps the transaction short."""


@dataclass(frozen=True)
class Reopened:
    """How many tasks were opened again, and how many could not be: being checked, or nothing to open."""

    changed: int
    refused: int


def set_paused(*, actor: Actor, project: str, paused: bool) -> None:
    """Pause or go on. Paused: nobody takes tasks; what people hold they may still hand in."""
    require(actor, "work.lead", neighbours.thing(project))
    with db.write():
        Queue.objects.filter(id=queues.of(project).id).update(paused=paused)
        audit.record(
            actor,
            "work.paused" if paused else "work.resumed",
            f"project:{project}",
            tenant=neighbours.acting_for(actor, project),
        )


def reassign(
    *, actor: Actor, project: str, tasks: Sequence[str], person: str | None, hours: float = 24
) -> int:
    """Offer the open slots of tasks to a person, or to anybody (None). Leases of others end; their drafts are kept.

    Returns:
        How many slots were handed over.
    """
    queue, ids = _chosen(actor, project, tasks)
    until = clock.now() + timedelta(hours=hours) if person else None
    with db.write():
        _unpark(queue.id, ids)
        moved = Ready.objects.filter(queue_id=queue.id, task_id__in=ids, kind="work").update(
            person=person, offer_until=until
        )
        leases = Lease.objects.filter(queue_id=queue.id, task_id__in=ids, kind="work")
        if person:
            leases = leases.exclude(holder=person)
        for one in leases if db.is_sqlite() else leases.select_for_update():
            place = sql.Place(
                one.id,
                one.queue_id,
                one.kind,
                one.rank,
                one.seq,
                one.task_id,
                person,
                until,
                one.fence + 1,
                one.subject,
            )
            one.delete()
            sql.insert_ready([place])
            moved += 1
        if person:  # a lead's word stands above an earlier refusal
            Skip.objects.filter(task_id__in=ids, person=person).delete()
        audit.record(
            actor,
            "tasks.reassigned",
            f"project:{project}",
            tenant=neighbours.acting_for(actor, project),
            tasks=len(ids),
            slots=moved,
            person=person or "",
        )
    return moved


def park(*, actor: Actor, project: str, tasks: Sequence[str]) -> int:
    """Put tasks that nobody has begun aside until the lead's word.

    Returns:
        How many were put aside; those in somebody's hand, answered or done stay as they are.
    """
    queue, ids = _chosen(actor, project, tasks)
    with db.write():
        waiting = Ready.objects.filter(queue_id=queue.id, task_id__in=ids, kind="work", subject=None)
        # A slot is ready or leased: when all of a task's are here and locked, nobody holds it or takes it meanwhile.
        slots = Counter(row.task_id for row in (waiting if db.is_sqlite() else waiting.select_for_update()))
        rows = Task.objects.filter(id__in=list(slots), state="open", answered=0)
        free = [task for task, wanted in rows.values_list("id", "slots") if slots[task] == wanted]
        Task.objects.filter(id__in=free).update(state="parked")
        waiting.filter(task_id__in=free).update(person="", offer_until=None, rank=ASIDE)
        audit.record(
            actor,
            "tasks.parked",
            f"project:{project}",
            tenant=neighbours.acting_for(actor, project),
            tasks=len(free),
        )
    return len(free)


def reopen_tasks(*, actor: Actor, project: str, tasks: Sequence[str]) -> Reopened:
    """Open the latest answer of each task again for its author; each is an act of its own in the audit trail."""
    require(actor, "work.reopen", neighbours.thing(project))
    queue, ids = _some(project, tasks)
    latest: dict[int, str] = {}
    standing = Submission.objects.filter(
        queue_id=queue.id, task_id__in=ids, state__in=("submitted", "accepted", "fixed")
    ).exclude(mode__in=("fix", "consensus"))
    for task, answer in standing.order_by("received_at").values_list("task_id", "id"):
        latest[task] = str(answer)
    changed = 0
    for answer in latest.values():
        try:
            reopen(actor=actor, submission=answer)
        except Conflict:
            continue
        changed += 1
    return Reopened(changed, len(set(ids)) - changed)


def return_parked(*, actor: Actor, project: str, tasks: Sequence[str]) -> int:
    """Put tasks that waited after too many refusals back into the queue."""
    queue, ids = _chosen(actor, project, tasks)
    with db.write():
        back = _unpark(queue.id, ids)
        Skip.objects.filter(task_id__in=ids).delete()
        audit.record(
            actor,
            "tasks.returned",
            f"project:{project}",
            tenant=neighbours.acting_for(actor, project),
            tasks=back,
        )
    return back


def extend_leases(*, actor: Actor, project: str, tasks: Sequence[str], minutes: int) -> int:
    """Give those who hold these tasks more time from now, and return how many leases that were."""
    if not 1 <= minutes <= 7 * 24 * 60:
        raise Unprocessable("minutes_invalid", zh="延长 1 分钟到 7 天。", en="Extend by 1 minute to 7 days.")
    queue, ids = _chosen(actor, project, tasks)
    with db.write():
        until = clock.now() + timedelta(minutes=minutes)
        held = Lease.objects.filter(queue_id=queue.id, task_id__in=ids, until__lt=until).update(until=until)
        audit.record(
            actor,
            "leases.extended",
            f"project:{project}",
            tenant=neighbours.acting_for(actor, project),
            leases=held,
            minutes=minutes,
        )
    return held


def set_priority(*, actor: Actor, project: str, tasks: Sequence[str], priority: int) -> int:
    """Serve tasks sooner (higher) or later, and return how many that were."""
    if not -1000 <= priority <= 1000:
        raise Unprocessable(
            "priority_invalid", zh="优先级在 -1000 到 1000 之间。", en="Priority is -1000 to 1000."
        )
    queue, ids = _chosen(actor, project, tasks)
    with db.write():
        changed = Task.objects.filter(queue_id=queue.id, id__in=ids).update(rank=-priority)
        Ready.objects.filter(queue_id=queue.id, task_id__in=ids).exclude(rank=ASIDE).update(rank=-priority)
        audit.record(
            actor,
            "tasks.prioritised",
            f"project:{project}",
            tenant=neighbours.acting_for(actor, project),
            tasks=changed,
            priority=priority,
        )
    return changed


def _unpark(queue: int, ids: list[int]) -> int:
    """Put what was aside back where it belongs in the queue, and return how many tasks that were."""
    back = Task.objects.filter(queue_id=queue, id__in=ids, state="parked").update(state="open")
    rank = Task.objects.filter(id=OuterRef("task_id")).values("rank")[:1]
    aside = Ready.objects.filter(queue_id=queue, task_id__in=ids, person="")
    aside.update(person=None, rank=Subquery(rank))
    return back


def _chosen(actor: Actor, project: str, tasks: Sequence[str]) -> tuple[queues.QueueRef, list[int]]:
    require(actor, "work.lead", neighbours.thing(project))
    return _some(project, tasks)


def _some(project: str, tasks: Sequence[str]) -> tuple[queues.QueueRef, list[int]]:
    if not 1 <= len(tasks) <= AT_ONCE:
        raise Unprocessable(
            "too_many_tasks", zh=f"一次最多 {AT_ONCE} 道题。", en=f"Choose 1 to {AT_ONCE} tasks at once."
        )
    return queues.of(project), [opaque.decode(t) for t in tasks]
