"""Grade an answer against what is right: one score, one verdict, and in words what differs.

The same grader serves known tasks among the day's work, practice and exams. Each kind of mark is measured by the
field's own measure and has its pass line; an answer passes when every kind in it does.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from doujia.errors import InputError
from doujia.marks import Mark, Media, Schema, Track
from doujia.metrics.differences import Difference, explain
from doujia.metrics.matching import Matched, match

__all__ = ["LINES", "Grade", "Line", "Part", "grade", "lines_from"]

TOLERANCE_PX = 3.0
"""Edges closer than this are right: ``explain`` does not speak of them, so no line may fail for them."""


@dataclass(frozen=True)
class Line:
    """What an answer must reach in one kind of mark.

    Attributes:
        found: least share (F1) of marks that are there, of the right class, and nothing else. quality: least mean
            likeness of the pairs by the measure of the kind. gate: least likeness at which two marks are about the same.
    """

    found: float
    quality: float
    gate: float = 0.5


LINES: dict[str, Line] = {
    "class": Line(0.95, 0.95),
    "attribute": Line(0.95, 0.95),
    "box": Line(0.97, 0.85),
    "obox": Line(0.97, 0.7),
    "cuboid": Line(0.97, 0.7, 0.3),
    "region": Line(0.97, 0.9),
    "line": Line(0.97, 0.8, 0.3),
    "points": Line(0.97, 0.7, 0.3),
    "track": Line(0.9, 0.7),
    "span": Line(0.9, 0.9, 0.3),
    "text": Line(0.97, 0.97),
    "interval": Line(0.9, 0.8, 0.3),
    "ranking": Line(0.9, 0.9, 0.0),
    "rating": Line(0.8, 0.8, 0.0),
}
"""Default pass lines by group of kinds; they come from no standard, each project sets its own.

