"""Writing tables and curves of the command line: whole or not at all, by the ending of the file's name."""

from __future__ import annotations

import contextlib
import csv
import io
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

__all__ = ["write_curve", "write_rows"]

_TABLES = (".csv", ".json", ".parquet", ".pq")


def write_rows(path: Path, rows: Sequence[dict[str, Any]]) -> None:
    """Write rows as CSV, JSON or Parquet.

    Raises:
        InputError: another ending, or the file cannot be written there.
    """
    ending = path.suffix.lower()
    if ending == ".csv":
        _whole(path, lambda to: to.write_text(_csv(rows), encoding="utf-8"))
    elif ending == ".json":
        text = json.dumps(rows, ensure_ascii=False, indent=1) + "\n"
        _whole(path, lambda to: to.write_text(text, encoding="utf-8"))
    elif ending in _TABLES:
        import pyarrow as pa
        from pyarrow import parquet

        _whole(path, lambda to: parquet.write_table(pa.Table.from_pylist(list(rows)), to))
    else:
        raise _unknown(path, ".csv, .json or .parquet", ".csv、.json 或 .parquet")


def write_curve(path: Path, curve: Sequence[Any]) -> None:
    """Draw an operating curve as SVG, or write its points as a table.

    Raises:
        InputError: another ending, or the file cannot be written there.
    """
    import msgspec

    ending = path.suffix.lower()
    if ending == ".svg":
        _whole(path, lambda to: to.write_text(_drawn(curve), encoding="utf-8"))
    elif ending in _TABLES:
        write_rows(path, msgspec.to_builtins(curve))
    else:
        raise _unknown(path, ".svg, .csv, .json or .parquet", ".svg、.csv、.json 或 .parquet")


def _whole(path: Path, write: Callable[[Path], Any]) -> None:
    from doujia.errors import InputError

    partial = path.with_name(path.name + ".partial")
    try:
        write(partial)
        partial.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):  # it was most likely never there
            partial.unlink()
        raise InputError(
            f"{path} cannot be written: {error.strerror or error}. Does its folder exist?",
            zh=f"{path} 写不进去:{error.strerror or error}。请看看文件夹在不在。",
            code="out_unwritable",
        ) from error


def _unknown(path: Path, en: str, zh: str) -> Exception:
    from doujia.errors import InputError

    return InputError(
        f"The ending of {path} is not {en}.", zh=f"{path} 的扩展名应为 {zh}。", code="ending_unknown"
    )


def _csv(rows: Sequence[dict[str, Any]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(rows[0]) if rows else [], lineterminator="\n")
    writer.writeheader()
    writer.writerows([{key: _neutral(value) for key, value in row.items()} for row in rows])
    return text.getvalue()


def _neutral(value: Any) -> Any:
    """A cell that a spreadsheet will not take for a formula (negative numbers stay as they are)."""
    if not isinstance(value, str) or not value.startswith(("=", "+", "-", "@", "\t", "\r")):
        return value
    try:
        float(value)
    except ValueError:
        return "'" + value
    return value


def _drawn(curve: Sequence[Any]) -> str:
    top = max(point.bad for point in curve)
    place = [(60 + 500 * point.bad / top, 320 - 280 * point.accept) for point in curve]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in place)
    ticks = [
        f'<text x="{60 + 100 * i}" y="340" text-anchor="middle">{top * i / 5:.1%}</text>' for i in range(6)
    ]
    ticks += [f'<text x="52" y="{324 - 56 * i}" text-anchor="end">{i / 5:.0%}</text>' for i in range(6)]
    ticks += [f'<path d="M60 {320 - 56 * i}H560" stroke="#ddd"/>' for i in range(6)]
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 600 380" font-family="sans-serif" font-size="12">'
        '<rect width="600" height="380" fill="#fff"/>' + "".join(ticks) +
        f'<polyline points="{line}" fill="none" stroke="#1f6f54" stroke-width="2"/>'
        '<text x="310" y="368" text-anchor="middle">share of defective items 不合格率</text>'
        '<text x="60" y="24">probability of acceptance 接收概率</text></svg>\n'
    )  # fmt: skip
