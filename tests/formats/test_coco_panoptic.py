"""COCO panoptic against pictures painted by hand."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from doujia import formats
from doujia.errors import LossRefused
from doujia.formats import MemoryDataset, WriteOptions
from doujia.marks import Box, ImageMedia, Item, ItemMarks, LabelClass, Mark, Schema, rle


def panoptic(tmp_path: Path) -> Path:
    """A picture 4 wide and 2 high: segment 70000 = (112, 17, 1) on the left half, 5 on one pixel, the rest void."""
    (tmp_path / "panoptic_val").mkdir()
    rgb = np.zeros((2, 4, 3), np.uint8)
    rgb[:, :2] = (112, 17, 1)
    rgb[0, 3] = (5, 0, 0)
    Image.fromarray(rgb).save(tmp_path / "panoptic_val/a.png")
    segments = [{"id": 70000, "category_id": 3, "area": 4, "bbox": [0, 0, 2, 2], "iscrowd": 0},
                {"id": 5, "category_id": 8, "area": 1, "bbox": [3, 0, 1, 1], "iscrowd": 1}]  # fmt: skip
    document = {
        "images": [
            {"id": 1, "file_name": "a.jpg", "width": 4, "height": 2},
            {"id": 2, "file_name": "empty.jpg", "width": 4, "height": 2},
        ],
        "annotations": [{"image_id": 1, "file_name": "a.png", "segments_info": segments}],
        "categories": [{"id": 3, "name": "天空", "isthing": 0}, {"id": 8, "name": "车", "isthing": 1}],
    }
    (tmp_path / "panoptic_val.json").write_text(json.dumps(document))
    return tmp_path / "panoptic_val.json"


def test_segments_are_masks_and_come_back(tmp_path: Path) -> None:
    dataset = formats.read(panoptic(tmp_path))
    first, second = dataset
    assert [(m.id, m.label, m.flags, rle.decode(m.geometry).astype(int).tolist()) for m in first.marks] == [
        ("70000", "天空", [], [[1, 1, 0, 0], [1, 1, 0, 0]]), ("5", "车", ["ignore"], [[0, 0, 0, 1], [0, 0, 0, 0]]),
    ]  # fmt: skip
    assert (second.item.status, second.marks, first.item.split) == ("done", [], "val")
    report = formats.write(dataset, tmp_path / "out", "coco-panoptic", WriteOptions(strict=True))
    assert (report.items, report.marks) == (2, 2)
    before = json.loads((tmp_path / "panoptic_val.json").read_text())
    after = json.loads((tmp_path / "out/annotations/panoptic_val.json").read_text())
    assert after["images"] == before["images"] and after["categories"] == before["categories"]
    assert after["annotations"][0] == before["annotations"][0]
    with (
        Image.open(tmp_path / "panoptic_val/a.png") as a,
        Image.open(tmp_path / "out/annotations/panoptic_val/a.png") as b,
    ):
        assert np.array_equal(np.asarray(a), np.asarray(b))


@pytest.mark.parametrize(
    ("segments", "code"),
    [([{"id": 70000, "category_id": 3}], "segment_not_listed"),
     ([{"id": 70000, "category_id": 3}, {"id": 5, "category_id": 3}, {"id": 6, "category_id": 3}], "segment_not_drawn"),
     ([{"id": 70000, "category_id": 99}, {"id": 5, "category_id": 3}], "category_unknown")],
)  # fmt: skip
def test_ids_in_only_one_of_the_two_are_problems(tmp_path: Path, segments: list[dict], code: str) -> None:
    path = panoptic(tmp_path)
    document = json.loads(path.read_text())
    document["annotations"][0]["segments_info"] = segments
    path.write_text(json.dumps(document))
    dataset = formats.read(path)
    list(dataset)
    assert set(dataset.problems.counts) == {code}


def test_overlap_stops_and_the_upper_mark_keeps_the_pixels(tmp_path: Path) -> None:
    item = Item(id="1", name="a.png", media=ImageMedia(width=10, height=10))
    marks = [
        Mark(id="1", geometry=Box(0, 0, 6, 6), label="a", z=1),
        Mark(id="2", geometry=Box(4, 4, 10, 10), label="a"),
    ]
    data = MemoryDataset(Schema(classes=[LabelClass(id="a")]), [ItemMarks(item, marks)])
    with pytest.raises(LossRefused) as refused:
        formats.write(data, tmp_path / "p", "coco-panoptic")
    assert [(x.code, x.count) for x in refused.value.report.losses] == [
        ("mask_rasterised", 2),
        ("overlap_dropped", 1),
    ]
    formats.write(
        data, tmp_path / "p", "coco-panoptic", WriteOptions(allow_loss=frozenset({"overlap_dropped"}))
    )
    segments = json.loads((tmp_path / "p/annotations/panoptic_default.json").read_text())["annotations"][0][
        "segments_info"
    ]
    assert {s["id"]: s["area"] for s in segments} == {1: 36, 2: 36 - 4}


def test_every_split_of_a_folder_is_read_and_unknown_keys_come_back(tmp_path: Path) -> None:
    source = panoptic(tmp_path)
    document = json.loads(source.read_text())
    document["images"][0]["license"] = 4
    document["annotations"][0]["segments_info"][0]["note"] = {"by": "w1"}
    document["annotations"][0]["reviewed"] = True
    document |= {"info": {"year": 2026}, "batch": "A-17"}
    for split in ("train", "val"):
        (tmp_path / f"panoptic_{split}.json").write_text(json.dumps(document))
    (tmp_path / "panoptic_train").symlink_to(tmp_path / "panoptic_val")
    dataset = formats.read(tmp_path, "coco-panoptic")
    assert [(b.item.name, b.item.split, len(b.marks)) for b in dataset] == [
        ("a.jpg", "train", 2), ("empty.jpg", "train", 0), ("a.jpg", "val", 2), ("empty.jpg", "val", 0),
    ]  # fmt: skip
    report = formats.write(dataset, tmp_path / "out", "coco-panoptic", WriteOptions(strict=True))
    assert (report.items, report.marks, report.losses) == (4, 4, [])
    for split in ("train", "val"):
        again = json.loads((tmp_path / f"out/annotations/panoptic_{split}.json").read_text())
        again["annotations"] = [a for a in again["annotations"] if a["segments_info"]]
        assert {k: again[k] for k in document} == document


def test_problems_of_the_opening_and_of_the_reading_are_counted_once(tmp_path: Path) -> None:
    path = panoptic(tmp_path)
    document = json.loads(path.read_text())
    document["images"].append({"file_name": "no id.jpg"})
    document["annotations"].append({"image_id": 77, "file_name": "x.png", "segments_info": []})
    path.write_text(json.dumps(document))
    dataset = formats.read(path)
    for _ in range(2):
        list(dataset)
        assert dataset.problems.counts == {"row_malformed": 1, "image_unknown": 1}
