"""Writing COCO files: one, or one for each split."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
from msgspec import UNSET

from doujia.formats.atomic import staged_file, staged_folder
from doujia.formats.coco.records import points_bounds, shape_sum
from doujia.formats.contract import Dataset, LossReport, WriteOptions
from doujia.formats.ids import IdAllocator
from doujia.formats.losses import Losses
from doujia.marks import (
    Box,
    Ellipse,
    ImageMedia,
    Item,
    ItemMarks,
    Keypoints,
    LabelClass,
    Mark,
    Mask,
    Nothing,
    Polygon,
    RotatedBox,
    Schema,
    raster,
    rle,
    shapes,
)

__all__ = ["write"]

_BATCH = 512
_HOLDS = [
    "attrs",
    "text",
    "score",
    "group",
    "z",
    "flags",
    "ignore",
    "origin",
    "at",
    "split",
    "size",
    "item_attrs",
    "sequence",
    "sha256",
]
_NOTHING_GIVEN: dict[str, Any] = {}
_encode = msgspec.json.Encoder().encode


class _Annotation(msgspec.Struct, omit_defaults=True):
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


class _PlainRow(msgspec.Struct):
    """The row of an ordinary box or ring."""

    id: int | str
    image_id: int | str
    category_id: Any
    segmentation: Any
    area: Any
    bbox: Any
    iscrowd: int


def write(dataset: Dataset, destination: Path, options: WriteOptions) -> LossReport:
    """Write a dataset as COCO.

    ``destination`` ending in ``.json`` is one file, in which a split stands as a key of the image. Anything else becomes
    a folder with ``annotations/instances_<split>.json``.
    """
    report = LossReport(format="coco", pixel_origin="continuous", rounding="none")
    losses = Losses(report, "coco", _HOLDS)
    losses.schema(dataset.schema, ("attributes", "skeletons", "relations", "classes"))
    losses.info(dataset.info)
    header = _Header(dataset)
    with ExitStack() as stack:
        one_file = destination.suffix.lower() == ".json"
        if one_file:
            only = _Part(stack.enter_context(staged_file(destination)), header, losses, options, stack)
            parts: dict[str | None, _Part] = {}
        else:
            folder = stack.enter_context(staged_folder(destination))
            (folder / "annotations").mkdir()
            parts = {}
        done = 0
        for bundle in dataset:
            if one_file:
                part = only
            else:
                split = bundle.item.split
                found = parts.get(split)
                if found is None:
                    found = parts[split] = _open_part(folder, split, header, losses, options, stack)
                part = found
            if not losses.skips(bundle):
                part.add(bundle, split_as_key=one_file)
            done += 1
            if options.progress is not None and done % 256 == 0:
                options.progress(done, dataset.count)
        if one_file:
            only.finish()
        elif not parts:
            parts[None] = _open_part(folder, None, header, losses, options, stack)
        for part in parts.values():
            part.finish()
        report.files = len(parts) or 1
        if options.progress is not None:
            options.progress(done, done)
        return losses.settle(options)


def _open_part(
    folder: Path, split: str | None, header: _Header, losses: Losses, options: WriteOptions, stack: ExitStack
) -> _Part:
    name = (split or "default").replace("/", "_").replace("\\", "_")
    stream = stack.enter_context((folder / "annotations" / f"instances_{name}.json").open("xb"))
    return _Part(stream, header, losses, options, stack)


class _Header:
    """What every file of a dataset says: info, licences, other top-level keys, categories."""

    def __init__(self, dataset: Dataset) -> None:
        own = dataset.info.get("coco") or {}
        self.keypoint_shift = 0.5 if own.get("keypoint_origin") == "index" else 0.0
        self.info = own.get("info", {})
        self.licenses = own.get("licenses", [])
        self.rest = {k: v for k, v in own.items() if k not in ("info", "licenses")}
        skeletons = {s.id: s for s in dataset.schema.skeletons}
        self.categories: list[dict[str, Any]] = []
        self.numbers: dict[str | None, Any] = {}
        taken = {c.ext.get("coco", {}).get("id") for c in dataset.schema.classes}
        following = 1
        for label_class in dataset.schema.classes:
            own = dict(label_class.ext.get("coco", {}))
            number = own.pop("id", None)
            if number is None or number in self.numbers.values():
                while following in taken:
                    following += 1
                number = following
                taken.add(number)
            self.numbers[label_class.id] = number
            row: dict[str, Any] = {"id": number, "name": label_class.name or label_class.id}
            if "supercategory" in own or label_class.parent:
                row["supercategory"] = own.pop("supercategory", label_class.parent)
            base = own.pop("skeleton_base", 1)
            skeleton = skeletons.get(label_class.skeleton or "")
            if skeleton is not None:
                row["keypoints"] = skeleton.names
                row["skeleton"] = [[a + base, b + base] for a, b in skeleton.edges]
            self.categories.append({**row, **own})
        if _says_more(dataset.schema):
            self.rest["doujia"] = {"schema": msgspec.to_builtins(_without_coco(dataset.schema))}


def _says_more(schema: Schema) -> bool:
    """Whether a schema holds something that categories cannot say."""
    observed = "attributes" in schema.ext.get("given", {})
    if (schema.attributes and not observed) or schema.relations or not schema.empty_allowed or schema.overlap:
        return True
    plain = {"id", "name", "ext", "skeleton"}
    blank = LabelClass(id="")
    for c in schema.classes:
        if c.id != (c.name or c.id) or any(
            getattr(c, f) != getattr(blank, f) for f in c.__struct_fields__ if f not in plain
        ):
            return True
        if c.skeleton is not None and c.skeleton != c.id:
            return True
    return any(s.flip or s.sigmas or s.template or s.point_names for s in schema.skeletons)


def _without_coco(schema: Schema) -> Schema:
    classes = [
        msgspec.structs.replace(c, ext={k: v for k, v in c.ext.items() if k != "coco"})
        for c in schema.classes
    ]
    return msgspec.structs.replace(schema, classes=classes)


class _Part:
    """One output file. Pictures go straight into it, annotations wait in a temporary file until they are through."""

    def __init__(
        self, stream: BinaryIO, header: _Header, losses: Losses, options: WriteOptions, stack: ExitStack
    ) -> None:
        self._stream = stream
        self._header = header
        self._losses = losses
        self._report = losses.report
        self._later = stack.enter_context(tempfile.TemporaryFile(buffering=1 << 18))  # noqa: SIM115
        self._image_ids = IdAllocator()
        self._mark_ids = IdAllocator()
        self._images: list[Any] = []
        self._rows: list[Any] = []
        self._unnumbered: list[tuple[_PlainRow, Item]] = []
        self._wrote_images = self._wrote_rows = False
        self._row_names: set[str] = set()
        stream.write(
            b'{"info":' + _encode(header.info) + b',"licenses":' + _encode(header.licenses) + b',"images":[\n'
        )

    def add(self, bundle: ItemMarks, *, split_as_key: bool) -> None:
        """Take one picture with its marks."""
        item = bundle.item
        image_id, image = self._image(item, split_as_key)
        self._images.append(image)
        self._losses.item(item, bundle.relations)
        self._report.items += 1
        rows = self._rows
        before = len(rows)
        waiting = self._unnumbered
        long_way = False
        for mark in bundle.marks:
            kind = type(mark.geometry)
            row = self._plain_row(mark, image_id) if kind is Box or kind is Polygon else None
            if row is None:
                long_way = True
                rows.append(mark)
            else:
                rows.append(row)
                waiting.append((row, item))
        if long_way:
            self._number()
            self._resolve(item, image_id, before)
        self._report.marks += len(rows) - before
        if len(self._images) >= _BATCH or len(self._rows) >= _BATCH:
            self._flush()

    def _resolve(self, item: Item, image_id: int | str, start: int) -> None:
        """Replace the marks that stand among the rows from ``start`` on by their own rows, poses with their boxes."""
        entries = self._rows[start:]
        del self._rows[start:]
        marks = [e for e in entries if type(e) is Mark]
        partners = _partners(marks) if any(type(m.geometry) is Keypoints for m in marks) else {}
        companions = {id(m) for m in partners.values()}
        for entry in entries:
            row = entry
            if type(entry) is Mark:
                if id(entry) in companions:
                    continue
                row = self._row(item, entry, image_id, partners.get(entry.id))
            if row is not None:
                self._rows.append(row)

    def _number(self) -> None:
        """Give the plain rows their numbers, many at once."""
        waiting = self._unnumbered
        numbers, changed = self._mark_ids.take_all([str(row.id) for row, _ in waiting])
        for at in changed:
            row, item = waiting[at]
            self._losses.add("id_renumbered", f"{item.name}#{row.id}", source="mark")
        for (row, _), number in zip(waiting, numbers, strict=True):
            row.id = number
        waiting.clear()

    def finish(self) -> None:
        """Write what is left and close the document."""
        self._flush()
        self._stream.write(b'],\n"annotations":[\n')
        self._later.seek(0)
        shutil.copyfileobj(self._later, self._stream, 1 << 18)
        self._later.close()
        self._stream.write(b'],\n"categories":' + _encode(self._header.categories))
        for key, value in self._header.rest.items():
            self._stream.write(b"," + _encode(key) + b":" + _encode(value))
        self._stream.write(b"}\n")
        self._stream.flush()

    def _flush(self) -> None:
        self._number()
        if self._images:
            self._stream.write((b",\n" if self._wrote_images else b"") + _encode(self._images)[1:-1])
            self._wrote_images = True
            self._images.clear()
        if self._rows:
            self._later.write((b",\n" if self._wrote_rows else b"") + _encode(self._rows)[1:-1])
            self._wrote_rows = True
            self._rows.clear()

    def _image(self, item: Item, split_as_key: bool) -> tuple[int | str, dict[str, Any]]:
        own = item.ext.get("coco", {})
        given = item.ext.get("given", {}).get("id")
        if isinstance(own.get("id"), str):
            image_id: int | str = own["id"]
        else:
            image_id, kept = self._image_ids.take(str(given) if given is not None else item.id)
            if not kept:
                self._losses.add("id_renumbered", item.name, source="image")
        media = item.media
        assert isinstance(media, ImageMedia)
        row: dict[str, Any] = {
            "id": image_id,
            "file_name": item.name,
            "width": media.width,
            "height": media.height,
        }
        if item.attrs:
            row["attributes"] = item.attrs
        if split_as_key and item.split is not None:
            row["split"] = item.split
        for key, value in (("sequence", item.sequence), ("index", item.index), ("sha256", item.sha256)):
            if value is not None:
                row[key] = value
        if media.exif_orientation != 1:
            row["exif_orientation"] = media.exif_orientation
        return image_id, {**row, **own} if own else row

    def _plain_row(self, mark: Mark, image_id: int | str) -> _PlainRow | None:
        """The row of a box or ring without anything else said about it; None sends it the long way.

        Its id is still the mark's text; ``_number`` makes numbers of many at once.
        """
        if (
            mark.attrs or mark.flags or mark.text is not None or mark.score is not None or mark.group is not None
            or mark.z or mark.at is not None or mark.origin is not None
        ):  # fmt: skip
            return None
        category = self._header.numbers.get(mark.label)
        ext = mark.ext
        given = _NOTHING_GIVEN
        if ext:
            given = ext.get("given")  # type: ignore[assignment]
            if given is None or len(ext) != 1:
                return None
        if category is None:
            return None
        bbox, area = given.get("bbox"), given.get("area")
        geometry = mark.geometry
        if type(geometry) is Box:
            x0, y0, x1, y1 = geometry.x0, geometry.y0, geometry.x1, geometry.y1
            if (
                not bbox
                or bbox[0] != x0
                or bbox[1] != y0
                or bbox[0] + bbox[2] != x1
                or bbox[1] + bbox[3] != y1
            ):
                bbox, area = [x0, y0, x1 - x0, y1 - y0], None
            return _PlainRow(
                mark.id, image_id, category, [], bbox[2] * bbox[3] if area is None else area, bbox, 0
            )
        parts = geometry.parts  # type: ignore[union-attr]
        if len(parts) != 1 or parts[0].holes:
            return None
        ring = parts[0].outer
        if not bbox or area is None or given.get("of") != sum(ring):
            xs, ys = ring[0::2], ring[1::2]
            x0, y0 = min(xs), min(ys)
            bbox, area = [x0, y0, max(xs) - x0, max(ys) - y0], shapes.ring_area(ring)
        return _PlainRow(mark.id, image_id, category, [ring], area, bbox, 0)

    def _row(self, item: Item, mark: Mark, image_id: int | str, partner: Mark | None) -> Any:
        category = self._header.numbers.get(mark.label)
        geometry = mark.geometry
        kind = type(geometry)
        shape = _shape(geometry, mark) if kind is not Keypoints else self._pose(mark, partner)
        if shape is None:
            tag = str(geometry.__struct_config__.tag)
            code = "track_dropped" if tag == "track" else "geometry_dropped"
            self._losses.add(code, item, mark, source=tag)
            return None
        if category is None and (kind is not Nothing or mark.label is not None):
            self._losses.add("class_unmapped", item, mark, source=mark.label)
            return None
        segmentation, area, bbox, exact = shape
        own = mark.ext.get("coco")
        if own is not None and isinstance(own.get("id"), str) and own["id"] not in self._row_names:
            number: int | str = own["id"]
            self._row_names.add(own["id"])
        else:
            number, kept = self._mark_ids.take(mark.id)
            if not kept:
                self._losses.add("id_renumbered", item, mark, source="mark")
        row = _Annotation(
            number,
            image_id,
            UNSET if category is None else category,
            segmentation,
            area,
            bbox,
            UNSET if kind is Nothing else 1 if "ignore" in mark.flags else 0,
        )
        if exact is not None:
            row.geometry = exact
            self._count_approximation(item, mark)
        self._losses.mark(item, mark)
        if partner is not None:
            self._report.marks += 1
        if kind is Keypoints:
            _pose_fields(row, geometry, self._header.keypoint_shift)
        if mark.attrs or mark.score is not None or mark.text is not None or mark.flags:
            _common_fields(row, mark, kind is Nothing)
        if mark.group is not None or mark.z or mark.at is not None or mark.origin is not None:
            _extension_fields(row, mark, partner is not None)
        if own:
            rest = {k: v for k, v in own.items() if k != "id"}
            if rest:
                return _with_unknown(row, rest)
        return row

    def _pose(self, mark: Mark, partner: Mark | None) -> tuple[Any, Any, Any, Any] | None:
        if partner is not None:
            return _shape(partner.geometry, partner)
        assert isinstance(mark.geometry, Keypoints)
        shift = self._header.keypoint_shift
        points = mark.geometry
        if shift:
            points = Keypoints(
                xy=[c - (shift if points.v[i // 2] > 0 else 0.0) for i, c in enumerate(points.xy)], v=points.v
            )
        around = points_bounds(points)
        given = mark.ext.get("given", {})
        if around is None:
            return [], given.get("area", 0.0), given.get("bbox", [0.0, 0.0, 0.0, 0.0]), None
        area = (
            given.get("area", around[2] * around[3])
            if given.get("bbox") == list(around)
            else around[2] * around[3]
        )
        return [], area, list(around), None

    def _count_approximation(self, item: Item, mark: Mark) -> None:
        """Other readers see a ring or pixels; Doujia's own ``geometry`` key keeps the exact form."""
        if type(mark.geometry) is Polygon:
            self._losses.add("mask_rasterised", item, mark, source="polygon", target="mask")
        else:
            tag = str(mark.geometry.__struct_config__.tag)
            self._losses.add("geometry_changed", item, mark, source=tag, target="polygon")


