"""What the geometry of a mark must be on a given item: well formed, inside, not tiny, quoting what it covers."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any

from doujia.errors import InputError, Problem
from doujia.marks import rle
from doujia.marks.geometry import (
    Box,
    Cuboid2D,
    Cuboid3D,
    Ellipse,
    Interval,
    Keypoints,
    Mask,
    Points,
    Polygon,
    Polyline,
    Ranking,
    Rating,
    RotatedBox,
    Span,
    Spans,
    Track,
)  # fmt: skip
from doujia.marks.item import AudioMedia, ConversationMedia, ImageMedia, Item, TextMedia, VideoMedia
from doujia.marks.mark import Mark
from doujia.marks.schema import Skeleton
from doujia.marks.shapes import bounds, ring_area

__all__ = ["QUOTE_LENGTH", "GeometryRules"]

QUOTE_LENGTH = 64
"""A span keeps at most so many code points of what it covers."""

_EDGE = 0.5  # px: what a click on the border may lie outside without being worth a word


class GeometryRules:
    """The geometry rules for the marks of one item.

    Args:
        item: its media gives the frame; None checks only what needs no frame.
        min_size: px; a box, outline or mask narrower or lower than this is refused.
        skeletons: by id.
    """

    def __init__(self, item: Item | None, min_size: float, skeletons: dict[str, Skeleton]) -> None:
        media = item.media if item is not None else None
        self._width = self._height = 0
        if isinstance(media, (ImageMedia, VideoMedia)):
            self._width, self._height = media.width, media.height
        self._media = media
        self._min_size = min_size
        self._skeletons = skeletons

    def check(self, mark: Mark, found: list[Problem]) -> None:
        """Add what is wrong with a mark's geometry to ``found``."""
        geometry = mark.geometry
        if type(geometry) is Box:
            self._box(geometry, mark, found)
        elif type(geometry) is Track:
            self._track(geometry, mark, found)
        else:
            self._static(geometry, mark, found)

    def _box(self, box: Box, mark: Mark, found: list[Problem]) -> None:
        x0, y0, x1, y1 = box.x0, box.y0, box.x1, box.y1
        if not (x0 <= x1 and y0 <= y1 and x1 - x0 < math.inf and y1 - y0 < math.inf):
            if all(map(math.isfinite, (x0, y0, x1, y1))):
                _add(
                    found,
                    mark,
                    "box_inverted",
                    "框的左右或上下颠倒了",
                    "The box's edges are in the wrong order",
                )
            else:
                _not_finite(found, mark)
            return
        self._extent(x0, y0, x1, y1, mark, found)

    def _extent(self, x0: float, y0: float, x1: float, y1: float, mark: Mark, found: list[Problem]) -> None:
        if x1 - x0 < self._min_size or y1 - y0 < self._min_size:
            _add(found, mark, "too_small", f"太小了:{x1 - x0:.4g} x {y1 - y0:.4g} 像素", f"Too small: {x1 - x0:.4g} x {y1 - y0:.4g} px")  # fmt: skip
        self._inside(x0, y0, x1, y1, mark, found)

    def _inside(self, x0: float, y0: float, x1: float, y1: float, mark: Mark, found: list[Problem]) -> None:
        width, height = self._width, self._height
        if (
            not width
            or not height
            or (x0 >= -_EDGE and y0 >= -_EDGE and x1 <= width + _EDGE and y1 <= height + _EDGE)
        ):
            return
        if x1 <= 0 or y1 <= 0 or x0 >= width or y0 >= height:
            _add(found, mark, "outside_picture", "整个在图片外面", "It lies outside the picture")
        else:
            over = max(-x0, -y0, x1 - width, y1 - height)
            _add(found, mark, "beyond_picture", f"超出图片 {over:.4g} 像素", f"It reaches {over:.4g} px beyond the picture", "warn")  # fmt: skip

    def _static(self, geometry: Any, mark: Mark, found: list[Problem]) -> None:
        match geometry:
            case Box():
                self._box(geometry, mark, found)
            case Polygon():
                self._polygon(geometry, mark, found)
            case Mask():
                self._mask(geometry, mark, found)
            case RotatedBox(cx=a, cy=b, w=w, h=h, angle=angle) | Ellipse(cx=a, cy=b, rx=w, ry=h, angle=angle):
                self._turned(geometry, (a, b, w, h, angle), mark, found)
            case Polyline(xy=xy):
                self._points(xy, 2, mark, found)
            case Points(xy=xy):
                self._points(xy, 1, mark, found)
            case Cuboid2D(front=front, back=back):
                if len(front) != 8 or len(back) != 8:
                    _add(
                        found,
                        mark,
                        "points_count",
                        "立体框每个面要 4 个角",
                        "Each face of the cuboid has 4 corners",
                    )
                else:
                    self._points(front + back, 8, mark, found)
            case Keypoints():
                self._keypoints(geometry, mark, found)
            case Cuboid3D():
                _cuboid(geometry, mark, found)
            case Span() | Spans():
                self._span(geometry, mark, found)
            case Interval():
                self._interval(geometry, mark, found)
            case Ranking(order=order):
                self._ranking(order, mark, found)
            case Rating(value=value, low=low, high=high):
                if not low <= value <= high:
                    _add(found, mark, "rating_range", f"评分应在 {low:g} 到 {high:g} 之间", f"The rating should be from {low:g} to {high:g}")  # fmt: skip

    def _polygon(self, polygon: Polygon, mark: Mark, found: list[Problem]) -> None:
        if not polygon.parts:
            _add(found, mark, "points_count", "轮廓是空的", "The outline is empty")
            return
        for part in polygon.parts:
            for ring in (part.outer, *part.holes):
                if len(ring) < 6 or len(ring) % 2:
                    _add(found, mark, "points_count", "轮廓至少要三个点", "An outline needs three points")
                    return
                if not math.isfinite(sum(ring)):
                    _not_finite(found, mark)
                    return
        box = bounds(polygon)
        if box is not None:
            self._extent(*box, mark, found)
            if self._min_size and ring_area(polygon.parts[0].outer) == 0:
                _add(found, mark, "too_small", "轮廓没有面积", "The outline has no area")

    def _mask(self, mask: Mask, mark: Mark, found: list[Problem]) -> None:
        if self._width and self._height and mask.size != (self._height, self._width):
            _add(found, mark, "mask_shape", f"掩膜是 {mask.size[1]}x{mask.size[0]},图片是 {self._width}x{self._height}",
                 f"The mask is {mask.size[1]}x{mask.size[0]}, the picture {self._width}x{self._height}")  # fmt: skip
            return
        try:
            rle.mask_of(mask.size, mask.counts)
        except InputError as error:
            _add(found, mark, error.code, error.message.zh, error.message.en)
            return
        if rle.area(mask) == 0:
            _add(found, mark, "too_small", "掩膜里没有像素", "The mask has no pixel")

    def _turned(self, geometry: Any, numbers: Sequence[float], mark: Mark, found: list[Problem]) -> None:
        if not all(map(math.isfinite, numbers)):
            _not_finite(found, mark)
            return
        least = self._min_size if isinstance(geometry, RotatedBox) else self._min_size / 2
        if numbers[2] < least or numbers[3] < least:
            _add(found, mark, "too_small", f"太小了:{numbers[2]:.4g} x {numbers[3]:.4g} 像素", f"Too small: {numbers[2]:.4g} x {numbers[3]:.4g} px")  # fmt: skip
        box = bounds(geometry)
        if box is not None:
            self._inside(*box, mark, found)

    def _points(self, xy: Sequence[float], least: int, mark: Mark, found: list[Problem]) -> None:
        if len(xy) % 2 or len(xy) < 2 * least:
            _add(found, mark, "points_count", f"至少要 {least} 个点", f"At least {least} points are needed")
        elif not math.isfinite(sum(xy)):
            _not_finite(found, mark)
        else:
            xs, ys = xy[0::2], xy[1::2]
            self._inside(min(xs), min(ys), max(xs), max(ys), mark, found)

    def _keypoints(self, points: Keypoints, mark: Mark, found: list[Problem]) -> None:
        skeleton = self._skeletons.get(points.skeleton or "")
        expected = len(skeleton.names) if skeleton is not None else len(points.v)
        if len(points.v) != expected or len(points.xy) != 2 * len(points.v):
            _add(
                found,
                mark,
                "points_count",
                f"应有 {expected} 个关键点",
                f"There should be {expected} keypoints",
            )
        elif any(v not in (0, 1, 2) for v in points.v):
            _add(found, mark, "keypoint_visibility", "可见性应为 0、1、2", "Visibility is 0, 1 or 2")
        elif not any(points.v):
            _add(found, mark, "points_count", "一个关键点都没有标", "No keypoint is labelled")
        elif not math.isfinite(sum(points.xy)):
            _not_finite(found, mark)
        else:
            box = bounds(points)
            if box is not None:
                self._inside(*box, mark, found)

    def _span(self, geometry: Span | Spans, mark: Mark, found: list[Problem]) -> None:
        ranges = [(geometry.start, geometry.end)] if isinstance(geometry, Span) else geometry.ranges
        text = self._text(mark)
        for start, end in ranges:
            if not 0 <= start < end or (text is not None and end > len(text)):
                _add(found, mark, "span_range", f"片段 {start} 到 {end} 不在文字里", f"Span {start} to {end} is not in the text")  # fmt: skip
                return
        if not ranges or any(a[1] > b[0] for a, b in itertools.pairwise(ranges)):
            _add(found, mark, "span_range", "分段的片段应依次排列、互不重叠", "Pieces of a span stand in order and do not overlap")  # fmt: skip
            return
        if text is None or geometry.quote is None:
            return
        covered = "".join(text[s:e] for s, e in ranges)[:QUOTE_LENGTH]
        if covered != geometry.quote:
            _add(found, mark, "quote_mismatch", f"片段是“{covered}”,却记成了“{geometry.quote}”(多半是字符算错了位置)",
                 f"The span covers {covered!r} but quotes {geometry.quote!r} (offsets are probably counted differently)")  # fmt: skip

    def _text(self, mark: Mark) -> str | None:
        media = self._media
        if isinstance(media, TextMedia):
            return media.text
        if isinstance(media, ConversationMedia) and mark.at is not None and mark.at.message is not None:
            every = [*media.messages, *(m for c in media.candidates for m in c.messages)]
            return next((m.content for m in every if m.id == mark.at.message), None)
        return None

    def _interval(self, interval: Interval, mark: Mark, found: list[Problem]) -> None:
        limit = 0
        if isinstance(self._media, AudioMedia):
            limit = self._media.samples
        elif isinstance(self._media, VideoMedia):
            limit = self._media.frames
        if not 0 <= interval.start < interval.end or (limit and interval.end > limit):
            _add(found, mark, "interval_range", f"时间段 {interval.start} 到 {interval.end} 不在文件里",
                 f"The interval {interval.start} to {interval.end} is not in the file")  # fmt: skip
        elif (
            isinstance(self._media, AudioMedia)
            and interval.channel is not None
            and not 0 <= interval.channel < self._media.channels
        ):
            _add(
                found,
                mark,
                "interval_channel",
                f"没有第 {interval.channel} 声道",
                f"There is no channel {interval.channel}",
            )

    def _ranking(self, order: list[list[str]], mark: Mark, found: list[Problem]) -> None:
        named = [c for tied in order for c in tied]
        known = (
            {c.id for c in self._media.candidates}
            if isinstance(self._media, ConversationMedia)
            else set(named)
        )
        if len(set(named)) < len(named) or (known and set(named) != known):
            _add(found, mark, "ranking_order", "排序里每个候选要恰好出现一次", "Every candidate stands in the ranking exactly once")  # fmt: skip

    def _track(self, track: Track, mark: Mark, found: list[Problem]) -> None:
        frames = self._media.frames if isinstance(self._media, VideoMedia) else 0
        times = [k.t for k in track.keyframes]
        if not times or any(a >= b for a, b in itertools.pairwise(times)):
            _add(found, mark, "track_keyframes", "轨迹的关键帧应有一个以上、按时间递增", "A track has keyframes in rising order")  # fmt: skip
        elif times[0] < 0 or (frames and times[-1] >= frames):
            _add(found, mark, "track_keyframes", f"关键帧不在 0 到 {frames - 1} 帧之间", f"A keyframe is not within 0 to {frames - 1}")  # fmt: skip
        elif len({type(k.geometry) for k in track.keyframes}) > 1:
            _add(
                found,
                mark,
                "track_keyframes",
                "一条轨迹里只能有一种图形",
                "A track holds one kind of geometry",
            )
        else:
            for keyframe in track.keyframes:
                if not keyframe.outside:
                    before = len(found)
                    self._static(keyframe.geometry, mark, found)
                    if len(found) > before:
                        return  # the first keyframe that is wrong says enough


def _cuboid(cuboid: Cuboid3D, mark: Mark, found: list[Problem]) -> None:
    if not all(map(math.isfinite, (*cuboid.centre, *cuboid.size, *cuboid.q))):
        _not_finite(found, mark)
    elif min(cuboid.size) <= 0:
        _add(found, mark, "too_small", "立体框的长宽高应大于 0", "Length, width and height are above 0")
    elif abs(math.hypot(*cuboid.q) - 1) > 1e-3:
        _add(found, mark, "quaternion_norm", "姿态四元数的长度应是 1", "The quaternion's length is 1")


def _not_finite(found: list[Problem], mark: Mark) -> None:
    _add(found, mark, "number_not_finite", "坐标里有不是有限数的", "A coordinate is not finite")


def _add(found: list[Problem], mark: Mark, code: str, zh: str, en: str, severity: str = "error") -> None:
    found.append(Problem(code, severity, zh, en, mark=mark.id, field="geometry"))
