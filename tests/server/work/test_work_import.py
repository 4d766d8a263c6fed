"""Existing annotations come in as pre-labels, accepted work or right answers; what does not match is listed."""

from __future__ import annotations

import io
import tempfile
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from world import TEXT, World, make_world, span

from doujia import formats
from doujia.formats import MemoryDataset
from doujia.marks import Item, ItemMarks, LabelClass, Mark, Schema, TextMedia
from doujia.server.kernel import clock, events, jobs, storage
from doujia.server.kernel.errors import BadRequest, Forbidden, NotFound, Unprocessable
from doujia.server.work import actions, importing, queries
from doujia.server.work.actions import imports
from doujia.server.work.events import GoldImported
from doujia.server.work.models import KnownAnswer, PreLabel, Queue, Submission, Task

pytestmark = pytest.mark.django_db(transaction=True)
SCHEMA = Schema(
    classes=[
        LabelClass(id="c0", name="CITY"),
        LabelClass(id="c1", name="Person"),
        LabelClass(id="c2", name="Dragon"),
    ]
)


@pytest.fixture
def world(transactional_db: None) -> Iterator[World]:
    made = make_world()
    made.fill("a.txt", "b.txt", "c.txt")
    yield made


def jsonl(marks: dict[str, list[Mark]]) -> io.BytesIO:
    items = [ItemMarks(Item(id=n, name=n, media=TextMedia(text=TEXT)), found) for n, found in marks.items()]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "marks.jsonl"
        formats.write(MemoryDataset(SCHEMA, items), path, "doujia-jsonl")
        return io.BytesIO(path.read_bytes())


def bring(world: World, mode: str, marks: dict[str, list[Mark]], **more: Any) -> dict[str, Any]:
    boss = world.person("boss", "manager")
    job = actions.import_annotations(
        actor=boss, project=world.project, name="marks.jsonl", mode=mode, body=jsonl(marks), format="doujia-jsonl", source="old tool", **more
    )  # fmt: skip
    assert jobs.run_one()
    view = jobs.get(job)
    assert view.state == "done", view.error
    return view.result


def test_prelabels_keep_score_and_origin_and_their_classes_by_name(world: World) -> None:
    told = bring(
        world, "prelabels", {"a.txt": [span("m1", "c0"), span("m2", "c1", 0, 5)], "z.txt": [span("m1", "c0")]}
    )
    assert (told["matched"], told["unmatched"], told["unmatched_names"], told["marks"]) == (
        1,
        1,
        ["z.txt"],
        2,
    )
    [kept] = PreLabel.objects.all()
    marks = msgspec.json.decode(kept.marks, type=list[Mark])
    assert [(m.label, m.origin.by, m.origin.actor) for m in marks if m.origin] == [
        ("city", "import", "old tool"), ("person", "import", "old tool"),
    ]  # fmt: skip
    scored = msgspec.structs.replace(span("m1", "c0"), score=0.75)
    bring(world, "prelabels", {"a.txt": [scored]})
    [kept] = PreLabel.objects.all()
    assert kept.score == 0.75 and '"by":"model"' in kept.marks
    held = actions.take_next(actor=world.person("wu"), project=world.project).held
    [shown], _ = queries.describe(held, world.person("wu").person)
    assert msgspec.json.decode(msgspec.json.encode(shown["prelabels"]))[0]["score"] == 0.75


def test_accepted_work_needs_nobody_any_more(world: World) -> None:
    told = bring(world, "accepted", {"a.txt": [span("m1", "c0")], "b.txt": [span("m1", "c0", 0, 900)]})
    assert (told["matched"], told["invalid"]) == (2, 1)
    assert [(p["item"], p["mark"]) for p in told["problems"]] == [("b.txt", "m1")]
    assert sorted(Task.objects.values_list("state", flat=True)) == ["done", "open", "open"]
    assert [rows[0].item for rows in queries.accepted(world.project)] == [world.items["a.txt"]]
    again = bring(world, "accepted", {"a.txt": [span("m1", "c0")]})
    assert again["answered_already"] == 1 and Submission.objects.count() == 1
    taken = actions.take_next(actor=world.person("wu"), project=world.project, want=5).held
    assert len(taken) == 2


