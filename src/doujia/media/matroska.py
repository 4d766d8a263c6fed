"""WebM and Matroska: size, frames and rate from the EBML elements of RFC 9559, without decoding."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO

from doujia.marks import VideoMedia
from doujia.media.reasons import Refused

__all__ = ["video_facts"]

_SEGMENT, _INFO, _TRACKS, _CLUSTER = 0x18538067, 0x1549A966, 0x1654AE6B, 0x1F43B675
_SCALE, _DURATION = 0x2AD7B1, 0x4489
_ENTRY, _NUMBER, _TYPE, _DEFAULT, _VIDEO, _WIDTH, _HEIGHT = 0xAE, 0xD7, 0x83, 0x23E383, 0xE0, 0xB0, 0xBA
_SIMPLE, _GROUP, _BLOCK = 0xA3, 0xA0, 0xA1
_NANOSECONDS = 1_000_000_000
_UNKNOWN = -1


@dataclass
class _Facts:
    """``scale`` in ns, ``duration`` in units of it, ``default`` in ns a frame."""

    scale: int = 1_000_000
    duration: float = 0.0
    track: int = 0
    default: int = 0
    width: int = 0
    height: int = 0
    frames: int = 0
    sound: bool = False


def video_facts(path: Path) -> VideoMedia:
    """Return size (px), number of frames and frames per second of the first video track.

    Frames are counted, block by block, without reading them. The rate is the track's own where it states one
    (DefaultDuration), else the mean over the length.

    Raises:
        Refused: ``wrong_medium`` when there is sound only. ValueError, struct.error: not built as it should be.
    """
    facts = _Facts()
    with path.open("rb") as file:
        end = os.fstat(file.fileno()).st_size
        for element, start, stop in _elements(file, 0, end):
            if element == _SEGMENT:
                _segment(file, start, stop, facts)
    if not facts.track:
        raise (
            Refused("wrong_medium", wanted="video", found="audio") if facts.sound else ValueError("no track")
        )
    if not (facts.width and facts.height):
        raise ValueError("a video track without a size")
    rate = Fraction(0)
    if facts.default > 0:
        rate = Fraction(_NANOSECONDS, facts.default).limit_denominator(1001)
    elif facts.duration > 0:
        seconds = Fraction(facts.duration) * facts.scale / _NANOSECONDS
        rate = (facts.frames / seconds).limit_denominator(1001)
    return VideoMedia(
        width=facts.width, height=facts.height, frames=facts.frames, fps_num=rate.numerator, fps_den=rate.denominator
    )  # fmt: skip


def _number(file: BinaryIO, *, keep_marker: bool) -> int | None:
    """Return a variable-length number (RFC 8794, 4); None at the end; ``_UNKNOWN`` when all its bits are set."""
    first = file.read(1)
    if not first:
        return None
    length = 9 - first[0].bit_length()
    rest = file.read(length - 1)
    if length > 8 or len(rest) < length - 1:
        raise ValueError("a number that is cut")
    value = int.from_bytes(first + rest, "big")
    if keep_marker:
        return value
    bits = (1 << 7 * length) - 1
    return _UNKNOWN if value & bits == bits else value & bits


def _elements(file: BinaryIO, start: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Yield id, start and end of the content of each element; one of unknown size reaches to the end of its parent."""
    while start < end:
        file.seek(start)
        element = _number(file, keep_marker=True)
        size = _number(file, keep_marker=False)
        if element is None or size is None:
            return
        here = file.tell()
        stop = end if size == _UNKNOWN else here + size
        if stop > end:
            raise Refused("truncated")
        yield element, here, stop
        start = here if size == _UNKNOWN and element == _CLUSTER else stop


def _segment(file: BinaryIO, start: int, stop: int, facts: _Facts) -> None:
    # A live stream's clusters have no size: their blocks are then met here, among the clusters.
    for element, first, last in _elements(file, start, stop):
        if element == _INFO:
            for inner, a, b in _elements(file, first, last):
                if inner == _SCALE:
                    facts.scale = _unsigned(file, a, b)
                elif inner == _DURATION:
                    facts.duration = _float(file, a, b)
        elif element == _TRACKS:
            for inner, a, b in _elements(file, first, last):
                if inner == _ENTRY and not facts.track:
                    _entry(file, a, b, facts)
        elif element == _CLUSTER and last < stop:
            for inner, a, b in _elements(file, first, last):
                _block(file, inner, a, b, facts)
        else:
            _block(file, element, first, last, facts)


def _entry(file: BinaryIO, start: int, stop: int, facts: _Facts) -> None:
    found = _Facts()
    kind = 0
    for element, a, b in _elements(file, start, stop):
        if element == _NUMBER:
            found.track = _unsigned(file, a, b)
        elif element == _TYPE:
            kind = _unsigned(file, a, b)
        elif element == _DEFAULT:
            found.default = _unsigned(file, a, b)
        elif element == _VIDEO:
            for inner, c, d in _elements(file, a, b):
                if inner == _WIDTH:
                    found.width = _unsigned(file, c, d)
                elif inner == _HEIGHT:
                    found.height = _unsigned(file, c, d)
    if kind == 1:
        facts.track, facts.default, facts.width, facts.height = (
            found.track, found.default, found.width, found.height,
        )  # fmt: skip
    facts.sound = facts.sound or kind == 2


def _block(file: BinaryIO, element: int, start: int, stop: int, facts: _Facts) -> None:
    if element == _GROUP:
        for inner, a, _ in _elements(file, start, stop):
            if inner == _BLOCK:
                _count(file, a, facts)
    elif element == _SIMPLE:
        _count(file, start, facts)


def _count(file: BinaryIO, start: int, facts: _Facts) -> None:
    file.seek(start)
    facts.frames += _number(file, keep_marker=False) == facts.track


def _unsigned(file: BinaryIO, start: int, stop: int) -> int:
    if stop - start > 8:
        raise ValueError("a number of more than 8 bytes")
    file.seek(start)
    return int.from_bytes(file.read(stop - start), "big")


def _float(file: BinaryIO, start: int, stop: int) -> float:
    file.seek(start)
    return float(struct.unpack(">f" if stop - start == 4 else ">d", file.read(stop - start))[0])
