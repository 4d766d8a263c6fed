"""Agreement under any distance, read as two distributions: within items and across items."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import numpy as np

from doujia.consensus.answers import Floats
from doujia.errors import InputError

__all__ = ["DistanceView", "distance_view"]


class DistanceView(msgspec.Struct, frozen=True):
    """Observed and expected distances, and how far apart they are.

    Attributes:
        observed: distances between answers on the same item.
        expected: distances between answers on different items, as by chance.
        sigma: probability mass on which the two distributions differ: 0 same, 1 never alike (1 - overlap of
            histograms; the measure sigma of the paper).
        ks: largest gap between the two cumulative distributions (Kolmogorov–Smirnov).
        better_than_chance: probability that a distance within an item is smaller than one across items.
        edges, observed_share, expected_share: histograms for a picture.
    """

    observed: Floats
    expected: Floats
    sigma: float
    ks: float
    better_than_chance: float
    edges: Floats
    observed_share: Floats
    expected_share: Floats


def distance_view(
    groups: Sequence[Sequence[Any]],
    distance: Callable[[Any, Any], float],
    *,
    pairs: int = 5000,
    bins: int = 20,
    seed: int = 0,
) -> DistanceView:
    """Compare distances within items with distances across items.

    A single alpha under a free distance is hard to read; two histograms are not. At most ``pairs`` of either kind
    are drawn.

    Args:
        groups: the answers on each item. distance: of two answers.

    Raises:
        InputError: fewer than two items, or no item with two answers.

    Source: A. Braylan, O. Alonso, M. Lease, *Measuring annotator agreement generally across complex structured,
    multi-object, and free-text annotation tasks*, WWW 2022.
    """
    rng = np.random.default_rng(seed)
    within = [(a, b) for group in groups for i, a in enumerate(group) for b in list(group)[i + 1 :]]
    flat = [(place, answer) for place, group in enumerate(groups) for answer in group]
    if not within or len({place for place, _ in flat}) < 2:
        raise InputError(
            "Comparing distances needs two items and an item with two answers.",
            zh="比较距离至少需要两道题,且有一题有两份作答。",
            code="not_computable",
        )
    if len(within) > pairs:
        within = [within[i] for i in rng.choice(len(within), pairs, replace=False)]
    across: list[tuple[Any, Any]] = []
    while len(across) < min(pairs, 20 * len(flat)):
        draws = rng.integers(0, len(flat), (pairs, 2))
        across += [(flat[i][1], flat[j][1]) for i, j in draws if flat[i][0] != flat[j][0]]
    observed = np.array([distance(a, b) for a, b in within], dtype=np.float64)
    expected = np.array([distance(a, b) for a, b in across[: min(pairs, 20 * len(flat))]], dtype=np.float64)
    top = float(max(observed.max(), expected.max())) or 1.0
    edges = np.linspace(0.0, top, bins + 1)
    seen = np.histogram(observed, edges)[0] / len(observed)
    chance = np.histogram(expected, edges)[0] / len(expected)
    order = np.sort(expected)
    below = np.searchsorted(order, observed, side="left")
    upto = np.searchsorted(order, observed, side="right")
    better = float((1 - (below + upto) / 2 / len(order)).mean())
    grid = np.unique(np.concatenate([observed, expected]))
    gap = _cumulative(observed, grid) - _cumulative(expected, grid)
    return DistanceView(
        observed,
        expected,
        float(1 - np.minimum(seen, chance).sum()),
        float(np.abs(gap).max()),
        better,
        edges,
        seen,
        chance,
    )


def _cumulative(values: Floats, grid: Floats) -> Floats:
    return np.searchsorted(np.sort(values), grid, side="right") / len(values)
