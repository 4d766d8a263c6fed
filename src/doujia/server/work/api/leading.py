"""The lead's calls: board, task list, bulk changes, extras, saved filters."""

from __future__ import annotations

import re

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from doujia.server.kernel.api import actor_of
from doujia.server.kernel.errors import BadRequest, Unprocessable
from doujia.server.work import actions, queries
from doujia.server.work.actions.tasks import Wanted
from doujia.server.work.api import shapes
from doujia.server.work.api.bodies import answer, described, read

router = Router()
MOST_TASKS = 10_000
MOST_IDS = 5_000
_CONTENT = re.compile(
    r"(?P<not>!)?(?P<key>(?:class|kind|attr|item):.{1,190}?)(?:(?P<op>>=|<=|==)(?P<n>\d{1,6}))?", re.DOTALL
)


@router.get(
    "/projects/{project}/board",
    operation_id="work_board",
    openapi_extra=described("work.board", None, queries.Board),
)
def board(request: HttpRequest, project: str) -> HttpResponse:
    """Progress, people, pace, pass rate with interval, class distribution."""
    return answer(queries.board(actor=actor_of(request), project=project))


@router.get(
    "/projects/{project}/tasks",
    operation_id="work_tasks",
    openapi_extra=described("work.board", None, queries.TaskPage),
)
def tasks(
    request: HttpRequest, project: str, state: str = Query("", max_length=12), person: str = Query("", max_length=64),
    content: list[str] = Query([], description="class:car, class:car>=3, !class:truck, attr:colour=red, item:weather=rain, kind:box; all must hold"),
    item: str = Query("", max_length=64), name: str = Query("", max_length=200, description="part of the item's name"),
    cursor: str | None = Query(None, max_length=300), limit: int = Query(50, ge=1, le=200),
) -> HttpResponse:  # fmt: skip
    """Tasks in the order in which they came, filtered by state, person and label content."""
    where = queries.TaskFilter(state, person, tuple(_content(c) for c in content[:8]), item, name)
    try:
        page = queries.tasks(
            actor=actor_of(request), project=project, where=where, cursor=cursor, limit=limit
        )
    except (TypeError, ValueError) as error:
        raise BadRequest(
            "cursor_invalid", zh="翻页的位置不对。", en="This is not a page position."
        ) from error
    return answer(page)


@router.get(
    "/projects/{project}/task-ids",
    operation_id="work_task_ids",
    openapi_extra=described("work.board", None, queries.TaskIds),
)
def task_ids(
    request: HttpRequest, project: str, state: str = Query("", max_length=12), person: str = Query("", max_length=64),
    content: list[str] = Query([], description="as of the list of tasks"), item: str = Query("", max_length=64),
    name: str = Query("", max_length=200), cursor: str | None = Query(None, max_length=300), limit: int = Query(500, ge=1, le=MOST_IDS),
) -> HttpResponse:  # fmt: skip
    """Only the ids of the tasks that a filter admits: to act on all of them, a page at a time."""
    where = queries.TaskFilter(state, person, tuple(_content(c) for c in content[:8]), item, name)
    try:
        page = queries.task_ids(
            actor=actor_of(request), project=project, where=where, cursor=cursor, limit=limit
        )
    except (TypeError, ValueError) as error:
        raise BadRequest(
            "cursor_invalid", zh="翻页的位置不对。", en="This is not a page position."
        ) from error
    return answer(page)


@router.get(
    "/tasks/{task}", operation_id="work_task", openapi_extra=described("work.board", None, queries.TaskDetail)
)
def task(request: HttpRequest, task: str) -> HttpResponse:
    """One task: its picture, every answer with its checks, comments, who holds it, who refused it and why."""
    return answer(queries.task_detail(actor=actor_of(request), task=task))


@router.get(
    "/projects/{project}/takers",
    operation_id="work_takers",
    openapi_extra=described("work.board", None, list[queries.Taker]),
)
def takers(request: HttpRequest, project: str) -> HttpResponse:
    """Everybody who may be given work of the project, whether they have begun or not."""
    return answer(queries.takers(actor=actor_of(request), project=project))


