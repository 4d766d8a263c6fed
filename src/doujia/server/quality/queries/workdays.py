"""The working days of a base: the country's, and its own before them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from doujia.server.kernel.authz import Actor, Thing, require
from doujia.server.people import queries as people
from doujia.server.projects import queries as projects
from doujia.server.quality import holidays
from doujia.server.quality.models.workdays import CalendarDay

__all__ = ["CalendarView", "DayView", "calendar", "days_of", "place_of"]


@dataclass(frozen=True)
class DayView:
    """A day that is not what its weekday says. ``own``: the base entered it; else the country's."""

    day: date
    working: bool
    zh: str
    en: str
    own: bool


@dataclass(frozen=True)
class CalendarView:
    """A year of a base.

    Attributes:
        noticed: whether the country's notice for this year is known here; otherwise only the days of the law are, and a
            base that wants the weekends worked instead has to enter them.
    """

    tenant: str
    year: int
    noticed: bool
    days: list[DayView]


def calendar(*, actor: Actor, tenant: str, year: int) -> CalendarView:
    """Return the special days of a year of a base, in order.

    Raises:
        NotFound, Forbidden
    """
    require(actor, "quality.calendar", Thing(frozenset({people.tenant(tenant).id})))
    found = {d: DayView(d, s.working, s.zh, s.en, False) for d, s in holidays.special_days(year).items()}
    for row in CalendarDay.objects.filter(tenant=tenant, day__year=year):
        found[row.day] = DayView(row.day, row.working, row.name, row.name, True)
    return CalendarView(tenant, year, holidays.has_notice(year), [found[d] for d in sorted(found)])


def days_of(tenant: str, first: date) -> dict[date, bool]:
    """Return the days a base has entered from ``first`` on, True where it works."""
    rows = CalendarDay.objects.filter(tenant=tenant, day__gte=first)
    return dict(rows.values_list("day", "working"))


def place_of(project: str, person: str) -> str:
    """Return whose calendar counts for a person in a project: her base's, or the client's where she is of no base of it."""
    setup = projects.setup(project)
    return next((b for b in setup.bases if person in people.members(b)), setup.client)
