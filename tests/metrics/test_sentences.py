"""What ``explain`` says about two marks of each kind, in both languages; the numbers are worked out by hand."""

from __future__ import annotations

import math
from typing import Any

import pytest

from doujia.marks import (
    At,
    AudioMedia,
    Box,
    Cuboid2D,
    Cuboid3D,
    Ellipse,
    Interval,
    Keyframe,
    Keypoints,
    Mark,
    Media,
    PointLabels3D,
    Points,
    Polygon,
    PolygonPart,
    Polyline,
    Ranking,
    Rating,
    RotatedBox,
    Span,
    Spans,
    Track,
    VideoMedia,
    raster,
)
from doujia.marks.schema import GEOMETRY_KINDS
from doujia.metrics import explain, match, similarity, span_f1

SQUARE = Polygon([PolygonPart([100.0, 100, 200, 100, 200, 200, 100, 200])])
WIDE = Polygon([PolygonPart([76.0, 100, 200, 100, 200, 200, 100 - 24, 200])])
NOTCHED = Polygon([PolygonPart([100.0, 100, 200, 100, 200, 200, 150, 140, 100, 200])])
CUBE = Cuboid2D([0, 0, 80, 0, 80, 60, 0, 60], [20, 10, 100, 10, 100, 70, 20, 70])


def yaw(degrees: float) -> tuple[float, float, float, float]:
    half = math.radians(degrees) / 2
    return (math.cos(half), 0.0, 0.0, math.sin(half))


def boxes(*keys: tuple[int, float], leaves: int | None = None) -> Track:
    frames = [Keyframe(t, Box(x, 0, x + 100, 100)) for t, x in keys]
    if leaves is not None:
        frames.append(Keyframe(leaves, Box(0, 0, 100, 100), outside=True))
    return Track(frames)


