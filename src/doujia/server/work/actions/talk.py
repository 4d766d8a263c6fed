"""Words about the work: comments at a place, questions to the lead with an answer for everybody, saved filters."""

from __future__ import annotations

import msgspec

from doujia.server.kernel import audit, clock, db, events
from doujia.server.kernel.authz import Actor, require
from doujia.server.kernel.errors import NotFound, Unprocessable
from doujia.server.work import neighbours, opaque, queues
from doujia.server.work.events import QuestionAsked
from doujia.server.work.models import Comment, Question, SavedFilter, Task

__all__ = ["answer_question", "ask", "comment", "delete_filter", "save_filter"]

LONGEST = 4000
MOST_FILTERS = 50


def comment(
    *, actor: Actor, task: str, text: str, place: tuple[float, float] | None = None, mark: str | None = None
) -> str:
    """Pin a remark to a place (px) or a mark of a task, or to the task as a whole.

    The bench sends again when no answer came: the same words of the same person at the same place are one remark.
    """
    row = _task(task)
    queue = queues.by_id(row.queue_id)
    require(actor, "work.ask", neighbours.thing(queue.project))
    _check(text)
    said = {
        "task_id": row.id, "person": actor.person, "text": text.strip(), "x": place[0] if place else None, "y": place[1] if place else None,
        "mark": mark[:200] if mark else None,
    }  # fmt: skip
    with db.write():
        known = Comment.objects.filter(**said).order_by("id").first()
        if known is not None:
            return str(known.id)
        made = Comment.objects.create(**said, at=clock.now())
        audit.record(
            actor,
            "task.commented",
            f"task:{task}",
            tenant=neighbours.acting_for(actor, queue.project),
            project=queue.project,
        )
    return str(made.id)


def ask(*, actor: Actor, project: str, text: str, task: str | None = None) -> str:
    """Ask the lead; question and answer are there for everybody in the project.

    The bench sends again when no answer came: the same words of the same person about the same task are one question
    while it waits for its answer.
    """
    require(actor, "work.ask", neighbours.thing(project))
    _check(text)
    with db.write():
        queue, now = queues.of_or_new(project), clock.now()
        about = _task(task) if task else None
        if about is not None and about.queue_id != queue.id:
            raise opaque.no_task()
        said = {"queue_id": queue.id, "task": about, "person": actor.person, "text": text.strip()}
        known = Question.objects.filter(**said, answer=None).order_by("id").first()
        if known is not None:
            return str(known.id)
        made = Question.objects.create(**said, at=now)
        audit.record(
            actor,
            "question.asked",
            f"question:{made.id}",
            tenant=neighbours.acting_for(actor, project),
            project=project,
        )
        events.publish(QuestionAsked(project, str(made.id), actor.person, now))
    return str(made.id)


def answer_question(*, actor: Actor, question: str, text: str) -> None:
    """Answer; a later answer replaces the earlier one."""
    row = (
        Question.objects.filter(id=int(question)).first()
        if question.isascii() and question.isdigit() and len(question) < 19
        else None
    )
    if row is None:
        raise NotFound("question_not_found", zh="没有这个问题。", en="There is no such question.")
    project = queues.by_id(row.queue_id).project
    require(actor, "work.answer", neighbours.thing(project))
    _check(text)
    with db.write():
        Question.objects.filter(id=row.id).update(
            answer=text.strip(), answered_by=actor.person, answered_at=clock.now()
        )
        audit.record(
            actor,
            "question.answered",
            f"question:{row.id}",
            tenant=neighbours.acting_for(actor, project),
            project=project,
        )


def save_filter(*, actor: Actor, project: str, name: str, query: dict[str, object]) -> str:
    """Keep a filter of the task list under a name, for this person; the same name replaces it."""
    require(actor, "work.filter", neighbours.thing(project))
    text = msgspec.json.encode(query).decode()
    if not 0 < len(name.strip()) <= 80 or len(text) > 4000:
        raise Unprocessable(
            "filter_invalid",
            zh="筛选要有名字(80 字以内)。",
            en="A filter needs a name of at most 80 characters.",
        )
    with db.write():
        queue = queues.of_or_new(project)
        mine = SavedFilter.objects.filter(person=actor.person, queue_id=queue.id)
        if mine.exclude(name=name.strip()).count() >= MOST_FILTERS:
            raise Unprocessable(
                "too_many_filters", zh="最多存 50 个筛选。", en="At most 50 filters are kept."
            )
        made, _ = SavedFilter.objects.update_or_create(
            person=actor.person,
            queue_id=queue.id,
            name=name.strip(),
            defaults={"query": text, "at": clock.now()},
        )
    return str(made.id)


def delete_filter(*, actor: Actor, filter_id: str) -> None:
    """Forget one of the caller's own filters."""
    with db.write():
        gone = 0
        if filter_id.isascii() and filter_id.isdigit() and len(filter_id) < 19:
            gone, _ = SavedFilter.objects.filter(id=int(filter_id), person=actor.person).delete()
        if not gone:
            raise NotFound("filter_not_found", zh="没有这个筛选。", en="There is no such filter.")


def _task(task: str) -> Task:
    row = Task.objects.filter(id=opaque.decode(task)).first()
    if row is None:
        raise opaque.no_task()
    return row


def _check(text: str) -> None:
    if not 0 < len(text.strip()) <= LONGEST:
        raise Unprocessable(
            "text_invalid", zh=f"写点什么(最多 {LONGEST} 字)。", en=f"Write 1 to {LONGEST} characters."
        )
