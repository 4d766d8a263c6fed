"""What rules look at: a person's results, verdicts and closed weeks as events in order."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

from doujia.server.kernel import clock
from doujia.server.quality import standing, workdays
from doujia.server.quality.actions.records import appeals_about
from doujia.server.quality.models import GradedAnswer, Record
from doujia.server.quality.replay import Event
from doujia.server.work import queries as work

__all__ = ["events_of", "people_with_news"]

RIGHT = ("passed", "minor", "overturned")


def events_of(
    source: str, project: str, since: datetime, person: str | None = None
) -> dict[str, list[Event]]:
    """Return the events of a source after a moment, by person, the oldest first; of one person or of all.

    An answer under appeal is left out; afterwards it counts by the outcome, at the time of the rejection.
    """
    made = {"gold": _gold, "reviews": _reviews, "week": _weeks}[source](project, since, person)
    return {who: sorted(rows, key=lambda e: (e.at, e.id)) for who, rows in made.items()}


def people_with_news(project: str, since: datetime) -> set[str]:
    """Return whose results, verdicts or weeks may have changed since a moment."""
    found = {v.person for v in work.verdicts(project, since, _end())}
    found |= set(GradedAnswer.objects.filter(project=project, graded_at__gte=since).values_list("person", flat=True))  # fmt: skip
    closed = Record.objects.filter(project=project, closed_at__gte=since)
    return found | set(closed.values_list("person", flat=True))


def _end() -> datetime:
    return clock.now().replace(year=clock.now().year + 1, day=1)


def _gold(project: str, since: datetime, person: str | None) -> dict[str, list[Event]]:
    rows = GradedAnswer.objects.filter(project=project, at__gt=since, counted=True, gold__pool="hidden")
    if person is not None:
        rows = rows.filter(person=person)
    out: dict[str, list[Event]] = defaultdict(list)
    for who, graded, at, passed in rows.values_list("person", "id", "at", "passed"):
        out[who].append(Event(str(graded), at, int(passed)))
    return out


def _reviews(project: str, since: datetime, person: str | None) -> dict[str, list[Event]]:
    end = _end()
    appeals = appeals_about(project, since, end)
    out: dict[str, list[Event]] = defaultdict(list)
    for v in work.verdicts(project, since, end, person):
        how = standing.judged(v, appeals)
        if v.at <= since or how is None or how == "pending":
            continue
        right = how in RIGHT
        named = (
            []
            if how == "overturned"
            else [f["error_class"] for f in v.findings if f.get("severity") != "minor"]
        )
        errors = tuple(dict.fromkeys(named))
        out[v.person].append(Event(v.review, v.at, int(right), 1, how == "returned", errors))
    return out


def _weeks(project: str, since: datetime, person: str | None) -> dict[str, list[Event]]:
    rows = Record.objects.filter(project=project, week__gte=workdays.week_of(since), total__gt=0)
    if person is not None:
        rows = rows.filter(person=person)
    out: dict[str, list[Event]] = defaultdict(list)
    for row in rows:
        _, end = workdays.week_bounds(row.week)
        if end > since:
            week = f"week:{row.week.isoformat()}"
            out[row.person].append(Event(week, end, row.right, row.total, below=row.below))
    return out
