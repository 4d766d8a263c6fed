"""Axis-aligned boxes, rotated boxes and cuboids."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from doujia.consensus.structured.kinds import Kind
from doujia.consensus.structured.robust import Floats, biweight, circular_mean, weighted_median
from doujia.marks import Box, Cuboid3D, RotatedBox, shapes

__all__ = ["Boxes", "Cuboids", "RotatedBoxes", "box_array", "box_iou", "convex_overlap"]


def box_array(boxes: Sequence[Box]) -> Floats:
    """``(n, 4)`` edges x0, y0, x1, y1 in px, swapped where a box was drawn backwards."""
    edges = np.array([(b.x0, b.y0, b.x1, b.y1) for b in boxes], dtype=np.float64).reshape(-1, 4)
    low, high = np.minimum(edges[:, :2], edges[:, 2:]), np.maximum(edges[:, :2], edges[:, 2:])
    return np.asarray(np.hstack([low, high]))


def box_iou(a: Floats, b: Floats) -> Floats:
    """IoU of ``(n, 4)`` and ``(m, 4)`` boxes, ``(n, m)``; two equal boxes without area have 1."""
    inner = np.minimum(a[:, None, 2:], b[None, :, 2:]) - np.maximum(a[:, None, :2], b[None, :, :2])
    inter = np.prod(np.maximum(inner, 0), axis=2)
    area_a, area_b = np.prod(a[:, 2:] - a[:, :2], axis=1), np.prod(b[:, 2:] - b[:, :2], axis=1)
    union = area_a[:, None] + area_b[None, :] - inter
    same = np.all(a[:, None] == b[None, :], axis=2).astype(np.float64)
    return np.asarray(np.divide(inter, union, out=same, where=union > 0))


class Boxes(Kind):
    """IoU; Hungarian matching; per-edge weighted median, then biweight mean."""

    geometry = Box
    gate = 0.4

    def similarity(self, boxes: Sequence[Any]) -> Floats:
        edges = box_array(boxes)
        return box_iou(edges, edges)

    def fuse(self, boxes: Sequence[Any], scales: Floats) -> Box:
        edges = biweight(box_array(boxes), np.maximum(scales, self.floor))
        return Box(*(float(v) for v in edges))

    def errors(self, boxes: Sequence[Any], fused: Any) -> Floats:
        """Mean absolute difference of the four edges, px."""
        return np.asarray(np.abs(box_array(boxes) - box_array([fused])).mean(axis=1))


class RotatedBoxes(Kind):
    """Rotated IoU; centre as for boxes, size by weighted median in the object's frame, angle by circular mean."""

    geometry = RotatedBox
    gate = 0.4

    def similarity(self, boxes: Sequence[Any]) -> Floats:
        rings = [np.array(shapes.corners(b), dtype=np.float64).reshape(-1, 2) for b in boxes]
        areas = [abs(b.w * b.h) for b in boxes]
        return _pairwise_iou(rings, areas)

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
        rings = [_footprint(c) for c in cuboids]
        areas = [c.size[0] * c.size[1] for c in cuboids]
        n = len(cuboids)
        table = np.eye(n)
        for i in range(n):
            for j in range(i + 1, n):
                a, b = cuboids[i], cuboids[j]
                top = min(a.centre[2] + a.size[2] / 2, b.centre[2] + b.size[2] / 2)
                bottom = max(a.centre[2] - a.size[2] / 2, b.centre[2] - b.size[2] / 2)
                inter = convex_overlap(rings[i], rings[j]) * max(top - bottom, 0.0)
                union = areas[i] * a.size[2] + areas[j] * b.size[2] - inter
                table[i, j] = table[j, i] = inter / union if union > 0 else 0.0
        return table

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


def _footprint(cuboid: Cuboid3D) -> Floats:
    yaw = _yaw(np.array(cuboid.q))
    half_l, half_w = cuboid.size[0] / 2, cuboid.size[1] / 2
    local = np.array([(half_l, half_w), (-half_l, half_w), (-half_l, -half_w), (half_l, -half_w)])
    turn = np.array([(math.cos(yaw), math.sin(yaw)), (-math.sin(yaw), math.cos(yaw))])
    return np.asarray(local @ turn + np.array(cuboid.centre[:2]))


def _pairwise_iou(rings: list[Floats], areas: list[float]) -> Floats:
    n = len(rings)
    table = np.eye(n)
    for i in range(n):
        for j in range(i + 1, n):
            inter = convex_overlap(rings[i], rings[j])
            union = areas[i] + areas[j] - inter
            table[i, j] = table[j, i] = inter / union if union > 0 else 0.0
    return table


def convex_overlap(a: Floats, b: Floats) -> float:
    """Area common to two convex rings ``(n, 2)`` and ``(m, 2)``, by Sutherland–Hodgman clipping."""
    if _signed_area(b) < 0:
        b = b[::-1]
    ring = a
    for k in range(len(b)):
        start, edge = b[k], b[(k + 1) % len(b)] - b[k]
        side = edge[0] * (ring[:, 1] - start[1]) - edge[1] * (ring[:, 0] - start[0])
        kept = []
        for i in range(len(ring)):
            j = (i + 1) % len(ring)
            if side[i] >= 0:
                kept.append(ring[i])
            if (side[i] > 0 > side[j]) or (side[i] < 0 < side[j]):
                kept.append(ring[i] + (ring[j] - ring[i]) * (side[i] / (side[i] - side[j])))
        if len(kept) < 3:
            return 0.0
        ring = np.array(kept)
    return abs(_signed_area(ring))


def _signed_area(ring: Floats) -> float:
    x, y = ring[:, 0] - ring[0, 0], ring[:, 1] - ring[0, 1]
    return float(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2
