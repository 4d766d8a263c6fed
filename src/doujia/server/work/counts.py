"""Counting by person, project and day, so that no page ever adds up a growing table.

A row is written only by what concerns its person, hence nobody waits for anybody else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone

import msgspec

from doujia.server.kernel import db
from doujia.server.work import queue_sql as sql

__all__ = ["COLUMNS", "SHANGHAI", "Today", "add", "day_of", "today"]

SHANGHAI = timezone(timedelta(hours=8))
COLUMNS = (
    "items", "reviews", "active_ms", "accepted", "passed", "fixed", "returned", "skipped", "extras", "completed",
)  # fmt: skip
_COLUMNS = ", ".join(COLUMNS)


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


def add(
    queue: int,
    person: str,
    at: datetime,
    *,
    answered: bool = False,
    **changes: int,
) -> Today:
    """Add to a person's counts of the day and return her day.

    Args:
        answered: counts in the hour's throughput.
        changes: column → how much more.
    """
    day = day_of(at)
    lock = "" if db.is_sqlite() else " FOR UPDATE"
    found = sql.rows(
        f"SELECT id, queue_id, detail, {_COLUMNS} FROM work_daycount WHERE person = %s AND day = %s{lock}",
        (person, day.isoformat()),
    )
    own = next((r for r in found if r[1] == queue), None)
    values = {f: changes.get(f, 0) for f in COLUMNS}
    detail = _detail(own[2] if own else "{}", at if answered else None)
    if own is None:
        # Two writes of one person at the same moment may both see no row: the second adds to the first's.
        adding = ", ".join(f"{f} = work_daycount.{f} + excluded.{f}" for f in COLUMNS)
        sql.run(
            f"INSERT INTO work_daycount (queue_id, person, day, detail, last_at, {_COLUMNS}) VALUES (%s, %s, %s, %s, %s, "
            f"{', '.join(['%s'] * len(COLUMNS))}) ON CONFLICT (person, day, queue_id) DO UPDATE SET {adding}",
            (queue, person, day.isoformat(), detail, sql.time(at), *values.values()),
        )
    else:
        sets = ", ".join(f"{f} = {f} + %s" for f in values if values[f])
        sql.run(
            f"UPDATE work_daycount SET {sets + ', ' if sets else ''}detail = %s, last_at = %s WHERE id = %s",
            (*(v for v in values.values() if v), detail, sql.time(at), own[0]),
        )
    sums = {f: values[f] + sum(r[3 + i] for r in found) for i, f in enumerate(COLUMNS)}
    return _today(sums)


def today(person: str, at: datetime) -> Today:
    """Return a person's day so far."""
    found = sql.rows(
        f"SELECT {_COLUMNS} FROM work_daycount WHERE person = %s AND day = %s",
        (person, day_of(at).isoformat()),
    )
    return _today({f: sum(r[i] for r in found) for i, f in enumerate(COLUMNS)})


def _today(sums: Mapping[str, int]) -> Today:
    return Today(sums["items"] + sums["reviews"], sums["active_ms"], None, sums["accepted"], sums["returned"])


def _detail(old: str, at: datetime | None) -> str:
    if at is None:
        return old
    detail = msgspec.json.decode(old)
    hour = str(at.astimezone(SHANGHAI).hour)
    hours = detail.setdefault("hours", {})
    hours[hour] = hours.get(hour, 0) + 1
    return msgspec.json.encode(detail).decode()
