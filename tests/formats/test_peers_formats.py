"""Our output, opened by the tools' own readers, each in its own locked environment."""

from __future__ import annotations

import importlib.util
import json
import math
import subprocess
import sys
from pathlib import Path

import pytest
from roundtrip import ALL

from doujia import formats
from doujia.formats import MemoryDataset
from doujia.marks import (
    Attribute,
    Box,
    ImageMedia,
    Item,
    ItemMarks,
    Keyframe,
    LabelClass,
    Mark,
    Polygon,
    PolygonPart,
    RotatedBox,
    Schema,
    Track,
    VideoMedia,
)

pytestmark = pytest.mark.peers

READ_BY_DATUMARO = """
import json, sys, warnings
warnings.filterwarnings("ignore")
from datumaro.components.dataset import Dataset
from datumaro.components.annotation import AnnotationType
found = Dataset.import_from(sys.argv[1], sys.argv[2])
labels = [l.name for l in found.categories()[AnnotationType.label]]
rows = [[i.id, a.type.name, [round(float(p), 3) for p in a.points], labels[a.label]] for i in found for a in i.annotations]
print("ROWS" + json.dumps([sorted(i.id for i in found), rows]))
"""
READ_BY_LABEL_STUDIO = """
import json, sys
from label_studio_sdk.converter import Converter
config = open(sys.argv[1] + "/config.xml", encoding="utf-8").read()
Converter(config, project_dir=None, download_resources=False).convert_to_coco(sys.argv[1] + "/tasks.json", sys.argv[2], is_dir=False)
found = json.load(open(sys.argv[2] + "/result.json", encoding="utf-8"))
names = {c["id"]: c["name"] for c in found["categories"]}
print("ROWS" + json.dumps([[names[a["category_id"]], [round(v, 3) for v in a["bbox"]]] for a in found["annotations"]]))
"""


