"""Handing in: idempotent, validated, and never lost, however late it comes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from django.db import IntegrityError

from doujia.marks import Mark, Relation
from doujia.server.kernel import audit, clock, crash, db, events, group_commit
from doujia.server.kernel.authz import Actor, require
from doujia.server.kernel.errors import Conflict, Forbidden
from doujia.server.kernel.statements import Statement, together
from doujia.server.work import checking, content, counts, neighbours, opaque, queues, shares
from doujia.server.work import queue_sql as sql
from doujia.server.work.actions.accepting import accept
from doujia.server.work.events import SubmissionReceived, TaskAnswered

__all__ = ["Receipt", "Sent", "submit"]

_COLUMNS = (
    "id", "queue_id", "task_id", "slot", "fence", "person", "mode", "revision", "previous", "state", "reply", "document",
    "marks", "active_ms", "guideline_version", "schema_version", "late", "provenance", "received_at",
)  # fmt: skip
LONGEST_MS = 4 * 3600 * 1000
"""No task counts more active time than this."""


class Sent(msgspec.Struct, kw_only=True):
    """An answer as the bench sends it; the contract says what each field is."""

    id: UUID
    task: str
    lease: str
    marks: list[Mark]
    relations: list[Relation] = []
    item_attrs: dict[str, Any] = {}
    empty: bool = False
    active_ms: int = 0
    guideline_version: int = 0
    schema_version: int = 0
    provenance: dict[str, int] = {}
    deleted_prelabels: list[str] = []
    client: dict[str, Any] = {}


@dataclass(frozen=True)
class Receipt:
    """``state``: submitted (will be checked), accepted, or extra (the slot was taken by somebody else)."""

    id: str
    state: str
    today: counts.Today


@dataclass(frozen=True)
class _Task:
    id: int
    queue: queues.QueueRef
    item: str
    seq: int
    rank: int


def submit(*, actor: Actor, sent: Sent) -> Receipt:
    """Keep an answer. The same id again gives the same receipt and changes nothing.

    An answer whose lease is over takes its slot while that is free; otherwise it is kept as an extra, which the lead
    sees and which is counted.

    Raises:
        ValidationError: the marks break the schema; nothing was kept.
        Conflict: ``submission_id_taken``, the id belongs to another answer; ``schema_changed``, they fitted the schema that the
            bench had and do not fit the one in force.
    """
    task, known = _task(sent)
    setup = neighbours.setup(task.queue.project)
    require(actor, "work.submit", neighbours.thing(task.queue.project))
    token = opaque.read_token(task.queue.seed, actor.person, sent.lease)
    if token is None:
        raise Forbidden("lease_not_yours", zh="这道题不是发给你的。", en="This task was not given to you.")
    before = _answered_before(known, sent, task, actor)
    if before is not None:
        return before
    checking.check(setup, task.item, sent, drawn_under=sent.schema_version)
    document = msgspec.json.encode(
        {"marks": sent.marks, "relations": sent.relations, "item_attrs": sent.item_attrs}
    ).decode()

    try:
        receipt = group_commit.run(lambda: _keep(actor, sent, task, token, setup, document))
    except IntegrityError:
        # The same id at the same moment: the other request kept it.
        before = _answered_before(sql.rows(*_known(sent)), sent, task, actor)
        if before is None:
            raise
        receipt = before
    crash.point("submit.after_commit_before_reply")
    return receipt


def _task(sent: Sent) -> tuple[_Task, list[tuple[Any, ...]]]:
    """Return the task, and what is known of the submission id already."""
    found, known = together(
        [
            (
                "SELECT id, queue_id, item, seq, rank FROM work_task WHERE id = %s",
                (opaque.decode(sent.task),),
            ),
            _known(sent),
        ]
    )
    if not found:
        raise opaque.no_task()
    row = found[0]
    return _Task(row[0], queues.by_id(row[1]), row[2], row[3], row[4]), known


def _known(sent: Sent) -> Statement:
    return "SELECT person, task_id, reply FROM work_submission WHERE id = %s", (sql.uuid(sent.id),)


def _answered_before(
    found: Sequence[tuple[Any, ...]], sent: Sent, task: _Task, actor: Actor
) -> Receipt | None:
    if not found:
        return None
    person, task_id, reply = found[0]
    if person != actor.person or task_id != task.id:
        raise Conflict(
            "submission_id_taken",
            zh="这个提交编号已经用过了。",
            en="This submission id belongs to another answer.",
        )
    return Receipt(str(sent.id), reply, counts.today(actor.person, clock.now()))


def _keep(
    actor: Actor, sent: Sent, task: _Task, token: opaque.Token, setup: neighbours.ProjectSetup, document: str
) -> Receipt:
    now = clock.now()
    place, about = _take_back(task, token, actor)
    late = place is None
    if place is None:
        place = _free_slot(task, token, actor, now)
    elif place.fence != token.fence:
        late = True
    if place is not None and (place.task != task.id or place.kind == "review"):
        raise Forbidden("lease_not_yours", zh="这道题不是发给你的。", en="This task was not given to you.")
    revision, previous, again, rejected = _revision(place)
    extra = place is None
    kind = place.kind if place is not None else "work"
    graded = kind == "known"
    mode = (
        "rework"
        if kind == "work" and previous is not None and place and place.person == actor.person
        else kind
    )
    active_ms = max(0, min(sent.active_ms, LONGEST_MS))
    state = "extra" if extra else "submitted"
    waits = not extra and kind in ("work", "known") and about.consensus
    again = again and (rejected or graded or not waits)  # what waited for others was not held for a check
    held = again or _sampled(task, token.slot, actor.person, setup)
    checked = not extra and kind == "work" and (about.check_always or held)
    extras = {"deleted_prelabels": sent.deleted_prelabels, "client": sent.client, "empty": sent.empty}
    writes: list[Statement] = []
    full = False
    if not extra and not graded:
        first = revision == 1 and kind == "work"
        writes.append(_counting_answer(task, now, first=first))
        full = about.answered + first >= about.slots
        keys = content.keys_of(sent.marks, sent.item_attrs)
        writes += content.writing(task.queue.id, task.id, token.slot, task.seq, keys, revised=revision > 1)
    writes.append(
        sql.inserting(
            "work_submission", _COLUMNS,
            (sql.uuid(sent.id), task.queue.id, task.id, token.slot, token.fence, actor.person, mode, revision, sql.uuid(previous),
             state, state, document, len(sent.marks), active_ms, sent.guideline_version, sent.schema_version, late,
             msgspec.json.encode(sent.provenance | extras).decode(), sql.time(now)),
        )
    )  # fmt: skip
    if checked:
        writes.append(_asking_check(task, sent.id))
    writes.append(
        audit.statement(
            actor, "submission.received", f"task:{sent.task}", tenant=neighbours.acting_for(actor, task.queue.project),
            project=task.queue.project, submission=str(sent.id), state=state,
        )
    )  # fmt: skip
    together(writes)
    events.publish(
        SubmissionReceived(
            task.queue.project, sent.task, task.item, opaque.encode(token.slot), str(sent.id), actor.person, mode, revision, state,
            active_ms, sent.guideline_version, late, now,
            mode == "work" and not extra and opaque.fraction(task.queue.seed, "gold", sent.id) < setup.settings.gold_rate,
        )
    )  # fmt: skip
    changes = {"items": 1, "active_ms": active_ms, "extras": int(extra)}
    if waits and full:
        events.publish(TaskAnswered(task.queue.project, sent.task, task.item, now))
    # A graded answer waits where another would wait for a check; the grader accepts it later.
    settled = extra or waits or checked or (graded and held)
    outcome = None if settled else accept(sent.id, unless_asked=True, reviewer=None, now=now)
    if outcome is not None:
        state = "accepted"
        changes |= {"accepted": 1, "completed": int(outcome.completed)}
    day = together(
        [
            ("DELETE FROM work_draft WHERE task_id = %s AND person = %s", (task.id, actor.person)),
            *counts.adding(task.queue.id, actor.person, now, answered=True, **changes),
        ]
    )[-1]
    crash.point("submit.before_commit")
    return Receipt(str(sent.id), state, counts.read(day))


@dataclass(frozen=True)
class _About:
    """What of a task decides what becomes of an answer."""

    check_always: bool
    consensus: bool
    answered: int
    slots: int


def _take_back(task: _Task, token: opaque.Token, actor: Actor) -> tuple[sql.Place | None, _About]:
    """End the lease and read the task, which is then ours until the commit; the lease is None when it was not held."""
    lock = "" if db.is_sqlite() else " FOR UPDATE"
    ended, found = together(
        [
            sql.ending(token.slot, actor.person, token.fence),
            (
                f"SELECT check_always, consensus, answered, slots FROM work_task WHERE id = %s{lock}",
                (task.id,),
            ),
        ]
    )
    if not found:
        raise opaque.no_task()
    places = sql.leases(ended)
    check_always, consensus, answered, slots = found[0]
    return (places[0] if places else None), _About(bool(check_always), bool(consensus), answered, slots)


def _free_slot(task: _Task, token: opaque.Token, actor: Actor, now: datetime) -> sql.Place | None:
    """Take the slot the token names when nobody has it, and the person has no other answer to this task."""
    if sql.rows(
        "SELECT 1 FROM work_submission WHERE task_id = %s AND person = %s AND state NOT IN ('extra', 'aside') AND slot <> %s LIMIT 1",
        (task.id, actor.person, token.slot),
    ):
        return None
    return sql.delete_ready(token.slot, actor.person, token.fence, now)


def _revision(place: sql.Place | None) -> tuple[int, UUID | None, bool, bool]:
    """Return the revision, the answer it follows, whether that one was held (then this one is too), and rejected."""
    if place is None or place.subject is None or place.kind == "review":
        return 1, None, False, False
    found = sql.rows(
        "SELECT (SELECT MAX(o.revision) FROM work_submission o WHERE o.slot = s.slot), s.reply, s.state FROM work_submission s WHERE s.id = %s",
        (sql.uuid(place.subject),),
    )
    if not found:
        return 1, place.subject, True, True
    revision, reply, state = found[0]
    return revision + 1, place.subject, reply == "submitted", state == "rejected"


def _counting_answer(task: _Task, now: datetime, *, first: bool) -> Statement:
    return "UPDATE work_task SET answered = answered + %s, answered_at = %s WHERE id = %s", (
        int(first),
        sql.time(now),
        task.id,
    )


def _sampled(task: _Task, slot: int, person: str, setup: neighbours.ProjectSetup) -> bool:
    """Drawn once for a slot: opening one's answer again does not draw anew."""
    share = shares.share_of(task.queue.id, person, setup.settings.review_share)
    return opaque.fraction(task.queue.seed, "review", slot) < share


def _asking_check(task: _Task, submission: UUID) -> Statement:
    return sql.putting(
        sql.Place(
            opaque.draw(), task.queue.id, "review", task.rank, task.seq, task.id, None, None, 0, submission
        )
    )
