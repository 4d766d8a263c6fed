"""Seeded crowds of ten shapes, for measuring models of class answers where real sets are few.

Every shape breaks another assumption: skills of one number, whole confusion matrices, spam, adversaries, hard items,
errors that many people share, skewed classes, uneven work, tiny sets, many classes.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

SHAPES = ("plain", "confused", "spam", "adversary", "hard", "shared", "skewed", "uneven", "tiny", "many")


class Crowd(NamedTuple):
    """``(n,)`` item, worker and label codes and the ``(T,)`` true labels."""

    item: np.ndarray
    worker: np.ndarray
    label: np.ndarray
    truth: np.ndarray
    classes: int


def crowd(shape: str, seed: int) -> Crowd:
    """One crowd; the same arguments give the same crowd."""
    rng = np.random.default_rng([SHAPES.index(shape), seed])
    classes = int(rng.integers(2, 6))
    items, workers = int(rng.integers(250, 900)), int(rng.integers(12, 60))
    overlap = int(rng.integers(3, 8))
    if shape == "tiny":
        items, workers = int(rng.integers(90, 140)), int(rng.integers(6, 15))
        overlap = min(overlap, workers)
    if shape == "many":
        classes = int(rng.integers(10, 25))
    shares = rng.dirichlet(np.full(classes, 0.7 if shape == "skewed" else 6.0))
    truth = rng.choice(classes, items, p=shares)
    activity = rng.pareto(1.2, workers) + 0.05 if shape == "uneven" else np.ones(workers)
    worker = np.concatenate(
        [rng.choice(workers, overlap, replace=False, p=activity / activity.sum()) for _ in range(items)]
    )
    item = np.repeat(np.arange(items), overlap)
    matrices = _matrices(shape, rng, workers, classes)
    label = _draw(rng, matrices[worker, truth[item]])
    if shape in ("hard", "shared"):
        label = _harder(shape, rng, truth, item, label, classes)
    return Crowd(item, worker, label, truth, classes)


def _matrices(shape: str, rng: np.random.Generator, workers: int, classes: int) -> np.ndarray:
    """``(W, K, K)`` probability of saying column when the truth is row."""
    low, high = (0.45, 0.75) if rng.random() < 0.5 else (0.6, 0.9)
    skill = np.clip(rng.normal(rng.uniform(low, high), 0.12, workers), 0.2, 0.99)
    matrices = np.repeat(((1 - skill) / (classes - 1))[:, None, None], classes, 1).repeat(classes, 2)
    for k in range(classes):
        matrices[:, k, k] = skill
    if shape in ("confused", "skewed", "many"):
        common = rng.dirichlet(np.full(classes, 0.5), classes)  # confusions that the classes invite
        own = rng.dirichlet(np.full(classes, 0.5), (workers, classes))
        matrices = 0.65 * matrices + 0.2 * common[None] + 0.15 * own
    if shape in ("spam", "uneven"):
        for w in np.flatnonzero(rng.random(workers) < 0.35):
            if rng.random() < 0.5:
                matrices[w] = 1 / classes
            else:
                matrices[w] = 0.02 / classes
                matrices[w, :, rng.integers(classes)] += 0.98
    if shape == "adversary":
        for w in np.flatnonzero(rng.random(workers) < 0.2):
            matrices[w] = matrices[w][:, rng.permutation(classes)]
    return matrices / matrices.sum(axis=2, keepdims=True)


def _draw(rng: np.random.Generator, rows: np.ndarray) -> np.ndarray:
    edges = rows.cumsum(axis=1)
    return np.minimum((rng.random(len(rows))[:, None] > edges).sum(axis=1), rows.shape[1] - 1)


def _harder(shape: str, rng: np.random.Generator, truth, item, label, classes) -> np.ndarray:
    """A third of the items is hard: answers there are random, or half of them the same wrong one."""
    hard = rng.random(len(truth)) < 0.33
    n = len(item)
    if shape == "hard":
        noise = rng.random(n) < 0.6
        return np.where(hard[item] & noise, rng.integers(0, classes, n), label)
    trap = (truth + rng.integers(1, classes, len(truth))) % classes
    caught = rng.random(n) < rng.uniform(0.35, 0.55)
    return np.where(hard[item] & caught, trap[item], label)


def published_crowd(
    answers: int, seed: int = 0, classes: int = 10, workers: int = 200, overlap: int = 5
) -> Crowd:
    """65 % diligent, 20 % sloppy, 10 % spam, 5 % who swap classes systematically (quality reference, 3.2)."""
    rng = np.random.default_rng(seed)
    items = answers // overlap
    truth = rng.integers(0, classes, items)
    kinds = rng.choice(4, workers, p=[0.65, 0.2, 0.1, 0.05])
    skill = np.choose(kinds, [rng.uniform(0.76, 0.91, workers), rng.uniform(0.3, 0.5, workers), 0.1, 0.92])
    worker = rng.integers(0, workers, answers)
    if overlap < workers:  # nobody answers one item twice
        worker = (
            rng.integers(0, workers, items)[:, None]
            + np.cumsum(rng.integers(1, workers // overlap, (items, overlap)), 1)
        ).ravel() % workers
    item = np.repeat(np.arange(items), overlap)
    swap = np.where(np.arange(classes) % 2 == 0, np.arange(classes) + 1, np.arange(classes) - 1) % classes
    meant = np.where(kinds[worker] == 3, swap[truth[item]], truth[item])
    wrong = rng.integers(0, classes, answers)
    label = np.where(rng.random(answers) < skill[worker], meant, wrong)
    return Crowd(item, worker, label, truth, classes)
