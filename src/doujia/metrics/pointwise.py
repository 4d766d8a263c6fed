"""A class for each point of a sweep (or each pixel of a picture): IoU by class over the points."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from doujia.errors import InputError

__all__ = ["label_ious"]


def label_ious(
    truth: NDArray[np.integer], guess: NDArray[np.integer], *, ignore: int | None = None
) -> dict[int, float]:
    """Return the IoU of every class that occurs on either side; their mean is the mIoU.

    Args:
        truth: class index of each point, any shape; the uint16 classes of a ``points3`` mark's blob.
        guess: of the same shape.
        ignore: class of the truth whose points are not scored (void, unlabelled).

    Raises:
        InputError: ``lengths_differ``; the shapes are not the same.

    >>> label_ious(np.array([0, 0, 1, 1]), np.array([0, 1, 1, 1]))
    {0: 0.5, 1: 0.6666666666666666}
    """
    a, b = np.asarray(truth), np.asarray(guess)
    if a.shape != b.shape:
        raise InputError(
            f"The truth has the shape {a.shape}, the guess {b.shape}.",
            zh=f"标准的形状是 {a.shape},答案是 {b.shape}。",
            code="lengths_differ",
        )
    if ignore is not None:
        scored = a != ignore
        a, b = a[scored], b[scored]
    found: dict[int, float] = {}
    for name in np.union1d(a, b).tolist():
        both = int(np.count_nonzero((a == name) & (b == name)))
        either = int(np.count_nonzero((a == name) | (b == name)))
        found[int(name)] = both / either
    return found
