"""The operating curve of a rule: how often it would act by chance, shown before it goes live."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

from doujia.server.quality.replay import Event, replay
from doujia.server.quality.rulebook import RuleDoc

__all__ = ["Curve", "curve"]

ACCURACIES = (0.98, 0.95, 0.9, 0.85, 0.8, 0.7, 0.6)
WITHIN = 50
RUNS = 1000
WEEK_ANSWERS = 100
WEEKS = 4
ERRORS = 6
"""Kinds of error among which a simulated person's errors fall evenly."""
_START = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Curve:
    """How often a rule acts for a person of a true accuracy.

    Attributes:
        within: events considered; ``unit`` what they are: ``gold``, ``reviews`` or ``weeks`` (of 100 checked answers).
        exact: computed, not simulated; ``error`` is the largest standard error of a simulated chance.
    """

    unit: str
    within: int
    accuracy: list[float]
    trigger: list[float]
    exact: bool
    error: float


def curve(rule: RuleDoc, *, line: float, seed: int = 7) -> Curve:
    """Return the chance that a rule acts at least once, by true accuracy.

    Exact where the rule is the cumulative sum alone; else from 1,000 seeded people a point. Errors are independent and of
    six kinds in equal parts; a person with one weakness meets rules about the same error sooner.

    Args:
        line: of the project, for rules about weeks below it.
    """
    accuracies = list(ACCURACIES)
    if len(rule.when) == 1 and rule.when[0].key == "gold.cusum_sum":
        from doujia.consensus.people import Cusum

        c = rule.collect
        sums = Cusum(
            p_good=c.p_good_percent / 100, p_bad=c.p_bad_percent / 100, limit=rule.when[0].value
        ).curve(accuracies, WITHIN)
        return Curve("gold", WITHIN, accuracies, sums.trigger, True, 0.0)
    weekly = rule.collect.source == "week"
    unit, within = ("weeks", WEEKS) if weekly else (rule.collect.source, WITHIN)
    trigger = []
    for accuracy in accuracies:
        draw = random.Random(f"{seed}/{accuracy}")
        people = (_weeks(draw, accuracy, line) if weekly else _answers(draw, accuracy) for _ in range(RUNS))
        trigger.append(sum(next(replay(rule, one), None) is not None for one in people) / RUNS)
    worst = max((p * (1 - p) / RUNS) ** 0.5 for p in trigger)
    return Curve(unit, within, accuracies, trigger, False, worst)


def _answers(draw: random.Random, accuracy: float) -> list[Event]:
    out = []
    for n in range(WITHIN):
        right = draw.random() < accuracy
        errors = () if right else (f"e{draw.randrange(ERRORS)}",)
        out.append(Event(str(n), _START, int(right), 1, not right, errors))
    return out


def _weeks(draw: random.Random, accuracy: float, line: float) -> list[Event]:
    out = []
    for n in range(WEEKS):
        right = sum(draw.random() < accuracy for _ in range(WEEK_ANSWERS))
        out.append(Event(str(n), _START, right, WEEK_ANSWERS, below=_below(right, line)))
    return out


@cache
def _below(right: int, line: float) -> bool:
    from doujia.consensus.people import check_line

    return check_line(right, WEEK_ANSWERS, line).below
