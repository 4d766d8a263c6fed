"""The figures of a project or of one person in it, each one statement over small rows.

Whole answers count as passed when a reviewer accepted them as they were at the first try. Marks count as right unless a
reviewer said or changed otherwise; their intervals allow for marks of one answer going wrong together.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum

from doujia.server.kernel import clock
from doujia.server.quality.estimate import clustered, rate
from doujia.server.quality.models.reports import Check, CheckCount, CheckFinding, CheckPair
from doujia.server.work.counts import SHANGHAI
from doujia.server.work.queries import Rate

__all__ = [
    "BaseRow", "ClassRow", "DayRow", "ErrorRow", "PairRow", "PersonRow", "RuleRow", "SliceRow", "Window", "bases", "classes", "days", "errors",
    "pairs", "passed", "people", "right", "rules", "slices", "window",
]  # fmt: skip

MOST_ROWS = 200
MOST_DAYS = 45


@dataclass(frozen=True)
class Window:
    """Days first … last (Shanghai), both in it; ``before`` are as many days just before it, None for all of time."""

    first: date
    last: date
    before: tuple[date, date] | None


@dataclass(frozen=True)
class ClassRow:
    """A class: how many marks of it were right, now and in the window before. ``answers`` hold such marks."""

    label: str
    right: Rate
    before: Rate
    wrong: int
    answers: int


@dataclass(frozen=True)
class SliceRow:
    """A part of the data: ``attr:hidden=most`` counts marks; ``item:…``, ``dataset:…``, ``suggested:yes|no`` count answers."""

    key: str
    right: Rate
    name: str = ""


@dataclass(frozen=True)
class BaseRow:
    """A base of the project: answers passed at the first try, marks right, how many people."""

    base: str
    name: str
    passed: Rate
    right: Rate
    people: int


@dataclass(frozen=True)
class PersonRow:
    """A person: answers passed at the first try, marks right, the window before, her most frequent error."""

    person: str
    name: str
    base: str
    passed: Rate
    right: Rate
    before: Rate
    error_class: str
    errors: int


@dataclass(frozen=True)
class DayRow:
    """A day (or a week by its Monday): answers checked for the first time, with the interval."""

    day: date
    passed: Rate


@dataclass(frozen=True)
class ErrorRow:
    """A kind of error: how often, by how many people, of which class most."""

    error_class: str
    n: int
    people: int
    label: str


@dataclass(frozen=True)
class RuleRow:
    """A paragraph of the guideline that reviewers named: how often, how many people broke it."""

    rule: str
    n: int
    people: int
    error_class: str


@dataclass(frozen=True)
class PairRow:
    """``given`` where ``right`` was right; empty is nothing there."""

    given: str
    right: str
    n: int


def window(length: int) -> Window:
    """Return the window of so many days that ends today; 0 is all of time."""
    today = clock.now().astimezone(SHANGHAI).date()
    if length <= 0:
        return Window(date(2000, 1, 1), today, None)
    first = today - timedelta(days=length - 1)
    return Window(first, today, (first - timedelta(days=length), first - timedelta(days=1)))


def _checks(project: str, first: date, last: date, person: str = "") -> QuerySet[Check]:
    found = Check.objects.filter(project=project, day__gte=first, day__lte=last, void=False, first=True)
    return found.filter(person=person) if person else found


def _parts(table: Any, project: str, w: Window, person: str) -> Any:
    # The few that count no more are left out by their ids: joining every row to its check would cost more than adding up.
    void = Check.objects.filter(project=project, void=True).values("review")
    found = table.objects.filter(project=project, day__gte=w.first, day__lte=w.last).exclude(of__in=void)
    return found.filter(person=person) if person else found


_ANSWERS = {
    "checked": Count("review"), "good": Count("review", filter=Q(verdict="accept")), "n": Sum("marks"), "bad": Sum("wrong"),
    "nn": Sum(F("marks") * F("marks")), "ww": Sum(F("wrong") * F("wrong")), "nw": Sum(F("marks") * F("wrong")),
}  # fmt: skip


def _passed(row: dict[str, Any]) -> Rate:
    return rate(row["good"], row["checked"])


def _right(row: dict[str, Any]) -> Rate:
    values = (int(row[k] or 0) for k in ("checked", "n", "bad", "nn", "ww", "nw"))
    return clustered(*values)


def passed(project: str, days_: tuple[date, date] | None, person: str = "") -> Rate:
    """Return the share of answers passed at the first try in these days."""
    return _passed(_checks(project, *days_, person).aggregate(**_ANSWERS)) if days_ else rate(0, 0)


def right(project: str, days_: tuple[date, date] | None, person: str = "") -> Rate:
    """Return the share of marks right in these days."""
    return _right(_checks(project, *days_, person).aggregate(**_ANSWERS)) if days_ else rate(0, 0)


def _counted(project: str, w: Window, person: str, prefix: str) -> dict[str, tuple[Rate, int, int]]:
    """Return key → share right, wrong, answers."""
    found = (
        _parts(CheckCount, project, w, person)
        .filter(key__gte=prefix, key__lt=prefix[:-1] + ";")  # ";" follows ":"
        .values("key")
        .annotate(
            answers=Count("id"), of_n=Sum("n"), bad=Sum("wrong"), nn=Sum(F("n") * F("n")), ww=Sum(F("wrong") * F("wrong")),
            nw=Sum(F("n") * F("wrong")),
        )
        .order_by("-of_n", "key")[:MOST_ROWS]
    )  # fmt: skip
    return {
        r["key"]: (clustered(r["answers"], r["of_n"], r["bad"], r["nn"], r["ww"], r["nw"]), r["bad"], r["answers"])
        for r in found
    }  # fmt: skip


def classes(project: str, w: Window, person: str = "") -> list[ClassRow]:
    """Return the classes, the one with most wrong marks first."""
    now = _counted(project, w, person, "class:")
    before = _counted(project, Window(*w.before, None), person, "class:") if w.before and now else {}
    none = rate(0, 0)
    rows = [
        ClassRow(key[6:], share, before[key][0] if key in before else none, wrong, answers)
        for key, (share, wrong, answers) in now.items()
    ]
    return sorted(rows, key=lambda r: (-r.wrong, -r.right.of, r.label))


def slices(project: str, w: Window, person: str = "") -> list[SliceRow]:
    """Return the parts of the data: attributes, facts of the item, source, with or without a pre-label."""
    rows = [SliceRow(key, share) for prefix in ("attr:", "item:") for key, (share, _, _) in _counted(project, w, person, prefix).items()]  # fmt: skip
    checks = _checks(project, w.first, w.last, person)
    for r in checks.values("dataset").annotate(**_ANSWERS).order_by("dataset"):
        rows.append(SliceRow(f"dataset:{r['dataset']}", _passed(r)))
    for r in checks.values("suggested").annotate(**_ANSWERS).order_by("suggested"):
        rows.append(SliceRow(f"suggested:{'yes' if r['suggested'] else 'no'}", _passed(r)))
    return rows


def bases(project: str, w: Window, names: dict[str, str]) -> list[BaseRow]:
    """Return the bases, by id, with their names where known."""
    found = (
        _checks(project, w.first, w.last)
        .values("base")
        .annotate(people=Count("person", distinct=True), **_ANSWERS)
    )
    return [
        BaseRow(r["base"], names.get(r["base"], ""), _passed(r), _right(r), r["people"])
        for r in found.order_by("base")
    ]


def people(project: str, w: Window) -> list[PersonRow]:
    """Return the people without their names, the one with most wrong marks first."""
    found = list(_checks(project, w.first, w.last).values("person").annotate(base_=F("base"), **_ANSWERS))
    before = {}
    if w.before and found:
        before = {
            r["person"]: _passed(r) for r in _checks(project, *w.before).values("person").annotate(**_ANSWERS)
        }
    most: dict[str, tuple[str, int]] = {}
    named = _parts(CheckFinding, project, w, "").values("person", "error_class").annotate(times=Count("id"))
    for r in named.order_by("-times", "error_class"):
        most.setdefault(r["person"], (r["error_class"], r["times"]))
    none = rate(0, 0)
    merged: dict[str, PersonRow] = {}
    for r in sorted(found, key=lambda r: -int(r["bad"] or 0)):
        error, times = most.get(r["person"], ("", 0))
        merged.setdefault(
            r["person"],
            PersonRow(
                r["person"],
                "",
                r["base_"],
                _passed(r),
                _right(r),
                before.get(r["person"], none),
                error,
                times,
            ),
        )
    return list(merged.values())


def days(project: str, w: Window, person: str = "") -> list[DayRow]:
    """Return the days on which something was checked, oldest first; beyond ``MOST_DAYS`` of them the weeks, by their Monday."""
    found = _checks(project, w.first, w.last, person).values("day").annotate(**_ANSWERS).order_by("day")
    rows = {r["day"]: (r["good"], r["checked"]) for r in found}
    if len(rows) > MOST_DAYS:
        weeks: dict[date, tuple[int, int]] = {}
        for day, (good, of) in rows.items():
            monday = day - timedelta(days=day.weekday())
            before = weeks.get(monday, (0, 0))
            weeks[monday] = (before[0] + good, before[1] + of)
        rows = weeks
    return [DayRow(day, rate(good, of)) for day, (good, of) in rows.items()]


def errors(project: str, w: Window, person: str = "") -> list[ErrorRow]:
    """Return the kinds of error, the most frequent first."""
    found = _parts(CheckFinding, project, w, person)
    rows = found.values("error_class").annotate(times=Count("id"), who=Count("person", distinct=True))
    label = _top(found.exclude(label=""), "error_class", "label")
    return [
        ErrorRow(r["error_class"], r["times"], r["who"], label.get(r["error_class"], ""))
        for r in rows.order_by("-times", "error_class")[:MOST_ROWS]
    ]


def rules(project: str, w: Window, person: str = "") -> list[RuleRow]:
    """Return the paragraphs of the guideline that were named, the most broken first."""
    found = _parts(CheckFinding, project, w, person).exclude(rule="")
    rows = found.values("rule").annotate(times=Count("id"), who=Count("person", distinct=True))
    error = _top(found, "rule", "error_class")
    return [
        RuleRow(r["rule"], r["times"], r["who"], error.get(r["rule"], ""))
        for r in rows.order_by("-who", "-times", "rule")[:MOST_ROWS]
    ]


def _top(found: Any, by: str, what: str) -> dict[str, str]:
    """Return for each ``by`` the most frequent ``what``."""
    out: dict[str, str] = {}
    for r in found.values(by, what).annotate(times=Count("id")).order_by("-times", what):
        out.setdefault(r[by], r[what])
    return out


def pairs(project: str, w: Window, person: str = "") -> list[PairRow]:
    """Return given against right by class, right ones included."""
    found = _parts(CheckPair, project, w, person).values("given", "right").annotate(times=Sum("n"))
    return [PairRow(r["given"], r["right"], r["times"]) for r in found.order_by("given", "right")[:2_000]]


def named(rows: Iterable[PersonRow], names: dict[str, str]) -> list[PersonRow]:
    """Return the rows with the names that the viewer may see."""
    return [replace(r, name=names.get(r.person, "")) for r in rows]
