"""Rows of a COCO file and what they mean, without any file: annotation record to marks, category to class."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

import msgspec

from doujia.errors import InputError
from doujia.formats.contract import class_ids
from doujia.marks import (
    FLAGS,
    At,
    Box,
    Keypoints,
    LabelClass,
    Mark,
    Mask,
    Nothing,
    Origin,
    Polygon,
    PolygonPart,
    Schema,
    Skeleton,
    rle,
)
from doujia.marks.geometry import Geometry

__all__ = [
    "AnnotationRecord",
    "Fault",
    "ImageRecord",
    "PlainRecord",
    "Rows",
    "lenient",
    "points_bounds",
    "schema_of",
    "shape_sum",
]

Fault = Callable[[str, str, str, str, Any], None]
"""Called with (code, severity, zh, en, id of the row) for everything odd in a row."""


class ImageRecord(msgspec.Struct, forbid_unknown_fields=True):
    """One entry of ``images``; sizes in px. The last six are Doujia's extension keys, absent unless needed."""

    id: int | str
    file_name: str = ""
    width: int = 0
    height: int = 0
    license: Any = None
    flickr_url: Any = None
    coco_url: Any = None
    date_captured: Any = None
    attributes: dict[str, Any] = {}
    split: str | None = None
    sequence: str | None = None
    index: int | None = None
    sha256: str | None = None
    exif_orientation: int = 1


class AnnotationRecord(msgspec.Struct, forbid_unknown_fields=True):
    """One entry of ``annotations``. From ``text`` on they are Doujia's extension keys, absent unless needed.

    ``geometry`` holds exactly what COCO's own fields can only approximate (rotated boxes, ellipses, holes).
    """

    image_id: int | str
    id: int | str | None = None
    category_id: int | str | None = None
    bbox: list[float] | None = None
    area: float | None = None
    segmentation: list[list[float]] | dict[str, Any] | None = None
    iscrowd: int | bool = 0
    keypoints: list[float] | None = None
    num_keypoints: int | None = None
    caption: str | None = None
    score: float | None = None
    attributes: dict[str, Any] | None = None
    text: str | None = None
    flags: list[str] | None = None
    group: str | None = None
    z: int | None = None
    at: At | None = None
    origin: Origin | None = None
    geometry: Geometry | None = None


class PlainRecord(msgspec.Struct, forbid_unknown_fields=True):
    """The row of most files: nothing but the official keys of an instance."""

    id: int
    image_id: int
    category_id: int
    bbox: list[float]
    area: float
    segmentation: list[list[float]]
    iscrowd: int = 0


Record = TypeVar("Record", ImageRecord, AnnotationRecord)

_TYPES: dict[type, dict[str, Any]] = {
    kind: {f.name: f.type for f in msgspec.structs.fields(kind)} for kind in (AnnotationRecord, ImageRecord)
}


def lenient(row: Any, kind: type[Record], fault: Fault) -> tuple[Record, dict[str, Any]] | None:
    """Read a row that has keys we do not know, or values of other types than usual.

    Whole floats become ids and sizes, numbers in strings become numbers; a field that cannot be used is reported and
    kept among the unknown ones.

    Returns:
        The record and its unknown keys, or None when it has no usable id at all (reported).
    """
    if not isinstance(row, dict):
        fault("row_not_object", "error", "这一条不是对象", "This entry is not an object", None)
        return None
    types = _TYPES[kind]
    known = {k: row[k] for k in row if k in types}
    extra = {k: row[k] for k in row if k not in types}
    try:
        return msgspec.convert(known, kind), extra
    except msgspec.ValidationError:
        pass
    key = "image_id" if kind is AnnotationRecord else "id"
    good: dict[str, Any] = {}
    for name, value in known.items():
        value = int(value) if isinstance(value, float) and value.is_integer() and "id" in name else value
        try:
            good[name] = msgspec.convert(value, types[name], strict=False)
        except msgspec.ValidationError as error:
            if value is None:
                continue
            extra[name] = value
            fault(
                "field_type",
                "error" if name in ("bbox", "segmentation", key) else "warn",
                f"字段 {name} 的内容不对,没有采用:{error}",
                f"Field {name} cannot be used: {error}",
                row.get("id"),
            )
    if key not in good:
        if kind is AnnotationRecord:
            return None  # the first pass has reported that it belongs to no picture
        fault(
            "id_missing", "error", f"没有 {key},这一条没有读", f"There is no {key}; not read", row.get("id")
        )
        return None
    return kind(**good), extra


