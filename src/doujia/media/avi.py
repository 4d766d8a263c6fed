"""AVI: size, frames and rate from its RIFF headers, without decoding."""

from __future__ import annotations

import struct
from fractions import Fraction
from pathlib import Path

from doujia.marks import VideoMedia
from doujia.media.reasons import Refused

__all__ = ["video_facts"]

_HEAD = 1 << 16
"""The header list comes first and is small; an index of OpenDML may fill it up."""


def video_facts(path: Path) -> VideoMedia:
    """Return size (px), number of frames and frames per second of the first video stream.

    Source: Microsoft, AVI RIFF File Reference: ``strh`` has the clock (rate / scale) and the length in frames, ``strf`` is
    a BITMAPINFOHEADER (a negative height means top-down).

    Raises:
        Refused: ``wrong_medium``, there is sound only. ValueError, struct.error: not built as it should be.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD)
    frames = scale = rate = 0
    kind, at, seen = b"", 12, False
    while at + 8 <= len(head):
        name, size = struct.unpack_from("<4sI", head, at)
        body = at + 8
        if name == b"LIST":
            if head[body : body + 4] == b"movi":
                break
            at = body + 4
            continue
        if name == b"strh":
            kind, seen = head[body : body + 4], True
            scale, rate, _, frames = struct.unpack_from("<4I", head, body + 20)
        elif name == b"strf" and kind == b"vids":
            width, height = struct.unpack_from("<2i", head, body + 4)
            if not (width > 0 and height and scale and rate):
                raise ValueError("a video stream without a size or a clock")
            fps = Fraction(rate, scale).limit_denominator(1_000_000)
            return VideoMedia(
                width=width, height=abs(height), frames=frames, fps_num=fps.numerator, fps_den=fps.denominator
            )
        at = body + size + size % 2
    if seen:
        raise Refused("wrong_medium", wanted="video", found="audio")
    raise ValueError("no streams")
