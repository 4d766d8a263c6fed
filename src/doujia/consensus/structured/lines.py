"""Polylines and landmarks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from doujia.consensus.structured.kinds import Kind
from doujia.consensus.structured.regions import simplify
from doujia.consensus.structured.robust import Floats, geometric_median, weighted_median
from doujia.marks import Keypoints, Polyline

__all__ = ["Landmarks", "Polylines", "resample"]

_SAMPLES = 64


def resample(xy: Sequence[float], samples: int = _SAMPLES) -> Floats:
    """``(samples, 2)`` points evenly spaced along a flat line."""
    points = np.array(xy, dtype=np.float64).reshape(-1, 2)
    along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
    at = np.linspace(0, along[-1], samples)
    return np.column_stack([np.interp(at, along, points[:, axis]) for axis in (0, 1)])


class Polylines(Kind):
    """Mean distance of 64 points along the line, directions aligned; per-point weighted median, simplified."""

    geometry = Polyline
    gate = 0.5
    tolerance = 0.5

    def similarity(self, lines: Sequence[Any]) -> Floats:
        """1 - mean distance / half the length of the shorter line, at least 0."""
        points = [resample(line.xy) for line in lines]
        length = np.array([max(np.linalg.norm(np.diff(p, axis=0), axis=1).sum(), 1e-9) for p in points])
        n = len(lines)
        table = np.eye(n)
        for i in range(n):
            for j in range(i + 1, n):
                away = _distance(points[i], points[j])
                table[i, j] = table[j, i] = max(0.0, 1 - away / (0.5 * min(length[i], length[j])))
        return table

    def fuse(self, lines: Sequence[Any], scales: Floats) -> Polyline:
        weights = 1 / np.maximum(scales, self.floor) ** 2
        points = [resample(line.xy) for line in lines]
        reference = points[int(np.argmax(self.similarity(lines) @ weights))]
        aligned = np.stack([_aligned(p, reference) for p in points])
        fused = weighted_median(aligned.reshape(len(lines), -1), weights).reshape(-1, 2)
        return Polyline([float(v) for v in simplify(fused, self.tolerance, closed=False).ravel()])

    def errors(self, lines: Sequence[Any], fused: Any) -> Floats:
        """Mean distance to the fused line, px."""
        target = resample(fused.xy)
        return np.array([_distance(resample(line.xy), target) for line in lines])


def _aligned(points: Floats, reference: Floats) -> Floats:
    """Turned round if the other direction is nearer."""
    same = np.linalg.norm(points - reference, axis=1).sum()
    turned = np.linalg.norm(points[::-1] - reference, axis=1).sum()
    return points if same <= turned else points[::-1]


def _distance(a: Floats, b: Floats) -> float:
    """Mean distance from each line's points to the other line's nearest point, the larger way."""
    gaps = np.linalg.norm(a[:, None] - b[None], axis=2)
    return float(max(gaps.min(axis=1).mean(), gaps.min(axis=0).mean()))


class Landmarks(Kind):
    """Geometric median per point, weights 1 / s²; visibility by weighted vote; left and right swaps are undone.

    Similarity is 1 - mean distance / a quarter of the diagonal of the points' bounds. Errors are px.

    Args:
        swaps: pairs of point indices that people mix up (left and right eye).
    """

    geometry = Keypoints
    gate = 0.4

    def __init__(self, swaps: Sequence[tuple[int, int]] = ()) -> None:
        self.swaps = list(swaps)

    def similarity(self, poses: Sequence[Any]) -> Floats:
        n = len(poses)
        table = np.eye(n)
        arrays = [_points(p) for p in poses]
        for i in range(n):
            for j in range(i + 1, n):
                table[i, j] = table[j, i] = _pose_similarity(arrays[i], arrays[j])
        return table

    def fuse(self, poses: Sequence[Any], scales: Floats) -> Keypoints:
        weights = 1 / np.maximum(scales, self.floor) ** 2
        arrays = self._unswapped([_points(p) for p in poses])
        points = np.stack([a[0] for a in arrays])
        seen = np.stack([a[1] for a in arrays])
        xy: list[float] = []
        v: list[int] = []
        for k in range(points.shape[1]):
            votes = [float(weights[seen[:, k] == state].sum()) for state in (0, 1, 2)]
            state = 0 if votes[0] > votes[1] + votes[2] else (2 if votes[2] >= votes[1] else 1)
            placed = seen[:, k] > 0
            if state == 0 or not placed.any():
                xy += [0.0, 0.0]
                v.append(0)
                continue
            centre = geometric_median(points[placed, k], weights[placed])
            xy += [float(centre[0]), float(centre[1])]
            v.append(state)
        return Keypoints(xy, v, poses[0].skeleton)

    def errors(self, poses: Sequence[Any], fused: Any) -> Floats:
        target, seen = _points(fused)
        found = []
        for pose in poses:
            points, own = _points(pose)
            both = (own > 0) & (seen > 0)
            found.append(
                float(np.linalg.norm(points[both] - target[both], axis=1).mean()) if both.any() else np.nan
            )
        return np.array(found)

    def _unswapped(self, arrays: list[tuple[Floats, Any]]) -> list[tuple[Floats, Any]]:
        """Exchange a pair in one person's answer where that brings it nearer to the median of all."""
        if not self.swaps or len(arrays) < 3:
            return arrays
        middle = np.median(np.stack([a[0] for a in arrays]), axis=0)
        mended = []
        for points, seen in arrays:
            points, seen = points.copy(), seen.copy()
            for left, right in self.swaps:
                pair, other = [left, right], [right, left]
                kept = np.linalg.norm(points[pair] - middle[pair], axis=1).sum()
                if (
                    seen[pair].min() > 0
                    and np.linalg.norm(points[other] - middle[pair], axis=1).sum() < 0.5 * kept
                ):
                    points[pair], seen[pair] = points[other], seen[other]
            mended.append((points, seen))
        return mended


def _points(pose: Keypoints) -> tuple[Floats, Any]:
    return np.array(pose.xy, dtype=np.float64).reshape(-1, 2), np.array(pose.v)


def _pose_similarity(a: tuple[Floats, Any], b: tuple[Floats, Any]) -> float:
    both = (a[1] > 0) & (b[1] > 0)
    if not both.any():
        return float(not (a[1] > 0).any() and not (b[1] > 0).any())
    points = np.vstack([a[0][a[1] > 0], b[0][b[1] > 0]])
    diagonal = max(float(np.linalg.norm(points.max(axis=0) - points.min(axis=0))), 1e-9)
    away = float(np.linalg.norm(a[0][both] - b[0][both], axis=1).mean())
    return max(0.0, 1 - away / (0.25 * diagonal))