def shape_sum(geometry: Any) -> float | None:
    """Return a number that changes whenever an outline is edited; None where it is not needed."""
    if type(geometry) is Polygon:
        parts = geometry.parts
        if len(parts) == 1 and not parts[0].holes:
            return sum(parts[0].outer)
        return sum(sum(p.outer) + sum(map(sum, p.holes)) for p in parts)
    if type(geometry) is Mask:
        return float(zlib.crc32(geometry.counts.encode()))
    return None


def points_bounds(keypoints: Keypoints) -> tuple[float, float, float, float] | None:
    """Return the bounds of the labelled points as COCO's x, y, w, h."""
    seen = [i for i, v in enumerate(keypoints.v) if v > 0]
    if not seen:
        return None
    xs, ys = [keypoints.xy[2 * i] for i in seen], [keypoints.xy[2 * i + 1] for i in seen]
    return (min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys))


def schema_of(
    categories: Iterable[Any], stored: Any, attributes: Any, fault: Fault
) -> tuple[Schema, dict[Any, str]]:
    """Return the schema of ``categories`` and the map from category id to class id.

    Args:
        categories: rows of the file.
        stored: what Doujia itself wrote beside them (the rest of a schema), or None.
        attributes: attribute definitions observed in the file.
        fault: told about odd rows.
    """
    rows = [c for c in categories if isinstance(c, dict)]
    ids = class_ids(str(c.get("name") or "") for c in rows)
    classes: list[LabelClass] = []
    skeletons: list[Skeleton] = []
    labels: dict[Any, str] = {}
    for class_id, row in zip(ids, rows, strict=True):
        names = row.get("keypoints")
        understood = {"name", "keypoints", "skeleton"} if isinstance(names, list) and names else {"name"}
        rest = {k: v for k, v in row.items() if k not in understood}
        skeleton = None
        if isinstance(names, list) and names:
            skeleton, base = _skeleton(class_id, names, row.get("skeleton"))
            skeletons.append(skeleton)
            if base != 1:
                rest["skeleton_base"] = base
        if not isinstance(row.get("id"), (int, str)) or isinstance(row.get("id"), bool):
            fault("category_id", "error", "类别没有编号", "A category has no id", row.get("id"))
        elif row["id"] in labels:
            fault("id_duplicated", "error", "类别编号重复", "A category id occurs twice", row["id"])
        else:
            labels[row["id"]] = class_id
        classes.append(
            LabelClass(
                id=class_id,
                name=str(row.get("name") or ""),
                skeleton=skeleton.id if skeleton else None,
                ext={"coco": rest},
            )
        )
    schema = Schema(classes=classes, skeletons=skeletons, attributes=attributes)
    if attributes:
        schema.ext = {"given": {"attributes": "observed"}}
    if isinstance(stored, dict):
        try:
            known = msgspec.convert(stored, Schema)
        except msgspec.ValidationError as error:
            fault("field_type", "warn", f"自带的标签体系读不懂:{error}", f"The schema: {error}", None)
        else:
            if [c.id for c in known.classes] == ids:
                for ours, read in zip(known.classes, classes, strict=True):
                    ours.ext = {**ours.ext, **read.ext}
                schema = known
    return schema, labels


def _skeleton(class_id: str, names: list[Any], edges: Any) -> tuple[Skeleton, int]:
    """Edges are 1-based in the official files and 0-based in some others: a 0 anywhere decides."""
    pairs = [(int(e[0]), int(e[1])) for e in edges if len(e) == 2] if isinstance(edges, list) else []
    base = 0 if any(0 in pair for pair in pairs) else 1
    inside = [(a - base, b - base) for a, b in pairs if max(a, b) - base < len(names)]
    return Skeleton(id=class_id, names=[str(n) for n in names], edges=inside), base


