"""Shares with honest intervals: marks of one picture go wrong together, so that a hundred marks are not a hundred trials."""

from __future__ import annotations

import math

from doujia.server.work.queries import Rate

__all__ = ["Z95", "clustered", "differ", "rate"]

Z95 = 1.959963984540054
RHO = 0.1
"""Correlation of errors within one answer that is assumed while too little is known to measure it."""
FEW_ANSWERS = 10


def rate(good: float, of: float, *, effective: float | None = None) -> Rate:
    """Return a share with its 95 % score interval (Wilson 1927).

    Args:
        effective: how many independent trials it is worth; ``of`` when None.
    """
    if of <= 0:
        return Rate(None, None, None, 0)
    n = effective if effective is not None else of
    p = good / of
    middle, whole = p + Z95**2 / (2 * n), 1 + Z95**2 / n
    half = Z95 * math.sqrt(p * (1 - p) / n + Z95**2 / (4 * n * n))
    return Rate(p, max(0.0, (middle - half) / whole), min(1.0, (middle + half) / whole), int(of))


def clustered(answers: int, n: int, wrong: int, nn: int, ww: int, nw: int) -> Rate:
    """Return the share of right marks over answers, the interval widened by the design effect (Kish 1965).

    The variance is that of a ratio of sums over answers; where fewer than ten answers or no error at all leave it
    unknown, 1 + (m - 1)·ρ stands for it, m = Σn²/Σn marks.

    Args:
        answers: how many answers hold such marks.
        n: marks over all of them; ``wrong``: how many of them are wrong.
        nn: Σ n² over answers; ``ww``: Σ wrong²; ``nw``: Σ n·wrong.
    """
    if n <= 0:
        return Rate(None, None, None, 0)
    p = wrong / n
    if answers < FEW_ANSWERS or wrong == 0 or wrong == n:
        effect = 1 + (nn / n - 1) * RHO
    else:
        squares = max(0.0, ww - 2 * p * nw + p * p * nn)
        variance = answers / (answers - 1) * squares / (n * n)
        effect = variance / (p * (1 - p) / n)
    return rate(n - wrong, n, effective=n / max(1.0, effect))


def differ(now: Rate, before: Rate) -> bool:
    """Return whether two independent shares differ beyond chance: the difference's 95 % interval leaves out zero.

    The interval is Newcombe's (1998, method 10): square-and-add of the two score intervals.
    """
    if (
        now.value is None or now.low is None or now.high is None
        or before.value is None or before.low is None or before.high is None
    ):  # fmt: skip
        return False
    gap = now.value - before.value
    low = gap - math.hypot(now.value - now.low, before.high - before.value)
    high = gap + math.hypot(now.high - now.value, before.value - before.low)
    return low > 0 or high < 0
