"""Plane geometry against hand calculations, shapely and pycocotools."""

from __future__ import annotations

import math

import numpy as np
import pytest
import shapely
from pycocotools import mask as coco

from doujia.errors import InputError
from doujia.marks import (
    Box,
    Cuboid2D,
    Ellipse,
    Keyframe,
    Keypoints,
    Mask,
    Nothing,
    Points,
    Polygon,
    PolygonPart,
    Polyline,
    RotatedBox,
    Track,
    raster,
    rle,
    shapes,
)  # fmt: skip

SQUARE = [2, 3, 7, 3, 7, 9, 2, 9]


@pytest.mark.parametrize(
    ("geometry", "bounds", "area"),
    [
        (Box(1, 2, 4, 8), (1, 2, 4, 8), 18),
        (Polygon([PolygonPart(SQUARE)]), (2, 3, 7, 9), 30),
        (Polygon([PolygonPart(SQUARE, [[3, 4, 5, 4, 5, 6, 3, 6]])]), (2, 3, 7, 9), 26),
        (Polygon([PolygonPart(SQUARE), PolygonPart([10, 0, 12, 0, 12, 2])]), (2, 0, 12, 9), 32),
        (RotatedBox(10, 10, 4, 2, math.pi / 2), (9, 8, 11, 12), 8),
        (Ellipse(5, 6, 3, 2, 0), (2, 4, 8, 8), 6 * math.pi),
        (Polyline([0, 5, 3, 1]), (0, 1, 3, 5), 0),
        (Points([4, 4]), (4, 4, 4, 4), 0),
        (Keypoints([0, 0, 5, 6, 7, 8], [0, 1, 2]), (5, 6, 7, 8), 0),
        (Keypoints([0, 0], [0]), None, 0),
        (Cuboid2D([0, 0, 2, 0, 2, 2, 0, 2], [1, -1, 3, -1, 3, 1, 1, 1]), (0, -1, 3, 2), 0),
        (Mask((3, 4), "421O3"), (1, 1, 3, 3), 3),
        (Track([Keyframe(0, Box(0, 0, 1, 1)), Keyframe(3, Box(4, 4, 6, 6)),
                Keyframe(9, Box(0, 0, 99, 99), outside=True)]), (0, 0, 6, 6), 0),
        (Nothing(), None, 0),
    ],
    ids=lambda v: type(v).__name__ if hasattr(v, "__struct_fields__") else "",
)  # fmt: skip
def test_bounds_and_area(geometry: object, bounds: object, area: float) -> None:
    found = shapes.bounds(geometry)
    assert found == (None if bounds is None else pytest.approx(bounds))
    assert shapes.area(geometry) == pytest.approx(area)


def test_label_studio_golden_corners_of_a_rotated_box() -> None:
    # 1280x720, x 25 % y 50 % w 10 % h 20 % turned 30 degrees about its top-left corner: corners and centre
    box = RotatedBox(339.4256258422, 454.3538290725, 128, 144, math.radians(30))
    expected = [320, 360, 430.8513, 424, 358.8513, 548.7077, 248, 484.7077]
    assert shapes.corners(box) == pytest.approx(expected, abs=1e-3)
    back, residual = shapes.rotated_from_corners(expected)
    assert (back.cx, back.cy, back.w, back.h) == pytest.approx((339.4256, 454.3538, 128, 144), abs=1e-3)
    assert residual < 1e-3


def test_four_points_that_are_no_rectangle_have_a_residual() -> None:
    _, residual = shapes.rotated_from_corners([0, 0, 10, 0, 14, 10, 0, 10])
    assert residual > 0.5
    with pytest.raises(InputError):
        shapes.rotated_from_corners([0, 0, 1, 1])


