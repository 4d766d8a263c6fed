"""What an admin looks after: state, backups as jobs, the nightly one, the proof of the trail."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from doujia.errors import InputError
from doujia.server.kernel import audit, backup, clock, db, jobs, nightly, storage, upkeep
from doujia.server.kernel.models import AuditEvent, Job
from doujia.server.people.permissions import SYSTEM

pytestmark = pytest.mark.django_db
NIGHT = datetime(2026, 11, 24, 19, 0, tzinfo=UTC)  # 03:00 at the base


@pytest.fixture
def home(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of its own; of the test's database only a stand-in is saved: it lives inside a transaction."""
    settings.HOME, settings.FILES_DIR, settings.BACKUP_DIR = (
        tmp_path,
        tmp_path / "files",
        tmp_path / "backups",
    )
    storage._store.cache_clear()

    def save(folder: Path) -> str:
        with sqlite3.connect(folder / "database.sqlite3") as copy:
            copy.execute("CREATE TABLE kernel_blob (sha256 TEXT, size INTEGER)")
        copy.close()
        return "database.sqlite3"

    monkeypatch.setattr(backup, "_save_database", save)
    yield tmp_path
    storage._store.cache_clear()


@pytest.fixture
def admin(make_person: Any, tenants: Any, client_for: Any) -> Any:
    return client_for(make_person("admin", tenants.platform))


def work_off() -> None:
    while jobs.run_one():
        pass


def test_an_admin_makes_a_backup_sees_it_and_checks_it(home: Path, admin: Any) -> None:
    assert admin.get("/api/v1/platform/backups").json() == {"items": [], "next": None}
    job = admin.post("/api/v1/platform/backups").json()["job"]
    assert admin.post("/api/v1/platform/backups").json()["job"] == job, "one at a time"
    work_off()
    done = admin.get(f"/api/v1/jobs/{job}").json()
    assert done["state"] == "done"
    (one,) = admin.get("/api/v1/platform/backups").json()["items"]
    assert (one["name"], one["reason"], one["files"]) == (done["result"]["name"], "manual", "blobs")
    check = admin.post(f"/api/v1/platform/backups/{one['name']}/check").json()["job"]
    work_off()
    assert admin.get(f"/api/v1/jobs/{check}").json()["state"] == "done"
    (home / "backups" / one["name"] / "database.sqlite3").write_bytes(b"changed")
    check = admin.post(f"/api/v1/platform/backups/{one['name']}/check").json()["job"]
    work_off()
    found = admin.get(f"/api/v1/jobs/{check}").json()
    assert (found["state"], found["error"]["code"]) == ("failed", "backup_damaged")
    assert "改动" in found["error"]["zh"]


@pytest.mark.parametrize("name", ["..", "../keys", "%2e%2e", "blobs", "nothing"])
def test_a_name_leads_to_a_backup_or_nowhere(home: Path, admin: Any, name: str) -> None:
    (home / "backups" / "blobs").mkdir(parents=True)
    answer = admin.post(f"/api/v1/platform/backups/{name}/check")
    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/problem+json"


def test_backups_come_by_pages(home: Path, admin: Any) -> None:
    for day in range(1, 6):
        with clock.frozen(NIGHT + timedelta(days=day)):
            backup.create(reason="manual")
    names, cursor = [], ""
    while cursor is not None:
        page = admin.get(f"/api/v1/platform/backups?limit=2{f'&cursor={cursor}' if cursor else ''}").json()
        names += [one["name"] for one in page["items"]]
        cursor = page["next"]
    assert [n[:8] for n in names] == ["20261129", "20261128", "20261127", "20261126", "20261125"]


