"""A schema out of what a team already has: a labelling configuration, a label list, or any annotated file."""

from __future__ import annotations

from pathlib import Path

import msgspec

from doujia.errors import InputError
from doujia.formats import get, read, sniff
from doujia.formats.cvat.labels import Definition, schema_from_definitions
from doujia.formats.files import decode, fail, parse_json
from doujia.formats.label_studio.config import schema_from_config
from doujia.marks import LabelClass, Schema
from doujia.marks.document import decode_schema

__all__ = ["KINDS", "schema_from"]

KINDS = ("auto", "doujia", "label-studio-config", "cvat-labels", "names")
"""What ``schema_from`` knows besides the names of the formats. ``names`` is one class name a line."""


def schema_from(source: Path | str, kind: str = "auto") -> Schema:
    """Read a schema.

    Args:
        source: a file or folder (``Path``), or the text itself (``str``).
        kind: one of ``KINDS`` or the name of a format, whose classes, attributes and skeletons are taken from the file.

    Raises:
        FormatError: the text is not what ``kind`` says.
        InputError: ``schema_kind_unknown``, or a format was named and only text given.
    """
    if isinstance(source, Path) and (source.is_dir() or kind not in KINDS):
        return read(source, kind).schema
    if isinstance(source, Path):
        if not source.exists():
            fail("file_missing", f"没有这个文件:{source}", f"There is no such file: {source}", file=source)
        if kind == "auto":
            found = _of_annotations(source)
            if found is not None:
                return found
        return _of_text(decode(source.read_bytes(), source), kind, str(source))
    if kind not in KINDS:
        get(kind)
        raise InputError(
            f"To take a schema from {kind}, give the file, not its text.",
            zh=f"要从 {kind} 取标签体系,请给文件,不要给文字。",
            code="schema_needs_file",
        )
    return _of_text(source, kind, "text")


def _of_annotations(path: Path) -> Schema | None:
    guesses = sniff(path)
    return read(path, guesses[0][0]).schema if guesses and guesses[0][1] >= 0.5 else None


def _of_text(text: str, kind: str, file: str) -> Schema:
    start = text.lstrip("\ufeff \t\r\n")
    if kind == "auto":
        kind = _guess(start)
    if kind == "label-studio-config":
        return schema_from_config(start, file)
    if kind == "names":
        names = dict.fromkeys(line.strip() for line in start.splitlines() if line.strip())
        return Schema(classes=[LabelClass(id=n, name=n) for n in names])
    raw = parse_json(start, file)
    if kind == "doujia":
        return decode_schema(start)
    try:
        return schema_from_definitions(msgspec.convert(raw, list[Definition], strict=False))
    except msgspec.ValidationError as error:
        fail(
            "labels_malformed",
            f"这不是 CVAT 的标签列表(每项要有 name):{error}",
            f"This is not CVAT's list of labels (each needs a name): {error}",
            file=file,
            line=1,
        )


def _guess(start: str) -> str:
    if start.startswith("<"):
        return "label-studio-config"
    if start.startswith("["):
        return "cvat-labels"
    return "doujia" if start.startswith("{") else "names"
