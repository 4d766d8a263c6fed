"""How often a worker is right, with an interval, from gold and from consensus without her own answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec
import numpy as np

from doujia.consensus.answers import Answers, Floats, Ints
from doujia.consensus.dawid_skene import DawidSkene
from doujia.consensus.intervals import clopper_pearson
from doujia.consensus.one_coin import OneCoin
from doujia.consensus.votes import DENSE_LIMIT, Votes
from doujia.errors import InputError

__all__ = [
    "LineCheck",
    "Skill",
    "check_line",
    "estimate_skills",
    "fits_tables",
    "leave_one_out",
    "right_by_others",
]

_GRID = (np.arange(400) + 0.5) / 400


class Skill(msgspec.Struct, frozen=True, omit_defaults=True):
    """Accuracy of one worker, or of one worker on one class or skill code.

    Attributes:
        mean, low, high: of the posterior of her accuracy.
        gold, gold_right: gold items she answered, and rightly.
        consensus: other items that were used, each judged without her own answer.
        label: the true class it is about; code: the skill code it is about.
    """

    worker: Any
    mean: float
    low: float
    high: float
    gold: int
    gold_right: int
    consensus: int
    label: Any = None
    code: str | None = None


def estimate_skills(
    answers: Answers,
    gold: Mapping[Any, Any] | None = None,
    *,
    by: Literal["worker", "class", "code"] = "worker",
    codes: Mapping[Any, str] | None = None,
    use: Literal["both", "gold", "consensus"] = "both",
    confidence: float = 0.95,
) -> list[Skill]:
    r"""Posterior of each worker's accuracy p.

    An answer l on an item whose other answers say h = P(truth = l) has the likelihood
    :math:`h p + (1 - h)(1 - p) / (K - 1)`; a gold item has h = 1 or 0. The others' posterior comes from
    ``DawidSkene`` with the worker's own answer divided out, otherwise skill would confirm itself. The prior
    Beta(a, b) is learnt from all workers together with its own uncertainty, so that a newcomer starts at the base's
    level.

    Args:
        by: one row per worker, per worker and true class, or per worker and skill code.
        codes: ``{item: skill code}`` for ``by="code"``.
        use: which items count.
        confidence: of the equal-tailed interval.

    Raises:
        InputError: ``confidence`` is no probability, gold was asked for and there is none, ``by="code"`` without
            ``codes``, or ``by="class"`` with more classes than confusion matrices can hold.
    """
    if use == "gold" and not gold:
        raise InputError("There is no gold to measure by.", zh="没有考核题可用于评估。", code="gold_missing")
    if not 0 < confidence < 1:
        raise InputError(
            f"Need 0 < confidence < 1; got {confidence}.", zh=f"应有 0 < 置信度 < 1;得到 {confidence}。",
            code="confidence_invalid",
        )  # fmt: skip
    if by == "code" and codes is None:
        raise InputError("by='code' needs the skill code of each item.", zh="按技能评估需要每题的技能代码。",
                         code="codes_missing")  # fmt: skip
    votes = Votes(answers, gold)
    is_gold = np.zeros(votes.T, dtype=bool)
    is_gold[votes.gold_item] = True
    at_gold = is_gold[votes.item]
    counted = {"both": np.ones(votes.n, dtype=bool), "gold": at_gold, "consensus": ~at_gold}[use]
    groups: list[tuple[Any, str | None, Floats, Floats, Ints]] = []
    if by == "class":
        if not fits_tables(votes):
            raise InputError(
                f"{votes.K} classes are too many to judge each by itself; by='worker' works with any number.",
                zh=f"{votes.K} 个类别太多,不能逐类评估;按人评估没有限制。",
                code="too_many_classes",
            )
        others, confusion = leave_one_out(votes)
        right = others[np.arange(votes.n), votes.label]
        for k in range(votes.K):
            rows = np.flatnonzero(counted & (others[:, k] > 0.01))
            groups.append(
                (votes.answers.labels[k], None, *_class_terms(votes, others, confusion, k, rows), rows)
            )
    else:
        right = right_by_others(votes)
        slope, constant = _terms(votes, right)
        for code, rows in _rows_by_code(votes, counted, codes if by == "code" else None):
            groups.append((None, code, slope[rows], constant[rows], rows))
    found = []
    for label, code, slope, constant, rows in groups:
        found += _group(votes, at_gold, right, slope, constant, rows, confidence, label, code)
    return found


def right_by_others(votes: Votes) -> Floats:
    """``(n,)`` probability that each answer is right, judged without it.

    By ``DawidSkene``; with so many classes that confusion matrices would not fit, by ``OneCoin``: its posterior odds with
    the answer's own factor :math:`p (K - 1) / (1 - p)` divided out.
    """
    if fits_tables(votes):
        others, _ = leave_one_out(votes)
        return np.asarray(others[np.arange(votes.n), votes.label])
    model = OneCoin().fit_votes(votes)
    skill = np.asarray(model.skills_)[votes.worker]
    z = np.asarray(model.probas_[votes.item, votes.label]).ravel()
    own = (skill * (votes.K - 1) / (1 - skill)) ** votes.weight
    z = np.clip(z, 1e-12, 1 - 1e-12)
    right = z / (z + (1 - z) * own)
    alone = np.bincount(votes.item, minlength=votes.T)[votes.item] == 1
    right[alone] = model.class_priors_[votes.label[alone]]
    if len(votes.gold_item):
        known = np.full(votes.T, -1)
        known[votes.gold_item] = votes.gold_label
        at_gold = known[votes.item] >= 0
        right[at_gold] = (known[votes.item] == votes.label)[at_gold]
    return np.asarray(right)


def fits_tables(votes: Votes) -> bool:
    """Whether a confusion matrix of each worker and a posterior of each answer fit in memory."""
    return max(votes.W * votes.K**2, votes.T * votes.K, votes.n * votes.K) <= DENSE_LIMIT


def leave_one_out(votes: Votes) -> tuple[Floats, Floats]:
    """Posterior of the truth of each answer's item without that answer ``(n, K)``, and confusions ``(W, K, K)``."""
    model = DawidSkene().fit_votes(votes)
    others = np.log(np.maximum(model.probas_[votes.item], 1e-300))
    others -= (
        np.log(np.maximum(model.confusions_[votes.worker, :, votes.label], 1e-300)) * votes.weight[:, None]
    )
    # an item with no other answer goes back to the class shares
    alone = np.bincount(votes.item, minlength=votes.T)[votes.item] == 1
    others[alone] = np.log(model.class_priors_)
    others -= others.max(axis=1, keepdims=True)
    np.exp(others, out=others)
    others /= others.sum(axis=1, keepdims=True)
    if len(votes.gold_item):
        known = np.full(votes.T, -1)
        known[votes.gold_item] = votes.gold_label
        rows = np.flatnonzero(known[votes.item] >= 0)
        others[rows] = 0.0
        others[rows, known[votes.item[rows]]] = 1.0
    return others, model.confusions_


