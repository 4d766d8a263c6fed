"""Which tasks match a filter: sets of task numbers, cut and subtracted by the database.

A database that believes a table to be nearly empty (PostgreSQL right after a large import, or for a project younger
than its statistics) looks for each row of one set through the whole of the other: seconds for ten thousand tasks.
INTERSECT and EXCEPT cannot be done so; whatever it believes, it reads each set once. And it reads them in windows of
numbers that double, so that a usual page costs a thousand entries of an index, and the rarest one walk over it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from doujia.server.kernel.errors import Unprocessable
from doujia.server.work import queue_sql as sql

__all__ = ["ContentFilter", "TaskFilter", "matching"]

STATES = ("open", "unanswered", "answered", "leased", "checking", "done", "parked", "extra")
FIRST = 1000
"""Numbers in the first window, where several sets are to be read."""


@dataclass(frozen=True)
class ContentFilter:
    """``key`` (``class:car``, ``attr:colour=red``, ``item:weather=rain``, ``kind:box``) at least ``least`` and at most
    ``most`` times; ``most`` 0 means not at all."""

    key: str
    least: int = 1
    most: int | None = None


@dataclass(frozen=True)
class TaskFilter:
    """What to list; empty fields do not filter. ``name`` is part of the item's name."""

    state: str = ""
    person: str = ""
    content: Sequence[ContentFilter] = field(default_factory=tuple)
    item: str = ""
    name: str = ""


class _Numbers(NamedTuple):
    """A set of tasks: the column ``number`` of what ``source`` finds, which stops where the bounds of a window follow."""

    number: str
    source: str
    values: tuple[Any, ...]
    end: str = ""
    """What follows them; it takes the most that the window can hold."""
    whole: bool = False
    """No index gives a window of it: all of it is read each time."""


def matching(
    queue: int, where: TaskFilter, after: int, limit: int, named: Sequence[str] | None = None
) -> list[tuple[int, int]]:
    """Return (task, number) of the first ``limit`` tasks behind number ``after`` that match, in order.

    Args:
        named: the items that ``where.name`` means; None when it is empty.

    Raises:
        Unprocessable: there is no such state.
    """
    if named is not None and not named:
        return []
    among = [*([_of_items(queue, named)] if named else []), *_among(queue, where)]
    without = [_content(queue, c) for c in where.content if c.most == 0]
    if len(among) + len(without) == 1:
        return _window(queue, among, without, after, None, limit)
    last = int(sql.rows("SELECT next_seq FROM work_queue WHERE id = %s", (queue,))[0][0]) - 1
    width = last if any(one.whole for one in among) else FIRST
    found: list[tuple[int, int]] = []
    while after < last and len(found) < limit:
        found += _window(queue, among, without, after, after + width, limit - len(found))
        after, width = after + width, 2 * width
    return found


def _window(
    queue: int,
    among: Sequence[_Numbers],
    without: Sequence[_Numbers],
    after: int,
    to: int | None,
    limit: int,
) -> list[tuple[int, int]]:
    """Return tasks above ``after``, up to ``to``, that are in each set of ``among`` and in none of ``without``."""
    distinct = (
        "DISTINCT " if len(among) + len(without) == 1 else ""
    )  # INTERSECT and EXCEPT see to it themselves
    texts, values = [], [queue]
    for one in (*among, *without):
        upper = "" if to is None else f" AND {one.number} <= %s"
        texts.append(
            f"SELECT {distinct}{one.number} AS number FROM {one.source} {one.number} > %s{upper}{one.end}"
        )
        values += [*one.values, after, *([] if to is None else [to])]
        if one.end:
            values.append(limit if to is None else to - after)
    # What is cut comes first: PostgreSQL binds INTERSECT closer than EXCEPT, SQLite goes from left to right.
    numbers = " EXCEPT ".join([" INTERSECT ".join(texts[: len(among)]), *texts[len(among) :]])
    # "The first from here on" has one index that gives it; for "this one" any index of the queue might seem as good.
    task = "SELECT t.id FROM work_task t WHERE t.queue_id = %s AND t.seq >= f.number ORDER BY t.seq LIMIT 1"
    text = f"SELECT ({task}), f.number FROM ({numbers} ORDER BY 1 LIMIT %s) f ORDER BY 2"
    return [(r[0], r[1]) for r in sql.rows(text, [*values, limit])]


