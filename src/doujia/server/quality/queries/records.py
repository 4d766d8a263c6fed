"""What was counted of a person: to herself with its grounds, to leads by person."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from doujia.server.kernel import clock
from doujia.server.kernel.authz import Actor, require
from doujia.server.projects import queries as projects
from doujia.server.quality import standing, workdays
from doujia.server.quality.actions.records import appeals_about, policy_of
from doujia.server.quality.models import PersonShare, Record
from doujia.server.work import queries as work
from doujia.server.work.queries import Rate

__all__ = [
    "Counted", "CountedVerdict", "MyRecord", "PersonRecord", "PolicyView", "ShareView", "WeekView", "counted", "mine", "of_project", "policy",
]  # fmt: skip

WEEKS = 26
DAYS_BACK = 60


@dataclass(frozen=True)
class PolicyView:
    """How a project checks; see ``actions.records.set_policy``. ``usual`` is the share where it does not go by records."""

    by_record: bool
    newcomer: float
    floor: float
    line: float
    usual: float


@dataclass(frozen=True)
class ShareView:
    """How much of a person's work is checked and why.

    Attributes:
        reason: newcomer, proven, likely, doubtful, below; ``same`` where the project checks everybody alike.
        right, total: what the reason rests on, the last closed weeks together.
        raised_until: until when it stands higher than her record asks for, by a rule.
    """

    share: float
    reason: str
    right: int
    total: int
    raised_until: datetime | None


@dataclass(frozen=True)
class WeekView:
    """One week of a person in a project.

    Attributes:
        passed, fixed, minor, returned: verdicts on first tries; ``minor`` of the fixed ones count as right.
        overturned: passed only after an appeal; pending: under appeal, counted nowhere yet.
        share: of right ones among ``total``, with its 95 % interval.
        below: the upper bound of the share lies below ``line`` (98 % interval): only this may have consequences.
        closed: None for the running week, whose figures still move and decide nothing.
    """

    week: date
    passed: int
    fixed: int
    minor: int
    returned: int
    overturned: int
    pending: int
    gold: int
    gold_right: int
    share: Rate
    line: float
    below: bool
    closed: datetime | None
    corrected: datetime | None


@dataclass(frozen=True)
class MyRecord:
    """What is counted of the caller in one project: the running week first, then closed ones, newest first."""

    project: str
    name: str
    line: float
    checked: ShareView
    weeks: list[WeekView]


@dataclass(frozen=True)
class PersonRecord:
    """A person of a project for whoever leads it."""

    person: str
    name: str
    checked: ShareView
    weeks: list[WeekView]


@dataclass(frozen=True)
class CountedVerdict:
    """One verdict and how it counts: passed, minor, fixed, returned, overturned or pending."""

    submission: str
    task: str
    at: datetime
    counts: str
    findings: list[dict[str, Any]]


@dataclass(frozen=True)
class Counted:
    """Everything that was counted of the caller in a week."""

    week: date
    verdicts: list[CountedVerdict]


def policy(*, actor: Actor, project: str) -> PolicyView:
    """Return how a project checks."""
    require(actor, "quality.view", projects.thing(project))
    row = policy_of(project)
    usual = projects.setup(project).settings.review_share
    return PolicyView(row.by_record, row.newcomer, row.floor, row.line, usual)


def mine(*, actor: Actor) -> list[MyRecord]:
    """Return what is counted of the caller, project by project: where most was checked this week first."""
    now = clock.now()
    since = workdays.week_of(now) - timedelta(days=DAYS_BACK)
    known = Record.objects.filter(person=actor.person, week__gte=since).values_list("project", flat=True)
    wanted = sorted(set(work.worked_on(actor.person, since)) | set(known))
    names = projects.names(wanted)
    out = []
    for project in wanted:
        weeks = [_running(project, actor.person, now), *_closed(project, actor.person)]
        line = policy_of(project).line
        out.append(
            MyRecord(project, names.get(project, ""), line, _checked(project, actor.person, now), weeks)
        )
    return sorted(out, key=lambda r: (-r.weeks[0].share.of - r.weeks[0].pending, r.name))


def counted(*, actor: Actor, project: str, week: date) -> Counted:
    """Return every verdict of a week on the caller's own answers, with how it counts."""
    require(actor, "work.view", projects.thing(project))
    monday = week - timedelta(days=week.weekday())
    start, end = workdays.week_bounds(monday)
    appeals = appeals_about(project, start, end)
    rows = []
    for v in work.verdicts(project, start, end, actor.person):
        how = standing.judged(v, appeals)
        if how is not None:
            rows.append(CountedVerdict(v.submission, v.task, v.at, how, v.findings))
    return Counted(monday, rows)


