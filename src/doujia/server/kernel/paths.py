"""Names that come from outside: members of archives, names of exported files. Refused or made harmless here.

Inside, files are named by their content; these functions are for the two edges where a foreign name meets a disk.
"""

from __future__ import annotations

import os
import re
import unicodedata
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote

from doujia.server.kernel.errors import Unprocessable

__all__ = ["PathRefused", "content_disposition", "export_name", "open_new", "safe_member", "within"]

MAX_BYTES = 255
_RESERVED = frozenset(
    {
        "CON",
        "PRN",
        "AUX",
        "NUL",
        "CONIN$",
        "CONOUT$",
        *(f"{n}{i}" for n in ("COM", "LPT") for i in "0123456789¹²³"),
    }
)
_FORBIDDEN = re.compile(r'[<>:"|?*\\/\x00-\x1f\x7f]')


class PathRefused(Unprocessable):
    """A name that would leave its folder or cannot be a file on every system."""

    def __init__(self, name: str) -> None:
        shown = "".join(c if c.isprintable() else "�" for c in name)[:120]
        super().__init__(
            "path_refused",
            zh=f"文件名不安全,没有收:{shown}",
            en=f"This file name is not safe and was not taken: {shown}",
        )


def _part_is_safe(part: str) -> bool:
    if part in ("", ".", "..") or len(part.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        return False
    if any(unicodedata.category(c) in ("Cc", "Cs") for c in part) or part != part.rstrip(" ."):
        return False
    return part.split(".")[0].rstrip().upper() not in _RESERVED


def safe_member(name: str) -> str:
    """Return the relative POSIX path that an archive's member or a listed file names.

    Raises:
        PathRefused: absolute, ``..``, backslash, drive or UNC, control characters, a name Windows reserves, or too long.

    >>> safe_member("train/0001.jpg")
    'train/0001.jpg'
    """
    if not name or "\\" in name or ":" in name or name.startswith("/") or len(name) > 4096:
        raise PathRefused(name)
    parts = name.split("/")
    if not all(_part_is_safe(part) for part in parts):
        raise PathRefused(name)
    return "/".join(parts)


def within(root: Path, relative: str) -> Path:
    """Return ``root/relative`` after all links are followed; it must still lie below ``root``.

    Raises:
        PathRefused
    """
    base = root.resolve()
    path = (base / safe_member(relative)).resolve()
    if not path.is_relative_to(base) or path == base:
        raise PathRefused(relative)
    return path


def open_new(root: Path, relative: str) -> BinaryIO:
    """Create and open a file below ``root``; never follows a link, never replaces a file.

    Raises:
        PathRefused, FileExistsError
    """
    path = within(root, relative)
    path.parent.mkdir(parents=True, exist_ok=True)
    path = within(root, relative)  # again: a parent may just have become a link
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    return os.fdopen(descriptor, "wb")


def export_name(text: str, *, extension: str = "") -> str:
    """Return a file name that every system takes, as near to ``text`` as may be.

    >>> export_name("../红绿灯: 第1批", extension="zip")
    '_红绿灯_ 第1批.zip'
    """
    name = _FORBIDDEN.sub("_", unicodedata.normalize("NFC", text))
    name = "".join(c for c in name if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Cn"))
    name = " ".join(name.split()).lstrip(". ").rstrip(". ") or "file"
    if name.split(".")[0].rstrip().upper() in _RESERVED:
        name = f"_{name}"
    suffix = f".{extension}" if extension else ""
    room = MAX_BYTES - len(suffix.encode())
    while len(name.encode()) > room:
        name = name[:-1]
    return name + suffix


def content_disposition(name: str) -> str:
    """Return the header that makes a browser save the answer under ``name`` (RFC 6266)."""
    plain = export_name(name)
    ascii_name = "".join(c if c.isascii() and c not in '"\\%' else "_" for c in plain)
    return f"attachment; filename=\"{ascii_name}\"; filename*=UTF-8''{quote(plain, safe='')}"
