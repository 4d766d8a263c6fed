"""Counting what a writer cannot keep, once for all formats.

A writer says which fields its format holds and shows every item and mark it writes; whatever else is set on them is
counted under its stable code. What happens to geometry only the writer itself knows: it calls ``add``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from doujia.formats.contract import LOSS_CODES, LossReport, WriteOptions
from doujia.marks import Item, ItemMarks, Mark, Relation, Schema

__all__ = ["Losses"]

_SAMPLES = 4096


@dataclass
class _Moved:
    samples: list[float] = field(default_factory=list)
    stride: int = 1
    seen: int = 0
    largest: float = 0.0


class Losses:
    """Counts losses for a report; ``settle`` writes them into it and decides.

    Args:
        report: the report to fill.
        family: name of the ``ext`` namespace that this format writes back.
        holds: which of these it can keep: ``attrs text score group z flags ignore origin at relations split size
            item_attrs sequence sha256 info label_none`` (``flags`` are occluded, truncated and uncertain).
    """

    def __init__(self, report: LossReport, family: str, holds: Iterable[str]) -> None:
        self.report = report
        self._family = family
        self._holds = frozenset(holds)
        self._ext = {family, "given"}
        self._counts: dict[tuple[str, str | None, str | None], list[int]] = {}
        self._examples: dict[tuple[str, str | None, str | None], list[str]] = {}
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
        have = self._counts.get(key)
        if have is None:
            if code not in LOSS_CODES:
                raise KeyError(code)
            have = self._counts[key] = [0]
            self._examples[key] = []
        have[0] += count
        if example is not None and have[0] - count < 5:
            if isinstance(example, Item):
                example = example.name if mark is None else f"{example.name}#{mark.id}"
            self._examples[key].append(example)

    def moved(self, code: str, distances: Sequence[float]) -> None:
        """Note by how many px coordinates moved, for the report's median and maximum of ``code``.

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

    def mark(self, item: Item, mark: Mark) -> None:
        """Count the fields of a mark that the format cannot hold."""
        holds, ext = self._holds, mark.ext
        if ext and not (len(ext) == 1 and "given" in ext) and not ext.keys() <= self._ext:
            self.add("ext_dropped", item, mark)
        if mark.attrs and "attrs" not in holds:
            self.add("attrs_dropped", item, mark)
        if mark.flags:
            if "ignore" in mark.flags and "ignore" not in holds:
                self.add("ignore_dropped", item, mark)
            if "flags" not in holds and any(f != "ignore" for f in mark.flags):
                self.add("flags_dropped", item, mark)
        if mark.text is not None and "text" not in holds:
            self.add("text_dropped", item, mark)
        if mark.score is not None and "score" not in holds:
            self.add("score_dropped", item, mark)
        if mark.group is not None and "group" not in holds:
            self.add("group_dropped", item, mark)
        if mark.z and "z" not in holds:
            self.add("z_dropped", item, mark)
        if mark.origin is not None and "origin" not in holds:
            self.add("origin_dropped", item, mark)
        if mark.at is not None and "at" not in holds:
            self.add("sequence_dropped", item, mark)

    def item(self, item: Item, relations: list[Relation] | None = None) -> None:
        """Count the fields of an item (and its relations) that the format cannot hold."""
        holds = self._holds
        if item.attrs and "item_attrs" not in holds:
            self.add("item_attrs_dropped", item.name)
        if item.ext and not item.ext.keys() <= self._ext:
            self.add("ext_dropped", item.name)
        if item.split is not None and "split" not in holds:
            self.add("split_dropped", item.name)
        if item.sequence is not None and "sequence" not in holds:
            self.add("sequence_dropped", item.name)
        if relations and "relations" not in holds:
            self.add("relation_dropped", item.name, count=len(relations))

    def skips(self, bundle: ItemMarks, medium: str = "image") -> bool:
        """Say whether an item cannot be written at all (not done, or of another medium), and count it."""
        item = bundle.item
        if item.status != "done":
            self.add("not_done_skipped", item.name, source=item.status)
            return True
        kind = item.media.__struct_config__.tag
        if kind != medium:
            self.add("items_dropped", item.name, source=str(kind))
            if bundle.marks:
                self.add("marks_dropped", item.name, count=len(bundle.marks), source=str(kind))
            return True
        return False

    def schema(self, schema: Schema, holds: Iterable[str] = ()) -> None:
        """Count definitions that the format cannot hold (``holds``: attributes, skeletons, relations, parents …)."""
        kept = set(holds)
        observed = "attributes" in schema.ext.get("given", {})
        if schema.attributes and "attributes" not in kept and not observed:
            self.add("schema_dropped", count=len(schema.attributes), source="attributes")
        if schema.skeletons and "skeletons" not in kept:
            self.add("schema_dropped", count=len(schema.skeletons), source="skeletons")
        if schema.relations and "relations" not in kept:
            self.add("schema_dropped", count=len(schema.relations), source="relations")
        rules = [
            c.id
            for c in schema.classes
            if c.parent or c.names or c.colour or c.key or c.min is not None or c.max is not None or c.heading
        ]
        if rules and "classes" not in kept:
            self.add("schema_dropped", rules[0], count=len(rules), source="classes")

    def info(self, info: dict[str, object]) -> None:
        """Count what the dataset says about itself in namespaces that the format does not write."""
        for namespace, values in info.items():
            if namespace not in self._ext and values and "info" not in self._holds:
                self.add("info_dropped", source=namespace)

    def settle(self, options: WriteOptions) -> LossReport:
        """Put the counts into the report and end it as ``LossReport.settle`` does."""
        for (code, source, target), (count,) in self._counts.items():
            self.report.add(code, count=count, source=source, target=target)
            self.report.losses[-1].examples = self._examples[code, source, target]
        for code, moved in self._moved.items():
            for loss in self.report.losses:
                if loss.code == code and moved.samples:
                    loss.px_p50 = sorted(moved.samples)[len(moved.samples) // 2]
                    loss.px_max = moved.largest
                    break
        return self.report.settle(options)
