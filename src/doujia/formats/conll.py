"""CoNLL/BIO: a token and its tag a line, a blank line after each sentence.

IOB1, IOB2, BIOES and BMES are read alike. Written are single characters with BIO tags (options ``tokens=latin`` keeps runs
of Latin letters and digits whole, ``scheme=bioes`` or ``bmes``). White space is no token, so it does not come back.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from doujia.errors import Problem
from doujia.formats.choices import choice
from doujia.formats.contract import Dataset, Format, LossReport, Problems, ReadOptions, WriteOptions
from doujia.formats.files import head, lines
from doujia.formats.losses import Holds
from doujia.formats.output import Export, class_names, place_of
from doujia.formats.streamed import StreamedDataset
from doujia.marks import Item, ItemMarks, Mark, Span, TextMedia

__all__ = ["FORMATS", "HOLDS", "read", "spans_of_tags", "tags_of_spans", "write"]

HOLDS = Holds(size=True)
_BEGIN, _GO_ON, _END = frozenset("BSU"), frozenset("IMEL"), frozenset("ESLU")
_RUN = re.compile(r"[A-Za-z0-9]+|\S", re.ASCII)
_NAMES = {"bio": ("B", "I", "I", "B"), "bioes": ("B", "I", "E", "S"), "bmes": ("B", "M", "E", "S")}
"""Scheme → the letters for the beginning, the middle, the end and a single token."""

Tagged = tuple[int, int, str]


def spans_of_tags(tags: list[str]) -> tuple[list[Tagged], list[int]]:
    """Return ``(first token, last token + 1, type)`` for each span, and the indices of tags that are none."""
    spans: list[Tagged] = []
    wrong: list[int] = []
    start, kind = -1, ""
    for i, tag in enumerate(tags):
        prefix, _, name = tag.partition("-")
        known = tag == "O" or (len(prefix) == 1 and prefix in _BEGIN | _GO_ON and name != "")
        if not known:
            wrong.append(i)
        if start >= 0 and (not known or tag == "O" or prefix in _BEGIN or name != kind):
            spans.append((start, i, kind))
            start = -1
        if known and tag != "O":
            if start < 0:
                start, kind = i, name
            if prefix in _END:
                spans.append((start, i + 1, kind))
                start = -1
    if start >= 0:
        spans.append((start, len(tags), kind))
    return spans, wrong


def tags_of_spans(spans: list[Tagged], count: int, scheme: str = "bio") -> list[str]:
    """Return ``count`` tags for spans that do not overlap."""
    begin, middle, end, single = _NAMES[scheme]
    tags = ["O"] * count
    for start, stop, kind in spans:
        if stop - start == 1:
            tags[start] = f"{single}-{kind}"
            continue
        tags[start:stop] = [f"{begin}-{kind}", *[f"{middle}-{kind}"] * (stop - start - 2), f"{end}-{kind}"]
    return tags


def read(path: Path, options: ReadOptions) -> Dataset:
    """Open one file. Tokens of several characters are set apart by a space unless one of the two is Chinese."""
    sample = [_cells(t)[0] for t in head(path).splitlines()[:-1] if t.strip() and len(_cells(t)) > 1]
    words = any(len(first) > 1 for first in sample if not first.startswith("-DOCSTART"))
    return StreamedDataset(lambda problems: _items(path, problems, words))


def write(dataset: Dataset, destination: Path, options: WriteOptions) -> LossReport:
    """Write one file. Of overlapping spans the longest is kept; a span that cuts a token is widened to it."""
    scheme = choice(options.extra, "scheme", *_NAMES)
    tokens = choice(options.extra, "tokens", "char", "latin")
    with Export("conll", dataset, destination, options, HOLDS) as out:
        sink = out.file("sentences.conll")
        names = class_names(dataset.schema)
        for number, bundle in enumerate(out.items(), 1):
            media = bundle.item.media
            if not isinstance(media, TextMedia):
                out.not_this_medium(bundle)
                continue
            where = bundle.item.name or bundle.item.id
            if bundle.item.name not in ("", str(number)):
                out.report.add("name_changed", example=where)
            spaces = sum(c.isspace() for c in media.text)
            if spaces:
                out.report.add("text_dropped", count=spaces, source="white space", example=where)
            pattern = _RUN if tokens == "latin" else re.compile(r"\S")
            pieces = [(m.start(), m.end()) for m in pattern.finditer(media.text)]
            spans = _token_spans(out, bundle, pieces, names)
            tags = tags_of_spans(spans, len(pieces), scheme)
            rows = (f"{media.text[a:b]}\t{tag}\n" for (a, b), tag in zip(pieces, tags, strict=True))
            sink.write(("".join(rows) + "\n").encode("utf-8", "surrogatepass"))
    return out.report


def sniff(path: Path) -> float:
    """Confidence by the tags of the first lines."""
    rows = [_cells(t) for t in head(path, 8192).splitlines()[:40] if t.strip()]
    if len(rows) < 2:
        return 0.0
    tagged = sum(len(r) > 1 and (r[-1] == "O" or re.match(r"^[BIESMLU]-\S", r[-1]) is not None) for r in rows)
    return 0.8 if tagged >= 0.9 * len(rows) else 0.0


def _token_spans(
    out: Export, bundle: ItemMarks, pieces: list[tuple[int, int]], names: dict[str, str]
) -> list[Tagged]:
    wanted: list[tuple[int, int, Mark, bool]] = []
    for mark in bundle.marks:
        geometry = mark.geometry
        if not isinstance(geometry, Span):
            out.dropped(bundle, mark)
            continue
        inside = [i for i, (a, b) in enumerate(pieces) if a < geometry.end and b > geometry.start]
        if not inside:
            out.dropped(bundle, mark)
            continue
        cut = pieces[inside[0]][0] < geometry.start or pieces[inside[-1]][1] > geometry.end
        wanted.append((inside[0], inside[-1] + 1, mark, cut))
    taken: set[int] = set()
    kept: list[tuple[int, int, Mark, bool]] = []
    for start, stop, mark, cut in sorted(wanted, key=lambda w: (w[0] - w[1], w[0])):
        if mark.label is None:
            out.dropped(bundle, mark, "class_unmapped")
        elif taken & set(range(start, stop)):
            out.dropped(bundle, mark, "overlap_dropped")
        else:
            taken |= set(range(start, stop))
            kept.append((start, stop, mark, cut))
    found = []
    for start, stop, mark, cut in sorted(kept, key=lambda k: k[0]):
        out.kept(bundle, mark)
        if cut:
            out.report.add("span_cut_token", example=place_of(bundle, mark))
        found.append((start, stop, names.get(mark.label or "", mark.label or "")))
    return found


def _cells(text: str) -> list[str]:
    return text.split("\t") if "\t" in text else text.split()


def _items(path: Path, problems: Problems, words: bool) -> Iterator[ItemMarks]:
    rows: list[tuple[int, str, str]] = []
    count = 0
    for number, text in lines(path):
        cells = _cells(text)
        if not text.strip():
            if rows:
                count += 1
                yield _sentence(path, rows, count, problems, words)
                rows = []
        elif cells[0] == "-DOCSTART-":
            continue
        elif len(cells) < 2 or not cells[0]:
            zh, en = f"这一行应是字和标签:{text[:40]!r}", f"There should be a token and a tag: {text[:40]!r}"
            problems.add(Problem("line_malformed", "error", zh, en, file=str(path), line=number))
        else:
            rows.append((number, cells[0], cells[-1].strip()))
    if rows:
        yield _sentence(path, rows, count + 1, problems, words)


def _sentence(
    path: Path, rows: list[tuple[int, str, str]], count: int, problems: Problems, words: bool
) -> ItemMarks:
    text, places = "", []
    for _, token, _ in rows:
        if words and text and text[-1].isascii() and token[0].isascii():
            text += " "
        places.append((len(text), len(text) + len(token)))
        text += token
    spans, wrong = spans_of_tags([tag for _, _, tag in rows])
    for i in wrong:
        number, _, tag = rows[i]
        problems.add(
            Problem(
                "tag_unknown",
                "error",
                f"不认识的标签 {tag!r}",
                f"The tag {tag!r} is not known",
                file=str(path),
                line=number,
            )
        )
    marks: list[Mark] = []
    for start, stop, kind in spans:
        a, b = places[start][0], places[stop - 1][1]
        marks.append(Mark(id=str(len(marks) + 1), geometry=Span(a, b, text[a:b][:64]), label=kind))
    return ItemMarks(Item(id=str(count), name=str(count), media=TextMedia(text=text)), marks)


FORMATS = (
    Format("conll", ("CoNLL/BIO 序列标注", "CoNLL/BIO tags"), (".conll", ".bio", ".txt"), sniff, read, write, frozenset({"span"}), options=("scheme", "tokens")),
)  # fmt: skip
