"""What an answer says, counted: the index behind every filter on label content."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from doujia.marks import Mark
from doujia.server.work import queue_sql as sql

__all__ = ["keys_of", "write"]

LONGEST = 200


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
    if revised:
        sql.run("DELETE FROM work_content WHERE slot = %s", (slot,))
    if keys:
        sql.insert_rows(
            "work_content",
            ("queue_id", "task_id", "slot", "key", "seq", "n"),
            [(queue, task, slot, key, seq, n) for key, n in keys.items()],
        )


def _text(value: bool | str) -> str:
    return value if isinstance(value, str) else ("true" if value else "false")
