"""One row per mark type: how far apart two shapes are, how to match them, how to fuse them."""

from __future__ import annotations

import abc
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from doujia.consensus.structured.robust import Floats, weighted_medoid

__all__ = ["Kind", "Medoid", "pairwise_similarity"]


def pairwise_similarity(shapes: Sequence[Any]) -> Floats:
    """``(n, n)`` of ``doujia.metrics.similarity``: what the field measures for the kind."""
    from doujia.metrics import similarity

    table = np.eye(len(shapes))
    for i, first in enumerate(shapes):
        for j in range(i + 1, len(shapes)):
            table[i, j] = table[j, i] = float(similarity(first, shapes[j]))
    return table


class Kind(abc.ABC):
    """The three columns of the table for one geometry.

    Attributes:
        geometry: the struct of ``doujia.marks`` it is about.
        gate: similarity from which two shapes may be the same object.
        floor: smallest typical error that is believed, in the unit of ``errors``.
        single: there is one answer per person and item, so nothing has to be matched.
    """

    geometry: ClassVar[type]
    gate: float = 0.5
    floor: float = 0.5
    single: bool = False

    @abc.abstractmethod
    def similarity(self, shapes: Sequence[Any]) -> Floats:
        """``(n, n)`` similarities in 0..1; 1 - similarity is the distance."""

    @abc.abstractmethod
    def fuse(self, shapes: Sequence[Any], scales: Floats) -> Any:
        """One shape from several of the same object.

        Args:
            shapes: one per person. scales: ``(n,)`` typical error of each person in the unit of ``errors``.
        """

    def errors(self, shapes: Sequence[Any], fused: Any) -> Floats:
        """``(n,)`` size of each shape's deviation from ``fused``; 1 - similarity unless the kind has a better unit."""
        return np.asarray(1 - self.similarity([*shapes, fused])[:-1, -1])


class Medoid(Kind):
    """Fallback for any geometry and any distance: the answer nearest to all others, by weight.

    Args:
        similarity: function of two shapes, 0..1; None takes the field's measure (``doujia.metrics.similarity``).
    """

    def __init__(self, geometry: type, similarity: Any = None, *, gate: float = 0.5) -> None:
        self.geometry = geometry  # type: ignore[misc]
        self._pair = similarity
        self.gate, self.floor = gate, 0.01

    def similarity(self, shapes: Sequence[Any]) -> Floats:
        if self._pair is None:
            return pairwise_similarity(shapes)
        n = len(shapes)
        table = np.eye(n)
        for i in range(n):
            for j in range(i + 1, n):
                table[i, j] = table[j, i] = float(self._pair(shapes[i], shapes[j]))
        return table

    def fuse(self, shapes: Sequence[Any], scales: Floats) -> Any:
        weights = 1 / np.maximum(scales, self.floor) ** 2
        return shapes[weighted_medoid(1 - self.similarity(shapes), weights)]
