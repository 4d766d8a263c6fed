"""One skill per worker."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from doujia.consensus.aggregator import Aggregator
from doujia.consensus.votes import Votes, tally

__all__ = ["OneCoin"]


class OneCoin(Aggregator):
    r"""A worker is right with probability :math:`p_w`, otherwise wrong at random among the other classes.

    .. math::
        p_w = \frac{\sum_i z_{i l_{wi}} + s\,m}{N_w + s}, \quad
        \log z_{ik} = \log \pi_k + \sum_{w: l_{wi} = k} \log \frac{p_w (K - 1)}{1 - p_w} + \mathrm{const}

    m is the pooled accuracy. The fewest parameters and O(n) whatever K is, but prone to collapse when classes are
    skewed: look at ``problems_``.

    Source: the one-coin case of Dawid and Skene (1979); Zhang et al., *Spectral methods meet EM*, JMLR 17 (2016).

    Args:
        shrinkage: s, in answers.
        max_rounds, tolerance: as for ``DawidSkene``.
    """

    name = "one_coin"

    def __init__(
        self,
        *,
        shrinkage: float = 8.0,
        max_rounds: int = 100,
        tolerance: float = 1e-4,
        priors: Mapping[Any, float] | None = None,
    ) -> None:
        super().__init__(priors=priors)
        self.shrinkage, self.max_rounds, self.tolerance = shrinkage, max_rounds, tolerance

    def _fit(self, votes: Votes) -> Any:
        z, rest = votes.shares.copy(), np.zeros(votes.T)
        prior = votes.class_mass
        self.converged_ = votes.K == 1
        for rounds in range(1, self.max_rounds + 1):
            self.rounds_ = rounds
            skill = self._skills(votes, z)
            prior = self._prior(votes, z, rest, prior)
            weight = np.log(skill) + np.log(max(votes.K - 1, 1)) - np.log1p(-skill)
            scores = votes.sum_by_pair(votes.weight * weight[votes.worker]) + np.log(prior)[votes.pair_label]
            named = tally(votes.pair_item, prior[votes.pair_label], votes.T)
            unnamed = np.where(votes.unnamed > 0, np.maximum(1.0 - named, 1e-300), 0.0)
            with np.errstate(divide="ignore"):
                new, rest, _ = votes.normalise_pairs(scores, np.log(unnamed))
            change = float(tally(votes.pair_item, np.abs(new - z), votes.T).mean()) / 2
            z = new
            if change < self.tolerance:
                self.converged_ = True
                break
        self.skills_ = self._skills(votes, z)
        self.class_priors_ = prior
        return votes.spread(z, rest, prior)

    def _skills(self, votes: Votes, z: Any) -> Any:
        right = votes.sum_by_worker(votes.weight * z[votes.answer_pair])
        total = votes.answers_of_worker
        pooled = right.sum() / max(total.sum(), 1e-12)
        skill = (right + self.shrinkage * pooled) / np.maximum(total + self.shrinkage, 1e-12)
        return np.clip(skill, 1e-6, 1 - 1e-6)

    def _prior(self, votes: Votes, z: Any, rest: Any, before: Any) -> Any:
        if votes.priors is not None:
            return votes.priors
        mass = tally(votes.pair_label, z, votes.K)
        mass += rest.sum() * before  # unnamed classes keep their old proportions
        return (mass + 1.0) / (mass.sum() + votes.K)
