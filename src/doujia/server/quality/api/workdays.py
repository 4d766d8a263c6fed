"""Working days of a base over HTTP."""

from __future__ import annotations

from datetime import date

import msgspec
from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from doujia.server.kernel.api import actor_of
from doujia.server.quality.actions import workdays as actions
from doujia.server.quality.queries import workdays as queries
from doujia.server.work.api.bodies import answer, described, read

router = Router()


class OwnDay(msgspec.Struct, kw_only=True):
    """One day of the base's own."""

    day: date
    working: bool
    name: str = ""


class CalendarBody(msgspec.Struct, kw_only=True):
    """All days of a year that the base enters; none goes back to the country's days."""

    year: int
    days: list[OwnDay]


@router.get(
    "/tenants/{tenant}/calendar",
    operation_id="quality_calendar",
    openapi_extra=described("quality.calendar", None, queries.CalendarView),
)
def calendar(request: HttpRequest, tenant: str, year: int = Query(..., ge=2020, le=2100)) -> HttpResponse:
    """Holidays and weekends that are worked in a year: the country's, and what the base has entered."""
    return answer(queries.calendar(actor=actor_of(request), tenant=tenant, year=year))


@router.put(
    "/tenants/{tenant}/calendar",
    operation_id="quality_calendar_set",
    openapi_extra=described("quality.calendar.edit", CalendarBody, queries.CalendarView),
)
def set_calendar(request: HttpRequest, tenant: str) -> HttpResponse:
    """Enter the base's own days of a year; they count from now on, for the answer to appeals."""
    actor, body = actor_of(request), read(request, CalendarBody)
    days = [(d.day, d.working, d.name) for d in body.days]
    actions.set_days(actor=actor, tenant=tenant, year=body.year, days=days)
    return answer(queries.calendar(actor=actor, tenant=tenant, year=body.year))
