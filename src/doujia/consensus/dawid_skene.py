"""Dawid and Skene's model with confusion matrices shrunk towards the average worker."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from doujia.consensus.aggregator import Aggregator
from doujia.consensus.answers import Floats, Ints
from doujia.consensus.votes import Votes, soft_max
from doujia.errors import InputError

__all__ = ["DawidSkene"]


class DawidSkene(Aggregator):
    r"""Every worker has a confusion matrix; true classes are hidden; fitted by EM from the majority vote.

    .. math::
        n_{wkl} = \sum_i z_{ik} [l_{wi} = l], \quad
        c_{wkl} = \frac{n_{wkl} + s P_{g(w)kl}}{\sum_l n_{wkl} + s}, \quad
        \log z_{ik} = \log \pi_k + \sum_w \log c_{wk l_{wi}} + \mathrm{const}

    P is the confusion matrix of the average worker (of her group, where groups are given), with half a count
    everywhere and one more on the diagonal. The pseudo-count ``shrinkage`` s keeps a worker who has answered little
    close to it: plain Dawid–Skene (s → 0) gives a veto to anybody who has not erred yet.

    Source: A. P. Dawid, A. M. Skene, *Maximum likelihood estimation of observer error-rates using the EM algorithm*,
    Applied Statistics 28 (1979) 20–28; the pooled prior follows hierarchical versions, for instance Paun et al.,
    *Comparing Bayesian models of annotation*, TACL 6 (2018).

    Args:
        shrinkage: s, in answers per true class.
        groups: ``{worker: group}``; workers of one group share P. Others form a group of their own.
        max_rounds, tolerance: stop when the mean over items of max_k |Δz| is below ``tolerance``.

    Attributes:
        confusions_: ``(W, K, K)`` probability that the worker says column l when the truth is row k.
        class_priors_: ``(K,)`` share of each class.
        evidence_: log likelihood of the answers of items without gold.
    """

    name = "ds"

    def __init__(
        self,
        *,
        shrinkage: float = 8.0,
        groups: Mapping[Any, Any] | None = None,
        max_rounds: int = 100,
        tolerance: float = 1e-4,
        priors: Mapping[Any, float] | None = None,
    ) -> None:
        super().__init__(priors=priors)
        if not shrinkage >= 0:
            raise InputError(
                f"shrinkage must be ≥ 0, got {shrinkage}.", zh=f"shrinkage 应 ≥ 0,得到 {shrinkage}。"
            )
        self.shrinkage, self.groups = shrinkage, groups
        self.max_rounds, self.tolerance = max_rounds, tolerance

    def _fit(self, votes: Votes) -> Any:
        votes.require_dense("Dawid–Skene", max(votes.W * votes.K**2, votes.T * votes.K))
        group_of = self._group_codes(votes)
        z = votes.dense_shares()
        self.converged_ = False
        for rounds in range(1, self.max_rounds + 1):
            self.rounds_ = rounds
            log_confusion, log_prior = self._maximise(votes, z, group_of)
            scores = votes.counts_by_item @ log_confusion
            scores += log_prior
            new, evidence = soft_max(scores)
            votes.clamp(new)
            z -= new
            np.abs(z, out=z)
            change = float(z.max(axis=1).mean())
            z = new
            if change < self.tolerance:
                self.converged_ = True
                break
        not_gold = np.ones(votes.T, dtype=bool)
        not_gold[votes.gold_item] = False
        self.evidence_ = float(evidence[not_gold].sum())
        self._describe(votes, z, group_of)
        return z

    def _group_codes(self, votes: Votes) -> Ints:
        if self.groups is None:
            return np.zeros(votes.W, dtype=np.int64)
        names = [self.groups.get(worker) for worker in votes.answers.workers]
        places = {name: code for code, name in enumerate(dict.fromkeys(names))}
        return np.array([places[name] for name in names], dtype=np.int64)

    def _maximise(self, votes: Votes, z: Floats, group_of: Ints) -> tuple[Floats, Floats]:
        """Log confusion ``(W·K, K)`` with rows (worker, said) and columns true class, and log priors ``(K,)``."""
        counts = np.asarray(votes.counts @ z).reshape(votes.W, votes.K, votes.K)
        pooled = pooled_confusion(counts, group_of)
        counts += self.shrinkage * pooled[group_of]
        counts += 1e-10  # a class nobody was ever in; and s = 0, where crowd-kit clips likewise
        totals = counts.sum(axis=1, keepdims=True)
        np.log(counts, out=counts)
        counts -= np.log(totals)
        if votes.priors is not None:
            prior = votes.priors
        else:
            prior = (z.sum(axis=0) + 1.0) / (votes.T + votes.K)
        return counts.reshape(votes.W * votes.K, votes.K), np.log(prior)

    def _describe(self, votes: Votes, z: Floats, group_of: Ints) -> None:
        log_confusion, log_prior = self._maximise(votes, z, group_of)
        self.confusions_ = np.exp(log_confusion).reshape(votes.W, votes.K, votes.K).transpose(0, 2, 1)
        self.class_priors_ = np.exp(log_prior)
        diagonal = np.diagonal(self.confusions_, axis1=1, axis2=2)
        self.skills_ = np.asarray(diagonal @ self.class_priors_)


def pooled_confusion(counts: Floats, group_of: Ints) -> Floats:
    """What the average worker of each group does, ``(G, K said, K true)``, columns summing to 1 over said.

    Args:
        counts: ``(W, K said, K true)`` expected counts.
        group_of: ``(W,)`` group code.
    """
    groups = int(group_of.max()) + 1
    size = counts.shape[1]
    total = np.zeros((groups, size, size))
    if groups == 1:
        total[0] = counts.sum(axis=0)
    else:
        np.add.at(total, group_of, counts)
    total += 0.5 + np.eye(size)
    return np.asarray(total / total.sum(axis=1, keepdims=True))
