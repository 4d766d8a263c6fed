"""One answer from the marks of several people on the same items, whatever the marks are."""

from __future__ import annotations

import math
from collections.abc import Collection, Hashable, Mapping, Sequence
from typing import Any, Literal, Self

import msgspec
import numpy as np

from doujia.consensus.answers import Answers
from doujia.consensus.dawid_skene import DawidSkene
from doujia.consensus.plans.overlap import one_coin_posterior
from doujia.consensus.structured.boxes import Boxes, Cuboids, RotatedBoxes, box_array
from doujia.consensus.structured.ellipses import Ellipses, PerspectiveBoxes
from doujia.consensus.structured.kinds import Kind, Medoid
from doujia.consensus.structured.lines import Landmarks, Polylines
from doujia.consensus.structured.matching import match
from doujia.consensus.structured.mentions import BrokenSpans, TextSpans
from doujia.consensus.structured.regions import Masks, Polygons
from doujia.consensus.structured.robust import Floats
from doujia.consensus.structured.tracks import Tracks
from doujia.consensus.structured.transcripts import Rover
from doujia.consensus.structured.whole import Intervals, Labels, Rankings, Ratings
from doujia.errors import InputError
from doujia.marks import Box, Mark, Nothing, Origin, PointLabels3D, Points

__all__ = ["KINDS", "Absent", "FusedMark", "MarkConsensus"]

Absent = "\x00absent"
"""What somebody says of an object that she did not draw."""

KINDS: tuple[Kind, ...] = (
    Boxes(), RotatedBoxes(), Cuboids(), Masks(), Polygons(), Polylines(), Landmarks(), Tracks(), Intervals(), Labels(),
    Ratings(), Rankings(), Ellipses(), PerspectiveBoxes(), TextSpans(), BrokenSpans(), Medoid(Points), Medoid(PointLabels3D),
)  # fmt: skip
"""The table: one row (distance, match, fuse) per mark type."""


class FusedMark(msgspec.Struct, frozen=True):
    """One object on which people agreed, or nearly.

    Attributes:
        mark: the fused mark, origin ``consensus``, ``score`` = existence.
        existence: probability that the object is there, given who drew it and who saw the item and did not.
        label_probability: of the label chosen.
        agreement: mean similarity of the shapes with the fused one.
        drawn_by: workers whose shapes are in it. sources: their marks, ``{worker: mark id}``.
        said: what each worker who saw the item says of the object: a label, None without one, ``Absent`` where she drew
            nothing.
        weights: share of each worker in it in the fused shape, ``{worker: share}``, sum 1.
        pairs, agreeing: pairs of workers who saw the item of whom one at least drew it, and how far they agree: the sum
            of their shapes' similarities where the labels are equal, 0 otherwise.
        state: ``sure``, or ``review`` when existence lies between .2 and .8 or the label of an object that is kept is
            below .8.
    """

    mark: Mark
    existence: float
    label_probability: float
    agreement: float
    drawn_by: list[Any]
    state: Literal["sure", "review"]
    sources: dict[Any, str] = {}
    weights: dict[Any, float] = {}
    said: dict[Any, Any] = {}
    pairs: int = 0
    agreeing: float = 0.0

    @property
    def confidence(self) -> float:
        """Probability of the most probable thing to say: that it is not there, or that it is there with its label."""
        return max(1 - self.existence, self.existence * self.label_probability)


class _Cluster(msgspec.Struct):
    item: Any
    kind: int
    workers: list[Any]
    marks: list[Mark]
    existence: float = 1.0
    label: str | None = None
    label_probability: float = 1.0


