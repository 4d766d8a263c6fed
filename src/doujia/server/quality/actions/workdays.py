"""Entering the days on which a base works or not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from doujia.server.kernel import audit, db
from doujia.server.kernel.authz import Actor, Thing, require
from doujia.server.kernel.errors import Unprocessable
from doujia.server.people import queries as people
from doujia.server.quality.models.workdays import CalendarDay

__all__ = ["MOST_DAYS", "YEARS", "set_days"]

MOST_DAYS = 150
YEARS = (2020, 2100)


def set_days(*, actor: Actor, tenant: str, year: int, days: Sequence[tuple[date, bool, str]]) -> None:
    """Say on which days of a year a base works where it differs from the country; what it had entered is replaced.

    Appeals that are open keep the day that was promised.

    Args:
        days: ``(day, works, name)``; none at all goes back to the country's days.

    Raises:
        NotFound: no such tenant.
        Unprocessable: ``calendar_invalid``: a day of another year, twice, too many, or a name too long; ``fields`` names it.
    """
    require(actor, "quality.calendar.edit", Thing(frozenset({people.tenant(tenant).id})))
    fields = _faults(year, days)
    if fields:
        raise Unprocessable(
            "calendar_invalid",
            zh="日历里有几天不对。",
            en="Some days of the calendar are wrong.",
            fields=fields,
        )
    with db.write():
        CalendarDay.objects.filter(tenant=tenant, day__year=year).delete()
        CalendarDay.objects.bulk_create(
            CalendarDay(tenant=tenant, day=day, working=working, name=name.strip())
            for day, working, name in days
        )
        audit.record(
            actor, "calendar.set", f"tenant:{tenant}", tenant=tenant, year=year,
            days=[f"{day.isoformat()}={'work' if working else 'off'}" for day, working, _ in days],
        )  # fmt: skip


def _faults(year: int, days: Sequence[tuple[date, bool, str]]) -> list[dict[str, str]]:
    out = []
    if not YEARS[0] <= year <= YEARS[1]:
        out.append(
            _fault("year", f"年份在 {YEARS[0]} 到 {YEARS[1]} 之间。", f"Between {YEARS[0]} and {YEARS[1]}.")
        )
    if len(days) > MOST_DAYS:
        out.append(_fault("days", f"一年最多 {MOST_DAYS} 天。", f"At most {MOST_DAYS} days a year."))
    seen: set[date] = set()
    for n, (day, _, name) in enumerate(days):
        if day.year != year:
            out.append(_fault(f"days.{n}.day", f"不在 {year} 年里。", f"Not a day of {year}."))
        if day in seen:
            out.append(_fault(f"days.{n}.day", "这一天写了两次。", "This day is there twice."))
        if len(name.strip()) > 40:
            out.append(_fault(f"days.{n}.name", "名字最多 40 字。", "At most 40 characters."))
        seen.add(day)
    return out


def _fault(field: str, zh: str, en: str) -> dict[str, str]:
    return {"field": field, "code": "invalid", "zh": zh, "en": en}
