"""CVAT XML 1.1, for images and for video, as cvat.ai exports and imports it.

Boxes keep their rotation (degrees clockwise about the centre), masks are run lengths by rows inside their box, video
frames are absolute source frames. Numbers are written with two decimals where that is exact, else with all digits.
"""

from __future__ import annotations

from pathlib import Path

from doujia.formats.contract import Format
from doujia.formats.cvat.reading import read
from doujia.formats.cvat.writing import HOLDS, write
from doujia.formats.files import head

__all__ = ["FORMATS", "HOLDS", "read", "write"]


def sniff(path: Path) -> float:
    """Confidence by the root element and its version."""
    start = head(path / "annotations.xml" if path.is_dir() else path)
    if "<annotations" not in start:
        return 0.0
    return 0.95 if "<version>1.1</version>" in start or "<meta>" in start else 0.6


FORMATS = (
    Format(
        name="cvat",
        title=("CVAT XML 1.1(图片和视频)", "CVAT XML 1.1 (images and video)"),
        extensions=(".xml",),
        sniff=sniff,
        read=read,
        write=write,
        holds=frozenset(
            {
                "none",
                "box",
                "obox",
                "polygon",
                "polyline",
                "points",
                "keypoints",
                "mask",
                "ellipse",
                "cuboid2",
                "track",
            }
        ),
    ),
)
