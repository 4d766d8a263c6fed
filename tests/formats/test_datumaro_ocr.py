"""Datumaro JSON, PPOCR and ICDAR."""

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
    datasets,
    holed,
    keypoints,
    masks,
    oboxes,
    points,
    polygons,
    polylines,
    samples,
)

from doujia import formats
from doujia.errors import FormatError, LossRefused
from doujia.formats import MemoryDataset, WriteOptions
from doujia.formats.datumaro import HOLDS
from doujia.marks import (
    Attribute,
    Box,
    Cuboid2D,
    Cuboid3D,
    Ellipse,
    ImageMedia,
    Item,
    ItemMarks,
    Keypoints,
    LabelClass,
    Mark,
    Mask,
    Nothing,
    Points,
    PointsMedia,
    Polygon,
    PolygonPart,
    Relation,
    RotatedBox,
    Schema,
    Skeleton,
)

SAMPLES = samples("other_tools", "datumaro_dataset", "legacy")
LABELS = {
    "labels": [
        {"name": "车", "parent": "", "attributes": []},
        {"name": "门", "parent": "车", "attributes": []},
    ],
    "attributes": ["a"],
}


def annotation(kind, **more):
    return {"id": 0, "type": kind, "attributes": {}, "group": 0, "label_id": 0, **more}


def put(tmp_path, *annotations, categories=None, name="train", **item):
    body = {
        "infos": {"author": "x"},
        "categories": categories or {"label": LABELS},
        "items": [
            {
                "id": "a/1",
                "annotations": list(annotations),
                "image": {"path": "a/1.jpg", "size": [480, 640]},
                **item,
            }
        ],
    }
    (tmp_path / "annotations").mkdir(exist_ok=True)
    (tmp_path / "annotations" / f"{name}.json").write_text(json.dumps(body, ensure_ascii=False), "utf-8")
    return tmp_path


def test_ellipses_and_boxes_in_perspective_are_read_and_written(tmp_path):
    """Datumaro numbers the corners 1 front bottom-left, 2 and 3 the back's bottom, 4 front bottom-right, 5 to 8 above them."""
    corners = [[0, 60], [20, 70], [100, 70], [80, 60], [0, 0], [20, 10], [100, 10], [80, 0]]
    path = put(
        tmp_path, annotation("ellipse", points=[10, 20, 50, 40]), annotation("cuboid_2d", points=corners), name="default"
    )  # fmt: skip
    dataset = formats.read(path)
    (bundle,) = dataset
    assert [m.geometry for m in bundle.marks] == [
        Ellipse(30, 30, 20, 10),
        Cuboid2D([0, 0, 80, 0, 80, 60, 0, 60], [20, 10, 100, 10, 100, 70, 20, 70]),
    ]
    assert not list(dataset.problems)
    formats.write(
        dataset, tmp_path / "out", "datumaro", WriteOptions(allow_loss=frozenset({"class_dropped"}))
    )
    rows = json.loads((tmp_path / "out/annotations/default.json").read_text("utf-8"))["items"][0][
        "annotations"
    ]
    assert [(r["type"], r["points"]) for r in rows] == [("ellipse", [10, 20, 50, 40]), ("cuboid_2d", corners)]
    bundle.marks = [Mark(id="1", label="车", geometry=Ellipse(30, 30, 20, 10, 0.5))]
    with pytest.raises(LossRefused):
        formats.write(MemoryDataset(dataset.schema, [bundle]), tmp_path / "turned", "datumaro")


