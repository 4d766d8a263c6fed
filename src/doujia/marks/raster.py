"""Outlines to pixels and back.

``mask_of_ring`` follows the rule of COCO's mask API, so that areas and IoUs agree with pycocotools to the pixel:
the outline is drawn on a grid five times finer, and a pixel's column toggles where that line crosses the column's
centre. ``polygon_of`` goes the other way along the pixels' edges and is exact: drawing its result gives the mask back.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from doujia.errors import InputError
from doujia.marks import rle
from doujia.marks.geometry import Box, Ellipse, Geometry, Mask, Polygon, PolygonPart, RotatedBox
from doujia.marks.shapes import ring_area, rings_of

__all__ = ["mask_of", "mask_of_ring", "polygon_of"]

_SCALE = 5
Ints = NDArray[np.int64]


def mask_of(geometry: Geometry, height: int, width: int) -> Mask:
    """Return the pixels of a box, rotated box, ellipse or polygon (its parts joined, its holes cut out).

    Raises:
        InputError: the geometry has no area, or a mask of another size was given.
    """
    if isinstance(geometry, Mask):
        if geometry.size == (height, width):
            return geometry
        raise InputError(
            f"The mask is {geometry.size[1]}x{geometry.size[0]}, the picture {width}x{height}.",
            zh=f"掩膜是 {geometry.size[1]}x{geometry.size[0]},图片是 {width}x{height}。",
            code="mask_shape",
        )
    polygon = rings_of(geometry) if isinstance(geometry, (Box, RotatedBox, Ellipse, Polygon)) else None
    if polygon is None:
        raise InputError("This geometry has no area.", zh="这种图形没有面积。", code="geometry_kind")
    parts = polygon.parts
    if len(parts) == 1 and not parts[0].holes:
        return mask_of_ring(parts[0].outer, height, width)
    total = np.zeros((height, width), dtype=np.bool_)
    for part in parts:
        piece = rle.decode(mask_of_ring(part.outer, height, width))
        for hole in part.holes:
            piece = piece & ~rle.decode(mask_of_ring(hole, height, width))
        total |= piece
    return rle.encode(total)


def mask_of_ring(xy: Sequence[float], height: int, width: int) -> Mask:
    """Return the pixels of one flat ring in a picture of ``height`` x ``width``.

    >>> rle.area(mask_of_ring([2, 3, 7, 3, 7, 9, 2, 9], 20, 20))
    30
    """
    points = np.asarray(xy, dtype=np.float64).reshape(-1, 2)
    if len(points) == 0:
        return Mask(size=(height, width), counts=rle.counts_to_string([height * width]))
    u, v = _fine_outline(np.trunc(points * _SCALE + 0.5).astype(np.int64))
    turn = np.flatnonzero(u[1:] != u[:-1])
    # A step between two fine columns lies at the smaller of the two; keep the steps on a pixel column's centre.
    column = np.minimum(u[turn], u[turn + 1])
    x = (column + 0.5) / _SCALE - 0.5
    on_centre = (np.floor(x) == x) & (x >= 0) & (x <= width - 1)
    x = x[on_centre]
    y = (np.minimum(v[turn], v[turn + 1])[on_centre] + 0.5) / _SCALE - 0.5
    y = np.ceil(np.clip(y, 0, height))
    places, times = np.unique(x.astype(np.int64) * height + y.astype(np.int64), return_counts=True)
    toggles = places[times % 2 == 1]
    toggles = toggles[toggles < height * width]
    edges = np.concatenate(([0], toggles, [height * width]))
    return Mask(size=(height, width), counts=rle.counts_to_string(np.diff(edges)))


def _fine_outline(corner: Ints) -> tuple[Ints, Ints]:
    """Return the points of a closed line through integer corners, one for each step along its longer axis."""
    x, y = corner[:, 0], corner[:, 1]
    next_x, next_y = np.roll(x, -1), np.roll(y, -1)
    dx, dy = np.abs(next_x - x), np.abs(next_y - y)
    flat = dx >= dy
    # Each side is drawn from its left (or upper) end, so that it rounds the same way in both directions.
    flip = np.where(flat, x > next_x, y > next_y)
    start_x, start_y = np.where(flip, next_x, x), np.where(flip, next_y, y)
    end_x, end_y = np.where(flip, x, next_x), np.where(flip, y, next_y)
    steps = np.maximum(dx, dy)
    rise = np.where(flat, end_y - start_y, end_x - start_x) / np.maximum(steps, 1)
    count = steps + 1
    side = np.repeat(np.arange(len(corner)), count)
    along = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    along = np.where(flip[side], steps[side] - along, along)
    base = np.where(flat, start_y, start_x)[side]
    across = np.trunc(base + rise[side] * along + 0.5).astype(np.int64)
    forward = np.where(flat, start_x, start_y)[side] + along
    on_flat = flat[side]
    return np.where(on_flat, forward, across), np.where(on_flat, across, forward)


def polygon_of(mask: Mask) -> Polygon:
    """Return the outline of a mask along its pixels' edges: one part for each 4-connected piece, with its holes.

    Every corner is kept, so ``mask_of(polygon_of(m), *m.size) == m``. An empty mask has no parts.
    """
    pixels = rle.decode(mask)
    height, width = pixels.shape
    padded = np.zeros((height + 2, width + 2), dtype=np.int8)
    padded[1:-1, 1:-1] = pixels
    upper_left, upper_right = padded[:-1, :-1], padded[:-1, 1:]
    lower_left, lower_right = padded[1:, :-1], padded[1:, 1:]
    falling = (upper_left == lower_right) & (upper_right == lower_left) & (upper_left != upper_right)
    single = (upper_left ^ upper_right ^ lower_left ^ lower_right) == 1
    ys, xs = np.nonzero(single)
    double_y, double_x = np.nonzero(falling)
    if not len(ys) and not len(double_y):
        return Polygon(parts=[])
    # Where two pixels touch only at a corner, that corner is two corners, one of each pixel. Rank says which of the
    # two is met first along its row (left first) and along its column (upper first).
    tl_br = upper_left[double_y, double_x] == 1
    y = np.concatenate((ys, double_y, double_y))
    x = np.concatenate((xs, double_x, double_x))
    in_row = np.concatenate(
        (np.zeros(len(ys), int), np.zeros(len(double_y), int), np.ones(len(double_y), int))
    )
    in_column = np.concatenate((np.zeros(len(ys), int), np.where(tl_br, 0, 1), np.where(tl_br, 1, 0)))
    across, down = _partners(np.lexsort((in_row, x, y))), _partners(np.lexsort((in_column, y, x)))
    rings = _follow(across, down, np.lexsort((in_row, x, y)))
    outers: list[PolygonPart] = []
    holes: list[list[float]] = []
    for ring in rings:
        index = np.asarray(ring)
        flat = np.stack((x[index], y[index]), axis=1).astype(np.float64).ravel().tolist()
        if lower_right[y[ring[0]], x[ring[0]]]:
            outers.append(PolygonPart(outer=flat, holes=[]))
        else:
            holes.append(flat)
    for hole in holes:
        inside = [p for p in outers if _contains(p.outer, hole[0] + 0.5, hole[1] + 0.5)]
        min(inside, key=lambda p: ring_area(p.outer)).holes.append(hole)
    return Polygon(parts=outers)


def _partners(order: NDArray[np.intp]) -> list[int]:
    """Corners sorted along their line pair up: first with second, third with fourth, each a drawn side."""
    partner = np.empty(len(order), dtype=np.intp)
    partner[order[0::2]] = order[1::2]
    partner[order[1::2]] = order[0::2]
    return partner.tolist()


def _follow(across: list[int], down: list[int], order: NDArray[np.intp]) -> list[list[int]]:
    """Walk every ring from its topmost, then leftmost corner, first along the row: clockwise for outer rings."""
    seen = bytearray(len(across))
    rings: list[list[int]] = []
    for start in order.tolist():
        if seen[start]:
            continue
        ring: list[int] = []
        at = start
        while not seen[at]:
            beside = across[at]
            seen[at] = seen[beside] = 1
            ring += [at, beside]
            at = down[beside]
        rings.append(ring)
    return rings


def _contains(xy: Sequence[float], px: float, py: float) -> bool:
    """Whether a flat ring holds a point (even-odd rule)."""
    inside = False
    ax, ay = xy[-2], xy[-1]
    for i in range(0, len(xy), 2):
        bx, by = xy[i], xy[i + 1]
        if (ay > py) != (by > py) and px < (bx - ax) * (py - ay) / (by - ay) + ax:
            inside = not inside
        ax, ay = bx, by
    return inside
