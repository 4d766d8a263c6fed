"""Label Studio's task JSON → items: annotations and predictions become marks, regions that share an id one mark."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlparse

from doujia.errors import InputError, Problem
from doujia.formats.contract import Dataset, Problems, ReadOptions
from doujia.formats.files import JsonStream, clean_name, fail, finite, head, read_text
from doujia.formats.label_studio.config import CLASS_CONTROL, objects_of, schema_from_config
from doujia.formats.label_studio.values import bad, image_geometry, ranking, sample_of, track_of
from doujia.formats.output import class_names
from doujia.formats.streamed import StreamedDataset
from doujia.marks import (
    At,
    AudioMedia,
    ConversationMedia,
    ImageMedia,
    Interval,
    Item,
    ItemMarks,
    Mark,
    Media,
    Message,
    Nothing,
    Origin,
    Relation,
    Schema,
    Span,
    TextMedia,
    VideoMedia,
)

__all__ = ["SPACE", "read"]

SPACE = "label_studio"
DEFAULT_RATE = 16000
_SPATIAL = re.compile(r"^(rectangle|ellipse|polygon|keypoint|brush|bitmask|vector)(labels)?$")
_PLAIN = frozenset({"choices", "taxonomy", "textarea", "number", "rating", "datetime"})
_KEPT = ("readonly", "hidden", "meta", "parentID", "item_index", "origin", "image_rotation", "is_positive")
_IMAGE = re.compile(r"\.(jpe?g|png|bmp|webp|tiff?|gif)(\?|$)", re.IGNORECASE)
_SOUND = re.compile(r"\.(wav|mp3|flac|ogg|opus|m4a|aac|amr)(\?|$)", re.IGNORECASE)
_VIDEO = re.compile(r"\.(mp4|avi|mov|mkv|webm)(\?|$)", re.IGNORECASE)

Json = dict[str, Any]


def read(path: Path, options: ReadOptions) -> Dataset:
    """Open an export (JSON list of tasks), or a folder with ``tasks.json`` and ``config.xml``.

    Options (``extra``): ``config`` names the labelling configuration; ``sample_rate`` in Hz for sound (16000 when neither
    the task nor the option says it).
    """
    config = Path(options.extra["config"]) if "config" in options.extra else None
    if path.is_dir():
        config = config or path / "config.xml"
        path = path / "tasks.json"
    schema = (
        schema_from_config(read_text(config), str(config)) if config is not None and config.exists() else None
    )
    rate = options.extra.get("sample_rate", "")
    if rate and not rate.isdigit():
        raise InputError(f"sample_rate is {rate!r}.", zh=f"采样率 {rate!r} 不是整数。", code="option_bad")
    reader = _Reader(path, schema, int(rate) if rate else None)
    first = head(path, 4096).lstrip()[:1]
    if first not in ("[", "{"):
        fail("json_malformed", "不是 JSON", "This is not JSON", file=path, line=1)
    return StreamedDataset(reader.items, schema=schema)


class _Reader:
    def __init__(self, path: Path, schema: Schema | None, rate: int | None) -> None:
        self.path, self.rate = path, rate
        self.objects = objects_of(schema) if schema is not None else {}
        names = class_names(schema) if schema is not None else {}
        self.ids = {name: class_id for class_id, name in names.items()}
        self.bools = {a.id for a in schema.attributes if a.type == "bool"} if schema is not None else set()
        self.many = {a.id for a in schema.attributes if a.type == "choices"} if schema is not None else set()
        self.whole = {a.id for a in schema.attributes if a.type == "int"} if schema is not None else set()

    def items(self, problems: Problems) -> Iterator[ItemMarks]:
        for index, task in JsonStream(self.path, problems).elements(None):
            if not isinstance(task, dict):
                self.report(
                    problems, "task_malformed", "任务不是对象", "The task is not an object", f"/{index}"
                )
                continue
            try:
                yield self.task(index, task, problems)
            except InputError as error:
                self.report(problems, error.code, error.message.zh, error.message.en, f"/{index}")

    def task(self, index: int, task: Json, problems: Problems) -> ItemMarks:
        data = task.get("data", task)
        if not isinstance(data, dict):
            raise bad("data")
        results = _results(task)
        ours = _dict(_dict(task.get("meta")).get("doujia"))
        media, key = self._media(data, results, ours, problems, index)
        name = self._name(data.get(key), ours, index)
        kept = {
            k: v
            for k, v in task.items()
            if k not in ("data", "annotations", "completions", "predictions", "id")
        }
        kept["data"] = data
        bundle = ItemMarks(
            Item(
                id=str(task.get("id", index + 1)) if "id" not in ours else str(ours["id"]),
                name=name,
                media=media,
                split=ours.get("split"),
                sequence=ours.get("sequence"),
                index=ours.get("index"),
                ext={SPACE: kept},
            )
        )
        annotations = _list(task.get("annotations", task.get("completions")))
        live = [a for a in annotations if isinstance(a, dict) and not a.get("was_cancelled")]
        cancelled = any(isinstance(a, dict) and a.get("was_cancelled") for a in annotations)
        bundle.item.status = "done" if live else "skipped" if cancelled else "unseen"
        for number, annotation in enumerate(live):
            several = str(annotation.get("id", number + 1)) if len(live) > 1 else None
            person = annotation.get("completed_by")
            actor = person.get("id") if isinstance(person, dict) else person
            origin = Origin(by="human", actor=str(actor)) if actor is not None else None
            _Regions(self, bundle, problems, f"/{index}/annotations/{number}/result", several, origin).add(
                annotation
            )
        for number, prediction in enumerate(_list(task.get("predictions"))):
            if isinstance(prediction, dict):
                origin = Origin(by="model", model=_text(prediction.get("model_version")) or "prediction")
                place = f"/{index}/predictions/{number}/result"
                _Regions(self, bundle, problems, place, f"prediction {number + 1}", origin).add(prediction)
        return bundle

    def _name(self, value: object, ours: Json, index: int) -> str:
        if isinstance(ours.get("name"), str):
            return clean_name(ours["name"], self.path, pointer=f"/{index}/meta")
        if not isinstance(value, str) or not value or len(value) > 500 or "\n" in value:
            return str(index + 1)
        parsed = urlparse(value)
        if "d" in (asked := parse_qs(parsed.query)) and parsed.path.endswith("/local-files/"):
            value = unquote(asked["d"][0])
        elif not parsed.scheme:
            value = value.lstrip("/")
        elif parsed.scheme in ("http", "https", "s3", "gs", "azure-blob"):
            value = unquote(f"{parsed.netloc}{parsed.path}")
        return clean_name(value, self.path, pointer=f"/{index}/data")

    def _media(
        self, data: Json, results: list[Json], ours: Json, problems: Problems, index: int
    ) -> tuple[Media, str]:
        kind, key = self._kind(data, results)
        width, height = (
            _whole(r.get(k)) for r in (_sized(results),) for k in ("original_width", "original_height")
        )
        width, height = width or _whole(ours.get("width")), height or _whole(ours.get("height"))
        value = data.get(key)
        if kind == "text":
            return TextMedia(text=value if isinstance(value, str) else ""), key
        if kind == "conversation":
            return ConversationMedia(messages=_messages(value)), key
        if kind == "audio":
            rate = self.rate or _whole(ours.get("sample_rate"))
            if not rate:
                rate = DEFAULT_RATE
                if results:
                    zh = f"不知道采样率,按 {rate} Hz 换算;可以用选项 sample_rate 指明"
                    en = f"The sample rate is not known, {rate} Hz is assumed; name it with the option sample_rate"
                    self.report(problems, "sample_rate_assumed", zh, en, f"/{index}", "info")
            lengths = [r["original_length"] for r in results if finite(r.get("original_length"))]
            samples = _whole(ours.get("samples")) or (sample_of(lengths[0], rate) if lengths else 0)
            return AudioMedia(
                samples=samples, sample_rate=rate, channels=_whole(ours.get("channels")) or 1
            ), key
        if kind == "video":
            counts = [_whole(_dict(r.get("value")).get("framesCount")) for r in results]
            frames = _whole(ours.get("frames")) or max(counts, default=0)
            fps = _whole(ours.get("fps_num")), _whole(ours.get("fps_den")) or 1
            return VideoMedia(width=width, height=height, frames=frames, fps_num=fps[0], fps_den=fps[1]), key
        return ImageMedia(width=width, height=height), key

    def _kind(self, data: Json, results: list[Json]) -> tuple[str, str]:
        tags = {"Video": "video", "Audio": "audio", "AudioPlus": "audio", "Text": "text", "HyperText": "text"}
        tags |= {"Paragraphs": "conversation", "Chat": "conversation", "Image": "image"}
        for tag, key in self.objects.values():
            if tag in tags and key in data:
                return tags[tag], key
        types = {str(r.get("type")) for r in results}
        strings = {k: v for k, v in data.items() if isinstance(v, str)}
        if types & {"videorectangle", "timelinelabels"}:
            return "video", _first(strings, _VIDEO, "video")
        if "paragraphlabels" in types or any(_is_messages(v) for v in data.values()):
            return "conversation", next((k for k, v in data.items() if _is_messages(v)), "messages")
        if any(_SPATIAL.match(t) for t in types):
            return "image", _first(strings, _IMAGE, "image")
        if any("channel" in _dict(r.get("value")) or "original_length" in r for r in results):
            return "audio", _first(strings, _SOUND, "audio")
        for kind, pattern in (("image", _IMAGE), ("audio", _SOUND), ("video", _VIDEO)):
            if any(pattern.search(v) for v in strings.values()) or kind in strings:
                return kind, _first(strings, pattern, kind)
        return (
            ("text", "text" if "text" in strings else next(iter(strings))) if strings else ("image", "image")
        )

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
        problems.add(Problem(code, severity, zh, en, file=str(self.path), pointer=pointer, item=item))


class _Regions:
    """The results of one annotation, grouped into marks."""

    def __init__(
        self,
        reader: _Reader,
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
        results = _list(annotation.get("result"))
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
        kind, value = str(result.get("type")), _dict(result.get("value"))
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
        region = str(result.get("id"))
        geometry = self._geometry(result, kind, value)
        mark = self._mark(region, result)
        if geometry is not None:
            if isinstance(mark.geometry, Nothing):
                mark.geometry = geometry[0]
            mark.at = geometry[1]
        elif isinstance(mark.geometry, Nothing) and kind != "labels":
            mark.ext[SPACE]["raw"] = value
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

    def _geometry(self, result: Json, kind: str, value: Json) -> tuple[Any, At | None] | None:
        media = self.bundle.item.media
        spatial = _SPATIAL.match(kind)
        if spatial is not None or (kind == "labels" and "width" in value):
            size = _whole(result.get("original_width")), _whole(result.get("original_height"))
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
            first = value["ranges"][0]
            return Interval(_whole(_dict(first).get("start")) - 1, _whole(_dict(first).get("end"))), None
        if "start" in value and "end" in value:
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
            offsets = _dict(value.get("globalOffsets")) or value
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
            for label in _list(value.get("choices")):
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
            return ["/".join(map(str, p)) for p in _list(raw)]
        if kind in ("number", "rating"):
            if not finite(raw):
                raise bad(kind)
            whole = float(raw).is_integer() and (name in self.reader.whole or isinstance(raw, int))
            return int(raw) if whole else float(raw)
        values = [str(v) for v in _list(raw)] if isinstance(raw, list) else [str(raw)]
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
        labels = _list(result.get("labels"))
        source, target = ends[0].id, ends[1].id
        if result.get("direction") == "left":
            source, target = target, source
        ext = {"direction": result["direction"]} if result.get("direction") in ("left", "bi") else {}
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


def _results(task: Json) -> list[Json]:
    found: list[Json] = []
    for key in ("annotations", "completions", "predictions"):
        for annotation in _list(task.get(key)):
            found += [r for r in _list(_dict(annotation).get("result")) if isinstance(r, dict)]
    return found


def _sized(results: list[Json]) -> Json:
    return next((r for r in results if "original_width" in r), {})


def _messages(value: object) -> list[Message]:
    rows = [r for r in _list(value) if isinstance(r, dict)]
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


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _dict(value: object) -> Json:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else "" if value is None else str(value)


def _whole(value: object) -> int:
    return int(value) if finite(value) and 0 <= value < 1 << 53 else 0


def looks_like_tasks(path: Path) -> float:
    """Confidence that a file is a list of Label Studio tasks."""
    target = path / "tasks.json" if path.is_dir() else path
    start = head(target)
    if start.lstrip()[:1] != "[":
        return 0.0
    if '"from_name"' in start and '"to_name"' in start:
        return 0.95
    return 0.7 if '"annotations"' in start and '"data"' in start else 0.0
