"""Roles: nobody raises their own rights or an equal's; foreign people do not exist."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from doujia.server.kernel import clock
from doujia.server.people import actions, queries
from doujia.server.people.models import Person
from doujia.server.people.permissions import SYSTEM

pytestmark = pytest.mark.django_db


def _grant(client: Any, person: str, tenant: str, role: str) -> int:
    answer = client.post(
        f"/api/v1/people/persons/{person}/roles",
        {"tenant": tenant, "role": role},
        content_type="application/json",
    )
    return int(answer.status_code)


def test_a_manager_gives_roles_below_her_own(make_person: Any, tenants: Any, client_for: Any) -> None:
    client = client_for(make_person("manager", tenants.base))
    worker = make_person("worker", tenants.base)
    assert _grant(client, worker, tenants.base, "lead") == 204
    assert _grant(client, worker, tenants.base, "lead") == 204
    assert queries.actor_for(worker).tenants("lead") == {tenants.base}
    for role in ("manager", "admin", "client", "nonsense"):
        assert _grant(client, worker, tenants.base, role) in (403, 422)
    assert queries.actor_for(worker).tenants("manager", "admin", "client") == frozenset()


def test_nobody_raises_herself_or_an_equal(make_person: Any, tenants: Any, client_for: Any) -> None:
    """CVAT CVE-2026-23526: staff could edit their own permissions."""
    one, two = make_person("manager", tenants.base), make_person("manager", tenants.base)
    lead = make_person("lead", tenants.base)
    admin, other_admin = make_person("admin", tenants.platform), make_person("admin", tenants.platform)
    for giver, person, tenant, role in (
        (one, one, tenants.base, "lead"),
        (one, two, tenants.base, "lead"),
        (one, one, tenants.platform, "admin"),
        (lead, lead, tenants.base, "manager"),
        (lead, make_person("worker", tenants.base), tenants.base, "lead"),
        (admin, admin, tenants.base, "manager"),
        (admin, other_admin, tenants.base, "worker"),
        (admin, make_person("worker", tenants.base), tenants.platform, "admin"),
    ):
        assert _grant(client_for(giver), person, tenant, role) in (403, 404)
    for taker, person, tenant, role in (
        (one, two, tenants.base, "manager"),
        (admin, other_admin, tenants.platform, "admin"),
    ):
        answer = client_for(taker).delete(f"/api/v1/people/persons/{person}/roles/{tenant}/{role}")
        assert answer.status_code == 403


def test_an_admin_makes_managers(make_person: Any, tenants: Any, client_for: Any) -> None:
    client = client_for(make_person("admin", tenants.platform))
    worker = make_person("worker", tenants.base)
    assert _grant(client, worker, tenants.base, "manager") == 204
    assert client.delete(f"/api/v1/people/persons/{worker}/roles/{tenants.base}/manager").status_code == 204


def test_people_of_another_base_do_not_exist_for_a_manager(
    make_person: Any, tenants: Any, client_for: Any
) -> None:
    client = client_for(make_person("manager", tenants.base))
    stranger = make_person("worker", tenants.other_base)
    base = f"/api/v1/people/persons/{stranger}"
    answers = [
        client.get(base),
        client.patch(base, {"display_name": "x"}, content_type="application/json"),
        client.post(f"{base}/close"),
        client.post(f"{base}/reset-password"),
        client.get(f"{base}/qualifications"),
        client.post(f"{base}/qualifications", {"skill": "box", "level": 1}, content_type="application/json"),
        client.delete(f"{base}/qualifications/box"),
        client.get(f"{base}/identity"),
        client.delete(f"{base}/roles/{tenants.other_base}/worker"),
        client.get("/api/v1/people/persons/no-such-person"),
        client.get(f"/api/v1/people/persons?tenant={tenants.other_base}"),
    ]
    assert [a.status_code for a in answers] == [404] * len(answers)
    assert _grant(client, stranger, tenants.base, "worker") == 404
    assert _grant(client, stranger, tenants.other_base, "worker") == 404
    row = Person.objects.get(id=stranger)
    assert (row.display_name, row.state) == ("worker 2", "active")


def test_who_is_more_elsewhere_is_not_taken_over_here(
    make_person: Any, tenants: Any, client_for: Any
) -> None:
    """Resetting the password of my worker who is an admin elsewhere would hand me the admin's rights."""
    client = client_for(make_person("manager", tenants.base))
    for role, tenant in (
        ("admin", tenants.platform),
        ("manager", tenants.other_base),
        ("worker", tenants.other_base),
    ):
        person = make_person("worker", tenants.base)
        actions.grant_role(actor=SYSTEM, person=person, tenant=tenant, role=role)
        for verb in ("reset-password", "close"):
            answer = client.post(f"/api/v1/people/persons/{person}/{verb}")
            assert (answer.status_code, answer.json()["code"]) == (403, "not_above")
        assert client.get(f"/api/v1/people/persons/{person}/identity").status_code == 403
        assert client.delete(f"/api/v1/people/persons/{person}/roles/{tenants.base}/worker").status_code in (
            204,
            403,
        )


