"""Checking: accept, fix and accept, or reject with what was wrong, where, and by which rule."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID, uuid5

import msgspec
from django.db import IntegrityError

from doujia.marks import Mark, Relation
from doujia.server.kernel import audit, clock, crash, db, events, group_commit
from doujia.server.kernel.authz import Actor, require
from doujia.server.kernel.errors import Conflict, Forbidden, NotFound, Unprocessable
from doujia.server.work import checking, content, counts, neighbours, opaque, queues
from doujia.server.work import queue_sql as sql
from doujia.server.work.actions import results
from doujia.server.work.actions.accepting import accept
from doujia.server.work.actions.leases import leased_slot
from doujia.server.work.actions.submissions import LONGEST_MS
from doujia.server.work.events import DisputeSettled, SubmissionRejected, SubmissionReopened
from doujia.server.work.models import Lease, Ready, Review, Submission, Task

__all__ = [
    "Finding",
    "ReviewReceipt",
    "Verdict",
    "current",
    "refuse_while_checked",
    "reopen",
    "review",
    "send_back",
    "undo",
]


class Finding(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One thing found wrong: its class, the mark or place, the paragraph of the guideline."""

    error_class: str
    severity: Literal["minor", "major"] = "major"
    mark: str | None = None
    place: tuple[float, float] | None = None
    rule: str | None = None
    text: str | None = None


class Verdict(msgspec.Struct, kw_only=True):
    """A verdict as the bench sends it. ``marks`` and the rest only with ``fix``."""

    id: UUID
    task: str
    lease: str
    submission: UUID
    verdict: Literal["accept", "fix", "reject"]
    marks: list[Mark] = []
    relations: list[Relation] = []
    item_attrs: dict[str, Any] = {}
    findings: list[Finding] = []
    active_ms: int = 0


@dataclass(frozen=True)
class ReviewReceipt:
    """``state``: accepted, rejected, or extra (somebody else had checked it by then; the verdict is kept)."""

    id: str
    state: str
    today: counts.Today


def review(*, actor: Actor, sent: Verdict) -> ReviewReceipt:
    """Keep a verdict. The same id again gives the same receipt and changes nothing.

    Raises:
        Unprocessable: ``finding_missing``, a rejection says what is wrong, or it teaches nothing.
        ValidationError: the fixed marks break the schema.
    """
    task, queue, token = leased_slot(sent.task, sent.lease, actor)
    require(actor, "work.review", neighbours.thing(queue.project))
    if sent.verdict == "reject" and not sent.findings:
        raise Unprocessable(
            "finding_missing",
            zh="退回要说明错在哪里。",
            en="A rejection needs at least one finding: what is wrong, and where.",
        )
    if any(not 0 < len(f.error_class) <= 64 for f in sent.findings) or len(sent.findings) > 500:
        raise Unprocessable(
            "finding_invalid", zh="错误类型没有选。", en="Each finding names an error class (500 at most)."
        )
    if sent.verdict == "fix":
        checking.check(neighbours.setup(queue.project), task.item, sent)

    def keep() -> ReviewReceipt:
        before = _before(sent, actor)
        return before if before is not None else _keep(actor, sent, task, queue, token)

    try:
        receipt = group_commit.run(keep)
    except IntegrityError:
        known = _before(sent, actor)
        if known is None:
            raise
        receipt = known
    crash.point("review.after_commit_before_reply")
    return receipt


def _before(sent: Verdict, actor: Actor) -> ReviewReceipt | None:
    known = Review.objects.filter(id=sent.id).first()
    if known is None:
        return None
    if known.reviewer != actor.person or known.submission != sent.submission:
        raise Conflict(
            "review_id_taken", zh="这个编号已经用过了。", en="This review id belongs to another review."
        )
    return ReviewReceipt(str(sent.id), known.reply, counts.today(actor.person, clock.now()))


