"""Marks → CVAT XML 1.1, in the layout that CVAT itself exports."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from doujia.formats.contract import Dataset, LossReport, WriteOptions
from doujia.formats.cvat.labels import Labels, labels_xml, written
from doujia.formats.cvat.shapes import attribute_markup, shape_of
from doujia.formats.losses import Holds
from doujia.formats.output import Export, place_of
from doujia.formats.xml_stream import element, text
from doujia.marks import (
    At,
    Box,
    ImageMedia,
    Item,
    ItemMarks,
    Keyframe,
    Mark,
    Mask,
    Origin,
    Polygon,
    PolygonPart,
    Track,
    VideoMedia,
)
from doujia.marks.geometry import AttributeValue, StaticGeometry
from doujia.marks.interpolate import between, ordered_keyframes
from doujia.marks.shapes import ring_area

__all__ = ["HOLDS", "write"]

HOLDS = Holds(
    attrs=True,
    group=True,
    z=True,
    origin=True,
    flags=frozenset({"occluded"}),
    ext=frozenset({"cvat"}),
    split=True,
    size=True,
    info=frozenset({"cvat"}),
    schema=frozenset({"classes", "attributes", "skeletons", "colours"}),
)
_SOURCES = {"human": "manual", "model": "auto", "import": "file", "consensus": "consensus", "rule": "auto"}


def write(dataset: Dataset, destination: Path, options: WriteOptions) -> LossReport:
    """Write ``annotations.xml``. Pictures become ``<image>``, the marks of videos ``<track>``."""
    with Export("cvat", dataset, destination, options, HOLDS) as out:
        sink = out.file("annotations.xml")
        writer = _Writer(out, dataset)
        videos = [b.item for b in dataset if isinstance(b.item.media, VideoMedia) and b.item.status == "done"]
        sink.write(writer.head(videos).encode())
        number = 0
        for bundle in out.items():
            if isinstance(bundle.item.media, VideoMedia):
                sink.write(
                    writer.tracks(
                        bundle, str(videos.index(bundle.item)) if len(videos) > 1 else None
                    ).encode()
                )
            elif isinstance(bundle.item.media, ImageMedia):
                sink.write(writer.image(bundle, number).encode())
                number += 1
            else:
                out.not_this_medium(bundle)
        sink.write(b"</annotations>\n")
    return out.report


@dataclass
class _Groups:
    """CVAT groups are whole numbers; others are counted."""

    numbers: dict[str, int]

    def number(self, group: str) -> tuple[int, bool]:
        if group.isdigit() and int(group) > 0:
            return int(group), True
        return self.numbers.setdefault(group, 1_000_001 + len(self.numbers)), False


class _Writer:
    def __init__(self, out: Export, dataset: Dataset) -> None:
        self.out = out
        self.labels = Labels(dataset.schema)
        self.info: dict[str, Any] = dataset.info.get("cvat", {})
        self.groups = _Groups({})
        self.count = dataset.count

    def head(self, videos: list[Item]) -> str:
        labels = labels_xml(self.labels.schema, "      ")
        info = {k: v for k, v in self.info.items() if isinstance(v, str) and k not in ("id", "subset")}
        lines = [
            '<?xml version="1.0" encoding="utf-8"?>\n<annotations>\n  <version>1.1</version>\n  <meta>\n'
        ]
        if len(videos) > 1:
            lines.append("    <project>\n      <tasks>\n")
            for index, item in enumerate(videos):
                lines.append(f"        <task>\n{self._task(item, index)}        </task>\n")
            lines.append(f"      </tasks>\n{labels}    </project>\n")
        else:
            lines.append("    <task>\n")
            if videos:
                lines.append(self._task(videos[0], None))
            elif self.count is not None:
                lines.append(element("size", {}, str(self.count), indent="      "))
            lines.append(element("mode", {}, "interpolation" if videos else "annotation", indent="      "))
            lines += [
                element(k, {}, text(v), indent="      ")
                for k, v in info.items()
                if not (videos and k in ("start_frame", "stop_frame", "frame_filter", "source"))
            ]
            lines.append(f"{labels}    </task>\n")
        lines.append("  </meta>\n")
        return "".join(lines)

    def _task(self, item: Item, index: int | None) -> str:
        media, own = item.media, item.ext.get("cvat", {})
        assert isinstance(media, VideoMedia)
        start, step = grid(item)
        rows: list[tuple[str, object]] = [("id", index)] if index is not None else []
        rows += [("name", own.get("name", item.name))]
        if media.frames:
            rows += [("size", max(0, (media.frames - 1 - start) // step + 1))]
            rows += [("start_frame", start), ("stop_frame", media.frames - 1)]
        if step > 1:
            rows += [("frame_filter", f"step={step}")]
        if index is not None:
            rows += [("mode", "interpolation")]
        if item.split is not None:
            rows += [("subset", item.split)]
        lines = [element(k, {}, text(str(v)), indent="      ") for k, v in rows]
        if media.width:
            size = element("width", {}, str(media.width)) + element("height", {}, str(media.height))
            lines.append(element("original_size", {}, size, indent="      "))
        lines.append(element("source", {}, text(item.name), indent="      "))
        return "".join(lines)

    def image(self, bundle: ItemMarks, number: int) -> str:
        item, media = bundle.item, bundle.item.media
        assert isinstance(media, ImageMedia)
        own = item.ext.get("cvat", {})
        attrs = {
            "id": own.get("id", number),
            "name": item.name or item.id,
            "subset": item.split,
            "task_id": own.get("task_id"),
            "width": media.width,
            "height": media.height,
            **{k: v for k, v in own.items() if k not in ("id", "task_id")},
        }
        inner = []
        for mark in bundle.marks:
            if mark.label is None or isinstance(mark.geometry, Track) or _flat(mark.geometry):
                code = "class_unmapped" if mark.label is None else "marks_dropped"
                self.out.dropped(bundle, mark, "track_dropped" if isinstance(mark.geometry, Track) else code)
                continue
            for geometry in self._pieces(bundle, mark, mark.geometry):
                shape = shape_of(geometry, self.labels.skeleton_of(mark.label))
                if shape is None:
                    self.out.dropped(bundle, mark)
                    break
                tag, place, children = shape
                common = self._common(bundle, mark)
                occluded = None if tag in ("tag", "skeleton") else int("occluded" in mark.flags)
                inner.append(
                    element(
                        tag,
                        {
                            **common,
                            "occluded": occluded,
                            **place,
                            "z_order": mark.z if tag != "tag" else None,
                        },
                        children + self._attributes(mark, mark.attrs),
                        indent="    ",
                    )
                )
            else:
                self._lost(bundle, mark)
        return element("image", attrs, "\n" + "".join(inner) + "  ", indent="  ")

    def tracks(self, bundle: ItemMarks, task: str | None) -> str:
        out = []
        taken = {m.id for m in bundle.marks if m.id.isdigit()}
        free = (str(n) for n in itertools.count() if str(n) not in taken)
        for mark in bundle.marks:
            if mark.label is None or _flat(mark.geometry):
                code = "class_unmapped" if mark.label is None else "marks_dropped"
                self.out.dropped(bundle, mark, code)
                continue
            tracks = self._as_tracks(bundle, mark)
            written = [rows for t in tracks if (rows := self._rows(bundle, mark, t)) is not None]
            if not written:
                self.out.dropped(bundle, mark)
                continue
            # The frame of a shape is where its track stands: nothing of the place is lost.
            framed = mark.at == At(frame=mark.at.frame) if mark.at is not None else False
            shape = not isinstance(mark.geometry, Track)
            known = msgspec.structs.replace(mark, at=None) if framed and shape else mark
            self._lost(bundle, known, same_id=mark.id.isdigit())
            for part, rows in enumerate(written):
                track_id = mark.id if part == 0 and mark.id.isdigit() else next(free)
                attrs = {"id": track_id, **self._common(bundle, mark), "task_id": task}
                out.append(element("track", attrs, "\n" + "".join(rows) + "  ", indent="  "))
        return "".join(out)

    def _as_tracks(self, bundle: ItemMarks, mark: Mark) -> list[Track]:
        """A shape on one frame becomes a track that leaves on the next frame, as CVAT itself writes it."""
        if isinstance(mark.geometry, Track):
            return [mark.geometry]
        if mark.at is None or mark.at.frame is None:
            return []
        occluded = "occluded" in mark.flags
        t, (_, step) = mark.at.frame, grid(bundle.item)
        media = bundle.item.media
        last = isinstance(media, VideoMedia) and media.frames and t + step > media.frames - 1
        self.out.report.add(
            "geometry_changed", source="shape", target="track", example=place_of(bundle, mark)
        )
        tracks = []
        for piece in self._pieces(bundle, mark, mark.geometry):
            leaving = [] if last else [Keyframe(t + step, piece, outside=True, occluded=occluded)]
            tracks.append(Track([Keyframe(t, piece, occluded=occluded), *leaving]))
        return tracks

    def _rows(self, bundle: ItemMarks, mark: Mark, track: Track) -> list[str] | None:
        keys = ordered_keyframes(track)
        skeleton = self.labels.skeleton_of(mark.label)
        media = bundle.item.media
        last = media.frames - 1 if isinstance(media, VideoMedia) and media.frames else None
        _, step = grid(bundle.item)
        rows: list[str] = []
        known: dict[str, AttributeValue] = {**mark.attrs}
        kinds = {type(k.geometry) for k in keys}
        if len(kinds) != 1:
            return None
        if kinds == {Mask} and len(keys) > 1:
            self.out.report.add(
                "geometry_reduced", source="track:mask", target="mask", example=place_of(bundle, mark)
            )
        for index, key in enumerate(keys):
            known.update(key.attrs)
            following = keys[index + 1] if index + 1 < len(keys) else None
            end = following.t if following is not None else (last + 1 if last is not None else key.t + 1)
            for t in range(key.t, end, step):
                if key.outside and t > key.t:
                    break
                geometry: StaticGeometry = key.geometry
                if following is not None and t > key.t and not key.hold:
                    geometry = between(key.geometry, following.geometry, (t - key.t) / (following.t - key.t))
                held = key.hold and following is not None and t + step >= following.t > t > key.t
                row = self._row(
                    bundle, mark, geometry, skeleton, key, t, keyframe=t == key.t or held, attrs=known
                )
                if row is None:
                    return None
                rows.append(row)
            if key.hold and following is not None:
                self.out.report.add(
                    "geometry_changed", source="hold", target="keyframe", example=place_of(bundle, mark)
                )
        return rows

    def _row(
        self,
        bundle: ItemMarks,
        mark: Mark,
        geometry: StaticGeometry,
        skeleton: Any,
        key: Keyframe,
        t: int,
        *,
        keyframe: bool,
        attrs: dict[str, AttributeValue],
    ) -> str | None:
        if keyframe:
            self._ring_only(bundle, mark, geometry)
        shape = shape_of(_one_ring(geometry), skeleton)
        if shape is None or shape[0] == "tag":
            return None
        tag, place, children = shape
        place = {
            "frame": t,
            "keyframe": int(keyframe),
            "outside": int(key.outside),
            "occluded": int(key.occluded),
            **place,
            "z_order": mark.z,
        }
        return element(tag, place, children + self._attributes(mark, attrs), indent="    ")

    def _ring_only(self, bundle: ItemMarks, mark: Mark, geometry: StaticGeometry) -> None:
        """A track stands in one place: of an outline in several parts it keeps the largest."""
        if isinstance(geometry, Polygon):
            where = place_of(bundle, mark)
            holes = sum(len(p.holes) for p in geometry.parts)
            if holes:
                self.out.report.add("holes_dropped", count=holes, example=where)
            if len(geometry.parts) > 1:
                self.out.report.add(
                    "geometry_reduced", source="track:parts", target="track:polygon", example=where
                )

    def _pieces(self, bundle: ItemMarks, mark: Mark, geometry: StaticGeometry) -> list[StaticGeometry]:
        """CVAT holds one ring: holes are filled, parts become shapes of their own."""
        if not isinstance(geometry, Polygon):
            return [geometry]
        where = place_of(bundle, mark)
        holes = sum(len(p.holes) for p in geometry.parts)
        if holes:
            self.out.report.add("holes_dropped", count=holes, example=where)
        if len(geometry.parts) > 1:
            self.out.report.add("parts_split", example=where)
        return [Polygon([msgspec.structs.replace(p, holes=[])]) for p in geometry.parts]

    def _common(self, bundle: ItemMarks, mark: Mark) -> dict[str, object]:
        attrs: dict[str, object] = {"label": self.labels.names.get(mark.label or "", mark.label or "")}
        if mark.origin is not None:
            attrs["source"] = _SOURCES[mark.origin.by]
        if mark.group is not None:
            attrs["group_id"] = self.groups.number(mark.group)[0]
        return {**mark.ext.get("cvat", {}), **attrs}

    def _attributes(self, mark: Mark, attrs: dict[str, AttributeValue]) -> str:
        out = []
        for attribute_id, value in attrs.items():
            definition = self.labels.by_id(attribute_id)
            name = (definition.name or definition.id) if definition is not None else attribute_id
            content = written(value)
            if content is not None:
                out.append(attribute_markup(name, content))
        return "".join(out)

    def _lost(self, bundle: ItemMarks, mark: Mark, *, same_id: bool | None = None) -> None:
        """Count what of one mark's fields does not fit."""
        self.out.kept(bundle, mark, same_id=same_id)
        add, where = self.out.report.add, place_of(bundle, mark)
        unwritable = sum(written(v) is None for v in mark.attrs.values())
        if unwritable:
            add("attrs_dropped", count=unwritable, source="choices", example=where)
        if mark.group is not None and not self.groups.number(mark.group)[1]:
            add("id_renumbered", source="group", example=where)
        if mark.origin is not None and (mark.origin != Origin(by=mark.origin.by) or mark.origin.by == "rule"):
            add("origin_dropped", source="details", example=where)


def grid(item: Item) -> tuple[int, int]:
    """Return (first frame, step) of the frames that CVAT takes from a video."""
    own = item.ext.get("cvat", {})
    rule = str(own.get("frame_filter", "")).replace(" ", "").removeprefix("step=")
    start = str(own.get("start_frame", "0"))
    return int(start) if start.isdigit() else 0, max(int(rule), 1) if rule.isdigit() else 1


def _flat(geometry: object) -> bool:
    """A box without width or height, which nobody can see in CVAT; in a track, on any frame where it is seen."""
    if isinstance(geometry, Track):
        return any(_flat(k.geometry) for k in geometry.keyframes if not k.outside)
    return isinstance(geometry, Box) and (geometry.x1 <= geometry.x0 or geometry.y1 <= geometry.y0)


def _one_ring(geometry: StaticGeometry) -> StaticGeometry:
    if not isinstance(geometry, Polygon):
        return geometry
    return Polygon([PolygonPart(max(geometry.parts, key=lambda p: ring_area(p.outer)).outer)])
