"""The list of tasks, filtered by state, person and what the labels say; pages by keyset, never counted whole.

A filter on label content is driven by the content index in the order of the list, so that its cost is that of the
page (or, for something very rare, of one walk over an index that covers it).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from doujia.server.kernel.api import cursor_decode, cursor_encode
from doujia.server.kernel.authz import Actor, require
from doujia.server.kernel.errors import Unprocessable
from doujia.server.work import neighbours, opaque, queues
from doujia.server.work import queue_sql as sql

__all__ = ["AnswerRow", "ContentFilter", "TaskFilter", "TaskPage", "TaskRow", "tasks"]

STATES = ("open", "unanswered", "answered", "leased", "checking", "done", "parked", "extra")


@dataclass(frozen=True)
class ContentFilter:
    """``key`` (``class:car``, ``attr:colour=red``, ``item:weather=rain``, ``kind:box``) at least ``least`` and at most
    ``most`` times; ``most`` 0 means not at all."""

    key: str
    least: int = 1
    most: int | None = None


@dataclass(frozen=True)
class TaskFilter:
    """What to list; empty fields do not filter."""

    state: str = ""
    person: str = ""
    content: Sequence[ContentFilter] = field(default_factory=tuple)
    item: str = ""


@dataclass(frozen=True)
class AnswerRow:
    """One answer to a task."""

    submission: str
    person: str
    name: str
    state: str
    mode: str
    revision: int
    marks: int
    active_ms: int
    late: bool
    at: datetime


@dataclass(frozen=True)
class TaskRow:
    """One line. ``holders`` are the people who work on it now."""

    id: str
    item: str
    name: str
    number: int
    state: str
    priority: int
    slots: int
    answered: int
    accepted: int
    answered_at: datetime | None
    holders: list[str]
    answers: list[AnswerRow]
    content: dict[str, int]


@dataclass(frozen=True)
class TaskPage:
    """Rows in the order in which the items came, and the cursor of the next page."""

    items: list[TaskRow]
    next: str | None


def tasks(
    *, actor: Actor, project: str, where: TaskFilter, cursor: str | None = None, limit: int = 50
) -> TaskPage:
    """Return a page of a project's tasks."""
    thing = neighbours.thing(project)
    require(actor, "work.board", thing)
    queue = queues.find(project)
    if queue is None:
        return TaskPage([], None)
    after = cursor_decode(cursor, 1)
    ids = _page(queue.id, where, int(after[0]) if after else 0, limit + 1)
    more = cursor_encode(ids[limit - 1][1]) if len(ids) > limit else None
    return TaskPage(_rows([i for i, _ in ids[:limit]], actor, thing), more)


def _page(queue: int, where: TaskFilter, after: int, limit: int) -> list[tuple[int, int]]:
    """Return (task, seq) of the page."""
    conditions, values = _state(where.state, queue)
    if where.person:
        conditions.append(
            "t.id IN (SELECT s.task_id FROM work_submission s WHERE s.person = %s AND s.queue_id = %s"
            " UNION SELECT l.task_id FROM work_lease l WHERE l.holder = %s AND l.queue_id = %s)"
        )
        values += [where.person, queue, where.person, queue]
    if where.item:
        conditions.append("t.item = %s")
        values.append(where.item)
    positive = [c for c in where.content if c.most != 0]
    lead = "c" if positive else "t"
    for one in where.content if not positive else [c for c in where.content if c is not positive[0]]:
        word = "NOT EXISTS" if one.most == 0 else "EXISTS"
        bound, more = _bounds(one) if one.most != 0 else ("", [])
        # By number, not by task: one index holds queue, key and number together, in the order of the list.
        conditions.append(
            f"{word} (SELECT 1 FROM work_content x WHERE x.queue_id = %s AND x.key = %s AND x.seq = {lead}.seq{bound})"
        )
        values += [queue, one.key, *more]
    rest = "".join(f" AND {c}" for c in conditions)
    if positive:
        bound, more = _bounds(positive[0], "c")
        text = (
            f"SELECT DISTINCT c.seq, t.id FROM work_content c JOIN work_task t ON t.id = c.task_id"
            f" WHERE c.queue_id = %s AND c.key = %s AND c.seq > %s{bound}{rest} ORDER BY c.seq LIMIT %s"
        )
        found = sql.rows(text, [queue, positive[0].key, after, *more, *values, limit])
    else:
        text = (
            f"SELECT DISTINCT t.seq, t.id FROM work_task t WHERE t.queue_id = %s AND t.seq > %s{rest}"
            " ORDER BY t.seq LIMIT %s"
        )
        found = sql.rows(text, [queue, after, *values, limit])
    return [(r[1], r[0]) for r in found]