def _keep(
    actor: Actor, sent: Verdict, task: Task, queue: queues.QueueRef, token: opaque.Token
) -> ReviewReceipt:
    now = clock.now()
    place = sql.delete_lease(token.slot, actor.person, token.fence) or sql.delete_ready(
        token.slot, actor.person, token.fence, now
    )
    checked = _submission(sent.submission, task)
    if place is not None and (place.kind != "review" or place.subject != sent.submission):
        raise Forbidden(
            "lease_not_yours", zh="这道题不是发给你检查的。", en="This task was not given to you to check."
        )
    if checked.person == actor.person:
        raise Forbidden("own_work", zh="自己的活不能自己检查。", en="Nobody checks their own work.")
    if Review.objects.filter(submission=checked.id, reviewer=actor.person).exclude(reply="extra").exists():
        raise Forbidden(
            "own_verdict", zh="这一份你已经判过,要由别人来看。", en="You have judged this answer; somebody else must look."
        )  # fmt: skip
    review_ms = max(0, min(sent.active_ms, LONGEST_MS))
    final: UUID | None = None
    if place is None or checked.state not in ("submitted", "disputed"):
        state = "extra"
    elif checked.state == "disputed":
        state = _settle(checked, sent, actor, queue, now)
    elif sent.verdict == "reject":
        state = "rejected"
        _reject(checked, task, sent, actor, queue, review_ms, now)
    else:
        state = "accepted"
        if sent.verdict == "fix":
            final = _fix(checked, task, sent, actor, now)
        outcome = accept(checked.id, reviewer=actor.person, now=now, final=final, review_ms=review_ms)
        done = int(outcome is not None and outcome.completed)
        fixed = int(final is not None)
        counts.add(queue.id, checked.person, now, accepted=1, fixed=fixed, passed=1 - fixed, completed=done)
    Review.objects.create(
        id=sent.id, queue_id=queue.id, task_id=task.id, submission=sent.submission, final=final, slot=checked.slot,
        reviewer=actor.person, verdict=sent.verdict, findings=msgspec.json.encode(sent.findings).decode(), reply=state,
        active_ms=review_ms, at=now,
    )  # fmt: skip
    audit.record(
        actor, "submission.reviewed", f"task:{sent.task}", tenant=neighbours.acting_for(actor, queue.project), project=queue.project, submission=str(sent.submission), verdict=sent.verdict, state=state
    )  # fmt: skip
    today = counts.add(queue.id, actor.person, now, answered=True, reviews=1, active_ms=review_ms)
    crash.point("review.before_commit")
    return ReviewReceipt(str(sent.id), state, today)


def _submission(submission: UUID, task: Task) -> Submission:
    found = Submission.objects.filter(id=submission, task_id=task.id)
    row = (found if db.is_sqlite() else found.select_for_update()).first()
    if row is None:
        raise NotFound("submission_not_found", zh="没有这份提交。", en="There is no such submission.")
    return row


def _reject(
    checked: Submission,
    task: Task,
    sent: Verdict,
    actor: Actor,
    queue: queues.QueueRef,
    review_ms: int,
    now: datetime,
) -> None:
    Submission.objects.filter(id=checked.id).update(state="rejected")
    send_back(checked, task, queue, now)
    counts.add(queue.id, checked.person, now, returned=1)
    events.publish(
        SubmissionRejected(
            queue.project,
            sent.task,
            task.item,
            str(checked.id),
            str(sent.id),
            checked.person,
            actor.person,
            review_ms,
            now,
            tuple(dict.fromkeys((f.error_class, f.rule) for f in sent.findings)),
        )
    )


def send_back(rejected: Submission, task: Task, queue: queues.QueueRef, now: datetime) -> None:
    """Put the slot of a rejected answer back into the queue, for its author first. Part of the caller's transaction."""
    kind = "arbitrate" if rejected.mode == "arbitrate" else "work"
    again = sql.Place(
        rejected.slot, queue.id, kind, task.rank, task.seq, task.id, rejected.person, now + _first(queue), rejected.fence + 1, rejected.id
    )  # fmt: skip
    sql.insert_ready([again])


def _settle(checked: Submission, sent: Verdict, actor: Actor, queue: queues.QueueRef, now: datetime) -> str:
    """Judge an answer whose slot was done again since: what is counted changes, what is delivered does not."""
    good = sent.verdict != "reject"
    Submission.objects.filter(id=checked.id).update(state="cleared" if good else "rejected")
    passed, fixed = int(sent.verdict == "accept"), int(sent.verdict == "fix")
    counts.add(queue.id, checked.person, now, passed=passed, fixed=fixed, returned=int(not good))
    events.publish(
        DisputeSettled(
            queue.project, sent.task, str(checked.id), str(sent.id), checked.person, actor.person, sent.verdict, now
        )
    )  # fmt: skip
    return "accepted" if good else "rejected"


def _first(queue: queues.QueueRef) -> timedelta:
    """How long a returned answer waits for its author before anybody may do it."""
    return timedelta(hours=neighbours.setup(queue.project).settings.rework_hours)


def _fix(checked: Submission, task: Task, sent: Verdict, actor: Actor, now: datetime) -> UUID:
    """Keep the reviewer's revision; its id follows from the review's, so that a retry makes the same one."""
    final = uuid5(sent.id, "fix")
    document = {"marks": sent.marks, "relations": sent.relations, "item_attrs": sent.item_attrs}
    Submission.objects.create(
        id=final, queue_id=checked.queue_id, task_id=task.id, slot=checked.slot, fence=checked.fence, person=actor.person,
        mode="fix", revision=checked.revision + 1, previous=checked.id, state="accepted", reply="accepted",
        document=msgspec.json.encode(document).decode(), marks=len(sent.marks), active_ms=0,
        guideline_version=checked.guideline_version, schema_version=checked.schema_version, received_at=now,
    )  # fmt: skip
    keys = content.keys_of(sent.marks, sent.item_attrs)
    content.write(checked.queue_id, task.id, checked.slot, task.seq, keys, revised=True)
    return final


