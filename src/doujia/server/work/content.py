"""What an answer says, counted: the index behind every filter on label content."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from doujia.marks import Mark
from doujia.server.kernel import db
from doujia.server.kernel.statements import Statement, together
from doujia.server.work import queue_sql as sql

__all__ = ["keys_of", "write", "writing"]

LONGEST = 200
MOST_ROWS = 130
"""Rows of one statement: SQLite's smallest limit is 999 values."""
_COLUMNS = ("queue_id", "task_id", "slot", "key", "seq", "n")


def keys_of(marks: Iterable[Mark], item_attrs: Mapping[str, Any]) -> Counter[str]:
    """Return how many marks carry each class, kind and attribute value.

    Free text and numbers are not indexed: each value would be a key of its own.
    """
    keys: Counter[str] = Counter()
    for mark in marks:
        if mark.label is not None:
            keys[f"class:{mark.label}"[:LONGEST]] += 1
        keys[f"kind:{mark.geometry.__struct_config__.tag}"] += 1
        for name, value in mark.attrs.items():
            for one in value if isinstance(value, list) else (value,):
                if isinstance(one, bool | str) and len(str(one)) <= 60:
                    keys[f"attr:{name}={_text(one)}"[:LONGEST]] += 1
    for name, value in item_attrs.items():
        for one in value if isinstance(value, list) else (value,):
            if isinstance(one, bool | str) and len(str(one)) <= 60:
                keys[f"item:{name}={_text(one)}"[:LONGEST]] += 1
    return keys


def write(queue: int, task: int, slot: int, seq: int, keys: Mapping[str, int], *, revised: bool) -> None:
    """Make ``keys`` the content of a slot."""
    together(writing(queue, task, slot, seq, keys, revised=revised))


def writing(
    queue: int, task: int, slot: int, seq: int, keys: Mapping[str, int], *, revised: bool
) -> list[Statement]:
    """Return the statements that make ``keys`` the content of a slot."""
    out: list[Statement] = (
        [("DELETE FROM work_content WHERE task_id = %s AND slot = %s", (task, slot))] if revised else []
    )
    if not keys:
        return out
    if not db.is_sqlite():
        # The keys as one value: a statement whose text does not change with their number is read once.
        text = (
            f"INSERT INTO work_content ({', '.join(_COLUMNS)}) SELECT %s, %s, %s, k.key, %s, k.value::int"
            " FROM json_each_text(%s::json) k"
        )
        return [*out, (text, (queue, task, slot, seq, msgspec.json.encode(keys).decode()))]
    values = [(queue, task, slot, key, seq, n) for key, n in keys.items()]
    step = MOST_ROWS
    return out + [
        sql.inserting("work_content", _COLUMNS, *values[i : i + step]) for i in range(0, len(values), step)
    ]


def _text(value: bool | str) -> str:
    return value if isinstance(value, str) else ("true" if value else "false")
