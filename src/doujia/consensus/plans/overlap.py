"""Sequential overlap: ask one person more only while the answer is not sure enough."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import msgspec
import numpy as np

from doujia.consensus.answers import Answers, Floats, Ints
from doujia.consensus.dawid_skene import DawidSkene
from doujia.consensus.votes import Votes
from doujia.errors import InputError

__all__ = ["OverlapRule", "Replay", "one_coin_posterior", "replay"]


class OverlapRule(msgspec.Struct, frozen=True):
    """Stop when the (calibrated) posterior reaches ``confidence``, never before ``at_least`` nor after ``at_most``."""

    confidence: float = 0.95
    at_least: int = 2
    at_most: int = 5

    def __post_init__(self) -> None:
        if not 0.5 <= self.confidence < 1 or not 1 <= self.at_least <= self.at_most:
            raise InputError(
                f"Need .5 <= confidence < 1 and 1 <= at_least <= at_most; got {self.confidence}, {self.at_least}, "
                f"{self.at_most}.",
                zh=f"应有 0.5 ≤ 置信度 < 1、1 ≤ 最少 ≤ 最多;得到 {self.confidence}、{self.at_least}、{self.at_most}。",
                code="rule_invalid",
            )

    def decide(self, posterior: float, answers: int) -> Literal["ask", "stop", "arbitrate"]:
        """What to do with an item whose best class has ``posterior`` after ``answers`` answers."""
        if answers < self.at_least:
            return "ask"
        if posterior >= self.confidence:
            return "stop"
        return "ask" if answers < self.at_most else "arbitrate"


def one_coin_posterior(
    labels: Sequence[Any], skills: Sequence[float], classes: Sequence[Any]
) -> dict[Any, float]:
    r"""Posterior of each class by :math:`L(k) = \prod_w p_w` or :math:`(1 - p_w) / (K - 1)`, uniform prior."""
    if len(labels) != len(skills) or any(label not in classes for label in labels) or len(classes) < 2:
        raise InputError(
            "Need one skill per label and labels among at least two classes.",
            zh="每个答案需对应一个技能值,且答案应在至少两个类别之中。",
            code="lengths_differ",
        )
    clipped = [min(max(float(p), 1e-6), 1 - 1e-6) for p in skills]
    scores = [
        sum(np.log(p) if label == k else np.log((1 - p) / (len(classes) - 1)) for label, p in zip(labels, clipped, strict=True))
        for k in classes
    ]  # fmt: skip
    z = np.exp(np.array(scores) - max(scores))
    return dict(zip(classes, (z / z.sum()).tolist(), strict=True))


class Replay(msgspec.Struct, frozen=True):
    """What a rule would have done with recorded answers in one random order.

    Attributes:
        labels: the chosen label of every item, in the order of ``answers.items``.
        used: ``(T,)`` answers taken for each item.
        unsure: items that reached ``at_most`` without being sure.
    """

    labels: list[Any]
    used: Ints
    unsure: int


def replay(
    answers: Answers,
    rule: OverlapRule,
    *,
    gold: Mapping[Any, Any] | None = None,
    seed: int = 0,
    shrinkage: float = 8.0,
    prior_answers: Answers | None = None,
) -> Replay:
    """Deal recorded answers item by item in random order and stop each item by ``rule``.

    Every wave takes one more answer on each open item and refits ``DawidSkene`` on what has been taken (and on
    ``prior_answers``, earlier work of the same people), as the nightly job of a platform would. The same seed deals the
    same order to every rule.
    """
    rng = np.random.default_rng(seed)
    turn = _turns(answers, rng.random(len(answers)))
    T = len(answers.items)
    available = np.bincount(answers.item, minlength=T)
    limit = np.minimum(rule.at_most, available)
    taken = np.minimum(rule.at_least, available)
    earlier = _joined(answers, prior_answers)
    sure = np.zeros(T, dtype=bool)
    while True:
        rows = np.flatnonzero(turn < taken[answers.item])
        model = DawidSkene(shrinkage=shrinkage, max_rounds=30)
        probas = _fit(model, answers, rows, earlier, gold)
        best = probas.max(axis=1)
        sure |= best >= rule.confidence
        open_ = ~sure & (taken < limit)
        if not open_.any():
            break
        taken = taken + open_
    codes = probas.argmax(axis=1)
    return Replay(
        [answers.labels[k] for k in codes.tolist()], taken, int((~sure & (taken >= rule.at_most)).sum())
    )


def _turns(answers: Answers, key: Floats) -> Ints:
    """``(n,)`` place of each answer in the random order of its item."""
    order = np.lexsort((key, answers.item))
    starts = np.cumsum(np.bincount(answers.item)) - np.bincount(answers.item)
    turn = np.empty(len(key), dtype=np.int64)
    turn[order] = np.arange(len(key)) - starts[answers.item[order]]
    return turn


def _joined(answers: Answers, prior: Answers | None) -> Answers | None:
    """Earlier answers recoded to the workers and labels at hand, on items of their own."""
    if prior is None:
        return None
    workers = {name: code for code, name in enumerate(answers.workers)}
    labels = {name: code for code, name in enumerate(answers.labels)}
    worker = np.array([workers.get(name, -1) for name in prior.workers])[prior.worker]
    label = np.array([labels.get(name, -1) for name in prior.labels])[prior.label]
    keep = (worker >= 0) & (label >= 0)
    return msgspec.structs.replace(
        prior,
        item=prior.item[keep],
        worker=worker[keep],
        label=label[keep],
        time=None,
        active_ms=None,
        weight=None,
    )


def _fit(
    model: DawidSkene, answers: Answers, rows: Ints, earlier: Answers | None, gold: Mapping[Any, Any] | None
) -> Floats:
    part = msgspec.structs.replace(answers.restricted(rows), time=None, active_ms=None, weight=None)
    if earlier is not None:
        T = len(answers.items)
        part = msgspec.structs.replace(
            part,
            item=np.concatenate([part.item, earlier.item + T]),
            worker=np.concatenate([part.worker, earlier.worker]),
            label=np.concatenate([part.label, earlier.label]),
            items=[*answers.items, *[("earlier", name) for name in earlier.items]],
        )
    known = dict(gold or {})
    if earlier is not None and gold:
        known.update({("earlier", name): gold[name] for name in earlier.items if name in gold})
    model.fit_votes(Votes(part, known))
    return np.asarray(model.probas_[: len(answers.items)])
