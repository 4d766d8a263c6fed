"""Computing how far people agree, and what a human should look at; deciding about such a case."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from uuid import UUID

import msgspec

from doujia.server.kernel import audit, clock, db, jobs
from doujia.server.kernel.authz import Actor, require
from doujia.server.kernel.errors import NotFound, Unprocessable
from doujia.server.projects import queries as projects
from doujia.server.quality import measures, votes
from doujia.server.quality.assistance import Arms, add_known, add_row, add_votes
from doujia.server.quality.models.agreement import Agreement, Assistance, Case, Confusion, PersonPair
from doujia.server.quality.models.gold import GradedAnswer
from doujia.server.quality.models.reports import Check
from doujia.server.quality.models.skills import PersonSkill
from doujia.server.quality.votes import ABSENT
from doujia.server.work import queries as work
from doujia.server.work.counts import day_of

__all__ = ["STATES", "decide", "recompute", "request"]

MOST_MARKS = 60_000
"""Marks of the newest tasks that figures are made of: some two minutes of one core."""
MOST_ANSWERS = 20_000
"""Newest answers to tasks with suggestions that are read for what suggestions do."""
STATES = ("open", "talked", "harmless", "followed")
GROWN = 1.5
"""A case that was closed opens again when its evidence has grown so far."""
Report = Callable[[int, int], None]


class _Graded(msgspec.Struct):
    right: int = 0
    missed: int = 0
    extra: int = 0


def request(*, actor: Actor, project: str) -> str:
    """Compute a project's figures anew, in a job; returns its id."""
    require(actor, "quality.manage", projects.thing(project))
    client = projects.setup(project).client
    with db.write():
        audit.record(actor, "figures.requested", f"project:{project}", tenant=client)
        return jobs.enqueue(
            "quality.figures", {"project": project}, actor=actor, tenant=client, thing=f"project:{project}"
        )


def recompute(project: str, report: Report | None = None) -> dict[str, int]:
    """Compute agreement, skills, confusion, pairs, cases and what suggestions do; what was there before is replaced.

    Alpha is kept by day, so that it can be followed over time. Running it twice on one day gives the same rows.

    Args:
        report: told how many steps of how many are done.
    """
    tell = report or (lambda done, of: None)
    now, setup = clock.now(), projects.setup(project)
    tasks = _tasks(project)
    tell(1, 4)
    found = votes.collect(tasks, setup.schema)
    tell(2, 4)
    gold = _gold(project)
    alphas, skilled = measures.agreement(found), measures.skills(found, gold)
    confused, paired, odd = measures.confusion(found), measures.pairs(found), measures.cases(found)
    tell(3, 4)
    arms = _arms(project, found)
    with db.write():
        _keep_alphas(project, alphas, day_of(now), now)
        PersonSkill.objects.filter(project=project).delete()
        PersonSkill.objects.bulk_create(
            PersonSkill(
                project=project, person=s.worker, label=(s.label or "")[:128], mean=s.mean, low=s.low, high=s.high, gold=s.gold,
                gold_right=s.gold_right, others=s.consensus, at=now,
            )
            for s in skilled
        )  # fmt: skip
        Confusion.objects.filter(project=project).delete()
        Confusion.objects.bulk_create(
            Confusion(project=project, first=first, second=second, n=n)
            for a, b, n in confused
            for first, second in [sorted((_shown(a), _shown(b)))]
        )
        PersonPair.objects.filter(project=project).delete()
        PersonPair.objects.bulk_create(
            PersonPair(
                project=project, first=p.first, second=p.second, shared=p.shared, equal=p.equal, kappa=p.kappa
            )
            for p in paired
        )
        _keep_arms(project, arms, now)
        opened = sum(_keep_case(project, case, now) for case in odd)
    tell(4, 4)
    people = len({s.worker for s in skilled})
    return {"tasks": len(tasks), "objects": len(found.objects), "people": people, "cases": opened}


def _shown(label: str) -> str:
    return "" if label == ABSENT else label[:200]


