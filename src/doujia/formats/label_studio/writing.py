"""Items → Label Studio's task JSON, and the labelling configuration that belongs to it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from doujia.formats.contract import Dataset, LossReport, WriteOptions
from doujia.formats.files import dump_json
from doujia.formats.label_studio.config import CLASS_CONTROL, config_of, control_name, controls_of, objects_of
from doujia.formats.label_studio.values import (
    SPACE,
    image_geometry,
    image_value,
    interval_value,
    track_value,
)
from doujia.formats.losses import Holds
from doujia.formats.output import Export, class_names, place_of
from doujia.marks import (
    AudioMedia,
    ConversationMedia,
    ImageMedia,
    Interval,
    Item,
    ItemMarks,
    Keypoints,
    Mark,
    Nothing,
    Origin,
    Points,
    Polygon,
    Ranking,
    RotatedBox,
    Schema,
    Span,
    TextMedia,
    Track,
    VideoMedia,
)
from doujia.marks.geometry import AttributeValue, Geometry

__all__ = ["HOLDS", "write"]

HOLDS = Holds(
    text=True,
    attrs=True,
    score=True,
    origin=True,
    ext=frozenset({SPACE}),
    relations=True,
    split=True,
    sequence=True,
    item_attrs=True,
    status=True,
    ids=True,
    size=True,
    orientation=True,
    schema=frozenset({"classes", "attributes", "relations", "colours", "keys"}),
)
_MEDIUM = {
    VideoMedia: ("video", "video"),
    AudioMedia: ("audio", "audio"),
    TextMedia: ("text", "text"),
    ConversationMedia: ("conversation", "messages"),
    ImageMedia: ("image", "image"),
}

Json = dict[str, Any]


def write(dataset: Dataset, destination: Path, options: WriteOptions) -> LossReport:
    """Write tasks: ``x.json`` gets the tasks alone, a folder gets ``tasks.json`` and ``config.xml``."""
    with Export("label-studio", dataset, destination, options, HOLDS) as out:
        writer = _Writer(out, dataset.schema)
        if destination.suffix.lower() == ".json":
            sink = out.file("tasks.json")
            writer.tasks(sink)
        else:
            folder = out.folder()
            with out.file_in(folder, "config.xml") as config:
                config.write(config_of(*_as_used(dataset)).encode())
            with out.file_in(folder, "tasks.json") as sink:
                writer.tasks(sink)
    return out.report


def _as_used(dataset: Dataset) -> tuple[Schema, str]:
    """The schema with the kinds that its classes really have, so that each has its tool, and the medium."""
    used: dict[str, dict[str, None]] = {}
    medium = None
    for bundle in dataset:
        if medium is None and type(bundle.item.media) in _MEDIUM:
            medium = _MEDIUM[type(bundle.item.media)][0]
        for mark in bundle.marks:
            if mark.label is not None:
                used.setdefault(mark.label, {})[_kind(mark.geometry)] = None
    classes = [
        msgspec.structs.replace(c, kinds=list(dict.fromkeys([*c.kinds, *used.get(c.id, {})])))
        for c in dataset.schema.classes
    ]
    return msgspec.structs.replace(dataset.schema, classes=classes), medium or "image"


class _Writer:
    def __init__(self, out: Export, schema: Schema) -> None:
        self.out, self.schema = out, schema
        self.names = class_names(schema)
        self.types = {a.id: a.type for a in schema.attributes}
        self.controls = controls_of(schema)
        self.objects = objects_of(schema)

    def tasks(self, sink: Any) -> None:
        """Stream the tasks as one JSON list, a task a line."""
        sink.write(b"[")
        first = True
        for bundle in self.out.items():
            if type(bundle.item.media) not in _MEDIUM:
                self.out.not_this_medium(bundle)
                continue
            sink.write(b"\n" if first else b",\n")
            sink.write(dump_json(self.task(bundle)))
            first = False
        sink.write(b"\n]\n")

    def task(self, bundle: ItemMarks) -> Json:
        item = bundle.item
        own = dict(item.ext.get(SPACE, {}))
        _, key = self._object(item)
        data = own.pop("data", None) or {key: _data_value(item)}
        annotation = own.pop("annotation", None)
        groups: dict[str, tuple[Json, list[Mark]]] = {}
        for mark in bundle.marks:
            note = mark.ext.get(SPACE, {}).get("annotation")
            groups.setdefault(_group_key(mark, note), (dict(note) if isinstance(note, dict) else {}, []))[
                1
            ].append(mark)
        annotations, predictions = [], []
        written: set[str] = set()
        for name, (note, marks) in groups.items():
            ids: dict[str, str] = {}
            results = [r for m in marks for r in self._results(bundle, m, ids)]
            results += self._relations(bundle, ids, written)
            if name.startswith("model"):
                predictions.append(
                    {"model_version": marks[0].origin and marks[0].origin.model, **note, "result": results}
                )
            else:
                if not note and isinstance(annotation, dict):
                    note = annotation
                annotations.append({"was_cancelled": False, "ground_truth": False, **note, "result": results})
        whole = [self._answer(item, name, value, None) for name, value in item.attrs.items()]
        if item.status == "done" and (not annotations):
            annotations.append({"was_cancelled": False, **(annotation or {}), "result": []})
        if item.status == "skipped" and not annotations:
            annotations.append({"result": [], "was_cancelled": True})
        if annotations:
            annotations[0]["result"] += whole
        elif item.attrs:
            self.out.report.add("item_attrs_dropped", count=len(item.attrs), example=item.name or item.id)
        for relation in bundle.relations:
            if relation.id not in written:
                self.out.report.add("relation_dropped", example=f"{item.name}#{relation.id}")
        task: Json = {"id": int(item.id) if item.id.isdigit() else self.out.report.items, "data": data, **own}
        task["meta"] = {**(own.get("meta") or {}), "doujia": _about(item)}
        task["annotations"], task["predictions"] = annotations, predictions
        return task

    def _object(self, item: Item) -> tuple[str, str]:
        default = _MEDIUM[type(item.media)]
        return next(((tag, key) for tag, key in self.objects.values()), default)

    def _results(self, bundle: ItemMarks, mark: Mark, ids: dict[str, str]) -> list[Json]:
        item, own = bundle.item, dict(mark.ext.get(SPACE, {}))
        region = str(own.get("region", mark.id))
        ids[mark.id] = region
        shapes = self._shapes(bundle, mark, own)
        if shapes is None:
            self.out.dropped(bundle, mark)
            return []
        self._lost(bundle, mark)
        key = own.get("to_name") or next(iter(self.objects), _MEDIUM[type(item.media)][1])
        kept = {
            k: own[k] for k in own if k in ("readonly", "hidden", "meta", "parentID", "item_index", "origin")
        }
        out: list[Json] = []
        for number, (kind, value, tool) in enumerate(shapes):
            labels = own.get("labels") or (
                [self.names.get(mark.label, mark.label)] if mark.label is not None else []
            )
            labelled = kind if kind.endswith("labels") or kind == "choices" else None
            result: Json = {
                "id": region if number == 0 else f"{region}-{number + 1}",
                "from_name": own.get("from_name") or tool,
                "to_name": key,
                "type": kind,
                **kept,
                "value": {**value, **({labelled or "labels": labels} if labels else {})},
            }
            if isinstance(item.media, ImageMedia | VideoMedia) and item.media.width:
                result |= {"original_width": item.media.width, "original_height": item.media.height}
                result.setdefault("image_rotation", own.get("image_rotation", 0))
            if isinstance(item.media, AudioMedia):
                result["original_length"] = item.media.samples / item.media.sample_rate
            if mark.score is not None:
                result["score"] = mark.score
            out.append(result)
        extra = [self._answer(item, name, value, region) for name, value in mark.attrs.items()]
        if mark.text is not None:
            name = own.get("text_from", "text")
            extra.append(
                {
                    "id": region,
                    "from_name": name,
                    "to_name": key,
                    "type": "textarea",
                    "value": {"text": [mark.text]},
                }
            )
        for result in extra:
            result["to_name"] = key
        return out + extra

    def _shapes(self, bundle: ItemMarks, mark: Mark, own: Json) -> list[tuple[str, Json, str]] | None:
        """Return (result type, value, control) for each region that a mark becomes, None when there is no form."""
        media, geometry = bundle.item.media, mark.geometry
        where = place_of(bundle, mark)
        if "raw" in own and isinstance(geometry, Nothing):
            return [(str(own.get("type", "labels")), own["raw"], "label")]
        if isinstance(geometry, Nothing):
            return [("choices", {}, CLASS_CONTROL)] if mark.label is not None else None
        if isinstance(geometry, Ranking):
            return self._ranking(geometry)
        if isinstance(media, ImageMedia) and media.width:
            size = media.width, media.height
            made = [_as_drawn(image_value(g, size), own, g, size) for g in self._pieces(geometry, where)]
            return [
                (
                    f"{m[0]}labels" if mark.label is not None else m[0],
                    m[1],
                    control_name(_kind(geometry), "image"),
                )
                for m in made
                if m is not None
            ] or None
        if isinstance(media, VideoMedia) and isinstance(geometry, Track) and media.width:
            rate = own.get("frame_rate") or (media.fps_num / media.fps_den if media.fps_num else None)
            written = track_value(geometry, (media.width, media.height), media.frames, rate)
            if written is None:
                return None
            if written[1]:
                self.out.report.add("geometry_changed", source="keyframes", target="sequence", example=where)
            if any(k.occluded and not k.outside for k in geometry.keyframes):
                self.out.report.add("flags_dropped", source="track:occluded", example=where)
            for name in dict.fromkeys(a for k in geometry.keyframes for a in k.attrs):
                self.out.report.add("attrs_dropped", source=f"track:{name}", example=where)
            return [("videorectangle", written[0], "video_box")]
        if isinstance(media, VideoMedia) and isinstance(geometry, Interval):
            return [
                (
                    "timelinelabels",
                    {"ranges": [{"start": geometry.start + 1, "end": geometry.end}]},
                    "timeline",
                )
            ]
        if isinstance(media, AudioMedia) and isinstance(geometry, Interval) and media.sample_rate:
            if geometry.f0 is not None:
                self.out.report.add(
                    "geometry_reduced", source="interval:band", target="interval", example=where
                )
            return [("labels", interval_value(geometry, media.sample_rate), "label")]
        if isinstance(geometry, Span):
            return self._span(geometry, mark, media)
        return None

    def _span(self, span: Span, mark: Mark, media: object) -> list[tuple[str, Json, str]] | None:
        if isinstance(media, TextMedia):
            quote = media.text[span.start : span.end] or span.quote
            return [("labels", {"start": span.start, "end": span.end, "text": quote}, "label")]
        if isinstance(media, ConversationMedia) and mark.at is not None:
            for index, message in enumerate(media.messages):
                if message.id == mark.at.message:
                    quote = message.content[span.start : span.end]
                    place = {
                        "start": str(index),
                        "end": str(index),
                        "startOffset": span.start,
                        "endOffset": span.end,
                    }
                    return [("paragraphlabels", {**place, "text": quote}, "paragraph")]
        return None

    def _pieces(self, geometry: Geometry, where: str) -> list[Geometry]:
        add = self.out.report.add
        if isinstance(geometry, Polygon):
            holes = sum(len(p.holes) for p in geometry.parts)
            if holes:
                add("holes_dropped", count=holes, example=where)
            if len(geometry.parts) > 1:
                add("parts_split", example=where)
            return [Polygon([msgspec.structs.replace(p, holes=[])]) for p in geometry.parts]
        if isinstance(geometry, Points) and len(geometry.xy) > 2:
            add("parts_split", example=where)
            return [Points(geometry.xy[i : i + 2]) for i in range(0, len(geometry.xy), 2)]
        if isinstance(geometry, Keypoints):
            add("geometry_reduced", source="keypoints", target="points", example=where)
            return [Points(geometry.xy[2 * i : 2 * i + 2]) for i, v in enumerate(geometry.v) if v]
        if isinstance(geometry, RotatedBox) and geometry.angle == 0:
            add("geometry_changed", source="obox", target="box", example=where)
        return [geometry]

    def _ranking(self, geometry: Ranking) -> list[tuple[str, Json, str]]:
        order = geometry.order
        if sorted(i for tie in order for i in tie) == ["left", "right"]:
            return [("pairwise", {"selected": order[0][0]} if len(order) == 2 else {}, "pairwise")]
        rest = order[-1] if len(order[-1]) > 1 else []
        ranked = order[:-1] if rest else order
        ties = sum(len(tie) > 1 for tie in ranked)
        if ties:
            self.out.report.add("tie_dropped", count=ties)
        return [
            (
                "ranker",
                {"ranker": {"rank": [i for tie in ranked for i in tie], **({"_": rest} if rest else {})}},
                "ranker",
            )
        ]

    def _answer(self, item: Item, name: str, value: AttributeValue, region: str | None) -> Json:
        kind = self.types.get(name)
        control = self.controls.get(name)
        body: Json
        if control is not None and control.tag == "Taxonomy":
            body = {"taxonomy": [str(v).split("/") for v in (value if isinstance(value, list) else [value])]}
        elif control is not None and control.tag in ("Rating", "DateTime"):
            body = {control.tag.lower(): value}
        elif isinstance(value, bool):
            body = {"choices": ["true" if value else "false"]}
        elif isinstance(value, int | float):
            body = {"number": value}
        elif isinstance(value, list):
            body = {"choices": value}
        elif kind in ("choice", "choices"):
            body = {"choices": [value]}
        else:
            body = {"text": [value]}
        type_name = "textarea" if "text" in body else next(iter(body))
        key = control.to_name if control is not None else self._object(item)[1]
        return {
            "id": region or f"{name}",
            "from_name": name,
            "to_name": key,
            "type": type_name,
            "value": body,
        }

    def _relations(self, bundle: ItemMarks, ids: dict[str, str], written: set[str]) -> list[Json]:
        """Relations live inside one annotation: those with both ends in ``ids``."""
        out = []
        for relation in bundle.relations:
            if relation.source not in ids or relation.target not in ids:
                continue
            written.add(relation.id)
            own = relation.ext.get(SPACE, {})
            direction = own.get("direction", "right")
            ends = ids[relation.source], ids[relation.target]
            if direction == "left":
                ends = ends[1], ends[0]
            row: Json = {"type": "relation", "from_id": ends[0], "to_id": ends[1], "direction": direction}
            row["labels"] = [*([relation.type] if relation.type else []), *own.get("more_labels", [])]
            self.out.losses.relation(bundle.item, relation, number=len(written))
            out.append(row)
        return out

    def _lost(self, bundle: ItemMarks, mark: Mark) -> None:
        paragraph = mark.at is not None and isinstance(bundle.item.media, ConversationMedia)
        known = msgspec.structs.replace(mark, at=None) if paragraph else mark
        self.out.kept(bundle, known)
        origin = mark.origin
        if origin is None:
            return
        stated = Origin(by="model", model=origin.model) if origin.by == "model" else Origin(by="human")
        noted = mark.ext.get(SPACE, {}).get("annotation") or bundle.item.ext.get(SPACE, {}).get("annotation")
        if msgspec.structs.replace(origin, actor=None if noted else origin.actor) != stated:
            self.out.report.add("origin_dropped", source="details", example=place_of(bundle, mark))


def _as_drawn(
    made: tuple[str, Json] | None, own: Json, geometry: Geometry, size: tuple[int, int]
) -> tuple[str, Json] | None:
    """What the file said of the drawing beside the geometry: the size of a point, the vertices of a vector."""
    if made is None:
        return None
    kind, value = made
    if kind == "keypoint":
        return kind, {**value, "width": own.get("point_width", value["width"])}
    vertices = own.get("vertices")
    if kind != "polygon" or not isinstance(vertices, list):
        return made
    closed = bool(value["closed"])
    kept = {"closed": closed, "vertices": vertices}
    if image_geometry("vector", kept, size) == geometry:
        return "vector", kept
    drawn = [
        {"id": f"p{n}", "prevPointId": f"p{n - 1}" if n else None, "x": x, "y": y, "isBezier": False}
        for n, (x, y) in enumerate(value["points"])
    ]
    return "vector", {"closed": closed, "vertices": drawn}


def _group_key(mark: Mark, note: object) -> str:
    """Marks of one annotation or prediction belong together."""
    origin = mark.origin
    if origin is not None and origin.by == "model":
        return f"model {origin.model} {note}"
    return f"human {note}"


def _kind(geometry: Geometry) -> str:
    return str(geometry.__struct_config__.tag)


def _data_value(item: Item) -> object:
    if isinstance(item.media, TextMedia):
        return item.media.text
    if isinstance(item.media, ConversationMedia):
        return [{"role": m.role, "content": m.content, **m.extra} for m in item.media.messages]
    return item.name


def _about(item: Item) -> Json:
    """What Label Studio has no field for and its ``meta`` carries through."""
    about: Json = {"id": item.id, "name": item.name}
    about |= {k: v for k in ("split", "sequence", "index") if (v := getattr(item, k)) is not None}
    for key in ("width", "height", "frames", "fps_num", "fps_den", "samples", "sample_rate", "channels"):
        if value := getattr(item.media, key, None):
            about[key] = value
    if (turned := getattr(item.media, "exif_orientation", 1)) != 1:
        about["exif_orientation"] = turned
    return about
