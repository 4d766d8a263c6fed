"""Ogg (Opus, Vorbis, FLAC): length, rate and channels from its first and last pages, without decoding."""

from __future__ import annotations

import os
import struct
from pathlib import Path

from doujia.marks import AudioMedia

__all__ = ["audio_facts"]

_PAGE = 65_307
"""The longest page, RFC 3533."""
_OPUS_HZ = 48_000
"""Opus counts in 48 kHz whatever went in, RFC 7845, 4."""
_NO_GRANULE = 0xFFFFFFFFFFFFFFFF


def audio_facts(path: Path) -> AudioMedia:
    """Return samples, rate (Hz) and channels of the first stream of sound.

    Raises:
        ValueError, struct.error: not built as it should be, or no sound that is known.
    """
    with path.open("rb") as file:
        head = file.read(_PAGE)
        serial, rate, channels, skipped = _first(head)
        size = os.fstat(file.fileno()).st_size
        stop = size
        while stop > 0:
            start = max(0, stop - _PAGE)
            file.seek(start)
            # A page's head may lie across the edge of two blocks: they overlap.
            granule = _last_granule(file.read(min(size, stop + 28) - start), serial)
            if granule is not None:
                return AudioMedia(samples=max(0, granule - skipped), sample_rate=rate, channels=channels)
            stop = start
    raise ValueError("no page tells its place")


def _first(head: bytes) -> tuple[int, int, int, int]:
    """Return serial number, rate, channels and the samples to leave out of the first known stream among the first pages."""
    at = 0
    while head[at : at + 4] == b"OggS":
        serial = struct.unpack_from("<I", head, at + 14)[0]
        lacing = head[at + 27 : at + 27 + head[at + 26]]
        packet = head[at + 27 + len(lacing) : at + 27 + len(lacing) + sum(lacing)]
        if packet.startswith(b"OpusHead"):
            channels, skip = struct.unpack_from("<BH", packet, 9)
            return serial, _OPUS_HZ, channels, skip
        if packet.startswith(b"\x01vorbis"):
            channels, rate = struct.unpack_from("<BI", packet, 11)
            return serial, rate, channels, 0
        if packet.startswith(b"\x7fFLAC"):
            packed = int.from_bytes(packet[27:35], "big")
            return serial, packed >> 44, (packed >> 41 & 7) + 1, 0
        at += 27 + len(lacing) + sum(lacing)
    raise ValueError("no sound that is known")


def _last_granule(block: bytes, serial: int) -> int | None:
    at = len(block)
    while (at := block.rfind(b"OggS", 0, at)) >= 0:
        if at + 18 <= len(block):
            granule, of = struct.unpack_from("<QI", block, at + 6)
            if of == serial and granule != _NO_GRANULE:
                return int(granule)
    return None
