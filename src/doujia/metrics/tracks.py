"""Objects over time: MOTA, IDF1, HOTA, on the same per-frame boxes or shapes.

Input is per frame the ids that are there and their similarity (IoU where there is an area), so that boxes, masks, cuboids,
skeletons and points are scored alike.

Sources:
    Bernardin & Stiefelhagen, "Evaluating Multiple Object Tracking Performance: The CLEAR MOT Metrics", 2008.
    Ristani et al., "Performance Measures and a Data Set for Multi-Target, Multi-Camera Tracking", 2016 (IDF1).
    Luiten et al., "HOTA: A Higher Order Metric for Evaluating Multi-Object Tracking", IJCV 2021.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from doujia.marks import Box, Mark, Track
from doujia.marks.interpolate import expand
from doujia.metrics.matching import assign, similarity
from doujia.metrics.overlap import box_ious

__all__ = ["Frame", "TrackingScores", "frames_of", "tracking"]

ALPHAS = np.arange(0.05, 0.99, 0.05)


@dataclass(frozen=True)
class Frame:
    """One frame: ids of true and guessed objects, and their similarity ``(len(truth), len(guess))``."""

    truth: Sequence[str]
    guess: Sequence[str]
    similarity: NDArray[np.float64]


@dataclass(frozen=True)
class TrackingScores:
    """The field's figures. ``mota`` may be negative; the rest lie in 0..1 (NaN when nothing is there and nothing is guessed)."""

    mota: float
    motp: float
    idf1: float
    idp: float
    idr: float
    hota: float
    deta: float
    assa: float
    misses: int
    false_positives: int
    switches: int
    truths: int


def frames_of(truth: Sequence[Mark], guess: Sequence[Mark], frames: int) -> list[Frame]:
    """Expand tracks to frames ``0 … frames - 1`` and compare what is visible."""
    a, b = _visible(truth, frames), _visible(guess, frames)
    out = []
    for t in range(frames):
        left, right = a.get(t, {}), b.get(t, {})
        if all(isinstance(g, Box) for g in (*left.values(), *right.values())):
            table = box_ious(
                *(
                    np.array([[g.x0, g.y0, g.x1, g.y1] for g in side.values()]).reshape(-1, 4)
                    for side in (left, right)
                )
            )
        else:
            table = np.array([[similarity(x, y) for y in right.values()] for x in left.values()]).reshape(
                len(left), len(right)
            )
        out.append(Frame(list(left), list(right), table))
    return out


def _visible(marks: Iterable[Mark], frames: int) -> dict[int, dict[str, Box]]:
    out: dict[int, dict[str, Box]] = {}
    for mark in marks:
        if isinstance(mark.geometry, Track):
            for state in expand(mark.geometry, frames - 1):
                # Frames on which the object is outside are not expanded at all.
                out.setdefault(state.t, {})[mark.id] = state.geometry  # type: ignore[assignment]
    return out


def tracking(frames: Sequence[Frame], *, threshold: float = 0.5) -> TrackingScores:
    """Score a sequence.

    Args:
        threshold: least similarity of a match for MOTA and IDF1; HOTA averages over 0.05 … 0.95.
    """
    misses, false, switches, total, distance, matches = _clear(frames, threshold)
    idf1, idp, idr = _identity(frames, threshold)
    hota, deta, assa = _hota(frames)
    return TrackingScores(
        mota=1 - (misses + false + switches) / total if total else math.nan, motp=distance / matches if matches else math.nan,
        idf1=idf1, idp=idp, idr=idr, hota=hota, deta=deta, assa=assa, misses=misses, false_positives=false, switches=switches, truths=total,
    )  # fmt: skip


