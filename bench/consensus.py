"""The numbers of consensus, agreement, people and plans, beside crowd-kit and krippendorff where they have the like.

python bench/consensus.py                 # everything; writes docs/benchmarks/consensus.md
python bench/consensus.py speed auto      # some sections, printed only

Real answer sets are used from ``DOUJIA_SHARED/data/crowd`` when that folder exists.
"""

# ruff: noqa: E402  (threads and paths are set before numpy is loaded)
from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "bench")]

from crowds import SHAPES, Crowd, crowd, published_crowd
from doujia.consensus import (
    Answers,
    Auto,
    MajorityVote,
    calibration_error,
    calibration_floor,
    make,
    read_answers,
    read_gold,
)
from environments import python_of

Row = tuple[str, str, str]
METHODS = ("mv", "ds", "one_coin", "glad", "mace", "ibcc", "bwa", "ebcc")


def answers_of(c: Crowd) -> Answers:
    return Answers.from_arrays(c.item, c.worker, c.label, labels=range(c.classes))


def peer(method: str, path: Path, limit: int = 420) -> str:
    """CPU seconds (and accuracy) of a peer, or what became of it."""
    command = [str(python_of("consensus")), str(ROOT / "bench" / "peers_consensus.py"), method, str(path)]
    # seconds of CPU, not of the clock: the machine may be busy with other things
    cap = ["sh", "-c", f'ulimit -t {limit}; exec "$@"', "sh"]
    done = subprocess.run([*cap, *command], capture_output=True, text=True, check=False)
    if done.returncode < 0:
        return f"no end in {limit} CPU s"
    if done.returncode:
        return "fails: " + (done.stderr.strip().splitlines() or ["?"])[-1][:80]
    found = json.loads(done.stdout.strip().splitlines()[-1])
    quality = f", {found['accuracy']:.4f}" if "accuracy" in found else f", {found['value']:.4f}"
    return f"{found['cpu']:.2f} s, {found['own_mib']:.0f} MiB{quality}"


def saved(c: Crowd, folder: Path, name: str) -> Path:
    path = folder / f"{name}.npz"
    np.savez(path, item=c.item, worker=c.worker, label=c.label, truth=c.truth)
    return path


def measured(work) -> tuple[float, float]:
    """CPU seconds and growth of the peak in MiB, of a fresh child process."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        started = time.process_time()
        work()
        spent = time.process_time() - started
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
        os.write(write, json.dumps([spent, grown]).encode())
        os._exit(0)
    os.waitpid(child, 0)
    spent, grown = json.loads(os.read(read, 100))
    return spent, grown


def speed() -> list[Row]:
    """CPU and memory of one fit, coding of ids not counted, as for the peers' frames."""
    import scipy.optimize
    import scipy.sparse
    import scipy.special  # noqa: F401  (imports are not what is measured)

    from doujia.consensus.agreement import alpha

    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for n, methods in ((1_000_000, ("ds",)), (100_000, ("glad", "mace"))):
            c = published_crowd(n)
            path, answers = saved(c, folder, str(n)), answers_of(c)
            for method in methods:
                cpu, grown = measured(lambda method=method, answers=answers: make(method).fit(answers))
                right = float((make(method).fit(answers).probas_.argmax(1) == c.truth).mean())
                rows.append((f"{method}, {n:,} labels", f"{cpu:.2f} s, {grown:.0f} MiB, {right:.4f}",
                             "crowd-kit " + peer(method, path)))  # fmt: skip
        c = published_crowd(1_000_000)
        path, answers = saved(c, folder, "alpha"), answers_of(c)
        cpu, grown = measured(lambda: alpha(answers, bootstrap=0))
        value = alpha(answers, bootstrap=0).value
        rows.append(("alpha nominal, 1,000,000 labels", f"{cpu:.3f} s, {grown:.0f} MiB, {value:.4f}",
                     f"krippendorff {peer('alpha-krippendorff', path)}; crowd-kit {peer('alpha-crowdkit', path)}"))  # fmt: skip
        cpu, _ = measured(lambda: alpha(answers, bootstrap=1000))
        rows.append(("the same with 1,000 bootstrap resamples", f"{cpu:.3f} s", "none has it"))
    return rows


