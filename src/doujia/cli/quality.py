"""``doujia aggregate``, ``agreement``, ``workers`` and ``plan``: the quality engine on files."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from doujia.cli.language import say
from doujia.cli.tables import write_curve, write_rows

if TYPE_CHECKING:
    from doujia.consensus.aggregator import Aggregator

__all__ = ["register"]

_METHODS = ("auto", "mv", "ds", "one_coin", "glad", "mace", "ibcc", "ebcc", "bwa")


def register(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Add the commands of this module."""
    _register_aggregate(subparsers)
    _register_agreement(subparsers)
    _register_workers(subparsers)
    _register_plan(subparsers)


def _register_aggregate(subparsers: argparse._SubParsersAction[Any]) -> None:
    parser = subparsers.add_parser(
        "aggregate",
        help=say("由多人的答案得出每条一个标签", "one label per item from the answers of several workers"),
        description=say(
            "读入 item,worker,label 各行(CSV 或 Parquet),写出每条一个标签和它的概率。",
            "Read item,worker,label rows (CSV or Parquet) and write one label per item with its probability.",
        ),
    )
    parser.add_argument(
        "answers",
        type=Path,
        help=say(
            "含 item、worker、label 列的 CSV 或 Parquet",
            "CSV or Parquet with the columns item, worker, label",
        ),
    )
    parser.add_argument("--method", choices=_METHODS, default="auto")
    parser.add_argument(
        "--gold",
        type=Path,
        metavar="FILE",
        help=say("已知的正确答案:item、truth", "known right answers: item, truth"),
    )
    parser.add_argument(
        "--out",
        type=Path,
        required=True,
        metavar="FILE",
        help=say(".csv、.json 或 .parquet", ".csv, .json or .parquet"),
    )
    parser.add_argument("--duplicates", choices=("last", "first", "error"), default="last",
                        help=say("一人对同一条答了几次时,算哪一次", "which of several answers of one worker on one item counts"))  # fmt: skip
    parser.add_argument(
        "--json", action="store_true", help=say("以 JSON 输出摘要", "print the summary as JSON")
    )
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
    write_rows(args.out, rows)
    summary = _summary(model, len(answers), args.out)
    if args.json:
        print(json.dumps(summary, ensure_ascii=False, indent=2))
    else:
        _print_summary(summary)
    return 1 if any(problem.severity != "info" for problem in model.problems_) else 0


def _register_agreement(subparsers: argparse._SubParsersAction[Any]) -> None:
    parser = subparsers.add_parser(
        "agreement",
        help=say("除去偶然,几个人有多一致", "how much workers agree, beyond chance"),
        description=say(
            "Krippendorff alpha 及其区间、kappa、两两比较或混淆的类别。",
            "Krippendorff's alpha with its interval, kappas, pairs of workers or confused classes.",
        ),
    )
    parser.add_argument("answers", type=Path)
    parser.add_argument("--metric", choices=("alpha", "kappa", "fleiss", "ac1", "confusion"), default="alpha")
    parser.add_argument("--level", choices=("nominal", "ordinal", "interval", "ratio"), default="nominal")
    parser.add_argument("--weights", choices=("none", "linear", "quadratic"), default="none",
                        help=say("kappa 中分歧的权重", "weights of disagreement for kappa"))  # fmt: skip
    parser.add_argument(
        "--bootstrap",
        type=int,
        default=1000,
        metavar="N",
        help=say("算区间的重抽样次数", "resamples for the interval"),
    )
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


def _register_workers(subparsers: argparse._SubParsersAction[Any]) -> None:
    parser = subparsers.add_parser(
        "workers",
        help=say(
            "每个人的水平及区间,和值得谈一谈的线索",
            "skill of each worker with its interval, and hints to talk about",
        ),
        description=say(
            "由已知答案、由不含本人的共识算出水平;随时间的变化、抄袭、用时。线索供人查看,都不是结论。",
            "Skill from gold and from consensus without the own answer; change over time, copying, timing. "
            "Hints are for a human to look at: none of them is a verdict.",
        ),
    )
    parser.add_argument("answers", type=Path)
    parser.add_argument(
        "--gold",
        type=Path,
        metavar="FILE",
        help=say("已知的正确答案:item、truth", "known right answers: item, truth"),
    )
    parser.add_argument("--by", choices=("worker", "class"), default="worker")
    parser.add_argument("--confidence", type=float, default=0.95)
    parser.add_argument(
        "--out",
        type=Path,
        metavar="FILE",
        help=say("另把表写出:.csv、.json 或 .parquet", "also write the table: .csv, .json or .parquet"),
    )
    parser.add_argument("--json", action="store_true")
    parser.set_defaults(run=_workers)


