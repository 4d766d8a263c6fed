"""Text spans: a model of tags per character under the rules of BIO."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import numpy as np

from doujia.consensus.answers import Answers
from doujia.consensus.dawid_skene import DawidSkene
from doujia.consensus.structured.robust import Floats
from doujia.errors import InputError

__all__ = ["FusedSpan", "SpanConsensus"]


class FusedSpan(msgspec.Struct, frozen=True):
    """Half-open span of code points with its class and mean probability of its characters' tags."""

    start: int
    end: int
    label: str
    score: float


class SpanConsensus:
    """Dawid–Skene over the tags O, B-x, I-x of every character, then the most probable legal sequence (Viterbi).

    Illegal are O → I-x, x → I-y and I-x at the start. Spans of one person must not overlap; run nested layers (one per
    class, say) one by one. Only characters that somebody marked, and their neighbours, enter the model: the rest is O
    by agreement.

    Source: tagging after A. T. Nguyen et al., *Aggregating and predicting sequence labels from crowd annotations*, ACL
    2017, with the confusion model of ``DawidSkene``.

    Attributes:
        skills_: ``{worker: probability of the right tag on marked characters}``.
    """

    skills_: dict[Any, float]

    def __init__(self, *, shrinkage: float = 8.0) -> None:
        self.shrinkage = shrinkage

    def fit_predict(
        self, spans: Mapping[Any, Mapping[Any, Sequence[tuple[int, int, str]]]]
    ) -> dict[Any, list[FusedSpan]]:
        """Fuse ``{item: {worker: [(start, end, label), …]}}``; a worker with no spans said there is none.

        Raises:
            InputError: a span is empty or two spans of one person overlap; the message names item and person.
        """
        rows, positions = self._rows(spans)
        self.skills_ = {}
        if not rows:
            return {item: [] for item in spans}
        model = DawidSkene(shrinkage=self.shrinkage).fit(Answers.from_rows(rows))
        assert model.skills_ is not None
        self.skills_ = dict(zip(model.workers_, model.skills_.tolist(), strict=True))
        place = {key: i for i, key in enumerate(model.items_)}
        legal = _transitions(model.classes_)
        found: dict[Any, list[FusedSpan]] = {}
        for number, item in enumerate(spans):
            fused: list[FusedSpan] = []
            for run in _runs(positions[number]):
                z = np.stack([model.probas_[place[number, t]] for t in run])
                tags = _viterbi(z, legal, [str(c)[0] == "I" for c in model.classes_])
                fused += _to_spans(run, [model.classes_[k] for k in tags], z[np.arange(len(run)), tags])
            found[item] = fused
        return found

    def _rows(self, spans: Mapping[Any, Mapping[Any, Sequence[tuple[int, int, str]]]]) -> Any:
        rows: list[tuple[Any, Any, str]] = []
        positions: list[list[int]] = []
        for number, (item, by_worker) in enumerate(spans.items()):
            tags: dict[Any, dict[int, str]] = {}
            near: set[int] = set()
            for worker, own in by_worker.items():
                tags[worker] = _tags(item, worker, own)
                near |= {t for start, end, _ in own for t in range(max(start - 1, 0), end + 1)}
            positions.append(sorted(near))
            rows += [
                ((number, t), worker, tags[worker].get(t, "O")) for t in positions[-1] for worker in by_worker
            ]
        return rows, positions


def _tags(item: Any, worker: Any, spans: Sequence[tuple[int, int, str]]) -> dict[int, str]:
    tags: dict[int, str] = {}
    for start, end, label in sorted(spans):
        if not 0 <= start < end:
            raise InputError(
                f"Span {start}..{end} of {worker!r} on {item!r} is empty.",
                zh=f"{worker!r} 在 {item!r} 上的片段 {start}..{end} 为空。",
                code="span_empty",
            )
        for t in range(start, end):
            if t in tags:
                raise InputError(
                    f"Spans of {worker!r} on {item!r} overlap at {t}; fuse nested layers one by one.",
                    zh=f"{worker!r} 在 {item!r} 上的片段在位置 {t} 重叠;嵌套层请分别融合。",
                    code="spans_overlap",
                )
            tags[t] = f"{'B' if t == start else 'I'}-{label}"
    return tags


def _transitions(classes: Sequence[str]) -> Floats:
    """``(K, K)`` 0 where the second tag may follow the first, -inf where not."""
    table = np.zeros((len(classes), len(classes)))
    for i, before in enumerate(classes):
        for j, after in enumerate(classes):
            if after[0] == "I" and (before == "O" or before[2:] != after[2:]):
                table[i, j] = -np.inf
    return table


def _viterbi(z: Floats, legal: Floats, not_first: list[bool]) -> list[int]:
    score = np.log(np.maximum(z, 1e-12))
    best = np.where(not_first, -np.inf, score[0])
    back = []
    for row in score[1:]:
        step = best[:, None] + legal
        back.append(step.argmax(axis=0))
        best = step.max(axis=0) + row
    tags = [int(best.argmax())]
    for pointers in reversed(back):
        tags.append(int(pointers[tags[-1]]))
    return tags[::-1]


def _runs(positions: list[int]) -> list[list[int]]:
    runs: list[list[int]] = []
    for t in positions:
        if runs and runs[-1][-1] == t - 1:
            runs[-1].append(t)
        else:
            runs.append([t])
    return runs


def _to_spans(run: list[int], tags: list[str], scores: Floats) -> list[FusedSpan]:
    spans: list[FusedSpan] = []
    start = None
    for place in range(len(run) + 1):
        tag = tags[place] if place < len(run) else "O"
        if start is not None and tag[0] != "I":
            score = float(scores[start:place].mean())
            spans.append(FusedSpan(run[start], run[place - 1] + 1, tags[start][2:], score))
            start = None
        if tag[0] == "B":
            start = place
    return spans
