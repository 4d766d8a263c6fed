"""COCO's twelve figures for boxes, masks and keypoints, through hotcoco (equal to pycocotools)."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterable, Mapping
from typing import Any, Literal

from doujia.errors import InputError
from doujia.marks import Box, Ellipse, ItemMarks, Keypoints, Mark, Mask, Polygon, RotatedBox
from doujia.marks.item import ImageMedia
from doujia.marks.raster import mask_of
from doujia.marks.shapes import area, bounds

__all__ = ["FIGURES", "coco_figures", "coco_map", "companions", "instance_area"]

FIGURES = ("AP", "AP50", "AP75", "APs", "APm", "APl", "AR1", "AR10", "AR100", "ARs", "ARm", "ARl")
_AREAS = (Box, RotatedBox, Polygon, Mask, Ellipse)
_KINDS: dict[str, tuple[type, ...]] = {"bbox": _AREAS, "segm": _AREAS, "keypoints": (Keypoints,)}


def coco_map(
    truth: Iterable[ItemMarks],
    guess: Iterable[ItemMarks],
    *,
    kind: Literal["bbox", "segm", "keypoints"] = "bbox",
) -> dict[str, float]:
    """Return AP and AR of guessed marks (which carry scores) against the truth.

    Items are joined by name, or by id where there is no name; a mark without a score counts as sure (1.0).

    ``bbox`` scores the bounds of whatever has an area, as COCO does: an outline's box is the file's where it gave one. So is
    the area by which objects are small, medium or large, and by which keypoints are scored.

    Args:
        truth, guess: items with their marks.
        kind: what is compared.

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
        objects = companions(item.marks)
        for mark in item.marks:
            if _takes_part(mark, kind):
                category = classes.setdefault(mark.label, len(classes) + 1)
                crowd = int("ignore" in mark.flags)
                annotations.append(
                    {
                        "id": len(annotations) + 1,
                        "image_id": number,
                        "category_id": category,
                        "iscrowd": crowd,
                        **_shape(mark, kind, size, objects),
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
            if _takes_part(mark, kind) and mark.label in classes:
                row = _shape(mark, kind, size, {})
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


def companions(marks: Iterable[Mark]) -> dict[str, Mark]:
    """Return group → the box or outline of the instance, for the marks of one item."""
    return {m.group: m for m in marks if m.group is not None and isinstance(m.geometry, _AREAS)}


def instance_area(mark: Mark, objects: Mapping[str, Mark]) -> float:
    """Return the area of the object that a mark is about, px²: the file's own, else that of its outline or bounds.

    Args:
        mark: an outline, a box, or the keypoints of an object.
        objects: ``companions`` of the item's marks.
    """
    whole = objects.get(mark.group or "", mark) if isinstance(mark.geometry, Keypoints) else mark
    for one in (mark, whole):
        given = one.ext.get("given", {}).get("area")
        if isinstance(given, int | float):
            return float(given)
    x0, y0, x1, y1 = bounds(mark.geometry) or (0.0, 0.0, 0.0, 0.0)
    return area(whole.geometry) or (x1 - x0) * (y1 - y0)


def _takes_part(mark: Mark, kind: str) -> bool:
    if kind == "bbox" and isinstance(mark.geometry, Keypoints):
        return "bbox" in mark.ext.get(
            "given", {}
        )  # its box says no more than the points, and is no mark of its own
    return isinstance(mark.geometry, _KINDS[kind]) and bounds(mark.geometry) is not None


def _shape(mark: Mark, kind: str, size: tuple[int, int], objects: Mapping[str, Mark]) -> dict[str, Any]:
    geometry = mark.geometry
    x0, y0, x1, y1 = bounds(geometry) or (0.0, 0.0, 0.0, 0.0)
    given = mark.ext.get("given", {}).get("bbox")
    box = given if given and not isinstance(geometry, Box) else [x0, y0, x1 - x0, y1 - y0]
    if kind == "bbox":
        return {"bbox": box, "area": instance_area(mark, objects)}
    if kind == "keypoints":
        assert isinstance(geometry, Keypoints)
        flat = [
            v for i, seen in enumerate(geometry.v) for v in (geometry.xy[2 * i], geometry.xy[2 * i + 1], seen)
        ]
        whole = objects.get(mark.group or "")
        outside = whole.ext.get("given", {}).get("bbox") or _xywh(whole) if whole is not None else box
        return {
            "keypoints": flat,
            "num_keypoints": sum(v > 0 for v in geometry.v),
            "bbox": outside,
            "area": instance_area(mark, objects),
        }
    mask = mask_of(geometry, *size)
    return {
        "segmentation": {"size": list(mask.size), "counts": mask.counts},
        "area": instance_area(mark, objects),
        "bbox": box,
    }


def _xywh(mark: Mark) -> list[float]:
    """Return the bounds of a mark as COCO's x, y, width, height px."""
    x0, y0, x1, y1 = bounds(mark.geometry) or (0.0, 0.0, 0.0, 0.0)
    return [x0, y0, x1 - x0, y1 - y0]
