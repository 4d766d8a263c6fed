"""Matching, COCO's figures, tracking and the words for what differs."""

from __future__ import annotations

import contextlib
import io
from typing import Any

import numpy as np
import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from doujia.marks import Box, ImageMedia, Item, ItemMarks, Keyframe, LabelClass, Mark, Schema, Span, Track
from doujia.metrics import coco_figures, coco_map, confusion, explain, frames_of, match, tracking


def box(name: str, x0: float, y0: float, x1: float, y1: float, label: str = "car", **more: Any) -> Mark:
    return Mark(id=name, label=label, geometry=Box(x0, y0, x1, y1), **more)


def test_matching_is_one_to_one_and_best_in_total() -> None:
    truth = [box("a", 0, 0, 10, 10), box("b", 5, 0, 15, 10)]
    guess = [box("x", 4, 0, 14, 10), box("y", 5, 0, 15, 10)]
    found = match(truth, guess, threshold=0.3)
    assert [(p.truth, p.guess) for p in found.pairs] == [(0, 0), (1, 1)]
    assert found.f1 == 1.0


def test_a_wrong_class_is_a_pair_with_a_label_error() -> None:
    found = match([box("a", 0, 0, 10, 10)], [box("x", 0, 0, 10, 10, "truck")])
    assert (found.f1, found.label_f1, found.label_errors) == (1.0, 0.0, 1)
    strict = match([box("a", 0, 0, 10, 10)], [box("x", 0, 0, 10, 10, "truck")], within_class=True)
    assert (strict.f1, strict.missed, strict.extra) == (0.0, [0], [0])


def test_ignored_regions_count_neither_way() -> None:
    truth = [box("a", 0, 0, 10, 10), box("crowd", 100, 100, 200, 200, flags=["ignore"])]
    found = match(truth, [box("x", 0, 0, 10, 10), box("y", 120, 120, 140, 140)])
    assert (found.precision, found.recall, found.extra) == (1.0, 1.0, [])


def test_empty_against_empty_is_perfect_and_against_something_is_not() -> None:
    assert match([], []).f1 == 1.0
    assert match([], [box("x", 0, 0, 1, 1)]).precision == 0.0


def _data(seed: int) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    rng = np.random.default_rng(seed)
    images = [{"id": i, "width": 640, "height": 480, "file_name": f"{i}.jpg"} for i in range(1, 31)]
    truth, guess = [], []
    for image in images:
        for _ in range(int(rng.integers(0, 8))):
            x, y, w, h = rng.random(4) * [500, 380, 130, 90] + [0, 0, 4, 4]
            category, crowd = int(rng.integers(1, 4)), int(rng.random() < 0.08)
            truth.append(
                {
                    "id": len(truth) + 1,
                    "image_id": image["id"],
                    "category_id": category,
                    "bbox": [x, y, w, h],
                    "area": w * h,
                    "iscrowd": crowd,
                }
            )
            for _ in range(int(rng.integers(0, 3))):
                noise = rng.normal(0, 6, 4)
                guess.append(
                    {
                        "image_id": image["id"],
                        "category_id": category,
                        "bbox": [x + noise[0], y + noise[1], max(2, w + noise[2]), max(2, h + noise[3])],
                        "score": float(rng.random()),
                    }
                )
    return {
        "images": images,
        "annotations": truth,
        "categories": [{"id": c, "name": str(c)} for c in (1, 2, 3)],
    }, guess


@pytest.mark.parametrize("seed", [1, 2])
def test_the_twelve_figures_equal_pycocotools(seed: int) -> None:
    truth, guess = _data(seed)
    with contextlib.redirect_stdout(io.StringIO()):
        ground = COCO()
        ground.dataset = truth
        ground.createIndex()
        theirs = COCOeval(ground, ground.loadRes(guess), "bbox")
        theirs.evaluate()
        theirs.accumulate()
        theirs.summarize()
    assert list(coco_figures(truth, guess).values()) == pytest.approx(theirs.stats.tolist(), abs=1e-6)


def test_figures_from_marks_equal_those_from_dictionaries() -> None:
    truth, guess = _data(1)

    def items(rows: list[dict[str, Any]]) -> list[ItemMarks]:
        out = []
        for image in truth["images"]:
            marks = []
            for k, row in enumerate(r for r in rows if r["image_id"] == image["id"]):
                x, y, w, h = row["bbox"]
                marks.append(
                    box(
                        str(k),
                        x,
                        y,
                        x + w,
                        y + h,
                        str(row["category_id"]),
                        score=row.get("score"),
                        flags=["ignore"] if row.get("iscrowd") else [],
                    )
                )
            out.append(
                ItemMarks(
                    Item(
                        id=str(image["id"]), name=image["file_name"], media=ImageMedia(width=640, height=480)
                    ),
                    marks,
                )
            )
        return out

    assert coco_map(items(truth["annotations"]), items(guess)) == pytest.approx(
        coco_figures(truth, guess), abs=1e-9
    )


