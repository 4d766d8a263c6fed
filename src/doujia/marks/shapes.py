"""Plane geometry of marks: bounds, areas, corners, outlines, clipping. Frame and angles as in ``geometry``."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from doujia.errors import InputError
from doujia.marks import rle
from doujia.marks.geometry import (
    Box,
    Cuboid2D,
    Ellipse,
    Geometry,
    Keypoints,
    Mask,
    Points,
    Polygon,
    PolygonPart,
    Polyline,
    RotatedBox,
    Track,
)

__all__ = [
    "area",
    "bounds",
    "boxes",
    "clip_ring",
    "corners",
    "ellipse_ring",
    "limbs",
    "polygon_areas",
    "ring_area",
    "rings_of",
    "rotated_from_corners",
    "shifted",
    "signed_ring_area",
    "smallest_rotated_box",
]

Bounds = tuple[float, float, float, float]
Floats = NDArray[np.float64]


def bounds(geometry: Geometry) -> Bounds | None:
    """Return ``(x0, y0, x1, y1)`` px of what a geometry covers in the picture, None when it has no place there.

    Keypoints count only where they are labelled (v > 0). A track has the bounds of all its visible keyframes.
    """
    match geometry:
        case Box(x0=x0, y0=y0, x1=x1, y1=y1):
            return (x0, y0, x1, y1)
        case Polygon(parts=parts):
            return _bounds_of_flat([p.outer for p in parts])
        case RotatedBox():
            return _bounds_of_flat([corners(geometry)])
        case Mask():
            return rle.bounds(geometry)
        case Polyline(xy=xy) | Points(xy=xy):
            return _bounds_of_flat([xy])
        case Keypoints(xy=xy, v=v):
            seen = [c for i, s in enumerate(v) if s > 0 for c in xy[2 * i : 2 * i + 2]]
            return _bounds_of_flat([seen])
        case Ellipse(cx=cx, cy=cy, rx=rx, ry=ry, angle=angle):
            half_w = math.hypot(rx * math.cos(angle), ry * math.sin(angle))
            half_h = math.hypot(rx * math.sin(angle), ry * math.cos(angle))
            return (cx - half_w, cy - half_h, cx + half_w, cy + half_h)
        case Cuboid2D(front=front, back=back):
            return _bounds_of_flat([front, back])
        case Track(keyframes=keyframes):
            each = [b for k in keyframes if not k.outside and (b := bounds(k.geometry)) is not None]
            if not each:
                return None
            x0s, y0s, x1s, y1s = zip(*each, strict=True)
            return (min(x0s), min(y0s), max(x1s), max(y1s))
    return None


def area(geometry: Geometry) -> float:
    """Return the area in px² (masks: pixels; polygons: outer rings less holes); 0 for what has none."""
    match geometry:
        case Box(x0=x0, y0=y0, x1=x1, y1=y1):
            return (x1 - x0) * (y1 - y0)
        case RotatedBox(w=w, h=h):
            return w * h
        case Polygon(parts=parts):
            return sum(ring_area(p.outer) - sum(map(ring_area, p.holes)) for p in parts)
        case Mask():
            return float(rle.area(geometry))
        case Ellipse(rx=rx, ry=ry):
            return math.pi * rx * ry
    return 0.0


def signed_ring_area(xy: Sequence[float]) -> float:
    """Return the area of a flat ring: positive when it runs clockwise on the screen (x right, y down)."""
    if len(xy) < 6:
        return 0.0
    xs, ys = xy[0::2], xy[1::2]
    # Coordinates relative to the first point keep the digits of small rings far from the origin.
    ox, oy = xs[0], ys[0]
    total = 0.0
    px, py = xs[-1] - ox, ys[-1] - oy
    for x, y in zip(xs, ys, strict=True):
        x, y = x - ox, y - oy
        total += px * y - x * py
        px, py = x, y
    return total / 2


def ring_area(xy: Sequence[float]) -> float:
    """Return the area of a flat ring, whichever way it runs.

    >>> ring_area([2, 3, 7, 3, 7, 9, 2, 9])
    30.0
    """
    return abs(signed_ring_area(xy))


def polygon_areas(rings: Sequence[Sequence[float]]) -> Floats:
    """Return the areas of many flat rings at once, shape (n,)."""
    if not rings:
        return np.zeros(0)
    lengths = np.array([len(r) // 2 for r in rings])
    flat = np.fromiter((c for r in rings for c in r), dtype=np.float64, count=int(lengths.sum()) * 2).reshape(
        -1, 2
    )
    starts = np.concatenate(([0], np.cumsum(lengths)[:-1]))
    flat = flat - np.repeat(flat[np.minimum(starts, len(flat) - 1)], lengths, axis=0)
    following = np.arange(1, len(flat) + 1)
    following[starts + lengths - 1] = starts
    cross = flat[:, 0] * flat[following, 1] - flat[following, 0] * flat[:, 1]
    return np.abs(np.add.reduceat(cross, starts)) / 2


def boxes(geometries: Sequence[Geometry]) -> Floats:
    """Return the bounds of many geometries, shape (n, 4) as x0, y0, x1, y1; NaN where there is no place."""
    none = (math.nan,) * 4
    return np.array([bounds(g) or none for g in geometries], dtype=np.float64).reshape(-1, 4)


def corners(box: RotatedBox | Box) -> list[float]:
    """Return the corners flat, in the box's own order: top-left, top-right, bottom-right, bottom-left.

    >>> corners(Box(100, 120, 300, 360))
    [100, 120, 300, 120, 300, 360, 100, 360]
    """
    if isinstance(box, Box):
        return [box.x0, box.y0, box.x1, box.y0, box.x1, box.y1, box.x0, box.y1]
    cos, sin = math.cos(box.angle), math.sin(box.angle)
    ax, ay, bx, by = cos * box.w / 2, sin * box.w / 2, -sin * box.h / 2, cos * box.h / 2
    cx, cy = box.cx, box.cy
    return [
        cx - ax - bx, cy - ay - by, cx + ax - bx, cy + ay - by, cx + ax + bx, cy + ay + by, cx - ax + bx, cy - ay + by,
    ]  # fmt: skip


def rotated_from_corners(xy: Sequence[float]) -> tuple[RotatedBox, float]:
    """Return the rotated box of four corners (TL, TR, BR, BL of its own frame) and the residual in px.

    Centre, width and height are means over the four corners, the angle is that of the first side. The residual is
    the largest distance between a given corner and the box's; above 0.5 px the four points are no rectangle.

    Raises:
        InputError: not four points.
    """
    if len(xy) != 8:
        raise InputError(
            f"A rotated box has 4 corners, got {len(xy) / 2:g}.",
            zh=f"旋转框要 4 个角,这里有 {len(xy) / 2:g} 个。",
            code="obb_corners",
        )
    x, y = xy[0::2], xy[1::2]
    w = (math.hypot(x[1] - x[0], y[1] - y[0]) + math.hypot(x[2] - x[3], y[2] - y[3])) / 2
    h = (math.hypot(x[2] - x[1], y[2] - y[1]) + math.hypot(x[3] - x[0], y[3] - y[0])) / 2
    box = RotatedBox(cx=sum(x) / 4, cy=sum(y) / 4, w=w, h=h, angle=math.atan2(y[1] - y[0], x[1] - x[0]))
    own = corners(box)
    residual = max(math.hypot(own[i] - xy[i], own[i + 1] - xy[i + 1]) for i in (0, 2, 4, 6))
    return box, residual


def smallest_rotated_box(xy: Sequence[float]) -> RotatedBox:
    """Return the rotated box of least area round flat points; its angle is in (-π/4, π/4].

    One side of that box lies on a side of the convex hull (Freeman and Shapira 1975), so every hull side is tried.
    """
    points = np.asarray(xy, dtype=np.float64).reshape(-1, 2)
    hull = _hull(points)
    sides = np.roll(hull, -1, axis=0) - hull
    angles = (
        np.unique(np.mod(np.arctan2(sides[:, 1], sides[:, 0]), np.pi / 2)) if len(hull) > 1 else np.zeros(1)
    )
    cos, sin = np.cos(angles), np.sin(angles)
    u, v = hull @ np.stack((cos, sin)), hull @ np.stack((-sin, cos))
    w, h = np.ptp(u, axis=0), np.ptp(v, axis=0)
    best = int(np.argmin(w * h))
    mid_u, mid_v = (u[:, best].max() + u[:, best].min()) / 2, (v[:, best].max() + v[:, best].min()) / 2
    angle, width, height = float(angles[best]), float(w[best]), float(h[best])
    cx, cy = mid_u * cos[best] - mid_v * sin[best], mid_u * sin[best] + mid_v * cos[best]
    if angle > math.pi / 4:
        angle, width, height = angle - math.pi / 2, height, width
    return RotatedBox(cx=float(cx), cy=float(cy), w=width, h=height, angle=angle)


def _hull(points: Floats) -> Floats:
    """Convex hull by Andrew's monotone chain."""
    ordered = sorted(map(tuple, np.unique(points, axis=0).tolist()))
    if len(ordered) < 3:
        return np.array(ordered, dtype=np.float64)

    def half(run: list[tuple[float, ...]]) -> list[tuple[float, ...]]:
        chain: list[tuple[float, ...]] = []
        for p in run:
            while len(chain) > 1 and (chain[-1][0] - chain[-2][0]) * (p[1] - chain[-2][1]) <= (
                chain[-1][1] - chain[-2][1]
            ) * (p[0] - chain[-2][0]):
                chain.pop()
            chain.append(p)
        return chain[:-1]

    return np.array(half(ordered) + half(ordered[::-1]), dtype=np.float64)


