"""The votes of one problem in the forms that the models compute with: sparse counts and candidate pairs."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from doujia.consensus.answers import Answers, Floats, Ints, check_gold
from doujia.errors import InputError, Problem

__all__ = ["DENSE_LIMIT", "Votes", "soft_max", "tally"]

DENSE_LIMIT = 60_000_000
"""Most numbers a dense array of posteriors or confusion counts may hold (480 MB)."""


def tally(codes: Ints, values: Floats, size: int) -> Floats:
    """Sum ``values`` by code, ``(size,)``."""
    return np.asarray(np.bincount(codes, values, size), dtype=np.float64)


class Votes:
    """Answers, gold and priors of one problem, checked, with derived forms computed once when needed.

    Let ``n`` be answers, ``T`` items, ``W`` workers, ``K`` classes. A *candidate pair* is an (item, class) that at
    least one answer or gold names; there are ``P ≤ n + g`` of them, sorted by item, then class. Models whose
    likelihood does not tell unnamed classes apart work on pairs in O(n), whatever K is.
    """

    def __init__(
        self,
        answers: Answers,
        gold: Mapping[Any, Any] | None = None,
        priors: Mapping[Any, float] | None = None,
    ) -> None:
        self.problems: list[Problem] = []
        self.gold_item: Ints = np.empty(0, dtype=np.int64)
        self.gold_label: Ints = np.empty(0, dtype=np.int64)
        if gold:
            answers, self.gold_item, self.gold_label, self.problems = check_gold(answers, gold)
        self.answers = answers
        self.item, self.worker, self.label = answers.item, answers.worker, answers.label
        self.weight: Floats = np.ones(len(answers)) if answers.weight is None else answers.weight
        self.n, self.T, self.W, self.K = (
            len(answers), len(answers.items), len(answers.workers), len(answers.labels),
        )  # fmt: skip
        self.priors = None if priors is None else self._check_priors(priors)

    def _check_priors(self, priors: Mapping[Any, float]) -> Floats:
        unknown = [name for name in priors if name not in set(self.answers.labels)]
        if unknown:
            self.answers = self.answers.with_labels(sorted(unknown, key=str))
            self.K = len(self.answers.labels)
        values = np.array([float(priors.get(name, 0.0)) for name in self.answers.labels])
        if not np.all(np.isfinite(values)) or np.any(values < 0) or values.sum() <= 0:
            raise InputError(
                "Class priors must be non-negative numbers with a positive sum.",
                zh="类别先验应为非负数,且总和为正。",
                code="priors_invalid",
            )
        return np.asarray(np.maximum(values / values.sum(), 1e-12))

    def with_gold(self, keep: npt.NDArray[Any]) -> Votes:
        """The same votes with only the gold of ``keep`` (a mask over the gold items)."""
        other = copy.copy(self)
        for name in ("_pairs", "unnamed", "shares", "class_mass"):
            other.__dict__.pop(name, None)
        other.gold_item, other.gold_label = self.gold_item[keep], self.gold_label[keep]
        return other

    def without(self, hidden: Ints) -> Votes:
        """Votes lacking the answers of the rows ``hidden`` and all gold; ids and codes stay."""
        keep = np.ones(self.n, dtype=bool)
        keep[hidden] = False
        other = Votes(self.answers.restricted(keep))
        other.priors = self.priors
        return other

    # ---- sparse form: rows are worker * K + label, columns are items
    @cached_property
    def counts(self) -> Any:
        """``(W·K, T)`` sparse matrix with the weight of each answer."""
        from scipy import sparse

        rows = (self.worker * self.K + self.label).astype(np.int32)
        shape = (self.W * self.K, self.T)
        return sparse.csr_matrix((self.weight, (rows, self.item.astype(np.int32))), shape=shape)

    @cached_property
    def counts_by_item(self) -> Any:
        """Transpose of ``counts`` in row order, ``(T, W·K)``."""
        return self.counts.T.tocsr()

    # ---- candidate pairs
    @cached_property
    def _pairs(self) -> tuple[Ints, Ints, Ints, Ints]:
        keys = self.item * self.K + self.label
        gold = self.gold_item * self.K + self.gold_label
        distinct, inverse = np.unique(np.concatenate([keys, gold]), return_inverse=True)
        return distinct // self.K, distinct % self.K, inverse[: self.n], inverse[self.n :]

    @property
    def pair_item(self) -> Ints:
        return self._pairs[0]

    @property
    def pair_label(self) -> Ints:
        return self._pairs[1]

    @property
    def answer_pair(self) -> Ints:
        """``(n,)`` the pair that each answer votes for."""
        return self._pairs[2]

    @property
    def gold_pair(self) -> Ints:
        return self._pairs[3]

    @cached_property
    def answers_of_item(self) -> Floats:
        """``(T,)`` total weight of the answers of each item."""
        return tally(self.item, self.weight, self.T)

    @cached_property
    def answers_of_worker(self) -> Floats:
        return tally(self.worker, self.weight, self.W)

    @cached_property
    def unnamed(self) -> Ints:
        """``(T,)`` how many classes nobody named for the item."""
        return np.asarray(self.K - np.bincount(self.pair_item, minlength=self.T))

    def sum_by_pair(self, values: Floats) -> Floats:
        """Sum ``(n,)`` values of answers over their pairs, ``(P,)``."""
        return tally(self.answer_pair, values, len(self.pair_item))

    def sum_by_item(self, values: Floats) -> Floats:
        return tally(self.item, values, self.T)

    def sum_by_worker(self, values: Floats) -> Floats:
        return tally(self.worker, values, self.W)

    def normalise_pairs(self, scores: Floats, rest: Floats) -> tuple[Floats, Floats, float]:
        """Soft-max of the log scores of pairs and of all unnamed classes together, gold clamped.

        Args:
            scores: ``(P,)`` log of the unnormalised probability of each pair.
            rest: ``(T,)`` log of that of all unnamed classes of the item together (-inf if there are none).

        Returns:
            ``(P,)`` probabilities, ``(T,)`` probability of the unnamed classes, total log evidence of the items
            that are not gold.
        """
        top = rest.copy()
        np.maximum.at(top, self.pair_item, scores)
        z = np.exp(scores - top[self.pair_item])
        left = np.exp(rest - top)
        total = tally(self.pair_item, z, self.T) + left
        evidence = top + np.log(total)
        z /= total[self.pair_item]
        left /= total
        if len(self.gold_item):
            is_gold = np.zeros(self.T, dtype=bool)
            is_gold[self.gold_item] = True
            z[is_gold[self.pair_item]] = 0.0
            z[self.gold_pair] = 1.0
            left[self.gold_item] = 0.0
            evidence = evidence[~is_gold]
        return z, left, float(evidence.sum())

    def spread(self, z: Floats, rest: Floats, prior: Floats | None = None) -> Any:
        """Posterior of every class from that of the pairs, dense ``(T, K)`` or, past ``DENSE_LIMIT``, sparse.

        The mass of the unnamed classes is shared out by ``prior`` (equally if None). The sparse form holds only the
        named classes.
        """
        if self.T * self.K > DENSE_LIMIT:
            from scipy import sparse

            return sparse.csr_matrix((z, (self.pair_item, self.pair_label)), shape=(self.T, self.K))
        share = np.full(self.K, 1.0) if prior is None else prior
        full = np.repeat(share[None, :], self.T, axis=0)
        full[self.pair_item, self.pair_label] = 0.0
        mass = full.sum(axis=1)
        full *= np.divide(rest, mass, out=np.zeros(self.T), where=mass > 0)[:, None]
        full[self.pair_item, self.pair_label] = z
        return full

    # ---- votes
    @cached_property
    def shares(self) -> Floats:
        """``(P,)`` share of the item's answer weight that each pair has; gold is certain."""
        votes = self.sum_by_pair(self.weight)
        total = self.answers_of_item
        empty = total <= 0
        if empty.any():  # every answer of the item has weight 0: they count alike
            alike = np.bincount(self.answer_pair, minlength=len(votes)).astype(np.float64)
            votes = np.where(empty[self.pair_item], alike, votes)
            total = tally(self.pair_item, votes, self.T)
        z = votes / total[self.pair_item]
        if len(self.gold_item):
            is_gold = np.zeros(self.T, dtype=bool)
            is_gold[self.gold_item] = True
            z[is_gold[self.pair_item]] = 0.0
            z[self.gold_pair] = 1.0
        return np.asarray(z)

    def dense_shares(self) -> Floats:
        """``shares`` as a dense ``(T, K)`` array, the start of most models."""
        z = np.zeros((self.T, self.K))
        z[self.pair_item, self.pair_label] = self.shares
        return z

    def clamp(self, z: Floats) -> Floats:
        """Set the rows of gold items of a dense posterior to certainty, in place."""
        if len(self.gold_item):
            z[self.gold_item] = 0.0
            z[self.gold_item, self.gold_label] = 1.0
        return z

    def require_dense(self, model: str, numbers: int) -> None:
        """Refuse a model whose arrays would not fit.

        Raises:
            InputError: the model needs more than ``DENSE_LIMIT`` numbers.
        """
        if numbers > DENSE_LIMIT:
            raise InputError(
                f"{model} needs {numbers * 8 / 2**30:.1f} GiB for {self.K} classes, {self.W} workers and {self.T} "
                "items. Use auto, one_coin, glad, mace or mv, which do not grow with the number of classes.",
                zh=f"{model} 对 {self.K} 个类别、{self.W} 人、{self.T} 题需要 {numbers * 8 / 2**30:.1f} GiB 内存。"
                "请改用 auto、one_coin、glad、mace 或 mv。",
                code="too_many_classes",
            )

    @cached_property
    def class_mass(self) -> Floats:
        """``(K,)`` share of the items that the votes give to each class."""
        return tally(self.pair_label, self.shares, self.K) / self.T


def soft_max(scores: npt.NDArray[np.float64]) -> tuple[Floats, Floats]:
    """Row-wise soft-max in place and the log of each row's normaliser, ``(T, K)`` and ``(T,)``."""
    top = scores.max(axis=1, keepdims=True)
    scores -= top
    np.exp(scores, out=scores)
    total = scores.sum(axis=1, keepdims=True)
    scores /= total
    return scores, (top + np.log(total))[:, 0]
