"""Backup and restore of a platform on PostgreSQL: dumped, dropped, brought back."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

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
from doujia.server.kernel import audit, storage
from doujia.server.kernel.models import AuditEvent
print(AuditEvent.objects.get(action="test.done").details["note"], storage.read("{sha}").decode())
"""


@pytest.fixture
def database() -> str:
    """The address of an empty database beside the one that the tests use."""
    parts = urlsplit(os.environ["DATABASE_URL"])
    name = "doujia_backup"
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name}")
        connection.execute(f"CREATE DATABASE {name}")
    return parts._replace(path=f"/{name}").geturl()


def run(home: Path, url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {
        "DOUJIA_HOME": str(home), "DATABASE_URL": url, "PYTHONPATH": str(ROOT / "src"),
        "DJANGO_SETTINGS_MODULE": "doujia.server.config.settings",
    }  # fmt: skip
    return subprocess.run(
        [sys.executable, *arguments], env=environment, capture_output=True, text=True, check=False
    )


def test_a_database_server_is_saved_and_brought_back(database: str, tmp_path: Path) -> None:
    made = run(tmp_path / "home", database, "-c", MAKE)
    assert made.returncode == 0, made.stderr
    sha = made.stdout.strip()
    saved = run(tmp_path / "home", database, "-m", "doujia", "backup", str(tmp_path / "safe"), "--json")
    assert saved.returncode == 0, saved.stderr
    folder = json.loads(saved.stdout)["folder"]
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        connection.execute("DROP DATABASE doujia_backup")
        connection.execute("CREATE DATABASE doujia_backup")
    restored = run(tmp_path / "new", database, "-m", "doujia", "restore", folder)
    assert restored.returncode == 0, restored.stderr
    look = run(tmp_path / "new", database, "-c", LOOK.format(sha=sha))
    assert look.stdout.strip() == "before the backup a picture", look.stderr
    # Over what is there nothing is brought back, and what is there stays.
    again = run(tmp_path / "new", database, "-m", "doujia", "restore", folder)
    assert again.returncode == 1 and "[pg_client_failed]" in again.stderr
    assert "Traceback" not in again.stderr
    assert run(tmp_path / "new", database, "-c", LOOK.format(sha=sha)).stdout.strip() == look.stdout.strip()