def ellipse_ring(ellipse: Ellipse, tolerance: float = 0.25) -> list[float]:
    """Return a ring on the ellipse whose sides stay within ``tolerance`` px of it."""
    largest = max(ellipse.rx, ellipse.ry, 1e-9)
    step = 2 * math.acos(max(1 - min(tolerance / largest, 1.0), -1.0)) if largest > tolerance else math.pi / 4
    count = min(max(8, math.ceil(2 * math.pi / step)), 720)
    cos, sin = math.cos(ellipse.angle), math.sin(ellipse.angle)
    out: list[float] = []
    for k in range(count):
        t = 2 * math.pi * k / count
        u, v = ellipse.rx * math.cos(t), ellipse.ry * math.sin(t)
        out += [ellipse.cx + u * cos - v * sin, ellipse.cy + u * sin + v * cos]
    return out


def rings_of(geometry: Geometry) -> Polygon | None:
    """Return the geometry's outline as a polygon (boxes, rotated boxes, ellipses), None for what has no area.

    Masks are outlined by ``doujia.marks.raster.polygon_of``.
    """
    match geometry:
        case Polygon():
            return geometry
        case Box() | RotatedBox():
            return Polygon(parts=[PolygonPart(outer=corners(geometry))])
        case Ellipse():
            return Polygon(parts=[PolygonPart(outer=ellipse_ring(geometry))])
    return None


