"""Make posteriors honest: temperature scaling on gold, and the error that remains."""

from __future__ import annotations

from typing import Any, Self

import numpy as np

from doujia.consensus.answers import Floats, Ints
from doujia.errors import InputError

__all__ = ["Temperature", "calibration_error", "calibration_floor"]

_FLOOR = 1e-9


class Temperature:
    r"""One exponent for all posteriors: :math:`z_{ik}^{T} / \sum_{k'} z_{ik'}^{T}`, fitted on gold.

    T < 1 takes back over-confidence. The mean log loss on gold plus ``ridge`` · ln² T is minimised, so that little
    gold changes little. The order of the classes of an item never changes.

    Source: C. Guo et al., *On calibration of modern neural networks*, ICML 2017.

    Attributes:
        temperature_: T.
    """

    temperature_: float

    def __init__(self, *, ridge: float = 0.02) -> None:
        self.ridge = ridge

    def fit(self, probas: Floats, labels: Ints) -> Self:
        """Fit on posteriors ``(g, K)`` of gold items (made without their gold) and their ``(g,)`` label codes."""
        from scipy.optimize import minimize_scalar

        if len(probas) == 0 or len(probas) != len(labels):
            raise InputError(
                f"Temperature needs gold: got {len(probas)} posteriors and {len(labels)} labels.",
                zh=f"校准需要考核题:得到 {len(probas)} 个后验和 {len(labels)} 个答案。",
                code="gold_missing",
            )
        logs = np.log(np.maximum(probas, _FLOOR))
        rows = np.arange(len(labels))

        def loss(log_t: float) -> float:
            scaled = logs * np.exp(log_t)
            top = scaled.max(axis=1)
            norm = top + np.log(np.exp(scaled - top[:, None]).sum(axis=1))
            return float((norm - scaled[rows, labels]).mean() + self.ridge * log_t**2)

        found = minimize_scalar(loss, bounds=(np.log(0.05), np.log(5.0)), method="bounded")
        self.temperature_ = float(np.exp(found.x))
        return self

    def transform(self, probas: Any) -> Any:
        """Apply T to ``(T, K)`` posteriors, dense or sparse; rows stay normalised."""
        if hasattr(probas, "tocsr"):
            return _temper_sparse(probas.tocsr(), self.temperature_)
        scaled = np.log(np.maximum(probas, _FLOOR))
        scaled *= self.temperature_
        scaled -= scaled.max(axis=1, keepdims=True)
        np.exp(scaled, out=scaled)
        scaled[probas <= 0] = 0.0
        scaled /= scaled.sum(axis=1, keepdims=True)
        return scaled


def _temper_sparse(probas: Any, temperature: float) -> Any:
    """The unnamed classes of a row count as one."""
    rows = np.repeat(np.arange(probas.shape[0]), np.diff(probas.indptr))
    rest = np.clip(1.0 - np.bincount(rows, probas.data, probas.shape[0]), 0.0, 1.0)
    data = probas.data**temperature
    total = np.bincount(rows, data, probas.shape[0]) + np.where(rest > _FLOOR, rest**temperature, 0.0)
    scaled = probas.copy()
    scaled.data = data / total[rows]
    return scaled


def calibration_error(confidence: Floats, right: Any, bins: int = 10) -> float:
    """Expected calibration error: mean |accuracy - confidence| over equal-width bins, weighted by items.

    Args:
        confidence: ``(n,)`` stated probability of the chosen label.
        right: ``(n,)`` whether it was right.
    """
    place = np.minimum((np.asarray(confidence) * bins).astype(int), bins - 1)
    gap = np.bincount(place, np.asarray(right, dtype=float) - confidence, bins)
    return float(np.abs(gap).sum() / len(confidence))


def calibration_floor(confidence: Floats, *, draws: int = 200, bins: int = 10, seed: int = 0) -> float:
    """The calibration error that perfectly honest posteriors would show on so few items by chance alone."""
    rng = np.random.default_rng(seed)
    errors = [
        calibration_error(confidence, rng.random(len(confidence)) < confidence, bins) for _ in range(draws)
    ]
    return float(np.mean(errors))
