"""What every format module offers: sniffing, streaming reading, streaming writing with a loss report.

A format is one module ``doujia/formats/<name>.py`` (or a package when it has several subjects) that registers one or
more ``Format`` objects. Reading yields ``ItemMarks``; nothing is read whole. Writing goes to a temporary place and is
renamed at the end, so that there is never half an output under the final name.

Rules that all formats keep, so that data can cross from any to any:

* **Class ids.** ``LabelClass.id`` is the class's name in the file; a second class with the same name gets ``name~2``,
  a class without a name ``class 7`` (``class_ids``). The file's own number goes to ``LabelClass.ext[format]["id"]``.
* **ext namespaces.** Unknown keys stand under the format's family name (``coco``, ``voc``, ``cvat`` …) and count as
  ``ext_dropped`` when another format drops them. The namespace ``given`` is for redundant values that follow from the
  geometry (``area``, ``bbox``): never counted, and ignored by a writer when the geometry has changed since.
* **Groups.** Keypoints of an instance and its box or outline are two marks with the same ``group``.
* **Writing.** Stream into ``atomic.staged_file``/``staged_folder``, count losses in the report while writing, and end
  with ``return report.settle(options)`` inside the ``with``: a refusal leaves nothing behind.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import msgspec

from doujia.errors import LossRefused, Problem
from doujia.marks import ItemMarks, Media, Schema

__all__ = [
    "LOSS_CODES",
    "STOPPING_LOSSES",
    "Dataset",
    "Format",
    "Loss",
    "LossReport",
    "MemoryDataset",
    "Problems",
    "ReadOptions",
    "WriteOptions",
    "class_ids",
]

LOSS_CODES: dict[str, tuple[str, str]] = {
    "items_dropped": ("有些文件不会写出去", "some items are not written"),
    "item_without_marks_dropped": ("没有标注的文件不会写出去", "items without marks are not written"),
    "not_done_skipped": ("还没做完的不写", "items that are not done are not written"),
    "marks_dropped": ("有些标注不会写出去", "some marks are not written"),
    "candidates_dropped": (
        "没有选上或没人评的回答不会写出去",
        "answers that were not chosen or judged are not written",
    ),
    "geometry_dropped": (
        "这种图形放不进去,不会写出去",
        "this kind of geometry cannot be held and is not written",
    ),
    "geometry_reduced": (
        "图形变简单了(例如多边形变成框)",
        "geometry becomes simpler (for example polygon to box)",
    ),
    "class_dropped": ("没有用到的类别不会写出去", "unused classes are not written"),
    "class_unmapped": ("有的标注没有类别", "marks without a class are not written"),
    "track_dropped": ("轨迹放不进去,不会写出去", "tracks cannot be held and are not written"),
    "holes_dropped": ("多边形的洞没有了", "holes of polygons are filled"),
    "parts_joined": ("分成几块的图形连成了一块", "several parts are joined into one ring"),
    "parts_split": ("分成几块的图形变成了几个", "several parts become several marks"),
    "polygon_resampled": ("轮廓重新描了点", "outlines are re-sampled"),
    "obb_not_rectangle": (
        "四个点不是矩形,取了最接近的",
        "four points are not a rectangle, the nearest is taken",
    ),
    "coordinate_rounded": ("坐标取整了", "coordinates are rounded"),
    "coordinate_clipped": ("坐标裁到了图内", "coordinates are clipped to the picture"),
    "out_of_image": ("有的标注在图外", "marks lie outside the picture"),
    "attrs_dropped": ("属性没有写出去", "attributes are not written"),
    "text_dropped": ("文字没有写出去", "texts are not written"),
    "score_dropped": ("分数没有写出去", "scores are not written"),
    "group_dropped": ("分组没有写出去", "groups are not written"),
    "z_dropped": ("前后顺序没有写出去", "stacking order is not written"),
    "relation_dropped": ("关系没有写出去", "relations are not written"),
    "relation_changed": (
        "关系写成了格式只有的那一种",
        "relations are written as the one kind that the format knows",
    ),
    "flags_dropped": ("标记(遮挡、截断…)没有写出去", "flags (occluded, truncated …) are not written"),
    "ignore_dropped": ("“不计分”的标记没有写出去", "ignore flags are not written"),
    "origin_dropped": ("谁做的没有写出去", "who made a mark is not written"),
    "class_renumbered": ("类别编号变了", "classes are numbered anew"),
    "name_changed": ("文件名变了", "file names are changed"),
    "path_flattened": ("文件夹没有了", "folders are flattened"),
    "overlap_dropped": ("重叠的部分只留一个", "of overlapping marks one is kept"),
    "span_cut_token": ("有的片段切在词中间", "spans cut through a token"),
    "time_rounded": ("时间取整了", "times are rounded"),
    "tie_dropped": ("并列的没有写出去", "ties are not written"),
    "judgments_aggregated": ("几个人的判断合成了一个", "judgements of several people are merged"),
    "ext_dropped": ("原文件里不认识的字段没有写出去", "unknown fields of the source are not written"),
    "place_dropped": (
        "属于哪一帧、哪句话没有写出去",
        "which frame, camera or message a mark belongs to is not written",
    ),
    "sequence_dropped": ("连续帧的次序没有写出去", "the order of a sequence is not written"),
    "geometry_changed": (
        "图形换了一种写法(例如框写成四点轮廓),位置没有变",
        "geometry is written as another kind without moving (for example a box as a ring)",
    ),
    "box_added": (
        "格式要求的外框是算出来的,不是谁画的",
        "a box that the format demands is computed; nobody drew it",
    ),
    "mask_rasterised": ("轮廓变成了像素", "outlines become pixels"),
    "id_renumbered": ("标注或文件的编号变了", "ids of marks or items are numbered anew"),
    "split_dropped": ("训练/验证的划分没有写出去", "the split is not written"),
    "size_dropped": ("图片尺寸没有写出去", "sizes of pictures are not written"),
    "orientation_dropped": (
        "图片是转正后标的,这一点没有写出去:训练时也要先按 EXIF 转正",
        "that pictures were turned upright (EXIF) is not written: turn them before training too",
    ),
    "item_attrs_dropped": ("整张图的属性没有写出去", "attributes of whole items are not written"),
    "schema_dropped": (
        "标签体系里的一部分(属性定义、上级类别、颜色…)没有写出去",
        "parts of the schema (attribute definitions, parents, colours …) are not written",
    ),
    "info_dropped": (
        "数据集的说明(许可、描述…)没有写出去",
        "what the set says of itself (licences …) is not written",
    ),
    "keypoints_reduced": (
        "关键点的可见性或名字没有写出去",
        "visibility or names of keypoints are not written",
    ),
}
"""Stable code → (zh, en). A writer uses only these."""

STOPPING_LOSSES = frozenset(
    {
        "items_dropped", "item_without_marks_dropped", "marks_dropped", "candidates_dropped", "geometry_dropped", "geometry_reduced",
        "class_dropped", "class_unmapped", "track_dropped", "overlap_dropped", "tie_dropped", "holes_dropped",
    }
)  # fmt: skip
"""Losses of items, marks, geometry or classes: they stop the export unless their code is allowed."""


def class_ids(names: Iterable[str]) -> list[str]:
    """Return one unique class id for each name, in order.

    >>> class_ids(["car", "", "car"])
    ['car', 'class 2', 'car~2']
    """
    taken: set[str] = set()
    out: list[str] = []
    for number, name in enumerate(names, 1):
        base = name or f"class {number}"
        candidate, n = base, 1
        while candidate in taken:
            n += 1
            candidate = f"{base}~{n}"
        taken.add(candidate)
        out.append(candidate)
    return out


class Loss(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One kind of loss, counted. ``examples`` are item names or ``item#mark`` (at most 5)."""

    code: str
    count: int = 0
    source: str | None = None
    target: str | None = None
    px_p50: float | None = None
    px_max: float | None = None
    examples: list[str] = []


