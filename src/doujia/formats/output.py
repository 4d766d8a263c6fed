"""Writing: a temporary place first, the final name at the end, and an account of what was lost.

``Export`` is the frame of every writer here: it walks the dataset, leaves out what is not done, counts what the format
cannot hold, and at the end either puts the output under its final name or removes it and refuses.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import Any, BinaryIO

import msgspec

from doujia.errors import InputError
from doujia.formats.atomic import staged_file, staged_folder
from doujia.formats.contract import Dataset, LossReport, WriteOptions
from doujia.formats.files import clean_name
from doujia.formats.losses import Holds, Losses, refuse_not_finite
from doujia.marks import Box, ItemMarks, Mark, Nothing, Schema, Track
from doujia.marks.shapes import bounds

__all__ = ["Export", "class_names", "kind_of", "place_of"]


class Export:
    """One run of a writer.

    Use it as ``with Export(...) as out:``, open files by ``out.file`` or work in ``out.folder()``, walk ``out.items()``,
    and return ``out.report``. Leaving the block decides: everything is put under its final name, or, when something was
    lost that nobody allowed or an error occurred, everything is removed.
    """

    def __init__(
        self, name: str, dataset: Dataset, destination: Path, options: WriteOptions, holds: Holds
    ) -> None:
        self.dataset, self.options, self.holds = dataset, options, holds
        self.destination = destination
        self.report = LossReport(format=name)
        self.losses = Losses(self.report, holds)
        self._stack = ExitStack()
        self._used: set[str] = set()
        self._number = 0

    def __enter__(self) -> Export:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self._whole_set()
            with ExitStack() as undo:
                undo.push(self._stack.__exit__)
                self.losses.settle(self.options)
                undo.pop_all()
        self._stack.__exit__(kind, error, trace)

    @property
    def number(self) -> int:
        """How many marks of the current item were counted as written: the id that a reader will count."""
        return self._number

    def file(self, default_name: str) -> BinaryIO:
        """Open the output file (``default_name`` inside the destination, when that is a folder)."""
        if self.destination.is_dir():
            self.destination = self.destination / default_name
        self.report.files = 1
        return self._stack.enter_context(staged_file(self.destination))

    def folder(self) -> Path:
        """Return a new folder to write into; it becomes the destination at the end.

        Raises:
            InputError: ``destination_not_empty``.
        """
        return self._stack.enter_context(staged_folder(self.destination))

    @contextmanager
    def file_in(self, folder: Path, name: str) -> Iterator[BinaryIO]:
        """Open one file of the output folder, making the folders on its way.

        Raises:
            InputError: ``names_collide``; another item was written there already.
        """
        target = folder / name
        if target.exists():
            raise InputError(
                f"Two items would be written to {name}; rename one of them.",
                zh=f"有两个文件都要写到 {name},请改一个名字。",
                code="names_collide",
            )
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("wb") as sink:
            yield sink
        self.report.files += 1

    def items(self, *, check_numbers: bool = True) -> Iterator[ItemMarks]:
        """Yield the items to write, count those left out and what an item itself loses; report progress.

        Raises:
            InputError: ``number_not_finite``; unless ``check_numbers`` is False, because the encoding finds out.
        """
        holds, report = self.holds, self.report
        total = self.dataset.count
        for number, bundle in enumerate(self.dataset, start=1):
            if self.options.progress is not None:
                self.options.progress(number, total)
            item = bundle.item
            if item.status != "done" and not holds.status:
                report.add("not_done_skipped", example=item.name or item.id)
                continue
            where = item.name or item.id
            if check_numbers:
                refuse_not_finite(bundle)
            self._number = 0
            if not holds.ids and item.id != item.name:
                report.add("id_renumbered", source="item", example=where)
            self.losses.item(item, bundle.relations)
            report.items += 1
            yield bundle

    def kept(
        self, bundle: ItemMarks, mark: Mark, *, text: bool | None = None, same_id: bool | None = None
    ) -> None:
        """Count a mark as written, and each field of it that the format does not hold.

        Args:
            bundle, mark: what was written.
            text: whether this mark's text was, where that depends on the mark.
            same_id: whether its id comes back; None asks ``holds.ids`` and the running number.
        """
        self.report.marks += 1
        self._number += 1
        if mark.label is not None:
            self._used.add(mark.label)
        if same_id is None:
            same_id = self.holds.ids or mark.id == str(self._number)
        if not same_id:
            self.losses.add("id_renumbered", bundle.item, mark, source="mark")
        self.losses.mark(bundle.item, mark, text=text)

    def dropped(self, bundle: ItemMarks, mark: Mark, code: str = "geometry_dropped") -> None:
        """Count a mark that is not written at all."""
        source = kind_of(mark) if code == "geometry_dropped" else None
        self.report.add(code, source=source, example=place_of(bundle, mark))

    def box(self, bundle: ItemMarks, mark: Mark) -> Box | None:
        """Return a mark as an axis-aligned box, counting what that makes simpler; None (counted) without a place."""
        if isinstance(mark.geometry, Box):
            return mark.geometry
        edges = bounds(mark.geometry) if not isinstance(mark.geometry, Track) else None
        if edges is None:
            self.dropped(bundle, mark)
            return None
        self.report.add(
            "geometry_reduced", source=kind_of(mark), target="box", example=place_of(bundle, mark)
        )
        return Box(*map(float, edges))

    def not_this_medium(self, bundle: ItemMarks) -> None:
        """Count an item of ``items()`` as left out, because the format is for another medium."""
        where = bundle.item.name or bundle.item.id
        self.report.items -= 1
        self.report.add("items_dropped", example=where)
        if bundle.marks:
            self.report.add("marks_dropped", count=len(bundle.marks), example=where)

    def stem(self, bundle: ItemMarks, suffix: str) -> str:
        """Return an item's name without its ending, counting an ending that a reader cannot know.

        Args:
            bundle: the item.
            suffix: the ending that a reader assumes, such as ``.png``.

        Raises:
            FormatError: ``name_unsafe``.
        """
        name = PurePosixPath(clean_name(bundle.item.name or bundle.item.id, self.destination))
        if name.suffix.lower() != suffix:
            self.report.add("name_changed", example=bundle.item.name or bundle.item.id)
        return str(name.with_suffix("")) if name.suffix else str(name)

    def moved(self, code: str, bundle: ItemMarks, mark: Mark, distance: float) -> None:
        """Count a mark whose coordinates moved by up to ``distance`` px (or samples) in writing."""
        self.losses.add(code, bundle.item, mark)
        self.losses.moved(code, [distance])

    def _whole_set(self) -> None:
        """Count what the set as a whole loses: its own words, parts of the schema, classes nobody used."""
        schema, holds = self.dataset.schema, self.holds
        self.losses.schema(schema, self.dataset.info)
        if "classes" not in holds.schema:
            for c in schema.classes:
                if c.id not in self._used:
                    self.losses.add("class_dropped", c.name or c.id)
        renamed = [k for k, v in class_names(schema).items() if k != v]
        if renamed and "class_ids" not in holds.schema:
            self.losses.add("class_renumbered", renamed[0], count=len(renamed))


def class_names(schema: Schema) -> dict[str, str]:
    """Return class id → the name to write: its name where that is unique and not empty, else its id."""
    seen: dict[str, int] = {}
    for c in schema.classes:
        seen[c.name] = seen.get(c.name, 0) + 1
    ids = {c.id for c in schema.classes}
    return {
        c.id: c.name if c.name and seen[c.name] == 1 and (c.name == c.id or c.name not in ids) else c.id
        for c in schema.classes
    }


def kind_of(mark: Mark) -> str:
    """Return the geometry kind of a mark; tracks name what moves, as ``track:box``."""
    if isinstance(mark.geometry, Track) and mark.geometry.keyframes:
        return f"track:{_tag(mark.geometry.keyframes[0].geometry)}"
    return _tag(mark.geometry)


def place_of(bundle: ItemMarks, mark: Mark) -> str:
    """Return ``item#mark``, for examples in a report."""
    return f"{bundle.item.name or bundle.item.id}#{mark.id}"


def _tag(geometry: msgspec.Struct | Nothing) -> str:
    config: Any = geometry.__struct_config__
    return str(config.tag)
