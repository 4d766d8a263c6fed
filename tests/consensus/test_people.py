"""Skill, change, copying and time: coverage, published operating points, and fairness."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom

from doujia.consensus import Answers
from doujia.consensus.intervals import clopper_pearson, wilson
from doujia.consensus.people import (
    Cusum,
    ScoreCusum,
    check_line,
    estimate_skills,
    find_copying,
    timing_hints,
)
from doujia.errors import InputError


def test_intervals_of_the_textbooks():
    # Newcombe 1998, 81 of 263: Wilson .2553 to .3662; Clopper-Pearson .2527 to .3676
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=1e-4)
    assert clopper_pearson(81, 263) == pytest.approx((0.2527, 0.3676), abs=1e-4)
    assert clopper_pearson(0, 0) == wilson(0, 0) == (0.0, 1.0)
    assert clopper_pearson(10, 10)[1] == 1.0
    with pytest.raises(InputError):
        wilson(5, 4)


def test_a_worker_at_96_percent_is_almost_never_found_below_95():
    """Exact probability of a consequence, over sample sizes: the sum over counts that ``check_line`` calls below."""
    for n in (20, 50, 100, 300, 1000):
        chance = sum(binom.pmf(k, n, 0.96) for k in range(n + 1) if check_line(k, n, 0.95).below)
        at_line = sum(binom.pmf(k, n, 0.95) for k in range(n + 1) if check_line(k, n, 0.95).below)
        assert chance < 0.01 and at_line <= 0.01
    assert check_line(60, 100, 0.95).below
    assert check_line(0, 0, 0.95).below is False and check_line(0, 0, 0.95).share is None


@pytest.mark.parametrize("use", ["both", "gold", "consensus"])
def test_skill_intervals_cover(use, crowd):
    inside = total = 0
    for seed in range(6):
        rows, truth, skill = crowd(seed, items=300, workers=40, classes=3, overlap=5)
        gold = {i: int(truth[i]) for i in range(60)}
        found = estimate_skills(Answers.from_arrays(*rows), None if use == "consensus" else gold, use=use)
        inside += sum(s.low <= skill[s.worker] <= s.high for s in found)
        total += len(found)
        assert all((s.gold == 0) == (use == "consensus") for s in found)
    assert 0.90 <= inside / total <= 0.985


def test_skill_is_judged_without_the_own_answer():
    # on items only she answered nothing is known about her: the interval stays that of the prior
    rows = [(i, "alone", "xy"[i % 2]) for i in range(50)]
    rows += [(100 + i, w, "xy"[i % 2]) for i in range(50) for w in ("a", "b", "c")]
    skills = {s.worker: s for s in estimate_skills(Answers.from_rows(rows))}
    assert skills["a"].high - skills["a"].low < skills["alone"].high - skills["alone"].low


def test_skill_per_class_and_code():
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 2, 400)
    rows = [
        (i, f"w{w}", int(truth[i] if rng.random() < 0.9 else 1 - truth[i]))
        for i in range(400)
        for w in range(4)
    ]
    rows += [(i, "blind", int(truth[i] if truth[i] == 0 or rng.random() < 0.3 else 0)) for i in range(400)]
    answers = Answers.from_rows(rows)
    by_class = {(s.worker, s.label): s for s in estimate_skills(answers, by="class")}
    assert by_class["blind", 0].low > 0.9 and by_class["blind", 1].high < 0.5
    codes = {i: ("even" if i % 2 == 0 else "odd") for i in range(400)}
    by_code = estimate_skills(answers, by="code", codes=codes)
    assert {s.code for s in by_code} == {"even", "odd"} and len(by_code) == 10
    with pytest.raises(InputError):
        estimate_skills(answers, by="code")
    with pytest.raises(InputError):
        estimate_skills(answers, use="gold")


def test_cusum_has_its_published_operating_points():
    rule = Cusum()
    curve = rule.curve((0.95, 0.9, 0.85, 0.8))
    # quality reference, section 6: simulation gave .0084, .11, .36, .67 and .886 at .65 within 25
    assert curve.trigger == pytest.approx([0.0084, 0.11, 0.36, 0.67], abs=0.006)
    assert curve.trigger[0] <= 0.01
    found = rule.curve((0.65,), within=25).trigger[0]
    assert found >= 0.85 and found == pytest.approx(0.886, abs=0.003)


def test_the_curve_is_what_runs_show():
    rng = np.random.default_rng(0)
    rule = Cusum(p_good=0.9, p_bad=0.7, limit=4)
    acted = sum(bool(rule.run(rng.random(50) < 0.8)) for _ in range(2000)) / 2000
    assert rule.curve((0.8,)).trigger[0] == pytest.approx(acted, abs=0.035)
    assert rule.run([False] * 4) == [3]  # four wrong in a row act, as documented
    with pytest.raises(InputError):
        Cusum(p_good=0.6, p_bad=0.7)


def test_score_cusum_notices_a_shift_of_two_deviations():
    rule = ScoreCusum(mean=0.9, deviation=0.05)
    assert not any(rule.update(0.9) for _ in range(200))
    assert [rule.update(0.8) for _ in range(4)] == [False, False, False, True]
    with pytest.raises(InputError):
        ScoreCusum(mean=0.9, deviation=0)


def test_copying_pairs_are_found_and_innocent_ones_are_not():
    rng = np.random.default_rng(1)
    W, T, K = 40, 400, 4
    truth, skill = rng.integers(0, K, T), rng.beta(8, 3, W)
    said = np.where(rng.random((W, T)) < skill[:, None], truth, rng.integers(0, K, (W, T)))
    pairs = {(0, 1), (2, 3), (4, 5)}
    for a, b in pairs:
        copied = rng.random(T) < 0.4
        said[b, copied] = said[a, copied]
    found = find_copying(
        Answers.from_arrays(np.tile(np.arange(T), W), np.repeat(np.arange(W), T), said.ravel())
    )
    assert {(pair.first, pair.second) for pair in found} == pairs
    assert all(pair.equal_wrong > 3 * pair.expected and len(pair.items) == pair.equal_wrong for pair in found)


def test_people_who_err_alike_on_hard_items_are_not_called_copiers():
    rng = np.random.default_rng(2)
    W, T, K = 20, 300, 3
    truth = rng.integers(0, K, T)
    trap, hard = (truth + 1) % K, rng.random(T) < 0.3
    said = np.where(rng.random((W, T)) < 0.85, truth, rng.integers(0, K, (W, T)))
    said = np.where(hard & (rng.random((W, T)) < 0.4), trap, said)
    found = find_copying(
        Answers.from_arrays(np.tile(np.arange(T), W), np.repeat(np.arange(W), T), said.ravel())
    )
    assert found == []
    assert find_copying(Answers.from_rows([(1, "a", "x")])) == []


def test_timing_gives_hints_only_for_fast_and_wrong_or_regular_work():
    rng = np.random.default_rng(3)
    T = 200
    truth = rng.integers(0, 3, T)
    rows, times = [], []
    for w in ("a", "b", "c", "quick", "rash", "clock"):
        for i in range(T):
            usual = rng.lognormal(np.log(8000), 0.3)
            accuracy = 0.9
            if w == "quick":
                usual /= 6  # fast all the time and right
            if w == "rash" and i % 3 == 0:
                usual, accuracy = usual / 8, 0.35
            if w == "clock":
                usual = 7000 + rng.integers(-50, 50)
            said = truth[i] if rng.random() < accuracy else (truth[i] + rng.integers(1, 3)) % 3
            rows.append((i, w, int(said)))
            times.append(usual)
    item, worker, label = zip(*rows, strict=True)
    hints = timing_hints(Answers.from_arrays(item, worker, label, active_ms=times))
    assert {(hint.worker, hint.kind) for hint in hints} == {("rash", "fast"), ("clock", "regular")}
    assert all("ask" in hint.note.en and "沟通" in hint.note.zh for hint in hints)
    with pytest.raises(InputError):
        timing_hints(Answers.from_rows(rows))


def test_items_that_mislead_everybody_are_no_copying():
    # A third of the items looks like something else to nearly half of the people; nobody copies.
    false = pairs = 0
    for seed in range(2):
        rng = np.random.default_rng(100 + seed)
        W, T, K = 80, 400, 4
        truth, skill = rng.integers(0, K, T), rng.beta(8, 2, W)
        said = np.where(rng.random((W, T)) < skill[:, None], truth, rng.integers(0, K, (W, T)))
        trap = (truth + rng.integers(1, K, T)) % K
        said = np.where((rng.random((W, T)) < 0.45) & (rng.random(T) < 0.33), trap, said)
        answers = Answers.from_arrays(np.tile(np.arange(T), W), np.repeat(np.arange(W), T), said.ravel())
        false += len(find_copying(answers))
        pairs += W * (W - 1) // 2
    assert false <= 0.001 * pairs


def test_intervals_of_skill_from_gold_alone_cover_what_they_promise():
    inside = total = 0
    for seed in range(12):
        rng = np.random.default_rng(seed)
        T, W, K = 300, 60, int(rng.integers(2, 6))
        truth, skill = rng.integers(0, K, T), rng.beta(8, 2, W)
        worker = np.concatenate([rng.choice(W, 6, replace=False) for _ in range(T)])
        item = np.repeat(np.arange(T), 6)
        right = rng.random(len(item)) < skill[worker]
        label = np.where(right, truth[item], (truth[item] + rng.integers(1, K, len(item))) % K)
        gold = {i: int(truth[i]) for i in range(100)}
        found = estimate_skills(Answers.from_arrays(item, worker, label), gold, use="gold")
        inside += sum(s.low <= skill[s.worker] <= s.high for s in found)
        total += len(found)
    assert 0.93 <= inside / total <= 0.97