CASES: list[tuple[str, Any, Any, Media | None, list[tuple[str, str]]]] = [
    # 100 of 124 px agree: 81 %
    ("outline too wide", SQUARE, WIDE, None,
     [("形状只对上了 81%,左边多出 24 像素。", "Only 81 % of the shape agrees: 24 px too far on the left.")]),
    # A notch of half of 100 x 60: 3000 of 10 000 px are missing, no side is off
    ("outline with a notch", SQUARE, NOTCHED, None,
     [("形状只对上了 70%,沿着边再描一描。", "Only 70 % of the shape agrees; follow the edge more closely.")]),
    ("mask too wide", raster.mask_of(SQUARE, 300, 300), raster.mask_of(WIDE, 300, 300), None,
     [("形状只对上了 81%,左边多出 24 像素。", "Only 81 % of the shape agrees: 24 px too far on the left.")]),
    # Areas 40 x 20 and 40 x 30 within it: two thirds
    ("ellipse too high", Ellipse(100, 100, 40, 20), Ellipse(100, 100, 40, 30), None,
     [("形状只对上了 67%,上边多出 10 像素、下边多出 10 像素。",
       "Only 67 % of the shape agrees: 10 px too far at the top, 10 px too far at the bottom.")]),
    ("line bends away", Polyline([0, 0, 100, 0]), Polyline([0, 0, 100, 10]), None,
     [("线平均偏了 5 像素,最远的地方偏了 10 像素。", "The line is 5 px off on average, 10 px at the farthest place.")]),
    ("line drawn the other way round", Polyline([0, 0, 100, 0]), Polyline([100, 1, 0, 1]), None, []),
    ("one of several points", Points([0, 0, 100, 0, 100, 100]), Points([100, 6, 0, 0, 100, 100]), None,
     [("有一个点偏了 6 像素。", "One point is 6 px off.")]),
    ("too few points", Points([0, 0, 100, 0, 100, 100]), Points([0, 0, 100, 0]), None,
     [("应该有 3 个点,这里有 2 个。", "There should be 3 points; there are 2.")]),
    ("a corner of the far face", CUBE, Cuboid2D(CUBE.front, [20, 10, 100, 18, 100, 70, 20, 70]), None,
     [("后面的右上角偏了 8 像素。", "The top right corner of the far face is 8 px off.")]),
    ("a mention in pieces", Spans([(0, 4), (6, 9)]), Spans([(0, 3), (6, 10)]), None,
     [("少选了 1 个字、多选了 1 个字。", "1 character(s) too few, 1 character(s) too many.")]),
    ("one piece of two", Spans([(0, 4), (6, 9)]), Span(0, 4), None,
     [("少选了 3 个字。", "3 character(s) too few.")]),
    # 1600 samples of 16 kHz are 100 ms, 800 are 50 ms
    ("sound in milliseconds", Interval(16_000, 32_000), Interval(17_600, 31_200), AudioMedia(sample_rate=16_000),
     [("开头晚了 100 毫秒。", "The start is 100 ms too late."), ("结尾早了 50 毫秒。", "The end is 50 ms too early.")]),
    ("video in frames", Interval(10, 40), Interval(10, 43), VideoMedia(frames=90),
     [("结尾晚了 3 帧。", "The end is 3 frames too late.")]),
    ("no medium known", Interval(10, 40), Interval(10, 43), None,
     [("结尾晚了 3 个采样点。", "The end is 3 samples too late.")]),
    ("heading", Cuboid3D((9, 0, 0), (4, 2, 1.5)), Cuboid3D((9, 0, 0), (4, 2, 1.5), yaw(10)), None,
     [("立体框转过头了,从上往下看逆时针多转了 10 度。", "Seen from above the cuboid is turned 10° too far anticlockwise.")]),
    ("the wrong way round", Cuboid3D((9, 0, 0), (4, 2, 1.5)), Cuboid3D((9, 0, 0), (4, 2, 1.5), yaw(180)), None,
     [("朝向反了,前后对调一下。", "The heading is the wrong way round.")]),
    ("rotated box", RotatedBox(100, 100, 80, 40), RotatedBox(103, 104, 80, 60, math.radians(10)), None,
     [("框的宽多了 20 像素。", "The width is 20 px too large."),
      ("框转过头了,顺时针多转了 10 度。", "The box is turned 10° too far clockwise."),
      ("框的中心偏了 5 像素。", "The centre of the box is 5 px off.")]),
    ("skeleton", Keypoints([0, 0, 100, 0, 0, 100], [2, 2, 2]), Keypoints([0, 5, 100, 0, 0, 100], [2, 2, 2]), None,
     [("第 1 个点偏了 5 像素。", "point 1 is 5 px off.")]),
    ("points of a sweep", PointLabels3D("ab" * 32), PointLabels3D("cd" * 32), None,
     [("逐点的类别和标准不一样。", "The classes of the points are not those of the truth.")]),
    # On frame 10 the box is 50 of 100 px off: 50 of 150 agree
    ("track drifts away", boxes((0, 0), (10, 0)), boxes((0, 0), (10, 50)), VideoMedia(frames=11),
     [("第 10 帧差得最多,只对上了 33%。", "It is worst at frame 10: only 33 % agrees.")]),
    ("track begins late and ends early", boxes((0, 0), leaves=20), boxes((2, 0), leaves=17), VideoMedia(frames=30),
     [("应该在第 19 帧结束,你标到的是第 16 帧。", "It should end at frame 19; yours does at frame 16."),
      ("应该在第 0 帧开始,你标到的是第 2 帧。", "It should start at frame 0; yours does at frame 2.")]),
    ("track with a gap", boxes((0, 0), (9, 0)),
     Track([Keyframe(0, Box(0, 0, 100, 100)), Keyframe(4, Box(0, 0, 100, 100), outside=True), Keyframe(7, Box(0, 0, 100, 100)), Keyframe(9, Box(0, 0, 100, 100))]),
     VideoMedia(frames=10), [("中间少标了 3 帧。", "In between 3 frame(s) are missing.")]),
]  # fmt: skip


@pytest.mark.parametrize(("name", "truth", "guess", "media", "said"), CASES, ids=[c[0] for c in CASES])
def test_words_for_two_marks_of_a_kind(
    name: str, truth: Any, guess: Any, media: Media | None, said: list[tuple[str, str]]
) -> None:
    found = explain(
        [Mark(id="a", label="x", geometry=truth)], [Mark(id="b", label="x", geometry=guess)], media=media
    )
    assert [(d.zh, d.en) for d in found] == said
    assert all((d.code, d.truth, d.guess) == ("place", "a", "b") for d in found)


