"""COCO against files written out by hand, the reference's golden values and pycocotools."""

from __future__ import annotations

import contextlib
import io
import json
import random
from pathlib import Path
from typing import Any

import pytest
from pycocotools.coco import COCO

from doujia import formats
from doujia.errors import FormatError, InputError, LossRefused
from doujia.formats import MemoryDataset, ReadOptions, WriteOptions
from doujia.marks import (
    Box,
    Ellipse,
    ImageMedia,
    Item,
    ItemMarks,
    Keypoints,
    LabelClass,
    Mark,
    Mask,
    Nothing,
    Polygon,
    PolygonPart,
    Polyline,
    RotatedBox,
    Schema,
)  # fmt: skip

# Everything that other converters were seen to lose from one file (reference, 5.2).
TRICKY: dict[str, Any] = {
    "info": {"description": "路口", "version": "3.1", "year": 2026},
    "licenses": [{"id": 4, "name": "内部使用", "url": "https://example.invalid/l"}],
    "images": [
        {"id": 10**12, "file_name": "相册/图 1.png", "width": 1919, "height": 1080, "license": 4, "shutter": 0.01},
        {"id": 3, "file_name": "b/图 1.png", "width": 640, "height": 480},
        {"id": 7, "file_name": "empty.png", "width": 640, "height": 480, "date_captured": "2026-01-02"},
    ],
    "annotations": [
        {"id": 90, "image_id": 3, "category_id": 9, "bbox": [1.2345, 2.3456, 10.125, 20.875], "area": 200.5,
         "segmentation": [], "iscrowd": 0, "attributes": {"颜色": "红", "doors": 4, "parked": True}, "score": 0.875,
         "track_id": 17, "my_extra": {"a": [1, 2]}},
        {"id": 2**53 + 1, "image_id": 10**12, "category_id": 2, "bbox": [10, 10, 100, 80], "area": 4321.0,
         "segmentation": [[10, 10, 60, 10, 60, 50], [70.25, 60, 110, 60, 110, 90, 70, 90]], "iscrowd": 0},
        {"id": 5, "image_id": 3, "category_id": 1, "bbox": [1, 1, 2, 2], "area": 3,
         "segmentation": {"size": [480, 640], "counts": [481, 2, 478, 1, 306238]}, "iscrowd": 1},
    ],
    "categories": [
        {"id": 1, "name": "行人", "supercategory": "人"},
        {"id": 2, "name": "小汽车", "supercategory": "车", "note": "含出租车"},
        {"id": 9, "name": "路牌"},
    ],
    "batch": {"order": "A-17"},
}  # fmt: skip


def write_json(path: Path, data: Any, **options: Any) -> Path:
    path.write_text(json.dumps(data, ensure_ascii=False, **options), encoding="utf-8")
    return path


def convert(source: Path, target: Path, **options: Any) -> Any:
    return formats.write(formats.read(source, "coco"), target, "coco", WriteOptions(**options))


def by_id(rows: list[dict[str, Any]]) -> dict[Any, dict[str, Any]]:
    return {r["id"]: r for r in rows}


def test_every_cell_of_the_tricky_file_survives(tmp_path: Path) -> None:
    source = write_json(tmp_path / "in.json", TRICKY)
    report = convert(source, tmp_path / "out.json", strict=True)
    out = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    for key in ("info", "licenses", "images", "categories", "batch"):
        assert out[key] == TRICKY[key], key
    assert by_id(out["annotations"]) == by_id(TRICKY["annotations"])
    assert report.losses == [] and (report.items, report.marks) == (3, 3)


def test_reading_the_tricky_file_gives_these_marks(tmp_path: Path) -> None:
    items = list(formats.read(write_json(tmp_path / "in.json", TRICKY)))
    assert [i.item.name for i in items] == ["相册/图 1.png", "b/图 1.png", "empty.png"]
    assert [i.item.status for i in items] == ["done"] * 3
    assert items[2].marks == []
    box, crowd = items[1].marks
    assert box.geometry == Box(1.2345, 2.3456, 1.2345 + 10.125, 2.3456 + 20.875)
    assert (box.id, box.label, box.score, box.attrs) == (
        "90",
        "路牌",
        0.875,
        {"颜色": "红", "doors": 4, "parked": True},
    )
    assert box.ext["coco"] == {"track_id": 17, "my_extra": {"a": [1, 2]}}
    assert crowd.flags == ["ignore"] and isinstance(crowd.geometry, Mask)
    assert [len(p.outer) for p in items[0].marks[0].geometry.parts] == [6, 8]


