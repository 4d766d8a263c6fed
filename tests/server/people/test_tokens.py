"""API tokens: shown once, limited, ended at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from doujia.server.kernel import clock
from doujia.server.people.models import ApiToken

pytestmark = pytest.mark.django_db


def _make(browser: Client, **body: Any) -> dict[str, Any]:
    answer = browser.post(
        "/api/v1/people/tokens", {"name": "script", "scope": "read"} | body, content_type="application/json"
    )
    assert answer.status_code == 201, answer.content
    return dict(answer.json())


def _with(token: str) -> Client:
    return Client(headers={"Authorization": f"Bearer {token}"})


def test_a_token_is_shown_once_and_stored_as_a_hash(make_person: Any, tenants: Any, client_for: Any) -> None:
    browser = client_for(make_person("manager", tenants.base))
    made = _make(browser)
    listed = browser.get("/api/v1/people/tokens")
    assert made["token"] not in listed.content.decode()
    assert listed.json()[0]["hint"] == made["token"][:7] + "…"
    row = ApiToken.objects.get()
    assert made["token"] not in (row.digest, row.id, row.hint)
    assert _with(made["token"]).get("/api/v1/people/me").json()["display_name"] == "manager 1"


@pytest.mark.parametrize(
    ("scope", "reads", "manages"), [("read", 200, 403), ("write", 200, 403), ("admin", 200, 201)]
)
def test_scopes(
    make_person: Any, tenants: Any, client_for: Any, scope: str, reads: int, manages: int
) -> None:
    program = _with(_make(client_for(make_person("manager", tenants.base)), scope=scope)["token"])
    assert program.get("/api/v1/people/persons").status_code == reads
    body = {"tenant": tenants.base, "role": "worker", "display_name": "x"}
    assert (
        program.post("/api/v1/people/persons", body, content_type="application/json").status_code == manages
    )


def test_a_token_for_one_tenant_knows_only_that_one(
    make_person: Any, tenants: Any, client_for: Any, actor_of: Any
) -> None:
    from doujia.server.people import actions
    from doujia.server.people.permissions import SYSTEM

    person = make_person("manager", tenants.base)
    actions.grant_role(actor=SYSTEM, person=person, tenant=tenants.other_base, role="manager")
    browser = client_for(person)
    program = _with(_make(browser, scope="admin", tenant=tenants.base)["token"])
    assert program.get(f"/api/v1/people/persons?tenant={tenants.base}").status_code == 200
    assert program.get(f"/api/v1/people/persons?tenant={tenants.other_base}").status_code == 404
    refused = browser.post(
        "/api/v1/people/tokens", {"name": "x", "tenant": tenants.client}, content_type="application/json"
    )
    assert refused.status_code == 404


def test_a_revoked_or_expired_token_is_nobody(make_person: Any, tenants: Any, client_for: Any) -> None:
    start = datetime(2026, 3, 1, tzinfo=UTC)
    with clock.frozen(start):
        browser = client_for(make_person("worker", tenants.base))
        first, second = _make(browser, days=1), _make(browser, days=2)
        assert _with(first["token"]).get("/api/v1/people/me").status_code == 200
        assert _with(second["token"]).get("/api/v1/people/me").status_code == 200
        assert browser.delete(f"/api/v1/people/tokens/{second['id']}").status_code == 204
        assert _with(second["token"]).get("/api/v1/people/me").status_code == 401
        clock.advance(timedelta(days=1, seconds=1))
        assert _with(first["token"]).get("/api/v1/people/me").status_code == 401


def test_nobody_ends_anothers_token(make_person: Any, tenants: Any, client_for: Any) -> None:
    made = _make(client_for(make_person("worker", tenants.base)))
    other = client_for(make_person("manager", tenants.base))
    assert other.delete(f"/api/v1/people/tokens/{made['id']}").status_code == 404
    assert _with(made["token"]).get("/api/v1/people/me").status_code == 200


def test_a_token_neither_makes_tokens_nor_changes_the_password(
    make_person: Any, tenants: Any, client_for: Any
) -> None:
    program = _with(_make(client_for(make_person("admin", tenants.platform)), scope="admin")["token"])
    for address, body in (
        ("tokens", {"name": "x", "scope": "admin"}),
        ("password", {"old": "a", "new": "b"}),
        ("logout", {}),
    ):
        answer = program.post(f"/api/v1/people/{address}", body, content_type="application/json")
        assert (answer.status_code, answer.json()["code"]) == (403, "session_required")


def test_a_closed_account_ends_its_tokens(make_person: Any, tenants: Any, client_for: Any) -> None:
    person = make_person("worker", tenants.base)
    made = _make(client_for(person))
    manager = client_for(make_person("manager", tenants.base))
    assert _with(made["token"]).get("/api/v1/people/me").status_code == 200
    assert manager.post(f"/api/v1/people/persons/{person}/close").status_code == 204
    assert _with(made["token"]).get("/api/v1/people/me").status_code == 401


def test_a_taken_role_counts_no_more_at_once(make_person: Any, tenants: Any, client_for: Any) -> None:
    lead = make_person("lead", tenants.base)
    browser, manager = client_for(lead), client_for(make_person("manager", tenants.base))
    program = _with(_make(browser)["token"])
    assert browser.get("/api/v1/people/persons").status_code == 200
    assert program.get("/api/v1/people/persons").status_code == 200
    assert manager.delete(f"/api/v1/people/persons/{lead}/roles/{tenants.base}/lead").status_code == 204
    assert browser.get("/api/v1/people/persons").status_code == 403
    assert program.get("/api/v1/people/persons").status_code == 403


@hypothesis_settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60
)
@given(st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=80))
def test_nothing_made_up_is_let_in(text: str) -> None:
    for header in (f"Bearer {text}", text, f"Basic {text}", f"bearer dj_{text}"):
        answer = Client().get("/api/v1/people/me", headers={"Authorization": header})
        assert answer.status_code == 401


def test_a_wrong_token_beside_a_good_cookie_is_nobody(
    make_person: Any, tenants: Any, client_for: Any
) -> None:
    browser = client_for(make_person("worker", tenants.base))
    assert browser.get("/api/v1/people/me", headers={"Authorization": "Bearer dj_wrong"}).status_code == 401