class MarkConsensus:
    """Match, judge existence, weigh people, fuse.

    Shapes of different people are matched by the kind's similarity; people who saw the item and drew nothing count
    against an object. Existence and labels go through ``DawidSkene`` when there are at least ``enough`` objects, else
    through the votes. Each person's typical error is the median deviation from the fused shape of the *others* (a
    consensus that includes her would flatter her), so that a poor annotator's shape never becomes the output; boxes are
    freed from each person's constant bias per edge first. Attributes are voted, texts go through ``Rover``.

    Source: A. Braylan, M. Lease, *Aggregating complex annotations via merging and matching*, KDD 2021, for the frame.

    Args:
        kinds: the table; pass your own rows to change gates or to add a mark type.
        keep: existence from which an object stays.
        enough: objects needed to learn from people's recall and false marks.
        skills: accuracies of all these people, where they are known: then existence and label follow from
            ``one_coin_posterior`` over what was said of the object (labels and "not there"), whatever the number of
            objects.

    Attributes:
        results_: ``{item: [FusedMark, …]}``. scales_: ``{(geometry name, worker): typical error}`` in the kind's unit.
        biases_: ``{worker: (4,) px}`` constant bias of box edges x0, y0, x1, y1.
    """

    results_: dict[Any, list[FusedMark]]
    scales_: dict[tuple[str, Any], float]
    biases_: dict[Any, Floats]

    def __init__(
        self,
        *,
        kinds: Sequence[Kind] = KINDS,
        keep: float = 0.5,
        enough: int = 30,
        skills: Mapping[Any, float] | None = None,
    ) -> None:
        self.kinds, self.keep, self.enough, self.skills = list(kinds), keep, enough, skills
        self._place = {kind.geometry: at for at, kind in enumerate(self.kinds)}

    def fit_predict(
        self, marks: Mapping[Any, Mapping[Hashable, Sequence[Mark]]]
    ) -> dict[Any, list[FusedMark]]:
        """Fuse ``{item: {worker: marks}}``; a worker with an empty list saw the item and drew nothing.

        Raises:
            InputError: a mark's geometry has no row in the table, or a coordinate that is not finite.
        """
        return self.fit(marks).results_

    def fit(self, marks: Mapping[Any, Mapping[Hashable, Sequence[Mark]]]) -> Self:
        """As ``fit_predict``, returning self."""
        clusters = [c for item, by_worker in marks.items() for c in self._matched(item, by_worker)]
        if self.skills is None:
            self._judge_existence(clusters, marks)
            self._judge_labels(clusters)
        else:
            for cluster in clusters:
                _judge_by_skill(cluster, marks[cluster.item], self.skills)
        self.biases_ = {}
        self.scales_ = self._scales(clusters)
        self._learn_bias(clusters)
        if self.biases_:
            self.scales_.update(self._scales(clusters))
        self.results_ = {item: [] for item in marks}
        for cluster in clusters:
            if cluster.existence >= self.keep:
                found = self.results_[cluster.item]
                found.append(self._fused(cluster, len(found), marks[cluster.item]))
        return self

    # ---- matching
    def _matched(self, item: Any, by_worker: Mapping[Hashable, Sequence[Mark]]) -> list[_Cluster]:
        groups: dict[tuple[int, Any], list[tuple[Any, Mark]]] = {}
        for worker, marks in by_worker.items():
            for mark in marks:
                kind = self._place.get(type(mark.geometry))
                if kind is None:
                    raise InputError(
                        f"There is no fusing rule for {type(mark.geometry).__name__}; add a Medoid row to kinds.",
                        zh=f"{type(mark.geometry).__name__} 没有融合规则;请在 kinds 中加入 Medoid。",
                        code="kind_unknown",
                    )
                if not _finite(mark.geometry):
                    raise InputError(
                        f"Mark {mark.id!r} of {worker!r} on {item!r} has a coordinate that is not a finite number.",
                        zh=f"{worker!r} 在 {item!r} 上的标注 {mark.id!r} 有坐标不是有限数。",
                        code="not_finite",
                    )
                groups.setdefault((kind, mark.at), []).append((worker, mark))
        found: list[_Cluster] = []
        for (kind, _), rows in groups.items():
            for members in self._grouped(self.kinds[kind], rows):
                found.append(
                    _Cluster(item, kind, [rows[i][0] for i in members], [rows[i][1] for i in members])
                )
        return found

    def _grouped(self, kind: Kind, rows: list[tuple[Any, Mark]]) -> list[list[int]]:
        if kind.single:
            last = {worker: i for i, (worker, _) in enumerate(rows)}
            if kind.geometry is not Nothing or len(last) == len(rows):
                return [sorted(last.values())]
            # Somebody gave several labels: each label is a question of its own.
            by_label: dict[str | None, dict[Any, int]] = {}
            for i, (worker, mark) in enumerate(rows):
                by_label.setdefault(mark.label, {})[worker] = i
            return [sorted(own.values()) for own in by_label.values()]
        names = {worker: i for i, worker in enumerate(dict.fromkeys(worker for worker, _ in rows))}
        owner = [names[worker] for worker, _ in rows]
        return match(kind.similarity([mark.geometry for _, mark in rows]), owner, kind.gate)

    # ---- existence and labels
    def _judge_existence(
        self, clusters: list[_Cluster], marks: Mapping[Any, Mapping[Hashable, Sequence[Mark]]]
    ) -> None:
        rows = []
        for at, cluster in enumerate(clusters):
            drew = set(cluster.workers)
            rows += [(at, str(worker), int(worker in drew)) for worker in marks[cluster.item]]
            cluster.existence = len(drew) / max(len(marks[cluster.item]), 1)
        if len(clusters) < self.enough or len({said for *_, said in rows}) < 2:
            return
        model = DawidSkene(shrinkage=8).fit(Answers.from_rows(rows))
        if not any(problem.code == "class_collapsed" for problem in model.problems_):
            for at, chance in zip(model.items_, model.probas_[:, 1].tolist(), strict=True):
                clusters[at].existence = float(chance)

    def _judge_labels(self, clusters: list[_Cluster]) -> None:
        rows = [
            (at, str(worker), "" if mark.label is None else "=" + mark.label)
            for at, cluster in enumerate(clusters)
            for worker, mark in zip(cluster.workers, cluster.marks, strict=True)
        ]
        if not rows or len({label for *_, label in rows}) < 2:
            for cluster in clusters:
                cluster.label = cluster.marks[0].label
            return
        # an absent label is a value of its own here; "" would count as missing
        answers = Answers.from_rows([(at, worker, label or "-") for at, worker, label in rows])
        many = len(answers.labels) ** 2 * len(answers.workers) > 5_000_000
        from doujia.consensus.majority_vote import MajorityVote

        model = MajorityVote() if many or len(clusters) < self.enough else DawidSkene()
        model.fit(answers)
        for at, label, chance in zip(model.items_, model.labels_, model.confidence_.tolist(), strict=True):
            clusters[at].label = None if label == "-" else label[1:]
            clusters[at].label_probability = float(chance)

    # ---- people
    def _scales(self, clusters: list[_Cluster]) -> dict[tuple[str, Any], float]:
        """Median leave-one-out error of every (kind, worker), shrunk to the kind's median with four objects' weight."""
        scales: dict[tuple[str, Any], float] = {}
        for _ in range(2):
            errors: dict[tuple[int, Any], list[float]] = {}
            for cluster in clusters:
                if len(cluster.marks) >= 3:
                    for worker, error in self._left_out(cluster, scales):
                        errors.setdefault((cluster.kind, worker), []).append(error)
            pooled = {
                kind: float(np.median([e for (k, _), own in errors.items() if k == kind for e in own]))
                for kind in {k for k, _ in errors}
            }
            scales = {
                (self._name(kind), worker): float(
                    np.exp(
                        (len(own) * np.log(max(np.median(own), 1e-6)) + 4 * np.log(max(pooled[kind], 1e-6)))
                        / (len(own) + 4)
                    )
                )
                for (kind, worker), own in errors.items()
            }
        return scales

    def _left_out(self, cluster: _Cluster, scales: dict[tuple[str, Any], float]) -> list[tuple[Any, float]]:
        kind = self.kinds[cluster.kind]
        shapes = self._shapes(cluster)
        own = self._own_scales(cluster, scales)
        found = []
        for i, worker in enumerate(cluster.workers):
            rest = [shape for j, shape in enumerate(shapes) if j != i]
            error = float(kind.errors([shapes[i]], kind.fuse(rest, np.delete(own, i)))[0])
            if np.isfinite(error):
                found.append((worker, error))
        return found

    def _learn_bias(self, clusters: list[_Cluster]) -> None:
        """Constant deviation of each person's box edges from the others' boxes, shrunk by four boxes."""
        kind = self._place.get(Box)
        rows: dict[Any, list[Floats]] = {}
        for cluster in clusters:
            if cluster.kind != kind or len(cluster.marks) < 3:
                continue
            shapes, own = self._shapes(cluster), self._own_scales(cluster, self.scales_)
            for i, worker in enumerate(cluster.workers):
                rest = [shape for j, shape in enumerate(shapes) if j != i]
                fused = self.kinds[kind].fuse(rest, np.delete(own, i))
                rows.setdefault(worker, []).append((box_array([shapes[i]]) - box_array([fused]))[0])
        if len(rows) < 3:
            return
        raw = {w: np.median(np.stack(own), axis=0) * len(own) / (len(own) + 4) for w, own in rows.items()}
        common = np.median(
            np.stack(list(raw.values())), axis=0
        )  # what all share cannot be told from the truth
        self.biases_ = {worker: value - common for worker, value in raw.items()}

    def _shapes(self, cluster: _Cluster) -> list[Any]:
        shapes: list[Any] = [mark.geometry for mark in cluster.marks]
        if not self.biases_ or self.kinds[cluster.kind].geometry is not Box:
            return shapes
        zero = np.zeros(4)
        edges = box_array(shapes) - np.stack([self.biases_.get(worker, zero) for worker in cluster.workers])
        return [Box(*(float(v) for v in row)) for row in edges]

    def _own_scales(self, cluster: _Cluster, scales: dict[tuple[str, Any], float]) -> Floats:
        name = self._name(cluster.kind)
        known = [v for (n, _), v in scales.items() if n == name]
        usual = float(np.median(known)) if known else 1.0
        return np.array([scales.get((name, worker), usual) for worker in cluster.workers])

    def _name(self, kind: int) -> str:
        return self.kinds[kind].geometry.__name__

    # ---- fusing
    def _fused(self, cluster: _Cluster, number: int, seen_by: Collection[Any]) -> FusedMark:
        kind = self.kinds[cluster.kind]
        shapes, scales = self._shapes(cluster), self._own_scales(cluster, self.scales_)
        geometry = shapes[0] if len(shapes) == 1 else kind.fuse(shapes, scales)
        similar = kind.similarity([*[m.geometry for m in cluster.marks], geometry])
        agreement = similar[:-1, -1]
        labels = [m.label for m in cluster.marks]
        n, drew = len(seen_by), len(labels)
        agreeing = sum(
            float(similar[i, j]) for i in range(drew) for j in range(i + 1, drew) if labels[i] == labels[j]
        )
        said = {w: m.label for w, m in zip(cluster.workers, cluster.marks, strict=True)}
        weights = 1 / np.maximum(scales, kind.floor)
        texts = [mark.text for mark in cluster.marks if mark.text is not None]
        mark = Mark(
            id=f"c{number + 1}",
            geometry=geometry,
            label=cluster.label,
            text=Rover().fuse(texts).text if len(texts) * 2 > len(cluster.marks) else None,
            attrs=_voted_attributes(cluster.marks, weights),
            at=cluster.marks[0].at,
            score=round(cluster.existence, 6),
            flags=_voted_flags(cluster.marks, weights),
            origin=Origin(by="consensus"),
        )
        unsure = 0.2 < cluster.existence < 0.8 or (
            cluster.existence >= 0.8 and cluster.label_probability < 0.8
        )
        return FusedMark(
            mark, cluster.existence, cluster.label_probability, float(agreement.mean()), list(cluster.workers),
            "review" if unsure else "sure",
            weights={w: float(v / (weights**2).sum()) for w, v in zip(cluster.workers, weights**2, strict=True)},
            sources={w: m.id for w, m in zip(cluster.workers, cluster.marks, strict=True)},
            said={w: said.get(w, Absent) for w in seen_by},
            pairs=n * (n - 1) // 2 - (n - drew) * (n - drew - 1) // 2,
            agreeing=agreeing,
        )  # fmt: skip


