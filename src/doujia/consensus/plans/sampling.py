"""Draw the sample of an inspection: by strata, with a stored seed, allowing for clustered errors."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np

from doujia.errors import InputError

__all__ = ["design_effect", "draw_sample", "effective_size"]

Key = TypeVar("Key", bound=Hashable)


def draw_sample(strata: Mapping[Key, Sequence[Any]], n: int, *, seed: int) -> dict[Key, list[Any]]:
    """Draw ``n`` items, from each stratum (annotator by batch, for instance) in proportion, at least one where it can.

    The same strata, n and seed give the same sample, so that a certificate can be recomputed.

    Raises:
        InputError: more items are wanted than there are.
    """
    sizes = {key: len(items) for key, items in strata.items() if len(items)}
    total = sum(sizes.values())
    if not 0 < n <= total:
        raise InputError(f"Cannot draw {n} of {total} items.", zh=f"无法从 {total} 项中抽取 {n} 项。",
                         code="sample_too_large")  # fmt: skip
    order = sorted(sizes, key=str)
    share = {key: n * sizes[key] / total for key in order}
    count = {key: math.floor(share[key]) for key in order}
    if n >= len(order):
        count = {key: max(count[key], 1) for key in order}
    # largest remainders first, as for seats
    while sum(count.values()) < n:
        free = [key for key in order if count[key] < sizes[key]]
        count[max(free, key=lambda key: share[key] - count[key])] += 1
    while sum(count.values()) > n:
        count[min((key for key in order if count[key] > 1), key=lambda key: share[key] - count[key])] -= 1
    rng = np.random.default_rng(seed)
    return {
        key: [strata[key][i] for i in sorted(rng.choice(sizes[key], count[key], replace=False).tolist())]
        for key in order
        if count[key]
    }


def design_effect(cluster: float, correlation: float) -> float:
    """How much larger a sample must be when ``cluster`` items share a frame or person: 1 + (m - 1) ρ."""
    if cluster < 1 or not 0 <= correlation <= 1:
        raise InputError(
            f"Need cluster >= 1 and 0 <= correlation <= 1; got {cluster}, {correlation}.",
            zh=f"应有簇大小 ≥ 1、0 ≤ 相关系数 ≤ 1;得到 {cluster}、{correlation}。",
            code="plan_invalid",
        )
    return 1 + (cluster - 1) * correlation


def effective_size(n: int, cluster: float, correlation: float) -> float:
    """Independent items that ``n`` clustered ones are worth."""
    return n / design_effect(cluster, correlation)
