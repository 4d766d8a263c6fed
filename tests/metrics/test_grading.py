"""Grading an answer against what is right: every kind of mark, with scores computed by hand."""

from __future__ import annotations

import math
import typing

import numpy as np
import pytest

from doujia.errors import InputError
from doujia.marks import (
    Box,
    Cuboid2D,
    Cuboid3D,
    Ellipse,
    Interval,
    Keyframe,
    Keypoints,
    LabelClass,
    Mark,
    Nothing,
    PointLabels3D,
    Points,
    Polygon,
    PolygonPart,
    Polyline,
    Ranking,
    Rating,
    RotatedBox,
    Schema,
    Span,
    Spans,
    Track,
    rle,
)
from doujia.marks.geometry import Geometry
from doujia.metrics.grading import LINES, Line, grade, lines_from
from doujia.metrics.overlap import track_iou


def box(mark: str, x0: float, y0: float, x1: float, y1: float, label: str = "car", **more: object) -> Mark:
    return Mark(id=mark, label=label, geometry=Box(x0, y0, x1, y1), **more)  # type: ignore[arg-type]


def square(mark: str, x0: float, side: float) -> Mark:
    ring = [x0, 0, x0 + side, 0, x0 + side, side, x0, side]
    return Mark(id=mark, label="lake", geometry=Polygon([PolygonPart(ring)]))


CAR = box("a", 0, 0, 100, 100)
FAR = box("b", 300, 300, 400, 400)


