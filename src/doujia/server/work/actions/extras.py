"""Answers that came when their slot was taken: the lead takes one after all, or keeps it aside. Nothing is thrown away."""

from __future__ import annotations

from uuid import uuid4

import msgspec
from django.db.models import Max

from doujia.marks import Mark
from doujia.server.kernel import audit, clock, db
from doujia.server.kernel.authz import Actor, require
from doujia.server.kernel.errors import Conflict, Forbidden
from doujia.server.work import content, counts, neighbours, opaque, queues
from doujia.server.work.actions.accepting import accept
from doujia.server.work.actions.reviews import current, refuse_while_checked, undo
from doujia.server.work.models import Lease, Ready, Review, Submission, Task

__all__ = ["keep_extra_aside", "take_extra"]

NOT_THE_SLOTS = ("extra", "aside", "reopened", "replaced")
"""States of answers that do not fill their slot."""


class _Said(msgspec.Struct):
    """What of an answer the lists are filtered by."""

    marks: list[Mark]
    item_attrs: dict[str, object] = {}


def keep_extra_aside(*, actor: Actor, submission: str) -> None:
    """Leave the answer that fills the slot and put this one away: it stays readable and is asked about no more.

    Raises:
        Conflict: ``not_an_extra``, it has been decided already.
    """
    with db.write():
        row, queue = _extra(actor, submission)
        Submission.objects.filter(id=row.id).update(state="aside")
        _tell(actor, row, queue, "extra.kept_aside")


def take_extra(*, actor: Actor, submission: str) -> None:
    """Let an extra fill its slot after all, accepted by the lead who looked at it.

    What filled the slot until now is taken back with all that followed from it, and kept aside; who was still at work on
    it loses the lease, not the draft.

    Raises:
        Conflict: ``not_an_extra``; ``slot_not_open``; ``being_checked``, somebody checks the other answer; ``answered_already``, its author has
            another answer to this task that counts.
        Forbidden: ``own_work``.
    """
    with db.write():
        now = clock.now()
        row, queue = _extra(actor, submission)
        if row.person == actor.person:
            raise Forbidden("own_work", zh="自己的活不能自己检查。", en="Nobody checks their own work.")
        _refuse_twice(row)
        standing = _standing(row)
        _refuse_other_slots(row, standing)
        if standing is not None and standing.state in ("submitted", "accepted", "fixed"):
            refuse_while_checked(standing)
            undo(actor, standing, queue, now)
            Submission.objects.filter(id=standing.id).update(state="aside")
        Ready.objects.filter(id=row.slot).delete()
        Lease.objects.filter(id=row.slot).delete()
        last = (
            Submission.objects.filter(slot=row.slot)
            .exclude(state="extra")
            .aggregate(last=Max("revision"))["last"]
        )
        row.state = "submitted"
        row.revision = 1 + (last or 0)
        row.previous = standing.id if standing is not None else None
        row.save(update_fields=["state", "revision", "previous"])
        tasks = Task.objects.filter(id=row.task_id)
        task = (tasks if db.is_sqlite() else tasks.select_for_update()).get()
        task.answered += int(standing is None)
        task.answered_at = now
        task.save(update_fields=["answered", "answered_at"])
        said = msgspec.json.decode(row.document, type=_Said)
        content.write(
            queue.id, task.id, row.slot, task.seq, content.keys_of(said.marks, said.item_attrs), revised=True
        )
        Review.objects.create(
            id=uuid4(), queue_id=queue.id, task_id=task.id, submission=row.id, slot=row.slot, reviewer=actor.person,
            verdict="accept", findings="[]", reply="accepted", active_ms=0, at=now,
        )  # fmt: skip
        outcome = accept(row.id, reviewer=actor.person, now=now)
        done = int(outcome is not None and outcome.completed)
        counts.add(queue.id, row.person, now, accepted=1, passed=1, completed=done)
        counts.add(queue.id, actor.person, now, answered=True, reviews=1)
        _tell(actor, row, queue, "extra.taken", instead_of=str(standing.id) if standing is not None else "")


def _extra(actor: Actor, submission: str) -> tuple[Submission, queues.QueueRef]:
    row = current(submission)
    queue = queues.by_id(row.queue_id)
    require(actor, "work.lead", neighbours.thing(queue.project))
    if row.state != "extra":
        raise Conflict(
            "not_an_extra", zh="这一份已经定过了。", en="This answer is not waiting for a decision any more."
        )
    return row, queue


def _refuse_other_slots(row: Submission, standing: Submission | None) -> None:
    """A slot of an arbiter or one with a known answer is not filled by hand."""
    kinds = {
        k
        for table in (Ready, Lease)
        for k in table.objects.filter(id=row.slot).values_list("kind", flat=True)
    }
    modes = {standing.mode} if standing is not None else set()
    if kinds - {"work"} or modes - {"work", "rework", "import"}:
        raise Conflict("slot_not_open", zh="这一份只能留作备用。", en="This answer can only be kept aside.")


def _refuse_twice(row: Submission) -> None:
    """Nobody labels an item twice, not even by a late answer."""
    own = Submission.objects.filter(task_id=row.task_id, person=row.person).exclude(slot=row.slot)
    if own.exclude(state__in=NOT_THE_SLOTS).exclude(mode="fix").exists():
        raise Conflict(
            "answered_already",
            zh="他这道题还有一份算数的,不能两份都算。",
            en="Its author has another answer to this task that counts; not both can.",
        )


def _standing(row: Submission) -> Submission | None:
    """Return the answer that fills the slot, or the last one that did; where one was kept aside, another has filled it since."""
    found = Submission.objects.filter(slot=row.slot).exclude(state__in=("extra", "aside")).exclude(mode="fix")
    return found.order_by("-revision").first()


def _tell(actor: Actor, row: Submission, queue: queues.QueueRef, action: str, **more: str) -> None:
    audit.record(
        actor, action, f"task:{opaque.encode(row.task_id)}", tenant=neighbours.acting_for(actor, queue.project),
        project=queue.project, submission=str(row.id), **more,
    )  # fmt: skip
