"""Lines of a YOLO label file and what they mean, without any file.

Coordinates in a line are shares of the picture's width and height. Lines by task: ``c cx cy w h`` (detect; a sixth
column is a track or a score), ``c x1 y1 x2 y2 …`` (seg), ``c x1 y1 … x4 y4`` (obb), ``c cx cy w h`` and then
``x y`` or ``x y v`` for each keypoint (pose).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from doujia.errors import InputError
from doujia.marks import Box, Keypoints, Mark, Polygon, PolygonPart
from doujia.marks.shapes import rotated_from_corners

__all__ = ["LineError", "join_rings", "line_to_marks"]

Size = tuple[int, int]


class LineError(InputError):
    """A line that is no line of the task; ``code`` says why."""


def line_to_marks(
    numbers: Sequence[float],
    task: str,
    size: Size,
    number: int,
    label: str | None,
    keypoints: tuple[int, int] | None = None,
    skeleton: str | None = None,
) -> list[Mark]:
    """Return the marks of one line.

    Args:
        numbers: the columns after the class.
        task: ``detect``, ``seg``, ``obb`` or ``pose``; ``seg`` takes boxes as well.
        size: (width, height) px.
        number: count of the mark within its picture; becomes its id.
        label: class id.
        keypoints: ``kpt_shape``, (points, 2 or 3 values each).
        skeleton: id of the skeleton.

    Raises:
        LineError: too few or too many columns for the task, or a value that is not finite.
    """
    if not all(map(math.isfinite, numbers)):
        raise LineError("A number is not finite.", zh="有一个数不是有限数。", code="number_not_finite")
    columns, mark_id = len(numbers), str(number)
    width, height = size
    if task == "pose" and keypoints is not None:
        return _pose(numbers, size, mark_id, label, keypoints, skeleton)
    if columns in (4, 5) and task in ("detect", "seg"):
        mark = Mark(id=mark_id, geometry=_box(numbers, size), label=label)
        if columns == 5:
            mark.ext = {"yolo": {"column6": numbers[4]}}
        return [mark]
    xy = [v * (height if i % 2 else width) for i, v in enumerate(numbers)]
    if task == "obb" and columns in (8, 9):
        box, residual = rotated_from_corners(xy[:8])
        # The corners are kept beside the box: four points may be no rectangle, and a reader's rounding would show.
        mark = Mark(id=mark_id, geometry=box, label=label)
        if residual > 0.5:
            mark.ext = {"yolo": {"corners": xy[:8]}}
        return [mark]
    if task == "seg" and columns >= 6 and columns % 2 == 0:
        return [Mark(id=mark_id, geometry=Polygon([PolygonPart(xy)]), label=label)]
    raise LineError(
        f"A line of yolo-{task} cannot have {columns + 1} columns.",
        zh=f"yolo-{task} 的一行不会有 {columns + 1} 列。",
        code="yolo_columns",
    )


def _box(numbers: Sequence[float], size: Size) -> Box:
    cx, cy, w, h = numbers[:4]
    width, height = size
    return Box((cx - w / 2) * width, (cy - h / 2) * height, (cx + w / 2) * width, (cy + h / 2) * height)


def _pose(
    numbers: Sequence[float],
    size: Size,
    mark_id: str,
    label: str | None,
    shape: tuple[int, int],
    skeleton: str | None,
) -> list[Mark]:
    points, values = shape
    if len(numbers) not in (4, 4 + points * values):
        raise LineError(
            f"A line of yolo-pose with kpt_shape [{points}, {values}] has {5 + points * values} columns, not {len(numbers) + 1}.",
            zh=f"kpt_shape 为 [{points}, {values}] 时一行应有 {5 + points * values} 列,这里是 {len(numbers) + 1} 列。",
            code="yolo_columns",
        )
    box = Mark(id=mark_id, geometry=_box(numbers, size), label=label)
    flat = numbers[4:]
    xy: list[float] = []
    v: list[int] = []
    for i in range(0, len(flat), values):
        x, y = flat[i], flat[i + 1]
        seen = int(flat[i + 2]) if values == 3 else (2 if x or y else 0)
        if seen not in (0, 1, 2):
            raise LineError(
                f"Visibility is 0, 1 or 2, not {flat[i + 2]:g}.",
                zh=f"可见性应为 0、1、2,这里是 {flat[i + 2]:g}。",
                code="yolo_visibility",
            )
        xy += [x * size[0], y * size[1]]
        v.append(seen)
    if not any(v):
        return [box]
    pose = Mark(id=mark_id, geometry=Keypoints(xy=xy, v=v, skeleton=skeleton), label=label, group=mark_id)
    box.id, box.group = f"{mark_id}.box", mark_id
    return [pose, box]


def join_rings(rings: Sequence[Sequence[float]]) -> list[float]:
    """Join several flat rings into one by bridges of no width between their nearest corners.

    The bridge is walked there and back, so that the area stays the sum of the rings' areas.
    """
    joined = list(rings[0])
    for ring in rings[1:]:
        best = min(
            ((joined[i] - ring[j]) ** 2 + (joined[i + 1] - ring[j + 1]) ** 2, i, j)
            for i in range(0, len(joined), 2)
            for j in range(0, len(ring), 2)
        )
        _, i, j = best
        visit = [*ring[j:], *ring[:j], ring[j], ring[j + 1]]
        joined = [*joined[: i + 2], *visit, joined[i], joined[i + 1], *joined[i + 2 :]]
    return joined
