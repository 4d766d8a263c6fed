"""Putting several answers together: what is due is fused in batches, and each task goes its way.

They agree: the result is accepted with everybody who is in it. They are not sure yet: one more person is asked. They
disagree: an arbiter decides between them, seeing no names. Nobody's answer is rejected by a machine.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime

from doujia.errors import DoujiaError
from doujia.server.kernel import audit, clock, db, jobs
from doujia.server.kernel.authz import Actor, require
from doujia.server.kernel.errors import Conflict, NotFound
from doujia.server.projects import queries as projects
from doujia.server.projects.setup import ProjectSetup
from doujia.server.quality import fusing
from doujia.server.quality.models.consensus import Consensus, ConsensusDue
from doujia.server.quality.queries.skills import known_skills
from doujia.server.work import actions as work
from doujia.server.work import queries as work_queries
from doujia.server.work.queries import Standing

__all__ = ["due", "fuse_due", "left", "mark_due", "request", "settle", "withdraw"]

BATCH = 50
"""Tasks fused together; each is then written in a transaction of its own."""
CONTEXT_MARKS = 1_500
"""Marks of earlier tasks that are fused along, so that people's errors are known (a second or two of work)."""
CONTEXT_TASKS = 150


def mark_due(project: str, tasks: Iterable[str], at: datetime) -> int:
    """Ask for tasks' answers to be put together, in the caller's transaction; returns how many were asked for."""
    count = 0
    for task in tasks:
        row, made = ConsensusDue.objects.get_or_create(task=task, defaults={"project": project, "at": at})
        if not made:
            ConsensusDue.objects.filter(task=task).update(n=row.n + 1, at=at)
        count += 1
    return count


def due() -> list[str]:
    """Return the projects that have something to put together."""
    return list(ConsensusDue.objects.order_by().values_list("project", flat=True).distinct())


def left(project: str) -> int:
    """Return how many tasks of a project are due."""
    return ConsensusDue.objects.filter(project=project).count()


def request(*, actor: Actor, project: str) -> str:
    """Put together whatever is answered and has no result (also what waits for an arbiter), in a job; returns its id."""
    thing = projects.thing(project)
    require(actor, "quality.manage", thing)
    setup, now, after, asked = projects.setup(project), clock.now(), 0, 0
    while found := work_queries.answered(project, after=after, done=False):
        with db.write():
            asked += mark_due(project, [task for task, _ in found], now)
        after = found[-1][1]
    with db.write():
        audit.record(actor, "consensus.requested", f"project:{project}", tenant=setup.client, tasks=asked)
        return jobs.enqueue(
            "quality.consensus",
            {"project": project},
            actor=actor,
            tenant=setup.client,
            thing=f"project:{project}",
        )


def fuse_due(project: str, *, most: int = BATCH) -> Counter[str] | None:
    """Put together up to ``most`` tasks that are due; None when nothing is.

    Returns:
        How many went which way: accepted, asking, proposed, decided, waiting (a check goes on, or an answer is missing).
    """
    rows = list(ConsensusDue.objects.filter(project=project).order_by("at", "task")[:most])
    if not rows:
        return None
    standing = work_queries.standing([r.task for r in rows])
    ready = [s for s in standing.values() if _ready(s)]
    tally: Counter[str] = Counter()
    setup = projects.setup(project)
    for state in _fuse_all(setup, ready):
        tally[state] += 1
    for task in standing.values():
        if task.decision is not None:
            settle(project, task.task)
            tally["decided"] += 1
    tally["waiting"] += len(rows) - sum(tally.values())
    with db.write():
        for row in rows:  # asked for once more meanwhile: it stays
            ConsensusDue.objects.filter(task=row.task, n=row.n).delete()
    return tally


def _ready(s: Standing) -> bool:
    return s.consensus and s.state == "open" and s.complete and not s.checking and s.decision is None


def _fuse_all(setup: ProjectSetup, ready: Sequence[Standing]) -> list[str]:
    """Fuse tasks by whether everybody in them has a record; with one that cannot be fused the others are done alone."""
    rule = _rule(setup)
    skills = known_skills(setup.id) if rule.confidence is not None else {}
    judged = [s for s in ready if rule.confidence is not None and all(a.person in skills for a in s.answers)]
    plain = [s for s in ready if s not in judged]
    states = []
    for part, known in ((judged, True), (plain, False)):
        if not part:
            continue
        context = _context(setup.id, {s.task for s in part}, skills if known else None)
        try:
            fused = fusing.fuse(part, setup.schema, context=context, skills=skills if known else None)
        except DoujiaError:
            fused = _one_by_one(part, setup, skills if known else None)
        states += [_act(setup, s, fused.get(s.task), rule, known) for s in part]
    return states


