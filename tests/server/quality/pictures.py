"""A project of pictures on which several people draw boxes."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import msgspec

from doujia.marks import Attribute, Box, ImageMedia, LabelClass, Mark, Schema
from doujia.server.data import actions as data
from doujia.server.data.models import Item
from doujia.server.kernel import clock, jobs
from doujia.server.kernel.authz import Actor
from doujia.server.people import actions as people_actions
from doujia.server.people import queries as people
from doujia.server.people.permissions import SYSTEM
from doujia.server.projects import actions as projects
from doujia.server.projects import queries as project_queries
from doujia.server.quality import consensus_jobs
from doujia.server.releases import gathering
from doujia.server.work import actions as work
from doujia.server.work import opaque, queries, queues
from doujia.server.work.actions import leases
from doujia.server.work.actions.submissions import Sent

SCHEMA = Schema(
    classes=[LabelClass(id="car", kinds=["box"]), LabelClass(id="bus", kinds=["box"])],
    attributes=[Attribute(id="weather", type="choice", values=["sun", "rain"], scope="item")],
)


@dataclass
class Pictures:
    """A project of pictures that several people draw on."""

    project: str
    dataset: str
    base: str
    people: dict[str, Actor] = field(default_factory=dict)

    def person(self, name: str, role: str = "worker") -> Actor:
        if name not in self.people:
            made = people_actions.create_person(
                actor=SYSTEM, tenant=self.base, role=role, display_name=name, login_name=f"{name}-{self.project}", phone="",
                password="blue-Bean-42",
            )  # fmt: skip
            self.people[name] = people.actor_for(made.person)
        return self.people[name]

    def fill(self, *names: str) -> None:
        made = [
            Item.objects.create(
                dataset_id=self.dataset, name=name, media=msgspec.to_builtins(ImageMedia(width=640, height=480)),
                sha256="", created_at=clock.now(),
            )
            for name in names
        ]  # fmt: skip
        projects.add_items(
            actor=SYSTEM, project=self.project, dataset=self.dataset, items=[str(i.id) for i in made]
        )

    def answer(
        self, name: str, *marks: Mark, kind: str = "work", role: str = "worker", ms: int = 60_000,
        provenance: dict[str, int] | None = None, **attrs: Any,
    ) -> str | None:  # fmt: skip
        """Take the next task and answer it; the task's id, None when there is nothing for her."""
        who = self.person(name, role)
        held = work.take_next(actor=who, project=self.project, kind=kind).held
        if not held:
            return None
        task = opaque.encode(held[0].place.task)
        work.submit(
            actor=who,
            sent=Sent(
                id=uuid.uuid4(), task=task, lease=held[0].token, marks=list(marks), item_attrs=attrs, guideline_version=1,
                schema_version=1, active_ms=ms, provenance=provenance or {},
            ),
        )  # fmt: skip
        clock.advance(timedelta(seconds=1))
        return task

    def run(self) -> dict[str, Any]:
        """Let the clock see what is due, and do the job."""
        clock.advance(timedelta(seconds=1))
        consensus_jobs.look_for_due()
        while jobs.run_one():
            pass
        latest = jobs.listing(kind="quality.consensus", limit=1)
        assert latest and latest[0].state == "done", latest
        return latest[0].result

    def released(self) -> Any:
        [rows] = queries.accepted(self.project)
        return gathering.choose(rows)


def make(**settings: Any) -> Pictures:
    queues.forget()
    leases._hints.clear()
    number = uuid.uuid4().hex[:8]
    base = people_actions.create_tenant(actor=SYSTEM, kind="base", name=f"万山基地 {number}")
    client = people_actions.create_tenant(actor=SYSTEM, kind="client", name=f"Client {number}")
    dataset = data.create_dataset(actor=SYSTEM, tenant=client, name="Street", medium="image")
    project = projects.create_project(
        actor=SYSTEM, client=client, bases=[base], name="Street", schema=SCHEMA, medium="image", datasets=[dataset],
        guideline="Mark every car.", settings={"review_share": 0.0, "overlap": 3} | settings,
    )  # fmt: skip
    projects.set_state(actor=SYSTEM, project=project, state="running")
    project_queries.forget(project)
    return Pictures(project, dataset, base)


def car(x: float = 100, label: str = "car", mark_id: str = "m1") -> Mark:
    return Mark(id=mark_id, label=label, geometry=Box(x, 100, x + 200, 300))