def _among(queue: int, where: TaskFilter) -> list[_Numbers]:
    """Return the sets in each of which a task must be."""
    out: list[_Numbers] = []
    if where.person:
        out.append(_of_person(queue, where.person))
    conditions, values = ["t.queue_id = %s"], [queue, *([where.item] if where.item else [])]
    if where.item:
        conditions.append("t.item = %s")
    match where.state:
        case "":
            pass
        case "open" | "done" | "parked":
            conditions.append(f"t.state = '{where.state}'")
        case "unanswered":
            conditions.append("t.state = 'open' AND t.answered = 0")
        case "answered":
            conditions.append("t.answered > 0")
        case "leased":
            out.append(_Numbers("l.seq", "work_lease l WHERE l.queue_id = %s AND", (queue,)))
        case "checking":
            kept = " UNION ALL ".join(
                f"SELECT seq FROM work_{table} WHERE queue_id = %s AND kind = 'review'"
                for table in ("ready", "lease")
            )
            out.append(_Numbers("r.seq", f"({kept}) r WHERE", (queue, queue)))
        case "extra":
            out.append(_submitted("s.queue_id = %s AND s.state = 'extra'", queue))
        case _:
            raise Unprocessable(
                "state_unknown",
                zh=f"没有这种状态:{where.state[:40]}",
                en=f"No such state; there are: {', '.join(STATES)}.",
            )
    content = [_content(queue, c) for c in where.content if c.most != 0]
    if len(conditions) > 1 or not (out or content):
        # Only one index has the order; without the wish for it, and for no more than there can be, PostgreSQL may read
        # the whole queue by another.
        tasks = f"(SELECT t.seq FROM work_task t WHERE {' AND '.join(conditions)} AND"
        out.append(_Numbers("t.seq", tasks, tuple(values), " ORDER BY t.seq LIMIT %s) t"))
    # PostgreSQL keeps the first set in memory and holds the others against it: states are often rare.
    return out + content


def _of_items(queue: int, items: Sequence[str]) -> _Numbers:
    """Return the tasks of a few items; their index has no order of numbers, so they are read at once."""
    marks = ", ".join(["%s"] * len(items))
    found = f"SELECT seq FROM work_task WHERE queue_id = %s AND item IN ({marks})"
    return _Numbers(
        "n.seq", f"(WITH n AS MATERIALIZED ({found}) SELECT seq FROM n) n WHERE", (queue, *items), whole=True
    )


def _content(queue: int, one: ContentFilter) -> _Numbers:
    """Return the tasks of which an answer says it so many times (any number of times when it must not at all)."""
    rest, values = "work_content c WHERE c.queue_id = %s AND c.key = %s AND", [queue, one.key]
    if one.most != 0:
        for sign, bound in ((">=", one.least if one.least > 1 else None), ("<=", one.most)):
            if bound is not None:
                rest, values = f"{rest} c.n {sign} %s AND", [*values, bound]
    return _Numbers("c.seq", rest, tuple(values))


def _of_person(queue: int, person: str) -> _Numbers:
    """Return the tasks that a person has answered or works on."""
    held = " UNION ALL SELECT l.seq FROM work_lease l WHERE l.holder = %s AND l.queue_id = %s"
    return _submitted("s.person = %s AND s.queue_id = %s", person, queue, more=held, values=(person, queue))


def _submitted(which: str, *given: Any, more: str = "", values: tuple[Any, ...] = ()) -> _Numbers:
    """Return the tasks of some answers.

    Answers do not know the number. The tasks are found by their ids alone, and the window is cut afterwards: were it
    known within, PostgreSQL might read all of it for each answer.
    """
    found = f"SELECT t.seq FROM work_submission s JOIN work_task t ON t.id = s.task_id WHERE {which}{more}"
    return _Numbers(
        "m.seq",
        f"(WITH m AS MATERIALIZED ({found}) SELECT seq FROM m) m WHERE",
        (*given, *values),
        whole=True,
    )
