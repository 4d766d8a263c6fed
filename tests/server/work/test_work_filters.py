"""Which tasks a filter finds: every combination beside lists made by hand, and its cost, counted in rows and steps."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import combinations
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from doujia.marks import Mark, Nothing
from doujia.server.kernel import clock, db
from doujia.server.kernel.errors import Unprocessable
from doujia.server.kernel.statements import pour
from doujia.server.work import actions, opaque, queues
from doujia.server.work.actions.tasks import Wanted, make_tasks
from doujia.server.work.models import Submission, Task
from doujia.server.work.queries import matching
from doujia.server.work.queries.matching import ContentFilter, TaskFilter

from .conftest import SCHEMA, Setup, box, person

ALL = "abcdefghijk"
STATES = {
    "": ALL,
    "open": "fgijk",
    "unanswered": "gk",
    "answered": "abcdefij",
    "leased": "fgi",
    "checking": "ij",
    "done": "abcde",
    "parked": "h",
    "extra": "a",
}
PEOPLE = {"": ALL, "wu": "abdefij", "li": "ace", "sun": "f", "lead": "i", "nobody": ""}
SAYS = {
    ContentFilter("class:car"): "bcej",
    ContentFilter("class:car", least=2): "be",
    ContentFilter("class:car", least=1, most=1): "cej",
    ContentFilter("class:car", most=0): "adfghik",
    ContentFilter("class:truck"): "acefi",
    ContentFilter("class:truck", most=0): "bdghjk",
    ContentFilter("attr:colour=red"): "b",
    ContentFilter("attr:colour=red", most=0): "acdefghijk",
    ContentFilter("kind:none"): "d",
    ContentFilter("class:bus", most=0): ALL,
    ContentFilter("class:bus"): "",
}


@pytest.fixture
def eleven(room: Any) -> dict[int, str]:
    """Tasks in every state, some with two slots; what is said of them above was written down by hand from here."""
    car, truck = box("m1", "car"), box("m2", "truck")
    sun = person("sun")
    ids = {}

    def add(item: str) -> None:
        [task] = room.add(item)
        ids[opaque.decode(task)] = item

    def answer(who: Any, *marks: Mark) -> None:
        [held] = room.take(who)
        room.submit(who, held, list(marks))

    room.add("elsewhere", project="p2")
    [other] = room.take(room.wu, project="p2")
    room.submit(room.wu, other, [car, truck])
    add("a")
    [late] = room.take(room.wu)
    clock.advance(timedelta(minutes=31))
    actions.sweep_expired()
    answer(room.li, truck)
    room.submit(room.wu, late, [car])  # nobody waits for it any more: it says nothing about the task
    add("b")
    answer(room.wu, car, box("m3", "car", attrs={"colour": "red"}))
    add("c")
    answer(room.li, car, truck)
    add("d")
    answer(room.wu, Mark(id="m1", geometry=Nothing(), label="scene"))
    room.settings.overlap = 2
    add("e")
    answer(room.wu, car)
    answer(room.li, car, box("m3", "car"), truck)
    add("f")
    answer(room.wu, truck)
    room.take(sun)
    room.settings.overlap = 1
    add("g")
    room.take(person("qian"))
    add("h")
    for who in (room.wu, room.li, room.zhao):
        [held] = room.take(who)
        actions.skip(actor=who, task=opaque.encode(held.place.task), lease=held.token, reason="dark")
    room.settings.review_share = 1.0
    add("i")
    answer(room.wu, truck)
    room.take(room.lead, kind="review")
    add("j")
    answer(room.wu, car)
    add("k")
    return ids


def found(ids: dict[int, str], where: TaskFilter) -> str:
    return "".join(ids[task] for task, _ in matching.matching(queues.of("p1").id, where, 0, 100))


def meant(*sets: str) -> str:
    """In the order in which they were made."""
    return "".join(item for item in ALL if all(item in one for one in sets))


@pytest.mark.parametrize("first", [2, 1000])
def test_every_combination_finds_what_its_parts_have_in_common(
    eleven: dict[int, str], monkeypatch: pytest.MonkeyPatch, first: int
) -> None:
    monkeypatch.setattr(matching, "FIRST", first)  # windows of 2, 4, 8 numbers, or one
    says = [(), *((c,) for c in SAYS), *combinations(SAYS, 2)]
    wrong = {}
    for state in STATES:
        for who in PEOPLE:
            for content in says:
                got = found(eleven, TaskFilter(state, who, content))
                want = meant(STATES[state], PEOPLE[who], *(SAYS[c] for c in content))
                if got != want:
                    wrong[state, who, content] = (got, want)
    assert not wrong


def test_up_to_eight_of_them_and_one_item(eleven: dict[int, str]) -> None:
    for content in combinations(SAYS, 3):
        assert found(eleven, TaskFilter(content=content)) == meant(*(SAYS[c] for c in content)), content
    eight = tuple(SAYS)[:2] + tuple(SAYS)[3:6] + tuple(SAYS)[7:10]
    assert found(eleven, TaskFilter(content=eight)) == meant(*(SAYS[c] for c in eight)) == ""
    for item in ("c", "e", "x"):
        for content in ((), *((c,) for c in SAYS)):
            assert found(eleven, TaskFilter("done", "li", content, item)) == meant(
                item, "ace", *(SAYS[c] for c in content)
            )
    with pytest.raises(Unprocessable):
        found(eleven, TaskFilter("done' OR 'a' = 'a"))


def test_pages_of_two_follow_each_other(eleven: dict[int, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matching, "FIRST", 3)
    queue = queues.of("p1").id
    for content in combinations(SAYS, 2):
        seen, after = "", 0
        while page := matching.matching(queue, TaskFilter(content=content), after, 2):
            seen, after = seen + "".join(eleven[task] for task, _ in page), page[-1][1]
        assert seen == meant(*(SAYS[c] for c in content)), content


CAR, TRUCK, RARE = (ContentFilter(f"class:{c}") for c in ("car", "truck", "rare"))
NO_CAR, NO_TRUCK = (ContentFilter(f"class:{c}", most=0) for c in ("car", "truck"))
COSTLY = {
    "without a class": TaskFilter(content=[NO_CAR]),
    "two classes, done": TaskFilter("done", content=[CAR, TRUCK]),
    "two classes, open": TaskFilter("open", content=[CAR, TRUCK]),
    "one but not the other": TaskFilter(content=[CAR, NO_TRUCK]),
    "twice": TaskFilter(content=[CAR, ContentFilter("class:truck", least=2)]),
    "rare without": TaskFilter(content=[RARE, NO_CAR]),
    "rare with": TaskFilter(content=[RARE, TRUCK]),
    "unanswered with": TaskFilter("unanswered", content=[CAR]),
    "answered without": TaskFilter("answered", content=[NO_CAR]),
    "leased without": TaskFilter("leased", content=[NO_CAR]),
    "checking": TaskFilter("checking"),
    "extras with": TaskFilter("extra", content=[CAR]),
    "of a person": TaskFilter(person="wu"),
    "of a person with": TaskFilter(person="wu", content=[CAR]),
    "of a person without": TaskFilter(person="wu", content=[NO_CAR]),
}


def labelled(project: str, count: int) -> int:
    """Make tasks with an answer each but for the last hundredth; every tenth answer is wu's."""
    ids = [opaque.decode(t) for t in make_tasks(project, [Wanted(f"{project}-{n}") for n in range(count)])]
    queue = queues.of(project).id
    done = ids[: count - count // 100]
    Task.objects.filter(id__in=done).update(state="done", answered=1, accepted=1)
    Submission.objects.bulk_create(
        Submission(
            id=uuid.uuid4(), queue_id=queue, task_id=task, slot=task, fence=0, person="wu" if n % 10 == 0 else "li",
            mode="work", state="accepted", reply="accepted", document="{}", marks=2, active_ms=1,
            guideline_version=1, schema_version=1, received_at=clock.now(),
        )
        for n, task in enumerate(done)
    )  # fmt: skip
    said = [
        (queue, task, task, key, n + 1, 1)
        for n, task in enumerate(done)
        for key in ("class:car", "class:truck", *(["class:rare"] if n % 500 == 7 else []))
    ]
    with db.write():
        pour("work_content", ("queue_id", "task_id", "slot", "key", "seq", "n"), said)
    return queue


def rows_of(plan: dict[str, Any]) -> float:
    """Rows that came out of a step or were looked at and left, over all its rounds, and of the steps below."""
    own = sum(v for k, v in plan.items() if k == "Actual Rows" or k.startswith("Rows Removed by"))
    return float(own * plan["Actual Loops"] + sum(rows_of(below) for below in plan.get("Plans", [])))


def loops_of(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if plan["Node Type"] == "Nested Loop":
        yield plan
    for below in plan.get("Plans", []):
        yield from loops_of(below)


def explained(call: Callable[[], object]) -> list[dict[str, Any]]:
    """PostgreSQL's plans of the statements of a call, with what each step did."""
    with CaptureQueriesContext(connection) as seen:
        call()
    return [explained_once(one["sql"]) for one in seen]


def explained_once(sql: str) -> dict[str, Any]:
    """PostgreSQL's plan of a statement and what each step did; what it wrote is taken back."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) " + sql)
        [[document]] = cursor.fetchall()
        transaction.set_rollback(True)
    plan: dict[str, Any] = (document if isinstance(document, list) else json.loads(document))[0]["Plan"]
    return plan


def work_of(call: Callable[[], object]) -> float:
    """What a call makes the database do: rows on PostgreSQL, steps of its virtual machine on SQLite."""
    return steps_of(call) if db.is_sqlite() else sum(rows_of(plan) for plan in explained(call))


def steps_of(call: Callable[[], object]) -> float:
    """Steps of SQLite's virtual machine, in hundreds."""
    steps = 0

    def count() -> int:
        nonlocal steps
        steps += 100
        return 0

    raw = connection.connection
    raw.set_progress_handler(count, 100)
    try:
        call()
    finally:
        raw.set_progress_handler(None, 0)
    return float(steps)


@pytest.fixture
def unforeseen(room: Any) -> tuple[int, int]:
    """2,000 and 4,000 tasks, of which the statistics know nothing: they were taken when there was one."""
    room.setups["p3"] = Setup("p3", SCHEMA)
    labelled("p3", 1)
    if not db.is_sqlite():
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE work_task, work_content, work_submission, work_lease, work_ready")
    return labelled("p1", 2000), labelled("p2", 4000)


def test_the_cost_grows_with_the_tasks_whatever_the_statistics_say(unforeseen: tuple[int, int]) -> None:
    grown = {}
    for name, where in COSTLY.items():
        once, twice = (
            work_of(lambda queue=queue, where=where: matching.matching(queue, where, 0, 51))  # type: ignore[misc]
            for queue in unforeseen
        )
        # A set is read once, cut and handed up in a few steps; the square of 4,000 would be 16 million.
        if twice > 2.6 * once + 2000 or twice > 50 * 4000:
            grown[name] = (once, twice)
    assert not grown


def test_no_plan_goes_through_one_set_for_each_task_of_another(unforeseen: tuple[int, int]) -> None:
    for name, where in COSTLY.items():
        if db.is_sqlite():
            with CaptureQueriesContext(connection) as seen:
                matching.matching(unforeseen[1], where, 0, 51)
            with connection.cursor() as cursor:
                for one in seen:
                    cursor.execute("EXPLAIN QUERY PLAN " + one["sql"])
                    steps = [row[3] for row in cursor.fetchall()]
                    assert not [s for s in steps if s.startswith("SCAN work_") or "AUTOMATIC" in s], (
                        name,
                        steps,
                    )
            continue
        for plan in explained(lambda where=where: matching.matching(unforeseen[1], where, 0, 51)):  # type: ignore[misc]
            for loop in loops_of(plan):
                # The one join there is finds the task of an answer by its id.
                inner = loop["Plans"][1]
                assert inner.get("Index Name") == "work_task_pkey", (name, loop)


def test_a_usual_page_reads_one_window(unforeseen: tuple[int, int]) -> None:
    with CaptureQueriesContext(connection) as seen:
        page = matching.matching(unforeseen[1], TaskFilter("done", content=[CAR, TRUCK]), 0, 51)
    assert [number for _, number in page] == list(range(1, 52))
    assert len(seen) == 2  # how far the numbers go, and the window
    with CaptureQueriesContext(connection) as seen:
        assert len(matching.matching(unforeseen[1], TaskFilter(content=[NO_CAR]), 0, 51)) == 40
    assert len(seen) == 1 + 3  # 1,000, 2,000 and 4,000 numbers
    for where in (TaskFilter(), TaskFilter("answered"), TaskFilter(content=[CAR])):
        most = 4 * 1000 if db.is_sqlite() else 10 * 51
        assert work_of(lambda where=where: matching.matching(unforeseen[1], where, 0, 51)) <= most  # type: ignore[misc]
