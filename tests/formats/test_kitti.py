"""KITTI in the picture and in space."""

from __future__ import annotations

import math
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from roundtrip import ALL, boxes, check, datasets, polygons, samples
from scipy.spatial.transform import Rotation

from doujia import formats
from doujia.errors import LossRefused
from doujia.formats import MemoryDataset, WriteOptions
from doujia.formats.kitti import HOLDS_2D, camera_box, lidar_box
from doujia.marks import At, Box, Cuboid3D, ImageMedia, Item, ItemMarks, LabelClass, Mark, PointsMedia, Schema

SAMPLES = samples("other_tools", "kitti_dataset", "kitti_detection")
AXES = np.array([[0, -1, 0, 0], [0, 0, -1, 0], [1, 0, 0, 0], [0, 0, 0, 1.0]])
CALIB = """P2: 700 0 320 0 0 700 240 0 0 0 1 0
R0_rect: 1 0 0 0 1 0 0 0 1
Tr_velo_to_cam: 0 -1 0 0 0 0 -1 0 1 0 0 -0.5
"""


def put(tmp_path, rows, calib=CALIB):
    for folder in ("label_2", "calib"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "label_2" / "000001.txt").write_text(rows, "utf-8")
    (tmp_path / "calib" / "000001.txt").write_text(calib, "utf-8")
    return tmp_path


def test_a_box_in_space_by_hand(tmp_path):
    # camera: 20 m ahead, 2 m to the right, its bottom 1.6 m below; ry = -pi/2 looks along z, which is the LiDAR's x
    rows = "Car 0.00 0 -1.67 1 2 3 4 1.5 1.6 4.0 2.0 1.6 20.0 -1.5707963267948966\n"
    (bundle,) = formats.read(put(tmp_path, rows), "kitti-3d")
    space, flat = bundle.marks
    # centre: x = 20 + 0.5, y = -2, z = -(1.6 - 0.75); yaw 0
    assert space.geometry.centre == pytest.approx((20.5, -2.0, -0.85))
    assert space.geometry.size == (4.0, 1.6, 1.5)
    assert space.geometry.q == pytest.approx((1, 0, 0, 0), abs=1e-12)
    assert (flat.geometry, flat.at, flat.group) == (Box(1, 2, 3, 4), At(sensor="image_2"), space.group)
    camera = bundle.item.media.sensors[1]
    assert camera.intrinsic == [700, 0, 320, 0, 700, 240, 0, 0, 1]
    assert np.array(camera.sensor_to_ego).reshape(4, 4) @ [0, 0, 0, 1] == pytest.approx([0.5, 0, 0, 1])


def test_the_conversion_turns_back_for_any_calibration():
    rng = np.random.default_rng(3)
    for _ in range(50):
        small = np.eye(4)
        small[:3, :3] = Rotation.from_rotvec(rng.normal(0, 0.01, 3)).as_matrix()
        small[:3, 3] = rng.normal(0, 0.3, 3)
        line = [1.5, 1.6, 4.0, *rng.normal(0, 20, 3).tolist(), float(rng.uniform(-3, 3))]
        again = camera_box(lidar_box(line, small @ AXES), small @ AXES)
        assert again[:6] == pytest.approx(line[:6], abs=1e-9)
        assert abs(again[6] - line[6]) < 2e-3  # tilt of the camera beyond the yaw


def test_short_form_of_the_yaw():
    for ry in (-1.56, 0.0, 1.0, 3.0):
        q = lidar_box([1, 1, 1, 0, 0, 5, ry], AXES).q
        yaw = 2 * math.atan2(q[3], q[0])
        assert math.cos(yaw - (-ry - math.pi / 2)) == pytest.approx(1)


def test_space_round_trip_and_the_hull_where_no_box_was_drawn(tmp_path):
    media = PointsMedia(points=1)
    cuboid = Cuboid3D((20.0, 1.0, 0.5), (4.0, 2.0, 1.5), (math.cos(0.2), 0, 0, math.sin(0.2)))
    marks = [
        Mark(id="1", label="Car", geometry=cuboid, group="1"),
        Mark(id="1b", label="Car", geometry=Box(1, 2, 3, 4), at=At(sensor="image_2"), group="1"),
        Mark(id="2", label="Van", geometry=cuboid, flags=["occluded"], score=0.5),
        Mark(id="3", geometry=Box(5, 6, 7, 8), at=At(sensor="image_2"), flags=["ignore"]),
    ]
    dataset = MemoryDataset(
        Schema(classes=[LabelClass(id=n, name=n) for n in ("Car", "Van")]),
        [ItemMarks(Item(id="a/1.bin", name="a/1.bin", media=media), marks)],
    )
    formats.write(dataset, tmp_path / "k", "kitti-3d", ALL)
    dataset = formats.read(tmp_path / "k", "kitti-3d")
    (back,) = dataset
    assert not list(dataset.problems)
    car, drawn, van, hull, ignored = back.marks
    for m in (car, van):
        assert np.allclose(m.geometry.centre, cuboid.centre) and np.allclose(m.geometry.q, cuboid.q)
        assert m.geometry.size == cuboid.size
    assert drawn.geometry == Box(1, 2, 3, 4)
    assert (van.flags, van.score) == (["occluded"], 0.5)
    assert (ignored.geometry, ignored.flags, ignored.label) == (Box(5, 6, 7, 8), ["ignore"], None)
    # the written calibration is the plain axes with P2 = identity: u = -y/x, v = -z/x over the corners
    assert hull.geometry.x0 < -1 / 20 < hull.geometry.x1 and hull.geometry.y0 < -0.5 / 20 < hull.geometry.y1


