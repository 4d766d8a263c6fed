"""Backup and restore: the database as one consistent file, the files by content, a manifest that proves both.

A backup is a folder ``<time>-<reason>`` with ``manifest.json`` and ``database.sqlite3`` (or ``database.pgdump``); files
lie beside all backups in ``blobs/`` once each, hard-linked where the disk is the same. Keys are never part of it: who
finds a backup must not be able to read the vault. The database is saved first and the files after it, so that every
file a row speaks of is there.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from doujia import __version__
from doujia.errors import InputError

__all__ = ["KEEP", "create", "prune", "restore", "verify"]

KEEP = 7
Progress = Callable[[int, int], None]


def create(target: Path | None = None, *, reason: str = "manual", progress: Progress | None = None) -> Path:
    """Save database and files; returns the folder of the backup."""
    from django.conf import settings

    from doujia.server.kernel import clock
    from doujia.server.kernel.models import Blob

    root = Path(target or settings.BACKUP_DIR)
    stamp = clock.now().strftime("%Y%m%dT%H%M%S%fZ")
    final, work = root / f"{stamp}-{reason}", root / f".{stamp}.part"
    work.mkdir(parents=True)
    try:
        database = _save_database(work)
        saved, blobs = _saved_blobs(work / database), []
        if saved is None:
            saved = list(Blob.objects.values_list("sha256", "size"))
        for number, (sha256, size) in enumerate(saved, 1):
            if not settings.STORAGE_URL:
                _keep_blob(Path(settings.FILES_DIR), root / "blobs", sha256)
            blobs.append([sha256, size])
            if progress is not None:
                progress(number, len(saved))
        manifest: dict[str, Any] = {
            "doujia": __version__, "made_at": stamp, "reason": reason, "database": database, "database_sha256": _sha256(work / database),
            "files": "s3" if settings.STORAGE_URL else "blobs", "blobs": blobs,
        }  # fmt: skip
        (work / "manifest.json").write_text(json.dumps(manifest, indent=1))
        work.rename(final)
    except BaseException:
        shutil.rmtree(work, ignore_errors=True)
        raise
    return final


def verify(folder: Path) -> dict[str, Any]:
    """Check every hash of a backup and return its manifest.

    Raises:
        InputError: something is missing or was changed; the message names it.
    """
    try:
        manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_text())
    except (OSError, ValueError) as error:
        raise InputError(
            f"{folder} is not a backup: {error}.", zh=f"{folder} 不是备份:{error}。", code="not_a_backup"
        ) from error
    if _sha256(folder / manifest["database"]) != manifest["database_sha256"]:
        raise InputError(
            "The saved database was changed.", zh="备份里的数据库被改动过。", code="backup_damaged"
        )
    if manifest["files"] == "blobs":
        for sha256, _ in manifest["blobs"]:
            path = _blob(folder.parent / "blobs", sha256)
            if not path.is_file() or _sha256(path) != sha256:
                raise InputError(
                    f"File {sha256} is missing or damaged.",
                    zh=f"备份里的文件 {sha256} 丢了或坏了。",
                    code="backup_damaged",
                )
    return manifest


def restore(folder: Path) -> dict[str, Any]:
    """Bring a backup back into the configured (empty) home and database; returns counts.

    Raises:
        InputError: the backup is damaged, or there is something already: nothing was changed.
    """
    from django.conf import settings

    manifest = verify(folder)
    if manifest["database"].endswith(".sqlite3"):
        target = Path(settings.DATABASES["default"]["NAME"])
        if target.exists():
            raise InputError(
                f"There is a database already: {target}. Move it away first, or choose another DOUJIA_HOME.",
                zh=f"这里已经有数据库:{target}。先把它移走,或者换一个 DOUJIA_HOME。",
                code="home_not_empty",
            )
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_suffix(".part")
        shutil.copyfile(folder / manifest["database"], part)
        part.replace(target)
    else:
        _pg(
            [
                "pg_restore",
                "--no-owner",
                "--exit-on-error",
                "--single-transaction",
                "-d",
                settings.DATABASE_URL,
                str(folder / manifest["database"]),
            ]
        )
    if manifest["files"] == "blobs":
        for sha256, _ in manifest["blobs"]:
            _keep_blob(folder.parent, Path(settings.FILES_DIR) / "blobs", sha256)
    return {"files": len(manifest["blobs"]), "made_at": manifest["made_at"]}


def prune(root: Path, keep: int = KEEP) -> list[str]:
    """Remove the oldest nightly backups beyond ``keep``, and blobs that no remaining backup needs."""
    nightly = sorted(p for p in root.glob("*-nightly") if p.is_dir())
    gone = nightly[:-keep] if keep else nightly
    for folder in gone:
        shutil.rmtree(folder)
    if gone:
        needed = {s for m in root.glob("*/manifest.json") for s, _ in json.loads(m.read_text())["blobs"]}
        for path in (root / "blobs").glob("*/*/*"):
            if path.name not in needed:
                path.unlink()
    return [p.name for p in gone]


def _save_database(folder: Path) -> str:
    from django.conf import settings
    from django.db import connection

    if connection.vendor == "sqlite":
        path = folder / "database.sqlite3"
        connection.ensure_connection()
        with sqlite3.connect(path) as copy:
            # The backup API copies a consistent state while others write; copying the file would not.
            source = sqlite3.connect(settings.DATABASES["default"]["NAME"])
            try:
                source.backup(copy, pages=2000)
            finally:
                source.close()
            # One file that stands alone: in WAL mode a later change would hide in a second file.
            copy.execute("PRAGMA journal_mode=DELETE")
        copy.close()
        return path.name
    path = folder / "database.pgdump"
    _pg(["pg_dump", "--format=custom", "--no-owner", "-d", settings.DATABASE_URL, "-f", str(path)])
    return path.name


def _saved_blobs(database: Path) -> list[tuple[str, int]] | None:
    if database.suffix != ".sqlite3":
        return None
    copy = sqlite3.connect(database)
    try:
        return list(copy.execute("SELECT sha256, size FROM kernel_blob"))
    except sqlite3.OperationalError:
        return []
    finally:
        copy.close()


def _pg(command: list[str]) -> None:
    program = shutil.which(command[0]) or next(
        (str(p) for p in sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{command[0]}"), reverse=True)), None
    )
    if program is None:
        raise InputError(
            f"{command[0]} is needed (apt-get install postgresql-client).",
            zh=f"需要 {command[0]}(apt-get install postgresql-client)。",
            code="pg_client_missing",
        )
    done = subprocess.run([program, *command[1:]], capture_output=True, text=True, check=False)
    if done.returncode:
        # The address may hold a password; it is never repeated.
        host = urlsplit(next(c for c in command if "://" in c)).hostname
        raise InputError(
            f"{command[0]} failed at {host}: {done.stderr.strip()[:300]}",
            zh=f"{command[0]} 在 {host} 失败:{done.stderr.strip()[:300]}",
            code="pg_client_failed",
        )


def _blob(root: Path, sha256: str) -> Path:
    return root / sha256[:2] / sha256[2:4] / sha256


def _keep_blob(source_home: Path, target_root: Path, sha256: str) -> None:
    source, target = _blob(source_home / "blobs", sha256), _blob(target_root, sha256)
    if target.exists():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except OSError:
        part = target.with_name(target.name + ".part")
        shutil.copyfile(source, part)
        part.replace(target)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
