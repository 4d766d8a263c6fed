"""Parquet: one row a mark, for pandas, DuckDB and data loaders, and still everything of Doujia JSONL.

The columns that people filter by are plain (label, kind, box, score …); what is nested is JSON text. The first row of an
item carries the item and its relations; an item without marks is one row whose ``id`` is null. Schema and information
stand in the file's key-value metadata.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from doujia.errors import InputError, Problem
from doujia.formats.contract import Dataset, Format, LossReport, Problems, ReadOptions, WriteOptions
from doujia.formats.doujia_jsonl import EVERYTHING, encode_bundle
from doujia.formats.files import fail
from doujia.formats.output import Export, kind_of
from doujia.formats.streamed import StreamedDataset
from doujia.marks import Item, ItemMarks, Mark, Relation, Schema
from doujia.marks.document import decode_schema
from doujia.marks.geometry import Geometry
from doujia.marks.mark import At, Origin
from doujia.marks.schema import GEOMETRY_KINDS
from doujia.marks.shapes import bounds

__all__ = ["COLUMNS", "FORMATS", "read", "write"]

ROWS_PER_GROUP = 20_000

COLUMNS: tuple[tuple[str, str], ...] = (
    ("item", "string"),
    ("name", "string"),
    ("split", "string"),
    ("status", "string"),
    ("id", "string"),
    ("kind", "string"),
    ("label", "string"),
    ("text", "string"),
    ("box", "list<float64>"),
    ("geometry", "json"),
    ("attrs", "json"),
    ("frame", "int64"),
    ("at", "json"),
    ("group", "string"),
    ("z", "int64"),
    ("score", "float64"),
    ("flags", "list<string>"),
    ("by", "string"),
    ("actor", "string"),
    ("model", "string"),
    ("edit", "string"),
    ("origin", "json"),
    ("ext", "json"),
    ("item_json", "json"),
    ("relations_json", "json"),
)
"""Name and type of every column; ``json`` is a string that holds JSON. ``box`` is x0, y0, x1, y1 in px."""

_REQUIRED = frozenset({"item", "id", "geometry", "item_json"})
_geometry = msgspec.json.Decoder(Geometry)
_item = msgspec.json.Decoder(Item)
_relations = msgspec.json.Decoder(list[Relation])
_at = msgspec.json.Decoder(At)
_origin = msgspec.json.Decoder(Origin)
_object = msgspec.json.Decoder(dict[str, Any])


def read(path: Path, options: ReadOptions) -> Dataset:
    """Open a Parquet file that ``write`` made; row groups are read one after the other.

    Raises:
        FormatError: not Parquet, or columns are missing.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(path)
    except (pa.ArrowInvalid, OSError) as error:
        fail(
            "parquet_unreadable",
            f"不是完整的 Parquet 文件:{error}",
            f"Not a whole Parquet file: {error}",
            file=path,
        )
    with file:
        missing = _REQUIRED - set(file.schema_arrow.names)
        if missing:
            fail(
                "columns_missing",
                f"缺少列:{'、'.join(sorted(missing))}",
                f"Columns are missing: {', '.join(sorted(missing))}",
                file=path,
            )
        metadata = file.schema_arrow.metadata or {}
    try:
        schema = decode_schema(metadata[b"doujia.schema"]) if b"doujia.schema" in metadata else None
        info = _object.decode(metadata.get(b"doujia.info", b"{}"))
    except (InputError, msgspec.DecodeError) as error:
        fail("schema_malformed", f"标签体系的内容不对:{error}", f"The schema is broken: {error}", file=path)
    return StreamedDataset(lambda problems: _items(path, problems), schema=schema, info=info)


