"""Practice on known tasks: assigned by a lead or a rule, done on the bench, unpaid and never held against anybody."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from doujia.server.kernel import audit, clock, db, events
from doujia.server.kernel.authz import Actor, Thing, can, require
from doujia.server.kernel.errors import Conflict, NotFound, Unprocessable
from doujia.server.people import queries as people
from doujia.server.projects import queries as projects
from doujia.server.quality import right_answers
from doujia.server.quality.events import PracticeFinished
from doujia.server.quality.models import (
    GoldAnswer,
    GoldStanding,
    GoldTask,
    PracticePool,
    PracticeRun,
    PracticeStep,
)
from doujia.server.work import queries as work_queries

__all__ = [
    "DEFAULTS",
    "Feedback",
    "answer_step",
    "assign",
    "assign_practice",
    "begin",
    "cancel",
    "pool_of",
    "set_pool",
]

OPEN = ("assigned", "running")


@dataclass(frozen=True)
class Plan:
    """How a pool is used: tasks of a run, share of first answers to pass an exam, tries at one task."""

    size: int
    pass_share: float
    tries: int


DEFAULTS = {"training": Plan(10, 0.8, 3), "exam": Plan(20, 0.85, 1), "retry": Plan(20, 0.8, 3)}
FALLBACK = {"retry": ("retry", "training"), "training": ("training",), "exam": ("exam",)}
"""A retry run takes training tasks where its own pool is too small; an exam takes nothing else."""


@dataclass(frozen=True)
class Feedback:
    """What the bench may say after an answer.

    Attributes:
        shown: whether it may say anything now (not in an exam). passed: this answer is right.
        again: she may put it right now; otherwise the next task comes.
        differences: what is not right, the worst first. done, size: how far the run is.
        state: of the run.
    """

    shown: bool
    passed: bool | None
    score: float | None
    again: bool
    differences: list[dict[str, Any]]
    done: int
    size: int
    state: str


def pool_of(project: str, kind: str) -> Plan:
    """Return how a project uses a pool."""
    row = PracticePool.objects.filter(project=project, kind=kind).first()
    return DEFAULTS[kind] if row is None else Plan(row.size, row.pass_share, row.tries)


def set_pool(*, actor: Actor, project: str, kind: str, size: int, pass_share: float, tries: int) -> None:
    """Say how a project uses a pool; runs that were assigned stay as they are."""
    require(actor, "quality.manage", projects.thing(project))
    _kind(kind)
    if not (1 <= size <= 60 and 0 <= pass_share <= 1 and 1 <= tries <= 10) or (kind == "exam" and tries != 1):
        raise Unprocessable(
            "pool_invalid",
            zh="题数 1 到 60,通过线 0 到 1,每题 1 到 10 次(考核只有一次)。",
            en="1 to 60 tasks, a pass line of 0..1, 1 to 10 tries (an exam has one).",
        )
    with db.write():
        PracticePool.objects.update_or_create(
            project=project, kind=kind, defaults={"size": size, "pass_share": pass_share, "tries": tries}
        )
        audit.record(
            actor, "pool.changed", f"project:{project}", project=project, kind=kind, size=size, tries=tries
        )


def assign(
    *, actor: Actor, project: str, person: str, kind: str, size: int | None = None, reason: str = "", rule: str | None = None
) -> str:  # fmt: skip
    """Give a person some tasks of a pool to practise on; returns the run's id (the open one of that kind, if any).

    Raises:
        NotFound: she does not work in this project.
        Conflict: ``pool_empty``, it has no tasks.
    """
    require(actor, "quality.manage", projects.thing(project))
    return assign_practice(
        project, person, kind, size=size, reason=reason, rule=rule, by=actor.person, actor=actor
    )


def assign_practice(
    project: str, person: str, kind: str, *, size: int | None = None, reason: str = "", rule: str | None = None,
    by: str = "", actor: Actor | None = None,
) -> str:  # fmt: skip
    """The same for rules and other rooms, which have their own right to it; in the caller's transaction."""
    _kind(kind)
    if size is not None and not 1 <= size <= 60:
        raise Unprocessable("size_invalid", zh="一次练 1 到 60 题。", en="Practise on 1 to 60 tasks.")
    if not _works_in(person, projects.thing(project)):
        raise NotFound("person_not_found", zh="这个项目里没有这个人。", en="Nobody of that name works here.")
    with db.write():
        before = PracticeRun.objects.filter(project=project, person=person, kind=kind, state__in=OPEN).first()
        if before is not None:
            return str(before.id)
        plan, now = pool_of(project, kind), clock.now()
        run = PracticeRun(
            project=project, person=person, kind=kind, size=size or plan.size, tries=plan.tries, pass_share=plan.pass_share,
            reason=reason[:64], rule=rule, by=by, created_at=now,
        )  # fmt: skip
        chosen = _draw(run)
        run.size = len(chosen)
        run.save(force_insert=True)
        PracticeStep.objects.bulk_create(
            [PracticeStep(run=run, position=i, gold_id=gold) for i, gold in enumerate(chosen)]
        )
        audit.record(
            actor, "practice.assigned", f"person:{person}", project=project, kind=kind, size=run.size, reason=reason
        )  # fmt: skip
    return str(run.id)


