"""Appeals as they are shown: to the one who appealed, to whoever answers, and counted for each reviewer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from doujia.server.kernel import clock
from doujia.server.kernel.authz import Actor, can, require
from doujia.server.people import queries as people
from doujia.server.projects import queries as projects
from doujia.server.quality.actions.appeals import APPEAL_DAYS
from doujia.server.quality.models import Appeal
from doujia.server.work import queries as work
from doujia.server.work.queries import Rate

__all__ = [
    "AppealPage", "Appealable", "DecidedAppeal", "MyAppeal", "MyAppeals", "OpenAppeal", "ReviewerOverturns", "WaitingAppeals",
    "mine", "of_project", "overturns", "waiting",
]  # fmt: skip

SHOWN = 200


@dataclass(frozen=True)
class Appealable:
    """A rejection that may still be appealed, until when, and what it said."""

    submission: str
    project: str
    task: str
    until: datetime
    findings: list[dict[str, Any]]


@dataclass(frozen=True)
class MyAppeal:
    """One's own appeal. ``findings`` are those of the first verdict, ``second`` those of the one that decided."""

    id: str
    submission: str
    project: str
    project_name: str
    task: str
    state: str
    moved_on: bool
    text: str
    filed_at: datetime
    due_at: datetime
    overdue: bool
    decided_at: datetime | None
    findings: list[dict[str, Any]]
    second: list[dict[str, Any]]


@dataclass(frozen=True)
class MyAppeals:
    """What one has appealed, newest first, and what one may still appeal."""

    appeals: list[MyAppeal]
    open_to_appeal: list[Appealable]


@dataclass(frozen=True)
class OpenAppeal:
    """An appeal that waits. It does not say whose or which: whoever looks here may be the one who has to judge it blind.

    Attributes:
        judges: people other than the first reviewer who may check in this project.
    """

    filed_at: datetime
    due_at: datetime
    overdue: bool
    judges: int


@dataclass(frozen=True)
class DecidedAppeal:
    """An appeal with its outcome."""

    id: str
    task: str
    submission: str
    person: str
    name: str
    reviewer: str
    reviewer_name: str
    decided_by: str
    decided_by_name: str
    outcome: str
    moved_on: bool
    text: str
    filed_at: datetime
    due_at: datetime
    decided_at: datetime


@dataclass(frozen=True)
class AppealPage:
    """The appeals of a project: those that wait, by due date, and the latest that were decided."""

    open: list[OpenAppeal]
    decided: list[DecidedAppeal]


@dataclass(frozen=True)
class WaitingAppeals:
    """How many appeals of a project wait for an answer."""

    project: str
    name: str
    open: int
    overdue: int
    next_due: datetime


@dataclass(frozen=True)
class ReviewerOverturns:
    """How often a reviewer's rejections did not stand.

    Attributes:
        rejections: in the period. appeals: decided ones about this reviewer's verdicts in the period.
        share: overturned of decided, with its interval. Who appeals chooses the doubtful ones: the share says nothing
            of rejections nobody appealed.
    """

    reviewer: str
    name: str
    rejections: int
    appeals: int
    overturned: int
    partly: int
    upheld: int
    share: Rate


def mine(*, actor: Actor) -> MyAppeals:
    """Return the caller's appeals of the last 90 days and the rejections she may appeal now."""
    now = clock.now()
    rows = list(Appeal.objects.filter(person=actor.person, filed_at__gte=now - timedelta(days=90)).order_by("-filed_at")[:SHOWN])  # fmt: skip
    names = projects.names({r.project for r in rows})
    known = {str(s) for s in Appeal.objects.filter(person=actor.person, filed_at__gte=now - timedelta(days=60)).values_list("submission", flat=True)}  # fmt: skip
    rejected = work.rejections_of(actor.person, now - timedelta(days=APPEAL_DAYS))
    latest: dict[str, Appealable] = {}
    for v in rejected:
        if v.submission not in known and v.mode != "fix":
            until = v.at + timedelta(days=APPEAL_DAYS)
            latest.setdefault(v.submission, Appealable(v.submission, v.project, v.task, until, v.findings))
    return MyAppeals([_mine(r, names.get(r.project, ""), now) for r in rows], list(latest.values())[:SHOWN])