def small() -> list[Row]:
    """Accuracy at 25 answers per worker and ten classes, over ten seeds."""
    found = {name: [] for name in ("auto", "ds", "one_coin", "mv")}
    peers = []
    with tempfile.TemporaryDirectory() as name:
        for seed in range(10):
            c = published_crowd(5000, seed)
            for method, values in found.items():
                values.append(np.mean(np.array(make(method).fit(answers_of(c)).labels_) == c.truth))
            if seed < 3:
                peers.append(peer("ds", saved(c, Path(name), str(seed))).rsplit(", ", 1)[-1])
    means = ", ".join(f"{method} {np.mean(values):.4f}" for method, values in found.items())
    return [
        (
            "5,000 labels, 200 workers, 10 classes, mean of 10 seeds",
            means,
            f"crowd-kit DS, seeds 0-2: {', '.join(peers)}",
        )
    ]


def real_sets() -> dict[str, tuple[Answers, dict]]:
    folder = Path(os.environ.get("DOUJIA_SHARED", ROOT.parent / "shared")) / "data" / "crowd"
    return {
        p.name: (read_answers(p / "label.csv"), read_gold(p / "truth.csv"))
        for p in sorted(folder.glob("*"))
        if p.is_dir()
    }


def auto() -> list[Row]:
    """50 gold items on real sets (10 draws each) and 200 simulated crowds; every method is given the same gold."""
    from concurrent.futures import ProcessPoolExecutor

    problems = [(shape, seed) for seed in range(1000, 1020) for shape in SHAPES]
    problems += [(name, seed) for name in real_sets() for seed in range(10)]
    with ProcessPoolExecutor(int(os.environ.get("DOUJIA_BENCH_JOBS", "2"))) as pool:
        runs = list(pool.map(_gold_run, problems))
    simulated = [run for run in runs if run["name"] in SHAPES]
    scores = {m: [run["right"][m] for run in simulated] for m in ("auto", *METHODS)}
    rows: list[Row] = []
    for name in real_sets():
        own = {m: float(np.mean([run["right"][m] for run in runs if run["name"] == name])) for m in scores}
        for method, value in own.items():
            scores[method].append(value)
        told = ", ".join(f"{method} {value:.4f}" for method, value in own.items())
        rows.append((f"{name}, 50 gold, mean of 10 draws", told, ""))
    means = {name: float(np.mean(values)) for name, values in scores.items()}
    best = max(METHODS, key=lambda name: means[name])
    told = ", ".join(f"{name} {means[name]:.4f}" for name in METHODS)
    short = [run["short"] for run in runs]
    bare = [run for run in simulated if "free" in run]
    free = [run["free"] for run in bare]
    below = sum(run["free"] < run["right"]["mv"] - 0.01 for run in bare)
    head: list[Row] = [
        ("mean accuracy, 200 crowds and the real sets, 50 gold", f"auto {means['auto']:.4f}",
         f"best fixed {best} {means[best]:.4f} ({told})"),
        ("runs > 1 pp below majority vote beyond 2 standard errors",
         f"{sum(s > 0 for s in short)} of {len(short)} (largest {max(short):.4f})", "goal 0"),
        ("auto without gold, 50 of these crowds", f"{np.mean(free):.4f}; > 1 pp below the vote in {below} of {len(free)}",
         f"collapsed to one class: {sum(run['one_class'] for run in bare)}, goal 0"),
    ]  # fmt: skip
    return head + rows


def _gold_run(problem: tuple[str, int]) -> dict:
    """One data set and one draw of gold: accuracy of every method on the other items."""
    name, seed = problem
    if name in SHAPES:
        c = crowd(name, seed)
        answers, truth = answers_of(c), dict(enumerate(c.truth.tolist()))
    else:
        answers, truth = real_sets()[name]
    known = [item for item in answers.items if item in truth]
    chosen = np.random.default_rng(seed).choice(len(known), 50, replace=False)
    golden = {known[k]: truth[known[k]] for k in chosen}
    held = [
        (at, truth[item]) for at, item in enumerate(answers.items) if item in truth and item not in golden
    ]
    whole = Auto().fit(answers, golden)
    right = {method: _credits(whole.members_[method], held) for method in METHODS}
    right["auto"] = _credits(whole, held)
    gap = right["mv"] - right["auto"]
    short = max(0.0, gap.mean() - 0.01 - 2 * np.sqrt((gap**2).sum()) / len(gap))
    found = {"name": name, "right": {m: float(r.mean()) for m, r in right.items()}, "short": float(short)}
    if name in SHAPES and seed < 1005:
        alone = Auto().fit(answers)
        found |= {"free": float(_credits(alone, held).mean()), "one_class": len(set(alone.labels_)) == 1}
    return found


def _credits(model, held) -> np.ndarray:
    """1 for a right label, a share for a tie that holds it."""
    code = {label: k for k, label in enumerate(model.classes_)}
    z = model.probas_[[place for place, _ in held]]
    near = z >= z.max(axis=1, keepdims=True) - 1e-9
    return near[np.arange(len(held)), [code[label] for _, label in held]] / near.sum(axis=1)


