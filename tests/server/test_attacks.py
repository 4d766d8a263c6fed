"""Attacks that other platforms fell to, tried against every endpoint the API document names."""

from __future__ import annotations

import json
import re
from itertools import product
from typing import Any

import matrix_work as work
import pytest
from django.test import Client
from matrix_rows import ROWS, Row
from matrix_world import World, browser

from doujia.server.config.api import api
from doujia.server.kernel.api import cursor_encode
from doujia.server.people import actions
from doujia.server.people.permissions import SYSTEM

pytestmark = pytest.mark.django_db
DOCUMENT: dict[str, Any] = dict(api.get_openapi_schema(path_prefix="/api/v1/"))
OPERATIONS = [
    (operation["operationId"], method.upper(), path, operation)
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
]
NASTY = [
    "..", "%2e%2e%2fetc%2fpasswd", "-1", "0", "1e999", "null", "undefined", "9" * 40, "'", "\"", "%00", "\ud7ff",
    "<script>alert(1)</script>", "{{7*7}}", "${jndi:ldap://x}", "%27%20OR%201=1--", "1;DROP TABLE people_person", "a" * 3000,
    "＇", "00000000-0000-0000-0000-000000000000", "true",
]  # fmt: skip


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """A base and a client; the one who asks is the platform's admin, whom no rule turns away."""
    work.stand_in(monkeypatch)
    platform = actions.create_tenant(actor=SYSTEM, kind="platform", name="P")
    base = actions.create_tenant(actor=SYSTEM, kind="base", name="B")
    made = World(base, actions.create_tenant(actor=SYSTEM, kind="client", name="C"), place=base)
    made.people["admin"] = made.person("admin", platform)
    made.asking = made.people["admin"]
    return made


def _text(answer: Any) -> str:
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return str(body.decode(errors="replace"))


def _is_problem(answer: Any, where: str) -> None:
    """A refusal is a problem in both languages, and tells nothing of the inside."""
    text = _text(answer)
    assert answer.status_code < 500, f"{where}: {answer.status_code} {text[:300]}"
    if answer.status_code >= 400:
        assert answer["Content-Type"].startswith("application/problem+json"), where
        assert answer.json()["detail"]["zh"] and answer.json()["detail"]["en"], where
    for inside in ("Traceback", "site-packages", "sqlite3.", "psycopg", "SELECT ", "/src/doujia"):
        assert inside not in text, where


def _filled(path: str, row: Row, world: World, hole: str | None = None, with_: str = "") -> str:
    for parameter in re.findall(r"{(\w+)}", path):
        value = with_ if parameter == hole else world.get(row.path[parameter])
        path = path.replace("{" + parameter + "}", value)
    return path


ADDRESSED = [(name, m, p) for name, m, p, _ in OPERATIONS if "{" in p]


@pytest.mark.parametrize(("name", "method", "path"), ADDRESSED, ids=[a[0] for a in ADDRESSED])
def test_made_up_ids_in_addresses(name: str, method: str, path: str, world: World) -> None:
    row = ROWS[name]
    http = browser(world.people["admin"])
    body = json.dumps(row.body(world)) if row.body is not None and row.scope != "none" else "{}"
    for hole, nasty in product(re.findall(r"{(\w+)}", path), NASTY):
        where = _filled(path, row, world, hole, nasty)
        kind = "application/octet-stream" if row.raw else "application/json"
        answer = http.generic(method, where, row.raw or body, content_type=kind, headers=row.headers)
        _is_problem(answer, f"{method} {where}")
        # Nothing is found under a made-up name; only lists of a tenant's or a word's may be empty instead.
        assert answer.status_code >= 400, f"{method} {where}"


PAGED = [
    (name, path)
    for name, method, path, o in OPERATIONS
    if method == "GET" and any(p["name"] == "cursor" for p in o.get("parameters", []))
]
CURSORS = [
    "x", "!!!!", "AAAA", "bnVsbA", *(cursor_encode(*v) for v in (
        (), (1,), ("a",), (None,), ([],), ({},), (-1,), (10**30,), (1.5,), (True,), ("a", "b"), (1, 2), (None, None), ([], {}),
        ("2026-01-01", "x"), ("2026-01-01T00:00:00+00:00", 5), ("2026-01-01T00:00:00+00:00", "\x00"), ("9999-99-99", "x"),
        ("\x00",), ("a", "b", "c"), ("2026-01-01T00:00:00", "00000000-0000-0000-0000-000000000000"),
    )),
]  # fmt: skip


@pytest.mark.parametrize(("name", "path"), PAGED, ids=[p[0] for p in PAGED])
def test_made_up_cursors(name: str, path: str, world: World) -> None:
    row = ROWS[name]
    http = browser(world.people["admin"])
    for needed in (*row.needs, *([row.hides] if row.hides else [])):
        world.get(needed)
    address = _filled(path, row, world)
    query = row.query(world) + "&" if row.query is not None else ""
    for cursor in CURSORS:
        _is_problem(http.get(f"{address}?{query}cursor={cursor}"), f"{address} cursor {cursor}")


