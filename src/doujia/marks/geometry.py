"""Where a mark is: one small struct per kind, together the tagged union ``Geometry``.

Conventions, written down once:

* **Pixel frame.** The continuous plane: (0, 0) is the outer corner of the first pixel, the centre of pixel *i*
  is *i* + 0.5, the right and bottom edges are ``width`` and ``height``. x points right, y down. Coordinates
  refer to the picture as displayed, after its EXIF orientation.
* **Flat coordinates.** ``xy`` lists are flat: ``[x0, y0, x1, y1, …]``. Rings are not closed.
* **Angles.** Radians, clockwise on the screen (x right, y down). Stored angles are never normalised, because
  tracks need to know which way a turn went; fold them when comparing.
* **Masks.** COCO run lengths (column-major, starting with background) in the compressed string form.
* **Text.** Half-open spans in Unicode code points of the stored, never normalised text, with the quoted text.
* **Sound.** Half-open integer samples at the item's own rate. **Video.** 0-based index in the frame table.
* **Space.** Metres, right-handed, ego x forward, y left, z up; boxes by geometric centre, size (length along the
  heading, width, height), unit quaternion (w, x, y, z).
"""

from __future__ import annotations

import msgspec

__all__ = [
    "Box",
    "Cuboid2D",
    "Cuboid3D",
    "Ellipse",
    "Geometry",
    "Interval",
    "Keyframe",
    "Keypoints",
    "Mask",
    "Nothing",
    "PointLabels3D",
    "Points",
    "Polygon",
    "PolygonPart",
    "Polyline",
    "Ranking",
    "Rating",
    "RotatedBox",
    "Span",
    "Spans",
    "Track",
]


class Nothing(msgspec.Struct, tag_field="kind", tag="none", frozen=True):
    """No place: the label, text or attributes belong to the whole item."""


class Box(msgspec.Struct, tag_field="kind", tag="box", frozen=True):
    """Axis-aligned box by its edges, px. Area is ``(x1 - x0) * (y1 - y0)``."""

    x0: float
    y0: float
    x1: float
    y1: float


class RotatedBox(msgspec.Struct, tag_field="kind", tag="obox", frozen=True):
    """Box turned about its centre: ``w`` runs along ``angle``, px and radians clockwise on the screen."""

    cx: float
    cy: float
    w: float
    h: float
    angle: float = 0.0


class PolygonPart(msgspec.Struct, frozen=True, omit_defaults=True):
    """One connected piece: an outer ring and its holes, each flat ``[x0, y0, …]`` and not closed."""

    outer: list[float]
    holes: list[list[float]] = []


class Polygon(msgspec.Struct, tag_field="kind", tag="polygon", frozen=True):
    """One object's outline, possibly in several pieces (it may be split by something in front of it)."""

    parts: list[PolygonPart]


class Polyline(msgspec.Struct, tag_field="kind", tag="polyline", frozen=True):
    """Open line through flat ``xy``."""

    xy: list[float]


class Points(msgspec.Struct, tag_field="kind", tag="points", frozen=True):
    """Loose points, flat ``xy``; they have no names."""

    xy: list[float]


class Keypoints(msgspec.Struct, tag_field="kind", tag="keypoints", frozen=True, omit_defaults=True):
    """Named points of one instance in the order of the schema's skeleton.

    ``v`` has one entry a point: 0 not labelled (outside), 1 labelled but hidden (occluded), 2 visible.
    """

    xy: list[float]
    v: list[int]
    skeleton: str | None = None


class Mask(msgspec.Struct, tag_field="kind", tag="mask", frozen=True):
    """Pixels of one object as COCO run lengths; ``size`` is (height, width)."""

    size: tuple[int, int]
    counts: str


class Ellipse(msgspec.Struct, tag_field="kind", tag="ellipse", frozen=True):
    """Ellipse with radii ``rx`` (along ``angle``) and ``ry``, px and radians."""

    cx: float
    cy: float
    rx: float
    ry: float
    angle: float = 0.0


class Cuboid2D(msgspec.Struct, tag_field="kind", tag="cuboid2", frozen=True):
    """A box in perspective drawn in the picture: corners of the near and far face.

    Each face is flat ``[x, y] * 4`` in the order top-left, top-right, bottom-right, bottom-left.
    """

    front: list[float]
    back: list[float]


class Cuboid3D(msgspec.Struct, tag_field="kind", tag="cuboid3", frozen=True, omit_defaults=True):
    """Box in space: ``centre`` (x, y, z) m, ``size`` (length, width, height) m, quaternion ``q`` (w, x, y, z)."""

    centre: tuple[float, float, float]
    size: tuple[float, float, float]
    q: tuple[float, float, float, float] = (1.0, 0.0, 0.0, 0.0)
    frame: str = "sensor"


class PointLabels3D(msgspec.Struct, tag_field="kind", tag="points3", frozen=True, omit_defaults=True):
    """A class and instance for each point of a sweep, kept as a blob: uint16 class index, uint16 instance."""

    blob: str
    frame: str = "sensor"


class Span(msgspec.Struct, tag_field="kind", tag="span", frozen=True, omit_defaults=True):
    """Half-open span of Unicode code points; ``quote`` is the text it covers (at most 64 code points are kept)."""

    start: int
    end: int
    quote: str | None = None


class Spans(msgspec.Struct, tag_field="kind", tag="spans", frozen=True, omit_defaults=True):
    """A discontinuous span: several half-open ranges of code points of one mention."""

    ranges: list[tuple[int, int]]
    quote: str | None = None


class Interval(msgspec.Struct, tag_field="kind", tag="interval", frozen=True, omit_defaults=True):
    """Half-open stretch of time: integer samples for sound, integer frames for video.

    ``channel`` is 0-based; ``f0`` and ``f1`` bound a band in Hz where one was drawn in a spectrogram.
    """

    start: int
    end: int
    channel: int | None = None
    f0: float | None = None
    f1: float | None = None


class Ranking(msgspec.Struct, tag_field="kind", tag="ranking", frozen=True):
    """Best first; candidates in one inner list are tied."""

    order: list[list[str]]


class Rating(msgspec.Struct, tag_field="kind", tag="rating", frozen=True, omit_defaults=True):
    """A number on a stated scale from ``low`` to ``high``."""

    value: float
    low: float = 1.0
    high: float = 5.0


StaticGeometry = (
    Nothing
    | Box
    | RotatedBox
    | Polygon
    | Polyline
    | Points
    | Keypoints
    | Mask
    | Ellipse
    | Cuboid2D
    | Cuboid3D
    | PointLabels3D
    | Span
    | Spans
    | Interval
    | Ranking
    | Rating
)

AttributeValue = bool | int | float | str | list[str] | None


class Keyframe(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a person (or a file) said about one frame of a track.

    ``t`` is the 0-based frame index. ``outside`` ends the visible run from this frame on; ``attrs`` holds only the
    mutable attributes that change here; ``hold`` copies the geometry up to the next keyframe instead of
    interpolating.
    """

    t: int
    geometry: StaticGeometry
    outside: bool = False
    occluded: bool = False
    hold: bool = False
    attrs: dict[str, AttributeValue] = {}


class Track(msgspec.Struct, tag_field="kind", tag="track", frozen=True):
    """One object over time; only keyframes are stored, ``doujia.marks.interpolate`` fills the frames between."""

    keyframes: list[Keyframe]


Geometry = StaticGeometry | Track
