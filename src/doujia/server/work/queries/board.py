"""The lead's board: how far, who is stuck, how fast, how good, what was found. Sums over few rows only."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec

from doujia.server.kernel import clock
from doujia.server.kernel.authz import Actor, require
from doujia.server.work import counts, neighbours, queues
from doujia.server.work import queue_sql as sql
from doujia.server.work.models import Queue

__all__ = ["Board", "HourRow", "BoardPerson", "Rate", "board", "wilson"]

STUCK_LEAST = timedelta(minutes=10)
CLASSES_FRESH = 30.0
LAST_HOURS = 9
_classes: dict[int, tuple[float, dict[str, int]]] = {}


@dataclass(frozen=True)
class Rate:
    """A share with its 95 % Wilson interval: ``of`` is how many it is a share of."""

    value: float | None
    low: float | None
    high: float | None
    of: int


@dataclass(frozen=True)
class BoardPerson:
    """One person of the project. ``stuck`` says since when she holds tasks without a sign of progress; ``hours`` how many
    answers she gave in each of the last nine hours, the running one last."""

    person: str
    name: str
    items_today: int
    items: int
    reviews: int
    active_ms_today: int
    seconds_per_item: float | None
    accepted: int
    returned: int
    skipped: int
    extras: int
    passed: Rate
    holds: int
    lease_until: datetime | None
    last_at: datetime | None
    stuck: datetime | None
    hours: list[int]


@dataclass(frozen=True)
class HourRow:
    """Answers and reviews in one hour of the day (Shanghai)."""

    day: str
    hour: int
    answers: int


@dataclass(frozen=True)
class Board:
    """Everything on the board at ``at``. ``classes`` may be up to half a minute old (``classes_at``)."""

    at: datetime
    project: str
    paused: bool
    total: int
    done: int
    parked: int
    leased: int
    checks_waiting: int
    extras: int
    questions_open: int
    per_hour: float
    hours_left: float | None
    passed: Rate
    people: list[BoardPerson]
    hours: list[HourRow]
    classes: dict[str, int]


def wilson(good: int, of: int) -> Rate:
    """Return the share with its 95 % score interval (Wilson 1927)."""
    if of == 0:
        return Rate(None, None, None, 0)
    z, p = 1.959963984540054, good / of
    middle = p + z * z / (2 * of)
    half = z * math.sqrt(p * (1 - p) / of + z * z / (4 * of * of))
    whole = 1 + z * z / of
    return Rate(p, max(0.0, (middle - half) / whole), min(1.0, (middle + half) / whole), of)


def board(*, actor: Actor, project: str) -> Board:
    """Return the board of a project; the number of queries is fixed."""
    thing = neighbours.thing(project)
    require(actor, "work.board", thing)
    now = clock.now()
    queue = queues.find(project)
    if queue is None:
        none = wilson(0, 0)
        return Board(now, project, False, 0, 0, 0, 0, 0, 0, 0, 0.0, None, none, [], [], {})
    row = Queue.objects.get(id=queue.id)
    sums = _sums(queue.id)
    held = {
        h[0]: h
        for h in sql.rows(
            "SELECT holder, COUNT(*), MIN(taken_at), MAX(until) FROM work_lease WHERE queue_id = %s GROUP BY holder",
            (queue.id,),
        )
    }
    recent = _recent(queue.id, now)
    people = _people(actor, thing, sums, held, recent, now)
    hours = _hours(recent)
    done = sum(s["completed"] for s in sums.values())
    per_hour = _per_hour(hours, now)
    left = max(0, row.total - done)
    good, of = (sum(f(s) for s in sums.values()) for f in (lambda s: s["passed"], _checked))
    return Board(
        at=now, project=project, paused=row.paused, total=row.total, done=done,
        parked=_count("work_task WHERE queue_id = %s AND state = 'parked'", queue.id),
        leased=sum(h[1] for h in held.values()),
        checks_waiting=_count("work_ready WHERE queue_id = %s AND kind = 'review'", queue.id),
        extras=_count("work_submission WHERE queue_id = %s AND state = 'extra'", queue.id),
        questions_open=_count("work_question WHERE queue_id = %s AND answer IS NULL", queue.id),
        per_hour=per_hour, hours_left=left / per_hour if per_hour else None, passed=wilson(good, of),
        people=people, hours=hours, classes=_distribution(queue.id),
    )  # fmt: skip


def _count(rest: str, queue: int) -> int:
    return int(sql.rows(f"SELECT COUNT(*) FROM {rest}", (queue,))[0][0])


def _sums(queue: int) -> dict[str, dict[str, int]]:
    columns = ", ".join(f"SUM({c})" for c in counts.COLUMNS)
    found = sql.rows(
        f"SELECT person, {columns} FROM work_daycount WHERE queue_id = %s GROUP BY person", (queue,)
    )
    return {r[0]: {c: int(v or 0) for c, v in zip(counts.COLUMNS, r[1:], strict=True)} for r in found}


def _recent(queue: int, now: datetime) -> list[tuple[Any, ...]]:
    """Return the rows of today and yesterday."""
    yesterday = counts.day_of(now) - timedelta(days=1)
    return sql.rows(
        "SELECT person, day, items, reviews, active_ms, last_at, detail FROM work_daycount WHERE queue_id = %s AND day >= %s",
        (queue, yesterday.isoformat()),
    )


def _checked(s: dict[str, int]) -> int:
    return s["passed"] + s["fixed"] + s["returned"]


def _people(
    actor: Actor,
    thing: Any,
    sums: dict[str, dict[str, int]],
    held: dict[str, Any],
    recent: list[Any],
    now: datetime,
) -> list[BoardPerson]:
    today = counts.day_of(now).isoformat()
    todays = {r[0]: r for r in recent if str(r[1]) == today}
    last = {r[0]: sql.read_time(r[5]) for r in sorted(recent, key=lambda r: str(r[1]))}
    who = (set(sums) | set(held)) - {""}
    names = neighbours.names_for(actor, thing, who)
    out = []
    for person in who:
        s = sums.get(person) or dict.fromkeys(counts.COLUMNS, 0)
        mine, lease = todays.get(person), held.get(person)
        works = s["items"] + s["reviews"]
        seconds = s["active_ms"] / works / 1000 if works else None
        out.append(
            BoardPerson(
                person=person, name=names.get(person, ""), items_today=mine[2] if mine else 0, items=s["items"],
                reviews=s["reviews"], active_ms_today=mine[4] if mine else 0, seconds_per_item=seconds, accepted=s["accepted"],
                returned=s["returned"], skipped=s["skipped"], extras=s["extras"], passed=wilson(s["passed"], _checked(s)),
                holds=lease[1] if lease else 0, lease_until=sql.read_time(lease[3]) if lease else None,
                last_at=last.get(person), stuck=_stuck(lease, last.get(person), seconds, now),
                hours=_last_hours([r for r in recent if r[0] == person], now),
            )
        )  # fmt: skip
    return sorted(out, key=lambda p: (p.stuck is None, -p.items_today, p.person))


def _stuck(lease: Any, last: datetime | None, seconds: float | None, now: datetime) -> datetime | None:
    """Since when: she holds tasks and has handed in nothing for ten minutes and five times what an item takes her."""
    if lease is None:
        return None
    taken = sql.read_time(lease[2])
    since = max(t for t in (taken, last) if t is not None) if taken or last else None
    patience = max(STUCK_LEAST, timedelta(seconds=5 * (seconds or 0)))
    return since if since is not None and now - since > patience else None


def _last_hours(recent: list[Any], now: datetime) -> list[int]:
    answers = {(h.day, h.hour): h.answers for h in _hours(recent)}
    local = now.astimezone(counts.SHANGHAI)
    back = [local - timedelta(hours=n) for n in range(LAST_HOURS - 1, -1, -1)]
    return [answers.get((then.date().isoformat(), then.hour), 0) for then in back]


def _hours(recent: list[Any]) -> list[HourRow]:
    sums: dict[tuple[str, int], int] = {}
    for row in recent:
        for hour, n in msgspec.json.decode(row[6]).get("hours", {}).items():
            key = (str(row[1]), int(hour))
            sums[key] = sums.get(key, 0) + n
    return [HourRow(day, hour, n) for (day, hour), n in sorted(sums.items())]


def _per_hour(hours: list[HourRow], now: datetime) -> float:
    """Answers per hour over this hour and the three before, as far as anybody worked in them."""
    local = now.astimezone(counts.SHANGHAI)
    stamps = {}
    for back in range(4):
        then = local - timedelta(hours=back)
        stamps[(then.date().isoformat(), then.hour)] = (local.minute + 1) / 60 if back == 0 else 1.0
    worked = [(h.answers, stamps[(h.day, h.hour)]) for h in hours if (h.day, h.hour) in stamps]
    span = sum(s for _, s in worked)
    return sum(n for n, _ in worked) / span if span else 0.0


def _distribution(queue: int) -> dict[str, int]:
    """Return marks per class. One walk over an index; kept for half a minute, many leads look at one board."""
    known = _classes.get(queue)
    if known is None or time.monotonic() - known[0] > CLASSES_FRESH:
        found = sql.rows(
            "SELECT key, SUM(n) FROM work_content WHERE queue_id = %s AND key >= 'class:' AND key < 'class;' GROUP BY key",
            (queue,),
        )
        known = (time.monotonic(), {r[0][6:]: int(r[1]) for r in found})
        _classes[queue] = known
    return dict(sorted(known[1].items(), key=lambda c: (-c[1], c[0])))
