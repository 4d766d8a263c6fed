"""What happens in the rooms reaches those tenants' webhooks that it concerns, and no other's."""

from __future__ import annotations

import json
from typing import Any

import matrix_quality  # noqa: F401 - registers a rejected answer and an appeal
import matrix_work as work
import pytest
from matrix_world import World

from doujia.server.kernel import clock
from doujia.server.kernel.models import Webhook, WebhookDelivery
from doujia.server.people import actions
from doujia.server.people.permissions import SYSTEM
from doujia.server.projects import actions as projects

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    work.stand_in(monkeypatch)
    base, client, other = (
        actions.create_tenant(actor=SYSTEM, kind=kind, name=name)
        for kind, name in (("base", "B"), ("client", "C"), ("client", "Other"))
    )
    for tenant in (base, client, other):
        Webhook.objects.create(
            tenant=tenant, url="http://10.0.0.1/", events=["*"], created_by="x", created_at=clock.now()
        )
    return World(base, client, place=base)


def _told(world: World, event: str) -> list[tuple[str, dict[str, Any]]]:
    rows = (
        WebhookDelivery.objects.filter(event=event).select_related("webhook").order_by("webhook__created_at")
    )
    names = {world.base: "base", world.client: "client"}
    return [(names.get(d.webhook.tenant, "other"), json.loads(d.body)["data"]) for d in rows]


def test_a_project_tells_its_client_and_its_base(world: World) -> None:
    project = world.get("project")
    assert _told(world, "project.state") == [
        ("base", {"project": project, "state": "running"}),
        ("client", {"project": project, "state": "running"}),
    ]
    projects.save_guideline(actor=SYSTEM, project=project, markdown="新", changed="都改了", version=None)
    assert [who for who, _ in _told(world, "guideline.changed")] == ["base", "client"]
    assert _told(world, "guideline.changed")[0][1]["changed"] == "都改了"


def test_a_release_tells_with_its_manifest(world: World) -> None:
    release = world.get("release")
    told = _told(world, "release.made")
    assert [who for who, _ in told] == ["base", "client"]
    assert told[0][1]["release"] == release and len(told[0][1]["manifest_sha256"]) == 64


def test_a_question_tells(world: World) -> None:
    question = world.get("question")
    assert [(who, data["question"]) for who, data in _told(world, "question.asked")] == [
        ("base", question),
        ("client", question),
    ]


def test_a_newcomer_is_told_to_her_base_by_work_name_only(world: World) -> None:
    actions.create_person(
        actor=SYSTEM, tenant=world.base, role="worker", display_name="王小豆", phone="13800138000"
    )
    ((who, data),) = _told(world, "person.joined")
    assert who == "base" and sorted(data) == ["person", "pseudonym"] and data["pseudonym"].startswith("w_")


def test_what_somebody_should_practise_is_told_to_her_base_and_not_to_the_client(world: World) -> None:
    world.asking = world.person("worker")
    world.get("rejected answer")
    ((who, data),) = _told(world, "practice.recommended")
    assert who == "base" and data["source"].startswith("review:")
    assert (data["person"], data["error_class"], data["paragraph"]) == (
        world.person("worker"),
        "place",
        "2.1",
    )
    world.get("appeal")
    assert [who for who, _ in _told(world, "appeal.filed")] == ["base"]
