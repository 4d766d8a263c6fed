"""The several answers that tasks have, and answers beside what the machine suggested: for consensus and its figures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import msgspec

from doujia.server.work import opaque, queues
from doujia.server.work import queue_sql as sql

__all__ = [
    "Standing", "StandingAnswer", "SuggestedAnswer", "answered", "answered_before", "standing", "suggested_answers", "worked_since",
]  # fmt: skip

CHUNK = 500


@dataclass(frozen=True, slots=True)
class StandingAnswer:
    """The answer that a person has at a task now: her latest, or what a reviewer made of it (``document``).

    ``submission`` is hers, ``state`` of hers; ``checking``: a check of it waits or goes on.
    """

    submission: str
    slot: str
    person: str
    state: str
    checking: bool
    active_ms: int
    guideline_version: int
    schema_version: int
    provenance: str
    at: datetime
    document: str


@dataclass(frozen=True, slots=True)
class Standing:
    """What a task's several answers are now.

    Attributes:
        seq: the task's number, in the order in which tasks were made.
        answers: one for each slot that has one; arbiters' are not among them.
        decision: what an arbiter decided (JSON as in ``AcceptedRow.document``), None while nobody has.
        result: the id of the consensus that stands, None without.
        prelabels: the marks that the machine suggested (JSON), None without.
    """

    task: str
    seq: int
    item: str
    state: str
    slots: int
    consensus: bool
    answers: list[StandingAnswer]
    decision: str | None
    result: str | None
    prelabels: str | None

    @property
    def complete(self) -> bool:
        """Whether every slot has an answer."""
        return len(self.answers) >= self.slots

    @property
    def checking(self) -> bool:
        """Whether a check of one of the answers waits or goes on."""
        return any(a.checking for a in self.answers)


def standing(tasks: Sequence[str]) -> dict[str, Standing]:
    """Return the answers that stand at each of these tasks, in four queries for 500 tasks. Unknown tasks are left out."""
    out: dict[str, Standing] = {}
    for start in range(0, len(tasks), CHUNK):
        out |= _standing([opaque.decode(t) for t in tasks[start : start + CHUNK]])
    return out


def _standing(tasks: list[int]) -> dict[str, Standing]:
    marks = ", ".join(["%s"] * len(tasks))
    found = {
        r[0]: Standing(opaque.encode(r[0]), r[1], r[2], r[3], r[4], bool(r[5]), [], None, None, r[6])
        for r in sql.rows(
            "SELECT t.id, t.seq, t.item, t.state, t.slots, t.consensus, p.marks FROM work_task t"
            f" LEFT JOIN work_prelabel p ON p.task_id = t.id WHERE t.id IN ({marks})",
            tasks,
        )
    }
    checked = {
        sql.read_uuid(r[0])
        for table in ("work_ready", "work_lease")
        for r in sql.rows(
            f"SELECT subject FROM {table} WHERE task_id IN ({marks}) AND kind = 'review'", tasks
        )
    }
    for r in sql.rows(
        "SELECT s.task_id, s.id, s.slot, s.person, s.mode, s.state, s.active_ms, s.guideline_version, s.schema_version,"
        " s.provenance, s.received_at, COALESCE(f.document, s.document) FROM work_submission s"
        " LEFT JOIN work_submission f ON s.state = 'fixed' AND f.previous = s.id AND f.mode = 'fix' AND f.task_id = s.task_id"
        f" WHERE s.task_id IN ({marks}) AND s.state IN ('submitted', 'accepted', 'fixed') AND s.mode NOT IN ('fix', 'known')"
        " ORDER BY s.received_at, s.id",
        tasks,
    ):
        at, made = found[r[0]], sql.read_uuid(r[1])
        if r[4] in ("work", "rework"):
            moment = sql.read_time(r[10])
            at.answers.append(
                StandingAnswer(str(made), opaque.encode(r[2]), r[3], r[5], made in checked, r[6], r[7], r[8], r[9], moment, r[11])  # type: ignore[arg-type]
            )  # fmt: skip
        elif r[4] == "arbitrate" and r[5] != "submitted":
            found[r[0]] = replace(at, decision=r[11])
        elif r[4] == "consensus":
            found[r[0]] = replace(at, result=str(made))
    return {s.task: s for s in found.values()}


def answered(
    project: str, *, after: int = 0, limit: int = CHUNK, done: bool | None = None
) -> list[tuple[str, int]]:
    """Return tasks of a project whose several answers become one and are all there: (task, seq), by number.

    Args:
        after: number of the last task already seen.
        done: only those with a result, or only those without.
    """
    queue = queues.find(project)
    if queue is None:
        return []
    wanted = "" if done is None else " AND state = 'done'" if done else " AND state = 'open'"
    found = sql.rows(
        f"SELECT id, seq FROM work_task WHERE queue_id = %s AND seq > %s AND consensus AND answered >= slots{wanted}"
        " ORDER BY seq LIMIT %s",
        (queue.id, after, limit),
    )
    return [(opaque.encode(r[0]), r[1]) for r in found]


def answered_before(project: str, *, before: int | None = None, limit: int = CHUNK) -> list[tuple[str, int]]:
    """Return tasks with several answers that are all there, the newest first: (task, seq), from before number ``before``."""
    queue = queues.find(project)
    if queue is None:
        return []
    found = sql.rows(
        "SELECT id, seq FROM work_task WHERE queue_id = %s AND seq < %s AND slots > 1 AND answered >= slots"
        " ORDER BY seq DESC LIMIT %s",
        (queue.id, before if before is not None else 2**62, limit),
    )
    return [(opaque.encode(r[0]), r[1]) for r in found]


@dataclass(frozen=True, slots=True)
class SuggestedAnswer:
    """A first answer to a task that has pre-labels, ``suggested`` of them; whether she saw them is in ``provenance``."""

    submission: str
    task: str
    person: str
    suggested: int
    active_ms: int
    provenance: str
    document: str


def suggested_answers(project: str, *, most: int) -> Iterator[SuggestedAnswer]:
    """Yield first answers to tasks with pre-labels, the newest first, in statements of 500 rows."""
    queue = queues.find(project)
    if queue is None:
        return
    after: tuple[Any, Any] | None = None
    while most > 0:
        behind = "" if after is None else " AND (s.received_at, s.id) < (%s, %s)"
        found = sql.rows(
            "SELECT s.id, s.task_id, s.person, s.active_ms, s.received_at, s.provenance, s.document, p.marks FROM work_submission s"
            " JOIN work_prelabel p ON p.task_id = s.task_id WHERE s.queue_id = %s AND s.mode = 'work' AND s.revision = 1"
            f" AND s.state NOT IN ('extra', 'aside') AND p.marks <> '[]'{behind} ORDER BY s.received_at DESC, s.id DESC LIMIT %s",
            (queue.id, *(after or ()), min(most, CHUNK)),
        )
        for r in found:
            suggested = len(msgspec.json.decode(r[7], type=list[msgspec.Raw]))
            made = str(sql.read_uuid(r[0]))
            yield SuggestedAnswer(made, opaque.encode(r[1]), r[2], suggested, r[3], r[5], r[6])
        if len(found) < CHUNK:
            return
        most -= len(found)
        after = (sql.time(sql.read_time(found[-1][4])), found[-1][0])


def worked_since(day: date) -> list[str]:
    """Return the projects in which somebody did something on ``day`` (Shanghai) or later."""
    found = sql.rows(
        "SELECT DISTINCT q.project FROM work_daycount d JOIN work_queue q ON q.id = d.queue_id WHERE d.day >= %s ORDER BY q.project",
        (day.isoformat(),),
    )
    return [r[0] for r in found]
