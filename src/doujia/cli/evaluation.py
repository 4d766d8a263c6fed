"""``doujia evaluate``: how far a set of annotations is from the truth."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    command = commands.add_parser("evaluate", help="compare annotations with the truth")
    command.add_argument("truth", type=Path, metavar="GT")
    command.add_argument("guess", type=Path, metavar="PRED")
    command.add_argument(
        "--gt-format", default="auto", help="format of GT (recognised by its content by default)"
    )
    command.add_argument(
        "--pred-format", default="auto", help="format of PRED; coco-results for a list of detections"
    )
    command.add_argument("--iou", type=float, default=0.5, help="least similarity of a pair (0.5)")
    command.add_argument("--map", action="store_true", help="also COCO's AP and AR (marks need scores)")
    command.add_argument(
        "--explain", type=int, default=0, metavar="N", help="say in words what differs, for the N worst items"
    )
    command.add_argument("--lang", choices=["zh", "en"], default="en")
    command.add_argument("--json", action="store_true")
    command.set_defaults(run=_evaluate)


def _evaluate(args: argparse.Namespace) -> int:
    from doujia import formats

    if not 0 < args.iou <= 1:
        print("--iou lies between 0 and 1", file=sys.stderr)
        return 2
    truth = formats.read(args.truth, args.gt_format)
    from doujia.formats.coco.results import is_results, read_results

    if args.pred_format == "coco-results" or (args.pred_format == "auto" and is_results(args.guess)):
        guess: Any = read_results(args.guess, truth)
    else:
        guess = formats.read(args.guess, args.pred_format)
    report = _compare(truth, guess, args)
    if args.json:
        print(json.dumps(report, ensure_ascii=False))
    else:
        _show(report)
    return 1 if report["unknown_items"] or report["f1"] < 1 else 0


def _compare(truth: Any, guess: Any, args: argparse.Namespace) -> dict[str, Any]:
    from doujia.metrics import coco_map, explain, match

    held = {i.item.name or i.item.id: i for i in truth}
    found = {i.item.name or i.item.id: i for i in guess}
    pairs = missed = extra = label_errors = 0
    similarity = 0.0
    by_class: dict[str, list[int]] = {}
    items: list[tuple[float, str]] = []
    for name, item in held.items():
        marks = found[name].marks if name in found else []
        matched = match(item.marks, marks, threshold=args.iou)
        pairs, missed, extra = (
            pairs + len(matched.pairs),
            missed + len(matched.missed),
            extra + len(matched.extra),
        )
        label_errors += matched.label_errors
        similarity += sum(p.similarity for p in matched.pairs)
        for pair in matched.pairs:
            right, said = str(item.marks[pair.truth].label), str(marks[pair.guess].label)
            by_class.setdefault(right, [0, 0, 0])[0 if pair.same_label else 1] += 1
            if not pair.same_label:
                by_class.setdefault(said, [0, 0, 0])[2] += 1
        for index in matched.missed:
            by_class.setdefault(str(item.marks[index].label), [0, 0, 0])[1] += 1
        for index in matched.extra:
            by_class.setdefault(str(marks[index].label), [0, 0, 0])[2] += 1
        items.append((matched.label_f1, name))
    report: dict[str, Any] = {
        "items": len(held), "items_without_prediction": sum(n not in found for n in held), "unknown_items": sorted(set(found) - set(held))[:20],
        "iou": args.iou, "pairs": pairs, "missed": missed, "extra": extra, "label_errors": label_errors,
        "precision": pairs / (pairs + extra) if pairs + extra else 1.0, "recall": pairs / (pairs + missed) if pairs + missed else 1.0,
        "f1": 2 * (pairs - label_errors) / (2 * pairs + missed + extra) if pairs + missed + extra else 1.0,
        "mean_similarity": similarity / pairs if pairs else None,
        "classes": {
            c: {"right": r, "missed": m, "extra": e, "f1": 2 * r / (2 * r + m + e) if r + m + e else 1.0} for c, (r, m, e) in sorted(by_class.items())
        },
    }  # fmt: skip
    if args.map:
        report["coco"] = coco_map(held.values(), [i for n, i in found.items() if n in held])
    if args.explain:
        report["differences"] = {
            name: [
                getattr(d, args.lang)
                for d in explain(
                    held[name].marks,
                    found[name].marks if name in found else [],
                    schema=truth.schema,
                    size=_size(held[name]),
                )
            ]
            for _, name in sorted(items)[: args.explain]
        }
    return report


def _size(item: Any) -> tuple[int, int] | None:
    media = item.item.media
    width, height = getattr(media, "width", 0), getattr(media, "height", 0)
    return (width, height) if width and height else None


def _show(report: dict[str, Any]) -> None:
    print(
        f"items {report['items']}   pairs {report['pairs']}   missed {report['missed']}   extra {report['extra']}   wrong class {report['label_errors']}"
    )
    mean = "-" if report["mean_similarity"] is None else f"{report['mean_similarity']:.4f}"
    print(
        f"precision {report['precision']:.4f}   recall {report['recall']:.4f}   F1 with class {report['f1']:.4f}   mean IoU of pairs {mean}"
    )
    for name, row in report["classes"].items():
        print(
            f"  {name:<24} F1 {row['f1']:.4f}   right {row['right']:>6}   missed {row['missed']:>6}   extra {row['extra']:>6}"
        )
    for name, value in report.get("coco", {}).items():
        print(f"  {name:<6} {value:.6f}")
    for name, lines in report.get("differences", {}).items():
        print(name)
        for line in lines:
            print(f"  - {line}")
    if report["unknown_items"]:
        print(f"not in GT: {', '.join(report['unknown_items'])}", file=sys.stderr)
