"""Appeals: who may, until when, what the second verdict does in each state the slot can be in, and what is counted."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from world import span

from doujia.server.kernel import clock, events
from doujia.server.kernel.errors import Conflict, Forbidden, NotFound
from doujia.server.quality import workdays
from doujia.server.quality.actions import reports
from doujia.server.quality.actions.appeals import appeal, withdraw
from doujia.server.quality.events import AppealDecided, PracticeRecommended
from doujia.server.quality.models import Appeal
from doujia.server.quality.queries import appeals as queries
from doujia.server.quality.queries.reports.gallery import FindingFilter, gallery
from doujia.server.work import actions as work
from doujia.server.work import queries as work_queries
from doujia.server.work.actions.reviews import Verdict
from doujia.server.work.models import DayCount, Lease, Ready, Submission, Task

from .conftest import Hall


@pytest.fixture
def told() -> Iterator[list[Any]]:
    heard: list[Any] = []
    for kind in (AppealDecided, PracticeRecommended):
        events.subscribe(kind)(heard.append)
    yield heard
    for kind in (AppealDecided, PracticeRecommended):
        events._subscribers[kind].remove(heard.append)


def rejected(hall: Hall) -> str:
    """Wu's answer, sent back by the lead."""
    hall.world.fill("a.txt")
    submission = hall.submit(hall.person("wu"))
    hall.judge(hall.person("lead", "lead"), "reject")
    return submission


def state(submission: str) -> str:
    return Submission.objects.get(id=uuid.UUID(submission)).state


def day(hall: Hall, name: str) -> DayCount:
    return DayCount.objects.get(person=hall.person(name).person)


@pytest.mark.parametrize(
    ("filed", "due"),
    [  # 2026-03-05 is a Thursday; the ends of days are Shanghai's, 16:00 UTC
        (datetime(2026, 3, 5, 4, tzinfo=UTC), datetime(2026, 3, 10, 16, tzinfo=UTC)),
        (datetime(2026, 3, 2, 4, tzinfo=UTC), datetime(2026, 3, 5, 16, tzinfo=UTC)),
        (datetime(2026, 3, 7, 4, tzinfo=UTC), datetime(2026, 3, 11, 16, tzinfo=UTC)),
        (datetime(2026, 3, 5, 17, tzinfo=UTC), datetime(2026, 3, 11, 16, tzinfo=UTC)),  # Friday there already
    ],
)
def test_three_working_days_leave_out_the_weekend(filed: datetime, due: datetime) -> None:
    assert workdays.end_after(filed, 3) == due


def test_an_overturned_rejection_counts_as_right_and_the_task_is_done(hall: Hall, told: list[Any]) -> None:
    submission = rejected(hall)
    assert [(t.error_class, t.rule) for t in told] == [("place", "2.1")]
    wu = hall.person("wu")
    assert day(hall, "wu").returned == 1
    made = appeal(actor=wu, submission=submission, text="边是贴着的")
    assert day(hall, "wu").returned == 0
    assert hall.held(wu) == []  # it does not wait to be done again meanwhile
    assert hall.judge(hall.person("second", "lead"), "accept").state == "accepted"
    assert (state(submission), Task.objects.get().state) == ("accepted", "done")
    hers = day(hall, "wu")
    assert (hers.accepted, hers.passed, hers.returned) == (1, 1, 0)
    [decided] = [t for t in told if isinstance(t, AppealDecided)]
    assert (decided.appeal, decided.outcome, decided.moved_on) == (made, "overturned", False)
    assert decided.reviewer == hall.person("lead").person
    assert decided.decided_by == hall.person("second").person


def test_an_upheld_rejection_is_done_again_and_counts_once(hall: Hall, told: list[Any]) -> None:
    submission = rejected(hall)
    wu = hall.person("wu")
    appeal(actor=wu, submission=submission)
    hall.judge(hall.person("second", "lead"), "reject", "class", None)
    assert state(submission) == "rejected"
    assert day(hall, "wu").returned == 1
    [again] = hall.held(wu)
    assert again.mode == "rework"
    [decided] = [t for t in told if isinstance(t, AppealDecided)]
    assert decided.outcome == "upheld"
    with pytest.raises(Conflict) as refused:
        appeal(actor=wu, submission=submission)
    assert refused.value.code == "appealed_before"


def test_good_enough_after_a_correction_is_accepted_but_not_counted_as_right(
    hall: Hall, told: list[Any]
) -> None:
    submission = rejected(hall)
    appeal(actor=hall.person("wu"), submission=submission)
    hall.judge(hall.person("second", "lead"), "fix", marks=[span("m1", "person")])
    hers = day(hall, "wu")
    assert (hers.accepted, hers.passed, hers.fixed, hers.returned) == (1, 0, 1, 0)
    assert state(submission) == "fixed"
    assert [t.outcome for t in told if isinstance(t, AppealDecided)] == ["partly"]


