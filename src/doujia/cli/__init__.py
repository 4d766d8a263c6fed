"""The ``doujia`` command. Each module of this package registers its commands; heavy imports happen when one runs."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from importlib.util import find_spec

from doujia import __version__
from doujia.cli.language import Parser, say
from doujia.errors import DoujiaError

__all__ = ["main"]

_MODULES = ("datasets", "quality", "evaluation", "platform", "remote")

_USAGE = frozenset(
    {
        "destination_is_folder", "destination_not_empty", "format_read_only", "format_unknown", "format_unrecognised",
        "format_write_only", "option_bad", "option_form", "option_unknown", "source_missing", "split_shares", "template_missing",
    }
)  # fmt: skip
"""Errors about what was typed, not about what is in the files."""


def main(argv: list[str] | None = None) -> int:
    """Run one command. Exit codes: 0 fine, 1 problems found, 2 usage, 3 loss refused."""
    parser = Parser(
        prog="doujia",
        description=say("豆荚:标注、质检、转换、交付。", "Doujia 豆荚: label, check, convert, deliver."),
    )
    parser.add_argument(
        "--version",
        action="version",
        version=f"doujia {__version__}",
        help=say("显示版本号", "show program's version number and exit"),
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name in _MODULES:
        if find_spec(f"doujia.cli.{name}") is not None:
            import_module(f"doujia.cli.{name}").register(commands)
    args = parser.parse_args(argv)
    try:
        return int(args.run(args) or 0)
    except DoujiaError as error:
        print(f"{say(error.message.zh, error.message.en)} [{error.code}]", file=sys.stderr)
        return 3 if error.code == "loss_refused" else 2 if error.code in _USAGE else 1
    except BrokenPipeError:
        # The reader of a pipe (head, less) has left; Python would complain again when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        place = f": {error.filename}" if error.filename else ""
        print(f"{error.strerror or error}{place} [file_unusable]", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
