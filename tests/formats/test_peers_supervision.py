"""Our COCO, YOLO and VOC opened by supervision."""

from __future__ import annotations

import math

import pytest
from roundtrip import ALL

from doujia import formats
from doujia.formats import MemoryDataset
from doujia.marks import (
    Box,
    ImageMedia,
    Item,
    ItemMarks,
    LabelClass,
    Mark,
    Polygon,
    PolygonPart,
    RotatedBox,
    Schema,
)
from doujia.marks.shapes import corners
from peers import ask, pictures

pytestmark = pytest.mark.peers

READ = """
import json, sys
import supervision as sv
how, images, labels = sys.argv[1], sys.argv[2], sys.argv[3]
if how.startswith("coco"):
    data = sv.DetectionDataset.from_coco(images_directory_path=images, annotations_path=labels, force_masks=how == "coco-masks")
elif how == "voc":
    data = sv.DetectionDataset.from_pascal_voc(images_directory_path=images, annotations_directory_path=labels)
else:
    data = sv.DetectionDataset.from_yolo(
        images_directory_path=images, annotations_directory_path=labels, data_yaml_path=sys.argv[4],
        force_masks=how == "yolo-seg", is_obb=how == "yolo-obb",
    )
found = {}
for path, _, d in data:
    masks = None if d.mask is None else [int(m.sum()) for m in d.mask]
    turned = d.data.get("xyxyxyxy")
    found[path.rsplit("/", 1)[-1]] = {
        "boxes": [[round(float(v), 3) for v in b] for b in d.xyxy], "masks": masks,
        "classes": [data.classes[c] for c in d.class_id],
        "corners": None if turned is None else [[round(float(v), 3) for p in t for v in p] for t in turned],
    }
print("ROWS" + json.dumps([data.classes, found]))
"""
SIZE = (64, 48)
NAMES = ("图 1.png", "empty.png")
RING = [4.0, 5, 20, 5, 20, 30, 4, 30]


def dataset(*geometries):
    marks = [Mark(id=str(i), geometry=g, label="车") for i, g in enumerate(geometries, 1)]
    media = ImageMedia(width=SIZE[0], height=SIZE[1])
    items = [
        ItemMarks(Item(id=n, name=n, media=media, split="train"), m)
        for n, m in zip(NAMES, (marks, []), strict=True)
    ]
    return MemoryDataset(Schema(classes=[LabelClass(id=n, name=n) for n in ("人", "车")]), items)


def test_coco_boxes(tmp_path):
    formats.write(dataset(Box(1.5, 2, 11.5, 22)), tmp_path / "o.json", "coco")
    classes, found = ask(
        "supervision", READ, "coco", pictures(tmp_path / "i", SIZE, *NAMES), tmp_path / "o.json"
    )
    assert classes == ["人", "车"]
    assert found["图 1.png"]["boxes"] == [[1.5, 2, 11.5, 22]]
    assert (found["图 1.png"]["classes"], found["empty.png"]["boxes"]) == (["车"], [])


def test_coco_outlines(tmp_path):
    formats.write(dataset(Polygon([PolygonPart(RING)])), tmp_path / "o.json", "coco")
    _, found = ask(
        "supervision", READ, "coco-masks", pictures(tmp_path / "i", SIZE, *NAMES), tmp_path / "o.json"
    )
    # It draws rings with their right and lower edge pixels: 17 x 26 instead of 16 x 25.
    assert found["图 1.png"]["masks"] == [17 * 26]


@pytest.mark.parametrize(
    ("task", "geometry"),
    [("detect", Box(2, 2, 12, 22)), ("seg", Polygon([PolygonPart(RING)])), ("obb", RotatedBox(30, 20, 16, 8, math.pi / 6))],
    ids=["detect", "seg", "obb"],
)  # fmt: skip
def test_yolo(task, geometry, tmp_path):
    folder = tmp_path / "y"
    formats.write(dataset(geometry), folder, f"yolo-{task}", ALL)
    images = pictures(folder / "images/train", SIZE, *NAMES)
    classes, found = ask(
        "supervision", READ, f"yolo-{task}", images, folder / "labels/train", folder / "data.yaml"
    )
    assert classes == ["人", "车"]
    seen = found["图 1.png"]
    assert (seen["classes"], found["empty.png"]["classes"]) == (["车"], [])
    if task == "detect":
        assert seen["boxes"] == [[2, 2, 12, 22]]
    elif task == "seg":
        assert seen["masks"] == [17 * 26]
    else:
        assert seen["corners"] == [pytest.approx(corners(geometry), abs=1e-3)]


def test_voc(tmp_path):
    folder = tmp_path / "v"
    formats.write(dataset(Box(2, 3, 12, 22)), folder, "voc", ALL)
    images = pictures(folder / "JPEGImages", SIZE, *NAMES)
    _, found = ask("supervision", READ, "voc", images, folder / "Annotations")
    # It takes 1 off the devkit's first pixel and leaves the last one: our half-open edges exactly.
    assert found["图 1.png"]["boxes"] in ([[2, 3, 11, 21]], [[2, 3, 12, 22]])
    assert found["empty.png"]["boxes"] == []