def test_a_changed_geometry_is_not_written_with_the_old_area(tmp_path: Path) -> None:
    dataset = formats.read(write_json(tmp_path / "in.json", TRICKY))
    items = list(dataset)
    items[1].marks[0].geometry = Box(0, 0, 4, 5)
    polygon = items[0].marks[0].geometry
    polygon.parts[0].outer[2] = 61.0
    changed = MemoryDataset(dataset.schema, items, dataset.info)
    formats.write(changed, tmp_path / "out.json", "coco")
    rows = by_id(json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))["annotations"])
    assert (rows[90]["bbox"], rows[90]["area"]) == ([0, 0, 4, 5], 20)
    # triangle (10,10) (61,10) (60,50) = 51*40/2 = 1020; quadrilateral: mean width (39.75+40)/2 = 39.875 over 30
    assert rows[2**53 + 1]["area"] == pytest.approx(1020 + 39.875 * 30)


@pytest.mark.parametrize("order", ["sorted", "shuffled", "annotations first"])
def test_annotations_may_stand_in_any_order(tmp_path: Path, order: str) -> None:
    rng = random.Random(3)
    images = [{"id": 5 * i + 2, "file_name": f"{i}.jpg", "width": 64, "height": 48} for i in range(700)]
    rows = [{"id": k + 1, "image_id": 5 * rng.randrange(700) + 2, "category_id": 1, "bbox": [k % 30, 1, 4, 5],
             "area": 20, "segmentation": [], "iscrowd": 0, "note": "x" * 800} for k in range(6000)]  # fmt: skip
    rows.sort(key=(lambda r: r["image_id"]) if order == "sorted" else (lambda r: rng.random()))
    data: dict[str, Any] = {"categories": [{"id": 1, "name": "car"}], "annotations": rows, "images": images}
    if order != "annotations first":
        data = dict(reversed(data.items()))
    dataset = formats.read(write_json(tmp_path / "in.json", data))
    seen = {(i.item.name, m.id): m.geometry.x0 for i in dataset for m in i.marks}
    names = {i["id"]: i["file_name"] for i in images}
    assert seen == {(names[r["image_id"]], str(r["id"])): r["bbox"][0] for r in rows}
    assert [i.item.name for i in dataset] == [i["file_name"] for i in images]
    assert len(dataset.problems) == 0


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "gb18030"])
def test_other_encodings(tmp_path: Path, encoding: str) -> None:
    source = tmp_path / "in.json"
    source.write_text(
        json.dumps(TRICKY, ensure_ascii=False, indent=1).replace("\n", "\r\n"), encoding=encoding
    )
    dataset = formats.read(source, "coco")
    assert [c.name for c in dataset.schema.classes] == ["行人", "小汽车", "路牌"]
    assert next(i.item.name for i in dataset) == "相册/图 1.png"


def test_rosetta_box(tmp_path: Path) -> None:
    bundle = ItemMarks(Item(id="1", name="a.png", media=ImageMedia(width=640, height=480)),
                       [Mark(id="1", geometry=Box(100, 120, 300, 360), label="car")])  # fmt: skip
    formats.write(
        MemoryDataset(Schema(classes=[LabelClass(id="car")]), [bundle]), tmp_path / "o.json", "coco"
    )
    row = json.loads((tmp_path / "o.json").read_text())["annotations"][0]
    assert (row["bbox"], row["area"]) == ([100, 120, 200, 240], 48000)


def test_keypoints_with_their_outline_become_two_marks_and_one_row_again(tmp_path: Path) -> None:
    data = {
        "images": [{"id": 1, "file_name": "a.jpg", "width": 50, "height": 50}],
        "categories": [{"id": 1, "name": "person", "keypoints": ["nose", "left", "right"], "skeleton": [[1, 2], [2, 3]]}],
        "annotations": [
            {"id": 4, "image_id": 1, "category_id": 1, "keypoints": [5, 5, 2, 0, 0, 0, 9, 10, 1], "num_keypoints": 2,
             "segmentation": [[1, 1, 20, 1, 20, 20]], "area": 180.5, "bbox": [1, 1, 19, 19], "iscrowd": 0},
            {"id": 6, "image_id": 1, "category_id": 1, "keypoints": [1, 2, 2, 5, 4, 2, 3, 3, 2], "num_keypoints": 3,
             "segmentation": [], "area": 8, "bbox": [1, 2, 4, 2], "iscrowd": 0},
        ],
    }  # fmt: skip
    dataset = formats.read(write_json(tmp_path / "in.json", data))
    assert dataset.schema.skeletons[0].edges == [(0, 1), (1, 2)]
    marks = next(iter(dataset)).marks
    assert [(m.id, m.group, type(m.geometry)) for m in marks] == [
        ("4", "4", Keypoints), ("4.outline", "4", Polygon), ("6", None, Keypoints),
    ]  # fmt: skip
    assert marks[0].geometry == Keypoints([5, 5, 0, 0, 9, 10], [2, 0, 1], "person")
    convert(tmp_path / "in.json", tmp_path / "o.json", strict=True)
    out = json.loads((tmp_path / "o.json").read_text())
    assert out["annotations"] == data["annotations"] and out["categories"] == data["categories"]


