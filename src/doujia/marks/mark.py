"""A mark: one label on one item, with who made it and how."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from doujia.marks.geometry import AttributeValue, Geometry, Nothing

__all__ = ["FLAGS", "At", "Mark", "Origin", "Relation"]

FLAGS = ("occluded", "truncated", "ignore", "uncertain")
"""Flags every mark may carry. ``ignore`` is the field's crowd / DontCare / invalid / ``###``: not to be scored."""


class At(msgspec.Struct, frozen=True, omit_defaults=True):
    """Which part of the item the geometry refers to; all fields empty means the item as a whole."""

    frame: int | None = None
    sensor: str | None = None
    message: str | None = None
    part: int | None = None
    page: int | None = None


class Origin(msgspec.Struct, frozen=True, omit_defaults=True):
    """Who or what made the mark, and what became of the suggestion it started from.

    Attributes:
        by: human, model, import, rule or consensus.
        actor: pseudonym of the person, or name of the model, file or rule.
        model: ``name@version`` of the model whose suggestion this was.
        prelabel_of: id of the suggested mark.
        edit: what the person did with the suggestion: ``accepted``, ``moved``, ``relabelled``, ``deleted``;
            ``added`` for a mark that had no suggestion.
        ms: active milliseconds spent on this mark.
    """

    by: Literal["human", "model", "import", "rule", "consensus"] = "human"
    actor: str | None = None
    model: str | None = None
    prelabel_of: str | None = None
    edit: Literal["accepted", "moved", "relabelled", "deleted", "added"] | None = None
    ms: int | None = None


class Mark(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One label on one item.

    Attributes:
        id: stable for the life of the mark, unique within its item. Files that bring no id get counted ones.
        geometry: where it is (``Geometry`` union on ``kind``).
        label: class id of the schema, or None.
        text: what is written or said there (OCR, transcript, comment for the whole item).
        attrs: attribute id to value, typed by the schema.
        at: frame, camera, message or page, when the item has several.
        group: marks with the same group belong together.
        z: stacking order, higher is on top.
        score: 0..1, only from models or consensus.
        flags: subset of ``FLAGS``.
        origin: who made it.
        ext: ``{namespace: {...}}`` for every key of a file that the model does not know, so that the same format
            can write it back.
    """

    id: str
    geometry: Geometry = Nothing()
    label: str | None = None
    text: str | None = None
    attrs: dict[str, AttributeValue] = {}
    at: At | None = None
    group: str | None = None
    z: int = 0
    score: float | None = None
    flags: list[str] = []
    origin: Origin | None = None
    ext: dict[str, dict[str, Any]] = {}


class Relation(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A directed arrow from one mark to another; ``type`` is a relation id of the schema."""

    id: str
    type: str
    source: str
    target: str
    attrs: dict[str, AttributeValue] = {}
    ext: dict[str, dict[str, Any]] = {}
