"""Keep a Dawid–Skene result up to date with each new answer, in less than a millisecond."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np

from doujia.consensus.answers import Answers, Floats
from doujia.consensus.dawid_skene import DawidSkene
from doujia.consensus.votes import Votes
from doujia.errors import InputError

__all__ = ["OnlineDawidSkene"]


class OnlineDawidSkene:
    """Incremental EM: a new answer changes the posterior of its item and the counts of those who answered it.

    The item's old posterior is taken out of the counts of all its answerers, recomputed with the counts that remain, and
    put back: O(overlap · K²) per answer. Other items wait for ``refit``, due when the summed change since the last one
    exceeds 1 % of the items (``refit_due``).

    Source: incremental EM, R. Neal, G. Hinton, *A view of the EM algorithm that justifies incremental variants*, 1998.

    Args:
        answers: what there is so far. gold: known right answers; their posteriors never move.
        shrinkage: as for ``DawidSkene``.
    """

    def __init__(
        self, answers: Answers, gold: Mapping[Any, Any] | None = None, *, shrinkage: float = 8.0
    ) -> None:
        self.shrinkage = shrinkage
        self._gold = dict(gold or {})
        self._answers: dict[Any, dict[Any, int]] = {}
        votes = Votes(answers, gold)
        self.classes_ = list(votes.answers.labels)
        self._code = {label: k for k, label in enumerate(self.classes_)}
        for i, w, k in zip(votes.item.tolist(), votes.worker.tolist(), votes.label.tolist(), strict=True):
            self._answers.setdefault(answers.items[i], {})[answers.workers[w]] = k
        self._take(DawidSkene(shrinkage=shrinkage).fit_votes(votes), votes)

    def _take(self, model: DawidSkene, votes: Votes) -> None:
        K = votes.K
        counts = np.asarray(votes.counts @ model.probas_).reshape(votes.W, K, K)
        self._z = dict(zip(model.items_, np.asarray(model.probas_), strict=True))
        self._counts = dict(zip(model.workers_, counts, strict=True))
        self._pooled = counts.sum(axis=0)
        self._mass = np.asarray(model.probas_.sum(axis=0))
        self.moved_ = 0.0

    def posterior(self, item: Any) -> Floats:
        """``(K,)`` posterior of an item, in the order of ``classes_``; the class shares if nobody answered it."""
        known = self._z.get(item)
        share = (self._mass + 1) / (self._mass.sum() + len(self.classes_))
        return np.array(share if known is None else known)

    @property
    def refit_due(self) -> bool:
        """Whether answers since the last fit have moved posteriors by more than 1 % of the items."""
        return self.moved_ > 0.01 * max(len(self._z), 1)

    def add(self, item: Any, worker: Any, label: Any) -> Floats:
        """Take one answer (a changed answer replaces the worker's former one) and return the item's posterior.

        Raises:
            InputError: the label is not one of ``classes_``; refit with answers that hold it.
        """
        if not isinstance(label, Hashable) or label not in self._code:
            raise InputError(
                f"Label {label!r} is new; refit with answers that hold it.",
                zh=f"标签 {label!r} 是新的;请用包含它的作答重新拟合。",
                code="label_unknown",
            )
        K = len(self.classes_)
        said = self._answers.setdefault(item, {})
        old = self._z.get(item)
        if old is not None:
            self._shift(said, -old)
            self._mass -= old
        said[worker] = self._code[label]
        self._counts.setdefault(worker, np.zeros((K, K)))
        new = self._judge(item, said)
        self._shift(said, new)
        self._mass += new
        self._z[item] = new
        self.moved_ += float(np.abs(new - old).sum()) / 2 if old is not None else 1.0
        return np.array(new)

    def refit(self) -> None:
        """Fit all items anew with everything taken so far."""
        rows = [(i, w, self.classes_[k]) for i, own in self._answers.items() for w, k in own.items()]
        item, worker, label = zip(*rows, strict=True)
        answers = Answers.from_arrays(item, worker, label, labels=self.classes_)
        votes = Votes(answers, self._gold)
        self._take(DawidSkene(shrinkage=self.shrinkage).fit_votes(votes), votes)

    def _shift(self, said: Mapping[Any, int], z: Floats) -> None:
        for worker, k in said.items():
            self._counts[worker][k] += z
            self._pooled[k] += z

    def _judge(self, item: Any, said: Mapping[Any, int]) -> Floats:
        K = len(self.classes_)
        if item in self._gold and self._gold[item] in self._code:
            return np.array(np.eye(K)[self._code[self._gold[item]]])
        pooled = self._pooled + 0.5 + np.eye(K)
        pooled = pooled / pooled.sum(axis=0)
        scores = np.log((self._mass + 1) / (self._mass.sum() + K))
        for worker, k in said.items():
            own = self._counts[worker]
            scores = scores + np.log(
                (own[k] + self.shrinkage * pooled[k] + 1e-10) / (own.sum(axis=0) + self.shrinkage)
            )
        scores -= scores.max()
        z = np.exp(scores)
        return np.asarray(z / z.sum())
