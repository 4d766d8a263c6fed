"""CVAT XML 1.1 → marks: pictures one by one, videos as tracks of keyframes."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import msgspec

from doujia.errors import InputError, Problem
from doujia.formats.contract import Dataset, Problems, ReadOptions
from doujia.formats.cvat.labels import Labels, schema_from_meta, typed
from doujia.formats.cvat.shapes import SHAPES, ShapeError, geometry_of
from doujia.formats.files import clean_name, fail
from doujia.formats.streamed import StreamedDataset
from doujia.formats.xml_stream import Element, subtrees
from doujia.marks import (
    ImageMedia,
    Item,
    ItemMarks,
    Keyframe,
    Keypoints,
    Mark,
    Origin,
    Track,
    VideoMedia,
)
from doujia.marks.geometry import AttributeValue, StaticGeometry
from doujia.marks.interpolate import state_at

__all__ = ["read"]

TOLERANCE = 0.02
"""Two decimals and linear interpolation may differ by this much, px."""

SOURCES: dict[str, Literal["human", "model", "import", "consensus"]] = {
    "manual": "human",
    "semi-auto": "human",
    "auto": "model",
    "file": "import",
    "consensus": "consensus",
}
_KNOWN = frozenset(
    {
        "label", "source", "occluded", "z_order", "group_id", "frame", "keyframe", "outside", "rotation", "points", "xtl", "ytl", "xbr",
        "ybr", "cx", "cy", "rx", "ry", "rle", "left", "top", "width", "height",
    }
)  # fmt: skip
_CORNER = re.compile(r"[xy][tb][lr][12]")
_IMAGE_KNOWN = frozenset({"name", "width", "height", "subset"})
_TRACK_KNOWN = frozenset({"id", "task_id"})


def read(path: Path, options: ReadOptions) -> Dataset:
    """Open ``annotations.xml`` (or a folder that holds it).

    Raises:
        FormatError: not XML, or no ``<annotations>``.
    """
    if path.is_dir():
        path = path / "annotations.xml"
    meta = next(subtrees(path, lambda place: place == ("annotations", "meta")), None)
    if meta is None and next(subtrees(path, lambda place: place[0] == "annotations"), None) is None:
        fail("root_unexpected", "根元素不是 annotations", "The root is not <annotations>", file=path, line=1)
    schema = schema_from_meta(meta)
    reader = _Reader(path, Labels(schema), meta)
    return StreamedDataset(reader.items, schema=schema, info=_info(meta))


def _info(meta: Element | None) -> dict[str, Any]:
    kept = {}
    for scope in meta.children if meta is not None else []:
        for child in scope.children:
            if (
                not child.children
                and child.content.strip()
                and child.tag not in ("size", "mode", "name", "z_order")
            ):
                kept[child.tag] = child.content.strip()
    return {"cvat": kept} if kept else {}


def _free_id(item: Item, number: str, taken: set[str]) -> str:
    """The item's id, made different by its subset and its number where another picture has it already."""
    if item.id not in taken:
        return item.id
    stem = f"{item.split}/{item.name}" if item.split else item.id
    candidates = [stem, f"{stem}#{number}"]
    return next(
        c
        for c in itertools.chain(candidates, (f"{stem}#{number}~{n}" for n in itertools.count(2)))
        if c not in taken
    )


