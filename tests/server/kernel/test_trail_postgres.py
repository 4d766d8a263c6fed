"""On PostgreSQL a lower id may be committed after a higher one: the sealer waits for it."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction

from doujia.server.kernel import audit, db, trail
from doujia.server.kernel.models import AuditEvent

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_row_still_under_way_is_waited_for(
    tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.HOME = tmp_path
    monkeypatch.setattr(trail, "SETTLE", trail.SETTLE * 0)
    written, go_on = threading.Event(), threading.Event()

    def slow() -> None:
        try:
            with transaction.atomic():
                audit.record(None, "slow.done")
                written.set()
                go_on.wait(10)
        finally:
            connection.close()

    thread = threading.Thread(target=slow)
    thread.start()
    assert written.wait(10)
    with db.write():
        audit.record(None, "fast.done")
    assert audit.seal() == 0
    go_on.set()
    thread.join()
    assert audit.seal() == 2
    assert list(AuditEvent.objects.order_by("id").values_list("action", flat=True)) == [
        "slow.done",
        "fast.done",
    ]
    assert audit.verify().ok
