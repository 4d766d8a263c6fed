"""Hints from active time: too fast, too regular. For a human to look at, never a verdict."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec
import numpy as np

from doujia.consensus.answers import Answers, Floats
from doujia.consensus.people.skill import right_by_others
from doujia.consensus.votes import Votes
from doujia.errors import InputError, Message

__all__ = ["TimingHint", "timing_hints"]


class TimingHint(msgspec.Struct, frozen=True):
    """Something about a worker's times that is worth a friendly question.

    Attributes:
        kind: ``fast`` or ``regular``.
        answers: how many answers it rests on. share: of them that are concerned.
        right_when_fast, right_otherwise: probability of being right (judged by the others), None for ``regular``.
        note: what was seen, and the innocent explanations.
    """

    worker: Any
    kind: Literal["fast", "regular"]
    answers: int
    share: float
    right_when_fast: float | None
    right_otherwise: float | None
    note: Message


def timing_hints(
    answers: Answers,
    gold: Mapping[Any, Any] | None = None,
    *,
    min_answers: int = 20,
    fast_part: float = 0.25,
    regular_variation: float = 0.1,
) -> list[TimingHint]:
    """Look for answers in less than ``fast_part`` of the item's usual time that are also less often right, and for
    times that hardly vary.

    Speed alone is no hint: skilled people are fast. ``fast`` needs an accuracy drop beyond chance (one-sided 1 %).

    Args:
        min_answers: workers with fewer timed answers are left alone.
        fast_part: of the item's median time over all workers (of the overall median when it has few answers).
        regular_variation: robust coefficient of variation of log time below which times are too regular.

    Raises:
        InputError: the answers carry no ``active_ms``.
    """
    if answers.active_ms is None:
        raise InputError(
            "The answers carry no active_ms.", zh="作答没有 active_ms(有效工时)列。", code="time_missing"
        )
    timed = np.isfinite(answers.active_ms) & (answers.active_ms > 0)
    if not timed.any():
        return []
    part = answers.restricted(timed)
    assert part.active_ms is not None
    votes = Votes(part, gold)
    right = right_by_others(votes)
    usual = _usual_time(votes, part.active_ms)
    ratio = part.active_ms / usual
    found = []
    for w, name in enumerate(part.workers):
        rows = np.flatnonzero(votes.worker == w)
        if len(rows) < min_answers:
            continue
        hint = _fast(name, ratio[rows] < fast_part, right[rows])
        if hint is not None:
            found.append(hint)
        logs = np.log(part.active_ms[rows])
        spread = 1.4826 * float(np.median(np.abs(logs - np.median(logs))))
        if spread < regular_variation:
            found.append(_regular(name, len(rows), spread))
    return found


def _usual_time(votes: Votes, active_ms: Floats) -> Floats:
    """Median time of each answer's item, or the overall median where fewer than three people answered it."""
    overall = float(np.median(active_ms))
    order = np.lexsort((active_ms, votes.item))
    counts = np.bincount(votes.item, minlength=votes.T)
    starts = np.cumsum(counts) - counts
    low = active_ms[order][np.minimum(starts + (counts - 1) // 2, votes.n - 1)]
    high = active_ms[order][np.minimum(starts + counts // 2, votes.n - 1)]
    return np.asarray(np.where(counts >= 3, (low + high) / 2, overall)[votes.item])


def _fast(name: Any, fast: Any, right: Floats) -> TimingHint | None:
    n = int(fast.sum())
    if n < 5 or n == len(fast):
        return None
    when_fast, otherwise = float(right[fast].mean()), float(right[~fast].mean())
    error = np.sqrt(right[fast].var() / n + right[~fast].var() / (len(fast) - n)) + 1e-9
    if (otherwise - when_fast) / error < 2.33:
        return None
    share = n / len(fast)
    note = Message(
        zh=f"{share:.0%} 的作答用时不到该题通常用时的四分之一,且正确率从 {otherwise:.0%} 降到 {when_fast:.0%}。"
        "也可能是题目重复或先看后答,请与本人沟通。",
        en=f"{share:.0%} of the answers took less than a quarter of the item's usual time and were right in "
        f"{when_fast:.0%} instead of {otherwise:.0%}. Repeated items or reading ahead may explain it: ask her.",
    )
    return TimingHint(name, "fast", len(fast), share, when_fast, otherwise, note)


def _regular(name: Any, answers: int, spread: float) -> TimingHint:
    note = Message(
        zh=f"{answers} 次作答的用时几乎不变(变异 {spread:.0%})。也可能是固定节奏或计时被限制,请与本人沟通。",
        en=f"The times of {answers} answers hardly vary ({spread:.0%}). A steady rhythm or a timer may explain it: ask her.",
    )
    return TimingHint(name, "regular", answers, 1.0, None, None, note)
