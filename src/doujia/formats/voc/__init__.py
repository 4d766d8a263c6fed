"""Pascal VOC: one XML file for each picture, and pixels of the objects as palette PNGs where asked for.

The devkit counts pixels from 1 and includes both ends; some tools write 0-based edges with fractions. Reading takes
``pixel_origin`` = ``one_inclusive`` or ``zero`` and otherwise looks for a 0 or a fraction, which only the latter has.
"""

from __future__ import annotations

from doujia.formats.contract import Format
from doujia.formats.voc.reader import read, sniff
from doujia.formats.voc.writer import write

__all__ = ["FORMATS"]

FORMATS = (
    Format(
        name="voc",
        title=("Pascal VOC(框,可选像素掩膜)", "Pascal VOC (boxes, pixel masks on request)"),
        extensions=(".xml",),
        sniff=sniff,
        read=read,
        write=write,
        holds=frozenset({"box", "mask"}),
        options=("pixel_origin", "masks", "rounding"),
    ),
)
