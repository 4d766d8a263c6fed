"""The projects of a lead side by side: where was most checked, and how it stands."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Q

from doujia.server.kernel.authz import Actor, can
from doujia.server.projects import queries as projects
from doujia.server.quality.estimate import rate
from doujia.server.quality.models.reports import Check
from doujia.server.quality.queries.reports.figures import window
from doujia.server.work.queries import Rate

__all__ = ["ProjectRow", "overview"]

MOST = 200


@dataclass(frozen=True)
class ProjectRow:
    """A project with what was passed at the first try."""

    project: str
    name: str
    state: str
    passed: Rate


def overview(*, actor: Actor, days: int) -> list[ProjectRow]:
    """Return the projects that the actor may see, those under way first, then by how much was checked."""
    w = window(days)
    rows = {p.id: p for p in projects.listing(actor, limit=MOST)}
    seen = [p for p in rows if can(actor, "quality.view", projects.thing(p))]
    found = (
        Check.objects.filter(project__in=seen, day__gte=w.first, day__lte=w.last, void=False, first=True)
        .values("project")
        .annotate(of=Count("review"), good=Count("review", filter=Q(verdict="accept")))
    )
    counted = {r["project"]: (r["good"], r["of"]) for r in found}
    out = [ProjectRow(p, rows[p].name, rows[p].state, rate(*counted.get(p, (0, 0)))) for p in seen]
    return sorted(out, key=lambda r: (r.state not in ("running", "paused"), -r.passed.of))
