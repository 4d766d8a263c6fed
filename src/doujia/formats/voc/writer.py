"""Writing Pascal VOC."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import msgspec
import numpy as np

from doujia.formats.atomic import staged_folder
from doujia.formats.contract import Dataset, LossReport, WriteOptions
from doujia.formats.losses import Losses
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

__all__ = ["write"]

_HOLDS = ("attrs", "ignore", "split", "size")
_FLAG_TAGS = (("truncated", "truncated"), ("occluded", "occluded"), ("difficult", "ignore"))
_MOST_OBJECTS = 254


def write(dataset: Dataset, destination: Path, options: WriteOptions) -> LossReport:
    """Write a dataset as ``Annotations/*.xml`` with ``ImageSets/Main`` and ``labelmap.txt``.

    ``extra`` options: ``masks`` = ``yes`` draws outlines and masks into ``SegmentationObject`` and ``SegmentationClass``
    (without it they become boxes); ``rounding`` = ``none`` writes 0-based fractions instead of the devkit's 1-based
    whole pixels.
    """
    exact = options.extra.get("rounding") == "none"
    report = LossReport(
        format="voc",
        pixel_origin="zero" if exact else "one_inclusive",
        rounding="none" if exact else "integer",
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
        self._masks = options.extra.get("masks") == "yes"
        self.losses = Losses(report, "voc", _HOLDS + ("flags",))
        self.losses.schema(dataset.schema)
        self.losses.info(dataset.info)
        self._names: dict[str | None, str] = {c.id: escape(c.name or c.id) for c in dataset.schema.classes}
        self._index: dict[str | None, int] = {c.id: i for i, c in enumerate(dataset.schema.classes, 1)}
        self._plain_names = [c.name or c.id for c in dataset.schema.classes]
        self._folders: set[Path] = set()
        self._taken: set[str] = set()
        self._lists: dict[str, Any] = {}
        (folder / "Annotations").mkdir()
        self._folders.add(folder / "Annotations")

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
        drawn: list[tuple[Mark, int]] = []
        objects: list[str] = []
        numbers: dict[str, int] = {}
        for mark in bundle.marks:
            if self._masks and mark.group in numbers and mark.id == f"{mark.group}.mask":
                # Pixels of an object whose box says something else: drawn under the box's number.
                drawn.append((mark, numbers[mark.group]))
                self._report.marks += 1
                continue
            if self._masks and mark.group == mark.id and isinstance(mark.geometry, Box):
                numbers[mark.id] = len(objects) + 1
                mark = msgspec.structs.replace(mark, group=None)
            text = self._object(item, mark)
            if text is None:
                continue
            objects.append(text)
            if self._masks and not isinstance(mark.geometry, (Box, Keypoints)):
                drawn.append((mark, len(objects)))
        path = self._folder / "Annotations" / f"{key}.xml"
        if path.parent not in self._folders:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._folders.add(path.parent)
        text = f"{self._head(item, name, bool(drawn))}{''.join(objects)}</annotation>\n"
        with path.open("xb", buffering=0) as stream:
            stream.write(text.encode("utf-8"))
        self._report.files += 1
        self._report.items += 1
        self._report.marks += len(objects)
        self._list(item.split).write(f"{key}\n")
        if drawn:
            self._draw(item, key, drawn)

    def _key(self, name: str) -> str:
        """The XML's name: two pictures that differ only in their ending must not share it."""
        stem = name.rsplit(".", 1)[0] if "." in name.rsplit("/", 1)[-1] else name
        key, n = stem, 1
        while key in self._taken:
            n += 1
            key = f"{stem}~{n}"
        self._taken.add(key)
        return key

    def _list(self, split: str | None) -> Any:
        name = safe_name(split or "default").replace("/", "_")
        stream = self._lists.get(name)
        if stream is None:
            folder = self._folder / "ImageSets" / "Main"
            folder.mkdir(parents=True, exist_ok=True)
            stream = self._lists[name] = (folder / f"{name}.txt").open("w", encoding="utf-8", newline="\n")
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

    def _object(self, item: Item, mark: Mark) -> str | None:
        name = self._names.get(mark.label)
        geometry = mark.geometry
        if name is None:
            self.losses.add("class_unmapped", f"{item.name}#{mark.id}", source=mark.label)
            return None
        if type(geometry) is Box:
            x0, y0, x1, y1 = geometry.x0, geometry.y0, geometry.x1, geometry.y1
        else:
            bounds = self._bounds(item, mark)
            if bounds is None:
                return None
            x0, y0, x1, y1 = bounds
        if not self._exact:
            x0, y0, x1, y1 = self._rounded(item, mark, x0, y0, x1, y1)
        self.losses.mark(item, mark)
        extra = ""
        if mark.attrs or mark.flags or mark.ext:
            extra = self._extra(item, mark)
        return (
            f"<object><name>{name}</name>{extra}<bndbox><xmin>{x0}</xmin><ymin>{y0}</ymin>"
            f"<xmax>{x1}</xmax><ymax>{y1}</ymax></bndbox></object>\n"
        )

    def _bounds(self, item: Item, mark: Mark) -> tuple[float, float, float, float] | None:
        geometry = mark.geometry
        tag = str(geometry.__struct_config__.tag)
        place = f"{item.name}#{mark.id}"
        areal = isinstance(geometry, (Polygon, Mask, RotatedBox, Ellipse))
        bounds = shapes.bounds(geometry) if areal or isinstance(geometry, Keypoints) else None
        if bounds is None:
            self.losses.add("track_dropped" if tag == "track" else "geometry_dropped", place, source=tag)
            return None
        if not self._masks or not areal:
            self.losses.add("geometry_reduced", place, source=tag, target="box")
        elif not isinstance(geometry, Mask):
            self.losses.add("mask_rasterised", place, source=tag, target="mask")
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

    def _rounded(
        self, item: Item, mark: Mark, x0: float, y0: float, x1: float, y1: float
    ) -> tuple[int, int, int, int]:
        """1-based inclusive whole pixels: first pixel = left edge + 1, last pixel = right edge."""
        floor = math.floor
        a0, b0, a1, b1 = floor(x0 + 0.5), floor(y0 + 0.5), floor(x1 + 0.5), floor(y1 + 0.5)
        a1, b1 = max(a1, a0 + 1), max(b1, b0 + 1)  # at least one pixel
        over = max(abs(a0 - x0), abs(b0 - y0), abs(a1 - x1), abs(b1 - y1))
        if over:
            self.losses.add("coordinate_rounded", f"{item.name}#{mark.id}")
            self.losses.moved("coordinate_rounded", over)
        return a0 + 1, b0 + 1, a1, b1

    def _extra(self, item: Item, mark: Mark) -> str:
        own = mark.ext.get("voc", {})
        attrs = dict(mark.attrs)
        parts: list[str] = []
        pose = attrs.get("pose")
        if isinstance(pose, str) and pose and pose != "Unspecified":
            parts.append(f"<pose>{escape(pose)}</pose>")
            del attrs["pose"]
        parts += [f"<{tag}>1</{tag}>" for tag, flag in _FLAG_TAGS if flag in mark.flags]
        if "uncertain" in mark.flags:
            self.losses.add("flags_dropped", f"{item.name}#{mark.id}", source="uncertain")
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
        """Close the lists and write the label map."""
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