class _Reader:
    def __init__(self, path: Path, labels: Labels, meta: Element | None) -> None:
        self.path, self.labels = path, labels
        self.tasks = {t.value("id"): t for t in _tasks(meta)}
        self.project = meta is not None and meta.child("project") is not None
        self._default = next(iter(self.tasks), "")

    def items(self, problems: Problems) -> Iterator[ItemMarks]:
        taken: set[str] = set()
        videos: dict[str, ItemMarks] = {}
        wanted = {("annotations", "image"), ("annotations", "track")}
        for node in subtrees(self.path, lambda place: place in wanted):
            if node.tag == "image":
                bundle = self._image(node, problems)
                if bundle is not None:
                    bundle.item.id = _free_id(bundle.item, node.attrs.get("id", str(len(taken))), taken)
                    taken.add(bundle.item.id)
                    yield bundle
            else:
                task = node.attrs.get("task_id") or self._default
                if task not in videos:
                    videos[task] = self._video(task)
                self._track(node, videos[task], problems)
        for task, node in self.tasks.items():
            if node.value("mode") == "interpolation" and task not in videos:
                videos[task] = self._video(task)
        yield from videos.values()

    def _image(self, node: Element, problems: Problems) -> ItemMarks | None:
        name = clean_name(node.attrs.get("name", ""), self.path, line=node.line, pointer="image/@name")
        try:
            width, height = int(float(node.attrs.get("width", 0))), int(float(node.attrs.get("height", 0)))
        except (ValueError, OverflowError):
            self._report(
                problems, "size_bad", "图片尺寸不是数", "The size of the picture is not a number", node
            )
            return None
        subset = node.attrs.get("subset")
        own: dict[str, Any] = {k: v for k, v in node.attrs.items() if k not in _IMAGE_KNOWN}
        item = Item(
            id=f"{subset}/{name}" if self.project and subset else name,
            name=name,
            media=ImageMedia(width=width, height=height),
            split=subset or None,
            ext={"cvat": own} if own else {},
        )
        bundle = ItemMarks(item)
        for child in node.children:
            if child.tag in SHAPES:
                mark = self._shape(child, (width, height), str(len(bundle.marks) + 1), item, problems)
                if mark is not None:
                    bundle.marks.append(mark)
        return bundle

    def _shape(
        self, node: Element, size: tuple[int, int], mark_id: str, item: Item, problems: Problems
    ) -> Mark | None:
        label = self._label(node, item, problems)
        geometry = self._geometry(node, size, label, item, problems)
        if geometry is None:
            return None
        mark = Mark(id=mark_id, geometry=geometry, label=label)
        self._common(node, mark)
        mark.attrs = self._attributes(node, label, item, problems)
        return mark

    def _geometry(
        self, node: Element, size: tuple[int, int], label: str | None, item: Item, problems: Problems
    ) -> StaticGeometry | None:
        try:
            return geometry_of(node, size, self.labels.skeleton_of(label))
        except ShapeError as error:
            self._report(problems, error.code, error.message.zh, error.message.en, node, item)
            return None

    def _common(self, node: Element, mark: Mark) -> None:
        source = node.attrs.get("source")
        if source in SOURCES:
            mark.origin = Origin(by=SOURCES[source])
        if node.attrs.get("group_id", "0") != "0":
            mark.group = node.attrs["group_id"]
        order = node.attrs.get("z_order", "0")
        mark.z = int(order) if order.lstrip("-").isdigit() else 0
        if node.attrs.get("occluded") == "1":
            mark.flags = ["occluded"]
        taken = _KNOWN | _TRACK_KNOWN if node.tag == "track" else _KNOWN
        unknown = {k: v for k, v in node.attrs.items() if k not in taken and not _CORNER.fullmatch(k)}
        if unknown:
            mark.ext = {"cvat": unknown}

    def _label(self, node: Element, item: Item, problems: Problems) -> str | None:
        name = node.attrs.get("label") or None
        if name is None or name in self.labels.ids:
            return self.labels.ids[name] if name is not None else None
        if self.labels.schema.classes:
            zh, en = f"标签 {name!r} 没有定义", f"The label {name!r} is not defined"
            self._report(problems, "class_unknown", zh, en, node, item, severity="warn")
        return name

    def _attributes(
        self, node: Element, label: str | None, item: Item, problems: Problems
    ) -> dict[str, AttributeValue]:
        found: dict[str, AttributeValue] = {}
        for child in node.all("attribute"):
            name = child.attrs.get("name", "")
            definition = self.labels.attribute(label, name)
            if definition is None and self.labels.schema.classes:
                zh, en = f"属性 {name!r} 没有定义", f"The attribute {name!r} is not defined"
                self._report(problems, "attribute_unknown", zh, en, child, item, severity="warn")
            found[definition.id if definition is not None else name] = typed(definition, child.content)
        return found

    def _video(self, task: str) -> ItemMarks:
        node = self.tasks.get(task)
        if node is None:
            return ItemMarks(Item(id=task or "video", name="", media=VideoMedia()))
        size = node.child("original_size")
        width, height = (int(size.value(k, "0") or 0) if size is not None else 0 for k in ("width", "height"))
        step, start = self._grid(node)
        stop = node.value("stop_frame")
        frames = int(stop) + 1 if stop.isdigit() else start + step * int(node.value("size", "0") or 0)
        name = node.value("source") or node.value("name")
        own = {
            k: node.value(k) for k in ("name", "start_frame", "stop_frame", "frame_filter") if node.value(k)
        }
        item = Item(
            id=clean_name(name, self.path, line=node.line) if not self.project else task,
            name=clean_name(name, self.path, line=node.line),
            media=VideoMedia(width=width, height=height, frames=frames),
            split=node.value("subset") or None,
            ext={"cvat": own} if own else {},
        )
        return ItemMarks(item)

    @staticmethod
    def _grid(node: Element | None) -> tuple[int, int]:
        if node is None:
            return 1, 0
        rule = node.value("frame_filter").replace(" ", "")
        step = rule.removeprefix("step=") if rule.startswith("step=") else "1"
        start = node.value("start_frame", "0")
        return max(int(step), 1) if step.isdigit() else 1, int(start) if start.isdigit() else 0

    def _track(self, node: Element, bundle: ItemMarks, problems: Problems) -> None:
        item = bundle.item
        media = item.media
        size = (media.width, media.height) if isinstance(media, VideoMedia) else (0, 0)
        step, start = self._grid(self.tasks.get(node.attrs.get("task_id") or self._default))
        label = self._label(node, item, problems)
        mark = Mark(id=node.attrs.get("id", str(len(bundle.marks))), label=label)
        self._common(node, mark)
        keys: dict[int, Keyframe] = {}
        between: list[tuple[int, StaticGeometry, Element]] = []
        known: dict[str, AttributeValue] = {}
        orders: dict[int, int] = {}
        for row in node.children:
            if row.tag not in SHAPES:
                continue
            frame = row.attrs.get("frame", "")
            if not frame.isdigit() or (int(frame) - start) % step or int(frame) < start:
                zh = f"轨迹 {mark.id}:帧号 {frame!r} 不在取帧的位置上"
                en = f"Track {mark.id}: frame {frame!r} is not one of the frames taken"
                self._report(problems, "frame_off_grid", zh, en, row, item, mark=mark.id)
                continue
            geometry = self._geometry(row, size, label, item, problems)
            if geometry is None:
                continue
            t = int(frame)
            if not _is_key(row, keys.get(max(keys, default=0))):
                between.append((t, geometry, row))
                continue
            attrs: dict[str, AttributeValue] = {}
            for name, value in self._attributes(row, label, item, problems).items():
                definition = self.labels.by_id(name)
                if definition is None or not definition.mutable:
                    mark.attrs = {**mark.attrs, name: value}
                elif name not in known or known[name] != value:
                    attrs[name] = known[name] = value
            flags = row.attrs.get("outside") == "1", row.attrs.get("occluded") == "1"
            key = Keyframe(t, geometry, outside=flags[0], occluded=flags[1], attrs=attrs)
            if t in keys and msgspec.structs.replace(key, attrs={}) != msgspec.structs.replace(
                keys[t], attrs={}
            ):
                zh = f"轨迹 {mark.id}:第 {t} 帧有两个不同的关键帧"
                en = f"Track {mark.id}: two different keyframes on frame {t}"
                self._report(problems, "keyframes_conflict", zh, en, row, item, mark=mark.id)
                continue
            orders.setdefault(t, int(row.attrs.get("z_order", "0") or 0))
            keys.setdefault(t, key)
        if not keys:
            zh, en = f"轨迹 {mark.id} 没有关键帧", f"Track {mark.id} has no keyframe"
            self._report(problems, "track_empty", zh, en, node, item, mark=mark.id)
            return
        mark.geometry = Track([keys[t] for t in sorted(keys)])
        mark.z = orders[min(orders)]
        bundle.marks.append(mark)
        self._compare(mark, between, item, problems)

    def _compare(
        self,
        mark: Mark,
        between: list[tuple[int, StaticGeometry, Element]],
        item: Item,
        problems: Problems,
    ) -> None:
        assert isinstance(mark.geometry, Track)
        for t, given, row in between:
            try:
                state = state_at(mark.geometry, t)
            except InputError as error:
                self._report(
                    problems, error.code, error.message.zh, error.message.en, row, item, mark=mark.id
                )
                return
            ours = None if state is None else _numbers(state.geometry)
            theirs = _numbers(given)
            if row.attrs.get("outside") == "1" and ours is None:
                continue
            if (
                ours is None
                or len(ours) != len(theirs)
                or max((abs(a - b) for a, b in zip(ours, theirs, strict=True)), default=0.0) > TOLERANCE
            ):
                zh = f"轨迹 {mark.id} 第 {t} 帧:文件里的位置和插值不同,按关键帧重算"
                en = f"Track {mark.id}, frame {t}: the place in the file is not the interpolated one; keyframes count"
                self._report(
                    problems, "interpolation_differs", zh, en, row, item, severity="warn", mark=mark.id
                )

    def _report(
        self,
        problems: Problems,
        code: str,
        zh: str,
        en: str,
        node: Element,
        item: Item | None = None,
        *,
        severity: str = "error",
        mark: str | None = None,
    ) -> None:
        problems.add(
            Problem(
                code,
                severity,
                zh,
                en,
                file=str(self.path),
                line=node.line,
                pointer=node.tag,
                item=item.name if item is not None else None,
                mark=mark,
            )
        )


def _tasks(meta: Element | None) -> list[Element]:
    if meta is None:
        return []
    found = [c for c in meta.children if c.tag in ("task", "job")]
    for project in meta.all("project"):
        inner = project.child("tasks")
        found += inner.all("task") if inner is not None else []
    return found


def _is_key(row: Element, previous: Keyframe | None) -> bool:
    """Whether a row is a keyframe; a skeleton says it on its points, and files without the mark mean it."""
    flag = row.attrs.get("keyframe")
    if flag is None and row.tag == "skeleton":
        inner = [c.attrs.get("keyframe") for c in row.all("points")]
        flag = "1" if "1" in inner or previous is None else inner[0] if inner else None
    return flag is None or flag == "1"


def _numbers(geometry: StaticGeometry) -> list[float]:
    if isinstance(geometry, Keypoints):
        return geometry.xy
    out: list[float] = []

    def collect(value: Any) -> None:
        if isinstance(value, int | float):
            out.append(float(value))
        elif isinstance(value, dict):
            for key, inner in value.items():
                if key != "angle":
                    collect(inner)
        elif isinstance(value, list | tuple):
            for inner in value:
                collect(inner)

    collect(msgspec.to_builtins(geometry))
    return out