def test_what_the_categories_say_comes_back(tmp_path):
    categories = {
        "label": {
            "labels": [
                {"name": "车", "parent": "", "attributes": ["colour"]},
                {"name": "门", "parent": "车", "attributes": []},
            ],
            "attributes": [],
            "label_groups": [{"name": "made", "group_type": "exclusive", "labels": ["车", "门"]}],
        },
        "points": {"items": [{"label_id": 0, "labels": ["a", "b"], "joints": [[0, 1]], "positions": [0.0, 0.0, 1.0, 1.0]}]},
        "mask": {"colormap": [{"label_id": 1, "r": 255, "g": 16, "b": 0}]},
    }  # fmt: skip
    dataset = formats.read(put(tmp_path, annotation("label"), categories=categories, name="default"))
    assert dataset.schema.classes[1].colour == "#ff1000"
    formats.write(dataset, tmp_path / "out", "datumaro", WriteOptions(strict=True))
    again = json.loads((tmp_path / "out/annotations/default.json").read_text("utf-8"))
    assert again["categories"] == categories
    report = formats.write(dataset, tmp_path / "yolo", "yolo-detect", ALL)
    assert ("schema_dropped", "keys of datumaro", 2) in {(x.code, x.source, x.count) for x in report.losses}


def test_every_type_is_read(tmp_path):
    path = put(
        tmp_path,
        annotation("bbox", bbox=[1, 2, 3, 4], z_order=2, group=5, attributes={"occluded": True, "is_crowd": True, "score": 0.5, "a": "x"}),
        annotation("bbox", bbox=[0, 0, 4, 2], attributes={"rotation": 90}),
        annotation("polygon", points=[0, 0, 4, 0, 4, 4]),
        annotation("polyline", points=[0, 0, 4, 0]),
        annotation("points", points=[1, 2], visibility=[2]),
        annotation("mask", rle={"counts": "421O3", "size": [3, 4]}),
        annotation("label", label_id=1),
        {"id": 0, "type": "caption", "attributes": {}, "group": 0, "caption": "一辆车"},
        attr={"weather": "rain"},
    )  # fmt: skip
    dataset = formats.read(path)
    (bundle,) = dataset
    assert not list(dataset.problems)
    assert (bundle.item.name, bundle.item.media) == ("a/1.jpg", ImageMedia(width=640, height=480))
    assert (bundle.item.split, bundle.item.attrs) == ("train", {"weather": "rain"})
    first = bundle.marks[0]
    assert (first.z, first.group, first.score, first.attrs, first.flags) == (
        2,
        "5",
        0.5,
        {"a": "x"},
        ["occluded", "ignore"],
    )
    assert [m.geometry for m in bundle.marks] == [
        Box(1, 2, 4, 6),
        RotatedBox(2, 1, 4, 2, math.pi / 2),
        Polygon([PolygonPart([0, 0, 4, 0, 4, 4])]),
        bundle.marks[3].geometry,
        Points([1, 2]),
        Mask((3, 4), "421O3"),
        Nothing(),
        Nothing(),
    ]
    assert bundle.marks[3].geometry.xy == [0, 0, 4, 0]
    assert [m.text for m in bundle.marks[6:]] == [None, "一辆车"]
    assert [(c.id, c.parent) for c in dataset.schema.classes] == [("车", None), ("门", "车")]
    assert dataset.info == {"datumaro": {"author": "x"}}


def test_skeletons_in_both_spellings_and_edge_bases(tmp_path):
    for joints, kind in (([[0, 1]], "points"), ([[1, 2]], "skeleton")):
        categories = {
            "label": LABELS,
            "points": {"items": [{"label_id": 0, "labels": ["头", "脚"], "joints": joints}]},
        }
        place = (
            {"points": [1, 2, 3, 4], "visibility": [2, 1]}
            if kind == "points"
            else {"points": [1, 2, 2, 3, 4, 1]}
        )
        dataset = formats.read(put(tmp_path, annotation(kind, **place), categories=categories))
        (bundle,) = dataset
        assert bundle.marks[0].geometry == Keypoints([1, 2, 3, 4], [2, 1], "车")
        assert dataset.schema.skeletons == [Skeleton(id="车", names=["头", "脚"], edges=[(0, 1)])]


