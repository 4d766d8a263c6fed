"""Our output opened by the tools' own readers, each in its own locked environment, called on files."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from doujia import formats
from doujia.formats import MemoryDataset, WriteOptions
from doujia.marks import Box, ImageMedia, Item, ItemMarks, LabelClass, Mark, Polygon, PolygonPart, Schema

pytestmark = pytest.mark.peers

ENVIRONMENTS = Path(os.environ.get("DOUJIA_BENCH_ENVS", Path(__file__).parents[2] / "bench" / ".envs"))

DATUMARO = """
import json, sys
from datumaro import Dataset
out = {}
for item in Dataset.import_from(sys.argv[1], sys.argv[2]):
    rows = []
    for a in item.annotations:
        if a.type.name in ("bbox", "polygon"):
            rows.append([a.type.name, a.label, [round(float(v), 2) for v in (a.points if a.type.name == "polygon" else a.get_bbox())]])
    out[item.id] = sorted(rows)
print(json.dumps(out))
"""

SUPERVISION = """
import json, sys
import supervision as sv
data = sv.DetectionDataset.from_coco(images_directory_path=sys.argv[1], annotations_path=sys.argv[2])
print(json.dumps({"classes": data.classes, "boxes": {p.rsplit("/", 1)[-1]: d.xyxy.tolist() for p, _, d in data}}))
"""


def peer(name: str, script: str, *arguments: Any) -> Any:
    python = ENVIRONMENTS / name / "bin" / "python"
    done = subprocess.run(
        [str(python), "-c", script, *map(str, arguments)], capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.strip().splitlines()[-1])


def installed(name: str) -> bool:
    return (ENVIRONMENTS / name / "bin" / "python").exists()


needs_datumaro = pytest.mark.skipif(not installed("datumaro"), reason="make it with bench/environments.py")
needs_supervision = pytest.mark.skipif(
    not installed("supervision"), reason="make it with bench/environments.py"
)


def data(*geometries: Any) -> MemoryDataset:
    marks = [Mark(id=str(i), geometry=g, label="车") for i, g in enumerate(geometries, 1)]
    items = [
        ItemMarks(Item(id="1", name="a.png", media=ImageMedia(width=64, height=48), split="train"), marks),
        ItemMarks(Item(id="2", name="empty.png", media=ImageMedia(width=64, height=48), split="train"), []),
    ]
    return MemoryDataset(
        Schema(classes=[LabelClass(id="人", name="人"), LabelClass(id="车", name="车")]), items
    )


def pictures(folder: Path) -> Path:
    from PIL import Image

    folder.mkdir(parents=True, exist_ok=True)
    for name in ("a.png", "empty.png"):
        Image.new("RGB", (64, 48)).save(folder / name)
    return folder


RING = [4.0, 5.0, 20.0, 5.0, 20.0, 30.5]


@needs_datumaro
def test_datumaro_reads_our_coco(tmp_path: Path) -> None:
    formats.write(data(Box(1.5, 2, 11.5, 22), Polygon([PolygonPart(RING)])), tmp_path / "c", "coco")
    pictures(tmp_path / "c/images/train")
    found = peer("datumaro", DATUMARO, tmp_path / "c", "coco_instances")
    # Datumaro makes a box of its own from a polygon's bbox.
    boxes = [["bbox", 1, [1.5, 2, 10, 20]], ["bbox", 1, [4, 5, 16, 25.5]]]
    assert found == {"a": [*boxes, ["polygon", 1, RING]], "empty": []}


@needs_datumaro
def test_datumaro_reads_our_voc(tmp_path: Path) -> None:
    # Datumaro takes VOC's numbers as they stand, so with 0-based fractions it sees the same place.
    formats.write(
        data(Box(1.5, 2, 11.5, 22)), tmp_path / "v", "voc", WriteOptions(extra={"rounding": "none"})
    )
    pictures(tmp_path / "v/JPEGImages")
    found = peer("datumaro", DATUMARO, tmp_path / "v", "voc_detection")
    assert {k: [[t, b] for t, _, b in rows] for k, rows in found.items()} == {
        "a": [["bbox", [1.5, 2, 10, 20]]],
        "empty": [],
    }


@needs_datumaro
def test_datumaro_reads_our_yolo(tmp_path: Path) -> None:
    formats.write(data(Box(2, 2, 12, 22)), tmp_path / "y", "yolo-detect")
    pictures(tmp_path / "y/images/train")
    found = peer("datumaro", DATUMARO, tmp_path / "y", "yolo")
    assert {k: [[t, label, [round(v) for v in b]] for t, label, b in rows] for k, rows in found.items()} == {
        "a": [["bbox", 1, [2, 2, 10, 20]]], "empty": [],
    }  # fmt: skip


@needs_supervision
def test_supervision_reads_our_coco(tmp_path: Path) -> None:
    formats.write(data(Box(1.5, 2, 11.5, 22)), tmp_path / "o.json", "coco")
    found = peer("supervision", SUPERVISION, pictures(tmp_path / "images"), tmp_path / "o.json")
    assert found == {"classes": ["人", "车"], "boxes": {"a.png": [[1.5, 2, 11.5, 22]], "empty.png": []}}
