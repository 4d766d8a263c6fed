"""Deltas: what one action changed, in a form that can be applied, undone, saved and audited.

The browser's mark store, its undo, the autosave and the audit all speak this format, and ``tests/golden/deltas.json``
holds vectors that the Python and the TypeScript side both pass. A document is an ordered list of marks (and of
relations); the order is the order of the object list, ``z`` is a field of its own.

A delta is a list of operations, each carrying what was before and what is after::

    {"op": "add", "index": 3, "mark": {...}}
    {"op": "remove", "index": 3, "mark": {...}}
    {"op": "set", "id": "m4", "field": "label", "from": "car", "to": "truck"}
    {"op": "move", "id": "m4", "from": 3, "to": 0}
    {"op": "relate", "relation": {...}} / {"op": "unrelate", "relation": {...}}
    {"op": "item", "field": "weather", "from": null, "to": "rain"}

``set`` replaces a whole field of a mark (``geometry``, ``label``, ``text``, ``attrs``, ``at``, ``group``, ``z``,
``score``, ``flags``, ``origin``); null means the field's default. Field values are JSON, not structs, so that a
delta can be kept and sent without knowing every kind of mark.
"""

from __future__ import annotations

from typing import Any

import msgspec

from doujia.errors import InputError

__all__ = [
    "AddOp",
    "Delta",
    "Document",
    "ItemOp",
    "MoveOp",
    "Op",
    "RelateOp",
    "RemoveOp",
    "SetOp",
    "UnrelateOp",
    "apply",
    "invert",
]

Json = dict[str, Any]


class AddOp(msgspec.Struct, tag_field="op", tag="add", frozen=True):
    """Insert ``mark`` so that it stands at ``index``."""

    index: int
    mark: Json


class RemoveOp(msgspec.Struct, tag_field="op", tag="remove", frozen=True):
    """Take out the mark that stands at ``index``; ``mark`` keeps it whole, for undo."""

    index: int
    mark: Json


class SetOp(msgspec.Struct, tag_field="op", tag="set", frozen=True, rename={"before": "from", "after": "to"}):
    """Replace one field of the mark ``id``."""

    id: str
    field: str
    before: Any = None
    after: Any = None


class MoveOp(
    msgspec.Struct, tag_field="op", tag="move", frozen=True, rename={"before": "from", "after": "to"}
):
    """Move the mark ``id`` from one place in the list to another."""

    id: str
    before: int
    after: int


class RelateOp(msgspec.Struct, tag_field="op", tag="relate", frozen=True):
    """Add a relation."""

    relation: Json


class UnrelateOp(msgspec.Struct, tag_field="op", tag="unrelate", frozen=True):
    """Remove a relation."""

    relation: Json


class ItemOp(
    msgspec.Struct, tag_field="op", tag="item", frozen=True, rename={"before": "from", "after": "to"}
):
    """Set an attribute of the whole item; null removes it."""

    field: str
    before: Any = None
    after: Any = None


Op = AddOp | RemoveOp | SetOp | MoveOp | RelateOp | UnrelateOp | ItemOp


class Delta(msgspec.Struct, frozen=True, omit_defaults=True):
    """One undoable action.

    Attributes:
        seq: 1, 2, 3 … within a task and a person; gaps are an error when replaying.
        ops: applied in order.
        action: name of the action in the registry (``box.draw``, ``undo`` …).
        at_ms: milliseconds since the task was opened; never wall-clock time.
    """

    seq: int
    ops: list[Op]
    action: str = ""
    at_ms: int = 0


class Document(msgspec.Struct):
    """Marks, relations and item attributes as plain JSON objects."""

    marks: list[Json] = []
    relations: list[Json] = []
    item_attrs: Json = {}


def apply(document: Document, delta: Delta) -> Document:
    """Return a new document with ``delta`` applied.

    Raises:
        InputError: the delta does not fit the document (unknown id, index out of range, a ``from`` that is not
            what stands there). The document is unchanged.
    """
    marks, relations, attrs = list(document.marks), list(document.relations), dict(document.item_attrs)
    for op in delta.ops:
        match op:
            case AddOp(index=index, mark=mark):
                _expect(0 <= index <= len(marks), delta, f"no place {index} in a list of {len(marks)} marks")
                _expect(all(m["id"] != mark["id"] for m in marks), delta, f"mark {mark['id']} exists already")
                marks.insert(index, mark)
            case RemoveOp(index=index, mark=mark):
                _expect(
                    0 <= index < len(marks) and marks[index]["id"] == mark["id"],
                    delta,
                    f"no mark {mark['id']} at {index}",
                )
                del marks[index]
            case SetOp(id=mark_id, field=field, before=before, after=after):
                at = _find(marks, mark_id, delta)
                _expect(marks[at].get(field) == before, delta, f"{field} of {mark_id} is not what it was")
                changed = {k: v for k, v in marks[at].items() if k != field}
                if after is not None:
                    changed[field] = after
                marks[at] = changed
            case MoveOp(id=mark_id, before=before, after=after):
                at = _find(marks, mark_id, delta)
                _expect(
                    at == before and 0 <= after < len(marks),
                    delta,
                    f"{mark_id} cannot move from {before} to {after}",
                )
                marks.insert(after, marks.pop(at))
            case RelateOp(relation=relation):
                _expect(
                    all(r["id"] != relation["id"] for r in relations),
                    delta,
                    f"relation {relation['id']} exists",
                )
                relations.append(relation)
            case UnrelateOp(relation=relation):
                _expect(
                    any(r["id"] == relation["id"] for r in relations), delta, f"no relation {relation['id']}"
                )
                relations = [r for r in relations if r["id"] != relation["id"]]
            case ItemOp(field=field, before=before, after=after):
                _expect(attrs.get(field) == before, delta, f"{field} of the item is not what it was")
                attrs.pop(field, None)
                if after is not None:
                    attrs[field] = after
    return Document(marks=marks, relations=relations, item_attrs=attrs)


def invert(delta: Delta) -> Delta:
    """Return the delta that undoes ``delta`` (same ``seq``; the caller numbers it)."""
    ops: list[Op] = []
    for op in reversed(delta.ops):
        match op:
            case AddOp(index=index, mark=mark):
                ops.append(RemoveOp(index=index, mark=mark))
            case RemoveOp(index=index, mark=mark):
                ops.append(AddOp(index=index, mark=mark))
            case SetOp(id=mark_id, field=field, before=before, after=after):
                ops.append(SetOp(id=mark_id, field=field, before=after, after=before))
            case MoveOp(id=mark_id, before=before, after=after):
                ops.append(MoveOp(id=mark_id, before=after, after=before))
            case RelateOp(relation=relation):
                ops.append(UnrelateOp(relation=relation))
            case UnrelateOp(relation=relation):
                ops.append(RelateOp(relation=relation))
            case ItemOp(field=field, before=before, after=after):
                ops.append(ItemOp(field=field, before=after, after=before))
    return Delta(seq=delta.seq, ops=ops, action="undo", at_ms=delta.at_ms)


def _find(marks: list[Json], mark_id: str, delta: Delta) -> int:
    for index, mark in enumerate(marks):
        if mark["id"] == mark_id:
            return index
    raise InputError(
        f"Delta {delta.seq}: no mark {mark_id}.",
        zh=f"第 {delta.seq} 步:没有标注 {mark_id}。",
        code="delta_conflict",
    )


def _expect(condition: bool, delta: Delta, what: str) -> None:
    if not condition:
        raise InputError(
            f"Delta {delta.seq}: {what}.", zh=f"第 {delta.seq} 步对不上:{what}。", code="delta_conflict"
        )
