"""Fusing shapes: hand calculation, independent libraries (shapely), simulated annotators, and poor input."""

from __future__ import annotations

import math

import numpy as np
import pytest

from doujia.consensus.structured import (
    Boxes,
    Cuboids,
    Intervals,
    Landmarks,
    MarkConsensus,
    Masks,
    Medoid,
    Polygons,
    Polylines,
    Rankings,
    Ratings,
    RotatedBoxes,
    Tracks,
    biweight,
    circular_mean,
    fuse_pixels,
    geometric_median,
    match,
    partial_tau,
    weighted_median,
)
from doujia.consensus.structured.boxes import box_array, box_iou
from doujia.consensus.structured.regions import simplify
from doujia.errors import InputError
from doujia.marks import (
    Box,
    Cuboid3D,
    Interval,
    Keyframe,
    Keypoints,
    Mark,
    Mask,
    Points,
    Polygon,
    PolygonPart,
    Polyline,
    Ranking,
    Rating,
    RotatedBox,
    Track,
    rle,
)

ONES = np.ones(3)


def iou(a, b):
    return float(box_iou(box_array([a]), box_array([b]))[0, 0])


# ---- averages
def test_weighted_median_by_hand():
    values = np.array([[1.0], [2.0], [10.0]])
    assert weighted_median(values, np.array([1.0, 1.0, 1.0])).tolist() == [2.0]
    assert weighted_median(values, np.array([1.0, 1.0, 2.0])).tolist() == [
        6.0
    ]  # the weight splits evenly at 2 | 10
    assert weighted_median(values, np.array([5.0, 1.0, 1.0])).tolist() == [1.0]


def test_biweight_ignores_a_gross_error():
    values = np.array([[10.0], [10.5], [9.5], [10.2], [300.0]])
    assert abs(biweight(values, np.ones(5))[0] - 10.05) < 0.15


def test_geometric_median_of_a_triangle_is_its_fermat_point():
    triangle = np.array([[0.0, 0.0], [4.0, 0.0], [2.0, 2 * math.sqrt(3)]])
    assert geometric_median(triangle, ONES) == pytest.approx([2, 2 / math.sqrt(3)], abs=1e-4)


def test_circular_mean_crosses_the_seam():
    assert circular_mean(np.array([math.pi - 0.1, -math.pi + 0.1]), np.ones(2)) == pytest.approx(
        math.pi, abs=1e-9
    )
    assert abs(circular_mean(np.array([0.1, math.pi - 0.1]), np.ones(2), period=math.pi)) < 1e-9


# ---- matching
def test_matching_joins_people_not_shapes_of_one_person():
    boxes = [
        Box(0, 0, 10, 10),
        Box(1, 0, 11, 10),
        Box(0, 1, 10, 11),
        Box(50, 50, 60, 60),
        Box(51, 50, 61, 60),
    ]
    table = Boxes().similarity(boxes)
    assert match(table, ["a", "a", "b", "a", "b"], 0.4) == [[0, 2], [1], [3, 4]]
    assert match(table, ["b", "b", "a", "b", "a"], 0.4) == [[0, 2], [1], [3, 4]]


def test_matching_mends_a_greedy_choice():
    # a1-b1 is the best pair, but then a2 stays alone; together a1-b2 and a2-b1 are better
    table = np.eye(4)
    for i, j, s in [(0, 2, 0.80), (0, 3, 0.75), (1, 2, 0.75)]:
        table[i, j] = table[j, i] = s
    assert match(table, ["a", "a", "b", "b"], 0.5) == [[0, 3], [1, 2]]


# ---- boxes
def test_a_bad_annotator_never_becomes_the_output():
    truth = Box(100, 100, 200, 180)
    good = [Box(101, 99, 201, 181), Box(99, 101, 199, 179), Box(100, 100, 202, 180)]
    fused = Boxes().fuse([*good, Box(140, 120, 260, 230)], np.array([2.0, 2.0, 2.0, 2.0]))
    assert iou(fused, truth) > 0.96


def test_backward_and_empty_boxes_have_defined_similarity():
    same = Boxes().similarity([Box(10, 10, 0, 0), Box(0, 0, 10, 10), Box(3, 3, 3, 3), Box(3, 3, 3, 3)])
    assert same[0, 1] == 1.0 and same[2, 3] == 1.0 and same[0, 2] == 0.0


