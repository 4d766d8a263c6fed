"""A real project over real rooms: a text dataset whose items need no files, worked on by people of one base."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from doujia.marks import LabelClass, Mark, Schema, Span, TextMedia
from doujia.server.data import actions as data
from doujia.server.data.actions import Row
from doujia.server.kernel.authz import Actor
from doujia.server.people import actions as people_actions
from doujia.server.people import queries as people
from doujia.server.people.permissions import SYSTEM
from doujia.server.projects import actions as projects
from doujia.server.projects import queries as project_queries
from doujia.server.work import actions, opaque, queues
from doujia.server.work.actions.submissions import Sent

SCHEMA = Schema(
    classes=[
        LabelClass(id="city", name="City", names={"zh": "城市"}, kinds=["span"]),
        LabelClass(id="person", name="Person", kinds=["span"]),
    ]
)
_numbers = count(1)
TEXT = "Ms Wu lives in Tongren."


@dataclass
class World:
    """One base, one client, one running project."""

    base: str
    client: str
    dataset: str
    project: str
    people: dict[str, Actor] = field(default_factory=dict)
    items: dict[str, str] = field(default_factory=dict)

    def person(self, name: str, role: str = "worker") -> Actor:
        """Return a person of the base, made on first use."""
        if name not in self.people:
            made = people_actions.create_person(
                actor=SYSTEM, tenant=self.base, role=role, display_name=name, login_name=f"{name}-{self.project}", phone="",
                password="blue-Bean-42",
            )  # fmt: skip
            self.people[name] = people.actor_for(made.person)
        return self.people[name]

    def fill(self, *names: str) -> None:
        """Put items into the dataset and the project; tasks follow from the event."""
        rows = [Row(name=n, media=TextMedia(text=TEXT)) for n in names]
        added = data.add_rows(actor=SYSTEM, dataset=self.dataset, rows=rows)
        self.items |= dict(zip(names, (str(i) for i in added.ids), strict=True))
        projects.add_items(
            actor=SYSTEM, project=self.project, dataset=self.dataset, items=[self.items[n] for n in names]
        )

    def do(self, who: Actor, marks: list[Mark] | None = None) -> str:
        """Take one task and submit; returns the submission's id."""
        [held] = actions.take_next(actor=who, project=self.project).held
        made = Sent(
            id=uuid.uuid4(), task=opaque.encode(held.place.task), lease=held.token, marks=[span()] if marks is None else marks,
            guideline_version=1, schema_version=1, active_ms=60_000,
        )  # fmt: skip
        actions.submit(actor=who, sent=made)
        return str(made.id)


def span(mark_id: str = "m1", label: str = "city", start: int = 15, end: int = 22) -> Mark:
    """Return a mark on ``TEXT``: Tongren by default."""
    return Mark(id=mark_id, label=label, geometry=Span(start, end, TEXT[start:end]))


def make_world(**settings: Any) -> World:
    """Create tenants, dataset and a running project."""
    queues.forget()
    number = next(_numbers)
    base = people_actions.create_tenant(actor=SYSTEM, kind="base", name=f"万山基地 {number}")
    client = people_actions.create_tenant(actor=SYSTEM, kind="client", name=f"Client {number}")
    dataset = data.create_dataset(actor=SYSTEM, tenant=client, name="Letters", medium="text")
    project = projects.create_project(
        actor=SYSTEM, client=client, bases=[base], name="Letters", schema=SCHEMA, medium="text", datasets=[dataset],
        guideline="Mark every place.", settings={"review_share": 0.0} | settings,
    )  # fmt: skip
    projects.set_state(actor=SYSTEM, project=project, state="running")
    project_queries.forget(project)
    return World(base, client, dataset, project)
