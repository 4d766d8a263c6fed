"""What leads see of the pool of known tasks, over the API."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from doujia.server.kernel import clock
from doujia.server.quality.models import GoldTask
from doujia.server.quality.queries import gold as queries

from .conftest import Hall
from .test_gold import WRONG, answer, checked, doubt, known, run_jobs, task_of

V1 = "/api/v1/quality"


@pytest.fixture
def lead(hall: Hall, client_for: Callable[[str], Client]) -> Client:
    return client_for(hall.person("boss", "lead").person)


def post(client: Client, path: str, body: Any = None) -> Any:
    return client.post(f"{V1}{path}", body or {}, content_type="application/json")


def test_the_lead_fills_the_pool_and_sees_how_it_stands(hall: Hall, lead: Client) -> None:
    tasks = checked(hall, "a", "b", "c")
    made = post(lead, f"/projects/{hall.project}/gold", {"task": tasks[0], "rule": "2.1"})
    assert made.status_code == 201
    drawn = post(lead, f"/projects/{hall.project}/gold/sample", {"count": 5, "pool": "training"})
    assert drawn.status_code == 201 and len(drawn.json()["made"]) == 2
    answer(hall, "wu", tasks[0])
    page = lead.get(f"{V1}/projects/{hall.project}/gold").json()
    assert [(r["name"], r["pool"], r["rule"]) for r in page["items"]][-1] == ("a", "hidden", "2.1")
    passed = page["items"][-1]["passed"]
    # One of one: the lower Wilson bound is 1 / (1 + 3.8415) = .2065.
    assert (passed["value"], passed["of"]) == (1.0, 1) and passed["low"] == pytest.approx(0.2065, abs=1e-4)
    only = lead.get(f"{V1}/projects/{hall.project}/gold?pool=training&limit=1").json()
    assert len(only["items"]) == 1 and only["next"]
    rest = lead.get(f"{V1}/projects/{hall.project}/gold?pool=training&limit=1&cursor={only['next']}").json()
    assert {only["items"][0]["name"], rest["items"][0]["name"]} == {"b", "c"} and rest["next"] is None
    assert lead.get(f"{V1}/projects/{hall.project}/gold?cursor=x").status_code == 400
    health = lead.get(f"{V1}/projects/{hall.project}/gold/health").json()
    assert health["counts"] == {"hidden": {"active": 1}, "training": {"active": 2}}
    assert health["strata"] == {"city": 1} and health["ready"] == 0 and health["rate"] == 0.05
    # li did 3 tasks, wu 1: four over two people; the plan never asks for more than a person does.
    assert (health["people"], health["per_person"], health["needed"]) == (2, 2, 2)
    changed = lead.patch(
        f"{V1}/gold/{made.json()['id']}", {"state": "retired"}, content_type="application/json"
    )
    assert changed.status_code == 200 and GoldTask.objects.get(id=made.json()["id"]).reason == "by_hand"


def test_a_doubted_answer_is_shown_with_what_people_said_and_put_right(hall: Hall, lead: Client) -> None:
    names, doubted = doubt(hall)
    page = lead.get(f"{V1}/projects/{hall.project}/gold").json()
    assert (page["items"][0]["id"], page["items"][0]["state"]) == (doubted, "suspect"), "in doubt first"
    shown = lead.get(f"{V1}/gold/{doubted}").json()
    assert [m["label"] for m in shown["marks"]] == ["person"] and len(shown["answers"]) == 5
    assert {a["name"] for a in shown["answers"]} == set(names)
    assert (
        shown["answers"][0]["marks"][0]["label"] == "city"
        and shown["answers"][0]["differences"][0]["code"] == "class"
    )
    assert [h["reason"] for h in shown["history"]] == ["check"]
    right = post(lead, f"/gold/{doubted}/correct", {"adopt": shown["answers"][0]["id"]})
    assert right.json() == {"version": 2}
    run_jobs()
    again = lead.get(f"{V1}/gold/{doubted}").json()
    assert again["gold"]["state"] == "active" and again["gold"]["passed"]["value"] == 1.0
    assert [h["reason"] for h in again["history"]] == ["check", "adopted"]
    assert post(lead, f"/gold/{doubted}/keep").status_code == 409
    assert lead.get(f"{V1}/gold/nothing").status_code == 404


def test_standings_name_first_who_should_practise(hall: Hall, lead: Client) -> None:
    made = known(hall, *"abcd")
    for one in made:
        answer(hall, "wu", task_of(one), WRONG)
    answer(hall, "zhao", task_of(made[0]))
    rows = lead.get(f"{V1}/projects/{hall.project}/gold/standings").json()
    assert [(r["name"], r["passed"]["of"], r["drifted_at"] is None) for r in rows] == [
        ("wu", 4, False), ("zhao", 1, True),
    ]  # fmt: skip


def test_other_rooms_read_results_by_time_and_person(hall: Hall) -> None:
    made = known(hall, "a", "b")
    start = clock.now()
    answer(hall, "wu", task_of(made[0]))
    answer(hall, "zhao", task_of(made[1]), WRONG)
    end = clock.now() + timedelta(seconds=1)
    rows = queries.graded(hall.project, start, end)
    assert [(r.person, r.passed, r.errors) for r in rows] == [
        (hall.person("wu").person, True, []), (hall.person("zhao").person, False, ["class"]),
    ]  # fmt: skip
    assert [
        r.passed for r in queries.graded(hall.project, start, end, person=hall.person("zhao").person)
    ] == [False]
    assert queries.graded(hall.project, end, end + timedelta(days=1)) == []
    assert queries.graded_of([rows[0].submission]) == {rows[0].submission: rows[0]}


def test_practice_over_the_api(hall: Hall, lead: Client, client_for: Callable[[str], Client]) -> None:
    checked(hall, "a")
    assert (
        post(lead, f"/projects/{hall.project}/gold/sample", {"count": 1, "pool": "retry"}).status_code == 201
    )
    put = lead.put(
        f"{V1}/projects/{hall.project}/pools/retry",
        {"size": 3, "pass_share": 0.8, "tries": 2},
        content_type="application/json",
    )
    assert put.status_code == 200
    wu = hall.person("wu").person
    made = post(
        lead, f"/projects/{hall.project}/practice", {"person": wu, "kind": "retry", "reason": "place"}
    )
    assert made.status_code == 201
    run = made.json()["id"]
    worker = client_for(wu)
    [mine] = worker.get(f"{V1}/practice/mine").json()
    assert (mine["id"], mine["kind"], mine["size"], mine["state"], mine["reason"]) == (
        run,
        "retry",
        1,
        "assigned",
        "place",
    )
    [task] = post(worker, f"/practice/{run}/next", {"want": 5}).json()["tasks"]
    said = post(worker, f"/practice/{run}/answers", {"id": "1", "step": task["id"], "marks": []}).json()
    assert (said["passed"], said["again"]) == (False, True)
    assert "没有标" in said["differences"][0]["zh"]
    assert worker.get(f"{V1}/practice/{run}").json()["steps"][0]["tries"] == 1
    assert lead.get(f"{V1}/projects/{hall.project}/practice").json()[0]["name"] == "wu"
    assert lead.get(f"{V1}/projects/{hall.project}/pools").json()[2] == {
        "kind": "retry", "size": 3, "pass_share": 0.8, "tries": 2, "tasks": 1,
    }  # fmt: skip
    assert post(lead, f"/practice/{run}/cancel").json() == {"state": "cancelled"}