def _mine(row: Appeal, name: str, now: datetime) -> MyAppeal:
    given = work.verdicts_on(str(row.submission))
    first = next((v for v in given if v.review == str(row.review)), None)
    second = next((v for v in given if row.decided_at and v.at == row.decided_at and v.counted), None)
    return MyAppeal(
        str(row.id), str(row.submission), row.project, name, row.task, row.state, row.moved_on, row.text, row.filed_at,
        row.due_at, row.state == "open" and row.due_at < now, row.decided_at, first.findings if first else [],
        second.findings if second else [],
    )  # fmt: skip


def waiting(*, actor: Actor) -> list[WaitingAppeals]:
    """Return the projects in which appeals wait that the caller may answer, the most urgent first."""
    now = clock.now()
    found: dict[str, list[Appeal]] = {}
    for row in Appeal.objects.filter(state="open").order_by("due_at")[:5000]:
        if row.reviewer != actor.person:
            found.setdefault(row.project, []).append(row)
    seen = {p for p in found if can(actor, "quality.judge", projects.thing(p))}
    names = projects.names(seen)
    return [
        WaitingAppeals(p, names.get(p, ""), len(rows), sum(r.due_at < now for r in rows), rows[0].due_at)
        for p, rows in found.items()
        if p in seen
    ]


def of_project(*, actor: Actor, project: str) -> AppealPage:
    """Return the appeals of a project for whoever leads or checks it."""
    thing = projects.thing(project)
    require(actor, "quality.view", thing)
    now = clock.now()
    opened = list(Appeal.objects.filter(project=project, state="open").order_by("due_at")[:SHOWN])
    closed = list(Appeal.objects.filter(project=project, state__in=("upheld", "overturned", "partly")).order_by("-decided_at")[:SHOWN])  # fmt: skip
    names = work.names_for(actor, thing, {p for r in closed for p in (r.person, r.reviewer, r.decided_by)})
    judges = _judges(thing.tenants) if opened else set()
    return AppealPage(
        [OpenAppeal(r.filed_at, r.due_at, r.due_at < now, len(judges - {r.reviewer, r.person})) for r in opened],
        [
            DecidedAppeal(
                str(r.id), r.task, str(r.submission), r.person, names.get(r.person, ""), r.reviewer, names.get(r.reviewer, ""),
                r.decided_by, names.get(r.decided_by, ""), r.state, r.moved_on, r.text, r.filed_at, r.due_at, r.decided_at or now,
            )
            for r in closed
        ],
    )  # fmt: skip


def _judges(tenants: Iterable[str]) -> set[str]:
    return {
        p
        for t in tenants
        for role in ("lead", "manager", "client", "trainer")
        for p in people.members(t, role)
    }


def overturns(*, actor: Actor, project: str, days: int = 90) -> list[ReviewerOverturns]:
    """Return for each reviewer of a project how many rejections were appealed in the last ``days`` and what came of it."""
    thing = projects.thing(project)
    require(actor, "quality.view", thing)
    now = clock.now()
    since = now - timedelta(days=days)
    rejections = work.rejections_by(project, since, now + timedelta(seconds=1))
    outcomes: dict[str, Counter[str]] = {}
    decided = Appeal.objects.filter(
        project=project, state__in=("upheld", "overturned", "partly"), rejected_at__gte=since
    )
    for reviewer, state in decided.values_list("reviewer", "state"):
        outcomes.setdefault(reviewer, Counter())[state] += 1
    names = work.names_for(actor, thing, rejections.keys() | outcomes.keys())
    none: Counter[str] = Counter()
    rows = []
    for reviewer in rejections.keys() | outcomes.keys():
        c = outcomes.get(reviewer, none)
        n = c.total()
        rows.append(
            ReviewerOverturns(
                reviewer, names.get(reviewer, ""), rejections.get(reviewer, 0), n, c["overturned"], c["partly"], c["upheld"],
                work.wilson(c["overturned"], n),
            )
        )  # fmt: skip
    return sorted(rows, key=lambda r: (-(r.share.low or 0.0), -r.rejections, r.reviewer))
