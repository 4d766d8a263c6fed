"""COCO panoptic: a PNG for each picture whose colours are segment ids, and a JSON file that names the segments.

A pixel's id is R + 256 G + 65536 B; 0 is void. Every pixel has one segment, so overlapping marks cannot all be kept.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from doujia.errors import InputError, Problem
from doujia.formats.atomic import staged_folder
from doujia.formats.coco.records import schema_of
from doujia.formats.contract import Dataset, Problems, ReadOptions, WriteOptions
from doujia.formats.contract import LossReport as Report
from doujia.formats.ids import IdAllocator
from doujia.formats.json_stream import Bad, JsonFile, Run, Value, decode_list, decode_value, scan
from doujia.formats.losses import Holds, Losses, refuse_not_finite
from doujia.formats.pictures import safe_name
from doujia.formats.union import UnionDataset
from doujia.marks import ImageMedia, Item, ItemMarks, Mark, Mask, raster, rle

__all__ = ["PanopticDataset", "read_panoptic", "sniff_panoptic", "write_panoptic"]

ROW = "coco-panoptic"
"""Namespace of the keys that a picture's row of segments has beside ours."""

HOLDS = Holds(
    flags=frozenset({"ignore"}),
    ext=frozenset({"coco", ROW}),
    split=True,
    ids=True,
    size=True,
    info=frozenset({"coco"}),
    schema=frozenset({"classes"}),
)
_LARGEST_ID = (1 << 24) - 1
_encode = msgspec.json.Encoder().encode


class _Image(msgspec.Struct):
    id: int | str
    file_name: str = ""
    width: int = 0
    height: int = 0


class _Segment(msgspec.Struct):
    id: int
    category_id: int | str
    area: float | None = None
    bbox: list[float] | None = None
    iscrowd: int = 0


class _Annotation(msgspec.Struct):
    image_id: int | str
    file_name: str
    segments_info: list[_Segment] = []


_annotations = msgspec.json.Decoder(list[_Annotation])
_plain = msgspec.json.Decoder(list[dict[str, Any]])


def sniff_panoptic(path: Path) -> float:
    """Say how surely a file or folder is COCO panoptic."""
    files = _files_of(path)
    if not files:
        return 0.0
    try:
        with files[0].open("rb") as stream:
            head = stream.read(1 << 16)
    except OSError:
        return 0.0
    return 0.95 if re.search(rb'"segments_info"\s*:', head) else 0.0


def read_panoptic(path: Path, options: ReadOptions) -> Dataset:
    """Open a panoptic JSON file, or a folder with one for each split.

    The PNGs lie in the folder of the same name, or where ``extra`` ``masks`` says.
    """
    files = _files_of(path)
    if len(files) > 1:
        parts = [PanopticDataset(file, options) for file in files]
        return UnionDataset([(part.split, part) for part in parts])
    return PanopticDataset(files[0] if files else path, options)


def _files_of(path: Path) -> list[Path]:
    """The panoptic files that a path means, one a split."""
    if path.is_file():
        return [path] if path.suffix.lower() == ".json" else []
    return sorted(p for p in (*path.glob("panoptic*.json"), *path.glob("annotations/panoptic*.json")))