def test_cuboids(tmp_path):
    row = annotation("cuboid_3d", position=[1, 2, 3], rotation=[0, 0, math.pi / 2], scale=[4, 2, 1.5])
    path = put(tmp_path, row, point_cloud={"path": "p/1.pcd"})
    dataset = formats.read(path)
    (bundle,) = dataset
    assert isinstance(bundle.item.media, PointsMedia) and bundle.item.name == "p/1.pcd"
    cuboid = bundle.marks[0].geometry
    assert cuboid.q == pytest.approx((math.sqrt(0.5), 0, 0, math.sqrt(0.5)))
    formats.write(dataset, tmp_path / "out", "datumaro", WriteOptions(strict=True))
    (again,) = formats.read(tmp_path / "out", "datumaro")
    assert isinstance(again.marks[0].geometry, Cuboid3D)
    assert again.marks[0].geometry.q == pytest.approx(cuboid.q)
    assert again.marks[0].geometry.size == (4, 2, 1.5)


held = st.one_of(boxes, oboxes, polygons, polylines, points, keypoints, masks, st.just(Nothing()))


@given(dataset=datasets(held))
@settings(max_examples=40, deadline=None)
def test_datumaro_round_trip(dataset):
    dataset.schema.skeletons[0].id = dataset.schema.classes[0].id
    for c in dataset.schema.classes:
        c.skeleton = c.id if c is dataset.schema.classes[0] else None
    for bundle in dataset:
        for m in bundle.marks:
            m.attrs.pop("n", None)
            if isinstance(m.geometry, Keypoints):
                m.label = dataset.schema.classes[0].id
                m.geometry = Keypoints(m.geometry.xy, m.geometry.v, m.label)
            elif isinstance(m.geometry, Points) and m.label == dataset.schema.classes[0].id:
                m.label = dataset.schema.classes[1].id
    with tempfile.TemporaryDirectory() as folder:
        back, _ = check("datumaro", dataset, Path(folder) / "out", HOLDS, tolerance=1e-9, ordered=False)
        assert [c.id for c in back.schema.classes] == [c.id for c in dataset.schema.classes]
        assert {b.item.name: (b.item.split, b.item.attrs) for b in back} == {
            b.item.name: (b.item.split, b.item.attrs) for b in dataset
        }


@given(geometry=holed)
@settings(max_examples=5, deadline=None)
def test_datumaro_holes_stop(geometry):
    dataset = one(Mark(id="1", label="车", geometry=geometry))
    with tempfile.TemporaryDirectory() as folder:
        with pytest.raises(LossRefused) as caught:
            formats.write(dataset, Path(folder) / "x", "datumaro")
        assert {x.code: x.count for x in caught.value.report.losses} == {"holes_dropped": 1, "parts_split": 1}
        assert not list(Path(folder).iterdir())


def one(*marks, relations=(), classes=("车",)):
    item = Item(id="a/1.jpg", name="a/1.jpg", media=ImageMedia())
    schema = Schema(classes=[LabelClass(id=c, name=c) for c in classes])
    return MemoryDataset(schema, [ItemMarks(item, list(marks), list(relations))])


def test_attribute_definitions_are_reported(tmp_path):
    dataset = one(Mark(id="1", label="车", geometry=Box(0, 0, 1, 1)))
    dataset.schema.attributes = [Attribute(id="a", type="int")]
    report = formats.write(dataset, tmp_path / "o", "datumaro")
    assert [(x.code, x.source, x.count) for x in report.losses] == [("schema_dropped", "attributes", 1)]


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (annotation("bbox", bbox=[1, 2, 3]), "shape_bad"),
        (annotation("bbox", bbox=[1, 2, 3, "x"]), "shape_bad"),
        (annotation("polygon", points=[1, 2, 3]), "shape_bad"),
        (annotation("mask", rle={"counts": 3}), "shape_bad"),
        (annotation("blob"), "shape_unknown"),
        (annotation("label", label_id=9), "class_unknown"),
        (3, "shape_bad"),
    ],
)
def test_datumaro_broken_annotations(row, code, tmp_path):
    dataset = formats.read(put(tmp_path, annotation("label"), row), "datumaro")
    (bundle,) = dataset
    assert len(bundle.marks) == 1
    assert [(p.code, p.pointer) for p in dataset.problems] == [(code, "/items/0/annotations/1")]


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_datumaro_cut_off(share, tmp_path):
    path = put(tmp_path, annotation("label")) / "annotations" / "train.json"
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(FormatError) as caught:
        list(formats.read(path, "datumaro"))
    assert caught.value.code in ("json_truncated", "json_malformed") and caught.value.problem.line


