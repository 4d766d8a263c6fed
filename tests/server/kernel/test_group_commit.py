"""Writes that share a commit: one of them fails, the others are kept."""

from __future__ import annotations

import threading
from collections.abc import Callable

from django.db import connection

from doujia.server.kernel import audit, db, group_commit
from doujia.server.kernel.errors import Conflict
from doujia.server.kernel.models import AuditEvent


def writes(name: str) -> Callable[[], str]:
    def write() -> str:
        audit.record(None, f"test.{name}")
        return name

    return write


def fails() -> str:
    audit.record(None, "test.fails")
    raise Conflict("no", zh="不行", en="no")


def together(*calls: Callable[[], str]) -> list[str]:
    """Run calls from as many threads, none of which gets the lock before all have come; returns answers and codes."""
    out: list[str] = [""] * len(calls)

    def one(number: int) -> None:
        try:
            out[number] = group_commit.run(calls[number])
        except Conflict as error:
            out[number] = f"{error.code}!"
        finally:
            connection.close()

    threads = [threading.Thread(target=one, args=(n,)) for n in range(len(calls))]
    with db.writers_held():
        for thread in threads:
            thread.start()
        if db.is_sqlite():
            arrived = threading.Event()
            while len(group_commit._collecting) < len(calls):
                arrived.wait(0.01)
    for thread in threads:
        thread.join(60)
    return out


def test_a_member_that_fails_is_lost_alone(transactional_db: None) -> None:
    assert together(writes("a"), fails, writes("b")) == ["a", "no!", "b"]
    assert sorted(AuditEvent.objects.values_list("action", flat=True)) == ["test.a", "test.b"]


def test_a_group_makes_one_commit_and_no_savepoint(transactional_db: None) -> None:
    seen: list[str] = []

    def noted(name: str) -> Callable[[], str]:
        def write() -> str:
            seen.append(f"{name} {len(connection.savepoint_ids)}")
            return writes(name)()

        return write

    before = db.writes()
    assert together(noted("a"), noted("b"), noted("c")) == ["a", "b", "c"]
    assert sorted(seen) == ["a 0", "b 0", "c 0"]
    assert db.writes() - before == (1 if db.is_sqlite() else 0)
