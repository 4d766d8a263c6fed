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
from doujia.formats.coco.fields import (
    AnnotationRow,
    PlainRow,
    common_fields,
    extension_fields,
    partners_of,
    pose_fields,
    shape_fields,
    with_unknown,
)
from doujia.formats.coco.header import Header
from doujia.formats.coco.records import points_bounds
from doujia.formats.contract import Dataset, LossReport, WriteOptions
from doujia.formats.ids import IdAllocator
from doujia.formats.losses import EVERY_FLAG, WHOLE_SCHEMA, Holds, Losses, refuse_not_finite
from doujia.marks import (
    Box,
    ImageMedia,
    Item,
    ItemMarks,
    Keypoints,
    Mark,
    Nothing,
    Polygon,
    shapes,
)

__all__ = ["HOLDS", "write"]

_BATCH = 128
HOLDS = Holds(
    text=True,
    attrs=True,
    score=True,
    group=True,
    z=True,
    origin=True,
    flags=EVERY_FLAG,
    ext=frozenset({"coco"}),
    split=True,
    sequence=True,
    item_attrs=True,
    ids=True,
    at=True,
    size=True,
    orientation=True,
    info=frozenset({"coco"}),
    schema=WHOLE_SCHEMA,
)
_NOTHING_GIVEN: dict[str, Any] = {}
_encode = msgspec.json.Encoder().encode


def write(dataset: Dataset, destination: Path, options: WriteOptions) -> LossReport:
    """Write a dataset as COCO.

    ``destination`` ending in ``.json`` is one file, in which a split stands as a key of the image. Anything else becomes
    a folder with ``annotations/instances_<split>.json``.
    """
    report = LossReport(format="coco", pixel_origin="continuous", rounding="none")
    losses = Losses(report, HOLDS)
    losses.schema(dataset.schema, dataset.info)
    header = Header(dataset)
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
    folder: Path, split: str | None, header: Header, losses: Losses, options: WriteOptions, stack: ExitStack
) -> _Part:
    name = (split or "default").replace("/", "_").replace("\\", "_")
    stream = stack.enter_context((folder / "annotations" / f"instances_{name}.json").open("xb"))
    return _Part(stream, header, losses, options, stack)


class _Part:
    """One output file. Pictures go straight into it, annotations wait in a temporary file until they are through."""

    def __init__(
        self, stream: BinaryIO, header: Header, losses: Losses, options: WriteOptions, stack: ExitStack
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
        self._bundles: list[ItemMarks] = []
        self._unnumbered: list[tuple[PlainRow, Item]] = []
        self._wrote_images = self._wrote_rows = False
        self._row_names: set[str] = set()
        stream.write(
            b'{"info":' + _encode(header.info) + b',"licenses":' + _encode(header.licenses) + b',"images":[\n'
        )

    def add(self, bundle: ItemMarks, *, split_as_key: bool) -> None:
        """Take one picture with its marks."""
        item = bundle.item
        self._bundles.append(bundle)
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
        partners = partners_of(marks) if any(type(m.geometry) is Keypoints for m in marks) else {}
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
            encoded = _encode(self._rows)
            if b"null" in encoded:  # that is how NaN and infinity are written
                for bundle in self._bundles:
                    refuse_not_finite(bundle)
            self._later.write((b",\n" if self._wrote_rows else b"") + encoded[1:-1])
            self._wrote_rows = True
            self._rows.clear()
        self._bundles.clear()

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

    def _plain_row(self, mark: Mark, image_id: int | str) -> PlainRow | None:
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
            return PlainRow(
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
        return PlainRow(mark.id, image_id, category, [ring], area, bbox, 0)

    def _row(self, item: Item, mark: Mark, image_id: int | str, partner: Mark | None) -> Any:
        category = self._header.numbers.get(mark.label)
        geometry = mark.geometry
        kind = type(geometry)
        media = item.media
        assert isinstance(media, ImageMedia)
        size = (media.height, media.width)
        shape = (
            shape_fields(geometry, mark, size) if kind is not Keypoints else self._pose(mark, partner, size)
        )
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
        row = AnnotationRow(
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
            pose_fields(row, geometry, self._header.keypoint_shift)
        if mark.attrs or mark.score is not None or mark.text is not None or mark.flags:
            common_fields(row, mark, kind is Nothing)
        if mark.group is not None or mark.z or mark.at is not None or mark.origin is not None:
            extension_fields(row, mark, partner is not None)
        if own:
            rest = {k: v for k, v in own.items() if k != "id"}
            if rest:
                return with_unknown(row, rest)
        return row

    def _pose(
        self, mark: Mark, partner: Mark | None, size: tuple[int, int]
    ) -> tuple[Any, Any, Any, Any] | None:
        if partner is not None:
            return shape_fields(partner.geometry, partner, size)
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
