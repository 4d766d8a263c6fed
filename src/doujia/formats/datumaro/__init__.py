"""Datumaro JSON: ``annotations/<subset>.json`` with categories and items.

Boxes are x, y, width, height on the continuous plane; sizes are height, width; ``points`` with a point category are
keypoints; the attributes ``score``, ``occluded``, ``truncated``, ``is_crowd`` and ``rotation`` (degrees, of a box) have the
meaning that Datumaro's own plug-ins give them. Numbers are written with all digits.
"""

from __future__ import annotations

from doujia.formats.contract import Format
from doujia.formats.datumaro.reading import read, sniff
from doujia.formats.datumaro.writing import HOLDS, write

__all__ = ["FORMATS", "HOLDS", "read", "write"]

FORMATS = (
    Format(
        "datumaro", ("Datumaro JSON", "Datumaro JSON"), (".json",), sniff, read, write,
        frozenset({"none", "box", "obox", "polygon", "polyline", "points", "keypoints", "mask", "ellipse", "cuboid2", "cuboid3"}),
    ),
)  # fmt: skip
