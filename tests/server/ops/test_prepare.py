"""Starting says one clear sentence when it cannot: port taken, disk full, a database of the future, a wrong address."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import socket
import sqlite3
import ssl
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import psutil
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.db.migrations.executor import MigrationExecutor
from django.db.utils import OperationalError

from doujia.server.ops.prepare import CannotStart, prepare
from doujia.server.people import vault

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


@pytest.mark.parametrize(
    ("environment", "zh", "en"),
    [
        ({"PORT": "eight"}, "PORT 要是 1 到 65535 之间的数", "PORT must be a number from 1 to 65535, not 'eight'"),
        ({"PORT": "70000"}, "PORT 要是", "PORT must be a number"),
        ({"DOUJIA_QUOTA_GB": "much"}, "QUOTA_GB 要是", "QUOTA_GB must be a number"),
        ({"HOST": "203.0.113.7"}, "不是这台电脑的地址", "HOST=203.0.113.7 is not an address of this computer"),
        ({"TLS_CERT": "/no/such.pem"}, "证书用不了:/no/such.pem", "The certificate cannot be used: /no/such.pem (No such file"),
        ({"TLS_CERT": __file__}, "证书用不了", "The certificate cannot be used"),
    ],
)  # fmt: skip
def test_a_setting_that_cannot_be_used_is_named_in_one_sentence(
    environment: dict[str, str], zh: str, en: str, tmp_path: Path
) -> None:
    done = run(tmp_path, "-m", "doujia", "up", **{"PORT": str(free_port()), **environment})
    assert done.returncode == 1
    said = done.stdout + done.stderr
    assert zh in said and en in said
    assert "Traceback" not in said
    assert not (tmp_path / "doujia.sqlite3").exists(), "nothing was begun"


@pytest.mark.parametrize(
    ("text", "zh", "en"),
    [
        ("port = = 1", "写得不对", "cannot be read"),
        ('databse_url = "postgres://x"', "不认识的设置:databse_url", "unknown settings: databse_url"),
        ('import_roots = "photos"', "要写成 [import_roots]", "must be a table: [import_roots]"),
        ("[import_roots.photos]\ntenants = ['*']", "要写 path", "needs a path"),
        ("max_megapixels = 'many'", "MAX_MEGAPIXELS 要是", "MAX_MEGAPIXELS must be a number"),
    ],
)
def test_a_slip_in_the_file_is_told_and_not_passed_over(text: str, zh: str, en: str, tmp_path: Path) -> None:
    (tmp_path / "doujia.toml").write_text(text)
    done = run(tmp_path, "-m", "doujia", "up")
    assert done.returncode == 1
    assert zh in done.stderr and en in done.stderr
    assert "Traceback" not in done.stderr


def test_the_file_configures_and_the_environment_comes_first(tmp_path: Path) -> None:
    (tmp_path / "doujia.toml").write_text(
        'port = 8765\nmax_megapixels = 40\nbackup_dir = "/elsewhere"\nbackup_nightly = false\n'
        '[import_roots.photos]\npath = "/photos"\n[storage]\nendpoint = "https://s3.example"\n'
    )
    look = (
        "from doujia.server.config import settings as s\n"
        "print(s.PORT, s.MAX_PIXELS, s.BACKUP_DIR, s.BACKUP_NIGHTLY, s.IMPORT_ROOTS['photos']['path'], s.STORAGE_OPTIONS['endpoint'])"
    )
    told = run(tmp_path, "-c", look).stdout.split()
    assert told == ["8765", "40000000", "/elsewhere", "False", "/photos", "https://s3.example"]
    assert run(tmp_path, "-c", look, PORT="9000", DOUJIA_MAX_MEGAPIXELS="5").stdout.split()[:2] == [
        "9000",
        "5000000",
    ]


def test_a_damaged_database_is_told_with_the_way_out(tmp_path: Path) -> None:
    assert run(tmp_path, "-m", "doujia.server.ops.prepare").returncode == 0
    (tmp_path / "doujia.sqlite3").write_bytes(b"this was a database" * 1000)
    for left in ("doujia.sqlite3-wal", "doujia.sqlite3-shm"):
        (tmp_path / left).unlink(missing_ok=True)
    done = run(tmp_path, "-m", "doujia.server.ops.prepare")
    assert done.returncode == 1
    assert "数据库文件坏了" in done.stderr and "doujia restore" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.django_db
def test_without_a_backup_an_older_database_is_not_touched(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(**_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("doujia.server.kernel.backup.create", full)
    monkeypatch.setattr(MigrationExecutor, "migration_plan", lambda *_: ["a step to take"])
    monkeypatch.setattr(
        "django.core.management.call_command", lambda *_, **__: pytest.fail("the database was changed")
    )
    with pytest.raises(CannotStart, match="数据库没有动") as told:
        prepare(demo=False)
    assert "nothing was changed: [Errno 28] No space left on device" in str(told.value)


@pytest.mark.django_db
def test_an_upgrade_that_fails_tells_where_the_backup_lies(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise OperationalError("no such column: x")

    monkeypatch.setattr("doujia.server.kernel.backup.create", lambda **_: Path("/backups/b1"))
    monkeypatch.setattr(MigrationExecutor, "migration_plan", lambda *_: ["a step to take"])
    monkeypatch.setattr("django.core.management.call_command", broken)
    with pytest.raises(CannotStart, match="升级前的备份在 /backups/b1") as told:
        prepare(demo=False)
    assert "no such column: x; the backup made before it is /backups/b1." in str(told.value)


@pytest.mark.django_db
def test_without_the_vaults_key_it_starts_and_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    def sealed() -> None:
        raise vault.VaultSealed

    monkeypatch.setattr(vault, "notice", sealed)
    told = prepare(demo=False)
    assert "keys/vault.key" in told["warning"]["zh"] and "keys/vault.key" in told["warning"]["en"]


@pytest.mark.django_db
def test_the_demo_accounts_are_told_at_every_start(tmp_path: Path, settings: Any) -> None:
    settings.HOME = tmp_path
    accounts = [{"role": "worker", "login": "wuxiaoyan", "password": "pod-1", "zh": "吴小燕", "en": "worker"}]
    (tmp_path / "demo-accounts.json").write_text(json.dumps(accounts))
    assert prepare(demo=True)["accounts"] == accounts
    assert prepare(demo=False)["accounts"] == []


def test_a_home_is_for_one_doujia_at_a_time(tmp_path: Path) -> None:
    """Two supervisors would be two writers of one database."""
    with (tmp_path / "up.lock").open("ab+") as held:
        held.write(b"4711")
        held.flush()
        fcntl.flock(held, fcntl.LOCK_EX)
        done = run(tmp_path, "-m", "doujia", "up", PORT=str(free_port()))
    assert done.returncode == 1
    assert f"{tmp_path} is in use by another Doujia (process 4711)" in done.stdout
    assert not (tmp_path / "doujia.sqlite3").exists()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def certificate(folder: Path) -> tuple[Path, Path]:
    """Write a certificate for 127.0.0.1 and its key, as a base's administrator would make them."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    cert, private = folder / "cert.pem", folder / "key.pem"
    cert.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return cert, private


