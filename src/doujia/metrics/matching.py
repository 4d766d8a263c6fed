"""Which mark of one set is which mark of the other: one to one, and what that says of the person's work.

For a worker against gold, matching is by the Hungarian method at a threshold, not greedy by score: people have no
score, and a greedy match would charge one slip twice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from doujia.marks import (
    At,
    Box,
    Cuboid2D,
    Cuboid3D,
    Interval,
    Keypoints,
    Mark,
    Nothing,
    Points,
    Polyline,
    Ranking,
    Rating,
    Span,
    Spans,
    Track,
)
from doujia.marks.geometry import Geometry
from doujia.marks.interpolate import expand
from doujia.marks.shapes import area, bounds, boxes
from doujia.metrics.overlap import box_ious, iou, track_iou
from doujia.metrics.points import corner_similarity, distance_similarity, line_similarity
from doujia.metrics.ranks import ranking_similarity
from doujia.metrics.spans import span_overlap

__all__ = ["Matched", "Pair", "assign", "match", "similarity"]

Similarity = Callable[[Geometry, Geometry], float]

_WHOLE = At()
"""What a mark refers to that names no frame, camera, message or page: the item as a whole."""


@dataclass(frozen=True)
class Pair:
    """Two marks taken for the same thing (indices into truth and guess), and how alike they are, 0..1."""

    truth: int
    guess: int
    similarity: float
    same_label: bool


@dataclass(frozen=True)
class Matched:
    """The result of matching two sets of marks; figures are of geometry unless they say label."""

    pairs: list[Pair]
    missed: list[int]
    extra: list[int]

    @property
    def precision(self) -> float:
        """Share of the guessed marks that are something; 1 when nothing was guessed."""
        found = len(self.pairs) + len(self.extra)
        return len(self.pairs) / found if found else 1.0

    @property
    def recall(self) -> float:
        """Share of the true marks that were found; 1 when there is nothing to find."""
        there = len(self.pairs) + len(self.missed)
        return len(self.pairs) / there if there else 1.0

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall; 1 for two empty sets."""
        total = 2 * len(self.pairs) + len(self.missed) + len(self.extra)
        return 2 * len(self.pairs) / total if total else 1.0

    @property
    def label_f1(self) -> float:
        """F1 where a pair counts only with the same class."""
        right = sum(p.same_label for p in self.pairs)
        total = 2 * len(self.pairs) + len(self.missed) + len(self.extra)
        return 2 * right / total if total else 1.0

    @property
    def mean_similarity(self) -> float:
        """Mean similarity of the pairs; 0 when there are none."""
        return sum(p.similarity for p in self.pairs) / len(self.pairs) if self.pairs else 0.0

    @property
    def label_errors(self) -> int:
        """Pairs whose class differs."""
        return sum(not p.same_label for p in self.pairs)


def assign(similarities: NDArray[np.float64], threshold: float) -> list[tuple[int, int]]:
    """Return the one-to-one pairs at or above ``threshold`` with the largest total similarity.

    Args:
        similarities: shape ``(n, m)``.
    """
    if similarities.size == 0:
        return []
    from scipy.optimize import linear_sum_assignment

    # Pairs below the threshold must not win by adding up: their worth is nothing, and a pair above it is always worth more.
    worth = np.where(similarities >= threshold, similarities + 1e-9, 0.0)
    rows, columns = linear_sum_assignment(-worth)
    return [(int(r), int(c)) for r, c in zip(rows, columns, strict=True) if similarities[r, c] >= threshold]


def similarity(first: Geometry, second: Geometry) -> float:
    """Return how alike two geometries are, 0..1: IoU where there is an area, else the field's measure for the kind.

    Marks of kinds that cannot be compared (a box and a span) are 0 alike.
    """
    match first, second:
        case (Nothing(), Nothing()):
            return 1.0
        case (Span() | Spans(), Span() | Spans()):
            return span_overlap(first, second)
        case (Cuboid2D(), Cuboid2D()):
            return corner_similarity(first, second)
        case (Keypoints(), Keypoints()):
            return distance_similarity(first, second)
        case (Points(), Points()):
            return distance_similarity(first, second)
        case (Polyline(), Polyline()):
            return line_similarity(first, second)
        case (Ranking(), Ranking()):
            return ranking_similarity(first, second)
        case (Rating(), Rating()):
            return max(0.0, 1 - abs(first.value - second.value) / ((first.high - first.low) or 1.0))
        case (Track(), Track()):
            return _track_similarity(first, second)
        case (Cuboid3D(), Cuboid3D()) | (Interval(), Interval()):
            return iou(first, second)
    areas = ("box", "obox", "polygon", "mask", "ellipse")
    if first.__struct_config__.tag in areas and second.__struct_config__.tag in areas:
        return iou(first, second)
    return 1.0 if first == second else 0.0


