"""The YOLO family: one text file for each picture, coordinates as shares of its size.

``yolo-detect`` boxes, ``yolo-seg`` one ring each, ``yolo-obb`` four corners, ``yolo-pose`` a box with keypoints. Plain
``yolo`` is ``yolo-seg``: it holds rings and, written as rings, boxes.
"""

from __future__ import annotations

from functools import partial

from doujia.formats.contract import Format
from doujia.formats.yolo.layout import sniff
from doujia.formats.yolo.reader import read
from doujia.formats.yolo.writer import write

__all__ = ["FORMATS"]


def _format(
    task: str,
    title: tuple[str, str],
    holds: set[str],
    options: tuple[str, ...] = (),
    aliases: tuple[str, ...] = (),
) -> Format:
    return Format(
        name=f"yolo-{task}",
        title=title,
        extensions=(".txt", ".yaml"),
        sniff=partial(sniff, task),
        read=partial(read, task),
        write=partial(write, task),
        holds=frozenset(holds),
        aliases=aliases,
        options=options,
    )


FORMATS = (
    _format(
        "seg", ("YOLO 分割(轮廓)", "YOLO segmentation (rings)"), {"polygon"}, ("parts", "column6"), ("yolo",)
    ),
    _format("detect", ("YOLO 检测(框)", "YOLO detection (boxes)"), {"box"}, ("column6",)),
    _format("obb", ("YOLO 旋转框", "YOLO oriented boxes"), {"obox"}),
    _format("pose", ("YOLO 姿态(框和关键点)", "YOLO pose (box and keypoints)"), {"box", "keypoints"}),
)
