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
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from doujia import __version__
from doujia.errors import InputError

__all__ = ["KEEP", "Saved", "create", "listing", "named", "prune", "restore", "verify"]

KEEP = {"nightly": 7, "before-migration": 5}
"""How many of each kind stay; what a person asked for stays until she removes it."""
Progress = Callable[[int, int], None]
_STAMP = "%Y%m%dT%H%M%S%fZ"


@dataclass(frozen=True)
class Saved:
    """One backup as its manifest tells. ``files`` is ``blobs`` (kept beside it) or ``s3`` (left in the bucket)."""

    name: str
    reason: str
    made_at: datetime
    version: str
    database_bytes: int
    files: str
    file_count: int
    file_bytes: int


def create(target: Path | None = None, *, reason: str = "manual", progress: Progress | None = None) -> Path:
    """Save database and files; returns the folder of the backup."""
    from django.conf import settings

    from doujia.server.kernel import clock
    from doujia.server.kernel.models import Blob

    root = Path(target or settings.BACKUP_DIR)
    stamp = clock.now().astimezone(UTC).strftime(_STAMP)
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


def verify(folder: Path, *, progress: Progress | None = None) -> dict[str, Any]:
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
        for number, (sha256, _) in enumerate(manifest["blobs"], 1):
            path = _blob(folder.parent / "blobs", sha256)
            if not path.is_file() or _sha256(path) != sha256:
                raise InputError(
                    f"File {sha256} is missing or damaged.",
                    zh=f"备份里的文件 {sha256} 丢了或坏了。",
                    code="backup_damaged",
                )
            if progress is not None:
                progress(number, len(manifest["blobs"]))
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
        _bring_files(folder, manifest)
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_suffix(".part")
        shutil.copyfile(folder / manifest["database"], part)
        part.replace(target)
    else:
        _bring_files(folder, manifest)
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
    return {"files": len(manifest["blobs"]), "made_at": manifest["made_at"]}


def _bring_files(folder: Path, manifest: dict[str, Any]) -> None:
    """Put the files back before the database: a restore that stops half-way leaves no database, and can be begun again."""
    from django.conf import settings

    if manifest["files"] == "blobs":
        for sha256, _ in manifest["blobs"]:
            _keep_blob(folder.parent, Path(settings.FILES_DIR) / "blobs", sha256)


def listing(root: Path | None = None) -> list[Saved]:
    """Return the backups in ``root`` (``BACKUP_DIR``), newest first; what has no readable manifest is none."""
    from django.conf import settings

    found = []
    for manifest in Path(root or settings.BACKUP_DIR).glob("*/manifest.json"):
        try:
            said = json.loads(manifest.read_text())
            database = manifest.parent / said["database"]
            found.append(
                Saved(
                    manifest.parent.name, said["reason"], datetime.strptime(said["made_at"], _STAMP).replace(tzinfo=UTC), said["doujia"],
                    database.stat().st_size, said["files"], len(said["blobs"]), sum(size for _, size in said["blobs"]),
                )
            )  # fmt: skip
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return sorted(found, key=lambda one: one.made_at, reverse=True)


def named(name: str) -> Path | None:
    """Return the folder of the backup of that name in ``BACKUP_DIR``, or None; a name never leads elsewhere."""
    from django.conf import settings

    return next((Path(settings.BACKUP_DIR) / one.name for one in listing() if one.name == name), None)


def prune(root: Path) -> list[str]:
    """Remove the oldest backups of each kind beyond ``KEEP``, and blobs that no remaining backup needs."""
    gone: list[Path] = []
    for reason, keep in KEEP.items():
        gone += sorted(p for p in root.glob(f"*-{reason}") if p.is_dir())[:-keep]
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
        _copy_sqlite(Path(settings.DATABASES["default"]["NAME"]), path)
        return path.name
    path = folder / "database.pgdump"
    _pg(["pg_dump", "--format=custom", "--no-owner", "-d", settings.DATABASE_URL, "-f", str(path)])
    return path.name


def _copy_sqlite(source: Path, target: Path) -> None:
    """Copy an embedded database as it is at one moment.

    All pages in one step: one read transaction, which disturbs no writer (WAL). Copied bit by bit it would begin anew
    whenever somebody has written meanwhile, and never end while people work.
    """
    copy, live = sqlite3.connect(target), sqlite3.connect(source)
    try:
        live.backup(copy, pages=-1)
        # One file that stands alone: in WAL mode a later change would hide in a second file.
        copy.execute("PRAGMA journal_mode=DELETE")
    finally:
        live.close()
        copy.close()


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
