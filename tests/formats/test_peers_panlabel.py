"""Our output opened by panlabel, a converter written in Rust, and turned into COCO by it.

VOC and WIDER FACE are left out: it takes VOC's inclusive pixels for half-open edges, and wants a count in front of WIDER.
"""

from __future__ import annotations

import json

import pytest
from roundtrip import ALL

from doujia import formats
from doujia.formats import MemoryDataset
from doujia.marks import Box, ImageMedia, Item, ItemMarks, LabelClass, Mark, Schema
from peers import pictures, run

pytestmark = pytest.mark.peers

SIZE = (64, 48)
NAMES = ("图 1.png", "b.png")


@pytest.mark.parametrize(
    ("ours", "theirs", "target", "media"),
    [
        ("coco", "coco", "o.json", None), ("cvat", "cvat", "a.xml", None), ("labelme", "labelme", "l", "l"),
        ("label-studio", "label-studio", "s/tasks.json", None), ("kitti", "kitti", "k", "k/image_2"),
        ("yolo-detect", "yolo", "y", "y/images/train"), ("datumaro", "datumaro", "d/annotations/train.json", None),
    ],
    ids=lambda v: v if isinstance(v, str) else "",
)  # fmt: skip
def test_its_coco_has_our_boxes(ours, theirs, target, media, tmp_path):
    marks = [
        Mark(id="1", geometry=Box(10, 12, 30, 36), label="车"),
        Mark(id="2", geometry=Box(1, 2, 5, 9), label="车"),
    ]
    size = ImageMedia(width=SIZE[0], height=SIZE[1])
    items = [ItemMarks(Item(id=NAMES[0], name=NAMES[0], media=size, split="train"), marks)]
    if ours == "yolo-detect":
        items.append(ItemMarks(Item(id=NAMES[1], name=NAMES[1], media=size, split="val"), []))
    elif ours != "label-studio":  # there it wants a size in every task, also where nothing is marked
        items.append(ItemMarks(Item(id=NAMES[1], name=NAMES[1], media=size, split="train"), []))
    data = MemoryDataset(Schema(classes=[LabelClass(id="车", name="车")]), items)
    source = tmp_path / target
    written = {"label-studio": tmp_path / "s", "datumaro": tmp_path / "d"}.get(ours, source)
    formats.write(data, written, ours, ALL)
    if media is not None:
        for bundle in items:
            split = "val" if bundle.item.split == "val" else "train"
            pictures(tmp_path / media.replace("train", split), SIZE, bundle.item.name)
    out = tmp_path / "panlabel.json"
    run("panlabel", "panlabel", "convert", "--from", theirs, "--to", "coco", "--input", source, "--output", out, "--allow-lossy")  # fmt: skip
    coco = json.loads(out.read_text("utf-8"))
    names = {i["id"]: i["file_name"].rsplit("/", 1)[-1] for i in coco["images"]}
    classes = {c["id"]: c["name"] for c in coco["categories"]}
    found = sorted((names[a["image_id"]], classes[a["category_id"]], a["bbox"]) for a in coco["annotations"])
    assert [(n, c) for n, c, _ in found] == [("图 1.png", "车")] * 2
    assert [b for *_, b in found] == [pytest.approx([1, 2, 4, 7]), pytest.approx([10, 12, 20, 24])]
