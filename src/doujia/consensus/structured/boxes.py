"""Axis-aligned boxes, rotated boxes and cuboids."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from doujia.consensus.structured.kinds import Kind
from doujia.consensus.structured.robust import Floats, biweight, circular_mean, weighted_median
from doujia.marks import Box, Cuboid3D, RotatedBox, shapes
from doujia.metrics.overlap import box_ious, cuboid_iou, rotated_iou

__all__ = ["Boxes", "Cuboids", "RotatedBoxes", "box_array", "box_iou"]


def box_array(boxes: Sequence[Box]) -> Floats:
    """``(n, 4)`` edges x0, y0, x1, y1 in px, swapped where a box was drawn backwards."""
    edges = np.array([(b.x0, b.y0, b.x1, b.y1) for b in boxes], dtype=np.float64).reshape(-1, 4)
    low, high = np.minimum(edges[:, :2], edges[:, 2:]), np.maximum(edges[:, :2], edges[:, 2:])
    return np.asarray(np.hstack([low, high]))


def box_iou(a: Floats, b: Floats) -> Floats:
    """IoU of ``(n, 4)`` and ``(m, 4)`` boxes, ``(n, m)``; two equal boxes without area have 1."""
    table = box_ious(a, b)
    same = np.all(a[:, None] == b[None, :], axis=2)
    return np.asarray(np.where(same, 1.0, table))


class Boxes(Kind):
    """IoU; Hungarian matching; per-edge weighted median, then biweight mean."""

    geometry = Box
    gate = 0.4

    def similarity(self, boxes: Sequence[Any]) -> Floats:
        edges = box_array(boxes)
        return box_iou(edges, edges)

    def fuse(self, boxes: Sequence[Any], scales: Floats) -> Box:
        edges = biweight(box_array(boxes), np.maximum(scales, self.floor))
        # A sum of weights off by one bit must not push an edge out of the picture.
        return Box(*(round(float(v), 6) for v in edges))

    def errors(self, boxes: Sequence[Any], fused: Any) -> Floats:
        """Mean absolute difference of the four edges, px."""
        return np.asarray(np.abs(box_array(boxes) - box_array([fused])).mean(axis=1))


class RotatedBoxes(Kind):
    """Rotated IoU; centre as for boxes, size by weighted median in the object's frame, angle by circular mean."""

    geometry = RotatedBox
    gate = 0.4

    def similarity(self, boxes: Sequence[Any]) -> Floats:
        return _pairwise(boxes, rotated_iou)

    def fuse(self, boxes: Sequence[Any], scales: Floats) -> RotatedBox:
        scales = np.maximum(scales, self.floor)
        weights = 1 / scales**2
        reference = boxes[int(np.argmax(self.similarity(boxes) @ weights))].angle
        turned = [_nearest_turn(b, reference) for b in boxes]
        angles = np.array([angle for angle, _, _ in turned])
        sizes = weighted_median(np.array([(w, h) for _, w, h in turned]), weights)
        centre = biweight(np.array([(b.cx, b.cy) for b in boxes], dtype=np.float64), scales)
        # the mean lies within a quarter turn of the reference, so the sum of deviations is safe
        angle = reference + circular_mean(angles - reference, weights)
        return RotatedBox(float(centre[0]), float(centre[1]), float(sizes[0]), float(sizes[1]), float(angle))

    def errors(self, boxes: Sequence[Any], fused: Any) -> Floats:
        """Mean distance of the corners, in the order that fits best, px."""
        target = np.array(shapes.corners(fused), dtype=np.float64).reshape(-1, 2)
        found = []
        for box in boxes:
            own = np.array(shapes.corners(box), dtype=np.float64).reshape(-1, 2)
            found.append(
                min(np.linalg.norm(np.roll(own, k, axis=0) - target, axis=1).mean() for k in range(4))
            )
        return np.array(found)


def _nearest_turn(box: RotatedBox, reference: float) -> tuple[float, float, float]:
    """The same rectangle with its angle within an eighth turn of ``reference``: angle, w, h."""
    quarter = round((reference - box.angle) / (math.pi / 2))
    angle = box.angle + quarter * math.pi / 2
    return (angle, box.w, box.h) if quarter % 2 == 0 else (angle, box.h, box.w)


class Cuboids(Kind):
    """IoU in space (bird's eye overlap times height); centre by biweight, size by median, heading by voted mean.

    The heading is averaged modulo half a turn, then front and back are voted; corners are never averaged. Errors are
    the distance of the centres, metres.
    """

    geometry = Cuboid3D
    gate = 0.3
    floor = 0.02

    def similarity(self, cuboids: Sequence[Any]) -> Floats:
        return _pairwise(cuboids, cuboid_iou)

    def fuse(self, cuboids: Sequence[Any], scales: Floats) -> Cuboid3D:
        scales = np.maximum(scales, self.floor)
        weights = 1 / scales**2
        centre = biweight(np.array([c.centre for c in cuboids]), scales, floor=self.floor)
        size = weighted_median(np.array([c.size for c in cuboids]), weights)
        q = np.array([c.q for c in cuboids], dtype=np.float64)
        q /= np.linalg.norm(q, axis=1, keepdims=True)
        yaw = np.array([_yaw(row) for row in q])
        axis = circular_mean(yaw, weights, period=math.pi)
        forward = weights @ np.cos(yaw - axis) >= 0
        heading = axis if forward else axis + math.pi
        back = np.cos(yaw - heading) < 0
        q[back] = np.array([_half_turn(row) for row in q[back]]).reshape(-1, 4)
        _, vectors = np.linalg.eigh((q * weights[:, None]).T @ q)  # Markley's mean of rotations
        mean = vectors[:, -1] * (1 if vectors[0, -1] >= 0 else -1)
        x, y, z = (float(v) for v in centre)
        a, b, c = (float(v) for v in size)
        w, i, j, k = (float(v) for v in mean)
        return Cuboid3D((x, y, z), (a, b, c), (w, i, j, k), frame=cuboids[0].frame)

    def errors(self, cuboids: Sequence[Any], fused: Any) -> Floats:
        return np.asarray(
            np.linalg.norm(np.array([c.centre for c in cuboids]) - np.array(fused.centre), axis=1)
        )


def _yaw(q: Floats) -> float:
    w, x, y, z = q
    return math.atan2(2 * (w * z + x * y), 1 - 2 * (y * y + z * z))


def _half_turn(q: Floats) -> tuple[float, float, float, float]:
    """The rotation followed by half a turn about the box's own z axis."""
    w, x, y, z = q
    return (-z, y, -x, w)


def _pairwise(shapes: Sequence[Any], iou: Callable[[Any, Any], float]) -> Floats:
    table = np.eye(len(shapes))
    for i, first in enumerate(shapes):
        for j in range(i + 1, len(shapes)):
            table[i, j] = table[j, i] = iou(first, shapes[j])
    return table