class PanopticDataset:
    """One panoptic file as a dataset; pictures without an annotation come last, without marks."""

    def __init__(self, path: Path, options: ReadOptions) -> None:
        self._file = JsonFile(path)
        self.problems = Problems()
        self.info: dict[str, Any] = {}
        given = options.extra.get("masks")
        self._folder = Path(given) if given else path.with_suffix("")
        found = re.match(r"panoptic_(.+)", path.stem)
        self.split = found.group(1) if found and found.group(1) != "default" else None
        self._images: dict[int | str, _Image] = {}
        self._unknown: dict[int | str, dict[str, Any]] = {}
        self._runs: list[tuple[int, int]] = []
        categories: list[Any] = []
        own: dict[str, Any] = {}
        for event in scan(
            self._file, {"images": _Image, "annotations": _Annotation, "categories": dict[str, Any]}
        ):
            if isinstance(event, Run) and event.key == "images":
                self._images.update((image.id, image) for image in event.heads)
                plain = decode_list(self._file.read(event.offset, event.length), _plain)
                for image, row in zip(event.heads, plain, strict=True):
                    if unknown := _unknown_keys(row, _Image):
                        self._unknown[image.id] = unknown
            elif isinstance(event, Run) and event.key == "categories":
                categories += event.heads
            elif isinstance(event, Run):
                self._runs.append((event.offset, event.length))
            elif isinstance(event, Bad):
                self._problem(
                    "row_malformed",
                    event.message,
                    event.message,
                    self._file.path,
                    f"/{event.key}/{event.number}",
                )
            elif isinstance(event, Value):
                own[event.key] = decode_value(self._file, event)
        if own:
            self.info["coco"] = own
        self.count: int | None = len(self._images)
        self.schema, self._labels = schema_of(categories, None, [], self._fault)
        self._opening = Problems()
        self._opening.take(self.problems)

    def __iter__(self) -> Iterator[ItemMarks]:
        self.problems.clear()
        self.problems.take(self._opening)  # what the first pass found, at every iteration once
        seen: set[int | str] = set()
        for row, plain in self._rows():
            image = self._images.get(row.image_id)
            if image is None:
                self._fault(
                    "image_unknown",
                    "error",
                    "标注指向的图片不存在",
                    "The annotation's image does not exist",
                    row.image_id,
                )
                continue
            seen.add(row.image_id)
            item = self._item(image)
            if unknown := _unknown_keys(plain, _Annotation):
                item.ext = {**item.ext, ROW: unknown}
            yield ItemMarks(item, self._marks(row, plain.get("segments_info") or []), [])
        for image_id, image in self._images.items():
            if image_id not in seen:
                yield ItemMarks(self._item(image), [], [])

    def _rows(self) -> Iterator[tuple[_Annotation, dict[str, Any]]]:
        """The annotations, each also as it stands in the file, with the keys we do not know."""
        for offset, length in self._runs:
            data = self._file.read(offset, length)
            yield from zip(decode_list(data, _annotations), decode_list(data, _plain), strict=True)

    def _item(self, image: _Image) -> Item:
        media = ImageMedia(width=image.width, height=image.height)
        item = Item(id=str(image.id), name=image.file_name.replace("\\", "/"), media=media, split=self.split)
        own = dict(self._unknown.get(image.id, {}))
        if isinstance(image.id, str):
            own["id"] = image.id
        if own:
            item.ext = {"coco": own}
        return item

    def _marks(self, row: _Annotation, plain: list[dict[str, Any]]) -> list[Mark]:
        path = self._folder / safe_name(row.file_name)
        pixels = _read_ids(path)
        if pixels is None:
            self._problem("mask_unreadable", "掩膜图读不了", "The mask picture cannot be read", path, None)
            return []
        drawn = set(np.unique(pixels).tolist()) - {0}
        marks: list[Mark] = []
        for segment, whole in zip(row.segments_info, plain, strict=True):
            label = self._labels.get(segment.category_id)
            if segment.id not in drawn:
                self._problem("segment_not_drawn", f"分割图里没有 {segment.id} 号", f"Segment {segment.id} is not in the picture", path, None)  # fmt: skip
                continue
            drawn.discard(segment.id)
            if label is None:
                self._fault(
                    "category_unknown",
                    "error",
                    "没有这个类别编号",
                    "No category has this id",
                    segment.category_id,
                )
            given: dict[str, Any] = {} if segment.area is None else {"area": segment.area}
            if segment.bbox:
                given["bbox"] = segment.bbox
            ext = {"given": given} if given else {}
            if unknown := _unknown_keys(whole, _Segment):
                ext["coco"] = unknown
            marks.append(
                Mark(
                    id=str(segment.id),
                    geometry=rle.encode(pixels == segment.id),
                    label=label,
                    flags=["ignore"] if segment.iscrowd else [],
                    ext=ext,
                )
            )
        for number in sorted(drawn):
            self._problem(
                "segment_not_listed",
                f"分割图里的 {number} 号没有说明",
                f"Segment {number} is not described",
                path,
                None,
            )
        return marks

    def _fault(self, code: str, severity: str, zh: str, en: str, row: Any) -> None:
        self._problem(code, f"{zh}(编号 {row})", f"{en} (id {row})", self._file.path, f"id {row}")

    def _problem(self, code: str, zh: str, en: str, file: Path, pointer: str | None) -> None:
        self.problems.add(Problem(code, "error", zh, en, file=str(file), pointer=pointer))


