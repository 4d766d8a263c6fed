"""The world of the permission matrix: two of everything, and things to act on, made when they are asked for."""

from __future__ import annotations

import io
import secrets
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from doujia.server.kernel import db, jobs, sheets
from doujia.server.kernel.models import Webhook, WebhookDelivery
from doujia.server.people import actions, queries, sessions
from doujia.server.people.models import Person
from doujia.server.people.permissions import SYSTEM

BASE_ROLES = ("worker", "lead", "manager", "teacher", "trainer", "viewer")
CLIENT_ROLES = ("client", "trainer", "viewer")
ROLES = (*BASE_ROLES, "client", "admin")
PASSWORD = "blue-Bean-42"
CODES: dict[str, str] = {}

Factory = Callable[["World"], str]
THINGS: dict[str, Factory] = {}


def thing(name: str) -> Callable[[Factory], Factory]:
    """Register how a thing of the world is made; what it returns goes into the address."""

    def register(factory: Factory) -> Factory:
        THINGS[name] = factory
        return factory

    return register


@dataclass
class World:
    """One base, one client, one project between them; ``place`` is the tenant in which things are made, ``asking`` the person
    whose request is being made up."""

    base: str
    client: str
    place: str = ""
    asking: str = ""
    people: dict[str, str] = field(default_factory=dict)
    made: dict[str, str] = field(default_factory=dict)

    def get(self, name: str) -> str:
        """Return the thing called ``name``, made once."""
        if name not in self.made:
            self.made[name] = THINGS[name](self)
        return self.made[name]

    def person(self, role: str, tenant: str = "") -> str:
        """Return the person who holds ``role`` in ``tenant`` (where the role belongs)."""
        where = tenant or (self.client if role == "client" else self.base)
        key = f"{role}@{where}"
        if key not in self.people:
            self.people[key] = new_person(role, where)
        return self.people[key]


def new_person(role: str, tenant: str) -> str:
    """Return a fresh person whose password is set."""
    made = actions.create_person(
        actor=SYSTEM, tenant=tenant, role=role, display_name=f"{role} {secrets.token_hex(4)}"
    )
    Person.objects.filter(id=made.person).update(must_change_password=False)
    return made.person


def browser(person: str) -> Client:
    """Return a logged-in browser with its CSRF token."""
    with db.write():
        secret = sessions.open_session(Person.objects.get(id=person), address="127.0.0.1", browser="matrix")
    made = Client(headers={"X-CSRFToken": sessions.csrf_of(sessions.digest_of(secret))})
    made.cookies[sessions.COOKIE] = secret
    return made


def program(person: str, scope: str) -> Client:
    """Return an HTTP client with an API token of that person."""
    made = actions.create_token(actor=queries.actor_for(person), name="matrix", scope=scope, days=1)
    return Client(headers={"Authorization": f"Bearer {made.token}"})


@thing("place")
def _place(world: World) -> str:
    return world.place


@thing("below")
def _below(world: World) -> str:
    """A person at the bottom of the place."""
    return new_person("worker" if world.place == world.base else "viewer", world.place)


@thing("job")
def _job(world: World) -> str:
    return jobs.enqueue("matrix.none", {}, actor=None, tenant=world.place)


@thing("stopped job")
def _stopped_job(world: World) -> str:
    job = jobs.enqueue("matrix.none", {}, actor=None, tenant=world.place)
    jobs.cancel(job, actor=SYSTEM)
    return job


@thing("webhook")
def _webhook(world: World) -> str:
    from doujia.server.kernel import clock

    hook = Webhook.objects.create(
        tenant=world.place, url="http://10.0.0.1/", events=["*"], created_by="x", created_at=clock.now()
    )
    return str(hook.id)


@thing("delivery")
def _delivery(world: World) -> str:
    from doujia.server.kernel import clock

    made = WebhookDelivery.objects.create(
        webhook_id=uuid.UUID(world.get("webhook")), event="ping", body="{}", created_at=clock.now()
    )
    return str(made.id)


@thing("link")
def _link(world: World) -> str:
    made = actions.create_link(actor=SYSTEM, tenant=world.base, days=1, max_uses=9, approve=False)
    CODES[world.base] = made.code
    return made.id


@thing("enrolment code")
def _code(world: World) -> str:
    world.get("link")
    return CODES[world.base]


@thing("skill")
def _skill(world: World) -> str:
    actions.grant_qualification(
        actor=SYSTEM, person=world.get("below"), skill="box", level=1, source="manual"
    )
    return "box"


def roster_file() -> SimpleUploadedFile:
    """Return a roster with one good row."""
    return SimpleUploadedFile("r.xlsx", io.BytesIO(sheets.xlsx_bytes(["姓名"], [["名单来的"]])).getvalue())


@thing("known person")
def _known_person(world: World) -> str:
    """A person of whom the vault keeps something."""
    person = new_person("worker" if world.place == world.base else "viewer", world.place)
    actions.set_identity(actor=SYSTEM, person=person, values={"legal_name": "王小豆"})
    return person


for _word, _text in (
    ("others", "others"),
    ("none", "00000000-0000-0000-0000-000000000000"),
    ("worker role", "worker"),
):
    THINGS[_word] = lambda world, text=_text: text  # type: ignore[misc]
