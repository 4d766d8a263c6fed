"""Counting by person, project and day, so that no page ever adds up a growing table.

A row is written only by what concerns its person, hence nobody waits for anybody else.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from functools import cache

import msgspec

from doujia.server.kernel import db
from doujia.server.kernel.statements import Statement, together
from doujia.server.work import queue_sql as sql

__all__ = ["COLUMNS", "SHANGHAI", "Today", "add", "adding", "day_of", "read", "reading", "today"]

SHANGHAI = timezone(timedelta(hours=8))
COLUMNS = (
    "items", "reviews", "active_ms", "accepted", "passed", "fixed", "returned", "skipped", "extras", "completed",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Today:
    """A person's day over all projects. ``earned_fen`` is None until pay knows."""

    items: int = 0
    active_ms: int = 0
    earned_fen: int | None = None
    accepted: int = 0
    returned: int = 0


def day_of(at: datetime) -> date:
    """Return the working day (Shanghai) of a moment."""
    return at.astimezone(SHANGHAI).date()


def add(queue: int, person: str, at: datetime, *, answered: bool = False, **changes: int) -> Today:
    """Add to a person's counts of the day and return her day.

    Args:
        answered: counts in the hour's throughput.
        changes: column → how much more.
    """
    return read(together(adding(queue, person, at, answered=answered, **changes))[-1])


def adding(
    queue: int, person: str, at: datetime, *, answered: bool = False, **changes: int
) -> list[Statement]:
    """Return what ``add`` runs; the last statement's rows are for ``read``."""
    day, hour = day_of(at).isoformat(), str(at.astimezone(SHANGHAI).hour)
    values = {f: n for f, n in changes.items() if n}
    detail = msgspec.json.encode({"hours": {hour: 1}} if answered else {}).decode()
    return [
        (
            _adding(tuple(values), answered, db.is_sqlite()),
            (queue, person, day, detail, sql.time(at), *values.values(), *(_place(hour) if answered else ())),
        ),
        reading(person, at),
    ]


@cache
def _adding(columns: tuple[str, ...], answered: bool, sqlite: bool) -> str:
    """Insert the row or add to it, in one statement: two writers of one person may come at the same moment."""
    fresh = {f: "%s" if f in columns else "0" for f in COLUMNS}
    names = [*columns, *(f for f in COLUMNS if f not in columns)]
    sets = [f"{f} = work_daycount.{f} + excluded.{f}" for f in columns] + ["last_at = excluded.last_at"]
    if answered:
        sets.append(f"detail = {_ONE_MORE_SQLITE if sqlite else _ONE_MORE_POSTGRES}")
    return (
        f"INSERT INTO work_daycount (queue_id, person, day, detail, last_at, {', '.join(names)}) VALUES (%s, %s, %s, %s, %s, "
        f"{', '.join(fresh[f] for f in names)}) ON CONFLICT (person, day, queue_id) DO UPDATE SET {', '.join(sets)}"
    )


_ONE_MORE_SQLITE = (
    "json_set(work_daycount.detail, %s, COALESCE(json_extract(work_daycount.detail, %s), 0) + 1)"
)
_ONE_MORE_POSTGRES = (
    "(work_daycount.detail::jsonb || jsonb_build_object('hours', COALESCE(work_daycount.detail::jsonb -> 'hours', '{}')"
    " || jsonb_build_object(%s::text, COALESCE((work_daycount.detail::jsonb -> 'hours' ->> %s)::int, 0) + 1)))::text"
)


def _place(hour: str) -> tuple[str, str]:
    """Where an hour's count lies in ``detail``, twice: to be read and to be written."""
    return (f'$.hours."{hour}"',) * 2 if db.is_sqlite() else (hour,) * 2


def today(person: str, at: datetime) -> Today:
    """Return a person's day so far."""
    return read(sql.rows(*reading(person, at)))


def reading(person: str, at: datetime) -> Statement:
    """Return the statement whose rows ``read`` understands."""
    return (
        "SELECT items, reviews, active_ms, accepted, returned FROM work_daycount WHERE person = %s AND day = %s",
        (person, day_of(at).isoformat()),
    )


def read(found: Iterable[tuple[int, ...]]) -> Today:
    """Return a person's day from the rows of ``reading``, one for each project."""
    items, reviews, active_ms, accepted, returned = (sum(c) for c in zip((0,) * 5, *found, strict=True))
    return Today(items + reviews, active_ms, None, accepted, returned)