def test_areas_of_many_rings_agree_with_shapely() -> None:
    rng = np.random.default_rng(1)
    rings = []
    for _ in range(200):
        n = int(rng.integers(3, 30))
        t = np.sort(rng.random(n)) * 2 * np.pi
        r = rng.uniform(5, 50, n)
        rings.append(np.stack((3000 + r * np.cos(t), 2000 + r * np.sin(t)), 1).ravel().tolist())
    expected = [shapely.Polygon(np.reshape(r, (-1, 2))).area for r in rings]
    assert shapes.polygon_areas(rings) == pytest.approx(expected)
    assert [shapes.ring_area(r) for r in rings] == pytest.approx(expected)


def test_clipping_convex_rings_agrees_with_shapely() -> None:
    rng = np.random.default_rng(2)
    frame = shapely.box(0, 0, 100, 80)
    for _ in range(200):
        cloud = shapely.MultiPoint(rng.uniform(-60, 160, (8, 2))).convex_hull
        ring = np.array(cloud.exterior.coords)[:-1].ravel().tolist()
        clipped = shapes.clip_ring(ring, 0, 0, 100, 80)
        assert (shapes.ring_area(clipped) if clipped else 0) == pytest.approx(cloud.intersection(frame).area)


def test_an_ellipse_ring_stays_within_its_tolerance() -> None:
    ring = np.reshape(shapes.ellipse_ring(Ellipse(50, 40, 30, 30, 0.3), 0.25), (-1, 2))
    middle = (ring + np.roll(ring, -1, axis=0)) / 2 - (50, 40)
    assert np.all(30 - np.hypot(*middle.T) <= 0.25)


def test_rings_of_random_polygons_fill_the_same_pixels_as_pycocotools() -> None:
    rng = np.random.default_rng(3)
    for k in range(400):
        n = int(rng.integers(3, 25))
        ring = rng.uniform(-20, 120, 2 * n)
        if k % 3 == 0:
            ring = np.round(ring)
        h, w = int(rng.integers(1, 100)), int(rng.integers(1, 100))
        theirs = coco.frPyObjects([ring.tolist()], h, w)[0]
        assert raster.mask_of_ring(ring.tolist(), h, w).counts == theirs["counts"].decode()


def test_holes_are_cut_out() -> None:
    polygon = Polygon([PolygonPart([0, 0, 10, 0, 10, 10, 0, 10], [[2, 2, 5, 2, 5, 4, 2, 4]])])
    pixels = rle.decode(raster.mask_of(polygon, 12, 12))
    assert pixels.sum() == 100 - 6
    assert not pixels[2:4, 2:5].any()


def test_outlines_of_masks_give_the_mask_back_and_hold_the_area() -> None:
    rng = np.random.default_rng(4)
    for k in range(200):
        h, w = int(rng.integers(1, 24)), int(rng.integers(1, 24))
        mask = rle.encode(rng.random((h, w)) < (0.1, 0.5, 0.9)[k % 3])
        polygon = raster.polygon_of(mask)
        assert shapes.area(polygon) == rle.area(mask)
        if polygon.parts:
            assert raster.mask_of(polygon, h, w) == mask
            pieces = shapely.union_all(
                [
                    shapely.Polygon(np.reshape(p.outer, (-1, 2)), [np.reshape(x, (-1, 2)) for x in p.holes])
                    for p in polygon.parts
                ]
            )
            assert pieces.area == rle.area(mask)  # no part overlaps another


def test_a_ring_shaped_mask_is_one_part_with_one_hole() -> None:
    pixels = np.zeros((7, 8), bool)
    pixels[1:6, 1:7] = True
    pixels[2:4, 3:5] = False
    polygon = raster.polygon_of(rle.encode(pixels))
    assert polygon == Polygon([PolygonPart([1, 1, 7, 1, 7, 6, 1, 6], [[3, 2, 5, 2, 5, 4, 3, 4]])])


def test_limbs_join_only_labelled_points() -> None:
    keypoints = Keypoints([0, 0, 5, 5, 9, 9], [2, 1, 0])
    assert shapes.limbs(keypoints, [(0, 1), (1, 2)]).tolist() == [[0, 0, 5, 5]]
