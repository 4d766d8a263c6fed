"""The pool of known tasks: made from files and from adjudicated work, moved between pools, corrected, retired."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from doujia.server.kernel import audit, clock, db, jobs
from doujia.server.kernel.authz import Actor, require
from doujia.server.kernel.errors import Conflict, NotFound, Unprocessable
from doujia.server.projects import queries as projects
from doujia.server.quality import right_answers
from doujia.server.quality.models import GoldAnswer, GoldTask, GradedAnswer
from doujia.server.work import actions as work
from doujia.server.work import queries as work_queries

__all__ = [
    "POOLS", "arbitrated", "change_gold", "correct_gold", "keep_gold", "known_from_file", "locked", "make_gold", "sample_gold", "write_version",
]  # fmt: skip

POOLS = ("hidden", "training", "exam", "retry")
READ_AT_MOST = 4000
"""Done tasks whose answers are read to keep the balance of classes when some are drawn."""


def make_gold(*, actor: Actor, project: str, task: str, pool: str = "hidden", rule: str | None = None) -> str:
    """Make a known task of a done one whose answer was checked, put right, arbitrated or agreed on; returns its id.

    Doing it again returns the same one.

    Raises:
        Conflict: ``not_adjudicated``, nobody but its author stands for the answer.
    """
    require(actor, "quality.manage", projects.thing(project))
    _check(pool, rule)
    found = work_queries.adjudicated([task]).get(task)
    if found is None or found.project != project:
        raise Conflict(
            "not_adjudicated",
            zh="这道题的答案还没有人检查过,不能当标准答案。",
            en="Nobody has checked the answer to this task; it cannot serve as the right one.",
        )
    with db.write():
        known = GoldTask.objects.filter(task=task).first()
        if known is not None:
            return str(known.id)
        row = _create(found, pool, rule, actor.person, clock.now())
        audit.record(actor, "gold.made", f"task:{task}", project=project, pool=pool, how=found.how)
    return str(row.id)


def sample_gold(*, actor: Actor, project: str, count: int, pool: str = "hidden", seed: int = 0) -> list[str]:
    """Make known tasks of ``count`` adjudicated ones, drawn so that each class has its share; returns their ids.

    Args:
        seed: of the draw; kept in the audit trail, so that it can be repeated.
    """
    require(actor, "quality.manage", projects.thing(project))
    _check(pool, None)
    if not 1 <= count <= 500:
        raise Unprocessable("count_invalid", zh="一次可以抽 1 到 500 题。", en="Draw 1 to 500 tasks at once.")
    draw = random.Random(seed)
    taken = set(GoldTask.objects.filter(project=project).values_list("task", flat=True))
    tasks = [t for t in work_queries.adjudicated_tasks(project) if t not in taken]
    found = work_queries.adjudicated(draw.sample(tasks, min(len(tasks), READ_AT_MOST)))
    strata: dict[str, list[str]] = defaultdict(list)
    for task in sorted(found):
        strata[right_answers.stratum_of(right_answers.read(found[task].document))].append(task)
    chosen = [t for name, n in _shares(strata, count).items() for t in draw.sample(strata[name], n)]
    made = []
    now = clock.now()
    for start in range(0, len(chosen), 50):
        with db.write():
            for task in chosen[start : start + 50]:
                if not GoldTask.objects.filter(task=task).exists():
                    made.append(str(_create(found[task], pool, None, actor.person, now).id))
    with db.write():
        audit.record(
            actor,
            "gold.sampled",
            f"project:{project}",
            project=project,
            pool=pool,
            count=len(made),
            seed=seed,
        )
    return made


def _shares(strata: dict[str, list[str]], count: int) -> dict[str, int]:
    """Return how many of each class: by largest remainder, at least one of each while there is room."""
    whole = sum(len(tasks) for tasks in strata.values())
    count = min(count, whole)
    if not whole:
        return {}
    exact = {name: count * len(tasks) / whole for name, tasks in strata.items()}
    out = {name: int(share) for name, share in exact.items()}
    for name in sorted(exact, key=lambda n: (out[n] - exact[n], n))[: count - sum(out.values())]:
        out[name] += 1
    for name in sorted(out):  # a class that would go without takes one from the largest
        largest = max(out, key=lambda n: (out[n], n))
        if out[name] == 0 and out[largest] > 1:
            out[name], out[largest] = 1, out[largest] - 1
    return out


def known_from_file(project: str, task: str, item: str, document: bytes, now: datetime) -> None:
    """Take a right answer that came with a file; a later file corrects it. In the caller's transaction."""
    known = GoldTask.objects.filter(task=task).first()
    if known is not None:
        write_version(known, document.decode(), "file", "", now)
        return
    found = work_queries.Adjudicated(project, task, item, "", "file", document.decode())
    _create(found, "hidden", None, "", now)


def _create(found: work_queries.Adjudicated, pool: str, rule: str | None, by: str, now: datetime) -> GoldTask:
    row = GoldTask.objects.create(
        project=found.project, task=found.task, item=found.item, source="file" if found.how == "file" else "adjudicated", pool=pool,
        stratum=right_answers.stratum_of(right_answers.read(found.document)), rule=rule, state_at=now, created_by=by, created_at=now,
    )  # fmt: skip
    GoldAnswer.objects.create(gold=row, version=1, document=found.document, reason=found.how, by=by, at=now)
    return row