def test_who_gave_the_first_verdict_does_not_give_the_second(hall: Hall) -> None:
    submission = rejected(hall)
    lead = hall.person("lead", "lead")
    appeal(actor=hall.person("wu"), submission=submission)
    assert hall.held(lead, "review") == []
    second = hall.person("second", "lead")
    [held] = hall.held(second, "review")
    # Even with a place in the queue of her own making the first reviewer is refused.
    Lease.objects.update(holder=lead.person)
    from doujia.server.work import opaque, queues

    token = opaque.write_token(queues.of(hall.project).seed, lead.person, held.place.id, held.place.fence)
    with pytest.raises(Forbidden) as refused:
        work.review(
            actor=lead,
            sent=Verdict(
                id=uuid.uuid4(), task=opaque.encode(held.place.task), lease=token, submission=uuid.UUID(submission), verdict="accept"
            ),
        )  # fmt: skip
    assert refused.value.code == "own_verdict"


def test_the_second_reviewer_sees_no_trace_of_the_first(hall: Hall) -> None:
    submission = rejected(hall)
    lead, wu = hall.person("lead", "lead"), hall.person("wu")
    task = work_queries.verdicts_on(submission)[0].task
    work.comment(actor=lead, task=task, text="这里不对")
    work.comment(actor=wu, task=task, text="请看")
    appeal(actor=wu, submission=submission)
    second = hall.person("second", "lead")
    [held] = hall.held(second, "review")
    [shown], _ = work_queries.describe([held], second.person)
    assert shown["findings"] == []
    assert [c["text"] for c in shown["comments"]] == ["请看"]
    assert "rejected" not in str(shown["previous"])
    [seen] = work_queries.revisions(actor=second, task=task)
    assert seen.reviews == []
    page = queries.of_project(actor=second, project=hall.project)
    assert (len(page.open), page.open[0].judges, page.decided) == (1, 1, [])
    hall.judge(second, "accept")
    [seen] = work_queries.revisions(actor=second, task=task)
    assert [v["verdict"] for v in seen.reviews] == ["reject", "accept"]


def test_the_gallery_does_not_show_what_is_being_judged_again(hall: Hall) -> None:
    submission = rejected(hall)
    second = hall.person("second", "lead")
    reports.catch_up(hall.project)
    where = FindingFilter()
    assert len(gallery(actor=second, project=hall.project, where=where, days=0).items) == 1
    appeal(actor=hall.person("wu"), submission=submission)
    assert gallery(actor=second, project=hall.project, where=where, days=0).items == []


def test_an_answer_done_again_since_is_only_judged(hall: Hall, told: list[Any]) -> None:
    submission = rejected(hall)
    wu, second = hall.person("wu"), hall.person("second", "lead")
    later = hall.submit(wu, [span("m1", "person")])
    hall.judge(second, "accept")
    assert Task.objects.get().state == "done"
    appeal(actor=wu, submission=submission)
    assert state(submission) == "disputed"
    assert day(hall, "wu").returned == 0
    third = hall.person("third", "manager")
    assert hall.judge(third, "accept").state == "accepted"
    assert (state(submission), state(later)) == ("cleared", "accepted")
    [row] = next(iter(work_queries.accepted(hall.project)))
    assert row.submission == later
    hers = day(hall, "wu")
    assert (hers.accepted, hers.passed, hers.returned) == (1, 2, 0)
    [decided] = [t for t in told if isinstance(t, AppealDecided)]
    assert (decided.outcome, decided.moved_on) == ("overturned", True)
    assert Task.objects.get().accepted == 1


def test_another_person_who_does_it_again_is_not_disturbed(hall: Hall, told: list[Any]) -> None:
    submission = rejected(hall)
    wu, li = hall.person("wu"), hall.person("li")
    clock.advance(timedelta(hours=25))
    [lease] = hall.held(li)
    appeal(actor=wu, submission=submission)
    assert state(submission) == "disputed"
    assert Lease.objects.get(holder=li.person).id == lease.place.id
    hall.judge(hall.person("second", "lead"), "reject")
    assert state(submission) == "rejected"
    assert not Ready.objects.exists()
    assert [t.outcome for t in told if isinstance(t, AppealDecided)] == ["upheld"]


def test_she_may_appeal_while_she_holds_it_to_do_it_again(hall: Hall) -> None:
    submission = rejected(hall)
    wu = hall.person("wu")
    [held] = hall.held(wu)
    assert held.mode == "rework"
    appeal(actor=wu, submission=submission)
    assert not Lease.objects.exists()
    withdraw(actor=wu, appeal_id=str(Appeal.objects.get().id))
    assert state(submission) == "rejected"
    assert day(hall, "wu").returned == 1
    assert hall.held(wu)[0].mode == "rework"


def test_an_appeal_under_way_cannot_be_taken_back(hall: Hall) -> None:
    submission = rejected(hall)
    made = appeal(actor=hall.person("wu"), submission=submission)
    assert len(hall.held(hall.person("second", "lead"), "review")) == 1
    with pytest.raises(Conflict) as refused:
        withdraw(actor=hall.person("wu"), appeal_id=made)
    assert refused.value.code == "being_checked"