``points``: 1 - 10 x the mean distance over the diagonal, so that .7 is an error of 3 % (NME). ``text``: 1 - CER.
``track``: IDF1 and the mean IoU of the matched frames. ``ranking``: share of pairs in the right order. ``rating``: 1 - distance over the scale.
"""

_GROUPS = {
    "none": "class", "box": "box", "obox": "obox", "cuboid2": "cuboid", "cuboid3": "cuboid", "polygon": "region", "mask": "region",
    "ellipse": "region", "polyline": "line", "points": "points", "keypoints": "points", "track": "track", "span": "span", "spans": "span",
    "interval": "interval", "ranking": "ranking", "rating": "rating", "points3": "region",
}  # fmt: skip


@dataclass(frozen=True)
class Part:
    """How one group of kinds was done.

    Attributes:
        score: 0..1, likeness of the pairs of the right class over all there is (a missed or needless mark counts 0).
        found, quality: what is held against the line. n: marks in what is right.
    """

    group: str
    score: float
    found: float
    quality: float
    passed: bool
    n: int


@dataclass(frozen=True)
class Grade:
    """The result.

    Attributes:
        score: 0..1, mean of the parts by how much there is of each. passed: every part reaches its line.
        differences: what is not right, the worst first. classes: class → counts ``right``, ``missed`` (also: took
            for another class), ``extra``.
    """

    score: float
    passed: bool
    parts: list[Part]
    differences: list[Difference]
    classes: dict[str, dict[str, int]] = field(default_factory=dict)

    @property
    def error_classes(self) -> dict[str, int]:
        """How many differences of each code."""
        return dict(Counter(d.code for d in self.differences))


def lines_from(raw: Mapping[str, Mapping[str, float]]) -> dict[str, Line]:
    """Return the default lines with those of ``raw`` in their place.

    Raises:
        InputError: an unknown group or field, or a value outside 0..1.
    """
    out = dict(LINES)
    for group, values in raw.items():
        known = group in LINES and set(values) <= {"found", "quality", "gate"}
        if not known or not all(isinstance(v, int | float) and 0 <= v <= 1 for v in values.values()):
            raise InputError(
                f"Not a pass line: {group} {dict(values)}. Groups are {', '.join(LINES)}; found, quality and gate lie in 0..1.",
                zh=f"合格线不对:{group}。",
                code="line_invalid",
            )
        old = out[group]
        out[group] = Line(
            values.get("found", old.found), values.get("quality", old.quality), values.get("gate", old.gate)
        )
    return out


def grade(
    truth: Sequence[Mark],
    guess: Sequence[Mark],
    *,
    truth_attrs: Mapping[str, Any] | None = None,
    guess_attrs: Mapping[str, Any] | None = None,
    schema: Schema | None = None,
    size: tuple[int, int] | None = None,
    frames: int | None = None,
    lines: Mapping[str, Line] = LINES,
    tolerance: float = TOLERANCE_PX,
    media: Media | None = None,
) -> Grade:
    """Grade one answer.

    Args:
        truth_attrs, guess_attrs: attributes of the item as a whole.
        size: (width, height) of the picture, px. frames: of the clip; None takes the last keyframe.
        lines: pass line of each group.
        media: of the item; the sentences then tell time in milliseconds or frames.
    """
    by_group: dict[str, tuple[list[Mark], list[Mark]]] = {}
    for side, marks in enumerate((truth, guess)):
        for mark in marks:
            if side == 0 and "ignore" in mark.flags:
                continue
            by_group.setdefault(_group(mark), ([], []))[side].append(mark)
    ignored = [m for m in truth if "ignore" in m.flags]
    parts, classes = [], dict[str, dict[str, int]]()
    paired: list[tuple[Mark, Mark]] = []
    for group, (right, done) in sorted(by_group.items()):
        if group == "class":
            parts.append(_classes(right, done, lines[group], classes, paired))
        elif group == "track":
            parts.append(_tracks(right, done, lines[group], frames, classes, paired))
        else:
            beside = [m for m in ignored if _group(m) == group]
            parts += _marks(group, right, done, beside, lines[group], tolerance, classes, paired)
    parts += _attributes(paired, truth_attrs or {}, guess_attrs or {}, lines["attribute"])
    parts += _texts(paired, lines["text"])
    weight = sum(max(1, p.n) for p in parts)
    score = sum(p.score * max(1, p.n) for p in parts) / weight if parts else 1.0
    return Grade(
        score,
        all(p.passed for p in parts),
        parts,
        _said(truth, guess, truth_attrs or {}, guess_attrs or {}, schema, size, tolerance, media),
        classes,
    )


def _group(mark: Mark) -> str:
    return _GROUPS[mark.geometry.__struct_config__.tag]  # type: ignore[index]


def _count(classes: dict[str, dict[str, int]], label: str | None, what: str) -> None:
    one = classes.setdefault(label or "", {"right": 0, "missed": 0, "extra": 0})
    one[what] += 1


def _classes(
    right: Sequence[Mark], done: Sequence[Mark], line: Line, classes: dict[str, dict[str, int]], paired: list[tuple[Mark, Mark]]
) -> Part:  # fmt: skip
    """Labels of the item as a whole, as a set: F1."""
    a, b = {m.label for m in right}, {m.label for m in done}
    for label in a | b:
        _count(classes, label, "right" if label in a & b else "missed" if label in a else "extra")
    said = {m.label: m for m in done}
    paired += [(m, said[m.label]) for m in right if m.label in said]
    f1 = 2 * len(a & b) / (len(a) + len(b))
    return Part("class", f1, f1, 1.0, f1 >= line.found, len(a))


def _marks(
    group: str, right: Sequence[Mark], done: Sequence[Mark], ignored: Sequence[Mark], line: Line, tolerance: float,
    classes: dict[str, dict[str, int]], paired: list[tuple[Mark, Mark]],
) -> list[Part]:  # fmt: skip
    matched = match([*right, *ignored], done, threshold=line.gate, tolerance=tolerance)
    paired += [(right[p.truth], done[p.guess]) for p in matched.pairs]
    _by_class(matched, right, done, classes)
    alike = sum(p.similarity for p in matched.pairs if p.same_label)
    total = 2 * len(matched.pairs) + len(matched.missed) + len(matched.extra)
    if total == 0:
        return []
    quality = matched.mean_similarity if matched.pairs else float(not right)
    passed = matched.label_f1 >= line.found and (not matched.pairs or quality >= line.quality)
    return [Part(group, 2 * alike / total, matched.label_f1, quality, passed, len(right))]


def _by_class(
    matched: Matched, right: Sequence[Mark], done: Sequence[Mark], classes: dict[str, dict[str, int]]
) -> None:
    for pair in matched.pairs:
        _count(classes, right[pair.truth].label, "right" if pair.same_label else "missed")
        if not pair.same_label:
            _count(classes, done[pair.guess].label, "extra")
    for i in matched.missed:
        _count(classes, right[i].label, "missed")
    for i in matched.extra:
        _count(classes, done[i].label, "extra")


def _tracks(
    right: Sequence[Mark], done: Sequence[Mark], line: Line, frames: int | None, classes: dict[str, dict[str, int]],
    paired: list[tuple[Mark, Mark]],
) -> Part:  # fmt: skip
    """IDF1 over the clip, and the mean IoU of matched frames; pairs by identity for classes and attributes."""
    from doujia.metrics.tracks import frames_of, tracking

    last = max(
        (k.t for m in (*right, *done) if isinstance(m.geometry, Track) for k in m.geometry.keyframes),
        default=0,
    )
    seen = frames_of(right, done, frames or last + 1)
    scores = tracking(seen)
    together: Counter[tuple[str, str]] = Counter()
    for frame in seen:
        for i, a in enumerate(frame.truth):
            for j, b in enumerate(frame.guess):
                if frame.similarity[i, j] >= line.gate:
                    together[(a, b)] += 1
    left, rest = {m.id: m for m in right}, {m.id: m for m in done}
    same = []
    for (a, b), _ in together.most_common():
        if a in left and b in rest:
            same.append((left.pop(a), rest.pop(b)))
    paired += same
    wrong = 0
    for one, other in same:
        _count(classes, one.label, "right" if one.label == other.label else "missed")
        if one.label != other.label:
            wrong += 1
            _count(classes, other.label, "extra")
    for mark in left.values():
        _count(classes, mark.label, "missed")
    for mark in rest.values():
        _count(classes, mark.label, "extra")
    idf1 = 1.0 if math.isnan(scores.idf1) else scores.idf1
    quality = 1.0 if math.isnan(scores.motp) else scores.motp
    # A track under the wrong class is no track of the right one.
    found = idf1 * (1 - wrong / len(same)) if same else idf1
    passed = found >= line.found and (not same or quality >= line.quality)
    return Part("track", found * quality, found, quality, passed, len(right))


def _attributes(
    paired: Sequence[tuple[Mark, Mark]],
    truth_attrs: Mapping[str, Any],
    guess_attrs: Mapping[str, Any],
    line: Line,
) -> list[Part]:
    """Share of the values that are right, over the marks that were found and the item."""
    asked = [(m.attrs[n], o.attrs.get(n)) for m, o in paired for n in m.attrs]
    asked += [(value, guess_attrs.get(name)) for name, value in truth_attrs.items()]
    if not asked:
        return []
    share = sum(_same(a, b) for a, b in asked) / len(asked)
    return [Part("attribute", share, share, share, share >= line.quality, len(asked))]


def _same(a: Any, b: Any) -> bool:
    if isinstance(a, list) and isinstance(b, list):
        return set(a) == set(b)
    return bool(a == b)


def _texts(paired: Sequence[tuple[Mark, Mark]], line: Line) -> list[Part]:
    """Characters that are right (1 - CER) over all that was written down."""
    from doujia.metrics.speech import cer

    rates = [cer(m.text, o.text or "") for m, o in paired if m.text is not None]
    length = sum(r.length for r in rates)
    if not rates:
        return []
    errors = sum(r.substitutions + r.deletions + r.insertions for r in rates)
    share = max(0.0, 1 - errors / length) if length else float(errors == 0)
    return [Part("text", share, share, share, share >= line.quality, len(rates))]


def _said(
    truth: Sequence[Mark], guess: Sequence[Mark], truth_attrs: Mapping[str, Any], guess_attrs: Mapping[str, Any],
    schema: Schema | None, size: tuple[int, int] | None, tolerance: float, media: Media | None,
) -> list[Difference]:  # fmt: skip
    found = explain(truth, guess, schema=schema, size=size, tolerance=tolerance, media=media)
    # The item as a whole is asked like a mark without a place: the same words.
    whole = explain(
        [Mark(id="item", attrs=dict(truth_attrs))] if truth_attrs else [],
        [Mark(id="item", attrs=dict(guess_attrs))] if truth_attrs else [],
        schema=schema,
    )
    return [*found, *whole]
