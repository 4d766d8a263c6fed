"""Text in pictures: PPOCR's ``Label.txt`` and ICDAR's ``gt_*.txt``.

PPOCR: ``path<TAB>[{"transcription", "points": [[x, y] …], "difficult"}]``, for key information also ``label``, ``id`` and
``linking``. ICDAR 2015: ``x1,y1,…,x4,y4,text`` a line; ICDAR 2013 (``x1, y1, x2, y2, "text"``) is read as well. The text
``###`` is not to be read: our ``ignore``. Marks without a class have the class ``text``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from doujia.errors import FormatError, InputError, Problem
from doujia.formats.contract import Dataset, Format, LossReport, Problems, ReadOptions, WriteOptions
from doujia.formats.files import clean_name, files_below, finite, head, lines, parse_json
from doujia.formats.losses import Holds
from doujia.formats.output import Export, class_names, kind_of, place_of
from doujia.formats.streamed import StreamedDataset
from doujia.marks import (
    Box,
    ImageMedia,
    Item,
    ItemMarks,
    LabelClass,
    Mark,
    Polygon,
    PolygonPart,
    Relation,
    RotatedBox,
    Schema,
)
from doujia.marks.shapes import bounds, corners

__all__ = ["FORMATS", "ICDAR_HOLDS", "PPOCR_HOLDS"]

PLAIN = "text"
UNREAD = "###"
SPACE = "ppocr"
PPOCR_HOLDS = Holds(text=True, flags=frozenset({"ignore"}), relations=True, ext=frozenset({SPACE}))
ICDAR_HOLDS = Holds(text=True, flags=frozenset({"ignore"}))
_KNOWN = frozenset({"transcription", "points", "difficult", "label", "key_cls", "id", "linking"})
_QUOTED = re.compile(r'^\s*(-?[\d.]+)[\s,]+(-?[\d.]+)[\s,]+(-?[\d.]+)[\s,]+(-?[\d.]+)[\s,]+"(.*)"\s*$')

Json = dict[str, Any]


def read_ppocr(path: Path, options: ReadOptions) -> Dataset:
    """Open ``Label.txt``."""

    def stream(problems: Problems) -> Iterator[ItemMarks]:
        for number, text in lines(path):
            if not text.strip():
                continue
            name, tab, rows = text.partition("\t")
            try:
                found = parse_json(rows, path, line=number) if tab else None
                if not isinstance(found, list):
                    raise InputError(
                        "There is no list after the name.", zh="文件名后面没有列表。", code="line_malformed"
                    )
                yield _ppocr_item(clean_name(name, path, line=number), found)
            except FormatError as error:
                problems.add(error.problem)
            except InputError as error:
                zh, en = error.message.zh, error.message.en
                problems.add(Problem(error.code, "error", zh, en, file=str(path), line=number, item=name))

    return StreamedDataset(stream)


def write_ppocr(dataset: Dataset, destination: Path, options: WriteOptions) -> LossReport:
    """Write ``Label.txt``; classes other than ``text`` and relations are written as key information."""
    with Export("ppocr", dataset, destination, options, PPOCR_HOLDS) as out:
        sink = out.file("Label.txt")
        names = class_names(dataset.schema)
        for bundle in out.items():
            if not isinstance(bundle.item.media, ImageMedia):
                out.not_this_medium(bundle)
                continue
            rows = _ppocr_rows(out, bundle, names)
            name = clean_name(bundle.item.name or bundle.item.id, destination)
            sink.write(f"{name}\t{json.dumps(rows, ensure_ascii=False, allow_nan=False)}\n".encode())
    return out.report


def read_icdar(path: Path, options: ReadOptions) -> Dataset:
    """Open a folder of ``gt_<picture>.txt`` files, or one."""
    files = files_below(path, ".txt") if path.is_dir() else [path]
    root = path if path.is_dir() else path.parent
    schema = Schema(classes=[LabelClass(id=PLAIN, name=PLAIN, kinds=["polygon"])])

    def stream(problems: Problems) -> Iterator[ItemMarks]:
        for file in files:
            name = file.relative_to(root).with_name(f"{file.stem.removeprefix('gt_')}.jpg").as_posix()
            bundle = ItemMarks(Item(id=name, name=name, media=ImageMedia()))
            for number, text in lines(file):
                if not text.strip():
                    continue
                mark = _icdar_mark(text, str(len(bundle.marks) + 1))
                if mark is None:
                    zh, en = (
                        f"这一行应是四点和文字:{text[:60]!r}",
                        f"There should be four points and a text: {text[:60]!r}",
                    )
                    problems.add(
                        Problem("line_malformed", "error", zh, en, file=str(file), line=number, item=name)
                    )
                else:
                    bundle.marks.append(mark)
            yield bundle

    return StreamedDataset(stream, schema=schema, count=len(files))


def write_icdar(dataset: Dataset, destination: Path, options: WriteOptions) -> LossReport:
    """Write ``gt_<picture>.txt`` in the form of 2015 below a folder; rings of more than four points become boxes."""
    with Export("icdar", dataset, destination, options, ICDAR_HOLDS) as out:
        folder = out.folder()
        for bundle in out.items():
            if not isinstance(bundle.item.media, ImageMedia):
                out.not_this_medium(bundle)
                continue
            rows = []
            for mark in bundle.marks:
                ring = _ring(out, bundle, mark, four=True)
                if ring is None:
                    continue
                out.kept(bundle, mark)
                if mark.label is not None and len(dataset.schema.classes) > 1:
                    out.report.add("class_unmapped", example=place_of(bundle, mark))
                said = _said(mark)
                flat = " ".join(said.split()) if "\n" in said or "\r" in said else said
                if flat != said:
                    out.report.add("text_dropped", source="line breaks", example=place_of(bundle, mark))
                rows.append(",".join([*(_number(c) for c in ring), flat]))
            place = Path(out.stem(bundle, ".jpg"))
            with out.file_in(folder, place.with_name(f"gt_{place.name}.txt").as_posix()) as sink:
                sink.write("".join(r + "\n" for r in rows).encode("utf-8", "surrogatepass"))
    return out.report


def sniff_ppocr(path: Path) -> float:
    """Confidence by the first line."""
    _, tab, rest = head(path).split("\n", 1)[0].partition("\t")
    if not tab or path.suffix.lower() != ".txt":
        return 0.0
    return 0.95 if '"transcription"' in rest else 0.6 if rest.strip() == "[]" else 0.0


def sniff_icdar(path: Path) -> float:
    """Confidence by the names and the first line."""
    files = files_below(path, ".txt")[:1] if path.is_dir() else [path]
    if not files or files[0].suffix.lower() != ".txt" or not files[0].name.startswith("gt_"):
        return 0.0
    first = head(files[0], 4096).split("\n", 1)[0]
    return 0.8 if not first.strip() or _icdar_mark(first, "1") is not None else 0.0


def _ppocr_item(name: str, rows: list[Any]) -> ItemMarks:
    bundle = ItemMarks(Item(id=name, name=name, media=ImageMedia()))
    numbers: dict[str, str] = {}
    links: list[tuple[str, str]] = []
    for number, row in enumerate(rows, 1):
        points = row.get("points") if isinstance(row, dict) else None
        if not isinstance(points, list) or len(points) < 3 or not all(_is_point(p) for p in points):
            raise InputError(
                f"Text {number} has no points.", zh=f"第 {number} 处文字没有 points。", code="shape_bad"
            )
        said = row.get("transcription")
        ignored = row.get("difficult") is True or said == UNREAD
        label = row.get("label", row.get("key_cls"))
        rest = {k: v for k, v in row.items() if k not in _KNOWN}
        if "id" in row:
            rest["id"] = row["id"]
            numbers[str(row["id"])] = str(number)
        bundle.marks.append(
            Mark(
                id=str(number),
                geometry=Polygon([PolygonPart([float(c) for p in points for c in p])]),
                label=str(label) if label not in (None, "", "None") else PLAIN,
                text=str(said) if said is not None and said != UNREAD else None,
                flags=["ignore"] if ignored else [],
                ext={SPACE: rest} if rest else {},
            )
        )
        for pair in row.get("linking") or []:
            if isinstance(pair, list) and len(pair) == 2 and (str(pair[0]), str(pair[1])) not in links:
                links.append((str(pair[0]), str(pair[1])))
    for a, b in links:
        if a in numbers and b in numbers:
            made = Relation(
                id=f"r{len(bundle.relations) + 1}", type="linking", source=numbers[a], target=numbers[b]
            )
            bundle.relations.append(made)
    return bundle


def _ppocr_rows(out: Export, bundle: ItemMarks, names: dict[str, str]) -> list[Json]:
    rows: list[Json] = []
    numbers = {m.id: m.ext.get(SPACE, {}).get("id", n) for n, m in enumerate(bundle.marks, 1)}
    linked = {end for r in bundle.relations for end in (r.source, r.target)}
    written: set[str] = set()
    for mark in bundle.marks:
        ring = _ring(out, bundle, mark, four=False)
        if ring is None:
            continue
        out.kept(bundle, mark)
        written.add(mark.id)
        points = [[ring[i], ring[i + 1]] for i in range(0, len(ring), 2)]
        row: Json = {"transcription": _said(mark), "points": points, "difficult": "ignore" in mark.flags}
        name = names.get(mark.label, mark.label) if mark.label is not None else None
        own = {k: v for k, v in mark.ext.get(SPACE, {}).items() if k != "id"}
        if name is not None and name != PLAIN:
            row["label"] = name
        if mark.id in linked or "id" in mark.ext.get(SPACE, {}):
            row["id"] = numbers[mark.id]
            row["linking"] = [
                [numbers[r.source], numbers[r.target]]
                for r in bundle.relations
                if mark.id in (r.source, r.target) and r.source in numbers and r.target in numbers
            ]
        rows.append(row | own)
    arrows: dict[tuple[Any, Any], Relation] = {}
    for r in bundle.relations:
        pair = (numbers.get(r.source), numbers.get(r.target))
        if not {r.source, r.target} <= written or pair in arrows:
            out.report.add("relation_dropped", example=bundle.item.name)
        else:
            arrows[pair] = r
    read = dict.fromkeys((a, b) for row in rows for a, b in row.get("linking", []) if (a, b) in arrows)
    for number, pair in enumerate(read, 1):
        out.losses.relation(bundle.item, arrows[pair], number=number, kind="linking")
    return rows


def _icdar_mark(text: str, mark_id: str) -> Mark | None:
    quoted = _QUOTED.match(text)
    cells = text.split(",", 8)
    said: str | None
    try:
        if quoted is not None:
            x0, y0, x1, y1 = (float(quoted.group(i)) for i in range(1, 5))
            geometry: Box | Polygon = Box(x0, y0, x1, y1)
            said = quoted.group(5)
        elif len(cells) >= 8:
            numbers = [float(c.replace("\ufeff", "")) for c in cells[:8]]
            if not all(finite(v) for v in numbers):
                return None
            geometry, said = Polygon([PolygonPart(numbers)]), cells[8] if len(cells) == 9 else None
        else:
            return None
    except ValueError:
        return None
    ignored = said == UNREAD
    return Mark(
        id=mark_id,
        geometry=geometry,
        label=PLAIN,
        text=None if ignored else said or None,
        flags=["ignore"] if ignored else [],
    )


def _ring(out: Export, bundle: ItemMarks, mark: Mark, *, four: bool) -> list[float] | None:
    """The outline of a mark as one ring, counting what that changes; None (counted) without a place."""
    add, where = out.report.add, place_of(bundle, mark)
    geometry = mark.geometry
    if isinstance(geometry, Box | RotatedBox):
        add("geometry_changed", source=kind_of(mark), target="polygon", example=where)
        return corners(geometry)
    if isinstance(geometry, Polygon) and len(geometry.parts) == 1 and not geometry.parts[0].holes:
        ring = geometry.parts[0].outer
        if not four or len(ring) == 8:
            return ring
    edges = bounds(geometry)
    if edges is None:
        out.dropped(bundle, mark)
        return None
    add("geometry_reduced", source=kind_of(mark), target="box", example=where)
    return corners(Box(*map(float, edges)))


def _said(mark: Mark) -> str:
    if mark.text is None:
        return UNREAD if "ignore" in mark.flags else ""
    return mark.text


def _is_point(point: object) -> bool:
    return isinstance(point, list) and len(point) == 2 and all(finite(c) for c in point)


def _number(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else repr(float(value))


FORMATS = (
    Format("ppocr", ("PaddleOCR Label.txt", "PaddleOCR Label.txt"), (".txt",), sniff_ppocr, read_ppocr, write_ppocr, frozenset({"polygon"})),
    Format("icdar", ("ICDAR 2015 文字", "ICDAR 2015 text"), (".txt",), sniff_icdar, read_icdar, write_icdar, frozenset({"polygon"})),
)  # fmt: skip
