"""Doujia JSONL: our own form, which keeps everything.

The first line is a header ``{"doujia": "jsonl", "version": 1, "schema": {…}, "info": {…}}``, every further line one item
with its marks and relations (``ItemMarks``). Equal datasets give equal bytes.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from doujia.errors import InputError, Problem
from doujia.formats.contract import Dataset, Format, LossReport, Problems, ReadOptions, WriteOptions
from doujia.formats.files import fail, head, lines, parse_json
from doujia.formats.losses import Holds
from doujia.formats.output import Export
from doujia.formats.streamed import StreamedDataset
from doujia.marks import FLAGS, ItemMarks, Schema
from doujia.marks.document import migrate_schema
from doujia.marks.schema import GEOMETRY_KINDS

__all__ = ["EVERYTHING", "FORMATS", "VERSION", "Everything", "encode_bundle", "read", "write"]

VERSION = 1
_decoder = msgspec.json.Decoder(ItemMarks)
_encoder = msgspec.json.Encoder()


class Everything(frozenset[str]):
    """A set that contains every name: what a lossless format holds."""

    def __contains__(self, name: object) -> bool:
        return True


EVERYTHING = Holds(
    text=True,
    attrs=True,
    score=True,
    group=True,
    z=True,
    origin=True,
    flags=frozenset(FLAGS),
    ext=Everything(),
    relations=True,
    split=True,
    sequence=True,
    item_attrs=True,
    status=True,
    ids=True,
    at=True,
    size=True,
    orientation=True,
    info=Everything(),
    schema=Everything(),
)


class Header(msgspec.Struct, kw_only=True):
    """The first line of a file."""

    doujia: str = "jsonl"
    version: int = VERSION
    schema: dict[str, Any] = {}
    info: dict[str, Any] = {}


def encode_bundle(value: Any) -> bytes:
    """Encode a struct as one JSON line without its end.

    Raises:
        InputError: ``number_not_finite``; a number is NaN or infinite and has no JSON form.
    """
    try:
        line = _encoder.encode(value)
    except OverflowError as error:
        raise InputError(
            f"A whole number is too large for JSON: {error}.",
            zh=f"有一个整数太大,JSON 放不下:{error}。",
            code="number_too_large",
        ) from error
    if b"null" in line:
        _refuse_not_finite(msgspec.to_builtins(value))
    return line


def read(path: Path, options: ReadOptions) -> Dataset:
    """Open a Doujia JSONL file. A line that is not an item is a problem of its own; the others are read.

    Raises:
        FormatError: the header is broken or of a newer version.
    """
    header = _header(path)
    schema = _schema(path, header) if header is not None else None
    return StreamedDataset(
        lambda problems: _items(path, problems, skip_first=header is not None),
        schema=schema,
        info=header.info if header is not None else {},
    )


def write(dataset: Dataset, destination: Path, options: WriteOptions) -> LossReport:
    """Write a dataset; nothing is lost."""
    with Export("doujia-jsonl", dataset, destination, options, EVERYTHING) as out:
        sink = out.file("marks.jsonl")
        header = Header(schema=msgspec.to_builtins(dataset.schema), info=dataset.info)
        sink.write(encode_bundle(header) + b"\n")
        for bundle in out.items(check_numbers=False):
            sink.write(encode_bundle(bundle) + b"\n")
            out.report.marks += len(bundle.marks)
    return out.report


def sniff(path: Path) -> float:
    """1 for a file with our header, 0.3 for lines that look like items without one."""
    start = head(path, 4096)
    if start.lstrip().startswith('{"doujia":"jsonl"'):
        return 1.0
    return 0.3 if start.lstrip().startswith('{"item":{"id":') else 0.0


def _header(path: Path) -> Header | None:
    for number, text in lines(path):
        if not text.strip():
            continue
        raw = parse_json(text, path, line=number)
        if not isinstance(raw, dict) or "doujia" not in raw:
            return None
        try:
            header = msgspec.convert(raw, Header)
        except msgspec.ValidationError as error:
            fail(
                "header_malformed",
                f"第一行不对:{error}",
                f"The header is broken: {error}",
                file=path,
                line=number,
            )
        if not 1 <= header.version <= VERSION:
            fail(
                "version_unknown",
                f"文件版本 {header.version} 比本程序新,请升级",
                f"The file has version {header.version}, this program knows up to {VERSION}; upgrade it",
                file=path,
                line=number,
            )
        return header
    return None


def _schema(path: Path, header: Header) -> Schema:
    try:
        return msgspec.convert(migrate_schema(header.schema), Schema)
    except (msgspec.ValidationError, InputError) as error:
        fail(
            "schema_malformed",
            f"标签体系的内容不对:{error}",
            f"The schema is broken: {error}",
            file=path,
            line=1,
            pointer="/schema",
        )


def _items(path: Path, problems: Problems, *, skip_first: bool) -> Iterator[ItemMarks]:
    seen: set[str] = set()
    for number, text in lines(path):
        if not text.strip():
            continue
        if skip_first:
            skip_first = False
            continue
        try:
            bundle = _decoder.decode(text)
        except msgspec.DecodeError as error:
            problems.add(
                Problem(
                    "line_malformed",
                    "error",
                    f"这一行读不了:{error}",
                    f"This line cannot be read: {error}",
                    file=str(path),
                    line=number,
                )
            )
            continue
        if bundle.item.id in seen:
            problems.add(
                Problem(
                    "item_id_repeated",
                    "warn",
                    f"编号 {bundle.item.id} 出现了不止一次",
                    f"The item id {bundle.item.id} occurs more than once",
                    file=str(path),
                    line=number,
                    item=bundle.item.id,
                )
            )
        seen.add(bundle.item.id)
        yield bundle


def _refuse_not_finite(value: Any) -> None:
    if isinstance(value, float) and not math.isfinite(value):
        raise InputError(
            "A number is NaN or infinite; correct it before writing.",
            zh="有一个数不是有限数,请先改正再写出。",
            code="number_not_finite",
        )
    if isinstance(value, dict):
        for inner in value.values():
            _refuse_not_finite(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            _refuse_not_finite(inner)


FORMATS = (
    Format(
        name="doujia-jsonl",
        title=("豆荚 JSONL", "Doujia JSONL"),
        extensions=(".jsonl",),
        sniff=sniff,
        read=read,
        write=write,
        holds=frozenset(GEOMETRY_KINDS),
    ),
)
