"""Take, draft, submit: the way of a task through a worker's hands."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest

from doujia.errors import ValidationError
from doujia.marks.deltas import AddOp, Delta, SetOp
from doujia.server.kernel import clock
from doujia.server.kernel.errors import Conflict, Forbidden, NotFound
from doujia.server.work import actions, neighbours, opaque
from doujia.server.work.actions.drafts import DraftSent
from doujia.server.work.models import Draft, Lease, Ready, Submission, Task

from .conftest import box, sent

A_MARK = {
    "id": "m1",
    "label": "car",
    "geometry": {"kind": "box", "x0": 1.0, "y0": 2.0, "x1": 30.0, "y1": 40.0},
}


def test_a_task_is_taken_and_submitted(room: Any) -> None:
    room.add("a", "b")
    [held] = room.take(room.wu)
    receipt = room.submit(room.wu, held, active_ms=9000)
    assert (receipt.state, receipt.today.items, receipt.today.active_ms, receipt.today.accepted) == (
        "accepted",
        1,
        9000,
        1,
    )
    assert Task.objects.get(item="a").state == "done"
    assert (Ready.objects.count(), Lease.objects.count(), Submission.objects.count()) == (1, 0, 1)


def test_priority_comes_first_then_age(room: Any) -> None:
    room.add("old", "older-sister")
    room.add("urgent", priority=5)
    taken = [Task.objects.get(id=h.place.task).item for h in room.take(room.wu, 3)]
    assert taken == ["urgent", "old", "older-sister"]


def test_a_task_is_held_by_one_person_only(room: Any) -> None:
    room.add("a")
    assert len(room.take(room.wu)) == 1
    pack = actions.take_next(actor=room.li, project="p1")
    assert pack.held == [] and pack.empty is not None and pack.empty.reason == "all_leased"


def test_what_one_holds_oneself_is_no_reason_to_wait(room: Any) -> None:
    room.add("a")
    [held] = room.take(room.wu)
    pack = actions.take_next(actor=room.wu, project="p1", have=[opaque.encode(held.place.task)])
    assert pack.held == [] and pack.empty is not None and pack.empty.reason == "done"


def test_overlap_gives_an_item_to_different_people(room: Any) -> None:
    room.settings.overlap = 2
    room.add("a")
    [first] = room.take(room.wu, 5)
    assert room.take(room.wu, 5, have=[opaque.encode(first.place.task)]) == []
    room.submit(room.wu, first)
    assert room.take(room.wu, 5) == []
    [second] = room.take(room.li, 5)
    assert second.place.task == first.place.task and second.place.id != first.place.id
    assert Task.objects.get().state == "open"
    room.submit(room.li, second)
    assert Task.objects.get().state == "done"
    assert room.take(room.zhao) == []


def test_somebody_who_did_the_front_of_the_queue_still_finds_work_behind_it(room: Any) -> None:
    room.settings.overlap = 2
    room.add(*(f"i{n:03}" for n in range(90)))
    for _ in range(9):
        for held in room.take(room.wu, 10):
            room.submit(room.wu, held)
    room.add("late")
    [held] = room.take(room.wu)
    assert Task.objects.get(id=held.place.task).item == "late"
    assert Task.objects.get(id=room.take(room.li)[0].place.task).item == "i000"


def test_a_browser_that_lost_its_tasks_gets_them_again(room: Any) -> None:
    room.add("a", "b", "c")
    mine = room.take(room.wu, 2)
    again = room.take(room.wu, 3, have=[opaque.encode(mine[0].place.task)])
    assert again[0].place.task == mine[1].place.task
    assert len(again) == 2 and Lease.objects.count() == 3


def test_the_same_submission_twice_is_kept_once_with_the_same_answer(room: Any) -> None:
    room.add("a")
    [held] = room.take(room.wu)
    one = sent(held)
    first = actions.submit(actor=room.wu, sent=one)
    assert actions.submit(actor=room.wu, sent=one) == first
    assert Submission.objects.count() == 1 and first.today.items == 1


def test_an_id_of_somebody_elses_submission_is_refused(room: Any) -> None:
    room.add("a", "b")
    [mine], [hers] = room.take(room.wu), room.take(room.li)
    taken = uuid.uuid4()
    room.submit(room.wu, mine, id=taken)
    with pytest.raises(Conflict) as refused:
        room.submit(room.li, hers, id=taken)
    assert refused.value.code == "submission_id_taken"
    assert room.submit(room.li, hers).state == "accepted"


def test_marks_that_break_the_schema_are_refused_by_name(room: Any) -> None:
    room.add("a")
    [held] = room.take(room.wu)
    with pytest.raises(ValidationError) as refused:
        room.submit(room.wu, held, [box("m1"), box("m2", "bicycle")])
    assert [(p.mark, p.field) for p in refused.value.problems] == [("m2", "label")]
    assert Submission.objects.count() == 0 and Lease.objects.count() == 1


def test_a_token_of_somebody_else_opens_nothing(room: Any) -> None:
    room.add("a")
    [held] = room.take(room.wu)
    with pytest.raises(Forbidden):
        room.submit(room.li, held)
    with pytest.raises(NotFound):
        room.submit(room.stranger, held)


def test_late_but_the_slot_is_free_counts(room: Any) -> None:
    room.add("a")
    [held] = room.take(room.wu)
    clock.advance(timedelta(minutes=31))
    assert actions.sweep_expired() == 1
    receipt = room.submit(room.wu, held)
    assert receipt.state == "accepted" and Submission.objects.get().late is True
    assert Ready.objects.count() == 0


def test_late_and_taken_is_kept_as_an_extra(room: Any) -> None:
    room.add("a")
    [held] = room.take(room.wu)
    clock.advance(timedelta(minutes=31))
    actions.sweep_expired()
    [other] = room.take(room.li)
    assert other.place.fence == held.place.fence + 1
    assert room.submit(room.wu, held).state == "extra"
    assert room.submit(room.li, other).state == "accepted"
    assert sorted(Submission.objects.values_list("person", "state")) == [("li", "accepted"), ("wu", "extra")]


def test_two_browsers_of_one_person_lose_nothing(room: Any) -> None:
    room.add("a")
    [here] = room.take(room.wu)
    [there] = room.take(room.wu)
    assert here.place.task == there.place.task
    assert room.submit(room.wu, here).state == "accepted"
    assert room.submit(room.wu, there).state == "extra"


def test_a_lease_before_its_end_stays_and_a_draft_extends_it(room: Any) -> None:
    room.add("a", "b")
    held = room.take(room.wu, 2)
    clock.advance(timedelta(minutes=29))
    kept = actions.save_draft(
        actor=room.wu,
        task=opaque.encode(held[0].place.task),
        lease=held[0].token,
        sent=DraftSent(seq=1, marks=[A_MARK]),
    )
    assert kept.until == clock.now() + timedelta(minutes=30)
    clock.advance(timedelta(minutes=29))
    assert actions.sweep_expired() == 0
    clock.advance(timedelta(minutes=2))
    assert actions.sweep_expired() == 2


def test_a_clock_that_jumps_back_ends_no_lease_early(room: Any) -> None:
    room.add("a")
    [held] = room.take(room.wu)
    clock.advance(timedelta(hours=-1))
    assert actions.sweep_expired() == 0
    assert room.submit(room.wu, held).state == "accepted"


def test_drafts_by_snapshot_and_by_deltas(room: Any) -> None:
    room.add("a")
    [held] = room.take(room.wu)
    task = opaque.encode(held.place.task)

    def keep(**values: Any) -> Any:
        return actions.save_draft(actor=room.wu, task=task, lease=held.token, sent=DraftSent(**values))

    keep(seq=1, marks=[A_MARK])
    keep(seq=3, base=1, deltas=[
        Delta(2, [SetOp("m1", "label", "car", "truck")]), Delta(3, [AddOp(1, {**A_MARK, "id": "m2"})]),
    ])  # fmt: skip
    kept = Draft.objects.get()
    assert kept.seq == 3
    assert '"truck"' in kept.document and '"m2"' in kept.document
    with pytest.raises(Conflict) as unknown:
        keep(seq=9, base=7, deltas=[])
    assert unknown.value.code == "draft_base_unknown"
    assert keep(seq=2, marks=[]).seq == 3
    room.submit(room.wu, held)
    assert Draft.objects.count() == 0


def test_skipping_gives_the_task_to_others_and_parks_it_after_three(room: Any) -> None:
    room.add("a")
    for who in (room.wu, room.li):
        [held] = room.take(who)
        actions.skip(actor=who, task=opaque.encode(held.place.task), lease=held.token, reason="blurred")
        assert room.take(who) == []
    [held] = room.take(room.zhao)
    actions.skip(actor=room.zhao, task=opaque.encode(held.place.task), lease=held.token, reason="blurred")
    assert Task.objects.get().state == "parked"
    assert room.take(room.lead) == []


def test_what_is_given_back_comes_first_again(room: Any) -> None:
    room.add("a", "b")
    [held] = room.take(room.wu)
    actions.give_back(actor=room.wu, task=opaque.encode(held.place.task), lease=held.token)
    [again] = room.take(room.li)
    assert (again.place.task, again.place.fence) == (held.place.task, held.place.fence + 1)
    with pytest.raises(Conflict):
        actions.give_back(actor=room.wu, task=opaque.encode(held.place.task), lease=held.token)


@pytest.mark.parametrize("kind", ["work", "review"])
def test_upsetting_content_goes_only_to_people_who_have_agreed(
    room: Any, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    room.settings.sensitive = True
    monkeypatch.setattr(
        neighbours.people, "qualified", lambda who, skill, level: (who, skill) == (room.li.person, "sensitive-content")
    )  # fmt: skip
    room.add("a")
    pack = actions.take_next(actor=room.lead if kind == "review" else room.wu, project="p1", kind=kind)
    assert pack.empty is not None and pack.empty.reason == "not_agreed"
    if kind == "work":
        assert len(room.take(room.li)) == 1


def test_who_lacks_the_skill_is_told_so(room: Any) -> None:
    room.settings.skills = ["li"]
    room.add("a")
    pack = actions.take_next(actor=room.wu, project="p1")
    assert pack.empty is not None and pack.empty.reason == "no_right"
    assert len(room.take(room.li)) == 1


def test_items_come_into_the_queue_once(room: Any) -> None:
    assert len(room.add("a", "b", "a", "no-such")) == 2
    assert room.add("b", "c") != [] and Task.objects.count() == 3


def test_a_store_against_a_dead_line_leaves_plenty_for_others(room: Any) -> None:
    room.add(*(f"i{n:03}" for n in range(40)))
    first = room.take(room.wu, 4)
    have = [opaque.encode(h.place.task) for h in first]
    # 36 wait: one in nine goes into the store, the other eight are left.
    stored = room.take(room.wu, 15, have=have, store=True)
    assert len(stored) == 4
    have += [opaque.encode(h.place.task) for h in stored]
    assert len(room.take(room.wu, 2, have=have, store=True)) == 2
    assert len(room.take(room.li, 20)) == 20
    [one] = room.take(room.zhao, 10, store=True)
    keep = [opaque.encode(one.place.task)]
    [two] = room.take(room.zhao, 10, have=keep, store=True)
    assert room.take(room.zhao, 10, have=[*keep, opaque.encode(two.place.task)], store=True) == []
    assert len(room.take(room.zhao, 10, have=[*keep, opaque.encode(two.place.task)])) == 8
