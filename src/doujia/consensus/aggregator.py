"""What every model of class answers has in common."""

from __future__ import annotations

import abc
from collections.abc import Mapping
from typing import Any, Self

import numpy as np

from doujia.consensus.agreement.alpha import alpha
from doujia.consensus.answers import Answers, Floats
from doujia.consensus.votes import Votes
from doujia.errors import InputError, Problem

__all__ = ["Aggregator", "class_totals", "collapsed_classes", "decide"]


class Aggregator(abc.ABC):
    """Turn answers into one label per item, with probabilities.

    Args:
        priors: known share of each class, ``{label: share}``; estimated when None.

    After ``fit``:

    Attributes:
        items_: ``T`` item ids; every other result about items is in this order.
        workers_: ``W`` worker ids.
        classes_: ``K`` labels, the columns of ``probas_``.
        probas_: ``(T, K)`` posterior probabilities (scipy CSR with only the named classes when T·K is huge).
        labels_: ``T`` most probable labels; ties go to the class that is more frequent overall (by ``priors`` where they
            are given), then to the earlier.
        tied_: ``(T,)`` True where the label was chosen by that rule.
        confidence_: ``(T,)`` probability of the chosen label.
        skills_: ``(W,)`` probability that the worker's answer is right, or None when the model has no workers.
        rounds_: iterations used. converged_: whether it stopped by itself.
        problems_: what a human should know about the answers or the fit (dropped rows, a class that vanished).
    """

    name: str = ""

    items_: list[Any]
    workers_: list[Any]
    classes_: list[Any]
    probas_: Any
    labels_: list[Any]
    tied_: Any
    confidence_: Floats
    skills_: Floats | None
    rounds_: int
    converged_: bool
    problems_: list[Problem]

    def __init__(self, *, priors: Mapping[Any, float] | None = None) -> None:
        self.priors = priors

    def fit(self, answers: Answers, gold: Mapping[Any, Any] | None = None) -> Self:
        """Fit the model; gold items are clamped to their known label.

        Args:
            answers: checked answers.
            gold: ``{item: right label}``; items nobody answered are reported and left out.

        Raises:
            InputError: ``answers`` is not an ``Answers``, or the model cannot handle so many classes.
        """
        if not isinstance(answers, Answers):
            raise InputError(
                f"fit expects Answers, got {type(answers).__name__}: use Answers.from_arrays, from_frame or read_answers.",
                zh=f"fit 需要 Answers,得到的是 {type(answers).__name__}:请先用 Answers.from_arrays 等读入。",
                code="answers_expected",
            )
        self.fit_votes(Votes(answers, gold, self.priors))
        chance = alpha(answers, bootstrap=0)
        if chance.value is not None and chance.units >= 20 and chance.value < 0.02:
            self.problems_.append(
                Problem(
                    "no_agreement",
                    "warn",
                    zh=f"作答之间的一致性不高于随机(α = {chance.value:.3f}):结果不可信,请先检查说明书和作答。",
                    en=f"Answers agree no more than chance (alpha {chance.value:.3f}): do not trust the result, "
                    "look at the guideline and the answers.",
                )
            )
        return self

    def fit_votes(self, votes: Votes) -> Self:
        """Fit from already prepared votes, which several models may share."""
        self.items_, self.workers_ = votes.answers.items, votes.answers.workers
        self.classes_ = votes.answers.labels
        self.skills_, self.rounds_, self.converged_ = None, 0, True
        self.problems_ = [*votes.answers.problems, *votes.problems]
        self.probas_ = self._fit(votes)
        usual = votes.class_mass if votes.priors is None else votes.priors
        codes, self.tied_, self.confidence_ = decide(self.probas_, usual)
        self.labels_ = [self.classes_[code] for code in codes.tolist()]
        lost = collapsed_classes(class_totals(self.probas_), votes.class_mass, votes.T)
        if len(lost):
            named = ", ".join(repr(self.classes_[k]) for k in lost[:5])
            self.problems_.append(
                Problem(
                    "class_collapsed",
                    "warn",
                    zh=f"{self.name} 几乎不再给出类别 {named},远少于投票;请换一种方法或查看作答。",
                    en=f"{self.name} hardly gives class {named} any more, far less than the votes do; "
                    "use another method or look at the answers.",
                )
            )
        return self

    def fit_predict(self, answers: Answers, gold: Mapping[Any, Any] | None = None) -> list[Any]:
        """Fit and return ``labels_`` in the order of ``items_``."""
        return self.fit(answers, gold).labels_

    def fit_predict_proba(self, answers: Answers, gold: Mapping[Any, Any] | None = None) -> Any:
        """Fit and return ``probas_``, ``(T, K)``."""
        return self.fit(answers, gold).probas_

    @abc.abstractmethod
    def _fit(self, votes: Votes) -> Any:
        """Return the posterior ``(T, K)`` and set ``skills_``, ``rounds_``, ``converged_``."""


def class_totals(probas: Any) -> Floats:
    """``(K,)`` mean posterior of each class."""
    return np.asarray(probas.mean(axis=0), dtype=np.float64).ravel()


def collapsed_classes(mass: Floats, votes_mass: Floats, items: int) -> Any:
    """Classes whose mass fell below a fifth of what the votes give them (quality reference, 3.3).

    Only classes to which the votes give at least five items and a noticeable share count.
    """
    noticeable = (votes_mass * items >= 5) & (votes_mass >= min(0.02, 0.5 / len(mass)))
    return np.flatnonzero(noticeable & (mass < votes_mass / 5))


def decide(probas: Any, class_mass: Floats) -> tuple[Any, Any, Floats]:
    """Most probable class of each row: codes ``(T,)``, whether it was a tie, its probability."""
    if hasattr(probas, "tocsr"):
        return _decide_sparse(probas.tocsr(), class_mass)
    best = probas.max(axis=1)
    near = probas >= best[:, None] - 1e-9
    tied = near.sum(axis=1) > 1
    codes = probas.argmax(axis=1)
    if tied.any():
        rows = np.flatnonzero(tied)
        codes[rows] = np.where(near[rows], class_mass[None, :], -1.0).argmax(axis=1)
    return codes, tied, np.asarray(best)


def _decide_sparse(probas: Any, class_mass: Floats) -> tuple[Any, Any, Floats]:
    rows = np.repeat(np.arange(probas.shape[0]), np.diff(probas.indptr))
    best = np.zeros(probas.shape[0])
    np.maximum.at(best, rows, probas.data)
    near = probas.data >= best[rows] - 1e-9
    tied = np.bincount(rows[near], minlength=len(best)) > 1
    order = np.lexsort((probas.indices, -class_mass[probas.indices], ~near, rows))
    first = np.r_[True, np.diff(rows[order]) > 0]
    codes = np.zeros(len(best), dtype=np.int64)
    codes[rows[order][first]] = probas.indices[order][first]
    return codes, tied, best