def test_the_same_mark_needs_no_words_whatever_its_kind() -> None:
    seen = set()
    for _, truth, _, media, _ in CASES:
        mark = Mark(id="a", label="x", geometry=truth)
        assert explain([mark], [mark], media=media) == []
        assert similarity(truth, truth) == pytest.approx(1.0)
        seen.add(truth.__struct_config__.tag)
    # Boxes and spans have cases of their own in test_matching; opinions and the item as a whole are below.
    assert seen | {"none", "box", "span", "ranking", "rating"} == set(GEOMETRY_KINDS)


def test_a_missed_stretch_of_sound_is_told_by_its_time() -> None:
    (one,) = explain([Mark(id="a", label="speech", geometry=Interval(8_000, 20_000))], [], media=AudioMedia(sample_rate=16_000))  # fmt: skip
    assert one.zh == "0.50 秒到1.25 秒:还有一个speech没标。"
    assert one.en == "There is one more speech from 0.50 s to 1.25 s."


def test_boxes_in_perspective_and_tracks_of_points_can_be_pairs() -> None:
    near = Cuboid2D([1, 0, 80, 0, 80, 60, 0, 60], CUBE.back)
    # The mean distance of the corners is 1/8 px, a tenth of the diagonal of 100 x 70 is 12.2 px.
    assert similarity(CUBE, near) == pytest.approx(1 - 10 * (1 / 8) / math.hypot(100, 70))
    assert len(match([Mark(id="a", geometry=CUBE)], [Mark(id="b", geometry=near)]).pairs) == 1
    truth = Track([Keyframe(0, Points([0, 0])), Keyframe(4, Points([8, 0]))])
    assert similarity(truth, truth) == 1.0
    half = Track([Keyframe(0, Points([0, 0])), Keyframe(2, Points([4, 0]), outside=True)])
    # Of five frames two are seen by both, and there the point is where it should be.
    assert similarity(truth, half) == pytest.approx(2 / 5)


def test_mentions_in_pieces_overlap_by_their_characters() -> None:
    assert similarity(Spans([(0, 4), (6, 9)]), Spans([(0, 3), (6, 10)])) == pytest.approx(6 / 8)
    assert similarity(Span(0, 4), Spans([(0, 2), (6, 8)])) == pytest.approx(2 / 6)


def test_marks_of_different_messages_and_frames_are_never_a_pair() -> None:
    here, there = (Mark(id=m, label="x", geometry=Span(0, 2), at=At(message=m)) for m in ("m1", "m2"))
    assert match([here], [there]).pairs == []
    assert span_f1([here], [there]).f1 == span_f1([here], [there], relaxed=True).f1 == 0.0
    assert span_f1([here, there], [there, here]).f1 == 1.0
    boxes_ = [Mark(id="1", geometry=Box(0, 0, 9, 9), at=At(frame=t)) for t in (3, 4)]
    assert match(boxes_[:1], boxes_[1:], tolerance=3.0).pairs == []
    ratings = [Mark(id="1", geometry=Rating(4), at=At(message=m)) for m in "ab"]
    assert match(ratings[:1], ratings[1:], threshold=0.0).pairs == []
    whole = Mark(id="1", geometry=Box(0, 0, 9, 9), at=At())
    assert len(match([whole], [Mark(id="2", geometry=Box(0, 0, 9, 9))]).pairs) == 1


def test_opinions_and_classes_of_the_whole() -> None:
    def said(a: Mark, b: Mark) -> list[tuple[str, str, str]]:
        return [(d.code, d.zh, d.en) for d in explain([a], [b])]

    assert said(Mark(id="1", geometry=Ranking([["a"], ["b", "c"]])), Mark(id="1", geometry=Ranking([["b"], ["a"], ["c"]]))) == [
        ("attribute", "顺序应该是 a > b=c,你排的是 b > a > c。", "The order should be a > b=c; yours is b > a > c."),
    ]  # fmt: skip
    assert said(Mark(id="1", geometry=Rating(4)), Mark(id="1", geometry=Rating(2))) == [
        ("attribute", "应该打 4 分,你打了 2 分。", "The score should be 4; you gave 2."),
    ]  # fmt: skip
    assert said(Mark(id="1", label="cat"), Mark(id="1", label="dog")) == [
        ("class", "应该是“cat”,不是“dog”。", "It is “cat”, not “dog”."),
    ]  # fmt: skip