def _terms(votes: Votes, right: Floats) -> tuple[Floats, Floats]:
    """Likelihood of each answer as slope · p + constant."""
    miss = (1 - right) / max(votes.K - 1, 1)
    return right - miss, miss


def _class_terms(
    votes: Votes, others: Floats, confusion: Floats, k: int, rows: Ints
) -> tuple[Floats, Floats]:
    worker, label = votes.worker[rows], votes.label[rows]
    z = others[rows]
    other = np.einsum("nk,nk->n", z, confusion[worker, :, label]) - z[:, k] * confusion[worker, k, label]
    miss = z[:, k] / max(votes.K - 1, 1)
    hit = label == k
    return np.where(hit, z[:, k], -miss), np.where(hit, other, other + miss)


def _rows_by_code(
    votes: Votes, counted: Any, codes: Mapping[Any, str] | None
) -> list[tuple[str | None, Ints]]:
    if codes is None:
        return [(None, np.flatnonzero(counted))]
    names = [codes.get(item) for item in votes.answers.items]
    distinct = sorted({name for name in names if name is not None})
    place = {name: at for at, name in enumerate(distinct)}
    code_of = np.array([-1 if name is None else place[name] for name in names])
    return [(name, np.flatnonzero(counted & (code_of[votes.item] == at))) for at, name in enumerate(distinct)]


