"""Working days: Monday to Friday in China's time. Public holidays are not known here and count as working days."""

from __future__ import annotations

from datetime import datetime, time, timedelta, timezone

__all__ = ["end_after"]

SHANGHAI = timezone(timedelta(hours=8))


def end_after(at: datetime, days: int) -> datetime:
    """Return the end of the ``days``-th working day after the day of ``at``: filed on Thursday, 3 → Tuesday 24:00."""
    day = at.astimezone(SHANGHAI).date()
    left = days
    while left:
        day += timedelta(days=1)
        left -= day.weekday() < 5
    return datetime.combine(day + timedelta(days=1), time(), SHANGHAI).astimezone(at.tzinfo)
