"""Whether marks keep the rules of their schema. The server asks this at every submission, ``inspect`` at every item.

``Validator`` is built once for a schema and then costs some microseconds a mark; ``validate`` is the same in one call.
Problems name the mark and the field. ``error`` refuses a submission, ``warn`` asks whether it is meant.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from doujia.errors import Problem
from doujia.marks.attribute_rules import AttributeRules
from doujia.marks.geometry import Box, Nothing, Polygon, Track
from doujia.marks.geometry_rules import GeometryRules
from doujia.marks.item import ConversationMedia, Item, PointsMedia, VideoMedia
from doujia.marks.mark import FLAGS, At, Mark, Relation
from doujia.marks.schema import RelationType, Schema

__all__ = ["Validator", "validate"]

_FLAGS = frozenset(FLAGS)


def validate(
    marks: Sequence[Mark],
    schema: Schema,
    item: Item | None = None,
    *,
    relations: Sequence[Relation] = (),
    item_attrs: Mapping[str, Any] | None = None,
    min_size: float = 1.0,
) -> list[Problem]:
    """Return everything that is wrong with the marks of one item; empty when all is well.

    Args:
        marks: in the order of the object list.
        schema: classes, attributes, skeletons and relations that may be used.
        item: gives the frame (size, length, text); None leaves out what needs it.
        relations: arrows between the marks.
        item_attrs: attributes of the whole item; None leaves them out (an empty mapping is checked).
        min_size: px, smallest width and height of what has an area.
    """
    return Validator(schema, min_size=min_size).check(marks, item, relations=relations, item_attrs=item_attrs)


class Validator:
    """The rules of one schema, prepared; keep it as long as the schema is in use."""

    def __init__(self, schema: Schema, *, min_size: float = 1.0) -> None:
        self.schema = schema
        self._min_size = min_size
        self._classes = {c.id: c for c in schema.classes}
        self._kinds = {c.id: frozenset(c.kinds) for c in schema.classes if c.kinds}
        self._bounded = [c for c in schema.classes if c.min is not None or c.max is not None]
        self._skeletons = {s.id: s for s in schema.skeletons}
        self._relations = {r.id: r for r in schema.relations}
        self._attributes = AttributeRules(schema, "mark")
        self._item_attributes = AttributeRules(schema, "item")

    def check(
        self,
        marks: Sequence[Mark],
        item: Item | None = None,
        *,
        relations: Sequence[Relation] = (),
        item_attrs: Mapping[str, Any] | None = None,
    ) -> list[Problem]:
        """Return everything that is wrong with the marks of one item."""
        found: list[Problem] = []
        geometry = GeometryRules(item, self._min_size, self._skeletons)
        labels: dict[str, str | None] = {}
        shapes: dict[Any, str] = {}
        for mark in marks:
            if not mark.id or mark.id in labels:
                self._id(mark, found)
            labels[mark.id] = mark.label
            self._label(mark, found)
            geometry.check(mark, found)
            self._fields(mark, item, found)
            self._attrs(mark, found)
            key = _shape_key(mark)
            if key is not None:
                first = shapes.setdefault(key, mark.id)
                if first != mark.id:
                    found.append(
                        Problem(
                            "doubled",
                            "warn",
                            f"和标注 {first} 重叠在一起,像是标了两遍",
                            f"It covers mark {first}; it seems to be there twice",
                            mark=mark.id,
                            field="geometry",
                        )
                    )
        if not marks and not self.schema.empty_allowed:
            found.append(
                Problem(
                    "empty_not_allowed", "error", "这里不能一个都不标", "At least one mark is needed here"
                )
            )
        if self._bounded:
            self._counts(marks, found)
        for relation in relations:
            self._relation(relation, labels, found)
        if item_attrs is not None:
            self._item_attributes.check(item_attrs, None, None, found)
        return found

    @staticmethod
    def _id(mark: Mark, found: list[Problem]) -> None:
        if not mark.id:
            found.append(
                Problem("id_missing", "error", "标注没有编号", "A mark has no id", mark=mark.id, field="id")
            )
        else:
            found.append(Problem("id_duplicated", "error", f"编号 {mark.id} 用了两次", f"The id {mark.id} is used twice", mark=mark.id, field="id"))  # fmt: skip

    def _label(self, mark: Mark, found: list[Problem]) -> None:
        label = mark.label
        if label is None:
            # Text or attributes of the whole item need no class; whatever has a place does.
            if self._classes and type(mark.geometry) is not Nothing:
                found.append(Problem("class_missing", "error", "还没有选类别", "No class is chosen", mark=mark.id, field="label"))  # fmt: skip
            return
        label_class = self._classes.get(label)
        if label_class is None:
            found.append(Problem("class_unknown", "error", f"没有类别 {label}", f"There is no class {label}", mark=mark.id, field="label"))  # fmt: skip
            return
        if label_class.abstract:
            found.append(Problem("class_abstract", "error", f"{label} 只是上级类别,请选它下面的", f"{label} only groups other classes; choose one of those", mark=mark.id, field="label"))  # fmt: skip
        kinds = self._kinds.get(label)
        if kinds is None:
            return
        geometry = mark.geometry
        kind = geometry.__struct_config__.tag
        if kind in kinds:
            return
        if isinstance(geometry, Track) and all(
            k.geometry.__struct_config__.tag in kinds for k in geometry.keyframes
        ):
            return
        found.append(
            Problem(
                "kind_not_allowed",
                "error",
                f"类别 {label} 不能用这种图形({kind})",
                f"Class {label} is not drawn as {kind}",
                mark=mark.id,
                field="geometry",
            )
        )

    def _attrs(self, mark: Mark, found: list[Problem]) -> None:
        geometry = mark.geometry
        if not isinstance(geometry, Track):
            self._attributes.check(mark.attrs, mark.label, mark.id, found)
            return
        later = frozenset(name for k in geometry.keyframes for name in k.attrs)
        self._attributes.check(mark.attrs, mark.label, mark.id, found, later)
        for keyframe in geometry.keyframes:
            if keyframe.attrs:
                self._attributes.check_change(keyframe.attrs, mark.label, mark.id, found)

    @staticmethod
    def _fields(mark: Mark, item: Item | None, found: list[Problem]) -> None:
        if mark.flags and not _FLAGS.issuperset(mark.flags):
            unknown = "、".join(f for f in mark.flags if f not in _FLAGS)
            found.append(Problem("flag_unknown", "error", f"没有标记 {unknown}", f"There is no flag {unknown}", mark=mark.id, field="flags"))  # fmt: skip
        if mark.score is not None and not 0 <= mark.score <= 1:
            found.append(Problem("score_range", "error", f"分数应在 0 到 1 之间,现在是 {mark.score:g}", f"A score is from 0 to 1, not {mark.score:g}", mark=mark.id, field="score"))  # fmt: skip
        if mark.at is not None and item is not None and not _place_exists(mark.at, item):
            found.append(Problem("place_unknown", "error", "标注指向的帧、相机或消息不存在", "The frame, camera or message does not exist", mark=mark.id, field="at"))  # fmt: skip

    def _counts(self, marks: Sequence[Mark], found: list[Problem]) -> None:
        counts = Counter(m.label for m in marks)
        for c in self._bounded:
            n, title = counts[c.id], c.name or c.id
            if c.min is not None and n < c.min:
                found.append(Problem("too_few", "error", f"“{title}”至少要 {c.min} 个,现在有 {n} 个", f"{title}: at least {c.min}, there are {n}", field="label"))  # fmt: skip
            if c.max is not None and n > c.max:
                found.append(Problem("too_many", "error", f"“{title}”最多 {c.max} 个,现在有 {n} 个", f"{title}: at most {c.max}, there are {n}", field="label"))  # fmt: skip

    def _relation(self, relation: Relation, labels: Mapping[str, str | None], found: list[Problem]) -> None:
        kind: RelationType | None = self._relations.get(relation.type)
        what: tuple[str, str, str] | None = None
        if kind is None:
            what = ("relation_unknown", f"没有关系 {relation.type}", f"There is no relation {relation.type}")
        elif relation.source not in labels or relation.target not in labels:
            what = ("relation_end_missing", "关系的一端没有标注", "One end of the relation has no mark")
        elif relation.source == relation.target:
            what = (
                "relation_to_itself",
                "关系的两端是同一个标注",
                "Both ends of the relation are the same mark",
            )
        elif (kind.sources and labels[relation.source] not in kind.sources) or (
            kind.targets and labels[relation.target] not in kind.targets
        ):
            what = (
                "relation_classes",
                f"{relation.type} 不能连这两类",
                f"{relation.type} does not join these classes",
            )
        if what is not None:
            found.append(Problem(what[0], "error", what[1], what[2], mark=relation.id, field="relations"))


def _shape_key(mark: Mark) -> Any:
    """Marks with equal keys cover each other to half a pixel; None for kinds where that is no mistake."""
    geometry = mark.geometry
    if type(geometry) is Box:
        try:
            return (
                mark.label,
                mark.at,
                round(geometry.x0),
                round(geometry.y0),
                round(geometry.x1),
                round(geometry.y1),
            )
        except (ValueError, OverflowError):
            return None  # not finite: reported as such
    if type(geometry) is Polygon and geometry.parts:
        return mark.label, mark.at, tuple(geometry.parts[0].outer)
    return None


def _place_exists(at: At, item: Item) -> bool:
    media = item.media
    if isinstance(media, VideoMedia) and at.frame is not None:
        return at.frame >= 0 and (not media.frames or at.frame < media.frames)
    if isinstance(media, PointsMedia) and at.sensor is not None:
        return any(s.name == at.sensor for s in media.sensors)
    if isinstance(media, ConversationMedia) and at.message is not None:
        every = [*media.messages, *(m for c in media.candidates for m in c.messages)]
        return any(m.id == at.message for m in every)
    return True
