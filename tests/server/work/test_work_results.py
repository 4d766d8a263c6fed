"""Several answers become one: who is accepted, what stands, what an arbiter sees, what happens when an answer changes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from doujia.server.kernel import clock, events
from doujia.server.kernel.errors import Conflict
from doujia.server.work import actions, queries
from doujia.server.work import events as facts
from doujia.server.work.actions import Result
from doujia.server.work.models import DayCount, Ready, Submission, Task

from .conftest import box
from .test_work_review import check, verdict

KINDS = (facts.TaskAnswered, facts.SubmissionAccepted, facts.TaskCompleted)


@pytest.fixture
def told() -> Any:
    heard: list[Any] = []
    for kind in KINDS:
        events.subscribe(kind)(heard.append)
    yield heard
    for kind in KINDS:
        events._subscribers[kind].remove(heard.append)


def three(room: Any, people: Any = None) -> str:
    """Three people answer one picture, a second apart; the task's id."""
    room.settings.overlap, room.settings.consensus = 3, True
    [task] = room.add("a")
    for who in people or (room.wu, room.li, room.zhao):
        [held] = room.take(who)
        assert (
            room.submit(who, held, [box("m1", "truck" if who is room.zhao else "car")]).state == "submitted"
        )
        clock.advance(timedelta(seconds=1))
    return str(task)


def result(task: str, *marks: Any) -> Result:
    document = msgspec.json.encode({"marks": list(marks), "relations": [], "item_attrs": {}}).decode()
    basis = tuple(a.submission for a in queries.standing([task])[task].answers)
    return Result(document, basis, {"people": {"wu": 1.0}}, 4, 3)


def test_answers_wait_for_each_other_and_the_last_says_so(room: Any, told: Any) -> None:
    task = three(room)
    assert [type(f).__name__ for f in told] == ["TaskAnswered"]
    assert (Task.objects.get().state, Task.objects.get().accepted) == ("open", 0)
    now = queries.standing([task])[task]
    assert [a.person for a in now.answers] == ["wu", "li", "zhao"]
    assert (now.complete, now.checking, now.result, now.decision) == (True, False, None, None)
    assert queries.answered("p1") == [(task, now.seq)]


def test_a_result_is_accepted_with_everybody_who_answered(room: Any, told: Any) -> None:
    task = three(room)
    made = actions.accept_result(task, result(task, box("c1", "car")))
    assert (Task.objects.get().state, Task.objects.get().accepted) == ("done", 3)
    assert sorted(f.person for f in told if isinstance(f, facts.SubmissionAccepted)) == ["li", "wu", "zhao"]
    assert sum(isinstance(f, facts.TaskCompleted) for f in told) == 1
    assert {d.person: (d.accepted, d.completed) for d in DayCount.objects.all()} == {
        "wu": (1, 0), "li": (1, 0), "zhao": (1, 0), "": (0, 1),
    }  # fmt: skip
    kept = Submission.objects.get(mode="consensus")
    assert (str(kept.id), kept.person, kept.state, kept.marks) == (made, "", "accepted", 1)
    [rows] = queries.accepted("p1")
    assert [(r.person, r.consensus) for r in rows] == [
        ("wu", False),
        ("li", False),
        ("zhao", False),
        ("", True),
    ]
    assert queries.standing([task])[task].result == made
    with pytest.raises(Conflict) as refused:
        actions.accept_result(task, result(task))
    assert refused.value.code == "task_decided"


def test_a_result_of_answers_that_changed_is_refused(room: Any) -> None:
    task = three(room)
    old = result(task, box())
    mine = Submission.objects.get(person="wu")
    actions.reopen(actor=room.wu, submission=str(mine.id))
    with pytest.raises(Conflict) as refused:
        actions.accept_result(task, old)
    assert refused.value.code == "answers_changed"
    assert not queries.standing([task])[task].complete
    [again] = room.take(room.wu)
    room.submit(room.wu, again, [box("m9", "truck")])
    now = queries.standing([task])[task]
    assert now.complete and [a.person for a in now.answers] == ["li", "zhao", "wu"]