def _tasks(project: str) -> list[work.Standing]:
    """Return the newest tasks with two answers or more, as many as the budget of marks allows."""
    found, marks, before = list[work.Standing](), 0, None
    while marks < MOST_MARKS:
        part = work.answered_before(project, before=before)
        if not part:
            break
        before = part[-1][1]
        standing = work.standing([task for task, _ in part])
        for task, _ in part:
            one = standing.get(task)
            if one is None or len(one.answers) < 2:
                continue
            marks += sum(a.document.count('"geometry"') for a in one.answers)
            if marks > MOST_MARKS and found:
                break
            found.append(one)
    return found


def _gold(project: str) -> list[measures.GoldCount]:
    rows = GradedAnswer.objects.filter(project=project, counted=True).order_by("at")
    decode = msgspec.json.Decoder(dict[str, _Graded]).decode
    return [
        measures.GoldCount(person, label, n.right, n.missed, n.extra)
        for person, classes in rows.values_list("person", "classes")
        for label, n in decode(classes).items()
    ]


def _keep_alphas(project: str, rows: Sequence[measures.AlphaRow], day: date, now: datetime) -> None:
    Agreement.objects.filter(project=project, day=day).delete()
    Agreement.objects.bulk_create(
        Agreement(
            project=project, measure=r.measure, arm=r.arm, day=day, value=r.value, low=r.low, high=r.high, observed=r.observed,
            objects_n=r.objects, tasks=r.tasks, people=r.people, at=now,
        )
        for r in rows
    )  # fmt: skip


def _arms(project: str, found: votes.Votes) -> Arms:
    arms: Arms = {}
    for answer in work.suggested_answers(project, most=MOST_ANSWERS):
        add_row(arms, answer)
    checks = Check.objects.filter(project=project, first=True, void=False)
    for submission, verdict, marks, wrong in checks.values_list("submission", "verdict", "marks", "wrong"):
        add_known(arms, str(submission), verdict == "accept", marks, wrong)
    add_votes(arms, found)
    return arms


def _keep_arms(project: str, arms: Arms, now: datetime) -> None:
    Assistance.objects.filter(project=project).delete()
    Assistance.objects.bulk_create(
        Assistance(project=project, arm=name, at=now, **arm.columns()) for name, arm in sorted(arms.items())
    )


def _keep_case(project: str, case: measures.CaseRow, now: datetime) -> int:
    row, made = Case.objects.get_or_create(
        project=project, kind=case.kind, first=case.first, second=case.second,
        defaults={"weight": case.weight, "evidence": case.evidence, "zh": case.zh, "en": case.en, "at": now},
    )  # fmt: skip
    if made:
        return 1
    again = row.state != "open" and case.weight >= GROWN * row.weight
    if row.state != "open" and not again:
        return 0
    row.weight, row.evidence, row.zh, row.en, row.at = case.weight, case.evidence, case.zh, case.en, now
    row.state = "open"
    row.save(update_fields=["weight", "evidence", "zh", "en", "at", "state"])
    return int(again)


def decide(*, actor: Actor, case: str, state: str, note: str = "") -> None:
    """Say what came of a case: somebody talked with those concerned, there is a harmless explanation, or a step follows.

    Raises:
        NotFound: no such case.
        Unprocessable: ``case_state_invalid``; ``case_note_missing``, a step without a reason.
    """
    try:
        row = Case.objects.filter(id=UUID(case)).first()
    except ValueError:
        row = None
    if row is None:
        raise NotFound("case_not_found", zh="没有这条线索。", en="There is no such case.")
    require(actor, "quality.manage", projects.thing(row.project))
    if state not in STATES or len(note) > 1000:
        raise Unprocessable(
            "case_state_invalid", zh="请选一个结果,说明最多 1000 字。",
            en=f"Choose one of {', '.join(STATES)}; a note has at most 1000 characters.",
        )  # fmt: skip
    if state == "followed" and not note.strip():
        raise Unprocessable(
            "case_note_missing", zh="要采取措施,请写明理由。", en="A step that follows needs its reason."
        )
    with db.write():
        row.state, row.note, row.decided_by, row.decided_at = state, note.strip(), actor.person, clock.now()
        row.save(update_fields=["state", "note", "decided_by", "decided_at"])
        client = projects.setup(row.project).client
        audit.record(actor, "case.decided", f"case:{row.id}", tenant=client, project=row.project, state=state)
