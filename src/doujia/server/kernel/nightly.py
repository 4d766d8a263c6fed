"""The nightly backup, on by default."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from doujia.server.kernel import backup, clock, jobs, upkeep
from doujia.server.kernel.schedule import every

HOUR = 2
AGAIN = timedelta(hours=1)
"""After a backup that failed (disk full, not mounted) the next try."""


def due(now: datetime, latest: datetime | None) -> bool:
    """Return whether the backup of the night of ``now`` (local time) is still to be made."""
    local = timezone.localtime(now)
    tonight = local.replace(hour=HOUR, minute=0, second=0, microsecond=0)
    if local < tonight:
        tonight -= timedelta(days=1)
    return latest is None or latest < tonight


@every(300, "nightly-backup")
def nightly() -> str | None:
    """Queue tonight's backup once, also when the PC was off at that hour; returns the job's id."""
    if not settings.BACKUP_NIGHTLY:
        return None
    now = clock.now()
    latest = next((one.made_at for one in backup.listing() if one.reason == "nightly"), None)
    if not due(now, latest or _born()):
        return None
    last = next(iter(jobs.listing(kind=upkeep.BACKUP, limit=1)), None)
    if last is not None and last.state in ("failed", "cancelled") and now - last.created_at < AGAIN:
        return None
    return upkeep.queue_backup("nightly")


def _born() -> datetime | None:
    """Return when the home was made. A fresh installation has nothing to lose yet: its first night makes the first backup."""
    key = Path(settings.HOME) / "keys" / "web.key"
    return datetime.fromtimestamp(key.stat().st_mtime, clock.now().tzinfo) if key.exists() else None
