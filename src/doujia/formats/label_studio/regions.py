"""The results of one annotation → marks: regions that share an id are one mark, answers are its attributes."""

from __future__ import annotations

import re
from typing import Any, Protocol

from doujia.errors import InputError
from doujia.formats.contract import Problems
from doujia.formats.files import finite
from doujia.formats.label_studio.coerce import Json, as_dict, as_list, as_whole
from doujia.formats.label_studio.config import CLASS_CONTROL
from doujia.formats.label_studio.values import (
    SPACE,
    bad,
    frame_rate,
    image_geometry,
    ranking,
    sample_of,
    track_of,
)
from doujia.marks import (
    At,
    AudioMedia,
    ConversationMedia,
    Interval,
    ItemMarks,
    Mark,
    Nothing,
    Origin,
    Relation,
    Span,
    TextMedia,
    VideoMedia,
)

__all__ = ["SPATIAL", "Reader", "Regions"]

SPATIAL = re.compile(r"^(rectangle|ellipse|polygon|keypoint|brush|bitmask|vector)(labels)?$")
"""Types of results that have a place in a picture."""

_PLAIN = frozenset({"choices", "taxonomy", "textarea", "number", "rating", "datetime"})
_KEPT = ("readonly", "hidden", "meta", "parentID", "item_index", "origin", "image_rotation", "is_positive")


class Reader(Protocol):
    """What the configuration says (class ids by name, attributes by type), and where problems go."""

    ids: dict[str, str]
    bools: set[str]
    many: set[str]
    whole: set[str]

    def report(
        self,
        problems: Problems,
        code: str,
        zh: str,
        en: str,
        pointer: str,
        severity: str = "error",
        item: str | None = None,
    ) -> None:
        """Note a problem at a place of the file."""


