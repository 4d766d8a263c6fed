"""Which item a line of an annotation file means: by path, by content, by the end of its path; what is doubtful is said."""

from __future__ import annotations

import io
import json
import sys
import zipfile
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from PIL import Image
from world import World, make_world

from doujia.marks import Box, Item, ItemMarks, LabelClass, Mark, Schema
from doujia.server.data import actions as data
from doujia.server.data import queries as data_queries
from doujia.server.data.tails import Tails
from doujia.server.kernel import jobs
from doujia.server.kernel.errors import Unprocessable
from doujia.server.people.permissions import SYSTEM
from doujia.server.projects import actions as projects
from doujia.server.work import actions, queries
from doujia.server.work.matching import Finder
from doujia.server.work.models import PreLabel, Task

pytestmark = pytest.mark.django_db(transaction=True)
NAMES = ("路口/0001.jpg", "路口/0002.JPG", "南门/0003.jpg", "北门/0003.jpg", "scan.png", "frame.0001.jpg")


def picture(name: str, shade: int) -> bytes:
    """Return 400 × 200 px of one colour, so that each file has its own content."""
    out = io.BytesIO()
    kind = "PNG" if name.endswith("png") else "JPEG"
    Image.new("RGB", (400, 200), (20 * shade, 90, 140)).save(out, kind)
    return out.getvalue()


@pytest.fixture
def world(transactional_db: None) -> Iterator[World]:
    """A project of pictures in folders, 400 × 200 px."""
    made = make_world()
    made.dataset = data.create_dataset(actor=SYSTEM, tenant=made.client, name="Pictures", medium="image")
    schema = Schema(classes=[LabelClass(id="car", name="car", kinds=["box"])])
    made.project = projects.create_project(
        actor=SYSTEM, client=made.client, bases=[made.base], name="Cars", schema=schema, datasets=[made.dataset]
    )  # fmt: skip
    upload = data.open_upload(actor=SYSTEM, dataset=made.dataset)
    for n, name in enumerate(NAMES):
        body = picture(name, n)
        placed, _ = data.announce(actor=SYSTEM, upload=upload, files=[data.Announced(name, len(body))])
        data.receive(
            actor=SYSTEM, upload=upload, file=placed[0].id, offset=0, length=len(body), body=io.BytesIO(body)
        )
    data.commit_upload(actor=SYSTEM, upload=upload)
    while jobs.run_one():
        pass
    made.items = {i.name: i.id for i in data_queries.get_items(data_queries.item_ids(made.dataset)).values()}
    projects.add_items(actor=SYSTEM, project=made.project, dataset=made.dataset)
    yield made


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("路口/0001.jpg", "路口/0001.jpg"),
        ("0001.jpg", "路口/0001.jpg"),
        ("images/train/0001.jpg", "路口/0001.jpg"),
        ("C:\\data\\路口\\0001.JPG", "路口/0001.jpg"),
        ("./0002.jpg", "路口/0002.JPG"),
        ("labels/0001.txt", "路口/0001.jpg"),
        ("0001", "路口/0001.jpg"),
        ("1a2b3c4d-0001.jpg", "路口/0001.jpg"),
        ("北门/0003.jpg", "北门/0003.jpg"),
        ("export/北门/0003.jpg", "北门/0003.jpg"),
        ("frame.0001", "frame.0001.jpg"),
        ("0003.jpg", "several"),
        ("0001.png", None),
        ("scan.jpg", None),
        ("0004.jpg", None),
        ("", None),
    ],
)
def test_a_path_means_the_item_that_ends_most_like_it(world: World, path: str, expected: str | None) -> None:
    found = Tails([world.dataset]).find(path)
    names = {item: name for name, item in world.items.items()}
    assert ("several" if found.several else names.get(found.item or "")) == expected


def test_folders_that_say_nothing_here_do_not_make_one_item_of_two(world: World) -> None:
    finder = Finder(world.project)
    file = [Item(id="1", name="a/0001.jpg"), Item(id="2", name="b/0001.jpg"), Item(id="3", name="b/0002.jpg")]
    finder.dataset = [ItemMarks(i, [], []) for i in file]
    assert [m.how for m in finder.find(file)] == ["several", "several", "end"]


def bring(world: World, name: str, body: bytes, format: str = "auto") -> dict[str, Any]:
    boss = world.person("boss", "manager")
    job = actions.import_annotations(
        actor=boss, project=world.project, name=name, mode="prelabels", body=io.BytesIO(body), format=format
    )
    assert jobs.run_one()
    view = jobs.get(job)
    assert view.state == "done", view.error
    return view.result


def test_coco_of_another_folder_comes_in_and_says_how_it_was_matched(world: World) -> None:
    images = [
        {"id": n, "file_name": name, "width": 400, "height": 200}
        for n, name in enumerate(("0001.jpg", "train/0002.jpg", "0003.jpg", "9999.jpg"), 1)
    ]
    boxes = [
        {"id": n, "image_id": n, "category_id": 1, "bbox": [10, 20, 30, 40], "area": 1200, "iscrowd": 0} for n in (1, 2, 3, 4)
    ]  # fmt: skip
    coco = {"images": images, "annotations": boxes, "categories": [{"id": 1, "name": "car"}]}
    told = bring(world, "instances.json", json.dumps(coco).encode())
    assert (told["matched"], told["matched_by_end"], told["unmatched"], told["unmatched_several"]) == (
        2,
        2,
        2,
        1,
    )
    assert told["unmatched_names"] == ["0003.jpg", "9999.jpg"]
    assert [(p["item"], p["code"]) for p in told["problems"]] == [("0003.jpg", "name_ambiguous")]


def test_yolo_labels_without_pictures_get_the_sizes_of_the_project(world: World) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("data.yaml", "path: .\ntrain: images/train\nnames:\n  0: car\n")
        # Centre (0.25, 0.5) and size (0.1, 0.4) of 400 × 200 px: x 80…120, y 60…140.
        archive.writestr("labels/train/0001.txt", "0 0.25 0.5 0.1 0.4\n")
    told = bring(world, "labels.zip", packed.getvalue(), "yolo-detect")
    assert (told["matched"], told["marks"], told["problems"]) == (1, 1, [])
    [kept] = PreLabel.objects.all()
    assert Task.objects.get(id=kept.task_id).item == world.items["路口/0001.jpg"]
    [mark] = msgspec.json.decode(kept.marks, type=list[Mark])
    assert isinstance(mark.geometry, Box)
    assert (mark.geometry.x0, mark.geometry.y0, mark.geometry.x1, mark.geometry.y1) == pytest.approx(
        (80, 60, 120, 140)
    )


def test_a_task_is_found_by_part_of_its_pictures_name(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    boss = world.person("boss", "manager")

    def found(name: str) -> list[str]:
        page = queries.tasks(actor=boss, project=world.project, where=queries.TaskFilter(name=name))
        return [t.name for t in page.items]

    assert found("0003") == ["南门/0003.jpg", "北门/0003.jpg"]
    assert found("北门") == ["北门/0003.jpg"] and found("nowhere") == []
    assert found("100%") == [], "a wildcard is a character like others"
    ids = queries.task_ids(actor=boss, project=world.project, where=queries.TaskFilter(name="0003")).ids
    assert len(ids) == 2
    monkeypatch.setattr(sys.modules[queries.tasks.__module__], "MOST_NAMED", 1)
    with pytest.raises(Unprocessable) as refused:
        found("0003")
    assert refused.value.code == "name_too_wide"
