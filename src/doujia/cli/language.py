"""Which of the two languages a command speaks."""

from __future__ import annotations

import os

__all__ = ["chinese", "say"]


def chinese() -> bool:
    """Whether ``DOUJIA_LANG``, or without it ``LANG``, asks for Chinese."""
    return (os.environ.get("DOUJIA_LANG") or os.environ.get("LANG") or "en").lower().startswith("zh")


def say(zh: str, en: str) -> str:
    """Return the sentence in the language of the person at the terminal."""
    return zh if chinese() else en