def reopen(*, actor: Actor, submission: str) -> str:
    """Open an answer again for its author; everything that followed from it is told to be undone.

    A worker may reopen her own while nobody has begun to check it and, when it was accepted unchecked, for as long as
    a lease lasts; a lead may reopen any.

    Returns:
        The task's id; its author gets it at her next take.
    """
    with db.write():
        now = clock.now()
        row = current(submission)
        queue = queues.by_id(row.queue_id)
        thing = neighbours.thing(queue.project)
        require(actor, "work.reopen", replace(thing, owner=row.person))
        minutes = neighbours.setup(queue.project).settings.lease_minutes
        _refuse_too_late(actor, row, now, timedelta(minutes=minutes))
        task = undo(actor, row, queue, now)
        kind = row.mode if row.mode in ("arbitrate", "known") else "work"
        first = timedelta(minutes=minutes) if actor.person == row.person else _first(queue)
        # An answer that came with a file has no author: it is anybody's.
        author, until = (row.person, now + first) if row.person else (None, None)
        sql.insert_ready(
            [sql.Place(row.slot, queue.id, kind, task.rank, task.seq, task.id, author, until, row.fence + 1, row.id)]
        )  # fmt: skip
    return opaque.encode(task.id)


def undo(actor: Actor, row: Submission, queue: queues.QueueRef, now: datetime) -> Task:
    """Take back everything that followed from an answer, in the caller's transaction; its slot is nobody's afterwards.

    Returns:
        Its task, locked.
    """
    Ready.objects.filter(task_id=row.task_id, kind="review", subject=row.id).delete()
    was = row.state
    Submission.objects.filter(id=row.id).update(state="reopened")
    Submission.objects.filter(slot=row.slot, previous=row.id, mode="fix", state="accepted").update(
        state="reopened"
    )
    rows = Task.objects.filter(id=row.task_id)
    task = (rows if db.is_sqlite() else rows.select_for_update()).get()
    graded = row.mode == "known"
    if row.mode not in ("arbitrate", "known"):
        results.withdraw(task.id)
    if was in ("accepted", "fixed"):
        ended = task.state == "done" and not graded
        counts.add(queue.id, row.person, now, accepted=-1, completed=-int(ended))
    if not graded:
        task.accepted -= int(was in ("accepted", "fixed"))
        task.state = "open" if task.state == "done" else task.state
        task.save(update_fields=["accepted", "state"])
    task_id = opaque.encode(task.id)
    audit.record(
        actor,
        "submission.reopened",
        f"task:{task_id}",
        tenant=neighbours.acting_for(actor, queue.project),
        project=queue.project,
        submission=str(row.id),
        was=was,
    )
    events.publish(
        SubmissionReopened(queue.project, task_id, task.item, str(row.id), row.person, actor.person, was, now)
    )
    return task


def refuse_while_checked(row: Submission) -> None:
    """Raise ``being_checked`` while somebody checks an answer or decides about its task."""
    about = Lease.objects.filter(task_id=row.task_id)
    if about.filter(subject=row.id).exists() or about.filter(kind="arbitrate").exists():
        raise Conflict(
            "being_checked", zh="组长正在检查这一份。", en="This answer is being checked just now."
        )


def current(submission: str) -> Submission:
    """Return a submission, locked.

    Raises:
        NotFound: there is none.
    """
    try:
        found = Submission.objects.filter(id=UUID(submission))
    except ValueError as error:
        raise NotFound("submission_not_found") from error
    row = (found if db.is_sqlite() else found.select_for_update()).first()
    if row is None:
        raise NotFound("submission_not_found", zh="没有这份提交。", en="There is no such submission.")
    return row


def _refuse_too_late(actor: Actor, row: Submission, now: datetime, grace: timedelta) -> None:
    if row.state not in ("submitted", "accepted", "fixed") or row.mode in ("fix", "consensus"):
        raise Conflict(
            "not_open_to_reopen", zh="这一份现在不能重开。", en="This answer cannot be reopened in its state."
        )
    refuse_while_checked(row)
    own = actor.person == row.person and not any(
        g.role in ("lead", "manager", "client", "trainer") for g in actor.grants
    )
    checked = Review.objects.filter(submission=row.id).exists()
    if own and (checked or (row.state != "submitted" and row.received_at + grace < now)):
        raise Conflict(
            "too_late_to_reopen",
            zh="已经收下了,要改请找组长。",
            en="It has been accepted; ask your lead to reopen it.",
        )
