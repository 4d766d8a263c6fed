"""The list of tasks, filtered by state, person and what the labels say; pages by keyset, never counted whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from doujia.server.kernel.api import cursor_decode, cursor_encode
from doujia.server.kernel.authz import Actor, require
from doujia.server.kernel.errors import Unprocessable
from doujia.server.work import neighbours, opaque, queues
from doujia.server.work import queue_sql as sql
from doujia.server.work.queries.matching import ContentFilter, TaskFilter, matching

__all__ = ["AnswerRow", "ContentFilter", "TaskFilter", "TaskIds", "TaskPage", "TaskRow", "task_ids", "tasks"]

MOST_NAMED = 2_000
"""Items that a part of a name may mean; more is no search."""


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


@dataclass(frozen=True)
class TaskIds:
    """Ids of tasks in the order in which the items came, and the cursor of the next ones."""

    ids: list[str]
    next: str | None


def task_ids(
    *, actor: Actor, project: str, where: TaskFilter, cursor: str | None = None, limit: int = 500
) -> TaskIds:
    """Return only the ids of tasks that a filter admits: for acting on all of them, a page at a time."""
    require(actor, "work.board", neighbours.thing(project))
    queue = queues.find(project)
    if queue is None:
        return TaskIds([], None)
    after = cursor_decode(cursor, 1)
    found = matching(queue.id, where, int(after[0]) if after else 0, limit + 1, _named(project, where.name))
    more = cursor_encode(found[limit - 1][1]) if len(found) > limit else None
    return TaskIds([opaque.encode(task) for task, _ in found[:limit]], more)


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
    ids = matching(queue.id, where, int(after[0]) if after else 0, limit + 1, _named(project, where.name))
    more = cursor_encode(ids[limit - 1][1]) if len(ids) > limit else None
    return TaskPage(_rows([i for i, _ in ids[:limit]], actor, thing), more)


def _named(project: str, name: str) -> list[str] | None:
    """Return the items that part of a name means, None when there is nothing to look for."""
    text = name.strip()
    if not text:
        return None
    found = neighbours.items_named(project, text, MOST_NAMED + 1)
    if len(found) > MOST_NAMED:
        raise Unprocessable(
            "name_too_wide",
            zh=f"名字里有“{text[:40]}”的超过 {MOST_NAMED} 个,写长一点。",
            en=f"More than {MOST_NAMED} names hold “{text[:40]}”; write more of it.",
        )
    return found


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
