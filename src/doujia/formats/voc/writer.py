"""Writing Pascal VOC."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import msgspec
import numpy as np
from numpy.typing import NDArray

from doujia.formats.atomic import staged_folder, write_small
from doujia.formats.choices import choice
from doujia.formats.contract import Dataset, LossReport, WriteOptions
from doujia.formats.losses import Holds, Losses, refuse_not_finite
from doujia.formats.pictures import safe_name
from doujia.formats.voc.palette import colour, palette, print_value
from doujia.marks import (
    Box,
    Ellipse,
    ImageMedia,
    Item,
    ItemMarks,
    Keypoints,
    Mark,
    Mask,
    Polygon,
    RotatedBox,
    raster,
    rle,
    shapes,
)

__all__ = ["HOLDS", "write"]

HOLDS = Holds(
    attrs=True,
    flags=frozenset({"occluded", "truncated", "ignore"}),
    ext=frozenset({"voc"}),
    split=True,
    size=True,
    info=frozenset({"voc"}),
    schema=frozenset({"classes"}),
)
_FLAG_TAGS = (("truncated", "truncated"), ("occluded", "occluded"), ("difficult", "ignore"))
_BATCH = 64
_MOST_OBJECTS = 254


def write(dataset: Dataset, destination: Path, options: WriteOptions) -> LossReport:
    """Write a dataset as ``Annotations/*.xml`` with ``ImageSets`` and ``labelmap.txt``.

    ``extra`` options: ``masks`` = ``yes`` draws outlines and masks into ``SegmentationObject`` and ``SegmentationClass``
    (without it they become boxes); ``rounding`` = ``none`` writes 0-based fractions instead of the devkit's 1-based
    whole pixels.
    """
    exact = choice(options.extra, "rounding", "integer", "none") == "none"
    report = LossReport(
        format="voc",
        pixel_origin="zero" if exact else "one_inclusive",
        rounding="none" if exact else "integer",
        notes=[
            "图片没有复制,请按原名放到 JPEGImages/ 下。 · "
            "Pictures are not copied: put them into JPEGImages/ under their own names."
        ],
    )
    with staged_folder(destination) as folder:
        writer = _Writer(dataset, folder, options, report, exact)
        done = 0
        for bundle in dataset:
            writer.add(bundle)
            done += 1
            if options.progress is not None and done % 256 == 0:
                options.progress(done, dataset.count)
        writer.finish()
        if options.progress is not None:
            options.progress(done, done)
        return writer.losses.settle(options)


class _Writer:
    def __init__(
        self, dataset: Dataset, folder: Path, options: WriteOptions, report: LossReport, exact: bool
    ) -> None:
        self._folder = folder
        self._report = report
        self._exact = exact
        self._masks = choice(options.extra, "masks", "no", "yes") == "yes"
        self.losses = Losses(report, HOLDS)
        self.losses.schema(dataset.schema, dataset.info)
        self._names: dict[str | None, str] = {c.id: escape(c.name or c.id) for c in dataset.schema.classes}
        self._index: dict[str | None, int] = {c.id: i for i, c in enumerate(dataset.schema.classes, 1)}
        self._plain_names = [c.name or c.id for c in dataset.schema.classes]
        self._folders: set[str] = set()
        self._annotations = str(folder / "Annotations")
        self._batch: list[tuple[Item, str, str, list[Mark], bool]] = []
        self._edges: list[float] = []
        self._taken: set[str] = set()
        self._lists: dict[str, Any] = {}
        (folder / "Annotations").mkdir()

    def add(self, bundle: ItemMarks) -> None:
        """Write the file of one picture."""
        item = bundle.item
        if self.losses.skips(bundle):
            return
        name = safe_name(item.name or f"{item.id}.jpg")
        if name != item.name:
            self.losses.add("name_changed", item.name)
        key = self._key(name)
        self.losses.item(item, bundle.relations)
        placed: list[tuple[Mark, int]] = []
        numbers: dict[str, int] = {}
        drawn: list[tuple[Mark, int]] = []
        for mark in bundle.marks:
            if self._masks and mark.group in numbers and mark.id == f"{mark.group}.mask":
                # Pixels of an object whose box says something else: drawn under the box's number.
                drawn.append((mark, numbers[mark.group]))
                self._report.marks += 1
                continue
            if self._masks and mark.group == mark.id and isinstance(mark.geometry, Box):
                numbers[mark.id] = len(placed) + 1
                mark = msgspec.structs.replace(mark, group=None)
            edges = self._edges_of(item, mark)
            if edges is None:
                continue
            self._edges += edges
            placed.append((mark, len(placed) + 1))
            if self._masks and not isinstance(mark.geometry, (Box, Keypoints)):
                drawn.append(placed[-1])
        self._batch.append((item, name, key, [m for m, _ in placed], bool(drawn)))
        self._report.items += 1
        self._report.marks += len(placed)
        self._list("Main", item.split).write(f"{key}\n")
        if drawn:
            self._list("Segmentation", item.split).write(f"{key}\n")
            self._draw(item, key, drawn)
        if len(self._batch) >= _BATCH:
            self._flush()

    def _flush(self) -> None:
        """Round the edges of a batch of pictures at once and write their files."""
        edges = np.array(self._edges, dtype=np.float64).reshape(-1, 4)
        if not np.isfinite(edges).all():
            for item, _, _, marks, _ in self._batch:
                refuse_not_finite(ItemMarks(item, marks))
        whole = edges if self._exact else self._rounded(edges)
        numbers = iter(whole.tolist())
        for item, name, key, marks, segmented in self._batch:
            parts = [self._head(item, name, segmented)]
            for mark in marks:
                x0, y0, x1, y1 = next(numbers)
                extra = ""
                if mark.attrs or mark.flags or (mark.ext and "voc" in mark.ext):
                    extra = self._extra(item, mark)
                parts.append(
                    f"<object><name>{self._names[mark.label]}</name>{extra}<bndbox><xmin>{x0}</xmin><ymin>{y0}</ymin>"
                    f"<xmax>{x1}</xmax><ymax>{y1}</ymax></bndbox></object>\n"
                )
            parts.append("</annotation>\n")
            path = f"{self._annotations}/{key}.xml"
            parent = path.rsplit("/", 1)[0]
            if parent not in self._folders:
                Path(parent).mkdir(parents=True, exist_ok=True)
                self._folders.add(parent)
            write_small(path, "".join(parts).encode("utf-8"))
        self._report.files += len(self._batch)
        self._batch.clear()
        self._edges.clear()

    def _rounded(self, edges: NDArray[np.float64]) -> NDArray[np.int64]:
        """1-based inclusive whole pixels: first pixel = left edge + 1, last pixel = right edge, at least one pixel."""
        whole = np.floor(edges + 0.5)
        whole[:, 2:] = np.maximum(whole[:, 2:], whole[:, :2] + 1)
        over = np.abs(whole - edges).max(axis=1) if len(edges) else np.zeros(0)
        moved = np.flatnonzero(over)
        if len(moved):
            places = ((item, mark) for item, _, _, marks, _ in self._batch for mark in marks)
            first = set(moved[:5].tolist())
            for at, (item, mark) in enumerate(places):
                if not first:
                    break
                if at in first:
                    first.discard(at)
                    self.losses.add("coordinate_rounded", item, mark)
            if len(moved) > 5:
                self.losses.add("coordinate_rounded", count=len(moved) - 5)
            self.losses.moved("coordinate_rounded", over[moved].tolist())
        whole[:, :2] += 1
        return whole.astype(np.int64)

    def _key(self, name: str) -> str:
        """The XML's name: two pictures that differ only in their ending must not share it."""
        stem = name.rsplit(".", 1)[0] if "." in name.rsplit("/", 1)[-1] else name
        key, n = stem, 1
        while key in self._taken:
            n += 1
            key = f"{stem}~{n}"
        self._taken.add(key)
        return key

    def _list(self, task: str, split: str | None) -> Any:
        """The devkit's list of a task: ``Main`` names every picture, ``Segmentation`` those with drawn pixels."""
        name = f"{task}/{safe_name(split or 'default').replace('/', '_')}.txt"
        stream = self._lists.get(name)
        if stream is None:
            path = self._folder / "ImageSets" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            stream = self._lists[name] = path.open("w", encoding="utf-8", newline="\n")
        return stream

    def _head(self, item: Item, name: str, segmented: bool) -> str:
        own = dict(item.ext.get("voc", {}))
        folder = own.pop("folder", None)
        depth = own.pop("depth", None)
        own.pop("segmented", None)
        media = item.media
        assert isinstance(media, ImageMedia)
        size = (
            f"<size><width>{media.width}</width><height>{media.height}</height>"
            f"{'' if depth is None else f'<depth>{escape(str(depth))}</depth>'}</size>"
            if media.width and media.height
            else ""
        )
        base = name.rsplit("/", 1)[-1]
        return (
            f"<annotation>{'' if folder is None else f'<folder>{escape(str(folder))}</folder>'}"
            f"<filename>{escape(base)}</filename>{''.join(_elements(own.items()))}{size}"
            f"<segmented>{1 if segmented else 0}</segmented>\n"
        )

    def _edges_of(self, item: Item, mark: Mark) -> tuple[float, float, float, float] | None:
        """The edges of a mark's box, px; None when it cannot be written (counted)."""
        if mark.label not in self._names:
            self.losses.add("class_unmapped", item, mark, source=mark.label)
            return None
        geometry = mark.geometry
        edges: tuple[float, float, float, float] | None
        if type(geometry) is Box:
            edges = (geometry.x0, geometry.y0, geometry.x1, geometry.y1)
        else:
            edges = self._bounds(item, mark)
        if edges is not None:
            self.losses.mark(item, mark)
        return edges

    def _bounds(self, item: Item, mark: Mark) -> tuple[float, float, float, float] | None:
        geometry = mark.geometry
        if type(geometry) is Polygon and len(geometry.parts) == 1 and not self._masks:
            xy = geometry.parts[0].outer
            self.losses.add("geometry_reduced", item, mark, source="polygon", target="box")
            xs, ys = xy[0::2], xy[1::2]
            return (min(xs), min(ys), max(xs), max(ys))
        tag = str(geometry.__struct_config__.tag)
        areal = isinstance(geometry, (Polygon, Mask, RotatedBox, Ellipse))
        bounds = shapes.bounds(geometry) if areal or isinstance(geometry, Keypoints) else None
        if bounds is None:
            self.losses.add("track_dropped" if tag == "track" else "geometry_dropped", item, mark, source=tag)
            return None
        if not self._masks or not areal:
            self.losses.add("geometry_reduced", item, mark, source=tag, target="box")
        elif not isinstance(geometry, Mask):
            self.losses.add("mask_rasterised", item, mark, source=tag, target="mask")
        given = mark.ext.get("given", {}).get("bbox")
        if (
            given
            and isinstance(geometry, Mask)
            and all(
                abs(g - b) <= 1.5
                for g, b in zip(
                    (given[0], given[1], given[0] + given[2], given[1] + given[3]), bounds, strict=True
                )
            )
        ):
            return (given[0], given[1], given[0] + given[2], given[1] + given[3])
        return bounds

    def _extra(self, item: Item, mark: Mark) -> str:
        own = mark.ext.get("voc", {})
        attrs = dict(mark.attrs)
        parts: list[str] = []
        pose = attrs.get("pose")
        if isinstance(pose, str) and pose and pose != "Unspecified":
            parts.append(f"<pose>{escape(pose)}</pose>")
            del attrs["pose"]
        parts += [f"<{tag}>1</{tag}>" for tag, flag in _FLAG_TAGS if flag in mark.flags]
        if attrs:
            pairs = "".join(
                f"<attribute><name>{escape(k)}</name><value>{escape(print_value(v))}</value></attribute>"
                for k, v in attrs.items()
            )
            parts.append(f"<attributes>{pairs}</attributes>")
        parts += _elements(own.items())
        return "".join(parts)

    def _draw(self, item: Item, key: str, drawn: list[tuple[Mark, int]]) -> None:
        """Paint objects in their stacking order; a pixel can belong to one object only."""
        from PIL import Image

        media = item.media
        assert isinstance(media, ImageMedia)
        objects = np.zeros((media.height, media.width), dtype=np.uint8)
        classes = np.zeros_like(objects)
        covered: set[int] = set()
        for mark, number in sorted(drawn, key=lambda d: d[0].z):
            place = f"{item.name}#{mark.id}"
            if number > _MOST_OBJECTS:
                tag = str(mark.geometry.__struct_config__.tag)
                self.losses.add("geometry_reduced", place, source=tag, target="box")
                continue
            pixels = rle.decode(raster.mask_of(mark.geometry, media.height, media.width))
            covered |= set(np.unique(objects[pixels]).tolist())
            objects[pixels] = number
            classes[pixels] = min(self._index[mark.label], 254)
        covered.discard(0)
        if covered:
            self.losses.add("overlap_dropped", item.name, count=len(covered))
        for folder, values in (("SegmentationObject", objects), ("SegmentationClass", classes)):
            path = self._folder / folder / f"{key}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            image = Image.fromarray(values)
            image.putpalette(palette())
            image.save(path)
            self._report.files += 1

    def finish(self) -> None:
        """Write what is left, close the lists and write the label map."""
        self._flush()
        for stream in self._lists.values():
            stream.close()
        lines = ["# label:color_rgb:parts:actions\n", "background:0,0,0::\n"]
        for i, name in enumerate(self._plain_names, 1):
            r, g, b = colour(min(i, 254))
            lines.append(f"{name}:{r},{g},{b}::\n")
        (self._folder / "labelmap.txt").write_text("".join(lines), encoding="utf-8", newline="\n")
        self._report.files += len(self._lists) + 1


def _elements(pairs: Any) -> Iterator[str]:
    """Elements we did not know when reading: text, or a list of [tag, content]."""
    for tag, content in pairs:
        if isinstance(content, list):
            yield f"<{tag}>{''.join(_elements(content))}</{tag}>"
        else:
            yield f"<{tag}>{escape(str(content))}</{tag}>"
