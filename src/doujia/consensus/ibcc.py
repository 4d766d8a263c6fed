"""Bayesian classifier combination with independent workers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from doujia.consensus.aggregator import Aggregator
from doujia.consensus.answers import Floats
from doujia.consensus.votes import Votes, soft_max

__all__ = ["Ibcc"]


class Ibcc(Aggregator):
    r"""Dawid and Skene's model with Dirichlet priors, fitted by variational Bayes from the majority vote.

    .. math::
        \log z_{ik} = \psi\Big(\sum_i z_{ik} + \alpha\Big) + \sum_w \left[\psi(\beta_{k l} + n_{wkl})
        - \psi\Big(\sum_l (\beta_{kl} + n_{wkl})\Big)\right]_{l = l_{wi}} + \mathrm{const}

    Source: H.-C. Kim, Z. Ghahramani, *Bayesian classifier combination*, AISTATS 2012; E. Simpson et al., *Dynamic
    Bayesian combination of multiple imperfect classifiers*, 2013.

    Args:
        diagonal, off_diagonal: prior counts β of a right and of each wrong answer.
        alpha: prior count of each class.
        max_rounds, tolerance: stop when no posterior moves by more than ``tolerance``.

    Attributes:
        confusions_: ``(W, K, K)`` mean confusion, rows are the truth.
    """

    name = "ibcc"

    def __init__(
        self,
        *,
        diagonal: float = 4.0,
        off_diagonal: float = 1.0,
        alpha: float = 1.0,
        max_rounds: int = 200,
        tolerance: float = 1e-3,
        priors: Mapping[Any, float] | None = None,
    ) -> None:
        super().__init__(priors=priors)
        self.diagonal, self.off_diagonal, self.alpha = diagonal, off_diagonal, alpha
        self.max_rounds, self.tolerance = max_rounds, tolerance

    def _fit(self, votes: Votes) -> Any:
        votes.require_dense("IBCC", max(votes.W * votes.K**2, votes.T * votes.K))
        z = votes.dense_shares()
        self.converged_ = False
        for rounds in range(1, self.max_rounds + 1):
            self.rounds_ = rounds
            log_confusion, log_prior = self._expect_parameters(votes, z)
            new, _ = soft_max(votes.counts_by_item @ log_confusion + log_prior)
            votes.clamp(new)
            change = float(np.abs(new - z).max())
            z = new
            if change < self.tolerance:
                self.converged_ = True
                break
        counts = self._counts(votes, z)
        self.confusions_ = (counts / counts.sum(axis=1, keepdims=True)).transpose(0, 2, 1)
        share = z.mean(axis=0)
        self.skills_ = np.asarray(np.diagonal(self.confusions_, axis1=1, axis2=2) @ share)
        return z

    def _counts(self, votes: Votes, z: Floats) -> Floats:
        prior = np.full((votes.K, votes.K), self.off_diagonal)
        np.fill_diagonal(prior, self.diagonal)
        return np.asarray(np.asarray(votes.counts @ z).reshape(votes.W, votes.K, votes.K) + prior)

    def _expect_parameters(self, votes: Votes, z: Floats) -> tuple[Floats, Floats]:
        from scipy.special import digamma

        counts = self._counts(votes, z)
        log_confusion = digamma(counts) - digamma(counts.sum(axis=1, keepdims=True))
        log_prior = np.log(votes.priors) if votes.priors is not None else digamma(z.sum(axis=0) + self.alpha)
        return log_confusion.reshape(votes.W * votes.K, votes.K), log_prior
