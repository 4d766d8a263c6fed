"""``doujia aggregate``, ``agreement``, ``workers`` and ``plan``: the quality engine on files."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from doujia.consensus.aggregator import Aggregator

__all__ = ["register"]

_METHODS = ("auto", "mv", "ds", "one_coin", "glad", "mace", "ibcc", "ebcc", "bwa")


def register(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Add the commands of this module."""
    _register_aggregate(subparsers)
    _register_agreement(subparsers)


def _register_aggregate(subparsers: argparse._SubParsersAction[Any]) -> None:
    parser = subparsers.add_parser(
        "aggregate",
        help="one label per item from the answers of several workers",
        description="Read item,worker,label rows (CSV or Parquet) and write one label per item with its probability.",
    )
    parser.add_argument("answers", type=Path, help="CSV or Parquet with the columns item, worker, label")
    parser.add_argument("--method", choices=_METHODS, default="auto")
    parser.add_argument("--gold", type=Path, metavar="FILE", help="known right answers: item, truth")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help=".csv, .json or .parquet")
    parser.add_argument("--duplicates", choices=("last", "first", "error"), default="last",
                        help="which of several answers of one worker on one item counts")  # fmt: skip
    parser.add_argument("--json", action="store_true", help="print the summary as JSON")
    parser.set_defaults(run=_aggregate)


def _aggregate(args: argparse.Namespace) -> int:
    from doujia.consensus import make, read_answers, read_gold

    answers = read_answers(args.answers, duplicates=args.duplicates)
    gold = read_gold(args.gold) if args.gold else None
    model = make(args.method).fit(answers, gold)
    counts = _answer_counts(answers)
    rows = [
        {"item": item, "label": label, "confidence": round(float(p), 6), "answers": int(n), "tied": bool(tied),
         "gold": bool(gold and item in gold)}
        for item, label, p, n, tied in zip(
            model.items_, model.labels_, model.confidence_, counts, model.tied_, strict=True
        )
    ]  # fmt: skip
    _write_rows(args.out, rows)
    summary = _summary(model, len(answers), args.out)
    if args.json:
        print(json.dumps(summary, ensure_ascii=False, indent=2))
    else:
        _print_summary(summary)
    return 1 if any(problem.severity != "info" for problem in model.problems_) else 0


def _register_agreement(subparsers: argparse._SubParsersAction[Any]) -> None:
    parser = subparsers.add_parser(
        "agreement",
        help="how much workers agree, beyond chance",
        description="Krippendorff's alpha with its interval, kappas, pairs of workers or confused classes.",
    )
    parser.add_argument("answers", type=Path)
    parser.add_argument("--metric", choices=("alpha", "kappa", "fleiss", "ac1", "confusion"), default="alpha")
    parser.add_argument("--level", choices=("nominal", "ordinal", "interval", "ratio"), default="nominal")
    parser.add_argument("--weights", choices=("none", "linear", "quadratic"), default="none",
                        help="weights of disagreement for kappa")  # fmt: skip
    parser.add_argument("--bootstrap", type=int, default=1000, metavar="N", help="resamples for the interval")
    parser.add_argument("--json", action="store_true")
    parser.set_defaults(run=_agreement)


def _agreement(args: argparse.Namespace) -> int:
    import msgspec

    from doujia.consensus import read_answers

    answers = _numeric_labels(read_answers(args.answers), args.level)
    found, text = _measure(answers, args)
    problems = [msgspec.to_builtins(p) for p in answers.problems] + found.pop("problems", [])
    if args.json:
        print(json.dumps({**found, "problems": problems}, ensure_ascii=False, indent=2))
    else:
        print(text)
        _print_problems(problems)
    return 1 if any(problem["severity"] != "info" for problem in problems) else 0


def _measure(answers: Any, args: argparse.Namespace) -> tuple[dict[str, Any], str]:
    import msgspec

    from doujia.consensus import agreement

    if args.metric == "alpha":
        alpha = agreement.alpha(answers, args.level, bootstrap=args.bootstrap)
        found = msgspec.to_builtins(alpha)
        if alpha.value is None:
            return {"metric": "alpha", **found}, "alpha: not computable"
        interval = "" if alpha.low is None else f" [{alpha.low:.4f}, {alpha.high:.4f}]"
        raw = "" if alpha.agreement is None else f", raw agreement {alpha.agreement:.4f}"
        text = f"alpha ({args.level}) {alpha.value:.4f}{interval}{raw}, {alpha.units} items, {alpha.answers} answers"
        return {"metric": "alpha", **found}, text
    if args.metric == "confusion":
        confusion = agreement.class_confusion(answers)
        pairs = confusion.most_confused()
        lines = [f"{a} / {b}: {times:.1f}" for a, b, times in pairs]
        classes = {str(c): _number(v) for c, v in zip(confusion.labels, confusion.agreement, strict=True)}
        return {"metric": "confusion", "pairs": pairs, "class_agreement": classes}, "\n".join(lines) or "none"
    if args.metric == "kappa":
        return _kappas(answers, args.weights)
    value = agreement.fleiss_kappa(answers) if args.metric == "fleiss" else agreement.gwet_ac1(answers)
    return {
        "metric": args.metric,
        "value": value,
    }, f"{args.metric} {'not computable' if value is None else f'{value:.4f}'}"


