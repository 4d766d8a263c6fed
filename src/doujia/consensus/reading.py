"""Read answers and gold from CSV and Parquet files."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from doujia.consensus.answers import Answers, Duplicates, column_of, gold_from_rows
from doujia.errors import FormatError, InputError, Problem

__all__ = ["frame_column", "frame_names", "pick_columns", "pick_gold", "read_answers", "read_gold"]

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


def pick_gold(names: Sequence[str]) -> tuple[str, str]:
    """Which columns hold the items and the right answers.

    Raises:
        InputError: there is none for one of them.
    """
    lower = {name.strip().lower(): name for name in reversed(names)}
    item = next((lower[a] for a in _ALIASES["item"] if a in lower), None)
    truth = next((lower[a] for a in _TRUTH if a in lower), None)
    if item is None or truth is None:
        raise InputError(
            f"Gold needs the columns item and truth; found {', '.join(names) or 'none'}.",
            zh=f"考核答案应有 item 和 truth 两列,实际为 {'、'.join(names) or '空'}。",
            code="column_missing",
        )
    return item, truth


def frame_names(frame: Any) -> list[str]:
    """Column names of a data frame, a pyarrow table or a mapping."""
    if hasattr(frame, "column_names"):  # pyarrow: its ``columns`` are the data
        return list(frame.column_names)
    return [str(name) for name in (frame.columns if hasattr(frame, "columns") else frame)]


def frame_column(frame: Any, name: str) -> np.ndarray[Any, Any]:
    """One column as a numpy array of the values that were there."""
    if hasattr(frame, "column_names"):
        import pyarrow as pa

        column = frame.column(name)
        return _values(column if hasattr(column, "combine_chunks") else pa.chunked_array([column]))
    column = frame[name]
    return column_of(column) if isinstance(column, list | tuple) else np.asarray(column)


def read_answers(
    path: str | Path, *, duplicates: Duplicates = "last", labels: Sequence[Any] | None = None
) -> Answers:
    """Read answers from a ``.csv``, ``.tsv`` or ``.parquet`` file.

    The columns are ``item``, ``worker``, ``label`` and, where present, ``time`` (seconds or ISO 8601),
    ``active_ms`` and ``weight``; ``task``, ``annotator``, ``answer`` and the like are understood. Ids and labels of a
    CSV file are text. UTF-8 with or without BOM, UTF-16 with one, else GB 18030.

    Raises:
        FormatError: the file cannot be read. InputError: see ``Answers.from_arrays``.
    """
    table, problems = _read_table(Path(path))
    picked = pick_columns(table.column_names)
    columns: dict[str, Any] = {role: _values(table.column(name)) for role, name in picked.items()}
    return Answers.from_arrays(**columns, duplicates=duplicates, labels=labels, problems=problems)


def read_gold(path: str | Path) -> dict[Any, Any]:
    """Read known right answers: columns ``item`` and ``truth`` (or ``gold``, ``label``).

    Raises:
        InputError: one item has two different right answers; the message names it.
    """
    table, problems = _read_table(Path(path))
    if problems:
        raise FormatError(problems[0])
    item, truth = pick_gold(table.column_names)
    return gold_from_rows(
        zip(_values(table.column(item)).tolist(), _values(table.column(truth)).tolist(), strict=True)
    )


def _values(column: Any) -> np.ndarray[Any, Any]:
    import pyarrow as pa

    if pa.types.is_dictionary(column.type):
        column = column.combine_chunks().dictionary_decode()
    if column.null_count == 0 and (pa.types.is_integer(column.type) or pa.types.is_floating(column.type)):
        return np.asarray(column.to_numpy())
    array = np.empty(len(column), dtype=object)
    array[:] = column.to_pylist()
    return array


def _read_table(path: Path) -> tuple[Any, list[Problem]]:
    import pyarrow as pa
    from pyarrow import parquet

    try:
        if path.suffix.lower() in (".parquet", ".pq"):
            found: tuple[Any, list[Problem]] = parquet.read_table(path), []
        else:
            found = _read_delimited(path)
    except FileNotFoundError as error:
        raise InputError(
            f"There is no file {path}.", zh=f"没有这个文件:{path}。", code="file_missing"
        ) from error
    except (pa.ArrowInvalid, UnicodeDecodeError, OSError) as error:
        raise FormatError(
            Problem(
                "unreadable",
                "error",
                zh=f"无法读取表格:{error}。请检查分隔符和列数。",
                en=f"The table cannot be read: {error}. Check separator and columns.",
                file=str(path),
            )
        ) from error
    twice = [name for name, n in Counter(found[0].column_names).items() if n > 1]
    if twice:
        raise InputError(
            f"{path} has several columns named {', '.join(twice)}: keep one.",
            zh=f"{path} 里有几列都叫 {'、'.join(twice)},请只留一列。",
            code="column_repeated",
        )
    return found


def _read_delimited(path: Path) -> tuple[Any, list[Problem]]:
    import pyarrow as pa
    from pyarrow import csv

    raw = path.read_bytes()
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):  # what Excel calls Unicode text
        raw = raw.decode("utf-16").encode()
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
