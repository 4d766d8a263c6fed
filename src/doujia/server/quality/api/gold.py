"""Known tasks: the pool, its making, its doubts, and where people stand by them."""

from __future__ import annotations

from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from doujia.server.kernel.api import actor_of
from doujia.server.kernel.errors import BadRequest
from doujia.server.quality.actions import gold as actions
from doujia.server.quality.queries import gold as queries
from doujia.server.work.api.bodies import answer, described, read

router = Router()


class MakeGold(msgspec.Struct, kw_only=True):
    """A done task whose answer was checked. ``pool``: hidden, training, exam or retry."""

    task: str
    pool: str = "hidden"
    rule: str | None = None


class SampleGold(msgspec.Struct, kw_only=True):
    """Draw so many adjudicated tasks, each class by its share; the same ``seed`` draws the same."""

    count: int
    pool: str = "hidden"
    seed: int = 0


class ChangeGold(msgspec.Struct, kw_only=True):
    """What to change; ``state``: active or retired; an empty ``rule`` takes the paragraph away."""

    pool: str | None = None
    state: str | None = None
    rule: str | None = None


class CorrectGold(msgspec.Struct, kw_only=True):
    """What is right; or ``adopt``, the id of a graded answer that is."""

    marks: list[dict[str, Any]] = []
    relations: list[dict[str, Any]] = []
    item_attrs: dict[str, Any] = {}
    adopt: str | None = None


class GoldMade(msgspec.Struct, kw_only=True):
    """Its id."""

    id: str


class GoldDrawn(msgspec.Struct, kw_only=True):
    """Ids of the new ones."""

    made: list[str]


class GoldChanged(msgspec.Struct, kw_only=True):
    """It is done."""

    state: str


class GoldVersion(msgspec.Struct, kw_only=True):
    """Number of the right answer now."""

    version: int


@router.get(
    "/projects/{project}/gold",
    operation_id="quality_gold_list",
    openapi_extra=described("quality.view", None, queries.GoldPage),
)
def listing(
    request: HttpRequest, project: str, pool: str = Query("", max_length=8), state: str = Query("", max_length=8),
    cursor: str | None = Query(None, max_length=300), limit: int = Query(50, ge=1, le=200),
) -> HttpResponse:  # fmt: skip
    """Known tasks of a project, those in doubt first."""
    try:
        page = queries.pool(
            actor=actor_of(request), project=project, pool=pool, state=state, cursor=cursor, limit=limit
        )
    except ValueError as error:
        raise BadRequest(
            "cursor_invalid", zh="翻页的位置不对。", en="This is not a page position."
        ) from error
    return answer(page)


@router.get(
    "/projects/{project}/gold/health",
    operation_id="quality_gold_health",
    openapi_extra=described("quality.view", None, queries.GoldHealth),
)
def health(request: HttpRequest, project: str) -> HttpResponse:
    """How the pool stands, and how many known tasks the project's work needs."""
    return answer(queries.health(actor=actor_of(request), project=project))


@router.get(
    "/projects/{project}/gold/standings",
    operation_id="quality_gold_standings",
    openapi_extra=described("quality.view", None, list[queries.StandingRow]),
)
def standings(request: HttpRequest, project: str) -> HttpResponse:
    """Where people stand by their known tasks; who should practise first."""
    return answer(queries.standings(actor=actor_of(request), project=project))


@router.post(
    "/projects/{project}/gold",
    operation_id="quality_gold_make",
    openapi_extra=described("quality.manage", MakeGold, GoldMade, 201),
)
def make(request: HttpRequest, project: str) -> HttpResponse:
    """Make a known task of a done one that somebody checked; again gives the same."""
    actor, body = actor_of(request), read(request, MakeGold)
    made = actions.make_gold(actor=actor, project=project, task=body.task, pool=body.pool, rule=body.rule)
    return answer({"id": made}, 201)


@router.post(
    "/projects/{project}/gold/sample",
    operation_id="quality_gold_sample",
    openapi_extra=described("quality.manage", SampleGold, GoldDrawn, 201),
)
def sample(request: HttpRequest, project: str) -> HttpResponse:
    """Draw known tasks from adjudicated work, each class by its share."""
    actor, body = actor_of(request), read(request, SampleGold)
    made = actions.sample_gold(actor=actor, project=project, count=body.count, pool=body.pool, seed=body.seed)
    return answer({"made": made}, 201)


@router.get(
    "/gold/{gold}",
    operation_id="quality_gold",
    openapi_extra=described("quality.manage", None, queries.GoldDetail),
)
def detail(request: HttpRequest, gold: str) -> HttpResponse:
    """A known task: what is right, and what people answered."""
    return answer(queries.detail(actor=actor_of(request), gold=gold))


@router.patch(
    "/gold/{gold}",
    operation_id="quality_gold_change",
    openapi_extra=described("quality.manage", ChangeGold, GoldChanged),
)
def change(request: HttpRequest, gold: str) -> HttpResponse:
    """Move it to another pool, retire it, take it into use again, name its guideline paragraph."""
    actor, body = actor_of(request), read(request, ChangeGold)
    actions.change_gold(actor=actor, gold=gold, pool=body.pool, state=body.state, rule=body.rule)
    return answer({"state": "changed"})


@router.post(
    "/gold/{gold}/keep",
    operation_id="quality_gold_keep",
    openapi_extra=described("quality.manage", None, GoldChanged),
)
def keep(request: HttpRequest, gold: str) -> HttpResponse:
    """Say that a doubted answer is right after all."""
    actions.keep_gold(actor=actor_of(request), gold=gold)
    return answer({"state": "active"})


@router.post(
    "/gold/{gold}/correct",
    operation_id="quality_gold_correct",
    openapi_extra=described("quality.manage", CorrectGold, GoldVersion),
)
def correct(request: HttpRequest, gold: str) -> HttpResponse:
    """Put the right answer right; everybody is graded again."""
    actor, body = actor_of(request), read(request, CorrectGold)
    version = actions.correct_gold(
        actor=actor, gold=gold, marks=body.marks, relations=body.relations, item_attrs=body.item_attrs, adopt=body.adopt
    )  # fmt: skip
    return answer({"version": version})
