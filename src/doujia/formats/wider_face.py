"""WIDER FACE: one text file; a name, a count, then ``x y w h blur expression illumination invalid occlusion pose``.

A picture without faces has the count 0 and one row of zeros. ``invalid`` is our ``ignore``. Coordinates are whole px.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from doujia.errors import Problem
from doujia.formats.contract import Dataset, Format, LossReport, Problems, ReadOptions, WriteOptions
from doujia.formats.files import clean_name, fail, finite, head, lines
from doujia.formats.losses import Holds
from doujia.formats.output import Export, place_of
from doujia.formats.streamed import StreamedDataset
from doujia.marks import Attribute, Box, ImageMedia, Item, ItemMarks, LabelClass, Mark, Schema

__all__ = ["FORMATS", "HOLDS", "read", "write"]

ATTRIBUTES = ("blur", "expression", "illumination", "occlusion", "pose")
_LAST = {"blur": 2, "expression": 1, "illumination": 1, "occlusion": 2, "pose": 1}
_COLUMNS = ("blur", "expression", "illumination", "invalid", "occlusion", "pose")
HOLDS = Holds(attrs=True, flags=frozenset({"ignore"}))


def read(path: Path, options: ReadOptions) -> Dataset:
    """Open ``wider_face_*_bbx_gt.txt``."""
    attributes = [Attribute(id=a, name=a, type="int", min=0, max=_LAST[a]) for a in ATTRIBUTES]
    schema = Schema(classes=[LabelClass(id="face", name="face", kinds=["box"])], attributes=attributes)
    return StreamedDataset(lambda problems: _items(path, problems), schema=schema)


def write(dataset: Dataset, destination: Path, options: WriteOptions) -> LossReport:
    """Write one file. There is one class; marks of a second class are not written."""
    with Export("wider-face", dataset, destination, options, HOLDS) as out:
        out.report.rounding = "integer"
        sink = out.file("wider_face_bbx_gt.txt")
        faces = [c.id for c in dataset.schema.classes if c.name == "face" or c.id == "face"]
        only = faces[0] if faces else dataset.schema.classes[0].id if dataset.schema.classes else None
        for bundle in out.items():
            if not isinstance(bundle.item.media, ImageMedia):
                out.not_this_medium(bundle)
                continue
            rows = [row for mark in bundle.marks if (row := _row(out, bundle, mark, only)) is not None]
            name = clean_name(bundle.item.name or bundle.item.id, destination)
            body = "".join(f"{r}\n" for r in rows) if rows else "0 0 0 0 0 0 0 0 0 0\n"
            sink.write(f"{name}\n{len(rows)}\n{body}".encode())
    return out.report


def sniff(path: Path) -> float:
    """Confidence by the first three lines."""
    first = head(path, 4096).splitlines()[:3] if path.suffix.lower() == ".txt" else []
    if len(first) < 3 or not first[1].strip().isdigit() or first[0].strip().replace(".", "").isdigit():
        return 0.0
    return 0.9 if len(first[2].split()) == 10 and "." in first[0] else 0.0


def _items(path: Path, problems: Problems) -> Iterator[ItemMarks]:
    rows = ((n, t.strip()) for n, t in lines(path) if t.strip())
    for number, name in rows:
        name = clean_name(name, path, line=number)
        bundle = ItemMarks(Item(id=name, name=name, media=ImageMedia()))
        at, count = next(rows, (number, ""))
        if not count.isdigit():
            fail(
                "count_missing",
                f"{name} 后面应是人脸个数,这里是 {count!r}",
                f"After {name} there should be the number of faces, there is {count!r}",
                file=path,
                line=at,
            )
        for _ in range(max(int(count), 1)):
            at, text = next(rows, (at, ""))
            if not text:
                fail("file_truncated", "文件没有写完就断了", "The file ends early", file=path, line=at)
            mark = _mark(text, str(len(bundle.marks) + 1))
            if mark is not None and int(count):
                bundle.marks.append(mark)
            elif mark is None:
                zh, en = (
                    f"这一行应有 4 或 10 个数:{text[:60]!r}",
                    f"There should be 4 or 10 numbers: {text[:60]!r}",
                )
                problems.add(Problem("line_malformed", "error", zh, en, file=str(path), line=at, item=name))
        yield bundle


def _mark(text: str, mark_id: str) -> Mark | None:
    try:
        values = [float(c) for c in text.split()]
    except ValueError:
        return None
    if len(values) not in (4, 10) or not all(finite(v) for v in values):
        return None
    x, y, w, h = values[:4]
    named = dict(zip(_COLUMNS, map(int, values[4:]), strict=False))
    invalid = named.pop("invalid", 0)
    return Mark(
        id=mark_id,
        geometry=Box(x, y, x + w, y + h),
        label="face",
        attrs=dict(named),
        flags=["ignore"] if invalid else [],
    )


def _row(out: Export, bundle: ItemMarks, mark: Mark, only: str | None) -> str | None:
    if mark.label != only:
        out.dropped(bundle, mark, "class_unmapped")
        return None
    box = out.box(bundle, mark)
    if box is None:
        return None
    out.kept(bundle, mark)
    edges = (box.x0, box.y0, box.x1, box.y1)
    whole = [round(v) for v in edges]
    moved = max(abs(a - b) for a, b in zip(edges, whole, strict=True))
    if moved:
        out.moved("coordinate_rounded", bundle, mark, moved)
    unknown = set(mark.attrs) - set(ATTRIBUTES)
    if unknown:
        out.report.add("attrs_dropped", count=len(unknown), example=place_of(bundle, mark))
    codes = []
    for name in _COLUMNS:
        value = int("ignore" in mark.flags) if name == "invalid" else mark.attrs.get(name, 0)
        codes.append(str(int(value)) if isinstance(value, int | float) else "0")
    return " ".join([*map(str, (whole[0], whole[1], whole[2] - whole[0], whole[3] - whole[1])), *codes])


FORMATS = (
    Format(
        "wider-face", ("WIDER FACE 人脸", "WIDER FACE"), (".txt",), sniff, read, write, frozenset({"box"})
    ),
)
