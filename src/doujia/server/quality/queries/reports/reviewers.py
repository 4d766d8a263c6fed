"""How alike reviewers judge: each one's pass rate against what the others pass of the same people's work."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, Sum

from doujia.server.kernel import clock
from doujia.server.kernel.authz import Actor, require
from doujia.server.projects import queries as projects
from doujia.server.quality.actions.records import policy_of
from doujia.server.quality.estimate import differ, rate
from doujia.server.quality.models.reports import Check
from doujia.server.quality.queries.appeals import overturns
from doujia.server.quality.queries.reports import figures
from doujia.server.work import queries as work
from doujia.server.work.queries import Rate

__all__ = ["ReviewerReport", "ReviewerRow", "reviewers"]

LEAST_SHARED = 5
ALWAYS = 36_500


@dataclass(frozen=True)
class ReviewerRow:
    """One reviewer.

    Attributes:
        passed: what she passed as it was, over everybody's first tries; ``fixed`` and ``returned`` how many.
        shared: her pass rate over those people whom others checked too; ``others`` what the others pass of the same
            people's work, person by person in her proportions (indirect standardisation).
        apart: the two differ beyond chance: strict or lenient, or her people had other work; ask before judging.
        overturned: share of the appeals about her rejections that found the answer right.
        seconds: her time for one check.
    """

    reviewer: str
    name: str
    passed: Rate
    fixed: int
    returned: int
    shared: Rate
    others: Rate
    apart: bool
    overturned: Rate
    seconds: float | None


@dataclass(frozen=True)
class ReviewerReport:
    """The reviewers of a project, who checked most first."""

    at: datetime
    project: str
    days: int
    line: float
    rows: list[ReviewerRow]


def reviewers(*, actor: Actor, project: str, days: int) -> ReviewerReport:
    """Return how the reviewers of a project judge; the number of statements is fixed.

    Raises:
        NotFound, Forbidden
    """
    thing = projects.thing(project)
    require(actor, "quality.view", thing)
    w = figures.window(days)
    cells = list(
        Check.objects.filter(project=project, day__gte=w.first, day__lte=w.last, first=True)
        .values("reviewer", "person")
        .annotate(
            of=Count("review"), good=Count("review", filter=Q(verdict="accept")), fixed=Count("review", filter=Q(verdict="fix")),
            returned=Count("review", filter=Q(verdict="reject")), ms=Sum("review_ms"),
        )
    )  # fmt: skip
    by: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for cell in cells:
        by[cell["reviewer"]].append(cell)
    names = work.names_for(actor, thing, set(by))
    appealed = {o.reviewer: o.share for o in overturns(actor=actor, project=project, days=days or ALWAYS)}
    rows = [
        _row(reviewer, mine, cells, names, appealed.get(reviewer, rate(0, 0)))
        for reviewer, mine in by.items()
    ]
    rows.sort(key=lambda r: (-r.passed.of, r.reviewer))
    return ReviewerReport(clock.now(), project, days, policy_of(project).line, rows)


def _row(
    reviewer: str,
    mine: list[dict[str, Any]],
    cells: list[dict[str, Any]],
    names: dict[str, str],
    overturned: Rate,
) -> ReviewerRow:
    of, returned, ms = (sum(c[k] for c in mine) for k in ("of", "returned", "ms"))
    shared, others = _calibrated(reviewer, mine, cells)
    return ReviewerRow(
        reviewer, names.get(reviewer, ""), rate(sum(c["good"] for c in mine), of), sum(c["fixed"] for c in mine), returned, shared, others,
        differ(shared, others), overturned, ms / of / 1000 if of else None,
    )  # fmt: skip


def _calibrated(reviewer: str, mine: list[dict[str, Any]], cells: list[dict[str, Any]]) -> tuple[Rate, Rate]:
    """Return her pass rate over the people whom others checked at least five times, and theirs in her proportions.

    The weighted share of the others is worth (Σw)²/Σ(w²/n) checks.
    """
    good = of = expected = squares = 0.0
    for cell in mine:
        theirs = [c for c in cells if c["person"] == cell["person"] and c["reviewer"] != reviewer]
        n = sum(c["of"] for c in theirs)
        if n < LEAST_SHARED:
            continue
        good, of = good + cell["good"], of + cell["of"]
        expected += cell["of"] * sum(c["good"] for c in theirs) / n
        squares += cell["of"] ** 2 / n
    if of == 0:
        return rate(0, 0), rate(0, 0)
    worth = of * of / squares
    return rate(good, of), rate(expected / of * worth, worth, effective=worth)
