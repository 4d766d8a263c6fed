"""Audacity labels: ``start<TAB>end<TAB>label`` in seconds, with ``\\<TAB>low<TAB>high`` Hz after a label that has a band.

The label is the class (option ``field=text``: it is the text, and marks have no class).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec

from doujia.errors import InputError, Problem
from doujia.formats.audio_times import Sound, samples, seconds, sound_of
from doujia.formats.choices import choice
from doujia.formats.contract import Dataset, Format, LossReport, Problems, ReadOptions, WriteOptions
from doujia.formats.files import files_below, head, lines
from doujia.formats.losses import Holds
from doujia.formats.output import Export, class_names, place_of
from doujia.formats.streamed import StreamedDataset
from doujia.marks import AudioMedia, Interval, Item, ItemMarks, Mark

__all__ = ["FORMATS", "HOLDS", "read", "write"]

HOLDS = Holds()


def read(path: Path, options: ReadOptions) -> Dataset:
    """Open one label file or a folder of them; see ``sound_of`` for the sample rate."""
    files = files_below(path, ".txt") if path.is_dir() else [path]
    as_text = choice(options.extra, "field", "label", "text") == "text"

    def stream(problems: Problems) -> Iterator[ItemMarks]:
        for file in files:
            yield _item(file, sound_of(file, path, options, problems), problems, as_text)

    return StreamedDataset(stream, count=len(files))


def write(dataset: Dataset, destination: Path, options: WriteOptions) -> LossReport:
    """Write a label file for each recording below a folder."""
    as_text = choice(options.extra, "field", "label", "text") == "text"
    with Export("audacity", dataset, destination, options, HOLDS) as out:
        folder = out.folder()
        names = class_names(dataset.schema)
        for bundle in out.items():
            media = bundle.item.media
            if not isinstance(media, AudioMedia) or media.sample_rate <= 0:
                out.not_this_medium(bundle)
                continue
            name = out.stem(bundle, ".wav") + ".txt"
            rows = [r for m in bundle.marks for r in _rows(out, bundle, m, media.sample_rate, names, as_text)]
            with out.file_in(folder, name) as sink:
                sink.write("".join(r + "\n" for r in rows).encode("utf-8", "surrogatepass"))
    return out.report


def sniff(path: Path) -> float:
    """Confidence by the columns of the first line."""
    files = files_below(path, ".txt")[:1] if path.is_dir() else [path]
    first = head(files[0], 4096).split("\n", 1)[0].split("\t") if files else []
    if not files or files[0].suffix.lower() != ".txt" or len(first) < 2:
        return 0.0
    try:
        return 0.7 if float(first[0]) <= float(first[1]) and len(first) == 3 else 0.0
    except ValueError:
        return 0.0


def _rows(
    out: Export, bundle: ItemMarks, mark: Mark, rate: int, names: dict[str, str], as_text: bool
) -> list[str]:
    geometry = mark.geometry
    if not isinstance(geometry, Interval):
        out.dropped(bundle, mark)
        return []
    out.kept(bundle, mark, text=as_text)
    where = place_of(bundle, mark)
    if geometry.channel is not None:
        out.report.add("place_dropped", source="channel", example=where)
    if as_text and mark.label is not None:
        out.report.add("class_unmapped", example=where)
    label = names.get(mark.label, mark.label) if mark.label is not None else ""
    shown = (mark.text or "") if as_text else label
    flat = " ".join(shown.split()) if any(c in shown for c in "\t\r\n") else shown
    if flat != shown:
        out.report.add("text_dropped", source="line breaks", example=where)
    rows = [f"{seconds(geometry.start, rate)}\t{seconds(geometry.end, rate)}\t{flat}"]
    if geometry.f0 is not None and geometry.f1 is not None:
        rows.append(f"\\\t{geometry.f0!r}\t{geometry.f1!r}")
    return rows


def _item(file: Path, sound: Sound, problems: Problems, as_text: bool) -> ItemMarks:
    media = AudioMedia(samples=sound.length, sample_rate=sound.rate, channels=sound.channels)
    bundle = ItemMarks(Item(id=sound.name, name=sound.name, media=media))
    for number, text in lines(file):
        cells = text.split("\t")
        try:
            if cells[0] == "\\" and len(cells) == 3 and bundle.marks:
                mark = bundle.marks[-1]
                assert isinstance(mark.geometry, Interval)
                mark.geometry = msgspec.structs.replace(mark.geometry, f0=float(cells[1]), f1=float(cells[2]))
                continue
            if not text.strip():
                continue
            if len(cells) not in (2, 3):
                raise InputError("Columns are missing.", zh="列数不对。", code="line_malformed")
            place = Interval(samples(cells[0], sound.rate), samples(cells[1], sound.rate))
            if place.end < place.start:
                raise InputError("The end is before the start.", zh="结束在开始之前。", code="time_bad")
        except (InputError, ValueError) as error:
            code = error.code if isinstance(error, InputError) else "line_malformed"
            zh, en = f"这一行读不了:{text[:60]!r}", f"This line cannot be read: {text[:60]!r}"
            problems.add(Problem(code, "error", zh, en, file=str(file), line=number, item=sound.name))
            continue
        said = cells[2] if len(cells) == 3 else ""
        mark_id = str(len(bundle.marks) + 1)
        bundle.marks.append(
            Mark(
                id=mark_id,
                geometry=place,
                label=None if as_text else said or None,
                text=(said or None) if as_text else None,
            )
        )
    media.samples = max(
        [media.samples, *(m.geometry.end for m in bundle.marks if isinstance(m.geometry, Interval))]
    )
    return bundle


FORMATS = (
    Format("audacity", ("Audacity 标签", "Audacity labels"), (".txt",), sniff, read, write, frozenset({"interval"}), options=("field", "sample_rate")),
)  # fmt: skip
