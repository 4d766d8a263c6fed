"""LabelMe and X-AnyLabeling."""

from __future__ import annotations

import json
import math
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from roundtrip import (
    ALL,
    boxes,
    check,
    cuboids2,
    datasets,
    holed,
    keypoints,
    oboxes,
    points,
    polygons,
    polylines,
)

from doujia import formats
from doujia.errors import FormatError, LossRefused
from doujia.formats import MemoryDataset, WriteOptions
from doujia.formats.labelme import ANYLABELING, LABELME
from doujia.marks import (
    Box,
    Cuboid2D,
    Ellipse,
    ImageMedia,
    Item,
    ItemMarks,
    LabelClass,
    Mark,
    Mask,
    Points,
    Polyline,
    Relation,
    RotatedBox,
    Schema,
)


def put(tmp_path, *shapes, name="a.json", **more):
    body = {"version": "5.4", "flags": {}, "shapes": list(shapes), "imagePath": "a.jpg", "imageData": None}
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        json.dumps({**body, "imageHeight": 480, "imageWidth": 640, **more}, ensure_ascii=False), "utf-8"
    )
    return path


def shape(kind, points, **more):
    return {"label": "车", "points": points, "shape_type": kind, "group_id": None, "flags": {}, **more}


SHAPES = [
    ("rectangle", [[300, 360], [100, 120]], Box(100, 120, 300, 360)),
    ("rectangle", [[100, 120], [300, 120], [300, 360], [100, 360]], Box(100, 120, 300, 360)),
    ("circle", [[10, 10], [13, 14]], Ellipse(10, 10, 5, 5)),
    ("line", [[0, 0], [5, 5]], Polyline([0, 0, 5, 5])),
    ("linestrip", [[0, 0], [5, 5], [9, 0]], Polyline([0, 0, 5, 5, 9, 0])),
    ("point", [[3, 4]], Points([3, 4])),
    ("rotation", [[0, 0], [4, 0], [4, 2], [0, 2]], RotatedBox(2, 1, 4, 2, 0)),
    ("cuboid", [[i, i] for i in range(8)], Cuboid2D([0, 0, 1, 1, 2, 2, 3, 3], [4, 4, 5, 5, 6, 6, 7, 7])),
]


@pytest.mark.parametrize(("kind", "points", "expected"), SHAPES, ids=[f"{s[0]} {len(s[1])}" for s in SHAPES])
def test_every_shape(kind, points, expected, tmp_path):
    (bundle,) = formats.read(put(tmp_path, shape(kind, points)), "labelme")
    assert bundle.marks[0].geometry == expected
    assert bundle.marks[0].label == "车"


def test_direction_scores_difficult_attributes_and_links(tmp_path):
    ring = [[10, 0], [10, 4], [8, 4], [8, 0]]  # first side points down: a quarter turn clockwise
    path = put(
        tmp_path,
        shape(
            "rotation",
            ring,
            direction=math.pi / 2,
            score=0.5,
            difficult=True,
            attributes={"c": "红"},
            group_id=1,
        ),
        shape("point", [[1, 1]], group_id=2, kie_linking=[[1, 2]], description="字"),
    )
    first, second = next(iter(formats.read(path))).marks
    assert first.geometry == RotatedBox(9, 2, 4, 2, math.pi / 2)
    assert (first.score, first.flags, first.attrs, first.group) == (0.5, ["ignore"], {"c": "红"}, "1")
    assert second.text == "字"
    (bundle,) = formats.read(path)
    assert bundle.relations == [Relation(id="r1", type="linking", source="1", target="2")]


def linked(*relations, groups):
    item = Item(id="a.jpg", name="a.jpg", media=ImageMedia(width=9, height=9))
    marks = [Mark(id=str(n), label="车", group=g, geometry=Points([n, n])) for n, g in enumerate(groups, 1)]
    schema = Schema(classes=[LabelClass(id="车", name="车")])
    return MemoryDataset(schema, [ItemMarks(item, marks, list(relations))])


def arrow(name, source, target, kind="linking", **more):
    return Relation(id=name, type=kind, source=source, target=target, **more)


