"""MACE: workers who know or spam."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from doujia.consensus.aggregator import Aggregator
from doujia.consensus.answers import Floats
from doujia.consensus.canonical import canonical_ranks
from doujia.consensus.votes import Votes, tally

__all__ = ["Mace"]


class Mace(Aggregator):
    r"""A worker knows the answer with probability :math:`\theta_w`, else draws it from her habit :math:`\xi_w`.

    .. math::
        s_{wl} = (1 - \theta_w)\, \xi_{wl}, \quad
        \log z_{ik} = -\log K + \sum_w \log\left(s_{w l_{wi}} + \theta_w [l_{wi} = k]\right) + \mathrm{const}

    Variational M-step with priors Beta(½, ½) on :math:`\theta` and Dirichlet(10) on :math:`\xi`. Several different
    starts run a few rounds, the best two are finished, the better evidence wins. Everything is computed in logs and
    indexed by worker and label, never by order of appearance.

    Source: D. Hovy et al., *Learning whom to trust with MACE*, NAACL 2013.

    Args:
        starts: number of starts; the first is the vote, the others draw :math:`\theta` with ``seed``.
        max_rounds, tolerance: as for ``DawidSkene``.

    Attributes:
        spam_habits_: ``(W, K)`` ξ.
    """

    name = "mace"

    def __init__(
        self,
        *,
        starts: int = 8,
        max_rounds: int = 60,
        tolerance: float = 1e-4,
        seed: int = 0,
        priors: Mapping[Any, float] | None = None,
    ) -> None:
        super().__init__(priors=priors)
        self.starts, self.max_rounds, self.tolerance, self.seed = starts, max_rounds, tolerance, seed

    def _fit(self, votes: Votes) -> Any:
        votes.require_dense("MACE", votes.W * votes.K)
        self._prior = np.full(votes.K, 1 / votes.K) if votes.priors is None else votes.priors
        self._named = tally(votes.pair_item, self._prior[votes.pair_label], votes.T)
        _, ranks = canonical_ranks(votes)
        draws = np.random.default_rng(self.seed).uniform(0.05, 0.95, (max(self.starts - 1, 0), votes.W))[
            :, ranks
        ]
        agreement = votes.sum_by_worker(votes.weight * votes.shares[votes.answer_pair])
        first = np.clip(agreement / np.maximum(votes.answers_of_worker, 1e-12), 0.02, 0.98)
        tried = []
        for theta in [first, *draws]:
            state = (theta, np.log(theta), np.log1p(-theta), np.full((votes.W, votes.K), -np.log(votes.K)))
            tried.append(self._run(votes, state, 6))
        tried.sort(key=lambda run: -run[0])
        finished = [self._run(votes, run[1], self.max_rounds) for run in tried[:2]]
        self.evidence_, state, z, rest, self.rounds_, self.converged_ = max(finished, key=lambda run: run[0])
        self.skills_ = state[0]
        self.spam_habits_ = np.exp(state[3])
        self.spam_habits_ /= self.spam_habits_.sum(axis=1, keepdims=True)
        return votes.spread(z, rest, votes.priors)

    def _run(self, votes: Votes, state: Any, rounds: int) -> Any:
        """EM from ``state`` = (θ mean, log θ, log (1 - θ), log ξ): evidence, state, z, rest, rounds, converged."""
        evidence, z, rest, know = self._expect(votes, state)
        for done in range(1, rounds + 1):
            state = self._maximise(votes, know)
            evidence, new, rest, know = self._expect(votes, state)
            change = float(tally(votes.pair_item, np.abs(new - z), votes.T).mean()) / 2
            z = new
            if change < self.tolerance:
                return evidence, state, z, rest, done, True
        return evidence, state, z, rest, rounds, False

    def _expect(self, votes: Votes, state: Any) -> tuple[float, Floats, Floats, Floats]:
        _, log_know, log_spam, log_habit = state
        spam = np.exp(log_spam[votes.worker] + log_habit[votes.worker, votes.label])
        knows = np.exp(log_know)[votes.worker]
        both = spam + knows
        base = votes.sum_by_item(votes.weight * np.log(spam))
        gain = votes.sum_by_pair(votes.weight * (np.log(both) - np.log(spam)))
        scores = gain + base[votes.pair_item] + np.log(self._prior)[votes.pair_label]
        unnamed = np.where(votes.unnamed > 0, np.maximum(1 - self._named, 1e-300), 0.0)
        with np.errstate(divide="ignore"):
            z, rest, evidence = votes.normalise_pairs(scores, np.log(unnamed) + base)
        return evidence, z, rest, votes.weight * z[votes.answer_pair] * knows / both

    def _maximise(self, votes: Votes, know: Floats) -> Any:
        from scipy.special import digamma

        total = votes.answers_of_worker
        known = votes.sum_by_worker(know)
        log_know = digamma(known + 0.5) - digamma(total + 1.0)
        log_spam = digamma(np.maximum(total - known, 0) + 0.5) - digamma(total + 1.0)
        habit = tally(votes.worker * votes.K + votes.label, votes.weight - know, votes.W * votes.K)
        habit = np.maximum(habit, 0).reshape(votes.W, votes.K) + 10.0
        log_habit = digamma(habit) - digamma(habit.sum(axis=1, keepdims=True))
        return (known + 0.5) / (total + 1.0), log_know, log_spam, log_habit
