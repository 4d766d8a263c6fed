"""Robust averages: weighted median, biweight mean, geometric median, circular mean, medoid."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["biweight", "circular_mean", "geometric_median", "weighted_medoid", "weighted_median"]

Floats = npt.NDArray[np.float64]


def weighted_median(values: Floats, weights: Floats) -> Floats:
    """Weighted median along the first axis; between two values when the weight splits evenly.

    Args:
        values: ``(n, d)``. weights: ``(n,)``, not all zero.
    """
    order = np.argsort(values, axis=0, kind="stable")
    ordered = np.take_along_axis(values, order, axis=0)
    share = np.cumsum(weights[order], axis=0) / weights.sum()
    low = (share < 0.5 - 1e-12).sum(axis=0)
    high = (share <= 0.5 + 1e-12).sum(axis=0)
    top = len(values) - 1
    columns = np.arange(values.shape[1])
    return np.asarray((ordered[np.minimum(low, top), columns] + ordered[np.minimum(high, top), columns]) / 2)


def biweight(
    values: Floats, scales: Floats, *, floor: float = 1.0, cut: float = 4.685, rounds: int = 20
) -> Floats:
    r"""Tukey's biweight mean per column, started at the weighted median.

    Residuals are divided by :math:`\max(1.4826\, s_w, floor)`; beyond ``cut`` they do not count.

    Args:
        values: ``(n, d)``. scales: ``(n,)`` typical absolute error of each source, in the unit of the values.

    Source: F. Mosteller, J. W. Tukey, *Data analysis and regression*, 1977.
    """
    spread = np.maximum(1.4826 * scales, floor)[:, None]
    prior = 1.0 / spread**2
    centre = weighted_median(values, prior[:, 0])
    for _ in range(rounds):
        u = (values - centre) / (cut * spread)
        weight = np.where(np.abs(u) < 1, (1 - u**2) ** 2, 0.0) * prior
        total = weight.sum(axis=0)
        new = np.where(total > 0, (weight * values).sum(axis=0) / np.where(total > 0, total, 1), centre)
        if np.abs(new - centre).max() < 1e-9:
            return np.asarray(new)
        centre = new
    return np.asarray(centre)


def geometric_median(
    points: Floats, weights: Floats, *, rounds: int = 100, tolerance: float = 1e-6
) -> Floats:
    """Point ``(d,)`` with the least weighted sum of distances to ``points`` ``(n, d)`` (Weiszfeld's iteration)."""
    centre = weighted_median(points, weights)
    for _ in range(rounds):
        distance = np.maximum(np.linalg.norm(points - centre, axis=1), 1e-9)
        pull = weights / distance
        new = (pull[:, None] * points).sum(axis=0) / pull.sum()
        if np.linalg.norm(new - centre) < tolerance:
            return np.asarray(new)
        centre = new
    return np.asarray(centre)


def circular_mean(angles: Floats, weights: Floats, *, period: float = 2 * np.pi) -> float:
    """Weighted mean of angles (radians) that repeat after ``period``."""
    turn = 2 * np.pi / period
    return float(np.arctan2(weights @ np.sin(turn * angles), weights @ np.cos(turn * angles)) / turn)


def weighted_medoid(distances: Floats, weights: Floats) -> int:
    """Index of the answer with the least weighted distance to all others; ``distances`` is ``(n, n)``."""
    return int(np.argmin(distances @ weights))
