"""A backup that was never restored does not count: these tests restore."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.conf import settings

from doujia.errors import InputError
from doujia.server.kernel import backup, nightly

ROOT = Path(__file__).resolve().parents[3]

MAKE = """
import django; django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from doujia.server.kernel import storage, audit
from doujia.server.kernel.db import write
with write():
    audit.record(None, "test.done", "thing:1", note="before the backup")
print(storage.put_bytes(b"a picture", "image/png"))
"""
LOOK = """
import django; django.setup()
from doujia.server.kernel import storage
from doujia.server.kernel.models import AuditEvent
print(AuditEvent.objects.get(action="test.done").details["note"], storage.read("{sha}").decode())
"""


def run(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if k != "DATABASE_URL"} | {
        "DOUJIA_HOME": str(home), "PYTHONPATH": str(ROOT / "src"), "DJANGO_SETTINGS_MODULE": "doujia.server.config.settings",
    }  # fmt: skip
    return subprocess.run(
        [sys.executable, *arguments], env=environment, capture_output=True, text=True, check=False
    )


@pytest.fixture
def saved(tmp_path: Path) -> tuple[Path, str]:
    made = run(tmp_path / "home", "-c", MAKE)
    assert made.returncode == 0, made.stderr
    done = run(tmp_path / "home", "-m", "doujia", "backup", str(tmp_path / "safe"), "--json")
    assert done.returncode == 0, done.stderr
    return Path(json.loads(done.stdout)["folder"]), made.stdout.strip()


def test_database_and_files_come_back_in_an_empty_home(saved: tuple[Path, str], tmp_path: Path) -> None:
    folder, sha = saved
    restored = run(tmp_path / "new", "-m", "doujia", "restore", str(folder))
    assert restored.returncode == 0, restored.stderr
    assert f"put your own copy at {tmp_path / 'new' / 'keys' / 'vault.key'}" in restored.stdout
    look = run(tmp_path / "new", "-c", LOOK.format(sha=sha))
    assert look.stdout.strip() == "before the backup a picture", look.stderr


def test_a_backup_holds_no_keys(saved: tuple[Path, str]) -> None:
    assert not [p for p in saved[0].parent.rglob("*") if p.suffix == ".key"]


def test_restore_never_overwrites(saved: tuple[Path, str], tmp_path: Path) -> None:
    refused = run(tmp_path / "home", "-m", "doujia", "restore", str(saved[0]))
    assert refused.returncode == 1
    assert "[home_not_empty]" in refused.stderr


def test_a_changed_database_is_noticed(saved: tuple[Path, str], tmp_path: Path) -> None:
    folder, _ = saved
    with sqlite3.connect(folder / "database.sqlite3") as database:
        database.execute("CREATE TABLE intruder (x)")
    refused = run(tmp_path / "new", "-m", "doujia", "restore", str(folder))
    assert refused.returncode == 1
    assert "[backup_damaged]" in refused.stderr
    assert not (tmp_path / "new" / "doujia.sqlite3").exists()


def test_a_missing_file_is_noticed(saved: tuple[Path, str]) -> None:
    folder, sha = saved
    (folder.parent / "blobs" / sha[:2] / sha[2:4] / sha).unlink()
    with pytest.raises(InputError) as told:
        backup.verify(folder)
    assert sha in str(told.value)


def test_only_the_newest_nightly_backups_stay(tmp_path: Path) -> None:
    for day in range(1, 10):
        folder = tmp_path / f"2026110{day}T180000000000Z-nightly"
        folder.mkdir()
        (folder / "manifest.json").write_text(json.dumps({"blobs": [[f"{day}" * 64, 1]]}))
        blob = tmp_path / "blobs" / f"{day}{day}" / f"{day}{day}" / (f"{day}" * 64)
        blob.parent.mkdir(parents=True)
        blob.write_bytes(b"x")
    gone = backup.prune(tmp_path)
    assert gone == ["20261101T180000000000Z-nightly", "20261102T180000000000Z-nightly"]
    assert sorted(p.name[0] for p in (tmp_path / "blobs").rglob("*") if p.is_file()) == list("3456789")


def test_backups_made_before_upgrades_do_not_fill_the_disk_and_those_asked_for_stay(tmp_path: Path) -> None:
    for day in range(1, 8):
        for reason in ("before-migration", "manual"):
            folder = tmp_path / f"2026110{day}T180000000000Z-{reason}"
            folder.mkdir()
            (folder / "manifest.json").write_text('{"blobs": []}')
    assert backup.prune(tmp_path) == [f"2026110{day}T180000000000Z-before-migration" for day in (1, 2)]


def test_a_backup_ends_while_people_work(tmp_path: Path) -> None:
    """SQLite begins a backup in steps anew after each write of somebody else: with steady writers it never ended."""
    source, target = tmp_path / "live.sqlite3", tmp_path / "copy.sqlite3"
    live = sqlite3.connect(source)
    with live:
        live.execute("PRAGMA journal_mode=WAL")
        live.execute("CREATE TABLE work (n INTEGER, filler BLOB)")
        live.executemany("INSERT INTO work VALUES (?, ?)", [(n, bytes(4000)) for n in range(8000)])
    live.close()
    over, written = threading.Event(), threading.Event()

    def work() -> None:
        writer = sqlite3.connect(source, timeout=30)
        n = 8000
        while not over.is_set():
            with writer:
                writer.execute("INSERT INTO work VALUES (?, NULL)", [n])
            n += 1
            written.set()
        writer.close()

    people = threading.Thread(target=work)
    saving = threading.Thread(target=backup._copy_sqlite, args=(source, target), daemon=True)
    people.start()
    try:
        assert written.wait(60)
        saving.start()
        saving.join(120)
        assert not saving.is_alive(), "the backup did not end"
    finally:
        over.set()
        people.join()
    copy = sqlite3.connect(target)
    rows = [n for (n,) in copy.execute("SELECT n FROM work ORDER BY n")]
    copy.close()
    assert len(rows) > 8000 and rows == list(range(len(rows))), "one moment's state, without a gap"
    assert not target.with_name("copy.sqlite3-wal").exists(), "one file that stands alone"


def test_a_restore_that_stopped_half_way_can_be_begun_again(saved: tuple[Path, str], tmp_path: Path) -> None:
    """Files come first and the database last: without it the home counts as empty."""
    folder, sha = saved
    blocked = tmp_path / "new" / "files" / "blobs" / sha[:2]
    blocked.parent.mkdir(parents=True)
    blocked.write_text("a file where a folder must be")
    assert run(tmp_path / "new", "-m", "doujia", "restore", str(folder)).returncode != 0
    assert not (tmp_path / "new" / "doujia.sqlite3").exists()
    blocked.unlink()
    again = run(tmp_path / "new", "-m", "doujia", "restore", str(folder))
    assert again.returncode == 0, again.stderr


@pytest.mark.parametrize(
    ("now", "latest", "due"),
    [
        ("2026-11-24T19:00", "2026-11-23T18:30", True),  # 03:00 local, last one yesterday night
        ("2026-11-24T17:00", "2026-11-23T18:30", False),  # 01:00 local: tonight's hour has not come
        ("2026-11-24T08:00", "2026-11-22T18:30", True),  # the PC was off at night: made when it is on
        ("2026-11-24T19:00", "2026-11-24T18:30", False),
    ],
)
def test_when_the_nightly_backup_is_due(now: str, latest: str, due: bool) -> None:
    assert settings.TIME_ZONE == "Asia/Shanghai"
    at, last = (datetime.fromisoformat(t).replace(tzinfo=UTC) for t in (now, latest))
    assert nightly.due(at, last) is due
