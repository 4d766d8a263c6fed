"""How often something may be tried: counters in the database, so that they hold for all processes and over a restart.

For rare things (log in, enrol, redeem a code), not for the hot path. A counter is raised before the try is carried out,
in a transaction of its own: guesses sent side by side all count.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta

from doujia.server.kernel import clock, db
from doujia.server.kernel.errors import TooMany
from doujia.server.kernel.models import RateCounter
from doujia.server.kernel.schedule import every

__all__ = ["clear", "hit", "soft_lock", "sweep"]


def _key(bucket: str, subject: str) -> str:
    # Hashed: neither phone numbers nor addresses lie about in a counter table.
    return f"{bucket}:{hashlib.sha256(subject.encode()).hexdigest()[:32]}"


def _refuse(wait: timedelta) -> TooMany:
    seconds = max(1, round(wait.total_seconds() + 0.5))
    zh_wait = f"{seconds} 秒" if seconds < 120 else f"{-(-seconds // 60)} 分钟"
    en_wait = f"{seconds} seconds" if seconds < 120 else f"{-(-seconds // 60)} minutes"
    return TooMany(
        "too_many_tries",
        zh=f"试的次数太多了,请等 {zh_wait}再试。",
        en=f"Too many tries; wait {en_wait} and try again.",
        retry_after=seconds,
    )


def _row(key: str) -> RateCounter:
    RateCounter.objects.get_or_create(key=key, defaults={"since": clock.now()})
    rows = RateCounter.objects.all() if db.is_sqlite() else RateCounter.objects.select_for_update()
    return rows.get(key=key)


def hit(bucket: str, subject: str, *, limit: int, window: timedelta) -> None:
    """Count one try of ``subject``; at most ``limit`` are let through in each ``window``.

    Raises:
        TooMany: with the seconds to wait.
    """
    with db.write():
        row = _row(_key(bucket, subject))
        now = clock.now()  # once the row is ours: who waited for it must not look older than it
        # Further ahead than a window: the clock was put back since.
        if now - row.since >= window or row.since - now > window:
            row.since, row.count = now, 0
        if row.count < limit:
            row.count += 1
            row.save()
            return
        wait = row.since + window - now
    raise _refuse(wait)


def soft_lock(
    bucket: str,
    subject: str,
    *,
    free: int = 5,
    first: timedelta = timedelta(seconds=30),
    most: timedelta = timedelta(minutes=15),
    forget: timedelta = timedelta(hours=24),
) -> None:
    """Count one try; after ``free`` of them each next one must wait twice as long. ``clear`` ends it.

    Raises:
        TooMany: the wait is not over; this try is not counted.
    """
    with db.write():
        row = _row(_key(bucket, subject))
        now = clock.now()
        # A lock further off than the longest one was set by a clock that has been put back since.
        if row.until is not None and now < row.until <= now + most:
            wait = row.until - now
        else:
            if now - row.since > forget:
                row.count = 0
            row.count, row.since = row.count + 1, now
            over = row.count - free
            row.until = now + min(first * 2 ** min(over, 20), most) if over >= 0 else None
            row.save()
            return
    raise _refuse(wait)


def clear(bucket: str, subject: str) -> None:
    """Forget the tries of ``subject`` (it has succeeded)."""
    with db.write():
        RateCounter.objects.filter(key=_key(bucket, subject)).delete()


@every(3600, "old-counters")
def sweep() -> int:
    """Delete counters that have been quiet for two days; returns how many."""
    with db.write():
        count, _ = RateCounter.objects.filter(since__lt=clock.now() - timedelta(days=2)).delete()
    return int(count)
