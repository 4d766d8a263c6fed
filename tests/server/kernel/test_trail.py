"""The audit trail: sealed, proved, and every kind of tampering found and placed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from doujia.server.kernel import audit, clock, db, trail
from doujia.server.kernel.authz import Actor
from doujia.server.kernel.models import AuditEvent, AuditSeal

pytestmark = pytest.mark.django_db(transaction=True)
ACTOR = Actor(person="p1")


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, settings: Any) -> Iterator[None]:
    settings.HOME = tmp_path
    yield


@pytest.fixture(autouse=True)
def _settled(monkeypatch: pytest.MonkeyPatch) -> None:
    # On PostgreSQL a row waits a second before it is sealed; its own test is below.
    monkeypatch.setattr(trail, "SETTLE", trail.SETTLE * 0)


def _write(count: int, tenant: str = "b1") -> list[int]:
    with db.write():
        for i in range(count):
            audit.record(ACTOR, "thing.done", f"thing:{i}", tenant=tenant, number=i, text="豆荚")
    return list(AuditEvent.objects.order_by("-id").values_list("id", flat=True)[:count])[::-1]


def test_a_seal_is_the_hash_of_its_rows_and_the_seal_before() -> None:
    at = datetime(2026, 3, 25, 1, 2, 3, 45, tzinfo=UTC)
    with clock.frozen(at):
        (first,) = _write(1)
    assert audit.seal() == 1
    # By hand, as the developer guide states it.
    canonical = f'[{first},"2026-03-25T01:02:03.000045+00:00","p1","thing.done","thing:0","b1",{{"number":0,"text":"豆荚"}}]'
    line = f"{first}:{hashlib.sha256(canonical.encode()).hexdigest()[:16]}"
    expected = hashlib.sha256(("0" * 64 + "\n" + line).encode()).hexdigest()
    head = AuditSeal.objects.get()
    assert (head.rows, head.digest) == (line, expected)
    _write(2)
    audit.seal()
    second = AuditSeal.objects.order_by("id").last()
    assert second is not None and second.previous == expected


def test_a_whole_trail_verifies_and_the_tail_is_counted() -> None:
    _write(5)
    audit.seal()
    _write(3)
    audit.seal()
    _write(2)
    report = audit.verify()
    assert (report.ok, report.seals, report.sealed, report.unsealed, report.breaks) == (True, 2, 8, 2, [])
    assert audit.seal() == 2 and audit.seal() == 0
    assert audit.verify().unsealed == 0


def _tamper(what: str, ids: list[int]) -> None:
    third, fourth = ids[2], ids[3]
    with connection.cursor() as cursor:
        if what == "change":
            cursor.execute("UPDATE kernel_auditevent SET actor = 'p2' WHERE id = %s", [third])
        elif what == "change details":
            cursor.execute(
                "UPDATE kernel_auditevent SET details = %s WHERE id = %s", [json.dumps({"number": 9}), third]
            )
        elif what == "delete":
            cursor.execute("DELETE FROM kernel_auditevent WHERE id = %s", [third])
        elif what == "swap":
            cursor.execute("UPDATE kernel_auditevent SET id = -1 WHERE id = %s", [third])
            cursor.execute("UPDATE kernel_auditevent SET id = %s WHERE id = %s", [third, fourth])
            cursor.execute("UPDATE kernel_auditevent SET id = %s WHERE id = -1", [fourth])
        elif what == "insert before":
            cursor.execute(
                "INSERT INTO kernel_auditevent (id, at, actor, action, thing, tenant, details) "
                "SELECT 0, at, actor, action, thing, tenant, details FROM kernel_auditevent WHERE id = %s",
                [third],
            )
        elif what == "seal's hash":
            cursor.execute(
                "UPDATE kernel_auditseal SET rows = replace(rows, ':', ':0') WHERE id = (SELECT min(id) FROM kernel_auditseal)"
            )
        elif what == "seal gone":
            cursor.execute("DELETE FROM kernel_auditseal WHERE id = (SELECT min(id) FROM kernel_auditseal)")


@pytest.mark.parametrize(
    ("what", "kind", "place"),
    [
        ("change", "row_changed", 2),
        ("change details", "row_changed", 2),
        ("delete", "row_missing", 2),
        ("swap", "row_changed", 2),
        ("insert before", "row_added", None),
        ("seal's hash", "seal_changed", None),
        ("seal gone", "seal_missing", None),
    ],
)
def test_tampering_is_found_and_placed(what: str, kind: str, place: int | None) -> None:
    ids = _write(5)
    audit.seal()
    _write(2)
    audit.seal()
    assert audit.verify().ok
    _tamper(what, ids)
    report = audit.verify()
    assert not report.ok
    found = report.breaks[0]
    assert found.kind == kind
    if place is not None:
        assert found.event == ids[place]


def test_a_forged_chain_without_its_end_does_not_match_the_noted_head() -> None:
    _write(2)
    audit.seal()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM kernel_auditseal")
        cursor.execute("DELETE FROM kernel_auditevent")
    assert [b.kind for b in audit.verify().breaks] == ["trail_cut"]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE kernel_auditevent SET actor = 'x'",
        "DELETE FROM kernel_auditevent",
        "UPDATE kernel_auditseal SET digest = 'x'",
        "DELETE FROM kernel_auditseal",
    ],
)
def test_the_database_refuses(audit_guards: None, statement: str) -> None:
    _write(1)
    audit.seal()
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    assert audit.verify().ok


def test_a_rolled_back_fact_leaves_no_row() -> None:
    with pytest.raises(RuntimeError), db.write():
        audit.record(ACTOR, "thing.done")
        raise RuntimeError
    assert AuditEvent.objects.count() == 0
