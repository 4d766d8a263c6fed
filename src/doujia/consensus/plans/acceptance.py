"""Acceptance sampling by attributes: single, double and sequential plans, and proof of an accuracy."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

import msgspec

from doujia.consensus.intervals import clopper_pearson
from doujia.errors import InputError

__all__ = [
    "AQLS", "CurvePoint", "DoublePlan", "Plan", "ProofPlan", "SequentialPlan", "SinglePlan", "aql_plan", "code_letter",
    "operating_curve", "prove",
]  # fmt: skip

AQLS = (0.01, 0.015, 0.025, 0.04, 0.065, 0.1, 0.15, 0.25, 0.4, 0.65, 1.0, 1.5, 2.5, 4.0, 6.5, 10.0)
"""Preferred acceptance quality limits of the standard, percent."""

_LETTERS = "ABCDEFGHJKLMNPQR"
_SIZES = (2, 3, 5, 8, 13, 20, 32, 50, 80, 125, 200, 315, 500, 800, 1250, 2000)
_LOT_UPTO = (8, 15, 25, 50, 90, 150, 280, 500, 1200, 3200, 10_000, 35_000, 150_000, 500_000)
# The master tables run along diagonals: the acceptance number depends on place of the letter + place of the AQL.
_NORMAL = {14: 0, 17: 1, 18: 2, 19: 3, 20: 5, 21: 7, 22: 10, 23: 14, 24: 21}
_TIGHTENED = {15: 0, 18: 1, 19: 2, 20: 3, 21: 5, 22: 8, 23: 12, 24: 18}
_DOUBLE = {1: (0, 2, 1), 2: (0, 3, 3), 3: (1, 3, 4), 5: (2, 5, 6), 7: (3, 6, 9), 10: (5, 9, 12), 14: (7, 11, 18),
           21: (11, 16, 26)}  # fmt: skip


class Plan(msgspec.Struct, frozen=True, tag_field="kind"):
    """What to draw from a lot and when to accept it."""

    def accept_probability(self, bad: float, lot: int | None = None) -> float:
        """Probability that a lot with a share ``bad`` of defective items is accepted."""
        raise NotImplementedError

    def mean_sample(self, bad: float, lot: int | None = None) -> float:
        """Mean number of items inspected."""
        raise NotImplementedError


class SinglePlan(Plan, frozen=True, tag="single"):
    """Inspect ``n`` items, accept with at most ``accept`` defective ones."""

    n: int
    accept: int
    letter: str = ""

    def accept_probability(self, bad: float, lot: int | None = None) -> float:
        """Binomial; hypergeometric when the sample is more than a tenth of the lot."""
        return _at_most(self.accept, self.n, bad, lot)

    def mean_sample(self, bad: float, lot: int | None = None) -> float:
        return float(self.n)

    def judge(self, defective: int) -> Literal["accept", "reject"]:
        """Verdict for ``defective`` found among the ``n``."""
        return "accept" if _counted(defective, self.n) <= self.accept else "reject"


class DoublePlan(Plan, frozen=True, tag="double"):
    """Inspect ``n1``; accept at ``accept1``, reject at ``reject1``; between them inspect ``n2`` more."""

    n1: int
    accept1: int
    reject1: int
    n2: int
    accept2: int
    letter: str = ""

    def accept_probability(self, bad: float, lot: int | None = None) -> float:
        from scipy.stats import binom

        first = float(binom.cdf(self.accept1, self.n1, bad))
        between = range(self.accept1 + 1, self.reject1)
        return first + sum(
            float(binom.pmf(d, self.n1, bad) * binom.cdf(self.accept2 - d, self.n2, bad)) for d in between
        )

    def mean_sample(self, bad: float, lot: int | None = None) -> float:
        from scipy.stats import binom

        undecided = float(binom.cdf(self.reject1 - 1, self.n1, bad) - binom.cdf(self.accept1, self.n1, bad))
        return self.n1 + self.n2 * undecided

    def judge(self, first: int, second: int | None = None) -> Literal["accept", "reject", "continue"]:
        """Verdict after the first sample, or after both."""
        if _counted(first, self.n1) <= self.accept1:
            return "accept"
        if first >= self.reject1:
            return "reject"
        if second is None:
            return "continue"
        return "accept" if first + _counted(second, self.n2) <= self.accept2 else "reject"


class SequentialPlan(Plan, frozen=True, tag="sequential"):
    r"""Decide after every item: accept below :math:`s n - h_1`, reject above :math:`s n + h_2`, at most ``n_max``.

    Wald's test of the share ``good`` against ``bad`` with producer's risk ``alpha`` and consumer's risk ``beta``.
    At ``n_max`` the lot is accepted if it lies below the middle of the corridor.

    Source: A. Wald, *Sequential analysis*, 1947; truncation at 1.5 times the single sample as ISO 8422 does.
    """

    good: float
    bad: float
    alpha: float = 0.05
    beta: float = 0.1
    n_max: int = 10_000
    letter: str = ""

    @property
    def lines(self) -> tuple[float, float, float]:
        """``(s, h1, h2)``: slope and intercepts of the two lines."""
        g = math.log(self.bad * (1 - self.good) / (self.good * (1 - self.bad)))
        slope = math.log((1 - self.good) / (1 - self.bad)) / g
        h1 = math.log((1 - self.alpha) / self.beta) / g
        h2 = math.log((1 - self.beta) / self.alpha) / g
        return slope, h1, h2

    def judge(self, inspected: int, defective: int) -> Literal["accept", "reject", "continue"]:
        """Verdict after ``inspected`` items with ``defective`` among them."""
        slope, h1, h2 = self.lines
        if _counted(defective, inspected) <= slope * inspected - h1:
            return "accept"
        if defective >= slope * inspected + h2:
            return "reject"
        if inspected < self.n_max:
            return "continue"
        return "accept" if defective <= slope * inspected + (h2 - h1) / 2 else "reject"

    def accept_probability(self, bad: float, lot: int | None = None) -> float:
        return self._walk(bad)[0]

    def mean_sample(self, bad: float, lot: int | None = None) -> float:
        return self._walk(bad)[1]

    def _walk(self, bad: float) -> tuple[float, float]:
        """Exact acceptance probability and mean sample, by following the number of defectives item by item."""
        states = {0: 1.0}
        accepted = mean = 0.0
        for n in range(1, self.n_max + 1):
            after: dict[int, float] = {}
            for defective, chance in states.items():
                for found, weight in ((defective, 1 - bad), (defective + 1, bad)):
                    if chance * weight == 0:
                        continue
                    verdict = self.judge(n, found)
                    if verdict == "continue":
                        after[found] = after.get(found, 0.0) + chance * weight
                    else:
                        mean += n * chance * weight
                        accepted += chance * weight if verdict == "accept" else 0.0
            states = after
            if sum(states.values()) < 1e-12:
                break
        return accepted, mean


class ProofPlan(Plan, frozen=True, tag="proof"):
    """Inspect ``n``; at most ``errors`` defective ones prove accuracy ≥ ``accuracy`` with ``confidence``."""

    n: int
    errors: int
    accuracy: float
    confidence: float

    def accept_probability(self, bad: float, lot: int | None = None) -> float:
        return _at_most(self.errors, self.n, bad, lot)

    def mean_sample(self, bad: float, lot: int | None = None) -> float:
        return float(self.n)

    def judge(self, defective: int) -> Literal["accept", "reject"]:
        """``accept`` means proved; ``reject`` means not proved, which is not the opposite proved."""
        return "accept" if _counted(defective, self.n) <= self.errors else "reject"

    def interval(self, defective: int) -> tuple[float, float]:
        """Exact two-sided interval of the accuracy after inspection."""
        return clopper_pearson(self.n - _counted(defective, self.n), self.n, self.confidence)


def code_letter(lot: int) -> str:
    """Sample size code letter for a lot at general inspection level II."""
    if lot < 2:
        raise InputError(
            f"A lot has at least 2 items, got {lot}.", zh=f"批量至少为 2,得到 {lot}。", code="lot_invalid"
        )
    place = next((i for i, upto in enumerate(_LOT_UPTO) if lot <= upto), len(_LOT_UPTO))
    return _LETTERS[place]


def aql_plan(
    lot: int,
    aql: float,
    *,
    kind: Literal["single", "double", "sequential"] = "single",
    severity: Literal["normal", "tightened"] = "normal",
) -> Plan:
    """Plan for lots of one size by acceptance quality limit.

    Where the table points to another sample size, that plan is taken; a sample as large as the lot means inspecting
    everything. The sequential plan tests the AQL against the quality that the single plan accepts in 10 % of cases.

    Args:
        lot: items in the lot. aql: one of ``AQLS``, percent.
        severity: tightened after two of five lots were rejected.

    Raises:
        InputError: ``aql`` is not one of the standard's values or the lot is too small.

    Source: GB/T 2828.1-2012 (ISO 2859-1:1999), general level II, master tables 2-A, 2-B, 3-A.
    """
    if not any(math.isclose(aql, value) for value in AQLS):
        raise InputError(
            f"AQL {aql} is not a value of the standard: {', '.join(map(str, AQLS))}.",
            zh=f"AQL {aql} 不在标准数值中:{'、'.join(map(str, AQLS))}。",
            code="aql_unknown",
        )
    place = min(range(len(AQLS)), key=lambda i: abs(AQLS[i] - aql))
    table = _NORMAL if severity == "normal" else _TIGHTENED
    letter = _LETTERS.index(code_letter(lot))
    diagonal = _follow_arrows(letter + place, table)
    letter = min(max(diagonal - place, 0), len(_LETTERS) - 1)
    n, accept = min(_SIZES[letter], lot), table[diagonal]
    single = SinglePlan(n, min(accept, n), _LETTERS[letter])
    if kind == "single":
        return single
    if kind == "double":
        return _double(single, letter, lot, accept)
    return _sequential(single, aql / 100)


def _follow_arrows(diagonal: int, table: dict[int, int]) -> int:
    """The arrows of the master tables: up to the next smaller plan, or down to the next larger one."""
    if diagonal in table:
        return diagonal
    if diagonal < min(table):
        return min(table)
    if diagonal > max(table):
        return max(table)
    first = min(table)
    return first if diagonal == first + 1 else min(d for d in table if d > diagonal)


def _double(single: SinglePlan, letter: int, lot: int, accept: int) -> Plan:
    if accept not in _DOUBLE or letter == 0 or 2 * _SIZES[letter - 1] > lot:
        return single  # the standard has no double plan there: use the single one
    accept1, reject1, accept2 = _DOUBLE[accept]
    return DoublePlan(_SIZES[letter - 1], accept1, reject1, _SIZES[letter - 1], accept2, single.letter)


def _sequential(single: SinglePlan, good: float) -> SequentialPlan:
    from scipy.optimize import brentq

    bad = float(brentq(lambda p: single.accept_probability(p) - 0.1, 1e-6, 1 - 1e-6))
    return SequentialPlan(good, max(bad, good * 1.5), n_max=math.ceil(1.5 * single.n), letter=single.letter)


def prove(accuracy: float, *, confidence: float = 0.95, errors: int = 0, lot: int | None = None) -> ProofPlan:
    """Smallest sample in which at most ``errors`` defective items prove ``accuracy`` at ``confidence``.

    Args:
        accuracy: share of right items to prove, for instance .98. errors: allowed in the sample.
        lot: items in the lot, if the statement is about this lot only (smaller samples suffice).

    Raises:
        InputError: the numbers are out of range, or the lot is too small to prove it with so many errors.
    """
    if not 0 < accuracy < 1 or not 0 < confidence < 1 or errors < 0:
        raise InputError(
            f"Need 0 < accuracy < 1, 0 < confidence < 1, errors >= 0; got {accuracy}, {confidence}, {errors}.",
            zh=f"应有 0 < 正确率 < 1、0 < 置信度 < 1、错误数 ≥ 0;得到 {accuracy}、{confidence}、{errors}。",
            code="plan_invalid",
        )
    if lot is not None and lot < 1:
        raise InputError(
            f"A lot has at least one item, got {lot}.", zh=f"批量至少为 1,得到 {lot}。", code="lot_invalid"
        )
    risk = 1 - confidence
    low, high = errors + 1, errors + 2
    if lot is not None:
        high = lot
        if _worst_lot(errors, lot, accuracy, lot) > risk:
            raise InputError(
                f"A lot of {lot} cannot prove {accuracy:.2%} with {errors} errors.",
                zh=f"批量 {lot} 在允许 {errors} 个错误时无法证明 {accuracy:.2%}。",
                code="lot_too_small",
            )
    else:
        while _at_most(errors, high, 1 - accuracy, None) > risk:
            high *= 2
    while low < high:
        middle = (low + high) // 2
        chance = (
            _at_most(errors, middle, 1 - accuracy, None)
            if lot is None
            else _worst_lot(errors, middle, accuracy, lot)
        )
        if chance <= risk:
            high = middle
        else:
            low = middle + 1
    return ProofPlan(low, errors, accuracy, confidence)


class CurvePoint(msgspec.Struct, frozen=True):
    """One point of an operating curve: lots this bad are accepted with this probability."""

    bad: float
    accept: float
    mean_sample: float


def operating_curve(
    plan: Plan, bads: Sequence[float] | None = None, lot: int | None = None
) -> list[CurvePoint]:
    """Acceptance probability and mean sample over shares of defective items (a useful range by default)."""
    if bads is None:
        top = next((p / 1000 for p in range(1, 1001) if plan.accept_probability(p / 1000, lot) < 0.01), 1.0)
        bads = [top * i / 50 for i in range(51)]
    return [CurvePoint(p, plan.accept_probability(p, lot), plan.mean_sample(p, lot)) for p in bads]


def _at_most(errors: int, n: int, bad: float, lot: int | None) -> float:
    from scipy.stats import binom, hypergeom

    if lot is None or n <= 0.1 * lot:
        return float(binom.cdf(errors, n, bad))
    return float(hypergeom.cdf(errors, lot, round(bad * lot), n))


def _worst_lot(errors: int, n: int, accuracy: float, lot: int) -> float:
    """Acceptance probability of the best lot that misses ``accuracy``."""
    from scipy.stats import hypergeom

    allowed = math.floor(lot * (1 - accuracy) + 1e-9)
    return float(hypergeom.cdf(errors, lot, min(allowed + 1, lot), n))


def _counted(defective: int, n: int) -> int:
    if not 0 <= defective <= n:
        raise InputError(
            f"{defective} defective items in a sample of {n}.", zh=f"样本 {n} 中有 {defective} 个不合格,数目不对。",
            code="counts_invalid",
        )  # fmt: skip
    return defective
