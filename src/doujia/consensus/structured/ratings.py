"""Ratings and other numbers: every worker has a bias and a precision."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

import numpy as np

from doujia.consensus.answers import Answers, Ints, contradiction
from doujia.consensus.structured.robust import Floats
from doujia.consensus.votes import tally
from doujia.errors import InputError

__all__ = ["RatingModel"]


class RatingModel:
    r"""Answers :math:`y = t_i + b_w + \epsilon`, variance :math:`\sigma_w^2`.

    .. math::
        t_i = \frac{\sum_w \tau_w (y - b_w)}{\sum_w \tau_w}, \quad
        b_w = \frac{\sum_i (y - t_i)}{N_w + 4}, \quad
        \frac1{\tau_w} = \frac{4 s_0^2 + \sum_i (y - b_w - t_i)^2}{4 + N_w}

    :math:`s_0^2` is the pooled variance; :math:`\sum_w b_w = 0` unless gold fixes the level. Values are rounded to the
    scale at the end only.

    Args:
        scale: the allowed values, for ``labels_``; None leaves the numbers as they are.

    Attributes:
        items_, workers_: ids. values_: ``(T,)`` t. errors_: ``(T,)`` standard errors of t.
        labels_: values rounded to ``scale``. bias_, deviation_: ``(W,)`` b and σ.
    """

    items_: list[Any]
    workers_: list[Any]
    labels_: list[float]
    values_: Floats
    errors_: Floats
    bias_: Floats
    deviation_: Floats

    def __init__(
        self, *, scale: list[float] | None = None, max_rounds: int = 200, tolerance: float = 1e-6
    ) -> None:
        self.scale, self.max_rounds, self.tolerance = scale, max_rounds, tolerance

    def fit(self, answers: Answers, gold: Mapping[Any, float] | None = None) -> Self:
        """Fit to answers whose labels are numbers.

        Raises:
            InputError: a label is not a number, or gold is none or says two things of one item.
        """
        try:
            numbers = np.array([float(label) for label in answers.labels])
        except (TypeError, ValueError) as error:
            raise InputError(
                f"Ratings must be numbers, got {answers.labels[0]!r}.",
                zh=f"评分应为数字,得到 {answers.labels[0]!r}。",
                code="labels_not_numbers",
            ) from error
        y = numbers[answers.label]
        W, T = len(answers.workers), len(answers.items)
        weight = np.ones(len(y)) if answers.weight is None else answers.weight
        fixed, levels = _levels(answers, gold or {})
        count = tally(answers.worker, weight, W)
        bias, precision = np.zeros(W), np.ones(W)
        truth = np.zeros(T)
        for _ in range(self.max_rounds):
            heavy = weight * precision[answers.worker]
            strength = np.maximum(tally(answers.item, heavy, T), 1e-12)
            new = tally(answers.item, heavy * (y - bias[answers.worker]), T) / strength
            new[fixed] = levels
            rest = y - new[answers.item]
            bias = tally(answers.worker, weight * rest, W) / (count + 4)
            if not len(fixed):
                bias -= bias.mean()
            square = (rest - bias[answers.worker]) ** 2
            pooled = max(float((weight * square).sum() / max(weight.sum(), 1e-12)), 1e-9)
            variance = (4 * pooled + tally(answers.worker, weight * square, W)) / (4 + count)
            precision = 1 / variance
            moved = float(np.abs(new - truth).max())
            truth = new
            if moved < self.tolerance:
                break
        self.items_, self.workers_ = answers.items, answers.workers
        self.values_, self.bias_, self.deviation_ = truth, bias, np.sqrt(variance)
        self.errors_ = np.sqrt(
            1 / np.maximum(tally(answers.item, weight * precision[answers.worker], T), 1e-12)
        )
        self.errors_[fixed] = 0.0
        self.labels_ = [self._rounded(value) for value in truth.tolist()]
        return self

    def _rounded(self, value: float) -> float:
        return value if self.scale is None else min(self.scale, key=lambda step: (abs(step - value), step))


def _levels(answers: Answers, gold: Mapping[Any, Any]) -> tuple[Ints, Floats]:
    """Codes of the items whose rating is known, and these ratings."""
    places = {item: code for code, item in enumerate(answers.items)}
    texts = {str(item): code for code, item in enumerate(answers.items)}
    known: dict[int, float] = {}
    for item, value in gold.items():
        code = places.get(item, texts.get(str(item)))
        if code is None or value is None or value != value:
            continue
        level = _number(value)
        if known.setdefault(code, level) != level:
            raise contradiction(1, item, known[code], level)
    return np.array(list(known), dtype=np.int64), np.array(list(known.values()), dtype=np.float64)


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError) as error:
        raise InputError(
            f"Gold of ratings must be numbers, got {value!r}.", zh=f"评分的考核答案应为数字,得到 {value!r}。",
            code="labels_not_numbers",
        ) from error  # fmt: skip
