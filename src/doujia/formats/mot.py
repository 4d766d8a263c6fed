"""MOT Challenge: one folder a sequence with ``gt/gt.txt``, ``seqinfo.ini`` and, where there is one, ``gt/labels.txt``.

Rows are ``frame,id,left,top,w,h,flag,class,visibility`` with 7, 9 or 10 columns. Frames, ids and classes count from 1;
flag 0 is not to be scored. What a detector or tracker says (``det/det.txt``, or any file that is not called ``gt.txt``)
has a confidence in place of the flag and, with 10 columns, a place in the world in place of class and visibility. The official rule counts pixels from 1 (option ``mot_origin=one``); most tools write the
coordinates as they are, and so do we unless asked. A visibility of 0 is our ``occluded``, one between 0 and 1 an attribute.
"""

from __future__ import annotations

import configparser
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from doujia.errors import FormatError, Problem
from doujia.formats.choices import choice
from doujia.formats.contract import Dataset, Format, LossReport, Problems, ReadOptions, WriteOptions
from doujia.formats.files import clean_name, fail, files_below, finite, head, lines, read_text
from doujia.formats.losses import Holds
from doujia.formats.output import Export, class_names, place_of
from doujia.formats.streamed import StreamedDataset
from doujia.marks import (
    At,
    Attribute,
    Box,
    Item,
    ItemMarks,
    Keyframe,
    LabelClass,
    Mark,
    Schema,
    Track,
    VideoMedia,
)
from doujia.marks.geometry import AttributeValue
from doujia.marks.interpolate import expand, ordered_keyframes

__all__ = ["FORMATS", "HOLDS", "OFFICIAL", "read", "write"]

OFFICIAL = (
    "Pedestrian", "Person on vehicle", "Car", "Bicycle", "Motorbike", "Non motorized vehicle", "Static person",
    "Distractor", "Occluder", "Occluder on the ground", "Occluder full", "Reflection",
)  # fmt: skip
SPACE = "mot"
HOLDS = Holds(
    score=False,
    flags=frozenset({"ignore"}),
    size=True,
    at=True,
    ext=frozenset({SPACE}),
    schema=frozenset({"classes"}),
)
_SEQUENCE = {
    "name": "",
    "imDir": "img1",
    "frameRate": "0",
    "seqLength": "0",
    "imWidth": "0",
    "imHeight": "0",
    "imExt": ".jpg",
}
"""Keys of ``seqinfo.ini`` and what is written where nobody said anything."""
_MEASURED = frozenset({"framerate", "seqlength", "imwidth", "imheight"})


def read(path: Path, options: ReadOptions) -> Dataset:
    """Open one sequence folder, a folder of them, or a ``gt.txt``."""
    offset = float(choice(options.extra, "mot_origin", "zero", "one") == "one")
    files, left_out = _files(path)
    if not files:
        fail("rows_missing", "没有 gt/gt.txt", "There is no gt/gt.txt", file=path)
    classes: dict[str, LabelClass] = {}
    for file in files:
        for name in _labels(file):
            classes.setdefault(name, LabelClass(id=name, name=name, kinds=["track", "box"]))
    visibility = Attribute(id="visibility", name="visibility", type="float", mutable=True, min=0, max=1)
    # Columns of every file, which nobody defined: no loss where a format has no room for definitions.
    ours = {"given": {"attributes": "observed"}}
    schema = Schema(classes=list(classes.values()), attributes=[visibility], ext=ours)
    if any(_scored(f) for f in files):
        schema.attributes.append(Attribute(id="confidence", name="confidence", type="float", mutable=True))

    def stream(problems: Problems) -> Iterator[ItemMarks]:
        if left_out:
            zh = f"有标注(gt),检测结果(det)没有读;要读就直接给它的路径:{left_out[0]}"
            en = f"There is truth (gt), so detections (det) are not read; to read them, name the file: {left_out[0]}"
            problems.add(Problem("detections_left_out", "warn", zh, en, file=str(path)))
        for file in files:
            try:
                yield _sequence(file, path, offset, problems)
            except FormatError as error:
                if len(files) == 1:
                    raise
                problems.add(error.problem)

    return StreamedDataset(stream, schema=schema, count=len(files))


