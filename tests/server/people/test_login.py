"""Logging in: right, wrong, too often, with a one-time code, from another site; and what ends a login."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from doujia.server.kernel import clock
from doujia.server.people import actions, passwords, sessions
from doujia.server.people.models import LoginSession
from doujia.server.people.permissions import SYSTEM

pytestmark = pytest.mark.django_db
PASSWORD = "blue-Bean-42"
START = datetime(2026, 11, 25, 1, 0, tzinfo=UTC)


def _login(login: str, password: str, client: Client | None = None, **headers: str) -> Any:
    return (client or Client()).post(
        "/api/v1/people/login",
        {"login": login, "password": password},
        content_type="application/json",
        headers=headers or None,
    )


@pytest.mark.parametrize("login", ["13800138000", "+86 138-0013-8000", "１３８００１３８０００"])
def test_a_phone_number_logs_in_however_it_is_written(make_person: Any, tenants: Any, login: str) -> None:
    person = make_person("worker", tenants.base, name="王小豆", phone="13800138000", password=PASSWORD)
    client = Client()
    answer = _login(login, PASSWORD, client)
    assert answer.status_code == 200
    body = answer.json()
    assert (body["id"], body["display_name"]) == (person, "王小豆")
    assert body["roles"] == [
        {"role": "worker", "tenant": {"id": tenants.base, "kind": "base", "name": "万山基地", "active": True}}
    ]
    cookie = client.cookies[sessions.COOKIE]
    assert cookie["httponly"] and cookie["samesite"] == "Lax"
    assert client.get("/api/v1/people/me").json()["csrf"] == body["csrf"]


def test_the_name_is_not_case_sensitive(make_person: Any, tenants: Any) -> None:
    make_person("worker", tenants.base, name="Anna", password=PASSWORD)
    assert _login("ANNA-1", PASSWORD).status_code == 200


def test_wrong_password_and_unknown_name_look_the_same(make_person: Any, tenants: Any) -> None:
    make_person("worker", tenants.base, name="anna", password=PASSWORD)
    wrong, unknown = _login("anna-1", "no-such-Bean"), _login("nobody", "no-such-Bean")
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.json() == unknown.json()
    assert wrong.json()["code"] == "login_failed"
    assert sessions.COOKIE not in wrong.cookies


def test_an_unknown_name_costs_as_many_hashes_as_a_known_one(
    make_person: Any, tenants: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_person("worker", tenants.base, name="anna", password=PASSWORD)
    make_person("worker", tenants.base, name="no password yet")
    passwords.verify("warm", "")
    calls: list[str] = []
    real = passwords.check_password
    monkeypatch.setattr(passwords, "check_password", lambda p, s: calls.append(s[:6]) or real(p, s))
    costs = []
    for name in ("anna-1", "no password yet-2", "nobody"):
        calls.clear()
        _login(name, "no-such-Bean")
        costs.append(list(calls))
    assert costs == [["argon2"]] * 3


def test_after_five_wrong_tries_the_wait_doubles_and_a_right_one_ends_it(
    make_person: Any, tenants: Any
) -> None:
    make_person("worker", tenants.base, name="anna", password=PASSWORD)
    with clock.frozen(START):
        for _ in range(5):
            assert _login("anna-1", "wrong").status_code == 401
        locked = _login("anna-1", PASSWORD)
        assert locked.status_code == 429
        assert locked["Retry-After"] == str(locked.json()["retry_after"])
        assert 28 <= locked.json()["retry_after"] <= 31
        clock.advance(timedelta(seconds=31))
        assert _login("anna-1", "wrong").status_code == 401
        assert 58 <= _login("anna-1", PASSWORD).json()["retry_after"] <= 61
        clock.advance(timedelta(seconds=61))
        assert _login("anna-1", PASSWORD).status_code == 200
        assert _login("anna-1", PASSWORD).status_code == 200


def test_a_locked_name_at_one_address_is_not_locked_at_another(make_person: Any, tenants: Any) -> None:
    make_person("worker", tenants.base, name="anna", password=PASSWORD)
    for _ in range(6):
        _login("anna-1", "wrong")
    assert _login("anna-1", PASSWORD, Client(REMOTE_ADDR="10.0.0.9")).status_code == 200


def test_the_first_login_is_by_code_and_must_set_a_password(make_person: Any, tenants: Any) -> None:
    made = actions.create_person(actor=SYSTEM, tenant=tenants.base, role="worker", display_name="李豆豆")
    assert made.code is not None
    client = Client()
    body = _login("李豆豆", made.code.lower().replace("-", " "), client).json()
    assert body["must_change_password"] is True
    headers = {"X-CSRFToken": body["csrf"]}
    blocked = client.get("/api/v1/people/tenants")
    assert (blocked.status_code, blocked.json()["code"]) == (403, "must_change_password")
    weak = client.post(
        "/api/v1/people/password",
        {"old": made.code, "new": "12345678"},
        content_type="application/json",
        headers=headers,
    )
    assert (weak.status_code, weak.json()["code"]) == (422, "password_weak")
    done = client.post(
        "/api/v1/people/password",
        {"old": made.code, "new": PASSWORD},
        content_type="application/json",
        headers=headers,
    )
    assert done.status_code == 204
    assert client.get("/api/v1/people/tenants").status_code == 200
    assert _login("李豆豆", made.code).status_code == 401
    assert _login("李豆豆", PASSWORD).status_code == 200


def test_a_code_ends(make_person: Any, tenants: Any) -> None:
    with clock.frozen(START):
        made = actions.create_person(actor=SYSTEM, tenant=tenants.base, role="worker", display_name="李豆豆")
        clock.advance(timedelta(days=30, seconds=1))
        assert _login("李豆豆", str(made.code)).status_code == 401


def test_a_reset_ends_password_and_sessions_at_once(make_person: Any, tenants: Any, client_for: Any) -> None:
    manager = client_for(make_person("manager", tenants.base))
    worker = make_person("worker", tenants.base, name="anna", password=PASSWORD)
    browser = client_for(worker)
    assert browser.get("/api/v1/people/me").status_code == 200
    code = manager.post(f"/api/v1/people/persons/{worker}/reset-password").json()["code"]
    assert browser.get("/api/v1/people/me").status_code == 401
    assert _login("anna-2", PASSWORD).status_code == 401
    assert _login("anna-2", code).json()["must_change_password"] is True


def test_what_changes_something_needs_the_csrf_token(make_person: Any, tenants: Any, client_for: Any) -> None:
    client = client_for(make_person("worker", tenants.base))
    body = {"language": "en"}

    def send(**headers: str) -> Any:
        return client.post("/api/v1/people/language", body, content_type="application/json", headers=headers)

    for headers in (
        {"X-CSRFToken": ""},
        {"X-CSRFToken": "0" * 32},
        {"Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
    ):
        refused = send(**headers)
        assert (refused.status_code, refused.json()["code"]) == (403, "csrf_failed"), headers
    assert client.get("/api/v1/people/me").json()["language"] == "zh-CN"
    assert send(Origin="http://testserver").status_code == 204
    assert client.get("/api/v1/people/me").json()["language"] == "en"


def test_another_site_cannot_log_a_browser_in(make_person: Any, tenants: Any) -> None:
    make_person("worker", tenants.base, name="anna", password=PASSWORD)
    refused = _login("anna-1", PASSWORD, Origin="https://evil.example")
    assert (refused.status_code, refused.json()["code"]) == (403, "csrf_failed")


def test_logout_ends_this_session_only(
    make_person: Any, tenants: Any, client_for: Callable[[str], Client]
) -> None:
    person = make_person("worker", tenants.base)
    here, there = client_for(person), client_for(person)
    assert here.get("/api/v1/people/me").status_code == 200
    assert here.post("/api/v1/people/logout").status_code == 204
    here.cookies.pop(sessions.COOKIE)
    assert here.get("/api/v1/people/me").status_code == 401
    assert there.get("/api/v1/people/me").status_code == 200


def test_one_can_end_her_other_sessions_but_nobody_elses(
    make_person: Any, tenants: Any, client_for: Any
) -> None:
    person = make_person("worker", tenants.base)
    here, there = client_for(person), client_for(person)
    stranger = client_for(make_person("worker", tenants.base))
    listed = here.get("/api/v1/people/sessions").json()
    assert [s["current"] for s in listed].count(True) == 1 and len(listed) == 2
    other = next(s["id"] for s in listed if not s["current"])
    assert stranger.delete(f"/api/v1/people/sessions/{other}").status_code == 404
    assert there.get("/api/v1/people/me").status_code == 200
    assert here.delete(f"/api/v1/people/sessions/{other}").status_code == 204
    assert there.get("/api/v1/people/me").status_code == 401
    assert here.get("/api/v1/people/me").status_code == 200


def test_a_session_ends_by_itself(make_person: Any, tenants: Any, client_for: Any) -> None:
    with clock.frozen(START):
        client = client_for(make_person("worker", tenants.base))
        assert client.get("/api/v1/people/me").status_code == 200
        clock.advance(timedelta(days=14, seconds=1))
        assert client.get("/api/v1/people/me").status_code == 401


def test_the_cookie_is_not_stored(make_person: Any, tenants: Any, client_for: Any) -> None:
    client = client_for(make_person("worker", tenants.base))
    row = LoginSession.objects.get()
    secret = client.cookies[sessions.COOKIE].value
    assert secret not in (row.digest, row.id) and len(row.digest) == 64


def test_a_cached_login_asks_the_database_nothing(
    make_person: Any, tenants: Any, client_for: Any, django_assert_num_queries: Any, rf: Any
) -> None:
    client = client_for(make_person("worker", tenants.base))
    request = rf.get("/api/v1/people/me")
    request.COOKIES[sessions.COOKIE] = client.cookies[sessions.COOKIE].value
    assert sessions.by_session(request) is not None
    with django_assert_num_queries(0):
        actor = sessions.by_session(request)
    assert actor is not None and actor.tenants() == {tenants.base}


def test_what_another_process_took_away_is_noticed_within_a_second(
    make_person: Any, tenants: Any, client_for: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two web processes on PostgreSQL: the other one ends the session; only the database tells this one."""
    from django.db.models import F

    from doujia.server.people.models import AuthRevision

    sessions._clear()
    client = client_for(make_person("worker", tenants.base))
    assert client.get("/api/v1/people/tenants").status_code == 200
    LoginSession.objects.all().delete()
    AuthRevision.objects.get_or_create(id=1)
    AuthRevision.objects.update(value=F("value") + 1)
    real = sessions.time.monotonic
    monkeypatch.setattr(sessions.time, "monotonic", lambda: real() + sessions.FRESH + 0.01)
    assert client.get("/api/v1/people/tenants").status_code == 401


def test_an_answer_read_before_a_revocation_is_not_cached_after_it(
    make_person: Any, tenants: Any, client_for: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A request that was reading her roles while they were taken away must not keep the old ones."""
    person = make_person("lead", tenants.base)
    client = client_for(person)
    real = sessions.load_actor

    def slow(who: Any, **more: Any) -> Any:
        old = real(who, **more)
        actions.revoke_role(actor=SYSTEM, person=person, tenant=tenants.base, role="lead")
        monkeypatch.setattr(sessions, "load_actor", real)
        return old

    monkeypatch.setattr(sessions, "load_actor", slow)
    assert client.get("/api/v1/people/persons").status_code == 200
    assert client.get("/api/v1/people/persons").status_code == 403


def test_sessions_that_ran_out_are_swept(make_person: Any, tenants: Any, client_for: Any) -> None:
    from doujia.server.people.actions.login import sweep_sessions

    with clock.frozen(START):
        client_for(make_person("worker", tenants.base))
        assert sweep_sessions() == 0
        clock.advance(timedelta(days=14, seconds=1))
        assert sweep_sessions() == 1
