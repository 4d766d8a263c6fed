"""Doors for the consensus of several answers: accept it, propose it to an arbiter, or settle what an arbiter decided.

They are called by the quality room, which computes; as the other doors they check no rights. Each looks once more at
the answers that stand, so that a result of answers that have changed meanwhile is never kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from doujia.marks import Mark, Relation
from doujia.server.kernel import audit, clock, db, events, ids
from doujia.server.kernel.errors import Conflict, NotFound
from doujia.server.work import checking, content, counts, neighbours, opaque, queues
from doujia.server.work import queue_sql as sql
from doujia.server.work.actions.accepting import accept
from doujia.server.work.actions.doors import add_slot
from doujia.server.work.events import TaskCompleted
from doujia.server.work.models import Lease, Ready, Submission, Task
from doujia.server.work.queries.several import Standing, standing

__all__ = ["Result", "accept_result", "propose_result", "settle", "withdraw", "withdraw_result"]


class _Parts(msgspec.Struct):
    marks: list[Mark] = []
    relations: list[Relation] = []
    item_attrs: dict[str, Any] = {}


@dataclass(frozen=True)
class Result:
    """What several answers say together.

    Attributes:
        document: JSON ``{"marks", "relations", "item_attrs"}``.
        basis: ids of the answers it was made of.
        provenance: who contributed with what weight, for the record.
    """

    document: str
    basis: tuple[str, ...]
    provenance: dict[str, Any]
    guideline_version: int
    schema_version: int


def accept_result(task: str, result: Result) -> str:
    """Make a consensus the task's result, accept (and so pay) every answer in it, and return its id.

    Nobody is its author: it is kept under the mode ``consensus`` and pays nothing itself. An earlier consensus or
    proposal is replaced; an arbiter's turn that waits is taken back.

    Raises:
        ValidationError: what was fused breaks the schema; nothing was kept.
        Conflict: ``answers_changed``, the answers are no longer those in ``basis``; ``being_decided``, an arbiter is
            at it; ``task_decided``, it has its result.
    """
    parts = msgspec.json.decode(result.document, type=_Parts)
    with db.write():
        row = _open(task)
        checking.check(neighbours.setup(queues.by_id(row.queue_id).project), row.item, parts)
        _unchanged(task, result)
        if Lease.objects.filter(task_id=row.id, kind="arbitrate").exists():
            raise Conflict(
                "being_decided", zh="仲裁员正在决定这道题。", en="An arbiter is deciding this task."
            )
        now = clock.now()
        withdraw(row.id)
        made = _keep(row, result, "accepted", now)
        _accept_waiting(row, now)
        _complete(row, now)
    return str(made)


def propose_result(task: str, result: Result) -> str:
    """Ask an arbiter to decide, showing her the answers (without names) and what they say together; returns its id.

    Raises:
        Conflict: as for ``accept_result``.
    """
    with db.write():
        row = _open(task)
        _unchanged(task, result)
        now = clock.now()
        Submission.objects.filter(task_id=row.id, mode="consensus").exclude(state="replaced").update(
            state="replaced"
        )
        made = _keep(row, result, "proposed", now)
        if not any(
            table.objects.filter(task_id=row.id, kind="arbitrate").exists() for table in (Ready, Lease)
        ):
            add_slot(task, kind="arbitrate")
    return str(made)


def settle(task: str) -> int:
    """Accept the answers that waited while an arbiter decided; work that was asked for and done is paid.

    An answer that somebody has been asked to check is left to the check. A task that was opened again after its
    decision, and has all its answers again, is done again.

    Returns:
        How many answers were accepted.
    """
    with db.write():
        row, now = _locked(task), clock.now()
        accepted = _accept_waiting(row, now)
        decided = Submission.objects.filter(task_id=row.id, mode="arbitrate", state="accepted").exists()
        if row.state == "open" and decided and len(standing([task])[task].answers) >= row.slots:
            _complete(row, now)
    return accepted


def withdraw_result(task: str) -> None:
    """As ``withdraw``, by the task's public id: one answer more is wanted before anything is made of them."""
    with db.write():
        withdraw(_locked(task).id)


def withdraw(task: int) -> None:
    """Take back what was made of answers that change: the consensus, a proposal, an arbiter's turn that waits."""
    gone = Submission.objects.filter(task_id=task, mode="consensus").exclude(state="replaced")
    for slot in gone.values_list("slot", flat=True):
        sql.run("DELETE FROM work_content WHERE task_id = %s AND slot = %s", (task, slot))
    if gone.update(state="replaced"):
        Ready.objects.filter(task_id=task, kind="arbitrate", subject__isnull=True).delete()


def _locked(task: str) -> Task:
    rows = Task.objects.filter(id=opaque.decode(task))
    row = (rows if db.is_sqlite() else rows.select_for_update()).first()
    if row is None:
        raise NotFound("task_not_found", zh="没有这道题。", en="There is no such task.")
    return row


def _open(task: str) -> Task:
    row = _locked(task)
    if row.state != "open":
        raise Conflict("task_decided", zh="这道题已经有结果了。", en="This task has its result.")
    return row


def _unchanged(task: str, result: Result) -> Standing:
    now = standing([task])[task]
    if {a.submission for a in now.answers} != set(result.basis) or now.checking:
        raise Conflict(
            "answers_changed",
            zh="这道题的答案刚刚变了,要重新合成。",
            en="The answers to this task have just changed; fuse them again.",
        )
    return now


def _keep(row: Task, result: Result, state: str, now: datetime) -> UUID:
    parts = msgspec.json.decode(result.document, type=_Parts)
    made, slot = ids.uuid7(), opaque.draw()
    Submission.objects.create(
        id=made, queue_id=row.queue_id, task_id=row.id, slot=slot, fence=0, person="", mode="consensus", state=state,
        reply=state, document=result.document, marks=len(parts.marks), active_ms=0, guideline_version=result.guideline_version,
        schema_version=result.schema_version, provenance=msgspec.json.encode(result.provenance).decode(), received_at=now,
    )  # fmt: skip
    if state == "accepted":
        keys = content.keys_of(parts.marks, parts.item_attrs)
        content.write(row.queue_id, row.id, slot, row.seq, keys, revised=False)
    audit.record(
        None, f"consensus.{state}", f"task:{opaque.encode(row.id)}", project=queues.by_id(row.queue_id).project,
        submission=str(made), answers=len(result.basis),
    )  # fmt: skip
    return made


def _accept_waiting(row: Task, now: datetime) -> int:
    task = opaque.encode(row.id)
    accepted = 0
    # In the order of persons: two jobs that count for the same people never wait for each other in a circle.
    for answer in sorted(standing([task])[task].answers, key=lambda a: a.person):
        if answer.state != "submitted" or answer.checking:
            continue
        outcome = accept(UUID(answer.submission), reviewer=None, now=now)
        if outcome is not None:
            counts.add(row.queue_id, answer.person, now, accepted=1, completed=int(outcome.completed))
            accepted += 1
    return accepted


def _complete(row: Task, now: datetime) -> None:
    Task.objects.filter(id=row.id).update(state="done")
    counts.add(row.queue_id, "", now, completed=1)
    events.publish(TaskCompleted(queues.by_id(row.queue_id).project, opaque.encode(row.id), row.item, now))
