"""Another tenant's ids in every parameter: in bodies, forms and queries, where addresses are already covered by the matrix.

Somebody with every right in her own place asks for her own thing and names a stranger's base, client, project, task,
dataset or person in the rest of the request. Whatever the answer, nothing of the stranger's may be changed, linked to hers
or told to her.
"""

from __future__ import annotations

import json

import pytest
from django.apps import apps
from matrix_rows import ROWS
from matrix_world import World, browser
from test_permission_matrix import OPERATIONS, SAFE, worlds

__all__ = ["worlds"]
pytestmark = pytest.mark.django_db

PRIVATE = ("kernel.AuditEvent", "kernel.RateCounter", "kernel.AuditSeal")
"""Tables of our own notes about the request."""


def rows() -> dict[tuple[str, str], str]:
    """Return every row of every table as text."""
    found = {}
    for model in apps.get_models():
        name = f"{model._meta.app_label}.{model.__name__}"
        if (
            name.startswith(("kernel", "people", "data", "projects", "work", "quality", "releases"))
            and name not in PRIVATE
        ):
            for row in model._default_manager.values():
                found[name, str(row[model._meta.pk.attname])] = repr(sorted(row.items()))
    return found


def ids_of(world: World) -> set[str]:
    """Return the ids of a world's things that are long enough to be told from words."""
    named = {
        world.base,
        world.client,
        *world.people.values(),
        *(v for v in world.made.values() if isinstance(v, str)),
    }
    return {
        i for i in named if len(i) >= 10 and i not in ("worker role", "00000000-0000-0000-0000-000000000000")
    }


NAMING = [
    name
    for name, row in ROWS.items()
    if row.allow != "anonymous" and (row.body is not None or row.query is not None)
]


NAME_THEM = set(
    [
        "audit_list",
        "data_dataset_create",
        "data_datasets",
        "data_items_restore",
        "data_items_trash",
        "job_list",
        "people_create",
        "people_grant_role",
        "people_link_create",
        "people_links",
        "people_list",
        "projects_create",
        "webhook_create",
        "webhook_list",
        "work_extend",
        "work_next",
        "work_priority",
        "work_reassign",
        "work_return_parked",
        "work_review",
        "work_submit",
    ]
)
"""Operations whose rows hold an id of the world they are made for: here, of the stranger's."""


@pytest.mark.parametrize("name", NAMING)
def test_strangers_ids_do_nothing(name: str, worlds: tuple[World, World]) -> None:
    row, (here, there) = ROWS[name], worlds
    at = row.at.split()[0]
    here.place, there.place = (w.client if at == "client" else w.base for w in (here, there))
    role = next(r for r in row.allow.split() if r != "admin" or row.allow == "admin")
    person = here.people["admin"] if role == "admin" else here.person(role)
    here.asking, there.asking = person, there.person("lead")
    method, path, _ = OPERATIONS[name]
    for what in (*row.path.values(), *row.needs):
        here.get(what)
        there.get(what)
    for parameter, what in row.path.items():
        path = path.replace("{" + parameter + "}", here.get(what))
    body = json.dumps(row.body(there)) if row.body is not None else ""
    query = f"?{row.query(there)}" if row.query is not None else ""
    strange = ids_of(there)
    if name in NAME_THEM:
        assert any(i in body + query for i in strange), "the row names nothing: this proves nothing"
    http = browser(person)
    before = rows()
    answer = http.generic(method, path + query, body, content_type="application/json", headers=row.headers)
    after = rows()
    if role == "admin":  # the platform's admin has a part everywhere
        assert answer.status_code < 500
        return
    touched = {
        key[0]
        for key in before.keys() | after.keys()
        if before.get(key) != after.get(key)
        and any(i in before.get(key, "") or i in after.get(key, "") for i in strange)
    }
    assert touched == set(), answer.status_code
    text = b"".join(answer.streaming_content) if answer.streaming else answer.content
    if method in SAFE and answer.status_code < 300:
        assert not any(i.encode() in text for i in strange)
