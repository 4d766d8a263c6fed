"""Datumaro JSON → items: categories become the schema, each annotation a mark."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from doujia.errors import FormatError, InputError, Problem
from doujia.formats.contract import Dataset, Problems, ReadOptions
from doujia.formats.datumaro.shapes import bad, geometry_of
from doujia.formats.files import clean_name, fail, files_below, finite, head
from doujia.formats.json_stream import JsonStream
from doujia.formats.streamed import StreamedDataset
from doujia.marks import ImageMedia, Item, ItemMarks, LabelClass, Mark, Media, PointsMedia, Schema, Skeleton

__all__ = ["FLAGS", "SPACE", "read", "sniff"]

SPACE = "datumaro"
FLAGS = {"occluded": "occluded", "truncated": "truncated", "is_crowd": "ignore"}

Json = dict[str, Any]


def read(path: Path, options: ReadOptions) -> Dataset:
    """Open a folder with ``annotations`` or one of its files.

    Raises:
        FormatError: the head of a file is no Datumaro JSON.
    """
    folder = path / "annotations" if (path / "annotations").is_dir() else path
    files = files_below(folder, ".json") if folder.is_dir() else [folder]
    if not files:
        fail("files_missing", "没有 JSON 文件", "There is no JSON file", file=path)
    heads = [_head(f) for f in files]
    schema = _schema([h.get("categories") for h in heads])
    info: Json = next(
        (h[k] for h in heads for k in ("info", "infos") if isinstance(h.get(k), dict) and h[k]), {}
    )

    def stream(problems: Problems) -> Iterator[ItemMarks]:
        for file, top in zip(files, heads, strict=True):
            labels = [str(x.get("name")) for x in _labels(top.get("categories"))]
            reader = _Reader(file, labels, schema, problems)
            split = None if file.stem == "default" else file.stem
            try:
                for index, raw in JsonStream(file, problems).elements("items"):
                    bundle = reader.item(index, raw, split)
                    if bundle is not None:
                        yield bundle
            except FormatError as error:
                if len(files) == 1:
                    raise
                problems.add(error.problem)

    return StreamedDataset(stream, schema=schema, info={SPACE: info} if info else {})


def sniff(path: Path) -> float:
    """Confidence by the keys of a first file."""
    folder = path / "annotations" if (path / "annotations").is_dir() else path
    files = files_below(folder, ".json")[:1] if folder.is_dir() else [folder]
    start = head(files[0]) if files else ""
    return 0.97 if '"categories"' in start and '"label"' in start and '"items"' in start else 0.0


def _head(file: Path) -> Json:
    """The keys of a file besides its items; ``elements`` reads them on its way, wherever they stand."""
    stream = JsonStream(file)
    for _ in stream.elements("items"):
        if "categories" in stream.rest:
            break
    if not isinstance(stream.rest.get("categories"), dict):
        fail(
            "categories_missing",
            "没有 categories",
            "There are no categories",
            file=file,
            pointer="/categories",
        )
    return stream.rest


def _labels(categories: object) -> list[Json]:
    label = categories.get("label") if isinstance(categories, dict) else None
    found = label.get("labels") if isinstance(label, dict) else None
    return [x for x in found if isinstance(x, dict)] if isinstance(found, list) else []


def _schema(several: list[object]) -> Schema:
    classes: dict[str, LabelClass] = {}
    skeletons: dict[str, Skeleton] = {}
    groups: list[object] = []
    positions: dict[str, object] = {}
    for categories in several:
        rows = _labels(categories)
        for row in rows:
            name = str(row.get("name"))
            rest = {k: v for k, v in row.items() if k not in ("name", "parent") and v not in ([], None, "")}
            parent = str(row["parent"]) if row.get("parent") else None
            made = LabelClass(id=name, name=name, parent=parent, ext={SPACE: rest} if rest else {})
            classes.setdefault(name, made)
        for owner, row in _of_labels(categories, rows, "points", "items"):
            skeletons.setdefault(owner, _skeleton(owner, row))
            classes[owner].skeleton = owner
            if row.get("positions"):
                positions.setdefault(owner, row["positions"])
        for owner, row in _of_labels(categories, rows, "mask", "colormap"):
            levels = [v for k in "rgb" if isinstance(v := row.get(k), int) and 0 <= v <= 255]
            if len(levels) == 3:
                classes[owner].colour = "#" + "".join(f"{v:02x}" for v in levels)
        groups += [g for g in _listed(_part(categories, "label"), "label_groups") if g not in groups]
    for c in classes.values():
        c.parent = c.parent if c.parent in classes else None
    own = {k: v for k, v in (("label_groups", groups), ("positions", positions)) if v}
    return Schema(
        classes=list(classes.values()), skeletons=list(skeletons.values()), ext={SPACE: own} if own else {}
    )


def _part(categories: object, name: str) -> Json:
    part = categories.get(name) if isinstance(categories, dict) else None
    return part if isinstance(part, dict) else {}


def _listed(part: Json, name: str) -> list[Any]:
    found = part.get(name)
    return found if isinstance(found, list) else []


def _of_labels(categories: object, labels: list[Json], part: str, rows: str) -> Iterator[tuple[str, Json]]:
    """The rows of a part of the categories that name a label by its index, with that label's name."""
    for row in _listed(_part(categories, part), rows):
        index = row.get("label_id") if isinstance(row, dict) else None
        if isinstance(index, int) and not isinstance(index, bool) and 0 <= index < len(labels):
            yield str(labels[index].get("name")), row


