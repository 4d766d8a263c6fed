"""Reading Pascal VOC."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
from numpy.typing import NDArray

from doujia.errors import FormatError, Problem
from doujia.formats.attributes import AttributeSurvey
from doujia.formats.choices import choice
from doujia.formats.contract import Dataset, Problems, ReadOptions, class_ids
from doujia.formats.pictures import IMAGE_SUFFIXES, picture_size, safe_name, told_size
from doujia.formats.voc.palette import colour, parse_value
from doujia.marks import Box, ImageMedia, Item, ItemMarks, LabelClass, Mark, Schema, rle
from doujia.marks.schema import Attribute

__all__ = ["VocDataset", "read", "sniff"]

Element = ElementTree.Element
_NAME = re.compile(rb"<object>.*?<name>\s*(.*?)\s*</name>", re.DOTALL)
_ZERO_BASED = re.compile(rb"<[xy]m(?:in|ax)>\s*(?:0+(?:\.0*)?|\d*\.\d*[1-9]\d*)\s*<")
_ATTRIBUTE = re.compile(rb"<attributes>.*?</attributes>", re.DOTALL)
_MAPPED = re.compile(r"(.+):(?:\s*\d+\s*,\s*\d+\s*,\s*\d+\s*)?:[^:]*:[^:]*$")
_DOCTYPE = re.compile(rb"<!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_DECLARED = re.compile(rb"^\s*<\?xml[^>]*encoding\s*=\s*[\"']([\w.-]+)[\"'][^>]*\?>")
_FLAGS = {"difficult": "ignore", "occluded": "occluded", "truncated": "truncated"}
_VOID = 255
_SAME_PLACE = 1.5  # px between a box and the bounds of its pixels
_ORIGINS = ("one_inclusive", "zero")


def sniff(path: Path) -> float:
    """Say how surely a folder or an XML file is Pascal VOC."""
    try:
        if path.is_dir():
            first = next((path / "Annotations").rglob("*.xml"), None) or next(path.glob("*.xml"), None)
            return 0.0 if first is None else sniff(first)
        if path.suffix.lower() != ".xml":
            return 0.0
        with path.open("rb") as stream:
            head = stream.read(1 << 16)
    except OSError:
        return 0.0
    if not re.search(rb"<annotation[\s>]", head):
        return 0.0
    if b"<bndbox>" in head or (b"<filename>" in head and b"<polygon>" not in head):
        return 0.9
    return 0.2


def read(path: Path, options: ReadOptions) -> Dataset:
    """Open a VOC folder (``Annotations``, ``ImageSets``, ``SegmentationObject``), a folder of XML files or one file.

    ``extra`` options: ``pixel_origin`` = ``one_inclusive`` or ``zero``; ``masks`` = ``no`` leaves the PNGs alone.
    """
    return VocDataset(path, options)


class VocDataset:
    """One VOC dataset. Opening it reads every file once for its classes, unless ``labelmap.txt`` names them."""

    def __init__(self, path: Path, options: ReadOptions) -> None:
        self.problems = Problems()
        self.info: dict[str, Any] = {}
        self._options = options
        self._root = path if path.is_dir() else path.parent
        inner = path / "Annotations"
        self._folder = inner if inner.is_dir() else self._root
        if path.is_file():
            self._files = [path]
        else:
            self._files = sorted(
                self._folder.rglob("*.xml") if inner.is_dir() else self._folder.glob("*.xml")
            )
        if not self._files and not inner.is_dir():
            raise FormatError(
                Problem(
                    "voc_no_files",
                    "error",
                    "没有找到 VOC 的 XML 文件",
                    "There is no VOC file (*.xml)",
                    file=str(path),
                )
            )
        self._splits = self._read_splits()
        described = {f.relative_to(self._folder).with_suffix("").as_posix() for f in self._files}
        self._unseen = [] if path.is_file() else [k for k in self._splits if k not in described]
        self.count: int | None = len(self._files) + len(self._unseen)
        self.schema = self._survey()
        self._masks = (
            choice(options.extra, "masks", "", "yes", "no") != "no"
            and (self._root / "SegmentationObject").is_dir()
        )
        self._marks_read = 0

    def _read_splits(self) -> dict[str, str]:
        splits: dict[str, str] = {}
        lists = (self._root / "ImageSets" / "Main").glob("*.txt")
        # The devkit's trainval repeats what train and val say: it decides only where those say nothing.
        for file in sorted(lists, key=lambda p: (p.stem == "trainval", p.name)):
            lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
            if any(re.fullmatch(r".*\S\s+-?[01]", line) for line in lines) and "_" in file.stem:
                continue  # cat_train.txt lists one class with -1, 0, 1
            for line in lines:
                if line.strip() and file.stem != "default":
                    splits.setdefault(line.strip().strip('"'), file.stem)
        return splits

    def _survey(self) -> Schema:
        """Find the classes, the attributes and, unless it was said, where pixels are counted from."""
        names: dict[str, None] = {}
        mapped = self._label_map()
        origin = choice(self._options.extra, "pixel_origin", "", *_ORIGINS) or None
        survey = AttributeSurvey()
        zero = False
        for file in self._files:
            try:
                data = file.read_bytes()
            except OSError:
                continue  # reported when the items are read
            if origin is None and not zero:
                zero = _ZERO_BASED.search(data) is not None
            if mapped is None or b"<attributes>" in data or b"<pose>" in data:
                root = self._parse(file, data, None)
                for element in root.iter("object") if root is not None else ():
                    names[(element.findtext("name") or "").strip()] = None
                    survey.add(_attributes(element))
        if origin is None and not zero:
            self.problems.add(
                Problem(
                    "pixel_origin_guessed",
                    "info",
                    "没有写像素从 0 还是从 1 数起,按 VOC 的规定从 1 数起(可用 pixel_origin 指明)",
                    "Whether pixels count from 0 or 1 is not said; taken from 1 as the devkit does (pixel_origin says it)",
                    file=str(self._folder),
                )
            )
        self.pixel_origin = origin or ("zero" if zero else "one_inclusive")
        ordered = list(dict.fromkeys([*(mapped or []), *(n for n in names if n)]))
        ids = class_ids(ordered)
        self._labels = dict(zip(ordered, ids, strict=True))
        attributes: list[Attribute] = survey.attributes()
        return Schema(
            classes=[LabelClass(id=i, name=n) for n, i in self._labels.items()],
            attributes=attributes,
            ext={"given": {"attributes": "observed"}} if attributes else {},
        )

    def _label_map(self) -> list[str] | None:
        """``name:r,g,b:parts:actions`` a line; the first line may be a comment, ``background`` is no class."""
        path = self._root / "labelmap.txt"
        if not path.is_file():
            return None
        names: list[str] = []
        for line in path.read_text(encoding="utf-8-sig", errors="replace").splitlines():
            if not line.strip() or line.startswith("#"):
                continue
            found = _MAPPED.match(line)
            name = found.group(1) if found else line.strip()
            if name not in ("background", "ignored"):
                names.append(name)
        return names

    def __iter__(self) -> Iterator[ItemMarks]:
        kept = [p for p in self.problems.kept if p.code == "pixel_origin_guessed"]
        self.problems.clear()
        for problem in kept:
            self.problems.add(problem)
        self._marks_read = 0
        for number, file in enumerate(self._files, 1):
            bundle = self._bundle(number, file)
            if bundle is not None:
                yield bundle
        for number, key in enumerate(self._unseen, len(self._files) + 1):
            yield ItemMarks(self._listed(number, key))

    def _listed(self, number: int, key: str) -> Item:
        """A picture that a list names and no XML describes: nobody has labelled it."""
        pictures = self._options.images or self._root / "JPEGImages"
        found = next((s for s in sorted(IMAGE_SUFFIXES) if (pictures / f"{key}{s}").is_file()), ".jpg")
        name = safe_name(f"{key}{found}")
        width, height = picture_size(pictures / name) or (0, 0)
        media = ImageMedia(width=width, height=height)
        return Item(id=str(number), name=name, media=media, split=self._splits[key], status="unseen")

    def _bundle(self, number: int, file: Path) -> ItemMarks | None:
        try:
            data = file.read_bytes()
        except OSError as error:
            self._problem(
                "file_unreadable", file, None, f"读不了:{error.strerror}", f"Cannot be read: {error.strerror}"
            )
            return None
        root = self._parse(file, data, self.problems)
        if root is None:
            return None
        inside = file.relative_to(self._folder)
        base = (root.findtext("filename") or "").strip().replace("\\", "/").rsplit("/", 1)[
            -1
        ] or f"{file.stem}.jpg"
        name = safe_name((inside.parent / base).as_posix())
        key = inside.with_suffix("").as_posix()
        item = Item(
            id=str(number),
            name=name,
            media=self._media(root, name),
            split=self._splits.get(key) or self._splits.get(Path(name).with_suffix("").as_posix()),
        )
        unknown = {
            e.tag: _plain(e)
            for e in root
            if e.tag not in ("filename", "size", "segmented", "object") and (len(e) or (e.text or "").strip())
        }
        depth = root.findtext("size/depth")
        if depth is not None:
            unknown["depth"] = depth.strip()
        if unknown:
            item.ext = {"voc": unknown}
        marks: list[Mark] = []
        objects = root.findall("object")
        for element in objects:
            mark = self._mark(element, file)
            if mark is not None:
                marks.append(mark)
        if self._masks and len(marks) == len(objects):
            self._add_masks(key, marks, file)
        return ItemMarks(item, marks, [])

    def _media(self, root: Element, name: str) -> ImageMedia:
        try:
            width, height = (int(float(root.findtext(f"size/{k}") or 0)) for k in ("width", "height"))
        except (ValueError, OverflowError):
            width = height = 0
        if width <= 0 or height <= 0:
            folder = self._options.images or self._root / "JPEGImages"
            found = picture_size(folder / name) or picture_size(self._root / name)
            width, height = found or told_size(self._options, name) or (0, 0)
        return ImageMedia(width=width, height=height)

    def _mark(self, element: Element, file: Path) -> Mark | None:
        name = (element.findtext("name") or "").strip()
        self._marks_read += 1
        box = element.find("bndbox")
        try:
            if box is None:
                raise ValueError("bndbox")
            x0, y0, x1, y1 = (float(box.findtext(k) or "") for k in ("xmin", "ymin", "xmax", "ymax"))
        except ValueError:
            self._problem("box_malformed", file, None, f"{name}:没有框或框不是数,没有读", f"{name}: no box, or one that is not numbers; not read")  # fmt: skip
            return None
        if self.pixel_origin == "one_inclusive":
            x0, y0 = x0 - 1, y0 - 1
        if not (x0 <= x1 and y0 <= y1 and abs(x1) < 1e9 and abs(y1) < 1e9 and x0 > -1e9 and y0 > -1e9):
            self._problem("box_malformed", file, None, f"{name}:框的左右或上下颠倒,没有读", f"{name}: the box's edges are in the wrong order; not read")  # fmt: skip
            return None
        flags = [
            flag
            for tag, flag in _FLAGS.items()
            if (element.findtext(tag) or "").strip() in ("1", "true", "True")
        ]
        unknown = {
            e.tag: _plain(e)
            for e in element
            if e.tag not in ("name", "bndbox", "attributes", "pose", *_FLAGS)
        }
        attrs = _attributes(element)
        return Mark(
            id=str(self._marks_read),
            geometry=Box(x0, y0, x1, y1),
            label=self._labels.get(name),
            attrs=attrs,
            flags=flags,
            ext={"voc": unknown} if unknown else {},
        )

    def _add_masks(self, key: str, marks: list[Mark], file: Path) -> None:
        """Pixel value *n* of ``SegmentationObject`` belongs to the file's *n*-th object; 255 is void."""
        from PIL import Image, UnidentifiedImageError

        path = self._root / "SegmentationObject" / f"{key}.png"
        if not path.is_file():
            return
        try:
            with Image.open(path) as image:
                pixels = _indices(
                    np.asarray(image if image.mode in ("P", "L", "I;16", "I") else image.convert("RGB"))
                )
        except (OSError, UnidentifiedImageError, ValueError) as error:
            self._problem(
                "mask_unreadable",
                path,
                None,
                f"掩膜图读不了:{error}",
                f"The mask picture cannot be read: {error}",
            )
            return
        extra: list[Mark] = []
        for value in np.unique(pixels).tolist():
            if value in (0, _VOID):
                continue
            if not 0 < value <= len(marks):
                self._problem("mask_unmatched", path, None, f"掩膜图里的 {value} 号没有对应的目标", f"Value {value} of the mask picture has no object")  # fmt: skip
                continue
            mark = marks[value - 1]
            box = mark.geometry
            assert isinstance(box, Box)
            mask = rle.encode(pixels == value)
            around = rle.bounds(mask) or (0, 0, 0, 0)
            if (
                max(abs(a - b) for a, b in zip(around, (box.x0, box.y0, box.x1, box.y1), strict=True))
                > _SAME_PLACE
            ):
                # The box says something else than the pixels: keep both, tied as one instance.
                mark.group = mark.id
                extra.append(Mark(id=f"{mark.id}.mask", geometry=mask, label=mark.label, group=mark.id))
                continue
            mark.geometry = mask
            mark.ext = {**mark.ext, "given": {"bbox": [box.x0, box.y0, box.x1 - box.x0, box.y1 - box.y0]}}
        marks += extra

    def _parse(self, file: Path, data: bytes, problems: Problems | None) -> Element | None:
        if _DOCTYPE.search(data):
            problem = ("xml_doctype", None, "XML 里有 DOCTYPE 或实体定义,为了安全没有读", "The XML holds a DOCTYPE or entities; not read for safety")  # fmt: skip
        else:
            try:
                root = _root(data)
            except ElementTree.ParseError as error:
                line = error.position[0]
                problem = (
                    "xml_malformed",
                    line,
                    f"XML 不完整或不正确:{error}",
                    f"The XML is incomplete or wrong: {error}",
                )  # type: ignore[assignment]
            except (UnicodeDecodeError, LookupError, ValueError) as error:
                problem = (
                    "encoding_unknown",
                    None,
                    f"XML 的编码不认识:{error}",
                    f"The XML's encoding is unknown: {error}",
                )
            else:
                if root.tag == "annotation":
                    return root
                problem = (
                    "voc_no_annotation",
                    None,
                    "XML 的根不是 annotation",
                    "The XML's root is not annotation",
                )
        if problems is not None:
            code, where, zh, en = problem
            self._problem(code, file, where, zh, en)
        return None

    def _problem(self, code: str, file: Path, line: int | None, zh: str, en: str) -> None:
        self.problems.add(Problem(code, "error", zh, en, file=str(file), line=line))


