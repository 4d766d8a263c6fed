"""Masks and polygons: a weighted vote of pixels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from doujia.consensus.structured.kinds import Kind
from doujia.consensus.structured.robust import Floats
from doujia.marks import Mask, Polygon, PolygonPart, raster, rle
from doujia.marks import shapes as plane

__all__ = ["Masks", "Polygons", "fuse_pixels", "simplify"]

Pixels = npt.NDArray[np.bool_]


def fuse_pixels(masks: npt.NDArray[Any], scales: Floats | None = None, *, rounds: int = 10) -> Pixels:
    r"""Weighted majority of masks ``(n, height, width)``, weights from agreement with the vote of the *others*.

    .. math:: w \propto \ln\left(\frac{1}{1 - IoU_w + \epsilon} + 1\right) / \max(s_w, .01)

    where s is the person's typical error from other items. A pixel belongs to the object when more than half of the
    weight says so; half exactly follows the heavier side of the plain count.

    Source: weights as in RASA, J. Li, F. Fukumoto, *A dataset of crowdsourced word sequences: collections and answer
    aggregation for ground truth creation*, AnnoNLP 2019, with the own mask left out.
    """
    stack = np.asarray(masks).reshape(len(masks), -1).astype(np.float64)
    prior = np.ones(len(stack)) if scales is None else 1 / np.maximum(scales, 0.01)
    weights = prior / prior.sum()
    areas = stack.sum(axis=1)
    for _ in range(rounds):
        field = weights @ stack
        new = np.empty(len(stack))
        for i in range(len(stack)):
            rest = 1 - weights[i]
            vote = (field - weights[i] * stack[i]) > rest / 2 if rest > 1e-9 else stack[i] > 0
            inter = float(stack[i] @ vote)
            union = areas[i] + float(vote.sum()) - inter
            new[i] = prior[i] * np.log(1 / (1 - (inter / union if union else 1.0) + 1e-2) + 1)
        new /= new.sum()
        if np.abs(new - weights).max() < 1e-4:
            weights = new
            break
        weights = new
    field = weights @ stack
    tie = np.abs(field - 0.5) < 1e-9
    voted = np.where(tie, stack.mean(axis=0) >= 0.5, field > 0.5)
    return np.asarray(voted.reshape(np.asarray(masks).shape[1:]))


def _iou_table(stack: Floats) -> Floats:
    """Pairwise IoU of ``(n, pixels)`` masks; two empty ones have 1 by definition."""
    inter = stack @ stack.T
    area = stack.sum(axis=1)
    union = area[:, None] + area[None, :] - inter
    return np.asarray(np.divide(inter, union, out=np.ones_like(inter), where=union > 0))


class Masks(Kind):
    """IoU of pixels; fused by weighted vote within the union's window, so that background does not count."""

    geometry = Mask
    gate = 0.4
    floor = 0.01

    def similarity(self, masks: Sequence[Any]) -> Floats:
        window, _ = _windowed(masks)
        return _iou_table(window.reshape(len(masks), -1).astype(np.float64))

    def fuse(self, masks: Sequence[Any], scales: Floats) -> Mask:
        window, (y0, x0) = _windowed(masks)
        fused = fuse_pixels(window, scales)
        whole = np.zeros(masks[0].size, dtype=np.bool_)
        whole[y0 : y0 + fused.shape[0], x0 : x0 + fused.shape[1]] = fused
        return rle.encode(whole)


def _windowed(masks: Sequence[Mask]) -> tuple[Pixels, tuple[int, int]]:
    """``(n, h, w)`` pixels within the bounds of the union, and its corner (y0, x0)."""
    bounds = [b for b in map(rle.bounds, masks) if b is not None]
    if not bounds:
        return np.zeros((len(masks), 1, 1), dtype=np.bool_), (0, 0)
    x0, y0 = min(b[0] for b in bounds), min(b[1] for b in bounds)
    x1, y1 = max(b[2] for b in bounds), max(b[3] for b in bounds)
    return np.stack([rle.decode(mask)[y0:y1, x0:x1] for mask in masks]), (y0, x0)


