"""Box tracks: matched over time, fused frame by frame, keyed anew."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from doujia.consensus.structured.boxes import box_array
from doujia.consensus.structured.kinds import Kind
from doujia.consensus.structured.robust import Floats, biweight
from doujia.errors import InputError
from doujia.marks import Box, Keyframe, Track
from doujia.marks.interpolate import expand

__all__ = ["Tracks"]


class Tracks(Kind):
    r"""Similarity :math:`\sum_t |A_t \cap B_t| / \sum_t |A_t \cup B_t|` over all frames of either track.

    Each frame is fused over the interpolated boxes of those who show the object there, if they carry most of the
    weight; keyframes are then chosen so that interpolation stays within ``tolerance`` px of every fused frame.

    Args:
        last: index of the last frame of the clip; by default the last keyframe of anybody.
        tolerance: px.
    """

    geometry = Track
    gate = 0.3

    def __init__(self, last: int | None = None, tolerance: float = 1.0) -> None:
        self.last, self.tolerance = last, tolerance

    def similarity(self, tracks: Sequence[Any]) -> Floats:
        frames = self._frames(tracks)
        n = len(tracks)
        table = np.eye(n)
        for i in range(n):
            for j in range(i + 1, n):
                table[i, j] = table[j, i] = _overlap(frames[i], frames[j])
        return table

    def fuse(self, tracks: Sequence[Any], scales: Floats) -> Track:
        scales = np.maximum(scales, self.floor)
        weights = 1 / scales**2
        frames = self._frames(tracks)
        fused: dict[int, Floats] = {}
        for t in sorted(set().union(*frames)):
            here = np.array([t in f for f in frames])
            if weights[here].sum() * 2 >= weights.sum():
                rows = [frames[i][t] for i in np.flatnonzero(here)]
                fused[t] = biweight(np.stack(rows), scales[here])
        occluded = _voted_occlusion(tracks, weights)
        keys: list[Keyframe] = []
        for run in _runs(sorted(fused)):
            path = np.stack([fused[t] for t in run])
            for k in _keyed(path, self.tolerance):
                keys.append(Keyframe(run[k], _box(path[k]), occluded=occluded(run[k])))
            keys.append(Keyframe(run[-1] + 1, _box(path[-1]), outside=True))
        last = self._last(tracks)
        return Track([key for key in keys if key.t <= last])

    def errors(self, tracks: Sequence[Any], fused: Any) -> Floats:
        """Mean absolute edge difference over common frames, px; NaN without a common frame."""
        frames = self._frames([*tracks, fused])
        found = []
        for own in frames[:-1]:
            common = sorted(own.keys() & frames[-1].keys())
            gaps = [np.abs(own[t] - frames[-1][t]).mean() for t in common]
            found.append(float(np.mean(gaps)) if gaps else np.nan)
        return np.array(found)

    def _last(self, tracks: Sequence[Track]) -> int:
        return max(k.t for track in tracks for k in track.keyframes) if self.last is None else self.last

    def _frames(self, tracks: Sequence[Track]) -> list[dict[int, Floats]]:
        last = self._last(tracks)
        found = []
        for track in tracks:
            states = {state.t: state.geometry for state in expand(track, last)}
            if any(not isinstance(g, Box) for g in states.values()):
                raise InputError(
                    "Tracks of other shapes than boxes have no fusing rule; use the medoid.",
                    zh="除矩形框外的轨迹没有融合规则,请用代表答案(medoid)。",
                    code="track_shape",
                )
            edges = box_array([g for g in states.values() if isinstance(g, Box)])
            found.append(dict(zip(states, edges, strict=True)))
        return found


def _box(edges: Floats) -> Box:
    return Box(*(float(v) for v in edges))


def _overlap(a: dict[int, Floats], b: dict[int, Floats]) -> float:
    inter = union = 0.0
    for t in a.keys() | b.keys():
        area_a = float(np.prod(a[t][2:] - a[t][:2])) if t in a else 0.0
        area_b = float(np.prod(b[t][2:] - b[t][:2])) if t in b else 0.0
        common = 0.0
        if t in a and t in b:
            common = float(
                np.prod(np.maximum(np.minimum(a[t][2:], b[t][2:]) - np.maximum(a[t][:2], b[t][:2]), 0))
            )
        inter += common
        union += area_a + area_b - common
    return inter / union if union > 0 else 0.0


def _voted_occlusion(tracks: Sequence[Track], weights: Floats) -> Any:
    ordered = [sorted(track.keyframes, key=lambda k: k.t) for track in tracks]

    def occluded(t: int) -> bool:
        votes = 0.0
        for keys, weight in zip(ordered, weights, strict=True):
            state = next((k.occluded for k in reversed(keys) if k.t <= t), False)
            votes += weight if state else 0.0
        return bool(votes * 2 > weights.sum())

    return occluded


def _runs(frames: list[int]) -> list[list[int]]:
    runs: list[list[int]] = []
    for t in frames:
        if runs and runs[-1][-1] == t - 1:
            runs[-1].append(t)
        else:
            runs.append([t])
    return runs


def _keyed(path: Floats, tolerance: float) -> list[int]:
    """Frames to keep so that straight interpolation stays within ``tolerance`` of ``path`` ``(frames, 4)``."""
    keep = {0, len(path) - 1}
    todo = [(0, len(path) - 1)]
    while todo:
        start, end = todo.pop()
        if end - start < 2:
            continue
        s = (np.arange(start + 1, end) - start)[:, None] / (end - start)
        off = np.abs(path[start] * (1 - s) + path[end] * s - path[start + 1 : end]).max(axis=1)
        worst = int(np.argmax(off))
        if off[worst] > tolerance:
            keep.add(start + 1 + worst)
            todo += [(start, start + 1 + worst), (start + 1 + worst, end)]
    return sorted(keep)
