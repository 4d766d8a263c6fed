"""An item: one thing to label, and the bundle of an item with everything marked on it."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from doujia.marks.mark import Mark, Relation

__all__ = [
    "AudioMedia",
    "Candidate",
    "ConversationMedia",
    "ImageMedia",
    "Item",
    "ItemMarks",
    "Media",
    "Message",
    "PointsMedia",
    "Sensor",
    "TextMedia",
    "VideoMedia",
]


class ImageMedia(msgspec.Struct, tag_field="kind", tag="image", kw_only=True, omit_defaults=True):
    """A picture; ``width`` and ``height`` in px as displayed, after ``exif_orientation`` (1..8) was applied."""

    width: int = 0
    height: int = 0
    exif_orientation: int = 1


class VideoMedia(msgspec.Struct, tag_field="kind", tag="video", kw_only=True, omit_defaults=True):
    """A clip; ``frames`` counted by decoding, nominal rate as a fraction."""

    width: int = 0
    height: int = 0
    frames: int = 0
    fps_num: int = 0
    fps_den: int = 1


class AudioMedia(msgspec.Struct, tag_field="kind", tag="audio", kw_only=True, omit_defaults=True):
    """Sound; ``samples`` per channel at ``sample_rate`` Hz."""

    samples: int = 0
    sample_rate: int = 0
    channels: int = 1


class Sensor(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One sensor of a rig. ``intrinsic`` 3x3 and ``sensor_to_ego`` 4x4 row-major; images in px."""

    name: str
    sensor_kind: Literal["lidar", "camera"]
    path: str | None = None
    width: int = 0
    height: int = 0
    intrinsic: list[float] | None = None
    distortion: dict[str, float] = {}
    sensor_to_ego: list[float] | None = None


class PointsMedia(msgspec.Struct, tag_field="kind", tag="points", kw_only=True, omit_defaults=True):
    """A LiDAR sweep with its cameras."""

    points: int = 0
    fields: list[str] = []
    sensors: list[Sensor] = []


class TextMedia(msgspec.Struct, tag_field="kind", tag="text", kw_only=True, omit_defaults=True):
    """Text as stored, never normalised."""

    text: str = ""


class Message(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One turn. ``content`` is plain text; ``extra`` keeps tool calls and other fields of the file."""

    id: str
    role: str
    content: str = ""
    extra: dict[str, Any] = {}


class Candidate(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One of several answers to compare; ``parent`` is the candidate it was edited from."""

    id: str
    messages: list[Message]
    parent: str | None = None
    extra: dict[str, Any] = {}


class ConversationMedia(
    msgspec.Struct, tag_field="kind", tag="conversation", kw_only=True, omit_defaults=True
):
    """A dialogue and, where answers are compared, the candidates that would follow it."""

    messages: list[Message] = []
    candidates: list[Candidate] = []


Media = ImageMedia | VideoMedia | AudioMedia | PointsMedia | TextMedia | ConversationMedia


class Item(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One thing to label.

    Attributes:
        id: the id the file gave, else a count; unique within a dataset.
        name: exact path as the client gave it, ``/`` as separator (``camera 1/0001.png``).
        media: what it is and how large.
        sha256: of the file, where it was read.
        split: train, val, test or the file's own word.
        status: ``done`` with no marks is a true negative; ``unseen`` was never labelled; ``skipped`` was refused.
        sequence, index: place in a sequence of items.
        attrs: attribute values of the whole item.
        ext: unknown keys of the file, by namespace.
    """

    id: str
    name: str = ""
    media: Media = msgspec.field(default_factory=ImageMedia)
    sha256: str | None = None
    split: str | None = None
    status: Literal["done", "unseen", "skipped"] = "done"
    sequence: str | None = None
    index: int | None = None
    attrs: dict[str, Any] = {}
    ext: dict[str, dict[str, Any]] = {}


class ItemMarks(msgspec.Struct, omit_defaults=True):
    """An item with everything marked on it: the unit in which datasets are read, written and compared."""

    item: Item
    marks: list[Mark] = []
    relations: list[Relation] = []
