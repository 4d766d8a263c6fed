"""Writing to the database: one door, with a fair lock on SQLite.

SQLite has one writer. When many threads meet at its busy handler some starve for seconds (measured: worst wait 4.1 s
with 8 writers), so within the web process writers queue in order of arrival; with the queue p95 was 37 ms. On
PostgreSQL ``write()`` is a plain transaction.
"""

from __future__ import annotations

import errno
import random
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from django.db import connection, transaction
from django.db.utils import OperationalError

from doujia.server.kernel.errors import StorageFull

__all__ = ["after_commit", "is_sqlite", "transact", "write", "writers_held", "writes"]


class _FairLock:
    """First come, first served; reentrant for the thread that holds it."""

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._waiting: deque[threading.Event] = deque()
        self._owner: int | None = None
        self._depth = 0

    def acquire(self) -> None:
        me = threading.get_ident()
        with self._mutex:
            if self._owner == me:
                self._depth += 1
                return
            if self._owner is None and not self._waiting:
                self._owner, self._depth = me, 1
                return
            turn = threading.Event()
            self._waiting.append(turn)
        turn.wait()
        # The one who released has made us the owner's successor; nobody else may slip in between.
        with self._mutex:
            self._owner, self._depth = me, 1

    def release(self) -> None:
        with self._mutex:
            self._depth -= 1
            if self._depth:
                return
            if self._waiting:
                self._owner = -1
                self._waiting.popleft().set()
            else:
                self._owner = None


_lock = _FairLock()
_writes = 0


def writes() -> int:
    """Return how many transactions of this process took SQLite's write lock so far."""
    return _writes


@contextmanager
def writers_held() -> Iterator[None]:
    """Keep this process's writers from beginning (SQLite); those that wait get their turn afterwards."""
    _lock.acquire()
    try:
        yield
    finally:
        _lock.release()


def is_sqlite() -> bool:
    """Return whether the platform runs on its embedded database."""
    return connection.vendor == "sqlite"


@contextmanager
def write() -> Iterator[None]:
    """One transaction that writes. Nested calls join the outer one.

    Raises:
        StorageFull: the disk is full; nothing of this transaction was kept.
    """
    nested = connection.in_atomic_block
    locked = is_sqlite() and not nested
    if locked:
        global _writes
        _lock.acquire()
        _writes += 1  # within the lock
    try:
        with transaction.atomic():
            yield
    except (OperationalError, sqlite3.OperationalError) as error:
        if "full" in str(error).lower() or "disk i/o" in str(error).lower():
            raise StorageFull from error
        raise
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise StorageFull from error
        raise
    finally:
        if locked:
            _lock.release()


_AGAIN = frozenset({"40001", "40P01"})  # serialization failure, deadlock: PostgreSQL says, try it once more
T = TypeVar("T")


def transact(call: Callable[[], T], *, serializable: bool = False, tries: int = 5) -> T:
    """Run ``call`` in one transaction that writes, and again when PostgreSQL asks for it; returns its result.

    ``call`` may run several times and must do nothing that a rollback does not undo.

    Args:
        serializable: highest isolation on PostgreSQL; SQLite's writers are serial anyway.
    """
    if connection.in_atomic_block:
        with write():
            return call()
    for attempt in range(1, tries + 1):
        try:
            with write():
                if serializable and not is_sqlite():
                    with connection.cursor() as cursor:
                        cursor.execute("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE")
                return call()
        except OperationalError as error:
            state = getattr(error.__cause__, "sqlstate", None)
            if state not in _AGAIN or attempt == tries:
                raise
            # Not together again: what has met once would meet at the same moment.
            time.sleep(random.uniform(0, 0.02 * 2**attempt))
    raise AssertionError("unreachable: the last try returns or raises")


def after_commit(call: Callable[[], object]) -> None:
    """Run ``call`` once the transaction is safe on disk; not at all when it is rolled back."""
    transaction.on_commit(call)
