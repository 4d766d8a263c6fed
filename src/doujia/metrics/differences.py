"""What differs where, in plain words: graders, reviewers and lessons say it with these sentences.

``explain`` compares what a person did with what is right and returns one sentence for each difference, the worst first.
Left and right, bigger and smaller are those of the picture as she sees it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from doujia.marks import Interval, Mark, Media, Nothing, PointLabels3D, Ranking, Rating, Schema, Span
from doujia.marks.shapes import area, bounds
from doujia.metrics.matching import match
from doujia.metrics.sentences import attribute_sentences, pair_sentences, text_sentences
from doujia.metrics.words import Difference, Words

__all__ = ["Difference", "explain", "where"]

_WHOLE = (Ranking, Rating, PointLabels3D)
"""Kinds that are about the item as a whole: two of them are about the same thing however far apart they are."""
_ORDER = {"missed": 0, "class": 1, "extra": 2, "place": 3, "attribute": 4, "text": 4}


def explain(
    truth: Sequence[Mark],
    guess: Sequence[Mark],
    *,
    schema: Schema | None = None,
    size: tuple[int, int] | None = None,
    tolerance: float = 3.0,
    threshold: float = 0.3,
    media: Media | None = None,
) -> list[Difference]:
    """Say what differs between what is right and what was done.

    Args:
        schema: for names of classes, attributes and points; ids are used without it.
        size: (width, height) of the picture, for words such as “upper left”.
        tolerance: edges and points closer than this, px, are right.
        threshold: least similarity at which two marks are about the same thing.
        media: of the item; tells time in milliseconds or frames instead of samples.
    """
    words = Words(schema, media)
    whole_truth = [m for m in truth if isinstance(m.geometry, Nothing)]
    whole_guess = [m for m in guess if isinstance(m.geometry, Nothing)]
    found = list(_whole(whole_truth, whole_guess, words))
    whole = [[m for m in side if isinstance(m.geometry, _WHOLE)] for side in (truth, guess)]
    shapes = [[m for m in side if not isinstance(m.geometry, (Nothing, *_WHOLE))] for side in (truth, guess)]
    for (real, done), least in ((shapes, threshold), (whole, 0.0)):
        matched = match(real, done, threshold=least, tolerance=tolerance)
        for pair in matched.pairs:
            found += pair_sentences(real[pair.truth], done[pair.guess], words, tolerance, pair.similarity)
        for index in matched.missed:
            found.append(_missed(real[index], words, size))
        for index in matched.extra:
            found.append(_extra(done[index], words, size))
    return sorted(found, key=lambda d: (_ORDER[d.code], -d.amount))


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


def _missed(mark: Mark, words: Words, size: tuple[int, int] | None) -> Difference:
    zh, en = words.label(mark.label)
    place_zh, place_en, point = where(mark, size)
    where_zh, where_en = (f"{place_zh}:" if place_zh else ""), (f", {place_en}" if place_en else "")
    if isinstance(mark.geometry, Span):
        quote = mark.geometry.quote or f"{mark.geometry.start}–{mark.geometry.end}"
        return Difference(
            "missed", f"“{quote}”是{zh},没有标。", f"“{quote}” is a {en}; it is not marked.", truth=mark.id
        )
    if isinstance(mark.geometry, Interval):
        (from_zh, from_en), (to_zh, to_en) = (
            words.moment(t) for t in (mark.geometry.start, mark.geometry.end)
        )
        where_zh, where_en = f"{from_zh}到{to_zh}:", f" from {from_en} to {to_en}"
    return Difference(
        "missed",
        f"{where_zh}还有一个{zh}没标。",
        f"There is one more {en}{where_en}.",
        truth=mark.id,
        place=point,
        amount=area(mark.geometry) + 1,
    )


def _extra(mark: Mark, words: Words, size: tuple[int, int] | None) -> Difference:
    zh, en = words.label(mark.label)
    place_zh, place_en, point = where(mark, size)
    if isinstance(mark.geometry, Span):
        quote = mark.geometry.quote or f"{mark.geometry.start}–{mark.geometry.end}"
        return Difference("extra", f"“{quote}”不用标。", f"“{quote}” should not be marked.", guess=mark.id)
    return Difference(
        "extra", f"{place_zh + '的' if place_zh else ''}这个“{zh}”不用标。", f"This {en}{' ' + place_en if place_en else ''} should not be marked.",
        guess=mark.id, place=point,
    )  # fmt: skip


def _whole(truth: Sequence[Mark], guess: Sequence[Mark], words: Words) -> Iterator[Difference]:
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
                yield from attribute_sentences(one, other, words)
                yield from text_sentences(one, other)
