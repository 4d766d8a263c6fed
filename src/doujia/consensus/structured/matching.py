"""Which shapes of different people are the same object."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from doujia.consensus.structured.robust import Floats

__all__ = ["match"]


def match(similarity: Floats, owner: Sequence[int], gate: float) -> list[list[int]]:
    """Cluster shapes so that no person occurs twice in one cluster.

    Pairs of different people at or above ``gate`` are joined by falling similarity where that puts no person in twice;
    then each person's shapes are assigned once more to the clusters of the others by the Hungarian method, which mends
    what a greedy order got wrong in crowds. The result does not depend on the order of people.

    Args:
        similarity: ``(n, n)``. owner: ``(n,)`` person of each shape. gate: smallest similarity within an object.

    Returns:
        Clusters as lists of indices, each sorted, in order of their first member.
    """
    n = len(owner)
    people = np.asarray(owner)
    cluster = list(range(n))
    members: dict[int, list[int]] = {i: [i] for i in range(n)}
    first, second = np.triu_indices(n, 1)
    use = (similarity[first, second] >= gate) & (people[first] != people[second])
    first, second = first[use], second[use]
    for k in np.lexsort((second, first, -similarity[first, second])).tolist():
        a, b = cluster[first[k]], cluster[second[k]]
        if a == b or {people[i] for i in members[a]} & {people[i] for i in members[b]}:
            continue
        if _mean(similarity, members[a], members[b]) < gate / 2:
            continue  # a chain, not an object
        for i in members[b]:
            cluster[i] = a
        members[a] += members.pop(b)
    groups = _reassign([sorted(m) for m in members.values()], similarity, people, gate)
    return sorted((sorted(g) for g in groups if g), key=lambda g: g[0])


def _mean(similarity: Floats, a: list[int], b: list[int]) -> float:
    return float(similarity[np.ix_(a, b)].mean())


def _reassign(
    groups: list[list[int]], similarity: Floats, people: npt.NDArray[np.int64], gate: float
) -> list[list[int]]:
    from scipy.optimize import linear_sum_assignment

    for person in np.unique(people).tolist():
        own = np.flatnonzero(people == person).tolist()
        rest = [[i for i in group if people[i] != person] for group in groups]
        rest = [group for group in rest if group]
        if len(own) < 2 or not rest:
            continue  # one shape was already put where it fits best
        gain = np.array([[_mean(similarity, [i], group) for group in rest] for i in own])
        gain[gain < gate] = 0.0
        rows, columns = linear_sum_assignment(-gain)
        alone = set(range(len(own)))
        for row, column in zip(rows.tolist(), columns.tolist(), strict=True):
            if gain[row, column] > 0:
                rest[column].append(own[row])
                alone.discard(row)
        groups = rest + [[own[row]] for row in sorted(alone)]
    return groups
