"""A schema that changes while people draw: an answer is judged by what its author saw, and a change is said as a change."""

from __future__ import annotations

from typing import Any

import pytest
from world import World, make_world, span

from doujia.errors import ValidationError
from doujia.marks import Attribute, LabelClass, Schema
from doujia.server.kernel.audit import listing
from doujia.server.kernel.errors import Conflict, Unprocessable
from doujia.server.people.permissions import SYSTEM
from doujia.server.projects import actions as projects
from doujia.server.work import actions, neighbours, opaque
from doujia.server.work.actions.submissions import Sent
from doujia.server.work.models import Submission

pytestmark = pytest.mark.django_db


def answer(world: World, name: str, held: Any, label: str, version: int) -> Any:
    import uuid

    sent = Sent(
        id=uuid.uuid4(), task=opaque.encode(held.place.task), lease=held.token, marks=[span("s1", label)],
        schema_version=version, guideline_version=1,
    )  # fmt: skip
    return actions.submit(actor=world.person(name), sent=sent)


def take(world: World, name: str) -> Any:
    [held] = actions.take_next(actor=world.person(name), project=world.project, want=1).held
    return held


def change_schema(world: World, *classes: LabelClass, attributes: tuple[Attribute, ...] = ()) -> None:
    schema = Schema(classes=list(classes), attributes=list(attributes))
    projects.save_schema(actor=SYSTEM, project=world.project, schema=schema, version=None)


CITY = LabelClass(id="city", name="City", kinds=["span"])
PERSON = LabelClass(id="person", name="Person", kinds=["span"])
RIVER = LabelClass(id="river", name="River", kinds=["span"])


def test_a_class_added_meanwhile_does_no_harm(db: None) -> None:
    world = make_world()
    world.fill("a")
    held = take(world, "wu")
    change_schema(world, CITY, PERSON, RIVER)
    assert answer(world, "wu", held, "city", 1).state == "accepted"
    # What it was drawn under is remembered, not what is in force.
    assert Submission.objects.get().schema_version == 1


def test_a_class_taken_away_meanwhile_is_said_as_a_change_and_nothing_is_lost(db: None) -> None:
    world = make_world()
    world.fill("a")
    held = take(world, "wu")
    change_schema(world, PERSON)
    with pytest.raises(Conflict) as conflict:
        answer(world, "wu", held, "city", 1)
    assert conflict.value.code == "schema_changed"
    assert [(f["mark"], f["field"]) for f in conflict.value.fields or []] == [("s1", "label")]
    assert (conflict.value.extra["drawn_under"], conflict.value.extra["current"]) == (1, 2)
    # The task is still hers, and put right under the schema in force it goes in.
    assert answer(world, "wu", held, "person", 2).state == "accepted"


def test_what_was_wrong_when_it_was_drawn_is_an_error_of_the_answer(db: None) -> None:
    world = make_world()
    world.fill("a")
    held = take(world, "wu")
    change_schema(world, CITY, PERSON, RIVER)
    with pytest.raises(ValidationError):
        answer(world, "wu", held, "lake", 1)
    with pytest.raises(ValidationError):
        answer(world, "wu", held, "river", 1)  # she cannot have seen it


def test_a_version_that_never_was_is_refused(db: None) -> None:
    world = make_world()
    world.fill("a")
    held = take(world, "wu")
    with pytest.raises(Unprocessable) as error:
        answer(world, "wu", held, "city", 7)
    assert error.value.code == "schema_version_unknown"


def test_work_is_told_in_the_trail_of_the_base_that_did_it(db: None) -> None:
    world = make_world()
    world.fill("a")
    answer(world, "wu", take(world, "wu"), "city", 1)
    rows = listing(actor=world.person("manager", "manager"), tenant=world.base, action="submission.")
    assert [(r.action, r.actor) for r in rows] == [("submission.received", world.person("wu").person)]
    assert neighbours.acting_for(SYSTEM, world.project) == world.client
