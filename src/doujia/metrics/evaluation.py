"""A whole set of answers against the truth: counts, and for every kind of mark that occurs the field's own measure.

Items are added one by one; what is kept are sums (and, for tracks, the frames), so that the set may be of any size.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from doujia.marks import Item, ItemMarks, Keypoints, Mark, Mask, Polyline, Ranking, Rating, Span, Spans, Track
from doujia.marks.item import VideoMedia
from doujia.metrics.detection import companions, instance_area
from doujia.metrics.matching import Matched, match
from doujia.metrics.overlap import boundary_f
from doujia.metrics.points import line_distance, nme, oks
from doujia.metrics.ranks import kendall_tau
from doujia.metrics.spans import PRF, span_f1
from doujia.metrics.speech import ErrorRate, cer
from doujia.metrics.tracks import Frame, frames_of, tracking

__all__ = ["Evaluation"]


class _Mean:
    """A mean that is added to."""

    def __init__(self) -> None:
        self.total, self.count = 0.0, 0

    def add(self, value: float) -> None:
        if not math.isnan(value):
            self.total, self.count = self.total + value, self.count + 1

    def value(self) -> float | None:
        return self.total / self.count if self.count else None


class Evaluation:
    """Counts and measures over a set.

    Args:
        threshold: least similarity of a pair (IoU where there is an area).

    >>> from doujia.marks import Box
    >>> one = ItemMarks(Item(id="1"), [Mark(id="a", label="car", geometry=Box(0, 0, 10, 10))])
    >>> run = Evaluation()
    >>> run.add(one, one.marks).label_f1
    1.0
    >>> run.result()["pairs"]
    1
    """

    def __init__(self, *, threshold: float = 0.5) -> None:
        self._threshold = threshold
        self._pairs = self._missed = self._extra = self._label_errors = 0
        self._similarity = 0.0
        self._classes: dict[str, list[int]] = {}
        self._means: dict[str, _Mean] = {}
        self._spans: dict[str, PRF] = {}
        self._errors: ErrorRate | None = None
        self._frames: list[Frame] = []

    def add(self, truth: ItemMarks, guess: Sequence[Mark]) -> Matched:
        """Add one item; returns how its marks were matched."""
        matched = match(truth.marks, guess, threshold=self._threshold)
        self._pairs += len(matched.pairs)
        self._missed += len(matched.missed)
        self._extra += len(matched.extra)
        self._label_errors += matched.label_errors
        self._similarity += sum(p.similarity for p in matched.pairs)
        objects = companions(truth.marks)
        for pair in matched.pairs:
            right, said = truth.marks[pair.truth], guess[pair.guess]
            self._count(right, 0 if pair.same_label else 1)
            if not pair.same_label:
                self._count(said, 2)
            self._pair(right, said, objects)
        for index in matched.missed:
            self._count(truth.marks[index], 1)
        for index in matched.extra:
            self._count(guess[index], 2)
        self._texts(truth.marks, guess, matched)
        if any(isinstance(m.geometry, Span | Spans) for m in (*truth.marks, *guess)):
            for name, relaxed in (("exact", False), ("relaxed", True)):
                found, before = (
                    span_f1(truth.marks, guess, relaxed=relaxed),
                    self._spans.get(name, PRF(0, 0, 0)),
                )
                self._spans[name] = PRF(
                    before.hits + found.hits, before.guessed + found.guessed, before.true + found.true
                )
        self._tracks(truth.item, truth.marks, guess)
        return matched

    def result(self) -> dict[str, Any]:
        """Return the counts, shares and measures so far, ready for JSON.

        ``classes``: class → right, missed (also: taken for another class), extra, f1. ``measures``: only what occurs.
        """
        pairs, missed, extra = self._pairs, self._missed, self._extra
        total = 2 * pairs + missed + extra
        return {
            "iou": self._threshold, "pairs": pairs, "missed": missed, "extra": extra, "label_errors": self._label_errors,
            "precision": pairs / (pairs + extra) if pairs + extra else 1.0,
            "recall": pairs / (pairs + missed) if pairs + missed else 1.0,
            "f1": 2 * (pairs - self._label_errors) / total if total else 1.0,
            "mean_similarity": self._similarity / pairs if pairs else None,
            "classes": {
                c: {"right": r, "missed": m, "extra": e, "f1": 2 * r / (2 * r + m + e) if r + m + e else 1.0}
                for c, (r, m, e) in sorted(self._classes.items())
            },
            "measures": self._measures(),
        }  # fmt: skip

    def _measures(self) -> dict[str, Any]:
        found: dict[str, Any] = {name: mean.value() for name, mean in self._means.items()}
        for name, prf in self._spans.items():
            found[f"span_f1_{name}"] = prf.f1
        if self._errors is not None:
            one = self._errors
            found["cer"] = one.rate
            found["cer_counts"] = {
                "substitutions": one.substitutions, "deletions": one.deletions, "insertions": one.insertions,
                "length": one.length,
            }  # fmt: skip
        if self._frames:
            scores = tracking(self._frames, threshold=self._threshold)
            for name in ("hota", "idf1", "mota"):
                value = getattr(scores, name)
                found[name] = None if math.isnan(value) else value
        return found

    def _count(self, mark: Mark, what: int) -> None:
        self._classes.setdefault("(none)" if mark.label is None else mark.label, [0, 0, 0])[what] += 1

    def _mean(self, name: str, value: float) -> None:
        self._means.setdefault(name, _Mean()).add(value)

    def _pair(self, right: Mark, said: Mark, objects: dict[str, Mark]) -> None:
        """Measure two marks taken for the same thing by what their kind is measured by."""
        match right.geometry, said.geometry:
            case Mask() as a, Mask() as b if a.size == b.size:
                self._mean("boundary_f", boundary_f(a, b))
            case Keypoints() as a, Keypoints() as b if len(a.v) == len(b.v):
                size = instance_area(right, objects)
                if size > 0:
                    self._mean("oks", oks(a, b, area=size))
                    self._mean("nme", nme(a, b, norm=math.sqrt(size)))
            case Polyline() as a, Polyline() as b:
                self._mean("line_distance_px", line_distance(a, b))
            case Ranking() as a, Ranking() as b if _named(a) == _named(b):
                self._mean("kendall_tau_b", kendall_tau(a, b))
            case Rating() as a, Rating() as b:
                self._mean("rating_difference", abs(a.value - b.value))

    def _texts(self, truth: Sequence[Mark], guess: Sequence[Mark], matched: Matched) -> None:
        """Character errors; what is missed counts as deleted, what is too much as inserted."""
        sides = [(truth[p.truth].text, guess[p.guess].text) for p in matched.pairs]
        sides += [(truth[i].text, None) for i in matched.missed]
        sides += [(None, guess[i].text) for i in matched.extra]
        for right, said in sides:
            if right is not None or said is not None:
                one = cer(right or "", said or "")
                self._errors = one if self._errors is None else self._errors + one

    def _tracks(self, item: Item, truth: Sequence[Mark], guess: Sequence[Mark]) -> None:
        tracks = [m for m in (*truth, *guess) if isinstance(m.geometry, Track)]
        if not tracks:
            return
        last = max(k.t for m in tracks for k in m.geometry.keyframes)  # type: ignore[union-attr]
        known = item.media.frames if isinstance(item.media, VideoMedia) else 0
        # Identities are told apart by the item: two clips may both have an object 1.
        self._frames += [
            Frame(
                [f"{item.id}\0{name}" for name in f.truth],
                [f"{item.id}\0{name}" for name in f.guess],
                f.similarity,
            )
            for f in frames_of(truth, guess, known or last + 1)
        ]


def _named(ranking: Ranking) -> set[str]:
    return {name for tie in ranking.order for name in tie}
