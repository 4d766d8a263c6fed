"""Our COCO opened by pycocotools, the reference reader: pixels of every kind of outline, crowds, poses and results."""

from __future__ import annotations

import numpy as np
import pytest
from roundtrip import ALL

from doujia import formats
from doujia.formats import MemoryDataset
from doujia.marks import (
    Box,
    ImageMedia,
    Item,
    ItemMarks,
    Keypoints,
    LabelClass,
    Mark,
    Polygon,
    PolygonPart,
    Schema,
    Skeleton,
    rle,
)
from peers import ask

pytestmark = pytest.mark.peers

READ = """
import contextlib, io, json, sys
from pycocotools.coco import COCO
with contextlib.redirect_stdout(io.StringIO()):
    coco = COCO(sys.argv[1])
rows = {}
for a in coco.loadAnns(coco.getAnnIds()):
    pixels = coco.annToMask(a) if a["segmentation"] else None
    rows[a["id"]] = {
        "class": coco.cats[a["category_id"]]["name"], "image": coco.imgs[a["image_id"]]["file_name"], "bbox": a["bbox"],
        "area": a["area"], "crowd": a["iscrowd"], "keypoints": a.get("keypoints"),
        "pixels": None if pixels is None else sorted(map(list, zip(*[v.tolist() for v in pixels.nonzero()]))),
    }
print("ROWS" + json.dumps([sorted(i["file_name"] for i in coco.imgs.values()), rows]))
"""
EVALUATE = """
import contextlib, io, json, sys
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval
with contextlib.redirect_stdout(io.StringIO()):
    truth = COCO(sys.argv[1])
    scores = {}
    for kind in ("bbox", "segm"):
        found = COCOeval(truth, truth.loadRes(sys.argv[2]), kind)
        found.evaluate(); found.accumulate(); found.summarize()
        scores[kind] = found.stats[0]
print("ROWS" + json.dumps(scores))
"""


def dataset(*marks):
    media = ImageMedia(width=16, height=12)
    items = [
        ItemMarks(Item(id=str(i), name=n, media=media), m)
        for i, (n, m) in enumerate((("相册/图 1.jpg", list(marks)), ("b.jpg", [])), 1)
    ]
    schema = Schema(
        classes=[LabelClass(id="人", name="人", skeleton="人"), LabelClass(id="车", name="车")],
        skeletons=[Skeleton(id="人", names=["头", "手"])],
    )
    return MemoryDataset(schema, items)


def block(x0, y0, x1, y1):
    """Pixels (row, column) of a rectangle of whole pixels."""
    return {(y, x) for y in range(y0, y1) for x in range(x0, x1)}


def test_every_kind_of_outline_covers_the_pixels_it_should(tmp_path):
    pixels = np.zeros((12, 16), bool)
    pixels[2:5, 3:6] = pixels[7, 7] = True
    ring, second = [2.0, 3, 7, 3, 7, 9, 2, 9], [10.0, 1, 12, 1, 12, 3, 10, 3]
    hole = [3.0, 4, 6, 4, 6, 8, 3, 8]
    data = dataset(
        Mark(id="1", label="车", geometry=Box(1.5, 2, 11.5, 10)),
        Mark(id="2", label="车", geometry=Polygon([PolygonPart(ring)])),
        Mark(id="3", label="车", geometry=Polygon([PolygonPart(ring), PolygonPart(second)])),
        Mark(id="4", label="车", geometry=Polygon([PolygonPart(ring, [hole])])),
        Mark(id="5", label="人", geometry=rle.encode(pixels), flags=["ignore"]),
    )
    formats.write(data, tmp_path / "o.json", "coco", ALL)
    names, rows = ask("pycocotools", READ, tmp_path / "o.json")
    assert names == ["b.jpg", "相册/图 1.jpg"]
    found = {k: {tuple(p) for p in row["pixels"]} if row["pixels"] else None for k, row in rows.items()}
    whole = block(2, 3, 7, 9)
    assert found == {
        "1": None, "2": whole, "3": whole | block(10, 1, 12, 3), "4": whole - block(3, 4, 6, 8),
        "5": block(3, 2, 6, 5) | {(7, 7)},
    }  # fmt: skip
    assert {k: (r["class"], r["crowd"], r["area"]) for k, r in rows.items()} == {
        "1": ("车", 0, 80), "2": ("车", 0, 30), "3": ("车", 0, 34), "4": ("车", 0, 18), "5": ("人", 1, 10),
    }  # fmt: skip
    assert [rows[k]["bbox"] for k in "1235"] == [[1.5, 2, 10, 8], [2, 3, 5, 6], [2, 1, 10, 8], [3, 2, 5, 6]]


def test_a_pose_and_its_box_are_one_row(tmp_path):
    data = dataset(
        Mark(id="7", label="人", geometry=Keypoints([3, 4, 0, 0], [2, 0], "人"), group="7"),
        Mark(id="8", label="人", geometry=Box(1, 2, 9, 10), group="7"),
    )
    formats.write(data, tmp_path / "o.json", "coco", ALL)
    _, rows = ask("pycocotools", READ, tmp_path / "o.json")
    assert [(r["keypoints"], r["bbox"]) for r in rows.values()] == [([3, 4, 2, 0, 0, 0], [1, 2, 8, 8])]


def test_our_truth_and_our_results_score_one(tmp_path):
    ring = [2.0, 3, 7, 3, 7, 9, 2, 9]
    marks = [
        Mark(id="1", label="车", geometry=Polygon([PolygonPart(ring)])),
        Mark(id="2", label="人", geometry=Polygon([PolygonPart([c + 4.0 for c in ring])])),
    ]
    formats.write(dataset(*marks), tmp_path / "truth.json", "coco")
    for mark in marks:
        mark.score = 0.75
    formats.write(dataset(*marks), tmp_path / "guess.json", "coco")
    import json

    rows = json.loads((tmp_path / "guess.json").read_text("utf-8"))["annotations"]
    (tmp_path / "results.json").write_text(json.dumps(rows))
    assert ask("pycocotools", EVALUATE, tmp_path / "truth.json", tmp_path / "results.json") == {
        "bbox": pytest.approx(1.0),
        "segm": pytest.approx(1.0),
    }
