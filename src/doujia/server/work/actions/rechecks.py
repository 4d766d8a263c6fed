"""A rejected answer is checked again by somebody who has not judged it: the door for appeals.

Where the rejected slot still waits for its author (or she holds it to do it again), it is taken out of the queue and her
answer waits for a check once more; the second verdict then acts as any verdict does. Where somebody has done it again
meanwhile, the answer is only judged: nothing that was done since is undone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from doujia.server.kernel import clock, db
from doujia.server.kernel.errors import Conflict, NotFound
from doujia.server.work import counts, opaque, queues
from doujia.server.work import queue_sql as sql
from doujia.server.work.actions.reviews import send_back
from doujia.server.work.models import Lease, Ready, Review, Submission, Task

__all__ = ["Recheck", "recheck", "withdraw_recheck"]


@dataclass(frozen=True)
class Recheck:
    """A check that was asked for.

    Attributes:
        review: the rejecting verdict; ``reviewer`` gave it, ``at``.
        moved_on: the slot was done again or is being done by somebody else: the verdict changes what is counted, not
            what is delivered.
    """

    project: str
    task: str
    item: str
    person: str
    review: str
    reviewer: str
    at: datetime
    moved_on: bool


def recheck(submission: str) -> Recheck:
    """Ask for a second, blind check of a rejected answer; the queue gives it to nobody who has judged it before.

    Its ``returned`` is taken back from the counts of the day of the verdict until the second one is there. Checks no
    rights: whoever calls has done so.

    Raises:
        NotFound: no such answer.
        Conflict: ``not_rejected``, the answer is not a rejected one (any more).
    """
    with db.write():
        row = _locked(submission)
        if row.state != "rejected" or row.mode == "fix":
            raise Conflict(
                "not_rejected", zh="这一份现在不是退回状态。", en="This answer is not a rejected one now."
            )
        review = _rejecting(row.id)
        freed, _ = Ready.objects.filter(id=row.slot, subject=row.id).delete()
        held, _ = Lease.objects.filter(id=row.slot, subject=row.id, holder=row.person).delete()
        waits = bool(freed or held)
        Submission.objects.filter(id=row.id).update(state="submitted" if waits else "disputed")
        task = Task.objects.get(id=row.task_id)
        if waits and task.state == "parked":
            Task.objects.filter(id=task.id).update(state="open")
        # Before what else waits for a check: an answer within days was promised.
        sql.insert_ready(
            [sql.Place(opaque.draw(), row.queue_id, "review", task.rank - 1, task.seq, task.id, None, None, 0, row.id)]
        )  # fmt: skip
        _count_returned(row, review.at, -1)
        return Recheck(
            queues.by_id(row.queue_id).project, opaque.encode(task.id), task.item, row.person, str(review.id),
            review.reviewer, review.at, not waits,
        )  # fmt: skip


def withdraw_recheck(submission: str) -> None:
    """Take a second check back that nobody has begun; the rejection stands and the author does the answer again.

    Raises:
        Conflict: ``being_checked``, somebody looks at it or has decided.
    """
    with db.write():
        row = _locked(submission)
        gone = 0
        if row.state in ("submitted", "disputed"):
            gone, _ = Ready.objects.filter(task_id=row.task_id, kind="review", subject=row.id).delete()
        if not gone:
            raise Conflict(
                "being_checked", zh="已经有人在看这一份了。", en="Somebody is looking at this answer already."
            )
        review = _rejecting(row.id)
        Submission.objects.filter(id=row.id).update(state="rejected")
        if row.state == "submitted":
            task = Task.objects.get(id=row.task_id)
            send_back(row, task, queues.by_id(row.queue_id), clock.now())
        _count_returned(row, review.at, 1)


def _locked(submission: str) -> Submission:
    try:
        found = Submission.objects.filter(id=UUID(submission))
    except ValueError as error:
        raise NotFound("submission_not_found") from error
    row = (found if db.is_sqlite() else found.select_for_update()).first()
    if row is None:
        raise NotFound("submission_not_found", zh="没有这份提交。", en="There is no such submission.")
    return row


def _rejecting(submission: UUID) -> Review:
    found = Review.objects.filter(submission=submission, verdict="reject", reply="rejected")
    return found.latest("at")


def _count_returned(row: Submission, at: datetime, more: int) -> None:
    # Not counts.add: the person was not at work on that day again because of this.
    sql.run(
        "UPDATE work_daycount SET returned = returned + %s WHERE queue_id = %s AND person = %s AND day = %s",
        (more, row.queue_id, row.person, counts.day_of(at).isoformat()),
    )
