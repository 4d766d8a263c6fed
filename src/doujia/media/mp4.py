"""MP4, MOV and M4A: size, frames, rate and length from the boxes of ISO/IEC 14496-12, without decoding."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO

from doujia.marks import AudioMedia, VideoMedia
from doujia.media.reasons import Refused

__all__ = ["audio_facts", "has_video", "video_facts"]

LARGEST_BOX = 64 << 20
"""Bytes of one table that is read whole; a day of film at 60 frames a second stays below."""
DEEPEST = 8
_CONTAINERS = {b"moov", b"trak", b"mdia", b"minf", b"stbl", b"edts", b"mvex"}


@dataclass
class _Track:
    """What the boxes of one track say; times in units of its ``timescale``."""

    id: int = 0
    handler: bytes = b""
    timescale: int = 0
    duration: int = 0
    width: int = 0
    height: int = 0
    quarter_turn: bool = False
    channels: int = 0
    rate: int = 0
    skipped: int = 0
    default_duration: int = 0
    runs: list[tuple[int, int]] = field(default_factory=list)

    @property
    def frames(self) -> int:
        return sum(count for count, _ in self.runs)


def video_facts(path: Path) -> VideoMedia:
    """Return size as displayed (px), number of frames and frames per second of the first video track.

    The rate is exact where all frames last equally long, else the mean.

    Raises:
        Refused: ``wrong_medium`` when there is sound only. ValueError, LookupError, struct.error: not built as it should be.
    """
    track = next((t for t in _tracks(path) if t.handler == b"vide"), None)
    if track is None:
        raise Refused("wrong_medium", wanted="video", found="audio")
    if not (track.width and track.height and track.timescale):
        raise ValueError("a video track without a size or a clock")
    rate = _rate(track)
    width, height = (track.height, track.width) if track.quarter_turn else (track.width, track.height)
    return VideoMedia(
        width=width, height=height, frames=track.frames, fps_num=rate.numerator, fps_den=rate.denominator
    )


def audio_facts(path: Path) -> AudioMedia:
    """Return samples, rate (Hz) and channels of the first sound track, without the encoder's lead-in that its edit list skips."""
    track = next((t for t in _tracks(path) if t.handler == b"soun"), None)
    if track is None or not (track.rate and track.timescale and track.channels):
        raise ValueError("no sound track")
    length = track.duration or sum(count * each for count, each in track.runs)
    samples = max(0, length - track.skipped) * track.rate // track.timescale
    return AudioMedia(samples=samples, sample_rate=track.rate, channels=track.channels)


def has_video(path: Path) -> bool:
    """Return whether the file holds pictures."""
    return any(t.handler == b"vide" for t in _tracks(path))


def _rate(track: _Track) -> Fraction:
    lengths = {each for count, each in track.runs[:-1] if count} or {e for _, e in track.runs}
    total = sum(count * each for count, each in track.runs)
    if len(lengths) == 1 and (each := lengths.pop()) > 0:
        return Fraction(track.timescale, each)
    if total > 0:
        return Fraction(track.frames * track.timescale, total).limit_denominator(1001)
    return Fraction(0)


def _tracks(path: Path) -> list[_Track]:
    tracks: list[_Track] = []
    with path.open("rb") as file:
        end = os.fstat(file.fileno()).st_size
        for name, start, stop in _boxes(file, 0, end):
            if name == b"moov":
                _movie(file, start, stop, tracks)
            elif name == b"moof":
                _fragment(file, start, stop, tracks)
    if not tracks:
        raise ValueError("no tracks")
    return tracks


