"""Looking after the installation over HTTP: its state, its backups, the proof of its trail."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Query, Router, Schema, Status
from pydantic import Field

from doujia.server.kernel import upkeep
from doujia.server.kernel.api import actor_of, cursor_decode, cursor_encode

router = Router()


def _x(action: str) -> dict[str, str]:
    return {"x-action": action}


class PlatformOut(Schema):
    """How the installation is doing; sizes in bytes."""

    version: str
    database: str
    database_bytes: int
    disk_free: int
    disk_total: int
    disk_low: bool
    store: str = Field(description="folder or s3")
    files: int
    file_bytes: int
    waiting_jobs: int
    oldest_wait_s: int = Field(description="Growing: no worker runs.")
    unsealed: int
    sealed_at: datetime | None
    nightly: bool
    backup_dir: str
    vault_key: str = Field(description="Where the key of the identity data lies. No backup holds it.")


class BackupOut(Schema):
    """One backup."""

    name: str
    reason: str = Field(description="nightly, before-migration or manual")
    made_at: datetime
    version: str
    database_bytes: int
    files: str = Field(description="blobs (kept beside it) or s3 (left in the bucket)")
    file_count: int
    file_bytes: int


class BackupPage(Schema):
    items: list[BackupOut]
    next: str | None


class JobStarted(Schema):
    """The job that does it: ``GET /jobs/{job}``."""

    job: str


@router.get(
    "/platform", operation_id="platform_state", response=PlatformOut, openapi_extra=_x("platform.view")
)
def platform_state(request: HttpRequest) -> Any:
    """How the installation is doing."""
    return asdict(upkeep.state(actor=actor_of(request)))


@router.get(
    "/platform/backups", operation_id="platform_backups", response=BackupPage, openapi_extra=_x("platform.view")
)  # fmt: skip
def platform_backups(
    request: HttpRequest,
    cursor: str | None = Query(None, max_length=300),
    limit: int = Query(50, ge=1, le=200),
) -> Any:
    """Backups that this server can reach, newest first."""
    before = cursor_decode(cursor, 1)
    rows = upkeep.backups(actor=actor_of(request), before=str(before[0]) if before else None, limit=limit + 1)
    more = cursor_encode(rows[limit - 1].name) if len(rows) > limit else None
    return {"items": [asdict(row) for row in rows[:limit]], "next": more}


@router.post(
    "/platform/backups", operation_id="platform_backup_make", response={202: JobStarted}, openapi_extra=_x("platform.keep")
)  # fmt: skip
def platform_backup_make(request: HttpRequest) -> Any:
    """Make a backup now; a job does it."""
    return Status(202, {"job": upkeep.make_backup(actor=actor_of(request))})


@router.post(
    "/platform/backups/{name}/check", operation_id="platform_backup_check", response={202: JobStarted},
    openapi_extra=_x("platform.keep"),
)  # fmt: skip
def platform_backup_check(request: HttpRequest, name: str) -> Any:
    """Check every hash of a backup; the job fails with what is missing or was changed."""
    return Status(202, {"job": upkeep.check_backup(actor=actor_of(request), name=name)})


@router.post(
    "/platform/trail/verify", operation_id="platform_trail_verify", response={202: JobStarted}, openapi_extra=_x("platform.keep")
)  # fmt: skip
def platform_trail_verify(request: HttpRequest) -> Any:
    """Prove the whole audit trail; the job fails with the first place that was tampered with."""
    return Status(202, {"job": upkeep.verify_trail(actor=actor_of(request))})