def test_with_a_certificate_it_serves_https_and_ctrl_c_stops_everything(tmp_path: Path) -> None:
    cert, key = certificate(tmp_path)
    home, port = tmp_path / "home", free_port()
    clean = {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "HOST")}
    clean |= {
        "DOUJIA_HOME": str(home), "PYTHONPATH": str(ROOT / "src"), "PORT": str(port), "TLS_CERT": str(cert), "TLS_KEY": str(key), "ACCESS_LOG": "1",
    }  # fmt: skip
    log = (tmp_path / "log").open("wb")
    supervisor = subprocess.Popen([sys.executable, "-m", "doujia", "up"], env=clean, stdout=log, stderr=log)
    children: list[int] = []
    try:
        said = tmp_path / "log"
        assert _wait(lambda: f"Doujia is running: https://127.0.0.1:{port}" in said.read_text(), 120), (
            said.read_text()
        )
        trusted = ssl.create_default_context(cafile=str(cert))
        with urllib.request.urlopen(
            f"https://127.0.0.1:{port}/healthz", timeout=30, context=trusted
        ) as answer:
            assert answer.status == 200
        assert _wait(lambda: "worker started" in said.read_text(), 120), said.read_text()
        children = [p.pid for p in psutil.Process(supervisor.pid).children(recursive=True)]
        assert len(children) >= 3, "gunicorn, its worker process, the job worker"
        supervisor.send_signal(signal.SIGINT)
        assert supervisor.wait(60) == 0
    finally:
        supervisor.kill()
        supervisor.wait(10)
    assert "Doujia has stopped; everything is kept." in (tmp_path / "log").read_text()
    lines = [json.loads(line) for line in said.read_text().splitlines() if line.startswith("{")]
    asked = [line for line in lines if line["message"] == "request" and line["path"] == "/healthz"]
    assert asked and asked[0]["status"] == 200 and asked[0]["request"] and asked[0]["level"] == "info"
    assert "worker started" in {line["message"] for line in lines}
    assert _wait(lambda: not any(psutil.pid_exists(pid) for pid in children), 30)
    assert not _connects(port)


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
