"""The ``value`` of one Label Studio result ↔ one geometry. All places in pictures are percent of their size."""

from __future__ import annotations

import base64
import binascii
import io
import math
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import numpy as np

from doujia.errors import InputError
from doujia.formats.files import finite
from doujia.formats.label_studio import brush
from doujia.formats.label_studio.coerce import as_dict, as_list
from doujia.marks import (
    Box,
    Ellipse,
    Interval,
    Keyframe,
    Mask,
    Points,
    Polygon,
    PolygonPart,
    Polyline,
    Ranking,
    RotatedBox,
    Track,
    rle,
)
from doujia.marks.geometry import Geometry, StaticGeometry
from doujia.marks.interpolate import ordered_keyframes, state_at

__all__ = [
    "SPACE",
    "bad",
    "frame_rate",
    "image_geometry",
    "image_value",
    "interval_value",
    "ranking",
    "sample_of",
    "track_of",
    "track_value",
]

SPACE = "label_studio"
"""``ext`` namespace of what Label Studio's files say and the model has no field for."""

Value = dict[str, Any]


def bad(what: str) -> InputError:
    """Return the error for a value that cannot be used."""
    return InputError(f"The value is broken: {what}.", zh=f"内容写坏了:{what}。", code="value_bad")


def image_geometry(kind: str, value: Value, size: tuple[int, int]) -> StaticGeometry | None:
    """Return the geometry of a result of a picture, None for a type that has none.

    Args:
        kind: rectangle, ellipse, polygon, keypoint, brush, bitmask or vector (result type without ``labels``).
        value: the result's ``value``.
        size: ``original_width``, ``original_height`` px.

    Raises:
        InputError: a number is missing or not finite, or a mask does not fit.
    """
    sx, sy = size[0] / 100, size[1] / 100
    match kind:
        case "rectangle":
            return _rectangle(value, sx, sy)
        case "ellipse":
            return Ellipse(
                _number(value, "x") * sx,
                _number(value, "y") * sy,
                _number(value, "radiusX") * sx,
                _number(value, "radiusY") * sy,
                _radians(value),
            )
        case "polygon":
            points = value.get("points")
            if not isinstance(points, list) or not all(_is_point(p) for p in points):
                raise bad("points")
            flat = [c for p in points for c in (p[0] * sx, p[1] * sy)]
            return _ring(flat, value.get("closed", True) is not False)
        case "keypoint":
            return Points([_number(value, "x") * sx, _number(value, "y") * sy])
        case "brush":
            if value.get("format", "rle") != "rle" or not isinstance(value.get("rle"), list):
                raise bad("rle")
            return brush.unpack(value["rle"], *size)
        case "bitmask":
            return _bitmask(value)
        case "vector":
            vertices = value.get("vertices")
            if not isinstance(vertices, list):
                raise bad("vertices")
            flat = [c for p in vertices for c in (_number(p, "x") * sx, _number(p, "y") * sy)]
            return _ring(flat, value.get("closed") is True)
    return None


def image_value(geometry: Geometry, size: tuple[int, int]) -> tuple[str, Value] | None:
    """Return (result type without ``labels``, value), None for a geometry that Label Studio has no form for."""
    sx, sy = 100 / size[0], 100 / size[1]
    match geometry:
        case Box(x0=x0, y0=y0, x1=x1, y1=y1):
            place = {
                "x": x0 * sx,
                "y": y0 * sy,
                "width": (x1 - x0) * sx,
                "height": (y1 - y0) * sy,
                "rotation": 0,
            }
            return "rectangle", place
        case RotatedBox():
            return "rectangle", _rotated(geometry, sx, sy)
        case Ellipse(cx=cx, cy=cy, rx=rx, ry=ry, angle=angle):
            place = {"x": cx * sx, "y": cy * sy, "radiusX": rx * sx, "radiusY": ry * sy}
            return "ellipse", {**place, "rotation": _degrees(angle)}
        case Polygon(parts=parts):
            return "polygon", {"points": _pairs(parts[0].outer, sx, sy), "closed": True}
        case Polyline(xy=xy):
            return "polygon", {"points": _pairs(xy, sx, sy), "closed": False}
        case Points(xy=xy):
            return "keypoint", {"x": xy[0] * sx, "y": xy[1] * sy, "width": 0.5}
        case Mask():
            return "brush", {"format": "rle", "rle": brush.pack(geometry)}
    return None


def track_of(value: Value, size: tuple[int, int]) -> Track:
    """Return the track of a ``videorectangle``: frames are 1-based, ``enabled: false`` leaves after its frame."""
    sequence = value.get("sequence")
    if not isinstance(sequence, list) or not sequence:
        raise bad("sequence")
    sx, sy = size[0] / 100, size[1] / 100
    rows = sorted(sequence, key=lambda row: _number(row, "frame"))
    turned = any(row.get("rotation") for row in rows)
    keys: list[Keyframe] = []
    for index, row in enumerate(rows):
        t = int(_number(row, "frame")) - 1
        geometry = _rectangle(row, sx, sy, turned=turned)
        keys.append(Keyframe(t, geometry))
        following = int(_number(rows[index + 1], "frame")) - 1 if index + 1 < len(rows) else None
        if row.get("enabled") is False and following != t + 1:
            keys.append(Keyframe(t + 1, geometry, outside=True))
    return Track(keys)


def frame_rate(value: Value) -> float | None:
    """Return the frames a second by which a ``videorectangle`` counts ``time``, None when it does not say."""
    for row in as_list(value.get("sequence")):
        frame, time = as_dict(row).get("frame"), as_dict(row).get("time")
        if finite(frame) and finite(time) and frame > 0 and time > 0:
            return round(frame / time, 6)
    frames, duration = value.get("framesCount"), value.get("duration")
    if finite(frames) and finite(duration) and frames > 0 and duration > 0:
        return round(frames / duration, 6)
    return None