@pytest.mark.parametrize("angles", [(0.0, 0.4), (0.2, 1.2), (0.0, math.pi / 2), (3.0, -2.5)])
def test_rotated_overlap_equals_shapely(angles):
    from shapely import Polygon as Shape

    from doujia.marks import shapes

    boxes = [RotatedBox(50, 50, 40, 20, angles[0]), RotatedBox(55, 48, 30, 25, angles[1])]
    rings = [Shape(np.array(shapes.corners(b)).reshape(-1, 2)) for b in boxes]
    expected = rings[0].intersection(rings[1]).area / rings[0].union(rings[1]).area
    assert RotatedBoxes().similarity(boxes)[0, 1] == pytest.approx(expected, abs=1e-9)


def test_rotated_boxes_written_in_different_ways_are_one_box():
    boxes = [
        RotatedBox(50, 50, 40, 20, 0.30),
        RotatedBox(50, 50, 20, 40, 0.31 + math.pi / 2),
        RotatedBox(50, 50, 40, 20, 0.29 + math.pi),
    ]
    fused = RotatedBoxes().fuse(boxes, ONES)
    assert RotatedBoxes().similarity([fused, boxes[0]])[0, 1] > 0.98
    assert math.sin(2 * fused.angle) == pytest.approx(math.sin(0.6), abs=0.03)
    assert RotatedBoxes().errors(boxes, fused).max() < 0.5


def heading(yaw):
    return (math.cos(yaw / 2), 0.0, 0.0, math.sin(yaw / 2))


def test_cuboids_vote_front_and_back():
    rows = [Cuboid3D((10, 5, 1), (4, 2, 1.5), heading(yaw)) for yaw in (0.10, 0.14, 0.12 + math.pi)]
    fused = Cuboids().fuse(rows, np.full(3, 0.1))
    w, _, _, z = fused.q
    assert 2 * math.atan2(z, w) == pytest.approx(0.12, abs=1e-6)
    assert fused.centre == pytest.approx((10, 5, 1)) and fused.size == pytest.approx((4, 2, 1.5))
    # half the length apart: intersection 1/2, union 3/2
    a, b = Cuboid3D((0, 0, 0), (4, 2, 2), heading(0)), Cuboid3D((2, 0, 0), (4, 2, 2), heading(0))
    assert Cuboids().similarity([a, b])[0, 1] == pytest.approx(1 / 3)


# ---- regions
def disc(cx, cy, r, size=64):
    y, x = np.mgrid[:size, :size] + 0.5
    return (x - cx) ** 2 + (y - cy) ** 2 <= r * r


def test_masks_are_voted_and_a_spammer_is_outvoted():
    masks = np.stack([disc(30, 30, 14), disc(31, 30, 14), disc(30, 31, 14), np.ones((64, 64), dtype=bool)])
    fused = fuse_pixels(masks)
    assert (fused & disc(30, 30, 14)).sum() / (fused | disc(30, 30, 14)).sum() > 0.95
    coded = [rle.encode(m) for m in masks]
    kind = Masks()
    assert np.array_equal(rle.decode(kind.fuse(coded, np.full(4, 0.1))), fused)
    assert kind.similarity(coded)[0, 0] == 1.0


def test_empty_masks_agree_by_definition():
    empty = rle.encode(np.zeros((8, 8), dtype=bool))
    assert Masks().similarity([empty, empty])[0, 1] == 1.0
    assert rle.area(Masks().fuse([empty, empty, empty], ONES)) == 0


def ring(cx, cy, r, n=60):
    t = np.linspace(0, 2 * math.pi, n, endpoint=False)
    return [float(v) for v in np.column_stack([cx + r * np.cos(t), cy + r * np.sin(t)]).ravel()]


def test_polygons_keep_holes_and_parts():
    from shapely import Polygon as Shape

    shapes = []
    for d in (0.0, 0.8, -0.8):
        parts = [
            PolygonPart(ring(50 + d, 50, 30), [ring(50 + d, 50, 12)]),
            PolygonPart(ring(120, 50 + d, 15)),
        ]
        shapes.append(Polygon(parts))
    fused = Polygons().fuse(shapes, ONES)
    assert sorted(len(part.holes) for part in fused.parts) == [0, 1]
    got = sum(
        Shape(np.reshape(p.outer, (-1, 2)), [np.reshape(h, (-1, 2)) for h in p.holes]).area
        for p in fused.parts
    )
    assert got == pytest.approx(math.pi * (30**2 - 12**2 + 15**2), rel=0.015)
    assert max(len(part.outer) for part in fused.parts) < 160  # simplified, not a staircase


def test_polygons_that_cross_themselves_or_vanish_are_survived():
    bow = Polygon([PolygonPart([0, 0, 20, 20, 20, 0, 0, 20])])
    assert Polygons().fuse([bow, bow, bow], ONES).parts
    none = Polygon([])
    assert Polygons().similarity([none, none])[0, 1] == 1.0
    assert Polygons().fuse([none, none], np.ones(2)).parts == []


