"""From accepted answers to items with marks: part files that survive a crash, and a dataset that reads them back."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from doujia.formats import Problems
from doujia.marks import Item, ItemMarks, Mark, Relation, Schema
from doujia.marks.document import fingerprint
from doujia.server.data import queries as data
from doujia.server.kernel import storage
from doujia.server.work import queries as work

__all__ = ["Gathered", "PartsDataset", "choose", "gather", "remove_parts"]

PART = 2_000
"""Items in one part: a crash costs at most this much work."""


class _Document(msgspec.Struct):
    marks: list[Mark] = []
    relations: list[Relation] = []
    item_attrs: dict[str, Any] = {}


class IndexRow(msgspec.Struct):
    """One item of a release, for comparing: fingerprint of its marks, and how many there are of each class."""

    item: str
    name: str
    fingerprint: str
    classes: dict[str, int]


class Line(msgspec.Struct):
    """One line of a part file."""

    index: IndexRow
    bundle: ItemMarks


@dataclass
class Gathered:
    """What the parts hold, counted; it is the job's checkpoint too, hence plain values only."""

    after: int = 0
    parts: int = 0
    items: int = 0
    marks: int = 0
    several: int = 0
    decided: int = 0
    consensus: int = 0
    fixed: int = 0
    active_ms: int = 0
    without_marks: int = 0
    missing_items: int = 0
    finished: bool = False
    classes: dict[str, int] = field(default_factory=dict)
    kinds: dict[str, int] = field(default_factory=dict)
    people: list[str] = field(default_factory=list)
    guidelines: dict[str, int] = field(default_factory=dict)
    schemas: dict[str, int] = field(default_factory=dict)
    first_at: str = ""
    last_at: str = ""


def choose(answers: Sequence[work.AcceptedRow]) -> work.AcceptedRow:
    """Return the answer that stands for a task.

    The latest decision of an arbiter, else the latest consensus, else one a reviewer corrected, else the earliest.
    """
    made = [a for a in answers if a.decided] or [a for a in answers if a.consensus]
    return made[-1] if made else min(answers, key=lambda a: (not a.fixed, a.at, a.submission))


def part_path(release: str, number: int) -> Path:
    """Return where a part is kept while the release is made."""
    return storage.staging(f"release-{release}.{number:05d}.part")


def gather(project: str, release: str, state: Gathered) -> Iterator[Gathered]:
    """Write part after part from where ``state`` stands; yields the new state when a part is safe on disk."""
    rows: list[list[work.AcceptedRow]] = []
    for answers in work.accepted(project, after=state.after):
        rows.append(answers)
        if len(rows) == PART:
            _write_part(release, state, rows)
            rows = []
            yield state
    if rows:
        _write_part(release, state, rows)
    state.finished = True
    yield state


def _write_part(release: str, state: Gathered, rows: list[list[work.AcceptedRow]]) -> None:
    items = data.get_items([r[0].item for r in rows])
    target = part_path(release, state.parts)
    fresh = target.with_suffix(".new")
    people, classes, kinds = set(state.people), Counter(state.classes), Counter(state.kinds)
    guidelines, schemas = Counter(state.guidelines), Counter(state.schemas)
    encoder, buffer = msgspec.json.Encoder(), bytearray()
    with fresh.open("wb") as file:
        for answers in rows:
            chosen = choose(answers)
            item = items.get(chosen.item)
            if item is None:
                state.missing_items += 1
                continue
            document = msgspec.json.decode(chosen.document, type=_Document)
            found: Counter[str] = Counter(m.label for m in document.marks if m.label is not None)
            bundle = ItemMarks(_item(item, document.item_attrs), document.marks, document.relations)
            print_ = fingerprint([document.marks, document.relations, document.item_attrs])
            buffer += encoder.encode(Line(IndexRow(item.id, item.name, print_, dict(found)), bundle)) + b"\n"
            if len(buffer) > 1 << 20:
                file.write(buffer)
                buffer.clear()
            classes.update(found)
            kinds.update(_kind(m) for m in document.marks)
            people |= {a.person for a in answers if a.person}
            guidelines[str(chosen.guideline_version)] += 1
            schemas[str(chosen.schema_version)] += 1
            state.items += 1
            state.marks += len(document.marks)
            state.several += sum(not (a.consensus or a.decided) for a in answers) > 1
            state.decided += chosen.decided
            state.consensus += chosen.consensus
            state.fixed += chosen.fixed
            state.without_marks += not document.marks
            state.active_ms += sum(a.active_ms for a in answers)
            _span(state, chosen.at)
        file.write(buffer)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(target)
    state.after, state.parts = rows[-1][0].seq, state.parts + 1
    state.people = sorted(people)
    state.classes, state.kinds = dict(classes), dict(kinds)
    state.guidelines, state.schemas = dict(guidelines), dict(schemas)


def _item(item: data.ItemView, attrs: dict[str, Any]) -> Item:
    return Item(
        id=item.id, name=item.name, media=item.media, sha256=item.sha256 or None, status="done",
        sequence=item.sequence or None, index=item.index, attrs={**(item.attrs or {}), **attrs},
    )  # fmt: skip


def _kind(mark: Mark) -> str:
    return str(mark.geometry.__struct_config__.tag)


def _span(state: Gathered, at: datetime) -> None:
    text = at.isoformat()
    state.first_at = min(state.first_at or text, text)
    state.last_at = max(state.last_at, text)


class PartsDataset:
    """The dataset that the part files hold; nothing is read whole."""

    def __init__(self, schema: Schema, release: str, state: Gathered, info: dict[str, Any]) -> None:
        self.schema = schema
        self.info = info
        self.problems = Problems()
        self.count: int | None = state.items
        self._release, self._parts = release, state.parts

    def __iter__(self) -> Iterator[ItemMarks]:
        for line in self.lines():
            yield line.bundle

    def lines(self) -> Iterator[Line]:
        """Yield the lines with their index rows."""
        decoder = msgspec.json.Decoder(Line)
        for number in range(self._parts):
            with part_path(self._release, number).open("rb") as file:
                for line in file:
                    yield decoder.decode(line)


def remove_parts(release: str) -> None:
    """Delete what was kept while a release was made."""
    for path in storage.staging("x").parent.glob(f"release-{release}.*"):
        storage.delete_staged(path)
