"""What the work room keeps about a person, for her own eyes: answers, checks of them, days, questions and remarks."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from doujia.server.people.own_data import Table, contribute
from doujia.server.work import known, neighbours, opaque, queues
from doujia.server.work.models import Comment, DayCount, Question, Review, Submission

__all__ = ["tables"]

_AT = ("at", "什么时候", "When")
_PROJECT = ("project", "项目", "Project")


@contribute
def tables(person: str) -> Iterator[Table]:
    """Yield the tables of one person."""
    projects: dict[int, str] = {}

    def project(queue: int) -> str:
        if queue not in projects:
            ids = queues.by_id(queue).project
            projects[queue] = neighbours.project_names([ids]).get(ids, ids)
        return projects[queue]

    answers = Submission.objects.filter(person=person).order_by("received_at")
    yield Table(
        "answers", "我交的", "My answers",
        (_AT, _PROJECT, ("task", "题", "Task"), ("mode", "做法", "Mode"), ("state", "结果", "State"), ("marks", "标了几个", "Marks"), ("active_ms", "用时毫秒", "Active ms")),
        [
            (a.received_at, project(a.queue_id), opaque.encode(a.task_id), known.shown_mode(a.mode, a.revision), a.state, a.marks, a.active_ms)
            for a in answers.defer("document", "provenance").iterator(chunk_size=2000)
        ],
    )  # fmt: skip
    checked = Review.objects.filter(submission__in=answers.values("id")).order_by("at")
    yield Table(
        "checks", "我的活怎么检查的", "Checks of my answers",
        (_AT, _PROJECT, ("task", "题", "Task"), ("verdict", "结论", "Verdict"), ("findings", "哪里错了", "Findings")),
        [
            (c.at, project(c.queue_id), opaque.encode(c.task_id), c.verdict, "; ".join(_said(c.findings)))
            for c in checked.iterator(chunk_size=2000)
        ],
    )  # fmt: skip
    own = Review.objects.filter(reviewer=person).order_by("at")
    yield Table(
        "reviews", "我检查的", "My reviews", (_AT, _PROJECT, ("task", "题", "Task"), ("verdict", "结论", "Verdict")),
        [(r.at, project(r.queue_id), opaque.encode(r.task_id), r.verdict) for r in own.iterator(chunk_size=2000)],
    )  # fmt: skip
    yield Table(
        "days", "每天", "Days",
        (("day", "哪天", "Day"), _PROJECT, ("items", "张数", "Items"), ("reviews", "检查", "Reviews"), ("active_ms", "用时毫秒", "Active ms"), ("accepted", "通过", "Accepted"), ("returned", "退回", "Returned")),
        [
            (d.day, project(d.queue_id), d.items, d.reviews, d.active_ms, d.accepted, d.returned)
            for d in DayCount.objects.filter(person=person).order_by("day")
        ],
    )  # fmt: skip
    asked = Question.objects.filter(person=person).order_by("at")
    yield Table(
        "questions", "我问的", "My questions", (_AT, _PROJECT, ("text", "问题", "Question"), ("answer", "回答", "Answer")),
        [(q.at, project(q.queue_id), q.text, q.answer or "") for q in asked],
    )  # fmt: skip
    said = Comment.objects.filter(person=person).order_by("at")
    yield Table(
        "comments", "我的留言", "My remarks", (_AT, ("text", "内容", "Text")), [(c.at, c.text) for c in said]
    )


def _said(findings: str) -> list[str]:
    found = msgspec.json.decode(findings)
    return [" ".join(str(f[k]) for k in ("error_class", "rule", "text") if f.get(k)) for f in found]
