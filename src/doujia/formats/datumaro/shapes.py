"""One annotation of Datumaro's JSON ↔ one geometry."""

from __future__ import annotations

import math
from collections.abc import Callable, Container
from typing import Any

from doujia.errors import InputError
from doujia.formats.files import finite
from doujia.marks import (
    Box,
    Cuboid2D,
    Cuboid3D,
    Ellipse,
    Keypoints,
    Mark,
    Mask,
    Nothing,
    Points,
    Polygon,
    PolygonPart,
    Polyline,
    RotatedBox,
    rle,
)
from doujia.marks.geometry import Geometry, StaticGeometry

__all__ = ["bad", "geometry_of", "rows_of"]

Json = dict[str, Any]

_FRONT, _BACK = (4, 7, 3, 0), (5, 6, 2, 1)
"""Where our corners (top-left, top-right, bottom-right, bottom-left) stand in the list of eight of ``cuboid_2d``."""


def bad(what: str) -> InputError:
    """Return the error for an annotation that cannot be used."""
    return InputError(f"An annotation is broken: {what}.", zh=f"标注写坏了:{what}。", code="shape_bad")


def geometry_of(
    row: Json, attrs: Json, label: str | None, skeletons: Container[str | None]
) -> StaticGeometry:
    """Read the place of an annotation; what it takes from ``attrs`` (a box's rotation) is removed there.

    Args:
        row: the annotation.
        attrs: its attributes.
        label: class of the mark.
        skeletons: classes whose points are named.

    Raises:
        InputError: ``shape_bad``, ``shape_unknown``.
    """
    match row.get("type"):
        case "label" | "caption":
            return Nothing()
        case "bbox":
            x, y, w, h = _numbers(row.get("bbox"), 4)
            if finite(attrs.get("rotation")):
                angle = (math.radians(attrs.pop("rotation")) + math.pi) % math.tau - math.pi
                return RotatedBox(x + w / 2, y + h / 2, w, h, angle)
            return Box(x, y, x + w, y + h)
        case "polygon":
            return Polygon([PolygonPart(_numbers(row.get("points"), None, 6))])
        case "polyline":
            return Polyline(_numbers(row.get("points"), None, 4))
        case "points":
            xy = _numbers(row.get("points"), None, 2)
            seen = row.get("visibility")
            if label in skeletons and isinstance(seen, list) and len(seen) == len(xy) // 2:
                return Keypoints(xy, [int(v) if v in (0, 1, 2) else 2 for v in seen], label)
            return Points(xy)
        case "skeleton":
            flat = _numbers(row.get("points"), None, 3)
            if len(flat) % 3:
                raise bad("points")
            xy = [c for i in range(0, len(flat), 3) for c in flat[i : i + 2]]
            return Keypoints(xy, [int(v) for v in flat[2::3]], label)
        case "mask":
            given = row.get("rle")
            if not isinstance(given, dict):
                raise bad("rle")
            counts, size = given.get("counts"), given.get("size")
            if not isinstance(counts, str | list) or not isinstance(size, list):
                raise bad("rle")
            return rle.mask_of(size, counts)
        case "ellipse":
            x0, y0, x1, y1 = _numbers(row.get("points"), 4)
            return Ellipse((x0 + x1) / 2, (y0 + y1) / 2, (x1 - x0) / 2, (y1 - y0) / 2)
        case "cuboid_2d":
            return _perspective(row.get("points"))
        case "cuboid_3d":
            return _cuboid(row)
    raise InputError(
        f"The type {row.get('type')!r} is not known.",
        zh=f"不认识的类型 {row.get('type')!r}。",
        code="shape_unknown",
    )


def rows_of(mark: Mark, lost: Callable[[str, int], None]) -> list[Json] | None:
    """Return the rows that a mark becomes (type and place of each), None for a kind that Datumaro does not have.

    Args:
        mark: the mark.
        lost: told (code, count) of what that loses.
    """
    geometry: Geometry = mark.geometry
    match geometry:
        case Nothing():
            if mark.label is not None:
                return [{"type": "label"}]
            return [{"type": "caption", "caption": mark.text}] if mark.text is not None else None
        case Box(x0=x0, y0=y0, x1=x1, y1=y1):
            return [{"type": "bbox", "bbox": [x0, y0, x1 - x0, y1 - y0]}]
        case RotatedBox(cx=cx, cy=cy, w=w, h=h):
            turned = {"rotation": math.degrees(geometry.angle)}
            return [{"type": "bbox", "bbox": [cx - w / 2, cy - h / 2, w, h], "attributes": turned}]
        case Polygon(parts=parts):
            holes = sum(len(p.holes) for p in parts)
            if holes:
                lost("holes_dropped", holes)
            if len(parts) > 1:
                lost("parts_split", 1)
            return [{"type": "polygon", "points": p.outer} for p in parts]
        case Polyline(xy=xy):
            return [{"type": "polyline", "points": xy}]
        case Points(xy=xy):
            return [{"type": "points", "points": xy}]  # visibility is what tells named points from loose ones
        case Keypoints(xy=xy, v=v):
            return [{"type": "points", "points": xy, "visibility": v}]
        case Mask():
            return [{"type": "mask", "rle": {"counts": geometry.counts, "size": list(geometry.size)}}]
        case Ellipse(cx=cx, cy=cy, rx=rx, ry=ry) if geometry.angle == 0:
            return [{"type": "ellipse", "points": [cx - rx, cy - ry, cx + rx, cy + ry]}]
        case Cuboid2D(front=front, back=back):
            corners: list[list[float]] = [[]] * 8
            for face, places in ((front, _FRONT), (back, _BACK)):
                for i, place in enumerate(places):
                    corners[place] = face[2 * i : 2 * i + 2]
            return [{"type": "cuboid_2d", "points": corners}]
        case Cuboid3D() if geometry.frame == "sensor":
            return [_cuboid_row(geometry)]
    return None


def _cuboid_row(cuboid: Cuboid3D) -> Json:
    from scipy.spatial.transform import Rotation

    turned = Rotation.from_quat([*cuboid.q[1:], cuboid.q[0]]).as_euler("xyz").tolist()
    return {
        "type": "cuboid_3d",
        "position": list(cuboid.centre),
        "rotation": turned,
        "scale": list(cuboid.size),
    }


def _perspective(points: object) -> Cuboid2D:
    if not isinstance(points, list) or len(points) != 8:
        raise bad("points")
    corners = [_numbers(p, 2) for p in points]
    front, back = ([c for place in face for c in corners[place]] for face in (_FRONT, _BACK))
    return Cuboid2D(front, back)


def _cuboid(row: Json) -> Cuboid3D:
    from scipy.spatial.transform import Rotation

    x, y, z = _numbers(row.get("position"), 3)
    length, width, height = _numbers(row.get("scale"), 3)
    w = Rotation.from_euler("xyz", _numbers(row.get("rotation"), 3)).as_quat().tolist()
    return Cuboid3D((x, y, z), (length, width, height), (w[3], w[0], w[1], w[2]))


def _numbers(value: object, count: int | None, least: int = 0) -> list[float]:
    if not isinstance(value, list) or not all(finite(v) for v in value):
        raise bad("numbers")
    if (
        (count is not None and len(value) != count)
        or len(value) < least
        or (count is None and least % 2 == 0 and len(value) % 2)
    ):
        raise bad(f"{len(value)} numbers")
    return [float(v) for v in value]
