"""Tile pyramids: one large picture as squares of 512 px at every halving, kept together in one file.

A pack is a header, an index and the tiles::

    8 bytes  "DJTILES1"
    u32      size of a tile in px          u32  number of levels
    u32 u32  width, height of each level   (level 0 is the full picture, each next one half of it, rounded up)
    u64      begin of each tile, level by level, row by row, and at last the end of the file

All little-endian. One tile is found with two small reads, so a pack may lie in any object store, and a picture of 120
megapixels is one file instead of some 700.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from io import BytesIO
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from PIL import Image

__all__ = ["TILE_SIZE", "TILE_HEADER", "level_sizes", "tile_place", "write_pack"]

TILE_SIZE = 512
TILE_HEADER = 256
"""Bytes that hold the header of any pack: 30 levels would need more pixels than there are."""
MAGIC = b"DJTILES1"
QUALITY = 88


def level_sizes(width: int, height: int, size: int = TILE_SIZE) -> list[tuple[int, int]]:
    """Return width and height in px of every level, the full picture first, until one tile holds it.

    >>> level_sizes(1500, 1000)
    [(1500, 1000), (750, 500), (375, 250)]
    """
    levels = [(width, height)]
    while max(levels[-1]) > size:
        w, h = levels[-1]
        levels.append(((w + 1) // 2, (h + 1) // 2))
    return levels


def _grid(width: int, height: int, size: int) -> tuple[int, int]:
    return -(-width // size), -(-height // size)


def tile_place(header: bytes, level: int, x: int, y: int) -> int:
    """Return where in the pack the two u64 lie that bound tile ``x``, ``y`` (column, row) of ``level``.

    Args:
        header: the first ``TILE_HEADER`` bytes of the pack (fewer when it is shorter).

    Raises:
        IndexError: there is no such tile, or this is no pack.
    """
    if header[:8] != MAGIC or len(header) < 16:
        raise IndexError("not a tile pack")
    size, count = struct.unpack_from("<II", header, 8)
    if not (0 <= level < count) or len(header) < 16 + 8 * count:
        raise IndexError("no such level")
    before = 0
    for i in range(count):
        width, height = struct.unpack_from("<II", header, 16 + 8 * i)
        columns, rows = _grid(width, height, size)
        if i == level:
            if not (0 <= x < columns and 0 <= y < rows):
                raise IndexError("no such tile")
            return int(16 + 8 * count + 8 * (before + y * columns + x))
        before += columns * rows
    raise IndexError("no such level")


def _tiles(picture: Image.Image, size: int) -> Iterator[bytes]:
    width, height = picture.size
    for top in range(0, height, size):
        for left in range(0, width, size):
            part = picture.crop((left, top, min(left + size, width), min(top + size, height)))
            out = BytesIO()
            part.save(out, "JPEG", quality=QUALITY, subsampling=1, optimize=False)
            yield out.getvalue()


def write_pack(picture: Image.Image, out: BinaryIO, size: int = TILE_SIZE) -> list[tuple[int, int]]:
    """Write the pyramid of an upright picture of mode L or RGB into ``out`` (seekable) and return its levels.

    Memory: the picture, its half, and one tile. The picture given is not kept: pass the only reference to free it early.
    """
    levels = level_sizes(*picture.size, size)
    counts = [c * r for c, r in (_grid(w, h, size) for w, h in levels)]
    head = (
        MAGIC
        + struct.pack("<II", size, len(levels))
        + b"".join(struct.pack("<II", *level) for level in levels)
    )
    position = len(head) + 8 * (sum(counts) + 1)
    out.write(head)
    index = out.tell()
    out.write(bytes(8 * (sum(counts) + 1)))
    begins = []
    for number, _ in enumerate(levels):
        if number:
            picture = picture.reduce(2)
        for data in _tiles(picture, size):
            begins.append(position)
            out.write(data)
            position += len(data)
    begins.append(position)
    out.seek(index)
    out.write(struct.pack(f"<{len(begins)}Q", *begins))
    return levels
