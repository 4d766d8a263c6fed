"""Ellipses and boxes in perspective."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from doujia.consensus.structured.boxes import box_iou
from doujia.consensus.structured.kinds import Kind, pairwise_similarity
from doujia.consensus.structured.robust import Floats, biweight, circular_mean, weighted_median
from doujia.marks import Cuboid2D, Ellipse

__all__ = ["Ellipses", "PerspectiveBoxes"]


class Ellipses(Kind):
    """IoU; centre by biweight, radii by weighted median along the axes that fit together, angle by circular mean."""

    geometry = Ellipse
    gate = 0.4

    def similarity(self, shapes: Sequence[Any]) -> Floats:
        return pairwise_similarity(shapes)

    def fuse(self, shapes: Sequence[Any], scales: Floats) -> Ellipse:
        scales = np.maximum(scales, self.floor)
        weights = 1 / scales**2
        reference = shapes[int(np.argmax(self.similarity(shapes) @ weights))]
        turned = [_nearest_turn(e, reference.angle) for e in shapes]
        radii = weighted_median(np.array([(rx, ry) for _, rx, ry in turned]), weights)
        centre = biweight(np.array([(e.cx, e.cy) for e in shapes], dtype=np.float64), scales)
        deviations = np.array([angle - reference.angle for angle, _, _ in turned])
        angle = reference.angle + circular_mean(deviations, weights)
        return Ellipse(float(centre[0]), float(centre[1]), float(radii[0]), float(radii[1]), float(angle))

    def errors(self, shapes: Sequence[Any], fused: Any) -> Floats:
        """Mean absolute difference of the upright bounds, px."""
        return np.asarray(np.abs(_bounds(shapes) - _bounds([fused])).mean(axis=1))


class PerspectiveBoxes(Kind):
    """Both faces corner by corner, biweight mean of each coordinate; similarity: mean IoU of the faces' upright bounds."""

    geometry = Cuboid2D
    gate = 0.4

    def similarity(self, shapes: Sequence[Any]) -> Floats:
        faces = _corners(shapes).reshape(len(shapes), 2, 4, 2)
        edges = np.concatenate([faces.min(axis=2), faces.max(axis=2)], axis=2)
        return (box_iou(edges[:, 0], edges[:, 0]) + box_iou(edges[:, 1], edges[:, 1])) / 2

    def fuse(self, shapes: Sequence[Any], scales: Floats) -> Cuboid2D:
        corners = biweight(_corners(shapes), np.maximum(scales, self.floor)).tolist()
        return Cuboid2D(corners[:8], corners[8:])

    def errors(self, shapes: Sequence[Any], fused: Any) -> Floats:
        """Mean distance of the eight corners, px."""
        difference = (_corners(shapes) - _corners([fused])).reshape(len(shapes), 8, 2)
        return np.asarray(np.linalg.norm(difference, axis=2).mean(axis=1))


def _nearest_turn(ellipse: Ellipse, reference: float) -> tuple[float, float, float]:
    """The same ellipse with its angle within an eighth turn of ``reference``: angle, rx, ry."""
    quarter = round((reference - ellipse.angle) / (math.pi / 2))
    angle = ellipse.angle + quarter * math.pi / 2
    return (angle, ellipse.rx, ellipse.ry) if quarter % 2 == 0 else (angle, ellipse.ry, ellipse.rx)


def _bounds(shapes: Sequence[Any]) -> Floats:
    rows = []
    for e in shapes:
        half_w = math.hypot(e.rx * math.cos(e.angle), e.ry * math.sin(e.angle))
        half_h = math.hypot(e.rx * math.sin(e.angle), e.ry * math.cos(e.angle))
        rows.append((e.cx - half_w, e.cy - half_h, e.cx + half_w, e.cy + half_h))
    return np.array(rows, dtype=np.float64)


def _corners(shapes: Sequence[Any]) -> Floats:
    return np.array([[*c.front, *c.back] for c in shapes], dtype=np.float64)