def test_simplify_stays_within_tolerance():
    line = np.column_stack([np.arange(100.0), 3 * np.sin(np.arange(100) / 10)])
    short = simplify(line, 0.5, closed=False)
    gap = np.abs(np.interp(line[:, 0], short[:, 0], short[:, 1]) - line[:, 1])
    assert len(short) < 25 and gap.max() <= 0.6


# ---- lines and points
def test_polylines_drawn_the_other_way_round_are_aligned():
    straight = Polyline([0, 0, 100, 0])
    fused = Polylines().fuse([straight, Polyline([100, 2, 0, 2]), Polyline([0, 1, 50, 1, 100, 1])], ONES)
    points = np.reshape(fused.xy, (-1, 2))
    assert np.allclose(points[:, 1], 1.0, atol=0.01) and len(points) == 2
    assert Polylines().similarity([straight, Polyline([100, 0, 0, 0])])[0, 1] == pytest.approx(1)


def test_landmarks_vote_visibility_and_undo_a_swap():
    truth = [10, 10, 90, 10, 50, 80]
    poses = [Keypoints(truth, [2, 2, 2]), Keypoints([11, 10, 89, 10, 50, 81], [2, 2, 1])]
    poses += [Keypoints([90, 11, 10, 11, 50, 79], [2, 2, 1]), Keypoints([10, 9, 90, 9, 0, 0], [2, 2, 0])]
    fused = Landmarks(swaps=[(0, 1)]).fuse(poses, np.ones(4))
    assert fused.v == [2, 2, 1]
    assert np.abs(np.array(fused.xy) - truth).max() < 1.5


def test_intervals_and_their_bands():
    rows = [Interval(1000, 5000, 0), Interval(1010, 5020, 0), Interval(990, 4990, 0), Interval(3000, 9000, 0)]
    fused = Intervals().fuse(rows, np.full(4, 20.0))
    assert abs(fused.start - 1000) < 15 and abs(fused.end - 5003) < 25 and fused.f0 is None
    assert Intervals().similarity([Interval(0, 10, 0), Interval(0, 10, 1)])[0, 1] == 0.0


def test_tracks_are_fused_frame_by_frame_and_keyed_anew():
    def track(dx, first=0):
        return Track([Keyframe(first, Box(dx, 0, 10 + dx, 10)), Keyframe(20, Box(100 + dx, 0, 110 + dx, 10)),
                      Keyframe(40, Box(100 + dx, 0, 110 + dx, 10), outside=True)])  # fmt: skip

    fused = Tracks(last=60).fuse([track(0), track(1), track(-1)], ONES)
    assert [k.t for k in fused.keyframes] == [0, 20, 39, 40]
    assert fused.keyframes[-1].outside
    assert Tracks(last=60).errors([track(0)], fused)[0] < 0.01
    assert Tracks(last=60).similarity([track(0), track(0)])[0, 1] == 1.0
    with pytest.raises(InputError):
        Tracks().fuse([Track([Keyframe(0, Points([1, 2]))])], np.ones(1))


# ---- whole answers
def test_rankings_by_borda_like_majority():
    orders = [[["a"], ["b"], ["c"]], [["a"], ["c"], ["b"]], [["b"], ["a"], ["c"]]]
    fused = Rankings().fuse([Ranking(o) for o in orders], ONES)
    assert fused.order == [["a"], ["b"], ["c"]]
    assert partial_tau([["a"], ["b"], ["c"]], [["c"], ["b"], ["a"]]) == -1.0
    assert partial_tau([["a", "b"]], [["a", "b"]]) == 1.0


def test_ratings_take_the_weighted_median():
    rows = [Rating(2), Rating(4), Rating(5)]
    assert Ratings().fuse(rows, ONES).value == 4
    assert Ratings().fuse(rows, np.array([0.1, 1.0, 1.0])).value == 2


# ---- the engine
def crowd_of_boxes(seed=0, items=40, sds=(2, 3, 4, 6, 10), bias=None):
    rng = np.random.default_rng(seed)
    truth, marks = {}, {}
    for i in range(items):
        x, y = rng.uniform(0, 900, 2)
        w, h = rng.uniform(30, 150, 2)
        truth[i] = Box(x, y, x + w, y + h)
        marks[i] = {}
        for p, sd in enumerate(sds):
            noise = rng.normal(0, sd, 4) + (bias[p] if bias is not None else 0)
            marks[i][f"p{p}"] = [
                Mark(
                    id="1",
                    label="car",
                    geometry=Box(x + noise[0], y + noise[1], x + w + noise[2], y + h + noise[3]),
                )
            ]
    return truth, marks


