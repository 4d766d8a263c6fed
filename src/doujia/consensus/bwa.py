"""Bayesian weighted average, one yes/no question per class."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from doujia.consensus.aggregator import Aggregator
from doujia.consensus.votes import Votes

__all__ = ["Bwa"]


class Bwa(Aggregator):
    r"""Each class is a number between 0 and 1 that workers measure with a precision of their own.

    With :math:`y_{wi} = [l_{wi} = k]`, for each class k:

    .. math::
        v_w = \frac{a + N_w}{b + \sum_i (z_i - y_{wi})^2}, \quad
        z_i = \frac{\lambda \mu + \sum_w v_w y_{wi}}{\lambda + \sum_w v_w}

    The cheapest of the good models. ``probas_`` are the z of all classes normalised: a score, to be calibrated
    before it is called a probability.

    Source: Y. Li, B. Rubinstein, T. Cohn, *Truth inference at scale: a Bayesian model for adjudicating highly
    redundant crowd annotations*, WWW 2019.

    Args:
        a: prior answers of a worker. prior_strength: λ.
        max_rounds, tolerance: stop when z moves by less than ``tolerance`` of itself.
    """

    name = "bwa"

    def __init__(
        self,
        *,
        a: float = 15.0,
        prior_strength: float = 1.0,
        max_rounds: int = 200,
        tolerance: float = 1e-3,
        priors: Mapping[Any, float] | None = None,
    ) -> None:
        super().__init__(priors=priors)
        self.a, self.prior_strength = a, prior_strength
        self.max_rounds, self.tolerance = max_rounds, tolerance

    def _fit(self, votes: Votes) -> Any:
        from scipy import sparse

        votes.require_dense("BWA", max(votes.T, votes.W) * votes.K)
        matrix = sparse.csr_matrix((votes.weight, (votes.worker, votes.item)), shape=(votes.W, votes.T))
        matrix_by_item = matrix.T.tocsr()
        cells = votes.worker * votes.K + votes.label
        said = np.bincount(cells, votes.weight, votes.W * votes.K).reshape(votes.W, votes.K)
        z = votes.dense_shares()
        spread = (votes.answers_of_item[:, None] * z * (1 - z)).sum(axis=0) / max(
            votes.answers_of_item.sum(), 1e-12
        )
        b = self.a * spread * 4 * (1 - 1 / votes.K) + 1e-9
        self.converged_ = False
        for rounds in range(1, self.max_rounds + 1):
            self.rounds_ = rounds
            mean = z.mean(axis=0) if votes.priors is None else votes.priors
            chosen = votes.weight * z[votes.item, votes.label]
            cross = np.bincount(cells, chosen, votes.W * votes.K).reshape(votes.W, votes.K)
            error = np.maximum(matrix @ z**2 - 2 * cross + said, 0)
            precision = (self.a + votes.answers_of_worker[:, None]) / (b + error)
            upper = np.tile(self.prior_strength * mean, (votes.T, 1))
            upper[votes.pair_item, votes.pair_label] += votes.sum_by_pair(
                votes.weight * precision[votes.worker, votes.label]
            )
            new = upper / (self.prior_strength + matrix_by_item @ precision)
            votes.clamp(new)
            settled = bool(np.all(np.abs(new - z) <= self.tolerance * np.abs(z) + 1e-8))
            z = new
            if settled:
                self.converged_ = True
                break
        total = z.sum(axis=1, keepdims=True)
        z = np.divide(z, total, out=np.full_like(z, 1 / votes.K), where=total > 0)
        right = votes.sum_by_worker(votes.weight * z[votes.item, votes.label])
        self.skills_ = right / np.maximum(votes.answers_of_worker, 1e-12)
        return z
