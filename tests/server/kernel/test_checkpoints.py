"""The log is copied beside the work: everything arrives, a long log begins anew, a reader is waited for by nobody."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection

from doujia.server.kernel import checkpoints, db
from doujia.server.kernel.checkpoints import LONG, Checkpointer


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """A database in WAL mode whose commits never copy the log themselves."""
    made = sqlite3.connect(tmp_path / "some.sqlite3", isolation_level=None)
    made.executescript(
        "PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=0; CREATE TABLE t(id INTEGER PRIMARY KEY, x BLOB)"
    )
    yield made
    made.close()


@pytest.fixture
def checkpointer(writer: sqlite3.Connection, tmp_path: Path) -> Iterator[Checkpointer]:
    made = Checkpointer(str(tmp_path / "some.sqlite3"))
    yield made
    made.close()


def fill(writer: sqlite3.Connection, pages: int) -> None:
    writer.execute("BEGIN")
    writer.executemany("INSERT INTO t(x) VALUES (?)", [(b"x" * 4000,)] * pages)
    writer.execute("COMMIT")


def test_a_long_log_is_copied_and_begins_anew(
    writer: sqlite3.Connection, checkpointer: Checkpointer, tmp_path: Path
) -> None:
    fill(writer, LONG + 100)
    assert checkpointer.step() == 0
    log = tmp_path / "some.sqlite3-wal"
    size = log.stat().st_size
    fill(writer, 10)
    assert log.stat().st_size == size, "the next commits go to its beginning"
    # What the database file holds by itself is all that was copied: the ten pages are still in the log.
    alone = tmp_path / "copy.sqlite3"
    alone.write_bytes((tmp_path / "some.sqlite3").read_bytes())
    assert sqlite3.connect(alone).execute("SELECT COUNT(*) FROM t").fetchone() == (LONG + 100,)


def test_a_reader_delays_the_copying_and_is_not_disturbed(
    writer: sqlite3.Connection, checkpointer: Checkpointer, tmp_path: Path
) -> None:
    fill(writer, 5)
    reader = sqlite3.connect(tmp_path / "some.sqlite3", isolation_level=None)
    reader.execute("BEGIN")
    assert reader.execute("SELECT COUNT(*) FROM t").fetchone() == (5,)
    fill(writer, 20)
    assert checkpointer.step() > 0, "what the reader must not see stays in the log"
    assert reader.execute("SELECT COUNT(*) FROM t").fetchone() == (5,)
    reader.execute("COMMIT")
    assert checkpointer.step() == 0
    reader.close()


def test_writers_wait_while_they_are_held_and_go_on_afterwards(transactional_db: None) -> None:
    if not db.is_sqlite():
        assert checkpoints.start() is None, "PostgreSQL copies its log itself"
        return
    before, began = db.writes(), threading.Event()

    def write() -> None:
        try:
            with db.write():
                began.set()
        finally:
            connection.close()

    with db.writers_held():
        other = threading.Thread(target=write)
        other.start()
        assert not began.wait(0.2)
    assert began.wait(20)
    other.join(20)
    assert db.writes() == before + 1
