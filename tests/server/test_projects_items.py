"""Items of a dataset come into a project: listed, filtered or all; never one client's into another's."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from doujia.marks import LabelClass, Schema, TextMedia
from doujia.server.data import actions as data
from doujia.server.data import queries
from doujia.server.data.queries import ItemFilter
from doujia.server.kernel import clock, events, jobs
from doujia.server.kernel.authz import Actor
from doujia.server.kernel.errors import NotFound, Unprocessable
from doujia.server.projects import actions as projects
from doujia.server.projects.events import ItemsAdded

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def client(tenants: Any, make_person: Any, actor_of: Any) -> Actor:
    return actor_of(make_person("client", tenants.client))


def project_of(actor: Actor, client: str, base: str) -> str:
    schema = Schema(classes=[LabelClass(id="a")])
    return projects.create_project(
        actor=actor, client=client, bases=[base], name="P", schema=schema, medium="text"
    )


def filled(actor: Actor, tenant: str, count: int) -> tuple[str, list[str]]:
    made = data.create_dataset(actor=actor, tenant=tenant, name="D", medium="text")
    rows = [data.Row(name=f"{i:04}.txt", media=TextMedia(text=str(i))) for i in range(count)]
    return made, [str(i) for i in data.add_rows(actor=actor, dataset=made, rows=rows).ids]


@pytest.fixture
def added(monkeypatch: pytest.MonkeyPatch) -> list[ItemsAdded]:
    """What was published: the work room's own subscription is replaced, its tasks are not the subject here."""
    seen: list[ItemsAdded] = []
    monkeypatch.setitem(events._subscribers, ItemsAdded, [seen.append])
    return seen


def test_all_listed_or_filtered(
    client: Actor, tenants: Any, added: list[ItemsAdded], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("doujia.server.projects.actions.ADD_AT_ONCE", 500)
    project = project_of(client, tenants.client, tenants.base)
    dataset, ids = filled(client, tenants.client, 1100)
    assert projects.add_items(actor=client, project=project, dataset=dataset, priority=3) == 1100
    assert [i for event in added for i in event.item_ids] == ids
    assert {(event.project, event.priority) for event in added} == {(project, 3)}
    assert max(len(event.item_ids) for event in added) <= 500
    added.clear()
    _, foreign = filled(client, tenants.client, 1)
    offered = projects.add_items(
        actor=client, project=project, dataset=dataset, items=[ids[5], foreign[0], "nonsense", ids[2]]
    )
    assert (offered, added[0].item_ids) == (2, (ids[5], ids[2]))
    added.clear()
    some = projects.add_items(actor=client, project=project, dataset=dataset, which=ItemFilter(name="010"))
    assert some == 12  # 0010, 0100 to 0109, 1010
    assert added[0].item_ids == (ids[10], *ids[100:110], ids[1010])


def test_the_base_may_look_at_what_it_works_on(
    client: Actor, tenants: Any, make_person: Any, actor_of: Any, added: list[ItemsAdded]
) -> None:
    project = project_of(client, tenants.client, tenants.base)
    dataset, ids = filled(client, tenants.client, 1)
    manager = actor_of(make_person("manager", tenants.base))
    with pytest.raises(NotFound):
        queries.visible_dataset(manager, dataset)
    projects.add_items(actor=client, project=project, dataset=dataset)
    assert queries.visible_dataset(manager, dataset).shared_with == (tenants.base,)
    assert projects.add_items(actor=manager, project=project, dataset=dataset, items=ids) == 1


def test_a_base_that_joins_later_may_look_too(
    client: Actor, tenants: Any, make_person: Any, actor_of: Any, added: list[ItemsAdded]
) -> None:
    project = project_of(client, tenants.client, tenants.base)
    dataset, _ = filled(client, tenants.client, 1)
    unused, _ = filled(client, tenants.client, 1)
    projects.add_items(actor=client, project=project, dataset=dataset)
    projects.edit_project(
        actor=client, project=project, revision=None, bases=[tenants.base, tenants.other_base]
    )
    late = actor_of(make_person("manager", tenants.other_base))
    assert queries.visible_dataset(late, dataset).id == dataset
    with pytest.raises(NotFound):
        queries.visible_dataset(late, unused)


def test_a_base_does_not_carry_one_clients_data_into_anothers_project(
    client: Actor, tenants: Any, make_person: Any, actor_of: Any, added: list[ItemsAdded]
) -> None:
    dataset, _ = filled(client, tenants.client, 1)
    data.share(actor=client, dataset=dataset, tenants=[tenants.base])
    other = actor_of(make_person("client", tenants.other_client))
    theirs = project_of(other, tenants.other_client, tenants.base)
    manager = actor_of(make_person("manager", tenants.base))
    with pytest.raises(Unprocessable) as refused:
        projects.add_items(actor=manager, project=theirs, dataset=dataset)
    assert refused.value.code == "dataset_of_others"
    assert added == []


@pytest.mark.parametrize("stop", ["none", "before", "after"])
def test_a_large_dataset_goes_in_as_a_job_and_nothing_twice_when_it_is_stopped(
    stop: str,
    client: Actor,
    tenants: Any,
    added: list[ItemsAdded],
    monkeypatch: pytest.MonkeyPatch,
    client_for: Any,
) -> None:
    monkeypatch.setattr("doujia.server.projects.actions.ADD_AT_ONCE", 50)
    monkeypatch.setattr("doujia.server.projects.api.IN_REQUEST", 100)
    project = project_of(client, tenants.client, tenants.base)
    dataset, ids = filled(client, tenants.client, 130)
    web = client_for(client.person)
    answer = web.post(
        f"/api/v1/projects/{project}/items", {"dataset": dataset}, content_type="application/json"
    )
    assert answer.status_code == 202 and answer.json()["offered"] is None
    job = answer.json()["job"]
    assert added == []
    if stop != "none":
        stopped = []

        def point(name: str) -> None:
            if name == f"items.{stop}_commit" and not stopped:
                stopped.append(name)
                raise RuntimeError("killed")

        monkeypatch.setattr("doujia.server.kernel.crash.point", point)
        jobs.run_one()
        with clock.frozen(clock.now() + timedelta(hours=1)):
            jobs.run_one()
    else:
        jobs.run_one()
    told = web.get(f"/api/v1/jobs/{job}").json()
    assert (told["state"], told["result"], told["total"]) == ("done", {"offered": 130}, 130)
    heard = [i for event in added for i in event.item_ids]
    # A step whose transaction was rolled back is told again; the rooms above ignore what they know (and saw nothing kept).
    assert list(dict.fromkeys(heard)) == ids
    assert len(heard) == (180 if stop == "before" else 130)


def test_a_small_dataset_goes_in_at_once(
    client: Actor, tenants: Any, added: list[ItemsAdded], client_for: Any
) -> None:
    project = project_of(client, tenants.client, tenants.base)
    dataset, _ = filled(client, tenants.client, 3)
    answer = client_for(client.person).post(
        f"/api/v1/projects/{project}/items", {"dataset": dataset}, content_type="application/json"
    )
    assert (answer.status_code, answer.json()) == (200, {"offered": 3, "job": None})
