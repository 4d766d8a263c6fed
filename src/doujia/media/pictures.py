"""Pictures: how large before anything is decoded, upright as people see them, small for a weak line."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from doujia.media.reasons import Refused
from doujia.media.strip import NotStrippable, strip_jpeg, strip_png, strip_webp

if TYPE_CHECKING:
    from PIL import Image

__all__ = [
    "PREVIEW_BYTES", "SIDES", "PictureFacts", "flat", "measure", "opened", "preview", "served", "smaller", "to_eight_bits", "upright",
]  # fmt: skip

PREVIEW_BYTES = 80_000
_READERS = {"jpg": "JPEG", "png": "PNG", "webp": "WEBP", "bmp": "BMP", "tiff": "TIFF", "heic": "HEIF"}
_STRIPPERS = {"jpg": strip_jpeg, "png": strip_png, "webp": strip_webp}
SIDES = (1280, 1024, 800, 640, 480, 320, 160)
_QUALITIES = (80, 68, 55, 42)
SMALL_PIXELS = 2_000_000
_TURNS = {5, 6, 7, 8}
_BROKEN = (OSError, SyntaxError, ValueError, EOFError, struct.error, zlib.error, OverflowError, TypeError, LookupError,
           AttributeError, ZeroDivisionError)  # fmt: skip
"""What decoders raise at files that are not built as they should be."""


@dataclass(frozen=True)
class PictureFacts:
    """What the header says.

    Attributes:
        type: jpg, png, webp, bmp, tiff or heic.
        width, height: px as displayed, after the EXIF orientation was applied.
        exif_orientation: 1..8 (EXIF 2.32, tag 0x0112); 1 when there is none. HEIC carries its turn elsewhere: always 1.
        frames: pages or frames; the first one is the picture.
        mode: Pillow's name of how pixels are stored.
    """

    type: str
    width: int
    height: int
    exif_orientation: int
    frames: int
    mode: str


@contextmanager
def opened(path: Path, type_name: str) -> Iterator[Image.Image]:
    """Open a picture as the type that it was found to be; nothing is decoded yet.

    Raises:
        Refused: ``unreadable``, ``truncated`` or ``takes_too_much``.
    """
    from PIL import Image

    # Our own limit is checked from the header first; Pillow's would only warn up to twice its value.
    Image.MAX_IMAGE_PIXELS = None
    if type_name == "heic":
        import pi_heif

        pi_heif.register_heif_opener()
    try:
        with Image.open(path, formats=(_READERS[type_name],)) as picture:
            yield picture
    except Refused:
        raise
    except MemoryError as error:
        raise Refused("takes_too_much") from error
    except _BROKEN as error:
        raise Refused("truncated" if "truncated" in str(error) else "unreadable") from error


def _orientation(picture: Image.Image) -> int:
    value = picture.getexif().get(0x0112, 1)
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def measure(picture: Image.Image, type_name: str, max_pixels: int) -> PictureFacts:
    """Return the facts of an opened picture, from its header alone.

    Raises:
        Refused: ``too_many_pixels`` or ``no_pixels``.
    """
    width, height = picture.size
    if width < 1 or height < 1:
        raise Refused("no_pixels")
    if width * height > max_pixels:
        raise Refused(
            "too_many_pixels", megapixels=round(width * height / 1e6), limit=max_pixels // 1_000_000
        )
    orientation = _orientation(picture)
    if orientation in _TURNS:
        width, height = height, width
    frames = int(getattr(picture, "n_frames", 1)) if type_name in ("png", "webp", "tiff") else 1
    return PictureFacts(type_name, width, height, orientation, frames, picture.mode)


def to_eight_bits(picture: Image.Image) -> Image.Image:
    """Return the picture with 8 bits for each channel, mode L, RGB or RGBA.

    16-bit values lose their lower half; floats are stretched from their least to their greatest.
    """
    from PIL import Image

    if picture.mode in ("L", "RGB", "RGBA"):
        return picture
    if picture.mode.startswith(("I", "F")):
        import numpy as np

        values = np.asarray(picture)
        if picture.mode.startswith("I;16"):
            return Image.fromarray((values >> 8).astype(np.uint8))
        finite = np.where(np.isfinite(values), values, 0).astype(np.float64)
        low, high = float(finite.min()), float(finite.max())
        if picture.mode == "I" and low >= 0 and high > 255:
            low, high = 0.0, 65535.0 if high < 65536 else high
        scale = 255.0 / (high - low) if high > low else 0.0
        return Image.fromarray(((finite - low) * scale).clip(0, 255).astype(np.uint8))
    clear = picture.mode in ("LA", "PA", "La", "RGBa") or "transparency" in picture.info
    return picture.convert("RGBA" if clear else ("L" if picture.mode == "1" else "RGB"))


def upright(picture: Image.Image, orientation: int) -> Image.Image:
    """Return the picture turned as EXIF says (the table of EXIF 2.32, 4.6.5.A)."""
    from PIL import Image

    way = {
        2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_270, 7: Image.Transpose.TRANSVERSE, 8: Image.Transpose.ROTATE_90,
    }.get(orientation)  # fmt: skip
    return picture if way is None else picture.transpose(way)


def flat(picture: Image.Image) -> Image.Image:
    """Return the picture in mode L or RGB; what was clear becomes white."""
    from PIL import Image

    if picture.mode != "RGBA":
        return picture
    ground = Image.new("RGB", picture.size, (255, 255, 255))
    ground.paste(picture, mask=picture.getchannel("A"))
    return ground


def smaller(picture: Image.Image, side: int = 0) -> Image.Image:
    """Return a copy whose longer side is at most ``side`` px (the largest preview by default)."""
    from PIL import Image

    side = side or SIDES[0]
    if max(picture.size) <= side:
        return picture
    ratio = side / max(picture.size)
    size = (max(1, round(picture.width * ratio)), max(1, round(picture.height * ratio)))
    return picture.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)


def preview(picture: Image.Image, most: int = PREVIEW_BYTES) -> bytes:
    """Return a JPEG of at most ``most`` bytes, as large and as good as fits.

    Args:
        picture: upright, mode L, RGB or RGBA; it is not changed.
    """
    picture = flat(picture)
    data = b""
    for side in SIDES:
        if data and side >= max(picture.size):
            continue  # the same size was tried already
        small = smaller(picture, side)
        for quality in _QUALITIES:
            out = BytesIO()
            small.save(out, "JPEG", quality=quality, progressive=True, optimize=True)
            data = out.getvalue()
            if len(data) <= most:
                return data
    return data


def served(path: Path, facts: PictureFacts, picture: Image.Image) -> tuple[bytes, str]:
    """Return the file that people are shown and its type: upright, no EXIF, nothing glued on.

    A still JPEG, PNG or WebP that is upright already keeps its pixels to the bit. Everything else is written anew: PNG when
    it has clear parts or is small and came without loss, else JPEG of quality 95 without colour subsampling.

    Args:
        picture: the decoded picture, upright, mode L, RGB or RGBA (used when it must be written anew).
    """
    strip = _STRIPPERS.get(facts.type)
    if strip is not None and facts.exif_orientation == 1 and facts.mode != "CMYK" and facts.frames == 1:
        try:
            return strip(path.read_bytes()), facts.type
        except NotStrippable:
            pass  # decoders are more patient than the standard: write it anew
    out = BytesIO()
    lossless = facts.type not in ("jpg", "heic") and picture.width * picture.height <= SMALL_PIXELS
    if picture.mode == "RGBA" or lossless:
        picture.save(out, "PNG", compress_level=6)
        return out.getvalue(), "png"
    picture.save(out, "JPEG", quality=95, subsampling=0, icc_profile=picture.info.get("icc_profile"))
    return out.getvalue(), "jpg"
