"""What a worker's bench calls all day: next, draft, submit, and the little around them."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from doujia.server.kernel import clock
from doujia.server.kernel.api import actor_of
from doujia.server.kernel.errors import BadRequest
from doujia.server.work import actions, counts, queries
from doujia.server.work.actions.drafts import DraftSent, Kept
from doujia.server.work.actions.reviews import ReviewReceipt, Verdict
from doujia.server.work.actions.submissions import Receipt, Sent
from doujia.server.work.api import shapes
from doujia.server.work.api.bodies import answer, described, read

router = Router()


@router.post(
    "/next",
    operation_id="work_next",
    openapi_extra=described("work.take", shapes.NextBody, shapes.NextAnswer),
)
def next_(request: HttpRequest) -> HttpResponse:
    """Lease the next tasks, with items, signed media addresses and pre-labels."""
    actor, body = actor_of(request), read(request, shapes.NextBody)
    pack = actions.take_next(
        actor=actor, project=body.project, want=body.want, have=body.have[:100], kind=body.kind, store=body.store
    )  # fmt: skip
    seen = queries.describe_with_day(pack.held, actor.person)
    return answer({"tasks": seen.tasks, "setups": seen.setups, "today": seen.today, "empty": pack.empty})


@router.put(
    "/tasks/{task}/draft",
    operation_id="work_save_draft",
    openapi_extra=described("work.submit", shapes.DraftBody, Kept),
)
def draft(request: HttpRequest, task: str) -> HttpResponse:
    """Keep what is not finished yet; the lease is extended."""
    actor, body = actor_of(request), read(request, shapes.DraftBody)
    sent = DraftSent(
        seq=body.seq, base=body.base, deltas=body.deltas, marks=body.marks, relations=body.relations,
        item_attrs=body.item_attrs, active_ms=max(0, body.active_ms),
    )  # fmt: skip
    return answer(actions.save_draft(actor=actor, task=task, lease=body.lease, sent=sent))


@router.post(
    "/submissions", operation_id="work_submit", openapi_extra=described("work.submit", Sent, Receipt)
)
def submissions(request: HttpRequest) -> HttpResponse:
    """Hand in an answer. The same id again gives the same answer."""
    return answer(actions.submit(actor=actor_of(request), sent=read(request, Sent)))


@router.post(
    "/reviews", operation_id="work_review", openapi_extra=described("work.review", Verdict, ReviewReceipt)
)
def reviews(request: HttpRequest) -> HttpResponse:
    """Give a verdict: accept, fix (with marks) or reject (with findings). The same id again gives the same answer."""
    return answer(actions.review(actor=actor_of(request), sent=read(request, Verdict)))


@router.post(
    "/tasks/{task}/skip",
    operation_id="work_skip",
    openapi_extra=described("work.take", shapes.SkipBody, shapes.StateAnswer),
)
def skip(request: HttpRequest, task: str) -> HttpResponse:
    """Refuse a task with a reason; it goes to somebody else."""
    actor, body = actor_of(request), read(request, shapes.SkipBody)
    actions.skip(actor=actor, task=task, lease=body.lease, reason=body.reason, text=body.text)
    return answer({"state": "skipped"})


@router.post(
    "/tasks/{task}/give-back",
    operation_id="work_give_back",
    openapi_extra=described("work.take", shapes.LeaseBody, shapes.StateAnswer),
)
def give_back(request: HttpRequest, task: str) -> HttpResponse:
    """Put a task back into the queue; its draft is kept."""
    actor, body = actor_of(request), read(request, shapes.LeaseBody)
    actions.give_back(actor=actor, task=task, lease=body.lease)
    return answer({"state": "ready"})


@router.post(
    "/submissions/{submission}/reopen",
    operation_id="work_reopen",
    openapi_extra=described("work.reopen", None, shapes.ReopenedAnswer),
)
def reopen(request: HttpRequest, submission: str) -> HttpResponse:
    """Open an answer again for its author; she gets it at her next take."""
    return answer({"task": actions.reopen(actor=actor_of(request), submission=submission)})


@router.get("/today", operation_id="work_today", openapi_extra=described("self", None, counts.Today))
def today(request: HttpRequest) -> HttpResponse:
    """The caller's day so far."""
    return answer(counts.today(actor_of(request).person, clock.now()))


