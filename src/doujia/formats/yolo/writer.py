"""Writing YOLO datasets: ``labels/<split>/…``, ``data.yaml``, the lists of pictures and ``sizes.csv``.

Pictures are worked on in batches: all coordinates of a batch become one array, are divided, checked and rounded at
once, and go out through a fast number printer. Ten decimals are less than a millionth of a pixel.
"""

from __future__ import annotations

import csv
import io
import json
import re
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from doujia.errors import InputError
from doujia.formats.atomic import staged_folder, write_small
from doujia.formats.choices import choice
from doujia.formats.contract import Dataset, LossReport, WriteOptions
from doujia.formats.losses import Holds, Losses, refuse_not_finite
from doujia.formats.pictures import SizeTable, safe_name
from doujia.formats.yolo.layout import TASKS
from doujia.formats.yolo.rows import join_rings
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
    Polygon,
    RotatedBox,
    Schema,
    Skeleton,
    raster,
    shapes,
)

__all__ = ["holds_of", "write"]

_BATCH = 32
_DECIMALS = 10
_Line = tuple[Item, Mark, Any, list[float]]
_encode = msgspec.json.Encoder().encode


def write(task: str, dataset: Dataset, destination: Path, options: WriteOptions) -> LossReport:
    """Write a dataset as YOLO of one task.

    ``extra`` options: ``parts`` = ``join`` (default: the pieces of an object become one ring with bridges of no width) or
    ``split`` (one line a piece); ``column6`` = ``score`` or ``track`` adds a sixth column to boxes.
    """
    report = LossReport(
        format=f"yolo-{task}",
        pixel_origin="share of width and height",
        rounding=f"{_DECIMALS} decimals",
        notes=[
            "图片没有复制,请按原名放到 images/<划分>/ 下。 · "
            "Pictures are not copied: put them into images/<split>/ under their own names."
        ],
    )
    with staged_folder(destination) as folder:
        writer = _Writer(task, dataset, folder, options, report)
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


def holds_of(task: str, column6: str = "") -> Holds:
    """Return what the labels of a task keep; ``column6`` is ``score`` or ``track`` when boxes carry one."""
    return Holds(
        score=column6 == "score",
        group=column6 == "track",
        ext=frozenset({"yolo"}),
        split=True,
        size=True,
        info=frozenset({"yolo"}),
        schema=frozenset({"classes", "skeletons"} if task == "pose" else {"classes"}),
    )


