"""Notice a change: cumulative sums over gold results."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import msgspec

from doujia.errors import InputError

__all__ = ["Cusum", "CusumCurve", "ScoreCusum"]


class CusumCurve(msgspec.Struct, frozen=True):
    """Operating curve of a rule.

    Attributes:
        within: gold items considered. accuracy: true accuracies. trigger: probability of acting within them.
        mean_gold: mean number of gold items until it acts, given that it acts within them (None if it never does).
    """

    within: int
    accuracy: list[float]
    trigger: list[float]
    mean_gold: list[float | None]


class Cusum:
    r"""Sequential test of right / wrong results against a fall of accuracy.

    .. math:: S \leftarrow \max(0, S + x), \quad
        x = \ln\frac{p_1}{p_0}\ \text{if right, else}\ \ln\frac{1 - p_1}{1 - p_0}

    with p₀ = ``p_good`` and p₁ = ``p_bad``; acts when S ≥ ``limit``, then starts anew. The defaults give a false alarm
    of .84 % at accuracy .95 within 50 gold and find .65 in 88.6 % within 25; they also trigger for 11 % of people at
    .90, so that the action is practice, never a penalty.

    Source: E. S. Page, *Continuous inspection schemes*, Biometrika 41 (1954).
    """

    def __init__(self, *, p_good: float = 0.92, p_bad: float = 0.65, limit: float = 4.5) -> None:
        if not 0 < p_bad < p_good < 1 or limit <= 0:
            raise InputError(
                f"Need 0 < p_bad < p_good < 1 and limit > 0; got {p_bad}, {p_good}, {limit}.",
                zh=f"应有 0 < p_bad < p_good < 1 且 limit > 0;得到 {p_bad}、{p_good}、{limit}。",
                code="rule_invalid",
            )
        self.p_good, self.p_bad, self.limit = p_good, p_bad, limit
        self.right_step = math.log(p_bad / p_good)
        self.wrong_step = math.log((1 - p_bad) / (1 - p_good))
        self.level = 0.0

    def update(self, right: bool) -> bool:
        """Take one result; True when the rule acts (and restarts)."""
        self.level = max(0.0, self.level + (self.right_step if right else self.wrong_step))
        if self.level >= self.limit:
            self.level = 0.0
            return True
        return False

    def run(self, results: Iterable[bool]) -> list[int]:
        """Indices at which the rule acts over results in order of time, from a fresh start."""
        self.level = 0.0
        return [place for place, right in enumerate(results) if self.update(bool(right))]

    def curve(
        self, accuracies: Sequence[float] = (0.95, 0.9, 0.85, 0.8, 0.7, 0.65, 0.6), within: int = 50
    ) -> CusumCurve:
        """Exact probability of acting within ``within`` gold items, by following every reachable level of S."""
        trigger, means = [], []
        for accuracy in accuracies:
            chances = self._first_passage(accuracy, within)
            total = math.fsum(chances)
            trigger.append(total)
            moment = math.fsum((place + 1) * chance for place, chance in enumerate(chances))
            means.append(moment / total if total > 1e-12 else None)
        return CusumCurve(within, list(accuracies), trigger, means)

    def _first_passage(self, accuracy: float, within: int) -> list[float]:
        levels = {0.0: 1.0}
        acted = []
        for _ in range(within):
            after: dict[float, float] = {}
            hit = 0.0
            for level, chance in levels.items():
                for step, weight in ((self.right_step, accuracy), (self.wrong_step, 1 - accuracy)):
                    moved = max(0.0, level + step)
                    if moved >= self.limit:
                        hit += chance * weight
                    else:
                        key = round(moved, 9)
                        after[key] = after.get(key, 0.0) + chance * weight
            acted.append(hit)
            levels = after
        return acted


class ScoreCusum:
    r"""The same for continuous gold scores: :math:`S \leftarrow \max(0, S + (\mu - x) / \sigma - k)`.

    Args:
        mean, deviation: μ and σ of scores of people in good standing on this task type.
        slack: k, half of the smallest shift to notice, in σ. limit: acts at S ≥ limit.
    """

    def __init__(self, *, mean: float, deviation: float, slack: float = 0.5, limit: float = 5.0) -> None:
        if not deviation > 0:
            raise InputError(f"deviation must be > 0, got {deviation}.", zh=f"标准差应 > 0,得到 {deviation}。",
                             code="rule_invalid")  # fmt: skip
        self.mean, self.deviation, self.slack, self.limit = mean, deviation, slack, limit
        self.level = 0.0

    def update(self, score: float) -> bool:
        """Take one score; True when the rule acts (and restarts)."""
        self.level = max(0.0, self.level + (self.mean - score) / self.deviation - self.slack)
        if self.level >= self.limit:
            self.level = 0.0
            return True
        return False
