"""Reading COCO files of any size: one pass to find out what is where, one to hand the items out.

Annotations may stand in any order. While the first pass finds them in the order of the pictures they are read in
place; otherwise they are sorted through a temporary file, so that memory does not grow with the dataset.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np

from doujia.errors import FormatError, InputError, Problem
from doujia.formats.attributes import AttributeSurvey
from doujia.formats.choices import choice
from doujia.formats.coco.records import AnnotationRecord, ImageRecord, PlainRecord, Rows, lenient, schema_of
from doujia.formats.contract import Dataset, Problems, ReadOptions
from doujia.formats.json_stream import Bad, JsonFile, Run, Value, decode_list, decode_value, scan
from doujia.formats.spill import IdIndex, Keys, Spill
from doujia.formats.union import UnionDataset
from doujia.marks import ImageMedia, Item, ItemMarks, Schema

__all__ = ["CocoFile", "read", "sniff"]

_PIECE_BYTES = (
    1 << 18
)  # decoded at once: more would fall out of the processor's cache, and cost twice the time
_MOST_BUCKETS = 4096
_PLAIN_IMAGE_KEYS = ("license", "flickr_url", "coco_url", "date_captured")
_LARGEST_VALUE = 1 << 24
_TASKS = ("instances", "keypoints", "captions", "labels", "image_info")
_OFFICIAL = re.compile(r"(instances|person_keypoints|captions)_")
_SPLIT = re.compile(r"(train|val|valid|test|dev)", re.IGNORECASE)
_NAME = re.compile(r"(instances|person_keypoints|keypoints|captions|image_info|labels)(?:_|$)")


class _ImageHead(msgspec.Struct, gc=False):
    id: Any = None


class _AnnotationHead(msgspec.Struct, gc=False):
    image_id: Any = None
    attributes: Any = None


class _CategoryHead(msgspec.Struct, gc=False):
    id: Any = None


_HEADS = {"images": _ImageHead, "annotations": _AnnotationHead, "categories": dict[str, Any]}
_raws = msgspec.json.Decoder(list[msgspec.Raw])
_annotation_heads = msgspec.json.Decoder(list[_AnnotationHead])
_annotations = msgspec.json.Decoder(list[AnnotationRecord])
_plain = msgspec.json.Decoder(list[PlainRecord])
_images = msgspec.json.Decoder(list[ImageRecord])
_anything = msgspec.json.Decoder(list[Any])


def sniff(path: Path) -> float:
    """Say how surely a file (or a folder of files) is COCO."""
    if path.is_dir():
        files = _files_in(path)
        return sniff(files[0].path) if files else 0.0
    try:
        with path.open("rb") as stream:
            head = stream.read(1 << 16)
    except OSError:
        return 0.0
    text = head.decode(
        "utf-16" if head[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8", errors="ignore"
    ).lstrip("\ufeff \t\r\n")
    if not text.startswith("{"):
        return 0.0
    keys = set(re.findall(r'"(images|annotations|categories|image_id|category_id|segments_info)"\s*:', text))
    if "segments_info" in keys:
        return 0.3
    if {"image_id"} & keys and keys & {"annotations", "images", "category_id"}:
        return 0.9
    return {0: 0.0, 1: 0.3 if keys <= {"images", "annotations"} else 0.1}.get(len(keys), 0.85)


def read(path: Path, options: ReadOptions) -> Dataset:
    """Open a COCO file, or a folder with one file for each split.

    ``extra`` options: ``keypoint_origin`` = ``continuous`` (default, points as they stand) or ``index`` (points are pixel
    indices, 0.5 is added and taken off again when written); ``task`` = ``instances``, ``keypoints``, ``captions`` says which
    files of a folder are meant when it holds several of one split (``instances`` unless said, the others are named).
    """
    if not path.is_dir():
        return CocoFile(path, options)
    files, left_out = _of_one_task(_files_in(path), options.extra.get("task"), path)
    if not files:
        raise FormatError(
            Problem(
                "coco_no_files",
                "error",
                "文件夹里没有 COCO 文件(annotations/*.json 或 */_annotations.coco.json)",
                "The folder holds no COCO file (annotations/*.json or */_annotations.coco.json)",
                file=str(path),
            )
        )
    parts = [CocoFile(f.path, options, split=f.split) for f in files]
    if left_out:
        names = ", ".join(f.path.name for f in left_out)
        first = files[0].path.name
        parts[0].problems.add(
            Problem(
                "tasks_left_out",
                "warn",
                f"同一批图有几种标注文件,读的是 {first} 这一种,没有读:{names}(用 --set task=captions 这样指明,或直接给文件)",
                f"One split has several kinds of files; those like {first} are read, these are not: {names} "
                "(say which with --set task=captions, or name the file)",
                file=str(path),
            )
        )
    if len(parts) == 1:
        return parts[0]
    return UnionDataset([(f.split, part) for f, part in zip(files, parts, strict=True)])


class _Found(NamedTuple):
    """One file of a folder: the split and the task that its name says."""

    split: str | None
    task: str
    path: Path


def _files_in(folder: Path) -> list[_Found]:
    """Find ``annotations/instances_train.json``, ``instances_train.json`` or ``train/_annotations.coco.json``."""
    found: list[_Found] = []
    beside = [p for p in folder.glob("*.json") if _OFFICIAL.match(p.stem)]
    for file in sorted((folder / "annotations").glob("*.json")) or sorted(beside):
        if file.stem.startswith("panoptic_"):
            continue
        named = _NAME.match(file.stem)
        task = (named.group(1) if named else "instances").removeprefix("person_")
        split = (
            (file.stem[named.end() :] or None) if named else file.stem if _SPLIT.match(file.stem) else None
        )
        found.append(_Found(None if split == "default" else split, task, file))
    for file in sorted(folder.glob("*/_annotations.coco.json")):
        found.append(_Found(file.parent.name, "instances", file))
    return found


def _of_one_task(found: list[_Found], wanted: str | None, folder: Path) -> tuple[list[_Found], list[_Found]]:
    """Return the files to read and those left out: of one split only one file can be read, its pictures are the same."""
    tasks = [f.task for f in found]
    if wanted is not None and found and wanted not in tasks:
        there = ", ".join(dict.fromkeys(tasks))
        raise InputError(
            f"There is no file of the task {wanted!r} in {folder}; there are: {there}.",
            zh=f"{folder} 里没有 {wanted!r} 这一种文件,只有:{there}。",
            code="option_bad",
        )
    chosen: dict[str, _Found] = {}
    for file in found:
        if wanted is not None and file.task != wanted:
            continue
        # Files without a split in their names are sets of their own, however many there are.
        key = file.split if file.split is not None else str(file.path)
        if key not in chosen or _rank(file.task) < _rank(chosen[key].task):
            chosen[key] = file
    kept = list(chosen.values())
    return [f for f in found if f in kept], [f for f in found if f not in kept]


def _rank(task: str) -> int:
    return _TASKS.index(task) if task in _TASKS else len(_TASKS)


def _pieces(keys: Keys, data: bytes) -> Iterator[tuple[Keys, bytes]]:
    """Cut a large bucket into pieces of whole pictures, in order."""
    if len(data) < 2 * _PIECE_BYTES:
        yield keys, data
        return
    raws = decode_list(data, _raws)
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    firsts = np.flatnonzero(np.concatenate(([True], keys[1:] != keys[:-1])))
    per_piece = max(1, int(len(firsts) * _PIECE_BYTES / len(data)))
    cuts = [*firsts[::per_piece].tolist(), len(keys)]
    places = order.tolist()
    for start, end in pairwise(cuts):
        yield keys[start:end], b",".join([raws[i] for i in places[start:end]])


class CocoFile:
    """One COCO file as a dataset."""

    def __init__(self, path: Path, options: ReadOptions, split: str | None = None) -> None:
        self._file = JsonFile(path)
        self._split = split
        self._options = options
        self.problems = Problems()
        self.info: dict[str, Any] = {}
        self._image_runs: list[tuple[int, int]] = []
        self._runs: list[tuple[int, int]] = []
        self._index = IdIndex()
        self._spill: Spill | None = None
        self._last = -1
        self._quiet = self._through = False
        self._speed = 2
        self._fast_images = True
        self._open()

    @property
    def path(self) -> Path:
        """The file."""
        return self._file.path

    # First pass ----------------------------------------------------------------------------------------------

    def _open(self) -> None:
        categories: list[Any] = []
        own: dict[str, Any] = {}
        survey = AttributeSurvey()
        seen: set[str] = set()
        waiting: list[Run] = []
        for event in scan(self._file, _HEADS):
            seen.add(event.key)
            if isinstance(event, Bad):
                self._bad_element(event)
            elif isinstance(event, Value):
                self._other_value(event, own)
            elif event.key == "categories":
                categories += event.heads
            elif event.key == "images":
                self._image_runs.append((event.offset, event.length))
                self._index.add([h.id for h in event.heads])
            else:
                for head in event.heads:
                    if head.attributes is not None and isinstance(head.attributes, dict):
                        survey.add(head.attributes)
                if waiting or not len(self._index):
                    waiting.append(event._replace(heads=[]))
                else:
                    self._runs.append((event.offset, event.length))
                    self._place(event, event.heads)
        if not seen & {"images", "annotations", "categories"} and not self._says_nothing():
            self._file.fail(
                "coco_keys_missing",
                self._file.start,
                "没有 images、annotations、categories,这不是 COCO",
                "There is neither images nor annotations nor categories; this is no COCO file",
            )
        for run in waiting:
            self._runs.append((run.offset, run.length))
            data = self._file.read(run.offset, run.length)
            self._place(run, decode_list(data, _annotation_heads))
        for again in self._index.repeated():
            self._fault("id_duplicated", "error", "图片编号重复,标注都归到第一张", "An image id occurs twice; its annotations go to the first", again)  # fmt: skip
        self.count: int | None = len(self._index)
        asked = choice(self._options.extra, "keypoint_origin", "", "continuous", "index")
        origin = asked or own.get("keypoint_origin") or "continuous"
        if origin == "index":
            own["keypoint_origin"] = origin
        if own:
            self.info["coco"] = own
        stored = own.pop("doujia", None)
        stored = stored.get("schema") if isinstance(stored, dict) else None
        self.schema: Schema
        self.schema, self._labels = schema_of(categories, stored, survey.attributes(), self._fault)
        self._rows = Rows(
            self._labels,
            {s.id for s in self.schema.skeletons},
            0.5 if origin == "index" else 0.0,
            self._fault,
        )

    def _says_nothing(self) -> bool:
        """Whether the lists of a COCO file are there and empty; the scanner tells of elements only."""
        head = self._file.read(self._file.start, 1 << 16)
        return re.search(rb'"(images|annotations|categories)"\s*:\s*\[\s*\]', head) is not None

    def _other_value(self, event: Value, own: dict[str, Any]) -> None:
        if len(event.data) > _LARGEST_VALUE:
            self._fault("section_too_large", "warn", f"{event.key} 太大,没有保留", f"{event.key} is too large to keep", None)  # fmt: skip
            return
        own[event.key] = decode_value(self._file, event)

    def _bad_element(self, event: Bad) -> None:
        self.problems.add(
            Problem(
                "row_malformed",
                "error",
                f"这一条不是正确的 JSON 对象,没有读:{event.message}",
                f"This entry is no valid JSON object; not read: {event.message}",
                file=str(self.path),
                line=self._file.line_of(event.offset),
                pointer=f"/{event.key}/{event.number}",
            )
        )

    def _place(self, run: Run, heads: list[Any]) -> None:
        """Find the pictures of a run of annotations; begin to sort as soon as they are out of order."""
        keys = self._index.find([h.image_id for h in heads])
        lost = np.flatnonzero(keys < 0)
        for i in lost.tolist():
            self.problems.add(
                Problem(
                    "image_unknown",
                    "error",
                    f"标注指向的图片不存在:{heads[i].image_id!r}",
                    f"The annotation's image does not exist: {heads[i].image_id!r}",
                    file=str(self.path),
                    pointer=f"/annotations/{run.number + i}",
                )
            )
        if self._spill is None:
            known = keys[keys >= 0]
            if not len(known):
                return
            if known[0] >= self._last and not (known[1:] < known[:-1]).any():
                self._last = int(known[-1])
                return
            total = self._file.size
            buckets = max(1, min(total // _PIECE_BYTES + 1, len(self._index), _MOST_BUCKETS))
            span = -(-len(self._index) // buckets)
            self._spill = Spill(-(-len(self._index) // span), span)
            for earlier in self._runs[:-1]:
                self._sort(*earlier, None)
        self._sort(run.offset, run.length, keys)

    def _sort(self, offset: int, length: int, keys: Any) -> None:
        assert self._spill is not None
        data = self._file.read(offset, length)
        if keys is None:
            keys = self._index.find([h.image_id for h in decode_list(data, _annotation_heads)])
        raws = decode_list(data, _raws)
        if (keys < 0).any():
            keep = np.flatnonzero(keys >= 0)
            raws, keys = [raws[i] for i in keep.tolist()], keys[keep]
        if len(keys):
            self._spill.add(keys, raws, length)

    # Second pass ---------------------------------------------------------------------------------------------

    def __iter__(self) -> Iterator[ItemMarks]:
        groups = self._groups()
        at, rows = next(groups, (-1, []))
        marks_of, plain, full = self._rows.marks, self._rows.plain, self._rows.full
        self._quiet = self._through  # what is wrong is said once, not at every iteration
        for position, (image, extra) in enumerate(self._image_rows()):
            if image is None:
                if at == position:
                    at, rows = next(groups, (-1, []))
                continue
            bundle = ItemMarks(self._item(image, extra), [], [])
            if at == position:
                marks = bundle.marks
                for row in rows:
                    if type(row) is PlainRecord:
                        mark = plain(row)
                        if mark is not None:
                            marks.append(mark)
                        else:
                            marks += full(row)
                    else:
                        marks += marks_of(*row)
                at, rows = next(groups, (-1, []))
                if len(marks) > 1:
                    self._unique(bundle)
            yield bundle
        self._through = True

    def _unique(self, bundle: ItemMarks) -> None:
        """Ids must differ within an item; a repeated one gets a suffix and is reported."""
        marks = bundle.marks
        if len({m.id for m in marks}) == len(marks):
            return
        taken: set[str] = set()
        for mark in marks:
            base, n = mark.id, 1
            while mark.id in taken:
                n += 1
                mark.id = f"{base}~{n}"
            if n > 1:
                self._fault("id_duplicated", "warn", "标注编号重复,加了后缀", "An annotation id occurs twice; a suffix was added", base)  # fmt: skip
            taken.add(mark.id)

    def _image_rows(self) -> Iterator[tuple[ImageRecord | None, dict[str, Any] | None]]:
        for offset, length in self._image_runs:
            data = self._file.read(offset, length)
            if self._fast_images:
                try:
                    fast = decode_list(data, _images)
                except msgspec.DecodeError:
                    self._fast_images = False
                else:
                    for record in fast:
                        yield record, None
                    continue
            for row in decode_list(data, _anything):
                yield lenient(row, ImageRecord, self._fault) or (None, None)

    def _groups(self) -> Iterator[tuple[int, list[Any]]]:
        """Yield (position of the picture, its rows) in the order of the pictures, pictures without rows left out."""
        if self._spill is not None:
            for number in range(len(self._spill)):
                for keys, data in _pieces(*self._spill.bucket(number)):
                    yield from self._sorted_groups(keys, data)
            return
        current = -1
        rows: list[Any] = []
        for offset, length in self._runs:
            data = self._file.read(offset, length)
            keys = self._index.find([h.image_id for h in decode_list(data, _annotation_heads)])
            for key, row in zip(keys.tolist(), self._records(data), strict=True):
                if key < 0 or row is None:
                    continue
                if key != current:
                    if rows:
                        yield current, rows
                    current, rows = key, []
                rows.append(row)
        if rows:
            yield current, rows

    def _sorted_groups(self, keys: Keys, data: bytes) -> Iterator[tuple[int, list[Any]]]:
        groups: dict[int, list[Any]] = {}
        for key, row in zip(keys.tolist(), self._records(data), strict=True):
            if row is not None:
                group = groups.get(key)
                if group is None:
                    groups[key] = [row]
                else:
                    group.append(row)
        for key in sorted(groups):
            yield key, groups.pop(key)

    def _records(self, data: bytes) -> list[Any]:
        """Decode rows: as the plain kind while every row is, then with all known keys, then one by one.

        Each step down is for good: a file's rows are of one make. Rows of the latter two kinds come with their unknown
        keys, rows that cannot be read are None.
        """
        if self._speed == 2:
            try:
                return decode_list(data, _plain)
            except msgspec.DecodeError:
                self._speed = 1
        if self._speed == 1:
            try:
                return [(r, None) for r in decode_list(data, _annotations)]
            except msgspec.DecodeError:
                self._speed = 0
        return [lenient(row, AnnotationRecord, self._fault) for row in decode_list(data, _anything)]

    def _item(self, image: ImageRecord, extra: dict[str, Any] | None) -> Item:
        name = image.file_name
        own: dict[str, Any] = dict(extra) if extra else {}
        if "\\" in name:
            own["file_name"] = name
            name = name.replace("\\", "/")
        if type(image.id) is not int:
            own["id"] = image.id
        if not (image.license is image.flickr_url is image.coco_url is image.date_captured is None):
            for key in _PLAIN_IMAGE_KEYS:
                value = getattr(image, key)
                if value is not None:
                    own[key] = value
        item = Item(
            id=str(image.id),
            name=name,
            media=ImageMedia(width=image.width, height=image.height, exif_orientation=image.exif_orientation),
            split=image.split or self._split,
            sequence=image.sequence,
            index=image.index,
            sha256=image.sha256,
            attrs=image.attributes,
        )
        if own:
            item.ext = {"coco": own}
        return item

    def _fault(self, code: str, severity: str, zh: str, en: str, row: Any) -> None:
        if self._quiet:
            return
        where = None if row is None else str(row)
        self.problems.add(
            Problem(
                code,
                severity,
                zh if where is None else f"{zh}(编号 {where})",
                en if where is None else f"{en} (id {where})",
                file=str(self.path),
                pointer=None if where is None else f"id {where}",
                mark=where,
            )
        )