def _workers(args: argparse.Namespace) -> int:
    import msgspec

    from doujia.consensus import read_answers, read_gold
    from doujia.consensus.people import estimate_skills

    answers = read_answers(args.answers)
    gold = read_gold(args.gold) if args.gold else None
    skills = estimate_skills(answers, gold, by=args.by, confidence=args.confidence)
    skills.sort(key=lambda skill: (skill.mean, str(skill.worker)))
    changes = _changes(answers, gold)
    rows = [
        {**msgspec.to_builtins(skill), "practice_advised": changes.get(skill.worker, 0)} for skill in skills
    ]
    pairs, hints, problems = _worth_a_look(answers, gold)
    if args.out:
        write_rows(args.out, rows)
    if args.json:
        print(json.dumps({"workers": rows, "pairs": msgspec.to_builtins(pairs), "hints": msgspec.to_builtins(hints),
                          "problems": problems}, ensure_ascii=False, indent=2))  # fmt: skip
        return 1 if problems else 0
    for row in rows:
        label = f" class {row['label']}" if "label" in row else ""
        practice = f", practice advised x{row['practice_advised']}" if row["practice_advised"] else ""
        print(f"{row['worker']}{label}: {row['mean']:.3f} [{row['low']:.3f}, {row['high']:.3f}] "
              f"gold {row['gold_right']}/{row['gold']}, consensus {row['consensus']}{practice}")  # fmt: skip
    for pair in pairs:
        print(f"look at: {pair.first} and {pair.second} share {pair.equal_wrong} improbable answers on {pair.shared} "
              f"items, chance gives {pair.expected:.1f} (p {pair.p:.1e})")  # fmt: skip
    for hint in hints:
        print(f"ask: {hint.worker} ({hint.kind}): {_said({'zh': hint.note.zh, 'en': hint.note.en})}")
    _print_problems(problems)
    return 1 if problems else 0


def _worth_a_look(answers: Any, gold: Any) -> tuple[list[Any], list[Any], list[dict[str, Any]]]:
    """Pairs that err alike, odd times, and what was left out or could not be looked at."""
    import msgspec

    from doujia.consensus.people import find_copying, timing_hints
    from doujia.errors import InputError, Problem

    problems = list(answers.problems)
    pairs: list[Any] = []
    try:
        pairs = find_copying(answers, gold)
    except InputError as error:
        if error.code != "too_many_classes":
            raise
        problems.append(Problem("pairs_not_tested", "warn", zh=error.message.zh, en=error.message.en))
    hints = timing_hints(answers, gold) if answers.active_ms is not None else []
    return pairs, hints, msgspec.to_builtins(problems)


def _changes(answers: Any, gold: Any) -> dict[Any, int]:
    """How often the retrain rule acts on each worker's gold results in order of time."""
    if not gold:
        return {}
    import numpy as np

    from doujia.consensus.answers import check_gold
    from doujia.consensus.people import Cusum

    answers, items, labels, _ = check_gold(answers, gold)
    truth = np.full(len(answers.items), -1)
    truth[items] = labels
    rows = np.flatnonzero(truth[answers.item] >= 0)
    if answers.time is not None:
        rows = rows[np.argsort(answers.time[rows], kind="stable")]
    right = answers.label[rows] == truth[answers.item[rows]]
    rule = Cusum()
    acted = {}
    for code in np.unique(answers.worker[rows]).tolist():
        acted[answers.workers[code]] = len(rule.run(right[answers.worker[rows] == code].tolist()))
    return acted