class Regions:
    """The results of one annotation, grouped into marks."""

    def __init__(
        self,
        reader: Reader,
        bundle: ItemMarks,
        problems: Problems,
        place: str,
        several: str | None,
        origin: Origin | None,
    ) -> None:
        self.reader, self.bundle, self.problems = reader, bundle, problems
        self.place, self.several, self.origin = place, several, origin
        self.marks: dict[str, Mark] = {}
        self.taken = {m.id for m in bundle.marks}

    def add(self, annotation: Json) -> None:
        results = as_list(annotation.get("result"))
        regions = {str(r.get("id")) for r in results if isinstance(r, dict) and self._is_region(r)}
        for number, result in enumerate(results):
            if not isinstance(result, dict):
                self._report("result_malformed", "不是对象", "It is not an object", number)
                continue
            try:
                self._result(number, result, regions)
            except InputError as error:
                self._report(error.code, error.message.zh, error.message.en, number)
        if self.several is not None:
            note = {k: v for k, v in annotation.items() if k != "result"}
            for mark in self.marks.values():
                mark.ext.setdefault(SPACE, {})["annotation"] = note
        elif isinstance(annotation.get("id"), int):
            self.bundle.item.ext[SPACE]["annotation"] = {k: v for k, v in annotation.items() if k != "result"}

    @staticmethod
    def _is_region(result: Json) -> bool:
        return str(result.get("type")) not in _PLAIN | {"relation", "pairwise", "ranker"}

    def _result(self, number: int, result: Json, regions: set[str]) -> None:
        kind, value = str(result.get("type")), as_dict(result.get("value"))
        if kind == "relation":
            self._relation(number, result)
        elif kind in ("pairwise", "ranker"):
            self._mark(f"{kind} {number + 1}", result).geometry = ranking(kind, value)
        elif kind in _PLAIN and str(result.get("id")) not in regions:
            self._answer_for_item(number, result, kind, value)
        elif kind in _PLAIN:
            self._answer_for_mark(result, kind, value)
        else:
            self._region(result, kind, value)

    def _region(self, result: Json, kind: str, value: Json) -> None:
        ranges = value.get("ranges")
        if kind == "timelinelabels" and isinstance(ranges, list) and len(ranges) > 1:
            for number, one in enumerate(
                ranges, 1
            ):  # a mark for each stretch; together they are one region there
                part = {**result, "id": f"{result.get('id')}-{number}"} if number > 1 else result
                self._region(part, kind, {**value, "ranges": [one]})
            return
        region = str(result.get("id"))
        geometry = self._geometry(result, kind, value)
        mark = self._mark(region, result)
        if geometry is not None:
            if isinstance(mark.geometry, Nothing):
                mark.geometry = geometry[0]
            mark.at = geometry[1]
            if kind == "videorectangle":
                self._keep_rate(mark, value)
            elif kind.startswith("vector"):
                self._keep_vertices(mark, value)
            elif kind.startswith("keypoint") and finite(value.get("width")):
                mark.ext[SPACE]["point_width"] = value["width"]
        elif isinstance(mark.geometry, Nothing) and (kind != "labels" or "start" in value):
            mark.ext[SPACE] |= {"raw": value, "type": kind}
            zh, en = f"{kind} 没有对应的图形,原样保留", f"{kind} has no geometry here and is kept as it is"
            self.reader.report(self.problems, "result_kept_raw", zh, en, self.place, "info")
        labels = value.get(kind if kind in value else "labels")
        if isinstance(labels, list) and labels:
            first = str(labels[0])
            mark.label = self.reader.ids.get(first, first)
            if len(labels) > 1:
                mark.ext[SPACE]["labels"] = [str(x) for x in labels]
        if finite(result.get("score")):
            mark.score = float(result["score"])

    def _keep_vertices(self, mark: Mark, value: Json) -> None:
        """A vector's points have ids and may be curves, which our lines are not: kept to be written again."""
        vertices = as_list(value.get("vertices"))
        mark.ext[SPACE]["vertices"] = vertices
        if any(as_dict(v).get("isBezier") for v in vertices):
            zh = "曲线按它的顶点读成直线;写回 Label Studio 时原样保留"
            en = "A curve is read as straight lines between its points; Label Studio gets it back as it was"
            self.reader.report(self.problems, "curve_flattened", zh, en, self.place, "warn")

    def _keep_rate(self, mark: Mark, value: Json) -> None:
        """``time`` counts by the frame rate of the configuration, which need not be the file's: kept to be written again."""
        media, rate = self.bundle.item.media, frame_rate(value)
        assert isinstance(media, VideoMedia)
        if rate is not None and (not media.fps_num or abs(media.fps_num / media.fps_den - rate) > 1e-6):
            mark.ext[SPACE]["frame_rate"] = rate

    def _geometry(self, result: Json, kind: str, value: Json) -> tuple[Any, At | None] | None:
        media = self.bundle.item.media
        spatial = SPATIAL.match(kind)
        if spatial is not None or (kind == "labels" and "width" in value):
            size = as_whole(result.get("original_width")), as_whole(result.get("original_height"))
            if not all(size):
                raise InputError(
                    "original_width or original_height is missing, so that percent cannot become pixels.",
                    zh="缺少 original_width 或 original_height,百分比换不成像素。",
                    code="size_missing",
                )
            found = image_geometry(spatial.group(1) if spatial else "rectangle", value, size)
            return (found, None) if found is not None else None
        if kind == "videorectangle" and isinstance(media, VideoMedia):
            size = media.width, media.height
            if not all(size):
                raise InputError(
                    "The size of the video is missing, so that percent cannot become pixels.",
                    zh="缺少视频尺寸,百分比换不成像素。",
                    code="size_missing",
                )
            return track_of(value, size), None
        if kind == "timelinelabels" and isinstance(value.get("ranges"), list) and value["ranges"]:
            first = as_dict(value["ranges"][0])
            start, end = as_whole(first.get("start")), as_whole(first.get("end"))
            if not 1 <= start <= end:
                raise bad("ranges")
            return Interval(start - 1, end), None
        if "start" in value and "end" in value and kind != "timeserieslabels":
            return self._stretch(value)
        return None

    def _stretch(self, value: Json) -> tuple[Any, At | None] | None:
        media = self.bundle.item.media
        if isinstance(media, AudioMedia):
            rate = media.sample_rate
            channel = value.get("channel")
            start, end = sample_of(value["start"], rate), sample_of(value["end"], rate)
            return Interval(start, end, channel if isinstance(channel, int) else None), None
        if isinstance(media, ConversationMedia) and "startOffset" in value:
            if str(value["start"]) != str(value["end"]):
                raise InputError(
                    "A span goes over several paragraphs.",
                    zh="片段跨了几段话,放不进一段。",
                    code="span_over_paragraphs",
                )
            at = int(value["start"]) if str(value["start"]).isdigit() else -1
            if not 0 <= at < len(media.messages):
                raise bad("start")
            span = self._span(
                value["startOffset"], value["endOffset"], value.get("text"), media.messages[at].content
            )
            return span, At(message=media.messages[at].id)
        if isinstance(media, TextMedia):
            offsets = as_dict(value.get("globalOffsets")) or value
            if isinstance(offsets.get("start"), str | float):
                return None  # a path into a page without the offset in its text, or seconds: kept as it is
            plain = None if offsets is not value else media.text
            return self._span(offsets.get("start"), offsets.get("end"), value.get("text"), plain), None
        return None

    def _span(self, start: object, end: object, quote: object, text: str | None) -> Span:
        """A span whose unit is proved by its quote: code points, else UTF-16 units."""
        if not isinstance(start, int) or not isinstance(end, int) or start < 0 or end <= start:
            raise bad("start, end")
        if not isinstance(quote, str) or text is None:
            return Span(start, end, quote[:64] if isinstance(quote, str) else None)
        if text[start:end] != quote:
            units = text.encode("utf-16-le")
            if units[2 * start : 2 * end].decode("utf-16-le", "replace") == quote:
                before = len(units[: 2 * start].decode("utf-16-le", "replace"))
                return Span(before, before + len(quote), quote[:64])
            zh, en = "片段的文字和原文对不上", "The text of a span is not what stands there"
            self.reader.report(self.problems, "span_text_differs", zh, en, self.place, "warn")
        return Span(start, end, quote[:64])

    def _mark(self, region: str, result: Json) -> Mark:
        if region not in self.marks:
            mark_id = region if self.several is None else f"{self.several}:{region}"
            while mark_id in self.taken:
                mark_id += "'"
            self.taken.add(mark_id)
            own = {k: result[k] for k in _KEPT if k in result} | {"from_name": result.get("from_name")}
            own["to_name"] = result.get("to_name")
            if self.several is not None:
                own["region"] = region
            mark = Mark(id=mark_id, origin=self.origin, ext={SPACE: own})
            self.marks[region] = mark
            self.bundle.marks.append(mark)
        return self.marks[region]

    def _answer_for_mark(self, result: Json, kind: str, value: Json) -> None:
        mark, name = self._mark(str(result.get("id")), result), str(result.get("from_name"))
        answer = self._answer(name, kind, value)
        if kind == "textarea" and name in ("text", "transcription") and isinstance(answer, str):
            mark.text = answer
            if name != "text":
                mark.ext[SPACE]["text_from"] = name
        else:
            mark.attrs = {**mark.attrs, name: answer}

    def _answer_for_item(self, number: int, result: Json, kind: str, value: Json) -> None:
        name = str(result.get("from_name"))
        if name == CLASS_CONTROL and kind == "choices":
            for label in as_list(value.get("choices")):
                mark = self._mark(f"{result.get('id', number)}", result)
                mark.label = self.reader.ids.get(str(label), str(label))
        elif self.several is None:
            self.bundle.item.attrs[name] = self._answer(name, kind, value)
        else:
            mark = self._mark(str(result.get("id", f"answer {number + 1}")), result)
            mark.attrs = {**mark.attrs, name: self._answer(name, kind, value)}

    def _answer(self, name: str, kind: str, value: Json) -> Any:
        raw = value.get("text" if kind == "textarea" else kind)
        if kind == "taxonomy":
            return ["/".join(map(str, p)) for p in as_list(raw)]
        if kind in ("number", "rating"):
            if not finite(raw):
                raise bad(kind)
            whole = float(raw).is_integer() and (name in self.reader.whole or isinstance(raw, int))
            return int(raw) if whole else float(raw)
        values = [str(v) for v in as_list(raw)] if isinstance(raw, list) else [str(raw)]
        if name in self.reader.bools and len(values) == 1:
            return values[0] == "true"
        return values[0] if len(values) == 1 and name not in self.reader.many else values

    def _relation(self, number: int, result: Json) -> None:
        ends = [self.marks.get(str(result.get(k))) for k in ("from_id", "to_id")]
        if ends[0] is None or ends[1] is None:
            self._report(
                "relation_dangling", "关系的一端不存在", "One end of a relation does not exist", number
            )
            return
        labels = as_list(result.get("labels"))
        source, target = ends[0].id, ends[1].id
        if result.get("direction") == "left":
            source, target = target, source
        ext: Json = {"direction": result["direction"]} if result.get("direction") in ("left", "bi") else {}
        if len(labels) > 1:
            ext["more_labels"] = labels[1:]
        self.bundle.relations.append(
            Relation(
                id=f"r{len(self.bundle.relations) + 1}",
                type=str(labels[0]) if labels else "",
                source=source,
                target=target,
                ext={SPACE: ext} if ext else {},
            )
        )

    def _report(self, code: str, zh: str, en: str, number: int) -> None:
        item = self.bundle.item
        self.reader.report(self.problems, code, zh, en, f"{self.place}/{number}", item=item.name)
