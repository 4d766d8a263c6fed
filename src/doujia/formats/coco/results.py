"""COCO results: the list of detections that models write, read beside the truth whose ids it speaks of."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from doujia.errors import FormatError, Problem
from doujia.formats.contract import Dataset, MemoryDataset
from doujia.marks import Box, ItemMarks, Keypoints, Mark, Origin, Polygon, PolygonPart, rle
from doujia.marks.geometry import Geometry

__all__ = ["is_results", "read_results"]


class _Result(msgspec.Struct):
    """One detection, as pycocotools' ``loadRes`` takes it."""

    image_id: int | str
    category_id: int | str
    score: float = 1.0
    bbox: list[float] | None = None
    segmentation: Any = None
    keypoints: list[float] | None = None


def is_results(path: Path) -> bool:
    """Return whether a file begins like a list of COCO results."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        head = file.read(4096).lstrip(b"\xef\xbb\xbf \t\r\n")
    return head.startswith(b"[") and (b'"image_id"' in head or head.strip() == b"[]")


def read_results(path: Path, truth: Dataset, *, model: str = "") -> MemoryDataset:
    """Read COCO results as marks with scores on the items of ``truth``.

    Args:
        path: a JSON list of ``{"image_id", "category_id", "score", "bbox" | "segmentation" | "keypoints"}``.
        truth: the dataset whose image and category ids the results use.

    Raises:
        FormatError: not such a list, or an image or category that the truth does not have; ``pointer`` names the entry.
    """
    try:
        rows = msgspec.json.decode(path.read_bytes(), type=list[_Result])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise FormatError(
            Problem(
                "coco_results_malformed",
                "error",
                f"这不是 COCO 结果:{error}",
                f"These are no COCO results: {error}",
                file=str(path),
            )
        ) from error
    classes = {str(c.ext.get("coco", {}).get("id", c.id)): c.id for c in truth.schema.classes}
    items = {i.item.id: ItemMarks(i.item, []) for i in truth}
    for number, row in enumerate(rows):
        item, label = items.get(str(row.image_id)), classes.get(str(row.category_id))
        if item is None or label is None:
            what_zh, what_en = (
                (f"图片 {row.image_id}", f"image {row.image_id}")
                if item is None
                else (f"类别 {row.category_id}", f"category {row.category_id}")
            )
            raise FormatError(
                Problem(
                    "coco_results_unknown_id",
                    "error",
                    f"标准里没有{what_zh}。",
                    f"The truth has no {what_en}.",
                    file=str(path),
                    pointer=f"/{number}",
                )
            )
        geometry = _geometry(row, path, number)
        item.marks.append(
            Mark(
                id=str(len(item.marks) + 1),
                label=label,
                geometry=geometry,
                score=row.score,
                origin=Origin(by="model", model=model or None),
            )
        )
    return MemoryDataset(truth.schema, items.values())


def _geometry(row: _Result, path: Path, number: int) -> Geometry:
    try:
        if row.keypoints is not None and len(row.keypoints) % 3 == 0:
            xy = [v for i in range(0, len(row.keypoints), 3) for v in row.keypoints[i : i + 2]]
            # A model's third number is its confidence; every point it names is a point.
            return Keypoints(xy, [2] * (len(xy) // 2))
        if isinstance(row.segmentation, dict):
            return rle.mask_of(row.segmentation["size"], row.segmentation["counts"])
        if isinstance(row.segmentation, list) and row.segmentation:
            return Polygon([PolygonPart([float(v) for v in ring]) for ring in row.segmentation])
        if row.bbox is not None:
            x, y, w, h = row.bbox
            return Box(x, y, x + w, y + h)
    except (ValueError, TypeError, KeyError) as error:
        raise _bad(path, number) from error
    raise _bad(path, number)


def _bad(path: Path, number: int) -> FormatError:
    return FormatError(
        Problem(
            "coco_results_geometry", "error", "这一条没有能用的框、掩膜或关键点。", "This entry has no usable box, mask or keypoints.",
            file=str(path), pointer=f"/{number}",
        )
    )  # fmt: skip
