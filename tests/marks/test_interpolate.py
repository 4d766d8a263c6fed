"""The rule of track interpolation, against the vectors that the browser side passes too."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

from doujia.errors import InputError
from doujia.marks import (
    Box,
    Cuboid2D,
    Cuboid3D,
    Ellipse,
    Keyframe,
    Keypoints,
    Mask,
    Points,
    Polygon,
    PolygonPart,
    Polyline,
    RotatedBox,
    Track,
)
from doujia.marks.interpolate import between, expand, ordered_keyframes, slerp, state_at, visible_runs

GOLDEN = json.loads((Path(__file__).parent.parent / "golden" / "interpolation.json").read_text("utf-8"))


def degrees_apart(a: float, b: float) -> float:
    return abs((a - b + 180) % 360 - 180)


def flat(pairs):
    return [float(c) for p in pairs for c in p]


def shoelace(xy):
    x, y = np.array(xy[::2]), np.array(xy[1::2])
    return abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2


def geometry(kind, key):
    if kind == "box":
        return Box(*map(float, key["xyxy"]))
    if kind == "points":
        return Points(key["xy"])
    if kind == "keypoints":
        return Keypoints(key["xy"], key["v"])
    if kind == "ellipse":
        return Ellipse(*key["ellipse"], math.radians(key["angle_deg"]))
    if kind == "cuboid2":
        return Cuboid2D(key["front"], key["back"])
    return Mask(tuple(key["size"]), key["counts"])


def numbers(g):
    if isinstance(g, Box):
        return [g.x0, g.y0, g.x1, g.y1]
    if isinstance(g, Points | Keypoints):
        return g.xy
    if isinstance(g, Ellipse):
        return [g.cx, g.cy, g.rx, g.ry]
    if isinstance(g, Cuboid2D):
        return g.front + g.back
    return g.counts


def track_of(case):
    return Track(
        [
            Keyframe(
                k["t"],
                geometry(case.get("kind", "box"), k),
                k.get("outside", False),
                k.get("occluded", False),
                k.get("hold", False),
                k.get("attrs", {}),
            )
            for k in case["keyframes"]
        ]
    )


@pytest.mark.parametrize("case", GOLDEN["rotation"], ids=lambda c: f"{c['a']} to {c['b']}")
def test_rotated_box_turns_the_short_way_and_half_turns_positive(case):
    keys = [
        Keyframe(t, RotatedBox(0, 0, 4, 2, math.radians(case[k]))) for t, k in ((0, "a"), (case["n"], "b"))
    ]
    for t, expected in enumerate(case["r"]):
        state = state_at(Track(keys), t)
        assert degrees_apart(math.degrees(state.geometry.angle), expected) < 1e-9


@pytest.mark.parametrize("case", GOLDEN["yaw3d_deg"], ids=lambda c: f"{c['a']} to {c['b']}")
def test_yaw_in_space_takes_the_short_way(case):
    def cuboid(yaw):
        half = math.radians(yaw) / 2
        return Cuboid3D((0, 0, 0), (4, 2, 1.5), (math.cos(half), 0, 0, math.sin(half)))

    track = Track([Keyframe(0, cuboid(case["a"])), Keyframe(case["n"], cuboid(case["b"]))])
    for t, expected in enumerate(case["r"]):
        w, x, y, z = state_at(track, t).geometry.q
        assert (x, y) == (0, 0)
        assert degrees_apart(math.degrees(2 * math.atan2(z, w)), expected) < 1e-7
        assert math.hypot(w, z) == pytest.approx(1)


@pytest.mark.parametrize("case", GOLDEN["polygon_mid"], ids=lambda c: c["name"])
def test_polygons_half_way(case):
    left, right = (Polygon([PolygonPart(flat(case[k]))]) for k in "LR")
    ring = between(left, right, 0.5).parts[0].outer
    if "mid" in case:
        assert ring == pytest.approx(flat(case["mid"]))
    else:
        assert len(ring) == 2 * case["n_points"]
        assert shoelace(ring) == pytest.approx(case["area"], abs=case.get("tol", 1e-9))


def test_one_dragged_vertex_of_a_12_gon_keeps_12_vertices():
    angles = np.arange(12) * math.pi / 6
    left = np.stack([100 * np.cos(angles), 100 * np.sin(angles)], axis=1)
    right = left.copy()
    right[3] = (300, 300)
    g = between(
        Polygon([PolygonPart(left.ravel().tolist())]), Polygon([PolygonPart(right.ravel().tolist())]), 0.5
    )
    # 12-gon r=100 has area 30 000; moving vertex 3 from (0,100) by (150,100) adds half the cross product with the
    # chord of its neighbours (-50,86.6)-(50,86.6): |(-100, 0) x (150, 100)| / 2 = 5 000
    assert len(g.parts[0].outer) == 24
    assert shoelace(g.parts[0].outer) == pytest.approx(35_000)


@pytest.mark.parametrize("case", GOLDEN["polyline_mid"], ids=lambda c: c["name"])
def test_polylines_half_way(case):
    g = between(Polyline(flat(case["L"])), Polyline(flat(case["R"])), 0.5)
    assert g.xy == pytest.approx(flat(case["mid"]))


@pytest.mark.parametrize("case", GOLDEN["tracks"], ids=lambda c: c["name"])
def test_tracks(case):
    track, last, deleted = track_of(case), case["last"], case.get("deleted", [])
    expanded = {s.t: s for s in expand(track, last, deleted=deleted)}
    for frame, expected in case["frames"].items():
        t = int(frame)
        state = state_at(track, t, last=last, deleted=deleted)
        assert state == expanded.get(t), "one frame and all frames agree"
        if expected is None:
            assert state is None
            continue
        got = numbers(state.geometry)
        assert got == expected if isinstance(expected, str) else got == pytest.approx(expected)
    for frame, expected in case.get("occluded", {}).items():
        assert expanded[int(frame)].occluded is expected
    for frame, expected in case.get("attrs", {}).items():
        assert expanded[int(frame)].attrs == expected
    for frame, expected in case.get("v", {}).items():
        assert expanded[int(frame)].geometry.v == expected
    for frame, expected in case.get("angle_deg", {}).items():
        assert degrees_apart(math.degrees(expanded[int(frame)].geometry.angle), expected) < 1e-9
    assert visible_runs(track, last, deleted=deleted) == [tuple(r) for r in case["runs"]]


@pytest.mark.parametrize("case", GOLDEN["conflicts"], ids=lambda c: c["name"])
def test_conflicting_keyframes_are_named(case):
    with pytest.raises(InputError) as caught:
        ordered_keyframes(track_of(case))
    assert caught.value.code == case["code"]
    assert caught.value.details["frame"] == case["frame"]


def test_polygon_that_gains_a_part_or_hole_stays_until_the_keyframe():
    square = PolygonPart([0, 0, 10, 0, 10, 10, 0, 10])
    holed = PolygonPart(square.outer, [[2, 2, 4, 2, 4, 4]])
    assert between(Polygon([square]), Polygon([square, square]), 0.5) == Polygon([square])
    assert between(Polygon([square]), Polygon([holed]), 0.5) == Polygon([square])


def test_slerp_agrees_with_scipy():
    from scipy.spatial.transform import Rotation, Slerp

    rng = np.random.default_rng(7)
    for _ in range(50):
        a, b = Rotation.random(2, rng=rng)
        s = float(rng.random())
        expected = Slerp([0, 1], Rotation.concatenate([a, b]))([s])[0]
        got = slerp(tuple(np.roll(a.as_quat(), 1)), tuple(np.roll(b.as_quat(), 1)), s)
        assert (Rotation.from_quat(np.roll(got, -1)) * expected.inv()).magnitude() < 1e-7


def test_slerp_of_a_zero_quaternion_is_refused():
    with pytest.raises(InputError) as caught:
        slerp((0, 0, 0, 0), (1, 0, 0, 0), 0.5)
    assert caught.value.code == "quaternion_zero"
