"""Label Studio's task JSON → items: annotations and predictions become marks, regions that share an id one mark."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlparse

from doujia.errors import InputError, Problem
from doujia.formats.contract import Dataset, Problems, ReadOptions
from doujia.formats.files import clean_name, fail, head, read_text
from doujia.formats.json_stream import JsonStream
from doujia.formats.label_studio.coerce import Json, as_dict, as_list, as_text, as_whole
from doujia.formats.label_studio.config import objects_of, schema_from_config
from doujia.formats.label_studio.media import DEFAULT_RATE, kind_and_key, media_of
from doujia.formats.label_studio.regions import Regions
from doujia.formats.label_studio.values import SPACE, bad
from doujia.formats.output import class_names
from doujia.formats.streamed import StreamedDataset
from doujia.marks import Item, ItemMarks, Media, Origin, Schema

__all__ = ["looks_like_tasks", "read"]


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
        ours = as_dict(as_dict(task.get("meta")).get("doujia"))
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
        annotations = as_list(task.get("annotations", task.get("completions")))
        live = [a for a in annotations if isinstance(a, dict) and not a.get("was_cancelled")]
        cancelled = any(isinstance(a, dict) and a.get("was_cancelled") for a in annotations)
        bundle.item.status = "done" if live else "skipped" if cancelled else "unseen"
        for number, annotation in enumerate(live):
            several = str(annotation.get("id", number + 1)) if len(live) > 1 else None
            person = annotation.get("completed_by")
            actor = person.get("id") if isinstance(person, dict) else person
            origin = Origin(by="human", actor=str(actor)) if actor is not None else None
            Regions(self, bundle, problems, f"/{index}/annotations/{number}/result", several, origin).add(
                annotation
            )
        for number, prediction in enumerate(as_list(task.get("predictions"))):
            if isinstance(prediction, dict):
                origin = Origin(by="model", model=as_text(prediction.get("model_version")) or "prediction")
                place = f"/{index}/predictions/{number}/result"
                Regions(self, bundle, problems, place, f"prediction {number + 1}", origin).add(prediction)
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
        kind, key = kind_and_key(data, results, self.objects.values())
        rate = self.rate or as_whole(ours.get("sample_rate"))
        if kind == "audio" and not rate and results:
            zh = f"不知道采样率,按 {DEFAULT_RATE} Hz 换算;可以用选项 sample_rate 指明"
            en = f"The sample rate is not known, {DEFAULT_RATE} Hz is assumed; name it with the option sample_rate"
            self.report(problems, "sample_rate_assumed", zh, en, f"/{index}", "info")
        return media_of(kind, data.get(key), results, ours, rate or DEFAULT_RATE), key

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


def _results(task: Json) -> list[Json]:
    found: list[Json] = []
    for key in ("annotations", "completions", "predictions"):
        for annotation in as_list(task.get(key)):
            found += [r for r in as_list(as_dict(annotation).get("result")) if isinstance(r, dict)]
    return found


def looks_like_tasks(path: Path) -> float:
    """Confidence that a file is a list of Label Studio tasks."""
    target = path / "tasks.json" if path.is_dir() else path
    start = head(target)
    if start.lstrip()[:1] != "[":
        return 0.0
    if '"from_name"' in start and '"to_name"' in start:
        return 0.95
    return 0.7 if '"annotations"' in start and '"data"' in start else 0.0