def calibration() -> list[Row]:
    """ECE of auto with 100 gold against the floor of chance, five draws of the gold for each set (one draw of 100 leaves the mean
    confidence uncertain by some .05, whatever the method); coverage of skill intervals."""
    from doujia.consensus.people import estimate_skills

    above, raw = [], []
    for shape in SHAPES:
        for seed in range(2000, 2004):
            c = crowd(shape, seed)
            if len(c.truth) < 200:
                continue
            answers = answers_of(c)
            for method, kept in (("auto", above), ("ds", raw)):
                draws = []
                for draw in range(5 if method == "auto" else 1):
                    rng = np.random.default_rng([seed, draw])
                    golden = {int(i): int(c.truth[i]) for i in rng.choice(len(c.truth), 100, replace=False)}
                    model = make(method).fit(answers, golden)
                    held = np.array([i for i in range(len(c.truth)) if i not in golden])
                    confidence = model.confidence_[held]
                    right = np.array(model.labels_)[held] == c.truth[held]
                    draws.append(
                        calibration_error(confidence, right) - calibration_floor(confidence, draws=50)
                    )
                kept.append(draws)
    worst = max(above, key=np.mean)
    rows = [("ECE above the sampling floor, 100 gold: mean; worst set (its draws)",
             f"auto {np.mean(above):.3f}; {np.mean(worst):.3f} ({min(worst):.3f} to {max(worst):.3f})",
             f"DS uncalibrated {np.mean(raw):.3f}; {np.max(raw):.3f}; goal .03"),
            ("sets whose mean over the draws is above .03", f"{sum(np.mean(d) > 0.03 for d in above)} of {len(above)}", "goal 0")]  # fmt: skip
    for use in ("gold", "consensus", "both"):
        inside = total = 0
        for seed in range(40):
            rng = np.random.default_rng(seed)
            T, W, K = 400, 60, int(rng.integers(2, 6))
            truth, skill = rng.integers(0, K, T), rng.beta(8, 2, W)
            worker = np.concatenate([rng.choice(W, 6, replace=False) for _ in range(T)])
            item = np.repeat(np.arange(T), 6)
            hit = rng.random(len(item)) < skill[worker]
            label = np.where(hit, truth[item], (truth[item] + rng.integers(1, K, len(item))) % K)
            golden = None if use == "consensus" else {i: int(truth[i]) for i in range(100)}
            found = estimate_skills(Answers.from_arrays(item, worker, label), golden, use=use)
            inside += sum(s.low <= skill[s.worker] <= s.high for s in found)
            total += len(found)
        rows.append(
            (f"coverage of 95 % skill intervals, {use}", f"{inside / total:.3f} of {total}", "goal .93-.97")
        )
    return rows


def overlap() -> list[Row]:
    """Sequential overlap against fixed-5 majority vote in 200 random orders; people passed an exam of gold before."""
    import msgspec

    from doujia.consensus.plans import OverlapRule, replay
    from doujia.consensus.plans.overlap import _turns

    rows: list[Row] = []
    for name, (answers, truth) in real_sets().items():
        exam = {"rte": 100, "bluebird": 30}.get(name, 50)
        rule = OverlapRule(*{"rte": (0.8, 1, 5), "bluebird": (0.7, 1, 5)}.get(name, (0.8, 1, 5)))
        T = len(answers.items)
        saving, loss = [], []
        for seed in range(200):
            rng = np.random.default_rng(seed)
            known = np.zeros(T, dtype=bool)
            known[rng.choice(T, exam, replace=False)] = True
            golden = {answers.items[i]: truth[answers.items[i]] for i in np.flatnonzero(known)}
            rest = answers.restricted(~known[answers.item])
            code = np.cumsum(~known) - 1
            rest = msgspec.structs.replace(
                rest, item=code[rest.item], items=[answers.items[i] for i in np.flatnonzero(~known)]
            )
            wanted = [truth[item] for item in rest.items]
            done = replay(
                rest, rule, seed=seed, gold=golden, prior_answers=answers.restricted(known[answers.item])
            )
            turn = _turns(rest, np.random.default_rng(seed).random(len(rest)))
            fixed = MajorityVote().fit(rest.restricted(turn < 5))
            vote = _credits(fixed, list(enumerate(wanted))).mean()
            saving.append(1 - done.used.sum() / (turn < 5).sum())
            loss.append(vote - np.mean(np.array(done.labels) == np.array(wanted)))
        low, high = np.quantile(saving, [0.025, 0.975])
        worst, better = np.quantile(loss, [0.975, 0.025])
        rows.append((
            f"{name}: stop at {rule.confidence}, at most 5, after an exam of {exam} gold",
            f"{np.mean(saving):.1%} fewer answers [{low:.1%}, {high:.1%}], loss {np.mean(loss) * 100:+.2f} pp [{better * 100:+.1f}, {worst * 100:+.1f}]",
            "goal 35 % at <= .2 pp",
        ))  # fmt: skip
    return rows