def _content(text: str) -> queries.ContentFilter:
    found = _CONTENT.fullmatch(text)
    if found is None:
        raise Unprocessable(
            "content_filter_invalid",
            zh=f"看不懂这个筛选:{text[:60]}",
            en=f"This filter cannot be read: {text[:60]}",
        )
    n = int(found["n"] or 1)
    if found["not"]:
        return queries.ContentFilter(found["key"], most=0)
    match found["op"]:
        case "<=":
            return queries.ContentFilter(found["key"], most=n)
        case "==":
            return queries.ContentFilter(found["key"], least=n, most=n)
    return queries.ContentFilter(found["key"], least=n)


@router.post(
    "/projects/{project}/tasks",
    operation_id="work_add_tasks",
    openapi_extra=described("work.import", shapes.TasksBody, shapes.TasksMade, 201),
)
def add_tasks(request: HttpRequest, project: str) -> HttpResponse:
    """Make tasks for items of the project; items that have one already are left alone."""
    actor, body = actor_of(request), read(request, shapes.TasksBody)
    if len(body.tasks) > MOST_TASKS:
        raise Unprocessable(
            "too_many_tasks", zh=f"一次最多 {MOST_TASKS} 道题。", en=f"At most {MOST_TASKS} tasks at once."
        )
    made = actions.add_tasks(
        actor=actor, project=project, wanted=[Wanted(t.item, t.priority) for t in body.tasks]
    )
    return answer({"made": len(made), "tasks": made}, 201)


@router.post(
    "/projects/{project}/pause",
    operation_id="work_pause",
    openapi_extra=described("work.lead", shapes.PauseBody, shapes.StateAnswer),
)
def pause(request: HttpRequest, project: str) -> HttpResponse:
    """Pause or go on; what people hold they may still hand in."""
    actor, body = actor_of(request), read(request, shapes.PauseBody)
    actions.set_paused(actor=actor, project=project, paused=body.paused)
    return answer({"state": "paused" if body.paused else "running"})


@router.post(
    "/projects/{project}/reassign",
    operation_id="work_reassign",
    openapi_extra=described("work.lead", shapes.ReassignBody, shapes.Changed),
)
def reassign(request: HttpRequest, project: str) -> HttpResponse:
    """Hand open slots over to a person, or free them for anybody."""
    actor, body = actor_of(request), read(request, shapes.ReassignBody)
    moved = actions.reassign(
        actor=actor, project=project, tasks=body.tasks, person=body.person, hours=body.hours
    )
    return answer({"changed": moved})


@router.post(
    "/projects/{project}/extend",
    operation_id="work_extend",
    openapi_extra=described("work.lead", shapes.ExtendBody, shapes.Changed),
)
def extend(request: HttpRequest, project: str) -> HttpResponse:
    """Give those who hold these tasks more time."""
    actor, body = actor_of(request), read(request, shapes.ExtendBody)
    return answer(
        {
            "changed": actions.extend_leases(
                actor=actor, project=project, tasks=body.tasks, minutes=body.minutes
            )
        }
    )


@router.post(
    "/projects/{project}/priority",
    operation_id="work_priority",
    openapi_extra=described("work.lead", shapes.PriorityBody, shapes.Changed),
)
def priority(request: HttpRequest, project: str) -> HttpResponse:
    """Serve tasks sooner or later."""
    actor, body = actor_of(request), read(request, shapes.PriorityBody)
    return answer(
        {
            "changed": actions.set_priority(
                actor=actor, project=project, tasks=body.tasks, priority=body.priority
            )
        }
    )


@router.post(
    "/projects/{project}/return-parked",
    operation_id="work_return_parked",
    openapi_extra=described("work.lead", shapes.TaskList, shapes.Changed),
)
def return_parked(request: HttpRequest, project: str) -> HttpResponse:
    """Put tasks that too many refused back into the queue."""
    actor, body = actor_of(request), read(request, shapes.TaskList)
    return answer({"changed": actions.return_parked(actor=actor, project=project, tasks=body.tasks)})


