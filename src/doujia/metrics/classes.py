"""Labels of whole items: accuracy, F1 and the confusion table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from doujia.errors import InputError

__all__ = ["Confusion", "confusion"]


@dataclass(frozen=True)
class Confusion:
    """How often each true class was called each class."""

    counts: dict[tuple[Hashable, Hashable], int]
    classes: list[Hashable]

    @property
    def accuracy(self) -> float:
        """Share of items called what they are; NaN without items."""
        total = sum(self.counts.values())
        return sum(n for (t, g), n in self.counts.items() if t == g) / total if total else float("nan")

    def f1(self, name: Hashable) -> float:
        """Return F1 of one class; 0 when it was never right."""
        hit = self.counts.get((name, name), 0)
        seen = sum(n for (t, _), n in self.counts.items() if t == name)
        said = sum(n for (_, g), n in self.counts.items() if g == name)
        return 2 * hit / (seen + said) if seen + said else 0.0

    @property
    def macro_f1(self) -> float:
        """Unweighted mean of F1 over the classes that occur on either side."""
        return sum(self.f1(c) for c in self.classes) / len(self.classes) if self.classes else float("nan")


def confusion(truth: Sequence[Hashable], guess: Sequence[Hashable]) -> Confusion:
    """Return the confusion of two equally long lists of labels.

    Raises:
        InputError: the lists differ in length.
    """
    if len(truth) != len(guess):
        raise InputError(
            f"{len(truth)} true labels and {len(guess)} guessed ones.",
            zh=f"标准有 {len(truth)} 个,答案有 {len(guess)} 个。",
            code="lengths_differ",
        )
    counts = Counter(zip(truth, guess, strict=True))
    return Confusion(dict(counts), sorted({*truth, *guess}, key=str))
