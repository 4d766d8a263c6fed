"""How far apart two sets of marks are: the field's measure for every kind, and plain words for what differs.

Names are imported when they are first used, so that ``import doujia.metrics`` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_HOMES = {
    "bev_iou": "overlap", "boundary_f": "overlap", "box_ious": "overlap", "cuboid_iou": "overlap", "interval_iou": "overlap", "iou": "overlap",
    "mask_iou": "overlap", "rotated_iou": "overlap", "match": "matching", "similarity": "matching", "Matched": "matching", "nme": "points", "oks": "points",
    "line_distance": "points", "span_f1": "spans", "cer": "speech", "wer": "speech", "segment_f1": "speech", "Folding": "speech", "ErrorRate": "speech",
    "kendall_tau": "ranks", "pairwise_agreement": "ranks", "tracking": "tracks", "frames_of": "tracks", "coco_map": "detection",
    "coco_figures": "detection", "confusion": "classes", "explain": "differences", "Difference": "differences", "grade": "grading", "Grade": "grading",
    "Evaluation": "evaluation", "label_ious": "pointwise",
}  # fmt: skip

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"doujia.metrics.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'doujia.metrics' has no attribute {name!r}")