def test_keypoints_given_as_pixel_indices_move_to_the_continuous_plane_and_back(tmp_path: Path) -> None:
    data = {
        "images": [{"id": 1, "file_name": "a.jpg", "width": 50, "height": 50}],
        "categories": [{"id": 1, "name": "p", "keypoints": ["a"], "skeleton": []}],
        "annotations": [{"id": 4, "image_id": 1, "category_id": 1, "keypoints": [5, 6, 2], "num_keypoints": 1,
                         "segmentation": [], "area": 4, "bbox": [4, 4, 2, 2], "iscrowd": 0}],
    }  # fmt: skip
    source = write_json(tmp_path / "in.json", data)
    dataset = formats.read(source, "coco", ReadOptions(extra={"keypoint_origin": "index"}))
    assert next(iter(dataset)).marks[0].geometry.xy == [5.5, 6.5]
    formats.write(dataset, tmp_path / "o.json", "coco")
    assert json.loads((tmp_path / "o.json").read_text())["annotations"] == data["annotations"]


def test_captions(tmp_path: Path) -> None:
    data = {"images": [{"id": 1, "file_name": "a.jpg", "width": 5, "height": 5}],
            "annotations": [{"id": 1, "image_id": 1, "caption": "一只猫"}]}  # fmt: skip
    dataset = formats.read(write_json(tmp_path / "in.json", data))
    mark = next(iter(dataset)).marks[0]
    assert (mark.geometry, mark.text, mark.label) == (Nothing(), "一只猫", None)
    convert(tmp_path / "in.json", tmp_path / "o.json", strict=True)
    assert json.loads((tmp_path / "o.json").read_text())["annotations"] == data["annotations"]


SCHEMA = Schema(classes=[LabelClass(id="car"), LabelClass(id="van")])


def one_mark(geometry: Any, **fields: Any) -> MemoryDataset:
    item = Item(id="1", name="a.png", media=ImageMedia(width=60, height=40))
    return MemoryDataset(SCHEMA, [ItemMarks(item, [Mark(id="1", geometry=geometry, label="car", **fields)])])


@pytest.mark.parametrize(
    "geometry",
    [RotatedBox(30, 20, 10, 6, 0.3), Ellipse(30, 20, 10, 6, 0.3),
     Polygon([PolygonPart([0, 0, 30, 0, 30, 30, 0, 30], [[5, 5, 9, 5, 9, 9]])])],
    ids=["obox", "ellipse", "holes"],
)  # fmt: skip
def test_what_coco_can_only_approximate_comes_back_exactly(tmp_path: Path, geometry: Any) -> None:
    report = formats.write(one_mark(geometry), tmp_path / "o.json", "coco")
    assert [x.code for x in report.losses] in (["geometry_changed"], ["mask_rasterised"])
    assert next(iter(formats.read(tmp_path / "o.json"))).marks[0].geometry == geometry
    with contextlib.redirect_stdout(io.StringIO()):
        theirs = COCO(str(tmp_path / "o.json"))
    pixels = theirs.annToMask(theirs.loadAnns([1])[0])
    assert pixels.shape == (40, 60)
    assert pixels.sum() == pytest.approx(theirs.anns[1]["area"], rel=0.1)


