"""The statements of the hot path use their index, with many rows and stale statistics: a plan is a promise here."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from doujia.server.kernel import db
from doujia.server.kernel.statements import BETWEEN
from doujia.server.work import actions, pauses, queries, queues, shares
from doujia.server.work.actions.tasks import Wanted, make_tasks
from doujia.server.work.models import Review, Submission

from .conftest import NOON, SCHEMA, Setup, person, sent
from .test_work_filters import explained_once, labelled, rows_of, steps_of

WANTED = {
    "DELETE FROM work_ready WHERE id IN (SELECT r.id": "work_ready_offer",
    "SELECT r.id, r.task_id, r.rank, r.seq FROM (SELECT": "work_ready_order",
    "DELETE FROM work_ready WHERE id IN (SELECT id FROM work_ready": "PRIMARY",
    "DELETE FROM work_lease WHERE id =": "PRIMARY",
    "UPDATE work_task SET answered": "PRIMARY",
    "UPDATE work_task SET accepted": "PRIMARY",
    "UPDATE work_submission SET state": "PRIMARY",
    "SELECT person, task_id, reply FROM work_submission": "PRIMARY",
    "SELECT items, reviews, active_ms": "work_day_once",
}
AT_ONCE = {
    "WITH picked AS MATERIALIZED (SELECT w.id": "work_ready_order",
    "WITH s AS (UPDATE work_submission": "PRIMARY",
}
"""On PostgreSQL these stand for the first two and for both updates of an acceptance."""
REPLACED = (
    "SELECT r.id, r.task_id",
    "DELETE FROM work_ready WHERE id IN (SELECT id",
    "UPDATE work_task SET accepted",
    "UPDATE work_submission",
)
NAMES = {"work_day_once": ("work_day_once", "sqlite_autoindex_work_daycount")}
PRIMARY = re.compile(r"sqlite_autoindex_work_\w+_1 |Index Scan using work_(\w+_pkey|lease_holder)")


def plan(sql: str) -> str:
    with connection.cursor() as cursor:
        if db.is_sqlite():
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
            return "\n".join(str(row[3]) for row in cursor.fetchall())
        cursor.execute(f"EXPLAIN {sql}")
        return "\n".join(str(row[0]) for row in cursor.fetchall())


@pytest.fixture
def hot(room: Any) -> list[str]:
    """The statements of one take and one submit on 20,000 waiting tasks."""
    for first in range(0, 20_000, 2000):
        make_tasks("p1", [Wanted(f"i{n}") for n in range(first, first + 2000)])
    if not db.is_sqlite():
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE work_ready")
            cursor.execute("ANALYZE work_task")
    with CaptureQueriesContext(connection) as seen:
        [held] = room.take(room.wu)
        room.submit(room.wu, held)
        [task] = room.add("for wu")
        actions.add_slot(task, person="wu")
        room.take(room.wu)
    return [one for q in seen for one in q["sql"].split(BETWEEN)]


def test_take_and_submit_walk_no_table(hot: list[str]) -> None:
    wanted = WANTED
    if not db.is_sqlite():
        wanted = {k: v for k, v in WANTED.items() if not k.startswith(REPLACED)} | AT_ONCE
    unseen = set(wanted)
    for sql in hot:
        for start, index in wanted.items():
            if not sql.startswith(start):
                continue
            unseen.discard(start)
            found = plan(sql)
            assert not re.search(r"SCAN work_|Seq Scan on work_(ready|task)", found), f"{sql}\n{found}"
            if index == "PRIMARY":
                # On PostgreSQL a table of one page may be read whole, and a person's few leases found by holder.
                assert (
                    PRIMARY.search(found)
                    or "Seq Scan on work_lease" in found
                    or "Seq Scan on work_submission" in found
                ), found
            else:
                assert (
                    any(n in found for n in NAMES.get(index, (index,)))
                    or "Seq Scan on work_daycount" in found
                ), f"{sql}\n{found}"
    assert not unseen


def test_a_take_looks_at_a_window_of_the_queue_only(hot: list[str]) -> None:
    [window] = [q for q in hot if "SELECT r.id, r.task_id, r.rank, r.seq" in q and "work_ready" in q]
    assert "LIMIT 64" in window


def unforeseen(room: Any, who: str) -> None:
    """2,000 answers of a person and as many verdicts by and on her, in a project and with statistics older than both."""
    room.setups["p3"] = Setup("p3", SCHEMA)
    labelled("p3", 1)
    if not db.is_sqlite():
        with connection.cursor() as cursor:
            cursor.execute(
                "ANALYZE work_submission, work_review, work_lease, work_ready, work_skip, work_task"
            )
    queue = labelled("p2", 2000)
    Submission.objects.filter(queue_id=queue).update(person=who)
    Review.objects.bulk_create(
        Review(
            id=s.id, queue_id=queue, task_id=s.task_id, submission=s.id, slot=s.slot, reviewer=who, verdict="accept",
            reply="accepted", at=s.received_at,
        )
        for s in Submission.objects.filter(queue_id=queue)
    )  # fmt: skip


@pytest.mark.parametrize("kind", ["work", "review"])
def test_a_take_does_not_read_what_she_has_done(room: Any, kind: str) -> None:
    """Not even where the statistics are older than she: then a plan that does looks cheapest."""
    who = room.li if kind == "work" else room.lead
    unforeseen(room, who.person)
    room.settings.review_share = 1.0
    room.add(*(f"i{n}" for n in range(80)))
    for held in (*room.take(room.wu, 20), *room.take(room.zhao, 20)):
        room.submit(person(held.place.holder), held)
    with CaptureQueriesContext(connection) as seen:
        assert len(room.take(who, kind=kind)) == 1
    looked = [q["sql"] for q in seen if "FROM work_ready r WHERE r.queue_id" in q["sql"]]
    assert len(looked) == 1
    if db.is_sqlite():
        with connection.cursor() as cursor:
            assert steps_of(lambda: cursor.execute(looked[0]).fetchall()) <= 5000
    else:
        assert (
            rows_of(explained_once(looked[0])) <= 1000
        )  # by name it would be 2,000, and up to 64 times as many


def test_the_verdicts_on_a_person_are_read_once(room: Any) -> None:
    unforeseen(room, "li")
    week = NOON - timedelta(days=3), NOON + timedelta(days=4)
    with CaptureQueriesContext(connection) as seen:
        assert (
            len(queries.verdicts("p2", *week, "li")) == 1980
        )  # all but a hundredth of the tasks are answered
        assert queries.verdicts("p2", *week, "wu") == []
    for one in seen:
        if db.is_sqlite():
            with connection.cursor() as cursor:
                assert steps_of(lambda sql=one["sql"]: cursor.execute(sql).fetchall()) <= 100 * 2000  # type: ignore[misc]
        else:
            assert rows_of(explained_once(one["sql"])) <= 6 * 2000


def test_a_cycle_asks_the_database_a_fixed_number_of_times(room: Any) -> None:
    """Round trips are what a request costs on PostgreSQL; SQLite counts its statements, which cost little each."""
    room.add("i1", "i2", "i3")
    room.submit(room.wu, room.take(room.wu)[0])  # caches are warm, the day has begun
    with CaptureQueriesContext(connection) as taking:
        [held] = room.take(room.wu)
    with CaptureQueriesContext(connection) as submitting:
        room.submit(room.wu, held)
    trips = [
        len([q for q in seen if q["sql"].split()[0] not in ("BEGIN", "COMMIT")])
        for seen in (taking, submitting)
    ]
    assert trips == ([6, 13] if db.is_sqlite() else [2, 5]), trips


def test_the_number_of_statements_does_not_grow_with_the_project(room: Any) -> None:
    counts = []
    for size in (10, 5000):
        make_tasks("p1", [Wanted(f"s{size}-{n}") for n in range(size)])
        shares.share_of(queues.of("p1").id, "", 0.0)  # read once in twenty seconds, not at each answer
        pauses.is_paused(queues.of("p1").id, "")
        with CaptureQueriesContext(connection) as seen:
            [held] = room.take(room.wu)
            actions.submit(actor=room.wu, sent=sent(held))
        counts.append(len(seen))
    # The first answer of a day makes its row of counts: one statement either way.
    assert counts[0] == counts[1], counts