def people() -> list[Row]:
    """The retrain rule, fairness of pay, copying."""
    from doujia.consensus.people import Cusum, check_line

    rule = Cusum()
    false = rule.curve((0.95,), 50).trigger[0]
    hit = rule.curve((0.65,), 25).trigger[0]
    rng = np.random.default_rng(0)
    months = [
        check_line(int(rng.binomial(n, 0.96)), n, 0.95).below for n in rng.integers(20, 400, 500).tolist()
    ]
    plain, misled = _copying(10, 200, trap=0.0), _copying(5, 120, trap=0.45)
    return [
        ("retrain rule, false alarm at .95 within 50 gold (exact)", f"{false:.2%}", "goal <= 1 %"),
        ("retrain rule, detection at .65 within 25 gold (exact)", f"{hit:.1%}", "goal >= 85 %"),
        ("worker at 96 %, line 95 %, 500 months: consequence for pay", f"{np.mean(months):.2%}", "goal < 1 %"),
        ("pairs copying 30 % of 500 shared items, 200 people", plain, "goal 90 %, .1 %"),
        ("the same, 120 people, a third of the items misleads 45 % of them alike", misled, "goal .1 % false"),
    ]  # fmt: skip


def _copying(seeds: int, people: int, *, trap: float) -> str:
    """Share of ten copying pairs a run that are found, and of innocent pairs that are named."""
    from doujia.consensus.people import find_copying

    found = named = 0
    for seed in range(seeds):
        rng = np.random.default_rng(seed)
        T, K = 500, 4
        truth, skill = rng.integers(0, K, T), rng.beta(8, 2, people)
        said = np.where(rng.random((people, T)) < skill[:, None], truth, rng.integers(0, K, (people, T)))
        looks = (truth + rng.integers(1, K, T)) % K
        caught = (rng.random((people, T)) < trap) & (rng.random(T) < 1 / 3)
        said = np.where(caught, looks, said)
        pairs = {(2 * j, 2 * j + 1) for j in range(10)}
        for a, b in pairs:
            copied = rng.random(T) < 0.3
            said[b, copied] = said[a, copied]
        answers = Answers.from_arrays(
            np.tile(np.arange(T), people), np.repeat(np.arange(people), T), said.ravel()
        )
        got = {(p.first, p.second) for p in find_copying(answers)}
        found, named = found + len(got & pairs), named + len(got - pairs)
    return f"{found / (10 * seeds):.0%} found, {named / (seeds * people * (people - 1) / 2):.4%} false"


def shapes() -> list[Row]:
    """Fused boxes and masks against the best single annotator and against picking one."""
    from doujia.consensus.structured import Boxes, MarkConsensus
    from doujia.consensus.structured.boxes import box_array, box_iou
    from doujia.marks import Box, Mark, rle

    rng = np.random.default_rng(0)
    sds = (3.0, 4, 4, 5, 7)
    bias = rng.normal(0, 3, (5, 4))
    truth, marks = {}, {}
    for i in range(400):
        corner, size = rng.uniform(0, 900, 2), rng.uniform(30, 150, 2)
        edges = np.concatenate([corner, corner + size])
        truth[i], marks[i] = edges, {}
        for p, sd in enumerate(sds):
            off = rng.normal(0, sd * (8 if rng.random() < 0.05 else 1), 4) + bias[p]
            marks[i][p] = [
                Mark(id="1", geometry=Box(*(float(v) for v in box_array([Box(*(edges + off))])[0])))
            ]
    results = MarkConsensus().fit_predict(marks)
    fused = np.mean(
        [
            max(
                (box_iou(box_array([f.mark.geometry]), truth[i][None])[0, 0] for f in results[i]), default=0.0
            )
            for i in truth
        ]
    )
    each = np.array(
        [
            [box_iou(box_array([marks[i][p][0].geometry]), truth[i][None])[0, 0] for p in range(5)]
            for i in truth
        ]
    )
    picked = []
    for i in truth:
        boxes = box_array([marks[i][p][0].geometry for p in range(5)])
        picked.append(each[i, int(box_iou(boxes, boxes.mean(axis=0)[None])[:, 0].argmax())])
    table = [
        np.argmax(Boxes().similarity([marks[i][p][0].geometry for p in range(5)]).sum(axis=1)) for i in truth
    ]
    medoid = np.mean([each[i, k] for i, k in enumerate(table)])
    rows = [("boxes, 5 annotators with bias and noise", f"fused {fused:.4f}",
             f"best single {each.mean(axis=0).max():.4f}, picked (nearest to the mean box) {np.mean(picked):.4f}, medoid {medoid:.4f}")]  # fmt: skip
    fused_m, each_m, picked_m = _masks(rng, MarkConsensus, Mark, rle)
    rows.append(("masks, 5 annotators with bias and noise", f"fused {fused_m:.4f}",
                 f"best single {each_m:.4f}, picked (medoid) {picked_m:.4f}"))  # fmt: skip
    return rows


