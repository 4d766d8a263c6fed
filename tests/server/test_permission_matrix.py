"""Every operation × every role × own and other place × nobody × every token scope, from the OpenAPI document."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import matrix_work as work
import pytest
from django.db import transaction
from django.test import Client
from matrix_rows import ROWS, Row
from matrix_world import BASE_ROLES, CLIENT_ROLES, ROLES, World, browser, program

from doujia.server.config.api import api
from doujia.server.kernel import authz
from doujia.server.people import actions, sessions
from doujia.server.people.permissions import SYSTEM

pytestmark = pytest.mark.django_db
DOCUMENT: dict[str, Any] = dict(api.get_openapi_schema(path_prefix="/api/v1/"))
OPERATIONS = {
    operation["operationId"]: (method.upper(), path, operation)
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
}
SAFE = ("GET", "HEAD")
SCOPES = ("read", "write", "admin")


@pytest.fixture
def worlds(monkeypatch: pytest.MonkeyPatch) -> tuple[World, World]:
    """The world of the things, and the one of the strangers."""
    made = []
    platform = actions.create_tenant(actor=SYSTEM, kind="platform", name="P")
    for n in (1, 2):
        base = actions.create_tenant(actor=SYSTEM, kind="base", name=f"B{n}")
        client = actions.create_tenant(actor=SYSTEM, kind="client", name=f"C{n}")
        world = World(base, client)
        world.person("admin", platform)
        world.people["admin"] = world.people.pop(f"admin@{platform}")
        made.append(world)
    work.stand_in(monkeypatch)
    return made[0], made[1]


def _send(http: Client, name: str, row: Row, world: World, asking: str) -> Any:
    """Ask, and undo what the question and the answer changed."""
    world.asking = asking
    method, path, _ = OPERATIONS[name]
    for parameter, what in row.path.items():
        path = path.replace("{" + parameter + "}", world.get(what))
    assert "{" not in path, f"the row of {name} does not fill {path}"
    if row.query is not None:
        path = f"{path}?{row.query(world)}"
    for what in (*row.needs, *([row.hides] if row.hides else [])):
        world.get(what)
    with transaction.atomic():
        if row.form is not None:
            answer = http.post(path, row.form(world))
        elif method in SAFE:
            answer = http.generic(method, path)
        elif row.raw:
            answer = http.generic(method, path, row.raw, content_type="application/octet-stream")
        else:
            body = row.body(world) if row.body is not None else {}
            answer = http.generic(
                method, path, json.dumps(body), content_type="application/json", headers=row.headers
            )
        transaction.set_rollback(True)
    sessions._clear()
    return answer


def _members(world: World, at: str) -> Iterator[tuple[str, str]]:
    """Yield ``(role, tenant)`` of everybody who belongs to the place."""
    if at in ("base", "project", "self"):
        yield from ((role, world.base) for role in BASE_ROLES)
    if at in ("client", "self"):
        yield from ((role, world.client) for role in CLIENT_ROLES)
    if at == "project":
        yield ("client", world.client)


def test_every_operation_has_a_row_and_every_row_an_operation() -> None:
    assert sorted(OPERATIONS) == sorted(ROWS), "add a row to matrix_rows.py for each new endpoint"


def test_every_operation_names_a_rule_that_exists() -> None:
    known = set(authz.rules()) | {"self", "anonymous"}
    assert {
        name: o["x-action"] for name, (_, _, o) in OPERATIONS.items() if o.get("x-action") not in known
    } == {}


def test_an_operation_is_open_to_anybody_only_where_the_row_says_so() -> None:
    open_ones = {name for name, (_, _, o) in OPERATIONS.items() if o["x-action"] == "anonymous"}
    assert open_ones == {name for name, row in ROWS.items() if row.allow == "anonymous"}


CASES = [pytest.param(name, at, id=f"{name}-{at}") for name, row in ROWS.items() for at in row.at.split()]


@pytest.mark.parametrize(("name", "at"), CASES)
def test_matrix(name: str, at: str, worlds: tuple[World, World]) -> None:
    row, (here, there) = ROWS[name], worlds
    here.place = here.client if at == "client" else here.base
    if row.allow == "anonymous":
        assert _send(Client(), name, row, here, "").status_code in row.ok
        return
    wrong: list[str] = []

    def expect(who: str, person: str, statuses: tuple[int, ...], *, shown: bool = False) -> None:
        answer = _send(
            browser(person) if person else Client(), name, row, here, person or here.person("worker")
        )
        if row.hides and not shown and here.get(row.hides) in answer.content.decode():
            wrong.append(f"{who}: sees {row.hides}")
        if row.hides and shown and here.get(row.hides) not in answer.content.decode():
            wrong.append(f"{who}: does not see {row.hides}")
        if answer.status_code not in statuses:
            wrong.append(f"{who}: {answer.status_code}, expected {statuses}: {answer.content[:200]!r}")

    allowed = row.allow.split()
    insiders: list[tuple[str, str]] = []
    for role, tenant in _members(here, at):
        person = here.person(role, tenant)
        expect(
            f"{role} here",
            person,
            row.ok if role in allowed else (row.special.get(role, row.denied),),
            shown=role in allowed,
        )
        if role in allowed:
            insiders.append((role, person))
    expect(
        "admin",
        here.people["admin"],
        row.ok if "admin" in allowed else (row.denied,),
        shown="admin" in allowed,
    )
    if "admin" in allowed:
        insiders.append(("admin", here.people["admin"]))
    expect("nobody", "", (401,))
    if at != "self" and row.foreign is not None:
        for role in ROLES:
            if role != "admin":
                expect(f"{role} elsewhere", there.person(role), (row.foreign,))
        if at in ("base", "client"):
            other = here.person("manager") if at == "client" else here.person("client")
            expect("the partner's people", other, (row.foreign,))
    assert insiders, "nobody may do this"
    _tokens(name, row, insiders[0][1], here, wrong)
    assert wrong == []


def _tokens(name: str, row: Row, person: str, world: World, wrong: list[str]) -> None:
    """A token does no more than its scope; a browser's request without the CSRF token does nothing."""
    for place, scope in enumerate(SCOPES):
        answer = _send(program(person, scope), name, row, world, person)
        let_in = row.scope in SCOPES and place >= SCOPES.index(row.scope)
        expected = row.ok if let_in else (403, 404)
        if answer.status_code not in expected:
            wrong.append(f"token {scope}: {answer.status_code}, expected {expected}")
    if OPERATIONS[name][0] not in SAFE:
        http = browser(person)
        http.defaults.pop("HTTP_X_CSRFTOKEN")
        answer = _send(http, name, row, world, person)
        if (answer.status_code, answer.json().get("code")) != (403, "csrf_failed"):
            wrong.append(f"without CSRF token: {answer.status_code}")


def test_the_matrix_finds_a_hole(worlds: tuple[World, World], monkeypatch: pytest.MonkeyPatch) -> None:
    """The matrix itself is tried: a rule that admits one role too many must not pass."""
    rules = authz._rules
    monkeypatch.setitem(
        rules, "people.view", replace(rules["people.view"], roles=rules["people.view"].roles | {"worker"})
    )
    with pytest.raises(AssertionError, match="worker here: 200"):
        test_matrix("people_get", "base", worlds)
