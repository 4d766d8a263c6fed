"""The bench's calls over HTTP: shapes of the contract, problem+json, sessions and CSRF."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from django.test import Client
from django.test.utils import CaptureQueriesContext

from doujia.server.kernel.authz import Thing
from doujia.server.work import neighbours
from doujia.server.work.actions.tasks import make_tasks

BOX = {"id": "m1", "label": "car", "geometry": {"kind": "box", "x0": 1, "y0": 2, "x1": 30, "y1": 40}}


@pytest.fixture
def site(room: Any, tenants: Any, make_person: Any, client_for: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A worker, a lead and a stranger at their browsers."""
    monkeypatch.setattr(
        neighbours,
        "thing",
        lambda project: (
            Thing(frozenset({tenants.base, tenants.client}))
            if project in room.setups
            else neighbours_missing()
        ),
    )
    room.worker_id = make_person("worker", tenants.base)
    room.worker = client_for(room.worker_id)
    room.lead_browser = client_for(make_person("lead", tenants.base))
    room.foreign = client_for(make_person("lead", tenants.other_base))
    return room


def neighbours_missing() -> Thing:
    from doujia.server.kernel.errors import NotFound

    raise NotFound("project_not_found")


def post(client: Client, path: str, body: Any, method: str = "post") -> Any:
    return getattr(client, method)(f"/api/v1/work/{path}", json.dumps(body), content_type="application/json")


def fill(*items: str) -> None:
    from doujia.server.work.actions.tasks import Wanted

    make_tasks("p1", [Wanted(i) for i in items])


def test_the_day_of_a_worker_over_http(site: Any) -> None:
    fill("a", "b")
    pack = post(site.worker, "next", {"project": "p1", "want": 2, "have": []}).json()
    assert pack["empty"] is None and pack["setups"] == {"p1": {"schema_version": 3, "guideline_version": 4}}
    task = pack["tasks"][0]
    assert set(task) == {
        "id", "project", "slot", "lease", "fence", "until", "mode", "item", "schema_version", "guideline_version", "prelabels", "draft",
        "previous", "before_previous", "candidates", "fused", "findings", "comments", "price_fen",
    }  # fmt: skip
    assert task["mode"] == "work" and task["until"].endswith("Z") and task["item"]["media"]["kind"] == "image"
    kept = post(
        site.worker,
        f"tasks/{task['id']}/draft",
        {"lease": task["lease"], "seq": 1, "marks": [BOX], "active_ms": 10},
        "put",
    )
    assert kept.status_code == 200 and kept.json()["seq"] == 1
    again = post(site.worker, "next", {"project": "p1", "want": 1, "have": [pack["tasks"][1]["id"]]}).json()
    assert again["tasks"][0]["id"] == task["id"] and again["tasks"][0]["draft"]["marks"][0]["id"] == "m1"
    body = {
        "id": str(uuid.uuid4()), "task": task["id"], "lease": task["lease"], "marks": [BOX], "relations": [], "item_attrs": {},
        "empty": False, "active_ms": 4200, "guideline_version": 4, "schema_version": 3,
        "provenance": {"added": 1}, "deleted_prelabels": [], "client": {"made_at": "2026-03-02T04:00:00Z", "build": "x", "offline": False},
    }  # fmt: skip
    first = post(site.worker, "submissions", body)
    assert first.status_code == 200
    assert first.json() == {
        "id": body["id"], "state": "accepted",
        "today": {"items": 1, "active_ms": 4200, "earned_fen": None, "accepted": 1, "returned": 0},
    }  # fmt: skip
    assert post(site.worker, "submissions", body).json() == first.json()
    assert site.worker.get("/api/v1/work/today").json()["items"] == 1
    assert site.worker.get("/api/v1/work/mine").json()["items"][0]["id"] == body["id"]


