"""How a live queue should judge "sure enough": known skills, or a Dawid–Skene model kept up to date with each answer.

python bench/live_overlap.py              # prints a table; the decision that rests on it is docs/decisions/0036

Half of a set's items are history (all their answers, 50 of them with known truth), the others are dealt answer by answer in
random order and each stops by the rule (c = .95, 2 to 5 answers). Compared on the same orders: fixed five by majority;
one coin with skills learnt from history (what the queue does); ``OnlineDawidSkene`` as it is; and the same with its posteriors
softened by a temperature fitted on the known items. Means over orders with twice the standard error.
"""

# ruff: noqa: E402  (threads and paths are set before numpy is loaded)
from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "bench")]

from crowds import crowd
from doujia.consensus import Answers, OnlineDawidSkene, Temperature, read_answers, read_gold
from doujia.consensus.people import estimate_skills
from doujia.consensus.plans import OverlapRule, one_coin_posterior

RULE = OverlapRule(0.95, 2, 5)
ORDERS = int(os.environ.get("ORDERS", "40"))
GOLD = 50
Judge = Callable[[object, list[tuple[object, object]]], tuple[object, float]]


def sets() -> dict[str, tuple[Answers, dict[object, object]]]:
    """The given real sets where they are, and two simulated crowds."""
    found = {}
    folder = Path(os.environ.get("DOUJIA_SHARED", ROOT.parent / "shared")) / "data" / "crowd"
    for name in ("bluebird", "rte"):
        if (folder / name).is_dir():
            found[name] = (read_answers(folder / name / "label.csv"), read_gold(folder / name / "truth.csv"))
    for shape, seed in (("plain", 7), ("confused", 3), ("shared", 5)):
        c = crowd(shape, seed)
        answers = Answers.from_arrays(c.item, c.worker, c.label, labels=range(c.classes))
        found[f"simulated, {shape}"] = (answers, dict(enumerate(c.truth.tolist())))
    return found


def deal(
    answers: Answers, live: set[int], rng: np.random.Generator, judge: Judge
) -> tuple[dict[object, object], float, float]:
    """Deal answers of the live items until each stops; labels, mean answers, ms of judging for each answer."""
    labels, used, spent, asked = {}, 0, 0.0, 0
    rows_of: dict[int, list[int]] = {}
    for row in rng.permutation(len(answers)).tolist():
        if int(answers.item[row]) in live:
            rows_of.setdefault(int(answers.item[row]), []).append(row)
    for code, rows in rows_of.items():
        said: list[tuple[object, object]] = []
        for n, row in enumerate(rows[: RULE.at_most], 1):
            said.append((answers.workers[answers.worker[row]], answers.labels[answers.label[row]]))
            start = time.perf_counter()
            best, posterior = judge(answers.items[code], said)
            spent, asked = spent + time.perf_counter() - start, asked + 1
            if RULE.decide(posterior, n) != "ask":
                break
        labels[answers.items[code]], used = best, used + len(said)
    return labels, used / len(rows_of), 1000 * spent / asked


def judges(answers: Answers, past: Answers, gold: dict[object, object]) -> dict[str, Judge]:
    """The rules to compare, learnt from the past."""
    skill = {s.worker: s.mean for s in estimate_skills(past, gold)}
    usual = float(np.mean(list(skill.values())))
    classes = list(answers.labels)

    def one_coin(item: object, said: list[tuple[object, object]]) -> tuple[object, float]:
        z = one_coin_posterior([label for _, label in said], [skill.get(w, usual) for w, _ in said], classes)
        best = max(classes, key=lambda c: z[c])
        return best, z[best]

    plain = OnlineDawidSkene(past, gold)
    hidden = OnlineDawidSkene(past)
    keys = [k for k in gold if k in set(past.items)]
    z = np.stack([hidden.posterior(k) for k in keys])
    scale = Temperature().fit(z, np.array([hidden.classes_.index(gold[k]) for k in keys]))

    def online(model: OnlineDawidSkene, soften: Temperature | None) -> Judge:
        def judge(item: object, said: list[tuple[object, object]]) -> tuple[object, float]:
            z = model.add(item, *said[-1])
            if soften is not None:
                z = soften.transform(z[None, :])[0]
            return model.classes_[int(z.argmax())], float(z.max())

        return judge

    return {
        "one coin, skills of the past": one_coin,
        "online Dawid–Skene": online(plain, None),
        "online, softened on gold": online(OnlineDawidSkene(past, gold), scale),
    }


def fixed(answers: Answers, live: set[int], rng: np.random.Generator) -> dict[object, object]:
    """Majority of five, ties by lot."""
    said: dict[int, list[object]] = {}
    for row in rng.permutation(len(answers)).tolist():
        code = int(answers.item[row])
        if code in live and len(said.setdefault(code, [])) < RULE.at_most:
            said[code].append(answers.labels[answers.label[row]])
    return {
        answers.items[code]: max(own, key=lambda v: (own.count(v), rng.random()))
        for code, own in said.items()
    }


def main() -> None:
    """Print a table for each set."""
    for name, (answers, truth) in sets().items():
        rows: dict[str, list[tuple[float, float, float]]] = {}
        for order in range(ORDERS):
            rng = np.random.default_rng(order)
            codes = rng.permutation(len(answers.items))
            live = set(codes[len(codes) // 2 :].tolist())
            past = answers.restricted(np.array([c not in live for c in answers.item.tolist()]))
            known = [
                answers.items[c] for c in codes[: len(codes) // 2].tolist() if answers.items[c] in truth
            ][:GOLD]
            gold = {k: truth[k] for k in known}
            base = fixed(answers, live, np.random.default_rng(order))
            rows.setdefault("fixed five, majority", []).append((share(base, truth), float(RULE.at_most), 0.0))
            for title, judge in judges(answers, past, gold).items():
                labels, used, ms = deal(answers, live, np.random.default_rng(order), judge)
                rows.setdefault(title, []).append((share(labels, truth), used, ms))
        print(
            f"\n{name}: {len(answers.items)} items, {len(answers.workers)} people, {len(answers.labels)} classes, {ORDERS} orders"
        )
        for title, values in rows.items():
            mean, error = np.mean(values, axis=0), 2 * np.std(values, axis=0) / np.sqrt(len(values))
            print(
                f"  {title:30} right {mean[0]:.4f} ± {error[0]:.4f}   answers {mean[1]:.2f}   {mean[2]:.3f} ms each"
            )


def share(labels: dict[object, object], truth: dict[object, object]) -> float:
    """Share of labels that are right, where the truth is known."""
    return float(np.mean([truth[i] == v for i, v in labels.items() if i in truth]))


if __name__ == "__main__":
    main()
