"""What people are told when the database is full, held by another program, or away."""

from __future__ import annotations

import pytest
from django.db.utils import OperationalError

from doujia.server.kernel.api import database_trouble


# The sentences of SQLite 3.40 and of PostgreSQL 15 (src/backend/storage, libpq).
@pytest.mark.parametrize(
    ("said", "status", "code"),
    [
        ("database is locked", 503, "database_busy"),
        ("database or disk is full", 507, "disk_full"),
        ('could not extend file "base/16384/16412": No space left on device', 507, "disk_full"),
        ("canceling statement due to lock timeout", 503, "database_busy"),
        ("deadlock detected", 503, "database_busy"),
        ('connection to server at "127.0.0.1", port 5432 failed: Connection refused', 503, "database_away"),
        ("the database system is shutting down", 503, "database_away"),
        ("unable to open database file", 503, "database_away"),
    ],
)
def test_each_trouble_has_its_word(said: str, status: int, code: str) -> None:
    known = database_trouble(OperationalError(said))
    assert (known.status, known.code) == (status, code)
    assert known.zh and known.en
    if status == 503:
        assert known.retry_after