def test_what_does_not_fit_is_named(site: Any) -> None:
    fill("a")
    task = post(site.worker, "next", {"project": "p1"}).json()["tasks"][0]
    body = {
        "id": str(uuid.uuid4()),
        "task": task["id"],
        "lease": task["lease"],
        "marks": [BOX | {"label": "bus"}],
    }
    refused = post(site.worker, "submissions", body)
    assert refused.status_code == 422 and refused["Content-Type"] == "application/problem+json"
    assert [(f["mark"], f["field"]) for f in refused.json()["fields"]] == [("m1", "label")]
    broken = post(
        site.worker,
        "submissions",
        body | {"marks": [{"id": "m1", "geometry": {"kind": "box", "x0": "left"}}]},
    )
    assert (broken.status_code, broken.json()["code"]) == (422, "invalid_marks")
    assert broken.json()["fields"][0]["field"].startswith("marks[0].geometry")
    assert post(site.worker, "submissions", body | {"id": "not-a-uuid"}).status_code == 422
    not_json = site.worker.post("/api/v1/work/next", b"\xff\xfe", content_type="application/json")
    assert (not_json.status_code, not_json.json()["code"]) == (400, "not_json")


@pytest.mark.parametrize("task", ["AAAAAAAAAAA", "x", "..%2f..", "AAAAAAAAAA\u6f22", "____________________"])
def test_guessed_tasks_are_not_there(site: Any, task: str) -> None:
    fill("a")
    assert post(site.worker, f"tasks/{task}/give-back", {"lease": "x"}).status_code == 404


def test_foreign_projects_look_as_if_they_were_not_there(site: Any) -> None:
    fill("a")
    task = post(site.worker, "next", {"project": "p1"}).json()["tasks"][0]
    for method, path, body in (
        ("post", "next", {"project": "p1"}),
        (
            "post",
            "submissions",
            {"id": str(uuid.uuid4()), "task": task["id"], "lease": task["lease"], "marks": []},
        ),
        ("put", f"tasks/{task['id']}/draft", {"lease": task["lease"], "seq": 1, "marks": []}),
        ("post", f"tasks/{task['id']}/skip", {"lease": task["lease"], "reason": "x"}),
        ("post", f"tasks/{task['id']}/comments", {"text": "x"}),
        ("post", "projects/p1/questions", {"text": "x"}),
        ("post", "projects/p1/pause", {"paused": True}),
        ("post", "projects/p1/reassign", {"tasks": [task["id"]]}),
        ("post", "projects/p1/tasks", {"tasks": [{"item": "z"}]}),
    ):
        assert post(site.foreign, path, body, method).status_code == 404, path
    for path in (
        "projects/p1/board",
        "projects/p1/tasks",
        "projects/p1/extras",
        "projects/p1/questions",
        f"tasks/{task['id']}/revisions",
    ):
        assert site.foreign.get(f"/api/v1/work/{path}").status_code == 404, path


def test_nothing_happens_without_login_or_csrf(site: Any) -> None:
    fill("a")
    assert post(Client(), "next", {"project": "p1"}).status_code == 401
    bare = Client()
    bare.cookies = site.worker.cookies
    assert post(bare, "next", {"project": "p1"}).status_code == 403


def test_the_number_of_queries_does_not_grow_with_the_pack(site: Any) -> None:
    from django.db import connection

    fill(*(f"i{n}" for n in range(60)))
    counts = []
    site.worker.get("/api/v1/work/today")
    for want in (1, 5, 20):
        with CaptureQueriesContext(connection) as seen:
            got = post(site.worker, "next", {"project": "p1", "want": want, "have": still_held(site)})
            assert len(got.json()["tasks"]) == want
        site.have = [*still_held(site), *(t["id"] for t in got.json()["tasks"])]
        counts.append(len(seen))
    assert max(counts) - min(counts) <= 1, counts


def still_held(site: Any) -> list[str]:
    return getattr(site, "have", [])


def test_filters_in_the_address(site: Any) -> None:
    fill("a", "b")
    task = post(site.worker, "next", {"project": "p1"}).json()["tasks"][0]
    post(
        site.worker,
        "submissions",
        {"id": str(uuid.uuid4()), "task": task["id"], "lease": task["lease"], "marks": [BOX]},
    )

    def listed(query: str) -> int:
        return len(site.lead_browser.get(f"/api/v1/work/projects/p1/tasks?{query}").json()["items"])

    assert [
        listed(q)
        for q in (
            "",
            "content=class:car",
            "content=!class:car",
            "content=class:car%3E%3D2",
            "content=class:car%3C%3D2",
        )
    ] == [2, 1, 1, 0, 1]
    assert site.lead_browser.get("/api/v1/work/projects/p1/tasks?content=user__password").status_code == 422
    assert site.lead_browser.get("/api/v1/work/projects/p1/tasks?cursor=nonsense").status_code == 400
    assert site.worker.get("/api/v1/work/projects/p1/board").status_code == 403
