"""Agreement, skills, cases and what suggestions do, over HTTP."""

from __future__ import annotations

import msgspec
from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from doujia.server.kernel.api import actor_of
from doujia.server.quality.actions import agreement as actions
from doujia.server.quality.api.consensus import JobStarted
from doujia.server.quality.queries import agreement as queries
from doujia.server.work.api.bodies import answer, described, read

router = Router()


class CaseBody(msgspec.Struct, kw_only=True):
    """What came of a case: talked, harmless, followed (with a note), or open again."""

    state: str
    note: str = ""


class CaseState(msgspec.Struct, kw_only=True):
    """The case's state now."""

    state: str


@router.get(
    "/projects/{project}/agreement",
    operation_id="quality_agreement",
    openapi_extra=described("quality.view", None, queries.AgreementReport),
)
def agreement(request: HttpRequest, project: str) -> HttpResponse:
    """Krippendorff's alpha with intervals (labels and shapes, with and without suggestions), by day; confusion; pairs."""
    return answer(queries.agreement(actor=actor_of(request), project=project))


@router.get(
    "/projects/{project}/skills",
    operation_id="quality_skills",
    openapi_extra=described("quality.view", None, list[queries.SkillRow]),
)
def skills(request: HttpRequest, project: str) -> HttpResponse:
    """Everybody's accuracy with its interval, overall and by class, from known answers and from the others' answers."""
    return answer(queries.skills(actor=actor_of(request), project=project))


@router.get(
    "/projects/{project}/assistance",
    operation_id="quality_assistance",
    openapi_extra=described("quality.view", None, queries.AssistanceReport),
)
def assistance(request: HttpRequest, project: str) -> HttpResponse:
    """What the machine's suggestions do: answers that saw them beside answers that did not (automation bias)."""
    return answer(queries.assistance(actor=actor_of(request), project=project))


@router.post(
    "/projects/{project}/figures",
    operation_id="quality_figures_run",
    openapi_extra=described("quality.manage", None, JobStarted, 202),
)
def figures(request: HttpRequest, project: str) -> HttpResponse:
    """Compute agreement, skills, cases and what suggestions do now; it is done every night anyway."""
    return answer({"job": actions.request(actor=actor_of(request), project=project)}, 202)


@router.get(
    "/projects/{project}/cases",
    operation_id="quality_cases",
    openapi_extra=described("quality.manage", None, list[queries.CaseView]),
)
def cases(
    request: HttpRequest, project: str,
    state: str = Query("open", pattern="^(open|talked|harmless|followed|all)$", description="only those"),
) -> HttpResponse:  # fmt: skip
    """What a human should look at and talk about: equal errors, equal shapes, odd times. Never a verdict."""
    wanted = "" if state == "all" else state
    return answer(queries.cases(actor=actor_of(request), project=project, state=wanted))


@router.post(
    "/cases/{case}",
    operation_id="quality_case_decide",
    openapi_extra=described("quality.manage", CaseBody, CaseState),
)
def decide(request: HttpRequest, case: str) -> HttpResponse:
    """Say what came of a case."""
    actor, body = actor_of(request), read(request, CaseBody)
    actions.decide(actor=actor, case=case, state=body.state, note=body.note)
    return answer({"state": body.state})
