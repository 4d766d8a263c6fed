"""Fields of a COCO row from a mark, without any file."""

from __future__ import annotations

import math
from typing import Any

import msgspec
from msgspec import UNSET

from doujia.formats.coco.records import shape_sum
from doujia.marks import (
    Box,
    Ellipse,
    Keypoints,
    Mark,
    Mask,
    Nothing,
    Polygon,
    RotatedBox,
    raster,
    rle,
    shapes,
)

__all__ = [
    "AnnotationRow",
    "PlainRow",
    "common_fields",
    "extension_fields",
    "partners_of",
    "pose_fields",
    "shape_fields",
    "with_unknown",
]


class AnnotationRow(msgspec.Struct, omit_defaults=True):
    """A row in the order in which other tools write it; Doujia's extension keys last and only when needed."""

    id: int | str
    image_id: int | str
    category_id: Any
    segmentation: Any
    area: Any
    bbox: Any
    iscrowd: Any
    keypoints: Any = UNSET
    num_keypoints: Any = UNSET
    caption: Any = UNSET
    score: Any = UNSET
    attributes: Any = UNSET
    text: Any = UNSET
    flags: Any = UNSET
    group: Any = UNSET
    z: Any = UNSET
    at: Any = UNSET
    origin: Any = UNSET
    geometry: Any = UNSET


class PlainRow(msgspec.Struct):
    """The row of an ordinary box or ring."""

    id: int | str
    image_id: int | str
    category_id: Any
    segmentation: Any
    area: Any
    bbox: Any
    iscrowd: int


def partners_of(marks: list[Mark]) -> dict[str, Mark]:
    """Find for each pose the box or outline of the same instance: same group and label, and only one of each."""
    groups: dict[str, list[Mark]] = {}
    for mark in marks:
        if mark.group is not None:
            groups.setdefault(mark.group, []).append(mark)
    found: dict[str, Mark] = {}
    for members in groups.values():
        if len(members) != 2 or members[0].label != members[1].label:
            continue
        poses = [m for m in members if type(m.geometry) is Keypoints]
        outlines = [m for m in members if type(m.geometry) in (Box, Polygon, Mask)]
        if len(poses) == 1 and len(outlines) == 1 and _says_nothing_more(outlines[0]):
            found[poses[0].id] = outlines[0]
    return found


def _says_nothing_more(companion: Mark) -> bool:
    """A companion with attributes or a score of its own cannot share a row with the pose."""
    geometry = companion.geometry
    if isinstance(geometry, Polygon) and any(p.holes for p in geometry.parts):
        return False
    return not (
        companion.attrs or companion.score is not None or companion.text or companion.z or companion.at
        or companion.origin or companion.ext.keys() - {"given"}
    )  # fmt: skip


def shape_fields(geometry: Any, mark: Mark, size: tuple[int, int]) -> tuple[Any, Any, Any, Any] | None:
    """Return (segmentation, area, bbox, exact geometry where COCO's fields only approximate it), None if impossible.

    The file's own ``area`` and ``bbox`` are written back as long as the geometry is still the one they came with.
    """
    given = mark.ext.get("given")
    kind = type(geometry)
    if kind is Box:
        x0, y0, x1, y1 = geometry.x0, geometry.y0, geometry.x1, geometry.y1
        if given is not None:
            b = given.get("bbox")
            if b and b[0] == x0 and b[1] == y0 and b[0] + b[2] == x1 and b[1] + b[3] == y1:
                return [], given.get("area", b[2] * b[3]), b, None
        return [], (x1 - x0) * (y1 - y0), [x0, y0, x1 - x0, y1 - y0], None
    if kind is Polygon:
        parts = geometry.parts
        if not parts:
            return None
        if any(p.holes for p in parts):
            return _pixels(geometry, size)
        segmentation: Any = [p.outer for p in parts]
        if given is not None and given.get("of") == shape_sum(geometry):
            bbox, area = given.get("bbox"), given.get("area")
            if bbox is not None and area is not None:
                return segmentation, area, bbox, None
        else:
            bbox = area = None
        around = _xywh(shapes.bounds(geometry)) if bbox is None else bbox
        return segmentation, shapes.area(geometry) if area is None else area, around, None
    if kind is Mask:
        bounds = rle.bounds(geometry)
        counts: Any = geometry.counts
        if given is not None and given.get("counts") == "list":
            counts = rle.string_to_counts(counts).tolist()
        segmentation = {"size": list(geometry.size), "counts": counts}
        if given is not None and given.get("of") == shape_sum(geometry):
            area = given["area"] if "area" in given else rle.area(geometry)
            return segmentation, area, given.get("bbox") or _xywh(bounds), None
        return segmentation, rle.area(geometry), _xywh(bounds), None
    if kind is RotatedBox or kind is Ellipse:
        outline = shapes.rings_of(geometry)
        assert outline is not None
        return [outline.parts[0].outer], shapes.area(geometry), _xywh(shapes.bounds(geometry)), geometry
    if kind is Nothing and mark.text is not None:
        return UNSET, UNSET, UNSET, None
    return None


def _pixels(polygon: Polygon, size: tuple[int, int]) -> tuple[Any, Any, Any, Any]:
    """Holes: COCO's rings cannot have any, so the row carries the picture's pixels (the outline's when it has no size)."""
    bounds = shapes.bounds(polygon)
    assert bounds is not None
    height, width = size if all(size) else (max(1, math.ceil(bounds[3])), max(1, math.ceil(bounds[2])))
    mask = raster.mask_of(polygon, height, width)
    segmentation = {"size": list(mask.size), "counts": mask.counts}
    return segmentation, shapes.area(polygon), _xywh(bounds), polygon


def _xywh(bounds: tuple[float, float, float, float] | None) -> list[float]:
    if bounds is None:
        return [0.0, 0.0, 0.0, 0.0]
    x0, y0, x1, y1 = bounds
    return [x0, y0, x1 - x0, y1 - y0]


def pose_fields(row: AnnotationRow, points: Any, shift: float) -> None:
    flat: list[float] = []
    for i, seen in enumerate(points.v):
        less = shift if seen > 0 else 0.0
        flat += [points.xy[2 * i] - less, points.xy[2 * i + 1] - less, seen]
    row.keypoints = flat
    row.num_keypoints = sum(1 for s in points.v if s > 0)


def common_fields(row: AnnotationRow, mark: Mark, caption: bool) -> None:
    if mark.attrs:
        row.attributes = mark.attrs
    if mark.score is not None:
        row.score = mark.score
    if mark.text is not None:
        if caption:
            row.caption = mark.text
        else:
            row.text = mark.text
    others = [f for f in mark.flags if caption or f != "ignore"]
    if others:
        row.flags = others


def extension_fields(row: AnnotationRow, mark: Mark, paired: bool) -> None:
    if mark.group is not None and not (paired and mark.group == mark.id):
        row.group = mark.group
    if mark.z:
        row.z = mark.z
    if mark.at is not None:
        row.at = mark.at
    if mark.origin is not None:
        row.origin = mark.origin


def with_unknown(row: AnnotationRow, unknown: dict[str, Any]) -> dict[str, Any]:
    """Add the keys we did not know when reading; nested attributes go back among the attributes."""
    plain = {f: v for f in row.__struct_fields__ if (v := getattr(row, f)) is not UNSET}
    nested = unknown.get("attributes")
    if isinstance(nested, dict) and isinstance(plain.get("attributes", {}), dict):
        unknown = {**unknown, "attributes": {**plain.get("attributes", {}), **nested}}
    return {**plain, **unknown}
