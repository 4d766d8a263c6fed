"""Grading answers to known tasks, and what follows: a person's standing, doubt about an answer, a task that is known.

All of it runs in background jobs; each function is one transaction and may run again without doing anything twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from django.db.models import Count, Q

from doujia.server.kernel import audit, clock, db, events
from doujia.server.quality import right_answers
from doujia.server.quality.actions import gold as gold_actions
from doujia.server.quality.events import AnswerGraded, GoldCorrected, PersonDrifts, PracticeRecommended
from doujia.server.quality.models import GoldAnswer, GoldStanding, GoldTask, GradedAnswer
from doujia.server.work import actions as work
from doujia.server.work import queries as work_queries

__all__ = ["GOOD_LEAST", "SUSPECT_BELOW", "SUSPECT_LEAST", "grade_answer", "rescore", "stand"]

SUSPECT_BELOW, SUSPECT_LEAST = 0.6, 5
"""People in good standing who pass less often than this, of at least so many: the answer is in doubt."""
GOOD_SHARE, GOOD_LEAST = 0.8, 5
"""Good standing: this share passed of at least so many other known tasks, and no drift."""
LATEST = 200
"""Answers over which a person's sum is computed."""
ERRORS_OF = 10
"""Failed known tasks from which the error to practise is read."""


def grade_answer(submission: str) -> str | None:
    """Grade a person's first answer to a known task; returns the id of the result, None when there is none to grade."""
    said = work_queries.known_said(submission)
    if said is None or said.revision != 1:
        return None
    known = GoldTask.objects.filter(task=said.task).first()
    if known is None:
        return None
    done = GradedAnswer.objects.filter(submission=UUID(submission)).first()
    if done is not None:
        return str(done.id)
    right = GoldAnswer.objects.get(gold=known, version=known.version)
    grade = right_answers.compare(
        said.project, said.item, right_answers.read(right.document), right_answers.read(said.document)
    )
    with db.write():
        row = gold_actions.locked(str(known.id))
        if GradedAnswer.objects.filter(submission=UUID(submission)).exists():
            return None
        now = clock.now()
        made = GradedAnswer.objects.create(
            gold=row, project=said.project, task=said.task, submission=UUID(submission), person=said.person, version=right.version,
            counted=row.state == "active", guideline_version=said.guideline_version, at=said.at, graded_at=now,
            **right_answers.grade_fields(grade),
        )  # fmt: skip
        row.graded += 1
        row.passed += int(grade.passed)
        row.save(update_fields=["graded", "passed"])
        events.publish(
            AnswerGraded(
                said.project, said.task, submission, said.person, str(made.id), grade.score, grade.passed, made.counted, said.at
            )
        )  # fmt: skip
        if row.version != right.version:
            gold_actions.rescore_later(row)  # it was corrected while we compared
        stand(said.project, said.person, now)
        if row.state == "active":
            _doubt(row, now) or _retire_known(row, now)
    return str(made.id)


def rescore(gold: str) -> int:
    """Grade every answer to a known task by its present right answer, and tell those whose result changed.

    Returns:
        How many results changed.
    """
    known = GoldTask.objects.filter(id=UUID(gold)).first()
    if known is None:
        return 0
    version, state = known.version, known.state
    right = right_answers.read(GoldAnswer.objects.get(gold=known, version=version).document)
    fresh = {}
    for one in GradedAnswer.objects.filter(gold=known).order_by("at"):
        said = work_queries.known_said(str(one.submission))
        if said is not None:
            fresh[one.id] = right_answers.compare(
                one.project, known.item, right, right_answers.read(said.document)
            )
    with db.write():
        row = gold_actions.locked(gold)
        if (row.version, row.state) != (version, state):
            gold_actions.rescore_later(row)
            return 0
        now, changed, people = clock.now(), [], set()
        for one in GradedAnswer.objects.filter(gold=row):
            grade = fresh.get(one.id)
            if grade is None:
                continue
            people.add(one.person)
            if one.passed != grade.passed:
                changed.append(one.person)
            counted = state == "active" or (state == "retired" and one.counted)
            GradedAnswer.objects.filter(id=one.id).update(
                version=version, counted=counted, graded_at=now, **right_answers.grade_fields(grade)
            )
        row.graded = len(fresh)
        row.passed = sum(g.passed for g in fresh.values())
        row.save(update_fields=["graded", "passed"])
        for person in sorted(people):
            stand(row.project, person, now)
        if changed:
            audit.record(
                None, "gold.rescored", f"task:{row.task}", project=row.project, version=version, changed=len(changed)
            )  # fmt: skip
            events.publish(
                GoldCorrected(row.project, row.task, str(row.id), version, tuple(sorted(set(changed))), now)
            )
    return len(changed)


