"""Our tasks and configuration opened by Label Studio's own SDK: its validator, its converters, its mask decoder."""

from __future__ import annotations

import math

import numpy as np
import pytest
from roundtrip import ALL

from doujia import formats
from doujia.formats import MemoryDataset
from doujia.marks import (
    Attribute,
    AudioMedia,
    Box,
    Ellipse,
    ImageMedia,
    Interval,
    Item,
    ItemMarks,
    Keyframe,
    LabelClass,
    Mark,
    Nothing,
    Points,
    Polygon,
    PolygonPart,
    Polyline,
    RotatedBox,
    Schema,
    Span,
    TextMedia,
    Track,
    VideoMedia,
    rle,
)
from peers import ask

pytestmark = pytest.mark.peers

TO_COCO = """
import json, sys
from label_studio_sdk.converter import Converter
config = open(sys.argv[1] + "/config.xml", encoding="utf-8").read()
Converter(config, project_dir=None, download_resources=False).convert_to_coco(sys.argv[1] + "/tasks.json", sys.argv[2], is_dir=False)
found = json.load(open(sys.argv[2] + "/result.json", encoding="utf-8"))
names = {c["id"]: c["name"] for c in found["categories"]}
print("ROWS" + json.dumps([[names[a["category_id"]], [round(v, 3) for v in a["bbox"]]] for a in found["annotations"]]))
"""
TO_CONLL = """
import json, os, sys
from label_studio_sdk.converter import Converter
config = open(sys.argv[1] + "/config.xml", encoding="utf-8").read()
Converter(config, project_dir=None, download_resources=False).convert_to_conll2003(sys.argv[1] + "/tasks.json", sys.argv[2], is_dir=False)
lines = open(os.path.join(sys.argv[2], "result.conll"), encoding="utf-8").read().split("\\n")
print("ROWS" + json.dumps([[l.split()[0], l.split()[-1]] for l in lines if l.strip() and not l.startswith("-DOCSTART")]))
"""
VALIDATE = """
import json, sys
from label_studio_sdk.label_interface import LabelInterface
interface = LabelInterface(open(sys.argv[1] + "/config.xml", encoding="utf-8").read())
interface.validate()
tasks = json.load(open(sys.argv[1] + "/tasks.json", encoding="utf-8"))
wrong = []
for task in tasks:
    interface.validate_task({"data": task["data"]}, validate_regions_only=False)
    for annotation in task["annotations"]:
        for region in annotation["result"]:
            if region["type"] != "relation" and not interface.validate_region(region):
                wrong.append(region)
print("ROWS" + json.dumps([len(tasks), sum(len(a["result"]) for t in tasks for a in t["annotations"]), wrong]))
"""
DECODE = """
import json, sys
from label_studio_sdk.converter.brush import decode_rle
task = json.load(open(sys.argv[1] + "/tasks.json", encoding="utf-8"))[0]
region = next(r for r in task["annotations"][0]["result"] if r["type"].startswith("brush"))
w, h = region["original_width"], region["original_height"]
alpha = decode_rle(region["value"]["rle"]).reshape(h, w, 4)[:, :, 3]
print("ROWS" + json.dumps((alpha > 0).astype(int).tolist()))
"""
AREA = ImageMedia(width=640, height=480)


def write(folder, media, *marks, attributes=()):
    """One item with marks of the classes 车 and 人."""
    schema = Schema(classes=[LabelClass(id=n, name=n) for n in ("车", "人")], attributes=list(attributes))
    item = Item(id="一", name="图 1.jpg", media=media)
    formats.write(MemoryDataset(schema, [ItemMarks(item, list(marks))]), folder, "label-studio", ALL)
    return folder


def test_its_coco_has_our_boxes_and_rings(tmp_path):
    folder = write(
        tmp_path / "l", AREA, Mark(id="1", label="车", geometry=Box(100, 120, 300, 360)),
        Mark(id="2", label="人", geometry=Polygon([PolygonPart([10.25, 10, 50, 10, 50, 60.5])])),
    )  # fmt: skip
    rows = ask("label-studio-sdk", TO_COCO, folder, tmp_path / "coco")
    assert sorted(rows) == [["人", [10.25, 10, 39.75, 50.5]], ["车", [100, 120, 200, 240]]]


