"""Tasks, leases, answers and questions of one project, for the permission matrix."""

from __future__ import annotations

import base64
import uuid
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from matrix_world import World, new_person, thing

from doujia.marks import Box, ImageMedia, LabelClass, Mark, Schema
from doujia.server.kernel import jobs
from doujia.server.kernel.authz import Actor, can
from doujia.server.people import queries as people
from doujia.server.people.permissions import SYSTEM
from doujia.server.projects import actions as projects
from doujia.server.releases import actions as releases
from doujia.server.work import actions, neighbours, opaque, queues
from doujia.server.work.actions.submissions import Sent
from doujia.server.work.actions.tasks import Wanted
from doujia.server.work.models import Submission

SCHEMA = Schema(classes=[LabelClass(id="car", kinds=["box"])])
PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
MARK = Mark(id="m1", label="car", geometry=Box(1, 2, 30, 40))


def stand_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the work room items that exist nowhere: the matrix is about who, not about what."""

    def items(ids: Any) -> dict[str, Any]:
        return {
            i: SimpleNamespace(id=i, name=i, media=ImageMedia(width=640, height=480), attrs={}) for i in ids
        }

    queues.forget()
    monkeypatch.setattr(neighbours, "items", items)
    monkeypatch.setattr(
        neighbours, "signed_urls", lambda item, until, grant: {"preview": "/m", "full": "/m", "tiles": None}
    )


@thing("project")
def _project(world: World) -> str:
    made = projects.create_project(
        actor=SYSTEM,
        client=world.client,
        bases=[world.base],
        name="P",
        schema=SCHEMA,
        settings={"review_share": 1.0},
    )
    projects.set_state(actor=SYSTEM, project=made, state="running")
    return made


@thing("guideline picture")
def _picture(world: World) -> str:
    return projects.add_asset(actor=SYSTEM, project=world.get("project"), name="x", data=PICTURE)


@thing("task")
def _task(world: World) -> str:
    lead = people.actor_for(world.person("lead"))
    (made,) = actions.add_tasks(actor=lead, project=world.get("project"), wanted=[Wanted("item-1", 0)])
    return made


def lease(world: World) -> str:
    """Return the lease of the one who asks; an invented one when she may not take tasks."""
    actor = people.actor_for(world.asking)
    if not can(actor, "work.take", neighbours.thing(world.get("project"))):
        return "invented"
    held = actions.take_next(actor=actor, project=world.get("project"), want=1).held
    return str(held[0].token)


def sent(world: World) -> dict[str, Any]:
    """Return the body of a submission by the one who asks."""
    return {
        "id": str(uuid.uuid4()), "task": world.get("task"), "lease": lease(world), "marks": msgspec.to_builtins([MARK]),
        "guideline_version": 1, "schema_version": 1,
    }  # fmt: skip


def _answer(world: World) -> str:
    """Hand in an answer by a worker of the base, who is none of those that ask."""
    return answer_of(world, people.actor_for(new_person("worker", world.base)))


def answer_of(world: World, actor: Actor) -> str:
    """Hand in an answer to the next task and return its id."""
    held = actions.take_next(actor=actor, project=world.get("project"), want=1).held[0]
    made = Sent(
        id=uuid.uuid4(), task=opaque.encode(held.place.task), lease=held.token, marks=[MARK], guideline_version=1, schema_version=1
    )  # fmt: skip
    actions.submit(actor=actor, sent=made)
    return str(made.id)


def verdict(world: World) -> dict[str, Any]:
    """Return the body of a review by the one who asks."""
    submission, actor, token = _answer(world), people.actor_for(world.asking), "invented"
    if can(actor, "work.review", neighbours.thing(world.get("project"))):
        token = (
            actions.take_next(actor=actor, project=world.get("project"), want=1, kind="review").held[0].token
        )
    return {
        "id": str(uuid.uuid4()), "task": world.get("task"), "lease": token, "submission": submission, "verdict": "accept"
    }  # fmt: skip


@thing("answer")
def _kept_answer(world: World) -> str:
    """An answer in review: its task, made for it, is done with."""
    world.get("task")
    return _answer(world)


@thing("extra answer")
def _extra_answer(world: World) -> str:
    """An answer that waits for the lead: its slot was taken by somebody else."""
    made = Submission.objects.get(id=uuid.UUID(world.get("answer")))
    made.pk, made.state, made.reply = uuid.uuid4(), "extra", "extra"
    made.person = new_person("worker", world.base)
    made.save(force_insert=True)
    return str(made.pk)


@thing("later answer")
def _later_answer(world: World) -> str:
    first = Submission.objects.get(id=uuid.UUID(world.get("answer")))
    first.pk = uuid.uuid4()
    first.revision += 1
    first.save(force_insert=True)
    return str(first.pk)


@thing("question")
def _question(world: World) -> str:
    lead = people.actor_for(world.person("lead"))
    return actions.ask(actor=lead, project=world.get("project"), text="?")


@thing("release")
def _release(world: World) -> str:
    """Make an empty release: who may fetch it does not depend on what is in it."""
    made = releases.make_release(actor=_manager(world), project=world.get("project"))
    while jobs.run_one():
        pass  # others' jobs may stand before it
    return made


@thing("release file")
def _release_file(world: World) -> str:
    world.get("release")
    return "manifest.json"


@thing("export")
def _export(world: World) -> str:
    made = releases.export_release(actor=_manager(world), release=world.get("release"), format="doujia-jsonl")
    while jobs.run_one():
        pass  # others' jobs may stand before it
    return made


def _manager(world: World) -> Any:
    """Return a manager of the base, in whose name releases are made."""
    return people.actor_for(new_person("manager", world.base))