def _track(name: str, *boxes: tuple[int, float] | None) -> Mark:
    frames, visible = [], False
    for t, place in enumerate(boxes):
        if place is not None:
            frames.append(Keyframe(t, Box(place[1], 0, place[1] + 10, 10)))
            visible = True
        elif visible:
            frames.append(Keyframe(t, frames[-1].geometry, outside=True))
            visible = False
    return Mark(id=name, label="car", geometry=Track(frames))


def test_tracking_by_hand() -> None:
    # One object over four frames; the tracker follows it for two frames as x, then as y, and adds one false box.
    truth = [_track("a", (0, 0), (1, 0), (2, 0), (3, 0))]
    guess = [
        _track("x", (0, 0), (1, 0), None, None),
        _track("y", None, None, (2, 0), (3, 0)),
        _track("z", (0, 100), None, None, None),
    ]
    scores = tracking(frames_of(truth, guess, 4))
    assert (scores.misses, scores.false_positives, scores.switches, scores.truths) == (0, 1, 1, 4)
    assert scores.mota == pytest.approx(1 - 2 / 4)
    assert scores.idf1 == pytest.approx(2 * 2 / (4 + 5))
    # DetA = 4 / (4 + 0 + 1); each of the four matches has A(c) = 2 / (2 + 2 + 0) = 1/2.
    assert scores.deta == pytest.approx(4 / 5)
    assert scores.assa == pytest.approx(1 / 2)
    assert scores.hota == pytest.approx((4 / 5 * 1 / 2) ** 0.5)


def test_perfect_tracking_is_one() -> None:
    truth = [_track("a", (0, 0), (1, 5)), _track("b", (0, 50), (1, 60))]
    scores = tracking(frames_of(truth, truth, 2))
    assert (scores.mota, scores.idf1) == (1.0, 1.0)
    assert scores.hota == pytest.approx(1.0)


SCHEMA = Schema(
    classes=[
        LabelClass(id="car", names={"zh": "小汽车", "en": "car"}),
        LabelClass(id="light", names={"zh": "红绿灯", "en": "traffic light"}),
    ]
)


@pytest.mark.parametrize(
    ("truth", "guess", "zh", "en"),
    [
        (box("a", 100, 100, 200, 200), box("x", 88, 100, 200, 200), "框太大了,左边多出 12 像素。", "The box is too big: 12 px too far on the left."),
        (box("a", 100, 100, 200, 200), box("x", 100, 100, 180, 195), "框太小了,右边少了 20 像素、下边少了 5 像素。", "The box is too small: 20 px too short on the right, 5 px too short at the bottom."),
        (box("a", 100, 100, 200, 200), box("x", 110, 100, 210, 200), "框偏了,左边少了 10 像素、右边多出 10 像素。", "The box is shifted: 10 px too short on the left, 10 px too far on the right."),
        (box("a", 100, 100, 200, 200, "light"), box("x", 101, 100, 200, 201), "这是红绿灯,不是小汽车。", "This is a traffic light, not a car."),
    ],
)  # fmt: skip
def test_one_sentence_for_a_box(truth: Mark, guess: Mark, zh: str, en: str) -> None:
    said = explain([truth], [guess], schema=SCHEMA, size=(1280, 720))
    assert [(d.zh, d.en) for d in said] == [(zh, en)]


def test_a_good_box_needs_no_words() -> None:
    assert explain([box("a", 100, 100, 200, 200)], [box("x", 101, 99, 202, 200)], size=(1280, 720)) == []


def test_missed_and_extra_say_where_the_worst_first() -> None:
    truth = [box("far", 40, 30, 60, 50, "light")]
    said = explain(truth, [box("x", 1100, 600, 1250, 700)], schema=SCHEMA, size=(1280, 720))
    assert [d.zh for d in said] == ["左上角小的:还有一个红绿灯没标。", "右下角的这个“小汽车”不用标。"]
    assert said[0].place == (50, 40)
    assert said[0].en == "There is one more traffic light, small, upper left."


def test_words_for_text() -> None:
    a = Mark(id="a", label="PER", geometry=Span(3, 6, "张三丰"))
    b = Mark(id="b", label="PER", geometry=Span(3, 5, "张三"))
    assert [d.zh for d in explain([a], [b])] == ["后面少选了 1 个字。"]
    right, said = Mark(id="a", text="四是四"), Mark(id="b", text="是是四")
    assert [d.zh for d in explain([right], [said])] == ["“是”应是“四”。"]


def test_confusion_by_hand() -> None:
    table = confusion(["cat", "cat", "dog", "dog"], ["cat", "dog", "dog", "dog"])
    assert table.accuracy == 0.75
    assert table.f1("cat") == pytest.approx(2 / 3)
    assert table.macro_f1 == pytest.approx((2 / 3 + 4 / 5) / 2)
