"""COCO: instances, keypoints and captions in one reader and writer; panoptic beside it.

Pages: the COCO data format description, pycocotools; facts and golden values in the tests.
"""

from __future__ import annotations

from doujia.formats.coco.panoptic import read_panoptic, sniff_panoptic, write_panoptic
from doujia.formats.coco.reader import read, sniff
from doujia.formats.coco.writer import write
from doujia.formats.contract import Format

__all__ = ["FORMATS"]

FORMATS = (
    Format(
        name="coco",
        title=("COCO(实例、关键点、描述)", "COCO (instances, keypoints, captions)"),
        extensions=(".json",),
        sniff=sniff,
        read=read,
        write=write,
        holds=frozenset({"box", "obox", "ellipse", "polygon", "mask", "keypoints"}),
        aliases=("coco-instances", "coco-keypoints", "coco-captions"),
        options=("keypoint_origin", "task"),
    ),
    Format(
        name="coco-panoptic",
        title=("COCO 全景分割", "COCO panoptic"),
        extensions=(".json",),
        sniff=sniff_panoptic,
        read=read_panoptic,
        write=write_panoptic,
        holds=frozenset({"mask"}),
        options=("masks",),
    ),
)