def test_what_it_cannot_hold_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(LossRefused) as refused:
        formats.write(one_mark(Polyline([0, 0, 5, 5])), tmp_path / "o.json", "coco")
    assert [(x.code, x.count, x.source, x.examples) for x in refused.value.report.losses] == [
        ("geometry_dropped", 1, "polyline", ["a.png#1"])
    ]
    assert list(tmp_path.iterdir()) == []
    allowed = WriteOptions(allow_loss=frozenset({"geometry_dropped"}))
    assert formats.write(one_mark(Polyline([0, 0, 5, 5])), tmp_path / "o.json", "coco", allowed).marks == 0


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda d: d["annotations"][0].update(image_id=99), "image_unknown"),
        (lambda d: d["annotations"][0].update(category_id=77), "category_unknown"),
        (lambda d: d["annotations"][0].update(bbox=[1, 2, -3, 4]), "box_malformed"),
        (lambda d: d["annotations"][0].update(bbox="wide"), "field_type"),
        (lambda d: d["annotations"][1].update(segmentation=[[1, 2, 3, 4]]), "ring_short"),
        (lambda d: d["annotations"][2]["segmentation"].update(counts=[1, 2]), "mask_runs"),
        (lambda d: d["annotations"][1].update(id=90, image_id=3), "id_duplicated"),
        (lambda d: d["images"].append(d["images"][1]), "id_duplicated"),
        (lambda d: d["annotations"].append("what"), "row_malformed"),
        (lambda d: d["categories"].append({"id": 1, "name": "again"}), "id_duplicated"),
        (lambda d: d["annotations"][0].pop("image_id"), "image_unknown"),
    ],
)  # fmt: skip
def test_broken_rows_are_reported_and_the_rest_is_read(tmp_path: Path, change: Any, code: str) -> None:
    data = json.loads(json.dumps(TRICKY))
    change(data)
    dataset = formats.read(write_json(tmp_path / "in.json", data), "coco")
    items = list(dataset)
    assert set(dataset.problems.counts) == {code}
    assert len(items) >= 3 and sum(len(i.marks) for i in items) >= 2
    problem = dataset.problems.kept[0]
    assert problem.file and problem.pointer and problem.zh and problem.en


def test_nan_in_a_row_costs_that_row_only(tmp_path: Path) -> None:
    text = json.dumps(TRICKY, ensure_ascii=False).replace("200.5", "NaN")
    (tmp_path / "in.json").write_text(text, encoding="utf-8")
    dataset = formats.read(tmp_path / "in.json", "coco")
    assert sum(len(i.marks) for i in dataset) == 2
    assert [(p.code, p.pointer) for p in dataset.problems] == [("row_malformed", "/annotations/0")]


def test_a_file_cut_anywhere_is_a_format_error_with_its_place(tmp_path: Path) -> None:
    whole = json.dumps(TRICKY, ensure_ascii=False, indent=1).encode()
    for cut in range(0, len(whole) - 2, 37):
        (tmp_path / "in.json").write_bytes(whole[:cut])
        with pytest.raises(FormatError) as caught:
            formats.read(tmp_path / "in.json", "coco")
        problem = caught.value.problem
        assert problem.code in ("json_truncated", "file_empty")
        assert problem.file == str(tmp_path / "in.json") and problem.line == whole[:cut].count(b"\n") + 1


def test_random_damage_never_escapes_as_anything_but_a_doujia_error(tmp_path: Path) -> None:
    rng = random.Random(11)
    whole = json.dumps(TRICKY, ensure_ascii=False).encode()
    for _ in range(400):
        data = bytearray(whole)
        for _ in range(rng.randint(1, 4)):
            data[rng.randrange(len(data))] = rng.choice(b'"{}[],:0 \\\xff\x00ne-')
        (tmp_path / "in.json").write_bytes(bytes(data))
        with contextlib.suppress(FormatError, LossRefused):
            formats.write(formats.read(tmp_path / "in.json", "coco"), tmp_path / "o.json", "coco")
            json.loads((tmp_path / "o.json").read_text(encoding="utf-8"))
        (tmp_path / "o.json").unlink(missing_ok=True)
        assert [p.name for p in tmp_path.iterdir()] == ["in.json"]


def test_splits_become_files_of_a_folder_and_come_back(tmp_path: Path) -> None:
    media = ImageMedia(width=60, height=40)
    items = [ItemMarks(Item(id=str(k), name=f"{k}.png", media=media, split=s), [Mark(id="1", geometry=Box(0, 0, k, 9), label="car")])
             for k, s in ((1, "train"), (2, "val"), (3, "train"))]  # fmt: skip
    report = formats.write(MemoryDataset(SCHEMA, items), tmp_path / "set", "coco")
    assert report.files == 2
    assert sorted(p.name for p in (tmp_path / "set/annotations").iterdir()) == [
        "instances_train.json",
        "instances_val.json",
    ]
    back = formats.read(tmp_path / "set")
    assert [(i.item.id, i.item.name, i.item.split) for i in back] == [
        ("train/1", "1.png", "train"), ("train/3", "3.png", "train"), ("val/2", "2.png", "val"),
    ]  # fmt: skip
    assert back.count == 3