def of_project(*, actor: Actor, project: str) -> list[PersonRecord]:
    """Return the records of a project's people of the last weeks, those below the line first."""
    thing = projects.thing(project)
    require(actor, "quality.view", thing)
    now = clock.now()
    found: dict[str, list[WeekView]] = {}
    since = workdays.week_of(now) - timedelta(days=DAYS_BACK)
    for row in Record.objects.filter(project=project, week__gte=since).order_by("-week"):
        found.setdefault(row.person, []).append(_week(row))
    shares = {s.person: s for s in PersonShare.objects.filter(project=project)}
    names = work.names_for(actor, thing, found.keys() | shares.keys())
    usual, by_record = projects.setup(project).settings.review_share, policy_of(project).by_record
    rows = [
        PersonRecord(p, names.get(p, ""), _share(shares.get(p), by_record, usual, now), found.get(p, []))
        for p in found.keys() | shares.keys()
    ]
    return sorted(rows, key=_urgency)


def _urgency(row: PersonRecord) -> tuple[bool, float, str]:
    latest = row.weeks[0] if row.weeks else None
    low = latest.share.value if latest is not None and latest.share.value is not None else 1.0
    return not (latest is not None and latest.below), low, row.name


def _running(project: str, person: str, now: datetime) -> WeekView:
    monday = workdays.week_of(now)
    start, end = workdays.week_bounds(monday)
    verdicts = work.verdicts(project, start, end, person)
    # Known tasks are told when the week is over: a figure that moves at once would show which task was one.
    t = standing.tally(verdicts, appeals_about(project, start, end)).get(person, standing.Tally())
    line = policy_of(project).line
    return WeekView(
        monday, t.passed, t.fixed, t.minor, t.returned, t.overturned, t.pending, t.gold, t.gold_right, work.wilson(t.right, t.total),
        line, False, None, None,
    )  # fmt: skip


def _closed(project: str, person: str) -> Iterable[WeekView]:
    rows = Record.objects.filter(project=project, person=person).order_by("-week")[:WEEKS]
    return [_week(r) for r in rows]


def _week(r: Record) -> WeekView:
    value = r.right / r.total if r.total else None
    share = Rate(value, r.low if r.total else None, r.high if r.total else None, r.total)
    return WeekView(
        r.week, r.passed, r.fixed, r.minor, r.returned, r.overturned, r.pending, r.gold, r.gold_right, share, r.line, r.below,
        r.closed_at, r.corrected_at,
    )  # fmt: skip


def _checked(project: str, person: str, now: datetime) -> ShareView:
    row = PersonShare.objects.filter(project=project, person=person).first()
    own = policy_of(project)
    if own.by_record and row is None:
        return ShareView(own.newcomer, "newcomer", 0, 0, None)
    return _share(row, own.by_record, projects.setup(project).settings.review_share, now)


def _share(row: PersonShare | None, by_record: bool, usual: float, now: datetime) -> ShareView:
    if row is None:
        return ShareView(usual, "same", 0, 0, None)
    share, reason = (row.share, row.reason) if by_record else (usual, "same")
    until = row.raised_until if row.raised_until is not None and row.raised_until > now else None
    if until is not None and row.raised is not None:
        share = max(share, row.raised)
    return ShareView(share, reason, row.right, row.total, until)
