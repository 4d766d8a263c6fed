"""``doujia formats``, ``convert``, ``inspect`` and ``diff``: dataset files from any tool to any other."""

from __future__ import annotations

import argparse
import json
import sys
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

from doujia.cli.language import say
from doujia.cli.progress import ProgressBar
from doujia.cli.reading import (
    check_options,
    extra_options,
    one_thread,
    open_dataset,
    print_problems,
    source_format,
)
from doujia.errors import LossRefused

if TYPE_CHECKING:
    from doujia.formats import Dataset, Format, LossReport
    from doujia.formats.compare import Difference
    from doujia.formats.survey import Survey

__all__ = ["register"]

_SHOWN = 20


def register(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Add the commands of this module."""
    formats = subparsers.add_parser(
        "formats", help=say("列出数据集格式,以及各能存什么", "list the dataset formats and what each holds")
    )
    formats.add_argument("--json", action="store_true")
    formats.set_defaults(run=_formats)
    _register_convert(subparsers)
    inspect = subparsers.add_parser(
        "inspect",
        help=say("数一数数据集里有什么,列出问题", "count what is in a dataset and list what is wrong"),
    )
    inspect.add_argument("source", type=Path)
    _reading(inspect)
    inspect.set_defaults(run=_inspect)
    diff = subparsers.add_parser(
        "diff", help=say("说明两个数据集有什么不同", "say what differs between two datasets")
    )
    diff.add_argument("first", type=Path)
    diff.add_argument("second", type=Path)
    diff.add_argument(
        "--from",
        dest="source_format",
        default="auto",
        metavar="FORMAT",
        help=say("第一个的格式", "format of the first"),
    )
    diff.add_argument(
        "--from-second", default="auto", metavar="FORMAT", help=say("第二个的格式", "format of the second")
    )
    diff.add_argument("--images", type=Path, metavar="DIR")
    diff.add_argument(
        "--tolerance",
        type=float,
        default=0.01,
        metavar="PX",
        help=say("坐标相差在此之内算相同", "coordinates within it are equal"),
    )
    diff.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help=say("格式的选项", "option of the format"),
    )
    diff.add_argument("--json", action="store_true")
    diff.set_defaults(run=_diff)


def _register_convert(subparsers: argparse._SubParsersAction[Any]) -> None:
    convert = subparsers.add_parser(
        "convert",
        help=say(
            "转换数据集,会丢什么,先说再转", "convert a dataset, saying what would be lost before it is lost"
        ),
        description=say(
            "转换数据集。会丢条目、标注、形状或类别时停下,允许该代码后才继续。",
            "Convert a dataset. Losses of items, marks, geometry or classes stop it until their code is allowed.",
        ),
    )
    convert.add_argument("source", type=Path)
    convert.add_argument("destination", type=Path)
    _reading(convert)
    convert.add_argument("--to", dest="target_format", required=True, metavar="FORMAT")
    convert.add_argument(
        "--report",
        type=Path,
        metavar="FILE",
        help=say("把损失报告写成 JSON,被拒时也写", "write the loss report as JSON, also when refused"),
    )
    convert.add_argument("--allow-loss", nargs="+", action="extend", default=[], metavar="CODE")
    convert.add_argument(
        "--strict", action="store_true", help=say("有任何损失就停下", "any loss at all stops it")
    )
    convert.add_argument(
        "--split",
        metavar="train=0.8,val=0.2",
        help=say("按名称的哈希划分条目", "deal the items out by a hash of their name"),
    )
    convert.add_argument(
        "--seed", type=int, default=0, metavar="N", help=say("--split 的种子", "seed of --split")
    )
    convert.set_defaults(run=_convert)


def _reading(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--from",
        dest="source_format",
        default="auto",
        metavar="FORMAT",
        help=say("auto 自动识别", "auto recognises it"),
    )
    parser.add_argument(
        "--images",
        type=Path,
        metavar="DIR",
        help=say("图片所在的文件夹,给不带尺寸的格式用", "where the pictures are, for formats without sizes"),
    )
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help=say("格式的选项,见该格式的说明页", "option of a format, see its page"),
    )
    parser.add_argument(
        "--json", action="store_true", help=say("以 JSON 输出结果", "print the result as JSON")
    )


# Commands ----------------------------------------------------------------------------------------------------------


def _formats(args: argparse.Namespace) -> int:
    from doujia import formats

    rows = []
    for name in formats.names():
        chosen = formats.get(name)
        rows.append(
            {
                "name": name,
                "title": {"zh": chosen.title[0], "en": chosen.title[1]},
                "read": chosen.read is not None,
                "write": chosen.write is not None,
                "holds": sorted(chosen.holds),
                "extensions": list(chosen.extensions),
                "options": list(chosen.options),
            }
        )
    if args.json:
        print(json.dumps(rows, ensure_ascii=False, indent=2))
        return 0
    for row in rows:
        chosen = formats.get(str(row["name"]))
        ways = f"{'r' if row['read'] else '-'}{'w' if row['write'] else '-'}"
        title = say(chosen.title[0], chosen.title[1])
        print(f"{row['name']:<20} {ways}  {title}\n{'':<24} {', '.join(sorted(chosen.holds))}")
        if chosen.options:
            print(f"{'':<24} --set {'=… '.join(chosen.options)}=…")
    return 0


def _convert(args: argparse.Namespace) -> int:
    from doujia import formats
    from doujia.formats.contract import LOSS_CODES, WriteOptions
    from doujia.formats.split import SplitDataset, parse_shares

    one_thread()
    codes = [c for given in args.allow_loss for c in given.split(",") if c]
    unknown = [c for c in codes if c not in LOSS_CODES]
    if unknown:
        meant = [m for c in unknown for m in get_close_matches(c, LOSS_CODES, 2)] or sorted(LOSS_CODES)
        return _usage(
            f"没有这样的损失代码:{'、'.join(unknown)};有的是:{'、'.join(meant)}",
            f"There is no such loss code: {', '.join(unknown)}; there are: {', '.join(meant)}",
        )
    shares = parse_shares(args.split) if args.split else None
    extra, goal = extra_options(args.set), formats.get(args.target_format)
    source = _source(args)
    check_options(extra, (source, goal))
    dataset = open_dataset(args.source, source, args, extra)
    target: Dataset = dataset
    if shares is not None:
        target = SplitDataset(dataset, shares, args.seed)
    bar = ProgressBar(say("转换", "converting"), quiet=args.json)
    options = WriteOptions(
        allow_loss=frozenset(codes), strict=args.strict, images=args.images, extra=extra, progress=bar
    )
    try:
        report = formats.write(target, args.destination, args.target_format, options)
    except LossRefused as refused:
        _save_report(args.report, refused.report, dataset)
        if args.json:
            _print_report(refused.report, dataset, as_json=True)
        else:
            bar.close()
            _print_report(refused.report, dataset, as_json=False)
        raise
    finally:
        bar.close()
    _save_report(args.report, report, dataset)
    _print_report(report, dataset, as_json=args.json)
    return 1 if dataset.problems.severities.get("error") else 0


def _inspect(args: argparse.Namespace) -> int:
    from doujia.formats.survey import survey

    one_thread()
    extra, source = extra_options(args.set), _source(args)
    check_options(extra, [source])
    dataset = open_dataset(args.source, source, args, extra)
    bar = ProgressBar(say("检查", "inspecting"), quiet=args.json)
    try:
        result = survey(dataset, bar)
    finally:
        bar.close()
    if args.json:
        print(_json(result))
    else:
        _print_survey(result)
    return 1 if set(result.problem_severities) - {"info"} else 0


def _diff(args: argparse.Namespace) -> int:
    from doujia.formats.compare import compare

    one_thread()
    extra = extra_options(args.set)
    known = source_format(args.first, args.source_format), source_format(args.second, args.from_second)
    check_options(extra, known)
    first, second = (
        open_dataset(path, f, args, extra) for path, f in zip((args.first, args.second), known, strict=True)
    )
    bar = ProgressBar(say("比较", "comparing"), quiet=args.json)
    try:
        result = compare(first, second, args.tolerance, bar)
    finally:
        bar.close()
    for dataset in (first, second):
        print_problems(dataset.problems.kept, dataset.problems.counts)
    if args.json:
        print(_json(result))
    else:
        _print_difference(result)
    return 1 if result else 0


def _source(args: argparse.Namespace) -> Format:
    return source_format(args.source, args.source_format)


# Parts -------------------------------------------------------------------------------------------------------------


def _usage(zh: str, en: str) -> int:
    print(say(zh, en), file=sys.stderr)
    return 2


def _json(value: Any) -> str:
    import msgspec

    return json.dumps(msgspec.to_builtins(value), ensure_ascii=False, indent=2)


def _save_report(path: Path | None, report: LossReport, dataset: Dataset) -> None:
    if path is None:
        return
    from doujia.formats.atomic import staged_file

    with staged_file(path) as stream:
        stream.write(_report_json(report, dataset).encode("utf-8"))


def _report_json(report: LossReport, dataset: Dataset) -> str:
    import msgspec

    whole = {f: msgspec.to_builtins(getattr(report, f)) for f in report.__struct_fields__}
    problems = {"counts": dataset.problems.counts, "kept": msgspec.to_builtins(dataset.problems.kept)}
    return json.dumps({**whole, "problems": problems}, ensure_ascii=False, indent=2) + "\n"


def _print_report(report: LossReport, dataset: Dataset, *, as_json: bool) -> None:
    from doujia.formats.contract import LOSS_CODES

    if as_json:
        print(_report_json(report, dataset), end="")
        return
    if report.result == "written":
        print(
            say(
                f"写出 {report.items} 个文件的标注,{report.marks} 个标注({report.format})",
                f"{report.items} items and {report.marks} marks written as {report.format}",
            )
        )
    for loss in report.losses:
        zh, en = LOSS_CODES[loss.code]
        way = f" {loss.source or ''}{f' → {loss.target}' if loss.target else ''}" if loss.source else ""
        moved = "" if loss.px_max is None else f", p50 {loss.px_p50:.3g} px, max {loss.px_max:.3g} px"
        example = f"  {say('例如', 'e.g.')} {loss.examples[0]}" if loss.examples else ""
        print(f"  {loss.code:<24} {loss.count:>9,}{way}  {say(zh, en)}{moved}{example}")
    for note in report.notes if report.result == "written" else ():
        zh, _, en = note.partition(" · ")
        print(f"  {say(zh, en or zh)}")
    print_problems(dataset.problems.kept, dataset.problems.counts)


def _print_survey(result: Survey) -> None:
    print(
        say(
            f"{result.items:,} 个文件,{result.marks:,} 个标注,{result.empty:,} 个没有标注(真负样本)",
            f"{result.items:,} items, {result.marks:,} marks, {result.empty:,} without marks (true negatives)",
        )
    )
    titles = (
        ("status", "状态", "status"), ("media", "媒体", "media"), ("splits", "划分", "splits"), ("sizes", "尺寸", "sizes"),
        ("kinds", "图形", "geometry"), ("attributes", "属性", "attributes"), ("flags", "标记", "flags"),
    )  # fmt: skip
    for field, zh, en in titles:
        counts: dict[str, int] = getattr(result, field)
        if counts and set(counts) != {""}:
            shown = ", ".join(f"{k or '-'} {v:,}" for k, v in list(counts.items())[:12])
            print(f"{say(zh, en)}: {shown}{' …' if len(counts) > 12 else ''}")
    most = max(result.classes.values(), default=0)
    if result.classes:
        print(say("类别:", "classes:"))
    for name, count in result.classes.items():
        print(
            f"  {count:>9,} {'█' * (count * 30 // most if most else 0)} {name or say('(没有类别)', '(none)')}"
        )
    print_problems(result.problems, result.problem_counts)


def _print_difference(result: Difference) -> None:
    if not result:
        print(say(f"没有差别({result.marks_same:,} 个标注)", f"No difference ({result.marks_same:,} marks)"))
        return
    rows = (
        (say("文件相同", "items equal"), result.items_same), (say("文件有变化", "items changed"), result.items_changed),
        (say("只在后者里的文件", "items only in the second"), len(result.items_added)),
        (say("只在前者里的文件", "items only in the first"), len(result.items_removed)),
        (say("标注相同", "marks equal"), result.marks_same), (say("标注有变化", "marks changed"), result.marks_changed),
        (say("标注增加", "marks added"), result.marks_added), (say("标注减少", "marks removed"), result.marks_removed),
    )  # fmt: skip
    for title, count in rows:
        print(f"{count:>9,}  {title}")
    if result.fields:
        print(
            say("变化的字段:", "fields changed:"), ", ".join(f"{k} {v:,}" for k, v in result.fields.items())
        )
    if result.px_max:
        print(say(f"最多移动 {result.px_max:.3g} 像素", f"moved by at most {result.px_max:.3g} px"))
    for title, names in (
        (say("增加的类别", "classes added"), result.classes_added),
        (say("减少的类别", "classes removed"), result.classes_removed),
    ):
        if names:
            print(f"{title}: {', '.join(names)}")
    for change in result.changes[:_SHOWN]:
        print(
            f"  {change.item}#{change.mark} {change.what} {','.join(change.fields)}{f' {change.px:.3g} px' if change.px else ''}"
        )
