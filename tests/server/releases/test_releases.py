"""Releases: immutable, complete, counted rightly, exported with a loss report, compared."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterator
from typing import Any

import msgspec
import pyarrow.parquet as pq
import pytest
from world import World, make_world, span

from doujia.server.kernel import jobs, storage
from doujia.server.kernel.errors import Conflict, Forbidden, NotFound
from doujia.server.releases import actions, gathering, queries
from doujia.server.releases.models import Export
from doujia.server.work import actions as work

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world(transactional_db: None) -> Iterator[World]:
    yield make_world()


def release(world: World) -> queries.ReleaseView:
    lead = world.person("boss", "manager")
    made = actions.make_release(actor=lead, project=world.project)
    assert jobs.run_one()
    return queries.get(actor=lead, release=made)


def content(view: queries.ReleaseView, name: str) -> bytes:
    [one] = [f for f in view.manifest["files"] if f["name"] == name]
    found = storage.read(one["sha256"])
    assert hashlib.sha256(found).hexdigest() == one["sha256"] and len(found) == one["bytes"]
    return found


def test_a_release_holds_what_was_accepted_and_says_how_it_was_made(world: World) -> None:
    world.fill("a.txt", "b.txt", "c.txt")
    world.do(world.person("wu"))
    world.do(world.person("li"), [])
    view = release(world)
    assert (view.state, view.number, view.items, view.marks) == ("ready", 1, 2, 1)
    table = pq.read_table(io.BytesIO(content(view, "data.parquet"))).to_pylist()
    assert [(r["name"], r["label"], r["kind"]) for r in table] == [
        ("a.txt", "city", "span"),
        ("b.txt", None, None),
    ]
    lines = content(view, "data.jsonl").decode().splitlines()
    assert [json.loads(x)["item"]["name"] for x in lines[1:]] == ["a.txt", "b.txt"]
    assert view.card["counts"]["items_without_marks"] == 1
    assert view.card["classes"] == {"city": 1}
    assert view.card["labour"] == {"people": 2, "active_hours": 0.03, "pay": None}
    assert view.card["agreement"] is None
    assert "Labelled by 2 people" in content(view, "card.md").decode()


def test_the_manifest_is_what_its_hash_says(world: World) -> None:
    world.fill("a.txt")
    world.do(world.person("wu"))
    view = release(world)
    stored = queries.file(actor=world.person("boss"), release=view.id, name="manifest.json")
    data = storage.read(stored.sha256)
    assert hashlib.sha256(data).hexdigest() == view.manifest_sha256
    assert msgspec.json.decode(data) == view.manifest


def test_numbers_go_up_and_a_finished_release_does_not_change(world: World) -> None:
    world.fill("a.txt", "b.txt")
    world.do(world.person("wu"))
    first = release(world)
    world.do(world.person("wu"))
    second = release(world)
    assert (first.number, second.number, second.items) == (1, 2, 2)
    again = queries.get(actor=world.person("boss"), release=first.id)
    assert (again.items, again.manifest_sha256) == (1, first.manifest_sha256)


def test_one_release_at_a_time(world: World) -> None:
    world.fill("a.txt")
    world.do(world.person("wu"))
    boss = world.person("boss", "manager")
    actions.make_release(actor=boss, project=world.project)
    with pytest.raises(Conflict) as busy:
        actions.make_release(actor=boss, project=world.project)
    assert busy.value.code == "release_in_progress"


def test_a_release_goes_on_where_a_crash_stopped_it(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.fill(*(f"{n}.txt" for n in range(5)))
    for _ in range(5):
        world.do(world.person("wu"))
    monkeypatch.setattr(gathering, "PART", 2)
    boss = world.person("boss", "manager")
    made = actions.make_release(actor=boss, project=world.project)
    written: list[int] = []
    original = gathering._write_part

    def stops(release: str, state: Any, rows: Any) -> None:
        if state.parts == 1 and not written:
            written.append(state.parts)
            raise RuntimeError("power cut")
        original(release, state, rows)

    monkeypatch.setattr(gathering, "_write_part", stops)
    jobs.run_one()
    assert queries.get(actor=boss, release=made).state == "making"
    from datetime import UTC, datetime, timedelta

    from doujia.server.kernel import clock

    with clock.frozen(datetime.now(UTC) + timedelta(minutes=5)):
        jobs.run_one()
    view = queries.get(actor=boss, release=made)
    assert (view.state, view.items) == ("ready", 5)
    names = [json.loads(x)["item"]["name"] for x in content(view, "data.jsonl").decode().splitlines()[1:]]
    assert names == [f"{n}.txt" for n in range(5)]


def test_a_failed_release_makes_way_for_the_next(world: World) -> None:
    world.fill("a.txt")
    world.do(world.person("wu"))
    boss = world.person("boss", "manager")
    made = actions.make_release(actor=boss, project=world.project)
    jobs.cancel(queries.get(actor=boss, release=made).job, actor=boss)
    second = actions.make_release(actor=boss, project=world.project)
    assert jobs.run_one()
    assert queries.get(actor=boss, release=made).state == "failed"
    assert queries.get(actor=boss, release=second).state == "ready"


def test_an_export_that_loses_nothing_is_there_to_fetch(world: World) -> None:
    world.fill("a.txt")
    world.do(world.person("wu"))
    view, boss = release(world), world.person("boss")
    made = actions.export_release(actor=boss, release=view.id, format="doujia-jsonl")
    assert actions.export_release(actor=boss, release=view.id, format="doujia-jsonl") == made
    with pytest.raises(Conflict) as early:
        queries.export_file(actor=boss, export_id=made)
    assert early.value.code == "export_not_ready"
    jobs.run_one()
    stored = queries.export_file(actor=boss, export_id=made)
    assert stored.name.endswith(".jsonl") and stored.size == len(storage.read(stored.sha256))
    report = queries.export(actor=boss, export_id=made).report
    assert report is not None and (report["items"], report["marks"]) == (1, 1)


def test_an_export_that_would_lose_is_refused_with_the_codes_to_allow(world: World) -> None:
    world.fill("a.txt")
    world.do(world.person("wu"))
    view, boss = release(world), world.person("boss")
    made = actions.export_release(actor=boss, release=view.id, format="coco")
    jobs.run_one()
    with pytest.raises(Conflict) as refused:
        queries.export_file(actor=boss, export_id=made)
    assert refused.value.code == "loss_refused"
    codes = refused.value.extra["codes"]
    assert "items_dropped" in codes
    allowed = actions.export_release(actor=boss, release=view.id, format="coco", allow_loss=codes)
    jobs.run_one()
    assert queries.export_file(actor=boss, export_id=allowed).name.endswith((".json", ".zip"))


def test_two_releases_are_compared_item_by_item(world: World) -> None:
    world.fill("a.txt", "b.txt")
    wu = world.person("wu")
    first_answer = world.do(wu)
    world.do(wu)
    before = release(world)
    work.reopen(actor=world.person("boss"), submission=first_answer)
    world.do(wu, [span("m1", "person", 0, 5)])
    world.fill("c.txt")
    world.do(wu)
    after = release(world)
    found = queries.compare(actor=world.person("boss"), before=before.id, after=after.id)
    assert (found.added, found.removed, found.changed, found.same) == (1, 0, 1, 1)
    assert (found.added_examples, found.changed_examples) == (["c.txt"], ["a.txt"])
    assert found.classes == {"city": {"before": 2, "after": 2}, "person": {"before": 0, "after": 1}}


def test_workers_make_no_releases_and_strangers_see_none(world: World) -> None:
    world.fill("a.txt")
    world.do(world.person("wu"))
    view = release(world)
    with pytest.raises(Forbidden):
        actions.make_release(actor=world.person("wu"), project=world.project)
    other = make_world()
    stranger = other.person("boss", "manager")
    for call in (
        lambda: queries.get(actor=stranger, release=view.id),
        lambda: queries.listing(actor=stranger, project=world.project),
        lambda: queries.compare(actor=stranger, before=view.id, after=view.id),
        lambda: actions.export_release(actor=stranger, release=view.id, format="coco"),
        lambda: queries.get(actor=stranger, release="../../etc/passwd"),
    ):
        with pytest.raises(NotFound):
            call()


def test_markup_in_names_stays_text_in_the_card(world: World) -> None:
    from doujia.server.releases import card

    assert card._plain("<img src=x onerror=1>|`a`") == "&lt;img src=x onerror=1&gt;\\|\\`a\\`"


def test_a_ready_export_says_its_losses_in_words(world: World) -> None:
    world.fill("a.txt")
    world.do(world.person("wu"))
    view, boss = release(world), world.person("boss")
    made = actions.export_release(actor=boss, release=view.id, format="doujia-jsonl")
    jobs.run_one()
    Export.objects.filter(id=made).update(
        report={"losses": [{"code": "scores_dropped", "count": 3}, {"code": "score_dropped", "count": 2}]}
    )
    report = queries.export(actor=boss, export_id=made).report
    assert report is not None
    # A code of another version is still shown; a known one comes with its sentence.
    assert [loss["zh"] for loss in report["losses"]] == ["scores_dropped", "分数没有写出去"]
