"""Who agrees with whom, and which classes are confused."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import msgspec
import numpy as np

from doujia.consensus.agreement.alpha import require_table
from doujia.consensus.answers import Answers, Floats, Ints
from doujia.errors import InputError

__all__ = ["ClassConfusion", "PairwiseAgreement", "class_confusion", "pairwise_agreement"]


class PairwiseAgreement(msgspec.Struct, frozen=True):
    """Agreement of every pair of workers on the items that both answered.

    Attributes:
        workers: W ids, the order of rows and columns.
        shared: ``(W, W)`` items both answered; the diagonal is the worker's own number.
        equal: ``(W, W)`` share of these with the same label, NaN where none is shared.
        kappa: ``(W, W)`` Cohen's kappa, NaN where it is not computable.
    """

    workers: list[Any]
    shared: Ints
    equal: Floats
    kappa: Floats


def pairwise_agreement(answers: Answers) -> PairwiseAgreement:
    """Matrices of shared items, raw agreement and Cohen's kappa over all pairs of workers.

    Raises:
        InputError: more than 3,000 workers (the matrices would not fit on a screen either; select some first).
    """
    from scipy import sparse

    W, K = len(answers.workers), len(answers.labels)
    if W > 3000:
        raise InputError(
            f"{W} workers make {W * W} pairs; select some first.", zh=f"{W} 人两两配对过多,请先挑选一部分人。",
            code="too_many_workers",
        )  # fmt: skip
    shape = (W, len(answers.items))
    ones = np.ones(len(answers))
    seen = sparse.csr_matrix((ones, (answers.worker, answers.item)), shape=shape)
    shared = np.asarray((seen @ seen.T).toarray())
    cell, column = np.unique(answers.item * K + answers.label, return_inverse=True)
    said = sparse.csr_matrix((ones, (answers.worker, column)), shape=(W, len(cell)))
    same = np.asarray((said @ said.T).toarray())
    chance = _chance_by_label(answers, seen) if K <= W * W else _chance_by_pair(answers)
    with np.errstate(invalid="ignore", divide="ignore"):
        equal = same / shared
        expected = chance / shared**2
        kappa = (equal - expected) / (1 - expected)
    kappa[~np.isfinite(kappa)] = np.nan
    return PairwiseAgreement(answers.workers, shared.astype(np.int64), equal, kappa)


def _chance_by_label(answers: Answers, seen: Any) -> Floats:
    """``(W, W)`` over labels: how often one says it on items shared with the other, times how often the other does."""
    from scipy import sparse

    chance = np.zeros((seen.shape[0], seen.shape[0]))
    for label in range(len(answers.labels)):
        rows = answers.label == label
        said = sparse.csr_matrix(
            (np.ones(int(rows.sum())), (answers.worker[rows], answers.item[rows])), shape=seen.shape
        )
        mine = np.asarray((said @ seen.T).toarray())
        chance += mine * mine.T
    return chance


def _chance_by_pair(answers: Answers) -> Floats:
    """The same for few people and many labels."""
    W, K = len(answers.workers), len(answers.labels)
    order = np.argsort(answers.worker, kind="stable")
    bounds = np.searchsorted(answers.worker[order], np.arange(W + 1))
    own = [order[a:b] for a, b in pairwise(bounds.tolist())]
    chance = np.zeros((W, W))
    for a in range(W):
        label_of = np.full(len(answers.items), -1)
        label_of[answers.item[own[a]]] = answers.label[own[a]]
        for b in range(a, W):
            rows = own[b][label_of[answers.item[own[b]]] >= 0]
            first = np.bincount(label_of[answers.item[rows]], minlength=K).astype(np.float64)
            chance[a, b] = chance[b, a] = first @ np.bincount(answers.label[rows], minlength=K)
    return chance


class ClassConfusion(msgspec.Struct, frozen=True):
    """How often two answers on one item say (a, b).

    Attributes:
        labels: K classes.
        table: ``(K, K)`` symmetric; each ordered pair of answers of an item counts 1 / (m - 1).
        agreement: ``(K,)`` probability that a second worker says the class too when one did, NaN if unused.
    """

    labels: list[Any]
    table: Floats
    agreement: Floats

    def most_confused(self, top: int = 10) -> list[tuple[Any, Any, float]]:
        """Pairs of different classes by how often they meet on one item."""
        upper = np.triu(self.table, 1)
        order = np.argsort(-upper, axis=None)[:top]
        pairs = [np.unravel_index(place, upper.shape) for place in order.tolist()]
        return [
            (self.labels[a], self.labels[b], float(upper[a, b])) for a, b in pairs if upper[a, b] > 0
        ]  # fmt: skip


def class_confusion(answers: Answers) -> ClassConfusion:
    """Coincidences of labels within items: shows which classes people confuse, without knowing the truth.

    Raises:
        InputError: too many classes for a table.
    """
    from scipy import sparse

    K = len(answers.labels)
    require_table(K)
    m = np.bincount(answers.item, minlength=len(answers.items))
    rows = np.flatnonzero(m[answers.item] >= 2)
    item, label = answers.item[rows], answers.label[rows]
    counts = sparse.csr_matrix((np.ones(len(rows)), (item, label)), shape=(len(m), K))
    scale = sparse.diags(1.0 / np.maximum(m - 1, 1))
    table = np.asarray((counts.T @ scale @ counts).toarray())
    table[np.arange(K), np.arange(K)] -= np.bincount(label, 1.0 / (m[item] - 1), K)
    table = np.maximum(table, 0)
    total = table.sum(axis=1)
    agreement = np.divide(np.diagonal(table), total, out=np.full(K, np.nan), where=total > 0)
    return ClassConfusion(answers.labels, table, np.asarray(agreement))
