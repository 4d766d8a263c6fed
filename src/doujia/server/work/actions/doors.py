"""What rooms above may ask of a task: one more answer, a certain person, a check.

They are called by other rooms (gold, arbitration, appeals), inside their transactions, and check no rights: whoever
calls has done so.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from doujia.server.kernel import clock, db
from doujia.server.kernel.errors import Conflict, NotFound
from doujia.server.work import counts, neighbours, opaque, pauses, queues, shares
from doujia.server.work import queue_sql as sql
from doujia.server.work.models import Lease, PersonPause, Ready, ReviewShare, Submission, Task

__all__ = ["add_slot", "offer_to", "require_review", "set_person_pause", "set_review_share"]


def add_slot(
    task: str,
    *,
    kind: str = "work",
    person: str | None = None,
    offer_until: datetime | None = None,
    priority: int | None = None,
) -> str:
    """Ask for one more answer to a task and return the new slot's id.

    Args:
        kind: ``work`` for one more independent answer, ``arbitrate`` for a decision between those there are.
        person: offer it to this person, until ``offer_until`` (None: for good).
    """
    if kind not in ("work", "arbitrate"):
        raise ValueError(kind)
    with db.write():
        row = _task(task)
        slot = opaque.draw()
        rank = row.rank if priority is None else -priority
        sql.insert_ready(
            [sql.Place(slot, row.queue_id, kind, rank, row.seq, row.id, person, offer_until, 0, None)]
        )
        if kind == "work":
            row.slots += 1
            settings = neighbours.setup(queues.by_id(row.queue_id).project).settings
            row.consensus = (
                settings.consensus
            )  # answers that were accepted alone are heard again with the new one
        if row.state == "done":
            row.state = "open"
            counts.add(row.queue_id, "", clock.now(), completed=-1)
        row.save(update_fields=["slots", "state", "consensus"])
    return opaque.encode(slot)


def offer_to(slot: str, *, person: str, until: datetime | None = None) -> None:
    """Offer a waiting slot to one person; after ``until`` anybody may take it.

    Raises:
        Conflict: the slot is not waiting (somebody holds it, or it has been answered).
    """
    with db.write():
        waiting = Ready.objects.filter(id=opaque.decode(slot))
        if not waiting.update(person=person, offer_until=until):
            raise Conflict(
                "slot_not_waiting",
                zh="这一份已经有人在做或做完了。",
                en="Somebody holds this slot or has answered it.",
            )


def require_review(
    *,
    task: str | None = None,
    submission: str | None = None,
    person: str | None = None,
    offer_until: datetime | None = None,
) -> int:
    """Ask for a check of one submission, or of all answers of a task, those to come included.

    Accepted answers become ``submitted`` again only through ``reopen``; this concerns answers not yet accepted.

    Returns:
        How many checks were put into the queue.
    """
    with db.write():
        if task is not None:
            row = _task(task)
            Task.objects.filter(id=row.id).update(check_always=True)
            wanted: Sequence[Submission] = list(Submission.objects.filter(task_id=row.id, state="submitted"))
        else:
            wanted = list(Submission.objects.filter(id=UUID(submission), state="submitted"))
        made = 0
        for one in wanted:
            if any(
                table.objects.filter(task_id=one.task_id, subject=one.id).exists() for table in (Ready, Lease)
            ):
                continue
            about = Task.objects.get(id=one.task_id)
            sql.insert_ready(
                [sql.Place(opaque.draw(), one.queue_id, "review", about.rank, about.seq, about.id, person, offer_until, 0, one.id)]
            )  # fmt: skip
            made += 1
    return made


def set_review_share(project: str, person: str, share: float | None) -> None:
    """Set the share of a person's answers that is drawn for a check, 0..1; None: as everybody's.

    Args:
        person: "" sets it for everybody who has none of her own; with None the project's setting holds again.
    """
    if share is not None and not 0 <= share <= 1:
        raise ValueError(share)
    with db.write():
        queue = queues.of_or_new(project)
        rows = ReviewShare.objects.filter(queue_id=queue.id, person=person)
        if share is None:
            rows.delete()
        elif not rows.update(share=share, at=clock.now()):
            ReviewShare.objects.create(queue_id=queue.id, person=person, share=share, at=clock.now())
        db.after_commit(lambda: shares.forget(queue.id))


def set_person_pause(project: str, person: str, why: str | None) -> None:
    """Give a person no new tasks of a project, or (None) give her some again. What she holds she hands in as ever.

    It needs a human's word behind it: whoever calls has it, and ``why`` names it.
    """
    with db.write():
        queue = queues.of_or_new(project)
        rows = PersonPause.objects.filter(queue_id=queue.id, person=person)
        if why is None:
            rows.delete()
        elif not rows.update(why=why, at=clock.now()):
            PersonPause.objects.create(queue_id=queue.id, person=person, why=why, at=clock.now())
        db.after_commit(lambda: pauses.forget(queue.id))


def _task(task: str) -> Task:
    rows = Task.objects.filter(id=opaque.decode(task))
    found = (rows if db.is_sqlite() else rows.select_for_update()).first()
    if found is None:
        raise NotFound("task_not_found", zh="没有这道题。", en="There is no such task.")
    return found
