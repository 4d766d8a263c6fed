"""Run lengths of masks as COCO keeps them, and their compressed string form.

Runs go down the columns (column-major), beginning with background. The string form holds each run, from the fourth
on as the difference to the run two before, in groups of five bits, low group first, each as ``chr(group + 48)``;
bit 0x20 says that more groups follow and bit 0x10 of the last group is the sign.

Source: the format of pycocotools' ``rleToString`` (COCO API); golden values in the tests.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from doujia.errors import InputError
from doujia.marks.geometry import Mask

__all__ = [
    "area",
    "bounds",
    "counts_to_string",
    "decode",
    "encode",
    "intersection",
    "mask_of",
    "string_to_counts",
    "union",
]

Runs = NDArray[np.int64]


def encode(pixels: NDArray[Any]) -> Mask:
    """Return the mask of a picture of shape (height, width); every value other than 0 is foreground."""
    if pixels.ndim != 2:
        raise InputError(
            f"A mask has two dimensions, this has {pixels.ndim}.",
            zh=f"掩膜应是二维的,这里是 {pixels.ndim} 维。",
            code="mask_shape",
        )
    height, width = pixels.shape
    flat = (pixels != 0).T.ravel()
    changes = np.flatnonzero(flat[1:] != flat[:-1]) + 1
    edges = np.concatenate(([0], changes, [flat.size])) if flat.size else np.zeros(1, np.int64)
    runs = np.diff(edges).astype(np.int64)
    if flat.size and flat[0]:
        runs = np.concatenate((np.zeros(1, np.int64), runs))
    return Mask(size=(int(height), int(width)), counts=counts_to_string(runs))


def decode(mask: Mask) -> NDArray[np.bool_]:
    """Return the pixels of a mask, shape (height, width), dtype bool.

    Raises:
        InputError: the runs do not fill the picture exactly.
    """
    height, width = mask.size
    runs = string_to_counts(mask.counts)
    _check(runs, height * width)
    values = np.zeros(runs.size, dtype=np.bool_)
    values[1::2] = True
    return np.repeat(values, runs).reshape(width, height).T


def area(mask: Mask) -> int:
    """Return the number of foreground pixels."""
    return int(string_to_counts(mask.counts)[1::2].sum())


def bounds(mask: Mask) -> tuple[int, int, int, int] | None:
    """Return ``(x0, y0, x1, y1)`` of the foreground on the continuous plane, None when it is empty."""
    height = mask.size[0]
    runs = string_to_counts(mask.counts)
    ends = np.cumsum(runs)
    starts = ends - runs
    starts, ends = starts[1::2], ends[1::2]
    keep = ends > starts
    starts, ends = starts[keep], ends[keep]
    if not starts.size:
        return None
    x0, x1 = starts // height, (ends - 1) // height
    top, bottom = starts % height, (ends - 1) % height
    whole = x1 > x0  # a run that turns into the next column touches the bottom and the top
    y0 = 0 if bool(whole.any()) else int(top.min())
    y1 = height if bool(whole.any()) else int(bottom.max()) + 1
    return int(x0.min()), y0, int(x1.max()) + 1, y1


def union(masks: Sequence[Mask]) -> Mask:
    """Return the pixels that are in any of ``masks`` (all of one size)."""
    if not masks:
        raise InputError("There is no mask to join.", zh="没有可以合并的掩膜。", code="mask_none")
    if len(masks) == 1:
        return masks[0]
    total = decode(masks[0]).copy()
    for other in masks[1:]:
        if other.size != masks[0].size:
            raise InputError(
                f"Masks of different sizes: {masks[0].size} and {other.size}.",
                zh=f"掩膜的尺寸不一样:{masks[0].size} 和 {other.size}。",
                code="mask_shape",
            )
        total |= decode(other)
    return encode(total)


def intersection(first: Mask, second: Mask) -> int:
    """Return the number of pixels that are in both masks, without decoding them to pictures."""
    if first.size != second.size:
        raise InputError(
            f"Masks of different sizes: {first.size} and {second.size}.",
            zh=f"掩膜的尺寸不一样:{first.size} 和 {second.size}。",
            code="mask_shape",
        )
    a, b = np.cumsum(string_to_counts(first.counts)), np.cumsum(string_to_counts(second.counts))
    edges = np.union1d(a, b)
    starts = np.concatenate((np.zeros(1, np.int64), edges[:-1]))
    inside_a = np.searchsorted(a, starts, side="right") % 2 == 1
    inside_b = np.searchsorted(b, starts, side="right") % 2 == 1
    return int((edges - starts)[inside_a & inside_b].sum())


def counts_to_string(counts: Sequence[int] | Runs) -> str:
    """Return the compressed string of run lengths.

    >>> counts_to_string([4, 2, 1, 1, 4])
    '421O3'
    """
    runs = np.asarray(counts, dtype=np.int64)
    if runs.size == 0:
        return ""
    if int(runs.min()) < 0:
        raise InputError("A run length is negative.", zh="游程长度是负数。", code="mask_runs")
    values = runs.copy()
    values[3:] -= runs[1:-2]
    # The number of groups of each value: n groups of five bits hold -2^(5n-1) … 2^(5n-1)-1.
    magnitude = np.where(values < 0, ~values, values)
    groups = np.ones(values.size, dtype=np.int64)
    limit = 16
    while True:
        over = magnitude >= limit
        if not over.any():
            break
        groups += over
        limit <<= 5
    most = int(groups.max())
    shifts = np.arange(most, dtype=np.int64)
    table = (values[:, None] >> (5 * shifts)) & 0x1F
    used = shifts < groups[:, None]
    table |= np.where(shifts < groups[:, None] - 1, 0x20, 0)
    return (table + 48)[used].astype(np.uint8).tobytes().decode("ascii")


def string_to_counts(text: str) -> Runs:
    """Return the run lengths of a compressed string, dtype int64.

    Raises:
        InputError: a character that does not belong, or an unfinished last group.
    """
    data = np.frombuffer(text.encode("utf-8"), dtype=np.uint8).astype(np.int64) - 48
    if data.size == 0:
        return np.zeros(0, dtype=np.int64)
    if int(data.min()) < 0 or int(data.max()) > 63 or data[-1] & 0x20:
        raise InputError(
            "The mask's run lengths are not a COCO string.",
            zh="掩膜的游程字符串不对(不是 COCO 的压缩形式)。",
            code="mask_runs",
        )
    last = (data & 0x20) == 0
    ends = np.flatnonzero(last)
    starts = np.concatenate((np.zeros(1, np.int64), ends[:-1] + 1))
    length = ends - starts + 1
    if int(length.max()) > 12:
        raise InputError("A run length is too long.", zh="游程长度太大。", code="mask_runs")
    position = np.arange(data.size, dtype=np.int64) - np.repeat(starts, length)
    values = np.add.reduceat((data & 0x1F) << (5 * position), starts)
    negative = (data[ends] & 0x10) != 0
    values = np.where(negative, values - (np.int64(1) << np.minimum(5 * length, 62)), values)
    # Undo the differences: from the fourth run on each is relative to the run two before, so the runs of
    # odd and of even index (beyond the first three) are two running sums.
    values = values.astype(np.int64)
    odd = np.cumsum(values[1::2])
    values[1::2] = odd
    if values.size > 2:
        values[2::2] = np.cumsum(values[2::2])
    return values


def mask_of(size: Sequence[int], counts: str | Sequence[int]) -> Mask:
    """Return a mask from ``size`` (height, width) and either form of ``counts``, after checking that they agree.

    Raises:
        InputError: the runs are negative or do not fill the picture exactly.
    """
    height, width = int(size[0]), int(size[1])
    runs = string_to_counts(counts) if isinstance(counts, str) else np.asarray(counts, dtype=np.int64)
    _check(runs, height * width)
    text = counts if isinstance(counts, str) else counts_to_string(runs)
    return Mask(size=(height, width), counts=text)


def _check(runs: Runs, pixels: int) -> None:
    if (runs.size and int(runs.min()) < 0) or int(runs.sum()) != pixels:
        raise InputError(
            f"The mask's runs cover {int(runs.sum())} pixels, the picture has {pixels}.",
            zh=f"掩膜的游程一共 {int(runs.sum())} 个像素,图片有 {pixels} 个。",
            code="mask_runs",
        )
