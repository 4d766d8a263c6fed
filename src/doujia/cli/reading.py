"""What the commands on dataset files share: naming formats and their options, opening, telling what is wrong."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from doujia.cli.language import say
from doujia.errors import InputError, Problem

if TYPE_CHECKING:
    from doujia.formats import Dataset, Format

__all__ = ["check_options", "extra_options", "one_thread", "open_dataset", "print_problems", "source_format"]

_SHOWN = 20


def source_format(path: Path, name: str) -> Format:
    """Return the format that a source is read as: the one named, else the one recognised, which is said.

    Raises:
        InputError: there is no such path, or no such format, or it can only be written.
        FormatError: ``auto`` recognises nothing.
    """
    from doujia import formats

    if not path.exists():
        raise InputError(f"There is no such file: {path}", zh=f"没有这个文件:{path}", code="source_missing")
    if name == "auto":
        name, *others = formats.recognise(path)
        hint = say(
            f"(也可能是 {'、'.join(others)},用 --from 指明)",
            f" (it could be {', '.join(others)} too: --from says it)",
        )
        print(f"{path}: {name}{hint if others else ''}", file=sys.stderr)
    chosen = formats.get(name)
    if chosen.read is None:
        raise InputError(f"{name} can only be written.", zh=f"{name} 只能写出。", code="format_write_only")
    return chosen


def extra_options(pairs: list[str]) -> dict[str, str]:
    """Read ``--set KEY=VALUE`` …

    Raises:
        InputError: ``option_form``.
    """
    bad = [p for p in pairs if "=" not in p]
    if bad:
        raise InputError(
            f"--set wants KEY=VALUE, got {bad[0]!r}.",
            zh=f"--set 要写成 键=值,现在是 {bad[0]!r}。",
            code="option_form",
        )
    return dict(p.split("=", 1) for p in pairs)


def check_options(extra: dict[str, str], used: Iterable[Format]) -> None:
    """Refuse options that none of the formats understands: a slip of the pen must not be ignored in silence.

    Raises:
        InputError: ``option_unknown``, with what there is.
    """
    chosen = list(used)
    known = list(dict.fromkeys(o for f in chosen for o in f.options))
    unknown = [o for o in extra if o not in known]
    if unknown:
        names = ", ".join(dict.fromkeys(f.name for f in chosen))
        there = ", ".join(known) or say("没有", "none")
        raise InputError(
            f"{names} know no option {', '.join(unknown)}; there are: {there}.",
            zh=f"{names} 没有选项 {'、'.join(unknown)};有的是:{there}。",
            code="option_unknown",
        )


def open_dataset(path: Path, chosen: Format, args: Namespace, extra: dict[str, str]) -> Dataset:
    """Open a source for streaming."""
    from doujia.formats import ReadOptions

    assert chosen.read is not None
    return chosen.read(path, ReadOptions(images=args.images, extra=extra))


def one_thread() -> None:
    """Nothing here multiplies large matrices; the threads a numerics library would start only cost memory."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    os.environ.setdefault("OMP_NUM_THREADS", "1")


def print_problems(problems: list[Problem], counts: dict[str, int]) -> None:
    """Say on standard error what was found: the counts by code, then the first of them with their places."""
    if not counts:
        return
    print(
        say("发现的问题:", "Problems found:"),
        ", ".join(f"{c} {n:,}" for c, n in counts.items()),
        file=sys.stderr,
    )
    for problem in problems[:_SHOWN]:
        place = ":".join(
            str(p) for p in (problem.file or problem.item, problem.line, problem.pointer) if p is not None
        )
        mark = f" #{problem.mark}" if problem.mark and not problem.pointer else ""
        print(f"  {place}{mark}  {say(problem.zh, problem.en)} [{problem.code}]", file=sys.stderr)
    if sum(counts.values()) > _SHOWN:
        print(
            say(f"  … 一共 {sum(counts.values()):,} 条", f"  … {sum(counts.values()):,} in all"),
            file=sys.stderr,
        )
