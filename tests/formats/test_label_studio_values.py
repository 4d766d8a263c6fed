"""Label Studio: golden values of the reference, masks, times, the configuration."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from label_studio_tasks import CONFIG

from doujia import formats
from doujia.errors import InputError
from doujia.formats import MemoryDataset, WriteOptions
from doujia.formats.label_studio import brush, config_of, schema_from_config
from doujia.formats.label_studio.values import image_geometry, image_value, sample_of
from doujia.marks import (
    Box,
    ImageMedia,
    Item,
    ItemMarks,
    LabelClass,
    Mark,
    RotatedBox,
    Schema,
    rle,
)
from doujia.marks.shapes import corners


def test_golden_rotated_rectangle():
    value = {"x": 25, "y": 50, "width": 10, "height": 20, "rotation": 30}
    geometry = image_geometry("rectangle", value, (1280, 720))
    assert (geometry.cx, geometry.cy) == pytest.approx((339.4256, 454.3538), abs=1e-4)
    expected = [320, 360, 430.8513, 424, 358.8513, 548.7077, 248, 484.7077]
    assert corners(geometry) == pytest.approx(expected, abs=1e-4)
    kind, again = image_value(geometry, (1280, 720))
    assert kind == "rectangle" and again == pytest.approx(value)


def test_golden_brush_mask():
    pixels = np.array([[0, 1, 0], [0, 1, 0]])
    packed = [0, 0, 0, 24, 57, 27, 252, 96, 17, 255, 206, 1, 31, 252, 96, 0]
    assert brush.pack(rle.encode(pixels)) == packed
    assert (rle.decode(brush.unpack(packed, 3, 2)) == pixels).all()


def test_brush_of_a_disc_comes_back_and_is_small():
    y, x = np.mgrid[:120, :160]
    disc = rle.encode((x - 80) ** 2 + (y - 60) ** 2 < 40**2)
    assert len(brush.pack(disc)) < 120 * 160 / 32
    assert brush.unpack(brush.pack(disc), 160, 120) == disc


@pytest.mark.parametrize("data", [[], [0, 0, 0], [0, 0, 0, 24, 57, 27], [0, 0, 0, 99], [300], "x"])
def test_broken_brush_masks_are_refused(data):
    with pytest.raises(InputError) as caught:
        brush.unpack(data, 3, 2)
    assert caught.value.code == "brush_bad"


def test_rosetta_box(tmp_path):
    item = Item(id="1", name="r.png", media=ImageMedia(width=640, height=480))
    mark = Mark(id="1", label="car", geometry=Box(100, 120, 300, 360))
    dataset = MemoryDataset(Schema(classes=[LabelClass(id="car", name="car")]), [ItemMarks(item, [mark])])
    formats.write(dataset, tmp_path / "t.json", "label-studio", WriteOptions(strict=True))
    (written,) = json.loads((tmp_path / "t.json").read_text("utf-8"))
    value = written["annotations"][0]["result"][0]["value"]
    assert value == {
        "x": 15.625,
        "y": 25,
        "width": 31.25,
        "height": 50,
        "rotation": 0,
        "rectanglelabels": ["car"],
    }
    assert written["data"] == {"image": "r.png"}


def test_seconds_become_samples_by_decimal_half_up():
    assert sample_of(1.005, 44_100) == 44_321


def test_configuration_becomes_a_schema_and_is_kept():
    schema = schema_from_config(CONFIG)
    assert [(c.id, c.kinds, c.colour, c.key) for c in schema.classes] == [
        ("Car", ["box", "obox"], "#ff0000", "1"),
        ("车", ["box", "obox"], None, None),
        ("Road", ["mask"], None, None),
    ]
    by_id = {a.id: a for a in schema.attributes}
    assert (by_id["weather"].type, by_id["weather"].values, by_id["weather"].scope) == (
        "choice",
        ["sun", "rain"],
        "item",
    )
    assert by_id["weather"].required
    assert (by_id["parts"].type, by_id["parts"].scope) == ("choices", "mark")
    assert by_id["kind"].values == ["Animal", "Animal/Dog"]
    assert (by_id["count"].type, by_id["count"].min, by_id["count"].max) == ("int", 0, 9)
    assert (by_id["quality"].type, by_id["quality"].max) == ("int", 5)
    assert [r.id for r in schema.relations] == ["on"]
    assert config_of(schema, "image") == CONFIG


@pytest.mark.parametrize("medium", ["image", "video", "audio", "text", "conversation"])
def test_a_made_configuration_reads_back_as_the_same_schema(medium):
    kinds = {
        "image": ["box"],
        "video": ["track"],
        "audio": ["interval"],
        "text": ["span"],
        "conversation": ["span"],
    }
    schema = Schema(
        classes=[
            LabelClass(id="a&b", name="a&b", kinds=kinds[medium]),
            LabelClass(id="车", name="车", kinds=kinds[medium]),
        ]
    )
    again = schema_from_config(config_of(schema, medium))
    assert [c.id for c in again.classes] == ["a&b", "车"]
    assert all(kinds[medium][0] in c.kinds for c in again.classes)


def test_angles_keep_their_sense():
    for angle in (3.0, -3.0, math.pi / 2):
        kind, value = image_value(RotatedBox(50, 50, 20, 10, angle), (100, 100))
        assert image_geometry(kind, value, (100, 100)).angle == pytest.approx(angle)
