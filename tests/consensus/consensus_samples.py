"""Answers of simulated crowds, and the real sets where the shared folder is present."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np


def shared_folder() -> Path | None:
    """The folder of real samples: ``DOUJIA_SHARED``, or ``shared`` beside a checkout."""
    named = os.environ.get("DOUJIA_SHARED")
    places = [Path(named)] if named else [p / "shared" for p in Path(__file__).resolve().parents]
    return next((place for place in places if (place / "data" / "crowd").is_dir()), None)


def simulate(seed, items=300, workers=30, classes=3, overlap=5, accuracy=(8, 2), class_shares=None):
    """Independent workers with Beta-distributed skill: (item, worker, label), truth ``(items,)``, skill ``(workers,)``."""
    rng = np.random.default_rng(seed)
    truth = rng.choice(classes, items, p=class_shares)
    skill = rng.beta(*accuracy, workers)
    worker = np.concatenate([rng.choice(workers, overlap, replace=False) for _ in range(items)])
    item = np.repeat(np.arange(items), overlap)
    right = rng.random(len(item)) < skill[worker]
    wrong = (truth[item] + rng.integers(1, max(classes, 2), len(item))) % classes
    return (item, worker, np.where(right, truth[item], wrong)), truth, skill
