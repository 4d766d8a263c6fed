"""Known tasks: made, shown, graded, doubted, corrected, retired; all numbers by hand."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from world import make_world, span

from doujia.errors import ValidationError
from doujia.marks import Mark
from doujia.server.kernel import clock, events, jobs
from doujia.server.kernel.errors import Conflict, Forbidden, NotFound, Unprocessable
from doujia.server.projects import actions as projects
from doujia.server.quality import events as facts
from doujia.server.quality.actions import exposure, gold, grading
from doujia.server.quality.models import GoldAnswer, GoldShown, GoldStanding, GoldTask, GradedAnswer
from doujia.server.work import actions, opaque
from doujia.server.work import queries as work
from doujia.server.work.actions.submissions import Sent
from doujia.server.work.events import GoldImported, SubmissionReceived
from doujia.server.work.models import Ready, Submission, Task

from .conftest import Hall

WRONG = [span(label="person")]


@pytest.fixture
def told() -> Iterator[list[Any]]:
    heard: list[Any] = []
    kinds = (facts.AnswerGraded, facts.PersonDrifts, facts.PracticeRecommended, facts.GoldCorrected)
    for kind in kinds:
        events.subscribe(kind)(heard.append)
    yield heard
    for kind in kinds:
        events._subscribers[kind].remove(heard.append)


def run_jobs() -> None:
    while jobs.run_one():
        pass


def checked(hall: Hall, *names: str, marks: list[Mark] | None = None) -> list[str]:
    """Tasks that li did and the lead passed."""
    lead = hall.person("boss", "lead")
    out = []
    for name in names:
        hall.world.fill(name)
        submission = hall.submit(hall.person("li"), marks)
        hall.judge(lead, "accept")
        out.append(opaque.encode(Submission.objects.get(id=submission).task_id))
    return out


def known(hall: Hall, *names: str, **more: Any) -> list[str]:
    lead = hall.person("boss", "lead")
    return [gold.make_gold(actor=lead, project=hall.project, task=t) for t in checked(hall, *names, **more)]


def answer(hall: Hall, name: str, task: str, marks: list[Mark] | None = None) -> str:
    """Offer a known task to a person, who answers it; the jobs run."""
    who = hall.person(name)
    assert actions.offer_known(task, person=who.person)
    [held] = actions.take_next(actor=who, project=hall.project).held
    assert opaque.encode(held.place.task) == task
    made = Sent(
        id=uuid.uuid4(), task=task, lease=held.token, marks=[span()] if marks is None else marks,
        guideline_version=1, schema_version=1, active_ms=5000,
    )  # fmt: skip
    actions.submit(actor=who, sent=made)
    clock.advance(timedelta(minutes=1))
    run_jobs()
    return str(made.id)


def task_of(gold_id: str) -> str:
    return GoldTask.objects.get(id=gold_id).task


def test_only_what_somebody_else_stands_for_can_be_right(hall: Hall) -> None:
    lead, wu = hall.person("boss", "lead"), hall.person("wu")
    [task] = checked(hall, "a")
    hall.world.fill("b")
    unchecked = opaque.encode(Submission.objects.get(id=hall.submit(wu)).task_id)
    with pytest.raises(Conflict, match="Nobody has checked"):
        gold.make_gold(actor=lead, project=hall.project, task=unchecked)
    with pytest.raises(Forbidden):
        gold.make_gold(actor=wu, project=hall.project, task=task)
    with pytest.raises(Unprocessable):
        gold.make_gold(actor=lead, project=hall.project, task=task, pool="public")
    made = gold.make_gold(actor=lead, project=hall.project, task=task, rule="2.1")
    assert gold.make_gold(actor=lead, project=hall.project, task=task) == made
    row = GoldTask.objects.get()
    assert (row.source, row.pool, row.state, row.stratum, row.rule) == (
        "adjudicated",
        "hidden",
        "active",
        "city",
        "2.1",
    )
    other = make_world()
    with pytest.raises(Conflict):
        gold.make_gold(actor=other.person("boss", "lead"), project=other.project, task=task)


def test_a_sample_keeps_the_balance_of_the_classes(hall: Hall) -> None:
    lead = hall.person("boss", "lead")
    checked(hall, *(f"c{i}" for i in range(8)))
    checked(hall, "p1", "p2", marks=WRONG)
    checked(hall, "none", marks=[])
    # Of 11 tasks 8 are city, 2 person, 1 nothing; 5 of them by largest remainder: 3.64, .91, .45 → 4, 1, 0; the
    # last goes without and takes one from the largest.
    made = gold.sample_gold(actor=lead, project=hall.project, count=5, seed=3)
    rows = list(GoldTask.objects.all())
    assert sorted(r.stratum for r in rows) == ["", "city", "city", "city", "person"]
    assert {str(r.id) for r in rows} == set(made)
    rest = gold.sample_gold(actor=lead, project=hall.project, count=500, seed=3)
    assert len(rest) == 6 and not set(rest) & set(made)
    assert gold.sample_gold(actor=lead, project=hall.project, count=5) == []
    with pytest.raises(Unprocessable):
        gold.sample_gold(actor=lead, project=hall.project, count=0)


def test_an_answer_is_graded_and_the_worker_hears_nothing(hall: Hall, told: list[Any]) -> None:
    made = known(hall, "a", "b")
    first = answer(hall, "wu", task_of(made[0]))
    answer(hall, "wu", task_of(made[1]), WRONG)
    good, bad = GradedAnswer.objects.order_by("at")
    assert (str(good.submission), good.score, good.passed, good.counted) == (first, 1.0, True, True)
    assert (bad.score, bad.passed) == (0.0, False)
    assert msgspec.json.decode(bad.classes) == {
        "city": {"right": 0, "missed": 1, "extra": 0}, "person": {"right": 0, "missed": 0, "extra": 1},
    }  # fmt: skip
    [said] = msgspec.json.decode(bad.differences)
    assert (said["code"], said["zh"]) == ("class", "这是城市,不是Person。")
    graded = [t for t in told if isinstance(t, facts.AnswerGraded)]
    assert [(g.person, g.passed, g.score) for g in graded] == [
        (hall.person("wu").person, True, 1.0), (hall.person("wu").person, False, 0.0),
    ]  # fmt: skip
    row = GoldTask.objects.get(id=made[1])
    assert (row.graded, row.passed) == (1, 0)
    assert grading.grade_answer(first) == str(good.id), "again is the same"
    assert GradedAnswer.objects.count() == 2
    # Everything was told to wait for a check; after a while it is accepted, like other work.
    mine = {m.id: m.state for m in work.mine(actor=hall.person("wu")).items}
    assert set(mine.values()) == {"submitted"}
    clock.advance(timedelta(minutes=241))
    run_jobs()
    assert {m.state for m in work.mine(actor=hall.person("wu")).items} == {"accepted"}
    standing = GoldStanding.objects.get()
    # One right (level 0), one wrong: ln(.35 / .08) = 1.476.
    assert (standing.graded, standing.passed) == (2, 1)
    assert standing.level == pytest.approx(1.4759, abs=1e-4)


def test_only_the_first_revision_is_graded(hall: Hall) -> None:
    [made] = known(hall, "a")
    first = answer(hall, "wu", task_of(made), WRONG)
    actions.reopen(actor=hall.person("wu"), submission=first)
    second = hall.submit(hall.person("wu"))
    run_jobs()
    assert Submission.objects.get(id=second).revision == 2
    assert [(str(g.submission), g.passed) for g in GradedAnswer.objects.all()] == [(first, False)]
    assert grading.grade_answer(second) is None


def test_each_is_shown_once_to_a_person_and_so_often_in_the_hall(hall: Hall) -> None:
    projects.edit_project(
        actor=hall.person("m", "manager"), project=hall.project, revision=None, settings={"gold_exposure": 2}
    )
    made = known(hall, "a", "b")
    people = [hall.person(n).person for n in ("wu", "zhao", "sun")]
    assert {exposure.offer_next(hall.project, people[0], str(i)) for i in range(4)} == {
        task_of(made[0]), task_of(made[1]), None,
    }  # fmt: skip
    assert exposure.offer_next(hall.project, hall.person("li").person, "x") is None, "her own work"
    assert exposure.offer_next(hall.project, hall.person("boss", "lead").person, "x") is None
    assert exposure.offer_next(hall.project, people[1], "x") and exposure.offer_next(
        hall.project, people[1], "y"
    )
    assert exposure.offer_next(hall.project, people[2], "x") is None, "both have been shown twice"
    assert [g.shown for g in GoldTask.objects.all()] == [2, 2]
    assert Ready.objects.filter(kind="known").count() == 4
    assert GoldShown.objects.filter(slot="").count() == 2, "li has met them and is not asked about them again"
    gold.change_gold(actor=hall.person("boss", "lead"), gold=made[0], state="retired")
    assert Ready.objects.filter(kind="known").count() == 2


def test_the_class_she_has_seen_least_comes_first(hall: Hall) -> None:
    known(hall, "a", "b", "c")
    [other] = known(hall, "p", marks=WRONG)
    wu = hall.person("wu").person
    first = exposure.offer_next(hall.project, wu, "1")
    second = exposure.offer_next(hall.project, wu, "2")
    assert (first == task_of(other)) != (second == task_of(other)), "one of each class"


def test_known_tasks_come_by_the_draw(hall: Hall) -> None:
    """Rate .5: of 40 answers 20 draw one, give or take four standard deviations (3.2 each)."""
    known(hall, *(f"g{i}" for i in range(3)))
    projects.edit_project(
        actor=hall.person("m", "manager"), project=hall.project, revision=None,
        settings={"gold_rate": 0.5, "review_share": 0.0},
    )  # fmt: skip
    hall.world.fill(*(f"t{i}" for i in range(40)))
    drawn: list[bool] = []
    heard = events.subscribe(SubmissionReceived)(lambda e: drawn.append(e.gold_due))
    try:
        for _ in range(40):
            hall.submit(hall.person("wu"))
    finally:
        events._subscribers[SubmissionReceived].remove(heard)
    assert 7 <= sum(drawn) <= 33
    run_jobs()
    assert GoldShown.objects.filter(person=hall.person("wu").person).count() == min(2, sum(drawn))


def test_a_right_answer_from_a_file_is_gold_and_a_later_file_corrects_it(hall: Hall) -> None:
    hall.world.fill("a")
    task = opaque.encode(Task.objects.get().id)
    item = hall.world.items["a"]
    for marks in ([span()], WRONG):
        document = msgspec.json.encode({"marks": marks, "relations": [], "item_attrs": {}})
        events.publish(GoldImported(hall.project, task, item, document))
    row = GoldTask.objects.get()
    assert (row.source, row.version, row.stratum) == ("file", 2, "person")
    assert [a.reason for a in GoldAnswer.objects.order_by("version")] == ["file", "file"]


def test_four_wrong_in_a_row_are_a_drift_that_asks_for_practice(hall: Hall, told: list[Any]) -> None:
    """Each wrong adds ln(.35/.08) = 1.476; three reach 4.43, four 5.90 >= 4.5."""
    made = known(hall, *"abcde")
    for one in made[:3]:
        answer(hall, "wu", task_of(one), WRONG)
    assert GoldStanding.objects.get().drifted_at is None
    answer(hall, "wu", task_of(made[3]), WRONG)
    standing = GoldStanding.objects.get()
    assert standing.drifted_at is not None and standing.level == 0.0
    [drift] = [t for t in told if isinstance(t, facts.PersonDrifts)]
    assert (drift.person, drift.graded, drift.passed) == (hall.person("wu").person, 4, 0)
    [practice] = [t for t in told if isinstance(t, facts.PracticeRecommended)]
    assert (practice.error_class, practice.source) == ("class", "gold")
    answer(hall, "wu", task_of(made[4]))
    assert len([t for t in told if isinstance(t, facts.PersonDrifts)]) == 1


def good_people(hall: Hall, count: int) -> list[str]:
    """People who have passed five known tasks each."""
    made = known(hall, *(f"easy{i}" for i in range(5)))
    names = [f"good{i}" for i in range(count)]
    for name in names:
        for one in made:
            answer(hall, name, task_of(one))
    return names


def test_good_people_who_fail_put_the_answer_in_doubt_and_an_arbiter_decides(
    hall: Hall, told: list[Any]
) -> None:
    names = good_people(hall, 5)
    [doubted] = known(hall, "hard", marks=WRONG)  # the file says person; it is a city
    for name in names[:2]:
        answer(hall, name, task_of(doubted), WRONG)
    for name in names[2:4]:
        answer(hall, name, task_of(doubted))
    assert GoldTask.objects.get(id=doubted).state == "active", "four are too few to say"
    answer(hall, names[4], task_of(doubted))
    row = GoldTask.objects.get(id=doubted)
    # Two of five good people passed: 40 % < 60 %.
    assert (row.state, row.reason) == ("suspect", "good_people_fail")
    assert set(GradedAnswer.objects.filter(gold=row).values_list("counted", flat=True)) == {False}
    assert {(s.graded, s.passed) for s in GoldStanding.objects.exclude(person="")} == {(5, 5)}, (
        "it counts for nobody"
    )
    lead = hall.person("boss2", "lead")
    with pytest.raises(Conflict):
        gold.change_gold(actor=lead, gold=doubted, state="active")
    [held] = hall.held(lead, "review")
    assert held.mode == "arbitrate" and opaque.encode(held.place.task) == row.task
    made = Sent(
        id=uuid.uuid4(),
        task=row.task,
        lease=held.token,
        marks=[span()],
        guideline_version=1,
        schema_version=1,
    )
    actions.submit(actor=lead, sent=made)
    run_jobs()
    row.refresh_from_db()
    assert (row.state, row.version, row.graded, row.passed, row.stratum) == ("active", 2, 5, 3, "city")
    results = dict(GradedAnswer.objects.filter(gold=row).values_list("person", "passed"))
    assert [results[hall.person(n).person] for n in names] == [False, False, True, True, True]
    [corrected] = [t for t in told if isinstance(t, facts.GoldCorrected)]
    assert corrected.people == tuple(sorted(hall.person(n).person for n in names)), "everybody's turned round"
    assert sorted((s.graded, s.passed) for s in GoldStanding.objects.all()) == [
        (6, 5),
        (6, 5),
        (6, 6),
        (6, 6),
        (6, 6),
    ]


def doubt(hall: Hall) -> tuple[list[str], str]:
    names = good_people(hall, 5)
    [doubted] = known(hall, "hard", marks=WRONG)
    for name in names:
        answer(hall, name, task_of(doubted))
    assert GoldTask.objects.get(id=doubted).state == "suspect"
    return names, doubted


def test_the_lead_may_keep_the_answer(hall: Hall) -> None:
    _, doubted = doubt(hall)
    task = Task.objects.get(id=opaque.decode(task_of(doubted)))
    assert task.state == "open"
    lead = hall.person("boss", "lead")
    gold.keep_gold(actor=lead, gold=doubted)
    run_jobs()
    task.refresh_from_db()
    assert task.state == "done" and not Ready.objects.filter(kind="arbitrate").exists()
    row = GoldTask.objects.get(id=doubted)
    assert (row.state, row.version, row.passed) == ("active", 1, 0)
    assert {(s.graded, s.passed) for s in GoldStanding.objects.all()} == {(6, 5)}
    with pytest.raises(Conflict):
        gold.keep_gold(actor=lead, gold=doubted)


def test_the_lead_may_adopt_somebodys_answer_or_write_the_right_one(hall: Hall) -> None:
    _, doubted = doubt(hall)
    lead = hall.person("boss", "lead")
    one = GradedAnswer.objects.filter(gold_id=doubted).first()
    assert one is not None
    assert gold.correct_gold(actor=lead, gold=doubted, adopt=str(one.id)) == 2
    run_jobs()
    assert {(s.graded, s.passed) for s in GoldStanding.objects.all()} == {(6, 6)}
    marks = msgspec.to_builtins([span(start=15, end=18)])
    assert gold.correct_gold(actor=lead, gold=doubted, marks=marks) == 3
    run_jobs()
    # Three of seven characters: IoU 3/7, about the same thing (gate .3) but below the line of .9.
    assert set(GradedAnswer.objects.filter(gold_id=doubted).values_list("passed", flat=True)) == {False}
    assert GradedAnswer.objects.filter(gold_id=doubted).first().score == pytest.approx(3 / 7)  # type: ignore[union-attr]
    with pytest.raises(ValidationError):
        gold.correct_gold(actor=lead, gold=doubted, marks=msgspec.to_builtins([span(label="car")]))
    with pytest.raises(Unprocessable):
        gold.correct_gold(actor=lead, gold=doubted, marks=[{"id": 5}])
    with pytest.raises(NotFound):
        gold.correct_gold(actor=lead, gold=doubted, adopt=str(uuid.uuid4()))
    with pytest.raises(NotFound):
        gold.correct_gold(actor=lead, gold="nothing")


def test_a_drift_that_rested_on_a_wrong_answer_is_taken_back(hall: Hall) -> None:
    made = known(hall, *"abcd")
    lead = hall.person("boss", "lead")
    for one in made:
        answer(hall, "wu", task_of(one), WRONG)
    assert GoldStanding.objects.get().drifted_at is not None
    gold.correct_gold(actor=lead, gold=made[0], marks=msgspec.to_builtins(WRONG))
    run_jobs()
    standing = GoldStanding.objects.get()
    assert standing.drifted_at is None and (standing.graded, standing.passed) == (4, 1)
    # Right first (0), then three wrong: 3 · ln(.35/.08).
    assert standing.level == pytest.approx(3 * 1.475907, abs=1e-4)


def test_a_task_that_people_know_by_now_is_retired(hall: Hall, told: list[Any]) -> None:
    """First third 2 of 10, last third 10 of 10: Fisher's exact test, one-sided, p = .00036 (2x2 table 10 0 / 2 8)."""
    [made] = known(hall, "a")
    row = GoldTask.objects.get(id=made)
    for i in range(29):
        GradedAnswer.objects.create(
            gold=row, project=row.project, task=row.task, submission=uuid.uuid4(), person=f"p{i}", version=1, score=1.0,
            passed=i < 2 or i >= 10, parts="[]", differences="[]", classes="{}", guideline_version=1,
            at=clock.now() - timedelta(days=40 - i), graded_at=clock.now(),
        )  # fmt: skip
    GoldTask.objects.filter(id=made).update(graded=29, passed=21)
    answer(hall, "wu", task_of(made))
    row.refresh_from_db()
    assert (row.state, row.reason, row.graded) == ("retired", "looks_known", 30)