def clip_ring(xy: Sequence[float], x0: float, y0: float, x1: float, y1: float) -> list[float]:
    """Return a flat ring clipped to a rectangle (Sutherland and Hodgman 1974); empty when nothing is left.

    A concave ring that falls into several pieces comes back as one ring whose pieces touch along the border.
    """
    points: list[tuple[float, float]] = [(xy[i], xy[i + 1]) for i in range(0, len(xy) - 1, 2)]
    for axis, limit, sign in ((0, x0, 1.0), (0, x1, -1.0), (1, y0, 1.0), (1, y1, -1.0)):
        kept: list[tuple[float, float]] = []
        for i, point in enumerate(points):
            before = points[i - 1]
            inside, was_inside = sign * (point[axis] - limit) >= 0, sign * (before[axis] - limit) >= 0
            if inside != was_inside:
                share = (limit - before[axis]) / (point[axis] - before[axis])
                other = before[1 - axis] + share * (point[1 - axis] - before[1 - axis])
                kept.append((limit, other) if axis == 0 else (other, limit))
            if inside:
                kept.append(point)
        points = kept
    flat = [float(c) for point in points for c in point]
    return flat if len(flat) >= 6 and ring_area(flat) > 0 else []


def limbs(keypoints: Keypoints, edges: Sequence[tuple[int, int]]) -> Floats:
    """Return the drawn edges of a skeleton, shape (n, 4) as xa, ya, xb, yb: those with both ends labelled."""
    xy, v = keypoints.xy, keypoints.v
    rows = [
        (xy[2 * a], xy[2 * a + 1], xy[2 * b], xy[2 * b + 1])
        for a, b in edges
        if a < len(v) and b < len(v) and v[a] > 0 and v[b] > 0
    ]
    return np.array(rows, dtype=np.float64).reshape(-1, 4)


def shifted(geometry: Geometry, dx: float, dy: float) -> Geometry:
    """Return a planar geometry moved by ``(dx, dy)`` px (masks cannot be moved by parts of a pixel).

    Raises:
        InputError: the kind has no coordinates in the picture.
    """

    def move(xy: Sequence[float]) -> list[float]:
        return [c + (dy if i % 2 else dx) for i, c in enumerate(xy)]

    match geometry:
        case Box(x0=x0, y0=y0, x1=x1, y1=y1):
            return Box(x0 + dx, y0 + dy, x1 + dx, y1 + dy)
        case RotatedBox(cx=cx, cy=cy, w=w, h=h, angle=angle):
            return RotatedBox(cx + dx, cy + dy, w, h, angle)
        case Ellipse(cx=cx, cy=cy, rx=rx, ry=ry, angle=angle):
            return Ellipse(cx + dx, cy + dy, rx, ry, angle)
        case Polygon(parts=parts):
            return Polygon([PolygonPart(move(p.outer), [move(h) for h in p.holes]) for p in parts])
        case Polyline(xy=xy):
            return Polyline(move(xy))
        case Points(xy=xy):
            return Points(move(xy))
        case Keypoints(xy=xy, v=v, skeleton=skeleton):
            return Keypoints(move(xy), v, skeleton)
        case Cuboid2D(front=front, back=back):
            return Cuboid2D(move(front), move(back))
    raise InputError(
        f"A {_kind(geometry)} cannot be moved in the plane.",
        zh=f"{_kind(geometry)} 不能在平面上移动。",
        code="geometry_kind",
    )


def _kind(geometry: Any) -> str:
    return str(getattr(geometry.__struct_config__, "tag", type(geometry).__name__))


def _bounds_of_flat(rings: Sequence[Sequence[float]]) -> Bounds | None:
    if len(rings) == 1:
        xs, ys = rings[0][0::2], rings[0][1::2]
    else:
        xs = [x for ring in rings for x in ring[0::2]]
        ys = [y for ring in rings for y in ring[1::2]]
    if not ys:
        return None
    return (min(xs), min(ys), max(xs), max(ys))
