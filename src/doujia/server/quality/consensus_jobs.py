"""Consensus and its figures as background work: the clock sees what is due, a job for each project does it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from doujia.server.kernel import clock, jobs, schedule
from doujia.server.projects import queries as projects
from doujia.server.quality.actions import agreement, consensus
from doujia.server.quality.queries.skills import computed_at
from doujia.server.work import queries as work
from doujia.server.work.counts import SHANGHAI

__all__ = ["compute_figures", "look_for_due", "nightly", "put_together"]

NIGHT = 3
"""Hour of Shanghai after which the night's figures are computed."""
FRESH = timedelta(hours=2)
"""Age of skills from which they are computed anew where they decide how many people are asked."""
PAUSE = timedelta(minutes=10)
"""After a job that failed."""


@schedule.every(5, "quality.consensus")
def look_for_due() -> None:
    """Start a job for each project whose tasks have all their answers and no job of it waits or runs."""
    for project in consensus.due():
        latest = jobs.listing(kind="quality.consensus", thing=f"project:{project}", limit=1)
        if latest and latest[0].state in ("queued", "running"):
            continue
        ended = latest[0].finished_at if latest and latest[0].state == "failed" else None
        if ended is not None and clock.now() - ended < PAUSE:
            continue
        jobs.enqueue(
            "quality.consensus", {"project": project}, actor=None, tenant=projects.setup(project).client,
            thing=f"project:{project}",
        )  # fmt: skip


@jobs.handler("quality.consensus")
def put_together(context: jobs.Context) -> dict[str, Any]:
    """Put together all that is due in a project, batch by batch; after a crash it goes on with what is left."""
    project = context.payload["project"]
    tally: dict[str, int] = dict(context.checkpoint.get("tally", {}))
    done = sum(tally.values())
    while (batch := consensus.fuse_due(project)) is not None:
        for state, n in batch.items():
            tally[state] = tally.get(state, 0) + n
        done = sum(tally.values())
        context.save({"tally": tally})
        context.progress(
            done, done + consensus.left(project), zh="合成多人答案", en="Putting answers together"
        )
    _keep_skills_fresh(project)
    return tally


def _keep_skills_fresh(project: str) -> None:
    """Where skills decide how many people are asked, a newcomer must not wait for the night to have a record."""
    setup = projects.setup(project)
    if setup.settings.confidence is None:
        return
    latest = jobs.listing(kind="quality.figures", thing=f"project:{project}", limit=1)
    times = [computed_at(project), latest[0].created_at if latest else None]
    if any(at is not None and clock.now() - at < FRESH for at in times):
        return
    jobs.enqueue(
        "quality.figures", {"project": project}, actor=None, tenant=setup.client, thing=f"project:{project}"
    )


@schedule.every(600, "quality.figures")
def nightly() -> None:
    """Start the night's computation for each project worked on since yesterday, once; also when the PC was off then."""
    local = clock.now().astimezone(SHANGHAI)
    night = local.replace(hour=NIGHT, minute=0, second=0, microsecond=0)
    if local < night:
        return
    for project in work.worked_since(night.date() - timedelta(days=1)):
        latest = jobs.listing(kind="quality.figures", thing=f"project:{project}", limit=1)
        if latest and (latest[0].state in ("queued", "running") or latest[0].created_at >= night):
            continue
        jobs.enqueue(
            "quality.figures", {"project": project}, actor=None, tenant=projects.setup(project).client,
            thing=f"project:{project}",
        )  # fmt: skip


@jobs.handler("quality.figures")
def compute_figures(context: jobs.Context) -> dict[str, Any]:
    """Compute a project's agreement, skills, cases and what suggestions do; it replaces what was there before."""
    found = agreement.recompute(
        context.payload["project"],
        lambda done, of: context.progress(done, of, zh="计算一致性", en="Computing agreement", force=True),
    )
    return dict(found)
