"""A state machine against a model in plain Python: takes, answers, late answers, reviews, sweeps, time."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from doujia.server.kernel import clock
from doujia.server.kernel.errors import Conflict
from doujia.server.work import actions, opaque
from doujia.server.work.actions import leases
from doujia.server.work.actions.reviews import Finding, Verdict
from doujia.server.work.models import DayCount, Lease, Ready, Submission, Task

from .conftest import NOON, sent

PEOPLE = ("wu", "li", "zhao")


class Work(RuleBasedStateMachine):
    """The model keeps, for each slot, who holds it until when, and what became of every answer."""

    room: Any = None
    ids: Iterator[int] = count(1)

    @initialize(overlap=st.integers(1, 2), checked=st.booleans())
    def start(self, overlap: int, checked: bool) -> None:
        for table in (Lease, Ready, Submission, DayCount):
            table.objects.all().delete()
        from django.db import connection

        with connection.cursor() as cursor:
            for name in ("work_review", "work_content", "work_draft", "work_skip", "work_task"):
                cursor.execute(f"DELETE FROM {name}")
        clock.advance(NOON - clock.now())
        # Ids are drawn at random elsewhere; here the same steps must give the same order, or the steps mean nothing.
        Work.ids = count(1)
        leases._hints.clear()
        self.room.settings.overlap = overlap
        self.room.settings.review_share = 1.0 if checked else 0.0
        self.checked, self.overlap = checked, overlap
        self.room.add(*(f"item-{uuid.uuid4()}" for _ in range(4)))
        # Two more whose right answer came with a file.
        only_known = [opaque.decode(t) for t in self.room.add(*(f"gold-{uuid.uuid4()}" for _ in range(2)))]
        Ready.objects.filter(task_id__in=only_known).delete()
        Task.objects.filter(id__in=only_known).update(state="known")
        self.leases: dict[int, tuple[str, Any]] = {}  # slot -> (person, held)
        self.tokens: list[tuple[str, Any]] = []  # everything that was ever given out
        self.answered: dict[int, str] = {}  # work slot -> person whose answer stands (submitted or accepted)
        self.rework: dict[int, str] = {}  # work slot -> author it waits for
        self.answers: dict[tuple[str, str], set[int]] = {}
        self.extras = self.kept = self.accepted = 0
        self.slots = set(Ready.objects.values_list("id", flat=True))
        self.done_by: dict[int, set[str]] = {}  # task -> people with an answer
        self.sent: list[tuple[Any, Any, str]] = []
        self.known: dict[int, tuple[str, int]] = {}  # known slot -> (person, task); hers alone, for good
        self.known_held: dict[int, tuple[str, Any]] = {}
        self.known_answered: set[int] = set()

    def who(self, name: str) -> Any:
        return getattr(self.room, name)

    @rule(name=st.sampled_from(PEOPLE), want=st.integers(1, 3))
    def take(self, name: str, want: int) -> None:
        holds = [*self.leases.values(), *self.known_held.values()]
        have = [opaque.encode(h.place.task) for p, h in holds if p == name]
        for held in self.room.take(self.who(name), want, have=have):
            slot, task = held.place.id, held.place.task
            if slot in self.known:
                assert self.known[slot] == (name, task), "a known task for somebody else"
                assert slot not in self.known_held and slot not in self.known_answered
                assert held.mode == "work"
                self.known_held[slot] = (name, held)
                self.tokens.append((name, held))
                continue
            assert slot in self.slots
            assert slot not in self.leases and slot not in self.answered, "given to two people"
            if held.mode == "rework":
                assert self.rework[slot] == name
            else:
                assert name not in self.done_by.get(task, set()), "the same item twice"
            assert all(h.place.task != task for p, h in self.leases.values() if p == name)
            self.leases[slot] = (name, held)
            self.tokens.append((name, held))

    @precondition(lambda self: self.tokens)
    @rule(data=st.data())
    def submit(self, data: Any) -> None:
        name, held = data.draw(st.sampled_from(self.tokens))
        slot, task = held.place.id, held.place.task
        if slot in self.known:
            self.submit_known(name, held)
            return
        owner = self.leases.get(slot)
        current = owner is not None and owner[0] == name
        rework = slot in self.rework
        stale = rework and (held.place.fence <= self.rework_fence[slot]) if rework else False
        free = owner is None and slot not in self.answered
        mine_for = not rework or self.rework[slot] == name
        other = any(
            s != slot and p == name and h.place.task == task
            for (s, (p, h)) in ((s, v) for s, v in self.leases.items())
        )
        elsewhere = name in self.done_by.get(task, set()) and self.slot_of.get((name, task)) != slot
        one = sent(held)
        receipt = actions.submit(actor=self.who(name), sent=one)
        self.sent.append((self.who(name), one, receipt.state))
        if (current and not stale) or (free and mine_for and not stale and not elsewhere):
            expected = "submitted" if self.checked else "accepted"
        else:
            expected = "extra"
        assert receipt.state == expected, (receipt.state, expected, other)
        if expected == "extra":
            self.extras += 1
        else:
            self.leases.pop(slot, None)
            self.rework.pop(slot, None)
            self.answered[slot] = name
            self.done_by.setdefault(task, set()).add(name)
            self.slot_of[(name, task)] = slot
            self.accepted += expected == "accepted"
        self.kept += 1
        if expected == "extra":
            self.done_by.setdefault(task, set()).add(name)
            self.slot_of.setdefault((name, task), -1)

    def submit_known(self, name: str, held: Any) -> None:
        slot, task = held.place.id, held.place.task
        before = Task.objects.values().get(id=task)
        one = sent(held)
        receipt = actions.submit(actor=self.who(name), sent=one)
        expected = "extra" if slot in self.known_answered else "submitted" if self.checked else "accepted"
        assert receipt.state == expected
        assert Task.objects.values().get(id=task) == before, "a known answer is no part of the production"
        self.sent.append((self.who(name), one, receipt.state))
        self.kept += 1
        self.extras += expected == "extra"
        self.accepted += expected == "accepted"
        self.known_held.pop(slot, None)
        self.known_answered.add(slot)
        self.done_by.setdefault(task, set()).add(name)
        self.slot_of.setdefault((name, task), slot)

    @rule(name=st.sampled_from(PEOPLE), data=st.data())
    def offer_known(self, name: str, data: Any) -> None:
        there = sorted(Task.objects.filter(state__in=("done", "known")).values_list("id", flat=True))
        task = data.draw(st.sampled_from(there))
        waiting = (name, task) in [self.known[s] for s in self.known.keys() - self.known_answered]
        slot = actions.offer_known(opaque.encode(task), person=name)
        assert (slot is None) == (waiting or name in self.done_by.get(task, set()))
        if slot is not None:
            self.known[opaque.decode(slot)] = (name, task)
            if data.draw(st.booleans()):  # at once, or whenever she comes by
                self.take(name, 3)
            mine = [h for p, h in self.known_held.values() if p == name]
            if mine and data.draw(st.booleans()):
                self.submit_known(name, mine[0])

    rework_fence: dict[int, int]
    slot_of: dict[tuple[str, int], int]

    @initialize()
    def empty(self) -> None:
        self.rework_fence, self.slot_of = {}, {}

    @precondition(lambda self: self.sent)
    @rule(data=st.data())
    def send_again(self, data: Any) -> None:
        who, one, state = data.draw(st.sampled_from(self.sent))
        assert actions.submit(actor=who, sent=one).state == state

    @precondition(lambda self: self.leases)
    @rule(data=st.data())
    def give_back(self, data: Any) -> None:
        slot = data.draw(st.sampled_from(sorted(self.leases)))
        name, held = self.leases[slot]
        actions.give_back(actor=self.who(name), task=opaque.encode(held.place.task), lease=held.token)
        del self.leases[slot]

    @rule(minutes=st.sampled_from([1, 20, 31]))
    def time_passes(self, minutes: int) -> None:
        clock.advance(timedelta(minutes=minutes))
        ended = set(Lease.objects.filter(until__lt=clock.now()).values_list("id", flat=True))
        actions.sweep_expired()
        for slot in ended:
            (self.known_held if slot in self.known else self.leases).pop(slot)

    @precondition(lambda self: self.checked)
    @rule(verdict=st.sampled_from(["accept", "reject"]))
    def check(self, verdict: str) -> None:
        for held in self.room.take(self.room.lead, 1, kind="review"):
            found = Submission.objects.get(id=held.place.subject)
            body = Verdict(
                id=uuid.uuid4(), task=opaque.encode(held.place.task), lease=held.token, submission=found.id, verdict=verdict,
                findings=[Finding(error_class="place")],
            )  # fmt: skip
            state = actions.review(actor=self.room.lead, sent=body).state
            assert state == {"accept": "accepted", "reject": "rejected"}[verdict]
            if verdict == "accept":
                self.accepted += 1
            else:
                self.rework[found.slot] = self.answered.pop(found.slot)
                self.rework_fence[found.slot] = found.fence

    @invariant()
    def every_slot_is_in_one_place(self) -> None:
        if not hasattr(self, "slots"):
            return
        ready = set(Ready.objects.filter(kind="work").values_list("id", flat=True))
        leased = dict(Lease.objects.filter(kind="work").values_list("id", "holder"))
        assert leased == {s: p for s, (p, _) in self.leases.items()}
        assert not ready & leased.keys()
        assert ready | leased.keys() | self.answered.keys() == self.slots
        waiting = dict(Ready.objects.filter(kind="known").values_list("id", "person"))
        held = dict(Lease.objects.filter(kind="known").values_list("id", "holder"))
        assert held == {s: p for s, (p, _) in self.known_held.items()}
        assert waiting == {
            s: p for s, (p, _) in self.known.items() if s not in held and s not in self.known_answered
        }

    @invariant()
    def nothing_is_lost_or_double(self) -> None:
        if not hasattr(self, "slots"):
            return
        assert Submission.objects.count() == self.kept
        assert Submission.objects.filter(state="extra").count() == self.extras
        assert Submission.objects.filter(state="accepted").count() == self.accepted
        assert sum(DayCount.objects.values_list("accepted", flat=True)) == self.accepted
        assert sum(DayCount.objects.values_list("items", flat=True)) == self.kept
        standing = Counter(
            Submission.objects.filter(state__in=("submitted", "accepted")).values_list("slot", flat=True)
        )
        assert all(n == 1 for n in standing.values())
        done = Task.objects.filter(state="done").count()
        assert done == sum(1 for t in Task.objects.all() if t.accepted >= t.slots)


def test_leases_and_submissions_follow_the_model(room: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    Work.room = room
    monkeypatch.setattr(opaque, "draw", lambda: next(Work.ids))
    run_state_machine_as_test(
        Work,
        settings=settings(
            max_examples=25, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, phases=(Phase.generate,)
        ),
    )  # fmt: skip


def test_a_lease_given_back_twice_is_refused(room: Any) -> None:
    room.add("a")
    [held] = room.take(room.wu)
    task = opaque.encode(held.place.task)
    actions.give_back(actor=room.wu, task=task, lease=held.token)
    with pytest.raises(Conflict):
        actions.give_back(actor=room.wu, task=task, lease=held.token)