def ask(peer, program, *arguments):
    where = Path(__file__).parents[2] / "bench" / "environments.py"
    spec = importlib.util.spec_from_file_location("environments", where)
    environments = sys.modules["environments"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(environments)
    command = [str(environments.python_of(peer)), "-c", program, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    answers = [line for line in done.stdout.splitlines() if line.startswith("ROWS")]
    assert answers, done.stderr[-2000:]
    return json.loads(answers[-1][4:])


def pictures():
    marks = [
        Mark(id="1", label="车", geometry=Box(100, 120, 300, 360), attrs={"colour": "red"}),
        Mark(id="2", label="人", geometry=Polygon([PolygonPart([10.25, 10, 50, 10, 50, 60.5])])),
    ]
    media = ImageMedia(width=640, height=480)
    schema = Schema(
        classes=[LabelClass(id=n, name=n) for n in ("车", "人")],
        attributes=[Attribute(id="colour", type="text")],
    )
    items = [ItemMarks(Item(id=n, name=n, media=media), m) for n, m in (("图 1.jpg", marks), ("b.jpg", []))]
    return MemoryDataset(schema, items)


BOX = ["图 1", "bbox", [100, 120, 300, 360], "车"]
RING = ["图 1", "polygon", [10.25, 10, 50, 10, 50, 60.5], "人"]


def with_pictures(folder):
    from PIL import Image

    folder.mkdir(parents=True, exist_ok=True)
    for name in ("图 1.jpg", "b.jpg"):
        Image.new("RGB", (640, 480)).save(folder / name)


def test_datumaro_opens_datumaro(tmp_path):
    formats.write(pictures(), tmp_path / "d", "datumaro", ALL)
    with_pictures(tmp_path / "d" / "images" / "default")
    assert ask("datumaro", READ_BY_DATUMARO, tmp_path / "d", "datumaro") == [["b", "图 1"], [BOX, RING]]


def test_datumaro_opens_cvat(tmp_path):
    with_pictures(tmp_path / "c" / "images")
    formats.write(pictures(), tmp_path / "c" / "annotations.xml", "cvat", ALL)
    assert ask("datumaro", READ_BY_DATUMARO, tmp_path / "c", "cvat") == [["b", "图 1"], [BOX, RING]]


def test_datumaro_opens_kitti(tmp_path):
    formats.write(pictures(), tmp_path / "k", "kitti", ALL)
    with_pictures(tmp_path / "k" / "image_2")
    reduced = ["图 1", "bbox", [10.25, 10, 50, 60.5], "人"]
    assert ask("datumaro", READ_BY_DATUMARO, tmp_path / "k", "kitti_detection") == [
        ["b", "图 1"],
        [BOX, reduced],
    ]


@pytest.mark.parametrize("name", ["mot", "cvat"])
def test_datumaro_opens_tracks_frame_by_frame(name, tmp_path):
    video = Item(id="s", name="s", media=VideoMedia(width=640, height=480, frames=5, fps_num=25))
    track = Track([Keyframe(0, Box(0, 0, 10, 10)), Keyframe(4, Box(40, 0, 50, 10))])
    schema = Schema(classes=[LabelClass(id="车", name="车")])
    dataset = MemoryDataset(schema, [ItemMarks(video, [Mark(id="7", label="车", geometry=track)])])
    target = tmp_path / ("m" if name == "mot" else "v.xml")
    formats.write(dataset, target, name, ALL)
    place, kind = (target / "s", "mot_seq") if name == "mot" else (target, "cvat")
    _, rows = ask("datumaro", READ_BY_DATUMARO, place, kind)
    assert [r[2] for r in rows] == [[10 * t, 0, 10 * t + 10, 10] for t in range(5)]


def test_label_studio_opens_its_tasks(tmp_path):
    formats.write(pictures(), tmp_path / "l", "label-studio", ALL)
    rows = ask("label-studio-sdk", READ_BY_LABEL_STUDIO, tmp_path / "l", tmp_path / "coco")
    assert sorted(rows) == [["人", [10.25, 10, 39.75, 50.5]], ["车", [100, 120, 200, 240]]]


def test_label_studio_turns_boxes_about_the_same_corner(tmp_path):
    schema = Schema(classes=[LabelClass(id="车", name="车")])
    # a square picture: the converter turns percent, not pixels, which skews boxes in others
    item = Item(id="a.jpg", name="a.jpg", media=ImageMedia(width=480, height=480))
    box = Mark(id="1", label="车", geometry=RotatedBox(200, 200, 80, 40, math.pi / 2))
    formats.write(MemoryDataset(schema, [ItemMarks(item, [box])]), tmp_path / "l", "label-studio", ALL)
    rows = ask("label-studio-sdk", READ_BY_LABEL_STUDIO, tmp_path / "l", tmp_path / "coco")
    # a quarter turn of 80 x 40 about (200, 200) covers 180..220 by 160..240
    assert rows == [["车", [180, 160, 40, 80]]]


READ_BY_MLCROISSANT = """
import json, sys
import mlcroissant
loaded = mlcroissant.Dataset(sys.argv[1])
issues = loaded.metadata.ctx.issues
splits = [r["splits/name"] for r in loaded.records("splits")]
splits = [s.decode() if isinstance(s, bytes) else s for s in splits]
print("ROWS" + json.dumps([sorted(map(str, issues.errors)), sorted(map(str, issues.warnings)), splits]))
"""


def test_the_reference_validator_accepts_a_croissant_release(tmp_path):
    said = {
        "name": "order-1042",
        "description": "Crossings",
        "license": "https://creativecommons.org/licenses/by/4.0/",
        "url": "https://example.org/order-1042",
        "version": "1.2.0",
        "date": "2026-11-21",
        "creator": "Base",
        "citeAs": "Base (2026)",
    }
    marks = [Mark(id="m1", label="car", geometry=Box(1, 2, 3, 4), score=0.5)]
    items = [
        ItemMarks(Item(id=str(n), name=f"{n}.jpg", media=ImageMedia(width=8, height=8), split=split), marks)
        for n, split in enumerate(("train", "val"))
    ]
    dataset = MemoryDataset(Schema(classes=[LabelClass(id="car")]), items)
    formats.write(dataset, tmp_path / "r", "croissant", formats.WriteOptions(extra=said))
    errors, warnings, splits = ask("mlcroissant", READ_BY_MLCROISSANT, tmp_path / "r" / "croissant.json")
    assert (errors, warnings, splits) == ([], [], ["train", "val"])
