"""What a lead does to many tasks at once, and one task with its whole history."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from world import make_world, span

from doujia.server.kernel import clock
from doujia.server.kernel.errors import Forbidden, NotFound, Unprocessable
from doujia.server.people import actions as people
from doujia.server.people.permissions import SYSTEM
from doujia.server.work import actions, neighbours, opaque, queries
from doujia.server.work.models import DayCount, Queue, Ready, Submission, Task
from doujia.server.work.queries import ContentFilter, TaskFilter, board

from .conftest import box
from .test_work_review import check, submitted


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neighbours, "names_for", lambda actor, thing, people: {p: p.title() for p in people})


def items_of(ids: list[str]) -> list[str]:
    return [Task.objects.get(id=opaque.decode(i)).item for i in ids]


def test_tasks_put_aside_are_given_to_nobody_until_they_are_returned(room: Any) -> None:
    first, second, third, _ = room.add("a", "b", "c", "d")
    [held] = room.take(room.wu)
    assert actions.park(actor=room.lead, project="p1", tasks=[first, second, third]) == 2
    assert room.submit(room.wu, held).state == "accepted", "what is in somebody's hand stays there"
    assert Task.objects.get(id=opaque.decode(first)).state == "done"
    assert [Task.objects.get(id=h.place.task).item for h in room.take(room.li, 5)] == ["d"]
    assert board(actor=room.lead, project="p1").parked == 2
    assert actions.park(actor=room.lead, project="p1", tasks=[first, second]) == 0, "done, and aside already"
    assert actions.return_parked(actor=room.lead, project="p1", tasks=[first, second, third]) == 2
    assert [Task.objects.get(id=h.place.task).item for h in room.take(room.zhao, 5)] == ["b", "c"]


def test_a_returned_task_stands_where_its_priority_puts_it(room: Any) -> None:
    urgent, _ = room.add("a", "b")
    actions.park(actor=room.lead, project="p1", tasks=[urgent])
    actions.set_priority(actor=room.lead, project="p1", tasks=[urgent], priority=7)
    assert Ready.objects.get(task_id=opaque.decode(urgent)).person == "", "still aside"
    actions.return_parked(actor=room.lead, project="p1", tasks=[urgent])
    assert Ready.objects.get(task_id=opaque.decode(urgent)).rank == -7
    assert [Task.objects.get(id=h.place.task).item for h in room.take(room.wu)] == ["a"]


def test_assigning_a_task_that_is_aside_takes_it_back_in(room: Any) -> None:
    [task] = room.add("a")
    actions.park(actor=room.lead, project="p1", tasks=[task])
    actions.reassign(actor=room.lead, project="p1", tasks=[task], person="li")
    assert room.take(room.wu) == []
    [held] = room.take(room.li)
    room.submit(room.li, held)
    assert Task.objects.get().state == "done"


def test_many_are_opened_again_and_those_being_checked_are_said(room: Any) -> None:
    submitted(room, room.wu, "a")
    check(room, "accept")
    submitted(room, room.li, "b")
    room.add("c")
    tasks = queries.task_ids(actor=room.lead, project="p1", where=TaskFilter()).ids
    room.take(room.lead, kind="review")
    done = actions.reopen_tasks(actor=room.lead, project="p1", tasks=tasks)
    assert (done.changed, done.refused) == (1, 2), "b is being checked, c has no answer"
    assert [Submission.objects.get(state="reopened").person] == ["wu"]
    with pytest.raises(Forbidden):
        actions.reopen_tasks(actor=room.li, project="p1", tasks=tasks)
    with pytest.raises(NotFound):
        actions.reopen_tasks(actor=room.stranger, project="p1", tasks=tasks)
    with pytest.raises(Unprocessable):
        actions.reopen_tasks(actor=room.lead, project="p1", tasks=[])


def test_ids_of_all_that_a_filter_admits_come_page_by_page(room: Any) -> None:
    room.add(*(f"i{n}" for n in range(7)))
    for _ in range(3):
        [held] = room.take(room.wu)
        room.submit(room.wu, held, [box("m1", "car")])
    where = TaskFilter(content=[ContentFilter("class:car", most=0)])
    seen, cursor = list[str](), None
    while True:
        page = queries.task_ids(actor=room.lead, project="p1", where=where, cursor=cursor, limit=3)
        seen, cursor = [*seen, *page.ids], page.next
        if cursor is None:
            break
    assert items_of(seen) == ["i3", "i4", "i5", "i6"]
    with pytest.raises(Forbidden):
        queries.task_ids(actor=room.wu, project="p1", where=where)


def test_a_task_tells_its_lead_everything(room: Any, names: None) -> None:
    held = submitted(room, room.wu, "a")
    task = opaque.encode(held.place.task)
    check(room, "fix", marks=[box("m1", "truck")])
    actions.comment(actor=room.li, task=task, text="看右边", place=(3.0, 4.0))
    [other] = room.add("b")
    [refused] = room.take(room.li)
    actions.skip(actor=room.li, task=other, lease=refused.token, reason="unclear", text="太黑了")
    room.take(room.zhao)

    shown = queries.task_detail(actor=room.lead, task=task)
    assert (shown.project, shown.state, shown.item["name"]) == ("p1", "done", "a.jpg")
    assert shown.item["urls"]["preview"] == "/media/a"
    assert [(a.name, a.state, a.mode) for a in shown.answers] == [
        ("Wu", "fixed", "work"),
        ("Lead", "accepted", "fix"),
    ]
    assert [v["verdict"] for v in shown.answers[0].reviews] == ["fix"]
    assert [(c.name, c.text, c.place) for c in shown.comments] == [("Li", "看右边", (3.0, 4.0))]
    waiting = queries.task_detail(actor=room.lead, task=other)
    assert [(s.name, s.reason, s.text) for s in waiting.skips] == [("Li", "unclear", "太黑了")]
    assert [(h.name, h.kind, h.taken_at) for h in waiting.holders] == [("Zhao", "work", clock.now())]
    with pytest.raises(Forbidden):
        queries.task_detail(actor=room.wu, task=task)
    with pytest.raises(NotFound):
        queries.task_detail(actor=room.stranger, task=task)


@pytest.mark.django_db(transaction=True)
def test_work_can_be_given_to_whoever_has_not_begun() -> None:
    world = make_world(skills=[{"skill": "text.span", "level": 2}])
    wu, li = world.person("吴小燕"), world.person("李春梅")
    world.person("旁听", "viewer")
    boss = world.person("石建军", "manager")
    people.grant_qualification(actor=SYSTEM, person=wu.person, skill="text.span", level=2, source="manual")
    found = queries.takers(actor=boss, project=world.project)
    assert [(t.person, t.name, t.qualified) for t in found] == [
        (wu.person, "吴小燕", True),
        (li.person, "李春梅", False),
    ]
    with pytest.raises(Forbidden):
        queries.takers(actor=wu, project=world.project)


@pytest.mark.django_db(transaction=True)
def test_an_imported_answer_that_is_opened_again_is_anybodys() -> None:
    world = make_world()
    world.fill("a.txt")
    boss = world.person("boss", "manager")
    submission = world.do(world.person("wu"), [span()])
    Submission.objects.filter(id=submission).update(person="", mode="import")
    with clock.frozen(clock.now() + timedelta(days=1)):
        actions.reopen(actor=boss, submission=submission)
        assert len(actions.take_next(actor=world.person("li"), project=world.project).held) == 1


def test_the_board_of_eighty_people_asks_no_more_than_that_of_two(room: Any, names: None) -> None:
    room.add("a")
    queue = Queue.objects.get(project="p1")

    def worked(who: range) -> None:
        day, at = clock.now().date(), clock.now()
        DayCount.objects.bulk_create(
            [DayCount(queue=queue, person=f"person {n}", day=day, items=n, active_ms=n * 30_000, passed=n, completed=n, last_at=at) for n in who]
        )  # fmt: skip

    def asked() -> tuple[int, Any]:
        with CaptureQueriesContext(connection) as queries_made:
            shown = queries.board(actor=room.lead, project="p1")
        return len(queries_made), shown

    worked(range(1, 3))
    asked()  # the class distribution is kept for half a minute from here on
    few, _ = asked()
    worked(range(3, 81))
    many, shown = asked()
    assert (many, len(shown.people)) == (few, 80)
    assert shown.done == sum(range(1, 81))
    assert [p.items_today for p in shown.people] == list(range(80, 0, -1)), "who did most stands first"
