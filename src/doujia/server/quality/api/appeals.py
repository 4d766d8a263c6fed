"""Appeals: filing and withdrawing one's own, what waits, what was decided."""

from __future__ import annotations

import msgspec
from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from doujia.server.kernel.api import actor_of
from doujia.server.quality.actions import appeals as actions
from doujia.server.quality.queries import appeals as queries
from doujia.server.work.api.bodies import answer, described, read

router = Router()


class AppealBody(msgspec.Struct, kw_only=True):
    """Which rejected answer, and why it is right (may be empty)."""

    submission: str
    text: str = ""


class AppealMade(msgspec.Struct, kw_only=True):
    """The appeal's id."""

    id: str


class AppealState(msgspec.Struct, kw_only=True):
    """What has become of it."""

    state: str


@router.post(
    "/appeals",
    operation_id="quality_appeal",
    openapi_extra=described("quality.own", AppealBody, AppealMade, 201),
)
def file(request: HttpRequest) -> HttpResponse:
    """Say that the rejection of one's own answer is wrong; somebody else checks it, blind, within three working days."""
    actor, body = actor_of(request), read(request, AppealBody)
    return answer({"id": actions.appeal(actor=actor, submission=body.submission, text=body.text)}, 201)


@router.get(
    "/appeals/mine",
    operation_id="quality_my_appeals",
    openapi_extra=described("self", None, queries.MyAppeals),
)
def mine(request: HttpRequest) -> HttpResponse:
    """The caller's appeals, and the rejections she may still appeal."""
    return answer(queries.mine(actor=actor_of(request)))


@router.get(
    "/appeals/waiting",
    operation_id="quality_appeals_waiting",
    openapi_extra=described("self", None, list[queries.WaitingAppeals]),
)
def waiting(request: HttpRequest) -> HttpResponse:
    """Projects with appeals that wait for a check by somebody like the caller."""
    return answer(queries.waiting(actor=actor_of(request)))


@router.post(
    "/appeals/{appeal}/withdraw",
    operation_id="quality_appeal_withdraw",
    openapi_extra=described("quality.own", None, AppealState),
)
def withdraw(request: HttpRequest, appeal: str) -> HttpResponse:
    """Take back one's own appeal while nobody has begun to look."""
    actions.withdraw(actor=actor_of(request), appeal_id=appeal)
    return answer({"state": "withdrawn"})


@router.get(
    "/projects/{project}/appeals",
    operation_id="quality_appeals",
    openapi_extra=described("quality.view", None, queries.AppealPage),
)
def of_project(request: HttpRequest, project: str) -> HttpResponse:
    """Appeals of a project: what waits, without saying whose or which, and what was decided."""
    return answer(queries.of_project(actor=actor_of(request), project=project))


@router.get(
    "/projects/{project}/overturns",
    operation_id="quality_overturns",
    openapi_extra=described("quality.view", None, list[queries.ReviewerOverturns]),
)
def overturns(request: HttpRequest, project: str, days: int = Query(90, ge=1, le=400)) -> HttpResponse:
    """How often each reviewer's rejections did not stand, with interval."""
    return answer(queries.overturns(actor=actor_of(request), project=project, days=days))
