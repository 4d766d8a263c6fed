"""An order of items and workers that depends on the answers alone, so that seeded draws ignore names and rows."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from doujia.consensus.answers import Ints
from doujia.consensus.votes import Votes

__all__ = ["canonical_ranks"]

_Hashes = npt.NDArray[np.uint64]


def canonical_ranks(votes: Votes, rounds: int = 3) -> tuple[Ints, Ints]:
    """Rank of every item ``(T,)`` and worker ``(W,)`` by the shape of the answers around it.

    Colour refinement (Weisfeiler and Leman, 1968) on the graph item - worker - label with 64-bit integer hashes:
    sums of integers do not depend on the order of rows. What cannot be told apart shares its place in the order by
    code, which changes nothing that can be observed.
    """
    ends = (votes.item, votes.worker, votes.label)
    sizes = (votes.T, votes.W, votes.K)
    colours = [_mix(np.bincount(e, minlength=s).astype(np.uint64)) for e, s in zip(ends, sizes, strict=True)]
    for _ in range(rounds):
        item, worker, label = (colour[end] for colour, end in zip(colours, ends, strict=True))
        seen = (_mix(worker + _mix(label)), _mix(item + _mix(label)), _mix(item + _mix(worker)))
        colours = [
            _mix(colour + _sum(end, values, len(colour)))
            for colour, end, values in zip(colours, ends, seen, strict=True)
        ]
    return _rank(colours[0]), _rank(colours[1])


def _mix(values: _Hashes) -> _Hashes:
    """SplitMix64 finaliser: spreads every input bit over the word."""
    values = values + np.uint64(0x9E3779B97F4A7C15)
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(values ^ (values >> np.uint64(31)))


def _sum(codes: Ints, values: _Hashes, size: int) -> _Hashes:
    total = np.zeros(size, dtype=np.uint64)
    np.add.at(total, codes, values)
    return total


def _rank(colour: _Hashes) -> Ints:
    rank = np.empty(len(colour), dtype=np.int64)
    rank[np.argsort(colour, kind="stable")] = np.arange(len(colour))
    return rank