def track_value(
    track: Track, size: tuple[int, int], frames: int, rate: float | None
) -> tuple[Value, bool] | None:
    """Return the value of a ``videorectangle`` and whether keyframes had to be added; None when it is not of boxes.

    ``time`` and ``duration``, in seconds, are written when ``rate`` (frames a second) is known.
    """
    keys = ordered_keyframes(track)
    if not keys or not all(isinstance(k.geometry, Box | RotatedBox) for k in keys):
        return None
    rows: dict[int, Value] = {}
    added = False
    for index, key in enumerate(keys):
        if key.outside:
            continue
        following = keys[index + 1] if index + 1 < len(keys) else None
        rows[key.t] = _frame_row(key.geometry, key.t, size, enabled=True)
        if following is None:
            continue
        if following.outside or key.hold:
            last = following.t - 1
            state = state_at(track, last)
            if last != key.t and state is not None:
                rows[last] = _frame_row(state.geometry, last, size, enabled=True)
                added = True
            if following.outside:
                rows[last]["enabled"] = False
    value: Value = {"framesCount": frames, "sequence": [rows[t] for t in sorted(rows)]}
    if rate:
        value["duration"] = frames / rate
        for row in value["sequence"]:
            row["time"] = row["frame"] / rate
    return value, added


def sample_of(seconds: object, rate: int) -> int:
    """Return seconds as a sample: decimal, half up (1.005 s at 44 100 Hz is 44 321)."""
    if not finite(seconds):
        raise bad("time")
    return int((Decimal(str(seconds)) * rate).quantize(Decimal(1), ROUND_HALF_UP))


def interval_value(geometry: Interval, rate: int) -> Value:
    """Return start and end in seconds with the channel."""
    value: Value = {"start": geometry.start / rate, "end": geometry.end / rate}
    if geometry.channel is not None:
        value["channel"] = geometry.channel
    return value


def ranking(kind: str, value: Value) -> Ranking:
    """Return the order of a ``pairwise`` or ``ranker`` result."""
    if kind == "pairwise":
        selected = value.get("selected")
        if selected in ("left", "right"):
            return Ranking([[selected], ["right" if selected == "left" else "left"]])
        return Ranking([["left", "right"]])
    buckets = value.get("ranker")
    if not isinstance(buckets, dict):
        raise bad("ranker")
    order = [[str(i)] for name, ids in buckets.items() if name != "_" for i in ids]
    rest = [str(i) for i in buckets.get("_", [])]
    return Ranking([*order, rest] if rest else order)


def _rectangle(value: Value, sx: float, sy: float, *, turned: bool = False) -> Box | RotatedBox:
    x, y = _number(value, "x") * sx, _number(value, "y") * sy
    w, h = _number(value, "width") * sx, _number(value, "height") * sy
    angle = _radians(value)
    if angle == 0 and not turned:
        return Box(x, y, x + w, y + h)
    cos, sin = math.cos(angle), math.sin(angle)
    return RotatedBox(x + w / 2 * cos - h / 2 * sin, y + w / 2 * sin + h / 2 * cos, w, h, angle)


def _rotated(box: RotatedBox, sx: float, sy: float) -> Value:
    cos, sin = math.cos(box.angle), math.sin(box.angle)
    x = box.cx - box.w / 2 * cos + box.h / 2 * sin
    y = box.cy - box.w / 2 * sin - box.h / 2 * cos
    place = {"x": x * sx, "y": y * sy, "width": box.w * sx, "height": box.h * sy}
    return {**place, "rotation": _degrees(box.angle)}


def _frame_row(geometry: StaticGeometry, t: int, size: tuple[int, int], *, enabled: bool) -> Value:
    made = image_value(geometry, size)
    assert made is not None
    return {"frame": t + 1, "enabled": enabled, **made[1]}


def _ring(flat: list[float], closed: bool) -> Polygon | Polyline:
    if len(flat) < (6 if closed else 4):
        raise bad("too few points")
    return Polygon([PolygonPart(flat)]) if closed else Polyline(flat)


def _bitmask(value: Value) -> Mask:
    from PIL import Image, UnidentifiedImageError

    url = value.get("imageDataURL")
    if not isinstance(url, str) or "," not in url:
        raise bad("imageDataURL")
    try:
        with Image.open(io.BytesIO(base64.b64decode(url.split(",", 1)[1], validate=True))) as picture:
            pixels = np.asarray(picture.convert("LA"))
    except (binascii.Error, UnidentifiedImageError, OSError, Image.DecompressionBombError) as error:
        raise bad("imageDataURL") from error
    return rle.encode((pixels[..., 0] > 0) & (pixels[..., 1] > 0))


def _pairs(flat: list[float], sx: float, sy: float) -> list[list[float]]:
    return [[flat[i] * sx, flat[i + 1] * sy] for i in range(0, len(flat), 2)]


def _is_point(point: object) -> bool:
    return isinstance(point, list) and len(point) == 2 and all(finite(c) for c in point)


def _number(value: Value, key: str) -> float:
    number = value.get(key) if isinstance(value, dict) else None
    if not finite(number):
        raise bad(f"{key} is {number!r}")
    return float(number)


def _radians(value: Value) -> float:
    degrees = (_number(value, "rotation") if value.get("rotation") is not None else 0.0) % 360
    return math.radians(degrees - 360 if degrees > 180 else degrees)


def _degrees(angle: float) -> float:
    return round(math.degrees(angle) % 360, 10)
