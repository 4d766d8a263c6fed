"""Whom a project may name: nobody is put before a project of strangers, and nobody's client is taken over by guessing an id."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from doujia.marks import LabelClass, Schema
from doujia.server.data import actions as data
from doujia.server.kernel.authz import Actor
from doujia.server.kernel.errors import Forbidden, Unprocessable
from doujia.server.people.permissions import SYSTEM
from doujia.server.projects import actions, queries
from doujia.server.projects.partners import partners

pytestmark = pytest.mark.django_db


@pytest.fixture
def person(
    tenants: Any, make_person: Callable[..., str], actor_of: Callable[[str], Actor]
) -> Callable[..., Actor]:
    return lambda role, tenant: actor_of(make_person(role, tenant))


def create(actor: Actor, client: str, *bases: str) -> str:
    schema = Schema(classes=[LabelClass(id="car", kinds=["box"])])
    return actions.create_project(actor=actor, client=client, bases=bases, name="路口", schema=schema)


def refused(actor: Actor, client: str, *bases: str) -> list[str]:
    with pytest.raises(Unprocessable) as error:
        create(actor, client, *bases)
    assert error.value.code == "partner_unknown"
    return [f["field"] for f in error.value.fields or []]


def test_a_manager_names_her_own_base_and_nobody_she_does_not_work_with(
    tenants: Any, person: Callable[..., Actor]
) -> None:
    manager = person("manager", tenants.base)
    assert create(manager, tenants.base, tenants.base)
    assert refused(manager, tenants.client, tenants.base) == ["client"]
    assert refused(manager, tenants.base, tenants.base, tenants.other_base) == ["bases.1"]
    # A made-up id and a stranger's look the same.
    assert refused(manager, "no-such-client", tenants.base) == ["client"]


def test_a_client_who_showed_her_base_something_may_be_named(
    tenants: Any, person: Callable[..., Actor]
) -> None:
    manager, other = person("manager", tenants.base), person("manager", tenants.other_base)
    dataset = data.create_dataset(actor=SYSTEM, tenant=tenants.client, name="Trial", medium="image")
    data.share(actor=SYSTEM, dataset=dataset, tenants=[tenants.base])
    assert create(manager, tenants.client, tenants.base)
    assert refused(other, tenants.client, tenants.other_base) == ["client"]
    assert [t.id for t in partners(manager).clients] == sorted(
        (tenants.base, tenants.client),
        key=lambda i: {tenants.base: "万山基地", tenants.client: "Client One"}[i],
    )
    assert tenants.client not in {t.id for t in partners(other).clients}


def test_who_shares_a_project_is_known_to_each_other(tenants: Any, person: Callable[..., Actor]) -> None:
    create(SYSTEM, tenants.client, tenants.base, tenants.other_base)
    manager = person("manager", tenants.base)
    assert create(manager, tenants.client, tenants.base, tenants.other_base)
    assert refused(manager, tenants.other_client, tenants.base) == ["client"]


def test_a_client_gives_work_to_any_active_base(tenants: Any, person: Callable[..., Actor]) -> None:
    client = person("client", tenants.client)
    assert create(client, tenants.client, tenants.base, tenants.other_base)
    assert refused(client, tenants.client, tenants.county) == ["bases.0"]
    assert {t.id for t in partners(client).bases} == {tenants.base, tenants.other_base}
    assert [t.id for t in partners(client).clients] == [tenants.client]


def test_the_bases_of_a_clients_project_are_the_clients_choice(
    tenants: Any, person: Callable[..., Actor]
) -> None:
    project = create(SYSTEM, tenants.client, tenants.base, tenants.other_base)
    manager = person("manager", tenants.base)
    with pytest.raises(Forbidden) as error:
        actions.edit_project(actor=manager, project=project, revision=None, bases=[tenants.base])
    assert error.value.code == "bases_of_the_owner"
    actions.edit_project(actor=manager, project=project, revision=None, bases=[tenants.other_base])
    assert queries.view(project).bases == [tenants.other_base]
    client = person("client", tenants.client)
    actions.edit_project(actor=client, project=project, revision=None, bases=[tenants.base])
    assert queries.view(project).bases == [tenants.base]