def test_right_answers_are_kept_from_workers_and_told_to_quality(world: World) -> None:
    heard: list[GoldImported] = []
    events.subscribe(GoldImported)(heard.append)
    try:
        bring(world, "gold", {"a.txt": [span("m1", "c0")]})
    finally:
        events._subscribers[GoldImported].remove(heard.append)
    [known] = KnownAnswer.objects.all()
    assert [h.item for h in heard] == [world.items["a.txt"]] and '"city"' in known.document
    assert [Task.objects.get(state="known").item] == [world.items["a.txt"]]
    assert Queue.objects.get(project=world.project).total == 2, "no production any more"
    held = actions.take_next(actor=world.person("wu"), project=world.project, want=3).held
    tasks, _ = queries.describe(held, world.person("wu").person)
    assert [t["prelabels"] for t in tasks] == [[], []]
    assert b"old tool" not in msgspec.json.encode(tasks)


def test_classes_that_the_project_has_not_are_counted(world: World) -> None:
    told = bring(world, "prelabels", {"a.txt": [span("m1", "c2"), span("m2", "c0")]})
    assert told["classes_unknown"] == {"c2": 1} and told["marks"] == 1
    whole = bring(world, "gold", {"a.txt": [span("m1", "c2"), span("m2", "c0")]})
    assert whole["invalid"] == 1 and KnownAnswer.objects.count() == 0


def test_an_import_goes_on_behind_its_last_batch(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "BATCH", 1)
    original, calls = importing.apply_batch, []

    def fails_once(batch: Any, **more: Any) -> None:
        calls.append(batch[0].item.name)
        if len(calls) == 2:
            raise RuntimeError("power cut")
        original(batch, **more)

    monkeypatch.setattr(importing, "apply_batch", fails_once)
    marks = {n: [span("m1", "c0")] for n in ("a.txt", "b.txt", "c.txt")}
    job = actions.import_annotations(
        actor=world.person("boss", "manager"), project=world.project, name="m.jsonl", mode="accepted", body=jsonl(marks), format="doujia-jsonl"
    )  # fmt: skip
    jobs.run_one()
    with clock.frozen(datetime.now(UTC) + timedelta(minutes=5)):
        jobs.run_one()
    assert calls == ["a.txt", "b.txt", "b.txt", "c.txt"]
    assert jobs.get(job).result["matched"] == 3 and Submission.objects.count() == 3


def test_who_may_import_and_what_is_refused(world: World) -> None:
    boss = world.person("boss", "manager")

    def send(who: Any, **more: Any) -> str:
        values = {"name": "m.jsonl", "mode": "prelabels", "body": jsonl({}), "format": "doujia-jsonl"} | more
        return actions.import_annotations(actor=who, project=world.project, **values)

    with pytest.raises(Forbidden):
        send(world.person("wu"))
    with pytest.raises(NotFound):
        send(make_world().person("boss", "manager"))
    with pytest.raises(Unprocessable):
        send(boss, mode="paid")
    with pytest.raises(BadRequest):
        send(boss, body=io.BytesIO())


@pytest.mark.parametrize("member", ["../evil.txt", "/etc/passwd", "a\\..\\b", "CON"])
def test_archives_that_leave_their_folder_are_refused(tmp_path: Path, member: str) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr(member, "x")
    with pytest.raises(Unprocessable):
        importing.unpack(tmp_path / "x.zip", tmp_path / "out")
    assert [p for p in (tmp_path / "out").rglob("*") if p.is_file()] == []


def test_a_zip_bomb_is_not_unpacked(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros", b"\0" * 50_000_000)
    with pytest.raises(Unprocessable) as refused:
        importing.unpack(tmp_path / "x.zip", tmp_path / "out")
    assert refused.value.code == "archive_refused"


class Endless:
    """A body that never ends, as a 2 GB file sent by mistake; says how much of it was read."""

    read_bytes = 0

    def read(self, size: int) -> bytes:
        self.read_bytes += size
        return b" " * size


def test_an_endless_json_is_cut_off_and_leaves_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imports, "LARGEST", 5_000_000)
    body = Endless()
    with pytest.raises(BadRequest) as refused:
        imports.import_annotations(
            actor=world.person("boss", "manager"), project=world.project, name="all.json", mode="prelabels", body=body, format="coco"
        )  # fmt: skip
    assert refused.value.code == "body_too_large"
    assert body.read_bytes <= 5_000_000 + 2 * imports.CHUNK
    assert list(storage.staging("x").parent.glob("import-*")) == []
    assert jobs.listing(thing=f"project:{world.project}", kind="work.import") == []
