"""COCO's twelve figures for boxes, masks and keypoints, through hotcoco (equal to pycocotools)."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterable
from typing import Any, Literal

from doujia.errors import InputError
from doujia.marks import Box, ItemMarks, Keypoints, Mark, Mask, Polygon, RotatedBox
from doujia.marks.item import ImageMedia
from doujia.marks.raster import mask_of
from doujia.marks.rle import area as mask_area
from doujia.marks.rle import bounds as mask_bounds
from doujia.marks.shapes import area, bounds

__all__ = ["FIGURES", "coco_figures", "coco_map"]

FIGURES = ("AP", "AP50", "AP75", "APs", "APm", "APl", "AR1", "AR10", "AR100", "ARs", "ARm", "ARl")
_KINDS = {"bbox": (Box,), "segm": (Box, RotatedBox, Polygon, Mask), "keypoints": (Keypoints,)}


def coco_map(
    truth: Iterable[ItemMarks],
    guess: Iterable[ItemMarks],
    *,
    kind: Literal["bbox", "segm", "keypoints"] = "bbox",
) -> dict[str, float]:
    """Return AP and AR of guessed marks (which carry scores) against the truth.

    Items are joined by name, or by id where there is no name; a mark without a score counts as sure (1.0).

    Raises:
        InputError: a guessed item is unknown, or the guess has no mark of this kind while the truth has.
    """
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    classes: dict[str | None, int] = {}
    index: dict[str, int] = {}
    for item in truth:
        key = item.item.name or item.item.id
        index[key] = number = len(index) + 1
        media = item.item.media
        size = (media.height, media.width) if isinstance(media, ImageMedia) else (0, 0)
        images.append({"id": number, "width": size[1], "height": size[0], "file_name": key})
        for mark in item.marks:
            if isinstance(mark.geometry, _KINDS[kind]):
                category = classes.setdefault(mark.label, len(classes) + 1)
                crowd = int("ignore" in mark.flags)
                annotations.append(
                    {
                        "id": len(annotations) + 1,
                        "image_id": number,
                        "category_id": category,
                        "iscrowd": crowd,
                        **_shape(mark, kind, size),
                    }
                )
    results = []
    for item in guess:
        key = item.item.name or item.item.id
        if key not in index:
            raise InputError(
                f"The truth has no item {key!r}.", zh=f"标准里没有“{key}”。", code="item_unknown"
            )
        number = index[key]
        size = (images[number - 1]["height"], images[number - 1]["width"])
        for mark in item.marks:
            if isinstance(mark.geometry, _KINDS[kind]) and mark.label in classes:
                row = _shape(mark, kind, size)
                results.append(
                    {
                        "image_id": number,
                        "category_id": classes[mark.label],
                        "score": 1.0 if mark.score is None else mark.score,
                        **row,
                    }
                )
    categories = [{"id": n, "name": str(c)} for c, n in classes.items()]
    return coco_figures(
        {"images": images, "annotations": annotations, "categories": categories}, results, kind=kind
    )


def coco_figures(
    truth: dict[str, Any], results: list[dict[str, Any]], *, kind: str = "bbox"
) -> dict[str, float]:
    """Return the figures for a COCO dictionary and a list of COCO results; -1 where there is nothing to score."""
    import hotcoco

    if not results:
        return dict.fromkeys(FIGURES if kind != "keypoints" else FIGURES[:3], 0.0)
    with contextlib.redirect_stdout(io.StringIO()):
        ground = hotcoco.COCO(truth)
        run = hotcoco.COCOeval(ground, ground.load_res(results), kind)
        run.run()
        found: dict[str, float] = run.get_results()
    return {k: float(found[k]) for k in run.metric_keys()}


def _shape(mark: Mark, kind: str, size: tuple[int, int]) -> dict[str, Any]:
    geometry = mark.geometry
    if kind == "bbox":
        assert isinstance(geometry, Box)
        return {
            "bbox": [geometry.x0, geometry.y0, geometry.x1 - geometry.x0, geometry.y1 - geometry.y0],
            "area": area(geometry),
        }
    if kind == "keypoints":
        assert isinstance(geometry, Keypoints)
        x0, y0, x1, y1 = bounds(geometry) or (0.0, 0.0, 0.0, 0.0)
        flat = [
            v for i, seen in enumerate(geometry.v) for v in (geometry.xy[2 * i], geometry.xy[2 * i + 1], seen)
        ]
        return {
            "keypoints": flat, "num_keypoints": sum(v > 0 for v in geometry.v), "bbox": [x0, y0, x1 - x0, y1 - y0],
            "area": float(mark.ext.get("coco", {}).get("area", (x1 - x0) * (y1 - y0))),
        }  # fmt: skip
    mask = mask_of(geometry, *size)
    x0, y0, x1, y1 = mask_bounds(mask) or (0, 0, 0, 0)
    return {
        "segmentation": {"size": list(mask.size), "counts": mask.counts},
        "area": float(mask_area(mask)),
        "bbox": [x0, y0, x1 - x0, y1 - y0],
    }