@pytest.mark.skipif(SAMPLES is None, reason="sample files of other tools are not here")
def test_datumaro_files_of_another_tool():
    dataset = formats.read(SAMPLES, "datumaro")
    found = {b.item.name: [m.label for m in b.marks] for b in dataset}
    assert found == {
        "test/c.jpg": ["bicycle", "mary"],
        "train/a.jpg": ["car"],
        "train/b.jpg": ["car", "bicycle", "tom", "mary"],
        "validation/d.jpg": [],
    }


PPOCR = (
    'img/一.jpg\t[{"transcription": "豆荚", "points": [[0.0, 0.0], [9.0, 0.0], [9.0, 4.0], [0.0, 4.0]], "difficult": false}, '
    '{"transcription": "###", "points": [[1.0, 1.0], [2.0, 1.0], [2.0, 2.0], [1.0, 2.0]], "difficult": true}]\n'
    "img/empty.jpg\t[]\n"
)


def test_ppocr_comes_back_byte_for_byte(tmp_path):
    (tmp_path / "Label.txt").write_text(PPOCR, "utf-8")
    assert formats.sniff(tmp_path / "Label.txt")[0][0] == "ppocr"
    dataset = formats.read(tmp_path / "Label.txt")
    first, empty = dataset
    assert [(m.text, m.flags, m.label) for m in first.marks] == [
        ("豆荚", [], "text"),
        (None, ["ignore"], "text"),
    ]
    assert (empty.marks, empty.item.status) == ([], "done")
    formats.write(dataset, tmp_path / "o.txt", "ppocr", WriteOptions(allow_loss=frozenset({"class_dropped"})))
    assert (tmp_path / "o.txt").read_text("utf-8") == PPOCR


def test_key_information_becomes_relations_and_back(tmp_path):
    ring = [[0, 0], [1, 0], [1, 1], [0, 1]]
    rows = [
        {
            "transcription": "姓名",
            "points": ring,
            "difficult": False,
            "label": "question",
            "id": 7,
            "linking": [[7, 13]],
        },
        {
            "transcription": "张三",
            "points": ring,
            "difficult": False,
            "label": "answer",
            "id": 13,
            "linking": [[7, 13]],
        },
    ]
    (tmp_path / "l.txt").write_text(f"a.jpg\t{json.dumps(rows)}\n")
    dataset = formats.read(tmp_path / "l.txt", "ppocr")
    (bundle,) = dataset
    assert bundle.relations == [Relation(id="r1", type="linking", source="1", target="2")]
    formats.write(dataset, tmp_path / "o.txt", "ppocr")
    assert json.loads((tmp_path / "o.txt").read_text("utf-8").split("\t")[1]) == rows


def test_relations_of_other_kinds_are_written_as_links_and_counted(tmp_path):
    ring = Polygon([PolygonPart([0, 0, 1, 0, 1, 1])])
    marks = [Mark(id=str(n), label="text", text="字", geometry=ring) for n in (1, 2, 3)]
    relations = [
        Relation(id="x", type="answers", source="2", target="3", attrs={"sure": True}),
        Relation(id="r1", type="linking", source="1", target="2"),
        Relation(id="y", type="linking", source="1", target="2"),
    ]
    dataset = one(*marks, relations=relations, classes=("text",))
    report = formats.write(dataset, tmp_path / "l.txt", "ppocr")
    assert sorted((loss.code, loss.source, loss.target, loss.count) for loss in report.losses) == [
        ("attrs_dropped", "relation", None, 1),
        ("id_renumbered", "relation", None, 1),
        ("relation_changed", "answers", "linking", 1),
        ("relation_dropped", None, None, 1),
    ]
    (back,) = formats.read(tmp_path / "l.txt")
    assert [(r.id, r.source, r.target) for r in back.relations] == [("r1", "1", "2"), ("r2", "2", "3")]


