"""What known tasks say, for those who lead: a person's own page never shows it, or it would tell her which tasks were known."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import msgspec

from doujia.server.quality.estimate import rate
from doujia.server.quality.models import GoldStanding, GoldTask, GradedAnswer
from doujia.server.quality.queries.reports.figures import Window
from doujia.server.work.counts import SHANGHAI
from doujia.server.work.queries import Rate

__all__ = ["KnownClass", "KnownFigures", "drifted", "known", "suspects"]

MOST = 20_000


@dataclass(frozen=True)
class KnownClass:
    """A class in known tasks: objects that should be there or were marked, and how many of them were right."""

    label: str
    right: Rate


@dataclass(frozen=True)
class KnownFigures:
    """How known tasks were answered in a window: answers that passed their line, and objects right by class."""

    passed: Rate
    classes: list[KnownClass]


def _span(w: Window) -> tuple[datetime, datetime]:
    def midnight(day: date) -> datetime:
        return datetime(day.year, day.month, day.day, tzinfo=SHANGHAI)

    return midnight(w.first), midnight(w.last) + timedelta(days=1)


def known(project: str, w: Window, person: str = "") -> KnownFigures:
    """Return what known tasks say of a project or of a person; the newest 20,000 answers at most."""
    start, end = _span(w)
    found = GradedAnswer.objects.filter(project=project, counted=True, at__gte=start, at__lt=end)
    if person:
        found = found.filter(person=person)
    right: Counter[str] = Counter()
    of: Counter[str] = Counter()
    answers = good = 0
    for passed, classes in found.order_by("-at").values_list("passed", "classes")[:MOST]:
        answers, good = answers + 1, good + int(passed)
        for label, counts in msgspec.json.decode(classes, type=dict[str, dict[str, int]]).items():
            right[label] += counts.get("right", 0)
            of[label] += sum(counts.get(key, 0) for key in ("right", "missed", "extra"))
    rows = [KnownClass(label, rate(right[label], n)) for label, n in of.items() if n]
    return KnownFigures(rate(good, answers), sorted(rows, key=lambda r: (r.right.value or 0.0, r.label)))


def drifted(project: str) -> dict[str, tuple[int, int]]:
    """Return whose known tasks say that practice is due → how many were graded, how many passed."""
    rows = GoldStanding.objects.filter(project=project, drifted_at__isnull=False)
    return {r.person: (r.passed, r.graded) for r in rows[:200]}


def suspects(project: str) -> int:
    """Return how many right answers are in doubt: good people fail on them."""
    return GoldTask.objects.filter(project=project, state="suspect").count()
