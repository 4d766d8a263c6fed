"""Records: one's own with everything that was counted, those of a project's people, and how a project checks."""

from __future__ import annotations

from datetime import date

import msgspec
from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from doujia.server.kernel.api import actor_of
from doujia.server.quality.actions import records as actions
from doujia.server.quality.queries import records as queries
from doujia.server.work.api.bodies import answer, described, read

router = Router()


class PolicyBody(msgspec.Struct, kw_only=True):
    """How a project checks: by each person's record or all alike, shares 0..1, and the line of right answers."""

    by_record: bool
    newcomer: float = 1.0
    floor: float = 0.1
    line: float = 0.95


@router.get(
    "/mine", operation_id="quality_mine", openapi_extra=described("self", None, list[queries.MyRecord])
)
def mine(request: HttpRequest) -> HttpResponse:
    """What is counted of the caller, by project and week, with intervals, and how much of her work is checked and why."""
    return answer(queries.mine(actor=actor_of(request)))


@router.get(
    "/projects/{project}/mine",
    operation_id="quality_mine_counted",
    openapi_extra=described("work.view", None, queries.Counted),
)
def counted(request: HttpRequest, project: str, week: date = Query(...)) -> HttpResponse:
    """Every verdict of a week on the caller's own answers."""
    return answer(queries.counted(actor=actor_of(request), project=project, week=week))


@router.get(
    "/projects/{project}/records",
    operation_id="quality_records",
    openapi_extra=described("quality.view", None, list[queries.PersonRecord]),
)
def of_project(request: HttpRequest, project: str) -> HttpResponse:
    """Records of the project's people, those below the line first."""
    return answer(queries.of_project(actor=actor_of(request), project=project))


@router.get(
    "/projects/{project}/policy",
    operation_id="quality_policy_get",
    openapi_extra=described("quality.view", None, queries.PolicyView),
)
def policy(request: HttpRequest, project: str) -> HttpResponse:
    """How the project checks."""
    return answer(queries.policy(actor=actor_of(request), project=project))


@router.put(
    "/projects/{project}/policy",
    operation_id="quality_policy_put",
    openapi_extra=described("quality.manage", PolicyBody, queries.PolicyView),
)
def set_policy(request: HttpRequest, project: str) -> HttpResponse:
    """Check by each person's record, or all alike; newcomers' share, floor and line."""
    actor, body = actor_of(request), read(request, PolicyBody)
    actions.set_policy(
        actor=actor, project=project, by_record=body.by_record, newcomer=body.newcomer, floor=body.floor, line=body.line
    )  # fmt: skip
    return answer(queries.policy(actor=actor, project=project))