def test_reopening_takes_the_result_back(room: Any, told: Any) -> None:
    task = three(room)
    actions.accept_result(task, result(task, box("c1", "car")))
    actions.reopen(actor=room.wu, submission=str(Submission.objects.get(person="wu").id))
    assert (Task.objects.get().state, Task.objects.get().accepted) == ("open", 2)
    assert Submission.objects.get(mode="consensus").state == "replaced"
    [again] = room.take(room.wu)
    told.clear()
    room.submit(room.wu, again)
    assert [type(f).__name__ for f in told] == ["TaskAnswered"]
    actions.accept_result(task, result(task, box("c1", "car")))
    assert (Task.objects.get().state, Task.objects.get().accepted) == ("done", 3)
    assert sum(DayCount.objects.values_list("accepted", flat=True)) == 3
    assert sum(DayCount.objects.values_list("completed", flat=True)) == 1


def test_an_arbiter_sees_the_answers_without_names_and_what_they_say_together(room: Any) -> None:
    task = three(room)
    actions.propose_result(task, result(task, box("c1", "car")))
    actions.propose_result(task, result(task, box("c2", "car")))  # again: one turn, the newer proposal
    assert Ready.objects.filter(kind="arbitrate").count() == 1
    [held] = room.take(room.lead, kind="review")
    [shown], _ = queries.describe([held], "lead")
    assert shown["mode"] == "arbitrate"
    assert [c["key"] for c in shown["candidates"]] == ["A", "B", "C"]
    assert msgspec.json.decode(shown["fused"]["marks"])[0]["id"] == "c2"
    assert not {"wu", "li", "zhao"} & set(msgspec.json.encode(shown["candidates"]).decode().split('"'))


def test_what_an_arbiter_decides_stands_and_the_others_are_paid(room: Any, told: Any) -> None:
    task = three(room)
    actions.propose_result(task, result(task, box("c1", "car")))
    [held] = room.take(room.lead, kind="review")
    assert room.submit(room.lead, held, [box("x", "truck")]).state == "accepted"
    assert Task.objects.get().state == "done"
    assert actions.settle(task) == 3 and actions.settle(task) == 0
    assert sorted(f.person for f in told if isinstance(f, facts.SubmissionAccepted)) == [
        "lead",
        "li",
        "wu",
        "zhao",
    ]
    assert sum(DayCount.objects.values_list("completed", flat=True)) == 1
    [rows] = queries.accepted("p1")
    assert [r.person for r in rows if r.decided] == ["lead"]
    assert '"x"' in str(queries.standing([task])[task].decision)


def test_nobody_decides_between_answers_that_include_her_own(room: Any) -> None:
    from .conftest import person

    both = person("both", "lead")
    task = three(room, (room.wu, room.li, both))
    actions.propose_result(task, result(task))
    assert room.take(both, kind="review") == []
    assert len(room.take(room.lead, kind="review")) == 1


def test_an_answer_under_check_is_waited_for(room: Any, told: Any) -> None:
    room.settings.review_share = 1.0
    task = three(room)
    assert queries.standing([task])[task].checking
    with pytest.raises(Conflict):
        actions.accept_result(task, result(task))
    check(room, "accept")
    check(room, "fix", marks=[box("m2", "car")])
    told.clear()
    [held] = room.take(room.lead, kind="review")
    actions.review(actor=room.lead, sent=verdict(held, "accept"))
    assert [type(f).__name__ for f in told] == ["SubmissionAccepted", "TaskAnswered"]
    now = queries.standing([task])[task]
    assert not now.checking and [a.state for a in now.answers].count("fixed") == 1
    assert sum('"m2"' in a.document for a in now.answers) == 1
    actions.accept_result(task, result(task, box("c1")))
    assert (Task.objects.get().state, Task.objects.get().accepted) == ("done", 3)


def test_one_more_answer_to_a_finished_task_is_heard_with_the_others(room: Any, told: Any) -> None:
    room.settings.consensus = True
    [task] = room.add("a")
    assert room.submit(room.wu, room.take(room.wu)[0]).state == "accepted"
    actions.add_slot(task)
    told.clear()
    assert room.submit(room.li, room.take(room.li)[0]).state == "submitted"
    assert [type(f).__name__ for f in told] == ["TaskAnswered"]
    actions.accept_result(task, result(task, box("c1")))
    assert (Task.objects.get().state, Task.objects.get().accepted) == ("done", 2)


def test_a_project_may_leave_its_answers_apart(room: Any, told: Any) -> None:
    room.settings.overlap, room.settings.consensus = 2, False
    room.add("a")
    for who in (room.wu, room.li):
        assert room.submit(who, room.take(who)[0]).state == "accepted"
    assert Task.objects.get().state == "done"
    assert not any(isinstance(f, facts.TaskAnswered) for f in told)
