"""Practice as it is shown: to whoever does it, on the bench and afterwards, and to the lead."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from django.db.models import Count, Q

from doujia.server.kernel import clock
from doujia.server.kernel.authz import Actor, Thing, can, require
from doujia.server.kernel.errors import NotFound
from doujia.server.projects import queries as projects
from doujia.server.quality.actions import practice as actions
from doujia.server.quality.models import GoldTask, PracticeRun, PracticeStep
from doujia.server.work import neighbours
from doujia.server.work import queries as work
from doujia.server.work.queries import Rate, wilson

__all__ = [
    "PoolRow",
    "RunDetail",
    "RunRow",
    "StepRow",
    "mine",
    "next_tasks",
    "of_project",
    "pools",
    "run_detail",
]

SHOWN = 200
HOLD = timedelta(hours=4)


@dataclass(frozen=True)
class RunRow:
    """A run through a pool. ``first_right`` is the share of first answers that were right; in an exam only at its end."""

    id: str
    project: str
    project_name: str
    person: str
    name: str
    kind: str
    state: str
    size: int
    done: int
    first_right: Rate | None
    pass_share: float
    reason: str
    rule: str | None
    created_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True)
class StepRow:
    """One task of a run that has ended (or, outside exams, of one that runs)."""

    position: int
    name: str
    score: float | None
    passed: bool | None
    tries: int
    differences: Any


@dataclass(frozen=True)
class RunDetail:
    """A run with its tasks."""

    run: RunRow
    steps: list[StepRow]


@dataclass(frozen=True)
class PoolRow:
    """How a pool is used, and how many tasks it has."""

    kind: str
    size: int
    pass_share: float
    tries: int
    tasks: int


def mine(*, actor: Actor) -> list[RunRow]:
    """Return the caller's runs: the open ones first, then the newest."""
    runs = PracticeRun.objects.filter(person=actor.person).exclude(state="cancelled")
    opened = list(runs.filter(state__in=actions.OPEN).order_by("created_at"))
    ended = list(runs.exclude(state__in=actions.OPEN).order_by("-created_at")[:20])
    return _rows(opened + ended, {})


def of_project(*, actor: Actor, project: str) -> list[RunRow]:
    """Return the newest runs of a project."""
    thing = projects.thing(project)
    require(actor, "quality.view", thing)
    runs = list(PracticeRun.objects.filter(project=project).order_by("-created_at")[:SHOWN])
    return _rows(runs, work.names_for(actor, thing, {r.person for r in runs}))


def pools(*, actor: Actor, project: str) -> list[PoolRow]:
    """Return how a project uses its pools."""
    require(actor, "quality.view", projects.thing(project))
    counted = {
        r["pool"]: r["n"]
        for r in GoldTask.objects.filter(project=project, state="active")
        .values("pool")
        .annotate(n=Count("id"))
    }
    out = []
    for kind in actions.DEFAULTS:
        plan = actions.pool_of(project, kind)
        out.append(PoolRow(kind, plan.size, plan.pass_share, plan.tries, counted.get(kind, 0)))
    return out


def run_detail(*, actor: Actor, run: str) -> RunDetail:
    """Return a run with what was right in it: to whoever did it (an exam once it has ended) and to her leads."""
    try:
        row = PracticeRun.objects.filter(id=UUID(run)).first()
    except ValueError:
        row = None
    if row is None:
        raise NotFound("practice_not_found", zh="没有这次练习。", en="There is no such practice.")
    thing = projects.thing(row.project)
    if actor.person != row.person:
        require(actor, "quality.view", thing)
    else:
        require(actor, "quality.own", Thing(thing.tenants, owner=row.person))
    hidden = row.kind == "exam" and row.state in actions.OPEN
    steps = list(PracticeStep.objects.filter(run=row).select_related("gold").order_by("position"))
    items = neighbours.items({s.gold.item for s in steps})
    shown = [
        StepRow(
            s.position, getattr(items.get(s.gold.item), "name", ""), s.score, s.passed, s.tries, msgspec.Raw(s.differences.encode())
        )
        for s in steps
        if s.tries and not hidden
    ]  # fmt: skip
    names = work.names_for(actor, thing, {row.person}) if can(actor, "quality.view", thing) else {}
    return RunDetail(_rows([row], names)[0], shown)


