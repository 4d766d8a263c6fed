"""Records: what counts, when a week is settled, what may follow from it, and how much is checked."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from world import span

from doujia.server.kernel import clock, events, jobs
from doujia.server.kernel.errors import Forbidden, Unprocessable
from doujia.server.quality import standing
from doujia.server.quality.actions import records
from doujia.server.quality.actions.appeals import appeal
from doujia.server.quality.events import RecordClosed
from doujia.server.quality.models import GoldTask, GradedAnswer, PersonShare, Record
from doujia.server.quality.queries import records as queries
from doujia.server.work import actions as work
from doujia.server.work import shares
from doujia.server.work.remembered import forget_all

from .conftest import Hall

WEEK = date(2026, 3, 2)  # of THURSDAY


def run_jobs() -> None:
    while jobs.run_one():
        pass


def next_monday() -> None:
    clock.advance(timedelta(days=4, hours=1))


def work_and_judge(hall: Hall, who: str, *words: str) -> list[str]:
    """Let somebody answer as many tasks as there are words, and the lead say them."""
    n = len(hall.world.items)
    hall.world.fill(*(f"{n + i}.txt" for i in range(len(words))))
    sent = [hall.submit(hall.person(who)) for _ in words]
    for word in words:
        more: dict[str, Any] = {"marks": [span("m1", "person")]} if word == "fix" else {}
        hall.judge(hall.person("lead", "lead"), word, **more)
    return sent


def test_a_week_is_settled_once_with_what_was_counted(hall: Hall) -> None:
    told: list[RecordClosed] = []
    events.subscribe(RecordClosed)(told.append)
    try:
        work_and_judge(hall, "wu", "accept", "accept", "accept", "fix", "reject")
        assert records.close_due_weeks() == 0  # the week still runs
        next_monday()
        assert records.close_due_weeks() == 1
        assert records.close_due_weeks() == 0
        run_jobs()
    finally:
        events._subscribers[RecordClosed].remove(told.append)
    row = Record.objects.get()
    assert (row.person, row.week) == (hall.person("wu").person, WEEK)
    assert (row.passed, row.fixed, row.returned, row.right, row.total) == (3, 1, 1, 3, 5)
    # exact binomial interval of 3 of 5, by solving the tail sums (scipy.optimize.brentq on binom)
    assert row.low == pytest.approx(0.146633, abs=1e-5)
    assert row.high == pytest.approx(0.947255, abs=1e-5)
    assert [(e.right, e.total, e.below, e.corrected) for e in told] == [(3, 5, False, False)]


def test_a_week_is_settled_though_nobody_was_there(hall: Hall) -> None:
    work_and_judge(hall, "wu", "accept")
    clock.advance(timedelta(days=20))
    assert records.close_due_weeks() == 1
    run_jobs()
    assert Record.objects.get().week == WEEK


@pytest.mark.parametrize(("right", "below"), [(88, True), (89, False)])
def test_only_beyond_chance_is_below_the_line(hall: Hall, right: int, below: bool) -> None:
    # P(X <= 88) = .0043 and P(X <= 89) = .0115 for 100 answers at exactly .95: one percent lies between them
    work_and_judge(hall, "wu", *["accept"] * right, *["reject"] * (100 - right))
    next_monday()
    records.close_due_weeks()
    run_jobs()
    assert Record.objects.get().below is below


def test_an_appeal_changes_the_week_of_the_rejection(hall: Hall) -> None:
    sent = work_and_judge(hall, "wu", "accept", "accept", "reject")
    wu = hall.person("wu")
    appeal(actor=wu, submission=sent[2])
    next_monday()
    records.close_due_weeks()
    run_jobs()
    row = Record.objects.get()
    assert (row.right, row.total, row.pending) == (2, 2, 1)
    hall.judge(hall.person("second", "lead"), "accept")
    run_jobs()
    row = Record.objects.get()
    assert (row.right, row.total, row.pending, row.overturned) == (3, 3, 0, 1)
    assert row.corrected_at is not None
    next_monday()  # the second verdict itself counts in no week
    clock.advance(timedelta(days=3))
    records.close_due_weeks()
    run_jobs()
    assert Record.objects.exclude(week=WEEK).count() == 0


def test_known_tasks_count_beside_checked_answers(hall: Hall) -> None:
    work_and_judge(hall, "wu", "accept", "reject")
    wu = hall.person("wu").person
    gold = GoldTask.objects.create(project=hall.project, task="t", item="i", source="file", state_at=clock.now(), created_at=clock.now())  # fmt: skip
    for passed, counted in ((True, True), (True, True), (False, True), (False, False)):
        GradedAnswer.objects.create(
            gold=gold, project=hall.project, task="t", submission=uuid.uuid4(), person=wu, version=1, score=0.5, passed=passed,
            counted=counted, parts="{}", differences="[]", classes="{}", guideline_version=1, at=clock.now(), graded_at=clock.now(),
        )  # fmt: skip
    assert queries.mine(actor=hall.person("wu"))[0].weeks[0].gold == 0  # not while the week runs
    next_monday()
    records.close_due_weeks()
    run_jobs()
    row = Record.objects.get()
    assert (row.gold, row.gold_right, row.right, row.total) == (3, 2, 3, 5)
    GradedAnswer.objects.filter(passed=False, counted=True).update(passed=True)
    records.correct_gold_later(str(gold.id), [wu])
    run_jobs()
    assert Record.objects.get().gold_right == 3


def test_what_was_redone_does_not_weigh_twice(hall: Hall) -> None:
    work_and_judge(hall, "wu", "reject")
    hall.submit(hall.person("wu"), [span("m1", "person")])
    hall.judge(hall.person("lead"), "accept")
    view = queries.mine(actor=hall.person("wu"))[0].weeks[0]
    assert (view.passed, view.returned, view.share.of) == (0, 1, 1)
    assert view.closed is None
    assert not view.below


def test_small_corrections_count_as_right() -> None:
    def row(verdict: str, *severities: str) -> Any:
        return standing.VerdictRow(
            "r", "p", "t", f"{verdict}{severities}", "wu", "lead", verdict, True, [{"severity": s} for s in severities],
            clock.now(), "", "work", 1,
        )  # fmt: skip

    t = standing.tally([row("fix", "minor", "minor"), row("fix", "minor", "major"), row("fix")], {})["wu"]
    assert (t.fixed, t.minor, t.right, t.total) == (3, 1, 1, 3)


@pytest.mark.parametrize(
    ("right", "total", "low", "high", "expected"),
    [
        (20, 20, 0.83, 1.0, (1.0, "newcomer")),
        (396, 400, 0.975, 0.997, (0.1, "proven")),
        (96, 100, 0.90, 0.99, (0.25, "likely")),
        (93, 100, 0.861, 0.971, (0.5, "doubtful")),
        (80, 100, 0.708, 0.873, (1.0, "below")),
    ],
)
def test_the_share_follows_from_what_is_known(
    right: int, total: int, low: float, high: float, expected: tuple[float, str]
) -> None:
    assert standing.share_for(right, total, low, high, line=0.95, newcomer=1.0, floor=0.1) == expected


def test_a_project_that_goes_by_records_checks_the_proven_less(hall: Hall) -> None:
    lead = hall.person("boss", "manager")
    records.set_policy(actor=lead, project=hall.project, by_record=True, newcomer=1.0, floor=0.1, line=0.6)
    work_and_judge(hall, "wu", *["accept"] * 40)
    next_monday()
    records.close_due_weeks()
    run_jobs()
    # 40 of 40: the lower bound is .025^(1/40) = .912, above the line of .6
    row = PersonShare.objects.get()
    assert (row.share, row.reason) == (0.1, "proven")
    assert Record.objects.get().low == pytest.approx(0.025 ** (1 / 40), abs=1e-9)
    queue = _queue(hall)
    assert shares.share_of(queue, hall.person("wu").person, 0.3) == 0.1
    assert shares.share_of(queue, hall.person("li").person, 0.3) == 1.0  # a newcomer
    records.set_policy(actor=lead, project=hall.project, by_record=False, newcomer=1.0, floor=0.1, line=0.6)
    assert shares.share_of(queue, hall.person("wu").person, 0.3) == 0.3


def test_a_raised_share_falls_back_when_its_time_is_over(hall: Hall) -> None:
    hall.world.fill("a.txt")
    wu = hall.person("wu").person
    hall.submit(hall.person("wu"))
    until = clock.now() + timedelta(days=7)
    queue = _queue(hall)
    work.set_review_share(hall.project, "", 0.2)
    records.raise_share(hall.project, wu, share=1.0, until=until, why="rule:1")
    assert shares.share_of(queue, wu, 0.2) == 1.0
    assert queries.mine(actor=hall.person("wu"))[0].checked.raised_until == until
    clock.advance(timedelta(days=7))
    assert records.end_raised() == 1
    assert shares.share_of(queue, wu, 0.2) == 0.2


def test_the_share_of_a_person_decides_what_is_checked(hall: Hall) -> None:
    hall.world.fill("a.txt", "b.txt")
    work.set_review_share(hall.project, hall.person("wu").person, 0.0)
    hall.submit(hall.person("wu"))
    hall.submit(hall.person("li"))
    assert (
        len(
            work.take_next(
                actor=hall.person("lead", "lead"), project=hall.project, kind="review", want=5
            ).held
        )
        == 1
    )


def test_remembered_shares_ask_the_database_once_in_a_while(
    hall: Hall, django_assert_num_queries: Any
) -> None:
    hall.world.fill("a.txt")
    queue = _queue(hall)
    forget_all()
    with django_assert_num_queries(1):
        for _ in range(50):
            shares.share_of(queue, "anybody", 0.5)


def test_who_sets_the_policy_and_its_bounds(hall: Hall) -> None:
    with pytest.raises(Forbidden):
        records.set_policy(
            actor=hall.person("wu"), project=hall.project, by_record=True, newcomer=1.0, floor=0.1, line=0.9
        )
    with pytest.raises(Unprocessable) as refused:
        records.set_policy(
            actor=hall.person("boss", "manager"), project=hall.project, by_record=True, newcomer=1.0, floor=0.0, line=0.9
        )  # fmt: skip
    assert refused.value.code == "policy_invalid"


def test_the_story_over_http(hall: Hall, client_for: Callable[[str], Client]) -> None:
    work_and_judge(hall, "wu", "accept", "reject")
    wu, lead = client_for(hall.person("wu").person), client_for(hall.person("lead").person)
    [mine] = wu.get("/api/v1/quality/mine").json()
    assert (mine["name"], mine["checked"]["share"], mine["checked"]["reason"]) == ("Letters", 1.0, "same")
    assert mine["weeks"][0]["share"]["of"] == 2
    grounds = wu.get(f"/api/v1/quality/projects/{hall.project}/mine?week={WEEK}").json()["verdicts"]
    assert [g["counts"] for g in grounds] == ["passed", "returned"]
    assert grounds[1]["findings"][0]["rule"] == "2.1"
    next_monday()
    records.close_due_weeks()
    run_jobs()
    [row] = lead.get(f"/api/v1/quality/projects/{hall.project}/records").json()
    assert (row["name"], row["weeks"][0]["share"]["of"], row["weeks"][0]["below"]) == ("wu", 2, False)
    put = lead.put(
        f"/api/v1/quality/projects/{hall.project}/policy",
        {"by_record": True, "floor": 0.2},
        content_type="application/json",
    )
    assert put.json() == {"by_record": True, "newcomer": 1.0, "floor": 0.2, "line": 0.95, "usual": 1.0}


def _queue(hall: Hall) -> int:
    from doujia.server.work import queues

    return queues.of(hall.project).id