def _works_in(person: str, thing: Thing) -> bool:
    try:
        return can(people.actor_for(person), "work.take", thing)
    except NotFound:
        return False


def _draw(run: PracticeRun) -> list[UUID]:
    """Choose tasks: those first that she has not met, in her work or in earlier runs; the classes in turn. The same run
    draws the same."""
    draw = random.Random(str(run.id))
    pools = FALLBACK[run.kind]
    rows = list(
        GoldTask.objects.filter(project=run.project, pool__in=pools, state="active").values_list(
            "id", "pool", "stratum", "rule", "task"
        )
    )
    if not rows:
        raise Conflict(
            "pool_empty",
            zh="这个题库还没有题。先从做完的题里挑一些放进来。",
            en="This pool has no tasks yet. Put some done tasks into it first.",
        )
    met = set(
        PracticeStep.objects.filter(
            run__person=run.person, run__project=run.project, gold_id__in=[r[0] for r in rows]
        ).values_list("gold_id", flat=True)
    )
    own = work_queries.answered_by(run.person, [r[4] for r in rows])
    met |= {r[0] for r in rows if r[4] in own}
    draw.shuffle(rows)
    # What she is to practise for comes first: her paragraph's tasks, then the pool's own, then what she has not met.
    rows.sort(key=lambda r: (r[0] in met, run.rule is None or r[3] != run.rule, pools.index(r[1])))
    turns: dict[str, int] = defaultdict(int)
    ordered = []
    for row in rows:
        ordered.append((row[0] in met, run.rule is None or row[3] != run.rule, turns[row[2]], row[0]))
        turns[row[2]] += 1
    ordered.sort(key=lambda o: o[:3])
    return [o[3] for o in ordered[: run.size]]


def begin(*, actor: Actor, run: str) -> PracticeRun:
    """Return one's own open run, begun now if it was not."""
    row = _own(actor, run)
    if row.state == "assigned":
        with db.write():
            PracticeRun.objects.filter(id=row.id, state="assigned").update(
                state="running", started_at=clock.now()
            )
        row.state = "running"
    return row


