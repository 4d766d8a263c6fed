"""``doujia evaluate``: how far predictions or a person's work are from the truth."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from doujia.cli.language import chinese, say
from doujia.cli.progress import ProgressBar
from doujia.cli.reading import (
    check_options,
    extra_options,
    one_thread,
    open_dataset,
    print_problems,
    source_format,
)
from doujia.errors import InputError

if TYPE_CHECKING:
    from doujia.formats import Dataset
    from doujia.marks import ItemMarks

__all__ = ["register"]

_RESULTS = "coco-results"
_SHOWN = 20


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    command = commands.add_parser(
        "evaluate", help=say("把标注和真值比较", "compare annotations with the truth")
    )
    command.add_argument("truth", type=Path, metavar="GT")
    command.add_argument("guess", type=Path, metavar="PRED")
    command.add_argument(
        "--gt-format",
        default="auto",
        metavar="FORMAT",
        help=say("GT 的格式(默认按内容识别)", "format of GT (recognised by its content by default)"),
    )
    command.add_argument(
        "--pred-format",
        default="auto",
        metavar="FORMAT",
        help=say(
            f"PRED 的格式;检测结果列表用 {_RESULTS}", f"format of PRED; {_RESULTS} for a list of detections"
        ),
    )
    command.add_argument("--images", type=Path, metavar="DIR", help=say("图片所在的文件夹,给不带尺寸的格式用", "where the pictures are, for formats without sizes"))  # fmt: skip
    command.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help=say("格式的选项,见该格式的说明页", "option of a format, see its page"))  # fmt: skip
    command.add_argument(
        "--iou",
        type=float,
        default=0.5,
        help=say("配成一对所需的最低相似度(0.5)", "least similarity of a pair (0.5)"),
    )
    command.add_argument(
        "--map",
        nargs="?",
        const="bbox",
        choices=["bbox", "segm", "keypoints"],
        help=say(
            "另算 COCO 的 AP 和 AR,默认算框(标注要有分数)",
            "also COCO's AP and AR, of boxes unless said (marks need scores)",
        ),
    )
    command.add_argument(
        "--explain",
        type=int,
        default=0,
        metavar="N",
        help=say("用文字说明最差的 N 条差在哪里", "say in words what differs, for the N worst items"),
    )
    command.add_argument(
        "--lang",
        choices=["zh", "en"],
        help=say("--explain 的语言(DOUJIA_LANG、LANG)", "language of --explain (DOUJIA_LANG, LANG)"),
    )
    command.add_argument("--json", action="store_true")
    command.set_defaults(run=_evaluate)


def _evaluate(args: argparse.Namespace) -> int:
    if not 0 < args.iou <= 1:
        print(say("--iou 要在 0 和 1 之间", "--iou lies between 0 and 1"), file=sys.stderr)
        return 2
    one_thread()
    truth, guess = _open(args)
    bar = ProgressBar(say("评测", "evaluating"), quiet=args.json)
    try:
        report = _compare(truth, guess, args, bar)
    finally:
        bar.close()
    report["problems"] = {"truth": truth.problems.counts, "guess": guess.problems.counts}
    if args.json:
        print(json.dumps(report, ensure_ascii=False))
    else:
        _show(report)
    for dataset in (truth, guess):
        print_problems(dataset.problems.kept, dataset.problems.counts)
    wrong = truth.problems.severities.get("error") or guess.problems.severities.get("error")
    return 1 if report["unknown_items"] or report["f1"] < 1 or wrong else 0


def _open(args: argparse.Namespace) -> tuple[Dataset, Dataset]:
    from doujia.formats.coco.results import is_results, read_results

    extra = extra_options(args.set)
    first = source_format(args.truth, args.gt_format)
    if not args.guess.exists():
        raise InputError(
            f"There is no such file: {args.guess}", zh=f"没有这个文件:{args.guess}", code="source_missing"
        )
    if args.pred_format == _RESULTS or (args.pred_format == "auto" and is_results(args.guess)):
        check_options(extra, [first])
        truth = open_dataset(args.truth, first, args, extra)
        return truth, read_results(args.guess, truth)
    second = source_format(args.guess, args.pred_format)
    check_options(extra, (first, second))
    return open_dataset(args.truth, first, args, extra), open_dataset(args.guess, second, args, extra)


def _compare(
    truth: Dataset, guess: Dataset, args: argparse.Namespace, progress: ProgressBar
) -> dict[str, Any]:
    from doujia.metrics.evaluation import Evaluation

    found = {_key(bundle): bundle for bundle in guess}
    held: dict[str, ItemMarks] = {}
    run = Evaluation(threshold=args.iou)
    worst: list[tuple[float, str]] = []
    not_done = without = 0
    for number, bundle in enumerate(truth, 1):
        progress(number, truth.count)
        key = _key(bundle)
        if bundle.item.status != "done":
            not_done += 1  # nobody has said what is right there
            found.pop(key, None)
            continue
        without += key not in found
        held[key] = bundle
        worst.append((run.add(bundle, found[key].marks if key in found else []).label_f1, key))
    unknown = sorted(set(found) - set(held))
    report: dict[str, Any] = {
        "items": len(held), "items_not_done": not_done, "items_without_prediction": without,
        "unknown_items": unknown[:_SHOWN], "unknown_items_count": len(unknown), **run.result(),
    }  # fmt: skip
    if args.map:
        from doujia.metrics import coco_map

        report["coco"] = coco_map(held.values(), [b for k, b in found.items() if k in held], kind=args.map)
    if args.explain:
        names = [key for _, key in sorted(worst)[: args.explain]]
        said = {key: _words(held[key], found.get(key), truth, args) for key in names}
        report["differences"] = {key: lines for key, lines in said.items() if lines}
    return report


def _words(held: ItemMarks, found: ItemMarks | None, truth: Dataset, args: argparse.Namespace) -> list[str]:
    from doujia.metrics import explain

    media = held.item.media
    size = getattr(media, "width", 0), getattr(media, "height", 0)
    language = args.lang or ("zh" if chinese() else "en")
    differences = explain(
        held.marks,
        found.marks if found is not None else [],
        schema=truth.schema,
        size=size if all(size) else None,
        media=media,
    )
    return [getattr(d, language) for d in differences]


def _key(bundle: ItemMarks) -> str:
    return bundle.item.name or bundle.item.id


def _show(report: dict[str, Any]) -> None:
    counts = (
        (say("文件", "items"), report["items"]), (say("对上", "pairs"), report["pairs"]), (say("漏", "missed"), report["missed"]),
        (say("多", "extra"), report["extra"]), (say("类别错", "wrong class"), report["label_errors"]),
    )  # fmt: skip
    print("   ".join(f"{title} {value:,}" for title, value in counts))
    mean = "-" if report["mean_similarity"] is None else f"{report['mean_similarity']:.4f}"
    shares = (
        (say("准确率", "precision"), f"{report['precision']:.4f}"), (say("召回率", "recall"), f"{report['recall']:.4f}"),
        (say("带类别的 F1", "F1 with class"), f"{report['f1']:.4f}"), (say("对上的平均 IoU", "mean IoU of pairs"), mean),
    )  # fmt: skip
    print("   ".join(f"{title} {value}" for title, value in shares))
    for name, row in report["classes"].items():
        right, missed, extra = say("对", "right"), say("漏", "missed"), say("多", "extra")
        print(
            f"  {name:<24} F1 {row['f1']:.4f}   {right} {row['right']:>6}   {missed} {row['missed']:>6}   {extra} {row['extra']:>6}"
        )
    for name, value in report["measures"].items():
        if isinstance(value, float):
            print(f"  {name:<24} {value:.4f}")
    for name, value in report.get("coco", {}).items():
        print(f"  {name:<6} {value:.6f}")
    for name, lines in report.get("differences", {}).items():
        print(name)
        for line in lines:
            print(f"  - {line}")
    left_out = (
        (report["items_without_prediction"], "没有预测的文件", "items without a prediction"),
        (report["items_not_done"], "标准里还没做的文件,没有算", "items that are not done in GT, left out"),
    )
    for count, zh, en in left_out:
        if count:
            print(f"{say(zh, en)}: {count:,}", file=sys.stderr)
    if report["unknown_items"]:
        print(
            f"{say('标准里没有的文件', 'not in GT')} ({report['unknown_items_count']:,}): {', '.join(report['unknown_items'])}",
            file=sys.stderr,
        )
