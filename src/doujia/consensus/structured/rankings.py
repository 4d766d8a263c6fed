"""Rankings and preferences: Bradley–Terry with the habits of those who compare."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import Any, Self

import numpy as np

from doujia.consensus.structured.robust import Floats
from doujia.consensus.votes import tally
from doujia.errors import InputError

__all__ = ["BradleyTerry", "NoisyBradleyTerry", "find_cycle", "pairs_of_ranking"]


def pairs_of_ranking(
    order: Sequence[Sequence[Hashable]], worker: Hashable = None
) -> list[tuple[Any, Any, Any, float]]:
    """Comparisons (worker, left, right, share won by left) that a ranking, best first, implies; ties share."""
    pairs: list[tuple[Any, Any, Any, float]] = []
    for place, tied in enumerate(order):
        pairs += [(worker, a, b, 0.5) for i, a in enumerate(tied) for b in tied[i + 1 :]]
        pairs += [(worker, a, b, 1.0) for a in tied for later in order[place + 1 :] for b in later]
    return pairs


class _Comparisons:
    """Comparisons coded: ``(n,)`` worker, left, right and the share won by left."""

    def __init__(self, comparisons: Iterable[tuple[Any, Any, Any, float]]) -> None:
        rows = list(comparisons)
        if not rows:
            raise InputError("There is no comparison.", zh="没有任何比较结果。", code="no_answers")
        bad = next((r for r in rows if not _is_comparison(r)), None)
        if bad is not None:
            raise InputError(
                f"Comparison {bad!r} needs a worker, two different things and a share of 0 to 1.",
                zh=f"比较 {bad!r} 应为一个人、两个不同对象,结果在 0 到 1 之间。",
                code="row_malformed",
            )
        self.things = sorted({r[1] for r in rows} | {r[2] for r in rows}, key=str)
        self.workers = sorted({r[0] for r in rows}, key=str)
        thing = {name: i for i, name in enumerate(self.things)}
        worker = {name: i for i, name in enumerate(self.workers)}
        self.worker = np.array([worker[r[0]] for r in rows])
        self.left = np.array([thing[r[1]] for r in rows])
        self.right = np.array([thing[r[2]] for r in rows])
        self.won = np.array([float(r[3]) for r in rows])


def _is_comparison(row: Sequence[Any]) -> bool:
    return len(row) == 4 and row[1] != row[2] and isinstance(row[3], int | float) and 0 <= row[3] <= 1


class BradleyTerry:
    r"""Scores s with :math:`P(i \succ j) = s_i / (s_i + s_j)`, by minorisation–maximisation.

    ``regularisation`` pseudo-wins each way for every thing against a common opponent keep scores finite when the graph
    of comparisons falls apart or somebody never lost.

    Source: R. Bradley, M. Terry, Biometrika 39 (1952); D. Hunter, *MM algorithms for generalized Bradley–Terry models*,
    Annals of Statistics 32 (2004).

    Attributes:
        scores_: ``{thing: log score}``, mean 0. ranking_: things, best first.
    """

    scores_: dict[Any, float]
    ranking_: list[Any]

    def __init__(
        self, *, regularisation: float = 0.1, max_rounds: int = 10_000, tolerance: float = 1e-10
    ) -> None:
        self.regularisation, self.max_rounds, self.tolerance = regularisation, max_rounds, tolerance

    def fit(self, comparisons: Iterable[tuple[Any, Any, Any, float]]) -> Self:
        """Fit to (worker, left, right, share won by left)."""
        data = _Comparisons(comparisons)
        n = len(data.things)
        wins = tally(data.left, data.won, n) + tally(data.right, 1 - data.won, n) + self.regularisation
        score = np.ones(n)
        for _ in range(self.max_rounds):
            shared = 1 / (score[data.left] + score[data.right])
            faced = tally(data.left, shared, n) + tally(data.right, shared, n)
            faced += 2 * self.regularisation / (score + 1)  # the common opponent has score 1
            new = wins / faced
            if np.abs(np.log(new / score)).max() < self.tolerance:
                score = new
                break
            score = new
        _keep(self, data, np.log(score))
        return self


class NoisyBradleyTerry:
    r"""Bradley–Terry where a worker pays attention with :math:`\gamma_w` and else follows her habit of side.

    .. math:: P_w(l \succ r) = \gamma_w\, \sigma(s_l - s_r) + (1 - \gamma_w)\, \sigma(b_w)

    with s ~ N(0, 1), logit γ ~ N(2, 1), b ~ N(0, 1); L-BFGS on the analytic gradient (checked against the numeric one
    in the tests).

    Source: X. Chen et al., *Pairwise ranking aggregation in a crowdsourced setting*, WSDM 2013; N. Bugakova et al.,
    *Aggregation of pairwise comparisons with reduction of biases*, 2019.

    Attributes:
        scores_, ranking_: as in ``BradleyTerry``.
        attention_: ``{worker: γ}``. bias_: ``{worker: b}``, positive prefers the left.
    """

    scores_: dict[Any, float]
    ranking_: list[Any]
    attention_: dict[Any, float]
    bias_: dict[Any, float]

    def fit(self, comparisons: Iterable[tuple[Any, Any, Any, float]]) -> Self:
        """Fit to (worker, left, right, share won by left)."""
        from scipy.optimize import minimize

        data = _Comparisons(comparisons)
        n, w = len(data.things), len(data.workers)
        start = np.concatenate([np.zeros(n), np.full(w, 2.0), np.zeros(w)])
        found = minimize(
            _noisy_cost, start, args=(data,), jac=True, method="L-BFGS-B", options={"maxiter": 2000}
        )
        _keep(self, data, found.x[:n])
        self.attention_ = dict(zip(data.workers, _sigmoid(found.x[n : n + w]).tolist(), strict=True))
        self.bias_ = dict(zip(data.workers, found.x[n + w :].tolist(), strict=True))
        return self


def _keep(model: Any, data: _Comparisons, logs: Floats) -> None:
    logs = logs - logs.mean()
    model.scores_ = dict(zip(data.things, logs.tolist(), strict=True))
    model.ranking_ = sorted(data.things, key=lambda thing: (-model.scores_[thing], str(thing)))


def _sigmoid(x: Floats) -> Floats:
    from scipy.special import expit

    return np.asarray(expit(x), dtype=np.float64)


def _noisy_cost(x: Floats, data: _Comparisons) -> tuple[float, Floats]:
    """Negative log posterior and its gradient in (s, logit γ, b)."""
    n, w = len(data.things), len(data.workers)
    s, a, b = x[:n], x[n : n + w], x[n + w :]
    fair, side, care = (
        _sigmoid(s[data.left] - s[data.right]),
        _sigmoid(b)[data.worker],
        _sigmoid(a)[data.worker],
    )
    p = np.clip(care * fair + (1 - care) * side, 1e-12, 1 - 1e-12)
    value = -(data.won * np.log(p) + (1 - data.won) * np.log1p(-p)).sum()
    value += 0.5 * (s @ s + (a - 2) @ (a - 2) + b @ b)
    slope = -(data.won / p - (1 - data.won) / (1 - p))
    through_s = slope * care * fair * (1 - fair)
    grad_s = tally(data.left, through_s, n) - tally(data.right, through_s, n) + s
    grad_a = tally(data.worker, slope * (fair - side) * care * (1 - care), w) + a - 2
    grad_b = tally(data.worker, slope * (1 - care) * side * (1 - side), w) + b
    return float(value), np.concatenate([grad_s, grad_a, grad_b])


def find_cycle(comparisons: Iterable[tuple[Any, Any, Any, float]]) -> list[Any] | None:
    """A cycle a ≻ b ≻ … ≻ a in the majority of comparisons, shortest first, or None: such preferences need a look."""
    balance: dict[tuple[Any, Any], float] = {}
    for _, left, right, won in comparisons:
        balance[left, right] = balance.get((left, right), 0.0) + won - 0.5
        balance[right, left] = balance.get((right, left), 0.0) + 0.5 - won
    beats: dict[Any, list[Any]] = {}
    for (a, b), margin in sorted(balance.items(), key=str):
        if margin > 0:
            beats.setdefault(a, []).append(b)
    shortest: list[Any] | None = None
    for start in beats:
        queue, before = [start], {start: None}
        for node in queue:
            if start in beats.get(node, []):
                path = [node]
                while before[path[-1]] is not None:
                    path.append(before[path[-1]])
                if shortest is None or len(path) < len(shortest):
                    shortest = path[::-1]
                break
            for following in beats.get(node, []):
                if following not in before:
                    before[following] = node
                    queue.append(following)
    return shortest
