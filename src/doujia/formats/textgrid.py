"""Praat TextGrid, long and short form: a tier is a class, an interval a mark with its text.

Gaps are empty intervals and are no marks. Where marks of one class overlap, a second tier of the same name is written.
Points stand as intervals of no length. Times are decimal seconds, converted to whole samples.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from doujia.errors import FormatError, InputError
from doujia.formats.audio_times import Sound, samples, seconds, sound_of
from doujia.formats.contract import Dataset, Format, LossReport, Problems, ReadOptions, WriteOptions
from doujia.formats.files import fail, files_below, head, read_text
from doujia.formats.losses import Holds
from doujia.formats.output import Export, class_names, place_of
from doujia.formats.streamed import StreamedDataset
from doujia.marks import AudioMedia, Interval, Item, ItemMarks, LabelClass, Mark, Schema

__all__ = ["FORMATS", "HOLDS", "parse", "read", "write"]

HOLDS = Holds(text=True, size=True, schema=frozenset({"classes"}))
_TOKEN = re.compile(r'"((?:[^"]|"")*)"|(<\w+>)|(?<!\S)(-?\d[\d.eE+\-]*)(?!\S)')

Tier = tuple[str, str, list[tuple[str, str, str]]]
"""Class of the tier, its name, rows of (start, end, text); points have equal ends."""


def parse(text: str, file: Path | str) -> tuple[str, list[Tier]]:
    """Return the end of the recording (decimal seconds) and the tiers of either form.

    Raises:
        FormatError: ``textgrid_malformed`` or ``textgrid_truncated`` with the line.
    """
    tokens = [(m.group(1), m.group(2) or m.group(3), m.start()) for m in _TOKEN.finditer(text)]
    at = 0

    def take(string: bool) -> str:
        nonlocal at
        if at >= len(tokens):
            line = text.count("\n") + 1
            fail("textgrid_truncated", "文件没有写完就断了", "The file ends early", file=file, line=line)
        quoted, plain, place = tokens[at]
        if (quoted is None) == string:
            line, want = text.count("\n", 0, place) + 1, "a text" if string else "a number"
            fail("textgrid_malformed", f"第 {line} 行不对", f"There should be {want}", file=file, line=line)
        at += 1
        return quoted.replace('""', '"') if string else plain

    def count() -> int:
        number = take(False)
        if not number.isdigit():
            line = text.count("\n", 0, tokens[at - 1][2]) + 1
            fail(
                "textgrid_malformed", f"{number!r} 不是个数", f"{number!r} is no count", file=file, line=line
            )
        return int(number)

    if [take(True), take(True)] != ["ooTextFile", "TextGrid"]:
        fail("textgrid_malformed", "不是 TextGrid 文件", "This is no TextGrid", file=file, line=1)
    take(False)
    end = take(False)
    tiers: list[Tier] = []
    if take(False) != "<exists>":
        return end, tiers
    for _ in range(count()):
        kind, name = take(True), take(True)
        take(False)
        take(False)
        rows = []
        for _ in range(count()):
            start = take(False)
            stop = take(False) if kind == "IntervalTier" else start
            rows.append((start, stop, take(True)))
        tiers.append((kind, name, rows))
    return end, tiers


def read(path: Path, options: ReadOptions) -> Dataset:
    """Open one TextGrid or a folder of them; see ``sound_of`` for the sample rate."""
    files = files_below(path, ".textgrid") if path.is_dir() else [path]

    def stream(problems: Problems) -> Iterator[ItemMarks]:
        for file in files:
            try:
                yield _item(file, sound_of(file, path, options, problems))
            except FormatError as error:
                if not path.is_dir():
                    raise
                problems.add(error.problem)

    names: dict[str, None] = {}
    for file in files:
        try:
            names |= {name: None for _, name, _ in parse(read_text(file), file)[1]}
        except FormatError:
            if not path.is_dir():
                raise
    schema = Schema(classes=[LabelClass(id=n, name=n, kinds=["interval"]) for n in names])
    return StreamedDataset(stream, schema=schema, count=len(files))


def write(dataset: Dataset, destination: Path, options: WriteOptions) -> LossReport:
    """Write one long-form TextGrid for each recording below a folder; every class has its tier, also an empty one."""
    with Export("textgrid", dataset, destination, options, HOLDS) as out:
        folder = out.folder()
        names = class_names(dataset.schema)
        for bundle in out.items():
            media = bundle.item.media
            if not isinstance(media, AudioMedia) or media.sample_rate <= 0:
                out.not_this_medium(bundle)
                continue
            name = out.stem(bundle, ".wav") + ".TextGrid"
            with out.file_in(folder, name) as sink:
                sink.write(_text(out, bundle, media, names).encode("utf-8", "surrogatepass"))
    return out.report


def sniff(path: Path) -> float:
    """Confidence by the first lines."""
    files = files_below(path, ".textgrid")[:1] if path.is_dir() else [path]
    return 0.95 if files and '"TextGrid"' in head(files[0], 400) else 0.0


def _item(file: Path, sound: Sound) -> ItemMarks:
    end, tiers = parse(read_text(file), file)
    try:
        length = sound.length or samples(end, sound.rate)
        media = AudioMedia(samples=length, sample_rate=sound.rate, channels=sound.channels)
        bundle = ItemMarks(Item(id=sound.name, name=sound.name, media=media))
        for _, name, rows in tiers:
            for start, stop, text in rows:
                place = Interval(samples(start, sound.rate), samples(stop, sound.rate))
                if place.end < place.start:
                    raise InputError(
                        f"{start} is after {stop}.", zh=f"{start} 在 {stop} 之后。", code="time_bad"
                    )
                if text.strip():
                    mark_id = str(len(bundle.marks) + 1)
                    bundle.marks.append(Mark(id=mark_id, geometry=place, label=name, text=text))
    except InputError as error:
        fail(error.code, error.message.zh, error.message.en, file=file, line=1)
    return bundle


def _text(out: Export, bundle: ItemMarks, media: AudioMedia, names: dict[str, str]) -> str:
    tiers: dict[tuple[str, bool, int], list[tuple[int, int, str]]] = {}
    for class_id in names:
        tiers[names[class_id], False, 0] = []
    for mark in sorted(
        bundle.marks, key=lambda m: m.geometry.start if isinstance(m.geometry, Interval) else -1
    ):
        geometry = mark.geometry
        if not isinstance(geometry, Interval):
            out.dropped(bundle, mark)
            continue
        if mark.label is None:
            out.dropped(bundle, mark, "class_unmapped")
            continue
        if not (mark.text or "").strip():
            out.dropped(bundle, mark, "marks_dropped")
            continue
        out.kept(bundle, mark)
        where = place_of(bundle, mark)
        if geometry.channel is not None:
            out.report.add("place_dropped", source="channel", example=where)
        if geometry.f0 is not None or geometry.f1 is not None:
            out.report.add("geometry_reduced", source="interval:band", target="interval", example=where)
        name, point, layer = names.get(mark.label, mark.label), geometry.start == geometry.end, 0
        while (rows := tiers.setdefault((name, point, layer), [])) and rows[-1][1] > geometry.start:
            layer += 1
        rows.append((geometry.start, geometry.end, mark.text or ""))
    length = max([media.samples, *(row[1] for rows in tiers.values() for row in rows)])
    rate = media.sample_rate
    body = [
        'File type = "ooTextFile"\nObject class = "TextGrid"\n\n',
        f"xmin = 0 \nxmax = {seconds(length, rate)} \ntiers? <exists> \nsize = {len(tiers)} \nitem []: \n",
    ]
    for number, ((name, point, _), rows) in enumerate(tiers.items(), 1):
        filled = rows if point else _filled(rows, length)
        body.append(
            f'    item [{number}]:\n        class = "{"TextTier" if point else "IntervalTier"}" \n'
            f"        name = {_quoted(name)} \n        xmin = 0 \n        xmax = {seconds(length, rate)} \n"
            f"        {'points' if point else 'intervals'}: size = {len(filled)} \n"
        )
        for index, (start, end, text) in enumerate(filled, 1):
            if point:
                body.append(
                    f"        points [{index}]:\n            number = {seconds(start, rate)} \n            mark = {_quoted(text)} \n"
                )
            else:
                body.append(
                    f"        intervals [{index}]:\n            xmin = {seconds(start, rate)} \n"
                    f"            xmax = {seconds(end, rate)} \n            text = {_quoted(text)} \n"
                )
    return "".join(body)


def _filled(rows: list[tuple[int, int, str]], length: int) -> list[tuple[int, int, str]]:
    """Intervals without gaps, as Praat wants them."""
    out, at = [], 0
    for start, end, text in rows:
        if start > at:
            out.append((at, start, ""))
        out.append((start, end, text))
        at = end
    if at < length or not out:
        out.append((at, length, ""))
    return out


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


FORMATS = (
    Format("textgrid", ("Praat TextGrid", "Praat TextGrid"), (".TextGrid",), sniff, read, write, frozenset({"interval"}), options=("sample_rate",)),
)  # fmt: skip
