"""Pairs of workers who share more wrong answers than chance allows: a case for a human, never a verdict."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import msgspec
import numpy as np

from doujia.consensus.answers import Answers, Floats
from doujia.consensus.dawid_skene import DawidSkene
from doujia.consensus.people.skill import fits_tables
from doujia.consensus.votes import Votes
from doujia.errors import InputError

__all__ = ["CopyingPair", "find_copying"]

SMOOTH = 2.0
"""Answers' worth of what people usually say, beside what the others say of one item."""


class CopyingPair(msgspec.Struct, frozen=True):
    """Evidence about two workers.

    Attributes:
        first, second: their ids. shared: items both answered.
        equal_wrong: shared items with the same answer that the other people make improbable.
        expected: how many chance and their own habits would give.
        p: probability of so many or more by chance. q: false discovery rate when this pair and all stronger are shown.
        items: the items concerned, to look at.
    """

    first: Any
    second: Any
    shared: int
    equal_wrong: int
    expected: float
    p: float
    q: float
    items: list[Any]


def find_copying(
    answers: Answers,
    gold: Mapping[Any, Any] | None = None,
    *,
    min_shared: int = 20,
    improbable: float = 0.2,
    rate: float = 0.1,
) -> list[CopyingPair]:
    r"""Test every pair with enough shared items.

    Equal right answers are innocent; equal answers l whose posterior *without both* is below ``improbable`` count. By
    independence item i has the chance :math:`e_i = \sum_{l: z_{il} < .2} (\sum_k z_{ik} c_{akl} c_{bkl} + t_{il} (p_{ail} +
    p_{bil}) + t_{il}^2)` with :math:`p_{ail} = \sum_k z_{ik} c_{akl}`, where :math:`t_{il}` is how much more often the
    *other* people say l on this item than people usually do, beyond two standard errors: an item that looks like
    something else makes everybody err alike. The number is compared with a Poisson law of mean :math:`\phi \sum_i e_i`,
    where :math:`\phi \ge 1` is how much more often all pairs coincide than that. Benjamini–Hochberg over all pairs.

    Args:
        min_shared: pairs with fewer shared items are not tested.
        rate: false discovery rate of the pairs returned.

    Raises:
        InputError: more classes than confusion matrices can hold.

    Source: Y. Benjamini, Y. Hochberg, JRSS B 57 (1995); shared wrong answers as the evidence: J. A. Wollack,
    *A nominal response model approach for detecting answer copying*, 1997.
    """
    from scipy.stats import poisson

    votes = Votes(answers, gold)
    if votes.W < 2 or votes.K < 2:
        return []
    if not fits_tables(votes):
        raise InputError(
            f"{votes.K} classes are too many to tell what each of {votes.W} people usually says.",
            zh=f"{votes.K} 个类别太多,无法得知 {votes.W} 个人各自的习惯,不能比较两两的错误。",
            code="too_many_classes",
        )
    model = DawidSkene().fit_votes(votes)
    log_z = np.log(np.maximum(model.probas_, 1e-12))
    log_c = np.log(np.maximum(model.confusions_, 1e-12))
    said_of = np.zeros((votes.T, votes.K))
    np.add.at(said_of, (votes.item, votes.label), 1.0)
    pooled = np.bincount(votes.worker, minlength=votes.W) @ model.confusions_.reshape(votes.W, -1)
    pooled = np.maximum(pooled.reshape(votes.K, votes.K) / len(votes.worker), 1e-9)
    order = np.lexsort((votes.item, votes.worker))
    bounds = np.searchsorted(votes.worker[order], np.arange(votes.W + 1))
    said = [(votes.item[order[a:b]], votes.label[order[a:b]]) for a, b in pairwise(bounds.tolist())]
    tested = []
    for a in range(votes.W):
        place = np.full(votes.T, -1)
        place[said[a][0]] = said[a][1]
        for b in range(a + 1, votes.W):
            at = np.flatnonzero(place[said[b][0]] >= 0)
            if len(at) < min_shared:
                continue
            items, label_b = said[b][0][at], said[b][1][at]
            label_a = place[items]
            z = _without_both(log_z[items], log_c[a][:, label_a].T, log_c[b][:, label_b].T)
            rare = z < improbable
            others = said_of[items]
            others[np.arange(len(items)), label_a] -= 1
            others[np.arange(len(items)), label_b] -= 1
            usual = z @ pooled
            share = (others + SMOOTH * usual) / (others.sum(axis=1, keepdims=True) + SMOOTH)
            n = others.sum(axis=1, keepdims=True) + SMOOTH
            trap = np.maximum(share - usual - 2 * np.sqrt(usual * (1 - usual) / n), 0)
            own_a, own_b = np.exp(log_c[a]), np.exp(log_c[b])
            chance = z @ (own_a * own_b) + trap * (z @ (own_a + own_b)) + trap**2
            both = (np.minimum(chance, 1) * rare).sum(axis=1)
            hits = (label_a == label_b) & rare[np.arange(len(items)), label_a]
            tested.append((a, b, len(items), int(hits.sum()), float(both.sum()), items[hits]))
    if not tested:
        return []
    seen = np.array([row[3] for row in tested], dtype=np.float64)
    mean = np.array([row[4] for row in tested])
    inner = seen <= np.quantile(seen / np.maximum(mean, 1e-9), 0.9) * np.maximum(mean, 1e-9)
    excess = max(1.0, float(seen[inner].sum() / max(mean[inner].sum(), 1e-9)))
    p = poisson.sf(seen, excess * mean) + poisson.pmf(seen, excess * mean) / 2
    q = _benjamini_hochberg(p)
    names, places = votes.answers.workers, votes.answers.items
    found = [
        CopyingPair(
            names[a],
            names[b],
            shared,
            hits,
            excess * expected,
            float(p[i]),
            float(q[i]),
            [places[t] for t in items],
        )
        for i, (a, b, shared, hits, expected, items) in enumerate(tested)
        if q[i] <= rate and hits >= 3
    ]
    return sorted(found, key=lambda pair: (pair.p, str(pair.first), str(pair.second)))


def _without_both(log_z: Floats, log_a: Floats, log_b: Floats) -> Floats:
    z = log_z - log_a - log_b
    z -= z.max(axis=1, keepdims=True)
    np.exp(z, out=z)
    z /= z.sum(axis=1, keepdims=True)
    return z


def _benjamini_hochberg(p: Floats) -> Floats:
    order = np.argsort(p)
    scaled = p[order] * len(p) / np.arange(1, len(p) + 1)
    q = np.empty(len(p))
    q[order] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1.0)
    return q
