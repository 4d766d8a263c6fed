"""An answer that came too late: the lead sees both, takes the late one after all or keeps it aside; nothing is lost or counted twice."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from doujia.server.kernel import clock, events
from doujia.server.kernel.errors import Conflict, Forbidden, NotFound
from doujia.server.work import actions, queries
from doujia.server.work.events import SubmissionAccepted, SubmissionReopened
from doujia.server.work.models import Content, Lease, Ready, Review, Submission, Task

from .conftest import box


@pytest.fixture
def late(room: Any) -> Any:
    """Wu's lease runs out while she draws; Li gets the picture; Wu hands in all the same. Returns Li's lease."""
    room.add("a")
    [hers] = room.take(room.wu)
    clock.advance(timedelta(minutes=31))
    actions.sweep_expired()
    [his] = room.take(room.li)
    assert room.submit(room.wu, hers, [box("m1"), box("m2", "truck")]).state == "extra"
    return his


def the_extra() -> str:
    return str(Submission.objects.get(person="wu").id)


def states() -> dict[str, str]:
    return dict(Submission.objects.values_list("person", "state"))


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What others are told."""
    heard: list[Any] = []
    publish = events.publish
    monkeypatch.setattr(events, "publish", lambda event: (heard.append(event), publish(event))[1])
    return heard


def test_taken_instead_of_an_accepted_one(room: Any, late: Any, told: list[Any]) -> None:
    assert room.submit(room.li, late).state == "accepted"
    before = queries.board(actor=room.lead, project="p1")
    assert (before.extras, before.done) == (1, 1)
    actions.take_extra(actor=room.lead, submission=the_extra())
    assert states() == {"wu": "accepted", "li": "aside"}
    task = Task.objects.get()
    assert (task.state, task.accepted, task.answered) == ("done", 1, 1)
    after = queries.board(actor=room.lead, project="p1")
    assert (after.extras, after.done) == (0, 1)
    # Lists filter by what the answer that counts says.
    assert dict(Content.objects.filter(key__startswith="class:").values_list("key", "n")) == {
        "class:car": 1,
        "class:truck": 1,
    }
    assert {p.person: p.accepted for p in after.people} == {"wu": 1, "li": 0, "lead": 0}
    # Pay hears that Li's answer does not count any more and that Wu's does.
    undone = [e for e in told if isinstance(e, SubmissionReopened)]
    accepted = [e for e in told if isinstance(e, SubmissionAccepted)][-1]
    assert [(e.person, e.was) for e in undone] == [("li", "accepted")]
    assert (accepted.person, accepted.reviewer) == ("wu", "lead")
    assert (Ready.objects.count(), Lease.objects.count()) == (0, 0)
    assert [(r.reviewer, r.verdict) for r in Review.objects.all()] == [("lead", "accept")]


def test_taken_while_the_other_is_still_at_work_and_his_comes_late_in_turn(room: Any, late: Any) -> None:
    actions.take_extra(actor=room.lead, submission=the_extra())
    assert Task.objects.get().state == "done"
    assert room.submit(room.li, late).state == "extra"
    assert states() == {"wu": "accepted", "li": "extra"}


def test_kept_aside_it_stays_readable_and_is_asked_about_no_more(room: Any, late: Any) -> None:
    room.submit(room.li, late)
    actions.keep_extra_aside(actor=room.lead, submission=the_extra())
    assert states() == {"wu": "aside", "li": "accepted"}
    assert queries.extras(actor=room.lead, project="p1").items == []
    assert queries.extra(actor=room.lead, submission=the_extra()).extra.state == "aside"
    for again in (actions.take_extra, actions.keep_extra_aside):
        with pytest.raises(Conflict) as conflict:
            again(actor=room.lead, submission=the_extra())
        assert conflict.value.code == "not_an_extra"


def test_both_are_shown_with_what_differs(room: Any, late: Any) -> None:
    detail = queries.extra(actor=room.lead, submission=the_extra())
    assert (detail.standing, detail.remarks) == (None, [])
    room.submit(room.li, late)
    detail = queries.extra(actor=room.lead, submission=the_extra())
    assert detail.standing is not None
    assert (detail.standing.person, detail.extra.person) == ("li", "wu")
    # Both drew the car alike; only the late answer has a truck in the same place.
    assert [(r.code, r.standing, r.extra) for r in detail.remarks] == [("extra", None, "m2")]
    assert "truck" in detail.remarks[0].zh
    assert detail.item["name"] == "a.jpg" and detail.item["urls"]["preview"] == "/media/a"


def test_while_the_other_is_being_checked_nothing_is_taken(room: Any, late: Any) -> None:
    room.settings.review_share = 1.0
    room.submit(room.li, late)
    [held] = room.take(room.lead, kind="review")
    with pytest.raises(Conflict) as conflict:
        actions.take_extra(actor=room.lead, submission=the_extra())
    assert conflict.value.code == "being_checked"
    assert states() == {"wu": "extra", "li": "submitted"} and Lease.objects.filter(id=held.place.id).exists()


def test_nobody_takes_her_own_and_strangers_see_nothing(room: Any, late: Any) -> None:
    room.add("b")
    clock.advance(timedelta(minutes=1))
    [own] = room.take(room.lead)
    clock.advance(timedelta(minutes=31))
    actions.sweep_expired()
    room.take(room.zhao, 2)
    assert room.submit(room.lead, own).state == "extra"
    mine = str(Submission.objects.get(person="lead").id)
    with pytest.raises(Forbidden):
        actions.take_extra(actor=room.lead, submission=mine)
    for ask in (actions.take_extra, actions.keep_extra_aside, queries.extra):
        with pytest.raises(NotFound):
            ask(actor=room.stranger, submission=the_extra())
    with pytest.raises(Forbidden):
        actions.take_extra(actor=room.wu, submission=the_extra())


def test_nobody_counts_twice_in_one_task(room: Any) -> None:
    room.settings.overlap = 2
    room.add("a")
    [first] = room.take(room.wu)
    clock.advance(timedelta(minutes=31))
    actions.sweep_expired()
    [li] = room.take(room.li)
    [again] = room.take(room.wu)
    assert again.place.id != li.place.id
    room.submit(room.wu, again)
    late = first if first.place.id == li.place.id else None
    assert late is not None, "the slot that ran out is the one that was given on"
    assert room.submit(room.wu, late).state == "extra"
    with pytest.raises(Conflict) as conflict:
        actions.take_extra(actor=room.lead, submission=str(Submission.objects.get(state="extra").id))
    assert conflict.value.code == "answered_already"