def _register_plan(subparsers: argparse._SubParsersAction[Any]) -> None:
    parser = subparsers.add_parser(
        "plan",
        help=say(
            "要抽检多少条:按 AQL,或为证明准确率", "how many items to inspect: by AQL, or to prove an accuracy"
        ),
        description=say(
            "按 GB/T 2828.1(ISO 2859-1)的验收抽样,或足以证明准确率的样本。",
            "Acceptance sampling by GB/T 2828.1 (ISO 2859-1), or the sample that proves an accuracy.",
        ),
    )
    parser.add_argument(
        "--lot",
        type=int,
        metavar="N",
        help=say("批量的条数(用 --aql 时必填)", "items in the lot (needed with --aql)"),
    )
    goal = parser.add_mutually_exclusive_group(required=True)
    goal.add_argument(
        "--aql", type=float, metavar="A", help=say("接收质量限,百分数", "acceptance quality limit, percent")
    )
    goal.add_argument(
        "--prove",
        type=float,
        metavar="P",
        help=say("要证明的准确率,例如 0.98", "accuracy to prove, for instance 0.98"),
    )
    parser.add_argument("--kind", choices=("single", "double", "sequential"), default="single")
    parser.add_argument("--severity", choices=("normal", "tightened"), default="normal")
    parser.add_argument("--confidence", type=float, default=0.95, metavar="C")
    parser.add_argument(
        "--errors",
        type=int,
        default=0,
        metavar="K",
        help=say("证明时允许的错误数", "errors allowed when proving"),
    )
    parser.add_argument(
        "--plot",
        type=Path,
        metavar="FILE",
        help=say(
            "把抽检特性曲线写成 .svg、.csv 或 .json", "write the operating curve as .svg, .csv or .json"
        ),
    )
    parser.add_argument("--json", action="store_true")
    parser.set_defaults(run=_plan)


def _plan(args: argparse.Namespace) -> int:
    import msgspec

    from doujia.consensus.plans import aql_plan, operating_curve, prove

    if args.prove is not None:
        plan: Any = prove(args.prove, confidence=args.confidence, errors=args.errors, lot=args.lot)
    elif args.lot is None:
        print("plan: --aql needs --lot", file=sys.stderr)
        return 2
    else:
        plan = aql_plan(args.lot, args.aql, kind=args.kind, severity=args.severity)
    curve = operating_curve(plan, lot=args.lot)
    shown = [operating_curve(plan, [bad], args.lot)[0] for bad in (0.005, 0.01, 0.02, 0.03, 0.05, 0.1)]
    if args.plot:
        write_curve(args.plot, curve)
    if args.json:
        print(json.dumps({"plan": msgspec.to_builtins(plan), "curve": msgspec.to_builtins(curve)}, indent=2))
        return 0
    print(_plan_in_words(plan))
    for point in shown:
        print(
            f"  {point.bad:6.1%} defective: accepted {point.accept:6.1%}, {point.mean_sample:.0f} inspected on average"
        )
    return 0


def _plan_in_words(plan: Any) -> str:
    from doujia.consensus.plans import DoublePlan, ProofPlan, SequentialPlan

    if isinstance(plan, ProofPlan):
        return (f"inspect {plan.n}; at most {plan.errors} errors prove accuracy >= {plan.accuracy:.2%} "
                f"at {plan.confidence:.0%} confidence")  # fmt: skip
    if isinstance(plan, DoublePlan):
        return (f"inspect {plan.n1}: accept with <= {plan.accept1}, reject with >= {plan.reject1}, else inspect "
                f"{plan.n2} more and accept with <= {plan.accept2} in all")  # fmt: skip
    if isinstance(plan, SequentialPlan):
        slope, h1, h2 = plan.lines
        return (f"inspect one by one: accept at <= {slope:.4f} n - {h1:.2f} errors, reject at >= {slope:.4f} n + {h2:.2f}, "
                f"at most {plan.n_max}")  # fmt: skip
    return f"inspect {plan.n}: accept with <= {plan.accept} defective (letter {plan.letter})"


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
    return say(both["zh"], both["en"])


def _print_problems(problems: list[dict[str, Any]]) -> None:
    for problem in problems:
        print(f"{problem['severity']}: {_said(problem)} [{problem['code']}]", file=sys.stderr)