class Rows:
    """Turns annotation records into marks.

    Args:
        labels: category id → class id.
        skeletons: class ids that have a skeleton.
        offset: added to keypoints (0.5 when the file's points are pixel indices).
        fault: told about odd rows.
    """

    def __init__(self, labels: Mapping[Any, str], skeletons: set[str], offset: float, fault: Fault) -> None:
        self._labels = labels
        self._skeletons = skeletons
        self._offset = offset
        self._fault = fault
        self._count = 0

    def plain(self, r: PlainRecord) -> Mark | None:
        """Return the mark of an ordinary row, the same as ``marks`` does; None when the row is not so ordinary."""
        segmentation, bbox = r.segmentation, r.bbox
        label = self._labels.get(r.category_id)
        if label is None or r.iscrowd:
            return None
        geometry: Geometry
        if segmentation:
            ring = segmentation[0]
            if len(segmentation) != 1 or len(ring) < 6 or len(ring) & 1:
                return None
            geometry = Polygon([PolygonPart(ring)])
            given: dict[str, Any] = {"bbox": bbox, "area": r.area, "of": sum(ring)}
        else:
            if len(bbox) != 4:
                return None
            x, y, w, h = bbox
            if not (w >= 0 and h >= 0):
                return None
            geometry = Box(x, y, x + w, y + h)
            given = {"bbox": bbox, "area": r.area}
        return Mark(id=str(r.id), geometry=geometry, label=label, ext={"given": given})

    def full(self, r: PlainRecord) -> list[Mark]:
        """Return the marks of a row that ``plain`` has refused."""
        return self.marks(
            AnnotationRecord(
                image_id=r.image_id,
                id=r.id,
                category_id=r.category_id,
                bbox=r.bbox,
                area=r.area,
                segmentation=r.segmentation,
                iscrowd=r.iscrowd,
            )
        )

    def marks(self, r: AnnotationRecord, extra: dict[str, Any] | None = None) -> list[Mark]:
        """Return the marks of a record: usually one, two for keypoints with their box or outline."""
        own: dict[str, Any] = dict(extra) if extra else {}
        self._count += 1
        if type(r.id) is int:
            mark_id = str(r.id)
        else:
            mark_id = str(r.id) if r.id else str(self._count)
            if r.id is not None:
                own["id"] = r.id
        label = self._labels.get(r.category_id)
        if label is None and r.category_id is not None:
            self._fault("category_unknown", "error", f"没有编号为 {r.category_id} 的类别", f"No category has the id {r.category_id}", r.id)  # fmt: skip
            own["category_id"] = r.category_id
        geometry = self._geometry(r)
        if geometry is None:
            return []
        ext: dict[str, dict[str, Any]] = {}
        given: dict[str, Any] = {}
        if r.bbox:
            given["bbox"] = r.bbox
        if r.area is not None:
            given["area"] = r.area
        if type(r.segmentation) is dict and type(r.segmentation.get("counts")) is list:
            given["counts"] = "list"
        if given:
            total = shape_sum(geometry)
            if total is not None:
                given["of"] = total
            ext["given"] = given
        if own:
            ext["coco"] = own
        mark = Mark(id=mark_id, geometry=geometry, label=label, ext=ext)
        if r.iscrowd:
            mark.flags = ["ignore"]
        if r.score is not None:
            mark.score = r.score
        if r.attributes:
            _take_attributes(mark, r.attributes)
        if r.caption is not None:
            mark.text = r.caption
        if r.text is not None or r.flags or r.group is not None or r.z or r.at or r.origin:
            _extension(mark, r)
        if r.keypoints:
            return self._with_keypoints(mark, r)
        return [mark]

    def _geometry(self, r: AnnotationRecord) -> Any:
        """Return the geometry, or None when the row is too broken to be read (reported)."""
        if r.geometry is not None:
            return r.geometry
        segmentation = r.segmentation
        if type(segmentation) is list and segmentation:
            if len(segmentation) == 1:
                ring = segmentation[0]
                if len(ring) >= 6 and not len(ring) % 2:
                    return Polygon([PolygonPart(ring)])
            good = [ring for ring in segmentation if len(ring) >= 6 and not len(ring) % 2]
            if len(good) < len(segmentation):
                self._fault("ring_short", "error", "轮廓少于三个点,没有读", "An outline has fewer than three points; not read", r.id)  # fmt: skip
            if good:
                return Polygon([PolygonPart(ring) for ring in good])
        elif type(segmentation) is dict and segmentation:
            try:
                return rle.mask_of(segmentation["size"], segmentation["counts"])
            except (KeyError, TypeError, ValueError, OverflowError) as error:
                reason = error.message if isinstance(error, InputError) else None
                self._fault(
                    "mask_runs",
                    "error",
                    f"掩膜读不懂:{reason.zh if reason else error!r}",
                    f"The mask cannot be read: {reason.en if reason else repr(error)}",
                    r.id,
                )
        bbox = r.bbox
        if bbox:
            if len(bbox) == 4:
                x, y, w, h = bbox
                if w >= 0 and h >= 0:
                    return Box(x, y, x + w, y + h)
            self._fault("box_malformed", "error", "框不是四个数,或宽高是负的,没有读", "A box is not four numbers, or has a negative size; not read", r.id)  # fmt: skip
            return None
        if segmentation:
            return None
        return Nothing()

    def _with_keypoints(self, mark: Mark, r: AnnotationRecord) -> list[Mark]:
        flat = r.keypoints or []
        if len(flat) % 3:
            self._fault("keypoints_malformed", "error", "关键点不是三个数一组,没有读", "Keypoints are not triples; not read", r.id)  # fmt: skip
            return [mark]
        v = [int(s) for s in flat[2::3]]
        if any(s not in (0, 1, 2) for s in v):
            self._fault("keypoints_malformed", "error", "关键点的可见性应为 0、1、2,没有读", "Visibility is 0, 1 or 2; keypoints not read", r.id)  # fmt: skip
            return [mark]
        xy: list[float] = []
        offset = self._offset
        for i, seen in enumerate(v):
            shift = offset if seen > 0 else 0.0
            xy += [flat[3 * i] + shift, flat[3 * i + 1] + shift]
        skeleton = mark.label if mark.label in self._skeletons else None
        points = Keypoints(xy=xy, v=v, skeleton=skeleton)
        outline, base = mark.geometry, mark.id
        pose = msgspec.structs.replace(mark, geometry=points)
        if type(outline) is Nothing:
            return [pose]
        if (
            type(outline) is Box
            and (around := points_bounds(Keypoints(xy=_unshift(xy, v, offset), v=v))) is not None
        ):
            x, y, w, h = around
            if (outline.x0, outline.y0, outline.x1, outline.y1) == (x, y, x + w, y + h):
                return [pose]  # the box says no more than the points do
        pose.group = mark.group or base
        pose.ext = {k: ns for k, ns in mark.ext.items() if k != "given"}
        companion = Mark(
            id=f"{base}.{'box' if type(outline) is Box else 'outline'}",
            geometry=outline,
            label=mark.label,
            group=pose.group,
            flags=list(mark.flags),
            ext={"given": mark.ext["given"]} if "given" in mark.ext else {},
        )
        return [pose, companion]


def _take_attributes(mark: Mark, attributes: dict[str, Any]) -> None:
    """Plain values become attributes; nested ones are nothing a schema can type and stay among the unknown keys."""
    nested = {
        k: v
        for k, v in attributes.items()
        if isinstance(v, dict) or (isinstance(v, list) and not all(isinstance(x, str) for x in v))
    }
    if nested:
        mark.attrs = {k: v for k, v in attributes.items() if k not in nested}
        mark.ext = {**mark.ext, "coco": {**mark.ext.get("coco", {}), "attributes": nested}}
    else:
        mark.attrs = attributes


def _unshift(xy: list[float], v: list[int], offset: float) -> list[float]:
    return [c - (offset if v[i // 2] > 0 else 0.0) for i, c in enumerate(xy)]


def _extension(mark: Mark, r: AnnotationRecord) -> None:
    """Doujia's own keys beside COCO's."""
    if r.text is not None:
        mark.text = r.text
    if r.flags:
        mark.flags = [*mark.flags, *(f for f in r.flags if f in FLAGS and f not in mark.flags)]
    mark.group, mark.at, mark.origin = r.group, r.at, r.origin
    mark.z = r.z or 0
