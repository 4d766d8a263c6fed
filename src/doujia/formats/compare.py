"""What differs between two datasets: items, marks, labels, places, attributes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import msgspec

from doujia.formats.contract import Dataset
from doujia.marks import ItemMarks, Mark
from doujia.marks.shapes import bounds

__all__ = ["Difference", "MarkChange", "compare"]

_FIELDS = ("label", "geometry", "text", "attrs", "flags", "score", "group", "z")
_KEEP = 1000


class MarkChange(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One mark that differs: ``added``, ``removed`` or ``changed`` with the names of the fields; ``px`` how far it moved."""

    item: str
    what: str
    mark: str
    label: str | None = None
    fields: list[str] = []
    px: float | None = None


class Difference(msgspec.Struct, kw_only=True):
    """Counts of everything that differs from the first dataset to the second, and the first thousand changes."""

    items_same: int = 0
    items_changed: int = 0
    items_added: list[str] = []
    items_removed: list[str] = []
    marks_same: int = 0
    marks_added: int = 0
    marks_removed: int = 0
    marks_changed: int = 0
    fields: dict[str, int] = {}
    px_max: float = 0.0
    classes_added: list[str] = []
    classes_removed: list[str] = []
    changes: list[MarkChange] = []

    def __bool__(self) -> bool:
        """True when anything differs."""
        return bool(
            self.items_changed
            or self.items_added
            or self.items_removed
            or self.classes_added
            or self.classes_removed
        )


def compare(
    first: Dataset,
    second: Dataset,
    tolerance: float = 0.01,
    progress: Callable[[int, int | None], None] | None = None,
) -> Difference:
    """Compare two datasets item by item; items are the same when their names are.

    Marks that agree in everything but their id count as the same: formats number anew. What is left is paired by id, then
    by the same class and an overlap of at least a half, and said to be changed; the rest is added or removed. The second
    dataset is kept in memory as compact JSON.

    Args:
        first, second: datasets.
        tolerance: px within which coordinates are the same.
        progress: told (items read, items of both) now and then.
    """
    result = Difference()
    encode, decoder = msgspec.json.Encoder().encode, msgspec.json.Decoder(ItemMarks)
    counts = first.count, second.count
    total = None if counts[0] is None or counts[1] is None else counts[0] + counts[1]
    others: dict[str, bytes] = {}
    for bundle in second:
        others[bundle.item.name or bundle.item.id] = encode(bundle)
        if progress is not None:
            progress(len(others), total)
    fields: Counter[str] = Counter()
    read = len(others)
    for number, bundle in enumerate(first, 1):
        if progress is not None:
            progress(read + number, total)
        name = bundle.item.name or bundle.item.id
        raw = others.pop(name, None)
        if raw is None:
            result.items_removed.append(name)
            result.marks_removed += len(bundle.marks)
            continue
        changed = _item(name, bundle, decoder.decode(raw), tolerance, result, fields)
        result.items_changed += changed
        result.items_same += not changed
    for name, raw in others.items():
        result.items_added.append(name)
        result.marks_added += len(decoder.decode(raw).marks)
    ours, theirs = ({c.id for c in d.schema.classes} for d in (first, second))
    result.classes_added, result.classes_removed = sorted(theirs - ours), sorted(ours - theirs)
    result.fields = dict(fields.most_common())
    return result


