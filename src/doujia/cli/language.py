"""Which of the two languages a command speaks."""

from __future__ import annotations

import argparse
import os
from typing import Any

__all__ = ["Parser", "chinese", "say"]


def chinese() -> bool:
    """Whether ``DOUJIA_LANG``, or without it ``LANG``, asks for Chinese."""
    return (os.environ.get("DOUJIA_LANG") or os.environ.get("LANG") or "en").lower().startswith("zh")


def say(zh: str, en: str) -> str:
    """Return the sentence in the language of the person at the terminal."""
    return zh if chinese() else en


class Parser(argparse.ArgumentParser):
    """An ``ArgumentParser`` whose own words are in that language too; its subcommands are made of the same class."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options, add_help=False)
        self._positionals.title = say("参数", "positional arguments")
        self._optionals.title = say("选项", "options")
        self.add_argument(
            "-h", "--help", action="help", help=say("显示这段说明", "show this help message and exit")
        )

    def format_usage(self) -> str:
        """Return the line that is shown with an error."""
        return _usage(super().format_usage())

    def format_help(self) -> str:
        """Return the whole page."""
        return _usage(super().format_help())


def _usage(page: str) -> str:
    return page.replace("usage: ", say("用法:", "usage: "), 1)