class LossReport(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What an export wrote and what it could not keep.

    ``result`` is ``written`` or ``refused``; ``pixel_origin`` and ``rounding`` state the target's convention; ``notes`` are
    sentences for people, ``Chinese · English``.
    """

    format: str
    result: str = "written"
    items: int = 0
    marks: int = 0
    files: int = 0
    losses: list[Loss] = []
    accepted: list[str] = []
    pixel_origin: str = "continuous"
    rounding: str = "none"
    notes: list[str] = []

    def add(
        self,
        code: str,
        *,
        count: int = 1,
        source: str | None = None,
        target: str | None = None,
        example: str | None = None,
    ) -> Loss:
        """Count a loss; losses with the same code, source and target are one line, which is returned."""
        if code not in LOSS_CODES:
            raise KeyError(code)
        for loss in self.losses:
            if loss.code == code and loss.source == source and loss.target == target:
                break
        else:
            loss = Loss(code=code, source=source, target=target, examples=[])
            self.losses = [*self.losses, loss]
        loss.count += count
        if example is not None and len(loss.examples) < 5:
            loss.examples.append(example)
        return loss

    def settle(self, options: WriteOptions) -> LossReport:
        """End a writing: return the report, or refuse when it holds a loss that nobody allowed.

        Call it while the output still stands under its temporary name (see ``doujia.formats.atomic``): the error
        makes the temporary output vanish.

        Raises:
            LossRefused: with this report, ``result`` set to ``refused``.
        """
        self.accepted = sorted({x.code for x in self.losses} & set(options.allow_loss))
        stopping = self.stopping(options.allow_loss, options.strict)
        if not stopping:
            return self
        self.result = "refused"
        codes: dict[str, int] = {}
        for loss in stopping:
            codes[loss.code] = codes.get(loss.code, 0) + loss.count
        lines_en = "; ".join(f"{code} ({n}): {LOSS_CODES[code][1]}" for code, n in codes.items())
        lines_zh = ";".join(f"{code}({n}):{LOSS_CODES[code][0]}" for code, n in codes.items())
        raise LossRefused(
            f"Nothing was written, because {self.format} would lose: {lines_en}. "
            f"To accept it: --allow-loss {' '.join(codes)}",
            zh=f"没有写出,因为写成 {self.format} 会丢:{lines_zh}。接受的话加 --allow-loss {' '.join(codes)}",
            report=self,
        )

    def stopping(self, allowed: Iterable[str], strict: bool) -> list[Loss]:
        """Return the losses that forbid this export, given the allowed codes."""
        allow = set(allowed)
        return [x for x in self.losses if x.code not in allow and (strict or x.code in STOPPING_LOSSES)]


class Problems:
    """A bounded list of problems with exact counts: a broken file must not fill the memory.

    Attributes:
        kept: the first of them.
        counts: all of them by code. severities: all of them by severity.
    """

    def __init__(self, keep: int = 1000) -> None:
        self.kept: list[Problem] = []
        self.counts: dict[str, int] = {}
        self.severities: dict[str, int] = {}
        self._keep = keep

    def add(self, problem: Problem) -> None:
        """Count ``problem`` and keep it while there is room."""
        self.counts[problem.code] = self.counts.get(problem.code, 0) + 1
        self.severities[problem.severity] = self.severities.get(problem.severity, 0) + 1
        if len(self.kept) < self._keep:
            self.kept.append(problem)

    def take(self, others: Problems) -> None:
        """Add all that another list has counted, and keep what it kept while there is room."""
        for mine, theirs in ((self.counts, others.counts), (self.severities, others.severities)):
            for key, count in theirs.items():
                mine[key] = mine.get(key, 0) + count
        self.kept += others.kept[: max(0, self._keep - len(self.kept))]

    def clear(self) -> None:
        """Forget everything, at the start of another iteration."""
        self.kept.clear()
        self.counts.clear()
        self.severities.clear()

    def __iter__(self) -> Iterator[Problem]:
        return iter(self.kept)

    def __len__(self) -> int:
        return sum(self.counts.values())


@dataclass(frozen=True)
class ReadOptions:
    """How to read: where the pictures are, and the choices of single formats (``extra``).

    ``media_of`` tells the medium of an item by its name (without an ending where the file has none), for formats that do not
    say its size or rate when the pictures or recordings are not at hand.
    """

    images: Path | None = None
    media_of: Callable[[str], Media | None] | None = None
    extra: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class WriteOptions:
    """How to write: codes whose loss is allowed, whether anything stops, and the choices of single formats."""

    allow_loss: frozenset[str] = frozenset()
    strict: bool = False
    images: Path | None = None
    extra: Mapping[str, str] = field(default_factory=dict)
    progress: Callable[[int, int | None], None] | None = None


class Dataset(Protocol):
    """A stream of items under a schema. Iterating twice reads twice.

    ``schema`` is known before the iteration starts; ``problems`` grows while it runs. ``info`` holds what the file says
    about itself (licences, description), by namespace, for writing it back. ``count`` is the number of items when known.
    """

    schema: Schema
    info: dict[str, Any]
    problems: Problems
    count: int | None

    def __iter__(self) -> Iterator[ItemMarks]: ...


class MemoryDataset:
    """A dataset that is already in memory, for tests and small work."""

    def __init__(
        self, schema: Schema, items: Iterable[ItemMarks], info: dict[str, Any] | None = None
    ) -> None:
        self.schema = schema
        self.items = list(items)
        self.info: dict[str, Any] = info or {}
        self.problems = Problems()
        self.count: int | None = len(self.items)

    def __iter__(self) -> Iterator[ItemMarks]:
        return iter(self.items)


@dataclass(frozen=True)
class Format:
    """One format.

    Attributes:
        name: as the command line and the API call it (``coco``, ``yolo-detect`` …).
        title: (zh, en).
        extensions: endings it usually has.
        sniff: path → confidence 0..1; looks at no more than the first 64 kB of a few files.
        read: (path, options) → Dataset; None when it can only be written.
        write: (dataset, destination, options) → LossReport; raises ``LossRefused`` with nothing written.
        holds: geometry kinds it can hold without reducing them.
        options: keys of ``extra`` that reading or writing it understands, as its page says.
    """

    name: str
    title: tuple[str, str]
    extensions: tuple[str, ...]
    sniff: Callable[[Path], float]
    read: Callable[[Path, ReadOptions], Dataset] | None
    write: Callable[[Dataset, Path, WriteOptions], LossReport] | None
    holds: frozenset[str]
    aliases: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
