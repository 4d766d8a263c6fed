"""What may be wrong with a picture that opens: too dark, too bright, blurred, nearly empty, tiny, a strip.

Measured on a grey copy of at most 512 px, so that the numbers mean the same for every camera. Thresholds are start values
of our own; a finding is a remark for the owner, never a reason to leave a file out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from doujia.errors import Problem

if TYPE_CHECKING:
    from PIL import Image

__all__ = ["Measures", "findings", "measures"]

SIDE = 512
DARK, BRIGHT, FLAT, BLURRED = 45, 225, 4.0, 12.0
TINY_PX, STRIP_RATIO = 32, 8.0


@dataclass(frozen=True)
class Measures:
    """Numbers about a picture.

    Attributes:
        p5, p95: percentiles of luma, 0..255.
        contrast: standard deviation of luma.
        sharpness: variance of the 4-neighbour Laplacian (Pech-Pacheco et al., ICPR 2000).
        dhash: 64-bit difference hash; equal pictures differ in few bits.
    """

    p5: float
    p95: float
    contrast: float
    sharpness: float
    dhash: int


def measures(picture: Image.Image) -> Measures:
    """Measure an upright picture of mode L, RGB or RGBA."""
    import numpy as np
    from PIL import Image

    grey = picture.convert("L")
    if max(grey.size) > SIDE:
        grey = grey.copy()
        grey.thumbnail((SIDE, SIDE), Image.Resampling.BOX)
    luma = np.asarray(grey, dtype=np.float32)
    sharpness = 0.0
    if min(luma.shape) >= 3:
        inner = luma[1:-1, 1:-1]
        around = luma[:-2, 1:-1] + luma[2:, 1:-1] + luma[1:-1, :-2] + luma[1:-1, 2:]
        sharpness = float((around - 4 * inner).var())
    small = np.asarray(grey.resize((9, 8), Image.Resampling.BOX), dtype=np.int16)
    bits = (small[:, 1:] > small[:, :-1]).flatten()
    dhash = int("".join("1" if b else "0" for b in bits), 2)
    p5, p95 = (float(v) for v in np.percentile(luma, (5, 95)))
    return Measures(p5, p95, float(luma.std()), sharpness, dhash)


def findings(found: Measures, width: int, height: int) -> list[Problem]:
    """Return what the owner should look at.

    Args:
        width, height: of the full picture in px.
    """
    remarks: list[tuple[str, str, str]] = []
    if min(width, height) < TINY_PX:
        remarks.append(("tiny", f"图片很小({width}×{height})。", f"The picture is tiny ({width}×{height})."))
    if max(width, height) > STRIP_RATIO * min(width, height):
        remarks.append(("strip", "图片又细又长。", "The picture is a long strip."))
    if found.contrast < FLAT:
        remarks.append(("flat", "图片几乎是一种颜色。", "The picture is nearly of one colour."))
    elif found.p95 < DARK:
        remarks.append(("dark", "图片很暗。", "The picture is very dark."))
    elif found.p5 > BRIGHT:
        remarks.append(("bright", "图片太亮,看不清。", "The picture is overexposed."))
    elif found.sharpness < BLURRED and min(width, height) >= TINY_PX:
        remarks.append(("blurred", "图片模糊。", "The picture is blurred."))
    return [Problem(code=code, severity="warn", zh=zh, en=en) for code, zh, en in remarks]
