"""VOC's palette, label map and the attribute values of its XML extension."""

from __future__ import annotations

import json
import re
from typing import Any

__all__ = ["colour", "palette", "parse_value", "print_value"]

_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][-+]?\d+)?")


def colour(index: int) -> tuple[int, int, int]:
    """Return the devkit's colour of a class index: its bits dealt out to red, green, blue from the top.

    >>> colour(0), colour(1), colour(15), colour(255)
    ((0, 0, 0), (128, 0, 0), (192, 128, 128), (224, 224, 192))
    """
    red = green = blue = 0
    for bit in range(7, -1, -1):
        red |= (index & 1) << bit
        green |= ((index >> 1) & 1) << bit
        blue |= ((index >> 2) & 1) << bit
        index >>= 3
    return red, green, blue


def palette() -> list[int]:
    """Return the 256 colours flat, as picture libraries want them."""
    return [c for i in range(256) for c in colour(i)]


def print_value(value: Any) -> str:
    """Return an attribute value as text that ``parse_value`` turns back into the same value."""
    if isinstance(value, str) and parse_value(value) == value:
        return value
    return json.dumps(value, ensure_ascii=False)


def parse_value(text: str) -> Any:
    """Return the value of an attribute's text: a bool, a number, JSON in quotes or brackets, else the text itself."""
    if text in ("true", "false"):
        return text == "true"
    if text == "null":
        return None
    if _NUMBER.fullmatch(text) or (text[:1] in '"[' and text[-1:] in '"]'):
        try:
            return json.loads(text)
        except ValueError:
            return text
    return text