def change_gold(
    *, actor: Actor, gold: str, pool: str | None = None, state: str | None = None, rule: str | None = None
) -> None:
    """Move a known task to another pool, retire it or take it into use again, or name its guideline paragraph."""
    row = _find(gold)
    require(actor, "quality.manage", projects.thing(row.project))
    _check(pool or "hidden", rule)
    if state not in (None, "active", "retired"):
        raise Unprocessable("state_unknown", zh=f"没有这种状态:{state}", en="State is active or retired.")
    with db.write():
        row = locked(gold)
        if state == "active" and row.state == "suspect":
            raise Conflict(
                "gold_suspect",
                zh="这道题的答案有疑问,先看一看。",
                en="Its answer is in doubt: decide that first.",
            )
        if pool is not None and pool != row.pool:
            row.pool = pool
            work.withdraw_known(row.task)
        if rule is not None:
            row.rule = rule or None
        if state is not None and state != row.state:
            row.state, row.state_at, row.reason = state, clock.now(), "by_hand" if state == "retired" else ""
            if state == "retired":
                work.withdraw_known(row.task)
        row.save()
        audit.record(
            actor, "gold.changed", f"task:{row.task}", project=row.project, pool=row.pool, state=row.state
        )


def keep_gold(*, actor: Actor, gold: str) -> None:
    """Say that a doubted answer is right: it is in use again, and what was held back counts."""
    require(actor, "quality.manage", projects.thing(_find(gold).project))
    with db.write():
        row = locked(gold)
        if row.state != "suspect":
            raise Conflict("gold_not_suspect", zh="这道题没有疑问。", en="This answer is not in doubt.")
        _into_use(row, clock.now(), "kept")
        work.withdraw_arbitration(row.task)
        rescore_later(row)
        audit.record(actor, "gold.kept", f"task:{row.task}", project=row.project)


def correct_gold(
    *, actor: Actor, gold: str, marks: Any = None, relations: Any = (), item_attrs: Any = None, adopt: str | None = None
) -> int:  # fmt: skip
    """Put the right answer right; everybody's result is graded again and she is told. Returns the new version.

    Args:
        marks, relations, item_attrs: what is right; or ``adopt``, a graded answer (its id) that is.

    Raises:
        ValidationError: the marks break the project's schema.
    """
    row = _find(gold)
    require(actor, "quality.manage", projects.thing(row.project))
    if adopt is not None:
        said = work_queries.known_said(str(_graded(row, adopt).submission))
        if said is None:
            raise NotFound("answer_not_found", zh="没有这份答案。", en="There is no such answer.")
        document = right_answers.read(said.document)
    else:
        try:
            document = msgspec.convert(
                {"marks": marks or [], "relations": relations, "item_attrs": item_attrs or {}},
                right_answers.Document,
            )
        except msgspec.ValidationError as error:
            raise Unprocessable(
                "invalid_marks", zh=f"标注的内容不对:{error}。", en=f"These are not marks: {error}."
            ) from error
    right_answers.check(row.project, row.item, document)
    with db.write():
        row = locked(gold)
        reason = "adopted" if adopt is not None else "corrected"
        version = write_version(row, _text(document), reason, actor.person, clock.now())
        audit.record(actor, "gold.corrected", f"task:{row.task}", project=row.project, version=version)
    return version


def arbitrated(task: str, submission: str, by: str, now: datetime) -> None:
    """Take an arbiter's decision as the right answer of a doubted known task; in the caller's transaction."""
    row = GoldTask.objects.filter(task=task, state="suspect").first()
    if row is None:
        return
    said = next((a for a in work_queries.answers_of(task) if a.submission == submission), None)
    if said is not None:
        write_version(row, said.document, "arbitrated", by, now)


def write_version(row: GoldTask, document: str, reason: str, by: str, now: datetime) -> int:
    """Append a version of the right answer, take the task into use again and grade everybody anew; returns its number."""
    row.version += 1
    row.stratum = right_answers.stratum_of(right_answers.read(document))
    GoldAnswer.objects.create(gold=row, version=row.version, document=document, reason=reason, by=by, at=now)
    _into_use(row, now, reason)
    rescore_later(row)
    return row.version


def _into_use(row: GoldTask, now: datetime, reason: str) -> None:
    if row.state == "suspect":
        row.state, row.state_at, row.reason = "active", now, reason
    row.save()


def rescore_later(row: GoldTask) -> None:
    """Grade everybody's answers to a known task again, in the background."""
    jobs.enqueue("quality.rescore_gold", {"gold": str(row.id)}, actor=None, thing=f"project:{row.project}")


def locked(gold: str) -> GoldTask:
    """Return a known task, locked for the caller's transaction."""
    try:
        found = GoldTask.objects.filter(id=UUID(gold))
    except ValueError as error:
        raise _unknown() from error
    row = (found if db.is_sqlite() else found.select_for_update()).first()
    if row is None:
        raise _unknown()
    return row


def _find(gold: str) -> GoldTask:
    try:
        row = GoldTask.objects.filter(id=UUID(gold)).first()
    except ValueError as error:
        raise _unknown() from error
    if row is None:
        raise _unknown()
    return row


def _graded(row: GoldTask, graded: str) -> GradedAnswer:
    try:
        found = GradedAnswer.objects.filter(id=UUID(graded), gold=row).first()
    except ValueError:
        found = None
    if found is None:
        raise NotFound("answer_not_found", zh="没有这份答案。", en="There is no such answer.")
    return found


def _unknown() -> NotFound:
    return NotFound("gold_not_found", zh="没有这道标准题。", en="There is no such known task.")


def _check(pool: str, rule: str | None) -> None:
    if pool not in POOLS:
        raise Unprocessable(
            "pool_unknown", zh=f"没有这个题库:{pool[:40]}", en=f"No such pool; there are: {', '.join(POOLS)}."
        )
    if rule is not None and len(rule) > 200:
        raise Unprocessable("rule_invalid", zh="段落名太长了。", en="The paragraph's name is too long (200).")


def _text(document: right_answers.Document) -> str:
    return msgspec.json.encode(document).decode()
