"""Days and weeks in China's time. Monday to Friday are working days; public holidays are not known here and count as such."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, timezone

__all__ = ["end_after", "week_bounds", "week_of"]

SHANGHAI = timezone(timedelta(hours=8))


def end_after(at: datetime, days: int) -> datetime:
    """Return the end of the ``days``-th working day after the day of ``at``: filed on Thursday, 3 → Tuesday 24:00."""
    day = at.astimezone(SHANGHAI).date()
    left = days
    while left:
        day += timedelta(days=1)
        left -= day.weekday() < 5
    return datetime.combine(day + timedelta(days=1), time(), SHANGHAI).astimezone(at.tzinfo)


def week_of(at: datetime) -> date:
    """Return the Monday of the week of a moment."""
    day = at.astimezone(SHANGHAI).date()
    return day - timedelta(days=day.weekday())


def week_bounds(monday: date) -> tuple[datetime, datetime]:
    """Return the first moment of a week and that of the next."""
    start = datetime.combine(monday, time(), SHANGHAI)
    return start, start + timedelta(days=7)