def _root(data: bytes) -> Element:
    declared = _DECLARED.match(data)
    name = declared.group(1).decode("ascii").lower() if declared else ""
    if name.startswith("gb") and declared is not None:
        text = data[declared.end() :].decode("gb18030")
        return ElementTree.fromstring(text)  # noqa: S314
    return ElementTree.fromstring(data)  # noqa: S314


def _indices(pixels: NDArray[Any]) -> NDArray[Any]:
    """Palette indices of a picture; pictures stored as RGB carry the palette's colours instead (-1: no such colour)."""
    if pixels.ndim == 2:
        return pixels
    packed = pixels.astype(np.int64) @ np.array([65536, 256, 1])
    table = {(r << 16) | (g << 8) | b: i for i, (r, g, b) in ((i, colour(i)) for i in range(255, -1, -1))}
    colours, inverse = np.unique(packed, return_inverse=True)
    return np.array([table.get(int(c), -1) for c in colours])[inverse].reshape(packed.shape)


def _attributes(element: Element) -> dict[str, Any]:
    attrs: dict[str, Any] = {}
    pose = (element.findtext("pose") or "").strip()
    if pose and pose != "Unspecified":
        attrs["pose"] = pose
    for entry in element.iterfind("attributes/attribute"):
        name = (entry.findtext("name") or "").strip()
        if name:
            attrs[name] = parse_value((entry.findtext("value") or "").strip())
    return attrs


def _plain(element: Element) -> Any:
    """An element we do not know as text, or a list of [tag, content] when it has children."""
    return [[e.tag, _plain(e)] for e in element] if len(element) else (element.text or "").strip()