def test_the_night_makes_one_backup_and_after_a_failure_waits_an_hour(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with clock.frozen(NIGHT):
        first = nightly.nightly()
        assert first is not None and nightly.nightly() == first, "queued once"
        work_off()
        assert [one.reason for one in backup.listing()] == ["nightly"]
        assert nightly.nightly() is None, "tonight's is made"
    with clock.frozen(NIGHT + timedelta(days=1)):
        monkeypatch.setattr(backup, "create", lambda **_: (_ for _ in ()).throw(OSError(28, "No space left")))
        failing = nightly.nightly()
        work_off()
        assert failing is not None and jobs.get(failing).state == "failed"
        assert jobs.get(failing).error["code"] == "disk_full"
        assert nightly.nightly() is None, "not every five minutes"
    with clock.frozen(NIGHT + timedelta(days=1, hours=1, minutes=1)):
        assert nightly.nightly() not in (None, failing)


def test_it_is_on_by_default_and_can_be_turned_off(home: Path, settings: Any) -> None:
    assert settings.BACKUP_NIGHTLY is True
    settings.BACKUP_NIGHTLY = False
    with clock.frozen(NIGHT):
        assert nightly.nightly() is None
    assert not Job.objects.filter(kind=upkeep.BACKUP).exists()


def test_what_never_was_a_backup_is_not_listed(home: Path) -> None:
    for name, said in (("a-manual", "{"), ("b-manual", "[]"), ("c-manual", '{"reason": "x"}')):
        (home / "backups" / name).mkdir(parents=True)
        (home / "backups" / name / "manifest.json").write_text(said)
    assert backup.listing() == []
    with pytest.raises(InputError):
        backup.verify(home / "backups" / "a-manual")


def test_the_state_tells_room_waiting_work_and_where_the_key_lies(home: Path, admin: Any) -> None:
    with clock.frozen(NIGHT):
        jobs.enqueue("x.y", {}, actor=None)
        clock.advance(timedelta(seconds=75))
        found = admin.get("/api/v1/platform").json()
    assert (found["waiting_jobs"], found["oldest_wait_s"]) == (1, 75)
    assert found["database"].startswith("SQLite 3." if connection.vendor == "sqlite" else "PostgreSQL ")
    assert found["database_bytes"] > 0 and 0 < found["disk_free"] <= found["disk_total"]
    assert found["vault_key"] == str(home / "keys" / "vault.key") and found["backup_dir"] == str(
        home / "backups"
    )
    assert found["unsealed"] == AuditEvent.objects.count()


@pytest.mark.django_db(transaction=True)  # PostgreSQL seals only what is committed
def test_the_trail_is_proved_and_a_break_is_named(home: Path, admin: Any) -> None:
    with db.write():
        audit.record(SYSTEM, "test.done", "thing:1")
    with clock.frozen(datetime.now(UTC) + timedelta(seconds=5)):
        audit.seal()
    good = admin.post("/api/v1/platform/trail/verify").json()["job"]
    work_off()
    done = admin.get(f"/api/v1/jobs/{good}").json()
    assert (done["state"], done["result"]["ok"], done["result"]["sealed"] > 0) == ("done", True, True)
    row = AuditEvent.objects.get(action="test.done")
    AuditEvent.objects.filter(id=row.id).update(actor="somebody else")
    bad = admin.post("/api/v1/platform/trail/verify").json()["job"]
    work_off()
    found = admin.get(f"/api/v1/jobs/{bad}").json()
    assert (found["state"], found["error"]["code"]) == ("failed", "trail_broken")
    assert f"Row {row.id} was changed" in found["error"]["en"]


def test_a_long_step_keeps_its_lease(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another worker must not begin the same dump because the first one cannot say how far it is."""
    import time

    monkeypatch.setattr(jobs, "LEASE", timedelta(seconds=0.6))
    ends: list[datetime] = []

    def long(context: jobs.Context) -> None:
        first = Job.objects.get(id=context.id).lease_until
        with context.alive():
            deadline = time.monotonic() + 30
            while Job.objects.get(id=context.id).lease_until == first and time.monotonic() < deadline:
                time.sleep(0.02)
        ends.extend([first, Job.objects.get(id=context.id).lease_until])

    monkeypatch.setitem(jobs._handlers, "test.long", long)
    job = jobs.enqueue("test.long", {}, actor=None)
    assert jobs.run_one()
    assert jobs.get(job).state == "done"
    assert ends[1] > ends[0]
