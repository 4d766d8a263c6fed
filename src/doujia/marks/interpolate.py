"""Tracks between their keyframes: the one rule, shared with the browser by ``tests/golden/interpolation.json``.

Only keyframes are stored. Between keyframes a < f < b with s = (f - a) / (b - a):

* boxes, ellipses, cuboids in the picture and skeleton points move linearly, coordinate by coordinate;
* angles take the shorter way, a half turn goes in the positive sense; rotations in space take the shortest arc;
* outlines are paired by ``pair_rings`` and the pairs move linearly; polylines by ``pair_lines``;
* masks, several loose points, and geometry that changes its kind stay as they were at a;
* ``outside`` and ``occluded`` are those of a; a mutable attribute has the value of the last keyframe that set it.

After the last keyframe the object stays until the end of the item unless it is outside; before the first there is
nothing. Keyframes on deleted frames are kept in the track but do not count.

Source of the intent: CVAT's interpolation mode; the pairing of outlines and the half-turn rule are ours.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator

import msgspec
import numpy as np
import numpy.typing as npt

from doujia.errors import InputError
from doujia.marks.geometry import (
    AttributeValue,
    Box,
    Cuboid2D,
    Cuboid3D,
    Ellipse,
    Keyframe,
    Keypoints,
    Points,
    Polygon,
    PolygonPart,
    Polyline,
    RotatedBox,
    StaticGeometry,
    Track,
)

__all__ = [
    "FrameState",
    "between",
    "expand",
    "ordered_keyframes",
    "pair_lines",
    "pair_rings",
    "slerp",
    "state_at",
    "turn",
    "visible_runs",
]

Array = npt.NDArray[np.float64]
_HALF_TURN_SLACK = 1e-9
_SAME_OFFSET = 1e-9


class FrameState(msgspec.Struct, frozen=True):
    """What a track shows on one frame.

    Attributes:
        t: 0-based frame index.
        geometry: where the object is, px or m as in the keyframes.
        occluded: as in the last keyframe at or before ``t``.
        attrs: all mutable attributes set so far.
        keyframe: True when a keyframe stands on ``t``.
    """

    t: int
    geometry: StaticGeometry
    occluded: bool = False
    attrs: dict[str, AttributeValue] = {}
    keyframe: bool = False


def turn(a: float, b: float, s: float) -> float:
    """Return the angle at share ``s`` (0..1) of the shorter turn from ``a`` to ``b``, all in radians.

    Exactly half a turn goes in the positive sense (clockwise on the screen). The result is in [0, 2 pi).
    """
    d = (b - a + math.pi) % math.tau - math.pi
    if d <= -math.pi + _HALF_TURN_SLACK:
        d = math.pi
    return (a + d * s) % math.tau


def slerp(a: tuple[float, ...], b: tuple[float, ...], s: float) -> tuple[float, float, float, float]:
    """Return the unit quaternion (w, x, y, z) at share ``s`` of the shortest rotation from ``a`` to ``b``.

    Exactly half a turn goes counterclockwise about +z (about +y, then +x, when its axis has no z), so that a yaw
    of half a turn obeys the same rule as ``turn``.
    """
    qa, qb = _unit(a), _unit(b)
    r = _multiply(qb, (qa[0], -qa[1], -qa[2], -qa[3]))
    if r[0] < 0:
        r = (-r[0], -r[1], -r[2], -r[3])
    sine = math.sqrt(r[1] ** 2 + r[2] ** 2 + r[3] ** 2)
    if sine < 1e-12:
        return qa
    axis = [r[1] / sine, r[2] / sine, r[3] / sine]
    half = math.atan2(sine, r[0])
    if r[0] < _HALF_TURN_SLACK:
        leading = next(c for c in (axis[2], axis[1], axis[0]) if abs(c) > 1e-9)
        if leading < 0:
            axis = [-c for c in axis]
    k = math.sin(half * s)
    part = (math.cos(half * s), axis[0] * k, axis[1] * k, axis[2] * k)
    return _multiply(part, qa)


def pair_rings(left: list[float], right: list[float]) -> tuple[Array, Array]:
    """Pair two closed rings point by point.

    The right ring is reversed when it runs the other way round, then started at the vertex for which the mean squared
    distance of the pairs, after subtracting both means, is least (the earliest such vertex). Rings with equal counts pair
    by index, others at the union of both rings' normalised arc offsets.

    Args:
        left, right: flat ``[x0, y0, …]``, not closed, px.

    Returns:
        Two arrays ``(n, 2)`` float64 of paired points.
    """
    a, b = _points(left), _points(right)
    if len(a) == 0 or len(b) == 0:
        return a, a
    if _signed_area(a) * _signed_area(b) < 0:
        b = np.concatenate([b[:1], b[:0:-1]])
    best: tuple[float, Array, Array] | None = None
    for shift in range(len(b)):
        pa, pb = _aligned(a, np.roll(b, -shift, axis=0), closed=True)
        cost = _spread(pa, pb)
        if best is None or cost < best[0] - 1e-9 * max(1.0, best[0]):
            best = (cost, pa, pb)
    assert best is not None
    return best[1], best[2]


def pair_lines(left: list[float], right: list[float]) -> tuple[Array, Array]:
    """Pair two open lines point by point: the direction of the right one that fits better (as drawn on a tie).

    Args, Returns: as for ``pair_rings``.
    """
    a, b = _points(left), _points(right)
    if len(a) == 0 or len(b) == 0:
        return a, a
    forward, backward = _aligned(a, b, closed=False), _aligned(a, b[::-1], closed=False)
    return backward if _spread(*backward) < _spread(*forward) - 1e-9 else forward


def between(left: StaticGeometry, right: StaticGeometry, s: float) -> StaticGeometry:
    """Return the geometry at share ``s`` (0 < s < 1) of the way from ``left`` to ``right``."""
    match left, right:
        case Box(), Box():
            return Box(
                _mix(left.x0, right.x0, s),
                _mix(left.y0, right.y0, s),
                _mix(left.x1, right.x1, s),
                _mix(left.y1, right.y1, s),
            )
        case RotatedBox(), RotatedBox():
            return RotatedBox(
                _mix(left.cx, right.cx, s),
                _mix(left.cy, right.cy, s),
                _mix(left.w, right.w, s),
                _mix(left.h, right.h, s),
                turn(left.angle, right.angle, s),
            )
        case Ellipse(), Ellipse():
            return Ellipse(
                _mix(left.cx, right.cx, s),
                _mix(left.cy, right.cy, s),
                _mix(left.rx, right.rx, s),
                _mix(left.ry, right.ry, s),
                turn(left.angle, right.angle, s),
            )
        case Cuboid2D(), Cuboid2D():
            return Cuboid2D(_mix_list(left.front, right.front, s), _mix_list(left.back, right.back, s))
        case Keypoints(), Keypoints() if len(left.v) == len(right.v):
            return _between_keypoints(left, right, s)
        case Points(), Points() if len(left.xy) == 2 and len(right.xy) == 2:
            return Points(_mix_list(left.xy, right.xy, s))
        case Polyline(), Polyline():
            return Polyline(_blend(*pair_lines(left.xy, right.xy), s))
        case Polygon(), Polygon():
            return _between_polygons(left, right, s)
        case Cuboid3D(), Cuboid3D() if left.frame == right.frame:
            return Cuboid3D(
                _mix3(left.centre, right.centre, s),
                _mix3(left.size, right.size, s),
                slerp(left.q, right.q, s),
                left.frame,
            )
    return left


def ordered_keyframes(track: Track, deleted: Collection[int] = ()) -> list[Keyframe]:
    """Return the keyframes by frame, without those on ``deleted`` frames; identical doubles collapse.

    Raises:
        InputError: two different keyframes stand on one frame (``keyframes_conflict``).
    """
    kept: list[Keyframe] = []
    for key in sorted(track.keyframes, key=lambda k: k.t):
        if key.t in deleted:
            continue
        if kept and kept[-1].t == key.t:
            if kept[-1] != key:
                raise InputError(
                    f"Two different keyframes stand on frame {key.t}; keep one.",
                    zh=f"第 {key.t} 帧有两个不同的关键帧,请只留一个。",
                    code="keyframes_conflict",
                    frame=key.t,
                )
            continue
        kept.append(key)
    return kept


def state_at(
    track: Track, t: int, *, last: int | None = None, deleted: Collection[int] = ()
) -> FrameState | None:
    """Return what the track shows on frame ``t``, or None when there is nothing to see.

    Args:
        track: keyframes in any order.
        t: 0-based frame index.
        last: index of the last frame of the item; None has no end.
        deleted: frames that were taken out.
    """
    if t in deleted or (last is not None and t > last):
        return None
    return _state(ordered_keyframes(track, deleted), t)


def expand(track: Track, last: int, *, deleted: Collection[int] = ()) -> Iterator[FrameState]:
    """Yield what the track shows on each frame up to and including ``last``; hidden frames are left out."""
    keys = ordered_keyframes(track, deleted)
    if not keys:
        return
    attrs: dict[str, AttributeValue] = {}
    position = 0
    for t in range(keys[0].t, last + 1):
        while position + 1 < len(keys) and keys[position + 1].t <= t:
            attrs = {**attrs, **keys[position].attrs}
            position += 1
        key = keys[position]
        if key.outside or t in deleted or _all_hidden(key.geometry):
            continue
        following = keys[position + 1] if position + 1 < len(keys) else None
        yield FrameState(t, _place(key, following, t), key.occluded, {**attrs, **key.attrs}, t == key.t)


def visible_runs(track: Track, last: int, *, deleted: Collection[int] = ()) -> list[tuple[int, int]]:
    """Return the half-open runs ``(start, end)`` of frames on which the object is not outside."""
    runs: list[tuple[int, int]] = []
    start: int | None = None
    for key in ordered_keyframes(track, deleted):
        if key.t > last:
            break
        if key.outside and start is not None:
            runs.append((start, key.t))
            start = None
        elif not key.outside and start is None:
            start = key.t
    if start is not None:
        runs.append((start, last + 1))
    return runs


def _state(keys: list[Keyframe], t: int) -> FrameState | None:
    attrs: dict[str, AttributeValue] = {}
    current: Keyframe | None = None
    following: Keyframe | None = None
    for key in keys:
        if key.t > t:
            following = key
            break
        current = key
        attrs.update(key.attrs)
    if current is None or current.outside or _all_hidden(current.geometry):
        return None
    return FrameState(t, _place(current, following, t), current.occluded, attrs, t == current.t)


def _place(key: Keyframe, following: Keyframe | None, t: int) -> StaticGeometry:
    if following is None or key.hold or t == key.t:
        return key.geometry
    return between(key.geometry, following.geometry, (t - key.t) / (following.t - key.t))


def _all_hidden(geometry: StaticGeometry) -> bool:
    return isinstance(geometry, Keypoints) and bool(geometry.v) and not any(geometry.v)


def _between_keypoints(left: Keypoints, right: Keypoints, s: float) -> Keypoints:
    xy = list(left.xy)
    for i, (va, vb) in enumerate(zip(left.v, right.v, strict=True)):
        if va and vb:  # a point that is outside on one side has no place to go to or come from
            xy[2 * i] = _mix(left.xy[2 * i], right.xy[2 * i], s)
            xy[2 * i + 1] = _mix(left.xy[2 * i + 1], right.xy[2 * i + 1], s)
    return Keypoints(xy, list(left.v), left.skeleton)


def _between_polygons(left: Polygon, right: Polygon, s: float) -> Polygon:
    pairs = list(zip(left.parts, right.parts, strict=False))
    same = len(left.parts) == len(right.parts) and all(len(a.holes) == len(b.holes) for a, b in pairs)
    if not same:  # a piece or a hole appears or goes: there is no in-between
        return left
    return Polygon(
        [
            PolygonPart(
                _blend(*pair_rings(a.outer, b.outer), s),
                [_blend(*pair_rings(x, y), s) for x, y in zip(a.holes, b.holes, strict=True)],
            )
            for a, b in pairs
        ]
    )


def _points(flat: list[float]) -> Array:
    return np.asarray(flat, dtype=np.float64).reshape(-1, 2)


def _signed_area(points: Array) -> float:
    x, y = points[:, 0], points[:, 1]
    return float(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2


def _spread(a: Array, b: Array) -> float:
    gap = (a - a.mean(axis=0)) - (b - b.mean(axis=0))
    return float((gap**2).sum(axis=1).mean())


def _aligned(a: Array, b: Array, *, closed: bool) -> tuple[Array, Array]:
    if len(a) == len(b):
        return a, b
    at_a, at_b = _offsets(a, closed), _offsets(b, closed)
    union = np.sort(np.concatenate([at_a[: len(a)], at_b[: len(b)]]))
    union = union[np.concatenate([[True], np.diff(union) > _SAME_OFFSET])]
    return _sample(a, at_a, union, closed), _sample(b, at_b, union, closed)


def _offsets(points: Array, closed: bool) -> Array:
    """Arc length at each vertex as a share of the whole; a closed ring has one entry more, its end at 1."""
    path = np.concatenate([points, points[:1]]) if closed else points
    steps = np.hypot(*np.diff(path, axis=0).T) if len(path) > 1 else np.zeros(0)
    total = float(steps.sum())
    if total == 0:
        return np.linspace(0.0, 1.0, len(path)) if len(path) > 1 else np.zeros(1)
    return np.concatenate([[0.0], np.cumsum(steps) / total])


def _sample(points: Array, offsets: Array, at: Array, closed: bool) -> Array:
    path = np.concatenate([points, points[:1]]) if closed else points
    if len(path) == 1:
        return np.repeat(path, len(at), axis=0)
    return np.stack([np.interp(at, offsets, path[:, 0]), np.interp(at, offsets, path[:, 1])], axis=1)


def _blend(a: Array, b: Array, s: float) -> list[float]:
    blended: list[float] = (a + (b - a) * s).ravel().tolist()
    return blended


def _mix(a: float, b: float, s: float) -> float:
    return a + (b - a) * s


def _mix_list(a: list[float], b: list[float], s: float) -> list[float]:
    return [_mix(x, y, s) for x, y in zip(a, b, strict=True)]


def _mix3(
    a: tuple[float, float, float], b: tuple[float, float, float], s: float
) -> tuple[float, float, float]:
    return (_mix(a[0], b[0], s), _mix(a[1], b[1], s), _mix(a[2], b[2], s))


def _unit(q: tuple[float, ...]) -> tuple[float, float, float, float]:
    w, x, y, z = q
    norm = math.sqrt(w * w + x * x + y * y + z * z)
    if norm == 0:
        raise InputError("A rotation quaternion is zero.", zh="旋转四元数是零。", code="quaternion_zero")
    return (w / norm, x / norm, y / norm, z / norm)


def _multiply(
    p: tuple[float, float, float, float], q: tuple[float, float, float, float]
) -> tuple[float, float, float, float]:
    a, b, c, d = p
    e, f, g, h = q
    return (
        a * e - b * f - c * g - d * h,
        a * f + b * e + c * h - d * g,
        a * g - b * h + c * e + d * f,
        a * h + b * g - c * f + d * e,
    )
