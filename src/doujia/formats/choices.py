"""Options of formats that are one of a few words: checked where they are read, named where they are wrong."""

from __future__ import annotations

from collections.abc import Mapping

from doujia.errors import InputError

__all__ = ["choice"]


def choice(extra: Mapping[str, str], name: str, *values: str) -> str:
    """Return the option ``name`` of ``extra``, which must be one of ``values``; the first of them when it is not given.

    Raises:
        InputError: ``option_bad``, with what was got and what it can be.
    """
    value = extra.get(name, values[0])
    if value not in values:
        said = [v for v in values if v]
        raise InputError(
            f"{name} is {value!r}; it can be {', '.join(said)}.",
            zh=f"{name} 是 {value!r},只能是 {'、'.join(said)}。",
            code="option_bad",
        )
    return value
