"""Consensus over HTTP: how it goes, what tasks became, run it now."""

from __future__ import annotations

import msgspec
from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from doujia.server.kernel.api import actor_of
from doujia.server.kernel.errors import BadRequest
from doujia.server.quality.actions import consensus as actions
from doujia.server.quality.queries import consensus as queries
from doujia.server.work.api.bodies import answer, described

router = Router()


class JobStarted(msgspec.Struct, kw_only=True):
    """The job that does it; its progress is at ``/jobs``."""

    job: str


@router.get(
    "/projects/{project}/consensus",
    operation_id="quality_consensus",
    openapi_extra=described("quality.view", None, queries.ConsensusSummary),
)
def summary(request: HttpRequest, project: str) -> HttpResponse:
    """How a project's several answers go: how many became one, wait for an arbiter, or ask for one more."""
    return answer(queries.summary(actor=actor_of(request), project=project))


@router.get(
    "/projects/{project}/consensus/tasks",
    operation_id="quality_consensus_tasks",
    openapi_extra=described("quality.view", None, queries.ConsensusPage),
)
def tasks(
    request: HttpRequest, project: str,
    state: str = Query("", pattern="^(accepted|asking|proposed|decided|withdrawn)?$", description="only those"),
    cursor: str | None = Query(None, max_length=300), limit: int = Query(50, ge=1, le=200),
) -> HttpResponse:  # fmt: skip
    """What tasks' several answers became, the newest first: agreement, doubts, and who contributed."""
    try:
        page = queries.listing(
            actor=actor_of(request), project=project, state=state, cursor=cursor, limit=limit
        )
    except (TypeError, ValueError) as error:
        raise BadRequest(
            "cursor_invalid", zh="翻页的位置不对。", en="This is not a page position."
        ) from error
    return answer(page)


@router.post(
    "/projects/{project}/consensus",
    operation_id="quality_consensus_run",
    openapi_extra=described("quality.manage", None, JobStarted, 202),
)
def run(request: HttpRequest, project: str) -> HttpResponse:
    """Put together whatever is answered and has no result yet, also what waits for an arbiter, with what is known now."""
    return answer({"job": actions.request(actor=actor_of(request), project=project)}, 202)