@given(geometry=polygons, text=st.text(st.sampled_from('ab,"车;😀\\'), min_size=1, max_size=6))
@settings(max_examples=30, deadline=None)
def test_ppocr_round_trip(geometry, text):
    dataset = one(Mark(id="1", label="text", geometry=geometry, text=text), classes=("text",))
    with tempfile.TemporaryDirectory() as folder:
        formats.write(dataset, Path(folder) / "l.txt", "ppocr", WriteOptions(strict=True))
        (back,) = formats.read(Path(folder) / "l.txt", "ppocr")
    assert [(m.geometry, m.text) for m in back.marks] == [(geometry, text)]


ICDAR = (
    '\ufeff0,0,9,0,9,4,0,4,豆,荚\n1,1,2,1,2,2,1,2,###\n0, 0, 3, 1, "FOOD"\n38 43 920 215 "Tiredness, kills"\n'
)


def test_icdar_both_years(tmp_path):
    (tmp_path / "gt_img_1.txt").write_text(ICDAR, "utf-8")
    assert formats.sniff(tmp_path)[0][0] == "icdar"
    dataset = formats.read(tmp_path)
    (bundle,) = dataset
    assert bundle.item.name == "img_1.jpg"
    assert [(m.text, m.flags) for m in bundle.marks] == [
        ("豆,荚", []),
        (None, ["ignore"]),
        ("FOOD", []),
        ("Tiredness, kills", []),
    ]
    assert bundle.marks[2].geometry == Box(0, 0, 3, 1) and bundle.marks[3].geometry == Box(38, 43, 920, 215)
    report = formats.write(dataset, tmp_path / "out", "icdar")
    assert (tmp_path / "out" / "gt_img_1.txt").read_text("utf-8").splitlines()[:2] == ICDAR.removeprefix(
        "\ufeff"
    ).splitlines()[:2]
    assert [(x.code, x.count) for x in report.losses if x.code == "geometry_changed"] == [
        ("geometry_changed", 2)
    ]


def test_icdar_reduces_longer_rings_and_stops_for_classes(tmp_path):
    ring = Polygon([PolygonPart([0, 0, 2, 0, 3, 1, 2, 2, 0, 2])])
    dataset = one(Mark(id="1", label="车", geometry=ring, text="a\nb"), classes=("车", "人"))
    with pytest.raises(LossRefused) as caught:
        formats.write(dataset, tmp_path / "o", "icdar")
    assert {"geometry_reduced", "class_unmapped", "text_dropped"} <= {
        x.code for x in caught.value.report.losses
    }
    formats.write(dataset, tmp_path / "o", "icdar", ALL)
    assert (tmp_path / "o" / "a" / "gt_1.txt").read_text() == "0,0,3,0,3,2,0,2,a b\n"


@pytest.mark.parametrize("text", ["1,2,3\n", "1,2,3,4,5,6,7,x,a\n", "nan,0,0,0,0,0,0,0,a\n"])
def test_icdar_broken_lines(text, tmp_path):
    (tmp_path / "gt_a.txt").write_text(f"0,0,1,0,1,1,0,1,ok\n{text}")
    dataset = formats.read(tmp_path, "icdar")
    (bundle,) = dataset
    assert len(bundle.marks) == 1
    assert [(p.code, p.line) for p in dataset.problems] == [("line_malformed", 2)]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a.jpg\n", "line_malformed"),
        ("a.jpg\t[{]\n", "json_malformed"),
        ('a.jpg\t[{"points": 3}]\n', "shape_bad"),
        ("../a.jpg\t[]\n", "name_unsafe"),
    ],
)
def test_ppocr_broken_lines(text, code, tmp_path):
    (tmp_path / "l.txt").write_text("ok.jpg\t[]\n" + text)
    dataset = formats.read(tmp_path / "l.txt", "ppocr")
    assert len(list(dataset)) == 1
    assert [(p.code, p.line) for p in dataset.problems] == [(code, 2)]
