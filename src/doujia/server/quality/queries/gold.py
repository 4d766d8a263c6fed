"""Known tasks as leads see them, and graded answers as other rooms count them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from django.db.models import Count, Q

from doujia.server.kernel import clock
from doujia.server.kernel.api import cursor_decode, cursor_encode
from doujia.server.kernel.authz import Actor, require
from doujia.server.kernel.errors import NotFound
from doujia.server.projects import queries as projects
from doujia.server.quality.models import GoldAnswer, GoldStanding, GoldTask, GradedAnswer
from doujia.server.work import neighbours
from doujia.server.work import queries as work
from doujia.server.work.queries import Rate, wilson

__all__ = [
    "GoldDetail", "GoldHealth", "GoldPage", "GoldRow", "GoldSaid", "GradedRow", "StandingRow", "detail", "graded", "graded_of", "health",
    "pool", "standings",
]  # fmt: skip

PLAN_DAYS = 30
COUNTED_READY = 1000


@dataclass(frozen=True)
class GradedRow:
    """One person's first answer to a known task.

    Attributes:
        counted: False while the right answer is in doubt.
        classes: class → counts ``right``, ``missed``, ``extra``. errors: codes of what differs.
    """

    id: str
    project: str
    task: str
    submission: str
    person: str
    score: float
    passed: bool
    counted: bool
    classes: dict[str, dict[str, int]]
    errors: list[str]
    guideline_version: int
    at: datetime


@dataclass(frozen=True)
class GoldRow:
    """A known task. ``passed`` is the share of the hall that did, with its 95 % interval."""

    id: str
    task: str
    item: str
    name: str
    pool: str
    state: str
    reason: str
    source: str
    stratum: str
    rule: str | None
    version: int
    shown: int
    passed: Rate
    state_at: datetime
    created_at: datetime


@dataclass(frozen=True)
class GoldPage:
    """Known tasks, those in doubt first, then the newest; and the cursor of the next page."""

    items: list[GoldRow]
    next: str | None


@dataclass(frozen=True)
class GoldSaid:
    """An answer to a known task. ``name`` is what the viewer may call its author."""

    id: str
    submission: str
    person: str
    name: str
    score: float
    passed: bool
    counted: bool
    at: datetime
    differences: Any
    marks: Any
    item_attrs: Any


@dataclass(frozen=True)
class GoldDetail:
    """A known task with what is right, how that came about, and what people answered; the failed first."""

    gold: GoldRow
    project: str
    media: Any
    urls: Any
    marks: Any
    relations: Any
    item_attrs: Any
    history: list[dict[str, Any]]
    answers: list[GoldSaid]


@dataclass(frozen=True)
class GoldHealth:
    """How the pool stands.

    Attributes:
        counts: pool → state → how many. served: hidden ones that have been shown as often as they may.
        ready: done tasks that could be made known ones, at most 1,000. strata: class → hidden active tasks of it.
        rate, exposure: settings of the project. graded: results of the last 30 days. passed: share of them.
        people: who worked in those days. needed: hidden tasks that the plan asks for (square root of the tasks a person
            does, each shown to at most ``exposure`` people); half_width: of the interval of a person's share then.
    """

    counts: dict[str, dict[str, int]]
    served: int
    ready: int
    strata: dict[str, int]
    rate: float
    exposure: int
    passed: Rate
    people: int
    needed: int
    per_person: int
    half_width: float | None


@dataclass(frozen=True)
class StandingRow:
    """Where a person stands by her known tasks; ``level`` of 4.5 asks for practice, ``drifted_at`` says that it has."""

    person: str
    name: str
    passed: Rate
    level: float
    drifted_at: datetime | None


def graded(project: str, start: datetime, end: datetime, *, person: str = "") -> list[GradedRow]:
    """Return the results of a span of time by when the answers were handed in, oldest first: for records and reports."""
    rows = GradedAnswer.objects.filter(project=project, at__gte=start, at__lt=end)
    if person:
        rows = rows.filter(person=person)
    return [_graded(r) for r in rows.order_by("at", "id")]


def graded_of(submissions: Sequence[str]) -> dict[str, GradedRow]:
    """Return the results of these answers to known tasks, by submission."""
    rows = GradedAnswer.objects.filter(submission__in=[UUID(s) for s in submissions])
    return {str(r.submission): _graded(r) for r in rows}


def _graded(r: GradedAnswer) -> GradedRow:
    return GradedRow(
        str(r.id), r.project, r.task, str(r.submission), r.person, r.score, r.passed, r.counted, msgspec.json.decode(r.classes),
        [d["code"] for d in msgspec.json.decode(r.differences)], r.guideline_version, r.at,
    )  # fmt: skip


def pool(
    *, actor: Actor, project: str, pool: str = "", state: str = "", cursor: str | None = None, limit: int = 50
) -> GoldPage:
    """Return a page of a project's known tasks."""
    require(actor, "quality.view", projects.thing(project))
    rows = GoldTask.objects.filter(project=project)
    if pool:
        rows = rows.filter(pool=pool)
    if state:
        rows = rows.filter(state=state)
    first: list[GoldTask] = []
    after = cursor_decode(cursor, 1)
    if after is None:
        first = list(rows.filter(state="suspect").order_by("state_at")[:200])
    else:
        rows = rows.filter(id__lt=UUID(str(after[0])))
    rest = list(rows.exclude(state="suspect").order_by("-id")[: limit + 1])
    more = cursor_encode(rest[limit - 1].id) if len(rest) > limit else None
    return GoldPage(_rows(first + rest[:limit]), more)


