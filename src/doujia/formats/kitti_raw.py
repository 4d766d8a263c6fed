"""KITTI raw tracklets: ``tracklet_labels.xml``, one box in space for each frame of each object of a drive.

A tracklet has a type, one size ``h w l``, a first frame, and for every frame from there on a pose ``tx ty tz rx ry rz`` in the
frame of the LiDAR (x forward, y left, z up). ``t`` is the middle of the bottom face, ``rz`` the yaw. Source: development kit of
the KITTI raw data (readme and ``readTracklets``); Geiger et al., "Vision meets Robotics: The KITTI Dataset", IJRR 2013.

Items are sweeps of one sequence; the boxes of one tracklet share a group.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from doujia.errors import InputError, Problem
from doujia.formats.contract import Dataset, Format, LossReport, Problems, ReadOptions, WriteOptions
from doujia.formats.files import fail, finite, head
from doujia.formats.losses import Holds
from doujia.formats.output import Export, class_names, place_of
from doujia.formats.streamed import StreamedDataset
from doujia.formats.xml_stream import Element, element, subtrees
from doujia.marks import Cuboid3D, Item, ItemMarks, Mark, PointsMedia, Sensor

__all__ = ["FORMATS", "HOLDS", "read", "write"]

NAME = "tracklet_labels.xml"
HOLDS = Holds(group=True, flags=frozenset({"occluded", "truncated"}), sequence=True)
_VISIBLE, _PARTLY, _FULLY = 0, 1, 2
_IN_IMAGE, _TRUNCATED = 0, 1
_LABELLED = 2
_LARGEST_FRAME = 1 << 24


@dataclass
class _Tracklet:
    kind: str
    size: tuple[float, float, float]
    first: int
    poses: list[dict[str, float]] = field(default_factory=list)


def read(path: Path, options: ReadOptions) -> Dataset:
    """Open a ``tracklet_labels.xml``, or a folder that holds one (or one in each of its folders)."""
    files = _files(path)
    if not files:
        fail("tracklets_missing", f"没有 {NAME}", f"There is no {NAME}", file=path)

    def stream(problems: Problems) -> Iterator[ItemMarks]:
        for file in files:
            yield from _frames(file, problems)

    return StreamedDataset(stream)


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    return [path / NAME] if (path / NAME).is_file() else sorted(path.glob(f"*/{NAME}"))


def _frames(file: Path, problems: Problems) -> Iterator[ItemMarks]:
    """Yield a sweep for every frame up to the last one that a tracklet reaches."""
    found: dict[int, list[Mark]] = {}
    for number, tree in enumerate(subtrees(file, lambda way: way[-2:] == ("tracklets", "item")), 1):
        try:
            tracklet = _tracklet(tree)
        except InputError as error:
            problems.add(
                Problem(
                    error.code, "error", error.message.zh, error.message.en, file=str(file), line=tree.line,
                    pointer=f"tracklet {number}",
                )
            )  # fmt: skip
            continue
        for frame, pose in enumerate(tracklet.poses, tracklet.first):
            found.setdefault(frame, []).append(_mark(tracklet, pose, str(number)))
    lidar = Sensor(name="velodyne", sensor_kind="lidar")
    media = PointsMedia(fields=["x", "y", "z", "intensity"], sensors=[lidar])
    for frame in range(max(found, default=-1) + 1):
        name = f"{frame:010d}.bin"
        item = Item(id=name, name=name, media=media, sequence=file.parent.name, index=frame)
        yield ItemMarks(item, found.get(frame, []))


def _tracklet(tree: Element) -> _Tracklet:
    kind = tree.value("objectType")
    size = tuple(_number(tree, k) for k in ("l", "w", "h"))
    first = int(_number(tree, "first_frame"))
    rows = tree.child("poses")
    if not kind or rows is None or min(size) <= 0 or not 0 <= first < _LARGEST_FRAME:
        raise InputError(
            "A tracklet needs a type, a positive size, a first frame and poses.",
            zh="一条轨迹要有类别、正的尺寸、起始帧和位姿。",
            code="tracklet_malformed",
        )
    keys = ("tx", "ty", "tz", "rx", "ry", "rz", "occlusion", "truncation")
    poses = [{k: _number(row, k, 0.0) for k in keys} for row in rows.all("item")]
    return _Tracklet(kind, (size[0], size[1], size[2]), first, poses)


def _number(tree: Element, tag: str, default: float | None = None) -> float:
    value = tree.value(tag)
    try:
        number = float(value) if value or default is None else default
    except ValueError:
        number = math.nan
    if not finite(number):
        raise InputError(
            f"<{tag}> is no number: {value!r}.", zh=f"<{tag}> 不是数:{value!r}。", code="tracklet_malformed"
        )
    return number


def _mark(tracklet: _Tracklet, pose: dict[str, float], name: str) -> Mark:
    half = pose["rz"] / 2
    flags = ["occluded"] if pose["occlusion"] in (_PARTLY, _FULLY) else []
    if pose["truncation"] != _IN_IMAGE:
        flags.append("truncated")
    return Mark(
        id=name,
        label=tracklet.kind,
        geometry=Cuboid3D(
            (pose["tx"], pose["ty"], pose["tz"] + tracklet.size[2] / 2),
            tracklet.size,
            (math.cos(half), 0.0, 0.0, math.sin(half)),
        ),
        group=name,
        flags=flags,
    )


def write(dataset: Dataset, destination: Path, options: WriteOptions) -> LossReport:
    """Write ``tracklet_labels.xml``; sequences with names go into folders of theirs when there are several.

    Boxes of one group, class and size in frames that follow each other are one tracklet; where a frame is missing another
    begins. The frame is the item's ``index``, else its place in the sequence.
    """
    with Export("kitti-raw", dataset, destination, options, HOLDS) as out:
        folder = out.folder()
        names = class_names(dataset.schema)
        drives: dict[str, dict[tuple[Any, ...], list[_Tracklet]]] = {}
        counts: dict[str, int] = {}
        for bundle in out.items():
            if not isinstance(bundle.item.media, PointsMedia):
                out.not_this_medium(bundle)
                continue
            drive = bundle.item.sequence or ""
            following = counts.get(drive, 0)
            frame = following if bundle.item.index is None else bundle.item.index
            counts[drive] = frame + 1
            if bundle.item.name != f"{frame:010d}.bin":
                out.losses.add("name_changed", bundle.item)
            tracklets = drives.setdefault(drive, {})
            for mark in bundle.marks:
                _place(out, bundle, mark, names, frame, tracklets)
        for drive, tracklets in drives.items() or [("", {})]:
            every = sorted((t for run in tracklets.values() for t in run), key=lambda t: t.first)
            target = f"{drive.replace('/', '_')}/{NAME}" if len(drives) > 1 else NAME
            with out.file_in(folder, target) as sink:
                sink.write(_document(every).encode())
    return out.report


def _place(
    out: Export,
    bundle: ItemMarks,
    mark: Mark,
    names: dict[str, str],
    frame: int,
    tracklets: dict[tuple[Any, ...], list[_Tracklet]],
) -> None:
    box = mark.geometry
    if not isinstance(box, Cuboid3D) or box.frame != "sensor":
        out.dropped(bundle, mark)
        return
    if mark.label is None:
        out.dropped(bundle, mark, "class_unmapped")
        return
    where = place_of(bundle, mark)
    if abs(box.q[1]) + abs(box.q[2]) > 1e-9:
        out.report.add("geometry_reduced", source="cuboid3", target="yaw", example=where)
    out.kept(bundle, mark, same_id=mark.id == mark.group)
    key = (mark.group or f"{where} alone", mark.label, box.size)
    runs = tracklets.setdefault(key, [])
    if not runs or runs[-1].first + len(runs[-1].poses) != frame:
        runs.append(_Tracklet(names[mark.label], box.size, frame))
    x, y, z = box.centre
    runs[-1].poses.append(
        {
            "tx": x, "ty": y, "tz": z - box.size[2] / 2, "rx": 0.0, "ry": 0.0, "rz": 2 * math.atan2(box.q[3], box.q[0]),
            "occlusion": _PARTLY if "occluded" in mark.flags else _VISIBLE,
            "truncation": _TRUNCATED if "truncated" in mark.flags else _IN_IMAGE,
        }
    )  # fmt: skip


def _document(tracklets: list[_Tracklet]) -> str:
    rows = ['<?xml version="1.0" encoding="UTF-8" standalone="yes"?>', "<!DOCTYPE boost_serialization>"]
    rows.append('<boost_serialization version="9" signature="serialization::archive">')
    rows.append('<tracklets class_id="0" tracking_level="0" version="0">')
    rows.append(f"<count>{len(tracklets)}</count><item_version>1</item_version>")
    for t in tracklets:
        length, width, height = t.size
        rows.append('<item class_id="1" tracking_level="0" version="1">')
        rows.append(element("objectType", {}, t.kind))
        rows.append(f"<h>{height!r}</h><w>{width!r}</w><l>{length!r}</l><first_frame>{t.first}</first_frame>")
        rows.append('<poses class_id="2" tracking_level="0" version="0">')
        rows.append(f"<count>{len(t.poses)}</count><item_version>2</item_version>")
        for pose in t.poses:
            places = "".join(f"<{k}>{pose[k]!r}</{k}>" for k in ("tx", "ty", "tz", "rx", "ry", "rz"))
            states = f"<state>{_LABELLED}</state><occlusion>{pose['occlusion']}</occlusion><occlusion_kf>1</occlusion_kf>"
            rows.append(
                f'<item class_id="3" tracking_level="0" version="1">{places}{states}<truncation>{pose["truncation"]}</truncation>'
                "<amt_occlusion>-1</amt_occlusion><amt_border_l>-1</amt_border_l><amt_border_r>-1</amt_border_r></item>"
            )
        rows.append("</poses><finished>1</finished></item>")
    rows += ["</tracklets>", "</boost_serialization>", ""]
    return "\n".join(rows)


def sniff(path: Path) -> float:
    """Confidence by the name and the words of the file."""
    files = _files(path)
    if not files or files[0].suffix.lower() != ".xml":
        return 0.0
    start = head(files[0], 4096)
    return 0.95 if "<tracklets" in start and "boost_serialization" in start else 0.0


FORMATS = (
    Format(
        "kitti-raw",
        ("KITTI 原始轨迹", "KITTI raw tracklets"),
        (".xml",),
        sniff,
        read,
        write,
        frozenset({"cuboid3"}),
    ),
)
