"""Reading other people's files: encodings, names, JSON, and errors that say where.

What arrives in practice: UTF-8 with and without a byte order mark, UTF-16, GB18030, CR LF, backslashes in paths, keys
given twice, NaN, names that climb out of the folder. Each is read, or refused with a code, a file and a place.
"""

from __future__ import annotations

import codecs
import json
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn, TypeGuard

import msgspec

from doujia.errors import FormatError, InputError, Problem
from doujia.formats.contract import Problems

__all__ = [
    "clean_name",
    "decode",
    "dump_json",
    "fail",
    "files_below",
    "finite",
    "head",
    "lines",
    "load_json",
    "looks_like_json",
    "parse_json",
    "read_text",
]

HEAD_BYTES = 65536
_DRIVE = re.compile(r"^[A-Za-z]:")


def fail(
    code: str,
    zh: str,
    en: str,
    *,
    file: Path | str | None = None,
    line: int | None = None,
    pointer: str | None = None,
) -> NoReturn:
    """Raise a ``FormatError`` that carries a code, both languages and the place."""
    raise FormatError(
        Problem(code, "error", zh, en, file=None if file is None else str(file), line=line, pointer=pointer)
    )


def head(path: Path, size: int = HEAD_BYTES) -> str:
    """Return the first ``size`` bytes as text, for sniffing; undecodable bytes become U+FFFD."""
    if not path.is_file():
        return ""
    with path.open("rb") as source:
        data = source.read(size)
    return data.decode(_encoding(data, complete=False), errors="replace").removeprefix("\ufeff")


def looks_like_json(path: Path, *needles: str) -> bool:
    """Say whether the beginning of ``path`` is a JSON object or list in which all ``needles`` occur."""
    text = head(path)
    return text.lstrip()[:1] in ("{", "[") and all(n in text for n in needles)


def decode(data: bytes, file: Path | str) -> str:
    """Decode a whole file: a byte order mark decides, then UTF-8, then GB18030.

    Raises:
        FormatError: ``encoding_unknown``, with the line of the first bad byte.
    """
    encoding = _encoding(data, complete=True)
    try:
        return data.decode(encoding).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        fail(
            "encoding_unknown",
            "认不出文字编码(试过 UTF-8、UTF-16、GB18030),请另存为 UTF-8",
            "The text encoding is none of UTF-8, UTF-16 and GB18030; save the file as UTF-8",
            file=file,
            line=data[: error.start].count(b"\n") + 1,
        )


def read_text(path: Path) -> str:
    """Read a small text file whole, see ``decode``."""
    return decode(_bytes(path), path)


def lines(path: Path) -> Iterator[tuple[int, str]]:
    """Yield ``(line number from 1, line without its end)`` of a text file of any size, decoding as ``decode`` does."""
    with _open(path) as source:
        start = source.read(HEAD_BYTES)
        encoding = _encoding(start, complete=len(start) < HEAD_BYTES)
        if encoding == "utf-8-sig" and not _is_utf8(path):
            encoding = "gb18030"
        source.seek(0)
        decoder = codecs.getincrementaldecoder(encoding)()
        pending, number = "", 0
        while True:
            data = source.read(1 << 18)
            try:
                pending += decoder.decode(data, final=not data)
            except UnicodeDecodeError:
                fail(
                    "encoding_unknown",
                    "认不出文字编码,请另存为 UTF-8",
                    "The text encoding is not known; save the file as UTF-8",
                    file=path,
                    line=number + pending.count("\n") + 1,
                )
            if number == 0:
                pending = pending.removeprefix("\ufeff")
            complete = pending.split("\n")
            pending = complete.pop()
            for text in complete:
                number += 1
                yield number, text.removesuffix("\r")
            if not data:
                if pending:
                    yield number + 1, pending.removesuffix("\r")
                return


def clean_name(name: str, file: Path | str, *, line: int | None = None, pointer: str | None = None) -> str:
    r"""Return a client's path with ``/`` separators.

    Raises:
        FormatError: ``name_unsafe``; the path is absolute, has a drive, or climbs with ``..``.
    """
    cleaned = name.replace("\\", "/")
    while cleaned.startswith("./"):
        cleaned = cleaned[2:]
    if cleaned.startswith("/") or _DRIVE.match(cleaned) or ".." in cleaned.split("/") or "\0" in cleaned:
        fail(
            "name_unsafe",
            f"文件名 {name!r} 指到数据集以外,不接受",
            f"The name {name!r} points outside the dataset and is refused",
            file=file,
            line=line,
            pointer=pointer,
        )
    return cleaned


