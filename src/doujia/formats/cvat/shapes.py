"""One shape element of CVAT XML ↔ one geometry."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from doujia.errors import InputError
from doujia.formats.files import finite
from doujia.formats.xml_stream import Element, element, text
from doujia.marks import (
    Box,
    Cuboid2D,
    Ellipse,
    Keypoints,
    Mask,
    Nothing,
    Points,
    Polygon,
    PolygonPart,
    Polyline,
    RotatedBox,
    Skeleton,
    rle,
)
from doujia.marks.geometry import StaticGeometry

__all__ = ["SHAPES", "ShapeError", "geometry_of", "number", "shape_of"]

SHAPES = ("box", "ellipse", "polygon", "polyline", "points", "cuboid", "mask", "skeleton", "tag")
_CORNERS = ("tl", "bl", "tr", "br")  # the file's order
_OURS = (0, 2, 3, 1)  # top-left, top-right, bottom-right, bottom-left


class ShapeError(InputError):
    """A shape element that cannot be used; ``code`` says why."""

    def __init__(self, code: str, zh: str, en: str) -> None:
        super().__init__(en, zh=zh, code=code)


def number(value: float) -> str:
    """Write a coordinate: two decimals as CVAT does where they are exact, else all digits."""
    short = f"{value:.2f}"
    return short if float(short) == value else repr(float(value))


def geometry_of(node: Element, size: tuple[int, int], skeleton: Skeleton | None) -> StaticGeometry:
    """Read one shape element; ``size`` is (width, height) of the picture.

    Raises:
        ShapeError: a number is missing or not finite, a mask does not fit, points are empty.
    """
    match node.tag:
        case "box":
            x0, y0, x1, y1 = (_number(node, k) for k in ("xtl", "ytl", "xbr", "ybr"))
            if x1 <= x0 or y1 <= y0:
                raise ShapeError("box_empty", "框的宽或高是零", "The box has no width or no height")
            if "rotation" not in node.attrs:
                return Box(x0, y0, x1, y1)
            return RotatedBox((x0 + x1) / 2, (y0 + y1) / 2, x1 - x0, y1 - y0, _angle(node))
        case "ellipse":
            cx, cy, rx, ry = (_number(node, k) for k in ("cx", "cy", "rx", "ry"))
            return Ellipse(cx, cy, rx, ry, _angle(node))
        case "polygon":
            return Polygon([PolygonPart(_points(node, 3))])
        case "polyline":
            return Polyline(_points(node, 2))
        case "points":
            return Points(_points(node, 1))
        case "cuboid":
            faces = [[_number(node, f"{axis}{c}{face}") for c in _CORNERS for axis in "xy"] for face in "12"]
            front, back = ([f[2 * i + k] for i in _OURS for k in (0, 1)] for f in faces)
            return Cuboid2D(front, back)
        case "mask":
            return _mask(node, size)
        case "skeleton":
            return _keypoints(node, skeleton)
        case "tag":
            return Nothing()
    raise ShapeError("shape_unknown", f"不认识的图形 {node.tag}", f"The shape {node.tag} is not known")


def shape_of(
    geometry: StaticGeometry, skeleton: Skeleton | None
) -> tuple[str, dict[str, object], str] | None:
    """Return (element name, geometry attributes, child markup), None for a kind that CVAT does not have."""
    match geometry:
        case Box(x0=x0, y0=y0, x1=x1, y1=y1):
            return "box", _edges(x0, y0, x1, y1), ""
        case RotatedBox(cx=cx, cy=cy, w=w, h=h):
            edges = _edges(cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2)
            return "box", {**edges, "rotation": _degrees(geometry.angle)}, ""
        case Ellipse(cx=cx, cy=cy, rx=rx, ry=ry):
            attrs: dict[str, object] = {
                "cx": number(cx),
                "cy": number(cy),
                "rx": number(rx),
                "ry": number(ry),
            }
            if geometry.angle:
                attrs["rotation"] = _degrees(geometry.angle)
            return "ellipse", attrs, ""
        case Polygon(parts=parts):
            return "polygon", {"points": _text(parts[0].outer)}, ""
        case Polyline(xy=xy):
            return "polyline", {"points": _text(xy)}, ""
        case Points(xy=xy):
            return "points", {"points": _text(xy)}, ""
        case Cuboid2D(front=front, back=back):
            attrs = {}
            for face, corners in (("1", front), ("2", back)):
                for c, ours in zip(_CORNERS, (0, 3, 1, 2), strict=True):
                    attrs[f"x{c}{face}"] = number(corners[2 * ours])
                    attrs[f"y{c}{face}"] = number(corners[2 * ours + 1])
            return "cuboid", attrs, ""
        case Mask():
            return "mask", _mask_attributes(geometry), ""
        case Keypoints():
            return "skeleton", {}, _skeleton_children(geometry, skeleton)
        case Nothing():
            return "tag", {}, ""
    return None


def _number(node: Element, name: str) -> float:
    raw = node.attrs.get(name)
    try:
        value = float(raw) if raw is not None else math.nan
    except ValueError:
        value = math.nan
    if not finite(value):
        raise ShapeError(
            "number_bad", f"{name} 不是有限数:{raw!r}", f"{name} is not a finite number: {raw!r}"
        )
    return value


def _angle(node: Element) -> float:
    degrees = _number(node, "rotation") % 360 if "rotation" in node.attrs else 0.0
    return math.radians(degrees - 360 if degrees > 180 else degrees)


def _degrees(angle: float) -> str:
    degrees = math.degrees(angle) % 360
    return number(round(degrees, 10))


def _edges(x0: float, y0: float, x1: float, y1: float) -> dict[str, object]:
    return {"xtl": number(x0), "ytl": number(y0), "xbr": number(x1), "ybr": number(y1)}


def _points(node: Element, least: int) -> list[float]:
    flat: list[float] = []
    for pair in node.attrs.get("points", "").split(";"):
        if not pair.strip():
            continue
        coordinates = pair.split(",")
        try:
            x, y = float(coordinates[0]), float(coordinates[1])
        except (ValueError, IndexError):
            x = y = math.nan
        if len(coordinates) != 2 or not (finite(x) and finite(y)):
            raise ShapeError("number_bad", f"点写坏了:{pair!r}", f"A point is broken: {pair!r}")
        flat += [x, y]
    if len(flat) < 2 * least:
        raise ShapeError(
            "points_missing", f"点太少({len(flat) // 2} 个)", f"There are too few points ({len(flat) // 2})"
        )
    return flat


def _text(flat: list[float]) -> str:
    return ";".join(f"{number(flat[i])},{number(flat[i + 1])}" for i in range(0, len(flat), 2))


def _mask(node: Element, size: tuple[int, int]) -> Mask:
    try:
        counts = [int(c) for c in node.attrs.get("rle", "").split(",") if c.strip()]
        left, top, width, height = (int(float(node.attrs[k])) for k in ("left", "top", "width", "height"))
    except (ValueError, KeyError) as error:
        raise ShapeError("mask_bad", f"掩膜写坏了:{error}", f"The mask is broken: {error}") from error
    if min([width, height, *counts], default=0) < 0 or sum(counts) != width * height:
        raise ShapeError(
            "mask_bad",
            f"掩膜的游程加起来是 {sum(counts)},应为 {width * height}",
            f"The runs of the mask add up to {sum(counts)} instead of {width * height}",
        )
    if left < 0 or top < 0 or left + width > size[0] or top + height > size[1]:
        raise ShapeError("mask_outside", "掩膜超出图片", "The mask reaches beyond the picture")
    pixels = np.zeros((size[1], size[0]), dtype=bool)
    values = np.arange(len(counts)) % 2 == 1
    pixels[top : top + height, left : left + width] = np.repeat(values, counts).reshape(height, width)
    return rle.encode(pixels)


def _mask_attributes(mask: Mask) -> dict[str, object]:
    box = rle.bounds(mask)
    if box is None:
        return {"rle": "1", "left": 0, "top": 0, "width": 1, "height": 1}
    x0, y0, x1, y1 = box
    flat = rle.decode(mask)[y0:y1, x0:x1].ravel()
    edges = np.concatenate(([0], np.flatnonzero(flat[1:] != flat[:-1]) + 1, [flat.size]))
    runs: list[Any] = np.diff(edges).tolist()
    if flat[0]:
        runs = [0, *runs]
    return {"rle": ", ".join(map(str, runs)), "left": x0, "top": y0, "width": x1 - x0, "height": y1 - y0}


def _keypoints(node: Element, skeleton: Skeleton | None) -> Keypoints:
    found: dict[str, tuple[float, float, int]] = {}
    for child in node.children:
        if child.tag != "points":
            continue
        xy = _points(child, 1)
        v = 0 if child.attrs.get("outside") == "1" else 1 if child.attrs.get("occluded") == "1" else 2
        found[child.attrs.get("label", "")] = (xy[0], xy[1], v)
    names = skeleton.names if skeleton is not None else list(found)
    rows = [found.get(name, (0.0, 0.0, 0)) for name in names]
    return Keypoints(
        [c for r in rows for c in r[:2]], [r[2] for r in rows], skeleton.id if skeleton is not None else None
    )


def _skeleton_children(geometry: Keypoints, skeleton: Skeleton | None) -> str:
    names = skeleton.names if skeleton is not None else []
    out = []
    for i, v in enumerate(geometry.v):
        attrs: dict[str, object] = {
            "label": names[i] if i < len(names) else str(i + 1),
            "outside": int(v == 0),
            "occluded": int(v == 1),
            "points": _text(geometry.xy[2 * i : 2 * i + 2]),
        }
        out.append(element("points", attrs, "", indent="      "))
    return "\n" + "".join(out) + "    "


def attribute_markup(name: str, value: str) -> str:
    """Return one ``<attribute>`` child."""
    return element("attribute", {"name": name}, text(value)).rstrip("\n")
