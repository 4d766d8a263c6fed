"""The nightly backup, on by default."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from doujia.server.kernel import clock
from doujia.server.kernel.schedule import every
from doujia.server.ops import backup

log = logging.getLogger("doujia.backup")
HOUR = 2


def due(now: datetime, latest: datetime | None) -> bool:
    """Return whether the backup of the night of ``now`` (local time) is still to be made."""
    local = timezone.localtime(now)
    tonight = local.replace(hour=HOUR, minute=0, second=0, microsecond=0)
    if local < tonight:
        tonight -= timedelta(days=1)
    return latest is None or latest < tonight


@every(300, "nightly-backup")
def nightly() -> None:
    """Make tonight's backup once, also when the PC was off at that hour."""
    if not settings.BACKUP_NIGHTLY:
        return
    root = Path(settings.BACKUP_DIR)
    made = sorted(p.name.split("-")[0] for p in root.glob("*-nightly"))
    latest = (
        datetime.strptime(made[-1], "%Y%m%dT%H%M%S%fZ").replace(tzinfo=clock.now().tzinfo) if made else None
    )
    # A fresh installation has nothing to lose yet: its first night makes the first backup.
    born = (
        datetime.fromtimestamp((Path(settings.HOME) / "keys" / "web.key").stat().st_mtime, clock.now().tzinfo)
        if (Path(settings.HOME) / "keys" / "web.key").exists()
        else None
    )
    if due(clock.now(), latest or born):
        folder = backup.create(reason="nightly")
        backup.prune(root)
        log.info("nightly backup made", extra={"folder": str(folder)})
