"""Spans of text as single objects; ``SpanConsensus`` is the model of tags for whole layers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from doujia.consensus.structured.kinds import Kind
from doujia.consensus.structured.robust import Floats, weighted_median
from doujia.marks import Span, Spans

__all__ = ["BrokenSpans", "TextSpans"]


class TextSpans(Kind):
    """IoU of characters; each end by weighted median, at a place where somebody set it. Unit: code points."""

    geometry = Span
    gate = 0.3

    def similarity(self, shapes: Sequence[Any]) -> Floats:
        return _character_iou([set(range(s.start, s.end)) for s in shapes])

    def fuse(self, shapes: Sequence[Any], scales: Floats) -> Span:
        weights = 1 / np.maximum(scales, self.floor) ** 2
        ends = weighted_median(np.array([(s.start, s.end) for s in shapes], dtype=np.float64), weights)
        start, end = (
            _nearest(float(v), [getattr(s, side) for s in shapes])
            for v, side in zip(ends, ("start", "end"), strict=True)
        )
        if start >= end:  # ends of people who meant different words
            return max(shapes, key=lambda s: (s.end - s.start, -s.start))  # type: ignore[no-any-return]
        return Span(start, end, next((s.quote for s in shapes if (s.start, s.end) == (start, end)), None))

    def errors(self, shapes: Sequence[Any], fused: Any) -> Floats:
        """Mean distance of the two ends, code points."""
        return np.array(
            [(abs(s.start - fused.start) + abs(s.end - fused.end)) / 2 for s in shapes], dtype=np.float64
        )


class BrokenSpans(Kind):
    """Discontinuous spans: IoU of characters; a character belongs where more than half of the weight has it."""

    geometry = Spans
    gate = 0.3
    floor = 0.05

    def similarity(self, shapes: Sequence[Any]) -> Floats:
        return _character_iou([_covered(s) for s in shapes])

    def fuse(self, shapes: Sequence[Any], scales: Floats) -> Spans:
        weights = 1 / np.maximum(scales, self.floor) ** 2
        votes: dict[int, float] = {}
        for shape, weight in zip(shapes, weights.tolist(), strict=True):
            for at in _covered(shape):
                votes[at] = votes.get(at, 0.0) + weight
        ranges: list[tuple[int, int]] = []
        for at in sorted(at for at, weight in votes.items() if weight * 2 > weights.sum()):
            if ranges and ranges[-1][1] == at:
                ranges[-1] = (ranges[-1][0], at + 1)
            else:
                ranges.append((at, at + 1))
        return Spans(ranges) if ranges else shapes[int(np.argmax(weights))]


def _covered(shape: Spans) -> set[int]:
    return {at for start, end in shape.ranges for at in range(start, end)}


def _nearest(value: float, places: Sequence[int]) -> int:
    return min(places, key=lambda place: (abs(place - value), place))


def _character_iou(covered: Sequence[set[int]]) -> Floats:
    table = np.eye(len(covered))
    for i, first in enumerate(covered):
        for j in range(i + 1, len(covered)):
            union = len(first | covered[j])
            table[i, j] = table[j, i] = len(first & covered[j]) / union if union else 1.0
    return table
