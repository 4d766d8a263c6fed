"""What a lead sees and does, and the words around the work."""

from __future__ import annotations

import sys
from datetime import timedelta
from typing import Any

import pytest

from doujia.marks import Mark, Nothing
from doujia.server.kernel import clock
from doujia.server.kernel.errors import Forbidden, NotFound, Unprocessable
from doujia.server.work import actions, opaque, queries
from doujia.server.work.models import Lease, Task
from doujia.server.work.queries import ContentFilter, TaskFilter, board

from .conftest import box
from .test_work_review import check, submitted


@pytest.fixture(autouse=True)
def names(monkeypatch: pytest.MonkeyPatch) -> None:
    from doujia.server.work import neighbours

    monkeypatch.setattr(neighbours, "names_for", lambda actor, thing, people: {p: p.title() for p in people})
    sys.modules["doujia.server.work.queries.board"]._classes.clear()


def listed(room: Any, **where: Any) -> list[str]:
    found = queries.tasks(actor=room.lead, project="p1", where=TaskFilter(**where))
    return [t.item for t in found.items]


def test_the_board_adds_up(room: Any) -> None:
    submitted(room, room.wu, "a")
    check(room, "accept")
    submitted(room, room.li, "b")
    check(room, "reject")
    room.add("c", "d")
    room.take(room.zhao)
    shown = board(actor=room.lead, project="p1")
    assert (shown.total, shown.done, shown.leased, shown.parked, shown.extras) == (4, 1, 1, 0, 0)
    assert shown.classes == {"car": 2}
    assert [(h.hour, h.answers) for h in shown.hours] == [(12, 4)]
    by_name = {p.name: p for p in shown.people}
    assert (by_name["Wu"].items, by_name["Wu"].accepted, by_name["Li"].returned, by_name["Zhao"].holds) == (
        1,
        1,
        1,
        1,
    )
    assert by_name["Lead"].reviews == 2
    assert shown.passed.of == 2 and shown.passed.value == 0.5