def test_a_cuboid_in_another_frame_stops(tmp_path):
    cuboid = Cuboid3D((1, 2, 3), (1, 1, 1), frame="world")
    item = ItemMarks(Item(id="a", media=PointsMedia()), [Mark(id="1", label="Car", geometry=cuboid)])
    with pytest.raises(LossRefused) as caught:
        formats.write(MemoryDataset(Schema(), [item]), tmp_path / "k", "kitti-3d")
    assert "geometry_dropped" in {x.code for x in caught.value.report.losses}


@given(dataset=datasets(boxes, labels=("Car", "行人")))
@settings(max_examples=30, deadline=None)
def test_boxes_round_trip(dataset):
    for bundle in dataset:
        for m in bundle.marks:
            if "ignore" in m.flags:
                m.label, m.flags = None, ["ignore"]
    with tempfile.TemporaryDirectory() as folder:
        for b in dataset:
            b.item.name = b.item.name.replace(".jpg", ".png")
        check("kitti", dataset, Path(folder) / "k", HOLDS_2D, ordered=False)


def test_rosetta_box_and_reduction(tmp_path):
    item = Item(id="r.png", name="r.png", media=ImageMedia(width=640, height=480))
    mark = Mark(id="1", label="car", geometry=Box(100, 120, 300, 360))
    dataset = MemoryDataset(Schema(classes=[LabelClass(id="car", name="car")]), [ItemMarks(item, [mark])])
    formats.write(dataset, tmp_path / "k", "kitti", WriteOptions())
    row = (tmp_path / "k" / "label_2" / "r.txt").read_text().split()
    assert row[:8] == ["car", "0.00", "0", "-10.00", "100.00", "120.00", "300.00", "360.00"]
    assert row[8:] == ["-1.00"] * 3 + ["-1000.00"] * 3 + ["-10.00"]


@given(geometry=polygons)
@settings(max_examples=5, deadline=None)
def test_polygons_stop_and_become_boxes_when_allowed(geometry):
    item = ItemMarks(Item(id="r.png", name="r.png"), [Mark(id="1", label="car", geometry=geometry)])
    dataset = MemoryDataset(Schema(), [item])
    with tempfile.TemporaryDirectory() as folder:
        with pytest.raises(LossRefused):
            formats.write(dataset, Path(folder) / "k", "kitti")
        formats.write(
            dataset, Path(folder) / "k", "kitti", WriteOptions(allow_loss=frozenset({"geometry_reduced"}))
        )
        (back,) = formats.read(Path(folder) / "k")
        xy = geometry.parts[0].outer
        assert back.marks[0].geometry == Box(min(xy[::2]), min(xy[1::2]), max(xy[::2]), max(xy[1::2]))


@pytest.mark.parametrize(
    "text", ["Car 1 2 3", "Car 0 0 0 1 2 3 x 1 1 1 1 1 1 1", "Car 0 0 0 nan 2 3 4 1 1 1 1 1 1 1"]
)
def test_broken_lines_are_named(text, tmp_path):
    good = "Car 0.00 0 -10 1 2 3 4 -1 -1 -1 -1000 -1000 -1000 -10"
    dataset = formats.read(put(tmp_path, f"{good}\n{text}\n{good}\n"), "kitti")
    (bundle,) = dataset
    assert [m.id for m in bundle.marks] == ["1", "2"]
    (problem,) = dataset.problems
    assert (problem.code, problem.line) == ("line_malformed", 2)


@pytest.mark.parametrize(
    ("calib", "code"),
    [
        (CALIB.replace("R0_rect: 1", "R0_rect: 2"), "rotation_bad"),
        (CALIB.replace("Tr_velo_to_cam: 0 -1", "Tr_velo_to_cam: 0 1"), "rotation_bad"),
        (CALIB.replace("R0_rect", "R0"), "calibration_bad"),
        (CALIB.replace("700", "x"), "number_bad"),
    ],
    ids=["scaled", "mirrored", "missing", "text"],
)
def test_calibrations_that_are_none_are_named(calib, code, tmp_path):
    dataset = formats.read(put(tmp_path, "", calib), "kitti-3d")
    assert list(dataset) == []
    assert [p.code for p in dataset.problems] == [code]


def test_an_empty_file_is_a_true_negative_and_the_folder_is_recognised(tmp_path):
    put(tmp_path, "")
    assert formats.sniff(tmp_path)[0][0] == "kitti-3d"
    (bundle,) = formats.read(tmp_path, "kitti")
    assert (bundle.marks, bundle.item.status, bundle.item.name) == ([], "done", "000001.png")


@pytest.mark.skipif(SAMPLES is None, reason="sample files of other tools are not here")
def test_files_of_another_tool():
    first, second = formats.read(SAMPLES, "kitti")
    truck = first.marks[0]
    assert (truck.label, truck.geometry, truck.flags) == ("Truck", Box(0, 1, 2, 3), ["truncated"])
    assert first.item.name == "000030_10.png"
    assert len(first.marks) + len(second.marks) == 5