def _kappas(answers: Any, weights: str) -> tuple[dict[str, Any], str]:
    from doujia.consensus import agreement

    pairs = agreement.pairwise_agreement(answers)
    rows = []
    for i, first in enumerate(pairs.workers):
        for j in range(i + 1, len(pairs.workers)):
            if pairs.shared[i, j]:
                second = pairs.workers[j]
                kappa = (
                    _number(pairs.kappa[i, j])
                    if weights == "none"
                    else agreement.cohen_kappa(answers, first, second, weights=weights)  # type: ignore[arg-type]
                )
                rows.append({"first": first, "second": second, "shared": int(pairs.shared[i, j]),
                             "equal": float(pairs.equal[i, j]), "kappa": kappa})  # fmt: skip
    rows.sort(key=lambda row: -row["shared"])
    shown = "\n".join(
        f"{r['first']} {r['second']}: kappa {'-' if r['kappa'] is None else format(r['kappa'], '.3f')}, "
        f"equal {r['equal']:.3f} on {r['shared']}"
        for r in rows[:50]
    )
    return {"metric": "kappa", "weights": weights, "pairs": rows}, shown or "no pair shares an item"


def _number(value: float) -> float | None:
    return None if value != value else float(value)


def _numeric_labels(answers: Any, level: str) -> Any:
    """A CSV's labels are text; for other levels than nominal they become numbers where all of them are."""
    if level == "nominal":
        return answers
    import msgspec

    try:
        return msgspec.structs.replace(answers, labels=[float(label) for label in answers.labels])
    except (TypeError, ValueError):
        return answers  # the measure itself refuses what it cannot use


def _answer_counts(answers: Any) -> list[int]:
    import numpy as np

    return [int(n) for n in np.bincount(answers.item, minlength=len(answers.items))]


def _summary(model: Aggregator, answers: int, out: Path) -> dict[str, Any]:
    import msgspec

    shares = {str(c): float(s) for c, s in zip(model.classes_, model.probas_.mean(axis=0).flat, strict=False)}
    if hasattr(model.probas_, "tocsr"):
        shares = {}
    summary: dict[str, Any] = {
        "method": model.name, "items": len(model.items_), "workers": len(model.workers_), "answers": answers,
        "classes": len(model.classes_), "rounds": model.rounds_, "converged": model.converged_,
        "tied": int(model.tied_.sum()), "class_shares": {k: round(v, 4) for k, v in shares.items()}, "out": str(out),
        "problems": [msgspec.to_builtins(problem) for problem in model.problems_],
    }  # fmt: skip
    if model.name == "auto":
        summary["reason"] = {"zh": model.reason_.zh, "en": model.reason_.en}  # type: ignore[attr-defined]
        summary["calibrated"] = model.calibrated_  # type: ignore[attr-defined]
        summary["choices"] = [msgspec.to_builtins(choice) for choice in model.choices_]  # type: ignore[attr-defined]
    return summary


def _print_summary(summary: dict[str, Any]) -> None:
    print(f"{summary['items']} items, {summary['workers']} workers, {summary['answers']} answers, "
          f"{summary['classes']} classes -> {summary['out']}")  # fmt: skip
    print(f"method {summary['method']}, {summary['rounds']} rounds, {summary['tied']} ties")
    if "reason" in summary:
        print(_said(summary["reason"]))
        if not summary["calibrated"]:
            print(_said({
                "zh": "未经考核题校准:confidence 只是排序用的分数。",
                "en": "Not calibrated on gold: take confidence as a score, not as a probability.",
            }))  # fmt: skip
    _print_problems(summary["problems"])


def _said(both: dict[str, str]) -> str:
    import os

    language = os.environ.get("DOUJIA_LANG") or os.environ.get("LANG") or "en"
    return both["zh" if language.lower().startswith("zh") else "en"]


def _print_problems(problems: list[dict[str, Any]]) -> None:
    for problem in problems:
        print(f"{problem['severity']}: {_said(problem)} [{problem['code']}]", file=sys.stderr)


def _write_rows(path: Path, rows: list[dict[str, Any]]) -> None:
    """Write rows as CSV, JSON or Parquet by the ending of ``path``, whole or not at all."""
    import csv
    import io

    from doujia.errors import InputError

    ending = path.suffix.lower()
    partial = path.with_name(path.name + ".partial")
    if ending == ".csv":
        text = io.StringIO()
        writer = csv.DictWriter(text, fieldnames=list(rows[0]) if rows else [], lineterminator="\n")
        writer.writeheader()
        writer.writerows([{key: _neutral(value) for key, value in row.items()} for row in rows])
        partial.write_text(text.getvalue(), encoding="utf-8")
    elif ending == ".json":
        partial.write_text(json.dumps(rows, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    elif ending in (".parquet", ".pq"):
        import pyarrow as pa
        from pyarrow import parquet

        parquet.write_table(pa.Table.from_pylist(rows), partial)
    else:
        raise InputError(
            f"The ending of {path} is not .csv, .json or .parquet.",
            zh=f"{path} 的扩展名应为 .csv、.json 或 .parquet。",
            code="ending_unknown",
        )
    partial.replace(path)


def _neutral(value: Any) -> Any:
    """A cell that a spreadsheet will not take for a formula (negative numbers stay as they are)."""
    if not isinstance(value, str) or not value.startswith(("=", "+", "-", "@", "\t", "\r")):
        return value
    try:
        float(value)
    except ValueError:
        return "'" + value
    return value