def _masks(rng, consensus, mark, rle) -> tuple[float, float, float]:
    y, x = np.mgrid[:128, :128] + 0.5

    def blob(cx, cy, r, wave) -> np.ndarray:
        angle = np.arctan2(y - cy, x - cx)
        edge = r * (1 + sum(a * np.cos(k * angle + f) for k, (a, f) in enumerate(wave, 2)))
        return np.hypot(x - cx, y - cy) <= edge

    truth, marks = {}, {}
    grow = rng.normal(0, 1.5, 5)
    noise = (0.05, 0.06, 0.06, 0.08, 0.1)
    for i in range(100):
        cx, cy, r = *rng.uniform(54, 74, 2), rng.uniform(18, 40)
        wave = [(rng.normal(0, 0.06), rng.uniform(0, 6)) for _ in range(4)]
        truth[i], marks[i] = blob(cx, cy, r, wave), {}
        for p in range(5):
            own = [(a + rng.normal(0, noise[p]), f) for a, f in wave]
            shift = rng.normal(0, 25 * noise[p], 2)
            marks[i][p] = [
                mark(id="1", geometry=rle.encode(blob(cx + shift[0], cy + shift[1], r + grow[p], own)))
            ]
    results = consensus().fit_predict(marks)

    def iou(a, b) -> float:
        return float((a & b).sum() / max((a | b).sum(), 1))

    fused = np.mean(
        [max((iou(rle.decode(f.mark.geometry), truth[i]) for f in results[i]), default=0.0) for i in truth]
    )
    pixels = {i: [rle.decode(marks[i][p][0].geometry) for p in range(5)] for i in truth}
    each = np.array([[iou(pixels[i][p], truth[i]) for p in range(5)] for i in truth])
    medoid = [int(np.argmax([sum(iou(a, b) for b in pixels[i]) for a in pixels[i]])) for i in truth]
    return (
        float(fused),
        float(each.mean(axis=0).max()),
        float(np.mean([each[i, k] for i, k in enumerate(medoid)])),
    )


SECTIONS = {
    "speed": speed,
    "small": small,
    "auto": auto,
    "calibration": calibration,
    "overlap": overlap,
    "people": people,
    "shapes": shapes,
}
TITLES = {"speed": "Speed (CPU s, own peak memory, accuracy or value)", "small": "Little data", "auto": "Choosing the model",
          "calibration": "Calibration and coverage", "overlap": "Sequential overlap", "people": "People", "shapes": "Shapes, mean IoU to the truth"}  # fmt: skip


def main(wanted: list[str]) -> None:
    """Run sections; results are kept in bench/out so that the page can be written when all have run once."""
    out = ROOT / "bench" / "out"
    out.mkdir(parents=True, exist_ok=True)
    for name in wanted or list(SECTIONS):
        rows = SECTIONS[name]()
        (out / f"consensus-{name}.json").write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")
        for row in rows:
            print(" | ".join(row), flush=True)
    kept = {name: out / f"consensus-{name}.json" for name in SECTIONS}
    if any(path.exists() for path in kept.values()):
        page = ["# Consensus", "", "`python bench/consensus.py`. Each section: what, ours, peer or goal.", ""]
        for name, path in ((n, p) for n, p in kept.items() if p.exists()):
            page += [
                f"## {TITLES[name]}",
                "",
                (SECTIONS[name].__doc__ or "").strip(),
                "",
                "| what | ours | peer or goal |",
                "|---|---|---|",
            ]
            page += [f"| {a} | {b} | {c} |" for a, b, c in json.loads(path.read_text(encoding="utf-8"))] + [
                ""
            ]
        target = ROOT / "docs" / "benchmarks" / "consensus.md"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text("\n".join(page), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
