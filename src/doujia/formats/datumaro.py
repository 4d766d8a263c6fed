"""Datumaro JSON: ``annotations/<subset>.json`` with categories and items.

Boxes are x, y, width, height on the continuous plane; sizes are height, width; ``points`` with a point category are
keypoints; the attributes ``score``, ``occluded``, ``truncated``, ``is_crowd`` and ``rotation`` (degrees, of a box) have the
meaning that Datumaro's own plug-ins give them. Numbers are written with all digits.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, BinaryIO

from doujia.errors import FormatError, InputError, Problem
from doujia.formats.contract import Dataset, Format, LossReport, Problems, ReadOptions, WriteOptions
from doujia.formats.files import clean_name, dump_json, fail, files_below, finite, head
from doujia.formats.json_stream import JsonStream
from doujia.formats.losses import Holds
from doujia.formats.output import Export, class_names, place_of
from doujia.formats.streamed import StreamedDataset
from doujia.marks import (
    Box,
    Cuboid3D,
    ImageMedia,
    Item,
    ItemMarks,
    Keypoints,
    LabelClass,
    Mark,
    Mask,
    Media,
    Nothing,
    Points,
    PointsMedia,
    Polygon,
    PolygonPart,
    Polyline,
    RotatedBox,
    Schema,
    Skeleton,
    rle,
)
from doujia.marks.geometry import Geometry, StaticGeometry

__all__ = ["FORMATS", "HOLDS", "read", "write"]

SPACE = "datumaro"
_FLAGS = {"occluded": "occluded", "truncated": "truncated", "is_crowd": "ignore"}
HOLDS = Holds(
    attrs=True,
    score=True,
    group=True,
    z=True,
    flags=frozenset(_FLAGS.values()),
    ext=frozenset({SPACE}),
    split=True,
    item_attrs=True,
    size=True,
    info=frozenset({SPACE}),
    schema=frozenset({"classes", "parents", "skeletons"}),
)

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
    for categories in several:
        rows = _labels(categories)
        for row in rows:
            name = str(row.get("name"))
            classes.setdefault(
                name, LabelClass(id=name, name=name, parent=str(row["parent"]) if row.get("parent") else None)
            )
        points = categories.get("points") if isinstance(categories, dict) else None
        for row in points.get("items", []) if isinstance(points, dict) else []:
            index = row.get("label_id") if isinstance(row, dict) else None
            if isinstance(index, int) and 0 <= index < len(rows):
                owner = str(rows[index].get("name"))
                skeletons.setdefault(owner, _skeleton(owner, row))
                classes[owner].skeleton = owner
    for c in classes.values():
        c.parent = c.parent if c.parent in classes else None
    return Schema(classes=list(classes.values()), skeletons=list(skeletons.values()))


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
            raise _bad("annotation")
        attrs = dict(row["attributes"]) if isinstance(row.get("attributes"), dict) else {}
        label = row.get("label_id")
        if label is not None and not (isinstance(label, int) and 0 <= label < len(self.labels)):
            raise InputError(
                f"There is no label {label}.", zh=f"没有第 {label} 个标签。", code="class_unknown"
            )
        name = self.labels[label] if label is not None else None
        flags = [ours for theirs, ours in _FLAGS.items() if attrs.pop(theirs, False) is True]
        score = attrs.pop("score") if finite(attrs.get("score")) and 0 <= attrs["score"] <= 1 else None
        mark_id = str(row.get("id", 0))
        if mark_id == "0" or mark_id in seen:
            mark_id = str(number) if str(number) not in seen else f"{number}'"
        seen.add(mark_id)
        geometry = self._geometry(row, attrs, name)
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

    def _geometry(self, row: Json, attrs: Json, label: str | None) -> StaticGeometry:
        match row.get("type"):
            case "label" | "caption":
                return Nothing()
            case "bbox":
                x, y, w, h = _numbers(row.get("bbox"), 4)
                if finite(attrs.get("rotation")):
                    angle = (math.radians(attrs.pop("rotation")) + math.pi) % math.tau - math.pi
                    return RotatedBox(x + w / 2, y + h / 2, w, h, angle)
                return Box(x, y, x + w, y + h)
            case "polygon":
                return Polygon([PolygonPart(_numbers(row.get("points"), None, 6))])
            case "polyline":
                return Polyline(_numbers(row.get("points"), None, 4))
            case "points":
                xy = _numbers(row.get("points"), None, 2)
                seen = row.get("visibility")
                if label in self.skeletons and isinstance(seen, list) and len(seen) == len(xy) // 2:
                    return Keypoints(xy, [int(v) if v in (0, 1, 2) else 2 for v in seen], label)
                return Points(xy)
            case "skeleton":
                flat = _numbers(row.get("points"), None, 3)
                if len(flat) % 3:
                    raise _bad("points")
                xy = [c for i in range(0, len(flat), 3) for c in flat[i : i + 2]]
                return Keypoints(xy, [int(v) for v in flat[2::3]], label)
            case "mask":
                given = row.get("rle")
                if not isinstance(given, dict):
                    raise _bad("rle")
                counts, size = given.get("counts"), given.get("size")
                if not isinstance(counts, str | list) or not isinstance(size, list):
                    raise _bad("rle")
                return rle.mask_of(size, counts)
            case "cuboid_3d":
                return _cuboid(row)
        raise InputError(
            f"The type {row.get('type')!r} is not known.",
            zh=f"不认识的类型 {row.get('type')!r}。",
            code="shape_unknown",
        )

    def _report(self, code: str, zh: str, en: str, pointer: str, item: str | None = None) -> None:
        self.problems.add(Problem(code, "error", zh, en, file=str(self.file), pointer=pointer, item=item))


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
        labels = [
            {"name": self.names[c.id], "parent": self.names.get(c.parent or "", ""), "attributes": []}
            for c in self.schema.classes
        ]
        points = [
            {"label_id": i, "labels": s.names, "joints": [list(e) for e in s.edges]}
            for i, c in enumerate(self.schema.classes)
            if (s := skeletons.get(c.skeleton or "")) is not None
        ]
        categories: Json = {"label": {"labels": labels, "attributes": attributes}}
        if points:
            categories["points"] = {"items": points}
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
        made = self._places(mark, where)
        if made is None:
            self.out.dropped(bundle, mark)
            return []
        caption = made[0]["type"] == "caption"
        self.out.kept(bundle, mark, text=caption, same_id=True if keep_id else None)
        if mark.label is not None and mark.label not in self.index:
            self.out.report.add("class_unmapped", example=where)
        attrs: Json = dict(mark.attrs)
        for theirs, ours in _FLAGS.items():
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

    def _places(self, mark: Mark, where: str) -> list[Json] | None:
        geometry: Geometry = mark.geometry
        match geometry:
            case Nothing():
                if mark.label is not None:
                    return [{"type": "label"}]
                return [{"type": "caption", "caption": mark.text}] if mark.text is not None else None
            case Box(x0=x0, y0=y0, x1=x1, y1=y1):
                return [{"type": "bbox", "bbox": [x0, y0, x1 - x0, y1 - y0]}]
            case RotatedBox(cx=cx, cy=cy, w=w, h=h):
                turned = {"rotation": math.degrees(geometry.angle)}
                return [{"type": "bbox", "bbox": [cx - w / 2, cy - h / 2, w, h], "attributes": turned}]
            case Polygon(parts=parts):
                holes = sum(len(p.holes) for p in parts)
                if holes:
                    self.out.report.add("holes_dropped", count=holes, example=where)
                if len(parts) > 1:
                    self.out.report.add("parts_split", example=where)
                return [{"type": "polygon", "points": p.outer} for p in parts]
            case Polyline(xy=xy):
                return [{"type": "polyline", "points": xy}]
            case Points(xy=xy):
                return [
                    {"type": "points", "points": xy}
                ]  # visibility is what tells named points from loose ones
            case Keypoints(xy=xy, v=v):
                return [{"type": "points", "points": xy, "visibility": v}]
            case Mask():
                return [{"type": "mask", "rle": {"counts": geometry.counts, "size": list(geometry.size)}}]
            case Cuboid3D() if geometry.frame == "sensor":
                return [self._cuboid(geometry, where)]
        return None

    def _cuboid(self, cuboid: Cuboid3D, where: str) -> Json:
        from scipy.spatial.transform import Rotation

        turned = Rotation.from_quat([*cuboid.q[1:], cuboid.q[0]]).as_euler("xyz").tolist()
        return {
            "type": "cuboid_3d",
            "position": list(cuboid.centre),
            "rotation": turned,
            "scale": list(cuboid.size),
        }


def _cuboid(row: Json) -> Cuboid3D:
    from scipy.spatial.transform import Rotation

    x, y, z = _numbers(row.get("position"), 3)
    length, width, height = _numbers(row.get("scale"), 3)
    w = Rotation.from_euler("xyz", _numbers(row.get("rotation"), 3)).as_quat().tolist()
    return Cuboid3D((x, y, z), (length, width, height), (w[3], w[0], w[1], w[2]))


def _numbers(value: object, count: int | None, least: int = 0) -> list[float]:
    if not isinstance(value, list) or not all(finite(v) for v in value):
        raise _bad("numbers")
    if (
        (count is not None and len(value) != count)
        or len(value) < least
        or (count is None and least % 2 == 0 and len(value) % 2)
    ):
        raise _bad(f"{len(value)} numbers")
    return [float(v) for v in value]


def _bad(what: str) -> InputError:
    return InputError(f"An annotation is broken: {what}.", zh=f"标注写坏了:{what}。", code="shape_bad")


FORMATS = (
    Format(
        "datumaro", ("Datumaro JSON", "Datumaro JSON"), (".json",), sniff, read, write,
        frozenset({"none", "box", "obox", "polygon", "polyline", "points", "keypoints", "mask", "cuboid3"}),
    ),
)  # fmt: skip
