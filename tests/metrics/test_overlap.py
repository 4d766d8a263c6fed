"""IoU and boundaries against shapely, pycocotools and hand calculation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pycocotools import mask as coco
from shapely import affinity
from shapely.geometry import box as rectangle

from doujia.errors import InputError
from doujia.marks import Box, Cuboid3D, Ellipse, Interval, Mask, Points, Polygon, PolygonPart, RotatedBox, rle
from doujia.metrics import bev_iou, boundary_f, box_ious, cuboid_iou, interval_iou, iou, mask_iou, rotated_iou

coordinate = st.floats(0, 500)
side = st.floats(1, 300)


@given(
    st.lists(st.tuples(coordinate, coordinate, side, side), min_size=1, max_size=6),
    st.lists(st.booleans(), min_size=6, max_size=6),
)
def test_boxes_agree_with_pycocotools(rows: list[tuple[float, ...]], crowds: list[bool]) -> None:
    ours = np.array([[x, y, x + w, y + h] for x, y, w, h in rows])
    theirs = [list(r) for r in rows]
    ignore = np.array(crowds[: len(rows)])
    expected = coco.iou(theirs, theirs, [int(c) for c in ignore])
    assert box_ious(ours, ours, ignore=ignore) == pytest.approx(expected, abs=1e-9)


def test_empty_sets_of_boxes() -> None:
    assert box_ious(np.zeros((0, 4)), np.ones((3, 4))).shape == (0, 3)


turned = st.builds(RotatedBox, cx=coordinate, cy=coordinate, w=side, h=side, angle=st.floats(-7, 7))


def _shapely(b: RotatedBox):  # type: ignore[no-untyped-def]
    flat = rectangle(b.cx - b.w / 2, b.cy - b.h / 2, b.cx + b.w / 2, b.cy + b.h / 2)
    return affinity.rotate(flat, b.angle, origin=(b.cx, b.cy), use_radians=True)


@given(turned, turned)
def test_turned_boxes_agree_with_shapely(a: RotatedBox, b: RotatedBox) -> None:
    left, right = _shapely(a), _shapely(b)
    expected = left.intersection(right).area / left.union(right).area
    assert rotated_iou(a, b) == pytest.approx(expected, abs=1e-6)


def test_a_box_turned_by_45_degrees_in_itself() -> None:
    # The octagon common to a unit square and itself turned by 45° has area 2(√2 - 1).
    common = 2 * (math.sqrt(2) - 1)
    assert rotated_iou(RotatedBox(0, 0, 1, 1, 0), RotatedBox(0, 0, 1, 1, math.pi / 4)) == pytest.approx(
        common / (2 - common)
    )


def test_cuboids_by_hand() -> None:
    a = Cuboid3D((0, 0, 0), (4, 2, 2))
    assert cuboid_iou(a, Cuboid3D((1, 0, 0), (4, 2, 2))) == pytest.approx(12 / 20)
    assert cuboid_iou(a, Cuboid3D((0, 0, 1), (4, 2, 2))) == pytest.approx(8 / 24)
    half = math.sqrt(0.5)
    turned_90 = Cuboid3D((0, 0, 0), (4, 2, 2), (half, 0, 0, half))
    assert bev_iou(a, turned_90) == pytest.approx(4 / 12)
    with pytest.raises(InputError, match="frames"):
        cuboid_iou(a, Cuboid3D((0, 0, 0), (4, 2, 2), frame="world"))


def test_masks_agree_with_pycocotools() -> None:
    rng = np.random.default_rng(7)
    for _ in range(30):
        a, b = rng.random((2, 23, 31)) < rng.random()
        expected = coco.iou(
            [coco.encode(np.asfortranarray(a.astype(np.uint8)))],
            [coco.encode(np.asfortranarray(b.astype(np.uint8)))],
            [0],
        )[0][0]
        assert mask_iou(rle.encode(a), rle.encode(b)) == pytest.approx(expected)


def test_a_polygon_with_a_hole_against_its_outline() -> None:
    outline = [10.0, 10, 30, 10, 30, 30, 10, 30]
    ring = Polygon([PolygonPart(outline, [[15, 15, 25, 15, 25, 25, 15, 25]])])
    assert iou(ring, Polygon([PolygonPart(outline)])) == pytest.approx(300 / 400)
    assert iou(ring, Box(10, 10, 30, 30)) == pytest.approx(300 / 400)


def test_an_ellipse_in_its_box_covers_a_quarter_of_pi() -> None:
    assert iou(Ellipse(100, 100, 80, 40), Box(20, 60, 180, 140)) == pytest.approx(math.pi / 4, abs=0.01)


def test_what_covers_nothing_is_refused() -> None:
    with pytest.raises(InputError) as told:
        iou(Points([1, 2]), Box(0, 0, 1, 1))
    assert told.value.code == "iou_undefined"


def test_intervals_by_hand() -> None:
    assert interval_iou(Interval(0, 100), Interval(50, 150)) == pytest.approx(50 / 150)
    assert interval_iou(Interval(0, 100, channel=0), Interval(0, 100, channel=1)) == 0.0


def _square(x: int, y: int, n: int) -> Mask:
    pixels = np.zeros((100, 100), bool)
    pixels[y : y + n, x : x + n] = True
    return rle.encode(pixels)


def test_boundaries() -> None:
    assert boundary_f(_square(20, 20, 40), _square(20, 20, 40)) == 1.0
    assert boundary_f(_square(20, 20, 40), _square(21, 20, 40), tolerance=2) == 1.0
    assert boundary_f(_square(5, 5, 20), _square(70, 70, 20), tolerance=2) == 0.0
    assert boundary_f(rle.encode(np.zeros((9, 9), bool)), rle.encode(np.zeros((9, 9), bool))) == 1.0