@router.get("/mine", operation_id="work_mine", openapi_extra=described("self", None, queries.MinePage))
def mine(
    request: HttpRequest, state: str = Query("", max_length=12), cursor: str | None = Query(None, max_length=300),
    limit: int = Query(50, ge=1, le=200),
) -> HttpResponse:  # fmt: skip
    """The caller's own answers; what came back first."""
    try:
        return answer(queries.mine(actor=actor_of(request), state=state, cursor=cursor, limit=limit))
    except ValueError as error:
        raise BadRequest(
            "cursor_invalid", zh="翻页的位置不对。", en="This is not a page position."
        ) from error


@router.get(
    "/tasks/{task}/revisions",
    operation_id="work_revisions",
    openapi_extra=described("work.view", None, list[queries.RevisionView]),
)
def revisions(request: HttpRequest, task: str) -> HttpResponse:
    """All answers to a task with their checks; a worker sees her own."""
    return answer(queries.revisions(actor=actor_of(request), task=task))


@router.get(
    "/submissions/{before}/diff/{after}",
    operation_id="work_difference",
    openapi_extra=described("work.view", None, queries.Difference),
)
def difference(request: HttpRequest, before: str, after: str) -> HttpResponse:
    """What changed between two answers to one task, by mark."""
    return answer(queries.difference(actor=actor_of(request), before=before, after=after))


@router.get(
    "/tasks/{task}/comments",
    operation_id="work_comments",
    openapi_extra=described("work.view", None, list[queries.CommentView]),
)
def comments(request: HttpRequest, task: str) -> HttpResponse:
    """Remarks on a task, oldest first."""
    return answer(queries.comments(actor=actor_of(request), task=task))


@router.post(
    "/tasks/{task}/comments",
    operation_id="work_comment",
    openapi_extra=described("work.ask", shapes.CommentBody, shapes.Made, 201),
)
def comment(request: HttpRequest, task: str) -> HttpResponse:
    """Pin a remark to a place or a mark."""
    actor, body = actor_of(request), read(request, shapes.CommentBody)
    made = actions.comment(actor=actor, task=task, text=body.text, place=body.place, mark=body.mark)
    return answer({"id": made}, 201)


@router.get(
    "/projects/{project}/questions",
    operation_id="work_questions",
    openapi_extra=described("work.view", None, queries.QuestionPage),
)
def questions(
    request: HttpRequest, project: str, open: bool = False, cursor: str | None = Query(None, max_length=300),
    limit: int = Query(50, ge=1, le=200),
) -> HttpResponse:  # fmt: skip
    """Questions to the lead with their answers, newest first."""
    return answer(
        queries.questions(
            actor=actor_of(request), project=project, open_only=open, cursor=cursor, limit=limit
        )
    )


@router.post(
    "/projects/{project}/questions",
    operation_id="work_ask",
    openapi_extra=described("work.ask", shapes.AskBody, shapes.Made, 201),
)
def ask(request: HttpRequest, project: str) -> HttpResponse:
    """Ask the lead; everybody will see the answer."""
    actor, body = actor_of(request), read(request, shapes.AskBody)
    return answer({"id": actions.ask(actor=actor, project=project, text=body.text, task=body.task)}, 201)


@router.post(
    "/questions/{question}/answer",
    operation_id="work_answer",
    openapi_extra=described("work.answer", shapes.TextBody, shapes.StateAnswer),
)
def answer_question(request: HttpRequest, question: str) -> HttpResponse:
    """Answer a question for everybody."""
    actor, body = actor_of(request), read(request, shapes.TextBody)
    actions.answer_question(actor=actor, question=question, text=body.text)
    return answer({"state": "answered"})
