"""What a worker's bench calls all day: next, draft, submit, and the little around them."""

from __future__ import annotations

from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse
from ninja import Router

from doujia.marks.deltas import Delta
from doujia.server.kernel import clock
from doujia.server.kernel.api import actor_of
from doujia.server.work import actions, counts, queries
from doujia.server.work.actions.drafts import DraftSent
from doujia.server.work.actions.submissions import Sent
from doujia.server.work.api.bodies import answer, described, read

router = Router()


class NextBody(msgspec.Struct, kw_only=True):
    """Take the next tasks."""

    project: str | None = None
    want: int = 1
    have: list[str] = []
    kind: str = "work"


class DraftBody(msgspec.Struct, kw_only=True):
    """A snapshot (``base`` null, with marks) or the deltas after ``base``."""

    lease: str
    seq: int
    base: int | None = None
    deltas: list[Delta] = []
    marks: list[dict[str, Any]] | None = None
    relations: list[dict[str, Any]] = []
    item_attrs: dict[str, Any] = {}
    active_ms: int = 0


class LeaseBody(msgspec.Struct, kw_only=True):
    """Names a lease."""

    lease: str


class SkipBody(msgspec.Struct, kw_only=True):
    """Refuse a task, with a reason."""

    lease: str
    reason: str
    text: str = ""


@router.post("/next", operation_id="work_next", openapi_extra=described("work.take", NextBody))
def next_(request: HttpRequest) -> HttpResponse:
    """Lease the next tasks, with items, signed media addresses and pre-labels."""
    actor, body = actor_of(request), read(request, NextBody)
    pack = actions.take_next(
        actor=actor, project=body.project, want=body.want, have=body.have[:100], kind=body.kind
    )
    tasks, setups = queries.describe(pack.held, actor.person)
    today = counts.today(actor.person, clock.now())
    return answer({"tasks": tasks, "setups": setups, "today": today, "empty": pack.empty})


@router.put(
    "/tasks/{task}/draft", operation_id="work_save_draft", openapi_extra=described("work.submit", DraftBody)
)
def draft(request: HttpRequest, task: str) -> HttpResponse:
    """Keep what is not finished yet; the lease is extended."""
    actor, body = actor_of(request), read(request, DraftBody)
    sent = DraftSent(
        seq=body.seq, base=body.base, deltas=body.deltas, marks=body.marks, relations=body.relations,
        item_attrs=body.item_attrs, active_ms=max(0, body.active_ms),
    )  # fmt: skip
    return answer(actions.save_draft(actor=actor, task=task, lease=body.lease, sent=sent))


@router.post("/submissions", operation_id="work_submit", openapi_extra=described("work.submit", Sent))
def submissions(request: HttpRequest) -> HttpResponse:
    """Hand in an answer. The same id again gives the same answer."""
    return answer(actions.submit(actor=actor_of(request), sent=read(request, Sent)))


@router.post("/tasks/{task}/skip", operation_id="work_skip", openapi_extra=described("work.take", SkipBody))
def skip(request: HttpRequest, task: str) -> HttpResponse:
    """Refuse a task with a reason; it goes to somebody else."""
    actor, body = actor_of(request), read(request, SkipBody)
    actions.skip(actor=actor, task=task, lease=body.lease, reason=body.reason, text=body.text)
    return answer({"state": "skipped"})


@router.post(
    "/tasks/{task}/give-back", operation_id="work_give_back", openapi_extra=described("work.take", LeaseBody)
)
def give_back(request: HttpRequest, task: str) -> HttpResponse:
    """Put a task back into the queue; its draft is kept."""
    actor, body = actor_of(request), read(request, LeaseBody)
    actions.give_back(actor=actor, task=task, lease=body.lease)
    return answer({"state": "ready"})


@router.get("/today", operation_id="work_today", openapi_extra=described("self"))
def today(request: HttpRequest) -> HttpResponse:
    """The caller's day so far."""
    return answer(counts.today(actor_of(request).person, clock.now()))
