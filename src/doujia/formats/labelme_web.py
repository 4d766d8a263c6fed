"""The first LabelMe, the web tool of MIT: ``Annotations/**/*.xml`` with polygons, and masks as pictures; for reading.

An object has a name, an outline (or a picture of its pixels in ``Masks``), whether it is occluded, attributes in one line of
text (``colour=red, parked``), and which object it is part of. Deleted objects stay in the file there and are passed over here.
Source: the XML of the LabelMe dataset and tool (Russell et al., "LabelMe: A Database and Web-Based Tool for Image
Annotation", IJCV 2008), as files of it show.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from doujia.errors import FormatError, InputError, Problem
from doujia.formats.contract import Dataset, Format, Problems, ReadOptions
from doujia.formats.files import clean_name, fail, files_below, finite, head, read_text
from doujia.formats.streamed import StreamedDataset
from doujia.formats.xml_stream import Element, parse
from doujia.marks import (
    Box,
    ImageMedia,
    Item,
    ItemMarks,
    Mark,
    Mask,
    Origin,
    Polygon,
    PolygonPart,
    Relation,
    rle,
)
from doujia.marks.geometry import AttributeValue, StaticGeometry

__all__ = ["FORMATS", "read"]

SPACE = "labelme_web"
PART_OF = "part_of"


def read(path: Path, options: ReadOptions) -> Dataset:
    """Open a dataset's folder, its ``Annotations``, or one file. A file that cannot be read is a problem of its own."""
    root, files = _files(path)
    if not files:
        fail("files_missing", "没有 XML 文件", "There is no XML file", file=path)

    def stream(problems: Problems) -> Iterator[ItemMarks]:
        for file in files:
            try:
                yield _picture(file, root, problems)
            except FormatError as error:
                if len(files) == 1:
                    raise
                problems.add(error.problem)

    return StreamedDataset(stream, count=len(files))


def sniff(path: Path) -> float:
    """Confidence by the elements of a first file."""
    _, files = _files(path)
    start = head(files[0]) if files and files[0].suffix.lower() == ".xml" else ""
    drawn = "<pt>" in start or "<segm>" in start
    return 0.9 if "<annotation>" in start and drawn and "<bndbox>" not in start else 0.0


def _files(path: Path) -> tuple[Path, list[Path]]:
    """The folder ``Annotations`` and the files in it."""
    if path.is_file():
        return next((p for p in path.parents if p.name == "Annotations"), path.parent), [path]
    root = path / "Annotations" if (path / "Annotations").is_dir() else path
    return root, files_below(root, ".xml")


def _picture(file: Path, root: Path, problems: Problems) -> ItemMarks:
    tree = parse(read_text(file), file)
    if tree.tag != "annotation":
        fail(
            "root_unexpected",
            "根元素不是 annotation",
            "The root is not <annotation>",
            file=file,
            line=tree.line,
        )
    folder = file.parent.relative_to(root)
    name = clean_name((folder / (tree.value("filename") or f"{file.stem}.jpg")).as_posix(), file)
    size = tree.child("imagesize")
    height, width = ((_whole(size.value(k)) if size is not None else 0) for k in ("nrows", "ncols"))
    bundle = ItemMarks(Item(id=name, name=name, media=ImageMedia(width=width, height=height)))
    masks = root.parent / "Masks" / folder
    parts: dict[str, list[str]] = {}
    for node in tree.all("object"):
        if node.value("deleted") == "1":
            zh, en = f"目标 {node.value('name')!r} 已删除", f"The object {node.value('name')!r} is deleted"
            problems.add(Problem("object_deleted", "info", zh, en, file=str(file), line=node.line, item=name))
            continue
        try:
            mark = _mark(node, masks, (height, width), str(len(bundle.marks) + 1))
        except InputError as error:
            zh, en = error.message.zh, error.message.en
            problems.add(Problem(error.code, "error", zh, en, file=str(file), line=node.line, item=name))
            continue
        bundle.marks.append(mark)
        whole = node.child("parts")
        parts[node.value("id")] = [mark.id, whole.value("ispartof") if whole is not None else ""]
    for part, whole_id in parts.values():
        if whole_id in parts:
            number = len(bundle.relations) + 1
            bundle.relations.append(
                Relation(id=f"r{number}", type=PART_OF, source=part, target=parts[whole_id][0])
            )
    return bundle


def _mark(node: Element, masks: Path, size: tuple[int, int], mark_id: str) -> Mark:
    outline, pixels = node.child("polygon"), node.child("segm")
    drawn = outline if outline is not None else pixels
    if drawn is None:
        raise InputError("An object has no outline.", zh="有一个目标没有轮廓。", code="shape_bad")
    geometry = (
        _outline(drawn, boxed=node.value("type") == "bounding_box")
        if outline is not None
        else _pixels(drawn, masks, size)
    )
    own = {k: v for k in ("date", "verified") if (v := node.value(k)) and v != "0"}
    person = drawn.value("username")
    return Mark(
        id=mark_id,
        label=node.value("name") or None,
        geometry=geometry,
        attrs=_attributes(node.value("attributes")),
        flags=["occluded"] if node.value("occluded") == "yes" else [],
        origin=Origin(by="human", actor=person) if person else None,
        ext={SPACE: own} if own else {},
    )


def _outline(node: Element, *, boxed: bool) -> StaticGeometry:
    flat = [_number(pt.value(axis)) for pt in node.all("pt") for axis in "xy"]
    if len(flat) < 6:
        raise InputError(
            f"An outline has {len(flat) // 2} points.",
            zh=f"轮廓只有 {len(flat) // 2} 个点。",
            code="ring_short",
        )
    xs, ys = flat[::2], flat[1::2]
    edges = (min(xs), min(ys), max(xs), max(ys))
    if boxed and len(flat) == 8 and set(xs) == {edges[0], edges[2]} and set(ys) == {edges[1], edges[3]}:
        return Box(*edges)
    return Polygon([PolygonPart(flat)])


def _pixels(node: Element, masks: Path, size: tuple[int, int]) -> Mask:
    from PIL import Image, UnidentifiedImageError

    name = node.value("mask")
    try:
        with Image.open(masks / clean_name(name, masks)) as picture:
            pixels = np.asarray(picture.convert("L")) > 0
    except (OSError, UnidentifiedImageError, ValueError, Image.DecompressionBombError) as error:
        raise InputError(
            f"The mask {name!r} cannot be read.", zh=f"掩膜图 {name!r} 读不了。", code="mask_unreadable"
        ) from error
    if size != (0, 0) and pixels.shape != size:
        raise InputError(
            f"The mask {name!r} is not of the picture's size.",
            zh=f"掩膜图 {name!r} 和图片大小不一样。",
            code="mask_shape",
        )
    return rle.encode(pixels)


def _attributes(line: str) -> dict[str, AttributeValue]:
    """``colour=red, parked``: a name with a value, or a name that is so."""
    found: dict[str, AttributeValue] = {}
    for piece in line.split(","):
        name, equals, value = (p.strip() for p in piece.partition("="))
        if name:
            found[name] = value if equals else True
    return found


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not finite(value):
        raise InputError(f"{text!r} is no coordinate.", zh=f"{text!r} 不是坐标。", code="number_bad")
    return value


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


FORMATS = (
    Format(
        "labelme-xml", ("LabelMe 网页版 XML(只读)", "LabelMe web XML (read)"), (".xml",), sniff, read, None,
        frozenset({"box", "polygon", "mask"}),
    ),
)  # fmt: skip
