"""A client's own layout by a Jinja2 template: any text format, one file for the set or one for each item.

The template runs in a sandbox: it sees plain data, no objects of the program, and cannot reach files.

What it sees: ``items`` (for the whole set, read as it is asked for) or ``item``, ``marks``, ``relations`` (for one item), and
``classes``, ``schema``, ``info``. A mark is its JSON form with ``bbox`` = ``[x, y, width, height]`` px (or none) and
``class_index`` added. Filters beyond Jinja's: ``json`` and ``csv`` (quoted, and harmless in a spreadsheet).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import msgspec

from doujia.errors import FormatError, InputError, Problem
from doujia.formats.atomic import staged_file, staged_folder, write_small
from doujia.formats.contract import Dataset, Format, LossReport, WriteOptions
from doujia.formats.losses import Holds, Losses
from doujia.formats.pictures import safe_name
from doujia.marks import ItemMarks, Schema
from doujia.marks.schema import GEOMETRY_KINDS
from doujia.marks.shapes import bounds

if TYPE_CHECKING:
    from jinja2 import Template
    from jinja2.sandbox import SandboxedEnvironment

__all__ = ["FORMATS", "write"]

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def write(dataset: Dataset, destination: Path, options: WriteOptions) -> LossReport:
    """Render a dataset.

    ``extra`` options: ``template`` = path of the template (required); ``name`` = template of a file's name, for example
    ``{{ item.name }}.txt``: with it one file is written for each item, into a folder.

    Raises:
        InputError: no template was given.
        FormatError: the template cannot be read, is wrong, or asks for something that is not there.
    """
    where = options.extra.get("template")
    if not where:
        raise InputError(
            "Name the template: --set template=FILE.",
            zh="请指明模板:--set template=文件。",
            code="template_missing",
        )
    source = Path(where)
    environment = _environment()
    template = _load(environment, source)
    report = LossReport(
        format="template", notes=["模板没用到的内容没有统计。 · What the template leaves out is not counted."]
    )
    losses = Losses(report, Holds())
    common = _common(dataset)
    if options.extra.get("name"):
        naming = _compile(environment, options.extra["name"], source)
        return _each(dataset, destination, options, template, naming, common, losses, source)
    with staged_file(destination) as stream:
        rows = _rows(dataset, dataset.schema, losses, options)
        try:
            for piece in template.generate(**common, items=rows):
                stream.write(piece.encode("utf-8"))
        except Exception as error:  # noqa: BLE001 - whatever a template does wrong is reported as the template's fault
            _fail(error, source)
        for _ in rows:  # a template need not look at every item; the report counts them all the same
            pass
        report.files = 1
        return losses.settle(options)


def _each(
    dataset: Dataset,
    destination: Path,
    options: WriteOptions,
    template: Template,
    naming: Template,
    common: dict[str, Any],
    losses: Losses,
    source: Path,
) -> LossReport:
    report = losses.report
    with staged_folder(destination) as folder:
        for row in _rows(dataset, dataset.schema, losses, options):
            try:
                name = safe_name(naming.render(**common, **row).strip())
                text = template.render(**common, **row)
            except Exception as error:  # noqa: BLE001 - as above
                _fail(error, source)
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                write_small(str(path), text.encode("utf-8"))
            except FileExistsError as error:
                raise InputError(
                    f"Two items would be written to {name}; make the name tell them apart.",
                    zh=f"有两个文件都要写成 {name},请让文件名能区分它们。",
                    code="template_name_twice",
                ) from error
            report.files += 1
        return losses.settle(options)


def _rows(
    dataset: Dataset, schema: Schema, losses: Losses, options: WriteOptions
) -> Iterator[dict[str, Any]]:
    index = {c.id: i for i, c in enumerate(schema.classes)}
    done = 0
    for bundle in dataset:
        done += 1
        if options.progress is not None and done % 256 == 0:
            options.progress(done, dataset.count)
        if bundle.item.status != "done":
            losses.add("not_done_skipped", bundle.item, source=bundle.item.status)
            continue
        losses.report.items += 1
        losses.report.marks += len(bundle.marks)
        yield _row(bundle, index)


def _row(bundle: ItemMarks, index: dict[str, int]) -> dict[str, Any]:
    marks = []
    for mark in bundle.marks:
        plain = {f: msgspec.to_builtins(getattr(mark, f)) for f in mark.__struct_fields__}
        box = bounds(mark.geometry)
        plain["bbox"] = None if box is None else [box[0], box[1], box[2] - box[0], box[3] - box[1]]
        plain["class_index"] = index.get(mark.label or "", -1)
        marks.append(plain)
    item = {f: msgspec.to_builtins(getattr(bundle.item, f)) for f in bundle.item.__struct_fields__}
    return {"item": item, "marks": marks, "relations": msgspec.to_builtins(bundle.relations)}


def _common(dataset: Dataset) -> dict[str, Any]:
    schema = dataset.schema
    classes = [{f: msgspec.to_builtins(getattr(c, f)) for f in c.__struct_fields__} for c in schema.classes]
    return {
        "classes": classes,
        "schema": msgspec.to_builtins(schema),
        "info": msgspec.to_builtins(dataset.info),
    }


def _environment() -> SandboxedEnvironment:
    from jinja2 import StrictUndefined
    from jinja2.sandbox import SandboxedEnvironment

    environment = SandboxedEnvironment(
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )
    environment.filters["json"] = lambda value: json.dumps(value, ensure_ascii=False)
    environment.filters["csv"] = _csv
    return environment


def _csv(value: Any) -> str:
    """One cell: quoted where it must be; a text that a spreadsheet would run as a formula gets an apostrophe."""
    text = "" if value is None else str(value)
    if isinstance(value, str) and text.startswith(_FORMULA):
        text = "'" + text
    return '"' + text.replace('"', '""') + '"' if any(c in text for c in ',"\r\n') else text


def _load(environment: SandboxedEnvironment, source: Path) -> Template:
    try:
        text = source.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise FormatError(
            Problem(
                "template_unreadable",
                "error",
                f"模板读不了:{error}",
                f"The template cannot be read: {error}",
                file=str(source),
            )
        ) from error
    return _compile(environment, text, source)


def _compile(environment: SandboxedEnvironment, text: str, source: Path) -> Template:
    from jinja2 import TemplateSyntaxError

    try:
        return environment.from_string(text)
    except TemplateSyntaxError as error:
        _fail(error, source)


def _fail(error: Exception, source: Path) -> NoReturn:
    line = getattr(error, "lineno", None)
    raise FormatError(
        Problem(
            "template_wrong",
            "error",
            f"模板有错:{error}",
            f"The template is wrong: {error}",
            file=str(source),
            line=line,
        )
    ) from error


FORMATS = (
    Format(
        name="template",
        title=("自定义模板(Jinja2)", "your own template (Jinja2)"),
        extensions=(".j2",),
        sniff=lambda path: 0.0,
        read=None,
        write=write,
        holds=frozenset(GEOMETRY_KINDS),
        options=("template", "name"),
    ),
)
