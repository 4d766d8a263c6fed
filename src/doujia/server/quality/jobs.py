"""Background work of the room."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any

from doujia.server.kernel import clock, jobs, schedule
from doujia.server.quality.actions import exposure, grading, records, reports
from doujia.server.work import actions as work
from doujia.server.work import queries as work_queries

__all__ = [
    "close_week", "correct_record", "grade_gold", "keep_up", "offer_gold", "rescore_gold", "settle_gold", "take_apart", "weekly",
]  # fmt: skip

SETTLE_MINUTES = (15, 240)
"""An answer that was told to wait for a check is accepted after a time like that of a check."""


@jobs.handler("quality.offer_gold")
def offer_gold(context: jobs.Context) -> dict[str, Any]:
    """Slip a known task in among a person's next ones."""
    wanted = context.payload
    task = exposure.offer_next(wanted["project"], wanted["person"], seed=context.id)
    return {"offered": task is not None}


@jobs.handler("quality.grade_gold")
def grade_gold(context: jobs.Context) -> dict[str, Any]:
    """Grade an answer to a known task."""
    submission = context.payload["submission"]
    graded = grading.grade_answer(submission)
    said = work_queries.known_said(submission)
    if said is not None and said.state == "submitted":
        minutes = random.Random(submission).randint(*SETTLE_MINUTES)
        after = max(said.at + timedelta(minutes=minutes), clock.now())
        jobs.enqueue("quality.settle_gold", {"submission": submission}, actor=None, run_after=after)
    return {"graded": graded}


@jobs.handler("quality.settle_gold")
def settle_gold(context: jobs.Context) -> dict[str, Any]:
    """Accept an answer to a known task: it was work, and work is paid."""
    return {"accepted": work.settle_known(context.payload["submission"])}


@jobs.handler("quality.rescore_gold")
def rescore_gold(context: jobs.Context) -> dict[str, Any]:
    """Grade everybody's answers to a known task again."""
    return {"changed": grading.rescore(context.payload["gold"])}


@schedule.every(5, "quality.keep_up")
def keep_up() -> None:
    """Take apart what reviewers said since the last look; where much has come together, a job does the rest."""
    failed = []
    for project in reports.behind():
        try:
            done = reports.catch_up(project, most=reports.AT_A_BEAT)
        except Exception as error:  # noqa: BLE001 - one project's fault must not keep the others' figures back
            failed.append(error)
            continue
        if done >= reports.AT_A_BEAT:
            _rest(project)
    if failed:
        raise ExceptionGroup("verdicts that could not be taken apart", failed)


def _rest(project: str) -> None:
    latest = jobs.listing(kind="quality.take_apart", thing=f"project:{project}", limit=1)
    if not latest or latest[0].state not in ("queued", "running"):
        jobs.enqueue("quality.take_apart", {"project": project}, actor=None, thing=f"project:{project}")


@jobs.handler("quality.take_apart")
def take_apart(context: jobs.Context) -> dict[str, Any]:
    """Take apart all verdicts of a project that the figures do not hold yet."""
    done = 0
    while part := reports.catch_up(context.payload["project"]):
        done += part
        context.progress(done, zh="把检查结果算进数字", en="Counting what reviewers said")
    return {"verdicts": done}


@schedule.every(600, "quality.weekly")
def weekly() -> None:
    """Queue the closing of the week that is over, and end what was raised for a while."""
    records.close_due_weeks()
    records.end_raised()


@jobs.handler("quality.close_week")
def close_week(context: jobs.Context) -> dict[str, Any]:
    """Settle what is counted of each person of a project in one week."""
    people = records.close_week(context.payload["project"], date.fromisoformat(context.payload["week"]))
    return {"people": people}


@jobs.handler("quality.correct_record")
def correct_record(context: jobs.Context) -> dict[str, Any]:
    """Count a closed week of one person anew after an appeal."""
    p = context.payload
    records.correct(p["project"], p["person"], date.fromisoformat(p["week"]))
    return {}
