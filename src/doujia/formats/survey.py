"""What is in a dataset: counts by kind, class, split and attribute, empties, and what is wrong with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import msgspec

from doujia.errors import Problem
from doujia.formats.contract import Dataset, Problems
from doujia.marks.validate import Validator

__all__ = ["Survey", "survey"]


class Survey(msgspec.Struct, kw_only=True):
    """Counts over a whole dataset; ``problems`` are the reader's and the rules' together, at most 1000 of them kept."""

    items: int = 0
    marks: int = 0
    relations: int = 0
    empty: int = 0
    status: dict[str, int] = {}
    media: dict[str, int] = {}
    splits: dict[str, int] = {}
    sizes: dict[str, int] = {}
    kinds: dict[str, int] = {}
    classes: dict[str, int] = {}
    attributes: dict[str, int] = {}
    flags: dict[str, int] = {}
    problem_counts: dict[str, int] = {}
    problem_severities: dict[str, int] = {}
    problems: list[Problem] = []


def survey(dataset: Dataset, progress: Callable[[int, int | None], None] | None = None) -> Survey:
    """Read a dataset once and count what is in it; classes that never occur are listed with 0."""
    counters: dict[str, Counter[str]] = {
        n: Counter()
        for n in ("status", "media", "splits", "sizes", "kinds", "classes", "attributes", "flags")
    }
    counters["classes"].update({c.id: 0 for c in dataset.schema.classes})
    validator = Validator(dataset.schema, min_size=0.0)
    broken = Problems()
    result = Survey()
    for bundle in dataset:
        item = bundle.item
        result.items += 1
        result.marks += len(bundle.marks)
        result.relations += len(bundle.relations)
        result.empty += not bundle.marks and item.status == "done"
        counters["status"][item.status] += 1
        counters["media"][str(item.media.__struct_config__.tag)] += 1
        counters["splits"][item.split or ""] += 1
        if getattr(item.media, "width", 0):
            counters["sizes"][f"{item.media.width}x{item.media.height}"] += 1  # type: ignore[union-attr]
        for mark in bundle.marks:
            counters["kinds"][str(mark.geometry.__struct_config__.tag)] += 1
            counters["classes"][mark.label or ""] += 1
            counters["attributes"].update(mark.attrs.keys())
            counters["flags"].update(mark.flags)
        for problem in validator.check(bundle.marks, item, relations=bundle.relations):
            broken.add(msgspec.structs.replace(problem, item=item.name or item.id))
        if progress is not None and result.items % 256 == 0:
            progress(result.items, dataset.count)
    if progress is not None:
        progress(result.items, result.items)
    for name, counter in counters.items():
        setattr(result, name, dict(counter.most_common()))
    every = Problems()
    every.take(dataset.problems)
    every.take(broken)
    result.problem_counts, result.problem_severities, result.problems = (
        every.counts,
        every.severities,
        every.kept,
    )
    return result