def write(dataset: Dataset, destination: Path, options: WriteOptions) -> LossReport:
    """Write one Parquet file (zstd); nothing is lost."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    with Export("parquet", dataset, destination, options, EVERYTHING) as out:
        sink = out.file("marks.parquet")
        arrow = _arrow_schema(pa, dataset.schema, dataset.info)
        with pq.ParquetWriter(sink, arrow, compression="zstd") as writer:
            rows: list[Row] = []
            for bundle in out.items(check_numbers=False):
                rows.extend(_rows(bundle))
                out.report.marks += len(bundle.marks)
                if len(rows) >= ROWS_PER_GROUP:
                    writer.write_table(_table(pa, rows, arrow))
                    rows = []
            if rows or out.report.items == 0:
                writer.write_table(_table(pa, rows, arrow))
    return out.report


def sniff(path: Path) -> float:
    """Confidence by the magic bytes."""
    if not path.is_file():
        return 0.0
    with path.open("rb") as source:
        return 0.9 if source.read(4) == b"PAR1" else 0.0


def _arrow_schema(pa: Any, schema: Schema, info: dict[str, Any]) -> Any:
    types = {
        "string": pa.string(),
        "json": pa.string(),
        "int64": pa.int64(),
        "float64": pa.float64(),
        "list<float64>": pa.list_(pa.float64()),
        "list<string>": pa.list_(pa.string()),
    }
    return pa.schema(
        [(name, types[kind]) for name, kind in COLUMNS],
        metadata={"doujia.schema": encode_bundle(schema), "doujia.info": encode_bundle(info)},
    )


Row = tuple[Any, ...]
"""The values of one row in the order of ``COLUMNS``."""

_MARK_COLUMNS = len(COLUMNS) - 6


def _table(pa: Any, rows: list[Row], arrow: Any) -> Any:
    columns = zip(*rows, strict=True) if rows else ([] for _ in COLUMNS)
    return pa.table([pa.array(c, type=f.type) for c, f in zip(columns, arrow, strict=True)], schema=arrow)


def _rows(bundle: ItemMarks) -> Iterator[Row]:
    item = bundle.item
    common = (item.id, item.name, item.split, item.status)
    first: Row = (
        encode_bundle(item).decode(),
        encode_bundle(bundle.relations).decode() if bundle.relations else None,
    )
    if not bundle.marks:
        yield (*common, *[None] * _MARK_COLUMNS, *first)
        return
    for mark in bundle.marks:
        yield (*common, *_row(mark), *first)
        first = (None, None)


def _row(mark: Mark) -> Row:
    origin, at = mark.origin, mark.at
    return (
        mark.id,
        kind_of(mark).split(":")[0],
        mark.label,
        mark.text,
        bounds(mark.geometry),
        encode_bundle(mark.geometry).decode(),
        encode_bundle(mark.attrs).decode() if mark.attrs else None,
        at.frame if at is not None else None,
        encode_bundle(at).decode() if at is not None else None,
        mark.group,
        mark.z,
        mark.score,
        mark.flags,
        origin.by if origin is not None else None,
        origin.actor if origin is not None else None,
        origin.model if origin is not None else None,
        origin.edit if origin is not None else None,
        encode_bundle(origin).decode() if origin is not None else None,
        encode_bundle(mark.ext).decode() if mark.ext else None,
    )


def _items(path: Path, problems: Problems) -> Iterator[ItemMarks]:
    current: ItemMarks | None = None
    for number, row in enumerate(_table_rows(path), 1):
        try:
            if row["item_json"] is not None or current is None:
                if current is not None:
                    yield current
                current = _start(row)
            if row["id"] is not None:
                current.marks.append(_mark(row))
        except (msgspec.DecodeError, TypeError) as error:
            problems.add(
                Problem(
                    "row_malformed",
                    "error",
                    f"第 {number} 行读不了:{error}",
                    f"Row {number} cannot be read: {error}",
                    file=str(path),
                    line=number,
                    item=row["item"],
                    mark=row["id"],
                )
            )
    if current is not None:
        yield current


def _table_rows(path: Path) -> Iterator[dict[str, Any]]:
    """Rows of our columns, one batch in memory at a time."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    number = 0
    try:
        with pq.ParquetFile(path) as file:
            names = [n for n, _ in COLUMNS if n in file.schema_arrow.names]
            for batch in file.iter_batches(batch_size=4096, columns=names):
                for row in batch.to_pylist():
                    number += 1
                    yield row
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        zh, en = f"第 {number} 行以后读不了:{error}", f"After row {number} the file cannot be read: {error}"
        fail("parquet_unreadable", zh, en, file=path, line=number + 1)


def _start(row: dict[str, Any]) -> ItemMarks:
    item = _item.decode(row["item_json"] or b"{}")
    relations = _relations.decode(row["relations_json"]) if row.get("relations_json") else []
    return ItemMarks(item=item, marks=[], relations=relations)


def _mark(row: dict[str, Any]) -> Mark:
    return Mark(
        id=row["id"],
        geometry=_geometry.decode(row["geometry"]),
        label=row.get("label"),
        text=row.get("text"),
        attrs=_object.decode(row["attrs"]) if row.get("attrs") else {},
        at=_at.decode(row["at"]) if row.get("at") else None,
        group=row.get("group"),
        z=row.get("z") or 0,
        score=row.get("score"),
        flags=row.get("flags") or [],
        origin=_origin.decode(row["origin"]) if row.get("origin") else None,
        ext=_object.decode(row["ext"]) if row.get("ext") else {},
    )


FORMATS = (
    Format(
        name="parquet",
        title=("Parquet 表", "Parquet table"),
        extensions=(".parquet",),
        sniff=sniff,
        read=read,
        write=write,
        holds=frozenset(GEOMETRY_KINDS),
    ),
)
