"""What differs where, in plain words: graders, reviewers and lessons say it with these sentences.

``explain`` compares what a person did with what is right and returns one sentence for each difference, the worst first.
Left and right, bigger and smaller are those of the picture as she sees it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from doujia.marks import (
    Box,
    Cuboid3D,
    Interval,
    Keypoints,
    Mark,
    Nothing,
    Ranking,
    Rating,
    RotatedBox,
    Schema,
    Span,
)
from doujia.marks.shapes import area, bounds
from doujia.metrics.matching import match
from doujia.metrics.speech import edit_path

__all__ = ["Difference", "explain", "where"]

_OPINIONS = (Ranking, Rating)
_ORDER = {"missed": 0, "class": 1, "extra": 2, "place": 3, "attribute": 4, "text": 4}


@dataclass(frozen=True)
class Difference:
    """One thing that is different.

    Attributes:
        code: missed, extra, class, place, attribute or text: the error classes of a review.
        zh, en: the sentence.
        truth, guess: ids of the marks concerned.
        place: a point (x, y) in px to show, where there is one.
        amount: how much, in px, samples, characters or 1 - similarity; for sorting.
    """

    code: str
    zh: str
    en: str
    truth: str | None = None
    guess: str | None = None
    place: tuple[float, float] | None = None
    amount: float = 1.0


def explain(
    truth: Sequence[Mark],
    guess: Sequence[Mark],
    *,
    schema: Schema | None = None,
    size: tuple[int, int] | None = None,
    tolerance: float = 3.0,
    threshold: float = 0.3,
) -> list[Difference]:
    """Say what differs between what is right and what was done.

    Args:
        schema: for names of classes, attributes and points; ids are used without it.
        size: (width, height) of the picture, for words such as “upper left”.
        tolerance: edges and points closer than this, px, are right.
        threshold: least similarity at which two marks are about the same thing.
    """
    words = _Words(schema)
    whole_truth = [m for m in truth if isinstance(m.geometry, Nothing)]
    whole_guess = [m for m in guess if isinstance(m.geometry, Nothing)]
    found = list(_whole(whole_truth, whole_guess, words))
    # An opinion is about the same thing however far apart two of them are; a shape is not.
    opinions = [[m for m in side if isinstance(m.geometry, _OPINIONS)] for side in (truth, guess)]
    shapes = [
        [m for m in side if not isinstance(m.geometry, (Nothing, *_OPINIONS))] for side in (truth, guess)
    ]
    for (real, done), least in ((shapes, threshold), (opinions, 0.0)):
        matched = match(real, done, threshold=least, tolerance=tolerance)
        for pair in matched.pairs:
            found += _pair(real[pair.truth], done[pair.guess], words, tolerance, pair.similarity)
        for index in matched.missed:
            found.append(_missed(real[index], words, size))
        for index in matched.extra:
            found.append(_extra(done[index], words, size))
    return sorted(found, key=lambda d: (_ORDER[d.code], -d.amount))


class _Words:
    """Names of classes, attributes, values and points in both languages."""

    def __init__(self, schema: Schema | None) -> None:
        self._classes = (
            {
                c.id: (c.names.get("zh") or c.name or c.id, c.names.get("en") or c.name or c.id)
                for c in schema.classes
            }
            if schema
            else {}
        )
        self._attributes = {a.id: a for a in schema.attributes} if schema else {}
        self._skeletons = {s.id: s for s in schema.skeletons} if schema else {}

    def label(self, label: str | None) -> tuple[str, str]:
        if label is None:
            return "没有类别的标注", "mark without a class"
        return self._classes.get(label, (label, label))

    def attribute(self, name: str) -> tuple[str, str]:
        one = self._attributes.get(name)
        return (
            (one.names.get("zh") or one.name or name, one.names.get("en") or one.name or name)
            if one
            else (name, name)
        )

    def value(self, name: str, value: object) -> tuple[str, str]:
        if value is None:
            return "没填", "nothing"
        if isinstance(value, bool):
            return ("是", "yes") if value else ("否", "no")
        one = self._attributes.get(name)
        names = one.value_names.get(str(value), {}) if one else {}
        return names.get("zh", str(value)), names.get("en", str(value))

    def point(self, skeleton: str | None, index: int) -> tuple[str, str]:
        one = self._skeletons.get(skeleton or "")
        if one is None or index >= len(one.names):
            return f"第 {index + 1} 个点", f"point {index + 1}"
        zh = one.point_names.get("zh", one.names)
        return f"“{zh[index]}”", f"“{one.names[index]}”"


def where(mark: Mark, size: tuple[int, int] | None) -> tuple[str, str, tuple[float, float] | None]:
    """Return where a mark is, in words and as a point: “左上角远处”, “far away, upper left”."""
    box = bounds(mark.geometry)
    if box is None or size is None:
        return "", "", None if box is None else ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    column, row = min(2, int(3 * x / size[0])), min(2, int(3 * y / size[1]))
    zh = (("左上角", "上边", "右上角"), ("左边", "中间", "右边"), ("左下角", "下边", "右下角"))[max(0, row)][
        max(0, column)
    ]
    en = (
        ("upper left", "at the top", "upper right"),
        ("on the left", "in the middle", "on the right"),
        ("lower left", "at the bottom", "lower right"),
    )[max(0, row)][max(0, column)]
    small = (box[2] - box[0]) * (box[3] - box[1]) < 0.002 * size[0] * size[1]
    return zh + ("小的" if small else ""), ("small, " if small else "") + en, (x, y)


def _missed(mark: Mark, words: _Words, size: tuple[int, int] | None) -> Difference:
    zh, en = words.label(mark.label)
    place_zh, place_en, point = where(mark, size)
    where_zh, where_en = (f"{place_zh}:" if place_zh else ""), (f", {place_en}" if place_en else "")
    if isinstance(mark.geometry, Span):
        quote = mark.geometry.quote or f"{mark.geometry.start}–{mark.geometry.end}"
        return Difference(
            "missed", f"“{quote}”是{zh},没有标。", f"“{quote}” is a {en}; it is not marked.", truth=mark.id
        )
    return Difference(
        "missed",
        f"{where_zh}还有一个{zh}没标。",
        f"There is one more {en}{where_en}.",
        truth=mark.id,
        place=point,
        amount=area(mark.geometry) + 1,
    )


def _extra(mark: Mark, words: _Words, size: tuple[int, int] | None) -> Difference:
    zh, en = words.label(mark.label)
    place_zh, place_en, point = where(mark, size)
    if isinstance(mark.geometry, Span):
        quote = mark.geometry.quote or f"{mark.geometry.start}–{mark.geometry.end}"
        return Difference("extra", f"“{quote}”不用标。", f"“{quote}” should not be marked.", guess=mark.id)
    return Difference(
        "extra", f"{place_zh + '的' if place_zh else ''}这个“{zh}”不用标。", f"This {en}{' ' + place_en if place_en else ''} should not be marked.",
        guess=mark.id, place=point,
    )  # fmt: skip


def _whole(truth: Sequence[Mark], guess: Sequence[Mark], words: _Words) -> Iterator[Difference]:
    right, said = {m.label for m in truth}, {m.label for m in guess}
    if len(right) == 1 and len(said) == 1 and right != said:
        (a,), (b,) = right, said
        yield Difference(
            "class",
            f"应该是“{words.label(a)[0]}”,不是“{words.label(b)[0]}”。",
            f"It is “{words.label(a)[1]}”, not “{words.label(b)[1]}”.",
        )
        return
    for label in sorted(right - said, key=str):
        yield Difference(
            "missed", f"少选了“{words.label(label)[0]}”。", f"“{words.label(label)[1]}” is missing."
        )
    for label in sorted(said - right, key=str):
        yield Difference(
            "extra", f"多选了“{words.label(label)[0]}”。", f"“{words.label(label)[1]}” is too much."
        )
    for one in truth:
        for other in guess:
            if one.label == other.label:
                yield from _attributes(one, other, words)
                yield from _text(one, other)


def _pair(a: Mark, b: Mark, words: _Words, tolerance: float, alike: float) -> Iterator[Difference]:
    box = bounds(b.geometry)
    point = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2) if box else None
    if a.label != b.label:
        (right_zh, right_en), (said_zh, said_en) = words.label(a.label), words.label(b.label)
        yield Difference(
            "class",
            f"这是{right_zh},不是{said_zh}。",
            f"This is a {right_en}, not a {said_en}.",
            a.id,
            b.id,
            point,
        )
    match a.geometry, b.geometry:
        case Box(), Box():
            yield from _box(a, b, tolerance)
        case RotatedBox(), RotatedBox():
            yield from _turned(a, b, tolerance)
        case Keypoints(), Keypoints():
            yield from _points(a, b, words, tolerance)
        case Span(), Span():
            yield from _span(a, b)
        case Interval(), Interval():
            yield from _interval(a, b)
        case Cuboid3D(), Cuboid3D():
            yield from _cuboid(a, b)
        case Ranking(), Ranking():
            yield from _ranking(a, b)
        case Rating(), Rating():
            yield from _rating(a, b)
        case _:
            if alike < 0.9:
                percent = round(100 * alike)
                yield Difference(
                    "place",
                    f"形状只对上了 {percent}%,沿着边再描一描。",
                    f"Only {percent} % of the shape agrees; follow the edge more closely.",
                    a.id,
                    b.id,
                    point,
                    1 - alike,
                )
    yield from _attributes(a, b, words)
    yield from _text(a, b)


def _box(a: Mark, b: Mark, tolerance: float) -> Iterator[Difference]:
    right, done = a.geometry, b.geometry
    assert isinstance(right, Box)
    assert isinstance(done, Box)
    # Positive: the box reaches beyond the object on that side.
    over = {
        ("左边", "on the left", (done.x0, (done.y0 + done.y1) / 2)): right.x0 - done.x0,
        ("右边", "on the right", (done.x1, (done.y0 + done.y1) / 2)): done.x1 - right.x1,
        ("上边", "at the top", ((done.x0 + done.x1) / 2, done.y0)): right.y0 - done.y0,
        ("下边", "at the bottom", ((done.x0 + done.x1) / 2, done.y1)): done.y1 - right.y1,
    }
    off = {side: value for side, value in over.items() if abs(value) > tolerance}
    if not off:
        return
    worst = max(off, key=lambda side: abs(off[side]))
    big, small = [s for s in off if off[s] > 0], [s for s in off if off[s] < 0]
    head_zh, head_en = (
        ("框太大了,", "The box is too big: ")
        if not small
        else ("框太小了,", "The box is too small: ")
        if not big
        else ("框偏了,", "The box is shifted: ")
    )
    zh = "、".join(f"{s[0]}{'多出' if off[s] > 0 else '少了'} {abs(off[s]):.0f} 像素" for s in off)
    en = ", ".join(f"{abs(off[s]):.0f} px too {'far' if off[s] > 0 else 'short'} {s[1]}" for s in off)
    yield Difference("place", f"{head_zh}{zh}。", f"{head_en}{en}.", a.id, b.id, worst[2], abs(off[worst]))


def _turned(a: Mark, b: Mark, tolerance: float) -> Iterator[Difference]:
    right, done = a.geometry, b.geometry
    assert isinstance(right, RotatedBox)
    assert isinstance(done, RotatedBox)
    turn = float(np.degrees((done.angle - right.angle + np.pi / 2) % np.pi - np.pi / 2))
    if abs(turn) > 3:
        zh, en = ("顺", "clockwise") if turn > 0 else ("逆", "anticlockwise")
        yield Difference(
            "place",
            f"框转过头了,{zh}时针多转了 {abs(turn):.0f} 度。",
            f"The box is turned {abs(turn):.0f}° too far {en}.",
            a.id,
            b.id,
            (done.cx, done.cy),
            abs(turn),
        )
    shift = float(np.hypot(done.cx - right.cx, done.cy - right.cy))
    if shift > tolerance:
        yield Difference(
            "place",
            f"框的中心偏了 {shift:.0f} 像素。",
            f"The centre of the box is {shift:.0f} px off.",
            a.id,
            b.id,
            (done.cx, done.cy),
            shift,
        )
    for zh, en, d in (("长", "length", done.w - right.w), ("宽", "width", done.h - right.h)):
        if abs(d) > 2 * tolerance:
            yield Difference(
                "place",
                f"框的{zh}{'多' if d > 0 else '少'}了 {abs(d):.0f} 像素。",
                f"The {en} is {abs(d):.0f} px too {'large' if d > 0 else 'small'}.",
                a.id,
                b.id,
                (done.cx, done.cy),
                abs(d),
            )


def _points(a: Mark, b: Mark, words: _Words, tolerance: float) -> Iterator[Difference]:
    right, done = a.geometry, b.geometry
    assert isinstance(right, Keypoints)
    assert isinstance(done, Keypoints)
    if len(right.v) != len(done.v):
        yield Difference(
            "place",
            f"应该有 {len(right.v)} 个点,这里有 {len(done.v)} 个。",
            f"There should be {len(right.v)} points; there are {len(done.v)}.",
            a.id,
            b.id,
        )
        return
    shown = {0: ("看不见", "outside"), 1: ("挡住", "hidden"), 2: ("看得见", "visible")}
    for i in range(len(right.v)):
        zh, en = words.point(right.skeleton or done.skeleton, i)
        x, y = done.xy[2 * i], done.xy[2 * i + 1]
        far = float(np.hypot(x - right.xy[2 * i], y - right.xy[2 * i + 1]))
        if right.v[i] and done.v[i] and far > tolerance:
            yield Difference(
                "place", f"{zh}偏了 {far:.0f} 像素。", f"{en} is {far:.0f} px off.", a.id, b.id, (x, y), far
            )
        if right.v[i] != done.v[i]:
            said = shown[right.v[i]]
            yield Difference(
                "attribute", f"{zh}应该选“{said[0]}”。", f"{en} should be “{said[1]}”.", a.id, b.id, (x, y)
            )


def _span(a: Mark, b: Mark) -> Iterator[Difference]:
    right, done = a.geometry, b.geometry
    assert isinstance(right, Span)
    assert isinstance(done, Span)
    parts = []
    for zh, en, d in (
        ("前面", "at the start", right.start - done.start),
        ("后面", "at the end", done.end - right.end),
    ):
        if d:
            parts.append(
                (
                    f"{zh}{'多' if d > 0 else '少'}选了 {abs(d)} 个字",
                    f"{abs(d)} character(s) too {'many' if d > 0 else 'few'} {en}",
                    abs(d),
                )
            )
    if parts:
        yield Difference(
            "place",
            "、".join(p[0] for p in parts) + "。",
            ", ".join(p[1] for p in parts) + ".",
            a.id,
            b.id,
            amount=max(p[2] for p in parts),
        )


def _interval(a: Mark, b: Mark) -> Iterator[Difference]:
    right, done = a.geometry, b.geometry
    assert isinstance(right, Interval)
    assert isinstance(done, Interval)
    for zh, en, d in (("开头", "start", done.start - right.start), ("结尾", "end", done.end - right.end)):
        if d:
            yield Difference(
                "place",
                f"{zh}{'晚' if d > 0 else '早'}了 {abs(d)} 个采样点。",
                f"The {en} is {abs(d)} samples too {'late' if d > 0 else 'early'}.",
                a.id,
                b.id,
                amount=abs(d),
            )


def _cuboid(a: Mark, b: Mark) -> Iterator[Difference]:
    right, done = a.geometry, b.geometry
    assert isinstance(right, Cuboid3D)
    assert isinstance(done, Cuboid3D)
    far = float(np.linalg.norm(np.subtract(done.centre, right.centre)))
    if far > 0.1:
        yield Difference(
            "place",
            f"立体框的中心偏了 {far:.2f} 米。",
            f"The centre of the cuboid is {far:.2f} m off.",
            a.id,
            b.id,
            amount=far,
        )
    for (zh, en), d in zip(
        (("长", "length"), ("宽", "width"), ("高", "height")), np.subtract(done.size, right.size), strict=True
    ):
        if abs(d) > 0.1:
            yield Difference(
                "place",
                f"{zh}{'多' if d > 0 else '少'}了 {abs(d):.2f} 米。",
                f"The {en} is {abs(d):.2f} m too {'large' if d > 0 else 'small'}.",
                a.id,
                b.id,
                amount=float(abs(d)),
            )


def _ranking(a: Mark, b: Mark) -> Iterator[Difference]:
    right, done = a.geometry, b.geometry
    assert isinstance(right, Ranking)
    assert isinstance(done, Ranking)
    if right.order != done.order:
        should, said = (" > ".join("=".join(tied) for tied in r.order) for r in (right, done))
        yield Difference(
            "attribute",
            f"顺序应该是 {should},你排的是 {said}。",
            f"The order should be {should}; yours is {said}.",
            a.id,
            b.id,
        )


def _rating(a: Mark, b: Mark) -> Iterator[Difference]:
    right, done = a.geometry, b.geometry
    assert isinstance(right, Rating)
    assert isinstance(done, Rating)
    if right.value != done.value:
        yield Difference(
            "attribute",
            f"应该打 {right.value:g} 分,你打了 {done.value:g} 分。",
            f"The score should be {right.value:g}; you gave {done.value:g}.",
            a.id,
            b.id,
            amount=abs(right.value - done.value),
        )


def _attributes(a: Mark, b: Mark, words: _Words) -> Iterator[Difference]:
    for name in [n for n in a.attrs if a.attrs[n] != b.attrs.get(n)]:
        (zh, en), (value_zh, value_en), (said_zh, said_en) = (
            words.attribute(name),
            words.value(name, a.attrs[name]),
            words.value(name, b.attrs.get(name)),
        )
        yield Difference(
            "attribute",
            f"“{zh}”应该是“{value_zh}”,你选的是“{said_zh}”。",
            f"“{en}” should be “{value_en}”; you chose “{said_en}”.",
            a.id,
            b.id,
        )


def _text(a: Mark, b: Mark) -> Iterator[Difference]:
    if a.text is None or a.text == (b.text or ""):
        return
    right, said = list(a.text), list(b.text or "")
    wrong = [(kind, i, j) for kind, i, j in edit_path(right, said) if kind != "same"]
    parts_zh = [
        {
            "sub": f"“{said[j] if j < len(said) else ''}”应是“{right[i] if i < len(right) else ''}”",
            "del": f"少了“{right[i] if i < len(right) else ''}”",
            "ins": f"多了“{said[j] if j < len(said) else ''}”",
        }[k]
        for k, i, j in wrong[:5]
    ]
    parts_en = [
        {
            "sub": f"“{said[j] if j < len(said) else ''}” should be “{right[i] if i < len(right) else ''}”",
            "del": f"“{right[i] if i < len(right) else ''}” is missing",
            "ins": f"“{said[j] if j < len(said) else ''}” is too much",
        }[k]
        for k, i, j in wrong[:5]
    ]
    more_zh, more_en = (f"……一共 {len(wrong)} 处", f" … {len(wrong)} in all") if len(wrong) > 5 else ("", "")
    yield Difference(
        "text",
        ",".join(parts_zh) + more_zh + "。",
        ", ".join(parts_en) + more_en + ".",
        a.id,
        b.id,
        amount=len(wrong),
    )