def _track_similarity(first: Track, second: Track) -> float:
    """IoU over time; for what covers nothing (points, lines) the mean similarity over the frames either is seen on."""
    if any(area(k.geometry) for track in (first, second) for k in track.keyframes):
        return track_iou(first, second)
    last = max((k.t for track in (first, second) for k in track.keyframes), default=0)
    one, other = ({s.t: s.geometry for s in expand(track, last)} for track in (first, second))
    seen = one.keys() | other.keys()
    alike = sum(similarity(one[t], other[t]) for t in one.keys() & other.keys())
    return alike / len(seen) if seen else 1.0


def match(
    truth: Sequence[Mark],
    guess: Sequence[Mark],
    *,
    threshold: float = 0.5,
    within_class: bool = False,
    measure: Similarity = similarity,
    tolerance: float = 0.0,
) -> Matched:
    """Match two sets of marks of one item, one to one.

    Marks flagged ``ignore`` in the truth, and what covers them, count neither way. Marks on different frames, cameras, messages
    or pages are never a pair.

    Args:
        threshold: least similarity of a pair.
        within_class: only marks of the same class can be a pair; otherwise a wrong class is a pair with a label error.
        measure: similarity of two geometries.
        tolerance: boxes whose edges are all within so many px of each other are wholly alike, however small they are.
    """
    ignored = [i for i, t in enumerate(truth) if "ignore" in t.flags]
    real = [i for i, t in enumerate(truth) if "ignore" not in t.flags]
    table = _table([truth[i] for i in real], guess, measure)
    if tolerance > 0:
        _forgive(table, [truth[i] for i in real], guess, tolerance)
    labels = np.array([[truth[i].label == g.label for g in guess] for i in real], bool).reshape(
        len(real), len(guess)
    )
    if within_class:
        table = np.where(labels, table, -1.0)
    # Of two equally placed candidates the one with the right class is the pair.
    pairs = [
        Pair(real[r], c, float(table[r, c]), bool(labels[r, c]))
        for r, c in assign(np.where(table >= threshold, table + 1e-6 * labels, table), threshold)
    ]
    taken, found = {p.guess for p in pairs}, {p.truth for p in pairs}
    extra = [c for c in range(len(guess)) if c not in taken]
    if ignored and extra:
        covered = _table([truth[i] for i in ignored], [guess[c] for c in extra], measure)
        extra = [
            c
            for k, c in enumerate(extra)
            if not (covered[:, k] >= threshold).any()
            and not _inside_any(guess[c], [truth[i] for i in ignored])
        ]
    return Matched(pairs, [i for i in real if i not in found], extra)


def _inside_any(mark: Mark, regions: Sequence[Mark]) -> bool:
    box = bounds(mark.geometry)
    if box is None:
        return False
    area = (box[2] - box[0]) * (box[3] - box[1])
    for region in regions:
        edge = bounds(region.geometry)
        if edge is None or area <= 0:
            continue
        wide = max(0.0, min(box[2], edge[2]) - max(box[0], edge[0]))
        high = max(0.0, min(box[3], edge[3]) - max(box[1], edge[1]))
        if wide * high / area >= 0.5:
            return True
    return False


def _forgive(
    table: NDArray[np.float64], truth: Sequence[Mark], guess: Sequence[Mark], tolerance: float
) -> None:
    rows = [i for i, m in enumerate(truth) if isinstance(m.geometry, Box)]
    columns = [j for j, m in enumerate(guess) if isinstance(m.geometry, Box)]
    if rows and columns:
        a, b = (boxes([side[i].geometry for i in which]) for side, which in ((truth, rows), (guess, columns)))
        near = np.abs(a[:, None, :] - b[None, :, :]).max(axis=2) <= tolerance
        block = np.ix_(rows, columns)
        table[block] = np.where(near & (table[block] >= 0), 1.0, table[block])


def _table(truth: Sequence[Mark], guess: Sequence[Mark], measure: Similarity) -> NDArray[np.float64]:
    """Similarity of every mark with every other, shape ``(n, m)``; -1 where they are about different places of the item."""
    table = _alike(truth, guess, measure)
    if any(m.at is not None for m in (*truth, *guess)):
        elsewhere = [[(t.at or _WHOLE) != (g.at or _WHOLE) for g in guess] for t in truth]
        table = np.where(np.array(elsewhere, bool).reshape(table.shape), -1.0, table)
    return table


def _alike(truth: Sequence[Mark], guess: Sequence[Mark], measure: Similarity) -> NDArray[np.float64]:
    if (
        measure is similarity
        and truth
        and guess
        and all(isinstance(m.geometry, Box) for m in (*truth, *guess))
    ):
        a, b = boxes([m.geometry for m in truth]), boxes([m.geometry for m in guess])
        return box_ious(a, b)
    return np.array([[measure(t.geometry, g.geometry) for g in guess] for t in truth], np.float64).reshape(
        len(truth), len(guess)
    )
