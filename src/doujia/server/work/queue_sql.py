"""The statements of the hot path, in both dialects: taking slots, handing in, giving back.

A slot is a row of ``work_ready`` or of ``work_lease``, and moves with its id. PostgreSQL adds ``FOR UPDATE SKIP LOCKED``
where takers would wait for each other; SQLite needs none, it has one writer. Times and UUIDs are kept as Django's own
fields keep them, so that models and statements read each other's rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from typing import Any
from uuid import UUID

from django.db import connection

from doujia.server.kernel import db
from doujia.server.kernel.statements import Statement, pour

__all__ = [
    "START", "WINDOW", "Key", "Place", "candidates", "delete_lease", "delete_ready", "ending", "expired", "holding", "inserting", "insert_leases",
    "insert_ready", "insert_rows", "lease_window", "leases", "offered", "pour_ready", "putting", "read_time", "read_uuid", "rows", "run", "take_ready", "time", "uuid",
    "window_end",
]  # fmt: skip

_PLACE = ("id", "queue_id", "kind", "rank", "seq", "task_id", "person", "offer_until", "fence", "subject")
_LEASE = (*_PLACE, "holder", "taken_at", "until")
Key = tuple[int, int, int]
"""(rank, seq, id): a place in the order of a queue."""
START: Key = (-(2**31), -1, -1)
WINDOW = 64
"""Ready rows that one statement looks at; takers that come at the same time pass each other within it."""


@dataclass(frozen=True, slots=True)
class Place:
    """A slot, ready or leased (then with ``holder``, ``taken_at``, ``until``)."""

    id: int
    queue: int
    kind: str
    rank: int
    seq: int
    task: int
    person: str | None
    offer_until: datetime | None
    fence: int
    subject: UUID | None
    holder: str = ""
    taken_at: datetime | None = None
    until: datetime | None = None


def time(value: datetime | None) -> Any:
    """Return a moment as the database keeps it."""
    if value is None or not db.is_sqlite():
        return value
    return value.astimezone(UTC).replace(tzinfo=None).isoformat(" ")


def read_time(value: Any) -> datetime | None:
    """Return a moment as the program uses it, aware.

    SQLite gives a text for an expression and, by the column's declared type, a datetime without zone for a column.
    """
    if value is None:
        return None
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def uuid(value: UUID | None) -> Any:
    """Return a UUID as the database keeps it."""
    return value.hex if value is not None and db.is_sqlite() else value


def read_uuid(value: Any) -> UUID | None:
    """Return a UUID as the program uses it."""
    return UUID(value) if isinstance(value, str) else value


def rows(sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """Run a statement that returns rows."""
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()


def run(sql: str, values: Sequence[Any] = ()) -> int:
    """Run a statement that returns none, and return how many rows it changed."""
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return int(cursor.rowcount)


def insert_rows(table: str, columns: Sequence[str], values: Sequence[Sequence[Any]]) -> None:
    """Insert rows in statements of at most 800 values (SQLite's smallest limit is 999)."""
    step = max(1, 800 // len(columns))
    for start in range(0, len(values), step):
        part = values[start : start + step]
        sql = _insert(table, tuple(columns), len(part))
        with connection.cursor() as cursor:
            cursor.execute(sql, [v for row in part for v in row])


def inserting(table: str, columns: tuple[str, ...], *values: Sequence[Any]) -> Statement:
    """Return the statement that inserts a few rows."""
    return _insert(table, columns, len(values)), [v for row in values for v in row]


@cache
def _insert(table: str, columns: tuple[str, ...], n: int) -> str:
    one = f"({', '.join(['%s'] * len(columns))})"
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES {', '.join([one] * n)}"


def _marks(n: int) -> str:
    return ", ".join(["%s"] * n)


def _skip_locked(of: str = "") -> str:
    return "" if db.is_sqlite() else f" FOR UPDATE{' OF ' + of if of else ''} SKIP LOCKED"


_NOT_LEASED = "(SELECT 1 FROM work_lease l WHERE l.task_id = r.task_id AND l.holder = %s LIMIT 1) IS NULL"
# "Nothing, the first time" for each row and a name in a form that no index knows: each row is looked up by its task, in the
# few rows of a window. As a join, or by name, PostgreSQL would read all that a person ever did, once for each row where
# its statistics are older than she (15 ms a take at 3,000 answers).
_NOT_ANSWERED = (
    "(SELECT 1 FROM work_submission s WHERE s.task_id = r.task_id AND s.person || '' = %s LIMIT 1) IS NULL"
)
_NOT_LABELLED = "(SELECT 1 FROM work_submission s WHERE s.task_id = r.task_id AND s.person || '' = %s AND s.mode <> 'fix' LIMIT 1) IS NULL"
_NOT_REVIEWED = (
    "(SELECT 1 FROM work_review v WHERE v.task_id = r.task_id AND v.reviewer || '' = %s LIMIT 1) IS NULL"
)
_NOT_JUDGED = (
    "(SELECT 1 FROM work_review v WHERE v.submission = r.subject AND v.reviewer || '' = %s LIMIT 1) IS NULL"
)
_NOT_SKIPPED = (
    "(SELECT 1 FROM work_skip k WHERE k.task_id = r.task_id AND k.person || '' = %s LIMIT 1) IS NULL"
)
_RULES = {
    "work": (_NOT_LEASED, _NOT_ANSWERED, _NOT_REVIEWED, _NOT_SKIPPED),
    "arbitrate": (_NOT_LEASED, _NOT_ANSWERED, _NOT_REVIEWED, _NOT_SKIPPED),
    # Whoever checked the first revision may check the second, but nobody checks one answer twice; nobody checks a task
    # she had a hand in labelling.
    "review": (_NOT_LEASED, _NOT_LABELLED, _NOT_JUDGED, _NOT_SKIPPED),
}


def candidates(
    queue: int, kind: str, person: str, now: datetime, after: Key, limit: int
) -> list[tuple[int, int, Key]]:
    """Return slots among the next ``WINDOW`` ready rows that ``person`` may take: (slot, task, key), in order.

    Args:
        after: key of the last row already looked at.
        limit: slots wanted. PostgreSQL returns all of the window, so that a taker finds some beyond those that
            others are taking at the same time.
    """
    rules = _RULES[kind]
    inner = (
        "SELECT r.id, r.task_id, r.rank, r.seq, r.person, r.offer_until, r.subject FROM work_ready r WHERE r.queue_id = %s AND r.kind = %s"
        " AND (r.rank, r.seq, r.id) > (%s, %s, %s) ORDER BY r.rank, r.seq, r.id LIMIT %s"
    )
    sql = (
        f"SELECT r.id, r.task_id, r.rank, r.seq FROM ({inner}) r WHERE (r.person IS NULL OR r.offer_until < %s)"
        f" AND {' AND '.join(rules)} LIMIT %s"
    )
    most = limit if db.is_sqlite() else WINDOW
    found = rows(sql, (queue, kind, *after, WINDOW, time(now), *(person for _ in rules), most))
    return sorted(((f[0], f[1], (f[2], f[3], f[0])) for f in found), key=lambda f: f[2])


def lease_window(
    queue: int, kind: str, person: str, now: datetime, until: datetime, after: Key, limit: int
) -> list[Place]:
    """Lease up to ``limit`` slots of the next ``WINDOW`` ready rows to ``person``, in one statement (PostgreSQL only).

    The same as ``candidates``, ``take_ready`` and ``insert_leases``; what others are taking at this moment is passed by.
    """
    rules = _RULES[kind]
    sql = _lease_window(kind, limit > 1)
    values = (queue, kind, *after, WINDOW, now, *(person for _ in rules), limit, person, now, until)
    return _in_order(_leased(r) for r in rows(sql, values))


@cache
def _lease_window(kind: str, several: bool) -> str:
    seen = (
        "SELECT r.id, r.task_id, r.rank, r.seq, r.person, r.offer_until, r.subject FROM work_ready r WHERE r.queue_id = %s"
        " AND r.kind = %s AND (r.rank, r.seq, r.id) > (%s, %s, %s) ORDER BY r.rank, r.seq, r.id LIMIT %s"
    )
    may = f"(r.person IS NULL OR r.offer_until < %s) AND {' AND '.join(_RULES[kind])}"
    # What locks stands in a step of its own, which runs once: inside IN (…) it might run again and take more.
    if several:  # of a task with several slots one only
        free = f"SELECT DISTINCT ON (r.task_id) r.id FROM ({seen}) r WHERE {may} ORDER BY r.task_id, r.rank, r.seq, r.id"
        picked = f"SELECT w.id FROM work_ready w WHERE w.id IN ({free}) ORDER BY w.rank, w.seq, w.id"
    else:  # rows are looked up until there is one
        picked = f"SELECT w.id FROM ({seen}) r JOIN work_ready w ON w.id = r.id WHERE {may} ORDER BY r.rank, r.seq, r.id"
    return (
        f"WITH picked AS MATERIALIZED ({picked} LIMIT %s FOR UPDATE OF w SKIP LOCKED),"
        f" gone AS (DELETE FROM work_ready WHERE id IN (SELECT id FROM picked) RETURNING {', '.join(_PLACE)})"
        f" INSERT INTO work_lease ({', '.join(_LEASE)}) SELECT {', '.join(_PLACE)}, %s, %s, %s FROM gone"
        f" RETURNING {', '.join(_LEASE)}"
    )


def _in_order(places: Iterable[Place]) -> list[Place]:
    return sorted(places, key=lambda p: (p.rank, p.seq, p.id))


def window_end(queue: int, kind: str, after: Key) -> Key | None:
    """Return the key of the last of the next ``WINDOW`` ready rows, None when there are fewer."""
    found = rows(
        "SELECT r.rank, r.seq, r.id FROM work_ready r WHERE r.queue_id = %s AND r.kind = %s"
        " AND (r.rank, r.seq, r.id) > (%s, %s, %s) ORDER BY r.rank, r.seq, r.id LIMIT 1 OFFSET %s",
        (queue, kind, *after, WINDOW - 1),
    )
    return (found[0][0], found[0][1], found[0][2]) if found else None


def waiting(queue: int, kind: str, limit: int) -> int:
    """Return how many rows are ready, counted up to ``limit``."""
    found = rows(
        "SELECT COUNT(*) FROM (SELECT 1 FROM work_ready r WHERE r.queue_id = %s AND r.kind = %s LIMIT %s) w",
        (queue, kind, limit),
    )
    return int(found[0][0])


def take_ready(slots: Sequence[int], limit: int) -> list[Place]:
    """Take up to ``limit`` of these slots out of the ready table, the first that nobody else is taking."""
    inner = f"SELECT id FROM work_ready WHERE id IN ({_marks(len(slots))}) ORDER BY rank, seq, id LIMIT %s{_skip_locked()}"
    sql = f"DELETE FROM work_ready WHERE id IN ({inner}) RETURNING {', '.join(_PLACE)}"
    return _in_order(_place(r) for r in rows(sql, (*slots, limit)))


def offered(queue: int, kind: str, person: str, limit: int) -> list[Place]:
    """Take slots that are offered to ``person``; known ones count as work."""
    other = "known" if kind == "work" else kind
    inner = (
        "SELECT r.id FROM work_ready r WHERE r.person = %s AND r.person IS NOT NULL AND r.queue_id = %s AND r.kind IN (%s, %s)"
        f" AND {_NOT_LEASED} ORDER BY r.rank, r.seq, r.id LIMIT %s{_skip_locked('r')}"
    )
    sql = f"DELETE FROM work_ready WHERE id IN ({inner}) RETURNING {', '.join(_PLACE)}"
    return [_place(r) for r in rows(sql, (person, queue, kind, other, person, limit))]


def insert_leases(places: Iterable[Place], holder: str, now: datetime, until: datetime) -> list[Place]:
    """Lease slots that were just taken."""
    leased = [replace(p, holder=holder, taken_at=now, until=until) for p in places]
    insert_rows(
        "work_lease", _LEASE, [(*_values(p), p.holder, time(p.taken_at), time(p.until)) for p in leased]
    )
    return leased


def insert_ready(places: Iterable[Place]) -> None:
    """Put slots into the queue."""
    insert_rows("work_ready", _PLACE, [_values(p) for p in places])


def pour_ready(places: Iterable[Place]) -> None:
    """Put very many slots into the queue."""
    pour("work_ready", _PLACE, (_values(p) for p in places))


def putting(place: Place) -> Statement:
    """Return the statement that puts one slot into the queue."""
    return inserting("work_ready", _PLACE, _values(place))


def ending(slot: int, holder: str, fence: int) -> Statement:
    """Return the statement that ends a lease by its primary key, and gives its row when ``holder`` held it.

    An older token of the same person will do, except where she does an answer again: what she made before it came
    back is not what was asked for.
    """
    return (
        "DELETE FROM work_lease WHERE id = %s AND holder = %s AND (subject IS NULL OR kind <> 'work' OR fence = %s)"
        f" RETURNING {', '.join(_LEASE)}",
        (slot, holder, fence),
    )


def delete_lease(slot: int, holder: str, fence: int) -> Place | None:
    """End a lease (see ``ending``); None when ``holder`` does not hold it."""
    found = leases(rows(*ending(slot, holder, fence)))
    return found[0] if found else None


def delete_ready(slot: int, person: str, fence: int, now: datetime) -> Place | None:
    """Take one slot by its primary key, when it waits for anybody or for ``person``; the same rule for tokens."""
    found = rows(
        "DELETE FROM work_ready WHERE id = %s AND (person IS NULL OR person = %s OR offer_until < %s)"
        " AND (subject IS NULL OR kind <> 'work' OR fence = %s)"
        f" RETURNING {', '.join(_PLACE)}",
        (slot, person, time(now), fence),
    )
    return _place(found[0]) if found else None


def holding(person: str) -> Statement:
    """Return the statement that reads the leases of a person."""
    return f"SELECT {', '.join(_LEASE)} FROM work_lease WHERE holder = %s", (person,)


def leases(found: Iterable[Sequence[Any]]) -> list[Place]:
    """Return rows of ``holding`` or ``ending`` as leases, oldest first."""
    return sorted((_leased(r) for r in found), key=lambda p: (p.taken_at, p.rank, p.seq))


def expired(now: datetime, limit: int) -> list[Place]:
    """Take leases that are over out of the lease table."""
    inner = f"SELECT id FROM work_lease WHERE until < %s ORDER BY until LIMIT %s{_skip_locked()}"
    sql = f"DELETE FROM work_lease WHERE id IN ({inner}) RETURNING {', '.join(_LEASE)}"
    return [_leased(r) for r in rows(sql, (time(now), limit))]


def _values(p: Place) -> tuple[Any, ...]:
    return (
        p.id, p.queue, p.kind, p.rank, p.seq, p.task, p.person, time(p.offer_until), p.fence, uuid(p.subject),
    )  # fmt: skip


def _place(r: Sequence[Any]) -> Place:
    return Place(r[0], r[1], r[2], r[3], r[4], r[5], r[6], read_time(r[7]), r[8], read_uuid(r[9]))


def _leased(r: Sequence[Any]) -> Place:
    return replace(_place(r), holder=r[10], taken_at=read_time(r[11]), until=read_time(r[12]))