def _boxes(file: BinaryIO, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Yield name, start and end of the content of each box between two places."""
    while start + 8 <= end:
        file.seek(start)
        size, name = struct.unpack(">I4s", file.read(8))
        head = 8
        if size == 1:
            size, head = struct.unpack(">Q", file.read(8))[0], 16
        elif size == 0:
            size = end - start
        if size < head:
            raise ValueError("a box smaller than its head")
        if start + size > end:
            raise Refused("truncated")
        yield name, start + head, start + size
        start += size


def _read(file: BinaryIO, start: int, stop: int) -> bytes:
    if stop - start > LARGEST_BOX:
        raise ValueError("a table too large to be true")
    file.seek(start)
    return file.read(stop - start)


def _movie(file: BinaryIO, start: int, stop: int, tracks: list[_Track]) -> None:
    for name, first, last in _boxes(file, start, stop):
        if name == b"trak":
            track = _Track()
            _track(file, first, last, track)
            tracks.append(track)
        elif name == b"mvex":
            for inner, a, b in _boxes(file, first, last):
                if inner == b"trex":
                    of, _, duration = struct.unpack(">III", _read(file, a, b)[4:16])
                    for track in tracks:
                        if track.id == of:
                            track.default_duration = duration


def _track(file: BinaryIO, start: int, stop: int, track: _Track, depth: int = 0) -> None:
    if depth > DEEPEST:
        raise ValueError("boxes in boxes without end")
    for name, first, last in _boxes(file, start, stop):
        if name in _CONTAINERS:
            _track(file, first, last, track, depth + 1)
        elif name in _READERS:
            _READERS[name](_read(file, first, last), track)


def _tkhd(data: bytes, track: _Track) -> None:
    long = data[0] == 1
    track.id = struct.unpack_from(">I", data, 20 if long else 12)[0]
    a, b = struct.unpack_from(">2i", data, 52 if long else 40)
    # The matrix begins a b u: a quarter turn has a = 0 and b = ±1.
    track.quarter_turn = a == 0 and b != 0


def _mdhd(data: bytes, track: _Track) -> None:
    form, at = (">IQ", 20) if data[0] == 1 else (">II", 12)
    track.timescale, track.duration = struct.unpack_from(form, data, at)
    if track.duration in (0xFFFFFFFF, 0xFFFFFFFFFFFFFFFF):
        track.duration = 0


def _hdlr(data: bytes, track: _Track) -> None:
    # QuickTime has a second one, for how data are found, inside minf: the first one counts.
    track.handler = track.handler or data[8:12]


def _stsd(data: bytes, track: _Track) -> None:
    if struct.unpack_from(">I", data, 4)[0] < 1:
        return
    entry = data[8:]
    if track.handler == b"vide":
        track.width, track.height = struct.unpack_from(">2H", entry, 32)
    elif track.handler == b"soun":
        track.channels = struct.unpack_from(">H", entry, 24)[0]
        # 16.16 cannot say rates above 65,535 Hz; the media clock of sound ticks once a sample.
        track.rate = (struct.unpack_from(">I", entry, 32)[0] >> 16) or track.timescale


def _stts(data: bytes, track: _Track) -> None:
    count = struct.unpack_from(">I", data, 4)[0]
    if 8 + 8 * count > len(data):
        raise ValueError("a table longer than its box")
    track.runs += [struct.unpack_from(">2I", data, 8 + 8 * i) for i in range(count)]


def _elst(data: bytes, track: _Track) -> None:
    count = struct.unpack_from(">I", data, 4)[0]
    form, size = (">Qq", 20) if data[0] == 1 else (">Ii", 12)
    edits = [struct.unpack_from(form, data, 8 + size * i) for i in range(min(count, 2))]
    if count == 1 and edits[0][1] > 0:
        track.skipped = edits[0][1]


_READERS = {b"tkhd": _tkhd, b"mdhd": _mdhd, b"hdlr": _hdlr, b"stsd": _stsd, b"stts": _stts, b"elst": _elst}


def _fragment(file: BinaryIO, start: int, stop: int, tracks: list[_Track]) -> None:
    """Count the frames of one movie fragment (8.8): a track's runs and how long a frame of them lasts."""
    for name, first, last in _boxes(file, start, stop):
        if name != b"traf":
            continue
        track, duration = None, 0
        for inner, a, b in _boxes(file, first, last):
            data = _read(file, a, b)
            if inner == b"tfhd":
                flags = int.from_bytes(data[1:4], "big")
                of = struct.unpack_from(">I", data, 4)[0]
                track = next((t for t in tracks if t.id == of), None)
                at = 8 + (8 if flags & 1 else 0) + (4 if flags & 2 else 0)
                duration = struct.unpack_from(">I", data, at)[0] if flags & 8 else 0
            elif inner == b"trun" and track is not None:
                _run(data, track, duration or track.default_duration)


def _run(data: bytes, track: _Track, duration: int) -> None:
    flags, count = int.from_bytes(data[1:4], "big"), struct.unpack_from(">I", data, 4)[0]
    if not flags & 0x100:
        track.runs.append((count, duration))
        return
    at = 8 + (4 if flags & 1 else 0) + (4 if flags & 4 else 0)
    step = 4 * sum(bool(flags & bit) for bit in (0x100, 0x200, 0x400, 0x800))
    if at + step * count > len(data):
        raise ValueError("a run longer than its box")
    track.runs += [(1, struct.unpack_from(">I", data, at + step * i)[0]) for i in range(count)]
