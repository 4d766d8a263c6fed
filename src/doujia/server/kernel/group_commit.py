"""Several small writes, one sync of the disk: group commit for the embedded database.

SQLite has one writer and with ``synchronous=FULL`` each commit waits for the disk. While one group commits, the next
collects; its first arrival leads it, runs every member, commits once, and only then answers all of them. When a member
fails, the group is rolled back and run again with a savepoint for each, so that only that one is lost. On PostgreSQL, whose server groups commits itself, and inside an
open transaction a member simply runs (on PostgreSQL again when it met another in a deadlock).
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, TypeVar

from django.db import transaction

from doujia.server.kernel import db
from doujia.server.kernel.errors import StorageFull

__all__ = ["run"]

T = TypeVar("T")
LARGEST = 64
"""Members of one group: bounds how long the first of them waits."""

_mutex = threading.Lock()
_collecting: list[_Member] = []


class _Member:
    """One write, waiting for its group."""

    __slots__ = ("answer", "call", "error", "finished")

    def __init__(self, call: Callable[[], Any]) -> None:
        self.call = call
        self.answer: Any = None
        self.error: BaseException | None = None
        self.finished = threading.Event()


def run(call: Callable[[], T]) -> T:
    """Run ``call`` in a write transaction and return its answer once that is safe on disk.

    ``call`` may run on another thread; it must use nothing that is tied to its own (besides ``django.db.connection``,
    which is then that thread's). It may run several times and must do nothing that a rollback does not undo. What it
    raises is raised here, and nothing of it is kept.
    """
    if not db.is_sqlite() or transaction.get_connection().in_atomic_block:
        return db.transact(call)
    member = _Member(call)
    with _mutex:
        leads = len(_collecting) % LARGEST == 0
        _collecting.append(member)
    if leads:
        _lead()
        if not member.finished.is_set():  # a group before ours took other members first
            member.finished.wait()
    else:
        member.finished.wait()
    if member.error is not None:
        raise member.error
    return member.answer


def _lead() -> None:
    """Commit the oldest members together; the lock is taken first, so that more arrive while we wait."""
    group: list[_Member] = []
    try:
        try:
            with db.write():
                with _mutex:
                    group = _collecting[:LARGEST]
                    del _collecting[:LARGEST]
                for member in group:
                    member.answer = member.call()
        except StorageFull:
            raise
        except Exception:
            if len(group) < 2:
                raise
            # Somebody's error, which is rare: only then a savepoint for each, which costs as much as a statement.
            with db.write():
                for member in group:
                    _run_alone(member)
    except BaseException as error:  # noqa: BLE001 - handed to every caller of the group
        if not group:  # not even begun; those who wait for us must not wait for ever
            with _mutex:
                group = _collecting[:LARGEST]
                del _collecting[:LARGEST]
        for member in group:  # the commit failed: nobody's write was kept
            member.error = member.error or error
    finally:
        for member in group:
            member.finished.set()


def _run_alone(member: _Member) -> None:
    try:
        with transaction.atomic():
            member.answer = member.call()
    except Exception as error:  # noqa: BLE001 - handed to the caller whose write it was
        member.error = error
