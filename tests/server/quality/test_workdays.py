"""Working days: the country's holidays, weekends that are worked instead, and what a base enters itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from doujia.server.kernel.errors import Forbidden, NotFound, Unprocessable
from doujia.server.quality import holidays, workdays
from doujia.server.quality.actions import workdays as actions
from doujia.server.quality.actions.appeals import appeal
from doujia.server.quality.models import Appeal
from doujia.server.quality.queries import workdays as queries

from .conftest import Hall

SATURDAY, MONDAY = date(2026, 3, 7), date(2026, 3, 9)


@pytest.mark.parametrize(
    ("filed", "last"),
    [
        # counted on the calendars of the notices: noon in Shanghai of the day, and the third working day after it
        (
            date(2026, 9, 30),
            date(2026, 10, 10),
        ),  # 1–7 October off; the 8th, the 9th, and Saturday the 10th is worked
        (date(2026, 2, 13), date(2026, 2, 25)),  # Saturday the 14th worked; 15–23 off; the 24th, the 25th
        (date(2025, 12, 31), date(2026, 1, 6)),  # 1–3 January off; Sunday the 4th worked; the 5th, the 6th
        (
            date(2025, 9, 30),
            date(2025, 10, 11),
        ),  # 1–8 October off; the 9th, the 10th, Saturday the 11th worked
        (
            date(2027, 2, 4),
            date(2027, 2, 11),
        ),  # no notice yet; by law 5–8 February off; the 9th, the 10th, the 11th
        (
            date(2035, 4, 30),
            date(2035, 5, 7),
        ),  # by law 1 and 2 May off; the 3rd and 4th, the weekend, Monday the 7th
        (date(2026, 3, 5), date(2026, 3, 10)),  # an ordinary weekend
    ],
)
def test_three_working_days_know_the_holidays(filed: date, last: date) -> None:
    at = datetime(filed.year, filed.month, filed.day, 4, tzinfo=UTC)
    midnight = datetime(last.year, last.month, last.day, 16, tzinfo=UTC)
    assert workdays.end_after(at, 3) == midnight


@pytest.mark.parametrize("year", [2025, 2026])
def test_beyond_the_thirteen_days_of_the_law_every_free_weekday_is_worked_on_a_weekend(year: int) -> None:
    special = holidays.special_days(year).values()
    free = sum(not d.working and d.day.weekday() < 5 for d in special)
    worked = [d for d in special if d.working]
    assert all(d.day.weekday() >= 5 for d in worked)
    # Of the thirteen all count here, for those on a weekend are given back on a weekday.
    assert free == 13 + len(worked)


@pytest.mark.parametrize(("year", "days"), [(2027, 13), (2028, 12), (2030, 13), (2040, 6)])
def test_without_a_notice_there_are_the_days_of_the_law(year: int, days: int) -> None:
    # 2028: the fifteenth of the eighth month is 3 October, a National Day already; 2040: only the fixed days are known
    # The days of 2027 to 2030 are those of the package holidays 0.108 (China, observed=False).
    assert not holidays.has_notice(year)
    assert len(holidays.special_days(year)) == days


def test_a_base_enters_its_own_days_and_they_come_first(hall: Hall) -> None:
    manager, base = hall.person("chief", "manager"), hall.world.base
    actions.set_days(
        actor=manager, tenant=base, year=2026, days=[(SATURDAY, True, "调休上班"), (MONDAY, False, "赶集")]
    )
    own = queries.days_of(base, date(2026, 3, 1))
    assert own == {SATURDAY: True, MONDAY: False}
    thursday = datetime(2026, 3, 5, 4, tzinfo=UTC)
    # Friday, Saturday, then Tuesday: Monday is the base's own holiday
    assert workdays.end_after(thursday, 3, own) == datetime(2026, 3, 10, 16, tzinfo=UTC)
    assert workdays.end_after(thursday, 2, own) == datetime(2026, 3, 7, 16, tzinfo=UTC)
    shown = {d.day: d for d in queries.calendar(actor=hall.person("wu"), tenant=base, year=2026).days}
    assert (shown[SATURDAY].own, shown[SATURDAY].working, shown[SATURDAY].zh) == (True, True, "调休上班")
    assert (shown[date(2026, 10, 1)].own, shown[date(2026, 10, 1)].en) == (False, "National Day")
    actions.set_days(actor=manager, tenant=base, year=2026, days=[])
    assert queries.days_of(base, date(2026, 1, 1)) == {}


def test_an_appeal_is_due_by_the_calendar_of_her_base(hall: Hall) -> None:
    manager, wu = hall.person("chief", "manager"), hall.person("wu")
    hall.world.fill("a.txt", "b.txt")
    first, second = hall.submit(wu), hall.submit(wu)
    for _ in range(2):
        hall.judge(hall.person("lead", "lead"), "reject")
    appeal(actor=wu, submission=first)
    actions.set_days(actor=manager, tenant=hall.world.base, year=2026, days=[(MONDAY, False, "赶集")])
    appeal(actor=wu, submission=second)
    due = dict(Appeal.objects.values_list("submission", "due_at"))
    # Friday, Monday, Tuesday; then Friday, Tuesday, Wednesday: what was promised before stays
    assert sorted(due.values()) == [
        datetime(2026, 3, 10, 16, tzinfo=UTC), datetime(2026, 3, 11, 16, tzinfo=UTC),
    ]  # fmt: skip
    assert {str(k): v for k, v in due.items()}[second] - datetime(2026, 3, 10, 16, tzinfo=UTC) == timedelta(days=1)  # fmt: skip


@pytest.mark.parametrize(
    ("year", "days", "field"),
    [
        (2026, [(date(2027, 1, 1), False, "")], "days.0.day"),
        (2026, [(SATURDAY, True, ""), (SATURDAY, False, "")], "days.1.day"),
        (2026, [(SATURDAY, True, "长" * 41)], "days.0.name"),
        (1999, [], "year"),
        (2026, [(date(2026, 1, 1) + timedelta(days=n), False, "") for n in range(151)], "days"),
    ],
)
def test_faults_of_a_calendar_are_named(hall: Hall, year: int, days: Any, field: str) -> None:
    with pytest.raises(Unprocessable) as refused:
        actions.set_days(actor=hall.person("chief", "manager"), tenant=hall.world.base, year=year, days=days)
    assert field in [f["field"] for f in refused.value.fields]


def test_who_enters_the_days(hall: Hall) -> None:
    for name, role in (("wu", "worker"), ("lead", "lead")):
        with pytest.raises(Forbidden):
            actions.set_days(actor=hall.person(name, role), tenant=hall.world.base, year=2026, days=[])
    with pytest.raises(NotFound):
        actions.set_days(actor=hall.person("chief", "manager"), tenant=hall.world.client, year=2026, days=[])
    with pytest.raises(NotFound):
        queries.calendar(actor=hall.person("wu"), tenant="nowhere", year=2026)


def test_the_story_over_http(hall: Hall, client_for: Callable[[str], Client]) -> None:
    manager = client_for(hall.person("chief", "manager").person)
    address = f"/api/v1/quality/tenants/{hall.world.base}/calendar"
    page = manager.get(f"{address}?year=2027").json()
    assert (page["noticed"], len(page["days"])) == (False, 13)
    body = {"year": 2027, "days": [{"day": "2027-02-09", "working": False, "name": "春节"}, {"day": "2027-02-20", "working": True, "name": "调休"}]}  # fmt: skip
    page = manager.put(address, body, content_type="application/json").json()
    assert [d["day"] for d in page["days"] if d["own"]] == ["2027-02-09", "2027-02-20"]
    wrong = manager.put(address, {"year": 2027, "days": [{"day": "2026-02-09", "working": False}]}, content_type="application/json")  # fmt: skip
    assert (wrong.status_code, wrong.json()["code"]) == (422, "calendar_invalid")
    worker = client_for(hall.person("wu").person)
    assert worker.get(f"{address}?year=2027").status_code == 200
    assert worker.put(address, body, content_type="application/json").status_code == 403
    assert worker.get(f"{address}?year=27").status_code == 422