def test_links_are_written_on_both_ends_and_come_back(tmp_path):
    dataset = linked(arrow("r1", "1", "2"), arrow("r2", "3", "2"), groups=["5", "8", "13"])
    formats.write(dataset, tmp_path / "x", "x-anylabeling", WriteOptions(strict=True))
    shapes = json.loads((tmp_path / "x" / "a.json").read_text("utf-8"))["shapes"]
    assert [s["kie_linking"] for s in shapes] == [[[5, 8]], [[5, 8], [13, 8]], [[13, 8]]]
    (back,) = formats.read(tmp_path / "x")
    (given,) = dataset
    assert (back.marks, back.relations) == (given.marks, given.relations)
    formats.write(formats.read(tmp_path / "x"), tmp_path / "y", "x-anylabeling", WriteOptions(strict=True))
    assert json.loads((tmp_path / "y" / "a.json").read_text("utf-8"))["shapes"] == shapes
    again = formats.read(tmp_path / "x")
    report = formats.write(again, tmp_path / "l", "labelme")
    assert [(loss.code, loss.count) for loss in report.losses] == [("relation_dropped", 2)]


def test_what_a_link_cannot_say_is_counted(tmp_path):
    dataset = linked(
        arrow("b", "3", "1"),
        arrow("a", "1", "3", kind="answers", attrs={"sure": True}),
        arrow("c", "1", "2"),  # the second of its group
        arrow("d", "1", "4"),  # of no group
        arrow("e", "1", "5"),  # of a group that is no number
        arrow("f", "3", "1"),  # twice
        groups=["1", "1", "2", None, "g"],
    )
    report = formats.write(dataset, tmp_path / "x", "x-anylabeling")
    lost = sorted((loss.code, loss.source, loss.target, loss.count) for loss in report.losses)
    assert lost == [
        ("attrs_dropped", "relation", None, 1),
        ("group_dropped", None, None, 1),
        ("id_renumbered", "relation", None, 2),
        ("relation_changed", "answers", "linking", 1),
        ("relation_dropped", None, None, 4),
    ]
    (back,) = formats.read(tmp_path / "x")
    assert back.relations == [arrow("r1", "3", "1"), arrow("r2", "1", "3")]


def test_links_to_groups_that_are_not_there_stay_as_they_are(tmp_path):
    pairs = [[1, 9], "?", [1, 1]]
    path = put(tmp_path, shape("point", [[1, 1]], group_id=1, kie_linking=pairs))
    dataset = formats.read(path)
    (bundle,) = dataset
    assert bundle.relations == [arrow("r1", "1", "1")]
    formats.write(dataset, tmp_path / "x", "x-anylabeling", WriteOptions(strict=True))
    (written,) = json.loads((tmp_path / "x" / "a.json").read_text("utf-8"))["shapes"]
    assert written["kie_linking"] == [[1, 9], "?", [1, 1]]


def test_rosetta_box(tmp_path):
    item = Item(id="r.png", name="r.png", media=ImageMedia(width=640, height=480))
    mark = Mark(id="1", label="car", geometry=Box(100, 120, 300, 360))
    dataset = MemoryDataset(Schema(classes=[LabelClass(id="car", name="car")]), [ItemMarks(item, [mark])])
    formats.write(dataset, tmp_path / "l", "labelme", WriteOptions(strict=True))
    (written,) = json.loads((tmp_path / "l" / "r.json").read_text("utf-8"))["shapes"]
    assert written["points"] == [[100, 120], [300, 360]]
    formats.write(dataset, tmp_path / "x", "x-anylabeling", WriteOptions(strict=True))
    (written,) = json.loads((tmp_path / "x" / "r.json").read_text("utf-8"))["shapes"]
    assert written["points"] == [[100, 120], [300, 120], [300, 360], [100, 360]]


@pytest.mark.parametrize(
    ("name", "holds", "geometry"),
    [
        ("labelme", LABELME, st.one_of(boxes, polygons, polylines, points)),
        ("x-anylabeling", ANYLABELING, st.one_of(boxes, polygons, polylines, points, oboxes, cuboids2)),
    ],
    ids=["labelme", "x-anylabeling"],
)
@given(data=st.data())
@settings(max_examples=30, deadline=None)
def test_round_trip(name, holds, geometry, data):
    dataset = data.draw(datasets(geometry))
    if holds.relations:  # only between numbered groups: the tests of links above
        for bundle in dataset:
            bundle.relations = []
    with tempfile.TemporaryDirectory() as folder:
        back, _ = check(name, dataset, Path(folder) / "out", holds, tolerance=1e-6, ordered=False)
        used = {m.label for b in dataset for m in b.marks}
        assert {c.id for c in back.schema.classes} == used
        assert {b.item.name: b.item.attrs for b in back} == {b.item.name: b.item.attrs for b in dataset}


