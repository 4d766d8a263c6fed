"""Lists of files elsewhere: CSV, JSON Lines or a JSON array, one address a row, read line by line."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import unquote, urlsplit

from doujia.media.reasons import Refused

__all__ = ["LARGEST_JSON", "Listed", "read_list", "row_of"]

LARGEST_JSON = 64_000_000
"""Bytes of a JSON array, which can only be read whole; JSON Lines have no limit but that of each line."""
LONGEST_LINE = 1 << 20
_URL_KEYS = ("url", "image_url", "image", "img", "link", "href", "data", "网址", "链接", "地址")
_NAME_KEYS = ("name", "file_name", "filename", "path", "文件名", "名称")


@dataclass(frozen=True)
class Listed:
    """One row: ``line`` (1-based), the address, the name of the item to be, further columns; or why it cannot be used."""

    line: int
    url: str = ""
    name: str = ""
    attrs: dict[str, Any] = field(default_factory=dict)
    refused: Refused | None = None


def _lines(file: BinaryIO) -> Iterator[str]:
    while raw := file.readline(LONGEST_LINE + 1):
        if len(raw) > LONGEST_LINE:
            raise Refused("too_large", size=f"> {LONGEST_LINE >> 20} MB", limit=f"{LONGEST_LINE >> 20} MB")
        try:
            yield raw.decode("utf-8-sig")
        except UnicodeDecodeError:
            yield raw.decode("gb18030", "replace")


def _bad(line: int, why: str, why_zh: str) -> Listed:
    return Listed(line, refused=Refused("row_invalid", line=line, why=why, why_zh=why_zh))


def row_of(line: int, row: Any) -> Listed:
    """Return one decoded row (an address, or an object with a column ``url``) as listed."""
    if isinstance(row, str):
        row = {"url": row}
    if not isinstance(row, dict):
        return _bad(line, "it is neither an address nor an object.", "既不是网址,也不是对象。")
    low = {str(k).strip().lower(): k for k in row}
    url_key = next((low[k] for k in _URL_KEYS if k in low), None)
    url = row.get(url_key)
    if not isinstance(url, str) or not url.strip():
        return _bad(line, "it has no address (column url).", "没有网址(url 这一列)。")
    url = url.strip()
    name_key = next((low[k] for k in _NAME_KEYS if k in low and low[k] != url_key), None)
    name = str(row.get(name_key) or "").strip() or _last_part(url)
    rest = {str(k): v for k, v in row.items() if k not in (url_key, name_key) and v not in (None, "")}
    plain = all(isinstance(v, str | int | float | bool) for v in rest.values())
    if not plain or len(rest) > 64:
        return _bad(line, "its further columns are not plain values.", "别的列不是文字或数字。")
    return Listed(line, url, name, rest)


def _last_part(url: str) -> str:
    try:
        return unquote(urlsplit(url).path).rstrip("/").rpartition("/")[2] or "unnamed"
    except ValueError:
        return "unnamed"


def read_list(path: Path, kind: str) -> Iterator[Listed]:
    """Yield the rows of a list.

    Args:
        kind: csv, jsonl or json.

    Raises:
        Refused: the list as a whole cannot be read: ``too_large``, ``unreadable``.
    """
    if kind == "json":
        if path.stat().st_size > LARGEST_JSON:
            raise Refused(
                "too_large",
                size=f"{path.stat().st_size / 1e6:.0f} MB",
                limit=f"{LARGEST_JSON // 10**6} MB (JSON Lines: no limit)",
            )
        try:
            rows = json.loads(path.read_bytes())
        except (ValueError, RecursionError) as error:
            raise Refused("unreadable") from error
        if not isinstance(rows, list):
            raise Refused("unreadable")
        for number, row in enumerate(rows, 1):
            yield row_of(number, row)
        return
    with path.open("rb") as file:
        if kind == "jsonl":
            yield from _jsonl(file)
            return
        try:
            reader = csv.DictReader(_lines(file))
            for row in reader:
                yield row_of(reader.line_num, {k: v for k, v in row.items() if isinstance(k, str)})
        except csv.Error as error:
            raise Refused("unreadable") from error


def _jsonl(file: BinaryIO) -> Iterator[Listed]:
    for number, line in enumerate(_lines(file), 1):
        text = line.strip()
        if not text:
            continue
        try:
            row = json.loads(text)
        except (ValueError, RecursionError):
            yield _bad(number, "it is not JSON.", "不是 JSON。")
            continue
        yield row_of(number, row)
