"""A schema: the classes, attributes, skeletons and relations that marks may use."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from doujia.marks.geometry import AttributeValue

__all__ = [
    "CLASS_COLOURS",
    "GEOMETRY_KINDS",
    "SCHEMA_VERSION",
    "Attribute",
    "LabelClass",
    "RelationType",
    "Schema",
    "Skeleton",
]

SCHEMA_VERSION = 1
"""Version of the document layout; ``doujia.marks.document`` migrates older ones."""

GEOMETRY_KINDS = (
    "none",
    "box",
    "obox",
    "polygon",
    "polyline",
    "points",
    "keypoints",
    "mask",
    "ellipse",
    "cuboid2",
    "cuboid3",
    "points3",
    "span",
    "spans",
    "interval",
    "ranking",
    "rating",
    "track",
)

CLASS_COLOURS = (
    "#4EE2FF", "#F46426", "#2046DE", "#F6BE48", "#D682A1", "#085D40",
    "#CBE1A4", "#8B0012", "#9B99FF", "#86246A", "#B5E36B", "#7A4A12",
)  # fmt: skip
"""Twelve colours that differ in hue and lightness also for deuteranopia, protanopia and tritanopia."""


class LabelClass(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One class.

    Attributes:
        id: stable string; marks refer to it. Unique within the schema.
        name: as the file or the author gave it.
        names: translations by language, for example ``{"zh": "小汽车", "en": "car"}``.
        parent: id of the class above it, for trees of any depth.
        kinds: geometry kinds allowed; the first is the tool that the class key chooses. Empty allows all.
        colour: ``#RRGGBB``; None takes the palette by position.
        key: ``KeyboardEvent.code`` of its key, for example ``Digit1``; None takes the next free one.
        skeleton: id of the skeleton, for ``keypoints``.
        heading: True when the direction of a rotated box has a meaning.
        min, max: how many marks of the class an item must and may have.
        abstract: True for a branch that only groups its children and cannot be chosen.
    """

    id: str
    name: str = ""
    names: dict[str, str] = {}
    parent: str | None = None
    kinds: list[str] = []
    colour: str | None = None
    key: str | None = None
    skeleton: str | None = None
    heading: bool = False
    min: int | None = None
    max: int | None = None
    abstract: bool = False
    ext: dict[str, dict[str, Any]] = {}


class Attribute(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One attribute of marks or of the whole item.

    Attributes:
        type: choice, choices (several), bool, int, float or text.
        values: allowed values of choice and choices.
        classes: class ids it applies to; empty means all. ``scope`` ``item`` makes it an attribute of the item.
        mutable: may change along a track.
        required: a mark without it cannot be submitted.
        min, max, unit: bounds and unit of numbers. ``pattern``: regular expression that a text must match whole.
        when: ``{attribute id: value}`` makes it apply only while the other attribute has that value.
    """

    id: str
    type: Literal["choice", "choices", "bool", "int", "float", "text"]
    name: str = ""
    names: dict[str, str] = {}
    values: list[str] = []
    value_names: dict[str, dict[str, str]] = {}
    classes: list[str] = []
    scope: Literal["mark", "item"] = "mark"
    mutable: bool = False
    required: bool = False
    default: AttributeValue = None
    min: float | None = None
    max: float | None = None
    unit: str | None = None
    pattern: str | None = None
    when: dict[str, AttributeValue] = {}


class Skeleton(msgspec.Struct, kw_only=True, omit_defaults=True):
    """Named points with edges (pairs of 0-based indices), mirror pairs, OKS sigmas and a template.

    ``template`` is flat ``[x, y, …]`` in a unit square, used to place the whole figure at once.
    """

    id: str
    names: list[str]
    edges: list[tuple[int, int]] = []
    flip: list[tuple[int, int]] = []
    sigmas: list[float] = []
    template: list[float] = []
    point_names: dict[str, list[str]] = {}


class RelationType(msgspec.Struct, kw_only=True, omit_defaults=True):
    """An arrow that may be drawn; empty ``sources`` or ``targets`` allow every class."""

    id: str
    name: str = ""
    names: dict[str, str] = {}
    sources: list[str] = []
    targets: list[str] = []
    directed: bool = True


class Schema(msgspec.Struct, kw_only=True, omit_defaults=True):
    """Everything that may be said about an item.

    ``empty_allowed`` False refuses an item without marks; ``overlap`` says whether masks may cover each other.
    """

    classes: list[LabelClass] = []
    attributes: list[Attribute] = []
    skeletons: list[Skeleton] = []
    relations: list[RelationType] = []
    version: int = SCHEMA_VERSION
    empty_allowed: bool = True
    overlap: bool = False
    ext: dict[str, dict[str, Any]] = {}

    def class_by_id(self, class_id: str) -> LabelClass | None:
        """Return the class with that id, or None."""
        return next((c for c in self.classes if c.id == class_id), None)