@pytest.mark.parametrize(
    ("name", "truth", "guess", "score", "passed"),
    [
        ("the same", [CAR, FAR], [CAR, FAR], 1.0, True),
        ("nothing there, nothing drawn", [], [], 1.0, True),
        ("three pixels are within the tolerance", [CAR], [box("x", 3, 0, 103, 100)], 1.0, True),
        # IoU of a box moved by 10 of 100: 90 / 110.
        ("ten pixels off", [CAR], [box("x", 10, 0, 110, 100)], 90 / 110, False),
        # IoU 95 / 105 = .905 is above the line of .85.
        ("five pixels off pass", [CAR], [box("x", 5, 0, 105, 100)], 95 / 105, True),
        # One pair of two marks: 2 · 1 / (2 · 1 + 1) = 2/3.
        ("one missed", [CAR, FAR], [CAR], 2 / 3, False),
        ("one too many", [CAR], [CAR, FAR], 2 / 3, False),
        ("a wrong class is worth nothing", [CAR], [box("x", 0, 0, 100, 100, "truck")], 0.0, False),
        ("nothing drawn", [CAR], [], 0.0, False),
        ("a polygon of the right place", [square("p", 0, 100)], [square("q", 0, 100)], 1.0, True),
        # A square of 100 against one of 90 within it: 8100 / 10000.
        ("a polygon too small", [square("p", 0, 100)], [square("q", 0, 90)], 0.81, False),
        (
            "a turned box whose half lies beside the object",
            [Mark(id="o", label="car", geometry=RotatedBox(50, 50, 100, 20, 0.0))],
            [Mark(id="p", label="car", geometry=RotatedBox(50, 55, 100, 20, 0.0))],
            15 / 25,
            False,
        ),
        (
            "spans that cover eight of ten characters",
            [Mark(id="s", label="city", geometry=Span(0, 10))],
            [Mark(id="t", label="city", geometry=Span(0, 8))],
            0.8,
            False,
        ),
        (
            "a line one in a hundred off: 1 - 10 · 1/100",
            [Mark(id="l", label="lane", geometry=Polyline([0, 0, 100, 0]))],
            [Mark(id="m", label="lane", geometry=Polyline([0, 1, 100, 1]))],
            0.9,
            True,
        ),
        (
            "landmarks: one of two points off by 5 on a diagonal of 100",
            [Mark(id="k", label="face", geometry=Keypoints([0, 0, 60, 80], [2, 2]))],
            [Mark(id="l", label="face", geometry=Keypoints([0, 0, 63, 84], [2, 2]))],
            (1 + 0.5) / 2,
            True,
        ),
        (
            "a segment that ends a tenth too late",
            [Mark(id="i", label="speech", geometry=Interval(0, 1000))],
            [Mark(id="j", label="speech", geometry=Interval(0, 1100))],
            1000 / 1100,
            True,
        ),
        (
            "a ranking with one of three pairs the wrong way round",
            [Mark(id="r", geometry=Ranking([["a"], ["b"], ["c"]]))],
            [Mark(id="s", geometry=Ranking([["b"], ["a"], ["c"]]))],
            2 / 3,
            False,
        ),
        (
            "one step of four on the scale",
            [Mark(id="r", geometry=Rating(4))],
            [Mark(id="s", geometry=Rating(3))],
            0.75,
            False,
        ),
        (
            "the farthest opinion is still an opinion on the same thing",
            [Mark(id="r", geometry=Rating(5))],
            [Mark(id="s", geometry=Rating(1))],
            0.0,
            False,
        ),
        ("one label of the item of two", [Mark(id="1", label="sun")], [Mark(id="2", label="rain")], 0.0, False),
        (
            "a label too many: F1 of 1 right, 1 extra",
            [Mark(id="1", label="sun")],
            [Mark(id="2", label="sun"), Mark(id="3", label="dry")],
            2 / 3,
            False,
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_one_answer(name: str, truth: list[Mark], guess: list[Mark], score: float, passed: bool) -> None:
    found = grade(truth, guess)
    assert found.score == pytest.approx(score)
    assert found.passed is passed
    assert bool(found.differences) is (score < 0.9 or name.startswith(("five", "a segment"))), name


def moving(mark: str, x: float) -> Mark:
    frames = [Keyframe(0, Box(x, 0, x + 100, 100)), Keyframe(9, Box(x + 90, 0, x + 190, 100))]
    return Mark(id=mark, label="car", geometry=Track(frames))


def test_a_track_is_measured_over_its_frames() -> None:
    assert grade([moving("a", 0)], [moving("b", 0)]).score == pytest.approx(1.0)
    off = grade([moving("a", 0)], [moving("b", 10)])
    [part] = off.parts
    # The same shift on each of ten frames: IoU 90 / 110 each time, so every frame is matched (IDF1 1).
    assert part.found == pytest.approx(1.0)
    assert part.quality == pytest.approx(90 / 110)
    assert off.passed
    assert track_iou(moving("a", 0).geometry, moving("b", 10).geometry) == pytest.approx(90 / 110)  # type: ignore[arg-type]
    lost = grade([moving("a", 0)], [])
    assert (lost.score, lost.passed) == (0.0, False)
    renamed = Mark(id="b", label="truck", geometry=moving("b", 0).geometry)
    assert grade([moving("a", 0)], [renamed]).classes == {
        "car": {"right": 0, "missed": 1, "extra": 0},
        "truck": {"right": 0, "missed": 0, "extra": 1},
    }


def test_text_counts_characters() -> None:
    """Two of twenty characters wrong: CER 10 %."""
    right = Mark(
        id="a", label="speech", geometry=Interval(0, 100), text="今天天气很好我们一起去河边走走吧好不好呀"
    )
    said = Mark(
        id="b", label="speech", geometry=Interval(0, 100), text="今天天汽很好我们一起去河边走走吧好不好牙"
    )
    assert len(right.text or "") == 20
    found = grade([right], [said])
    text = next(p for p in found.parts if p.group == "text")
    assert text.score == pytest.approx(0.9)
    assert not found.passed
    assert found.error_classes == {"text": 1}
    assert grade([right], [said], lines={**LINES, "text": Line(0.9, 0.9)}).passed


def test_attributes_of_marks_and_of_the_item_count() -> None:
    right, said = (
        box("a", 0, 0, 9, 9, attrs={"colour": "red"}),
        box("b", 0, 0, 9, 9, attrs={"colour": "blue"}),
    )
    found = grade([right], [said], truth_attrs={"weather": "rain"}, guess_attrs={"weather": "rain"})
    attribute = next(p for p in found.parts if p.group == "attribute")
    assert (attribute.score, attribute.n, attribute.passed) == (0.5, 2, False)
    # One box (1.0) and two values (.5): (1 · 1 + .5 · 2) / 3.
    assert found.score == pytest.approx(2 / 3)
    assert [d.code for d in found.differences] == ["attribute"]
    item = grade([], [], truth_attrs={"weather": "rain"}, guess_attrs={})
    assert [d.zh for d in item.differences] == ["“weather”应该是“rain”,你选的是“没填”。"]
    order = grade([], [], truth_attrs={"signs": ["a", "b"]}, guess_attrs={"signs": ["b", "a"]})
    assert order.score == 1.0


def test_classes_are_counted_and_ignored_regions_are_not() -> None:
    truth = [CAR, FAR, Mark(id="i", label="car", geometry=Box(500, 0, 600, 100), flags=["ignore"])]
    guess = [box("x", 0, 0, 100, 100, "truck"), box("y", 500, 0, 600, 100)]
    found = grade(truth, guess)
    assert found.classes == {
        "car": {"right": 0, "missed": 2, "extra": 0},
        "truck": {"right": 0, "missed": 0, "extra": 1},
    }


def test_words_use_the_names_of_the_schema() -> None:
    schema = Schema(classes=[LabelClass(id="car", name="Car", names={"zh": "车"})])
    found = grade([CAR], [], schema=schema, size=(640, 480))
    assert found.differences[0].zh == "左上角:还有一个车没标。"
    assert found.differences[0].place == (50, 50)


def test_lines_of_a_project_take_the_place_of_the_defaults() -> None:
    lines = lines_from({"box": {"quality": 0.5}})
    assert lines["box"] == Line(0.97, 0.5, 0.5)
    assert lines["region"] == LINES["region"]
    assert grade([CAR], [box("x", 10, 0, 110, 100)], lines=lines).passed
    for wrong in ({"bax": {"quality": 0.5}}, {"box": {"quality": 1.5}}, {"box": {"iou": 0.5}}):
        with pytest.raises(InputError):
            lines_from(wrong)


def test_many_boxes_allow_one_slip_in_forty() -> None:
    """F1 line .97: one of 40 missed is 2 · 39 / 79 = .987; two are .974, three .961."""
    truth = [box(f"t{i}", 20 * i, 0, 20 * i + 10, 10) for i in range(40)]
    passed = [grade(truth, truth[k:]).passed for k in range(4)]
    assert passed == [True, True, True, False]
    assert math.isclose(grade(truth, truth[1:]).parts[0].found, 78 / 79)


def test_a_tiny_box_within_the_tolerance_is_right_and_nothing_is_said() -> None:
    """Four px wide and three off: IoU 1/7, but no edge is farther than the tolerance."""
    found = grade([box("a", 10, 10, 14, 14)], [box("b", 13, 10, 17, 14)])
    assert (found.score, found.passed, found.differences) == (1.0, True, [])
    far = grade([box("a", 10, 10, 14, 14)], [box("b", 14, 10, 18, 14)])
    assert (far.score, far.passed, far.error_classes) == (0.0, False, {"missed": 1, "extra": 1})


def filled(x0: int, x1: int) -> Geometry:
    whole = np.zeros((64, 64), dtype=bool)
    whole[8:40, x0:x1] = True
    return rle.encode(whole)


EVERY_KIND: list[tuple[Geometry, Geometry]] = [
    (Nothing(), Nothing()), (Box(0, 0, 100, 100), Box(40, 0, 140, 100)), (RotatedBox(50, 50, 80, 20, 0.3), RotatedBox(50, 50, 80, 20, 1.2)),
    (Polygon([PolygonPart([0, 0, 90, 0, 90, 90, 0, 90])]), Polygon([PolygonPart([50, 0, 140, 0, 140, 90, 50, 90])])),
    (Polyline([0, 0, 100, 0]), Polyline([0, 30, 100, 30])), (Points([10, 10, 90, 90]), Points([30, 10, 90, 60])),
    (Keypoints([0, 0, 60, 80], [2, 2]), Keypoints([20, 0, 40, 80], [2, 2])), (filled(8, 40), filled(24, 56)),
    (Ellipse(50, 50, 30, 20, 0.1), Ellipse(75, 50, 30, 20, 0.1)),
    (Cuboid2D([0, 0, 40, 0, 40, 40, 0, 40], [10, 10, 50, 10, 50, 50, 10, 50]), Cuboid2D([30, 0, 70, 0, 70, 40, 30, 40], [40, 10, 80, 10, 80, 50, 40, 50])),
    (Cuboid3D((0, 0, 0), (4, 2, 1.5)), Cuboid3D((2, 0, 0), (4, 2, 1.5))), (PointLabels3D("a"), PointLabels3D("b")), (Span(0, 10), Span(5, 15)),
    (Spans([(0, 4), (8, 12)]), Spans([(0, 4), (20, 24)])), (Interval(0, 1000), Interval(500, 1500)), (Ranking([["a"], ["b"], ["c"]]), Ranking([["c"], ["b"], ["a"]])),
    (Rating(5, 1, 5), Rating(2, 1, 5)),
    (Track([Keyframe(0, Box(0, 0, 20, 20)), Keyframe(9, Box(90, 0, 110, 20))]), Track([Keyframe(0, Box(0, 60, 20, 80)), Keyframe(9, Box(90, 60, 110, 80))])),
]  # fmt: skip


def test_every_kind_of_the_model_is_here() -> None:
    assert {type(right) for right, _ in EVERY_KIND} == set(typing.get_args(Geometry))


@pytest.mark.parametrize(
    ("right", "wrong"), EVERY_KIND, ids=[right.__struct_config__.tag for right, _ in EVERY_KIND]
)
def test_every_kind_is_graded_by_its_distance_and_says_what_differs(right: Geometry, wrong: Geometry) -> None:
    truth = [Mark(id="1", label="car", geometry=right)]
    same = grade(truth, [Mark(id="2", label="car", geometry=right)])
    assert (same.score, same.passed, same.differences) == (1.0, True, [])
    label = "bus" if isinstance(right, Nothing) else "car"  # a whole item has no shape to be off
    off = grade(truth, [Mark(id="2", label=label, geometry=wrong)])
    assert off.score < 0.9 and not off.passed
    assert off.differences and all(d.zh and d.en and d.zh != d.en for d in off.differences)
    none = grade(truth, [])
    assert (none.score, none.passed) == (0.0, False)
