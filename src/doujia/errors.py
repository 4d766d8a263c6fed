"""One hierarchy of errors for the library wing.

Every error carries a stable ``code`` that programs may test, a plain message in Chinese and English that says
what was found and what to do, and, where there is one, the place (file, line, JSON pointer, mark).
"""

from __future__ import annotations

from typing import Any

import msgspec

__all__ = ["DoujiaError", "FormatError", "InputError", "LossRefused", "Message", "Problem", "ValidationError"]


class Message(msgspec.Struct, frozen=True):
    """The same sentence in both languages of the product."""

    zh: str
    en: str

    def __str__(self) -> str:
        return self.en

    def in_language(self, language: str) -> str:
        """Return the sentence in ``language`` (``"zh…"`` gives Chinese, anything else English)."""
        return self.zh if language.lower().startswith("zh") else self.en


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """Something found in a file or a document: never thrown away, always shown.

    Attributes:
        code: stable name, snake_case.
        severity: ``"info"``, ``"warn"`` (something was lost or guessed) or ``"error"`` (this part was not read).
        zh, en: what was found and what to do.
        file: path of the file, as the caller named it.
        line: 1-based line, for text files.
        pointer: JSON pointer (RFC 6901) or XPath-like place within the file.
        mark: id of the mark concerned; ``field`` the field of it.
    """

    code: str
    severity: str
    zh: str
    en: str
    file: str | None = None
    line: int | None = None
    pointer: str | None = None
    item: str | None = None
    mark: str | None = None
    field: str | None = None

    def __str__(self) -> str:
        place = ":".join(str(p) for p in (self.file, self.line, self.pointer) if p is not None)
        return f"{place + ': ' if place else ''}{self.en} [{self.code}]"


class DoujiaError(Exception):
    """Base of every error that the library wing raises on purpose."""

    code: str = "error"

    def __init__(self, en: str, *, zh: str | None = None, code: str | None = None, **details: Any) -> None:
        super().__init__(en)
        self.message = Message(zh=zh if zh is not None else en, en=en)
        if code is not None:
            self.code = code
        self.details = details

    def __str__(self) -> str:
        return f"{self.message.en} [{self.code}]"


class InputError(DoujiaError, ValueError):
    """A value handed to a public function cannot be used; the message says what was got."""

    code = "bad_input"


class ValidationError(InputError):
    """A mark, item or schema breaks a rule; ``problems`` names each mark and field."""

    code = "invalid"

    def __init__(self, problems: list[Problem]) -> None:
        first = problems[0]
        more = f" (+{len(problems) - 1})" if len(problems) > 1 else ""
        super().__init__(str(first) + more, zh=first.zh + more, code=first.code)
        self.problems = problems


class FormatError(DoujiaError):
    """A file cannot be read as the format asked for; ``problem`` gives code, file and position."""

    code = "unreadable"

    def __init__(self, problem: Problem) -> None:
        place = ":".join(str(p) for p in (problem.file, problem.line, problem.pointer) if p is not None)
        where = f"{place}: " if place else ""
        super().__init__(where + problem.en, zh=where + problem.zh, code=problem.code)
        self.problem = problem


class LossRefused(DoujiaError):
    """An export would lose something that nobody allowed; ``report`` says what, nothing was written."""

    code = "loss_refused"

    def __init__(self, en: str, *, zh: str, report: Any) -> None:
        super().__init__(en, zh=zh)
        self.report = report
