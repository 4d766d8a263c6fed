"""Whoever looks changes nothing: no GET of the quality room writes a row of any room."""

from __future__ import annotations

import re

import matrix_work as work
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from matrix_rows import ROWS
from matrix_world import World, browser

from doujia.server.config.api import api
from doujia.server.people import actions
from doujia.server.people.permissions import SYSTEM

LOOKS = {
    operation["operationId"]: path
    for path, methods in dict(api.get_openapi_schema(path_prefix="/api/v1/"))["paths"].items()
    for method, operation in methods.items()
    if method == "get" and operation["operationId"].startswith("quality_")
}
WRITE = re.compile(r'\s*(?:INSERT\s+INTO|UPDATE|DELETE\s+FROM)\s+"?(\w+)', re.I)
OWN_SESSION = {"people_session", "people_ratecounter", "kernel_ratecounter"}
"""Who is there and how often she asks is kept at every request, of whatever kind."""


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(LOOKS))
def test_a_look_writes_nothing(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    work.stand_in(monkeypatch)
    base = actions.create_tenant(actor=SYSTEM, kind="base", name="B")
    client = actions.create_tenant(actor=SYSTEM, kind="client", name="C")
    world, row = World(base, client, place=base), ROWS[name]
    role = "lead" if "lead" in row.allow.split() else row.allow.split()[0]
    person = world.person(role)
    world.asking = person
    world.get("rejected answer")  # so that there is a verdict that no figure holds yet
    path = LOOKS[name]
    for parameter, what in row.path.items():
        path = path.replace("{" + parameter + "}", world.get(what))
    if row.query is not None:
        path = f"{path}?{row.query(world)}"
    page = browser(person)
    with CaptureQueriesContext(connection) as seen:
        answer = page.get(path)
    assert answer.status_code in (200, 400), answer.content  # 400: a table has to be named
    written = {found.group(1) for q in seen for found in [WRITE.match(q["sql"])] if found}
    assert written <= OWN_SESSION, f"{name} writes {written}"
