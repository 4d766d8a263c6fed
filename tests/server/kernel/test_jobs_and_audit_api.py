"""Jobs and the audit trail over HTTP: one's own, one's tenant's, nobody else's."""

from __future__ import annotations

from typing import Any

import pytest

from doujia.server.kernel import jobs

pytestmark = pytest.mark.django_db


def test_a_job_is_seen_by_its_owner_and_those_who_answer_for_the_tenant(
    make_person: Any, tenants: Any, client_for: Any, actor_of: Any
) -> None:
    owner = make_person("worker", tenants.base)
    job = jobs.enqueue("x.y", {}, actor=actor_of(owner), tenant=tenants.base)
    address = f"/api/v1/jobs/{job}"
    expected = {
        owner: 200,
        make_person("manager", tenants.base): 200,
        make_person("lead", tenants.base): 200,
        make_person("worker", tenants.base): 404,
        make_person("manager", tenants.other_base): 404,
        make_person("client", tenants.client): 404,
        make_person("admin", tenants.platform): 200,
    }
    for person, status in expected.items():
        client = client_for(person)
        assert client.get(address).status_code == status
        listed = [j["id"] for j in client.get("/api/v1/jobs").json()["items"]]
        assert (job in listed) == (status == 200)


def test_only_owner_and_managers_stop_a_job(
    make_person: Any, tenants: Any, client_for: Any, actor_of: Any
) -> None:
    owner = make_person("worker", tenants.base)
    job = jobs.enqueue("x.y", {}, actor=actor_of(owner), tenant=tenants.base)
    for role, tenant, status in (
        ("lead", tenants.base, 403),
        ("worker", tenants.base, 404),
        ("manager", tenants.other_base, 404),
    ):
        for verb in ("cancel", "resume"):
            assert (
                client_for(make_person(role, tenant)).post(f"/api/v1/jobs/{job}/{verb}").status_code == status
            )
    done = client_for(owner).post(f"/api/v1/jobs/{job}/cancel")
    assert (done.status_code, done.json()["state"]) == (200, "cancelled")
    again = client_for(make_person("manager", tenants.base)).post(f"/api/v1/jobs/{job}/resume")
    assert (again.status_code, again.json()["state"]) == (200, "queued")


def test_lists_are_paged_without_a_gap(
    make_person: Any, tenants: Any, client_for: Any, actor_of: Any
) -> None:
    owner = make_person("worker", tenants.base)
    made = [jobs.enqueue("x.y", {}, actor=actor_of(owner)) for _ in range(7)]
    client, seen, cursor = client_for(owner), [], ""
    while True:
        page = client.get(f"/api/v1/jobs?limit=3&cursor={cursor}").json()
        seen += [j["id"] for j in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == made[::-1]


def test_a_manager_reads_the_trail_of_her_base_only(make_person: Any, tenants: Any, client_for: Any) -> None:
    manager = make_person("manager", tenants.base)
    make_person("worker", tenants.other_base)
    client = client_for(manager)
    rows = client.get("/api/v1/audit").json()["items"]
    assert rows and {r["tenant"] for r in rows} == {tenants.base}
    assert {r["action"] for r in client.get("/api/v1/audit?action=person.").json()["items"]} == {
        "person.created"
    }
    assert client.get(f"/api/v1/audit?tenant={tenants.other_base}").status_code == 404
    assert client_for(make_person("worker", tenants.base)).get("/api/v1/audit").status_code == 403


@pytest.mark.parametrize("cursor", ["x", "!!!", "WyJhIl0", "bnVsbA", "WyJhIiwiYiJd"])
def test_a_wrong_cursor_is_told(make_person: Any, tenants: Any, client_for: Any, cursor: str) -> None:
    client = client_for(make_person("admin", tenants.platform))
    for address in ("/api/v1/jobs", "/api/v1/audit"):
        answer = client.get(f"{address}?cursor={cursor}")
        assert (answer.status_code, answer.json()["code"]) == (400, "cursor_invalid")


def test_the_trail_names_who_did_it(make_person: Any, tenants: Any, client_for: Any) -> None:
    manager = make_person("manager", tenants.base, name="林主任")
    client = client_for(manager)
    body = {"tenant": tenants.base, "role": "worker", "display_name": "新来的"}
    assert client.post("/api/v1/people/persons", body, content_type="application/json").status_code == 201
    (row,) = client.get(f"/api/v1/audit?tenant={tenants.base}&by={manager}&action=person.created").json()[
        "items"
    ]
    assert (row["actor"], row["name"]) == (manager, "林主任")
