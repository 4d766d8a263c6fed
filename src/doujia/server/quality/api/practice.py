"""Practice: one's own runs on the bench, and the pools behind them."""

from __future__ import annotations

from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse
from ninja import Router

from doujia.server.kernel.api import actor_of
from doujia.server.quality.actions import practice as actions
from doujia.server.quality.queries import practice as queries
from doujia.server.work.api import shapes
from doujia.server.work.api.bodies import answer, described, read

router = Router()


class PracticeNext(msgspec.Struct, kw_only=True):
    """Ask for the next tasks. ``have``: ids of those that the browser has."""

    want: int = 1
    have: list[str] = []


class PracticeTasks(msgspec.Struct, kw_only=True):
    """Tasks as the bench has them, and how far the run is."""

    tasks: list[shapes.TaskShown]
    setups: dict[str, shapes.Versions]
    run: queries.RunRow
    empty: shapes.EmptyShown | None


class PracticeAnswer(msgspec.Struct, kw_only=True):
    """An answer; ``id`` is made by the client, the same again changes nothing."""

    id: str
    step: str
    marks: list[dict[str, Any]]
    relations: list[dict[str, Any]] = []
    item_attrs: dict[str, Any] = {}


class AssignPractice(msgspec.Struct, kw_only=True):
    """Whom, which pool (training, exam or retry), how many tasks (null: as the pool says), and for which error."""

    person: str
    kind: str
    size: int | None = None
    reason: str = ""
    rule: str | None = None


class PracticeMade(msgspec.Struct, kw_only=True):
    """The run's id."""

    id: str


class PracticeState(msgspec.Struct, kw_only=True):
    """What has become of it."""

    state: str


class PoolBody(msgspec.Struct, kw_only=True):
    """How a pool is used."""

    size: int
    pass_share: float
    tries: int


@router.get(
    "/practice/mine",
    operation_id="quality_my_practice",
    openapi_extra=described("self", None, list[queries.RunRow]),
)
def mine(request: HttpRequest) -> HttpResponse:
    """The caller's practice: what waits first."""
    return answer(queries.mine(actor=actor_of(request)))


@router.post(
    "/practice/{run}/next",
    operation_id="quality_practice_next",
    openapi_extra=described("quality.own", PracticeNext, PracticeTasks),
)
def next_(request: HttpRequest, run: str) -> HttpResponse:
    """The next tasks of one's own run."""
    actor, body = actor_of(request), read(request, PracticeNext)
    return answer(queries.next_tasks(actor=actor, run=run, want=body.want, have=body.have))


@router.post(
    "/practice/{run}/answers",
    operation_id="quality_practice_answer",
    openapi_extra=described("quality.own", PracticeAnswer, actions.Feedback),
)
def answers(request: HttpRequest, run: str) -> HttpResponse:
    """Answer a task of one's own run, and hear at once what is not right (an exam keeps silent until its end)."""
    actor, body = actor_of(request), read(request, PracticeAnswer)
    return answer(
        actions.answer_step(
            actor=actor, run=run, step=body.step, answer_id=body.id, marks=body.marks, relations=body.relations,
            item_attrs=body.item_attrs,
        )
    )  # fmt: skip


@router.get(
    "/practice/{run}",
    operation_id="quality_practice_run",
    openapi_extra=described("quality.own", None, queries.RunDetail),
)
def detail(request: HttpRequest, run: str) -> HttpResponse:
    """A run with its tasks and what was not right."""
    return answer(queries.run_detail(actor=actor_of(request), run=run))


@router.post(
    "/practice/{run}/cancel",
    operation_id="quality_practice_cancel",
    openapi_extra=described("quality.manage", None, PracticeState),
)
def cancel(request: HttpRequest, run: str) -> HttpResponse:
    """Take an open run back."""
    actions.cancel(actor=actor_of(request), run=run)
    return answer({"state": "cancelled"})


@router.get(
    "/projects/{project}/practice",
    operation_id="quality_practice_list",
    openapi_extra=described("quality.view", None, list[queries.RunRow]),
)
def listing(request: HttpRequest, project: str) -> HttpResponse:
    """Practice of a project's people, the newest first."""
    return answer(queries.of_project(actor=actor_of(request), project=project))


@router.post(
    "/projects/{project}/practice",
    operation_id="quality_practice_assign",
    openapi_extra=described("quality.manage", AssignPractice, PracticeMade, 201),
)
def assign(request: HttpRequest, project: str) -> HttpResponse:
    """Give a person some tasks to practise on."""
    actor, body = actor_of(request), read(request, AssignPractice)
    made = actions.assign(
        actor=actor, project=project, person=body.person, kind=body.kind, size=body.size, reason=body.reason, rule=body.rule
    )  # fmt: skip
    return answer({"id": made}, 201)


@router.get(
    "/projects/{project}/pools",
    operation_id="quality_pools",
    openapi_extra=described("quality.view", None, list[queries.PoolRow]),
)
def pools(request: HttpRequest, project: str) -> HttpResponse:
    """How a project uses its pools for practice."""
    return answer(queries.pools(actor=actor_of(request), project=project))


@router.put(
    "/projects/{project}/pools/{kind}",
    operation_id="quality_pool_set",
    openapi_extra=described("quality.manage", PoolBody, PracticeState),
)
def set_pool(request: HttpRequest, project: str, kind: str) -> HttpResponse:
    """Say how a pool is used."""
    actor, body = actor_of(request), read(request, PoolBody)
    actions.set_pool(
        actor=actor, project=project, kind=kind, size=body.size, pass_share=body.pass_share, tries=body.tries
    )
    return answer({"state": "saved"})