def _item(
    name: str, ours: ItemMarks, theirs: ItemMarks, tolerance: float, result: Difference, fields: Counter[str]
) -> bool:
    left, right = list(ours.marks), list(theirs.marks)
    by_key: dict[Any, list[Mark]] = {}
    for mark in right:
        by_key.setdefault(_key(mark), []).append(mark)
    rest: list[Mark] = []
    for mark in left:
        twin = next((m for m in by_key.get(_key(mark), ()) if not _changes(mark, m, tolerance)[0]), None)
        if twin is None:
            rest.append(mark)
        else:
            by_key[_key(mark)].remove(twin)
            result.marks_same += 1
    remaining = [m for group in by_key.values() for m in group]
    changed = bool(rest or remaining)
    for mark in rest:
        partner = _partner(mark, remaining)
        if partner is None:
            result.marks_removed += 1
            _note(result, MarkChange(item=name, what="removed", mark=mark.id, label=mark.label))
            continue
        remaining.remove(partner)
        names, px = _changes(mark, partner, tolerance)
        result.marks_changed += 1
        result.px_max = max(result.px_max, px)
        fields.update(names)
        _note(
            result,
            MarkChange(
                item=name, what="changed", mark=mark.id, label=mark.label, fields=names, px=px or None
            ),
        )
    for mark in remaining:
        result.marks_added += 1
        _note(result, MarkChange(item=name, what="added", mark=mark.id, label=mark.label))
    if (
        ours.item.status != theirs.item.status
        or _size(ours) != _size(theirs)
        or ours.item.attrs != theirs.item.attrs
    ):
        fields["item"] += 1
        changed = True
    splits = ours.item.split, theirs.item.split
    if None not in splits and splits[0] != splits[1]:  # many formats have no splits at all
        fields["split"] += 1
        changed = True
    if Counter(r.type for r in ours.relations) != Counter(r.type for r in theirs.relations):
        fields["relations"] += 1
        changed = True
    return changed


def _size(bundle: ItemMarks) -> tuple[int, int]:
    media = bundle.item.media
    return getattr(media, "width", 0), getattr(media, "height", 0)


def _key(mark: Mark) -> tuple[str | None, str]:
    return mark.label, str(mark.geometry.__struct_config__.tag)


def _partner(mark: Mark, candidates: list[Mark]) -> Mark | None:
    for other in candidates:
        if other.id == mark.id and (other.label == mark.label or _overlap(mark, other) > 0):
            return other
    best = max(candidates, key=lambda o: _overlap(mark, o), default=None)
    return best if best is not None and _overlap(mark, best) >= 0.5 else None


def _overlap(first: Mark, second: Mark) -> float:
    """IoU of the bounds; marks without a place overlap wholly when they are of one kind."""
    a, b = bounds(first.geometry), bounds(second.geometry)
    if a is None or b is None:
        return 1.0 if _key(first)[1] == _key(second)[1] and a is b else 0.0
    w, h = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    if w <= 0 or h <= 0:
        return 0.0
    both = w * h
    return both / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - both)


def _changes(first: Mark, second: Mark, tolerance: float) -> tuple[list[str], float]:
    """Return the names of the fields that differ and by how many px the geometry moved (0 where that has no sense)."""
    names: list[str] = []
    px = 0.0
    for field in _FIELDS:
        a, b = getattr(first, field), getattr(second, field)
        if a == b:
            continue
        if field == "geometry":
            px = _distance(msgspec.to_builtins(a), msgspec.to_builtins(b))
            if px <= tolerance:
                px = 0.0
                continue
            px = 0.0 if px == float("inf") else px
        elif field == "group":
            continue  # its name is counted anew by most formats
        names.append(field)
    return names, px


def _distance(a: Any, b: Any) -> float:
    """Largest difference of two numbers at the same place; infinite where the structure differs."""
    if isinstance(a, (int, float)) and isinstance(b, (int, float)):
        return abs(a - b)
    if isinstance(a, dict) and isinstance(b, dict) and a.keys() == b.keys():
        return max((_distance(a[k], b[k]) for k in a), default=0.0)
    if isinstance(a, (list, tuple)) and isinstance(b, (list, tuple)) and len(a) == len(b):
        return max((_distance(x, y) for x, y in zip(a, b, strict=True)), default=0.0)
    return 0.0 if a == b else float("inf")


def _note(result: Difference, change: MarkChange) -> None:
    if len(result.changes) < _KEEP:
        result.changes.append(change)
