"""Closing weeks: what is counted of each person is settled once, corrected by appeals, and decides how much is checked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Q

from doujia.server.kernel import audit, clock, db, events, jobs
from doujia.server.kernel.authz import Actor, require
from doujia.server.kernel.errors import Unprocessable
from doujia.server.projects import queries as projects
from doujia.server.quality import standing, workdays
from doujia.server.quality.events import RecordClosed
from doujia.server.quality.models import Appeal, GradedAnswer, PersonShare, Policy, Record, Week
from doujia.server.work import actions as work
from doujia.server.work import queries as work_queries

__all__ = [
    "appeals_about",
    "close_due_weeks",
    "close_week",
    "correct",
    "correct_gold_later",
    "correct_later",
    "end_raised",
    "policy_of",
    "raise_share",
    "set_policy",
]

POOLED_WEEKS = 4
"""Closed weeks that together decide how much of a person's work is checked."""


def policy_of(project: str) -> Policy:
    """Return a project's policy, the usual one where none was set."""
    return Policy.objects.filter(project=project).first() or Policy(
        project=project, by_record=False, newcomer=1.0, floor=0.1, line=0.95, at=clock.now()
    )


def set_policy(
    *, actor: Actor, project: str, by_record: bool, newcomer: float, floor: float, line: float
) -> None:
    """Say how a project checks: the same share for all, or by each person's record.

    Args:
        newcomer: share of a person of whom little is known, and of one who is below the line.
        floor: share of one who has proven to reach the line; never none, or a change would go unseen.
        line: share of right answers that is asked for.

    Raises:
        Unprocessable: ``policy_invalid``.
    """
    require(actor, "quality.manage", projects.thing(project))
    if not (0.01 <= floor <= newcomer <= 1) or not 0.5 <= line < 1:
        raise Unprocessable(
            "policy_invalid",
            zh="抽检下限在 1% 到新人比例之间,合格线在 50% 到 100% 之间。",
            en="The floor lies between 1 % and the newcomers' share, the line between 50 % and 100 %.",
        )
    with db.write():
        now = clock.now()
        Policy.objects.update_or_create(
            project=project, defaults={"by_record": by_record, "newcomer": newcomer, "floor": floor, "line": line, "at": now}
        )  # fmt: skip
        audit.record(
            actor, "quality.policy_set", f"project:{project}", by_record=by_record, newcomer=newcomer, floor=floor, line=line
        )  # fmt: skip
        work.set_review_share(project, "", newcomer if by_record else None)
        for row in PersonShare.objects.filter(project=project):
            _apply(row, by_record, now)


def close_due_weeks() -> int:
    """Queue the closing of the last weeks in every project where something was checked; returns how many were queued.

    Four weeks back: a base's PC may have been off over the holidays.
    """
    this = workdays.week_of(clock.now())
    return sum(_close_due(this - timedelta(weeks=n)) for n in range(POOLED_WEEKS, 0, -1))


def _close_due(monday: date) -> int:
    start, end = workdays.week_bounds(monday)
    known = set(Week.objects.filter(week=monday).values_list("project", flat=True))
    queued = 0
    for project in work_queries.projects_judged(start, end):
        if project not in known:
            with db.write():
                Week.objects.create(project=project, week=monday)
                payload = {"project": project, "week": monday.isoformat()}
                jobs.enqueue("quality.close_week", payload, actor=None)
            queued += 1
    return queued


def close_week(project: str, monday: date) -> int:
    """Count a week of a project and settle it; again it changes nothing but what appeals have changed. A job calls it.

    Returns:
        How many people's records were settled.
    """
    counted = _counted(project, monday)
    policy = policy_of(project)
    with db.write():
        now = clock.now()
        Week.objects.update_or_create(project=project, week=monday, defaults={"closed_at": now})
        for person, tally in counted.items():
            _settle(project, person, monday, tally, policy, now)
    return len(counted)


def correct(project: str, person: str, monday: date) -> None:
    """Count a closed week of one person anew, after an appeal was decided. A job calls it."""
    if not Week.objects.filter(project=project, week=monday, closed_at__isnull=False).exists():
        return
    counted = _counted(project, monday)
    policy = policy_of(project)
    with db.write():
        _settle(project, person, monday, counted.get(person, standing.Tally()), policy, clock.now())


def correct_later(appeal: str) -> None:
    """Queue a new count of the week that an appeal concerns, if it is closed. In the caller's transaction."""
    row = Appeal.objects.get(id=UUID(appeal))
    _count_again(row.project, row.person, row.rejected_at)


def correct_gold_later(gold: str, people: Iterable[str]) -> None:
    """Queue a new count of the weeks in which these people answered a known task that was put right."""
    graded = GradedAnswer.objects.filter(gold=UUID(gold), person__in=list(people))
    for project, person, at in graded.values_list("project", "person", "at"):
        _count_again(project, person, at)


def _count_again(project: str, person: str, at: datetime) -> None:
    monday = workdays.week_of(at)
    if Week.objects.filter(project=project, week=monday).exists():
        payload = {"project": project, "person": person, "week": monday.isoformat()}
        jobs.enqueue("quality.correct_record", payload, actor=None)


