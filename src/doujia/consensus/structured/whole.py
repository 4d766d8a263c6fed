"""Kinds with one answer per person and item: ratings, rankings, spans of time, labels without a place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from doujia.consensus.structured.kinds import Kind
from doujia.consensus.structured.rankings import BradleyTerry, pairs_of_ranking
from doujia.consensus.structured.robust import Floats, biweight, weighted_median
from doujia.marks import Interval, Nothing, Ranking, Rating

__all__ = ["Intervals", "Labels", "Rankings", "Ratings", "partial_tau"]


class Labels(Kind):
    """Marks without a place: only their label, text and attributes are voted."""

    geometry = Nothing
    single = True

    def similarity(self, shapes: Sequence[Any]) -> Floats:
        return np.ones((len(shapes), len(shapes)))

    def fuse(self, shapes: Sequence[Any], scales: Floats) -> Nothing:
        return Nothing()


class Ratings(Kind):
    """Distance as a share of the scale; weighted median. For whole data sets use ``RatingModel``."""

    geometry = Rating
    single = True
    floor = 0.05

    def similarity(self, ratings: Sequence[Any]) -> Floats:
        values = np.array([r.value for r in ratings], dtype=np.float64)
        width = max(ratings[0].high - ratings[0].low, 1e-9)
        return np.asarray(np.clip(1 - np.abs(values[:, None] - values[None, :]) / width, 0, 1))

    def fuse(self, ratings: Sequence[Any], scales: Floats) -> Rating:
        weights = 1 / np.maximum(scales, self.floor) ** 2
        value = weighted_median(np.array([[r.value] for r in ratings], dtype=np.float64), weights)
        return Rating(float(value[0]), ratings[0].low, ratings[0].high)


class Rankings(Kind):
    """Kendall's tau; fused by Bradley–Terry over the pairs, each person with her weight."""

    geometry = Ranking
    single = True
    floor = 0.05

    def similarity(self, rankings: Sequence[Any]) -> Floats:
        n = len(rankings)
        table = np.eye(n)
        for i in range(n):
            for j in range(i + 1, n):
                table[i, j] = table[j, i] = (1 + partial_tau(rankings[i].order, rankings[j].order)) / 2
        return table

    def fuse(self, rankings: Sequence[Any], scales: Floats) -> Ranking:
        weights = 1 / np.maximum(scales, self.floor) ** 2
        share: dict[tuple[Any, Any], list[float]] = {}
        for ranking, weight in zip(rankings, weights.tolist(), strict=True):
            for _, a, b, won in pairs_of_ranking(ranking.order):
                key, value = ((a, b), won) if str(a) < str(b) else ((b, a), 1 - won)
                pair = share.setdefault(key, [0.0, 0.0])
                pair[0] += weight * value
                pair[1] += weight
        if not share:
            return Ranking([list(tied) for tied in rankings[0].order])
        model = BradleyTerry().fit(
            [(None, a, b, won / total) for (a, b), (won, total) in sorted(share.items())]
        )
        order: list[list[str]] = []
        for thing in model.ranking_:
            if order and abs(model.scores_[order[-1][0]] - model.scores_[thing]) < 1e-6:
                order[-1].append(thing)
            else:
                order.append([thing])
        return Ranking(order)


def partial_tau(first: Sequence[Sequence[Any]], second: Sequence[Sequence[Any]]) -> float:
    """Concordant less discordant pairs over all pairs of things that both rank; ties count neither way; 1 if no pair."""
    place = [{thing: k for k, tied in enumerate(order) for thing in tied} for order in (first, second)]
    common = sorted(place[0].keys() & place[1].keys(), key=str)
    pairs = [(a, b) for i, a in enumerate(common) for b in common[i + 1 :]]
    if not pairs:
        return 1.0
    signs = [np.sign(place[0][a] - place[0][b]) * np.sign(place[1][a] - place[1][b]) for a, b in pairs]
    both_tied = [place[0][a] == place[0][b] and place[1][a] == place[1][b] for a, b in pairs]
    return float((sum(signs) + sum(both_tied)) / len(pairs))


class Intervals(Kind):
    """Stretches of time: IoU at .5; boundaries by weighted median, then biweight. Unit: samples or frames."""

    geometry = Interval
    gate = 0.5

    def similarity(self, intervals: Sequence[Any]) -> Floats:
        start = np.array([v.start for v in intervals], dtype=np.float64)
        end = np.array([v.end for v in intervals], dtype=np.float64)
        inter = np.maximum(
            np.minimum(end[:, None], end[None, :]) - np.maximum(start[:, None], start[None, :]), 0
        )
        union = np.maximum(end[:, None], end[None, :]) - np.minimum(start[:, None], start[None, :])
        same = (start[:, None] == start[None, :]).astype(np.float64)
        table = np.divide(inter, union, out=same, where=union > 0)
        channel = [v.channel for v in intervals]
        return np.asarray(table * np.array([[a == b for b in channel] for a in channel]))

    def fuse(self, intervals: Sequence[Any], scales: Floats) -> Interval:
        ends = np.array([(v.start, v.end) for v in intervals], dtype=np.float64)
        floor = max(1.0, 0.01 * float(np.median(ends[:, 1] - ends[:, 0])))
        start, end = (round(float(v)) for v in biweight(ends, np.maximum(scales, self.floor), floor=floor))
        bands = np.array([(v.f0, v.f1) for v in intervals if v.f0 is not None and v.f1 is not None])
        f0, f1 = (
            (None, None) if len(bands) * 2 <= len(intervals) else tuple(map(float, np.median(bands, axis=0)))
        )
        return Interval(start, end, intervals[0].channel, f0, f1)

    def errors(self, intervals: Sequence[Any], fused: Any) -> Floats:
        """Mean distance of the two boundaries."""
        return np.array(
            [(abs(v.start - fused.start) + abs(v.end - fused.end)) / 2 for v in intervals], dtype=np.float64
        )
