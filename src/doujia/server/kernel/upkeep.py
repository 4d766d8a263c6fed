"""What a platform's admin looks after: room on the disk, backups, whether work moves on, whether the trail is whole.

Backups and checks are jobs: they are seen while they run, and the nightly one is among them.
"""

from __future__ import annotations

import errno
import shutil
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Count, Sum

from doujia import __version__
from doujia.errors import DoujiaError
from doujia.server.kernel import audit, backup, clock, db, jobs
from doujia.server.kernel.authz import Actor, require
from doujia.server.kernel.errors import NotFound, StorageFull
from doujia.server.kernel.health import MIN_FREE_BYTES
from doujia.server.kernel.models import AuditEvent, AuditSeal, Blob, Job

__all__ = [
    "BACKUP", "CHECK", "TRAIL", "State", "backups", "check_backup", "make_backup", "queue_backup", "state", "verify_trail",
]  # fmt: skip

BACKUP, CHECK, TRAIL = "platform.backup", "platform.check_backup", "platform.verify_trail"


@dataclass(frozen=True)
class State:
    """How the installation is doing.

    Attributes:
        database: ``SQLite 3.40`` or ``PostgreSQL 15.8``; ``database_bytes`` its size.
        disk_free, disk_total: bytes of the disk that ``DOUJIA_HOME`` lies on; ``disk_low``: new work may soon be refused.
        store: ``folder`` or ``s3``; ``files`` and ``file_bytes`` what it holds.
        waiting_jobs, oldest_wait_s: background work that is ready, and how long the first of it has waited: seconds that grow mean
            that no worker runs.
        unsealed, sealed_at: rows of the audit trail not sealed yet, and when the last seal was made.
        nightly: whether backups are made by themselves; ``backup_dir`` where to.
        vault_key: where the key of the identity data lies; no backup holds it.
    """

    version: str
    database: str
    database_bytes: int
    disk_free: int
    disk_total: int
    disk_low: bool
    store: str
    files: int
    file_bytes: int
    waiting_jobs: int
    oldest_wait_s: int
    unsealed: int
    sealed_at: datetime | None
    nightly: bool
    backup_dir: str
    vault_key: str


def state(*, actor: Actor) -> State:
    """Return how the installation is doing.

    Raises:
        Forbidden: only for admins of the platform.
    """
    require(actor, "platform.view")
    disk = shutil.disk_usage(settings.HOME)
    name, size = _database()
    held = Blob.objects.aggregate(n=Count("sha256"), size=Sum("size"))
    now = clock.now()
    ready = Job.objects.filter(state="queued", run_after__lte=now)
    first = ready.order_by("run_after").values_list("run_after", flat=True).first()
    seal = AuditSeal.objects.order_by("-id").first()
    return State(
        version=__version__, database=name, database_bytes=size, disk_free=disk.free, disk_total=disk.total,
        disk_low=disk.free < 5 * MIN_FREE_BYTES, store="s3" if settings.STORAGE_URL else "folder", files=held["n"] or 0,
        file_bytes=held["size"] or 0, waiting_jobs=ready.count(), oldest_wait_s=int((now - first).total_seconds()) if first else 0,
        unsealed=AuditEvent.objects.filter(id__gt=seal.last_event if seal else 0).count(), sealed_at=seal.at if seal else None,
        nightly=settings.BACKUP_NIGHTLY, backup_dir=str(settings.BACKUP_DIR), vault_key=str(Path(settings.HOME) / "keys" / "vault.key"),
    )  # fmt: skip


def _database() -> tuple[str, int]:
    with connection.cursor() as cursor:
        if db.is_sqlite():
            import sqlite3

            cursor.execute("SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()")
            return f"SQLite {sqlite3.sqlite_version}", int(cursor.fetchone()[0])
        cursor.execute("SELECT current_setting('server_version'), pg_database_size(current_database())")
        version, size = cursor.fetchone()
        return f"PostgreSQL {version.split()[0]}", int(size)


def backups(*, actor: Actor, before: str | None = None, limit: int = 50) -> list[backup.Saved]:
    """Return the backups that this server can reach, newest first.

    Args:
        before: name of the last one of the page before.
    """
    require(actor, "platform.view")
    found = backup.listing()
    return [one for one in found if before is None or one.name < before][:limit]


def make_backup(*, actor: Actor) -> str:
    """Queue a backup and return its job's id; one that waits or runs already is that one."""
    require(actor, "platform.keep")
    return queue_backup("manual", actor)


def queue_backup(reason: str, actor: Actor | None = None) -> str:
    """Queue a backup unless one is under way, and return the id of its job."""
    with db.write():
        under_way = Job.objects.filter(kind=BACKUP, state__in=("queued", "running")).first()
        if under_way is not None:
            return str(under_way.id)
        made = jobs.enqueue(BACKUP, {"reason": reason}, actor=actor, thing="platform:backup")
        if actor is not None:
            audit.record(actor, "backup.asked", f"job:{made}")
    return made


def check_backup(*, actor: Actor, name: str) -> str:
    """Queue the check of every hash of a backup and return the job's id.

    Raises:
        NotFound: there is no backup of that name.
    """
    require(actor, "platform.keep")
    if backup.named(name) is None:
        raise NotFound("backup_not_found", zh="没有这个备份。", en="There is no such backup.")
    return jobs.enqueue(CHECK, {"name": name}, actor=actor, thing=f"backup:{name}")


def verify_trail(*, actor: Actor) -> str:
    """Queue the proof of the whole audit trail and return the job's id; its result is the report."""
    require(actor, "platform.keep")
    return jobs.enqueue(TRAIL, {}, actor=actor, thing="platform:audit")


@jobs.handler(BACKUP)
def _backup(context: jobs.Context) -> dict[str, Any]:
    """Make one backup; a second try after a crash begins anew and leaves nothing half done behind."""
    try:
        with context.alive():
            folder = backup.create(
                reason=context.payload["reason"], progress=lambda done, total: context.progress(done, total)
            )
            backup.prune(folder.parent)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StorageFull from error
        raise
    return {"name": folder.name}


@jobs.handler(CHECK)
def _check(context: jobs.Context) -> dict[str, Any]:
    """Check one backup.

    Raises:
        InputError: what is missing or was changed; it becomes the job's error.
    """
    folder = backup.named(context.payload["name"])
    if folder is None:
        raise NotFound("backup_not_found", zh="没有这个备份。", en="There is no such backup.")
    with context.alive():
        manifest = backup.verify(folder, progress=lambda done, total: context.progress(done, total))
    return {"files": len(manifest["blobs"])}


class TrailBroken(DoujiaError):
    """The audit trail is not what was sealed."""

    code = "trail_broken"


@jobs.handler(TRAIL)
def _trail(context: jobs.Context) -> dict[str, Any]:
    """Prove the trail.

    Raises:
        TrailBroken: with the first place.
    """
    with context.alive():
        report = audit.verify()
    if not report.ok:
        first, more = report.breaks[0], len(report.breaks) - 1
        raise TrailBroken(
            first.en + (f" {more} more." if more else ""),
            zh=first.zh + (f"另外还有 {more} 处。" if more else ""),
        )
    return {k: v for k, v in asdict(report).items() if k != "breaks"}
