"""Taking out of a picture file what is not picture: EXIF with its place, XMP, comments, what was glued on behind.

Without decoding: the pixels stay the same to the bit. Kept are the data of the picture and of its colours (ICC, gamma).
Sources: ITU T.81 (JPEG) annex B, RFC 2083 and the PNG specification 3rd edition, RFC 9649 (WebP).
"""

from __future__ import annotations

import re
import struct
import zlib

__all__ = ["NotStrippable", "strip_jpeg", "strip_png", "strip_webp"]

_MARKER_IN_SCAN = re.compile(rb"\xff+[^\x00\xff\xd0-\xd7]")
_PNG_KEPT = frozenset(
    {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"sBIT", b"bKGD", b"pHYs"}
)  # fmt: skip
_WEBP_KEPT = frozenset({b"VP8X", b"VP8 ", b"VP8L", b"ALPH", b"ICCP"})
LARGEST_PROFILE = 4 << 20


class NotStrippable(ValueError):
    """The file is not built as the standard says; it must be decoded and written anew instead."""


def strip_jpeg(data: bytes) -> bytes:
    """Return a JPEG without APP1 (EXIF, XMP), the other application segments, comments and everything after its end.

    APP0 (JFIF), ICC profiles in APP2 and Adobe's APP14 (which says how colours are stored) are kept.

    Raises:
        NotStrippable
    """
    if data[:2] != b"\xff\xd8":
        raise NotStrippable("no start of image")
    out = [data[:2]]
    at = 2
    while True:
        if at + 4 > len(data) or data[at] != 0xFF:
            raise NotStrippable(f"no marker at byte {at}")
        while at + 1 < len(data) and data[at + 1] == 0xFF:
            at += 1  # fill bytes
        if at + 4 > len(data):
            raise NotStrippable("cut short")
        marker = data[at + 1]
        if marker == 0xD9:
            break
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        end = at + 2 + length
        if length < 2 or end > len(data):
            raise NotStrippable(f"segment {marker:02x} is too long")
        segment = data[at:end]
        kept = not (0xE0 <= marker <= 0xEF or marker == 0xFE)
        kept = (
            kept
            or (marker == 0xE0 and segment[4:9] == b"JFIF\0")
            or (marker == 0xEE and segment[4:9] == b"Adobe")
        )
        kept = kept or (marker == 0xE2 and segment[4:16] == b"ICC_PROFILE\0")
        if kept:
            out.append(segment)
        at = end
        if marker == 0xDA:
            found = _MARKER_IN_SCAN.search(data, at)
            if found is None:
                raise NotStrippable("no end of image")
            out.append(data[at : found.start()])
            at = found.end() - 2
            if data[at + 1] == 0xD9:
                break
    out.append(b"\xff\xd9")
    return b"".join(out)


def strip_png(data: bytes) -> bytes:
    """Return a PNG with the chunks that make the picture and its colours, and nothing else.

    Raises:
        NotStrippable: also when a checksum is wrong.
    """
    if data[:8] != b"\x89PNG\r\n\x1a\n":
        raise NotStrippable("no PNG signature")
    out = [data[:8]]
    at = 8
    while at + 12 <= len(data):
        length, name = struct.unpack_from(">I4s", data, at)
        end = at + 12 + length
        if length > 0x7FFFFFFF or end > len(data):
            raise NotStrippable("a chunk is too long")
        if name in _PNG_KEPT and not (name == b"iCCP" and length > LARGEST_PROFILE):
            if zlib.crc32(data[at + 4 : end - 4]) != int.from_bytes(data[end - 4 : end], "big"):
                raise NotStrippable("a checksum is wrong")
            out.append(data[at:end])
        at = end
        if name == b"IEND":
            return b"".join(out)
    raise NotStrippable("no end")


def strip_webp(data: bytes) -> bytes:
    """Return a still WebP without EXIF, XMP and unknown chunks.

    Raises:
        NotStrippable: also for animations.
    """
    if data[:4] != b"RIFF" or data[8:12] != b"WEBP":
        raise NotStrippable("no WebP signature")
    out: list[bytes] = []
    at, stop = 12, min(len(data), 8 + int.from_bytes(data[4:8], "little"))
    while at + 8 <= stop:
        name, length = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        end = at + 8 + length
        if end > stop:
            raise NotStrippable("a chunk is too long")
        if name in (b"ANIM", b"ANMF"):
            raise NotStrippable("animated")
        if name in _WEBP_KEPT:
            body = data[at + 8 : end]
            if name == b"VP8X":
                body = bytes([body[0] & ~0b0000_1110]) + body[1:]  # no EXIF, no XMP, no animation
            out.append(name + struct.pack("<I", length) + body + (b"\0" if length % 2 else b""))
        at = end + length % 2
    if not any(chunk[:4] in (b"VP8 ", b"VP8L") for chunk in out):
        raise NotStrippable("no picture inside")
    payload = b"WEBP" + b"".join(out)
    return b"RIFF" + struct.pack("<I", len(payload)) + payload