def _judge_by_skill(cluster: _Cluster, seen_by: Collection[Any], skills: Mapping[Any, float]) -> None:
    """Only what somebody said is thought possible, and that nothing is there: cautious where classes are many."""
    own = {w: m.label for w, m in zip(cluster.workers, cluster.marks, strict=True)}
    said = [own.get(w, Absent) for w in seen_by]
    classes = [*dict.fromkeys(own.values()), Absent]
    chances = one_coin_posterior(said, [skills[w] for w in seen_by], classes)
    cluster.existence = 1 - chances[Absent]
    cluster.label = max(dict.fromkeys(own.values()), key=lambda label: chances[label])
    cluster.label_probability = chances[cluster.label] / max(cluster.existence, 1e-12)


def _voted_attributes(marks: Sequence[Mark], weights: Floats) -> dict[str, Any]:
    voted: dict[str, Any] = {}
    for name in sorted({name for mark in marks for name in mark.attrs}):
        votes: dict[str, tuple[float, Any]] = {}
        for mark, weight in zip(marks, weights.tolist(), strict=True):
            value = mark.attrs.get(name)
            key = msgspec.json.encode(value).decode()
            votes[key] = (votes.get(key, (0.0, None))[0] + weight, value)
        chosen = max(sorted(votes), key=lambda key: votes[key][0])
        if votes[chosen][1] is not None:
            voted[name] = votes[chosen][1]
    return voted


def _voted_flags(marks: Sequence[Mark], weights: Floats) -> list[str]:
    names = sorted({flag for mark in marks for flag in mark.flags})
    return [
        name
        for name in names
        if sum(w for mark, w in zip(marks, weights.tolist(), strict=True) if name in mark.flags) * 2
        > weights.sum()
    ]


def _finite(value: Any) -> bool:
    """Whether every number in a geometry is finite."""
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, msgspec.Struct):
        return all(_finite(getattr(value, name)) for name in value.__struct_fields__)
    if isinstance(value, list | tuple):
        try:
            return math.isfinite(math.fsum(value))
        except (OverflowError, ValueError):  # inf - inf, or beyond what a number holds
            return False
        except TypeError:
            return all(map(_finite, value))
    return True