def _unknown_keys(row: dict[str, Any], kind: type[msgspec.Struct]) -> dict[str, Any]:
    return {k: v for k, v in row.items() if k not in kind.__struct_fields__}


def _read_ids(path: Path) -> NDArray[np.int64] | None:
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(path) as image:
            rgb = np.asarray(image.convert("RGB"), dtype=np.int64)
    except (OSError, UnidentifiedImageError, ValueError):
        return None
    ids: NDArray[np.int64] = rgb @ np.array([1, 256, 65536])
    return ids


def write_panoptic(dataset: Dataset, destination: Path, options: WriteOptions) -> Report:
    """Write ``annotations/panoptic_<split>.json`` and a folder of PNGs of the same name for each split.

    Boxes, outlines and ellipses are drawn; of overlapping marks the one on top (higher ``z``, then later) keeps the pixels.
    """
    report = Report(format="coco-panoptic", rounding="pixels")
    losses = Losses(report, HOLDS)
    losses.schema(dataset.schema, dataset.info)
    with staged_folder(destination) as folder, ExitStack() as stack:
        (folder / "annotations").mkdir()
        parts: dict[str, _Part] = {}
        header = (dataset.info.get("coco") or {}, _categories(dataset))
        done = 0
        for bundle in dataset:
            done += 1
            if options.progress is not None and done % 64 == 0:
                options.progress(done, dataset.count)
            if losses.skips(bundle):
                continue
            split = safe_name(bundle.item.split or "default").replace("/", "_")
            part = parts.get(split)
            if part is None:
                part = parts[split] = _Part(folder / "annotations", split, header, losses, stack)
            part.add(bundle)
        for part in parts.values() or [_Part(folder / "annotations", "default", header, losses, stack)]:
            part.finish()
        stack.close()
        return losses.settle(options)


def _categories(dataset: Dataset) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    taken = {c.ext.get("coco", {}).get("id") for c in dataset.schema.classes}
    following = 1
    for label_class in dataset.schema.classes:
        own = dict(label_class.ext.get("coco", {}))
        number = own.pop("id", None)
        if number is None:
            while following in taken:
                following += 1
            number = following
            taken.add(number)
        rows.append({"id": number, "name": label_class.name or label_class.id, **own})
    for row, label_class in zip(rows, dataset.schema.classes, strict=True):
        row["_label"] = label_class.id
    return rows


