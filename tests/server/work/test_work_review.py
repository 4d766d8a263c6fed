"""Checking, rework, reopening, and what other rooms ask for."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest

from doujia.server.kernel import clock, events
from doujia.server.kernel.errors import Conflict, Forbidden, NotFound, Unprocessable
from doujia.server.work import actions, opaque
from doujia.server.work import events as facts
from doujia.server.work.actions.reviews import Finding, Verdict
from doujia.server.work.models import Content, DayCount, Ready, Submission, Task

from .conftest import box, person, sent


@pytest.fixture
def told() -> Any:
    """Everything the room publishes, in order."""
    heard: list[Any] = []
    kinds = (
        facts.SubmissionReceived,
        facts.SubmissionAccepted,
        facts.SubmissionRejected,
        facts.SubmissionReopened,
        facts.TaskCompleted,
    )
    for kind in kinds:
        events.subscribe(kind)(heard.append)
    yield heard
    for kind in kinds:
        events._subscribers[kind].remove(heard.append)


def verdict(held: Any, word: str, **more: Any) -> Verdict:
    findings = more.pop(
        "findings", [Finding(error_class="loose", place=(3.0, 4.0), rule="2.1")] if word == "reject" else []
    )
    return Verdict(
        id=more.pop("id", None) or uuid.uuid4(), task=opaque.encode(held.place.task), lease=held.token,
        submission=held.place.subject, verdict=word, findings=findings, **more,
    )  # fmt: skip


def submitted(room: Any, who: Any = None, item: str = "a") -> Any:
    room.settings.review_share = 1.0
    room.add(item)
    [held] = room.take(who or room.wu)
    assert room.submit(who or room.wu, held, active_ms=5000).state == "submitted"
    return held


def check(room: Any, word: str, who: Any = None, **more: Any) -> Any:
    [held] = room.take(who or room.lead, kind="review")
    return actions.review(actor=who or room.lead, sent=verdict(held, word, **more))


def test_accepting_counts_for_the_author(room: Any, told: Any) -> None:
    submitted(room)
    assert Task.objects.get().state == "open"
    receipt = check(room, "accept", active_ms=1200)
    assert (receipt.state, receipt.today.items) == ("accepted", 1)
    assert Task.objects.get().state == "done"
    hers = DayCount.objects.get(person="wu")
    assert (hers.items, hers.accepted, hers.passed, hers.returned) == (1, 1, 1, 0)
    assert [type(f).__name__ for f in told] == ["SubmissionReceived", "SubmissionAccepted", "TaskCompleted"]
    assert (told[1].person, told[1].reviewer, told[1].active_ms, told[1].review_ms) == (
        "wu",
        "lead",
        5000,
        1200,
    )


def test_nobody_checks_her_own_work(room: Any) -> None:
    both = person("both", "lead")
    submitted(room, both)
    pack = actions.take_next(actor=both, project="p1", kind="review")
    assert pack.held == []
    assert len(room.take(room.lead, kind="review")) == 1


def test_a_rejection_goes_to_its_author_first_and_then_to_anybody(room: Any) -> None:
    submitted(room)
    assert check(room, "reject").state == "rejected"
    assert room.take(room.li) == []
    [again] = room.take(room.wu)
    assert again.mode == "rework"
    room.submit(room.wu, again, [box("m1", "truck")])
    assert list(Submission.objects.order_by("revision").values_list("revision", "state", "mode")) == [
        (1, "rejected", "work"), (2, "submitted", "rework"),
    ]  # fmt: skip
    assert set(Content.objects.values_list("key", flat=True)) == {"class:truck", "kind:box"}
    check(room, "reject")
    clock.advance(timedelta(hours=25))
    [hers] = room.take(room.li)
    assert hers.mode == "work"


def test_a_rejection_says_what_is_wrong(room: Any) -> None:
    submitted(room)
    with pytest.raises(Unprocessable) as refused:
        check(room, "reject", findings=[])
    assert refused.value.code == "finding_missing"


def test_an_old_answer_does_not_pass_for_the_rework(room: Any) -> None:
    held = submitted(room)
    check(room, "reject")
    assert room.submit(room.wu, held).state == "extra"
    assert room.take(room.wu)[0].mode == "rework"


def test_fix_and_accept_keeps_both_revisions(room: Any, told: Any) -> None:
    submitted(room)
    receipt = check(room, "fix", marks=[box("m1", "truck"), box("m2", "truck")])
    assert receipt.state == "accepted"
    first, fixed = Submission.objects.order_by("revision")
    assert (first.state, first.person, fixed.state, fixed.mode, fixed.person) == (
        "fixed",
        "wu",
        "accepted",
        "fix",
        "lead",
    )
    accepted = next(f for f in told if isinstance(f, facts.SubmissionAccepted))
    assert (accepted.submission, accepted.final, accepted.person) == (str(first.id), str(fixed.id), "wu")
    assert dict(Content.objects.values_list("key", "n")) == {"class:truck": 2, "kind:box": 2}


def test_a_verdict_sent_twice_counts_once(room: Any) -> None:
    submitted(room)
    [held] = room.take(room.lead, kind="review")
    once = verdict(held, "accept")
    assert actions.review(actor=room.lead, sent=once) == actions.review(actor=room.lead, sent=once)
    assert DayCount.objects.get(person="wu").accepted == 1


def test_two_reviewers_the_second_verdict_is_kept_without_effect(room: Any) -> None:
    submitted(room)
    [first] = room.take(room.lead, kind="review")
    clock.advance(timedelta(minutes=31))
    actions.sweep_expired()
    client = room.client
    [second] = room.take(client, kind="review")
    assert actions.review(actor=client, sent=verdict(second, "accept")).state == "accepted"
    assert actions.review(actor=room.lead, sent=verdict(first, "reject")).state == "extra"
    assert Task.objects.get().state == "done"


def test_a_worker_may_not_review(room: Any) -> None:
    submitted(room)
    with pytest.raises(Forbidden):
        room.take(room.li, kind="review")


def test_the_sample_is_the_same_each_time_and_near_its_share(room: Any) -> None:
    seed = b"0123456789abcdef"
    drawn = [opaque.fraction(seed, "review", slot, 1) < 0.2 for slot in range(10_000)]
    assert drawn == [opaque.fraction(seed, "review", slot, 1) < 0.2 for slot in range(10_000)]
    # 10,000 draws at 0.2: the standard deviation is 40, so that five of them make 1800 … 2200.
    assert 1800 < sum(drawn) < 2200


def test_the_author_reopens_while_nobody_checks(room: Any, told: Any) -> None:
    submitted(room)
    actions.reopen(actor=room.wu, submission=str(Submission.objects.get().id))
    assert Ready.objects.filter(kind="review").count() == 0
    [again] = room.take(room.wu)
    assert again.mode == "rework"
    assert room.submit(room.wu, again).state == "submitted"
    assert any(isinstance(f, facts.SubmissionReopened) for f in told)


def test_the_author_does_not_reopen_what_is_being_checked_or_was_checked(room: Any) -> None:
    submitted(room)
    one = str(Submission.objects.get().id)
    [held] = room.take(room.lead, kind="review")
    with pytest.raises(Conflict) as busy:
        actions.reopen(actor=room.wu, submission=one)
    assert busy.value.code == "being_checked"
    actions.review(actor=room.lead, sent=verdict(held, "accept"))
    with pytest.raises(Conflict) as late:
        actions.reopen(actor=room.wu, submission=one)
    assert late.value.code == "too_late_to_reopen"
    with pytest.raises(Forbidden):
        actions.reopen(actor=room.li, submission=one)
    with pytest.raises(NotFound):
        actions.reopen(actor=room.stranger, submission=one)
    actions.reopen(actor=room.lead, submission=one)
    assert (Task.objects.get().state, Task.objects.get().accepted) == ("open", 0)
    assert DayCount.objects.get(person="wu").accepted == 0


def test_one_more_slot_and_an_arbiter(room: Any, told: Any) -> None:
    [task] = room.add("a")
    room.submit(room.wu, room.take(room.wu)[0])
    slot = actions.add_slot(task, person="zhao")
    assert Task.objects.get().state == "open"
    assert room.take(room.li) == []
    [second] = room.take(room.zhao)
    assert opaque.encode(second.place.id) == slot
    room.submit(room.zhao, second, [box("m1", "truck")])
    actions.add_slot(task, kind="arbitrate")
    assert room.take(person("zhao", "lead"), kind="review") == []
    [deciding] = room.take(room.lead, kind="review")
    assert deciding.mode == "arbitrate"
    assert room.submit(room.lead, deciding).state == "accepted"
    assert Task.objects.get().state == "done"
    assert [f.mode for f in told if isinstance(f, facts.SubmissionAccepted)] == ["work", "work", "arbitrate"]


def test_a_check_may_be_asked_for_while_an_answer_comes_in(room: Any) -> None:
    room.add("a")

    def ask(event: facts.SubmissionReceived) -> None:
        actions.require_review(submission=event.submission)

    events.subscribe(facts.SubmissionReceived)(ask)
    try:
        [held] = room.take(room.wu)
        assert room.submit(room.wu, held).state == "submitted"
    finally:
        events._subscribers[facts.SubmissionReceived].remove(ask)
    assert check(room, "accept").state == "accepted"


def test_a_check_of_every_answer_of_a_task(room: Any) -> None:
    [task] = room.add("a")
    assert actions.require_review(task=task) == 0
    assert room.submit(room.wu, room.take(room.wu)[0]).state == "submitted"
    assert actions.require_review(task=task) == 0


def test_an_offer_lasts_until_its_time(room: Any) -> None:
    room.add("a")
    slot = opaque.encode(Ready.objects.get().id)
    actions.offer_to(slot, person="li", until=clock.now() + timedelta(hours=1))
    assert room.take(room.wu) == []
    clock.advance(timedelta(hours=2))
    assert len(room.take(room.wu)) == 1
    with pytest.raises(Conflict):
        actions.offer_to(slot, person="li")


def test_what_breaks_in_a_subscriber_undoes_the_submission(room: Any) -> None:
    room.add("a")
    [held] = room.take(room.wu)

    def broken(event: facts.SubmissionReceived) -> None:
        raise RuntimeError("pay is broken")

    events.subscribe(facts.SubmissionReceived)(broken)
    try:
        with pytest.raises(RuntimeError):
            room.submit(room.wu, held)
    finally:
        events._subscribers[facts.SubmissionReceived].remove(broken)
    assert Submission.objects.count() == 0
    assert actions.submit(actor=room.wu, sent=sent(held)).state == "accepted"