def write(dataset: Dataset, destination: Path, options: WriteOptions) -> LossReport:
    """Write a folder for each video; tracks are written frame by frame, boxes without a track get the id -1."""
    offset = float(choice(options.extra, "mot_origin", "zero", "one") == "one")
    with Export("mot", dataset, destination, options, HOLDS) as out:
        out.report.pixel_origin = "one" if offset else "continuous"
        folder = out.folder()
        names = class_names(dataset.schema)
        labels = list(names.values())
        for bundle in out.items():
            if not isinstance(bundle.item.media, VideoMedia):
                out.not_this_medium(bundle)
                continue
            rows = _rows(out, bundle, names, labels, offset)
            place = clean_name(bundle.item.name or bundle.item.id, destination)
            with out.file_in(folder, f"{place}/gt/gt.txt") as sink:
                sink.write("".join(r + "\n" for _, r in sorted(rows, key=lambda r: r[0])).encode())
            with out.file_in(folder, f"{place}/seqinfo.ini") as sink:
                sink.write(_seqinfo(bundle.item).encode())
            with out.file_in(folder, f"{place}/gt/labels.txt") as sink:
                sink.write("\n".join(labels).encode())
    return out.report


def sniff(path: Path) -> float:
    """Confidence by the names of the files and the columns of a first row."""
    if path.is_dir():
        places = (f"{depth}{part}" for depth in ("", "*/", "*/*/") for part in ("gt/gt.txt", "det/det.txt"))
        if any(next(path.glob(place), None) is not None for place in places):
            return 0.9
        files = files_below(path, ".txt")
        return 0.6 if files and all(_is_result(f) for f in files[:3]) else 0.0
    cells = head(path).split("\n", 1)[0].split(",") if path.suffix.lower() == ".txt" else []
    if path.name in ("gt.txt", "det.txt") and len(cells) in (7, 9, 10):
        return 0.6
    return 0.6 if _is_result(path) else 0.0


@dataclass(frozen=True)
class _Row:
    """One line: frame from 0, box in px, flag or confidence, class from 1 (-1 none), visibility (-1 none)."""

    t: int
    box: Box
    value: float
    index: int
    visible: float


def _files(path: Path) -> tuple[list[Path], list[Path]]:
    """The files to read, and the detections that are left out because there is truth."""
    if path.is_file():
        return [path], []
    below = files_below(path, ".txt")
    truth = [f for f in below if f.name == "gt.txt"]
    found = [f for f in below if f.name == "det.txt"]
    if truth or found:
        return (truth, found) if truth else (found, [])
    return [f for f in below if _is_result(f)], []


def _is_result(file: Path) -> bool:
    """Whether a first line is a tracker's: ten numbers that end in -1,-1 (a detector's ``det.txt`` elsewhere is one too)."""
    cells = head(file).lstrip("\ufeff").split("\n", 1)[0].strip().split(",")
    try:
        values = [float(c) for c in cells]
    except ValueError:
        return False
    return len(values) == 10 and all(finite(v) for v in values) and values[0] >= 1 and values[-2:] == [-1, -1]


def _scored(file: Path) -> bool:
    """Whether the seventh column is a confidence: truth is called gt.txt, whatever else is a guess."""
    return file.name != "gt.txt"


def _sequence(file: Path, root: Path, offset: float, problems: Problems) -> ItemMarks:
    item = _item(file, root)
    labels = _labels(file)
    tracks: dict[int, list[_Row]] = {}
    bundle = ItemMarks(item)
    in_world = False
    for number, text in lines(file):
        if not text.strip():
            continue
        cells = text.replace(" ", "").split(",")
        try:
            values = [float(c) for c in cells]
        except ValueError:
            values = []
        if len(values) not in (7, 9, 10) or not all(finite(v) for v in values) or values[0] < 1:
            problems.add(
                Problem(
                    "line_malformed",
                    "error",
                    f"应为 7、9 或 10 个数,帧号从 1 开始:{text[:60]!r}",
                    f"There should be 7, 9 or 10 numbers and a frame from 1: {text[:60]!r}",
                    file=str(file),
                    line=number,
                    item=item.name,
                )
            )
            continue
        t, track_id = int(values[0]) - 1, int(values[1])
        x, y = values[2] - offset, values[3] - offset
        # Ten columns end in a place in the world; some trackers write a class there, and -1 for the rest.
        classed = len(values) == 9 or (len(values) == 10 and values[8:] == [-1, -1])
        index = int(values[7]) if classed else -1
        if len(values) == 10 and not classed and not in_world:
            in_world = True
            zh, en = "第 8–10 列是世界坐标,没有读", "Columns 8–10 are a place in the world and are not read"
            problems.add(
                Problem("world_left_out", "warn", zh, en, file=str(file), line=number, item=item.name)
            )
        visible = values[8] if len(values) == 9 else -1.0
        row = _Row(t, Box(x, y, x + values[4], y + values[5]), values[6], index, visible)
        if index > len(labels):
            problems.add(
                Problem(
                    "class_unknown",
                    "warn",
                    f"类别 {index} 没有名字",
                    f"The class {index} has no name",
                    file=str(file),
                    line=number,
                    item=item.name,
                )
            )
        if track_id < 0:
            bundle.marks.append(_single(row, labels, len(bundle.marks) + 1, _scored(file)))
        else:
            tracks.setdefault(track_id, []).append(row)
    for track_id in sorted(tracks):
        bundle.marks.append(_track(track_id, tracks[track_id], labels, item, file, problems))
    return bundle