def test_pycocotools_opens_our_output_and_sees_the_same(tmp_path: Path) -> None:
    convert(write_json(tmp_path / "in.json", TRICKY), tmp_path / "o.json")
    with contextlib.redirect_stdout(io.StringIO()):
        theirs = COCO(str(tmp_path / "o.json"))
    assert theirs.getCatIds() == [1, 2, 9]
    assert theirs.getImgIds(imgIds=[], catIds=[9]) == [3]
    assert theirs.annToMask(theirs.anns[5]).sum() == 3
    assert len(theirs.annToRLE(theirs.anns[2**53 + 1])["counts"]) > 0


def _official(tmp_path: Path) -> Path:
    """A folder as COCO is handed out: three kinds of files about the same pictures."""
    folder = tmp_path / "annotations"
    folder.mkdir()
    images = [{"id": 1, "file_name": "a.jpg", "width": 64, "height": 48}]
    person = [{"id": 1, "name": "person", "keypoints": ["头"], "skeleton": []}]
    box = {
        "id": 7,
        "image_id": 1,
        "category_id": 1,
        "bbox": [1, 2, 30, 40],
        "area": 1200,
        "segmentation": [],
        "iscrowd": 0,
    }
    for split in ("train2017", "val2017"):
        for name, rows, categories in (
            ("instances", [box], [{"id": 1, "name": "person"}]),
            ("captions", [{"id": 9, "image_id": 1, "caption": "一个人"}], []),
            ("person_keypoints", [{**box, "keypoints": [5, 6, 2], "num_keypoints": 1}], person),
        ):
            document = {"images": images, "annotations": rows, "categories": categories}
            (folder / f"{name}_{split}.json").write_text(json.dumps(document))
    return tmp_path


def test_a_folder_of_several_tasks_gives_each_picture_once_and_names_what_is_left_out(tmp_path: Path) -> None:
    root = _official(tmp_path)
    dataset = formats.read(root, "coco")
    bundles = list(dataset)
    assert [(b.item.split, [type(m.geometry) for m in b.marks]) for b in bundles] == [
        ("train2017", [Box]), ("val2017", [Box]),
    ]  # fmt: skip
    assert len({b.item.id for b in bundles}) == 2
    (problem,) = dataset.problems
    assert (problem.code, problem.severity) == ("tasks_left_out", "warn")
    assert "captions_train2017.json" in problem.en and "person_keypoints_val2017.json" in problem.en
    assert [b.item.name for b in formats.read(root / "annotations", "coco")] == ["a.jpg", "a.jpg"]


@pytest.mark.parametrize(("task", "kinds"), [("captions", [Nothing]), ("keypoints", [Keypoints, Box])])
def test_the_task_of_a_folder_can_be_said(tmp_path: Path, task: str, kinds: list[type]) -> None:
    options = ReadOptions(extra={"task": task})
    first, second = formats.read(_official(tmp_path), "coco", options)
    assert [type(m.geometry) for m in first.marks] == [type(m.geometry) for m in second.marks] == kinds
    with pytest.raises(InputError) as caught:
        formats.read(tmp_path, "coco", ReadOptions(extra={"task": "stuff"}))
    assert caught.value.code == "option_bad"


def test_files_named_only_by_their_split_are_its_splits(tmp_path: Path) -> None:
    (tmp_path / "annotations").mkdir()
    for split in ("train", "val"):
        (tmp_path / f"annotations/{split}.json").write_text(
            json.dumps(
                {"images": [{"id": 1, "file_name": f"{split}.jpg"}], "annotations": [], "categories": []}
            )
        )
    assert [(b.item.name, b.item.split) for b in formats.read(tmp_path, "coco")] == [
        ("train.jpg", "train"), ("val.jpg", "val"),
    ]  # fmt: skip


def test_problems_of_several_files_are_counted_once_however_often_they_are_read(tmp_path: Path) -> None:
    (tmp_path / "annotations").mkdir()
    rows = [{"id": i, "image_id": 99, "category_id": 1, "bbox": [0, 0, 1, 1]} for i in range(1, 1501)]
    for split in ("train", "val"):
        document = {"images": [{"id": 1, "file_name": "a.jpg"}], "annotations": rows, "categories": []}
        (tmp_path / f"annotations/instances_{split}.json").write_text(json.dumps(document))
    dataset = formats.read(tmp_path, "coco")
    for _ in range(2):
        assert len(list(dataset)) == 2
        assert dataset.problems.counts == {"image_unknown": 3000}
        assert dataset.problems.severities == {"error": 3000}
        assert len(dataset.problems.kept) == 1000
