"""Label Studio's brush masks: thi.ng's run-length packing of an RGBA picture, big-endian bits.

``count:32  wordsize-1:5  four times size-1:4``, then runs ``flag:1 index:2 length-1:size[index]`` followed by one value
(flag 1: repeated) or ``length`` values (flag 0), padded with zero bits. All four channels hold 0 or 255; alpha counts.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import numpy.typing as npt

from doujia.errors import InputError
from doujia.marks import Mask, rle

__all__ = ["pack", "unpack"]

_SIZES = (3, 4, 8, 16)
_MAX_PIXELS = 1 << 28


def pack(mask: Mask) -> list[int]:
    """Return the bytes of a mask as Label Studio keeps them in ``value.rle``."""
    flat = rle.decode(mask).ravel()
    edges = np.concatenate(([0], np.flatnonzero(flat[1:] != flat[:-1]) + 1, [flat.size]))
    bits = [f"{flat.size * 4:032b}", f"{7:05b}", *(f"{s - 1:04b}" for s in _SIZES)]
    for start, end in pairwise(edges.tolist()):
        value = 255 if flat[start] else 0
        left = (end - start) * 4
        while left > 0:
            index = next((i for i, s in enumerate(_SIZES) if left <= 1 << s), len(_SIZES) - 1)
            n = min(left, 1 << _SIZES[index])
            bits.append(f"1{index:02b}{n - 1:0{_SIZES[index]}b}{value:08b}")
            left -= n
    text = "".join(bits)
    text += "0" * (-len(text) % 8)
    return [int(text[i : i + 8], 2) for i in range(0, len(text), 8)]


def unpack(data: list[int], width: int, height: int) -> Mask:
    """Return the mask of packed bytes.

    Raises:
        InputError: ``brush_bad``; the bytes end early or do not fill ``width`` x ``height``.
    """
    try:
        reader = _Bits(bytes(data))
        count = reader.take(32)
        if count != width * height * 4 or count > 4 * _MAX_PIXELS:
            raise _bad(f"it holds {count} values instead of {width * height * 4}")
        word = reader.take(5) + 1
        sizes = [reader.take(4) + 1 for _ in range(4)]
        out = np.empty(count, dtype=np.uint8)
        at = 0
        while at < count:
            repeated, size = reader.take(1), sizes[reader.take(2)]
            n = reader.take(size) + 1
            if at + n > count:
                raise _bad("a run reaches beyond the picture")
            if repeated:
                out[at : at + n] = reader.take(word) & 255
            else:
                out[at : at + n] = [reader.take(word) & 255 for _ in range(n)]
            at += n
    except (ValueError, TypeError) as error:
        if isinstance(error, InputError):
            raise
        raise _bad(str(error)) from error
    return rle.encode(out.reshape(height, width, 4)[..., 3] > 0)


class _Bits:
    def __init__(self, data: bytes) -> None:
        bits: npt.NDArray[np.uint8] = np.unpackbits(np.frombuffer(data, dtype=np.uint8))
        self._text = (bits + 48).tobytes().decode("ascii")
        self._at = 0

    def take(self, n: int) -> int:
        end = self._at + n
        if end > len(self._text):
            raise _bad("the bytes end early")
        value = int(self._text[self._at : end], 2)
        self._at = end
        return value


def _bad(why: str) -> InputError:
    return InputError(f"A brush mask is broken: {why}.", zh=f"画笔掩膜坏了:{why}。", code="brush_bad")