@router.post(
    "/projects/{project}/park",
    operation_id="work_park",
    openapi_extra=described("work.lead", shapes.TaskList, shapes.Changed),
)
def park(request: HttpRequest, project: str) -> HttpResponse:
    """Put tasks that nobody has begun aside until they are returned."""
    actor, body = actor_of(request), read(request, shapes.TaskList)
    return answer({"changed": actions.park(actor=actor, project=project, tasks=body.tasks)})


@router.post(
    "/projects/{project}/reopen",
    operation_id="work_reopen_tasks",
    openapi_extra=described("work.reopen", shapes.TaskList, shapes.ReopenedTasks),
)
def reopen_tasks(request: HttpRequest, project: str) -> HttpResponse:
    """Open the latest answer of each task again for its author."""
    actor, body = actor_of(request), read(request, shapes.TaskList)
    return answer(actions.reopen_tasks(actor=actor, project=project, tasks=body.tasks))


@router.get(
    "/projects/{project}/extras",
    operation_id="work_extras",
    openapi_extra=described("work.board", None, queries.ExtraPage),
)
def extras(
    request: HttpRequest, project: str, cursor: str | None = Query(None, max_length=300), limit: int = Query(50, ge=1, le=200)
) -> HttpResponse:  # fmt: skip
    """Answers that came when their slot was taken."""
    try:
        return answer(queries.extras(actor=actor_of(request), project=project, cursor=cursor, limit=limit))
    except ValueError as error:
        raise BadRequest(
            "cursor_invalid", zh="翻页的位置不对。", en="This is not a page position."
        ) from error


@router.get(
    "/extras/{submission}",
    operation_id="work_extra",
    openapi_extra=described("work.board", None, queries.ExtraDetail),
)
def extra(request: HttpRequest, submission: str) -> HttpResponse:
    """One of them beside what its slot has now, with what differs."""
    return answer(queries.extra(actor=actor_of(request), submission=submission))


@router.post(
    "/extras/{submission}/take",
    operation_id="work_extra_take",
    openapi_extra=described("work.lead", None, shapes.StateAnswer),
)
def take_extra(request: HttpRequest, submission: str) -> HttpResponse:
    """Let it fill its slot after all, accepted; what filled the slot is taken back and kept aside."""
    actions.take_extra(actor=actor_of(request), submission=submission)
    return answer({"state": "accepted"})


@router.post(
    "/extras/{submission}/keep-aside",
    operation_id="work_extra_aside",
    openapi_extra=described("work.lead", None, shapes.StateAnswer),
)
def keep_extra_aside(request: HttpRequest, submission: str) -> HttpResponse:
    """Leave things as they are; it stays readable and is asked about no more."""
    actions.keep_extra_aside(actor=actor_of(request), submission=submission)
    return answer({"state": "aside"})


@router.get(
    "/projects/{project}/filters",
    operation_id="work_filters",
    openapi_extra=described("work.board", None, list[queries.FilterView]),
)
def filters(request: HttpRequest, project: str) -> HttpResponse:
    """The caller's saved filters."""
    return answer(queries.filters(actor=actor_of(request), project=project))


@router.post(
    "/projects/{project}/filters",
    operation_id="work_save_filter",
    openapi_extra=described("work.filter", shapes.FilterBody, shapes.Made, 201),
)
def save_filter(request: HttpRequest, project: str) -> HttpResponse:
    """Keep a filter under a name; the same name replaces it."""
    actor, body = actor_of(request), read(request, shapes.FilterBody)
    return answer(
        {"id": actions.save_filter(actor=actor, project=project, name=body.name, query=body.query)}, 201
    )


@router.delete(
    "/filters/{filter_id}",
    operation_id="work_delete_filter",
    openapi_extra=described("self", None, shapes.StateAnswer),
)
def delete_filter(request: HttpRequest, filter_id: str) -> HttpResponse:
    """Forget one of the caller's own filters."""
    actions.delete_filter(actor=actor_of(request), filter_id=filter_id)
    return answer({"state": "deleted"})
