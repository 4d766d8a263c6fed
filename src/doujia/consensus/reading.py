"""Read answers and gold from CSV and Parquet files."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from doujia.consensus.answers import Answers, Duplicates
from doujia.errors import FormatError, InputError, Problem

__all__ = ["pick_columns", "read_answers", "read_gold"]

_ALIASES = {
    "item": ("item", "task", "item_id", "task_id", "question", "unit", "题目"),
    "worker": ("worker", "annotator", "worker_id", "performer", "annotator_id", "person", "标注员"),
    "label": ("label", "answer", "response", "output", "value", "答案"),
    "time": ("time", "timestamp", "submitted_at", "时间"),
    "active_ms": ("active_ms", "duration_ms"),
    "weight": ("weight", "权重"),
}
_TRUTH = ("truth", "gold", "label", "answer", "true_label", "答案")


def pick_columns(names: Sequence[str]) -> dict[str, str]:
    """Which column plays which part: role (item, worker, label, time, active_ms, weight) to column name.

    Raises:
        InputError: there is no column for item, worker or label.
    """
    lower = {name.strip().lower(): name for name in reversed(names)}
    picked = {}
    for role, aliases in _ALIASES.items():
        found = next((lower[alias] for alias in aliases if alias in lower), None)
        if found is not None:
            picked[role] = found
        elif role in ("item", "worker", "label"):
            raise InputError(
                f"No column for {role}: found {', '.join(names) or 'none'}; expected one of {', '.join(aliases)}.",
                zh=f"找不到 {role} 列:文件有 {'、'.join(names) or '空'},应有 {'、'.join(aliases)} 之一。",
                code="column_missing",
            )
    return picked


def read_answers(
    path: str | Path, *, duplicates: Duplicates = "last", labels: Sequence[Any] | None = None
) -> Answers:
    """Read answers from a ``.csv``, ``.tsv`` or ``.parquet`` file.

    The columns are ``item``, ``worker``, ``label`` and, where present, ``time`` (seconds or ISO 8601),
    ``active_ms`` and ``weight``; ``task``, ``annotator``, ``answer`` and the like are understood. Ids and labels of a
    CSV file are text. UTF-8 with or without BOM, else GB 18030.

    Raises:
        FormatError: the file cannot be read. InputError: see ``Answers.from_arrays``.
    """
    table, problems = _read_table(Path(path))
    picked = pick_columns(table.column_names)
    columns: dict[str, Any] = {}
    for role, name in picked.items():
        column = table.column(name)
        if role == "time":
            columns[role] = _moments(column, Path(path))
        elif role in ("active_ms", "weight"):
            columns[role] = _floats(column, role, Path(path))
        else:
            columns[role] = _values(column)
    return Answers.from_arrays(**columns, duplicates=duplicates, labels=labels, problems=problems)


def read_gold(path: str | Path) -> dict[Any, Any]:
    """Read known right answers: columns ``item`` and ``truth`` (or ``gold``, ``label``).

    Raises:
        InputError: one item has two different right answers; the message names it.
    """
    table, problems = _read_table(Path(path))
    if problems:
        raise FormatError(problems[0])
    names = {name.strip().lower(): name for name in reversed(table.column_names)}
    item = next((names[a] for a in _ALIASES["item"] if a in names), None)
    truth = next((names[a] for a in _TRUTH if a in names), None)
    if item is None or truth is None:
        raise InputError(
            f"{path}: gold needs the columns item and truth; found {', '.join(table.column_names)}.",
            zh=f"{path}:考核文件应有 item 和 truth 两列,实际为 {'、'.join(table.column_names)}。",
            code="column_missing",
        )
    gold: dict[Any, Any] = {}
    against: dict[Any, tuple[Any, Any]] = {}
    for key, value in zip(
        _values(table.column(item)).tolist(), _values(table.column(truth)).tolist(), strict=True
    ):
        key = key.strip() if isinstance(key, str) else key
        value = value.strip() if isinstance(value, str) else value
        if key is None or key == "" or value is None or value == "" or value != value:
            continue
        if key in gold and gold[key] != value:
            against[key] = (gold[key], value)
        gold[key] = value
    if against:
        key, (one, other) = next(iter(against.items()))
        raise InputError(
            f"Gold contradicts itself on {len(against)} items, first {key!r}: {one!r} and {other!r}. Correct the file.",
            zh=f"考核答案自相矛盾,共 {len(against)} 题,例如 {key!r}:{one!r} 与 {other!r}。请先改正文件。",
            code="gold_contradicts",
        )
    return gold


def _values(column: Any) -> np.ndarray[Any, Any]:
    import pyarrow as pa

    if pa.types.is_dictionary(column.type):
        column = column.combine_chunks().dictionary_decode()
    if column.null_count == 0 and (pa.types.is_integer(column.type) or pa.types.is_floating(column.type)):
        return np.asarray(column.to_numpy())
    array = np.empty(len(column), dtype=object)
    array[:] = column.to_pylist()
    return array


def _floats(column: Any, role: str, path: Path) -> np.ndarray[Any, Any]:
    try:
        return np.array([float("nan") if v in (None, "") else float(v) for v in column.to_pylist()])
    except (TypeError, ValueError) as error:
        raise InputError(
            f"{path}: column {role} must hold numbers: {error}.",
            zh=f"{path}:{role} 列应为数字:{error}。",
            code=f"{role}_invalid",
        ) from error


def _moments(column: Any, path: Path) -> np.ndarray[Any, Any]:
    import pyarrow as pa

    if pa.types.is_timestamp(column.type):
        return (
            np.asarray(column.cast(pa.timestamp("us")).cast(pa.int64()).to_numpy(zero_copy_only=False)) / 1e6
        )
    values = column.to_pylist()
    try:
        return np.array([float("nan") if v in (None, "") else float(v) for v in values])
    except (TypeError, ValueError):
        pass
    from datetime import UTC, datetime

    seconds = []
    for value in values:
        try:
            moment = datetime.fromisoformat(value) if value else None
        except ValueError as error:
            raise InputError(
                f"{path}: time {value!r} is neither seconds nor ISO 8601.",
                zh=f"{path}:时间 {value!r} 既不是秒数也不是 ISO 8601 格式。",
                code="time_invalid",
            ) from error
        if moment is None:
            seconds.append(float("nan"))
        else:
            seconds.append((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())
    return np.array(seconds)


def _read_table(path: Path) -> tuple[Any, list[Problem]]:
    import pyarrow as pa
    from pyarrow import parquet

    try:
        if path.suffix.lower() in (".parquet", ".pq"):
            return parquet.read_table(path), []
        return _read_delimited(path)
    except FileNotFoundError as error:
        raise InputError(
            f"There is no file {path}.", zh=f"没有这个文件:{path}。", code="file_missing"
        ) from error
    except (pa.ArrowInvalid, OSError) as error:
        raise FormatError(
            Problem(
                "unreadable",
                "error",
                zh=f"无法读取表格:{error}。请检查分隔符和列数。",
                en=f"The table cannot be read: {error}. Check separator and columns.",
                file=str(path),
            )
        ) from error


def _read_delimited(path: Path) -> tuple[Any, list[Problem]]:
    import pyarrow as pa
    from pyarrow import csv

    raw = path.read_bytes()
    try:
        raw.decode("utf-8")
        encoding = "utf8"
    except UnicodeDecodeError:
        encoding = "gb18030"
    first = raw.split(b"\n", 1)[0]
    delimiter = "\t" if path.suffix.lower() == ".tsv" or (b"\t" in first and b"," not in first) else ","
    bad_rows: list[int] = []

    def note(row: Any) -> str:
        bad_rows.append(row.number or 0)
        return "skip"

    reading = csv.ReadOptions(encoding=encoding, use_threads=False)
    parsing = csv.ParseOptions(delimiter=delimiter, newlines_in_values=True, invalid_row_handler=note)
    header = csv.open_csv(io.BytesIO(raw), reading, parsing).schema.names
    bad_rows.clear()
    text = csv.ConvertOptions(column_types={name: pa.string() for name in header}, strings_can_be_null=False)
    table = csv.read_csv(io.BytesIO(raw), reading, parsing, text)
    problems = []
    if bad_rows:
        problems.append(
            Problem(
                "rows_malformed",
                "warn",
                zh=f"{len(bad_rows)} 行的列数与表头不同,未使用。",
                en=f"{len(bad_rows)} rows have another number of columns than the header and were left out.",
                file=str(path),
                line=bad_rows[0] or None,
            )
        )
    return table, problems