def _rows(found: Sequence[GoldTask]) -> list[GoldRow]:
    items = neighbours.items({r.item for r in found})
    return [
        GoldRow(
            str(r.id), r.task, r.item, getattr(items.get(r.item), "name", ""), r.pool, r.state, r.reason, r.source, r.stratum, r.rule,
            r.version, r.shown, wilson(r.passed, r.graded), r.state_at, r.created_at,
        )
        for r in found
    ]  # fmt: skip


def detail(*, actor: Actor, gold: str) -> GoldDetail:
    """Return a known task with what is right and what people answered."""
    try:
        row = GoldTask.objects.filter(id=UUID(gold)).first()
    except ValueError:
        row = None
    if row is None:
        raise NotFound("gold_not_found", zh="没有这道标准题。", en="There is no such known task.")
    thing = projects.thing(row.project)
    require(actor, "quality.manage", thing)
    versions = list(GoldAnswer.objects.filter(gold=row).order_by("version"))
    said = list(GradedAnswer.objects.filter(gold=row).order_by("passed", "-at")[:100])
    names = work.names_for(actor, thing, {s.person for s in said} | {v.by for v in versions if v.by})
    right = _parts(versions[-1].document)
    item = neighbours.items([row.item]).get(row.item)
    until = clock.now() + timedelta(hours=1)
    return GoldDetail(
        _rows([row])[0], row.project, getattr(item, "media", None), neighbours.signed_urls(item, until, actor.person) if item else None,
        right["marks"], right["relations"], right["item_attrs"],
        [{"version": v.version, "reason": v.reason, "by": names.get(v.by, ""), "at": v.at} for v in versions],
        [_said(s, names) for s in said],
    )  # fmt: skip


def _said(s: GradedAnswer, names: dict[str, str]) -> GoldSaid:
    found = work.known_said(str(s.submission))
    parts = _parts(found.document if found is not None else '{"marks": [], "item_attrs": {}}')
    return GoldSaid(
        str(s.id), str(s.submission), s.person, names.get(s.person, ""), s.score, s.passed, s.counted, s.at,
        msgspec.Raw(s.differences.encode()), parts["marks"], parts["item_attrs"],
    )  # fmt: skip


def _parts(document: str) -> dict[str, msgspec.Raw]:
    return msgspec.json.decode(document, type=dict[str, msgspec.Raw])


def health(*, actor: Actor, project: str) -> GoldHealth:
    """Return how a project's pool stands, and how many known tasks its work needs."""
    require(actor, "quality.view", projects.thing(project))
    settings = projects.setup(project).settings
    counts: dict[str, dict[str, int]] = {}
    for row in GoldTask.objects.filter(project=project).values("pool", "state").annotate(n=Count("id")):
        counts.setdefault(row["pool"], {})[row["state"]] = row["n"]
    hidden = GoldTask.objects.filter(project=project, pool="hidden", state="active")
    strata = {
        r["stratum"]: r["n"] for r in hidden.values("stratum").annotate(n=Count("id")).order_by("-n")[:50]
    }
    taken = set(GoldTask.objects.filter(project=project).values_list("task", flat=True))
    first = work.adjudicated_tasks(project, limit=COUNTED_READY + len(taken))
    ready = min(COUNTED_READY, sum(t not in taken for t in first))
    recent = GradedAnswer.objects.filter(
        project=project, counted=True, at__gte=clock.now() - timedelta(days=PLAN_DAYS)
    )
    sums = recent.aggregate(n=Count("id"), right=Count("id", filter=Q(passed=True)))
    people, each = work.pace(project, PLAN_DAYS)
    needed, per_person, half = 0, 0, None
    if people and each:
        from doujia.consensus.plans.gold import gold_plan

        plan = gold_plan(each, people, exposure=settings.gold_exposure)
        needed, per_person, half = plan.items, plan.per_person, plan.half_width
    return GoldHealth(
        counts, hidden.filter(shown__gte=settings.gold_exposure).count(), ready, strata, settings.gold_rate, settings.gold_exposure,
        wilson(sums["right"], sums["n"]), people, needed, per_person, half,
    )  # fmt: skip


def standings(*, actor: Actor, project: str) -> list[StandingRow]:
    """Return where the people of a project stand: those who should practise first, then by the sum."""
    thing = projects.thing(project)
    require(actor, "quality.view", thing)
    rows = list(GoldStanding.objects.filter(project=project)[:2000])
    names = work.names_for(actor, thing, {r.person for r in rows})
    rows.sort(key=lambda r: (r.drifted_at is None, -r.level, names.get(r.person, "")))
    return [
        StandingRow(r.person, names.get(r.person, ""), wilson(r.passed, r.graded), r.level, r.drifted_at)
        for r in rows
    ]
