"""doccano JSONL, and CLUENER's variant: a text with its spans, relations and classes a line.

``{"text", "label": [[start, end, "L"]]}`` or ``{"text", "entities": […], "relations": […]}``, ends exclusive; a list of
words in ``label`` or ``cats`` classifies the whole text. CLUENER has ``{"label": {"L": {"surface": [[start, end]]}}}`` with
inclusive ends. doccano counts code points or UTF-16 units by a switch of its project: the option ``unit`` says which.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from doujia.errors import InputError, Problem
from doujia.formats.chat_jsonl import json_rows
from doujia.formats.choices import choice
from doujia.formats.contract import Dataset, Format, LossReport, Problems, ReadOptions, WriteOptions
from doujia.formats.files import dump_json, head
from doujia.formats.losses import Holds
from doujia.formats.output import Export, class_names
from doujia.formats.streamed import StreamedDataset
from doujia.marks import Item, ItemMarks, Mark, Nothing, Relation, Span, TextMedia

__all__ = ["FORMATS", "HOLDS", "read", "write"]

SPACE = "doccano"
HOLDS = Holds(relations=True, ids=True, size=True, ext=frozenset({SPACE}), schema=frozenset({"relations"}))

Json = dict[str, Any]


def read(path: Path, options: ReadOptions) -> Dataset:
    """Open a JSONL file; the option ``unit`` is ``codepoint`` (default) or ``utf16``."""
    unit = choice(options.extra, "unit", "codepoint", "utf16")

    def stream(problems: Problems) -> Iterator[ItemMarks]:
        for number, row in json_rows(path, problems):
            try:
                yield _item(row, number, unit)
            except InputError as error:
                zh, en = error.message.zh, error.message.en
                problems.add(Problem(error.code, "error", zh, en, file=str(path), line=number))

    return StreamedDataset(stream)


def write(dataset: Dataset, destination: Path, options: WriteOptions) -> LossReport:
    """Write one text a line, with ``entities`` and ``relations`` (option ``layout=label`` for triples)."""
    unit = choice(options.extra, "unit", "codepoint", "utf16")
    triples = choice(options.extra, "layout", "entities", "label") == "label"
    with Export("doccano", dataset, destination, options, HOLDS) as out:
        sink = out.file("doccano.jsonl")
        names = class_names(dataset.schema)
        for bundle in out.items():
            if not isinstance(bundle.item.media, TextMedia):
                out.not_this_medium(bundle)
                continue
            row = _row(out, bundle, names, unit, triples)
            sink.write(dump_json(row) + b"\n")
    return out.report


def sniff(path: Path) -> float:
    """Confidence by the keys of the first line."""
    first = head(path).lstrip().split("\n", 1)[0]
    if not first.startswith("{") or '"text"' not in first:
        return 0.0
    return 0.85 if '"entities"' in first or '"label"' in first or '"labels"' in first else 0.0


def _row(out: Export, bundle: ItemMarks, names: dict[str, str], unit: str, triples: bool) -> Json:
    item, media = bundle.item, bundle.item.media
    assert isinstance(media, TextMedia)
    offset = _to_unit(media.text, unit)
    entities: list[Json] = []
    labels: list[list[Any]] = []
    cats: list[str] = []
    numbers: dict[str, int] = {}
    for mark in bundle.marks:
        name = names.get(mark.label, mark.label) if mark.label is not None else None
        if name is None:
            out.dropped(bundle, mark, "class_unmapped")
        elif isinstance(mark.geometry, Nothing):
            out.kept(bundle, mark, same_id=mark.id == f"class {name}")
            cats.append(name)
        elif isinstance(mark.geometry, Span) and mark.geometry.end <= len(media.text):
            number = int(mark.id) if _whole(mark.id) else len(entities) + 1_000_001
            numbers[mark.id] = number
            out.kept(bundle, mark, same_id=not triples and str(number) == mark.id)
            start, end = offset[mark.geometry.start], offset[mark.geometry.end]
            entities.append({"id": number, "label": name, "start_offset": start, "end_offset": end})
            labels.append([start, end, name])
        else:
            out.dropped(bundle, mark)
    row: Json = {
        "id": int(item.id) if _whole(item.id) else item.id,
        "text": media.text,
    }
    if item.name not in ("", item.id):
        out.report.add("name_changed", example=item.name)
    relations = [] if triples else _arrows(out, bundle, numbers)
    lost = len(bundle.relations) - len(relations)
    if lost:
        out.report.add("relation_dropped", count=lost, example=item.name or item.id)
    row |= {"label": labels} if triples else {"entities": entities, "relations": relations}
    if cats:
        row["cats"] = cats
    return row | item.ext.get(SPACE, {})


def _arrows(out: Export, bundle: ItemMarks, numbers: dict[str, int]) -> list[Json]:
    """Relations whose both ends are written; ids that are no number are numbered above all others."""
    largest = max((int(r.id) for r in bundle.relations if _whole(r.id)), default=0)
    rows: list[Json] = []
    for relation in bundle.relations:
        if relation.source not in numbers or relation.target not in numbers:
            continue
        out.losses.relation(bundle.item, relation, number=None)
        if _whole(relation.id):
            number = int(relation.id)
        else:
            number = largest = largest + 1
            out.losses.add("id_renumbered", f"{bundle.item.name}#{relation.id}", source="relation")
        ends = {"from_id": numbers[relation.source], "to_id": numbers[relation.target]}
        rows.append({"id": number, **ends, "type": relation.type})
    return rows


def _whole(text: str) -> bool:
    """Whether a text is how a whole number is written, so that it comes back as it was."""
    return text.isascii() and text.isdigit() and str(int(text)) == text


def _item(row: Json, number: int, unit: str) -> ItemMarks:
    text = row.get("text", row.get("data"))
    if not isinstance(text, str):
        raise _bad("text")
    offset = _from_unit(text, unit)
    marks: list[Mark] = []
    label = row.get("label", row.get("labels"))
    if isinstance(label, dict):
        marks = _cluener(label, text)
    elif isinstance(label, str):
        marks.append(Mark(id="1", label=label))
    for value in label if isinstance(label, list) else []:
        mark_id = str(len(marks) + 1)
        if isinstance(value, list) and len(value) == 3:
            marks.append(
                Mark(id=mark_id, geometry=_span(text, offset, value[0], value[1]), label=str(value[2]))
            )
        elif isinstance(value, str):
            marks.append(Mark(id=mark_id, label=value))
        else:
            raise _bad("label")
    entities = row.get("entities")
    for entity in entities if isinstance(entities, list) else []:
        if not isinstance(entity, dict):
            raise _bad("entities")
        span = _span(text, offset, entity.get("start_offset"), entity.get("end_offset"))
        marks.append(
            Mark(id=str(entity.get("id", len(marks) + 1)), geometry=span, label=str(entity.get("label")))
        )
    cats = row.get("cats")
    for value in cats if isinstance(cats, list) else []:
        marks.append(Mark(id=f"class {value}", label=str(value)))
    known = ("text", "data", "label", "labels", "entities", "relations", "id", "cats")
    rest = {k: v for k, v in row.items() if k not in known}
    item_id = str(row["id"]) if isinstance(row.get("id"), str | int) else str(number)
    item = Item(id=item_id, name=item_id, media=TextMedia(text=text), ext={SPACE: rest} if rest else {})
    return ItemMarks(item, marks, _relations(row))


def _relations(row: Json) -> list[Relation]:
    given = row.get("relations")
    found = []
    for n, r in enumerate(given if isinstance(given, list) else [], 1):
        if not isinstance(r, dict) or "from_id" not in r or "to_id" not in r:
            raise _bad("relations")
        found.append(
            Relation(
                id=str(r.get("id", n)),
                type=str(r.get("type", "")),
                source=str(r["from_id"]),
                target=str(r["to_id"]),
            )
        )
    return found


def _cluener(label: Json, text: str) -> list[Mark]:
    marks: list[Mark] = []
    for name, surfaces in label.items():
        for surface, ranges in surfaces.items() if isinstance(surfaces, dict) else []:
            for one in ranges if isinstance(ranges, list) else []:
                if not (isinstance(one, list) and len(one) == 2 and all(isinstance(v, int) for v in one)):
                    raise _bad("label")
                start, end = one[0], one[1] + 1
                if text[start:end] != surface:
                    raise InputError(
                        f"{surface!r} does not stand at {start}..{one[1]}.",
                        zh=f"{surface!r} 不在 {start}..{one[1]}。",
                        code="span_text_differs",
                    )
                marks.append(
                    Mark(id=str(len(marks) + 1), geometry=Span(start, end, surface[:64]), label=name)
                )
    return marks


def _span(text: str, offset: dict[int, int], start: object, end: object) -> Span:
    if not (isinstance(start, int) and isinstance(end, int) and start in offset and end in offset):
        raise InputError(
            f"The span {start}..{end} is not inside the text (or cuts a character; see the option unit).",
            zh=f"片段 {start}..{end} 不在文字里(或切开了一个字,见选项 unit)。",
            code="span_outside",
        )
    a, b = offset[start], offset[end]
    if b <= a:
        raise InputError(
            f"The span {start}..{end} is empty.", zh=f"片段 {start}..{end} 是空的。", code="span_empty"
        )
    return Span(a, b, text[a:b][:64])


def _from_unit(text: str, unit: str) -> dict[int, int]:
    """Offset in the file's unit → code point."""
    return {u: i for i, u in enumerate(_to_unit(text, unit))}


def _to_unit(text: str, unit: str) -> list[int]:
    """Code point → offset in the file's unit, one entry more than the text has characters."""
    if unit == "codepoint":
        return list(range(len(text) + 1))
    found = [0]
    for c in text:
        found.append(found[-1] + (2 if ord(c) > 0xFFFF else 1))
    return found


def _bad(what: str) -> InputError:
    return InputError(f"{what} is missing or broken.", zh=f"{what} 缺少或写坏了。", code="row_malformed")


FORMATS = (
    Format("doccano", ("doccano JSONL", "doccano JSONL"), (".jsonl",), sniff, read, write, frozenset({"span", "none"}), options=("unit", "layout")),
)  # fmt: skip