@pytest.mark.parametrize(
    ("good", "of", "low", "high"),
    # Newcombe 1998, Statistics in Medicine 17, table I, method 3 (score without continuity correction).
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_interval_of_the_published_examples(good: int, of: int, low: float, high: float) -> None:
    rate = queries.wilson(good, of)
    assert rate.low == pytest.approx(low, abs=5e-5) and rate.high == pytest.approx(high, abs=5e-5)


def test_who_holds_tasks_without_a_sign_is_shown_as_stuck(room: Any) -> None:
    room.add("a", "b")
    room.take(room.wu)
    taken = clock.now()
    clock.advance(timedelta(minutes=9))
    assert board(actor=room.lead, project="p1").people[0].stuck is None
    clock.advance(timedelta(minutes=2))
    assert board(actor=room.lead, project="p1").people[0].stuck == taken


def test_who_handed_in_and_holds_the_next_is_stuck_from_her_last_sign(room: Any) -> None:
    submitted(room, room.wu, "a")
    handed_in = clock.now()
    room.add("b")
    room.take(room.wu)
    clock.advance(timedelta(minutes=61))
    shown = next(p for p in board(actor=room.lead, project="p1").people if p.name == "Wu")
    assert shown.last_at == handed_in
    assert shown.stuck == handed_in
    assert shown.hours == [0, 0, 0, 0, 0, 0, 0, 1, 0]  # one answer an hour ago, none in this hour


def test_tasks_by_what_their_labels_say(room: Any) -> None:
    contents = {
        "a": [box("m1", "car"), box("m2", "car", attrs={"colour": "red"})],
        "b": [box("m1", "truck")],
        "c": [box("m1", "car"), box("m2", "truck")],
        "d": [Mark(id="m1", geometry=Nothing(), label="scene")],
    }
    room.add(*contents, "e")
    for item, marks in contents.items():
        [held] = room.take(room.wu)
        assert Task.objects.get(id=held.place.task).item == item
        room.submit(room.wu, held, marks)
    assert listed(room, content=[ContentFilter("class:car")]) == ["a", "c"]
    assert listed(room, content=[ContentFilter("class:car", least=2)]) == ["a"]
    assert listed(room, content=[ContentFilter("class:car"), ContentFilter("class:truck")]) == ["c"]
    assert listed(room, content=[ContentFilter("class:car"), ContentFilter("class:truck", most=0)]) == ["a"]
    assert listed(room, content=[ContentFilter("class:car", most=0)]) == ["b", "d", "e"]
    assert listed(room, content=[ContentFilter("attr:colour=red")]) == ["a"]
    assert listed(room, content=[ContentFilter("class:car", least=1, most=1)]) == ["c"]
    assert listed(room, content=[ContentFilter("kind:none")]) == ["d"]
    assert listed(room, person="wu", state="done") == ["a", "b", "c", "d"]
    assert listed(room, state="unanswered") == ["e"]


def test_task_pages_follow_each_other(room: Any) -> None:
    room.add(*(f"i{n}" for n in range(7)))
    seen, cursor = [], None
    while True:
        page = queries.tasks(actor=room.lead, project="p1", where=TaskFilter(), cursor=cursor, limit=3)
        seen += [t.item for t in page.items]
        cursor = page.next
        if cursor is None:
            break
    assert seen == [f"i{n}" for n in range(7)]


def test_states_that_come_and_go(room: Any) -> None:
    submitted(room, room.wu, "a")
    room.add("b")
    room.take(room.li)
    assert (listed(room, state="checking"), listed(room, state="leased")) == (["a"], ["b"])
    with pytest.raises(Unprocessable):
        listed(room, state="user__password")


def test_handing_a_task_over_ends_the_lease_of_the_other(room: Any) -> None:
    [task] = room.add("a")
    room.take(room.wu)
    assert actions.reassign(actor=room.lead, project="p1", tasks=[task], person="li") == 1
    assert Lease.objects.count() == 0 and room.take(room.zhao) == []
    assert len(room.take(room.li)) == 1


def test_more_time_priority_and_pause(room: Any) -> None:
    tasks = room.add("a", "b")
    [held] = room.take(room.wu)
    assert (
        actions.extend_leases(
            actor=room.lead, project="p1", tasks=[opaque.encode(held.place.task)], minutes=90
        )
        == 1
    )
    clock.advance(timedelta(minutes=80))
    assert actions.sweep_expired() == 0
    room.add("c")
    actions.set_priority(actor=room.lead, project="p1", tasks=[tasks[1]], priority=-3)
    assert Task.objects.get(id=room.take(room.li)[0].place.task).item == "c"
    actions.set_paused(actor=room.lead, project="p1", paused=True)
    pack = actions.take_next(actor=room.zhao, project="p1")
    assert pack.empty is not None and pack.empty.reason == "paused"
    assert room.submit(room.wu, held).state == "accepted"


def test_parked_tasks_come_back_at_the_leads_word(room: Any) -> None:
    [task] = room.add("a")
    for who in (room.wu, room.li, room.zhao):
        [held] = room.take(who)
        actions.skip(actor=who, task=task, lease=held.token, reason="dark")
    assert board(actor=room.lead, project="p1").parked == 1
    assert actions.return_parked(actor=room.lead, project="p1", tasks=[task]) == 1
    assert len(room.take(room.wu)) == 1


def test_workers_and_strangers_lead_nothing(room: Any) -> None:
    [task] = room.add("a")
    for call in (
        lambda who: board(actor=who, project="p1"),
        lambda who: actions.reassign(actor=who, project="p1", tasks=[task], person="li"),
        lambda who: actions.set_paused(actor=who, project="p1", paused=True),
        lambda who: queries.tasks(actor=who, project="p1", where=TaskFilter()),
        lambda who: queries.extras(actor=who, project="p1"),
    ):
        with pytest.raises(Forbidden):
            call(room.wu)
        with pytest.raises(NotFound):
            call(room.stranger)


def test_a_question_and_its_answer_are_there_for_everybody(room: Any) -> None:
    question = actions.ask(actor=room.wu, project="p1", text="Is a trailer a truck?")
    with pytest.raises(Forbidden):
        actions.answer_question(actor=room.li, question=question, text="no")
    actions.answer_question(actor=room.lead, question=question, text="Yes, see 2.3.")
    [seen] = queries.questions(actor=room.li, project="p1").items
    assert (seen.name, seen.text, seen.answer) == ("Wu", "Is a trailer a truck?", "Yes, see 2.3.")
    with pytest.raises(NotFound):
        queries.questions(actor=room.stranger, project="p1")


def test_comments_are_pinned_to_a_place(room: Any) -> None:
    [task] = room.add("a")
    actions.comment(actor=room.lead, task=task, text="Look here", place=(12.5, 40.0))
    [seen] = queries.comments(actor=room.wu, task=task)
    assert (seen.place, seen.text) == ((12.5, 40.0), "Look here")
    with pytest.raises(NotFound):
        actions.comment(actor=room.stranger, task=task, text="hello")


def test_words_sent_twice_are_said_once(room: Any) -> None:
    """The bench sends again when no answer came back."""
    [task] = room.add("a")
    once = actions.comment(actor=room.wu, task=task, text="Too dark.", place=(1.0, 2.0))
    assert actions.comment(actor=room.wu, task=task, text=" Too dark. ", place=(1.0, 2.0)) == once
    elsewhere = actions.comment(actor=room.wu, task=task, text="Too dark.", place=(9.0, 2.0))
    others = actions.comment(actor=room.li, task=task, text="Too dark.", place=(1.0, 2.0))
    assert len({once, elsewhere, others}) == 3
    assert len(queries.comments(actor=room.lead, task=task)) == 3
    asked = actions.ask(actor=room.wu, project="p1", text="Is it?", task=task)
    assert actions.ask(actor=room.wu, project="p1", text="Is it?", task=task) == asked
    actions.answer_question(actor=room.lead, question=asked, text="It is.")
    # Asked again after the answer it is a new question.
    assert actions.ask(actor=room.wu, project="p1", text="Is it?", task=task) != asked
    assert len(queries.questions(actor=room.lead, project="p1").items) == 2


def test_all_revisions_are_kept_and_compared(room: Any) -> None:
    held = submitted(room)
    task = opaque.encode(held.place.task)
    check(room, "fix", marks=[box("m1", "truck"), box("m2")])
    first, fixed = queries.revisions(actor=room.lead, task=task)
    assert [v["verdict"] for v in first.reviews] == ["fix"]
    change = queries.difference(actor=room.lead, before=first.id, after=fixed.id)
    assert (change.added, change.removed, [(c.id, c.fields) for c in change.changed]) == (
        ["m2"],
        [],
        [("m1", ["label"])],
    )
    assert len(queries.revisions(actor=room.wu, task=task)) == 2
    assert queries.revisions(actor=room.li, task=task) == []
    with pytest.raises(Forbidden):
        queries.difference(actor=room.li, before=first.id, after=fixed.id)


def test_her_own_answers_with_what_came_back_first(room: Any) -> None:
    submitted(room, room.wu, "a")
    check(room, "reject")
    clock.advance(timedelta(minutes=1))
    room.settings.review_share = 0
    room.add("b")
    [again, new] = room.take(room.wu, 2)
    room.submit(room.wu, new)
    shown = queries.mine(actor=room.wu).items
    assert [(r.state, r.to_redo) for r in shown] == [("rejected", True), ("accepted", False)]
    assert shown[0].findings[0]["error_class"] == "loose"
    room.submit(room.wu, again)
    assert [r.to_redo for r in queries.mine(actor=room.wu).items] == [False, False, False]
    assert queries.mine(actor=room.li).items == []


def test_extras_are_shown_to_the_lead_and_counted(room: Any) -> None:
    room.add("a")
    [held] = room.take(room.wu)
    clock.advance(timedelta(minutes=31))
    actions.sweep_expired()
    room.take(room.li)
    room.submit(room.wu, held)
    [extra] = queries.extras(actor=room.lead, project="p1").items
    assert (extra.person_name, extra.late) == ("Wu", True)
    assert board(actor=room.lead, project="p1").extras == 1


def test_filters_are_kept_for_each_person(room: Any) -> None:
    room.add("a")
    actions.save_filter(
        actor=room.lead, project="p1", name="red cars", query={"content": ["attr:colour=red"]}
    )
    made = actions.save_filter(
        actor=room.lead, project="p1", name="red cars", query={"content": ["class:car"]}
    )
    [kept] = queries.filters(actor=room.lead, project="p1")
    assert (kept.name, kept.query) == ("red cars", {"content": ["class:car"]})
    assert queries.filters(actor=room.client, project="p1") == []
    with pytest.raises(NotFound):
        actions.delete_filter(actor=room.client, filter_id=made)
    actions.delete_filter(actor=room.lead, filter_id=made)
    assert queries.filters(actor=room.lead, project="p1") == []


def test_accepted_answers_are_streamed_once_for_each_slot(room: Any) -> None:
    submitted(room, room.wu, "a")
    check(room, "fix", marks=[box("m9", "truck")])
    submitted(room, room.li, "b")
    rows = list(queries.accepted("p1"))
    assert len(rows) == 1 and len(rows[0]) == 1
    only = rows[0][0]
    assert (only.item, only.person, only.fixed, '"m9"' in only.document) == ("a", "wu", True, True)
    check(room, "accept")
    assert [r[0].item for r in queries.accepted("p1")] == ["a", "b"]
    assert [r[0].item for r in queries.accepted("p1", after=only.seq)] == ["b"]


def test_all_answers_to_a_task_for_rooms_above(room: Any) -> None:
    room.settings.overlap = 2
    [task] = room.add("a")
    for who, marks in ((room.wu, [box()]), (room.li, [])):
        [held] = room.take(who)
        room.submit(who, held, marks)
        clock.advance(timedelta(seconds=1))
    first, second = queries.answers_of(task)
    assert (first.person, second.person, '"m1"' in first.document, '"m1"' in second.document) == (
        "wu",
        "li",
        True,
        False,
    )
