"""When a rule acts: a pure function of the rule and one person's events in order, so that replay gives the same firings.

After it has acted the window begins anew. Events are known results, verdicts or closed weeks, the oldest first.
"""

from __future__ import annotations

import math
import operator
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache

from doujia.server.quality.rulebook import Collect, RuleDoc

__all__ = ["Event", "Fire", "replay"]

OPS: dict[str, Callable[[float, float], bool]] = {
    "gte": operator.ge, "gt": operator.gt, "lte": operator.le, "lt": operator.lt
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Event:
    """Something that was found out about a person's work.

    Attributes:
        id: of the graded answer, the review or the week. right: out of ``total`` (1 but for weeks).
        returned: the answer went back. errors: error classes of its findings, each once.
        below: a week below the line beyond chance.
    """

    id: str
    at: datetime
    right: int
    total: int = 1
    returned: bool = False
    errors: tuple[str, ...] = ()
    below: bool = False


@dataclass(frozen=True)
class Fire:
    """A rule acts.

    Attributes:
        end: the event at which it does. window: ids of all it looked at. values: by key, what was compared.
        error_class: the most frequent one of the window, empty when there is none.
    """

    end: str
    at: datetime
    window: tuple[str, ...]
    values: dict[str, float]
    error_class: str


@dataclass
class _State:
    """The window of one rule and person."""

    collect: Collect
    events: deque[Event] = field(default_factory=deque)
    level: float = 0.0
    row: int = 0

    def take(self, event: Event) -> None:
        self.events.append(event)
        if len(self.events) > self.collect.last_n:
            self.events.popleft()
        good, bad = self.collect.p_good_percent / 100, self.collect.p_bad_percent / 100
        step = math.log(bad / good) if event.right else math.log((1 - bad) / (1 - good))
        self.level = max(0.0, self.level + step)
        self.row = self.row + 1 if event.below else 0

    def value(self, key: str) -> float | None:
        """Return what a key says now; None while there is nothing to take a share of."""
        name = key.split(".", 1)[1]
        right, total = sum(e.right for e in self.events), sum(e.total for e in self.events)
        match name:
            case "graded_count" | "checked_count":
                return float(total)
            case "passed_percent" | "right_percent":
                return 100.0 * right / total if total else None
            case "upper_percent":
                return 100.0 * _upper(right, total) if total else None
            case "cusum_sum":
                return self.level
            case "returned_count":
                return float(sum(e.returned for e in self.events))
            case "same_error_count":
                return float(max(self._errors().values(), default=0))
            case "below_in_row_count":
                return float(self.row)
        raise ValueError(key)

    def worst(self) -> str:
        found = self._errors()
        return min(found, key=lambda name: (-found[name], name)) if found else ""

    def _errors(self) -> Counter[str]:
        return Counter(name for e in self.events for name in e.errors)


@cache
def _upper(right: int, total: int) -> float:
    from doujia.consensus.people import check_line  # numpy and scipy only where a rule asks for it

    return check_line(right, total, 1.0).high


def replay(rule: RuleDoc, events: Iterable[Event]) -> Iterator[Fire]:
    """Yield every moment at which a rule acts over one person's events."""
    state = _State(rule.collect)
    for event in events:
        state.take(event)
        values: dict[str, float] = {}
        for condition in rule.when:
            value = state.value(condition.key)
            if value is None or not OPS[condition.op](value, condition.value):
                break
            values[condition.key] = value
        else:
            yield Fire(event.id, event.at, tuple(e.id for e in state.events), values, state.worst())
            state = _State(rule.collect)