def _group(
    votes: Votes, at_gold: Any, by_others: Floats, slope: Floats, constant: Floats, rows: Ints, confidence: float,
    label: Any, code: str | None,
) -> list[Skill]:  # fmt: skip
    worker = votes.worker[rows]
    log_like = np.zeros((votes.W, len(_GRID)))
    block = max(1, 4_000_000 // len(_GRID))
    for start in range(0, len(rows), block):
        part = slice(start, start + block)
        each = np.log(np.maximum(slope[part, None] * _GRID + constant[part, None], 1e-12))
        np.add.at(log_like, worker[part], each * votes.weight[rows[part], None])
    present = np.flatnonzero(np.bincount(worker, minlength=votes.W))
    if not len(present):
        return []
    posterior = _hierarchical(log_like[present])
    below = np.cumsum(posterior, axis=1)
    tail = (1 - confidence) / 2
    low, high = _quantile(below, tail), _quantile(below, 1 - tail)
    mean = posterior @ _GRID
    right = by_others[rows] > 0.5
    golden = at_gold[rows]
    gold = np.bincount(worker[golden], minlength=votes.W)
    gold_right = np.bincount(worker[golden & right], minlength=votes.W)
    rest = np.bincount(worker[~golden], minlength=votes.W)
    return [
        Skill(
            votes.answers.workers[w], float(mean[i]), float(low[i]), float(high[i]), int(gold[w]), int(gold_right[w]),
            int(rest[w]), label, code,
        )
        for i, w in enumerate(present.tolist())
    ]  # fmt: skip


def _hierarchical(log_like: Floats) -> Floats:
    """Posteriors ``(W, grid)`` of accuracies whose Beta(m s, (1 - m) s) prior is itself uncertain.

    m is uniform, and so is 1/s down to .01: the spread between people, not their likeness, is what nothing is known of
    beforehand (a flat prior on log s would call them alike before there is evidence, and make intervals too short; so
    would plugging in the single best prior). Each (m, s) weighs as much as the answers of all workers make it probable.
    """
    from scipy.stats import beta

    m, s = (v.ravel() for v in np.meshgrid(np.linspace(0.1, 0.98, 30), np.geomspace(1.0, 100.0, 24)))
    priors = beta.pdf(_GRID[None, :], (m * s)[:, None], ((1 - m) * s)[:, None])
    priors /= priors.sum(axis=1, keepdims=True)
    like = np.exp(log_like - log_like.max(axis=1, keepdims=True))
    marginal = np.maximum(like @ priors.T, 1e-300)
    evidence = np.log(marginal).sum(axis=0) - np.log(s)  # the grid is even in log s
    weight = np.exp(evidence - evidence.max())
    posterior = like * ((weight / marginal) @ priors)
    return np.asarray(posterior / posterior.sum(axis=1, keepdims=True))


def _quantile(below: Floats, at: float) -> Floats:
    place = (below < at).sum(axis=1)
    before = np.where(place > 0, np.take_along_axis(below, np.maximum(place - 1, 0)[:, None], 1)[:, 0], 0.0)
    here = np.take_along_axis(below, np.minimum(place, below.shape[1] - 1)[:, None], 1)[:, 0]
    part = np.divide(at - before, here - before, out=np.zeros(len(place)), where=here > before)
    return np.asarray(np.clip((place + part) / below.shape[1], 0, 1))


class LineCheck(msgspec.Struct, frozen=True):
    """Whether counted work shows that a worker is below a line.

    Attributes:
        below: True only if the upper bound is below the line.
        share, low, high: observed share of right answers and its exact interval.
        right, total, line: what was counted and against what.
    """

    below: bool
    share: float | None
    low: float
    high: float
    right: int
    total: int
    line: float


def check_line(right: int, total: int, line: float, *, confidence: float = 0.98) -> LineCheck:
    """The only test that may touch pay or access: below the line beyond chance, by an exact interval.

    With confidence .98 a worker exactly at the line is wrongly found below it in at most 1 % of the periods, one above
    it less often still. Check once per closed period; looking after every answer would add up the chances.
    """
    low, high = clopper_pearson(right, total, confidence)
    return LineCheck(high < line, right / total if total else None, low, high, right, total, line)
