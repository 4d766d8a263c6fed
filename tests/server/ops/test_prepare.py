"""Starting says one clear sentence when it cannot: port taken, disk full, a database of the future, a wrong address."""

from __future__ import annotations

import os
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


def run(home: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "HOST", "PORT")}
    clean |= {
        "DOUJIA_HOME": str(home),
        "PYTHONPATH": str(ROOT / "src"),
        "DJANGO_SETTINGS_MODULE": "doujia.server.config.settings",
        **environment,
    }
    return subprocess.run(
        [sys.executable, *arguments], env=clean, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_a_taken_port_is_told_with_the_way_out(tmp_path: Path, taken_port: int) -> None:
    done = run(tmp_path, "-m", "doujia", "up", PORT=str(taken_port))
    assert done.returncode == 1
    assert (
        f"Port {taken_port} is taken by another program. Try: PORT={taken_port + 1} make run" in done.stdout
    )
    assert "Traceback" not in done.stderr


def test_a_database_of_a_newer_program_is_refused(tmp_path: Path) -> None:
    assert run(tmp_path, "-m", "doujia.server.ops.prepare").returncode == 0
    with sqlite3.connect(tmp_path / "doujia.sqlite3") as database:
        database.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('kernel', '9999_future', '2030-01-01')"
        )
    done = run(tmp_path, "-m", "doujia.server.ops.prepare")
    assert done.returncode == 1
    assert "newer Doujia (kernel.9999_future)" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_database_that_does_not_answer_is_told(tmp_path: Path, taken_port: int) -> None:
    done = run(tmp_path, "-m", "doujia.server.ops.prepare", DATABASE_URL="postgres://nobody@127.0.0.1:1/none")
    assert done.returncode == 1
    assert "The database cannot be reached" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_unknown_kind_of_database_is_told(tmp_path: Path) -> None:
    done = run(tmp_path, "-m", "doujia.server.ops.prepare", DATABASE_URL="mysql://x")
    assert done.returncode == 1
    assert "sqlite:// or postgres://" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_short_secret_key_is_refused(tmp_path: Path) -> None:
    done = run(tmp_path, "-m", "doujia.server.ops.prepare", DOUJIA_SECRET_KEY="short")
    assert done.returncode == 1
    assert "too short" in done.stderr


def test_keys_are_made_once_and_for_the_owner_only(tmp_path: Path) -> None:
    run(tmp_path, "-m", "doujia.server.ops.prepare")
    key = tmp_path / "keys" / "web.key"
    first = key.read_text()
    run(tmp_path, "-m", "doujia.server.ops.prepare")
    assert key.read_text() == first
    assert key.stat().st_mode & 0o077 == 0


def test_an_older_database_is_backed_up_before_it_is_migrated(tmp_path: Path) -> None:
    assert run(tmp_path, "-m", "doujia.server.ops.prepare").returncode == 0
    undo = run(
        tmp_path,
        "-c",
        "import django; django.setup(); from django.core.management import call_command; call_command('migrate', 'work', 'zero', verbosity=0)",
    )
    assert undo.returncode == 0, undo.stderr
    done = run(tmp_path, "-m", "doujia.server.ops.prepare")
    assert done.returncode == 0, done.stderr
    assert [p.name for p in (tmp_path / "backups").glob("*-before-migration")]


def test_the_first_admin_is_made_on_the_command_line_and_the_vaults_key_is_explained_once(
    tmp_path: Path,
) -> None:
    first = run(tmp_path, "-m", "doujia.server.ops.prepare")
    assert "vault.key" in first.stdout
    assert (tmp_path / "keys" / "vault.key").stat().st_mode & 0o077 == 0
    made = run(tmp_path, "-m", "doujia", "admin", "boss", "--name", "管理员")
    assert made.returncode == 0, made.stderr
    assert "Login boss, one-time code " in made.stdout
    assert "vault.key" not in run(tmp_path, "-m", "doujia.server.ops.prepare").stdout
    again = run(tmp_path, "-m", "doujia", "admin", "boss")
    assert again.returncode == 1
    assert "Traceback" not in again.stderr


def test_nothing_keeps_the_port_when_the_supervisor_is_killed(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    clean = {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "HOST")}
    clean |= {"DOUJIA_HOME": str(tmp_path), "PYTHONPATH": str(ROOT / "src"), "PORT": str(port)}
    log = (tmp_path / "log").open("wb")
    supervisor = subprocess.Popen([sys.executable, "-m", "doujia", "up"], env=clean, stdout=log, stderr=log)
    try:
        assert _wait(lambda: _connects(port), 60), (tmp_path / "log").read_text()
    finally:
        supervisor.kill()
        supervisor.wait(10)
    assert _wait(lambda: not _connects(port), 20)


def _wait(condition: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.1)
    return False


def _connects(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0
