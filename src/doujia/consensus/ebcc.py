"""Bayesian classifier combination with correlated workers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from doujia.consensus.aggregator import Aggregator
from doujia.consensus.answers import Floats
from doujia.consensus.canonical import canonical_ranks
from doujia.consensus.votes import Votes, soft_max

__all__ = ["Ebcc"]


class Ebcc(Aggregator):
    r"""Every class has M subtypes, so that answers may be correlated even when the class is known.

    With :math:`\rho_{ikg}` the posterior of class k and subtype g:

    .. math::
        \rho_{ikg} \propto \exp\Big\{ E\log \pi_{kg} + E\log \tau_k + \sum_w E\log v_{w k g l_{wi}} \Big\}, \quad
        z_{ik} = \sum_g \rho_{ikg}

    where each expectation is digamma of the Dirichlet parameters :math:`\eta = a/M + \sum_i \rho`,
    :math:`\nu = \sum_i z^{MV} + \sum_i z`, :math:`\mu = \beta + \sum_i \rho [l_{wi} = l]`. Several starts, the one
    with the largest evidence bound is kept.

    Source: Y. Li, B. Rubinstein, T. Cohn, *Exploiting worker correlation for label aggregation in crowdsourcing*,
    ICML 2019.

    Args:
        subtypes: M. concentration: a. diagonal, off_diagonal: β.
        starts, seed: number of random starts and their seed.
        max_rounds, tolerance: stop when no ρ moves by more than ``tolerance``.

    Attributes:
        evidence_: evidence lower bound of the start kept.
    """

    name = "ebcc"

    def __init__(
        self,
        *,
        subtypes: int = 10,
        concentration: float = 0.1,
        diagonal: float = 4.0,
        off_diagonal: float = 1.0,
        starts: int = 3,
        seed: int = 0,
        max_rounds: int = 300,
        tolerance: float = 1e-3,
        priors: Mapping[Any, float] | None = None,
    ) -> None:
        super().__init__(priors=priors)
        self.subtypes, self.concentration = subtypes, concentration
        self.diagonal, self.off_diagonal = diagonal, off_diagonal
        self.starts, self.seed, self.max_rounds, self.tolerance = starts, seed, max_rounds, tolerance

    @staticmethod
    def size(votes: Votes, subtypes: int = 10) -> int:
        """How many numbers the largest array of a fit holds."""
        return max(votes.W * votes.K**2, votes.T * votes.K) * subtypes

    def _fit(self, votes: Votes) -> Any:
        votes.require_dense("EBCC", self.size(votes, self.subtypes))
        start = votes.dense_shares()
        ranks, _ = canonical_ranks(votes)
        rng = np.random.default_rng(self.seed)
        best: Any = None
        for _ in range(max(self.starts, 1)):
            draw = rng.dirichlet(np.ones(self.subtypes), votes.T)[ranks]
            run = self._run(votes, start[:, :, None] * draw[:, None, :])
            if best is None or run[0] > best[0]:
                best = run
        self.evidence_, rho, mu, self.rounds_, self.converged_ = best
        z = rho.sum(axis=2)
        counts = mu.reshape(votes.W, votes.K, votes.K, self.subtypes).sum(axis=3)
        confusions = counts / counts.sum(axis=1, keepdims=True)
        self.skills_ = np.asarray(np.diagonal(confusions, axis1=1, axis2=2) @ z.mean(axis=0))
        return z

    def _run(self, votes: Votes, rho: Floats) -> Any:
        from scipy.special import digamma

        K, M = votes.K, self.subtypes
        prior = np.full((K, K), self.off_diagonal)
        np.fill_diagonal(prior, self.diagonal)
        # rows of counts are (worker, said); columns of ρ are (true, subtype)
        beta = np.tile(np.repeat(prior.T, M, axis=1), (votes.W, 1)).reshape(votes.W, K, K * M)
        alpha = rho.sum(axis=(0, 2))
        if votes.priors is not None:
            alpha = votes.priors * votes.T
        converged, rounds = False, 0
        while rounds < self.max_rounds and not converged:
            rounds += 1
            eta = self.concentration / M + rho.sum(axis=0)
            nu = alpha + rho.sum(axis=(0, 2))
            mu = beta + np.asarray(votes.counts @ rho.reshape(votes.T, K * M)).reshape(votes.W, K, K * M)
            log_pi = digamma(eta) - digamma(eta.sum(axis=1, keepdims=True))
            log_tau = digamma(np.maximum(nu, 1e-12)) - digamma(nu.sum())
            log_v = digamma(mu) - digamma(mu.sum(axis=1, keepdims=True))
            scores = votes.counts_by_item @ log_v.reshape(votes.W * K, K * M)
            scores += (log_pi + log_tau[:, None]).reshape(K * M)
            new = soft_max(scores)[0].reshape(votes.T, K, M)
            self._clamp(votes, new)
            change = float(np.abs(new - rho).max())
            rho = new
            converged = change < self.tolerance
        bound = _bound(eta, nu, mu, rho, log_pi, log_tau, log_v)
        return bound, rho, mu, rounds, converged

    def _clamp(self, votes: Votes, rho: Floats) -> None:
        if len(votes.gold_item):
            kept = rho[votes.gold_item, votes.gold_label] + 1e-12
            rho[votes.gold_item] = 0.0
            rho[votes.gold_item, votes.gold_label] = kept / kept.sum(axis=1, keepdims=True)


def _bound(
    eta: Floats, nu: Floats, mu: Floats, rho: Floats, log_pi: Floats, log_tau: Floats, log_v: Floats
) -> float:
    """Evidence lower bound up to a constant, from the Dirichlet parameters and expected logs."""
    nu = np.maximum(nu, 1e-12)
    value = ((eta - 1) * log_pi).sum() + ((nu - 1) * log_tau).sum() + ((mu - 1) * log_v).sum()
    value += _dirichlet_entropy(nu[None, :], 1).sum() + _dirichlet_entropy(eta, 1).sum()
    value += _dirichlet_entropy(mu, 1).sum()
    positive = rho[rho > 0]
    return float(value - (positive * np.log(positive)).sum())


def _dirichlet_entropy(a: Floats, axis: int) -> Any:
    from scipy.special import digamma, gammaln

    total = a.sum(axis=axis)
    log_norm = gammaln(a).sum(axis=axis) - gammaln(total)
    size = a.shape[axis]
    return log_norm + (total - size) * digamma(total) - ((a - 1) * digamma(a)).sum(axis=axis)