def finite(value: object) -> TypeGuard[float]:
    """Say whether ``value`` is a number (not a bool) that is neither NaN nor infinite."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def files_below(folder: Path, *suffixes: str) -> list[Path]:
    """Return the files below ``folder`` with one of the ``suffixes`` (lower case), in name order; no hidden ones."""
    found = (p for p in folder.rglob("*") if p.suffix.lower() in suffixes and not p.name.startswith("."))
    return sorted((p for p in found if p.is_file()), key=lambda p: p.relative_to(folder).parts)


def parse_json(
    text: str,
    file: Path | str,
    *,
    line: int | None = None,
    problems: Problems | None = None,
) -> Any:
    """Parse JSON text; NaN and infinity are refused, a key given twice is a problem and its last value counts.

    Raises:
        FormatError: ``json_malformed`` with the line.
    """
    try:
        return json_decoder(file, problems, line).decode(text)
    except json.JSONDecodeError as error:
        fail(
            "json_malformed",
            f"JSON 写坏了:{error.msg}",
            f"The JSON is broken: {error.msg}",
            file=file,
            line=line if line is not None else error.lineno,
        )
    except RecursionError:
        fail("json_too_deep", "JSON 嵌套太深", "The JSON is nested too deeply", file=file, line=line)


def dump_json(value: Any) -> bytes:
    """Encode as compact UTF-8 JSON.

    Raises:
        InputError: ``number_not_finite``; a number is NaN or infinite and has no JSON form.
    """
    try:
        data = msgspec.json.encode(value)
        if b"null" not in data:  # msgspec writes NaN as null
            return data
    except (OverflowError, UnicodeEncodeError):  # whole numbers beyond 64 bits, halves of surrogate pairs
        pass
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except ValueError as error:
        raise InputError(
            "A number is NaN or infinite; correct it before writing.",
            zh="有一个数不是有限数,请先改正再写出。",
            code="number_not_finite",
        ) from error
    return text.encode("utf-8", "surrogatepass")


def load_json(path: Path, problems: Problems | None = None) -> Any:
    """Read a small JSON file whole, see ``parse_json``."""
    return parse_json(read_text(path), path, problems=problems)


def json_decoder(file: Path | str, problems: Problems | None, line: int | None) -> json.JSONDecoder:
    """Return a decoder that refuses NaN and infinity and tells ``problems`` of keys given twice."""

    def constant(name: str) -> NoReturn:
        fail(
            "number_not_finite",
            f"有一个数是 {name},请改正",
            f"A number is {name}; correct it",
            file=file,
            line=line,
        )

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(items)
        if len(found) != len(items) and problems is not None:
            twice = next(k for i, (k, _) in enumerate(items) if any(k == other for other, _ in items[:i]))
            problems.add(
                Problem(
                    "key_repeated",
                    "warn",
                    f"同一个键 {twice!r} 出现了两次,用最后一个",
                    f"The key {twice!r} occurs twice; the last value counts",
                    file=str(file),
                    line=line,
                    pointer=twice,
                )
            )
        return found

    return json.JSONDecoder(object_pairs_hook=pairs, parse_constant=constant)


def _encoding(data: bytes, *, complete: bool) -> str:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if len(data) >= 4 and data[1] == 0 and data[3] == 0 and data[0]:
        return "utf-16-le"
    if len(data) >= 4 and data[0] == 0 and data[2] == 0 and data[1]:
        return "utf-16-be"
    try:
        codecs.getincrementaldecoder("utf-8-sig")().decode(data, final=complete)
    except UnicodeDecodeError:
        return "gb18030"
    return "utf-8-sig"


def _is_utf8(path: Path) -> bool:
    """Whether a file whose beginning is UTF-8 stays so; GB18030 files may begin with pages of ASCII."""
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    with _open(path) as source:
        try:
            for block in iter(lambda: source.read(1 << 20), b""):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


def _open(path: Path) -> Any:
    try:
        return path.open("rb")
    except OSError as error:
        fail("file_unreadable", f"打不开:{error.strerror}", f"Cannot be opened: {error.strerror}", file=path)


def _bytes(path: Path) -> bytes:
    with _open(path) as source:
        data: bytes = source.read()
    return data
