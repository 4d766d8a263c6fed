"""YOLO against lines worked out by hand and against layouts of other tools."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
import yaml

from doujia import formats
from doujia.errors import FormatError, InputError, LossRefused
from doujia.formats import MemoryDataset, ReadOptions, WriteOptions
from doujia.formats.yolo.rows import LineError, join_rings, line_to_marks
from doujia.marks import (
    Box,
    Ellipse,
    ImageMedia,
    Item,
    ItemMarks,
    Keypoints,
    LabelClass,
    Mark,
    Polygon,
    PolygonPart,
    Polyline,
    RotatedBox,
    Schema,
    Skeleton,
    rle,
)  # fmt: skip
from doujia.marks.shapes import ring_area

MEDIA = ImageMedia(width=640, height=480)
SCHEMA = Schema(classes=[LabelClass(id="car", name="car"), LabelClass(id="行人", name="行人")])
ROSETTA = Box(100, 120, 300, 360)


def one(
    *geometries: Any,
    name: str = "相册/图 1.png",
    schema: Schema = SCHEMA,
    split: str | None = None,
    **fields: Any,
) -> MemoryDataset:
    marks = [Mark(id=str(i), geometry=g, label="car", **fields) for i, g in enumerate(geometries, 1)]
    return MemoryDataset(schema, [ItemMarks(Item(id="1", name=name, media=MEDIA, split=split), marks)])


def codes(report: Any) -> list[tuple[str, int]]:
    return [(x.code, x.count) for x in report.losses]


@pytest.mark.parametrize(
    ("task", "line"),
    [("detect", "0 0.3125 0.5 0.3125 0.5"),
     ("obb", "0 0.15625 0.25 0.46875 0.25 0.46875 0.75 0.15625 0.75"),
     ("seg", "0 0.15625 0.25 0.46875 0.25 0.46875 0.75 0.15625 0.75")],
)  # fmt: skip
def test_rosetta_box(tmp_path: Path, task: str, line: str) -> None:
    formats.write(one(ROSETTA), tmp_path / "y", f"yolo-{task}")
    assert (tmp_path / "y/labels/train/相册/图 1.txt").read_text() == line + "\n"


@pytest.mark.parametrize(
    ("task", "geometries"),
    [("detect", [ROSETTA, Box(0, 0, 640, 480)]),
     ("seg", [Polygon([PolygonPart([1.5, 2, 600, 2.25, 30, 470])])]),
     ("obb", [RotatedBox(300, 200, 100, 40, 0.7), RotatedBox(200, 200, 10, 90, -2.9)])],
)  # fmt: skip
def test_what_the_task_holds_comes_back(tmp_path: Path, task: str, geometries: list[Any]) -> None:
    report = formats.write(one(*geometries), tmp_path / "y", f"yolo-{task}", WriteOptions(strict=True))
    assert codes(report) == []
    back = formats.read(tmp_path / "y", f"yolo-{task}")
    bundle = next(iter(back))
    assert (bundle.item.name, bundle.item.media, bundle.item.split) == ("相册/图 1.png", MEDIA, None)
    assert [c.name for c in back.schema.classes] == ["car", "行人"]
    for mark, expected in zip(bundle.marks, geometries, strict=True):
        assert type(mark.geometry) is type(expected) and mark.label == "car"
        assert formats_numbers(mark.geometry) == pytest.approx(formats_numbers(expected), abs=1e-6)


def formats_numbers(geometry: Any) -> list[float]:
    if isinstance(geometry, Polygon):
        return [c for p in geometry.parts for c in p.outer]
    return [getattr(geometry, f) for f in geometry.__struct_fields__]


def test_plain_yolo_holds_boxes_as_rings_and_says_so(tmp_path: Path) -> None:
    report = formats.write(one(ROSETTA, Polygon([PolygonPart([0, 0, 9, 0, 9, 9])])), tmp_path / "y", "yolo")
    assert codes(report) == [("geometry_changed", 1)] and report.losses[0].source == "box"


def test_boxes_refuse_polygons_until_allowed(tmp_path: Path) -> None:
    data = one(Polygon([PolygonPart([100, 120, 300, 120, 200, 360])]), Polyline([0, 0, 9, 9]))
    with pytest.raises(LossRefused) as refused:
        formats.write(data, tmp_path / "y", "yolo-detect")
    assert codes(refused.value.report) == [("geometry_reduced", 1), ("geometry_dropped", 1)]
    assert list(tmp_path.iterdir()) == []
    allow = WriteOptions(allow_loss=frozenset({"geometry_reduced", "geometry_dropped"}))
    report = formats.write(data, tmp_path / "y", "yolo-detect", allow)
    assert (report.marks, report.accepted) == (1, ["geometry_dropped", "geometry_reduced"])
    assert (tmp_path / "y/labels/train/相册/图 1.txt").read_text() == "0 0.3125 0.5 0.3125 0.5\n"


def test_what_lies_outside_is_clipped_and_said(tmp_path: Path) -> None:
    data = one(Box(-10, 0, 64, 48), Box(700, 0, 800, 10))
    allow = WriteOptions(allow_loss=frozenset({"marks_dropped"}))
    report = formats.write(data, tmp_path / "y", "yolo-detect", allow)
    assert codes(report) == [("coordinate_clipped", 1), ("out_of_image", 1), ("marks_dropped", 1)]
    assert report.losses[0].px_max == 10
    assert (tmp_path / "y/labels/train/相册/图 1.txt").read_text() == "0 0.05 0.05 0.1 0.1\n"
    seg = formats.write(
        one(Polygon([PolygonPart([-64, 0, 64, 0, 64, 48, -64, 48])])), tmp_path / "s", "yolo-seg"
    )
    assert codes(seg) == [("coordinate_clipped", 1)] and seg.losses[0].px_max == 64
    values = list(map(float, (tmp_path / "s/labels/train/相册/图 1.txt").read_text().split()[1:]))
    assert shapely.Polygon(np.reshape(values, (-1, 2))).area == pytest.approx(0.01)


def test_parts_are_joined_without_changing_the_area_or_split(tmp_path: Path) -> None:
    parts = [PolygonPart([0, 0, 10, 0, 10, 10, 0, 10]), PolygonPart([20, 0, 30, 0, 30, 10, 20, 10]),
             PolygonPart([0, 50, 8, 50, 4, 58])]  # fmt: skip
    assert ring_area(join_rings([p.outer for p in parts])) == 100 + 100 + 32
    report = formats.write(one(Polygon(parts)), tmp_path / "j", "yolo-seg")
    assert codes(report) == [("parts_joined", 1)]
    split = formats.write(
        one(Polygon(parts)), tmp_path / "s", "yolo-seg", WriteOptions(extra={"parts": "split"})
    )
    assert codes(split) == [("parts_split", 1)]
    assert len((tmp_path / "s/labels/train/相册/图 1.txt").read_text().splitlines()) == 3


def test_masks_and_ellipses_become_rings(tmp_path: Path) -> None:
    pixels = np.zeros((480, 640), bool)
    pixels[120:360, 100:300] = True
    report = formats.write(one(rle.encode(pixels), Ellipse(300, 200, 50, 30)), tmp_path / "y", "yolo-seg")
    assert codes(report) == [("geometry_changed", 1), ("polygon_resampled", 1)]
    first = (tmp_path / "y/labels/train/相册/图 1.txt").read_text().splitlines()[0]
    assert first == "0 0.15625 0.25 0.46875 0.25 0.46875 0.75 0.15625 0.75"


def test_a_polygon_becomes_the_smallest_rotated_box(tmp_path: Path) -> None:
    ring = [
        300,
        100,
        340,
        140,
        320,
        160,
        280,
        120,
        300,
        110,
    ]  # a square of 40√2 x 20√2 turned 45 degrees, dented
    allow = WriteOptions(allow_loss=frozenset({"geometry_reduced"}))
    formats.write(one(Polygon([PolygonPart(ring)])), tmp_path / "y", "yolo-obb", allow)
    box = next(iter(formats.read(tmp_path / "y", "yolo-obb"))).marks[0].geometry
    hull = shapely.Polygon(np.reshape(ring, (-1, 2))).minimum_rotated_rectangle
    assert box.w * box.h == pytest.approx(hull.area, abs=1e-4)


def test_poses_with_their_boxes(tmp_path: Path) -> None:
    schema = Schema(classes=[LabelClass(id="car", name="car", skeleton="s")],
                    skeletons=[Skeleton(id="s", names=["左", "右", "中"], flip=[(0, 1)])])  # fmt: skip
    pose = Mark(id="7", geometry=Keypoints([64, 48, 0, 0, 320, 240], [2, 0, 1], "s"), label="car", group="7")
    box = Mark(id="7.box", geometry=ROSETTA, label="car", group="7")
    plain = Mark(id="8", geometry=ROSETTA, label="car")
    data = MemoryDataset(schema, [ItemMarks(Item(id="1", name="a.png", media=MEDIA), [pose, box, plain])])
    report = formats.write(data, tmp_path / "y", "yolo-pose", WriteOptions(strict=True))
    assert report.marks == 3
    assert (tmp_path / "y/labels/train/a.txt").read_text().splitlines() == [
        "0 0.3125 0.5 0.3125 0.5 0.1 0.1 2 0 0 0 0.5 0.5 1", "0 0.3125 0.5 0.3125 0.5 0 0 0 0 0 0 0 0 0",
    ]  # fmt: skip
    config = yaml.safe_load((tmp_path / "y/data.yaml").read_text(encoding="utf-8"))
    assert (config["kpt_shape"], config["flip_idx"], config["names"]) == ([3, 3], [1, 0, 2], {0: "car"})
    back = formats.read(tmp_path / "y")
    marks = next(iter(back)).marks
    assert [m.geometry for m in marks] == [
        Keypoints([64, 48, 0, 0, 320, 240], [2, 0, 1], "pose"),
        ROSETTA,
        ROSETTA,
    ]
    assert marks[0].group == marks[1].group and marks[2].group is None
    assert back.schema.skeletons[0].names == ["左", "右", "中"] and back.schema.skeletons[0].flip == [(0, 1)]


def test_empty_pictures_have_an_empty_file_and_unlabelled_ones_none(tmp_path: Path) -> None:
    formats.write(one(), tmp_path / "y", "yolo-detect")
    label = tmp_path / "y/labels/train/相册/图 1.txt"
    assert label.read_bytes() == b""
    assert [i.item.status for i in formats.read(tmp_path / "y", "yolo-detect")] == ["done"]
    label.unlink()
    assert [i.item.status for i in formats.read(tmp_path / "y", "yolo-detect")] == ["unseen"]


@pytest.mark.parametrize("extra", ["score", "track"])
def test_the_sixth_column_is_chosen(tmp_path: Path, extra: str) -> None:
    data = one(ROSETTA, score=0.25, group="12")
    report = formats.write(data, tmp_path / "y", "yolo-detect", WriteOptions(extra={"column6": extra}))
    line = (tmp_path / "y/labels/train/相册/图 1.txt").read_text().split()
    assert line[5:] == (["0.25"] if extra == "score" else ["12"])
    assert codes(report) == [("group_dropped" if extra == "score" else "score_dropped", 1)]
    mark = next(
        iter(formats.read(tmp_path / "y", "yolo-detect", ReadOptions(extra={"column6": extra})))
    ).marks[0]
    assert (mark.score, mark.group) == ((0.25, None) if extra == "score" else (None, "12"))


def picture(path: Path, size: tuple[int, int] = (200, 100)) -> None:
    from PIL import Image

    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("L", size).save(path)


@pytest.mark.parametrize(
    "yaml_text",
    ["train: images/train\nval: images/val\nnames: [cat, dog]\nnc: 2\n",
     "path: ../set\ntrain: images/train\nval: images/val\nnames:\n  0: cat\n  1: dog\n",
     "train: ../images/train\nval: ../images/val\nnames: ['cat',\n 'dog']\n",
     "train: train.txt\nval: images/val\nnames: {0: cat, 1: dog}\n"],
    ids=["list", "path and dict", "roboflow dots", "list file"],
)  # fmt: skip
def test_layouts_of_other_tools(tmp_path: Path, yaml_text: str) -> None:
    root = tmp_path / "set"
    picture(root / "images/train/a.png")
    picture(root / "images/val/sub/b.jpg")
    for name, text in {
        "train/a.txt": "1 0.5 0.5 0.5 0.5",
        "val/sub/b.txt": "\ufeff0 0.5 0.5 1 1\r\n",
        "train/README.txt": "x",
    }.items():
        file = root / "labels" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8", newline="")
    (root / "data.yaml").write_text(yaml_text)
    (root / "train.txt").write_text("/home/somebody/set/images/train/a.png\n")
    dataset = formats.read(root)
    assert [(i.item.name, i.item.split, [(m.label, m.geometry) for m in i.marks]) for i in dataset] == [
        ("a.png", "train", [("dog", Box(50, 25, 150, 75))]), ("sub/b.jpg", "val", [("cat", Box(0, 0, 200, 100))]),
    ]  # fmt: skip
    assert len(dataset.problems) == 0


@pytest.mark.parametrize(
    ("line", "code"),
    [("0 0.1 0.2", "yolo_columns"), ("7 0.5 0.5 0.5 0.5", "class_unknown"), ("0 a b c d", "yolo_number"),
     ("0 nan 0.5 0.5 0.5", "number_not_finite"), ("0.5 0.5 0.5 0.5 0.5", "class_unknown")],
)  # fmt: skip
def test_bad_lines_are_named_and_the_others_are_read(tmp_path: Path, line: str, code: str) -> None:
    picture(tmp_path / "images/a.png")
    (tmp_path / "labels").mkdir()
    (tmp_path / "labels/a.txt").write_text(f"0 0.5 0.5 0.5 0.5\n{line}\n0 0.5 0.5 0.2 0.2\n")
    (tmp_path / "data.yaml").write_text("train: images\nval: images\nnames: [car]\n")
    dataset = formats.read(tmp_path, "yolo-detect")
    assert len(next(iter(dataset)).marks) == 2
    assert [(p.code, p.line, Path(p.file or "").name) for p in dataset.problems] == [(code, 2, "a.txt")]


def test_without_sizes_nothing_is_guessed(tmp_path: Path) -> None:
    (tmp_path / "labels").mkdir()
    (tmp_path / "labels/a.txt").write_text("0 0.5 0.5 0.5 0.5\n")
    (tmp_path / "data.yaml").write_text("train: images\nnames: [car]\n")
    dataset = formats.read(tmp_path, "yolo-detect")
    assert [(len(i.marks), i.item.status) for i in dataset] == [(0, "unseen")]
    assert set(dataset.problems.counts) == {"size_unknown"}
    picture(tmp_path / "elsewhere/a.jpg")
    found = formats.read(tmp_path, "yolo-detect", ReadOptions(images=tmp_path / "elsewhere"))
    assert [(i.item.name, len(i.marks)) for i in found] == [("a.jpg", 1)]


@pytest.mark.parametrize("text", ["names: [a\n", "just text", "names: {x: y}\n"])
def test_broken_configuration(tmp_path: Path, text: str) -> None:
    (tmp_path / "data.yaml").write_text(text)
    with pytest.raises(FormatError) as caught:
        formats.read(tmp_path, "yolo-detect")
    assert caught.value.problem.code == "yaml_malformed" and caught.value.problem.file


def test_rows_without_files() -> None:
    assert line_to_marks([0.5, 0.5, 0.5, 0.5], "seg", (10, 20), 1, "a")[0].geometry == Box(2.5, 5, 7.5, 15)
    with pytest.raises(LineError):
        line_to_marks([0.5, 0.5, 0.5], "detect", (10, 20), 1, "a")


def test_two_pictures_that_would_share_their_labels_are_refused(tmp_path: Path) -> None:
    """Trainers find labels by the picture's stem: a.jpg and a.png would both be given a.txt."""
    data = one(ROSETTA, name="a.jpg")
    data.items.append(ItemMarks(Item(id="2", name="a.png", media=MEDIA), []))
    with pytest.raises(InputError) as caught:
        formats.write(data, tmp_path / "y", "yolo-detect")
    assert caught.value.code == "names_collide" and "a.png" in caught.value.message.zh
    assert list(tmp_path.iterdir()) == []
    data.items[1].item.split = "val"
    assert formats.write(data, tmp_path / "y", "yolo-detect").items == 2
