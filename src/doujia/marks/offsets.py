"""Offsets into text: code points (ours), UTF-16 units (browsers, Java) and UTF-8 bytes, converted exactly.

One pass makes a table; afterwards each offset costs a look-up. Text without characters above U+FFFF has equal code
point and UTF-16 offsets, pure ASCII has all three equal, and then no table is made.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate
from typing import Literal

from doujia.errors import InputError

__all__ = ["Offsets", "quote"]

Unit = Literal["code_points", "utf16", "bytes"]


class Offsets:
    """Converts offsets of one text.

    >>> Offsets("在𠮷野家").from_code_points(2, "utf16"), Offsets("在𠮷野家").to_code_points(3, "utf16")
    (3, 2)
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._tables: dict[str, Sequence[int]] = {}

    def length(self, unit: Unit) -> int:
        """Return the length of the text in a unit."""
        return self.from_code_points(len(self._text), unit)

    def from_code_points(self, offset: int, unit: Unit) -> int:
        """Return where the ``offset``-th code point begins, counted in ``unit``.

        Raises:
            InputError: the offset is not within the text.
        """
        if not 0 <= offset <= len(self._text):
            raise InputError(
                f"Offset {offset} is not within a text of {len(self._text)} code points.",
                zh=f"位置 {offset} 不在长 {len(self._text)} 的文字里。",
                code="offset_range",
            )
        table = self._table(unit)
        return offset if table is None else table[offset]

    def to_code_points(self, offset: int, unit: Unit) -> int:
        """Return the code point that begins at ``offset`` counted in ``unit``.

        Raises:
            InputError: the offset is not within the text, or lies inside a character.
        """
        table = self._table(unit)
        if table is None:
            return self.from_code_points(offset, "code_points")
        place = bisect_left(table, offset)
        if offset < 0 or place == len(table):
            raise InputError(
                f"Offset {offset} ({unit}) is not within the text of {table[-1]}.",
                zh=f"位置 {offset}({unit})不在长 {table[-1]} 的文字里。",
                code="offset_range",
            )
        if table[place] != offset:
            raise InputError(
                f"Offset {offset} ({unit}) lies inside a character.",
                zh=f"位置 {offset}({unit})落在一个字的中间。",
                code="offset_inside_character",
            )
        return place

    def _table(self, unit: Unit) -> Sequence[int] | None:
        if unit == "code_points" or self._text.isascii() or (unit == "utf16" and max(self._text) <= "\uffff"):
            return None
        table = self._tables.get(unit)
        if table is None:
            if unit == "utf16":
                widths = [2 if c > "\uffff" else 1 for c in self._text]
            else:
                widths = [
                    1 if c < "\x80" else 2 if c < "\u0800" else 3 if c <= "\uffff" else 4 for c in self._text
                ]
            table = self._tables[unit] = list(accumulate(widths, initial=0))
        return table


def quote(text: str, start: int, end: int, length: int = 64) -> str:
    """Return what a span of code points covers, cut to ``length`` as marks keep it."""
    return text[start:end][:length]
