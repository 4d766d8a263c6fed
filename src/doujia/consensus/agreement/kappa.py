"""Cohen's and Fleiss' kappa and Gwet's AC1."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from doujia.consensus.agreement.alpha import require_table
from doujia.consensus.answers import Answers, Floats, Ints
from doujia.consensus.votes import tally
from doujia.errors import InputError

__all__ = ["cohen_kappa", "fleiss_kappa", "gwet_ac1", "kappa_of_table"]

Weights = Literal["none", "linear", "quadratic"]


def cohen_kappa(answers: Answers, first: Any, second: Any, *, weights: Weights = "none") -> float | None:
    r"""Agreement of two workers on the items both answered.

    .. math:: \kappa = 1 - \frac{\sum_{ab} w_{ab}\, o_{ab}}{\sum_{ab} w_{ab}\, p_a q_b}

    with w = [a ≠ b], |a - b| or (a - b)² of the class places.

    Returns:
        Kappa, or None where it is not computable (no common item, or both used one and the same class only).

    Raises:
        InputError: a worker is not among the answers, or there are too many classes for a table.

    Source: J. Cohen, *A coefficient of agreement for nominal scales*, 1960; *Weighted kappa*, 1968.
    """
    return kappa_of_table(joint_table(answers, first, second), weights=weights)


def kappa_of_table(table: Floats, *, weights: Weights = "none") -> float | None:
    """Kappa of a ``(K, K)`` table of joint counts; None where it is not computable."""
    n = table.sum()
    if n <= 0:
        return None
    place = np.arange(len(table), dtype=np.float64)
    gap = np.abs(place[:, None] - place[None, :])
    cost = {"none": (gap > 0).astype(np.float64), "linear": gap, "quadratic": gap**2}[weights]
    expected = float((cost * np.outer(table.sum(axis=1), table.sum(axis=0))).sum() / n**2)
    if expected <= 0:
        return None
    return 1.0 - float((cost * table).sum() / n) / expected


def fleiss_kappa(answers: Answers) -> float | None:
    """Agreement of several workers with pooled margins; every item needs the same number of answers.

    Raises:
        InputError: items have different numbers of answers (use ``alpha``, which allows it).

    Source: J. L. Fleiss, *Measuring nominal scale agreement among many raters*, 1971.
    """
    item, label, count, m = _cells(answers)
    if m.min() != m.max():
        raise InputError(
            f"Fleiss' kappa needs equally many answers per item; found {int(m.min())} to {int(m.max())}. Use alpha.",
            zh=f"Fleiss κ 要求每题作答数相同,现有 {int(m.min())} 至 {int(m.max())} 份;请用 alpha。",
            code="ratings_uneven",
        )
    if m[0] < 2:
        return None
    observed = float((tally(item, count**2, len(m)) - m).mean() / (m[0] * (m[0] - 1)))
    share = tally(label, count, len(answers.labels)) / m.sum()
    expected = float((share**2).sum())
    return None if expected >= 1 else (observed - expected) / (1 - expected)


def gwet_ac1(answers: Answers) -> float | None:
    r"""Gwet's AC1: chance agreement :math:`\sum_k \pi_k (1 - \pi_k) / (K - 1)`, stable when one class is rare.

    Source: K. L. Gwet, *Computing inter-rater reliability and its variance in the presence of high agreement*, 2008.
    """
    item, label, count, m = _cells(answers)
    pairable = m >= 2
    K = len(answers.labels)
    if not pairable.any() or K < 2:
        return None
    same = (tally(item, count**2, len(m)) - m)[pairable]
    observed = float((same / (m * (m - 1))[pairable]).mean())
    share = tally(label, count / m[item], K) / len(m)
    expected = float((share * (1 - share)).sum() / (K - 1))
    return (observed - expected) / (1 - expected)


def joint_table(answers: Answers, first: Any, second: Any) -> Floats:
    """``(K, K)`` counts over items answered by both workers; rows are the first one's labels."""
    K = len(answers.labels)
    require_table(K)
    codes = []
    for name in (first, second):
        if name not in answers.workers:
            raise InputError(
                f"There is no worker {name!r}.", zh=f"没有标注员 {name!r}。", code="worker_unknown"
            )
        codes.append(answers.workers.index(name))
    labels: list[Ints] = []
    for code in codes:
        said = np.full(len(answers.items), -1, dtype=np.int64)
        rows = answers.worker == code
        said[answers.item[rows]] = answers.label[rows]
        labels.append(said)
    both = (labels[0] >= 0) & (labels[1] >= 0)
    return (
        np.bincount(labels[0][both] * K + labels[1][both], minlength=K * K).reshape(K, K).astype(np.float64)
    )


def _cells(answers: Answers) -> tuple[Ints, Ints, Floats, Floats]:
    """Distinct (item, label) with how often they occur, and the ``(T,)`` answers of each item."""
    K = len(answers.labels)
    key, count = np.unique(answers.item * K + answers.label, return_counts=True)
    sizes = np.bincount(answers.item, minlength=len(answers.items))
    return key // K, key % K, count.astype(np.float64), sizes.astype(np.float64)
