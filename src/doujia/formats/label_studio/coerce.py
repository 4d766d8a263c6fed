"""Fields of somebody else's JSON, taken as what they should be; anything else becomes an empty value."""

from __future__ import annotations

from typing import Any

from doujia.formats.files import finite

__all__ = ["Json", "as_dict", "as_list", "as_text", "as_whole"]

Json = dict[str, Any]


def as_list(value: object) -> list[Any]:
    """Return a list, empty when it is none."""
    return value if isinstance(value, list) else []


def as_dict(value: object) -> Json:
    """Return an object, empty when it is none."""
    return value if isinstance(value, dict) else {}


def as_text(value: object) -> str:
    """Return text, empty for null."""
    return value if isinstance(value, str) else "" if value is None else str(value)


def as_whole(value: object) -> int:
    """Return a number that is not negative as an integer, 0 when it is none."""
    return int(value) if finite(value) and 0 <= value < 1 << 53 else 0
