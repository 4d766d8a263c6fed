"""Pictures beside the labels: their sizes and their names, without decoding them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

from doujia.formats.contract import ReadOptions
from doujia.marks import ImageMedia

__all__ = ["IMAGE_SUFFIXES", "SizeTable", "picture_size", "pictures_under", "safe_name", "told_size"]

IMAGE_SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff", ".gif", ".heic", ".avif", ".jfif", ".mpo"}
)
_TURNED = frozenset({5, 6, 7, 8})


def picture_size(path: Path) -> tuple[int, int] | None:
    """Return (width, height) px as displayed, from the header alone; None when it is no readable picture."""
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(path) as image:
            width, height = image.size
            turned = image.getexif().get(0x0112, 1) in _TURNED
    except (OSError, UnidentifiedImageError, ValueError, Image.DecompressionBombError):
        return None
    return (height, width) if turned else (width, height)


def told_size(options: ReadOptions, name: str) -> tuple[int, int] | None:
    """Return (width, height) px as whoever reads the file knows them, None when nobody does."""
    media = options.media_of(name) if options.media_of is not None else None
    return (media.width, media.height) if isinstance(media, ImageMedia) and media.width > 0 else None


def pictures_under(folder: Path) -> Iterator[str]:
    """Yield names of pictures below a folder, relative with ``/``, sorted."""
    names = (
        p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.suffix.lower() in IMAGE_SUFFIXES
    )
    yield from sorted(names)


def safe_name(name: str) -> str:
    """Return a relative name that stays inside its folder: no drive, no leading slash, no ``..``, ``/`` as separator.

    >>> safe_name("C:\\\\a\\\\..\\\\b.png"), safe_name("相册/图 1.png")
    ('a/b.png', '相册/图 1.png')
    """
    if "\\" in name or ":" in name:
        name = name.replace("\\", "/").split(":", 1)[-1] if name[1:2] == ":" else name.replace("\\", "/")
    if name.startswith("/") or "./" in name or "//" in name or name in (".", "..") or "\0" in name:
        name = "/".join(p for p in name.replace("\0", "").split("/") if p not in ("", ".", ".."))
    return name or "_"


class SizeTable:
    """A ``sizes.csv`` with columns split, file_name, width, height: what formats without sizes need to be read again."""

    NAME = "sizes.csv"

    def __init__(self, path: Path) -> None:
        self.rows: list[tuple[str, str, int, int]] = []
        if path.is_file():
            # A damaged line costs that line: its picture then has no size, which the reader reports.
            text = path.read_bytes().decode("utf-8-sig", errors="replace")
            rows = csv.DictReader(io.StringIO(text, newline=""))
            try:
                for row in rows:
                    self._take(row)
            except csv.Error:
                return

    def _take(self, row: dict[str, str]) -> None:
        try:
            size = int(row["width"]), int(row["height"])
            name = row["file_name"]
        except (KeyError, TypeError, ValueError):
            return
        if name and min(size) >= 0:
            self.rows.append((row.get("split") or "", name, *size))
