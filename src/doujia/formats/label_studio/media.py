"""Which medium a task is, and under which key of its data it stands."""

from __future__ import annotations

import re
from collections.abc import Iterable

from doujia.formats.files import finite
from doujia.formats.label_studio.coerce import Json, as_dict, as_list, as_whole
from doujia.formats.label_studio.regions import SPATIAL
from doujia.formats.label_studio.values import sample_of
from doujia.marks import AudioMedia, ConversationMedia, ImageMedia, Media, Message, TextMedia, VideoMedia

__all__ = ["DEFAULT_RATE", "kind_and_key", "media_of"]

DEFAULT_RATE = 16000
"""Hz, where neither the task nor an option says it."""

_IMAGE = re.compile(r"\.(jpe?g|png|bmp|webp|tiff?|gif)(\?|$)", re.IGNORECASE)
_SOUND = re.compile(r"\.(wav|mp3|flac|ogg|opus|m4a|aac|amr)(\?|$)", re.IGNORECASE)
_VIDEO = re.compile(r"\.(mp4|avi|mov|mkv|webm)(\?|$)", re.IGNORECASE)
_TAGS = {
    "Video": "video", "Audio": "audio", "AudioPlus": "audio", "Text": "text", "HyperText": "text",
    "Paragraphs": "conversation", "Chat": "conversation", "Image": "image",
}  # fmt: skip


def media_of(kind: str, value: object, results: list[Json], ours: Json, rate: int) -> Media:
    """Return the medium of a task.

    Args:
        kind: image, video, audio, text or conversation.
        value: what stands in the task's data under the medium's key.
        results: all results of the task, which repeat sizes and lengths.
        ours: what Doujia itself wrote into the task's ``meta``.
        rate: Hz, for sound.
    """
    if kind == "text":
        return TextMedia(text=value if isinstance(value, str) else "")
    if kind == "conversation":
        return ConversationMedia(messages=_messages(value))
    if kind == "audio":
        lengths = [r["original_length"] for r in results if finite(r.get("original_length"))]
        samples = as_whole(ours.get("samples")) or (sample_of(lengths[0], rate) if lengths else 0)
        return AudioMedia(samples=samples, sample_rate=rate, channels=as_whole(ours.get("channels")) or 1)
    sized = next((r for r in results if "original_width" in r), {})
    width = as_whole(sized.get("original_width")) or as_whole(ours.get("width"))
    height = as_whole(sized.get("original_height")) or as_whole(ours.get("height"))
    if kind == "video":
        counts = [as_whole(as_dict(r.get("value")).get("framesCount")) for r in results]
        return VideoMedia(
            width=width,
            height=height,
            frames=as_whole(ours.get("frames")) or max(counts, default=0),
            fps_num=as_whole(ours.get("fps_num")),
            fps_den=as_whole(ours.get("fps_den")) or 1,
        )
    turned = as_whole(ours.get("exif_orientation"))
    return ImageMedia(width=width, height=height, exif_orientation=turned if 1 <= turned <= 8 else 1)


def kind_and_key(data: Json, results: list[Json], objects: Iterable[tuple[str, str]]) -> tuple[str, str]:
    """Say what a task is: by the configuration's objects (tag, key), else by its results, else by how its data looks."""
    for tag, key in objects:
        if tag in _TAGS and key in data:
            return _TAGS[tag], key
    types = {str(r.get("type")) for r in results}
    strings = {k: v for k, v in data.items() if isinstance(v, str)}
    if types & {"videorectangle", "timelinelabels"}:
        return "video", _first(strings, _VIDEO, "video")
    if "paragraphlabels" in types or any(_is_messages(v) for v in data.values()):
        return "conversation", next((k for k, v in data.items() if _is_messages(v)), "messages")
    if any(SPATIAL.match(t) for t in types):
        return "image", _first(strings, _IMAGE, "image")
    if any("channel" in as_dict(r.get("value")) or "original_length" in r for r in results):
        return "audio", _first(strings, _SOUND, "audio")
    for kind, pattern in (("image", _IMAGE), ("audio", _SOUND), ("video", _VIDEO)):
        if any(pattern.search(v) for v in strings.values()) or kind in strings:
            return kind, _first(strings, pattern, kind)
    return ("text", "text" if "text" in strings else next(iter(strings))) if strings else ("image", "image")


def _messages(value: object) -> list[Message]:
    rows = [r for r in as_list(value) if isinstance(r, dict)]
    return [
        Message(
            id=str(i),
            role=str(r.get("role", r.get("author", ""))),
            content=str(r.get("content", r.get("text", ""))),
            extra={k: v for k, v in r.items() if k not in ("role", "author", "content", "text")},
        )
        for i, r in enumerate(rows)
    ]


def _is_messages(value: object) -> bool:
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(r, dict) and ({"text", "content"} & r.keys()) for r in value)
    )


def _first(strings: dict[str, str], pattern: re.Pattern[str], name: str) -> str:
    return next(
        (k for k, v in strings.items() if pattern.search(v)),
        name if name in strings else next(iter(strings), name),
    )
