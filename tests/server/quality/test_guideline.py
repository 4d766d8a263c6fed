"""Repeated questions: found by their wording, written into the guideline, answered by it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client

from doujia.server.kernel import clock
from doujia.server.kernel.errors import Conflict, Forbidden, NotFound
from doujia.server.projects import queries as projects
from doujia.server.quality.actions.guideline import make_guideline_change
from doujia.server.quality.queries.guideline import repeated
from doujia.server.quality.repeated import alike, groups, insert_paragraph
from doujia.server.work import actions as work
from doujia.server.work import queries as work_queries

from .conftest import Hall

GUIDE = "# 要求\n开头。\n\n## 车\n框要贴边。\n\n```\n## 不是标题\n```\n\n## 人\n只框露出来的。\n"


def test_wording_decides_what_is_alike() -> None:
    # pairs of 广告牌上车要框 (6) and 广告牌上车框 (5) share 广告 告牌 牌上 上车: Dice 2·4/11
    assert alike("广告牌上的车要框吗?", "请问广告牌上的车框吗") == pytest.approx(8 / 11)
    assert alike("广告牌上的车要框吗?", "老年代步车算什么?") < 0.2
    assert alike("?", "?") == 1.0


def test_groups_are_of_two_or_more_and_the_largest_comes_first() -> None:
    texts = [
        "广告牌上的车要框吗",
        "代步车算什么",
        "广告牌上的车框不框",
        "人只露头要框吗",
        "老年代步车算什么类",
        "广告牌里的车要框吗",
    ]
    assert groups(texts) == [[0, 2, 5], [1, 4]]


@pytest.mark.parametrize(
    ("heading", "expected"),
    [
        (None, GUIDE.rstrip() + "\n\n新的。\n"),
        ("没有这一节", GUIDE.rstrip() + "\n\n新的。\n"),
        (
            "车",
            "# 要求\n开头。\n\n## 车\n框要贴边。\n\n```\n## 不是标题\n```\n\n新的。\n\n## 人\n只框露出来的。\n",
        ),
        ("人", GUIDE.rstrip() + "\n\n新的。\n"),
        ("要求", GUIDE.rstrip() + "\n\n新的。\n"),
    ],
)
def test_a_paragraph_goes_to_the_end_of_its_section(heading: str | None, expected: str) -> None:
    assert insert_paragraph(GUIDE, heading, " 新的。 ") == expected


def test_the_first_paragraph_of_an_empty_guideline() -> None:
    assert insert_paragraph("", None, "新的。") == "新的。\n"


def asked(hall: Hall) -> list[str]:
    hall.world.fill("a.txt")
    wu, li = hall.person("wu"), hall.person("li")
    return [
        work.ask(actor=wu, project=hall.project, text="广告牌上的车要框吗?"),
        work.ask(actor=li, project=hall.project, text="广告牌上的车框不框"),
        work.ask(actor=li, project=hall.project, text="代步车算什么"),
    ]


def test_what_is_asked_again_becomes_part_of_the_guideline(hall: Hall) -> None:
    ids = asked(hall)
    lead = hall.person("lead", "lead")
    [found] = repeated(actor=lead, project=hall.project).repeated
    assert ({q.id for q in found.questions}, found.people) == (set(ids[:2]), 2)
    work.answer_question(actor=lead, question=ids[0], text="不框。")
    made = make_guideline_change(
        actor=lead, project=hall.project, questions=ids[:2], paragraph="广告牌上的车不框。", changed="广告牌上的车", heading=None, version=1
    )  # fmt: skip
    guide = projects.guideline(hall.project)
    assert (made, guide.version, guide.changed) == (2, 2, "广告牌上的车")
    assert guide.markdown == "Mark every place.\n\n广告牌上的车不框。\n"
    answers = {q.id: q.answer for q in work_queries.questions(actor=lead, project=hall.project).items}
    assert answers[ids[0]] == "不框。"  # what was answered stays as it is
    assert answers[ids[1]] == "写进要求第 2 版了: 广告牌上的车不框。"
    assert answers[ids[2]] is None
    page = repeated(actor=lead, project=hall.project)
    assert page.repeated == []
    assert [(c.version, c.people) for c in page.changes] == [(2, 2)]


def test_a_guideline_that_changed_meanwhile_is_not_written_over(hall: Hall) -> None:
    ids = asked(hall)
    lead = hall.person("lead", "lead")
    make_guideline_change(actor=lead, project=hall.project, questions=ids[:1], paragraph="甲", changed="甲", heading=None, version=1)  # fmt: skip
    with pytest.raises(Conflict):
        make_guideline_change(actor=lead, project=hall.project, questions=ids[1:], paragraph="乙", changed="乙", heading=None, version=1)  # fmt: skip
    answers = {q.id: q.answer for q in work_queries.questions(actor=lead, project=hall.project).items}
    assert answers[ids[1]] is None


def test_workers_do_not_write_the_guideline_and_old_questions_are_past(hall: Hall) -> None:
    ids = asked(hall)
    with pytest.raises(Forbidden):
        make_guideline_change(actor=hall.person("wu"), project=hall.project, questions=ids[:1], paragraph="甲", changed="甲", heading=None, version=1)  # fmt: skip
    clock.advance(timedelta(days=91))
    lead = hall.person("lead", "lead")
    assert repeated(actor=lead, project=hall.project).repeated == []
    with pytest.raises(NotFound):
        make_guideline_change(actor=lead, project=hall.project, questions=ids[:1], paragraph="甲", changed="甲", heading=None, version=1)  # fmt: skip


def test_the_story_over_http(hall: Hall, client_for: Callable[[str], Client]) -> None:
    ids = asked(hall)
    lead = client_for(hall.person("lead", "lead").person)
    page = lead.get(f"/api/v1/quality/projects/{hall.project}/repeated-questions").json()
    assert [r["people"] for r in page["repeated"]] == [2]
    body = {"questions": ids[:2], "paragraph": "不框。", "changed": "广告牌", "version": 1}
    made = lead.post(
        f"/api/v1/quality/projects/{hall.project}/guideline-changes", body, content_type="application/json"
    )
    assert (made.status_code, made.json()) == (201, {"version": 2})
