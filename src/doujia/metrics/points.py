"""Landmarks, skeletons and lines: NME, OKS, distances between lines."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from doujia.errors import InputError
from doujia.marks import Cuboid2D, Keypoints, Points, Polyline

__all__ = [
    "COCO_SIGMAS",
    "corner_similarity",
    "distance_similarity",
    "line_distance",
    "line_similarity",
    "lines_along",
    "nme",
    "oks",
]

COCO_SIGMAS = tuple(
    s / 10
    for s in (
        0.26,
        0.25,
        0.25,
        0.35,
        0.35,
        0.79,
        0.79,
        0.72,
        0.72,
        0.62,
        0.62,
        1.07,
        1.07,
        0.87,
        0.87,
        0.89,
        0.89,
    )
)
"""Per-point constants of the COCO person skeleton."""


def _xy(geometry: Keypoints | Points | Polyline) -> NDArray[np.float64]:
    return np.asarray(geometry.xy, np.float64).reshape(-1, 2)


def _same_length(first: Keypoints | Points, second: Keypoints | Points) -> None:
    if len(first.xy) != len(second.xy):
        raise InputError(
            f"{len(first.xy) // 2} points cannot be compared with {len(second.xy) // 2}.",
            zh=f"{len(first.xy) // 2} 个点和 {len(second.xy) // 2} 个点没法比。",
            code="point_counts_differ",
        )


def nme(truth: Keypoints, guess: Keypoints, *, norm: float | tuple[int, int] | None = None) -> float:
    """Return the normalised mean error over the points that are labelled in both.

    Args:
        norm: a length in px, or two point indices whose distance in the truth is the length (outer eye corners: ``(36, 45)``
            of 68 points); None takes the square root of the area of the truth's bounding box.

    Returns:
        Mean distance divided by the length; NaN when no point is labelled in both.
    """
    _same_length(truth, guess)
    a, b = _xy(truth), _xy(guess)
    both = (np.asarray(truth.v) > 0) & (np.asarray(guess.v) > 0)
    if not both.any():
        return math.nan
    if isinstance(norm, tuple):
        length = float(np.hypot(*(a[norm[0]] - a[norm[1]])))
    elif norm is not None:
        length = float(norm)
    else:
        spread = np.ptp(a[np.asarray(truth.v) > 0], axis=0)
        length = math.sqrt(float(spread[0] * spread[1]))
    if length <= 0:
        raise InputError("The length to normalise by is 0.", zh="用来归一的长度是 0。", code="norm_zero")
    return float(np.hypot(*(a - b)[both].T).mean() / length)


def oks(truth: Keypoints, guess: Keypoints, *, area: float, sigmas: Sequence[float] | None = None) -> float:
    """Return the object keypoint similarity of COCO.

    Args:
        area: of the true object in px².
        sigmas: per-point constants; COCO's for 17 points, else 1/number of points each.

    Returns:
        Mean over the points labelled in the truth of ``exp(-d² / (2·area·(2σ)²))``; 0 when none is.
    """
    _same_length(truth, guess)
    count = len(truth.v)
    sigma = np.asarray(
        sigmas if sigmas is not None else COCO_SIGMAS if count == 17 else [1 / count] * count, np.float64
    )
    seen = np.asarray(truth.v) > 0
    if not seen.any():
        return 0.0
    squared = ((_xy(truth) - _xy(guess)) ** 2).sum(axis=1)
    # COCO adds the float epsilon so that an area of 0 does not divide by 0.
    exponent = squared / (2 * (area + np.spacing(1)) * (2 * sigma) ** 2)
    return float(np.exp(-exponent)[seen].mean())


def distance_similarity(first: Keypoints | Points, second: Keypoints | Points) -> float:
    """Return ``max(0, 1 - 10·NME)`` by the diagonal of the first one: 1 is the same, 0 is a tenth of the diagonal away.

    Loose points are compared one to one by the cheapest assignment; a different number counts as wholly wrong points.
    """
    a, b = _xy(first), _xy(second)
    if not len(a) or not len(b):
        return 1.0 if len(a) == len(b) else 0.0
    diagonal = float(np.hypot(*np.ptp(a, axis=0))) or 1.0
    if isinstance(first, Keypoints) and isinstance(second, Keypoints):
        if len(a) != len(b):
            return 0.0
        seen = (np.asarray(first.v) > 0) & (np.asarray(second.v) > 0)
        if not seen.any():
            return (
                1.0 if not (np.asarray(first.v) > 0).any() and not (np.asarray(second.v) > 0).any() else 0.0
            )
        distance = np.hypot(*(a - b)[seen].T)
        return float(np.clip(1 - 10 * distance / diagonal, 0, 1).mean())
    from scipy.optimize import linear_sum_assignment

    distances = np.hypot(a[:, None, 0] - b[None, :, 0], a[:, None, 1] - b[None, :, 1])
    rows, columns = linear_sum_assignment(distances)
    return float(np.clip(1 - 10 * distances[rows, columns] / diagonal, 0, 1).sum() / max(len(a), len(b)))


def _resampled(line: Polyline, count: int = 101) -> NDArray[np.float64]:
    points = _xy(line)
    steps = np.hypot(*np.diff(points, axis=0).T) if len(points) > 1 else np.zeros(0)
    at = np.concatenate([[0.0], np.cumsum(steps)])
    where = np.linspace(0, at[-1], count)
    return np.stack([np.interp(where, at, points[:, 0]), np.interp(where, at, points[:, 1])], axis=1)


def lines_along(first: Polyline, second: Polyline) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return points of both lines at equal arc length, shape ``(101, 2)`` px, in whichever direction fits better."""
    a, b = _resampled(first), _resampled(second)
    return (a, b) if np.hypot(*(a - b).T).mean() <= np.hypot(*(a - b[::-1]).T).mean() else (a, b[::-1])


def line_distance(first: Polyline, second: Polyline) -> float:
    """Return the mean distance in px between two lines at equal arc length, in whichever direction fits better."""
    a, b = lines_along(first, second)
    return float(np.hypot(*(a - b).T).mean())


def line_similarity(first: Polyline, second: Polyline) -> float:
    """Return ``max(0, 1 - 10·distance / length)`` by the length of the first line."""
    length = float(np.hypot(*np.diff(_xy(first), axis=0).T).sum()) or 1.0
    return max(0.0, 1 - 10 * line_distance(first, second) / length)


def corner_similarity(first: Cuboid2D, second: Cuboid2D) -> float:
    """Return ``max(0, 1 - 10·mean distance of the eight corners / diagonal)`` by the diagonal of the first one."""
    a, b = (np.asarray([*c.front, *c.back], np.float64).reshape(-1, 2) for c in (first, second))
    diagonal = float(np.hypot(*np.ptp(a, axis=0))) or 1.0
    return max(0.0, 1 - 10 * float(np.hypot(*(a - b).T).mean()) / diagonal)
