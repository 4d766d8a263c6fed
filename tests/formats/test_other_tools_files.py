"""Files that other tools wrote, read to expectations written by hand from the files themselves."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from roundtrip import samples

from doujia import formats
from doujia.marks import Box, Keypoints, Mask, Polygon, PolygonPart, rle

COCO = samples("other_tools", "coco_dataset")
VOC = samples("voc_android_figurine")
VOC_DEVKIT = samples("other_tools", "voc_dataset", "voc_dataset1")
YOLO = samples("other_tools", "yolo_dataset", "strict")


@pytest.mark.skipif(COCO is None, reason="sample files of other tools are not here")
def test_coco_instances_of_datumaro(tmp_path: Path) -> None:
    dataset = formats.read(COCO / "coco_instances")
    first, second = dataset
    assert [(i.item.id, i.item.name, i.item.split, i.item.media.width, i.item.media.height) for i in (first, second)] == [
        ("train/5", "a.jpg", "train", 10, 5), ("val/40", "b.jpg", "val", 5, 10),
    ]  # fmt: skip
    ring, crowd = second.marks
    assert ring.geometry == Polygon([PolygonPart([0, 0, 1, 0, 1, 2, 0, 2])])
    assert (ring.label, ring.attrs) == ("a", {"x": 1, "y": "hello"})
    # 20 foreground pixels from the first on, down the columns of a picture 5 wide and 10 high: two whole columns
    assert (
        isinstance(crowd.geometry, Mask)
        and rle.decode(crowd.geometry)[:, :2].all()
        and rle.area(crowd.geometry) == 20
    )
    assert crowd.flags == ["ignore"]
    assert len(dataset.problems) == 0
    source = COCO / "coco_instances/annotations/instances_val.json"
    formats.write(formats.read(source), tmp_path / "o.json", "coco", formats.WriteOptions(strict=True))
    assert json.loads((tmp_path / "o.json").read_text()) == json.loads(source.read_text())


@pytest.mark.skipif(COCO is None, reason="sample files of other tools are not here")
def test_coco_keypoints_of_datumaro(tmp_path: Path) -> None:
    source = COCO / "coco_person_keypoints/annotations/person_keypoints_val.json"
    marks = next(iter(formats.read(source))).marks
    poses = [m for m in marks if isinstance(m.geometry, Keypoints)]
    assert [m.geometry.xy for m in poses][:2] == [[1, 2, 3, 4, 2, 3], [2, 4, 4, 4, 4, 2]]
    assert {m.group for m in marks} >= {"1", "2"}
    formats.write(formats.read(source), tmp_path / "o.json", "coco", formats.WriteOptions(strict=True))
    assert json.loads((tmp_path / "o.json").read_text()) == json.loads(source.read_text())


@pytest.mark.skipif(VOC is None, reason="sample files of other tools are not here")
def test_voc_of_label_studio() -> None:
    dataset = formats.read(VOC)
    found = {i.item.name: i for i in dataset}
    assert len(found) == 4 and sum(len(i.marks) for i in found.values()) == 6
    bundle = found["37ca2a3d-IMG_0520.jpg"]
    assert [(m.label, m.geometry) for m in bundle.marks] == [("pig_android", Box(241, 16, 556, 476))]
    assert (bundle.item.media.width, bundle.item.media.height) == (800, 600)
    assert bundle.item.ext["voc"]["owner"] == [["flickrid", "NULL"], ["name", "Label Studio"]]


@pytest.mark.skipif(VOC_DEVKIT is None, reason="sample files of other tools are not here")
def test_voc_of_datumaro() -> None:
    # A part at 5.5 says that this file counts from 0. The object's pixels fill the picture, its box does not: both stay.
    bundle, listed = formats.read(VOC_DEVKIT)
    # ImageSets/Main/test.txt names a second picture that no XML describes: there, and not labelled.
    assert (listed.item.name, listed.item.split, listed.item.status) == ("2007_000002.jpg", "test", "unseen")
    cat, person, pixels = bundle.marks
    assert (cat.geometry, cat.flags, person.geometry) == (Box(1, 2, 3, 4), ["truncated"], Box(4, 5, 6, 7))
    assert (pixels.id, pixels.group) == (f"{cat.id}.mask", cat.id) and rle.area(pixels.geometry) == 200
    assert bundle.item.split == "train" or bundle.item.split == "test"
    assert person.ext["voc"]["part"][0] == ["name", "head"]


@pytest.mark.skipif(YOLO is None, reason="sample files of other tools are not here")
def test_darknet_of_datumaro() -> None:
    dataset = formats.read(YOLO, "yolo-detect")
    (bundle,) = dataset
    assert (bundle.item.name, bundle.item.split, bundle.item.media.width, bundle.item.media.height) == (
        "1.jpg",
        "train",
        15,
        10,
    )
    # 0.133333 x 15 = 2, 0.266667 x 15 = 4: from 0 to 4; 0.3 x 10 = 3, 0.2 x 10 = 2: from 2 to 4
    first, second = (m.geometry for m in bundle.marks)
    assert (first.x0, first.y0, first.x1, first.y1) == pytest.approx((0, 2, 4, 4), abs=1e-4)
    assert (second.x0, second.y0, second.x1, second.y1) == pytest.approx((3, 3, 5, 6), abs=1e-4)
    assert [m.label for m in bundle.marks] == ["label_2", "label_4"]
    assert len(dataset.schema.classes) == 10
