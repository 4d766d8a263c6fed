"""What a difference is, and the names of classes, attributes, values and points in both languages."""

from __future__ import annotations

from dataclasses import dataclass

from doujia.marks import AudioMedia, Media, Schema, VideoMedia

__all__ = ["Difference", "Words"]


@dataclass(frozen=True)
class Difference:
    """One thing that is different.

    Attributes:
        code: missed, extra, class, place, attribute or text: the error classes of a review.
        zh, en: the sentence.
        truth, guess: ids of the marks concerned.
        place: a point (x, y) in px to show, where there is one.
        amount: how much, in px, samples, characters or 1 - similarity; for sorting.
    """

    code: str
    zh: str
    en: str
    truth: str | None = None
    guess: str | None = None
    place: tuple[float, float] | None = None
    amount: float = 1.0


class Words:
    """Names of classes, attributes, values and points in both languages; ids are used without a schema.

    ``media`` says in what time is told: milliseconds of sound, frames of a video, samples where nothing is known.
    """

    def __init__(self, schema: Schema | None, media: Media | None = None) -> None:
        self._media = media
        self._classes = (
            {
                c.id: (c.names.get("zh") or c.name or c.id, c.names.get("en") or c.name or c.id)
                for c in schema.classes
            }
            if schema
            else {}
        )
        self._attributes = {a.id: a for a in schema.attributes} if schema else {}
        self._skeletons = {s.id: s for s in schema.skeletons} if schema else {}

    def label(self, label: str | None) -> tuple[str, str]:
        if label is None:
            return "没有类别的标注", "mark without a class"
        return self._classes.get(label, (label, label))

    def attribute(self, name: str) -> tuple[str, str]:
        one = self._attributes.get(name)
        return (
            (one.names.get("zh") or one.name or name, one.names.get("en") or one.name or name)
            if one
            else (name, name)
        )

    def value(self, name: str, value: object) -> tuple[str, str]:
        if value is None:
            return "没填", "nothing"
        if isinstance(value, bool):
            return ("是", "yes") if value else ("否", "no")
        one = self._attributes.get(name)
        names = one.value_names.get(str(value), {}) if one else {}
        return names.get("zh", str(value)), names.get("en", str(value))

    def point(self, skeleton: str | None, index: int) -> tuple[str, str]:
        one = self._skeletons.get(skeleton or "")
        if one is None or index >= len(one.names):
            return f"第 {index + 1} 个点", f"point {index + 1}"
        zh = one.point_names.get("zh", one.names)
        return f"“{zh[index]}”", f"“{one.names[index]}”"

    def duration(self, n: int) -> tuple[str, str]:
        """Return a number of samples or frames as a stretch of time."""
        if isinstance(self._media, VideoMedia):
            return f"{n} 帧", f"{n} frames"
        if isinstance(self._media, AudioMedia) and self._media.sample_rate:
            ms = f"{1000 * n / self._media.sample_rate:.3g}" if n else "0"
            return f"{float(ms):g} 毫秒", f"{float(ms):g} ms"
        return f"{n} 个采样点", f"{n} samples"

    def moment(self, n: int) -> tuple[str, str]:
        """Return a sample or frame as a point in time."""
        if isinstance(self._media, VideoMedia):
            return f"第 {n} 帧", f"frame {n}"
        if isinstance(self._media, AudioMedia) and self._media.sample_rate:
            seconds = f"{n / self._media.sample_rate:.2f}"
            return f"{seconds} 秒", f"{seconds} s"
        return f"第 {n} 个采样点", f"sample {n}"
