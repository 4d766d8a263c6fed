"""GLAD: ability of workers and difficulty of items."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from doujia.consensus.aggregator import Aggregator
from doujia.consensus.answers import Floats
from doujia.consensus.votes import Votes, tally

__all__ = ["Glad"]


class Glad(Aggregator):
    r"""A worker of ability :math:`a_w` is right on an item of ease :math:`e^{b_i}` with a logistic probability.

    .. math::
        P(l_{wi} = t_i) = \sigma(x_{wi}), \quad x_{wi} = a_w e^{b_i}, \quad
        \log z_{ik} = \sum_{w: l_{wi} = k} (x_{wi} + \log(K - 1)) + \mathrm{const}

    Wrong answers fall evenly on the other classes; both parameters have a N(1, 1) prior. The M-step is a few L-BFGS
    steps from the last values, on candidate pairs, so that a round costs O(n).

    Source: J. Whitehill et al., *Whose vote should count more*, NIPS 2009.

    Args:
        max_rounds, tolerance: as for ``DawidSkene``.
        inner_rounds: L-BFGS steps per round.

    Attributes:
        abilities_: ``(W,)`` a. eases_: ``(T,)`` b.
    """

    name = "glad"

    def __init__(
        self,
        *,
        max_rounds: int = 40,
        inner_rounds: int = 12,
        tolerance: float = 1e-4,
        priors: Mapping[Any, float] | None = None,
    ) -> None:
        super().__init__(priors=priors)
        self.max_rounds, self.inner_rounds, self.tolerance = max_rounds, inner_rounds, tolerance

    def _fit(self, votes: Votes) -> Any:
        from scipy.optimize import minimize

        z = votes.shares
        parameters = np.ones(votes.W + votes.T)
        self.converged_ = False
        for rounds in range(1, self.max_rounds + 1):
            self.rounds_ = rounds
            right = z[votes.answer_pair]
            found = minimize(
                _cost, parameters, args=(votes, right), jac=True, method="L-BFGS-B",
                options={"maxiter": self.inner_rounds, "maxcor": 5},
            )  # fmt: skip
            parameters = found.x
            new, rest = self._expect(votes, parameters)
            change = float(tally(votes.pair_item, np.abs(new - z), votes.T).mean()) / 2
            z = new
            if change < self.tolerance:
                self.converged_ = True
                break
        self.abilities_, self.eases_ = parameters[: votes.W], parameters[votes.W :]
        self.skills_ = 1 / (1 + np.exp(-self.abilities_ * np.exp(self.eases_.mean())))
        return votes.spread(z, rest, votes.priors)

    def _expect(self, votes: Votes, parameters: Floats) -> tuple[Floats, Floats]:
        x = parameters[votes.worker] * np.exp(parameters[votes.W + votes.item])
        scores = votes.sum_by_pair(votes.weight * (x + np.log(max(votes.K - 1, 1))))
        prior = np.full(votes.K, 1 / votes.K) if votes.priors is None else votes.priors
        scores += np.log(prior)[votes.pair_label]
        named = tally(votes.pair_item, prior[votes.pair_label], votes.T)
        unnamed = np.where(votes.unnamed > 0, np.maximum(1 - named, 1e-300), 0.0)
        with np.errstate(divide="ignore"):
            z, rest, evidence = votes.normalise_pairs(scores, np.log(unnamed))
        base = -np.logaddexp(0.0, x) - np.log(max(votes.K - 1, 1))  # log of (1 - σ(x)) / (K - 1)
        self.evidence_ = evidence + float(np.dot(votes.weight, base))
        return z, rest


def _cost(parameters: Floats, votes: Votes, right: Floats) -> tuple[float, Floats]:
    """Negative expected complete log likelihood and its gradient in (a, b)."""
    ability, ease = parameters[: votes.W], np.clip(parameters[votes.W :], -20, 20)
    scale = np.exp(ease)[votes.item]
    x = ability[votes.worker] * scale
    small = np.exp(-np.abs(x))
    log_sigma = np.minimum(x, 0) - np.log1p(small)
    sigma = np.where(x >= 0, 1.0, small) / (1 + small)
    # log(1 - σ(x)) = log σ(x) - x
    value = np.dot(votes.weight, log_sigma - (1 - right) * x)
    value -= 0.5 * np.sum((ability - 1) ** 2) + 0.5 * np.sum((ease - 1) ** 2)
    pull = votes.weight * (right - sigma)
    slope_ability = votes.sum_by_worker(pull * scale) - (ability - 1)
    slope_ease = votes.sum_by_item(pull * x) - (ease - 1)
    return -float(value), -np.concatenate([slope_ability, slope_ease])