def _single(row: _Row, labels: list[str], number: int, scored: bool) -> Mark:
    return Mark(
        id=f"box {number}",
        geometry=row.box,
        label=_label(row.index, labels),
        at=At(frame=row.t),
        score=row.value if scored else None,
        flags=["ignore"] if not scored and row.value == 0 else [],
    )


def _track(
    track_id: int, rows: list[_Row], labels: list[str], item: Item, file: Path, problems: Problems
) -> Mark:
    rows.sort(key=lambda r: r.t)
    scored = _scored(file)
    scores = {r.value for r in rows}
    ignored = {not scored and r.value == 0 for r in rows}
    partly = any(0 < r.visible < 1 for r in rows)
    if len({r.index for r in rows}) > 1:
        zh, en = (
            f"轨迹 {track_id} 有几个类别,用第一个",
            f"Track {track_id} has several classes; the first counts",
        )
        problems.add(
            Problem("track_classes", "warn", zh, en, file=str(file), item=item.name, mark=str(track_id))
        )
    keys: list[Keyframe] = []
    known: dict[str, AttributeValue] = {}
    for row in rows:
        t, box, visible = row.t, row.box, row.visible
        if keys and keys[-1].t == t and not keys[-1].outside:
            zh, en = (
                f"轨迹 {track_id} 在第 {t + 1} 帧有两行",
                f"Track {track_id} has two rows on frame {t + 1}",
            )
            problems.add(
                Problem(
                    "keyframes_conflict", "error", zh, en, file=str(file), item=item.name, mark=str(track_id)
                )
            )
            continue
        if keys and keys[-1].t < t - 1:
            keys.append(Keyframe(keys[-1].t + 1, keys[-1].geometry, outside=True))
        now: dict[str, AttributeValue] = {"visibility": visible} if partly and visible >= 0 else {}
        if len(ignored) > 1:
            now["ignore"] = row.value == 0
        if scored and len(scores) > 1:
            now["confidence"] = row.value
        changed = {k: v for k, v in now.items() if known.get(k) != v}
        known.update(changed)
        keys.append(Keyframe(t, box, occluded=visible == 0, attrs=changed))
    assert isinstance(item.media, VideoMedia)
    if not item.media.frames or keys[-1].t < item.media.frames - 1:
        keys.append(Keyframe(keys[-1].t + 1, keys[-1].geometry, outside=True))
    return Mark(
        id=str(track_id),
        geometry=Track(keys),
        label=_label(rows[0].index, labels),
        score=rows[0].value if scored and len(scores) == 1 else None,
        flags=["ignore"] if ignored == {True} else [],
    )