def _clear(frames: Sequence[Frame], threshold: float) -> tuple[int, int, int, int, float, int]:
    last: dict[str, str] = {}
    previous: dict[str, str] = {}
    misses = false = switches = total = matches = 0
    likeness = 0.0
    for frame in frames:
        total += len(frame.truth)
        if not frame.truth or not frame.guess:
            # What was matched before it stays so (as in TrackEval), so that one blank frame costs no switch.
            misses += len(frame.truth)
            false += len(frame.guess)
            continue
        # A correspondence of the frame before is kept while it is good enough (CLEAR MOT, step 1).
        table = np.where(frame.similarity >= threshold, frame.similarity, 0.0)
        keep = np.array([[previous.get(t) == g for g in frame.guess] for t in frame.truth], bool).reshape(
            table.shape
        )
        pairs = assign(np.where(keep & (table > 0), table + 1000, table), max(threshold, 1e-12))
        now = {}
        for r, c in pairs:
            t, g = frame.truth[r], frame.guess[c]
            now[t] = g
            switches += t in last and last[t] != g
            last[t] = g
            likeness += float(frame.similarity[r, c])
        matches += len(pairs)
        misses += len(frame.truth) - len(pairs)
        false += len(frame.guess) - len(pairs)
        previous = now
    return misses, false, switches, total, likeness, matches


def _index(frames: Sequence[Frame]) -> tuple[dict[str, int], dict[str, int], Counter[str], Counter[str]]:
    truth: Counter[str] = Counter()
    guess: Counter[str] = Counter()
    for frame in frames:
        truth.update(frame.truth)
        guess.update(frame.guess)
    return {k: i for i, k in enumerate(truth)}, {k: i for i, k in enumerate(guess)}, truth, guess


def _identity(frames: Sequence[Frame], threshold: float) -> tuple[float, float, float]:
    rows, columns, truth, guess = _index(frames)
    n, m = len(rows), len(columns)
    if not n and not m:
        return math.nan, math.nan, math.nan
    together = np.zeros((n, m))
    for frame in frames:
        for r, c in zip(*np.nonzero(frame.similarity >= threshold), strict=True):
            together[rows[frame.truth[r]], columns[frame.guess[c]]] += 1
    from scipy.optimize import linear_sum_assignment

    r, c = linear_sum_assignment(-together)
    hits = float(together[r, c].sum())
    true, guessed = sum(truth.values()), sum(guess.values())
    return 2 * hits / (true + guessed), hits / guessed if guessed else 0.0, hits / true if true else 0.0


def _hota(frames: Sequence[Frame]) -> tuple[float, float, float]:
    rows, columns, truth, guess = _index(frames)
    n, m = len(rows), len(columns)
    if not n and not m:
        return math.nan, math.nan, math.nan
    if not n or not m:
        return 0.0, 0.0, 0.0
    # How well two identities go together over the whole sequence steers the matching of each frame (HOTA, section 5).
    potential = np.zeros((n, m))
    for frame in frames:
        if not frame.similarity.size:
            continue
        s = frame.similarity
        spread = s.sum(axis=0)[None, :] + s.sum(axis=1)[:, None] - s
        share = np.divide(s, spread, out=np.zeros_like(s), where=spread > 0)
        potential[np.ix_([rows[t] for t in frame.truth], [columns[g] for g in frame.guess])] += share
    count_t = np.array([truth[k] for k in rows], float)[:, None]
    count_g = np.array([guess[k] for k in columns], float)[None, :]
    alignment = potential / (count_t + count_g - potential)
    together = np.zeros((len(ALPHAS), n, m))
    hits = np.zeros(len(ALPHAS))
    from scipy.optimize import linear_sum_assignment

    for frame in frames:
        if not frame.similarity.size:
            continue
        r_ids, c_ids = np.array([rows[t] for t in frame.truth]), np.array([columns[g] for g in frame.guess])
        r, c = linear_sum_assignment(-alignment[np.ix_(r_ids, c_ids)] * frame.similarity)
        for k, alpha in enumerate(ALPHAS):
            good = frame.similarity[r, c] >= alpha - np.finfo(float).eps
            hits[k] += good.sum()
            together[k, r_ids[r[good]], c_ids[c[good]]] += 1
    missed, extra = count_t.sum() - hits, count_g.sum() - hits
    ass = np.array(
        [
            (together[k] * together[k] / np.maximum(1, count_t + count_g - together[k])).sum()
            for k in range(len(ALPHAS))
        ]
    )
    assa = ass / np.maximum(1, hits)
    deta = hits / np.maximum(1, hits + missed + extra)
    return float(np.sqrt(deta * assa).mean()), float(deta.mean()), float(assa.mean())
