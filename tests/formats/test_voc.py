"""Pascal VOC against files written by hand, the devkit's rules and pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from doujia import formats
from doujia.errors import FormatError, LossRefused
from doujia.formats import MemoryDataset, ReadOptions, WriteOptions
from doujia.formats.voc.palette import parse_value, print_value
from doujia.marks import (
    Box,
    ImageMedia,
    Item,
    ItemMarks,
    LabelClass,
    Mark,
    Mask,
    Polygon,
    PolygonPart,
    Polyline,
    Schema,
    rle,
)  # fmt: skip

MEDIA = ImageMedia(width=640, height=480)
SCHEMA = Schema(
    classes=[
        LabelClass(id="车", name="车"),
        LabelClass(id="b&<w>", name="b&<w>"),
        LabelClass(id="空", name="空"),
    ]
)
ROSETTA = Box(100, 120, 300, 360)


def one(*marks: Mark, name: str = "相册/图 1.png", split: str | None = None) -> MemoryDataset:
    return MemoryDataset(SCHEMA, [ItemMarks(Item(id="1", name=name, media=MEDIA, split=split), list(marks))])


def codes(report: Any) -> list[tuple[str, int]]:
    return [(x.code, x.count) for x in report.losses]


def test_rosetta_box_is_one_based_and_inclusive(tmp_path: Path) -> None:
    report = formats.write(
        one(Mark(id="1", geometry=ROSETTA, label="车")), tmp_path / "v", "voc", WriteOptions(strict=True)
    )
    text = (tmp_path / "v/Annotations/相册/图 1.xml").read_text(encoding="utf-8")
    assert "<xmin>101</xmin><ymin>121</ymin><xmax>300</xmax><ymax>360</ymax>" in text
    assert (report.pixel_origin, codes(report)) == ("one_inclusive", [])


def test_everything_voc_holds_comes_back(tmp_path: Path) -> None:
    marks = [
        Mark(id="1", geometry=ROSETTA, label="车", flags=["ignore", "occluded", "truncated"],
             attrs={"pose": "Left", "颜色": "红", "门": 4, "编号": "4", "新": True, "比": 0.5, "标": ["a", "b"]}),
        Mark(id="2", geometry=Box(0, 0, 640, 480), label="b&<w>", ext={"voc": {"part": [["name", "wheel"]]}}),
    ]  # fmt: skip
    formats.write(one(*marks, split="train"), tmp_path / "v", "voc", WriteOptions(strict=True))
    back = formats.read(tmp_path / "v")
    assert [c.name for c in back.schema.classes] == ["车", "b&<w>", "空"]
    bundle = next(iter(back))
    assert (bundle.item.name, bundle.item.media, bundle.item.split) == ("相册/图 1.png", MEDIA, "train")
    for mark, expected in zip(bundle.marks, marks, strict=True):
        assert (mark.geometry, mark.label, mark.attrs, set(mark.flags), mark.ext) == (
            expected.geometry, expected.label, expected.attrs, set(expected.flags), expected.ext,
        )  # fmt: skip


def test_fractions_are_rounded_and_the_report_says_by_how_much(tmp_path: Path) -> None:
    data = one(Mark(id="1", geometry=Box(10.25, 10.5, 20.75, 20.9), label="车"))
    report = formats.write(data, tmp_path / "v", "voc")
    assert codes(report) == [("coordinate_rounded", 1)] and report.losses[0].px_max == 0.5
    text = (tmp_path / "v/Annotations/相册/图 1.xml").read_text(encoding="utf-8")
    assert "<xmin>11</xmin><ymin>12</ymin><xmax>21</xmax><ymax>21</ymax>" in text
    exact = formats.write(data, tmp_path / "w", "voc", WriteOptions(extra={"rounding": "none"}, strict=True))
    assert (exact.pixel_origin, codes(exact)) == ("zero", [])
    assert next(iter(formats.read(tmp_path / "w"))).marks[0].geometry == Box(10.25, 10.5, 20.75, 20.9)


def test_outlines_are_refused_without_masks_and_drawn_with_them(tmp_path: Path) -> None:
    ring = Polygon([PolygonPart([100, 120, 300, 120, 300, 360])])
    data = one(Mark(id="1", geometry=Box(0, 0, 9, 9), label="空"), Mark(id="2", geometry=ring, label="车"))
    with pytest.raises(LossRefused) as refused:
        formats.write(data, tmp_path / "v", "voc")
    assert codes(refused.value.report) == [("geometry_reduced", 1)]
    assert list(tmp_path.iterdir()) == []
    report = formats.write(data, tmp_path / "v", "voc", WriteOptions(extra={"masks": "yes"}))
    assert codes(report) == [("mask_rasterised", 1)]
    with Image.open(tmp_path / "v/SegmentationObject/相册/图 1.png") as image:
        assert image.mode == "P" and image.getpalette()[:9] == [0, 0, 0, 128, 0, 0, 0, 128, 0]
        pixels = np.asarray(image)
    assert set(np.unique(pixels)) == {0, 2} and abs(int((pixels == 2).sum()) - 200 * 240 / 2) < 300
    with Image.open(tmp_path / "v/SegmentationClass/相册/图 1.png") as image:
        assert set(np.unique(np.asarray(image))) == {0, 1}
    marks = next(iter(formats.read(tmp_path / "v"))).marks
    assert [type(m.geometry) for m in marks] == [Box, Mask]
    assert np.array_equal(rle.decode(marks[1].geometry), pixels == 2)


def test_overlapping_masks_are_counted(tmp_path: Path) -> None:
    pixels = np.zeros((480, 640), bool)
    pixels[10:20, 10:20] = True
    data = one(*(Mark(id=str(i), geometry=rle.encode(pixels), label="车") for i in (1, 2)))
    with pytest.raises(LossRefused) as refused:
        formats.write(data, tmp_path / "v", "voc", WriteOptions(extra={"masks": "yes"}))
    assert codes(refused.value.report) == [("overlap_dropped", 1)]


def test_what_has_no_box_is_dropped_only_when_allowed(tmp_path: Path) -> None:
    data = one(Mark(id="1", geometry=Polyline([0, 0, 5, 5]), label="车"))
    with pytest.raises(LossRefused) as refused:
        formats.write(data, tmp_path / "v", "voc")
    assert codes(refused.value.report) == [("geometry_dropped", 1)]


def test_empty_pictures_keep_their_file_and_size(tmp_path: Path) -> None:
    formats.write(one(), tmp_path / "v", "voc", WriteOptions(strict=True))
    bundle = next(iter(formats.read(tmp_path / "v")))
    assert (bundle.item.status, bundle.item.media, bundle.marks) == ("done", MEDIA, [])


XML = """<annotation><folder>VOC2007</folder><filename>a.jpg</filename><source><database>x</database></source>
<size><width>50</width><height>40</height><depth>3</depth></size>
<object><name>cat</name><pose>Frontal</pose><truncated>1</truncated><difficult>0</difficult>
<bndbox><xmin>{0}</xmin><ymin>{0}</ymin><xmax>20</xmax><ymax>30</ymax></bndbox></object></annotation>"""


@pytest.mark.parametrize(
    ("first", "options", "expected"),
    [("1", {}, Box(0, 0, 20, 30)), ("0", {}, Box(0, 0, 20, 30)), ("1.5", {}, Box(1.5, 1.5, 20, 30)),
     ("1", {"pixel_origin": "zero"}, Box(1, 1, 20, 30)), ("1.0", {}, Box(0, 0, 20, 30))],
    ids=["devkit", "a zero", "a fraction", "said", "whole floats"],
)  # fmt: skip
def test_where_pixels_begin(tmp_path: Path, first: str, options: dict[str, str], expected: Box) -> None:
    (tmp_path / "a.xml").write_text(XML.format(first))
    dataset = formats.read(tmp_path, "auto", ReadOptions(extra=options))
    bundle = next(iter(dataset))
    assert bundle.marks[0].geometry == expected
    assert bundle.marks[0].attrs == {"pose": "Frontal"} and bundle.marks[0].flags == ["truncated"]
    assert bundle.item.ext["voc"] == {"folder": "VOC2007", "source": [["database", "x"]], "depth": "3"}


@pytest.mark.parametrize(
    ("data", "code", "line"),
    [(XML.format(1)[:150], "xml_malformed", 2), ("", "xml_malformed", 1), ("<a/>", "voc_no_annotation", None),
     ('<!DOCTYPE a [<!ENTITY x "y">]><annotation>&x;</annotation>', "xml_doctype", None),
     (XML.format("wide"), "box_malformed", None), (XML.format(99), "box_malformed", None),
     (XML.format("nan"), "box_malformed", None)],
    ids=["cut", "empty", "other root", "entities", "not a number", "upside down", "nan"],
)  # fmt: skip
def test_broken_files_are_named_and_the_others_are_read(
    tmp_path: Path, data: str, code: str, line: int | None
) -> None:
    (tmp_path / "a.xml").write_text(data)
    (tmp_path / "b.xml").write_text(XML.format(1))
    dataset = formats.read(tmp_path, "voc")
    assert sum(len(b.marks) for b in dataset) == 1
    problem = dataset.problems.kept[-1]
    assert (problem.code, problem.line, Path(problem.file or "").name) == (code, line, "a.xml")


def test_gbk_files(tmp_path: Path) -> None:
    text = '<?xml version="1.0" encoding="GBK"?>' + XML.format(1).replace("cat", "小猫")
    (tmp_path / "a.xml").write_bytes(text.encode("gbk"))
    assert formats.read(tmp_path, "voc").schema.classes[0].name == "小猫"


def test_a_folder_without_files(tmp_path: Path) -> None:
    with pytest.raises(FormatError) as caught:
        formats.read(tmp_path, "voc")
    assert caught.value.problem.code == "voc_no_files"


@pytest.mark.parametrize(
    "value", [True, False, 4, -2.5, "4", "true", "红", "", '"x"', ["a"], "null", None, "[1"]
)
def test_attribute_values_survive_as_text(value: Any) -> None:
    assert parse_value(print_value(value)) == value and type(parse_value(print_value(value))) is type(value)


def test_the_devkits_lists_give_each_picture_its_own_split_and_name_the_unlabelled(tmp_path: Path) -> None:
    """``trainval`` names what ``train`` and ``val`` name, in one more list."""
    formats.write(one(Mark(id="1", geometry=ROSETTA, label="车"), name="a.png"), tmp_path / "v", "voc")
    text = (tmp_path / "v/Annotations/a.xml").read_text("utf-8")
    for stem in "bc":
        (tmp_path / f"v/Annotations/{stem}.xml").write_text(text.replace("a.png", f"{stem}.png"), "utf-8")
    lists = tmp_path / "v/ImageSets/Main"
    (lists / "default.txt").unlink()
    for name, lines in (("train", "a"), ("val", "b"), ("trainval", "a b d"), ("test", "c")):
        (lists / f"{name}.txt").write_text("\n".join(lines.split()) + "\n")
    (lists / "车_trainval.txt").write_text("a  1\nb -1\n", "utf-8")
    dataset = formats.read(tmp_path / "v")
    assert [(b.item.name, b.item.split, b.item.status, len(b.marks)) for b in dataset] == [
        ("a.png", "train", "done", 1),
        ("b.png", "val", "done", 1),
        ("c.png", "test", "done", 1),
        ("d.jpg", "trainval", "unseen", 0),
    ]
    assert dataset.count == 4
    report = formats.write(dataset, tmp_path / "out", "voc")
    assert (report.items, {x.code: x.count for x in report.losses}["not_done_skipped"]) == (3, 1)