def _rows(runs: Sequence[PracticeRun], names: dict[str, str]) -> list[RunRow]:
    sums = {
        r["run"]: r
        for r in PracticeStep.objects.filter(run__in=runs)
        .values("run")
        .annotate(
            done=Count("id", filter=Q(done=True)),
            tried=Count("id", filter=Q(tries__gt=0)),
            right=Count("id", filter=Q(passed=True)),
        )
    }
    titles = {p: projects.setup(p).name for p in {r.project for r in runs}}
    out = []
    for r in runs:
        one = sums.get(r.id, {"done": 0, "tried": 0, "right": 0})
        hidden = r.kind == "exam" and r.state in actions.OPEN
        rate = None if hidden else wilson(one["right"], one["tried"])
        out.append(
            RunRow(
                str(r.id), r.project, titles[r.project], r.person, names.get(r.person, ""), r.kind, r.state, r.size, one["done"], rate,
                r.pass_share, r.reason, r.rule, r.created_at, r.ended_at,
            )
        )  # fmt: skip
    return out


def next_tasks(*, actor: Actor, run: str, want: int, have: Collection[str]) -> dict[str, Any]:
    """Return the next tasks of one's run as the bench has them: without suggestions, without a word on the answer."""
    row = actions.begin(actor=actor, run=run)
    setup = projects.setup(row.project)
    steps = list(
        PracticeStep.objects.filter(run=row, done=False)
        .exclude(id__in=list(have)[:100])
        .select_related("gold")
        .order_by("position")[: max(0, min(want, 20))]
    )
    items = neighbours.items({s.gold.item for s in steps})
    until = clock.now() + HOLD
    tasks = []
    for s in steps:
        item = items.get(s.gold.item)
        if item is None:
            continue
        tasks.append(
            {
                "id": s.id, "project": row.project, "slot": s.id, "lease": s.id, "fence": s.tries, "until": until, "mode": "work",
                "item": {
                    "id": s.id, "name": item.name, "media": item.media, "attrs": item.attrs,
                    "urls": neighbours.signed_urls(item, until, s.id),
                },
                "schema_version": setup.schema_version, "guideline_version": setup.guideline_version, "prelabels": [], "draft": None,
                "previous": None, "before_previous": None, "candidates": [], "fused": None, "findings": [], "comments": [],
                "price_fen": None,
            }
        )  # fmt: skip
    versions = {
        row.project: {
            "schema_version": setup.schema_version,
            "guideline_version": setup.guideline_version,
        }
    }
    run_row = _rows([row], {})[0]
    return {"tasks": tasks, "setups": versions, "run": run_row, "empty": None if tasks else _ended(run_row)}


def _ended(run: RunRow) -> dict[str, str]:
    """Say how it went, in a sentence."""
    rate = run.first_right
    if run.state in actions.OPEN or rate is None:
        return {
            "reason": "practice",
            "zh": f"还有 {run.size - run.done} 题。",
            "en": f"{run.size - run.done} more to do.",
        }
    right = round((rate.value or 0) * rate.of)
    words = {
        "passed": ("通过了。", "You passed."),
        "failed": ("这次没有通过,过几天再来。", "Not passed this time; come again in a few days."),
    }
    zh, en = words.get(run.state, ("练完了,可以回去干活了。", "Done; back to work."))
    return {
        "reason": "practice_over",
        "zh": f"{rate.of} 题里第一次就对的有 {right} 题。{zh}",
        "en": f"{right} of {rate.of} were right at the first try. {en}",
    }
