"""A work room with stand-ins for the rooms below: projects whose settings a test may change, items that exist."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from doujia.marks import Attribute, Box, ImageMedia, LabelClass, Mark, Schema
from doujia.server.kernel import clock
from doujia.server.kernel.authz import CLIENT, LEAD, WORKER, Actor, Grant, Thing
from doujia.server.kernel.errors import NotFound
from doujia.server.work import actions, neighbours, queues
from doujia.server.work.actions.submissions import Sent
from doujia.server.work.actions.tasks import Wanted

BASE, COMPANY, ELSEWHERE = "base-1", "client-1", "base-2"
NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)


@dataclass
class Settings:
    overlap: int = 1
    consensus: bool = False
    confidence: float | None = None
    overlap_min: int = 2
    review_share: float = 0.0
    lease_minutes: int = 30
    skills: list[Any] = field(default_factory=list)
    prelabel_share: float = 1.0
    rework_hours: int = 24
    price_fen: int | None = None
    gold_rate: float = 0.0
    sensitive: bool = False


@dataclass
class Setup:
    id: str
    schema: Schema
    name: str = "Traffic"
    state: str = "running"
    client: str = COMPANY
    bases: tuple[str, ...] = (BASE,)
    tenants: frozenset[str] = frozenset({BASE, COMPANY})
    schema_version: int = 3
    guideline_version: int = 4
    settings: Settings = field(default_factory=Settings)


@dataclass(frozen=True)
class FakeItem:
    id: str
    name: str
    media: ImageMedia
    attrs: dict[str, Any] = field(default_factory=dict)


SCHEMA = Schema(
    classes=[
        LabelClass(id="car", kinds=["box"]),
        LabelClass(id="truck", kinds=["box"]),
        LabelClass(id="scene", kinds=["none"]),
    ],
    attributes=[Attribute(id="colour", type="choice", values=["red", "blue"], classes=["car"])],
)


class Room:
    """One project and the people around it."""

    def __init__(self) -> None:
        self.setups = {"p1": Setup("p1", SCHEMA), "p2": Setup("p2", SCHEMA)}
        self.wu = person("wu")
        self.li = person("li")
        self.zhao = person("zhao")
        self.lead = person("lead", LEAD)
        self.client = person("client", CLIENT, tenant=COMPANY)
        self.stranger = person("stranger", LEAD, tenant=ELSEWHERE)

    @property
    def settings(self) -> Settings:
        return self.setups["p1"].settings

    def add(self, *items: str, project: str = "p1", priority: int = 0) -> list[str]:
        return actions.add_tasks(
            actor=self.lead, project=project, wanted=[Wanted(i, priority) for i in items]
        )

    def take(self, who: Actor, want: int = 1, **more: Any) -> list[Any]:
        return actions.take_next(actor=who, project=more.pop("project", "p1"), want=want, **more).held

    def submit(self, who: Actor, held: Any, marks: list[Mark] | None = None, **more: Any) -> Any:
        return actions.submit(actor=who, sent=sent(held, marks, **more))


def person(name: str, role: str = WORKER, tenant: str = BASE) -> Actor:
    return Actor(person=name, pseudonym=name.title(), grants=(Grant(role, tenant),))


def box(mark_id: str = "m1", label: str = "car", **more: Any) -> Mark:
    return Mark(id=mark_id, label=label, geometry=Box(1, 2, 30, 40), **more)


def sent(held: Any, marks: list[Mark] | None = None, **more: Any) -> Sent:
    from doujia.server.work import opaque

    return Sent(
        id=more.pop("id", None) or uuid.uuid4(), task=opaque.encode(held.place.task), lease=held.token,
        marks=[box()] if marks is None else marks, guideline_version=4, schema_version=3, **more,
    )  # fmt: skip


@pytest.fixture
def room(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Room]:
    made = Room()

    def setup(project: str) -> Setup:
        if project not in made.setups:
            raise NotFound("project_not_found")
        return made.setups[project]

    def items(ids: Any) -> dict[str, FakeItem]:
        return {
            i: FakeItem(i, f"{i}.jpg", ImageMedia(width=640, height=480))
            for i in ids
            if not i.startswith("no-")
        }

    monkeypatch.setattr(neighbours, "setup", setup)
    monkeypatch.setattr(neighbours, "thing", lambda project: Thing(setup(project).tenants))
    monkeypatch.setattr(neighbours, "items", items)
    neighbours._seen.clear()
    monkeypatch.setattr(
        neighbours,
        "qualified",
        lambda actor, settings: not settings.skills or actor.person in settings.skills,
    )
    monkeypatch.setattr(
        neighbours,
        "signed_urls",
        lambda item, expires_at, grant: {
            "preview": f"/media/{item.id}",
            "full": f"/media/{item.id}",
            "tiles": None,
        },
    )
    queues.forget()
    from doujia.server.work.actions import leases

    leases._hints.clear()
    with clock.frozen(NOON):
        yield made
    queues.forget()
