"""Working days and weeks in China's time.

Monday to Friday are working days, but for public holidays and for weekends that are worked instead (调休): the national
ones are known (``holidays``), a base's own are given by the caller and come before them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta, timezone

from doujia.server.quality import holidays

__all__ = ["end_after", "is_workday", "week_bounds", "week_of"]

SHANGHAI = timezone(timedelta(hours=8))


def is_workday(day: date, own: Mapping[date, bool] | None = None) -> bool:
    """Return whether a day is worked. ``own``: days of the base, True where it works."""
    if own is not None and day in own:
        return own[day]
    special = holidays.special_days(day.year).get(day)
    return special.working if special is not None else day.weekday() < 5


def end_after(at: datetime, days: int, own: Mapping[date, bool] | None = None) -> datetime:
    """Return the end of the ``days``-th working day after the day of ``at``: filed on Thursday, 3 → Tuesday 24:00."""
    day = at.astimezone(SHANGHAI).date()
    left = days
    while left:
        day += timedelta(days=1)
        left -= is_workday(day, own)
    return datetime.combine(day + timedelta(days=1), time(), SHANGHAI).astimezone(at.tzinfo)


def week_of(at: datetime) -> date:
    """Return the Monday of the week of a moment."""
    day = at.astimezone(SHANGHAI).date()
    return day - timedelta(days=day.weekday())


def week_bounds(monday: date) -> tuple[datetime, datetime]:
    """Return the first moment of a week and that of the next."""
    start = datetime.combine(monday, time(), SHANGHAI)
    return start, start + timedelta(days=7)