class _Part:
    """One split: pictures go straight into its JSON file, segments wait in a temporary file until they are through."""

    def __init__(
        self,
        folder: Path,
        split: str,
        header: tuple[dict[str, Any], list[dict[str, Any]]],
        losses: Losses,
        stack: ExitStack,
    ) -> None:
        info, categories = header
        self._folder = folder / f"panoptic_{split}"
        self._folder.mkdir()
        self._json = stack.enter_context((folder / f"panoptic_{split}.json").open("xb"))
        self._later = stack.enter_context(tempfile.TemporaryFile(buffering=1 << 18))  # noqa: SIM115
        self._numbers: dict[str | None, Any] = {c["_label"]: c["id"] for c in categories}
        self._categories = [{k: v for k, v in c.items() if k != "_label"} for c in categories]
        self._losses = losses
        self._ids = IdAllocator()
        self._names: set[str] = set()
        self._between = b"\n"
        self._rest = {k: v for k, v in info.items() if k not in ("info", "licenses")}
        self._json.write(b'{"info":' + _encode(info.get("info", {})))
        self._json.write(b',"licenses":' + _encode(info.get("licenses", [])) + b',"images":[')

    def add(self, bundle: ItemMarks) -> None:
        """Draw one picture's marks and describe the segments."""
        from PIL import Image

        item, losses = bundle.item, self._losses
        media = item.media
        assert isinstance(media, ImageMedia)
        if not media.width or not media.height:
            losses.add("items_dropped", item, source="size unknown")
            return
        own = dict(item.ext.get("coco", {}))
        given = item.ext.get("given", {}).get("id")
        number, kept = self._ids.take(item.id if given is None else str(given))
        image_id = own.pop("id", number)
        if not kept and image_id == number:
            losses.add("id_renumbered", item, source="image")
        refuse_not_finite(bundle)
        losses.item(item, bundle.relations)
        pixels = np.zeros((media.height, media.width), dtype=np.int64)
        segments = IdAllocator()
        segments.take("0")
        drawn: list[tuple[int, Mark, int]] = []
        for mark in sorted(bundle.marks, key=lambda m: m.z):
            mask = self._mask(item, mark, media)
            if mask is None:
                continue
            text = mark.id if mark.id.isdecimal() and int(mark.id) <= _LARGEST_ID else ""
            segment, same = segments.take(text)
            if not same:
                losses.add("id_renumbered", item, mark, source="mark")
            inside = rle.decode(mask)
            pixels[inside] = segment
            drawn.append((segment, mark, int(inside.sum())))
        rows = []
        for segment, mark, size in drawn:
            place = pixels == segment
            left = int(place.sum())
            if left < size:
                losses.add("overlap_dropped", item, mark)
            if left == 0:
                continue
            rows.append(self._segment(segment, mark, place, left))
            losses.report.marks += 1
        name = self._png_name(item)
        image = np.stack((pixels & 255, pixels >> 8 & 255, pixels >> 16), axis=2).astype(np.uint8)
        path = self._folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(path)
        picture = {
            "id": image_id,
            "file_name": item.name,
            "width": media.width,
            "height": media.height,
            **own,
        }
        self._json.write(self._between + _encode(picture))
        row = {**item.ext.get(ROW, {}), "image_id": image_id, "file_name": name, "segments_info": rows}
        self._later.write(self._between + _encode(row))
        self._between = b",\n"
        losses.report.items += 1
        losses.report.files += 1

    def _mask(self, item: Item, mark: Mark, media: ImageMedia) -> Mask | None:
        if mark.label not in self._numbers:
            self._losses.add("class_unmapped", item, mark, source=mark.label)
            return None
        tag = str(mark.geometry.__struct_config__.tag)
        try:
            mask = raster.mask_of(mark.geometry, media.height, media.width)
        except InputError:
            self._losses.add(
                "track_dropped" if tag == "track" else "geometry_dropped", item, mark, source=tag
            )
            return None
        if rle.area(mask) == 0:
            self._losses.add("marks_dropped", item, mark, source="no pixel")
            return None
        if tag != "mask":
            self._losses.add("mask_rasterised", item, mark, source=tag, target="mask")
        self._losses.mark(item, msgspec.structs.replace(mark, z=0))
        return mask

    def _segment(self, number: int, mark: Mark, place: NDArray[np.bool_], size: int) -> dict[str, Any]:
        ys, xs = np.flatnonzero(place.any(axis=1)), np.flatnonzero(place.any(axis=0))
        box = [int(xs[0]), int(ys[0]), int(xs[-1] - xs[0] + 1), int(ys[-1] - ys[0] + 1)]
        crowd = 1 if "ignore" in mark.flags else 0
        known = {
            "id": number,
            "category_id": self._numbers[mark.label],
            "area": size,
            "bbox": box,
            "iscrowd": crowd,
        }
        return {**{k: v for k, v in mark.ext.get("coco", {}).items() if k != "id"}, **known}

    def _png_name(self, item: Item) -> str:
        name = safe_name(item.name or item.id)
        stem = name.rsplit(".", 1)[0] if "." in name.rsplit("/", 1)[-1] else name
        key, n = stem, 1
        while key in self._names:
            n += 1
            key = f"{stem}~{n}"
        self._names.add(key)
        return f"{key}.png"

    def finish(self) -> None:
        """Append the segments and the categories to the JSON file."""
        self._json.write(b'],\n"annotations":[')
        self._later.seek(0)
        shutil.copyfileobj(self._later, self._json, 1 << 18)
        self._json.write(b'],\n"categories":' + _encode(self._categories))
        for key, value in self._rest.items():
            self._json.write(b"," + _encode(key) + b":" + _encode(value))
        self._json.write(b"}\n")
        self._losses.report.files += 1