BODIED = [(n, m, p) for n, m, p, _ in OPERATIONS if m in ("POST", "PUT", "PATCH") and ROWS[n].scope != "none"]
DEEP = "[" * 20_000 + "]" * 20_000


@pytest.mark.parametrize(("name", "method", "path"), BODIED, ids=[b[0] for b in BODIED])
def test_bodies_that_are_none(name: str, method: str, path: str, world: World) -> None:
    row = ROWS[name]
    http = browser(world.people["admin"])
    for needed in row.needs:
        world.get(needed)
    address = _filled(path, row, world)
    takes_body = row.body is not None and method != "DELETE"
    bodies = [
        b"",
        b"{",
        b"null",
        b"[]",
        b'"x"',
        b"1",
        b"\xff\xfe",
        b'{"a": NaN}',
        b'{"\\ud800": 1}',
        DEEP.encode(),
    ]
    for body in bodies if takes_body else bodies[:3]:
        answer = http.generic(method, address, body, content_type="application/json", headers=row.headers)
        _is_problem(answer, f"{method} {address} {body[:20]!r}")


def test_a_get_changes_nothing(world: World) -> None:
    """CSRF on export (CVAT CVE-2024-37306): no state changes on GET, so every change is behind the CSRF check."""
    from doujia.server.kernel.models import AuditEvent, Job

    http = browser(world.people["admin"])
    addresses = []
    for name, method, path, _ in OPERATIONS:
        if method != "GET":
            continue
        row = ROWS[name]
        for needed in (*row.needs, *row.path.values(), *([row.hides] if row.hides else [])):
            world.get(needed)
        addresses.append(
            _filled(path, row, world) + (f"?{row.query(world)}" if row.query is not None else "")
        )
    before = AuditEvent.objects.count(), Job.objects.count()
    for address in addresses:
        http.get(address)
    assert (AuditEvent.objects.count(), Job.objects.count()) == before
    assert len(addresses) > 20


def test_no_answer_is_html_and_none_may_be_framed_or_sniffed(world: World) -> None:
    """Label Studio CVE-2025-25296 and -47783: nothing that people wrote is ever sent as a page."""
    http = browser(world.people["admin"])
    for name, method, path, _ in OPERATIONS:
        if method != "GET":
            continue
        row = ROWS[name]
        address = _filled(path, row, world) + (f"?{row.query(world)}" if row.query is not None else "")
        answer = http.get(address)
        assert not answer["Content-Type"].startswith(
            ("text/html", "image/svg", "text/xml", "application/xhtml")
        ), name
        assert answer["X-Content-Type-Options"] == "nosniff", name


def test_no_answer_tells_a_live_secret(world: World) -> None:
    """Label Studio CVE-2026-22033: a GET endpoint that returned a token was enough to take the account over."""
    admin = browser(world.people["admin"])
    token = admin.post("/api/v1/people/tokens", {"name": "x"}, content_type="application/json").json()[
        "token"
    ]
    code = actions.reset_password(actor=SYSTEM, person=world.person("worker"))
    link = actions.create_link(actor=SYSTEM, tenant=world.base, days=1, max_uses=5, approve=True).code
    cookie = admin.cookies["doujia_session"].value
    for name, method, path, _ in OPERATIONS:
        if method == "GET":
            row = ROWS[name]
            address = _filled(path, row, world) + (f"?{row.query(world)}" if row.query is not None else "")
            text = _text(admin.get(address))
            for secret in (token, code, link, cookie):
                assert secret not in text, name


def test_headers_of_an_attacker_do_not_decide_who_asks(world: World) -> None:
    person = world.person("worker")
    for headers in (
        {"X-Forwarded-User": person}, {"Remote-User": person}, {"X-User": person}, {"Authorization": f"Basic {person}"},
        {"Authorization": "Bearer "}, {"Authorization": "Bearer null"}, {"Cookie": f"doujia_session={person}"},
        {"X-HTTP-Method-Override": "GET"},
    ):  # fmt: skip
        assert Client().get("/api/v1/people/me", headers=headers).status_code == 401


def test_an_address_header_does_not_open_the_rate_limit(world: World) -> None:
    """Login brute force with a new X-Forwarded-For each time counts as one address all the same."""
    answers = [
        Client().post(
            "/api/v1/people/login",
            {"login": "nobody", "password": "x"},
            content_type="application/json",
            headers={"X-Forwarded-For": f"10.0.0.{i}"},
        ).status_code
        for i in range(7)
    ]  # fmt: skip
    assert answers == [401] * 5 + [429] * 2