def test_a_client_must_not_change_the_pool(hall: Hall) -> None:
    [made] = known(hall, "a")
    with pytest.raises(Forbidden):
        gold.change_gold(actor=hall.person("wu"), gold=made, pool="training")
    gold.change_gold(actor=hall.person("boss", "lead"), gold=made, pool="training", rule="3.2")
    row = GoldTask.objects.get()
    assert (row.pool, row.rule) == ("training", "3.2")
    assert exposure.is_there_gold(hall.project) is False


def test_pass_lines_of_the_project_decide(hall: Hall) -> None:
    manager = hall.person("m", "manager")
    for wrong in ({"bax": {"quality": 0.5}}, {"span": {"quality": 2.0}}):
        with pytest.raises(Unprocessable) as refused:
            projects.edit_project(
                actor=manager, project=hall.project, revision=None, settings={"pass_lines": wrong}
            )
        assert [f["field"] for f in refused.value.fields or []] == ["pass_lines"]
    # Five of seven characters: IoU .714, below .9 and above .7.
    short = [span(start=15, end=20)]
    [first] = known(hall, "a")
    answer(hall, "wu", task_of(first), short)
    projects.edit_project(
        actor=manager,
        project=hall.project,
        revision=None,
        settings={"pass_lines": {"span": {"quality": 0.7}}},
    )
    [second] = known(hall, "b")
    answer(hall, "wu", task_of(second), short)
    assert [g.passed for g in GradedAnswer.objects.order_by("at")] == [False, True]