def _partners(marks: list[Mark]) -> dict[str, Mark]:
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


def _shape(geometry: Any, mark: Mark) -> tuple[Any, Any, Any, Any] | None:
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
            return _pixels(geometry, mark)
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


def _pixels(polygon: Polygon, mark: Mark) -> tuple[Any, Any, Any, Any]:
    """Holes: COCO's rings cannot have any, so the row carries pixels, on a canvas that just holds the outline."""
    bounds = shapes.bounds(polygon)
    assert bounds is not None
    size = mark.ext.get("given", {}).get("size")
    height, width = size or (max(1, int(-(-bounds[3] // 1))), max(1, int(-(-bounds[2] // 1))))
    mask = raster.mask_of(polygon, height, width)
    segmentation = {"size": list(mask.size), "counts": mask.counts}
    return segmentation, shapes.area(polygon), _xywh(bounds), polygon


def _xywh(bounds: tuple[float, float, float, float] | None) -> list[float]:
    if bounds is None:
        return [0.0, 0.0, 0.0, 0.0]
    x0, y0, x1, y1 = bounds
    return [x0, y0, x1 - x0, y1 - y0]


def _pose_fields(row: _Annotation, points: Any, shift: float) -> None:
    flat: list[float] = []
    for i, seen in enumerate(points.v):
        less = shift if seen > 0 else 0.0
        flat += [points.xy[2 * i] - less, points.xy[2 * i + 1] - less, seen]
    row.keypoints = flat
    row.num_keypoints = sum(1 for s in points.v if s > 0)


def _common_fields(row: _Annotation, mark: Mark, caption: bool) -> None:
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


def _extension_fields(row: _Annotation, mark: Mark, paired: bool) -> None:
    if mark.group is not None and not (paired and mark.group == mark.id):
        row.group = mark.group
    if mark.z:
        row.z = mark.z
    if mark.at is not None:
        row.at = mark.at
    if mark.origin is not None:
        row.origin = mark.origin


def _with_unknown(row: _Annotation, unknown: dict[str, Any]) -> dict[str, Any]:
    """Add the keys we did not know when reading; nested attributes go back among the attributes."""
    plain = {f: v for f in row.__struct_fields__ if (v := getattr(row, f)) is not UNSET}
    nested = unknown.get("attributes")
    if isinstance(nested, dict) and isinstance(plain.get("attributes", {}), dict):
        unknown = {**unknown, "attributes": {**plain.get("attributes", {}), **nested}}
    return {**plain, **unknown}
