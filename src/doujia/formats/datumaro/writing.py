"""Items → Datumaro JSON, one file a split."""

from __future__ import annotations

import re
from contextlib import ExitStack
from pathlib import Path
from typing import Any, BinaryIO

from doujia.formats.contract import Dataset, LossReport, WriteOptions
from doujia.formats.datumaro.reading import FLAGS, SPACE
from doujia.formats.datumaro.shapes import rows_of
from doujia.formats.files import clean_name, dump_json
from doujia.formats.losses import Holds
from doujia.formats.output import Export, class_names, place_of
from doujia.marks import ImageMedia, ItemMarks, Mark, PointsMedia

__all__ = ["HOLDS", "write"]

HOLDS = Holds(
    attrs=True,
    score=True,
    group=True,
    z=True,
    flags=frozenset(FLAGS.values()),
    ext=frozenset({SPACE}),
    split=True,
    item_attrs=True,
    size=True,
    info=frozenset({SPACE}),
    schema=frozenset({"classes", "parents", "skeletons", "colours"}),
)

Json = dict[str, Any]

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


def write(dataset: Dataset, destination: Path, options: WriteOptions) -> LossReport:
    """Write ``annotations/<split>.json`` (``default`` where there is none) below a folder."""
    with Export("datumaro", dataset, destination, options, HOLDS) as out, ExitStack() as files:
        folder = out.folder()
        writer = _Writer(out, dataset)
        sinks: dict[str, BinaryIO] = {}
        for bundle in out.items():
            if not isinstance(bundle.item.media, ImageMedia | PointsMedia):
                out.not_this_medium(bundle)
                continue
            split = clean_name(bundle.item.split or "default", destination)
            text = dump_json(writer.item(bundle))
            if split not in sinks:
                sinks[split] = files.enter_context(out.file_in(folder, f"annotations/{split}.json"))
                sinks[split].write(writer.head() + b"\n")
            else:
                sinks[split].write(b",\n")
            sinks[split].write(text)
        if not sinks:
            sinks["default"] = files.enter_context(out.file_in(folder, "annotations/default.json"))
            sinks["default"].write(writer.head())
        for sink in sinks.values():
            sink.write(b"\n]}\n")
    return out.report


def _placed(own: Json, owner: str) -> Json:
    """Where the file had the points of a class's skeleton, when it said so."""
    positions = own.get("positions", {}).get(owner)
    return {"positions": positions} if positions else {}


class _Writer:
    def __init__(self, out: Export, dataset: Dataset) -> None:
        self.out, self.schema = out, dataset.schema
        self.names = class_names(dataset.schema)
        self.index = {class_id: i for i, class_id in enumerate(self.names)}
        self.info = dataset.info.get(SPACE, {})

    def head(self) -> bytes:
        """The file up to the opening bracket of its items."""
        skeletons = {s.id: s for s in self.schema.skeletons}
        attributes = [a.name or a.id for a in self.schema.attributes]
        own = self.schema.ext.get(SPACE, {})
        labels = [
            {
                "name": self.names[c.id],
                "parent": self.names.get(c.parent or "", ""),
                "attributes": [],
                **c.ext.get(SPACE, {}),
            }
            for c in self.schema.classes
        ]
        points = [
            {"label_id": i, "labels": s.names, "joints": [list(e) for e in s.edges], **_placed(own, c.id)}
            for i, c in enumerate(self.schema.classes)
            if (s := skeletons.get(c.skeleton or "")) is not None
        ]
        colours = [
            {"label_id": i, **{k: int(c.colour[n : n + 2], 16) for k, n in (("r", 1), ("g", 3), ("b", 5))}}
            for i, c in enumerate(self.schema.classes)
            if c.colour is not None and _COLOUR.fullmatch(c.colour)
        ]
        categories: Json = {"label": {"labels": labels, "attributes": attributes}}
        if own.get("label_groups"):
            categories["label"]["label_groups"] = own["label_groups"]
        if points:
            categories["points"] = {"items": points}
        if colours:
            categories["mask"] = {"colormap": colours}
        top = {"dm_format_version": "1.0", "infos": self.info, "categories": categories}
        return dump_json(top)[:-1] + b',"items":['

    def item(self, bundle: ItemMarks) -> Json:
        item = bundle.item
        name = clean_name(item.name or item.id, "dataset")
        own = dict(item.ext.get(SPACE, {}))
        if any(m.id != str(n) for n, m in enumerate(bundle.marks, 1)):
            whole = all(m.id.isdigit() and m.id[0] != "0" for m in bundle.marks)
            whole = whole and len({m.id for m in bundle.marks}) == len(bundle.marks)
        else:
            whole = True
        rows: list[Json] = []
        for mark in bundle.marks:
            rows += self._rows(bundle, mark, keep_id=whole)
        row: Json = {"id": own.pop("id", str(Path(name).with_suffix(""))), "annotations": rows}
        if item.attrs:
            row["attr"] = item.attrs
        if isinstance(item.media, PointsMedia):
            row["point_cloud"] = {"path": name}
        else:
            media = item.media
            assert isinstance(media, ImageMedia)
            size = {"size": [media.height, media.width]} if media.width else {}
            row["image"] = {"path": name, **size}
        return {**row, **own}

    def _rows(self, bundle: ItemMarks, mark: Mark, *, keep_id: bool) -> list[Json]:
        where = place_of(bundle, mark)
        made = rows_of(mark, lambda code, count: self._lost(code, count, where))
        if made is None:
            self.out.dropped(bundle, mark)
            return []
        caption = made[0]["type"] == "caption"
        self.out.kept(bundle, mark, text=caption, same_id=True if keep_id else None)
        if mark.label is not None and mark.label not in self.index:
            self.out.report.add("class_unmapped", example=where)
        attrs: Json = dict(mark.attrs)
        for theirs, ours in FLAGS.items():
            if ours in mark.flags:
                attrs[theirs] = True
        if mark.score is not None:
            attrs["score"] = mark.score
        group = 0
        if mark.group is not None:
            group = int(mark.group) if mark.group.isdigit() else 0
            if str(group) != mark.group or group == 0:
                self.out.report.add("group_dropped", example=where)
        number = int(mark.id) if keep_id else self.out.number
        rows = []
        for place in made:
            more = place.pop("attributes", {})
            row = {"id": number, "type": place.pop("type"), "attributes": {**attrs, **more}, "group": group}
            if not caption:
                row["label_id"] = self.index.get(mark.label or "")
            rows.append({**row, "z_order": mark.z, **place, **mark.ext.get(SPACE, {})})
        return rows

    def _lost(self, code: str, count: int, where: str) -> None:
        self.out.report.add(code, count=count, example=where)
