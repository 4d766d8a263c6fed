"""Sounds, clips, sweeps and texts: what their first bytes tell, without decoding."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

from doujia.marks import AudioMedia, Media, PointsMedia, TextMedia
from doujia.media import avi, matroska, mp3, mp4, ogg
from doujia.media.reasons import Refused

__all__ = ["LARGEST_TEXT", "facts_of"]

LARGEST_TEXT = 4 << 20
_PCD_TEXT = 8192
_READERS: dict[str, Callable[[Path], Media]] = {
    "mp3": mp3.audio_facts, "ogg": ogg.audio_facts, "m4a": mp4.audio_facts, "mp4": mp4.video_facts, "webm": matroska.video_facts,
    "avi": avi.video_facts,
}  # fmt: skip


def facts_of(path: Path, type_name: str) -> Media:
    """Return what a file of another medium than pictures says about itself.

    Clips tell their size as displayed, frames and rate; sounds their samples, rate and channels; PCD its points and fields.

    Raises:
        Refused: ``unreadable``, ``truncated``, ``wrong_medium`` or ``too_large``.
    """
    try:
        if type_name == "wav":
            return _wav(path)
        if type_name == "flac":
            return _flac(path)
        if type_name in _READERS:
            return _READERS[type_name](path)
        if type_name == "pcd":
            return _pcd(path)
        if type_name == "txt":
            return _text(path)
    except (struct.error, ValueError, LookupError) as error:
        raise Refused("unreadable") from error
    raise Refused("unknown_type")


def _wav(path: Path) -> AudioMedia:
    """RIFF/WAVE: chunk ``fmt `` has channels, rate and bytes of one frame; ``data`` has the sound."""
    with path.open("rb") as file:
        file.seek(12)
        channels = rate = frame = 0
        while len(head := file.read(8)) == 8:
            name, length = struct.unpack("<4sI", head)
            if name == b"fmt ":
                _, channels, rate, _, frame = struct.unpack("<HHIIH", file.read(14))
                file.seek(length - 14 + length % 2, 1)
            elif name == b"data":
                if not (channels and rate and frame):
                    raise ValueError("no format before the data")
                begin = file.tell()
                here = path.stat().st_size - begin
                if length not in (0, 0xFFFFFFFF) and length > here:
                    raise Refused("truncated")
                known = here if length in (0, 0xFFFFFFFF) else length
                return AudioMedia(samples=known // frame, sample_rate=rate, channels=channels)
            else:
                file.seek(length + length % 2, 1)
    raise ValueError("no data")


def _flac(path: Path) -> AudioMedia:
    """RFC 9639: STREAMINFO is the first block; 20 bits rate, 3 bits channels - 1, 5 bits depth - 1, 36 bits samples."""
    with path.open("rb") as file:
        head = file.read(42)
    if len(head) < 42 or head[4] & 0x7F != 0:
        raise ValueError("no STREAMINFO")
    packed = int.from_bytes(head[18:26], "big")
    rate, channels, samples = packed >> 44, (packed >> 41 & 7) + 1, packed & (1 << 36) - 1
    if rate == 0:
        raise ValueError("rate 0")
    return AudioMedia(samples=samples, sample_rate=rate, channels=channels)


def _pcd(path: Path) -> PointsMedia:
    with path.open("rb") as file:
        head = file.read(_PCD_TEXT)
    fields: list[str] = []
    points = None
    for line in head.split(b"\n"):
        words = line.decode("ascii", "replace").split()
        if not words:
            continue
        if words[0] == "FIELDS":
            fields = words[1:]
        elif words[0] == "POINTS":
            points = int(words[1])
        elif words[0] == "DATA":
            break
    if points is None or points < 0 or not {"x", "y", "z"} <= set(fields):
        raise ValueError("no points")
    return PointsMedia(points=points, fields=fields)


def _text(path: Path) -> TextMedia:
    if path.stat().st_size > LARGEST_TEXT:
        raise Refused("too_large", size=f"{path.stat().st_size / 1e6:.1f} MB", limit="4 MB")
    return TextMedia(text=path.read_text(encoding="utf-8"))
