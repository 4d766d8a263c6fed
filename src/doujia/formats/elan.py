"""ELAN's EAF, for reading: a tier is a class, an annotation a mark with its text.

Times are whole milliseconds. An annotation that refers to another one has its time and is joined to it by a relation;
time slots without a time lie evenly between their neighbours.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from doujia.errors import FormatError, Problem
from doujia.formats.audio_times import samples, sound_of
from doujia.formats.contract import Dataset, Format, Problems, ReadOptions
from doujia.formats.files import fail, files_below, head
from doujia.formats.streamed import StreamedDataset
from doujia.formats.xml_stream import Element, subtrees
from doujia.marks import (
    Attribute,
    AudioMedia,
    Interval,
    Item,
    ItemMarks,
    LabelClass,
    Mark,
    Relation,
    RelationType,
    Schema,
)

__all__ = ["FORMATS", "read"]

SPACE = "elan"


def read(path: Path, options: ReadOptions) -> Dataset:
    """Open one EAF file or a folder of them; see ``sound_of`` for the sample rate."""
    files = files_below(path, ".eaf") if path.is_dir() else [path]
    tiers: dict[str, str | None] = {}
    for file in files:
        try:
            for tier in subtrees(file, lambda place: place == ("ANNOTATION_DOCUMENT", "TIER")):
                tiers.setdefault(tier.attrs.get("TIER_ID", ""), tier.attrs.get("PARENT_REF"))
        except FormatError:
            if not path.is_dir():
                raise
    schema = Schema(
        classes=[
            LabelClass(id=n, name=n, kinds=["interval"], parent=p if p in tiers else None)
            for n, p in tiers.items()
        ],
        attributes=[Attribute(id="speaker", name="speaker", type="text")],
        relations=[RelationType(id="refers", name="refers")],
    )

    def stream(problems: Problems) -> Iterator[ItemMarks]:
        for file in files:
            try:
                yield _document(file, path, options, problems)
            except FormatError as error:
                if not path.is_dir():
                    raise
                problems.add(error.problem)

    return StreamedDataset(stream, schema=schema, count=len(files))


def sniff(path: Path) -> float:
    """Confidence by the root element."""
    files = files_below(path, ".eaf")[:1] if path.is_dir() else [path]
    return 0.95 if files and "<ANNOTATION_DOCUMENT" in head(files[0], 4096) else 0.0


def _document(file: Path, root: Path, options: ReadOptions, problems: Problems) -> ItemMarks:
    wanted = {("ANNOTATION_DOCUMENT", part) for part in ("HEADER", "TIME_ORDER", "TIER")}
    sound = sound_of(file, root, options, problems)
    bundle = ItemMarks(Item(id=sound.name, name=sound.name))
    slots: dict[str, int] = {}
    waiting: list[tuple[str, str]] = []
    places: dict[str, Interval] = {}
    found = False
    for node in subtrees(file, lambda place: place in wanted):
        found = True
        if node.tag == "HEADER":
            urls = [m.attrs.get("MEDIA_URL", "") for m in node.all("MEDIA_DESCRIPTOR")]
            bundle.item.ext = {SPACE: {"media": urls}} if any(urls) else {}
        elif node.tag == "TIME_ORDER":
            slots = _slots(node, sound.rate, file)
        else:
            _tier(node, slots, bundle, places, waiting, file, problems)
    if not found:
        fail("root_unexpected", "不是 EAF 文件", "This is no EAF", file=file, line=1)
    _refer(bundle, places, waiting, file, problems)
    length = sound.length or max(slots.values(), default=0)
    bundle.item.media = AudioMedia(samples=length, sample_rate=sound.rate, channels=sound.channels)
    return bundle


def _slots(node: Element, rate: int, file: Path) -> dict[str, int]:
    rows = [
        (s.attrs.get("TIME_SLOT_ID", ""), s.attrs.get("TIME_VALUE"), s.line) for s in node.all("TIME_SLOT")
    ]
    known: list[tuple[int, int]] = []
    for index, (_, value, line) in enumerate(rows):
        if value is None:
            continue
        if not value.isdigit():
            fail("time_bad", f"{value!r} 不是毫秒数", f"{value!r} is no time in ms", file=file, line=line)
        known.append((index, int(value)))
    slots: dict[str, int] = {}
    for index, (slot, value, _) in enumerate(rows):
        ms = float(value) if value is not None else _between(index, known)
        slots[slot] = samples(f"{ms / 1000:.6f}", rate)
    return slots


def _between(index: int, known: list[tuple[int, int]]) -> float:
    before = max((k for k in known if k[0] < index), default=None)
    after = min((k for k in known if k[0] > index), default=None)
    if before is None or after is None:
        return float((before or after or (0, 0))[1])
    share = (index - before[0]) / (after[0] - before[0])
    return before[1] + share * (after[1] - before[1])


def _tier(
    node: Element,
    slots: dict[str, int],
    bundle: ItemMarks,
    places: dict[str, Interval],
    waiting: list[tuple[str, str]],
    file: Path,
    problems: Problems,
) -> None:
    speaker = node.attrs.get("PARTICIPANT")
    for annotation in node.all("ANNOTATION"):
        for row in annotation.children:
            mark_id = row.attrs.get("ANNOTATION_ID", "")
            mark = Mark(
                id=mark_id,
                label=node.attrs.get("TIER_ID", ""),
                text=(row.child("ANNOTATION_VALUE") or row).content or None,
                attrs={"speaker": speaker} if speaker else {},
            )
            if row.tag == "REF_ANNOTATION":
                waiting.append((mark_id, row.attrs.get("ANNOTATION_REF", "")))
            else:
                ends = [slots.get(row.attrs.get(f"TIME_SLOT_REF{n}", "")) for n in (1, 2)]
                if ends[0] is None or ends[1] is None or ends[1] < ends[0]:
                    zh, en = f"标注 {mark_id} 的时间不存在", f"The times of annotation {mark_id} do not exist"
                    problems.add(
                        Problem("time_missing", "error", zh, en, file=str(file), line=row.line, mark=mark_id)
                    )
                    continue
                mark.geometry = places[mark_id] = Interval(ends[0], ends[1])
            bundle.marks.append(mark)


def _refer(
    bundle: ItemMarks,
    places: dict[str, Interval],
    waiting: list[tuple[str, str]],
    file: Path,
    problems: Problems,
) -> None:
    """Give annotations that refer to others their time, through any number of steps."""
    marks = {m.id: m for m in bundle.marks}
    target = dict(waiting)
    for mark_id, first in waiting:
        at, seen = first, {mark_id}
        while at in target and at not in seen:
            seen.add(at)
            at = target[at]
        if at not in places:
            zh, en = (
                f"标注 {mark_id} 引用的 {first} 不存在",
                f"The annotation {first} that {mark_id} refers to does not exist",
            )
            problems.add(Problem("reference_dangling", "error", zh, en, file=str(file), mark=mark_id))
            bundle.marks.remove(marks[mark_id])
            continue
        marks[mark_id].geometry = places[at]
        bundle.relations.append(
            Relation(id=f"r{len(bundle.relations) + 1}", type="refers", source=mark_id, target=first)
        )


FORMATS = (
    Format("elan", ("ELAN EAF(只读)", "ELAN EAF (read)"), (".eaf",), sniff, read, None, frozenset({"interval"}), options=("sample_rate",)),
)  # fmt: skip