def _one_by_one(
    part: Sequence[Standing], setup: ProjectSetup, skills: dict[str, float] | None
) -> dict[str, fusing.Fused]:
    found: dict[str, fusing.Fused] = {}
    for one in part:
        try:
            found |= fusing.fuse([one], setup.schema, skills=skills)
        except DoujiaError:
            continue  # an arbiter decides without a proposal
    return found


def _rule(setup: ProjectSetup) -> fusing.Rule:
    s = setup.settings
    return fusing.Rule(min(s.overlap_min, s.overlap), s.overlap, s.confidence)


def _context(project: str, without: set[str], skills: dict[str, float] | None) -> list[Standing]:
    """Return the tasks put together last, as many as the budget of marks allows."""
    recent = Consensus.objects.filter(project=project, state__in=("accepted", "decided", "proposed"))
    names = [
        t for t in recent.order_by("-at").values_list("task", flat=True)[:CONTEXT_TASKS] if t not in without
    ]
    found, marks = list[Standing](), 0
    standing = work_queries.standing(names)
    for name in names:
        one = standing.get(name)
        if one is None or not one.complete:
            continue
        if skills is not None and any(a.person not in skills for a in one.answers):
            continue
        marks += sum(a.document.count('"geometry"') for a in one.answers)
        if marks > CONTEXT_MARKS:
            break
        found.append(one)
    return found


def _act(
    setup: ProjectSetup, task: Standing, fused: fusing.Fused | None, rule: fusing.Rule, known: bool
) -> str:
    if fused is None:
        verdict = fusing.Verdict("arbitrate", {"place": 1})
    else:
        verdict = fusing.judge(fused, len(task.answers), rule, known=known)
    try:
        return db.transact(lambda: _carry_out(setup, task, fused, rule, verdict))
    except Conflict:
        return "waiting"  # an answer changed, or an arbiter has begun: whoever did that asks again


def _carry_out(
    setup: ProjectSetup,
    task: Standing,
    fused: fusing.Fused | None,
    rule: fusing.Rule,
    verdict: fusing.Verdict,
) -> str:
    if verdict.do == "ask":
        work.withdraw_result(task.task)
        work.add_slot(task.task)
        return _note(setup, task, fused, rule, "asking", verdict, "")
    if fused is None:
        work.add_slot(task.task, kind="arbitrate")
        return _note(setup, task, fused, rule, "proposed", verdict, "")
    result = work.Result(
        fused.document, tuple(a.submission for a in task.answers),
        {
            "people": fused.people, "sources": fused.sources, "agreement": fused.annotation.agreement,
            "confidence": fused.confidence, "rule": {"least": rule.least, "most": rule.most, "confidence": rule.confidence},
            "guideline_versions": sorted({a.guideline_version for a in task.answers}),
        },
        max(a.guideline_version for a in task.answers), max(a.schema_version for a in task.answers),
    )  # fmt: skip
    if verdict.do == "accept":
        try:
            made = work.accept_result(task.task, result)
            return _note(setup, task, fused, rule, "accepted", verdict, made)
        except DoujiaError:  # what was fused breaks the schema (a class too often, a missing attribute)
            verdict = fusing.Verdict("arbitrate", {"schema": 1})
    made = work.propose_result(task.task, result)
    return _note(setup, task, fused, rule, "proposed", verdict, made)


def _note(
    setup: ProjectSetup, task: Standing, fused: fusing.Fused | None, rule: fusing.Rule, state: str,
    verdict: fusing.Verdict, submission: str,
) -> str:  # fmt: skip
    found = fused.annotation if fused is not None else None
    Consensus.objects.update_or_create(
        task=task.task,
        defaults={
            "project": setup.id, "seq": task.seq, "item": task.item, "state": state, "submission": submission,
            "answers": len(task.answers), "most": rule.most, "objects_n": len(found.marks) if found else 0,
            "unsure": found.unsure if found else 0, "agreement": found.agreement if found else None,
            "confidence": fused.confidence if fused else None,
            "reasons": [{"code": code, "n": n} for code, n in verdict.reasons.items()],
            "people": fused.people if fused else [], "at": clock.now(),
        },
    )  # fmt: skip
    return state


def settle(project: str, task: str) -> int:
    """Accept the answers that waited for an arbiter who has decided; returns how many."""

    def accept() -> int:
        accepted = work.settle(task)
        Consensus.objects.filter(task=task, project=project).update(state="decided", at=clock.now())
        return accepted

    try:
        return db.transact(accept)
    except NotFound:
        return 0


def withdraw(task: str, at: datetime) -> None:
    """An answer was opened again: what was made of it does not stand. In the caller's transaction."""
    Consensus.objects.filter(task=task).exclude(state="withdrawn").update(state="withdrawn", at=at)
