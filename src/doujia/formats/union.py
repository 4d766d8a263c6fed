"""Several datasets read as one: the files of train, val and test."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from doujia.formats.contract import Dataset, Problems
from doujia.marks import ItemMarks, LabelClass, Schema

__all__ = ["UnionDataset", "merge_schemas"]


def merge_schemas(schemas: Sequence[Schema]) -> Schema:
    """Return one schema with every class, attribute, skeleton and relation, the first of each id kept."""
    merged = Schema(version=schemas[0].version, ext=dict(schemas[0].ext)) if schemas else Schema()
    classes: dict[str, LabelClass] = {}
    for schema in schemas:
        for label_class in schema.classes:
            classes.setdefault(label_class.id, label_class)
        for field in ("attributes", "skeletons", "relations"):
            have = getattr(merged, field)
            known = {x.id for x in have}
            setattr(merged, field, have + [x for x in getattr(schema, field) if x.id not in known])
    merged.classes = list(classes.values())
    observed = {}  # learnt from values, stated by no file
    for field in ("attributes", "relations"):
        having = [s for s in schemas if getattr(s, field)]
        if having and all(field in s.ext.get("given", {}) for s in having):
            observed[field] = "observed"
    merged.ext.pop("given", None)
    if observed:
        merged.ext["given"] = observed
    return merged


class UnionDataset:
    """Datasets one after the other under one schema.

    Item ids must be unique in a dataset, and two files may both begin at 1: an id that several files could share is
    prefixed with the split, and the file's own id is kept in ``ext["given"]["id"]`` for writing it back.
    """

    def __init__(self, parts: Sequence[tuple[str | None, Dataset]]) -> None:
        self._parts = list(parts)
        self.schema = merge_schemas([d.schema for _, d in self._parts])
        self.info: dict[str, Any] = {}
        for _, dataset in self._parts:
            for namespace, values in dataset.info.items():
                if isinstance(values, dict):
                    self.info[namespace] = {**values, **self.info.get(namespace, {})}
                else:
                    self.info.setdefault(namespace, values)
        counts = [d.count for _, d in self._parts]
        self.count: int | None = None if None in counts else sum(c for c in counts if c is not None)
        self.problems = Problems()
        self._collect()

    def _collect(self) -> None:
        """Count the parts' problems together, anew each time: a part counts its own on the way."""
        self.problems.clear()
        for _, dataset in self._parts:
            self.problems.take(dataset.problems)

    def __iter__(self) -> Iterator[ItemMarks]:
        for number, (split, dataset) in enumerate(self._parts):
            prefix = split if split is not None else str(number)
            for bundle in dataset:
                item = bundle.item
                given = {**item.ext.get("given", {}), "id": item.id}
                renamed = msgspec.structs.replace(
                    item,
                    id=f"{prefix}/{item.id}",
                    split=item.split or split,
                    ext={**item.ext, "given": given},
                )
                yield ItemMarks(renamed, bundle.marks, bundle.relations)
            self._collect()
