"""Putting items into the queue of a project."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from doujia.server.kernel import audit, db, events
from doujia.server.kernel.authz import Actor, require
from doujia.server.kernel.statements import pour
from doujia.server.work import neighbours, opaque, queues
from doujia.server.work import queue_sql as sql
from doujia.server.work.events import TasksMade
from doujia.server.work.models import Queue, Task

__all__ = ["Wanted", "add_tasks", "make_tasks"]

PRIORITY = range(-1000, 1001)


@dataclass(frozen=True)
class Wanted:
    """One task to make. A higher ``priority`` is served sooner; 0 is usual."""

    item: str
    priority: int = 0


def add_tasks(*, actor: Actor, project: str, wanted: Sequence[Wanted]) -> list[str]:
    """Make tasks for items of the project's datasets; items that have one already are left alone.

    Returns:
        The ids of the new tasks, in the order of ``wanted``.
    """
    thing = neighbours.thing(project)
    require(actor, "work.import", thing)
    known: dict[str, object] = {}
    for start in range(0, len(wanted), 500):
        known |= neighbours.items([w.item for w in wanted[start : start + 500]])
    allowed = [w for w in wanted if w.item in known]
    with db.write():
        made = make_tasks(project, allowed)
        audit.record(
            actor,
            "tasks.added",
            f"project:{project}",
            tenant=neighbours.acting_for(actor, project),
            count=len(made),
        )
    return made


def make_tasks(project: str, wanted: Sequence[Wanted]) -> list[str]:
    """Make tasks in the caller's transaction, without asking who; ``overlap`` of the project gives the slots."""
    with db.write():
        queue = queues.of_or_new(project)
        settings = neighbours.setup(project).settings
        slots = max(1, settings.overlap)
        consensus = settings.consensus and slots > 1
        if consensus and settings.confidence is not None:
            slots = min(slots, settings.overlap_min)  # one more is asked for where these are not sure enough
        have = _known_items(queue.id, [w.item for w in wanted])
        fresh = list({w.item: w for w in wanted if w.item not in have}.values())
        if not fresh:
            return []
        locked = Queue.objects.filter(id=queue.id)
        row = locked.get() if db.is_sqlite() else locked.select_for_update().get()
        first = row.next_seq
        locked.update(next_seq=first + len(fresh), total=row.total + len(fresh))
        tasks, ready = [], []
        for number, one in enumerate(fresh):
            task, rank = opaque.draw(), -max(PRIORITY.start, min(PRIORITY.stop - 1, one.priority))
            tasks.append(
                (task, queue.id, one.item, first + number, rank, "open", slots, 0, 0, False, consensus)
            )
            ready += [
                sql.Place(opaque.draw(), queue.id, "work", rank, first + number, task, None, None, 0, None)
                for _ in range(slots)
            ]
        columns = (
            "id",
            "queue_id",
            "item",
            "seq",
            "rank",
            "state",
            "slots",
            "answered",
            "accepted",
            "check_always",
            "consensus",
        )
        pour("work_task", columns, tasks)
        sql.pour_ready(ready)
        ids = tuple(opaque.encode(t[0]) for t in tasks)
        events.publish(TasksMade(project, ids))
    return list(ids)


def _known_items(queue: int, items: Sequence[str]) -> set[str]:
    found: set[str] = set()
    for start in range(0, len(items), 500):
        part = items[start : start + 500]
        found |= set(Task.objects.filter(queue_id=queue, item__in=part).values_list("item", flat=True))
    return found