def test_masks_come_back(tmp_path):
    for counts in ("421O3", "01;"):
        item = Item(id="m.png", name="m.png", media=ImageMedia(width=4, height=3))
        mark = Mark(id="1", label="c", geometry=Mask((3, 4), counts))
        dataset = MemoryDataset(Schema(), [ItemMarks(item, [mark])])
        formats.write(dataset, tmp_path / counts.replace(";", "x"), "labelme", WriteOptions(strict=True))
        (back,) = formats.read(tmp_path / counts.replace(";", "x"))
        assert back.marks[0].geometry == mark.geometry


@given(geometry=st.one_of(holed, keypoints))
@settings(max_examples=10, deadline=None)
def test_what_becomes_simpler_stops(geometry):
    item = Item(id="m.png", name="m.png", media=ImageMedia(width=4, height=3))
    dataset = MemoryDataset(Schema(), [ItemMarks(item, [Mark(id="1", label="c", geometry=geometry)])])
    with tempfile.TemporaryDirectory() as folder:
        with pytest.raises(LossRefused) as caught:
            formats.write(dataset, Path(folder) / "x", "labelme")
        assert {"holes_dropped", "geometry_reduced"} & {x.code for x in caught.value.report.losses}
        assert not list(Path(folder).iterdir())


def test_empty_pictures_folders_and_unknown_keys_survive(tmp_path):
    source = tmp_path / "in"
    put(source, name="一/a.json", otherData={"k": [1]}, checked=True)
    put(source, shape("point", [[1, 1]], mine=3), name="二/a.json")
    dataset = formats.read(source)
    assert [b.item.name for b in dataset] == ["一/a.jpg", "二/a.jpg"]
    formats.write(dataset, tmp_path / "out", "labelme", WriteOptions(strict=True))
    again = formats.read(tmp_path / "out", "labelme")
    assert [(b.item, b.marks) for b in again] == [(b.item, b.marks) for b in dataset]
    written = json.loads((tmp_path / "out" / "一" / "a.json").read_text("utf-8"))
    assert (written["checked"], written["imageData"], written["shapes"]) == (True, None, [])


@pytest.mark.parametrize("name", ["labelme", "x-anylabeling"])
def test_shapes_without_a_label_come_back_so(name, tmp_path):
    dataset = formats.read(put(tmp_path, shape("point", [[1, 1]], label="")))
    formats.write(dataset, tmp_path / "out", name, WriteOptions(strict=True))
    assert [m.label for b in formats.read(tmp_path / "out") for m in b.marks] == [None]


def test_unused_classes_stop_because_there_is_no_class_list(tmp_path):
    dataset = MemoryDataset(
        Schema(classes=[LabelClass(id="car", name="car")]), [ItemMarks(Item(id="a.png", name="a.png"))]
    )
    with pytest.raises(LossRefused) as caught:
        formats.write(dataset, tmp_path / "x", "labelme")
    assert [x.code for x in caught.value.report.losses] == ["class_dropped"]
    assert formats.write(dataset, tmp_path / "x", "labelme", ALL).items == 1


@pytest.mark.parametrize(
    ("one", "code"),
    [
        (shape("rectangle", [[1, 2]]), "shape_unknown"),
        (shape("polygon", [[1, 2], [3, "x"], [4, 5]]), "shape_bad"),
        (shape("rotation", [[0, 0], [9, 0], [4, 9], [0, 2]]), "obb_not_rectangle"),
        (shape("mask", [[0, 0], [9, 9]], mask="%%%"), "shape_bad"),
        (shape("star", [[0, 0]]), "shape_unknown"),
        (None, "shape_bad"),
    ],
    ids=["one corner", "text", "no rectangle", "mask", "unknown", "null"],
)
def test_broken_shapes_are_problems_with_a_pointer(one, code, tmp_path):
    dataset = formats.read(put(tmp_path, shape("point", [[1, 1]]), one), "labelme")
    (bundle,) = dataset
    assert len(bundle.marks) == 1
    (problem,) = dataset.problems
    assert (problem.code, problem.pointer) == (code, "/shapes/1")


def test_a_broken_file_in_a_folder_is_named_and_the_rest_is_read(tmp_path):
    put(tmp_path, name="a.json")
    (tmp_path / "b.json").write_text('{"shapes": [')
    (tmp_path / "c.json").write_text('{"shapes": [], "imagePath": "..\\\\x.jpg"}')
    dataset = formats.read(tmp_path, "labelme")
    assert len(list(dataset)) == 1
    assert [(p.code, Path(p.file).name) for p in dataset.problems] == [
        ("json_malformed", "b.json"),
        ("name_unsafe", "c.json"),
    ]
    with pytest.raises(FormatError):
        list(formats.read(tmp_path / "b.json", "labelme"))
