"""Practice pools: training with hints, exams that keep silent, retry and back to work."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from world import make_world, span

from doujia.errors import ValidationError
from doujia.marks import Mark
from doujia.server.kernel import clock, events
from doujia.server.kernel.errors import Conflict, Forbidden, NotFound, Unprocessable
from doujia.server.quality import events as facts
from doujia.server.quality.actions import gold, practice
from doujia.server.quality.models import GoldStanding, GoldTask, PracticeRun, PracticeStep
from doujia.server.quality.queries import practice as queries

from .conftest import Hall
from .test_gold import WRONG, answer, checked

RIGHT = [span()]


@pytest.fixture
def told() -> Iterator[list[Any]]:
    heard: list[Any] = []
    events.subscribe(facts.PracticeFinished)(heard.append)
    yield heard
    events._subscribers[facts.PracticeFinished].remove(heard.append)


def pool(hall: Hall, kind: str, *names: str, **more: Any) -> list[str]:
    lead = hall.person("boss", "lead")
    tasks = checked(hall, *names, **more)
    return [gold.make_gold(actor=lead, project=hall.project, task=t, pool=kind) for t in tasks]


def assign(hall: Hall, kind: str, size: int | None = None, name: str = "wu", **more: Any) -> str:
    return practice.assign(
        actor=hall.person("boss", "lead"), project=hall.project, person=hall.person(name).person, kind=kind, size=size, **more
    )  # fmt: skip


def steps(run: str) -> list[PracticeStep]:
    return list(PracticeStep.objects.filter(run_id=run).order_by("position"))


def give(hall: Hall, run: str, step: str, marks: list[Mark], answer: str = "") -> practice.Feedback:
    return practice.answer_step(
        actor=hall.person("wu"), run=run, step=step, answer_id=answer or str(uuid.uuid4()), marks=msgspec.to_builtins(marks)
    )  # fmt: skip


def test_training_says_at_once_what_is_wrong_and_waits_until_it_is_right(hall: Hall, told: list[Any]) -> None:
    pool(hall, "training", "a", "b")
    run = assign(hall, "training", 2)
    assert assign(hall, "training", 2) == run, "one open run of a kind"
    one, two = steps(run)
    wrong = give(hall, run, one.id, WRONG)
    assert (wrong.shown, wrong.passed, wrong.again, wrong.done, wrong.state) == (
        True,
        False,
        True,
        0,
        "running",
    )
    assert [d["zh"] for d in wrong.differences] == ["这是城市,不是Person。"]
    right = give(hall, run, one.id, RIGHT)
    assert (right.passed, right.again, right.done, right.differences) == (True, False, 1, [])
    with pytest.raises(Conflict, match="done already"):
        give(hall, run, one.id, RIGHT)
    last = give(hall, run, two.id, RIGHT)
    assert (last.state, last.done) == ("done", 2)
    row = PracticeRun.objects.get()
    assert row.ended_at is not None
    # What counts is the first answer: one of two.
    [finished] = told
    assert (finished.right, finished.size, finished.kind, finished.state) == (1, 2, "training", "done")
    assert [(s.passed, s.tries) for s in steps(run)] == [(False, 2), (True, 1)]


def test_after_three_tries_the_next_one_comes(hall: Hall) -> None:
    pool(hall, "training", "a")
    run = assign(hall, "training")
    assert PracticeRun.objects.get().size == 1, "there is no more than that"
    [one] = steps(run)
    said = [give(hall, run, one.id, WRONG) for _ in range(3)]
    assert [s.again for s in said] == [True, True, False]
    assert said[-1].state == "done"


def test_the_same_answer_again_changes_nothing(hall: Hall) -> None:
    pool(hall, "training", "a")
    run = assign(hall, "training")
    [one] = steps(run)
    first = give(hall, run, one.id, WRONG, "same")
    assert give(hall, run, one.id, WRONG, "same") == first
    assert steps(run)[0].tries == 1


@pytest.mark.parametrize(("right", "state"), [(4, "passed"), (3, "failed")])
def test_an_exam_keeps_silent_until_its_end(hall: Hall, told: list[Any], right: int, state: str) -> None:
    pool(hall, "exam", *"abcde")
    lead = hall.person("boss", "lead")
    practice.set_pool(actor=lead, project=hall.project, kind="exam", size=5, pass_share=0.8, tries=1)
    run = assign(hall, "exam")
    for place, one in enumerate(steps(run)):
        said = give(hall, run, one.id, RIGHT if place < right else WRONG)
        assert (said.shown, said.passed, said.score, said.again, said.differences) == (
            False,
            None,
            None,
            False,
            [],
        )
        if place < 4:
            detail = queries.run_detail(actor=hall.person("wu"), run=run)
            assert detail.steps == [] and detail.run.first_right is None
    assert said.state == state
    detail = queries.run_detail(actor=hall.person("wu"), run=run)
    assert [s.passed for s in detail.steps] == [i < right for i in range(5)]
    rate = detail.run.first_right
    assert rate is not None and (rate.value, rate.of) == (right / 5, 5)
    answer = queries.next_tasks(actor=hall.person("wu"), run=run, want=5, have=[])
    assert answer["tasks"] == [] and f"5 题里第一次就对的有 {right} 题" in answer["empty"]["zh"]
    assert [t.state for t in told] == [state]


def test_an_exam_never_takes_training_tasks_and_a_retry_does(hall: Hall) -> None:
    pool(hall, "training", "a", "b")
    with pytest.raises(Conflict, match="no tasks"):
        assign(hall, "exam")
    [own] = pool(hall, "retry", "c")
    run = assign(hall, "retry", 3)
    assert str(steps(run)[0].gold_id) == own, "its own pool first"
    assert len(steps(run)) == 3


def test_tasks_of_the_paragraph_come_first_and_what_was_met_last(hall: Hall) -> None:
    made = pool(hall, "training", *"abcd")
    gold.change_gold(actor=hall.person("boss", "lead"), gold=made[2], rule="2.1")
    run = assign(hall, "training", 2, rule="2.1", reason="place")
    first = [str(s.gold_id) for s in steps(run)]
    assert first[0] == made[2]
    practice.cancel(actor=hall.person("boss", "lead"), run=run)
    again = [str(s.gold_id) for s in steps(assign(hall, "training", 4))]
    assert set(again[:2]) == set(made) - set(first) and set(again[2:]) == set(first)


def test_her_own_work_comes_last(hall: Hall) -> None:
    """All three were done by li; wu has answered one as a known task before it was moved into the pool."""
    made = pool(hall, "hidden", *"abc")
    answer(hall, "wu", GoldTask.objects.get(id=made[1]).task)
    for one in made:
        gold.change_gold(actor=hall.person("boss", "lead"), gold=one, pool="training")
    assert {str(s.gold_id) for s in steps(assign(hall, "training", 2))} == {made[0], made[2]}


def test_the_classes_take_turns(hall: Hall) -> None:
    pool(hall, "training", *"abcd")
    [person] = pool(hall, "training", "p", marks=WRONG)
    run = assign(hall, "training", 2)
    assert person in {str(s.gold_id) for s in steps(run)}


def test_a_retry_run_ends_a_drift(hall: Hall) -> None:
    pool(hall, "retry", "a")
    wu = hall.person("wu").person
    GoldStanding.objects.create(
        project=hall.project,
        person=wu,
        level=0.0,
        drifted_at=clock.now(),
        since=clock.now(),
        updated_at=clock.now(),
    )
    run = assign(hall, "retry")
    give(hall, run, steps(run)[0].id, RIGHT)
    standing = GoldStanding.objects.get()
    assert standing.drifted_at is None and standing.since == clock.now()


def test_the_bench_gets_tasks_that_tell_nothing(hall: Hall) -> None:
    made = pool(hall, "training", "a", "b", "c")
    run = assign(hall, "training", 3)
    wu = hall.person("wu")
    answer = queries.next_tasks(actor=wu, run=run, want=2, have=[])
    ids = [t["id"] for t in answer["tasks"]]
    assert ids == [s.id for s in steps(run)[:2]] and {t["mode"] for t in answer["tasks"]} == {"work"}
    rest = queries.next_tasks(actor=wu, run=run, want=5, have=ids)
    assert [t["id"] for t in rest["tasks"]] == [steps(run)[2].id]
    text = msgspec.json.encode(answer["tasks"]).decode()
    for row in GoldTask.objects.filter(id__in=made):
        assert row.task not in text and row.item not in text
    assert PracticeRun.objects.get().state == "running"
    [mine] = queries.mine(actor=wu)
    assert (mine.size, mine.done, mine.state) == (3, 0, "running")
    assert [r.name for r in queries.of_project(actor=hall.person("boss", "lead"), project=hall.project)] == [
        "wu"
    ]


def test_it_is_hers_alone(hall: Hall) -> None:
    pool(hall, "training", "a")
    run = assign(hall, "training")
    li, lead = hall.person("li"), hall.person("boss", "lead")
    for call in (
        lambda who: queries.next_tasks(actor=who, run=run, want=1, have=[]),
        lambda who: practice.answer_step(actor=who, run=run, step=steps(run)[0].id, answer_id="x", marks=[]),
        lambda who: queries.run_detail(actor=who, run=run),
        lambda who: practice.cancel(actor=who, run=run),
    ):
        with pytest.raises(Forbidden):
            call(li)
    assert queries.run_detail(actor=lead, run=run).run.name == "wu"
    with pytest.raises(NotFound):
        practice.begin(actor=li, run="nothing")
    practice.cancel(actor=lead, run=run)
    with pytest.raises(Conflict):
        practice.cancel(actor=lead, run=run)
    with pytest.raises(Conflict):
        practice.begin(actor=hall.person("wu"), run=run)
    assert queries.mine(actor=hall.person("wu")) == []


def test_what_cannot_be_is_refused(hall: Hall) -> None:
    pool(hall, "training", "a")
    lead = hall.person("boss", "lead")
    stranger = make_world().person("wu").person
    with pytest.raises(NotFound):
        practice.assign(actor=lead, project=hall.project, person=stranger, kind="training")
    with pytest.raises(NotFound):
        practice.assign(actor=lead, project=hall.project, person=str(uuid.uuid4()), kind="training")
    with pytest.raises(Forbidden):
        practice.assign(
            actor=hall.person("li"), project=hall.project, person=hall.person("li").person, kind="training"
        )
    with pytest.raises(Unprocessable):
        assign(hall, "hidden")
    with pytest.raises(Unprocessable):
        assign(hall, "training", 0)
    for wrong in ({"size": 0}, {"pass_share": 1.5}, {"tries": 0}):
        with pytest.raises(Unprocessable):
            plan = {"size": 5, "pass_share": 0.8, "tries": 2} | wrong
            practice.set_pool(actor=lead, project=hall.project, kind="training", **plan)
    with pytest.raises(Unprocessable):
        practice.set_pool(actor=lead, project=hall.project, kind="exam", size=5, pass_share=0.8, tries=2)
    run = assign(hall, "training")
    with pytest.raises(ValidationError):
        give(hall, run, steps(run)[0].id, [span(label="car")])
    with pytest.raises(NotFound):
        give(hall, run, "nothing", RIGHT)
    assert [(p.kind, p.size, p.tasks) for p in queries.pools(actor=lead, project=hall.project)] == [
        ("training", 10, 1), ("exam", 20, 0), ("retry", 20, 0),
    ]  # fmt: skip
