"""Numbers for formats whose ids are integers: the file's own where it has one, the next free one elsewhere."""

from __future__ import annotations

import re

__all__ = ["IdAllocator"]

_PLAIN = re.compile(r"(?:[1-9][0-9]{0,15}(?:,|$))+")

_DENSE = 1 << 25


class IdAllocator:
    """Hands out integers that never repeat.

    One byte is kept for each number below 33 million, so that ids of ordinary files cost next to nothing.
    """

    def __init__(self) -> None:
        self._dense = bytearray()
        self._sparse: set[int] = set()
        self._next = 1

    def take(self, text: str) -> tuple[int, bool]:
        """Return the number for an id, and whether it is the id itself.

        An id that is no plain decimal, or was taken before, gets the number after the largest one so far.
        """
        if text.isdecimal() and text.isascii():
            number = int(text)
            if (text[0] != "0" or text == "0") and self._free(number):
                if number >= self._next:
                    self._next = number + 1
                return number, True
        number = self._next
        self._next += 1
        self._free(number)
        return number, False

    def take_all(self, texts: list[str]) -> tuple[list[int], list[int]]:
        """Take many at once: the numbers, and the places of those that are not the id itself.

        Ids of ordinary files are plain, small and all different; then one look at all of them is enough.
        """
        if texts and _PLAIN.fullmatch(",".join(texts)):
            numbers = list(map(int, texts))
            largest = max(numbers)
            dense = self._dense
            if largest < _DENSE and len(set(numbers)) == len(numbers):
                if largest >= len(dense):
                    dense.extend(bytes(max(largest + 1, 2 * len(dense)) - len(dense)))
                if not any(map(dense.__getitem__, numbers)):
                    for number in numbers:
                        dense[number] = 1
                    self._next = max(self._next, largest + 1)
                    return numbers, []
        pairs = [self.take(text) for text in texts]
        return [n for n, _ in pairs], [i for i, (_, kept) in enumerate(pairs) if not kept]

    def _free(self, number: int) -> bool:
        """Take a number if nobody has it."""
        dense = self._dense
        if number < len(dense):
            if dense[number]:
                return False
            dense[number] = 1
            return True
        if number < _DENSE:
            dense.extend(bytes(max(number + 1, 2 * len(dense)) - len(dense)))
            dense[number] = 1
            return True
        if number in self._sparse:
            return False
        self._sparse.add(number)
        return True
