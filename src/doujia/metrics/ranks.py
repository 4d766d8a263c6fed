"""Rankings and ratings: Kendall's tau-b, pairwise agreement."""

from __future__ import annotations

import math
from itertools import combinations

from doujia.errors import InputError
from doujia.marks import Ranking

__all__ = ["kendall_tau", "pairwise_agreement", "ranking_similarity"]


def _places(ranking: Ranking) -> dict[str, int]:
    return {name: place for place, tied in enumerate(ranking.order) for name in tied}


def _signs(first: Ranking, second: Ranking) -> list[tuple[int, int]]:
    a, b = _places(first), _places(second)
    if set(a) != set(b):
        raise InputError(
            "The rankings order different candidates.",
            zh="两个排序里的候选不一样。",
            code="candidates_differ",
        )
    return [
        ((a[x] > a[y]) - (a[x] < a[y]), (b[x] > b[y]) - (b[x] < b[y])) for x, y in combinations(sorted(a), 2)
    ]


def kendall_tau(first: Ranking, second: Ranking) -> float:
    """Return Kendall's tau-b (ties allowed), -1..1; NaN when one side ties everything.

    Source:
        Kendall, "The treatment of ties in ranking problems", Biometrika 1945.
    """
    pairs = _signs(first, second)
    score = sum(a * b for a, b in pairs)
    left, right = sum(a != 0 for a, _ in pairs), sum(b != 0 for _, b in pairs)
    return score / math.sqrt(left * right) if left and right else math.nan


def pairwise_agreement(first: Ranking, second: Ranking) -> float:
    """Return the share of pairs that both order the same way; a tie agrees only with a tie."""
    pairs = _signs(first, second)
    return sum(a == b for a, b in pairs) / len(pairs) if pairs else 1.0


def ranking_similarity(first: Ranking, second: Ranking) -> float:
    """Return ``pairwise_agreement``, 0 for rankings of different candidates."""
    return pairwise_agreement(first, second) if set(_places(first)) == set(_places(second)) else 0.0