def test_boxes_turn_about_the_same_corner(tmp_path):
    # A square picture: the converter turns percent, not pixels, which skews boxes in others.
    box = Mark(id="1", label="车", geometry=RotatedBox(200, 200, 80, 40, math.pi / 2))
    folder = write(tmp_path / "l", ImageMedia(width=480, height=480), box)
    # A quarter turn of 80 x 40 about (200, 200) covers 180..220 by 160..240.
    assert ask("label-studio-sdk", TO_COCO, folder, tmp_path / "coco") == [["车", [180, 160, 40, 80]]]


def test_its_decoder_sees_our_mask(tmp_path):
    pixels = np.zeros((24, 32), bool)
    pixels[3:9, 5:20] = pixels[15, 7] = True
    folder = write(tmp_path / "l", ImageMedia(width=32, height=24), Mark(id="1", label="车", geometry=rle.encode(pixels)))  # fmt: skip
    assert ask("label-studio-sdk", DECODE, folder) == pixels.astype(int).tolist()


def test_its_conll_has_our_spans(tmp_path):
    text = "Zhang San 在 吃饭"
    folder = write(
        tmp_path / "l", TextMedia(text=text), Mark(id="1", label="人", geometry=Span(0, 9, "Zhang San")),
        Mark(id="2", label="车", geometry=Span(12, 14, "吃饭")),
    )  # fmt: skip
    rows = ask("label-studio-sdk", TO_CONLL, folder, tmp_path / "conll")
    assert [r for r in rows if r[0] != "-X-"] == [
        ["Zhang", "B-人"],
        ["San", "I-人"],
        ["在", "O"],
        ["吃饭", "B-车"],
    ]


ATTRIBUTES = (
    Attribute(id="colour", type="choice", values=["red", "blue"]),
    Attribute(id="parts", type="choices", values=["door", "wheel"]),
    Attribute(id="note", type="text"),
    Attribute(id="count", type="int"),
)


@pytest.mark.parametrize(
    ("media", "marks"),
    [
        (
            AREA,
            [
                Mark(id="a", label="车", geometry=Box(1, 2, 30, 40), attrs={"colour": "red", "parts": ["door", "wheel"], "note": "旧", "count": 2}),
                Mark(id="b", label="人", geometry=RotatedBox(50, 60, 20, 10, 0.5)),
                Mark(id="c", label="车", geometry=Polygon([PolygonPart([1, 1, 9, 1, 9, 9])])),
                Mark(id="d", label="车", geometry=Ellipse(50, 60, 10, 5)), Mark(id="e", label="人", geometry=Points([7, 8])),
                Mark(id="f", label="车", geometry=Polyline([1, 1, 9, 9, 20, 3])),
                Mark(id="g", label="车", geometry=rle.encode(np.eye(480, 640, dtype=bool))), Mark(id="h", label="人", geometry=Nothing()),
            ],
        ),
        (VideoMedia(width=640, height=480, frames=9, fps_num=25), [Mark(id="a", label="车", geometry=Track([Keyframe(0, Box(0, 0, 4, 4)), Keyframe(5, Box(9, 0, 13, 4))]))]),
        (AudioMedia(samples=16_000, sample_rate=8_000), [Mark(id="a", label="人", text="你好", geometry=Interval(80, 800))]),
        (TextMedia(text="张三在吃饭"), [Mark(id="a", label="人", geometry=Span(0, 2, "张三"))]),
    ],
    ids=["image", "video", "audio", "text"],
)  # fmt: skip
def test_its_validator_accepts_the_configuration_and_every_result(media, marks, tmp_path):
    attributes = ATTRIBUTES if isinstance(media, ImageMedia) else ()
    tasks, results, wrong = ask("label-studio-sdk", VALIDATE, write(tmp_path / "l", media, *marks, attributes=attributes))  # fmt: skip
    assert wrong == []
    assert tasks == 1 and results >= len(marks)
