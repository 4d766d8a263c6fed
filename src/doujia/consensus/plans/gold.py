"""How much gold, and how often one item may be shown."""

from __future__ import annotations

import math

import msgspec

from doujia.consensus.intervals import wilson
from doujia.errors import InputError

__all__ = ["GoldPlan", "gold_needed", "gold_plan", "item_looks_known"]


class GoldPlan(msgspec.Struct, frozen=True):
    """Gold for one task type over a period.

    Attributes:
        rate: share of a person's tasks that are gold. per_person: gold tasks she sees in the period.
        items: different gold items needed. exposure: most showings of one item in the hall.
        half_width: of the 95 % interval of her accuracy after the period.
    """

    rate: float
    per_person: int
    items: int
    exposure: int
    half_width: float


def gold_needed(accuracy: float, half_width: float, confidence: float = 0.95) -> int:
    """Gold results until the Wilson interval of a person of this accuracy has at most this half-width."""
    if not 0 < accuracy < 1 or not 0 < half_width < 0.5:
        raise InputError(
            f"Need 0 < accuracy < 1 and 0 < half_width < .5; got {accuracy}, {half_width}.",
            zh=f"应有 0 < 正确率 < 1、0 < 半宽 < 0.5;得到 {accuracy}、{half_width}。",
            code="plan_invalid",
        )
    low, high = 1, 2
    while _half(accuracy, high, confidence) > half_width:
        high *= 2
    while low < high:
        middle = (low + high) // 2
        if _half(accuracy, middle, confidence) <= half_width:
            high = middle
        else:
            low = middle + 1
    return low


def _half(accuracy: float, n: int, confidence: float) -> float:
    low, high = wilson(accuracy * n, n, confidence)
    return (high - low) / 2


def gold_plan(
    tasks_per_person: int, people: int, *, exposure: int = 50, minimum: int = 15, accuracy: float = 0.95
) -> GoldPlan:
    r"""Gold rate and pool size: about :math:`\sqrt{L}` gold tasks for L tasks, each shown once to a person.

    Args:
        tasks_per_person: tasks of a person in the period. people: who share the pool.
        exposure: cap on showings of one item in the hall; colluders find gold by its recurrence.
        minimum: never fewer gold tasks than this (or the tasks themselves).

    Source: Q. Liu, A. Ihler, M. Steyvers, *Scoring workers in crowdsourcing: how many control questions are enough?*,
    NIPS 2013; A. Checco, J. Bates, G. Demartini, *Adversarial attacks on crowdsourcing quality control*, JAIR 67
    (2020).
    """
    if min(tasks_per_person, people, exposure) < 1:
        raise InputError("Tasks, people and exposure must be at least 1.", zh="任务数、人数和曝光上限至少为 1。",
                         code="plan_invalid")  # fmt: skip
    each = min(tasks_per_person, max(minimum, math.ceil(math.sqrt(tasks_per_person))))
    items = max(each, math.ceil(people * each / exposure))
    return GoldPlan(each / tasks_per_person, each, items, exposure, _half(accuracy, each, 0.95))


def item_looks_known(results: list[bool], *, risk: float = 0.01) -> bool:
    """Whether accuracy on a gold item rose with its age: first against last third of its showings, one-sided test.

    Such an item has leaked and is retired. Needs 30 showings.
    """
    from scipy.stats import fisher_exact

    third = len(results) // 3
    if third < 10:
        return False
    early, late = sum(results[:third]), sum(results[-third:])
    table = [[late, third - late], [early, third - early]]
    return bool(fisher_exact(table, alternative="greater").pvalue < risk)
