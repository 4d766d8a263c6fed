"""Output that appears whole or not at all: written beside its destination, renamed at the end."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from doujia.errors import InputError

__all__ = ["staged_file", "staged_folder", "write_small"]


@contextmanager
def staged_file(destination: Path) -> Iterator[BinaryIO]:
    """Open a temporary file beside ``destination``; rename it there when the block ends without an error.

    Missing parent folders are made. An existing file is replaced in one step; on an error it stays as it was.

    Raises:
        InputError: ``destination`` is a folder.
    """
    if destination.is_dir():
        raise InputError(
            f"{destination} is a folder; name a file.",
            zh=f"{destination} 是文件夹,请给一个文件名。",
            code="destination_is_folder",
        )
    destination.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(
        prefix=f".{destination.name[:100]}.", suffix=".part", dir=destination.parent
    )
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb", buffering=1 << 16) as stream:
            yield stream
            stream.flush()
            os.fchmod(stream.fileno(), 0o666 & ~_umask())
        temporary.replace(destination)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


@contextmanager
def staged_folder(destination: Path) -> Iterator[Path]:
    """Make a temporary folder beside ``destination``; rename it there when the block ends without an error.

    Raises:
        InputError: ``destination`` exists and is not an empty folder (checked before any work is done).
    """
    if destination.exists() and (not destination.is_dir() or any(destination.iterdir())):
        raise InputError(
            f"{destination} exists and is not an empty folder; choose another name or remove it first.",
            zh=f"{destination} 已经存在而且不是空文件夹,请换个名字或先删掉。",
            code="destination_not_empty",
        )
    destination.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(
        tempfile.mkdtemp(prefix=f".{destination.name[:100]}.", suffix=".part", dir=destination.parent)
    )
    try:
        yield temporary
        temporary.chmod(0o777 & ~_umask())
        if destination.exists():
            destination.rmdir()
        temporary.rename(destination)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise


def write_small(path: str, data: bytes) -> None:
    """Write a new file in one go: for the tens of thousands of label files of a staged folder.

    Raises:
        FileExistsError: there is one already.
    """
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
    try:
        at = os.write(handle, data)
        while at < len(data):
            at += os.write(handle, data[at:])
    finally:
        os.close(handle)


def _umask() -> int:
    """Return the process's file mode mask (temporary files are made private, final ones as usual)."""
    value = os.umask(0)
    os.umask(value)
    return value
