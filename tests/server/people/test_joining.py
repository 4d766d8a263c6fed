"""How people come in: rosters and enrolment links."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from doujia.server.kernel import clock, sheets
from doujia.server.people import identity, queries
from doujia.server.people.models import Person, RoleGrant

pytestmark = pytest.mark.django_db
START = datetime(2026, 3, 1, tzinfo=UTC)
HEADER = ["姓名", "手机号", "登录名", "角色", "身份证姓名", "身份证号"]


def _import(
    client: Client, tenant: str, rows: list[list[Any]], header: list[str] = HEADER, **query: str
) -> Any:
    file = SimpleUploadedFile("名单.xlsx", sheets.xlsx_bytes(header, rows))
    asked = f"?as={query['form']}" if query else ""
    return client.post(f"/api/v1/people/roster{asked}", {"tenant": tenant, "file": file})


def test_good_rows_are_kept_and_bad_rows_are_named(make_person: Any, tenants: Any, client_for: Any) -> None:
    client = client_for(make_person("manager", tenants.base))
    rows = [
        ["王一", 13800138001, None, "标注员", None, None],
        ["王二", "1380013800", None, None, None, None],
        [None, "13800138003", None, None, None, None],
        ["王四", None, "wang4", "组长", "王四四", "11010519491231002X"],
        ["王五", "13800138001", None, None, None, None],
        ["王六", "13800138006", None, "经理", None, None],
        ["王七", "13800138007", None, "manager", None, None],
        ["王八", "13800138008", None, None, None, "110105194912310021"],
        ["王九", None, "WANG4", None, None, None],
        ["王十", None, None, None, None, "11010519491231002X"],
    ]
    answer = _import(client, tenants.base, rows).json()
    assert [(d["row"], d["display_name"], d["login"]) for d in answer["created"]] == [
        (2, "王一", "13800138001"),
        (5, "王四", "wang4"),
    ]
    assert [(e["row"], e["field"], e["code"]) for e in answer["errors"]] == [
        (3, "phone", "person_invalid"),
        (4, "display_name", "name_invalid"),
        (6, "phone", "phone_taken"),
        (7, "role", "person_invalid"),
        (8, "role", "role_too_high"),
        (9, "id_number", "person_invalid"),
        (10, "login_name", "login_taken"),
        (11, "id_number", "id_taken"),
    ]
    assert RoleGrant.objects.filter(tenant_id=tenants.base, role="lead").count() == 1
    assert Person.objects.filter(display_name__in=["王二", "王八", "王十"]).count() == 0
    login = Client().post(
        "/api/v1/people/login",
        {"login": "13800138001", "password": answer["created"][0]["code"]},
        content_type="application/json",
    )
    assert login.json()["must_change_password"] is True


def test_the_result_file_carries_no_formula(make_person: Any, tenants: Any, client_for: Any) -> None:
    client = client_for(make_person("manager", tenants.base))
    answer = _import(
        client, tenants.base, [['=HYPERLINK("http://x")', "13800138001", None, None, None, None]], form="xlsx"
    )
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).worksheets[0]
    assert sheet["B2"].data_type == "s" and sheet["B2"].value == '\'=HYPERLINK("http://x")'
    assert answer["Cache-Control"] == "no-store"


def test_the_template_can_be_filled_in_and_imported(make_person: Any, tenants: Any, client_for: Any) -> None:
    client = client_for(make_person("manager", tenants.base))
    template = client.get("/api/v1/people/roster/template")
    book = openpyxl.load_workbook(io.BytesIO(template.content))
    book.worksheets[0].append(["王一", "13800138001"])
    out = io.BytesIO()
    book.save(out)
    answer = client.post(
        "/api/v1/people/roster",
        {"tenant": tenants.base, "file": SimpleUploadedFile("x.xlsx", out.getvalue())},
    ).json()
    assert ([d["display_name"] for d in answer["created"]], answer["errors"]) == (["王一"], [])


@pytest.mark.parametrize("data", [b"", b"not a table", b"PK\x03\x04"])
def test_a_file_that_is_no_table_is_told(
    make_person: Any, tenants: Any, client_for: Any, data: bytes
) -> None:
    client = client_for(make_person("manager", tenants.base))
    answer = client.post(
        "/api/v1/people/roster", {"tenant": tenants.base, "file": SimpleUploadedFile("x.xlsx", data)}
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "sheet_refused")


def test_a_table_without_names_is_told(make_person: Any, tenants: Any, client_for: Any) -> None:
    answer = _import(client_for(make_person("manager", tenants.base)), tenants.base, [["x"]], ["电话"])
    assert answer.json()["code"] == "roster_heading"


def _link(client: Client, tenant: str, **body: Any) -> dict[str, Any]:
    answer = client.post(
        "/api/v1/people/enrolment-links", {"tenant": tenant} | body, content_type="application/json"
    )
    assert answer.status_code == 201, answer.content
    return dict(answer.json())


def _enrol(code: str, name: str = "新人", client: Client | None = None, **body: Any) -> Any:
    return (client or Client()).post(
        f"/api/v1/people/enrol/{code}",
        {"display_name": name, "password": "blue-Bean-42"} | body,
        content_type="application/json",
    )


def _login(name: str) -> Any:
    return Client().post(
        "/api/v1/people/login", {"login": name, "password": "blue-Bean-42"}, content_type="application/json"
    )


def test_a_newcomer_enrols_waits_and_is_let_in(make_person: Any, tenants: Any, client_for: Any) -> None:
    manager = client_for(make_person("manager", tenants.base))
    link = _link(manager, tenants.base)
    assert link["url"].endswith(f"/enrol/{link['code']}")
    door = Client().get(f"/api/v1/people/enrol/{link['code']}").json()
    assert (door["base"], door["waits_for_manager"]) == ("万山基地", True)
    assert _enrol(link["code"], phone="13800138001").json() == {"login": "13800138001", "state": "pending"}
    waiting = _login("13800138001")
    assert (waiting.status_code, waiting.json()["code"]) == (403, "account_pending")
    (row,) = manager.get("/api/v1/people/persons?state=pending").json()["items"]
    assert [r["role"] for r in row["roles"]] == ["worker"]
    edited = manager.patch(
        f"/api/v1/people/persons/{row['id']}", {"state": "active"}, content_type="application/json"
    )
    assert edited.json()["state"] == "active"
    assert _login("13800138001").status_code == 200


def test_a_link_without_approval_admits_at_once(make_person: Any, tenants: Any, client_for: Any) -> None:
    link = _link(client_for(make_person("manager", tenants.base)), tenants.base, approve=False)
    assert _enrol(link["code"]).json() == {"login": "新人", "state": "active"}
    assert _login("新人").status_code == 200


def test_a_link_ends_by_use_by_time_and_by_hand(make_person: Any, tenants: Any, client_for: Any) -> None:
    with clock.frozen(START):
        manager = client_for(make_person("manager", tenants.base))
        once, timed, taken = (_link(manager, tenants.base, max_uses=1, days=1) for _ in range(3))
        assert _enrol(once["code"], "甲").status_code == 201
        assert _enrol(once["code"], "乙").status_code == 410
        assert manager.delete(f"/api/v1/people/enrolment-links/{taken['id']}").status_code == 204
        assert _enrol(taken["code"], "丙").status_code == 410
        clock.advance(timedelta(days=1))
        assert _enrol(timed["code"], "丁").status_code == 410
        assert Client().get(f"/api/v1/people/enrol/{timed['code']}").status_code == 410
    assert Client().get("/api/v1/people/enrol/guessed").status_code == 404
    assert set(Person.objects.values_list("display_name", flat=True)) == {"manager 1", "甲"}


def test_a_refused_enrolment_does_not_use_the_link_up(
    make_person: Any, tenants: Any, client_for: Any
) -> None:
    link = _link(client_for(make_person("manager", tenants.base)), tenants.base, max_uses=1, approve=False)
    assert _enrol(link["code"], password="12345678").status_code == 422
    assert _enrol(link["code"], phone="5").status_code == 422
    assert _enrol(link["code"]).status_code == 201


def test_nobody_gives_herself_a_role_or_base_while_enrolling(
    make_person: Any, tenants: Any, client_for: Any
) -> None:
    """Mass assignment: fields that are not asked for change nothing."""
    link = _link(client_for(make_person("manager", tenants.base)), tenants.base, approve=False)
    answer = _enrol(link["code"], role="manager", tenant=tenants.other_base, state="active", id="chosen")
    assert answer.status_code == 201
    person = Person.objects.get(display_name="新人")
    assert person.id != "chosen"
    assert list(person.grants.values_list("role", "tenant_id")) == [("worker", tenants.base)]


def test_links_are_not_shown_again_nor_to_others(make_person: Any, tenants: Any, client_for: Any) -> None:
    manager = client_for(make_person("manager", tenants.base))
    link = _link(manager, tenants.base)
    listed = manager.get(f"/api/v1/people/enrolment-links?tenant={tenants.base}")
    assert link["code"] not in listed.content.decode()
    more = [_link(manager, tenants.base)["id"] for _ in range(3)]
    found, cursor = [], ""
    while cursor is not None:
        address = f"/api/v1/people/enrolment-links?tenant={tenants.base}&limit=3"
        page = manager.get(f"{address}&cursor={cursor}" if cursor else address).json()
        found += [one["id"] for one in page["items"]]
        cursor = page["next"]
    assert found == [*reversed(more), link["id"]]
    stranger = client_for(make_person("manager", tenants.other_base))
    assert stranger.get(f"/api/v1/people/enrolment-links?tenant={tenants.base}").status_code == 404
    assert stranger.delete(f"/api/v1/people/enrolment-links/{link['id']}").status_code == 404
    assert client_for(make_person("lead", tenants.base)).get(
        f"/api/v1/people/enrolment-links?tenant={tenants.base}"
    ).status_code == 403  # fmt: skip


def test_who_has_an_account_joins_a_second_base(
    make_person: Any, tenants: Any, client_for: Any, actor_of: Any
) -> None:
    worker = make_person("worker", tenants.base)
    manager = client_for(make_person("manager", tenants.other_base))
    waits, admits = _link(manager, tenants.other_base), _link(manager, tenants.other_base, approve=False)
    browser = client_for(worker)
    assert browser.post(f"/api/v1/people/enrol/{waits['code']}/join").status_code == 403
    assert browser.post(f"/api/v1/people/enrol/{admits['code']}/join").json() == {
        "tenant": tenants.other_base
    }
    assert actor_of(worker).tenants("worker") == {tenants.base, tenants.other_base}
    assert Client().post(f"/api/v1/people/enrol/{admits['code']}/join").status_code == 401


def test_guessing_codes_is_slowed(make_person: Any, tenants: Any, client_for: Any) -> None:
    with clock.frozen(START):
        statuses = {Client().get("/api/v1/people/enrol/guess").status_code for _ in range(600)}
        assert statuses == {404}
        assert Client().get("/api/v1/people/enrol/guess").status_code == 429


def test_open_sign_up_does_not_exist(tenants: Any) -> None:
    body = {"tenant": tenants.base, "role": "worker", "display_name": "x"}
    assert Client().post("/api/v1/people/persons", body, content_type="application/json").status_code == 401


def test_names_and_pseudonyms_come_in_one_query(
    make_person: Any, tenants: Any, django_assert_num_queries: Any
) -> None:
    people = [make_person("worker", tenants.base, name=f"王{i}") for i in range(5)]
    with django_assert_num_queries(1):
        assert set(queries.names(people).values()) == {f"王{i}" for i in range(5)}
    with django_assert_num_queries(1):
        assert all(p.startswith("w_") for p in queries.pseudonyms(people).values())
    assert identity.mask_name("王1") == "王*"
