"""What was accepted, streamed for those above: releases, statistics. They have checked who asks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from doujia.server.work import opaque, queues
from doujia.server.work import queue_sql as sql

__all__ = ["AcceptedRow", "AnswerView", "accepted", "answers_of", "checks_of", "done_tasks", "gold_answer"]

CHUNK = 500


@dataclass(frozen=True, slots=True)
class AcceptedRow:
    """An accepted answer. ``document`` is JSON ``{"marks", "relations", "item_attrs"}``; ``person`` the author of the
    work (also where a reviewer's revision counts), ``decided`` whether an arbiter gave it, ``consensus`` whether it was
    made of the others (then ``person`` is "")."""

    seq: int
    task: str
    item: str
    submission: str
    slot: str
    person: str
    decided: bool
    consensus: bool
    fixed: bool
    revision: int
    guideline_version: int
    schema_version: int
    active_ms: int
    at: datetime
    document: str


@dataclass(frozen=True, slots=True)
class AnswerView:
    """One answer to a task in whatever state, with its marks as JSON."""

    submission: str
    slot: str
    person: str
    mode: str
    state: str
    revision: int
    active_ms: int
    at: datetime
    document: str


def answers_of(task: str) -> list[AnswerView]:
    """Return all answers to a task, oldest first: for agreement and consensus, which see more than accepted ones.

    What people said to it as a known task is no part of its production; ``known_said`` reads that.
    """
    found = sql.rows(
        "SELECT id, slot, person, mode, state, revision, active_ms, received_at, document FROM work_submission"
        " WHERE task_id = %s AND mode <> 'known' ORDER BY received_at, revision",
        (opaque.decode(task),),
    )
    return [
        AnswerView(str(sql.read_uuid(r[0])), opaque.encode(r[1]), r[2], r[3], r[4], r[5], r[6], sql.read_time(r[7]), r[8])  # type: ignore[arg-type]
        for r in found
    ]  # fmt: skip


def accepted(project: str, *, after: int = 0, until: int | None = None) -> Iterator[list[AcceptedRow]]:
    """Yield, for each task that is done, its accepted answers: one of each slot, the arbiter's and the consensus.

    All are there so that everybody who worked on an item can be named; ``decided``, then ``consensus`` say which stands.

    Tasks come in the order in which they were made; two queries for each 500 of them, whatever the project's size.

    Args:
        after: number (``seq``) of the last task already seen, to go on from.
        until: number of the last task to look at.
    """
    queue = queues.find(project)
    while queue is not None:
        tasks = sql.rows(
            "SELECT id, seq, item FROM work_task WHERE queue_id = %s AND state = 'done' AND seq > %s AND seq <= %s ORDER BY seq LIMIT %s",
            (queue.id, after, until if until is not None else 2**62, CHUNK),
        )
        if not tasks:
            return
        after = tasks[-1][1]
        marks = ", ".join(["%s"] * len(tasks))
        answers: dict[int, list[tuple[object, ...]]] = {}
        for row in sql.rows(
            "SELECT s.task_id, s.id, s.slot, COALESCE(p.person, s.person), s.mode, s.revision, s.guideline_version, s.schema_version,"
            " COALESCE(p.active_ms, s.active_ms), s.received_at, s.document FROM work_submission s"
            " LEFT JOIN work_submission p ON s.mode = 'fix' AND p.id = s.previous"
            f" WHERE s.state = 'accepted' AND s.mode <> 'known' AND s.task_id IN ({marks}) ORDER BY s.received_at, s.id",
            [t[0] for t in tasks],
        ):
            answers.setdefault(row[0], []).append(row)
        for task, seq, item in tasks:
            rows = [_row(seq, item, r) for r in answers.get(task, [])]
            if rows:
                yield rows


def _row(seq: int, item: str, r: tuple[object, ...]) -> AcceptedRow:
    at = sql.read_time(r[9])
    return AcceptedRow(
        seq, opaque.encode(r[0]), item, str(sql.read_uuid(r[1])), opaque.encode(r[2]), r[3], r[4] == "arbitrate", r[4] == "consensus", r[4] == "fix",  # type: ignore[arg-type]
        r[5], r[6], r[7], r[8], at, r[10],  # type: ignore[arg-type]
    )  # fmt: skip


def gold_answer(task: str) -> str | None:
    """Return the right answer that came in with a file (JSON as in ``AcceptedRow.document``), None when none did."""
    found = sql.rows("SELECT document FROM work_knownanswer WHERE task_id = %s", (opaque.decode(task),))
    return found[0][0] if found else None


def done_tasks(project: str) -> int:
    """Return how many tasks of a project are done, from the counters."""
    found = sql.rows(
        "SELECT SUM(d.completed) FROM work_daycount d JOIN work_queue q ON q.id = d.queue_id WHERE q.project = %s",
        (project,),
    )
    return int(found[0][0] or 0)


def checks_of(project: str) -> dict[str, int]:
    """Return how many answers reviewers passed as they were, fixed, and returned."""
    found = sql.rows(
        "SELECT SUM(d.passed), SUM(d.fixed), SUM(d.returned) FROM work_daycount d JOIN work_queue q ON q.id = d.queue_id"
        " WHERE q.project = %s", (project,),
    )  # fmt: skip
    return dict(zip(("passed", "fixed", "returned"), (int(n or 0) for n in found[0]), strict=True))
