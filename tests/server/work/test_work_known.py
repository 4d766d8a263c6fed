"""A known task is slipped in among a person's work: nobody can tell, it counts and is paid, and it changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from doujia.server.kernel import clock, events
from doujia.server.kernel.errors import NotFound
from doujia.server.work import actions, known, opaque, queries
from doujia.server.work import events as facts
from doujia.server.work import queue_sql as sql
from doujia.server.work.models import Content, DayCount, KnownAnswer, Lease, Ready, Skip, Submission, Task

from .conftest import NOON, Room, box, person
from .test_work_review import check, submitted


@pytest.fixture
def told() -> Iterator[list[Any]]:
    heard: list[Any] = []
    kinds = (facts.SubmissionReceived, facts.SubmissionAccepted, facts.TaskCompleted)
    for kind in kinds:
        events.subscribe(kind)(heard.append)
    yield heard
    for kind in kinds:
        events._subscribers[kind].remove(heard.append)


def done_task(room: Room, item: str = "gold") -> str:
    """A task that li did and the lead passed."""
    submitted(room, room.li, item)
    check(room, "accept")
    room.settings.review_share = 0.0
    return opaque.encode(Task.objects.get(item=item).id)


def test_it_looks_like_any_other_task(room: Room) -> None:
    task = done_task(room)
    actions.comment(actor=room.lead, task=task, text="Look at the mirror.")
    room.add("a")
    assert actions.offer_known(task, person="wu")
    held = room.take(room.wu, 2)
    tasks, _ = queries.describe(held, "wu")
    by_id = {t["id"]: t for t in tasks}
    other = next(t for t in by_id if t != task)
    assert set(by_id) == {task, other} and {t["mode"] for t in tasks} == {"work"}
    same = (
        "mode",
        "project",
        "fence",
        "prelabels",
        "previous",
        "findings",
        "comments",
        "candidates",
        "fused",
    )
    for name in (*same, "schema_version", "guideline_version", "price_fen", "until"):
        assert by_id[task][name] == by_id[other][name], name
    assert b"known" not in msgspec.json.encode(tasks)


@pytest.mark.parametrize("checked", [0.0, 1.0])
def test_its_answer_gets_the_same_reply_and_changes_nothing_of_the_task(
    room: Room, told: list[Any], checked: float
) -> None:
    task = done_task(room)
    room.add("a")
    actions.offer_known(task, person="wu")
    held = room.take(room.wu, 2)
    room.settings.review_share = checked
    before = Task.objects.values().get(id=opaque.decode(task))
    released = [r.submission for rows in queries.accepted("p1") for r in rows]
    said = {h.place.kind: room.submit(room.wu, h, active_ms=4000).state for h in held}
    assert said == dict.fromkeys(("known", "work"), "submitted" if checked else "accepted")
    row = Submission.objects.get(task_id=opaque.decode(task), person="wu")
    if checked:
        # Nobody checks it: the grader lets it pass later.
        assert [r.task_id for r in Ready.objects.filter(kind="review")] == [Task.objects.get(item="a").id]
        assert actions.settle_known(str(row.id)) is True
    assert actions.settle_known(str(row.id)) is False
    assert Task.objects.values().get(id=opaque.decode(task)) == before
    assert [r.submission for rows in queries.accepted("p1") for r in rows if r.task == task] == released
    assert (
        Content.objects.filter(task_id=opaque.decode(task)).count()
        == Content.objects.filter(slot=Submission.objects.get(person="li").slot).count()
    )
    assert [a.person for a in queries.answers_of(task)] == ["li"]
    day = DayCount.objects.get(person="wu")
    assert (day.items, day.accepted, day.active_ms) == (2, 1 + (not checked), 8000)
    paid = [
        t for t in told if isinstance(t, facts.SubmissionAccepted) and t.person == "wu" and t.task == task
    ]
    assert [(p.mode, p.active_ms) for p in paid] == [("known", 4000)]
    assert [t.mode for t in told if isinstance(t, facts.SubmissionReceived) and t.task == task] == [
        "work",
        "known",
    ]
    mine = queries.mine(actor=room.wu).items
    assert {m.mode for m in mine} == {"work"}
    assert [v.mode for v in queries.revisions(actor=room.wu, task=task)] == ["work"]
    assert {v.mode for v in queries.revisions(actor=room.lead, task=task)} == {"work", "known"}
    found = queries.known_said(str(row.id))
    assert found is not None and (found.person, found.task, found.revision) == ("wu", task, 1)


def test_only_she_gets_it_and_only_once(room: Room) -> None:
    task = done_task(room)
    assert actions.offer_known(task, person="li") is None, "her own work"
    assert actions.offer_known(task, person="lead") is None, "who checked it"
    assert actions.offer_known(task, person="wu")
    assert actions.offer_known(task, person="wu") is None, "it waits already"
    assert actions.known_waiting("p1", person="wu") == 1
    assert room.take(room.zhao, 5) == []
    [held] = room.take(room.wu, 5)
    assert actions.offer_known(task, person="wu") is None
    assert actions.known_waiting("p1", person="wu") == 1
    with clock.frozen(NOON + timedelta(hours=2)):
        actions.sweep_expired()
        assert room.take(room.zhao, 5) == [], "not even after its lease"
        [again] = room.take(room.wu, 5)
        assert again.place.id == held.place.id
        room.submit(room.wu, again)
    assert actions.offer_known(task, person="wu") is None
    assert actions.known_waiting("p1", person="wu") == 0
    with pytest.raises(NotFound):
        actions.offer_known(opaque.encode(5), person="wu")


def test_a_task_in_production_is_not_offered(room: Room) -> None:
    [task] = room.add("a")
    assert actions.offer_known(task, person="wu") is None


def test_skipped_it_is_gone_and_given_back_it_stays_hers(room: Room) -> None:
    task = done_task(room)
    actions.offer_known(task, person="wu")
    [held] = room.take(room.wu)
    actions.give_back(actor=room.wu, task=task, lease=held.token)
    [held] = room.take(room.wu)
    actions.skip(actor=room.wu, task=task, lease=held.token, reason="unclear")
    assert not Ready.objects.exists() and not Lease.objects.exists() and Skip.objects.count() == 1
    assert Task.objects.get().state == "done"
    assert actions.offer_known(task, person="wu") is None


def test_what_nobody_saw_can_be_taken_back(room: Room) -> None:
    task = done_task(room)
    actions.offer_known(task, person="wu")
    actions.offer_known(task, person="zhao")
    [held] = room.take(room.zhao)
    actions.give_back(actor=room.zhao, task=task, lease=held.token)
    assert actions.withdraw_known(task) == 1
    assert [r.person for r in Ready.objects.all()] == ["zhao"]


def test_she_may_open_it_again_like_any_other(room: Room) -> None:
    task = done_task(room)
    actions.offer_known(task, person="wu")
    [held] = room.take(room.wu)
    room.submit(room.wu, held)
    first = Submission.objects.get(person="wu")
    assert actions.reopen(actor=room.wu, submission=str(first.id)) == task
    assert Task.objects.get().state == "done" and Task.objects.get().accepted == 1
    assert [m.to_redo for m in queries.mine(actor=room.wu).items] == [True]
    [again] = room.take(room.wu)
    assert again.mode == "rework"
    room.submit(room.wu, again, [box(label="truck")])
    rows = Submission.objects.filter(person="wu").order_by("revision")
    assert [(r.mode, r.revision, r.state) for r in rows] == [
        ("known", 1, "reopened"),
        ("known", 2, "accepted"),
    ]
    assert sorted(m.mode for m in queries.mine(actor=room.wu).items) == ["rework", "work"]
    assert DayCount.objects.get(person="wu").accepted == 1


def test_its_place_in_the_pack_is_drawn() -> None:
    work = [sql.Place(i, 1, "work", 0, i, i, None, None, 0, None) for i in range(1, 4)]
    places = []
    for n in range(400):
        one = sql.Place(1000 + n, 1, "known", -5, 0, 99, "wu", None, 0, None)
        pack = known.mixed([one, *work], b"0123456789abcdef")
        assert (
            sorted(p.id for p in pack) == [1, 2, 3, 1000 + n]
            and [p for p in pack if p.kind == "work"] == work
        )
        places.append(next(i for i, p in enumerate(pack) if p.kind == "known"))
        assert sorted(pack, key=lambda p: (p.rank, p.seq)) == pack or places[-1] > 0
    # Each of four places a quarter of the time: 100 of 400, give or take four standard deviations (8.7 each).
    assert all(65 <= places.count(i) <= 135 for i in range(4)), [places.count(i) for i in range(4)]
    assert known.mixed(work, b"x") == work


def test_the_draw_for_the_next_known_task(room: Room, told: list[Any]) -> None:
    room.add("a", "b")
    for item, rate in (("a", 1.0), ("b", 0.0)):
        room.settings.gold_rate = rate
        [held] = room.take(room.wu)
        room.submit(room.wu, held)
        assert [t.gold_due for t in told if isinstance(t, facts.SubmissionReceived)][-1] is (item == "a")


def test_which_answers_are_sure_enough(room: Room) -> None:
    checked = done_task(room, "checked")
    submitted(room, room.wu, "fixed")
    [held] = room.take(room.lead, kind="review")
    from .test_work_review import verdict

    actions.review(actor=room.lead, sent=verdict(held, "fix", marks=[box(label="truck")]))
    room.settings.review_share = 0.0
    room.add("unchecked")
    [held] = room.take(room.zhao)
    room.submit(room.zhao, held)
    room.add("argued")
    [held] = room.take(room.zhao)
    room.submit(room.zhao, held)
    argued = opaque.encode(Task.objects.get(item="argued").id)
    actions.add_slot(argued, kind="arbitrate")
    [held] = room.take(room.lead, kind="review")
    room.submit(room.lead, held, [box(label="truck"), box("m2")])
    fixed = opaque.encode(Task.objects.get(item="fixed").id)
    assert queries.adjudicated_tasks("p1") == [checked, fixed, argued]
    found = queries.adjudicated(
        [checked, fixed, argued, opaque.encode(Task.objects.get(item="unchecked").id)]
    )
    assert {t: a.how for t, a in found.items()} == {checked: "check", fixed: "fix", argued: "arbitrate"}
    assert [m["label"] for m in msgspec.json.decode(found[argued].document)["marks"]] == ["truck", "car"]
    assert queries.task_items([checked]) == {checked: "checked"}
    assert queries.adjudicated_tasks("nowhere") == []


def test_remarks_from_before_are_not_shown_to_whom_it_is_given_as_known(room: Room) -> None:
    task = done_task(room)
    actions.comment(actor=room.lead, task=task, text="Look at the mirror.")
    assert [c.text for c in queries.comments(actor=room.wu, task=task)] == ["Look at the mirror."]
    actions.offer_known(task, person="wu")
    [held] = room.take(room.wu)
    assert queries.comments(actor=room.wu, task=task) == []
    actions.comment(actor=room.wu, task=task, text="Too dark.")
    room.submit(room.wu, held)
    assert [c.text for c in queries.comments(actor=room.wu, task=task)] == ["Too dark."]
    assert len(queries.comments(actor=room.lead, task=task)) == 2


def test_an_arbiter_sees_what_the_file_says_and_some_of_what_people_said(room: Room) -> None:
    task = opaque.decode(room.add("a")[0])
    Task.objects.filter(id=task).update(state="known")
    Ready.objects.all().delete()
    right = '{"marks":[{"id":"f","label":"truck"}],"relations":[],"item_attrs":{}}'
    KnownAnswer.objects.create(task_id=task, source="old tool", document=right, at=NOON)
    for n in range(12):
        who = person(f"p{n}")
        assert actions.offer_known(opaque.encode(task), person=who.person)
        [held] = room.take(who)
        room.submit(who, held)
    actions.add_slot(opaque.encode(task), kind="arbitrate")
    held = room.take(room.lead, kind="review")
    [shown], _ = queries.describe(held, "lead")
    found = [msgspec.json.decode(msgspec.json.encode(c["marks"])) for c in shown["candidates"]]
    assert len(found) == 9 and [c["key"] for c in shown["candidates"]] == list("ABCDEFGHI")
    assert sum(marks[0]["label"] == "truck" for marks in found) == 1
    assert b"old tool" not in msgspec.json.encode(shown)
