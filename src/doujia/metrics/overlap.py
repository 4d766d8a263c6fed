"""Intersection over union, for every kind of mark that covers an area or a volume.

Boxes are vectorised; turned boxes and polygons without holes that are convex are clipped exactly; everything else is compared
pixel by pixel, as COCO does. All measures lie in 0..1 and are 0 when one side is empty.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from doujia.errors import InputError
from doujia.marks import Box, Cuboid3D, Ellipse, Interval, Mask, Polygon, RotatedBox, Track
from doujia.marks.geometry import Geometry
from doujia.marks.interpolate import expand
from doujia.marks.raster import mask_of
from doujia.marks.rle import area as mask_area
from doujia.marks.rle import decode, intersection
from doujia.marks.shapes import area, bounds, corners, ring_area

__all__ = [
    "bev_iou",
    "boundary_f",
    "box_ious",
    "clip_convex",
    "cuboid_iou",
    "interval_iou",
    "iou",
    "mask_iou",
    "rotated_iou",
    "track_iou",
    "yaw",
]

Floats = NDArray[np.float64]


def box_ious(first: Floats, second: Floats, *, ignore: NDArray[np.bool_] | None = None) -> Floats:
    """Return the IoU of every box of ``first`` with every box of ``second``.

    Args:
        first: shape ``(n, 4)``, x0 y0 x1 y1 in px.
        second: shape ``(m, 4)``.
        ignore: shape ``(m,)``; where True the union is the area of the first box alone, as COCO scores crowds.

    Returns:
        Shape ``(n, m)``.

    >>> box_ious(np.array([[0.0, 0, 10, 10]]), np.array([[5.0, 0, 15, 10]])).round(4).tolist()
    [[0.3333]]
    """
    a, b = np.asarray(first, np.float64).reshape(-1, 4), np.asarray(second, np.float64).reshape(-1, 4)
    wide = np.minimum(a[:, None, 2], b[None, :, 2]) - np.maximum(a[:, None, 0], b[None, :, 0])
    high = np.minimum(a[:, None, 3], b[None, :, 3]) - np.maximum(a[:, None, 1], b[None, :, 1])
    common = np.clip(wide, 0, None) * np.clip(high, 0, None)
    area_a = np.clip(a[:, 2] - a[:, 0], 0, None) * np.clip(a[:, 3] - a[:, 1], 0, None)
    area_b = np.clip(b[:, 2] - b[:, 0], 0, None) * np.clip(b[:, 3] - b[:, 1], 0, None)
    union = area_a[:, None] + area_b[None, :] - common
    if ignore is not None:
        union = np.where(
            np.asarray(ignore, bool)[None, :], np.broadcast_to(area_a[:, None], union.shape), union
        )
    return np.asarray(np.divide(common, union, out=np.zeros_like(common), where=union > 0), np.float64)


def clip_convex(subject: Sequence[float], window: Sequence[float]) -> list[float]:
    """Return the part of the polygon ``subject`` inside the convex polygon ``window`` (Sutherland–Hodgman), flat xy."""
    points = [(subject[i], subject[i + 1]) for i in range(0, len(subject), 2)]
    edge = [(window[i], window[i + 1]) for i in range(0, len(window), 2)]
    turn = sum(edge[i - 1][0] * edge[i][1] - edge[i][0] * edge[i - 1][1] for i in range(len(edge)))
    if turn < 0:
        edge.reverse()
    for i in range(len(edge)):
        (x0, y0), (x1, y1) = edge[i - 1], edge[i]

        def side(
            p: tuple[float, float], x0: float = x0, y0: float = y0, x1: float = x1, y1: float = y1
        ) -> float:
            return (x1 - x0) * (p[1] - y0) - (y1 - y0) * (p[0] - x0)

        kept: list[tuple[float, float]] = []
        for k in range(len(points)):
            p, q = points[k - 1], points[k]
            sp, sq = side(p), side(q)
            if (sp < 0) != (sq < 0):
                t = sp / (sp - sq)
                kept.append((p[0] + t * (q[0] - p[0]), p[1] + t * (q[1] - p[1])))
            if sq >= 0:
                kept.append(q)
        points = kept
        if not points:
            return []
    return [v for p in points for v in p]


def rotated_iou(first: RotatedBox | Box, second: RotatedBox | Box) -> float:
    """Return the exact IoU of two turned boxes."""
    a, b = corners(first), corners(second)
    common = ring_area(clip_convex(a, b))
    union = ring_area(a) + ring_area(b) - common
    return common / union if union > 0 else 0.0


def mask_iou(first: Mask, second: Mask) -> float:
    """Return the IoU of two masks of the same picture, in pixels."""
    common = intersection(first, second)
    union = mask_area(first) + mask_area(second) - common
    return common / union if union else 0.0


def interval_iou(first: Interval, second: Interval) -> float:
    """Return the IoU of two half-open stretches of time; 0 on different channels."""
    if first.channel != second.channel:
        return 0.0
    common = max(0, min(first.end, second.end) - max(first.start, second.start))
    union = (first.end - first.start) + (second.end - second.start) - common
    return common / union if union > 0 else 0.0


def yaw(cuboid: Cuboid3D) -> float:
    """Return the heading of a cuboid about the vertical axis, radians."""
    w, x, y, z = cuboid.q
    return math.atan2(2 * (w * z + x * y), 1 - 2 * (y * y + z * z))


def _footprint(cuboid: Cuboid3D) -> list[float]:
    length, width, _ = cuboid.size
    return corners(RotatedBox(cuboid.centre[0], cuboid.centre[1], length, width, yaw(cuboid)))


def bev_iou(first: Cuboid3D, second: Cuboid3D) -> float:
    """Return the IoU of the footprints seen from above (KITTI's bird's eye view)."""
    _same_frame(first, second)
    a, b = _footprint(first), _footprint(second)
    common = ring_area(clip_convex(a, b))
    union = ring_area(a) + ring_area(b) - common
    return common / union if union > 0 else 0.0


def cuboid_iou(first: Cuboid3D, second: Cuboid3D) -> float:
    """Return the IoU of two upright cuboids: exact footprints times the common height (pitch and roll are not used)."""
    _same_frame(first, second)
    flat = ring_area(clip_convex(_footprint(first), _footprint(second)))
    low = max(first.centre[2] - first.size[2] / 2, second.centre[2] - second.size[2] / 2)
    high = min(first.centre[2] + first.size[2] / 2, second.centre[2] + second.size[2] / 2)
    common = flat * max(0.0, high - low)
    union = math.prod(first.size) + math.prod(second.size) - common
    return common / union if union > 0 else 0.0


def _same_frame(first: Cuboid3D, second: Cuboid3D) -> None:
    if first.frame != second.frame:
        raise InputError(
            f"The cuboids are in different frames ({first.frame}, {second.frame}).",
            zh=f"两个立体框不在同一个坐标系({first.frame}、{second.frame})。",
            code="frames_differ",
        )


def iou(first: Geometry, second: Geometry, *, size: tuple[int, int] | None = None) -> float:
    """Return the IoU of two marks of any kind that covers something.

    Args:
        size: (height, width) of the picture, for shapes compared pixel by pixel; the smallest that fits by default.

    Raises:
        InputError: a kind that covers nothing (points, lines, spans …).
    """
    if isinstance(first, Cuboid3D) and isinstance(second, Cuboid3D):
        return cuboid_iou(first, second)
    if isinstance(first, Interval) and isinstance(second, Interval):
        return interval_iou(first, second)
    if isinstance(first, Box) and isinstance(second, Box):
        boxes = np.array(
            [[first.x0, first.y0, first.x1, first.y1], [second.x0, second.y0, second.x1, second.y1]]
        )
        return float(box_ious(boxes[:1], boxes[1:])[0, 0])
    if isinstance(first, (Box, RotatedBox)) and isinstance(second, (Box, RotatedBox)):
        return rotated_iou(first, second)
    areas = (Box, RotatedBox, Polygon, Mask, Ellipse)
    if not isinstance(first, areas) or not isinstance(second, areas):
        names = f"{type(first).__name__}, {type(second).__name__}"
        raise InputError(
            f"IoU is not defined for {names}.", zh=f"{names} 不能算交并比。", code="iou_undefined"
        )
    a, b = bounds(first), bounds(second)
    if a is None or b is None:
        return 0.0
    if a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]:
        return 0.0
    height, width = size or _size(first, second)
    return mask_iou(mask_of(first, height, width), mask_of(second, height, width))


def track_iou(first: Track, second: Track) -> float:
    """Return the IoU of two tracks over time: areas of what both cover over what either covers, summed over the frames.

    0 for tracks of what covers nothing (points, lines); 1 for two that are never visible.
    """
    last = max((k.t for track in (first, second) for k in track.keyframes), default=0)
    one = {s.t: s.geometry for s in expand(first, last)}
    other = {s.t: s.geometry for s in expand(second, last)}
    if not one and not other:
        return 1.0
    both = whole = 0.0
    for t in one.keys() | other.keys():
        a, b = one.get(t), other.get(t)
        sizes = sum(area(g) for g in (a, b) if g is not None)
        alike = iou(a, b) if a is not None and b is not None and sizes else 0.0
        both += sizes * alike / (1 + alike)
        whole += sizes / (1 + alike)
    return both / whole if whole else 0.0


def _size(*geometries: Geometry) -> tuple[int, int]:
    for geometry in geometries:
        if isinstance(geometry, Mask):
            return geometry.size
    edges = [b for g in geometries if (b := bounds(g)) is not None]
    return math.ceil(max(e[3] for e in edges)) + 1, math.ceil(max(e[2] for e in edges)) + 1


def boundary_f(truth: Mask, guess: Mask, *, tolerance: float = 0.0075) -> float:
    """Return the boundary F-measure of two masks (DAVIS).

    Args:
        tolerance: how far contours may lie apart: a fraction of the diagonal below 1, else px.

    Source:
        Perazzi et al., "A Benchmark Dataset and Evaluation Methodology for Video Object Segmentation", CVPR 2016.
    """
    from scipy.ndimage import binary_dilation

    a, b = _edge(decode(truth)), _edge(decode(guess))
    if not a.any() and not b.any():
        return 1.0
    if not a.any() or not b.any():
        return 0.0
    reach = math.ceil(tolerance * math.hypot(*truth.size)) if tolerance < 1 else round(tolerance)
    span = np.arange(-reach, reach + 1)
    disk = span[:, None] ** 2 + span[None, :] ** 2 <= reach**2
    precision = float((b & binary_dilation(a, disk)).sum() / b.sum())
    recall = float((a & binary_dilation(b, disk)).sum() / a.sum())
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def _edge(pixels: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Pixels whose right, lower or lower-right neighbour differs; the last row and column are no edge by themselves."""
    padded = np.pad(pixels, ((0, 1), (0, 1)), mode="edge")
    here = padded[:-1, :-1]
    return np.asarray((here ^ padded[1:, :-1]) | (here ^ padded[:-1, 1:]) | (here ^ padded[1:, 1:]), bool)