def _skeleton(owner: str, row: Json) -> Skeleton:
    names = [str(n) for n in row.get("labels") or []]
    joints = [
        j
        for j in row.get("joints") or []
        if isinstance(j, list) and len(j) == 2 and all(isinstance(v, int) for v in j)
    ]
    one_based = any(v == len(names) for j in joints for v in j) and not any(v == 0 for j in joints for v in j)
    edges = [(j[0] - one_based, j[1] - one_based) for j in joints]
    return Skeleton(id=owner, names=names, edges=[e for e in edges if all(0 <= v < len(names) for v in e)])


class _Reader:
    def __init__(self, file: Path, labels: list[str], schema: Schema, problems: Problems) -> None:
        self.file, self.labels, self.problems = file, labels, problems
        self.skeletons = {c.id for c in schema.classes if c.skeleton}

    def item(self, index: int, raw: object, split: str | None) -> ItemMarks | None:
        if not isinstance(raw, dict) or not isinstance(raw.get("id"), str | int):
            self._report("item_malformed", "条目没有 id", "The item has no id", f"/items/{index}")
            return None
        name, media = self._media(raw, index)
        attrs = raw.get("attr") if isinstance(raw.get("attr"), dict) else {}
        rest = {
            k: v
            for k, v in raw.items()
            if k not in ("id", "annotations", "image", "media", "attr", "point_cloud")
        }
        if str(raw["id"]) != str(Path(name).with_suffix("")):
            rest["id"] = raw["id"]
        item = Item(
            id=name, name=name, media=media, split=split, attrs=attrs or {}, ext={SPACE: rest} if rest else {}
        )
        bundle = ItemMarks(item)
        annotations = raw.get("annotations")
        seen: set[str] = set()
        for number, row in enumerate(annotations if isinstance(annotations, list) else []):
            try:
                bundle.marks.append(self._mark(row, len(bundle.marks) + 1, seen))
            except InputError as error:
                place = f"/items/{index}/annotations/{number}"
                self._report(error.code, error.message.zh, error.message.en, place, name)
        return bundle

    def _media(self, raw: Json, index: int) -> tuple[str, Media]:
        cloud = raw.get("point_cloud")
        if isinstance(cloud, dict):
            return clean_name(
                str(cloud.get("path") or f"{raw['id']}.pcd"), self.file, pointer=f"/items/{index}"
            ), PointsMedia()
        image = raw.get("image") if isinstance(raw.get("image"), dict) else raw.get("media")
        image = image if isinstance(image, dict) else {}
        size = image.get("size")
        height, width = (
            size if isinstance(size, list) and len(size) == 2 and all(finite(v) for v in size) else (0, 0)
        )
        name = str(image.get("path") or f"{raw['id']}.jpg")
        return clean_name(name, self.file, pointer=f"/items/{index}"), ImageMedia(
            width=int(width), height=int(height)
        )

    def _mark(self, row: object, number: int, seen: set[str]) -> Mark:
        if not isinstance(row, dict):
            raise bad("annotation")
        attrs = dict(row["attributes"]) if isinstance(row.get("attributes"), dict) else {}
        label = row.get("label_id")
        if label is not None and not (isinstance(label, int) and 0 <= label < len(self.labels)):
            raise InputError(
                f"There is no label {label}.", zh=f"没有第 {label} 个标签。", code="class_unknown"
            )
        name = self.labels[label] if label is not None else None
        flags = [ours for theirs, ours in FLAGS.items() if attrs.pop(theirs, False) is True]
        score = attrs.pop("score") if finite(attrs.get("score")) and 0 <= attrs["score"] <= 1 else None
        mark_id = str(row.get("id", 0))
        if mark_id == "0" or mark_id in seen:
            mark_id = str(number) if str(number) not in seen else f"{number}'"
        seen.add(mark_id)
        geometry = geometry_of(row, attrs, name, self.skeletons)
        known = (
            "id",
            "type",
            "attributes",
            "group",
            "label_id",
            "z_order",
            "bbox",
            "points",
            "rle",
            "caption",
            "visibility",
        )
        space = ("position", "rotation", "scale")
        rest = {k: v for k, v in row.items() if k not in known + space}
        order = row.get("z_order")
        return Mark(
            id=mark_id,
            geometry=geometry,
            label=name,
            text=str(row["caption"]) if row.get("type") == "caption" and "caption" in row else None,
            attrs=attrs,
            group=str(row["group"]) if row.get("group") else None,
            z=order if isinstance(order, int) else 0,
            score=float(score) if score is not None else None,
            flags=flags,
            ext={SPACE: rest} if rest else {},
        )

    def _report(self, code: str, zh: str, en: str, pointer: str, item: str | None = None) -> None:
        self.problems.add(Problem(code, "error", zh, en, file=str(self.file), pointer=pointer, item=item))
