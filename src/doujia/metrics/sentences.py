"""Two marks that are about the same thing: one sentence for each way in which they differ, by kind."""

from __future__ import annotations

from collections.abc import Iterator

from doujia.marks import (
    Box,
    Cuboid2D,
    Cuboid3D,
    Interval,
    Keypoints,
    Mark,
    PointLabels3D,
    Points,
    Polyline,
    Ranking,
    Rating,
    RotatedBox,
    Span,
    Spans,
    Track,
)
from doujia.marks.interpolate import expand
from doujia.marks.shapes import bounds
from doujia.metrics import shape_sentences
from doujia.metrics.matching import similarity
from doujia.metrics.spans import ranges_of
from doujia.metrics.speech import edit_path
from doujia.metrics.words import Difference, Words

__all__ = ["attribute_sentences", "pair_sentences", "text_sentences"]


def pair_sentences(a: Mark, b: Mark, words: Words, tolerance: float, alike: float) -> Iterator[Difference]:
    """Yield what is different about ``b`` where ``a`` is right.

    Args:
        words: names of classes, attributes and points.
        tolerance: edges and points closer than this, px, are right.
        alike: their similarity, 0..1.
    """
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
    yield from _place(a, b, words, tolerance, alike)
    yield from attribute_sentences(a, b, words)
    yield from text_sentences(a, b)


def _place(a: Mark, b: Mark, words: Words, tolerance: float, alike: float) -> Iterator[Difference]:
    """Say how the places differ, by what the kind of the marks is measured by."""
    match a.geometry, b.geometry:
        case Box(), Box():
            yield from shape_sentences.box(a, b, tolerance)
        case RotatedBox(), RotatedBox():
            yield from shape_sentences.rotated_box(a, b, tolerance)
        case Keypoints(), Keypoints():
            yield from shape_sentences.keypoints(a, b, words, tolerance)
        case Points(), Points():
            yield from shape_sentences.points(a, b, tolerance)
        case Polyline(), Polyline():
            yield from shape_sentences.polyline(a, b, tolerance)
        case Cuboid2D(), Cuboid2D():
            yield from shape_sentences.cuboid2(a, b, tolerance)
        case Span(), Span():
            yield from _span(a, b)
        case ((Span() | Spans()), (Span() | Spans())):
            yield from _pieces(a, b)
        case Interval(), Interval():
            yield from _interval(a, b, words)
        case Cuboid3D(), Cuboid3D():
            yield from shape_sentences.cuboid3(a, b)
        case Track(), Track():
            yield from _track(a, b, words, tolerance)
        case Ranking(), Ranking():
            yield from _ranking(a, b)
        case Rating(), Rating():
            yield from _rating(a, b)
        case PointLabels3D(), PointLabels3D():
            if a.geometry != b.geometry:
                yield Difference(
                    "place",
                    "逐点的类别和标准不一样。",
                    "The classes of the points are not those of the truth.",
                    a.id,
                    b.id,
                )
        case _:
            if alike < 0.9:
                yield shape_sentences.outline(a, b, tolerance, alike)


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


def _interval(a: Mark, b: Mark, words: Words) -> Iterator[Difference]:
    right, done = a.geometry, b.geometry
    assert isinstance(right, Interval)
    assert isinstance(done, Interval)
    for zh, en, d in (("开头", "start", done.start - right.start), ("结尾", "end", done.end - right.end)):
        if d:
            far_zh, far_en = words.duration(abs(d))
            yield Difference(
                "place",
                f"{zh}{'晚' if d > 0 else '早'}了 {far_zh}。",
                f"The {en} is {far_en} too {'late' if d > 0 else 'early'}.",
                a.id,
                b.id,
                amount=abs(d),
            )


def _pieces(a: Mark, b: Mark) -> Iterator[Difference]:
    """Mentions in several pieces: how many characters are too few and too many."""
    right, done = (
        {i for start, end in ranges_of(m.geometry) for i in range(start, end)}  # type: ignore[arg-type]
        for m in (a, b)
    )
    parts = [
        (f"{zh}选了 {n} 个字", f"{n} character(s) too {en}", n)
        for zh, en, n in (("少", "few", len(right - done)), ("多", "many", len(done - right)))
        if n
    ]
    if parts:
        yield Difference(
            "place",
            "、".join(p[0] for p in parts) + "。",
            ", ".join(p[1] for p in parts) + ".",
            a.id,
            b.id,
            amount=sum(p[2] for p in parts),
        )


def _track(a: Mark, b: Mark, words: Words, tolerance: float) -> Iterator[Difference]:
    """Tracks: where the object comes and goes, frames it is missing on, and the frame that is worst."""
    assert isinstance(a.geometry, Track)
    assert isinstance(b.geometry, Track)
    last = max((k.t for m in (a, b) for k in m.geometry.keyframes), default=0)  # type: ignore[union-attr]
    right, done = ({s.t: s for s in expand(m.geometry, last)} for m in (a, b))  # type: ignore[arg-type]
    if not right or not done:
        return
    for zh, en, edge in (("开始", "start", min), ("结束", "end", max)):
        should, is_ = edge(right), edge(done)
        if should != is_:
            (should_zh, should_en), (is_zh, is_en) = words.moment(should), words.moment(is_)
            yield Difference(
                "place",
                f"应该在{should_zh}{zh},你标到的是{is_zh}。",
                f"It should {en} at {should_en}; yours does at {is_en}.",
                a.id,
                b.id,
                amount=abs(should - is_),
            )
    inner = range(max(min(right), min(done)), min(max(right), max(done)) + 1)
    for zh, en, n in (
        ("少标了", "missing", sum(t in right and t not in done for t in inner)),
        ("多标了", "too many", sum(t in done and t not in right for t in inner)),
    ):
        if n:
            yield Difference(
                "place", f"中间{zh} {n} 帧。", f"In between {n} frame(s) are {en}.", a.id, b.id, amount=n
            )
    worst: tuple[float, int] | None = None
    for t in sorted(right.keys() & done.keys()):
        one, other = right[t].geometry, done[t].geometry
        if shape_sentences.sides_over(
            Mark(id="", geometry=one), Mark(id="", geometry=other), tolerance
        ) or not isinstance(one, Box):
            alike = similarity(one, other)
            if alike < 0.9 and (worst is None or alike < worst[0]):
                worst = alike, t
    if worst is not None:
        alike, t = worst
        (zh, en), box = words.moment(t), bounds(done[t].geometry)
        yield Difference(
            "place",
            f"{zh}差得最多,只对上了 {round(100 * alike)}%。",
            f"It is worst at {en}: only {round(100 * alike)} % agrees.",
            a.id,
            b.id,
            ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2) if box else None,
            1 - alike,
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


def attribute_sentences(a: Mark, b: Mark, words: Words) -> Iterator[Difference]:
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


def text_sentences(a: Mark, b: Mark) -> Iterator[Difference]:
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
