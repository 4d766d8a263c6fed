"""What a label is: marks on items under a schema, for pictures, video, LiDAR, sound, text and conversations.

The collection ``Marks`` is imported when it is first used: it brings numpy along.
"""

from typing import TYPE_CHECKING, Any

from doujia.marks.geometry import (
    Box,
    Cuboid2D,
    Cuboid3D,
    Ellipse,
    Geometry,
    Interval,
    Keyframe,
    Keypoints,
    Mask,
    Nothing,
    PointLabels3D,
    Points,
    Polygon,
    PolygonPart,
    Polyline,
    Ranking,
    Rating,
    RotatedBox,
    Span,
    Spans,
    Track,
)
from doujia.marks.item import (
    AudioMedia,
    Candidate,
    ConversationMedia,
    ImageMedia,
    Item,
    ItemMarks,
    Media,
    Message,
    PointsMedia,
    Sensor,
    TextMedia,
    VideoMedia,
)
from doujia.marks.mark import FLAGS, At, Mark, Origin, Relation
from doujia.marks.schema import Attribute, LabelClass, RelationType, Schema, Skeleton

if TYPE_CHECKING:
    from doujia.marks.collection import Marks

__all__ = [
    "FLAGS", "At", "Attribute", "AudioMedia", "Box", "Candidate", "ConversationMedia", "Cuboid2D", "Cuboid3D", "Ellipse",
    "Geometry", "ImageMedia", "Interval", "Item", "ItemMarks", "Keyframe", "Keypoints", "LabelClass", "Mark", "Marks", "Mask",
    "Media", "Message", "Nothing", "Origin", "PointLabels3D", "Points", "PointsMedia", "Polygon", "PolygonPart", "Polyline",
    "Ranking", "Rating", "Relation", "RelationType", "RotatedBox", "Schema", "Sensor", "Skeleton", "Span", "Spans",
    "TextMedia", "Track", "VideoMedia",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name == "Marks":
        from doujia.marks.collection import Marks

        return Marks
    raise AttributeError(f"module 'doujia.marks' has no attribute {name!r}")
