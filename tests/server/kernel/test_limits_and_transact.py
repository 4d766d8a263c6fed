"""Counters that hold against guesses sent side by side; transactions that PostgreSQL asks to be tried again."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.db.utils import OperationalError

from doujia.server.kernel import clock, db, limits
from doujia.server.kernel.errors import TooMany
from doujia.server.kernel.models import RateCounter

START = datetime(2026, 3, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.django_db
def test_a_window_lets_so_many_through_and_says_how_long_to_wait() -> None:
    with clock.frozen(START):
        for _ in range(3):
            limits.hit("x", "me", limit=3, window=HOUR)
        clock.advance(timedelta(minutes=10))
        with pytest.raises(TooMany) as refused:
            limits.hit("x", "me", limit=3, window=HOUR)
        assert refused.value.retry_after == pytest.approx(3000, abs=1)
        assert "50 minutes" in refused.value.en and "50 分钟" in refused.value.zh
        limits.hit("x", "somebody else", limit=3, window=HOUR)
        clock.advance(timedelta(minutes=50))
        limits.hit("x", "me", limit=3, window=HOUR)


@pytest.mark.django_db
def test_a_clock_set_back_does_not_lock_for_ever() -> None:
    with clock.frozen(START + timedelta(days=400)):
        for _ in range(2):
            limits.hit("x", "me", limit=2, window=HOUR)
    with clock.frozen(START):
        limits.hit("x", "me", limit=2, window=HOUR)


@pytest.mark.django_db
def test_a_soft_lock_of_a_clock_set_back_does_not_hold_either() -> None:
    with clock.frozen(START + timedelta(days=400)):
        for _ in range(6):
            limits.soft_lock("x", "me", first=timedelta(0))
        limits.soft_lock("x", "me", first=timedelta(minutes=10))
    with clock.frozen(START):
        limits.soft_lock("x", "me")


@pytest.mark.django_db
def test_the_wait_doubles_up_to_a_quarter_of_an_hour() -> None:
    waits = []
    with clock.frozen(START):
        for _ in range(12):
            limits.soft_lock("x", "me")
            until = RateCounter.objects.get().until
            waits.append((until - clock.now()).total_seconds() if until else 0)
            clock.advance(timedelta(seconds=waits[-1]))
    assert waits == [0, 0, 0, 0, 30, 60, 120, 240, 480, 900, 900, 900]


@pytest.mark.django_db
def test_subjects_are_not_readable_in_the_table_and_old_rows_go() -> None:
    with clock.frozen(START):
        limits.hit("login", "13800138000", limit=2, window=HOUR)
        assert "13800138000" not in RateCounter.objects.get().key
        assert limits.sweep() == 0
        clock.advance(timedelta(days=3))
        assert limits.sweep() == 1


@pytest.mark.django_db(transaction=True)
def test_guesses_side_by_side_all_count() -> None:
    through = []

    def guess() -> None:
        try:
            limits.hit("x", "me", limit=5, window=HOUR)
            through.append(1)
        except TooMany:
            return
        finally:
            connection.close()

    threads = [threading.Thread(target=guess) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(through) == 5


class _Asked(Exception):
    def __init__(self, sqlstate: str) -> None:
        self.sqlstate = sqlstate


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("sqlstate", "runs"), [("40001", 3), ("40P01", 3), ("55P03", 1)])
def test_only_what_postgresql_asks_for_is_tried_again(sqlstate: str, runs: int) -> None:
    calls = []

    def write() -> str:
        calls.append(1)
        if len(calls) < 3:
            raise OperationalError("again") from _Asked(sqlstate)
        return "done"

    if runs == 1:
        with pytest.raises(OperationalError):
            db.transact(write)
    else:
        assert db.transact(write, serializable=True) == "done"
    assert len(calls) == runs