def raise_share(project: str, person: str, *, share: float, until: datetime, why: str) -> None:
    """Have more of a person's work checked for a while, whatever her record says. No right is checked: a rule calls it."""
    with db.write():
        now = clock.now()
        policy = policy_of(project)
        row = _share_row(project, person, policy, now)
        row.raised, row.raised_until, row.raised_why, row.at = share, until, why, now
        row.save()
        _apply(row, policy.by_record, now)


def end_raised() -> int:
    """Let raised shares that have run out fall back; returns how many did."""
    now = clock.now()
    over = list(PersonShare.objects.filter(raised_until__lte=now)[:500])
    for row in over:
        with db.write():
            row.raised, row.raised_until, row.raised_why = None, None, ""
            row.save(update_fields=["raised", "raised_until", "raised_why"])
            _apply(row, policy_of(row.project).by_record, now)
    return len(over)


def appeals_about(project: str, start: datetime, end: datetime) -> dict[str, standing.Judged]:
    """Return the appeals that decide how verdicts of a period count, by submission."""
    rows = Appeal.objects.filter(project=project)
    found = rows.filter(rejected_at__gte=start, rejected_at__lt=end) | rows.filter(decided_at__gte=start, decided_at__lt=end)  # fmt: skip
    return {str(a.submission): standing.Judged(str(a.review), a.state) for a in found}


def _counted(project: str, monday: date) -> dict[str, standing.Tally]:
    start, end = workdays.week_bounds(monday)
    counted = standing.tally(work_queries.verdicts(project, start, end), appeals_about(project, start, end))
    for person, (gold, right) in _gold(project, start, end).items():
        counted[person] = replace(counted.get(person, standing.Tally()), gold=gold, gold_right=right)
    return counted


def _gold(project: str, start: datetime, end: datetime) -> dict[str, tuple[int, int]]:
    """Return, for each person, known tasks of the week whose answer is not in doubt, and how many of them passed."""
    found = GradedAnswer.objects.filter(
        project=project, at__gte=start, at__lt=end, counted=True, gold__pool="hidden"
    )
    sums = found.values("person").annotate(n=Count("id"), good=Count("id", filter=Q(passed=True)))
    return {row["person"]: (row["n"], row["good"]) for row in sums}


def _settle(
    project: str, person: str, monday: date, tally: standing.Tally, policy: Policy, now: datetime
) -> None:
    from doujia.consensus.intervals import clopper_pearson  # numpy and scipy only where a job needs them
    from doujia.consensus.people import check_line

    before = Record.objects.filter(project=project, person=person, week=monday).first()
    line = before.line if before is not None else policy.line
    low, high = clopper_pearson(tally.right, tally.total, 0.95)
    below = check_line(tally.right, tally.total, line).below
    values: dict[str, Any] = {
        "passed": tally.passed, "fixed": tally.fixed, "minor": tally.minor, "returned": tally.returned, "overturned": tally.overturned, "pending": tally.pending,
        "gold": tally.gold, "gold_right": tally.gold_right, "right": tally.right, "total": tally.total, "low": low, "high": high,
        "line": line, "below": below,
    }  # fmt: skip
    if before is None:
        Record.objects.create(project=project, person=person, week=monday, closed_at=now, **values)
    elif all(getattr(before, k) == v for k, v in values.items()):
        return
    else:
        Record.objects.filter(id=before.id).update(**values, corrected_at=now)
    audit.record(
        None, "record.corrected" if before else "record.closed", f"person:{person}", project=project, week=monday.isoformat(),
        right=tally.right, total=tally.total, below=below,
    )  # fmt: skip
    events.publish(
        RecordClosed(project, person, monday, tally.right, tally.total, line, below, before is not None, now)
    )
    _reckon(project, person, policy, now, clopper_pearson)


def _reckon(project: str, person: str, policy: Policy, now: datetime, interval: Any) -> None:
    latest: Iterable[Record] = Record.objects.filter(project=project, person=person).order_by("-week")[:POOLED_WEEKS]  # fmt: skip
    right = total = 0
    for row in latest:
        right, total = right + row.right, total + row.total
    low, high = interval(right, total, 0.95)
    share, reason = standing.share_for(
        right, total, low, high, line=policy.line, newcomer=policy.newcomer, floor=policy.floor
    )
    row = _share_row(project, person, policy, now)
    row.share, row.reason, row.right, row.total, row.at = share, reason, right, total, now
    row.save()
    _apply(row, policy.by_record, now)


def _share_row(project: str, person: str, policy: Policy, now: datetime) -> PersonShare:
    row, _ = PersonShare.objects.get_or_create(
        project=project, person=person,
        defaults={"share": policy.newcomer, "reason": "newcomer", "right": 0, "total": 0, "at": now},
    )  # fmt: skip
    return row


def _apply(row: PersonShare, by_record: bool, now: datetime) -> None:
    """Tell the queue: the record's share where the project goes by records, and whatever was raised above it."""
    raised = row.raised if row.raised is not None and row.raised_until and row.raised_until > now else None
    own = row.share if by_record else None
    if raised is not None and own is None:
        own = projects.setup(row.project).settings.review_share
    share = max(own, raised) if own is not None and raised is not None else own
    work.set_review_share(row.project, row.person, share)
