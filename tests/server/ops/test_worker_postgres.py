"""The worker's clock goes on after the database server has cut its connection."""

from __future__ import annotations

import threading

import psycopg
import pytest
from django.db import connection

from doujia.server.kernel import schedule
from doujia.server.ops import worker

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_restart_of_the_database_server_does_not_stop_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    cut, seen, stopping, works = threading.Event(), [], threading.Event(), threading.Event()
    name = connection.settings_dict["NAME"]

    def task() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            seen.append(cursor.fetchone()[0])
        if cut.is_set():
            works.set()

    monkeypatch.setattr(worker, "IDLE_SECONDS", 0.02)
    monkeypatch.setattr(schedule, "_entries", {"t": schedule._Entry("t", 0.0, task)})

    def clock() -> None:
        try:
            worker.clockwork(stopping)
        finally:
            connection.close()

    thread = threading.Thread(target=clock)
    thread.start()
    try:
        deadline = threading.Event()
        for _ in range(600):
            if seen:
                break
            deadline.wait(0.05)
        options = {
            k: v
            for k, v in connection.settings_dict.items()
            if k in ("HOST", "PORT", "USER", "PASSWORD") and v
        }
        with psycopg.connect(
            dbname=name, **{k.lower(): v for k, v in options.items()}, autocommit=True
        ) as other:
            assert other.execute("SELECT pg_terminate_backend(%s)", [seen[0]]).fetchone() == (True,)
        cut.set()
        assert works.wait(30), "the clock never came back"
        assert seen[-1] != seen[0]
    finally:
        stopping.set()
        thread.join()
