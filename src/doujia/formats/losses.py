"""Counting what a writer cannot keep, once for all formats.

A writer states in ``Holds`` what its format keeps and shows every item and mark it writes; whatever else is set on them is
counted under its stable code. What happens to geometry only the writer itself knows: it calls ``add``.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from doujia.errors import InputError
from doujia.formats.contract import Loss, LossReport, WriteOptions
from doujia.marks import Item, ItemMarks, Mark, Relation, Schema

__all__ = ["EVERY_FLAG", "OBSERVED", "WHOLE_SCHEMA", "Holds", "Losses", "refuse_not_finite"]

_SAMPLES = 4096
OBSERVED = "given"
"""``ext`` namespace of what a reader observed rather than what the file said; not writing it loses nothing."""

EVERY_FLAG = frozenset({"occluded", "truncated", "ignore", "uncertain"})
WHOLE_SCHEMA = frozenset(
    {"classes", "class_ids", "attributes", "skeletons", "relations", "parents", "translations", "colours", "keys", "rules"}
)  # fmt: skip

_CLASS_FIELDS = {
    "parents": ("parent",),
    "translations": ("names",),
    "colours": ("colour",),
    "keys": ("key",),
    "rules": ("min", "max", "heading", "abstract"),
}
"""Part of the schema → the fields of a class that belong to it."""


@dataclass(frozen=True)
class Holds:
    """What a format keeps besides the geometry itself.

    Attributes:
        text, attrs, score, group, z, origin: fields of a mark.
        flags: the flags it can write; the others are counted.
        ext: namespaces of unknown keys that it writes back.
        relations, split, sequence, item_attrs: of an item.
        status: True when items that are not done can be told from those without marks.
        ids: ids of marks and items; without it a reader counts marks from 1 and takes the name as the item's id.
        at: the frame, camera or message of a mark.
        size: width and height (or length) of the media.
        orientation: how a picture was turned before its coordinates were counted (EXIF).
        info: namespaces of the set's own words that it writes back.
        schema: parts of the schema: classes (also unused ones), class_ids, attributes, skeletons, relations, parents,
            translations, colours, keys, rules (how many a class needs, headings, branches).
    """

    text: bool = False
    attrs: bool = False
    score: bool = False
    group: bool = False
    z: bool = False
    origin: bool = False
    flags: frozenset[str] = frozenset()
    ext: frozenset[str] = frozenset()
    relations: bool = False
    split: bool = False
    sequence: bool = False
    item_attrs: bool = False
    status: bool = False
    ids: bool = False
    at: bool = False
    size: bool = False
    orientation: bool = False
    info: frozenset[str] = frozenset()
    schema: frozenset[str] = frozenset()


@dataclass
class _Moved:
    samples: list[float] = field(default_factory=list)
    stride: int = 1
    seen: int = 0
    largest: float = 0.0


class Losses:
    """Counts losses into a report; ``settle`` decides.

    Args:
        report: the report to fill.
        holds: what the format keeps.
    """

    def __init__(self, report: LossReport, holds: Holds) -> None:
        self.report = report
        self.holds = holds
        self._lines: dict[tuple[str, str | None, str | None], Loss] = {}
        self._moved: dict[str, _Moved] = {}

    def add(
        self,
        code: str,
        example: str | Item | None = None,
        mark: Mark | None = None,
        *,
        count: int = 1,
        source: str | None = None,
        target: str | None = None,
    ) -> None:
        """Count a loss; at most five examples of each line are kept.

        ``example`` is a name, or the item (with ``mark``) whose name is made only when it is kept.
        """
        key = (code, source, target)
        loss = self._lines.get(key)
        if loss is None:
            loss = self._lines[key] = self.report.add(code, count=0, source=source, target=target)
        loss.count += count
        if example is not None and len(loss.examples) < 5:
            if isinstance(example, Item):
                name = example.name or example.id
                example = name if mark is None else f"{name}#{mark.id}"
            loss.examples.append(example)

    def moved(self, code: str, distances: Sequence[float]) -> None:
        """Note by how many px (or samples) coordinates moved, for the report's median and maximum of ``code``.

        The median is over an even sample: every *n*-th distance, *n* doubling as the samples fill up.
        """
        state = self._moved.setdefault(code, _Moved())
        if len(distances):
            state.largest = max(state.largest, float(max(distances)))
        first = -state.seen % state.stride
        state.seen += len(distances)
        state.samples += [float(d) for d in distances[first :: state.stride]]
        while len(state.samples) > _SAMPLES:
            state.samples = state.samples[::2]
            state.stride *= 2

    def mark(self, item: Item, mark: Mark, *, text: bool | None = None) -> None:
        """Count the fields of a mark that the format cannot hold; ``text`` says whether this mark's text was written."""
        holds, ext = self.holds, mark.ext
        if ext and not (len(ext) == 1 and OBSERVED in ext):
            for space in ext:
                if space != OBSERVED and space not in holds.ext:
                    self.add("ext_dropped", item, mark, source=space)
        if mark.at is not None and not holds.at:
            self.add("place_dropped", item, mark)
        if mark.text is not None and not (holds.text if text is None else text):
            self.add("text_dropped", item, mark)
        if mark.attrs and not holds.attrs:
            self.add("attrs_dropped", item, mark)
        if mark.score is not None and not holds.score:
            self.add("score_dropped", item, mark)
        if mark.group is not None and not holds.group:
            self.add("group_dropped", item, mark)
        if mark.z and not holds.z:
            self.add("z_dropped", item, mark)
        if mark.origin is not None and not holds.origin:
            self.add("origin_dropped", item, mark)
        if mark.flags:
            for flag in mark.flags:
                if flag not in holds.flags:
                    self.add(
                        "ignore_dropped" if flag == "ignore" else "flags_dropped", item, mark, source=flag
                    )

    def item(self, item: Item, relations: list[Relation]) -> None:
        """Count the fields of an item (and its relations) that the format cannot hold."""
        holds = self.holds
        if item.attrs and not holds.item_attrs:
            self.add("item_attrs_dropped", item)
        if not holds.size and _sized(item):
            self.add("size_dropped", item)
        if getattr(item.media, "exif_orientation", 1) != 1 and not holds.orientation:
            self.add("orientation_dropped", item)
        if item.split is not None and not holds.split:
            self.add("split_dropped", item)
        if (item.sequence is not None or item.index is not None) and not holds.sequence:
            self.add("sequence_dropped", item)
        if relations and not holds.relations:
            self.add("relation_dropped", item, count=len(relations))
        for space in item.ext:
            if space != OBSERVED and space not in holds.ext:
                self.add("ext_dropped", item, source=space)

    def relation(
        self, item: Item, relation: Relation, *, number: int | None, kind: str | None = None
    ) -> None:
        """Count what a relation that is written loses.

        Args:
            item, relation: what was written.
            number: a reader names it ``r`` and this number; None when its id comes back.
            kind: the one kind that the format knows; None when the type comes back.
        """
        example = f"{item.name or item.id}#{relation.id}"
        if relation.attrs:
            self.add("attrs_dropped", example, count=len(relation.attrs), source="relation")
        for space in relation.ext:
            if space not in self.holds.ext:
                self.add("ext_dropped", example, source=space)
        if number is not None and relation.id != f"r{number}":
            self.add("id_renumbered", example, source="relation")
        if kind is not None and relation.type != kind:
            self.add("relation_changed", example, source=relation.type, target=kind)

    def skips(self, bundle: ItemMarks, medium: str = "image") -> bool:
        """Say whether an item cannot be written at all (not done, or of another medium), and count it."""
        item = bundle.item
        if item.status != "done":
            self.add("not_done_skipped", item, source=item.status)
            return True
        kind = item.media.__struct_config__.tag
        if kind != medium:
            self.add("items_dropped", item, source=str(kind))
            if bundle.marks:
                self.add("marks_dropped", item, count=len(bundle.marks), source=str(kind))
            return True
        return False

    def schema(self, schema: Schema, info: dict[str, Any]) -> None:
        """Count definitions that the format cannot hold, and what the set says about itself in namespaces it drops."""
        kept = self.holds.schema
        for space, values in info.items():
            if space not in self.holds.info and values:
                self.add("info_dropped", source=space)
        observed = schema.ext.get(OBSERVED, {})
        for source in ("attributes", "skeletons", "relations"):
            definitions = getattr(schema, source)
            if definitions and source not in kept and source not in observed:
                self.add("schema_dropped", count=len(definitions), source=source)
        if not kept >= WHOLE_SCHEMA:
            spaces = [
                *schema.ext,
                *(s for c in schema.classes for s, v in c.ext.items() if v.keys() - {"id"}),
            ]
            for space in dict.fromkeys(spaces):
                if space != OBSERVED and space not in self.holds.ext:
                    self.add("schema_dropped", count=spaces.count(space), source=f"keys of {space}")
        for source, fields in _CLASS_FIELDS.items():
            if source not in kept:
                lost = sum(
                    any(getattr(c, f) not in (None, {}, False) for f in fields) for c in schema.classes
                )
                if lost:
                    self.add("schema_dropped", count=lost, source=source)

    def settle(self, options: WriteOptions) -> LossReport:
        """Put the distances into the report and end it as ``LossReport.settle`` does."""
        for code, moved in self._moved.items():
            for loss in self.report.losses:
                if loss.code == code and moved.samples:
                    loss.px_p50 = sorted(moved.samples)[len(moved.samples) // 2]
                    loss.px_max = moved.largest
                    break
        return self.report.settle(options)


def _sized(item: Item) -> bool:
    media = item.media
    return bool(getattr(media, "width", 0) or getattr(media, "samples", 0) or getattr(media, "frames", 0))


def refuse_not_finite(bundle: ItemMarks) -> None:
    """Check that every number of an item is one.

    Raises:
        InputError: ``number_not_finite``, with the item and mark.
    """
    try:
        if b"null" not in msgspec.json.encode(bundle):  # NaN is written as null
            return
    except (
        OverflowError,
        UnicodeEncodeError,
    ):  # whole numbers beyond 64 bits, halves of surrogate pairs: no NaN
        pass
    name = bundle.item.name or bundle.item.id
    for what, where in [(bundle.item, name), *((m, f"{name}#{m.id}") for m in bundle.marks)]:
        if not all(map(math.isfinite, _numbers(msgspec.to_builtins(what)))):
            raise InputError(
                f"A number of {where} is NaN or infinite; correct it before writing.",
                zh=f"{where} 有一个数不是有限数,请先改正再写出。",
                code="number_not_finite",
            )


def _numbers(value: Any) -> Iterator[float]:
    if isinstance(value, float):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _numbers(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _numbers(inner)
