"""Reading YOLO datasets of every layout seen in the wild."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from doujia.errors import FormatError, Problem
from doujia.formats.choices import choice
from doujia.formats.contract import Dataset, Problems, ReadOptions, class_ids
from doujia.formats.pictures import picture_size, told_size
from doujia.formats.yolo.layout import Entry, Layout
from doujia.formats.yolo.rows import LineError, line_to_marks
from doujia.marks import ImageMedia, Item, ItemMarks, LabelClass, Mark, Schema, Skeleton

__all__ = ["YoloDataset", "read"]


def read(task: str, path: Path, options: ReadOptions) -> Dataset:
    """Open a YOLO dataset: its folder, its ``data.yaml`` or its ``obj.data``.

    Sizes come from the pictures (``--images`` names their folder when they lie elsewhere) or from ``sizes.csv``, which
    Doujia's own writer leaves beside the labels. ``extra`` option: ``column6`` = ``score`` or ``track`` says what a sixth
    column of boxes means; without it the value is kept as it is.
    """
    return YoloDataset(task, Layout.find(path, options.images), options)


class YoloDataset:
    """One YOLO dataset of one task."""

    def __init__(self, task: str, layout: Layout, options: ReadOptions) -> None:
        self._task = task
        self._layout = layout
        self._options = options
        self._column6 = choice(options.extra, "column6", "", "score", "track")
        self.problems = Problems()
        self.count: int | None = None
        self._marks_read = 0
        self.info: dict[str, Any] = {"yolo": layout.rest} if layout.rest else {}
        indices = sorted(layout.names)
        ids = class_ids(layout.names[i] for i in indices)
        self._labels = dict(zip(indices, ids, strict=True))
        self._skeleton: str | None = None
        skeletons: list[Skeleton] = []
        if task == "pose":
            if layout.keypoints is None:
                raise FormatError(
                    Problem(
                        "kpt_shape_missing",
                        "error",
                        "data.yaml 里没有 kpt_shape,不知道每行有几个关键点",
                        "data.yaml has no kpt_shape, so the number of keypoints is unknown",
                        file=str(layout.config or layout.root),
                        pointer="/kpt_shape",
                    )
                )
            skeletons.append(_skeleton(layout, layout.keypoints[0]))
            self._skeleton = skeletons[0].id
        self.schema = Schema(
            classes=[
                LabelClass(id=c, name=layout.names[i], skeleton=self._skeleton, ext={"yolo": {"id": i}})
                for i, c in self._labels.items()
            ],
            skeletons=skeletons,
        )

    def __iter__(self) -> Iterator[ItemMarks]:
        self.problems.clear()
        self._marks_read = 0
        for number, entry in enumerate(self._layout.entries(self._options.images), 1):
            yield self._bundle(number, entry)

    def _bundle(self, number: int, entry: Entry) -> ItemMarks:
        try:
            data = entry.label.read_bytes()
        except FileNotFoundError:
            data = None
        except OSError as error:
            self._problem(
                "file_unreadable",
                entry,
                None,
                f"读不了:{error.strerror}",
                f"Cannot be read: {error.strerror}",
            )
            data = None
        size = entry.size or (picture_size(entry.picture) if entry.picture is not None else None)
        size = size or told_size(self._options, entry.name)
        item = Item(
            id=str(number),
            name=entry.name,
            media=ImageMedia(width=size[0] if size else 0, height=size[1] if size else 0),
            split=entry.split,
            status="unseen" if data is None else "done",
        )
        if not data or data.isspace():
            return ItemMarks(item, [], [])
        if size is None:
            self._problem(
                "size_unknown",
                entry,
                None,
                "不知道图片尺寸,标签没有读:要有图片(命令行用 --images 指明在哪里)",
                "The picture's size is unknown, so its labels were not read: the picture is needed (--images says where it is)",
            )
            item.status = "unseen"
            return ItemMarks(item, [], [])
        return ItemMarks(item, self._marks(data, entry, size), [])

    def _marks(self, data: bytes, entry: Entry, size: tuple[int, int]) -> list[Mark]:
        marks: list[Mark] = []
        for line_number, line in enumerate(data.removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1):
            columns = line.split()
            if not columns:
                continue
            self._marks_read += 1
            try:
                values = [float(c) for c in columns]
            except ValueError:
                self._problem("yolo_number", entry, line_number, "有的列不是数,这一行没有读", "A column is not a number; the line was not read")  # fmt: skip
                continue
            index = values[0]
            if index not in self._labels:
                self._problem(
                    "class_unknown",
                    entry,
                    line_number,
                    f"类别编号 {index:g} 不在 names 里,这一行没有读",
                    f"Class {index:g} is not in names; the line was not read",
                )
                continue
            label = self._labels[int(index)]
            try:
                found = line_to_marks(
                    values[1:],
                    self._task,
                    size,
                    self._marks_read,
                    label,
                    self._layout.keypoints,
                    self._skeleton,
                )
            except LineError as error:
                self._problem(error.code, entry, line_number, error.message.zh, error.message.en)
                continue
            if self._column6 and found[0].ext:
                self._sixth(found[0])
            marks += found
        return marks

    def _sixth(self, mark: Mark) -> None:
        value = mark.ext.get("yolo", {}).get("column6")
        if value is None:
            return
        if self._column6 == "score":
            mark.score, mark.ext = value, {}
        elif self._column6 == "track":
            mark.group, mark.ext = f"{value:g}", {}

    def _problem(self, code: str, entry: Entry, line: int | None, zh: str, en: str) -> None:
        self.problems.add(Problem(code, "error", zh, en, file=str(entry.label), line=line, item=entry.name))


def _skeleton(layout: Layout, points: int) -> Skeleton:
    names = layout.keypoint_names
    if len(names) != points:
        names = [str(i + 1) for i in range(points)]
    flip = [(i, j) for i, j in enumerate(layout.flip) if i < j < points]
    return Skeleton(id="pose", names=names, flip=flip)
