"""Krippendorff's alpha at any level of measurement and under any distance."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import msgspec
import numpy as np

from doujia.consensus.answers import Answers, Floats, Ints
from doujia.consensus.votes import tally
from doujia.errors import InputError, Problem

__all__ = [
    "MOST_IN_TABLE",
    "Alpha",
    "Level",
    "alpha",
    "alpha_from_distance",
    "level_distance",
    "require_table",
]

MOST_IN_TABLE = 3000
"""Classes of which every pair fits a table (72 MB)."""

Level = Literal["nominal", "ordinal", "interval", "ratio"]


class Alpha(msgspec.Struct, frozen=True, omit_defaults=True):
    """Krippendorff's alpha with its bootstrap interval.

    Attributes:
        value: alpha, or None where it is not computable (only one value was ever given, or no item has two answers).
        low, high: bounds of the interval over resampled items, None when not asked for or not computable.
        confidence: of the interval.
        observed, expected: observed and expected disagreement; alpha is 1 - observed / expected.
        agreement: raw share of agreeing pairs (mean over pairable answers); None for a free distance.
        units, answers: items with at least two answers, and the answers on them.
        problems: why there is no value, or what to mind.
    """

    value: float | None
    observed: float
    expected: float
    units: int
    answers: int
    level: str
    low: float | None = None
    high: float | None = None
    confidence: float = 0.95
    agreement: float | None = None
    problems: list[Problem] = []


def alpha(
    answers: Answers,
    level: Level | Callable[[Any, Any], float] = "nominal",
    *,
    clusters: Mapping[Any, Any] | None = None,
    bootstrap: int = 1000,
    confidence: float = 0.95,
    seed: int = 0,
) -> Alpha:
    r"""Agreement of all workers on all items, corrected for chance.

    .. math::
        \alpha = 1 - \frac{D_o}{D_e}, \quad
        D_o = \frac1n \sum_u \sum_{a,b} \frac{n_{ua} n_{ub}\, \delta(a, b)}{m_u - 1}, \quad
        D_e = \frac{\sum_{a,b} n_a n_b\, \delta(a, b)}{n (n - 1)}

    over items with :math:`m_u \ge 2` answers. Computed from value counts per item, never from an item by worker table.

    Args:
        level: nominal [a ≠ b], ordinal, interval (a - b)², ratio ((a - b) / (a + b))², or any function of two labels
            that returns a distance (squared already, if it is to be). Ordinal uses the order of ``answers.labels``.
        clusters: ``{item: what it belongs to}`` where items are not independent (objects of one picture): the interval
            resamples whole clusters.
        bootstrap: resamples of items for the interval, 0 for none.

    Raises:
        InputError: interval or ratio on labels that are not numbers, ratio on negative ones, more classes than a
            distance table can hold at another level than nominal.

    Source: K. Krippendorff, *Computing Krippendorff's alpha-reliability*, 2011.
    """
    unit, value, count, sizes = _value_counts(answers)
    name = level if isinstance(level, str) else getattr(level, "__name__", "distance")
    if len(sizes) == 0:
        return _not_computable(name, 0, 0, "no item has two answers", "没有任何题目有两份作答")
    K = len(answers.labels)
    totals = tally(value, count, K)
    if level == "nominal":
        disagreement = _nominal_units(unit, count, sizes)
        table = None
    else:
        table = level_distance(answers.labels, level, totals)
        disagreement = _table_units(unit, value, count, sizes, table)
    n = float(sizes.sum())
    observed = float(disagreement.sum()) / n
    expected = _expected(totals, table)
    same = _nominal_units(unit, count, sizes)
    agreement = 1.0 - float(same.sum()) / n
    if expected <= 0:
        return _not_computable(
            name, len(sizes), int(n), "all answers have the same value", "所有作答取值相同", agreement
        )
    value_ = 1.0 - observed / expected
    low = high = None
    if bootstrap > 0:
        block = _blocks(answers, clusters, len(sizes), seed)
        low, high = _interval(
            unit, value, count, sizes, disagreement, table, K, bootstrap, confidence, seed, block
        )
    return Alpha(
        value_, observed, expected, len(sizes), int(n), name, low, high, confidence, agreement=agreement
    )


def alpha_from_distance(
    groups: Sequence[Sequence[Any]],
    distance: Callable[[Any, Any], float],
    *,
    expected_pairs: int = 20_000,
    bootstrap: int = 1000,
    confidence: float = 0.95,
    seed: int = 0,
) -> Alpha:
    """Alpha for shapes, texts and other answers that are not classes.

    Args:
        groups: the answers on each item; items with fewer than two do not count.
        distance: any distance, for instance 1 - IoU or a character error rate.
        expected_pairs: at most so many pairs of answers across all items estimate the expected disagreement (all
            pairs when there are no more).

    Returns:
        Alpha; its interval resamples items for the observed part.
    """
    usable = [list(group) for group in groups if len(group) >= 2]
    if not usable:
        return _not_computable("distance", 0, 0, "no item has two answers", "没有任何题目有两份作答")
    rng = np.random.default_rng(seed)
    means = np.array([_mean_distance(group, distance) for group in usable])
    sizes = np.array([len(group) for group in usable], dtype=np.float64)
    flat = [answer for group in usable for answer in group]
    n = len(flat)
    if n * (n - 1) // 2 <= expected_pairs:
        first, second = np.triu_indices(n, 1)
    else:
        first = rng.integers(0, n, expected_pairs)
        second = (first + rng.integers(1, n, expected_pairs)) % n
    across = [distance(flat[a], flat[b]) for a, b in zip(first.tolist(), second.tolist(), strict=True)]
    expected = float(np.mean(across))
    observed = float((means * sizes).sum() / sizes.sum())
    if expected <= 0:
        return _not_computable("distance", len(usable), n, "all answers are the same", "所有作答都相同")
    low = high = None
    if bootstrap > 0:
        draws = rng.integers(0, len(usable), (bootstrap, len(usable)))
        values = 1 - (means * sizes)[draws].sum(axis=1) / sizes[draws].sum(axis=1) / expected
        low, high = _quantiles(values, confidence)
    return Alpha(
        1 - observed / expected, observed, expected, len(usable), n, "distance", low, high, confidence
    )


def level_distance(labels: Sequence[Any], level: Any, totals: Floats | None = None) -> Floats:
    """Table ``(K, K)`` of distances between ``labels``; ``totals`` ``(K,)`` are needed for ordinal."""
    K = len(labels)
    require_table(K)
    if callable(level):
        return np.array([[float(level(a, b)) for b in labels] for a in labels])
    if level == "nominal":
        return 1.0 - np.eye(K)
    if level == "ordinal":
        counts = np.ones(K) if totals is None else totals
        until = np.cumsum(counts) - counts / 2
        return np.asarray((until[:, None] - until[None, :]) ** 2)
    if level not in ("interval", "ratio"):
        raise InputError(
            f"There is no level {level!r}: nominal, ordinal, interval or ratio.",
            zh=f"没有 {level!r} 这种量度,可选 nominal、ordinal、interval、ratio。",
            code="level_unknown",
        )
    numbers = _numbers(labels, str(level))
    difference = (numbers[:, None] - numbers[None, :]) ** 2
    if level == "interval":
        return np.asarray(difference)
    total = (numbers[:, None] + numbers[None, :]) ** 2
    return np.divide(difference, total, out=np.zeros((K, K)), where=total > 0)


def require_table(K: int) -> None:
    """Refuse a table of all pairs of so many classes.

    Raises:
        InputError: more than ``MOST_IN_TABLE`` classes.
    """
    if K > MOST_IN_TABLE:
        raise InputError(
            f"{K} classes make a table of {K * K:,} pairs; at most {MOST_IN_TABLE} work. Nominal alpha, Fleiss' kappa and "
            "AC1 work with any number.",
            zh=f"{K} 个类别两两成表太大,最多 {MOST_IN_TABLE} 个;nominal 的 α、Fleiss κ 和 AC1 没有限制。",
            code="too_many_classes",
        )


def _numbers(labels: Sequence[Any], level: str) -> Floats:
    try:
        numbers = np.array([float(label) for label in labels])
    except (TypeError, ValueError) as error:
        raise InputError(
            f"Level {level} needs numbers, got {labels[0]!r}.",
            zh=f"{level} 量度要求标签为数字,得到 {labels[0]!r}。",
            code="labels_not_numbers",
        ) from error
    if level == "ratio" and np.any(numbers < 0):
        raise InputError(
            "Level ratio needs numbers ≥ 0.", zh="ratio 量度要求数字 ≥ 0。", code="labels_negative"
        )
    return numbers


def _value_counts(answers: Answers) -> tuple[Ints, Ints, Floats, Floats]:
    """Cells (unit, value, count) of items with at least two answers, and the ``(U,)`` sizes of these."""
    m = np.bincount(answers.item, minlength=len(answers.items))
    unit_of = np.cumsum(m >= 2) - 1
    K = len(answers.labels)
    if len(answers.items) * K <= max(4_000_000, 4 * len(answers)):
        cells = np.bincount(answers.item * K + answers.label, minlength=len(m) * K)
        key = np.flatnonzero(cells)
        count = cells[key]
    else:
        key, count = np.unique(answers.item * K + answers.label, return_counts=True)
    item, value = np.divmod(key, K)
    keep = (m >= 2)[item]
    return unit_of[item[keep]], value[keep], count[keep].astype(np.float64), m[m >= 2].astype(np.float64)


def _nominal_units(unit: Ints, count: Floats, sizes: Floats) -> Floats:
    """``(U,)`` sum of n_a n_b over a ≠ b, divided by m - 1."""
    return np.asarray((sizes**2 - np.bincount(unit, count**2, len(sizes))) / (sizes - 1))


def _table_units(unit: Ints, value: Ints, count: Floats, sizes: Floats, table: Floats) -> Floats:
    """The same sum under a table of distances, over pairs of distinct values of one unit."""
    first = np.r_[0, np.flatnonzero(np.diff(unit)) + 1]
    length = np.diff(np.r_[first, len(unit)])
    total = np.zeros(len(sizes))
    for step in range(1, int(length.max())):  # pairs of cells that are `step` apart within a unit
        here = np.flatnonzero(unit[:-step] == unit[step:])
        pair = count[here] * count[here + step] * table[value[here], value[here + step]]
        total += np.bincount(unit[here], 2 * pair, len(sizes))
    return np.asarray(total / (sizes - 1))


def _expected(totals: Floats, table: Floats | None) -> float:
    n = float(totals.sum())
    if n < 2:
        return 0.0
    if table is None:
        return float(n * n - (totals**2).sum()) / (n * (n - 1))
    return float(totals @ table @ totals) / (n * (n - 1))


def _interval(
    unit: Ints, value: Ints, count: Floats, sizes: Floats, disagreement: Floats, table: Floats | None,
    K: int, bootstrap: int, confidence: float, seed: int, block: Ints,
) -> tuple[float | None, float | None]:  # fmt: skip
    """Percentile interval of alpha over resampled blocks of units, by multinomial weights; None when none has two values."""
    rng = np.random.default_rng(seed)
    groups = int(block.max()) + 1
    by_value = (
        np.bincount(block[unit] * K + value, count, groups * K).reshape(groups, K)
        if groups * K <= 2e7
        else None
    )
    wrong = np.bincount(block, disagreement, groups)
    size = np.bincount(block, sizes, groups)
    results = []
    for _ in range(bootstrap):
        weight = tally(rng.integers(0, groups, groups), np.ones(groups), groups)
        if by_value is not None:
            totals = weight @ by_value
        else:
            totals = tally(value, count * weight[block[unit]], K)
        expected = _expected(totals, table)
        if expected > 0:
            results.append(1 - (weight @ wrong) / (weight @ size) / expected)
    return _quantiles(np.array(results), confidence) if results else (None, None)


def _blocks(answers: Answers, clusters: Mapping[Any, Any] | None, units: int, seed: int) -> Ints:
    """``(U,)`` what is resampled together: the unit itself, its cluster, or one of 2,000 blocks where there are many."""
    block = np.arange(units)
    if clusters is not None:
        m = np.bincount(answers.item, minlength=len(answers.items))
        names = [
            clusters.get(item, item) for item, n in zip(answers.items, m.tolist(), strict=True) if n >= 2
        ]
        codes = {name: code for code, name in enumerate(dict.fromkeys(names))}
        block = np.array([codes[name] for name in names], dtype=np.int64)
    groups = int(block.max()) + 1
    if groups > 20_000:  # a million answers cost no more than a few thousand
        block = (np.random.default_rng(seed).permutation(groups) * 2000 // groups)[block]
    return np.asarray(block, dtype=np.int64)


def _quantiles(values: Floats, confidence: float) -> tuple[float, float]:
    tail = (1 - confidence) / 2
    low, high = np.quantile(values, [tail, 1 - tail])
    return float(low), float(high)


def _mean_distance(group: list[Any], distance: Callable[[Any, Any], float]) -> float:
    pairs = [distance(a, b) for i, a in enumerate(group) for b in group[i + 1 :]]
    return float(np.mean(pairs))


def _not_computable(
    level: str, units: int, answers: int, en: str, zh: str, agreement: float | None = None
) -> Alpha:
    problem = Problem(
        "not_computable", "warn", zh=f"无法计算 α:{zh}。", en=f"Alpha cannot be computed: {en}."
    )
    return Alpha(None, 0.0, 0.0, units, answers, level, agreement=agreement, problems=[problem])
