"""People, tenants and logged-in browsers for every test of the platform."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from django.test import Client

from doujia.server.kernel import db
from doujia.server.kernel.authz import Actor
from doujia.server.people import actions, queries, sessions
from doujia.server.people.models import Person
from doujia.server.people.permissions import SYSTEM

PASSWORD = "blue-Bean-42"


@dataclass(frozen=True)
class Tenants:
    """Two bases, two clients, a county office, the platform (ids)."""

    base: str
    other_base: str
    client: str
    other_client: str
    county: str
    platform: str


@pytest.fixture
def tenants(db: None) -> Tenants:
    """Tenants to put people in."""
    made = [
        actions.create_tenant(actor=SYSTEM, kind=kind, name=name)
        for kind, name in (
            ("base", "万山基地"), ("base", "清涧基地"), ("client", "Client One"), ("client", "Client Two"),
            ("county", "万山区"), ("platform", "Doujia"),
        )
    ]  # fmt: skip
    return Tenants(*made)


@pytest.fixture
def partners(tenants: Tenants) -> None:
    """The base and the client work together already: the client has shown the base a dataset."""
    from doujia.server.data import actions as data

    dataset = data.create_dataset(actor=SYSTEM, tenant=tenants.client, name="Trial", medium="image")
    data.share(actor=SYSTEM, dataset=dataset, tenants=[tenants.base])


@pytest.fixture
def make_person(db: None) -> Callable[..., str]:
    """``make_person(role, tenant, name=…, password=…)`` returns the id of an active person who need not change the password."""
    count = 0

    def make(role: str, tenant: str, *, name: str = "", password: str | None = None, phone: str = "") -> str:
        nonlocal count
        count += 1
        made = actions.create_person(
            actor=SYSTEM, tenant=tenant, role=role, display_name=name or f"{role} {count}", phone=phone,
            login_name="" if phone else f"{name or role}-{count}", password=password,
        )  # fmt: skip
        Person.objects.filter(id=made.person).update(must_change_password=False)
        return made.person

    return make


@pytest.fixture
def client_for(db: None) -> Callable[[str], Client]:
    """``client_for(person)`` returns a browser that is logged in and sends its CSRF token."""

    def login(person: str) -> Client:
        with db_write():
            secret = sessions.open_session(Person.objects.get(id=person), address="127.0.0.1", browser="test")
        client = Client(headers={"X-CSRFToken": sessions.csrf_of(sessions.digest_of(secret))})
        client.cookies[sessions.COOKIE] = secret
        return client

    return login


db_write = db.write


@pytest.fixture
def actor_of() -> Callable[[str], Actor]:
    """``actor_of(person)`` returns the actor for calling actions directly."""
    return queries.actor_for