def answer_step(
    *, actor: Actor, run: str, step: str, answer_id: str, marks: Any, relations: Any = (), item_attrs: Any = None
) -> Feedback:  # fmt: skip
    """Take an answer to a task of one's run and say what may be said. The same ``answer_id`` again changes nothing.

    Raises:
        Conflict: ``practice_over``, the run has ended.
        ValidationError: the marks break the project's schema.
    """
    row = _own(actor, run)
    one = PracticeStep.objects.select_related("gold").filter(run=row, id=step).first()
    if one is None:
        raise NotFound("step_not_found", zh="没有这道练习题。", en="There is no such practice task.")
    if one.sent == answer_id and answer_id:
        return _feedback(row, one, one.differences if one.tries == 1 else one.latest)
    if row.state not in OPEN or one.done:
        raise Conflict("practice_over", zh="这一题已经做完了。", en="This task is done already.")
    try:
        document = msgspec.convert(
            {"marks": marks, "relations": relations, "item_attrs": item_attrs or {}}, right_answers.Document
        )
    except msgspec.ValidationError as error:
        raise Unprocessable(
            "invalid_marks", zh=f"标注的内容不对:{error}。", en=f"These are not marks: {error}."
        ) from error
    right_answers.check(row.project, one.gold.item, document)
    right = GoldAnswer.objects.get(gold=one.gold, version=one.gold.version)
    grade = right_answers.compare(row.project, one.gold.item, right_answers.read(right.document), document)
    said = msgspec.json.encode([asdict(d) for d in grade.differences[:100]]).decode()
    with db.write():
        one = _locked_step(step)
        if one.done:
            raise Conflict("practice_over", zh="这一题已经做完了。", en="This task is done already.")
        now = clock.now()
        one.tries += 1
        if one.tries == 1:
            one.score, one.passed, one.differences, one.answered_at = grade.score, grade.passed, said, now
        one.latest, one.sent = said, answer_id[:64]
        one.done = grade.passed or one.tries >= row.tries
        one.save()
        PracticeRun.objects.filter(id=row.id, state="assigned").update(state="running", started_at=now)
        if one.done and not PracticeStep.objects.filter(run=row, done=False).exists():
            _finish(row, now)
        row.refresh_from_db()
    return _feedback(row, one, said, now_passed=grade.passed, now_score=grade.score)


def _feedback(
    row: PracticeRun, one: PracticeStep, said: str, now_passed: bool | None = None, now_score: float | None = None
) -> Feedback:  # fmt: skip
    done = PracticeStep.objects.filter(run=row, done=True).count()
    if row.kind == "exam":
        return Feedback(False, None, None, False, [], done, row.size, row.state)
    differences = msgspec.json.decode(said)
    passed = now_passed if now_passed is not None else (bool(one.passed) if one.tries == 1 else one.done)
    score = now_score if now_score is not None else one.score
    return Feedback(True, passed, score, not one.done, differences, done, row.size, row.state)


def _finish(row: PracticeRun, now: datetime) -> None:
    right = PracticeStep.objects.filter(run=row, passed=True).count()
    state = "done"
    if row.kind == "exam":
        state = "passed" if right >= row.pass_share * row.size else "failed"
    PracticeRun.objects.filter(id=row.id).update(state=state, ended_at=now)
    if row.kind == "retry":  # what was to be practised has been: the sum starts anew
        GoldStanding.objects.filter(project=row.project, person=row.person).update(
            drifted_at=None, drifted_from=None, since=now, level=0.0
        )
    audit.record(
        None, "practice.finished", f"person:{row.person}", project=row.project, kind=row.kind, right=right, size=row.size, state=state
    )  # fmt: skip
    events.publish(
        PracticeFinished(row.project, row.person, str(row.id), row.kind, right, row.size, state, now)
    )


def cancel(*, actor: Actor, run: str) -> None:
    """Take an open run back."""
    row = _run(run)
    require(actor, "quality.manage", projects.thing(row.project))
    with db.write():
        if not PracticeRun.objects.filter(id=row.id, state__in=OPEN).update(
            state="cancelled", ended_at=clock.now()
        ):
            raise Conflict("practice_over", zh="这次练习已经结束了。", en="This run has ended already.")
        audit.record(actor, "practice.cancelled", f"person:{row.person}", project=row.project)


def _own(actor: Actor, run: str) -> PracticeRun:
    row = _run(run)
    require(actor, "quality.own", Thing(projects.thing(row.project).tenants, owner=row.person))
    if row.state == "cancelled":
        raise Conflict("practice_over", zh="这次练习取消了。", en="This run was cancelled.")
    return row


def _run(run: str) -> PracticeRun:
    try:
        row = PracticeRun.objects.filter(id=UUID(run)).first()
    except ValueError:
        row = None
    if row is None:
        raise NotFound("practice_not_found", zh="没有这次练习。", en="There is no such practice.")
    return row


def _locked_step(step: str) -> PracticeStep:
    rows = PracticeStep.objects.filter(id=step)
    return (rows if db.is_sqlite() else rows.select_for_update()).get()


def _kind(kind: str, kinds: Sequence[str] = tuple(DEFAULTS)) -> None:
    if kind not in kinds:
        raise Unprocessable(
            "kind_unknown", zh=f"没有这种练习:{kind[:40]}", en=f"No such kind; there are: {', '.join(kinds)}."
        )