class Polygons(Kind):
    """Rasterised at twice the resolution (less for huge shapes), voted, traced, simplified to half a pixel.

    Parts and holes are kept. Self-crossing outlines are taken as the pixels they enclose.
    """

    geometry = Polygon
    gate = 0.4
    floor = 0.01
    max_side = 1500

    def similarity(self, polygons: Sequence[Any]) -> Floats:
        stack, _, _ = self._stack(polygons)
        return _iou_table(stack.reshape(len(polygons), -1).astype(np.float64))

    def fuse(self, polygons: Sequence[Any], scales: Floats) -> Polygon:
        stack, corner, scale = self._stack(polygons)
        outline = raster.polygon_of(rle.encode(fuse_pixels(stack, scales)))
        parts = []
        for part in outline.parts:
            if plane.ring_area(part.outer) < 2 * scale * scale and len(outline.parts) > 1:
                continue  # crumbs of the vote, smaller than two pixels
            holes = [_back(h, corner, scale) for h in part.holes if plane.ring_area(h) >= 2 * scale * scale]
            parts.append(PolygonPart(outer=_back(part.outer, corner, scale), holes=holes))
        return Polygon(parts=parts)

    def _stack(self, polygons: Sequence[Polygon]) -> tuple[Pixels, tuple[float, float], float]:
        known = [b for b in map(plane.bounds, polygons) if b is not None]
        if not known:
            return np.zeros((len(polygons), 1, 1), dtype=np.bool_), (0.0, 0.0), 1.0
        x0, y0 = min(b[0] for b in known) - 1, min(b[1] for b in known) - 1
        width, height = max(b[2] for b in known) - x0 + 1, max(b[3] for b in known) - y0 + 1
        scale = min(2.0, self.max_side / max(width, height))
        rows, columns = int(np.ceil(height * scale)) + 1, int(np.ceil(width * scale)) + 1
        pixels = [rle.decode(raster.mask_of(_moved(p, x0, y0, scale), rows, columns)) for p in polygons]
        return np.stack(pixels), (x0, y0), scale


def _moved(polygon: Polygon, x0: float, y0: float, scale: float) -> Polygon:
    def ring(xy: Sequence[float]) -> list[float]:
        return [(v - (x0 if i % 2 == 0 else y0)) * scale for i, v in enumerate(xy)]

    return Polygon([PolygonPart(ring(part.outer), [ring(h) for h in part.holes]) for part in polygon.parts])


def _back(xy: Sequence[float], corner: tuple[float, float], scale: float) -> list[float]:
    points = np.array(xy, dtype=np.float64).reshape(-1, 2)
    points = simplify(_midpoints(points), 0.5 * scale)
    return [float(v) for v in (points / scale + np.array(corner)).ravel()]


def _midpoints(ring: Floats) -> Floats:
    """Middles of the edges of a pixel staircase: the line the staircase stands for; area is nearly kept."""
    if len(ring) <= 4:
        return ring
    ends = np.roll(ring, -1, axis=0)
    long = np.linalg.norm(ends - ring, axis=1) > 4
    points: list[Floats] = []
    for start, end, keep in zip(ring, ends, long, strict=True):
        if keep:  # a long straight edge is meant: keep its ends
            points += [
                start + (end - start) * 0.5 / np.linalg.norm(end - start),
                end - (end - start) * 0.5 / np.linalg.norm(end - start),
            ]
        else:
            points.append((start + end) / 2)
    return np.array(points)


def simplify(points: Floats, tolerance: float, *, closed: bool = True) -> Floats:
    """Leave out points of a line that lie within ``tolerance`` of the simplified one.

    Source: D. Douglas, T. Peucker, *Algorithms for the reduction of the number of points*, 1973.
    """
    if len(points) < (4 if closed else 3):
        return points
    if closed:
        far = int(np.argmax(np.linalg.norm(points - points[0], axis=1)))
        first = simplify(points[: far + 1], tolerance, closed=False)
        second = simplify(np.vstack([points[far:], points[:1]]), tolerance, closed=False)
        return np.vstack([first[:-1], second[:-1]])
    keep = np.zeros(len(points), dtype=bool)
    keep[[0, -1]] = True
    todo = [(0, len(points) - 1)]
    while todo:
        start, end = todo.pop()
        if end - start < 2:
            continue
        line = points[end] - points[start]
        offset = points[start + 1 : end] - points[start]
        length = float(np.linalg.norm(line))
        away = (
            np.abs(line[0] * offset[:, 1] - line[1] * offset[:, 0]) / length
            if length > 0
            else np.linalg.norm(offset, axis=1)
        )
        worst = int(np.argmax(away))
        if away[worst] > tolerance:
            keep[start + 1 + worst] = True
            todo += [(start, start + 1 + worst), (start + 1 + worst, end)]
    return np.asarray(points[keep])