def stand(project: str, person: str, now: datetime) -> GoldStanding:
    """Compute a person's standing from her counted results; tells when it drifts. In the caller's transaction.

    A drift that rested on an answer which has been corrected since is taken back.
    """
    from doujia.consensus.people.cusum import Cusum

    standing, _ = GoldStanding.objects.get_or_create(
        project=project, person=person, defaults={"updated_at": now}
    )
    counted = GradedAnswer.objects.filter(project=project, person=person, counted=True)
    sums = counted.aggregate(n=Count("id"), right=Count("id", filter=Q(passed=True)))
    if standing.drifted_at is not None:
        acted = _acts(counted, standing.drifted_from)
        if acted is None:
            standing.since, standing.drifted_at, standing.drifted_from = standing.drifted_from, None, None
    rule = Cusum()
    results = list(_since(counted, standing.since))
    for at, passed in results:
        if rule.update(passed):
            standing.drifted_from, standing.since, standing.drifted_at = standing.since, at, now
            _drifted(project, person, sums["n"], sums["right"], now)
    standing.level, standing.graded, standing.passed = rule.level, sums["n"], sums["right"]
    standing.updated_at = now
    standing.save()
    return standing


def _since(counted: Any, since: datetime | None) -> list[tuple[datetime, bool]]:
    rows = counted.filter(at__gt=since) if since is not None else counted
    return list(reversed(rows.order_by("-at", "-id").values_list("at", "passed")[:LATEST]))


def _acts(counted: Any, since: datetime | None) -> datetime | None:
    from doujia.consensus.people.cusum import Cusum

    rule = Cusum()
    return next((at for at, passed in _since(counted, since) if rule.update(passed)), None)


def _drifted(project: str, person: str, graded: int, passed: int, now: datetime) -> None:
    events.publish(PersonDrifts(project, person, graded, passed, now))
    failed = GradedAnswer.objects.filter(project=project, person=person, counted=True, passed=False)
    errors: dict[tuple[str, str | None], int] = {}
    for differences, rule in failed.order_by("-at").values_list("differences", "gold__rule")[:ERRORS_OF]:
        for code in {d["code"] for d in msgspec.json.decode(differences)}:
            errors[(code, rule)] = errors.get((code, rule), 0) + 1
    if errors:
        error_class, rule = max(errors, key=lambda e: (errors[e], e[1] is not None, e[0]))
        events.publish(PracticeRecommended(project, person, error_class, rule, "gold", now))


def _doubt(row: GoldTask, now: datetime) -> bool:
    """Put a right answer in doubt when people in good standing fail it; an arbiter decides, until then it counts for nobody."""
    results = dict(GradedAnswer.objects.filter(gold=row, counted=True).values_list("person", "passed"))
    good = _in_good_standing(row, list(results))
    right = sum(results[p] for p in good)
    if len(good) < SUSPECT_LEAST or right >= SUSPECT_BELOW * len(good):
        return False
    row.state, row.state_at, row.reason = "suspect", now, "good_people_fail"
    row.save(update_fields=["state", "state_at", "reason"])
    GradedAnswer.objects.filter(gold=row).update(counted=False)
    work.withdraw_known(row.task)
    work.add_slot(row.task, kind="arbitrate")
    for person in sorted(results):
        stand(row.project, person, now)
    audit.record(None, "gold.suspect", f"task:{row.task}", project=row.project, good=len(good), passed=right)
    return True


def _in_good_standing(row: GoldTask, people: Sequence[str]) -> list[str]:
    drifting = set(
        GoldStanding.objects.filter(
            project=row.project, person__in=people, drifted_at__isnull=False
        ).values_list("person", flat=True)
    )
    others = (
        GradedAnswer.objects.filter(project=row.project, person__in=people, counted=True)
        .exclude(gold=row)
        .values("person")
        .annotate(n=Count("id"), right=Count("id", filter=Q(passed=True)))
    )
    return sorted(
        o["person"]
        for o in others
        if o["person"] not in drifting and o["n"] >= GOOD_LEAST and o["right"] >= GOOD_SHARE * o["n"]
    )


def _retire_known(row: GoldTask, now: datetime) -> bool:
    """Retire a task on which people do better the longer it has been about: word of it has spread."""
    from doujia.consensus.plans.gold import item_looks_known

    if row.graded < 30:
        return False
    results = GradedAnswer.objects.filter(gold=row, counted=True).order_by("at", "id")
    if not item_looks_known(list(results.values_list("passed", flat=True))):
        return False
    row.state, row.state_at, row.reason = "retired", now, "looks_known"
    row.save(update_fields=["state", "state_at", "reason"])
    work.withdraw_known(row.task)
    audit.record(None, "gold.retired", f"task:{row.task}", project=row.project, reason="looks_known")
    return True