def test_a_list_shows_only_what_concerns_the_reader(make_person: Any, tenants: Any, client_for: Any) -> None:
    person = make_person("worker", tenants.base, name="王小豆")
    actions.grant_role(actor=SYSTEM, person=person, tenant=tenants.other_base, role="lead")
    client = client_for(make_person("manager", tenants.base))
    (row,) = client.get("/api/v1/people/persons?search=王小").json()["items"]
    assert [r["tenant"]["id"] for r in row["roles"]] == [tenants.base]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("role=lead", {"lead b"}),
        ("search=WORKER", {"worker a", "worker c"}),
        ("search=13800138000", {"worker c"}),
        ("search=%25", set()),
        ("state=closed", {"worker a"}),
        ("role=lead&state=closed", set()),
        ("search=' OR 1=1 --", set()),
    ],
)
def test_filters(make_person: Any, tenants: Any, client_for: Any, query: str, expected: set[str]) -> None:
    manager = make_person("manager", tenants.base, name="boss")
    first = make_person("worker", tenants.base, name="worker a")
    make_person("lead", tenants.base, name="lead b")
    make_person("worker", tenants.base, name="worker c", phone="13800138000")
    make_person("worker", tenants.other_base, name="worker z")
    Person.objects.filter(id=first).update(state="closed")
    items = client_for(manager).get(f"/api/v1/people/persons?{query}").json()["items"]
    assert {p["display_name"] for p in items} == expected


def test_a_long_list_is_paged_with_a_fixed_number_of_queries(
    make_person: Any, tenants: Any, client_for: Any, actor_of: Any, django_assert_max_num_queries: Any
) -> None:
    actor = actor_of(make_person("manager", tenants.base, name="zz boss"))
    for i in range(24):
        make_person("worker", tenants.base, name=f"w{i:02d}", phone=f"138001380{i:02d}")
    seen: list[str] = []
    after = None
    while True:
        with django_assert_max_num_queries(5):
            rows = queries.list_people(actor=actor, after=after, limit=10)
        if not rows:
            break
        seen += [r.display_name for r in rows]
        after = (rows[-1].display_name, rows[-1].id)
    assert seen == [f"w{i:02d}" for i in range(24)] + ["zz boss"]


def test_qualifications_count_until_they_end(make_person: Any, tenants: Any) -> None:
    person = make_person("worker", tenants.base)
    with clock.frozen(datetime(2026, 3, 1, tzinfo=UTC)):
        ends = clock.now() + timedelta(days=30)
        actions.grant_qualification(
            actor=SYSTEM, person=person, skill="box", level=3, source="exam:1", valid_until=ends
        )
        assert queries.qualified(person, "box", 3) and queries.qualified(person, "box", 1)
        assert not queries.qualified(person, "box", 4) and not queries.qualified(person, "mask", 1)
        assert queries.qualified_people([person, "nobody"], "box", 2) == {person}
        clock.advance(timedelta(days=30))
        assert not queries.qualified(person, "box", 1) and queries.qualifications(person) == {}


def test_in_a_closed_tenant_no_role_counts(make_person: Any, tenants: Any, client_for: Any) -> None:
    client = client_for(make_person("manager", tenants.base))
    admin = client_for(make_person("admin", tenants.platform))
    assert client.get("/api/v1/people/persons").status_code == 200
    closed = admin.patch(
        f"/api/v1/people/tenants/{tenants.base}", {"active": False}, content_type="application/json"
    )
    assert closed.status_code == 200
    assert client.get("/api/v1/people/persons").status_code == 403


@pytest.mark.parametrize(
    ("role", "place", "sees_bases"),
    [
        ("client", "client", True),
        ("manager", "base", True),
        ("worker", "base", False),
        ("viewer", "client", False),
    ],
)
def test_who_gives_work_away_sees_the_bases(
    make_person: Any, tenants: Any, client_for: Any, role: str, place: str, sees_bases: bool
) -> None:
    """A client names the bases of a project; nobody sees another client."""
    own = getattr(tenants, place)
    other = actions.create_tenant(actor=SYSTEM, kind="base", name="另一个基地")
    rival = actions.create_tenant(actor=SYSTEM, kind="client", name="别的公司")
    answer = client_for(make_person(role, own)).get("/api/v1/people/tenants")
    seen = {tenant["id"] for tenant in answer.json()["items"]}
    assert own in seen and rival not in seen
    assert (other in seen) is sees_bases


def test_a_long_list_of_places_comes_by_pages(make_person: Any, tenants: Any, client_for: Any) -> None:
    for n in range(4):
        for kind in ("base", "client"):  # equal names, too
            actions.create_tenant(actor=SYSTEM, kind=kind, name=f"地方 {n}")
    admin = client_for(make_person("admin", tenants.platform))
    whole = admin.get("/api/v1/people/tenants").json()
    assert whole["next"] is None and len(whole["items"]) == 6 + 8
    found: list[str] = []
    cursor = ""
    while cursor is not None:
        page = admin.get(f"/api/v1/people/tenants?limit=2{f'&cursor={cursor}' if cursor else ''}").json()
        found += [t["id"] for t in page["items"]]
        cursor = page["next"]
    assert found == [t["id"] for t in whole["items"]]


@pytest.mark.parametrize("name", ["", "   ", "a\u202eb", "x\u200by", "a\x00b", "字" * 81])
def test_names_that_fake_others_are_refused(
    make_person: Any, tenants: Any, client_for: Any, name: str
) -> None:
    client = client_for(make_person("manager", tenants.base))
    body = {"tenant": tenants.base, "role": "worker", "display_name": name}
    assert client.post("/api/v1/people/persons", body, content_type="application/json").status_code == 422


def test_markup_in_a_name_stays_text(make_person: Any, tenants: Any, client_for: Any) -> None:
    """Label Studio CVE-2026-22033: stored text never comes back as HTML."""
    client = client_for(make_person("manager", tenants.base))
    name = "</script><img src=x onerror=alert(1)>"
    body = {"tenant": tenants.base, "role": "worker", "display_name": name, "login_name": "x"}
    made = client.post("/api/v1/people/persons", body, content_type="application/json").json()
    answer = client.get(f"/api/v1/people/persons/{made['person']}")
    assert answer.json()["display_name"] == name
    assert answer["Content-Type"].startswith("application/json")
    assert answer["X-Content-Type-Options"] == "nosniff"
