"""Every dataset format, read and written without silent loss.

>>> from doujia import formats
>>> sorted(formats.names())[:0]
[]
"""

from __future__ import annotations

import gc
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path

from doujia.errors import FormatError, InputError, Problem
from doujia.formats.contract import (
    Dataset,
    Format,
    LossReport,
    MemoryDataset,
    Problems,
    ReadOptions,
    WriteOptions,
)

__all__ = [
    "Dataset",
    "Format",
    "LossReport",
    "MemoryDataset",
    "Problems",
    "ReadOptions",
    "WriteOptions",
    "get",
    "names",
    "read",
    "recognise",
    "sniff",
    "write",
]

_MODULES: dict[str, str] = {
    # format name -> module that defines it in its tuple FORMATS; imported only when asked for
    "coco": "coco",
    "coco-panoptic": "coco",
    "yolo": "yolo",
    "yolo-seg": "yolo",
    "yolo-detect": "yolo",
    "yolo-obb": "yolo",
    "yolo-pose": "yolo",
    "voc": "voc",
    "template": "template",
    "doujia-jsonl": "doujia_jsonl",
    "parquet": "parquet",
    "cvat": "cvat",
    "label-studio": "label_studio",
    "labelme": "labelme",
    "x-anylabeling": "labelme",
    "labelme-xml": "labelme_web",
    "datumaro": "datumaro",
    "kitti": "kitti",
    "kitti-3d": "kitti",
    "kitti-raw": "kitti_raw",
    "mot": "mot",
    "wider-face": "wider_face",
    "ppocr": "ocr",
    "icdar": "ocr",
    "conll": "conll",
    "doccano": "doccano",
    "textgrid": "textgrid",
    "audacity": "audacity",
    "elan": "elan",
    "chat-jsonl": "chat_jsonl",
    "dpo-jsonl": "preference_jsonl",
    "kto-jsonl": "preference_jsonl",
    "prm-jsonl": "preference_jsonl",
    "ranking-jsonl": "ranking_jsonl",
    "croissant": "croissant",
}

_ALIASES = {"coco-instances": "coco", "coco-keypoints": "coco", "coco-captions": "coco"}
"""Other names under which formats are asked for."""

_SURE = 0.25
"""Below this confidence a file is not taken for what it might be: the person says it."""


def names() -> list[str]:
    """Return the names of all formats."""
    return list(_MODULES)


def get(name: str) -> Format:
    """Return the format called ``name``.

    Raises:
        InputError: there is none; the message lists those there are.
    """
    module = _MODULES.get(_ALIASES.get(name, name))
    if module is not None:
        for candidate in import_module(f"doujia.formats.{module}").FORMATS:
            if name == candidate.name or name in candidate.aliases:
                return candidate  # type: ignore[no-any-return]
    alike = get_close_matches(name, [*_MODULES, *_ALIASES], 3)
    hint_zh, hint_en = (
        ("", "") if not alike else (f"是不是 {'、'.join(alike)}?", f"Did you mean {', '.join(alike)}? ")
    )
    raise InputError(
        f"No format is called {name!r}. {hint_en}There are: {', '.join(_MODULES)}.",
        zh=f"没有叫 {name!r} 的格式。{hint_zh}可用的有:{'、'.join(_MODULES)}。",
        code="format_unknown",
    )


def sniff(path: Path | str) -> list[tuple[str, float]]:
    """Return the formats that ``path`` may be, best first, with confidence 0..1."""
    target = Path(path)
    found = [(f.name, f.sniff(target)) for f in (get(n) for n in _MODULES) if f.read is not None]
    return sorted({(n, c) for n, c in found if c > 0}, key=lambda x: (-x[1], x[0]))


def recognise(path: Path | str) -> list[str]:
    """Return the format that ``path`` is, first, and after it those that it might just as well be.

    Raises:
        FormatError: there is no such file, or it is no format we know.
    """
    target = Path(path)
    _must_exist(target)
    guesses = sniff(target)
    if not guesses or guesses[0][1] < _SURE:
        closest = ", ".join(name for name, _ in guesses[:3])
        raise FormatError(
            Problem(
                "format_unrecognised",
                "error",
                "认不出这是什么格式,请用 --from 指明" + (f"(最像的是 {closest})" if closest else ""),
                "This is no format we recognise; name it with --from"
                + (f" (closest: {closest})" if closest else ""),
                file=str(target),
            )
        )
    return [name for name, sure in guesses if sure >= guesses[0][1] - 0.15 and sure >= _SURE]


def _must_exist(target: Path) -> None:
    if not target.exists():
        raise FormatError(
            Problem(
                "file_missing",
                "error",
                f"没有这个文件:{target}",
                f"There is no such file: {target}",
                file=str(target),
            )
        )


def read(path: Path | str, format: str = "auto", options: ReadOptions | None = None) -> Dataset:
    """Open a dataset for streaming.

    Raises:
        FormatError: not a format we know, or not readable as the one named.
    """
    target = Path(path)
    _must_exist(target)
    chosen = get(recognise(target)[0] if format == "auto" else format)
    if chosen.read is None:
        raise InputError(
            f"{format} can only be written.", zh=f"{format} 只能写出。", code="format_write_only"
        )
    return chosen.read(target, options or ReadOptions())


def write(dataset: Dataset, path: Path | str, format: str, options: WriteOptions | None = None) -> LossReport:
    """Write a dataset; returns what was kept and what was not.

    Raises:
        LossRefused: something would be lost that ``options.allow_loss`` does not allow. Nothing was written.
    """
    chosen = get(format)
    if chosen.write is None:
        raise InputError(f"{format} can only be read.", zh=f"{format} 只能读入。", code="format_read_only")
    # A stream makes many short-lived containers and no cycles; the collector would look at them again and again.
    thresholds = gc.get_threshold()
    gc.set_threshold(max(thresholds[0], 50_000), *thresholds[1:])
    try:
        return chosen.write(dataset, Path(path), options or WriteOptions())
    finally:
        gc.set_threshold(*thresholds)
