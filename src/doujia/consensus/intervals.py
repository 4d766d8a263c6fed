"""Intervals for a share of right answers."""

from __future__ import annotations

import math

from doujia.errors import InputError

__all__ = ["clopper_pearson", "wilson"]


def _check(right: float, total: float, confidence: float) -> None:
    if not (0 <= right <= total) or not 0 < confidence < 1:
        raise InputError(
            f"Need 0 <= right <= total and 0 < confidence < 1; got {right} of {total} at {confidence}.",
            zh=f"应有 0 ≤ 正确数 ≤ 总数、0 < 置信度 < 1;得到 {total} 中 {right},置信度 {confidence}。",
            code="counts_invalid",
        )


def wilson(right: float, total: float, confidence: float = 0.95) -> tuple[float, float]:
    """Wilson's score interval of a proportion; (0, 1) without any answer.

    Source: E. B. Wilson, *Probable inference, the law of succession, and statistical inference*, JASA 22 (1927).
    """
    from scipy.stats import norm

    _check(right, total, confidence)
    if total == 0:
        return 0.0, 1.0
    z = float(norm.isf((1 - confidence) / 2))
    p = right / total
    centre = (p + z * z / (2 * total)) / (1 + z * z / total)
    half = z * math.sqrt(p * (1 - p) / total + z * z / (4 * total * total)) / (1 + z * z / total)
    return max(0.0, centre - half), min(1.0, centre + half)


def clopper_pearson(right: float, total: float, confidence: float = 0.95) -> tuple[float, float]:
    """Exact interval of a proportion: covers at least ``confidence``, whatever the truth; (0, 1) without any answer.

    Source: C. J. Clopper, E. S. Pearson, *The use of confidence or fiducial limits*, Biometrika 26 (1934).
    """
    from scipy.stats import beta

    _check(right, total, confidence)
    if total == 0:
        return 0.0, 1.0
    tail = (1 - confidence) / 2
    low = 0.0 if right == 0 else float(beta.ppf(tail, right, total - right + 1))
    high = 1.0 if right == total else float(beta.isf(tail, right + 1, total - right))
    return low, high