def test_fused_boxes_beat_every_single_annotator():
    truth, marks = crowd_of_boxes()
    fused = MarkConsensus().fit(marks)
    mean = np.mean([iou(fused.results_[i][0].mark.geometry, truth[i]) for i in truth])
    single = {p: np.mean([iou(by[p][0].geometry, truth[i]) for i, by in marks.items()]) for p in marks[0]}
    assert all(len(found) == 1 for found in fused.results_.values())
    assert mean > max(single.values())
    scales = [fused.scales_["Box", f"p{p}"] for p in range(5)]
    assert scales == sorted(scales)


def test_constant_bias_is_removed():
    bias = [np.zeros(4), np.array([-8.0, -8, 8, 8]), np.zeros(4), np.array([5.0, 5, -5, -5]), np.zeros(4)]
    truth, marks = crowd_of_boxes(1, sds=(2, 2, 2, 2, 2), bias=bias)
    fused = MarkConsensus().fit(marks)
    assert fused.biases_["p1"] == pytest.approx(bias[1], abs=1.5)
    assert np.mean([iou(fused.results_[i][0].mark.geometry, truth[i]) for i in truth]) > 0.95


def test_existence_needs_more_than_one_of_five():
    _, marks = crowd_of_boxes(2)
    for i in range(0, 40, 2):
        marks[i]["p0"] = [*marks[i]["p0"], Mark(id="2", label="car", geometry=Box(2000, 2000, 2050, 2050))]
    marks[1]["p4"] = []
    fused = MarkConsensus().fit(marks)
    assert [len(found) for found in fused.results_.values()] == [1] * 40
    assert "p4" not in fused.results_[1][0].drawn_by
    assert fused.results_[0][0].state == "sure" and fused.results_[0][0].mark.origin.by == "consensus"


def test_labels_texts_attributes_and_flags_are_voted():
    def mark(label, text, colour, flags):
        return Mark(
            id="x", geometry=Box(0, 0, 10, 10), label=label, text=text, attrs={"colour": colour}, flags=flags
        )

    by = {"a": [mark("car", "京A12345", "red", ["occluded"])], "b": [mark("car", "京A12845", "red", [])],
          "c": [mark("van", "京A12345", "blue", ["occluded"])]}  # fmt: skip
    (found,) = MarkConsensus().fit_predict({"i": by})["i"]
    assert (found.mark.label, found.mark.text) == ("car", "京A12345")
    assert found.mark.attrs == {"colour": "red"} and found.mark.flags == ["occluded"]
    assert found.state == "review" and found.label_probability == pytest.approx(2 / 3)


def test_nobody_drew_anything_and_one_person_only():
    results = MarkConsensus().fit_predict(
        {"empty": {"a": [], "b": []}, "one": {"a": [Mark(id="1", geometry=Box(0, 0, 5, 5))]}}
    )
    assert results["empty"] == [] and len(results["one"]) == 1


def test_unknown_kinds_need_a_row_and_the_medoid_is_one():
    marks = {
        "i": {w: [Mark(id="1", geometry=Points([x, 0.0]))] for w, x in (("a", 0.0), ("b", 1.0), ("c", 30.0))}
    }
    with pytest.raises(InputError) as caught:
        MarkConsensus(kinds=[Boxes()]).fit(marks)
    assert caught.value.code == "kind_unknown"
    near = Medoid(Points, lambda a, b: math.exp(-abs(a.xy[0] - b.xy[0]) / 50))
    (found,) = MarkConsensus(kinds=[near]).fit_predict(marks)["i"]
    assert found.mark.geometry == Points([1.0, 0.0])


def test_order_of_people_does_not_matter():
    _, marks = crowd_of_boxes(3, items=10)
    turned = {i: dict(reversed(by.items())) for i, by in marks.items()}
    one, other = MarkConsensus().fit_predict(marks), MarkConsensus().fit_predict(turned)
    for i in marks:
        a, b = one[i][0].mark.geometry, other[i][0].mark.geometry
        assert iou(a, b) > 1 - 1e-9


def test_masks_go_through_the_engine():
    marks = {i: {w: [Mark(id="1", geometry=rle.encode(disc(30 + d, 30 + i % 5, 12)))] for w, d in (("a", 0), ("b", 1), ("c", -1))}
             for i in range(5)}  # fmt: skip
    results = MarkConsensus().fit_predict(marks)
    assert all(
        isinstance(found[0].mark.geometry, Mask) and found[0].agreement > 0.85 for found in results.values()
    )