class _Writer:
    def __init__(
        self, task: str, dataset: Dataset, folder: Path, options: WriteOptions, report: LossReport
    ) -> None:
        self._task = task
        self._folder = folder
        self._report = report
        column6 = choice(options.extra, "column6", "", "score", "track")
        self._column6 = column6 if task == "detect" else ""
        self._tails = task == "pose" or bool(self._column6)
        self._split_parts = choice(options.extra, "parts", "join", "split") == "split"
        self.losses = Losses(report, holds_of(task, self._column6))
        self.losses.schema(dataset.schema, dataset.info)
        self._schema = dataset.schema
        self._info = dataset.info.get("yolo") or {}
        self._numbers = _class_numbers(dataset.schema, self.losses)
        self._skeleton = _largest_skeleton(dataset.schema) if task == "pose" else None
        self._points = len(self._skeleton.names) if self._skeleton else 0
        self._convert = {"detect": self._detect, "seg": self._seg, "obb": self._obb, "pose": self._pose}[task]
        self._batch: list[tuple[str, list[_Line], int, int]] = []
        self._labels = str(folder / "labels")
        self._folders: set[str] = set()
        self._names: set[tuple[str, str]] = set()
        self._lists: dict[str, Any] = {}
        self._sizes = (folder / SizeTable.NAME).open("w", encoding="utf-8", newline="")
        self._size_rows = csv.writer(self._sizes, lineterminator="\n")
        self._size_rows.writerow(("split", "file_name", "width", "height"))

    # Items ---------------------------------------------------------------------------------------------------

    def add(self, bundle: ItemMarks) -> None:
        """Take one picture with its marks."""
        item, losses = bundle.item, self.losses
        if losses.skips(bundle):
            return
        media = item.media
        assert isinstance(media, ImageMedia)
        if bundle.marks and (media.width <= 0 or media.height <= 0):
            # Shares of an unknown size do not exist.
            losses.add("items_dropped", item.name, source="size unknown")
            losses.add("marks_dropped", item.name, count=len(bundle.marks), source="size unknown")
            return
        split = re.sub(r"[/\\\\]+", "_", item.split) if item.split else "train"
        name = safe_name(item.name or f"{item.id}.jpg")
        if name != item.name:
            losses.add("name_changed", item.name)
        path = self._label_path(split, name, item)
        self._size_rows.writerow((item.split or "", name, media.width, media.height))
        self._list(split).write(f"./images/{split}/{name}\n")
        losses.item(item, bundle.relations)
        rows: list[_Line] = []
        written = 0
        self._partners: dict[str | None, Mark] = self._pairs(bundle.marks) if self._task == "pose" else {}
        for mark in bundle.marks:
            number = self._numbers.get(mark.label)
            if number is None:
                losses.add("class_unmapped", item, mark, source=mark.label)
                continue
            flats = self._convert(item, mark)
            if not flats:
                continue
            # The group that only ties a pose to its box is kept: they share a line.
            tied = mark.group is not None and mark.group in self._partners
            losses.mark(item, msgspec.structs.replace(mark, group=None) if tied else mark)
            head = (number, self._tail(mark)) if self._tails else number
            for flat in flats:
                rows.append((item, mark, head, flat))
            written += 1
        self._report.marks += written
        self._report.items += 1
        self._batch.append((path, rows, media.width, media.height))
        if len(self._batch) >= _BATCH:
            self._flush()

    def _label_path(self, split: str, name: str, item: Item) -> str:
        """The label file of a picture. Trainers find it by the picture's stem, so no other name would be read.

        Raises:
            InputError: ``names_collide``; ``a.jpg`` and ``a.png`` of one split would share ``a.txt``.
        """
        stem = name.rsplit(".", 1)[0] if "." in name.rsplit("/", 1)[-1] else name
        if (split, stem) in self._names:
            raise InputError(
                f"{item.name} and another picture of {split} would share the labels {stem}.txt; rename one of them.",
                zh=f"{split} 里有两张图都要用 {stem}.txt({item.name} 是后一张),请改一个名字。",
                code="names_collide",
            )
        self._names.add((split, stem))
        path = f"{self._labels}/{split}/{stem}.txt"
        parent = path.rsplit("/", 1)[0]
        if parent not in self._folders:
            Path(parent).mkdir(parents=True, exist_ok=True)
            self._folders.add(parent)
        return path

    def _list(self, split: str) -> Any:
        stream = self._lists.get(split)
        if stream is None:
            stream = self._lists[split] = (self._folder / f"{split}.txt").open(
                "w", encoding="utf-8", newline="\n"
            )
        return stream

    # Numbers -------------------------------------------------------------------------------------------------

    def _flush(self) -> None:
        """Divide, clip, round and write a batch of pictures."""
        flat: list[float] = []
        counts: list[int] = []
        for _, rows, _, _ in self._batch:
            before = len(flat)
            for row in rows:
                flat += row[3]
            counts.append((len(flat) - before) // 2)
        # Packing is three times as fast as np.array, which looks at the type of every element.
        values = np.frombuffer(struct.pack(f"{len(flat)}d", *flat)).reshape(-1, 2)
        sizes = np.array([(w or 1, h or 1) for _, _, w, h in self._batch], dtype=np.float64).reshape(-1, 2)
        values = values / np.repeat(sizes, counts, axis=0)
        # Centres and sizes of boxes were clipped one by one already.
        checked = values[:0] if self._task in ("detect", "pose") else values
        outside = np.flatnonzero((checked < 0) | (checked > 1))
        far = set((outside // 2).tolist())
        if not np.isfinite(values).all():
            for item, marks in self._sources():
                refuse_not_finite(ItemMarks(item, marks))
        numbers = np.round(values, _DECIMALS, out=values).ravel().tolist()
        at = 0
        for path, rows, width, height in self._batch:
            lines: list[list[Any]] = []
            for item, mark, head, coordinates in rows:
                end = at + len(coordinates)
                if far and any(k in far for k in range(at // 2, end // 2)):
                    clipped = self._clipped(item, mark, coordinates, width, height)
                    if clipped is not None:
                        lines.append([head, *clipped])
                else:
                    lines.append([head, *numbers[at:end]])
                at = end
            write_small(path, _text([self._with_tail(x) for x in lines] if self._tails else lines))
        self._report.files += len(self._batch)
        self._batch.clear()

    def _sources(self) -> Iterator[tuple[Item, list[Mark]]]:
        """The items of the batch with the marks that are to be written."""
        for _, rows, _, _ in self._batch:
            if rows:
                yield rows[0][0], [row[1] for row in rows]

    def _tail(self, mark: Mark) -> list[Any]:
        """What a line carries besides coordinates: visibilities of a pose, score or track of a box."""
        geometry = mark.geometry
        if self._task == "pose":
            v = geometry.v if isinstance(geometry, Keypoints) else []
            return (v + [0] * self._points)[: self._points]
        if self._column6 == "score":
            return [] if mark.score is None else [mark.score]
        return [int(mark.group)] if mark.group is not None and mark.group.isdecimal() else []

    def _with_tail(self, line: list[Any]) -> list[Any]:
        (number, tail), *values = line
        if self._task != "pose":
            return [number, *values, *tail]
        merged: list[Any] = [number, *values[:4]]
        for i, seen in enumerate(tail):
            merged += [values[4 + 2 * i], values[5 + 2 * i], seen] if seen else [0, 0, 0]
        return merged

    def _clipped(
        self, item: Item, mark: Mark, xy: list[float], width: int, height: int
    ) -> list[float] | None:
        """Trainers ignore lines that leave 0..1: cut the ring at the border and say so."""
        place = f"{item.name}#{mark.id}"
        over = max(max(-v, v - (height if i % 2 else width)) for i, v in enumerate(xy))
        if self._task == "obb":
            ring = [min(max(v, 0.0), height if i % 2 else width) for i, v in enumerate(xy)]
            gone = shapes.ring_area(ring) == 0
        else:
            ring = shapes.clip_ring(xy, 0, 0, width, height)
            gone = not ring
        if gone:
            self.losses.add("out_of_image", place)
            self.losses.add("marks_dropped", place, source="outside the picture")
            self._report.marks -= 1
            return None
        self.losses.add("coordinate_clipped", place)
        self.losses.moved("coordinate_clipped", [over])
        return [round(v / (height if i % 2 else width), _DECIMALS) for i, v in enumerate(ring)]

    # Geometry ------------------------------------------------------------------------------------------------

    def _reduced(self, item: Item, mark: Mark, code: str, target: str) -> None:
        self.losses.add(code, item, mark, source=_tag(mark), target=target)

    def _dropped(self, item: Item, mark: Mark) -> list[list[float]]:
        tag = _tag(mark)
        self.losses.add("track_dropped" if tag == "track" else "geometry_dropped", item, mark, source=tag)
        return []

    def _inside(self, item: Item, mark: Mark, box: tuple[float, float, float, float]) -> list[float] | None:
        """Return cx, cy, w, h px of a box cut at the picture's border; None when nothing is left."""
        x0, y0, x1, y1 = box
        media = item.media
        assert isinstance(media, ImageMedia)
        width, height = media.width, media.height
        if x0 < 0 or y0 < 0 or x1 > width or y1 > height:
            a0, b0, a1, b1 = max(x0, 0.0), max(y0, 0.0), min(x1, float(width)), min(y1, float(height))
            place = f"{item.name}#{mark.id}"
            if a1 <= a0 or b1 <= b0:
                self.losses.add("out_of_image", place)
                self.losses.add("marks_dropped", place, source="outside the picture")
                return None
            over = max(a0 - x0, b0 - y0, x1 - a1, y1 - b1)
            if over > 1e-6:
                self.losses.add("coordinate_clipped", place)
                self.losses.moved("coordinate_clipped", [over])
            x0, y0, x1, y1 = a0, b0, a1, b1
        return [(x0 + x1) / 2, (y0 + y1) / 2, x1 - x0, y1 - y0]

    def _detect(self, item: Item, mark: Mark) -> list[list[float]]:
        geometry = mark.geometry
        if type(geometry) is not Box:
            if (
                type(geometry) not in (Polygon, Mask, RotatedBox, Ellipse, Keypoints)
                or shapes.bounds(geometry) is None
            ):
                return self._dropped(item, mark)
            self._reduced(item, mark, "geometry_reduced", "box")
        bounds = shapes.bounds(geometry)
        assert bounds is not None
        box = self._inside(item, mark, bounds)
        if box is None:
            return []
        if self._column6 == "track" and mark.group is not None and not mark.group.isdecimal():
            self.losses.add("group_dropped", item, mark)
        return [box]

    def _seg(self, item: Item, mark: Mark) -> list[list[float]]:
        geometry = mark.geometry
        kind = type(geometry)
        if type(geometry) is Box:
            self.losses.add("geometry_changed", item, mark, source="box", target="polygon")
            x0, y0, x1, y1 = geometry.x0, geometry.y0, geometry.x1, geometry.y1
            return [[x0, y0, x1, y0, x1, y1, x0, y1]]
        if kind is Polygon:
            parts = geometry.parts  # type: ignore[union-attr]
            if len(parts) == 1 and not parts[0].holes:
                return [parts[0].outer]
            return self._rings(item, mark, geometry)
        if kind is Mask:
            self._reduced(item, mark, "geometry_changed", "polygon")
            return self._rings(item, mark, raster.polygon_of(geometry))  # type: ignore[arg-type]
        if kind is RotatedBox or kind is Ellipse:
            self._reduced(
                item, mark, "geometry_changed" if kind is RotatedBox else "polygon_resampled", "polygon"
            )
            return self._rings(item, mark, shapes.rings_of(geometry))
        return self._dropped(item, mark)

    def _rings(self, item: Item, mark: Mark, polygon: Any) -> list[list[float]]:
        place = f"{item.name}#{mark.id}"
        if any(p.holes for p in polygon.parts):
            self.losses.add("holes_dropped", place, count=sum(len(p.holes) for p in polygon.parts))
        rings = [p.outer for p in polygon.parts]
        if not rings:
            self.losses.add("geometry_dropped", place, source="empty " + _tag(mark))
            return []
        if len(rings) > 1:
            if self._split_parts:
                self.losses.add("parts_split", place)
                return rings
            self.losses.add("parts_joined", place)
            return [join_rings(rings)]
        return rings

    def _obb(self, item: Item, mark: Mark) -> list[list[float]]:
        geometry = mark.geometry
        if isinstance(geometry, RotatedBox):
            given = mark.ext.get("yolo", {}).get("corners")
            if given is not None and shapes.rotated_from_corners(given)[0] == geometry:
                return [given]
            return [shapes.corners(geometry)]
        if isinstance(geometry, Box):
            self._reduced(item, mark, "geometry_changed", "obox")
            return [shapes.corners(geometry)]
        outline = raster.polygon_of(geometry) if isinstance(geometry, Mask) else shapes.rings_of(geometry)
        points = [c for p in outline.parts for c in p.outer] if outline is not None else []
        if not points:
            return self._dropped(item, mark)
        self._reduced(item, mark, "geometry_reduced", "obox")
        return [shapes.corners(shapes.smallest_rotated_box(points))]

    def _pairs(self, marks: list[Mark]) -> dict[str | None, Mark]:
        """Boxes by the group of their pose."""
        poses = {m.group for m in marks if m.group is not None and isinstance(m.geometry, Keypoints)}
        return {m.group: m for m in marks if m.group in poses and m.group and isinstance(m.geometry, Box)}

    def _pose(self, item: Item, mark: Mark) -> list[list[Any]]:
        geometry = mark.geometry
        paired = self._partners.get(mark.group) if mark.group else None
        if paired is mark:
            self._report.marks += 1  # it goes into the line of its pose
            return []
        if isinstance(geometry, Keypoints):
            bounds = shapes.bounds(paired.geometry) if paired is not None else shapes.bounds(geometry)
            if bounds is None:
                return self._dropped(item, mark)
            if paired is not None:
                self.losses.mark(item, msgspec.structs.replace(paired, group=None))
            box = self._inside(item, mark, bounds)
            if box is None:
                return []
            if paired is None:
                self.losses.add("box_added", item, mark, source="keypoints")
            return [[*box, *self._padded(item, mark, geometry)]]
        if type(geometry) is not Box:
            if type(geometry) not in (Polygon, Mask, RotatedBox, Ellipse) or shapes.bounds(geometry) is None:
                return self._dropped(item, mark)
            self._reduced(item, mark, "geometry_reduced", "box")
        bounds = shapes.bounds(geometry)
        assert bounds is not None
        box = self._inside(item, mark, bounds)
        return [] if box is None else [[*box, *([0.0, 0.0] * self._points)]]

    def _padded(self, item: Item, mark: Mark, points: Keypoints) -> list[float]:
        missing = self._points - len(points.v)
        if missing < 0:
            self.losses.add("keypoints_reduced", item, mark, count=-missing)
        return (points.xy + [0.0, 0.0] * max(missing, 0))[: 2 * self._points]

    # End -----------------------------------------------------------------------------------------------------

    def finish(self) -> None:
        """Write what is left, the lists, ``sizes.csv`` and ``data.yaml``."""
        self._flush()
        self._sizes.close()
        for stream in self._lists.values():
            stream.close()
        (self._folder / "data.yaml").write_text(self._yaml(), encoding="utf-8", newline="\n")
        self._report.files += len(self._lists) + 2

    def _yaml(self) -> str:
        """JSON strings are YAML strings, which keeps every name whole and needs no YAML writer."""
        out = io.StringIO()
        out.write("path: .\n")
        splits = list(self._lists) or ["train"]
        for split in dict.fromkeys(["train", "val", *splits]):
            out.write(f"{_key(split)}: {_quote(f'images/{split if split in splits else splits[0]}')}\n")
        out.write(f"task: {TASKS[self._task]}\n")
        if self._task == "pose":
            out.write(f"kpt_shape: [{self._points}, 3]\n")
            if self._skeleton is not None:
                flip = list(range(self._points))
                for a, b in self._skeleton.flip:
                    flip[a], flip[b] = b, a
                out.write(f"flip_idx: {flip}\n")
                out.write("kpt_names:\n")
                for number in sorted(self._numbers.values()):
                    out.write(f"  {number}: {_quote(self._skeleton.names)}\n")
        out.write("names:\n" if self._numbers else "names: {}\n")
        by_id: dict[str | None, LabelClass] = {c.id: c for c in self._schema.classes}
        for class_id, number in sorted(self._numbers.items(), key=lambda x: x[1]):
            out.write(f"  {number}: {_quote(by_id[class_id].name or class_id)}\n")
        for key, value in self._info.items():
            out.write(f"{_key(key)}: {_quote(value)}\n")
        return out.getvalue()


def _text(lines: list[list[Any]]) -> bytes:
    if not lines:
        return b""
    return _encode(lines)[2:-2].replace(b"],[", b"\n").replace(b",", b" ") + b"\n"


def _quote(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _key(text: str) -> str:
    return (
        text
        if re.fullmatch(r"[A-Za-z]\w*", text, re.ASCII) and text not in ("y", "n", "yes", "no", "on", "off")
        else _quote(text)
    )


def _tag(mark: Mark) -> str:
    return str(mark.geometry.__struct_config__.tag)


def _class_numbers(schema: Schema, losses: Losses) -> dict[str | None, int]:
    """The numbers the classes came with, when every class has its own; else their order."""
    given = [c.ext.get("yolo", {}).get("id") for c in schema.classes]
    if all(isinstance(n, int) and n >= 0 for n in given) and len(set(given)) == len(given):
        return {c.id: int(n) for c, n in zip(schema.classes, given, strict=True) if n is not None}
    changed = sum(1 for i, n in enumerate(given) if n is not None and n != i)
    if changed:
        losses.add("class_renumbered", count=changed)
    return {c.id: i for i, c in enumerate(schema.classes)}


def _largest_skeleton(schema: Schema) -> Skeleton | None:
    return max(schema.skeletons, key=lambda s: len(s.names), default=None)