def _bounds(one: ContentFilter, table: str = "x") -> tuple[str, list[Any]]:
    text, values = "", list[Any]()
    if one.least > 1:
        text, values = f" AND {table}.n >= %s", [one.least]
    if one.most is not None:
        text, values = f"{text} AND {table}.n <= %s", [*values, one.most]
    return text, values


def _state(state: str, queue: int) -> tuple[list[str], list[Any]]:
    """Return conditions and values of a state; the rare ones start from their own small tables."""
    match state:
        case "":
            return [], []
        case "open" | "done" | "parked":
            return ["t.state = %s"], [state]
        case "unanswered":
            return ["t.state = 'open'", "t.answered = 0"], []
        case "answered":
            return ["t.answered > 0"], []
        case "leased":
            return ["t.id IN (SELECT l.task_id FROM work_lease l WHERE l.queue_id = %s)"], [queue]
        case "checking":
            checks = "SELECT r.task_id FROM work_{} r WHERE r.queue_id = %s AND r.kind = 'review'"
            return [f"t.id IN ({checks.format('ready')} UNION {checks.format('lease')})"], [queue, queue]
        case "extra":
            extras = "SELECT e.task_id FROM work_submission e WHERE e.queue_id = %s AND e.state = 'extra'"
            return [f"t.id IN ({extras})"], [queue]
    raise Unprocessable(
        "state_unknown", zh=f"没有这种状态:{state[:40]}", en=f"No such state; there are: {', '.join(STATES)}."
    )


def _rows(ids: list[int], actor: Actor, thing: Any) -> list[TaskRow]:
    if not ids:
        return []
    marks = ", ".join(["%s"] * len(ids))
    found = {
        r[0]: r
        for r in sql.rows(
            f"SELECT id, item, seq, state, rank, slots, answered, accepted, answered_at FROM work_task WHERE id IN ({marks})", ids
        )
    }  # fmt: skip
    answers = sql.rows(
        "SELECT task_id, id, person, state, mode, revision, marks, active_ms, late, received_at FROM work_submission"
        f" WHERE task_id IN ({marks}) ORDER BY received_at", ids,
    )  # fmt: skip
    holders = sql.rows(f"SELECT task_id, holder FROM work_lease WHERE task_id IN ({marks})", ids)
    counted = sql.rows(
        f"SELECT task_id, key, MAX(n) FROM work_content WHERE task_id IN ({marks}) GROUP BY task_id, key", ids
    )
    names = neighbours.names_for(actor, thing, {a[2] for a in answers} | {h[1] for h in holders})
    items = neighbours.items({r[1] for r in found.values()})
    content: dict[int, dict[str, int]] = {}
    for task, key, n in counted:
        content.setdefault(task, {})[key] = n
    out = []
    for one in ids:
        _, item, seq, state, rank, slots, answered, accepted, at = found[one]
        out.append(
            TaskRow(
                opaque.encode(one), item, getattr(items.get(item), "name", ""), seq, state, -rank, slots, answered, accepted,
                sql.read_time(at), [names.get(h[1], "") for h in holders if h[0] == one],
                [_answer(a, names) for a in answers if a[0] == one], content.get(one, {}),
            )
        )  # fmt: skip
    return out


def _answer(a: Sequence[Any], names: dict[str, str]) -> AnswerRow:
    return AnswerRow(
        str(sql.read_uuid(a[1])), a[2], names.get(a[2], ""), a[3], a[4], a[5], a[6], a[7], bool(a[8]), sql.read_time(a[9])  # type: ignore[arg-type]
    )  # fmt: skip
