"""Spans of text: exact and relaxed F1."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from doujia.marks import At, Mark, Span, Spans

__all__ = ["PRF", "ranges_of", "span_f1", "span_overlap"]


@dataclass(frozen=True)
class PRF:
    """Precision, recall and F1 with the counts behind them; 1 for two empty sets."""

    hits: float
    guessed: int
    true: int

    @property
    def precision(self) -> float:
        """hits / guessed."""
        return self.hits / self.guessed if self.guessed else float(self.true == 0)

    @property
    def recall(self) -> float:
        """hits / true."""
        return self.hits / self.true if self.true else float(self.guessed == 0)

    @property
    def f1(self) -> float:
        """Harmonic mean."""
        total = self.guessed + self.true
        return 2 * self.hits / total if total else 1.0


def ranges_of(geometry: Span | Spans) -> list[tuple[int, int]]:
    """Return the half-open ranges of code points that a mention covers."""
    return (
        [(geometry.start, geometry.end)]
        if isinstance(geometry, Span)
        else [(s, e) for s, e in geometry.ranges]
    )


def span_overlap(first: Span | Spans, second: Span | Spans) -> float:
    """Return the IoU of the code points that two mentions cover."""
    a = {i for s, e in ranges_of(first) for i in range(s, e)}
    b = {i for s, e in ranges_of(second) for i in range(s, e)}
    union = len(a | b)
    return len(a & b) / union if union else 1.0


def span_f1(truth: Sequence[Mark], guess: Sequence[Mark], *, relaxed: bool = False) -> PRF:
    """Return precision, recall and F1 of labelled spans.

    Args:
        truth, guess: marks of one item; spans of different messages or pages are different.
        relaxed: a span counts by its IoU with the best partner of the same class, one to one (partial credit, MUC-like);
            otherwise class and both ends must be the same.
    """
    a, b = _spans(truth), _spans(guess)
    if not relaxed:
        rest = list(b)
        hits = 0
        for span in a:
            if span in rest:
                rest.remove(span)
                hits += 1
        return PRF(hits, len(b), len(a))
    if not a or not b:
        return PRF(0, len(b), len(a))
    import numpy as np

    from doujia.metrics.matching import assign

    table = np.array([[_credit(x, y) for y in b] for x in a])
    return PRF(float(sum(table[r, c] for r, c in assign(table, 1e-9))), len(b), len(a))


_Labelled = tuple[str | None, At, tuple[tuple[int, int], ...]]


def _spans(marks: Iterable[Mark]) -> list[_Labelled]:
    return [
        (m.label, m.at or At(), tuple(ranges_of(m.geometry)))
        for m in marks
        if isinstance(m.geometry, (Span, Spans))
    ]


def _credit(a: _Labelled, b: _Labelled) -> float:
    if a[:2] != b[:2]:
        return 0.0
    return span_overlap(Spans(list(a[2])), Spans(list(b[2])))
