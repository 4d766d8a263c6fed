"""Names of items: kept exactly as their owner gave them, refused when they could do harm somewhere."""

from __future__ import annotations

import unicodedata

from doujia.server.kernel.errors import Unprocessable
from doujia.server.kernel.paths import safe_member

__all__ = ["clean_name"]

MAX_LENGTH = 1024
_BIDI = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f")


def clean_name(name: str) -> str:
    """Return ``name`` if it may be the name of an item.

    Markup and formulas are harmless here: names are data wherever they are shown or written. What is refused is what
    leaves a folder, hides its ending by turning the direction of writing, or has no visible form.

    Raises:
        Unprocessable: ``path_refused`` or ``name_unsafe``.
    """
    safe_member(name)
    if len(name) > MAX_LENGTH or any(c in _BIDI or unicodedata.category(c) == "Cc" for c in name):
        raise Unprocessable(
            "name_unsafe",
            zh="文件名里有看不见的控制字符,或者太长。",
            en="The name has invisible control characters or is too long.",
        )
    return name
