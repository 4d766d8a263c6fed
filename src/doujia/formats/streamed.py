"""A dataset behind a file: every iteration reads it anew; nothing is held."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from doujia.formats.contract import Problems
from doujia.marks import Attribute, ItemMarks, LabelClass, Mark, RelationType, Schema, Skeleton, Track

__all__ = ["StreamedDataset", "infer_schema"]


class StreamedDataset:
    """A dataset whose items come from a function that opens the file each time.

    Args:
        stream: problems → items. It adds what it finds to the problems and raises ``FormatError`` when it cannot go on.
        schema: what the file says about its classes; None makes the first use of ``schema`` read the file once and
            collect the classes and attributes that occur, in order of appearance.
        info: what the file says about itself, by namespace.
        count: number of items, when known.
    """

    def __init__(
        self,
        stream: Callable[[Problems], Iterator[ItemMarks]],
        *,
        schema: Schema | None = None,
        info: dict[str, Any] | None = None,
        count: int | None = None,
    ) -> None:
        self._stream = stream
        self._schema = schema
        self.info: dict[str, Any] = info or {}
        self.problems = Problems()
        self.count = count

    @property
    def schema(self) -> Schema:
        """Classes and attributes; known before the iteration starts."""
        if self._schema is None:
            self._schema = infer_schema(self._stream(Problems(0)))
        return self._schema

    @schema.setter
    def schema(self, value: Schema) -> None:
        self._schema = value

    def __iter__(self) -> Iterator[ItemMarks]:
        self.problems.clear()
        yield from self._stream(self.problems)


def infer_schema(items: Iterable[ItemMarks]) -> Schema:
    """Collect the classes, kinds, attributes, skeleton lengths and relation types that occur, in order of appearance."""
    classes: dict[str, dict[str, None]] = {}
    attributes: dict[str, str] = {}
    mutable: set[str] = set()
    relations: dict[str, None] = {}
    skeletons: dict[str, Skeleton] = {}
    of_class: dict[str, str] = {}
    for bundle in items:
        for mark in bundle.marks:
            geometries = _geometries(mark)
            if mark.label is not None:
                kinds = classes.setdefault(mark.label, {})
                kinds.setdefault(mark.geometry.__struct_config__.tag)  # type: ignore[arg-type]
            for name, value in mark.attrs.items():
                attributes[name] = _wider(attributes.get(name), value)
            for geometry, attrs in geometries:
                for name, value in attrs.items():
                    attributes[name] = _wider(attributes.get(name), value)
                    mutable.add(name)
                points = getattr(geometry, "v", None)
                if points is not None:
                    key = getattr(geometry, "skeleton", None) or f"{mark.label or 'points'}"
                    if key not in skeletons:
                        skeletons[key] = Skeleton(id=key, names=[str(i + 1) for i in range(len(points))])
                    if mark.label is not None:
                        of_class[mark.label] = key
        for relation in bundle.relations:
            relations.setdefault(relation.type)
    found = {"attributes": attributes, "relations": relations}
    observed = {part: "observed" for part, names in found.items() if names}
    return Schema(
        classes=[
            LabelClass(id=name, name=name, kinds=list(kinds), skeleton=of_class.get(name))
            for name, kinds in classes.items()
        ],
        attributes=[
            Attribute(id=name, name=name, type=kind, mutable=name in mutable)  # type: ignore[arg-type]
            for name, kind in attributes.items()
        ],
        skeletons=list(skeletons.values()),
        relations=[RelationType(id=name, name=name) for name in relations],
        ext={"given": observed} if observed else {},
    )


def _geometries(mark: Mark) -> list[tuple[Any, dict[str, Any]]]:
    if isinstance(mark.geometry, Track):
        return [(k.geometry, k.attrs) for k in mark.geometry.keyframes]
    return [(mark.geometry, {})]


def _wider(known: str | None, value: object) -> str:
    """The narrowest attribute type that holds what was seen before and ``value``."""
    if isinstance(value, list):
        kind = "choices"
    elif isinstance(value, bool):
        kind = "bool"
    elif isinstance(value, int):
        kind = "int"
    elif isinstance(value, float):
        kind = "float"
    elif value is None and known is not None:
        return known
    else:
        kind = "text"
    if known in (None, kind):
        return kind
    return "float" if {known, kind} == {"int", "float"} else "text"