def _rows(
    out: Export, bundle: ItemMarks, names: dict[str, str], labels: list[str], offset: float
) -> list[tuple[tuple[int, int], str]]:
    media = bundle.item.media
    assert isinstance(media, VideoMedia)
    rows = []
    taken = {int(m.id) for m in bundle.marks if m.id.isdigit() and isinstance(m.geometry, Track)}
    free = iter(n for n in range(1, 1 << 31) if n not in taken)
    for mark in bundle.marks:
        geometry, where = mark.geometry, place_of(bundle, mark)
        index = labels.index(names[mark.label]) + 1 if mark.label in names else -1
        if mark.label is not None and index < 0:
            out.report.add("class_unmapped", example=where)
        flag = 0 if "ignore" in mark.flags else 1
        if isinstance(geometry, Box) and mark.at is not None and mark.at.frame is not None:
            out.kept(bundle, mark, same_id=mark.id.startswith("box "))
            rows.append(((mark.at.frame, -1), _row(mark.at.frame, -1, geometry, flag, index, 1, offset)))
            continue
        if not isinstance(geometry, Track) or not all(
            isinstance(k.geometry, Box) for k in geometry.keyframes
        ):
            out.dropped(bundle, mark)
            continue
        number = int(mark.id) if mark.id.isdigit() else next(free)
        out.kept(bundle, mark, same_id=mark.id.isdigit())
        keys = ordered_keyframes(geometry)
        last = media.frames - 1 if media.frames else keys[-1].t
        states = list(expand(geometry, last))
        if any(not s.keyframe for s in states):
            out.report.add("geometry_changed", source="keyframes", target="frames", example=where)
        for name in {a for k in keys for a in k.attrs} - {"visibility", "ignore"}:
            out.report.add("attrs_dropped", source=f"track:{name}", example=where)
        for s in states:
            assert isinstance(s.geometry, Box)
            visible = s.attrs.get("visibility", 0 if s.occluded else 1)
            off = 0 if s.attrs.get("ignore") is True else flag
            value = float(visible) if isinstance(visible, int | float) else 1.0
            rows.append(((s.t, number), _row(s.t, number, s.geometry, off, index, value, offset)))
    return rows


def _row(t: int, track: int, box: Box, flag: int, index: int, visible: float, offset: float) -> str:
    place = [box.x0 + offset, box.y0 + offset, box.x1 - box.x0, box.y1 - box.y0]
    return ",".join([str(t + 1), str(track), *map(_number, place), str(flag), str(index), _number(visible)])


def _number(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else repr(float(value))


def _label(index: int, labels: list[str]) -> str | None:
    if index < 1:
        return None
    return labels[index - 1] if index <= len(labels) else str(index)


def _labels(file: Path) -> list[str]:
    listed = file.parent / "labels.txt"
    if listed.is_file():
        return [name.strip() for name in read_text(listed).splitlines() if name.strip()]
    return list(OFFICIAL)


def _item(file: Path, root: Path) -> Item:
    folder = file.parent.parent if file.parent.name in ("gt", "det") else file.parent
    if file.name not in ("gt.txt", "det.txt"):
        folder = file.with_suffix("")  # a tracker's result is called as its sequence
    name = folder.relative_to(root).as_posix() if root.is_dir() and folder != root else folder.name
    media = VideoMedia()
    own: dict[str, str] = {}
    ini = folder / "seqinfo.ini"
    if ini.is_file():
        parser = configparser.ConfigParser(interpolation=None)
        parser.optionxform = str  # type: ignore[assignment,method-assign]
        try:
            parser.read_string(read_text(ini))
            given = dict(parser["Sequence"].items())
            values = {k.lower(): v for k, v in given.items()}
            rate = float(values.get("framerate", "0"))
            media = VideoMedia(
                width=int(values.get("imwidth", "0")),
                height=int(values.get("imheight", "0")),
                frames=int(values.get("seqlength", "0")),
                fps_num=int(rate) if rate.is_integer() else round(rate * 1000),
                fps_den=1 if rate.is_integer() else 1000,
            )
            own = {k: v for k, v in given.items() if k.lower() not in _MEASURED and v != _said(k, name)}
        except (configparser.Error, KeyError, ValueError, OverflowError) as error:
            fail(
                "seqinfo_bad",
                f"seqinfo.ini 写坏了:{error}",
                f"seqinfo.ini is broken: {error}",
                file=ini,
                line=1,
            )
    return Item(id=name, name=name, media=media, ext={SPACE: own} if own else {})


def _said(key: str, name: str) -> str | None:
    """What ``write`` puts under a key of ``seqinfo.ini`` by itself."""
    return name.rsplit("/", 1)[-1] if key == "name" else _SEQUENCE.get(key)


def _seqinfo(item: Item) -> str:
    media = item.media
    assert isinstance(media, VideoMedia)
    rate = media.fps_num / media.fps_den if media.fps_den else 0
    rows = {
        **_SEQUENCE,
        "name": item.name.rsplit("/", 1)[-1] or item.id,
        "frameRate": _number(rate),
        "seqLength": media.frames,
        "imWidth": media.width,
        "imHeight": media.height,
        **item.ext.get(SPACE, {}),
    }
    return "[Sequence]\n" + "".join(f"{k}={v}\n" for k, v in rows.items())


FORMATS = (
    Format(
        "mot",
        ("MOT 多目标跟踪", "MOT tracking"),
        (".txt",),
        sniff,
        read,
        write,
        frozenset({"track", "box"}),
        options=("mot_origin",),
    ),
)