def test_fourteen_days(hall: Hall) -> None:
    submission = rejected(hall)
    wu = hall.person("wu")
    clock.advance(timedelta(days=14))
    assert [a.submission for a in queries.mine(actor=wu).open_to_appeal] == [submission]
    clock.advance(timedelta(seconds=1))
    with pytest.raises(Conflict) as refused:
        appeal(actor=wu, submission=submission)
    assert refused.value.code == "appeal_too_late"
    assert queries.mine(actor=wu).open_to_appeal == []


def test_only_the_author_appeals_and_the_same_twice_is_one(hall: Hall) -> None:
    submission = rejected(hall)
    with pytest.raises(Forbidden):
        appeal(actor=hall.person("li"), submission=submission)
    with pytest.raises(NotFound):
        appeal(actor=hall.person("wu"), submission=str(uuid.uuid4()))
    wu = hall.person("wu")
    assert appeal(actor=wu, submission=submission) == appeal(actor=wu, submission=submission)


def test_an_answer_nobody_rejected_cannot_be_appealed(hall: Hall) -> None:
    hall.world.fill("a.txt")
    submission = hall.submit(hall.person("wu"))
    with pytest.raises(NotFound):
        appeal(actor=hall.person("wu"), submission=submission)


def test_reopening_by_the_lead_ends_the_appeal(hall: Hall) -> None:
    submission = rejected(hall)
    appeal(actor=hall.person("wu"), submission=submission)
    work.reopen(actor=hall.person("lead"), submission=submission)
    assert Appeal.objects.get().state == "moot"


def test_overdue_appeals_are_shown_to_whoever_may_answer(hall: Hall) -> None:
    submission = rejected(hall)
    appeal(actor=hall.person("wu"), submission=submission)
    second = hall.person("second", "lead")
    [row] = queries.waiting(actor=second)
    assert (row.open, row.overdue, row.next_due) == (1, 0, datetime(2026, 3, 10, 16, tzinfo=UTC))
    assert queries.waiting(actor=hall.person("wu")) == []
    assert queries.waiting(actor=hall.person("lead")) == []  # the first reviewer cannot help here
    clock.advance(timedelta(days=6))
    assert queries.waiting(actor=second)[0].overdue == 1
    assert queries.mine(actor=hall.person("wu")).appeals[0].overdue


def test_the_overturn_rate_of_a_reviewer_comes_with_its_interval(hall: Hall) -> None:
    hall.world.fill(*(f"{n}.txt" for n in range(4)))
    wu, lead, second = hall.person("wu"), hall.person("lead", "lead"), hall.person("second", "lead")
    sent = [hall.submit(wu) for _ in range(4)]
    for _ in sent:
        hall.judge(lead, "reject")
    for n, word in enumerate(("accept", "reject", "reject")):
        appeal(actor=wu, submission=sent[n])
        hall.judge(second, word)
    rows = {r.reviewer: r for r in queries.overturns(actor=lead, project=hall.project)}
    first = rows[lead.person]
    assert (first.rejections, first.appeals, first.overturned, first.upheld) == (4, 3, 1, 2)
    # Wilson for 1 of 3 at 95 %: statsmodels proportion_confint(1, 3, method="wilson")
    assert first.share.low == pytest.approx(0.0614919, abs=1e-6)
    assert first.share.high == pytest.approx(0.7923404, abs=1e-6)
    assert rows[second.person].share.value is None


def test_the_story_over_http(hall: Hall, client_for: Callable[[str], Client]) -> None:
    submission = rejected(hall)
    wu = client_for(hall.person("wu").person)
    offered = wu.get("/api/v1/quality/appeals/mine").json()["open_to_appeal"]
    assert [(o["submission"], o["findings"][0]["error_class"]) for o in offered] == [(submission, "place")]
    made = wu.post(
        "/api/v1/quality/appeals", {"submission": submission, "text": "没错"}, content_type="application/json"
    )
    assert made.status_code == 201
    mine = wu.get("/api/v1/quality/appeals/mine").json()
    assert mine["open_to_appeal"] == []
    assert (mine["appeals"][0]["state"], mine["appeals"][0]["text"]) == ("open", "没错")
    rows = wu.get("/api/v1/work/mine").json()["items"]
    assert [r["state"] for r in rows] == ["submitted"]
    hall.judge(hall.person("second", "lead"), "accept")
    lead = client_for(hall.person("lead").person)
    page = lead.get(f"/api/v1/quality/projects/{hall.project}/appeals").json()
    assert [(d["outcome"], d["name"]) for d in page["decided"]] == [("overturned", "wu")]
    assert wu.get("/api/v1/quality/appeals/mine").json()["appeals"][0]["state"] == "overturned"
    assert wu.post(f"/api/v1/quality/appeals/{mine['appeals'][0]['id']}/withdraw").status_code == 409
