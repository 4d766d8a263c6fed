"""Spans, transcripts, rankings and ratings."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import approx_fprime

from doujia.consensus import Answers
from doujia.consensus.structured import (
    BradleyTerry,
    NoisyBradleyTerry,
    RatingModel,
    Rover,
    SpanConsensus,
    error_rate,
    find_cycle,
    homophone_cost,
    normalise_text,
    pairs_of_ranking,
    tokens_of,
)
from doujia.consensus.structured.rankings import _Comparisons, _noisy_cost
from doujia.errors import InputError


def test_spans_by_majority_with_legal_tags():
    spans = {
        "t": {
            "a": [(0, 3, "ORG"), (5, 9, "PER")],
            "b": [(0, 3, "ORG"), (5, 9, "PER")],
            "c": [(1, 3, "ORG")],
            "d": [],
        },
        "u": {"a": [], "b": [], "c": []},
    }
    found = SpanConsensus().fit_predict(spans)
    assert [(s.start, s.end, s.label) for s in found["t"]] == [(0, 3, "ORG"), (5, 9, "PER")]
    assert found["u"] == []


def test_adjacent_spans_of_one_class_stay_two():
    spans = {i: {w: [(0, 2, "X"), (2, 5, "X")] for w in "abc"} for i in range(3)}
    assert [(s.start, s.end) for s in SpanConsensus().fit_predict(spans)[0]] == [(0, 2), (2, 5)]


def test_poor_spans_are_refused_with_their_place():
    with pytest.raises(InputError) as caught:
        SpanConsensus().fit_predict({"t": {"a": [(0, 3, "X"), (2, 4, "X")]}})
    assert caught.value.code == "spans_overlap" and "'t'" in str(caught.value)
    with pytest.raises(InputError):
        SpanConsensus().fit_predict({"t": {"a": [(3, 3, "X")]}})


def test_spans_beat_the_mean_annotator():
    rng = np.random.default_rng(0)
    truth, spans = {}, {}
    for i in range(60):
        starts = np.sort(rng.choice(np.arange(0, 80, 10), 3, replace=False))
        truth[i] = {(int(s), int(s + rng.integers(2, 8)), "XY"[int(rng.integers(2))]) for s in starts}
        spans[i] = {}
        for w in range(5):
            kept = [s for s in truth[i] if rng.random() < 0.85]
            moved = [
                (max(0, s + int(rng.integers(-1, 2)) * int(rng.random() < 0.3)), e, k) for s, e, k in kept
            ]
            spans[i][w] = moved
    fused = SpanConsensus().fit_predict(spans)

    def f1(guess):
        hits = sum(len(truth[i] & set(guess(i))) for i in truth)
        return 2 * hits / (sum(len(truth[i]) for i in truth) + sum(len(guess(i)) for i in truth))

    single = np.mean([f1(lambda i, w=w: spans[i][w]) for w in range(5)])
    assert f1(lambda i: [(s.start, s.end, s.label) for s in fused[i]]) > max(0.88, single + 0.1)


def test_error_rate_equals_jiwer():
    jiwer = pytest.importorskip("jiwer")
    pairs = [("广州市房地产中介协会分析", "广州市防地产中介会分析了"), ("今天天气很好", "今天天汽好")]
    for reference, hypothesis in pairs:
        assert error_rate(list(reference), list(hypothesis)) == pytest.approx(
            jiwer.cer(reference, hypothesis)
        )
    assert error_rate([], []) == 0 and error_rate([], ["a"]) == 1


def test_tokens_and_normalisation():
    assert tokens_of("我用iPhone 15拍的") == ["我", "用", "iPhone", "15", "拍", "的"]
    assert normalise_text("ＡＢＣ,你好!  Hello") == "abc你好 hello"


def test_rover_outvotes_errors_wherever_they_are():
    texts = [
        "广州市防地产中介协会分析",
        "广州市房地产中介会分析",
        "广州房地产中介协会分析了",
        "广州市房地产中介协会分析",
    ]
    fused = Rover().fuse(texts)
    assert fused.text == "广州市房地产中介协会分析"
    assert fused.rates[3] == 0 and min(fused.margins) >= 0.4
    assert Rover().fuse(texts[::-1]).text == fused.text


def test_rover_weighs_skill_and_keeps_spaced_scripts():
    assert Rover().fuse(["the cat sat", "the bat sat"], skills=[0.9, 0.4]).text == "the cat sat"
    assert Rover().fuse(["the cat sat", "the bat sat"], skills=[0.4, 0.9]).text == "the bat sat"
    assert Rover().fuse(["", "", "x"]).text == ""
    assert Rover(normalise=True).fuse(["你好,世界!"]).text == "你好世界"
    with pytest.raises(InputError):
        Rover().fuse([])


def test_homophones_cost_less():
    pytest.importorskip("pypinyin")
    assert homophone_cost("是", "是") == 0
    assert homophone_cost("是", "事") == 0.25  # shì, shì
    assert homophone_cost("是", "时") == 0.5  # shì, shí
    assert homophone_cost("是", "人") == 1
    assert error_rate(list("他是人"), list("她事人"), homophone_cost) == pytest.approx(0.5 / 3)
    assert Rover(cost=homophone_cost).fuse(["他事人", "他是人", "他是忍"]).text == "他是人"


def test_bradley_terry_of_two_is_the_log_odds():
    won = [("w", "a", "b", 1.0)] * 30 + [("w", "a", "b", 0.0)] * 10
    scores = BradleyTerry(regularisation=1e-9).fit(won).scores_
    assert scores["a"] - scores["b"] == pytest.approx(np.log(3), abs=1e-4)


def test_bradley_terry_with_somebody_who_never_lost_and_two_islands():
    model = BradleyTerry().fit([("w", "a", "b", 1.0), ("w", "a", "b", 1.0), ("w", "c", "d", 1.0)])
    assert all(np.isfinite(list(model.scores_.values())))
    assert model.ranking_[0] == "a"
    with pytest.raises(InputError):
        BradleyTerry().fit([])
    with pytest.raises(InputError):
        BradleyTerry().fit([("w", "a", "a", 1.0)])


def simulated_comparisons(seed=0):
    rng = np.random.default_rng(seed)
    score = rng.normal(0, 1.5, 20)
    rows = []
    for w in range(12):
        for _ in range(60):
            a, b = rng.choice(20, 2, replace=False)
            fair = 1 / (1 + np.exp(score[b] - score[a]))
            p = 0.97 if w < 4 else fair  # four people always press left
            rows.append((f"w{w}", int(a), int(b), float(rng.random() < p)))
    return rows, score


def test_gradient_of_noisy_bradley_terry_is_the_numeric_one():
    rows, _ = simulated_comparisons()
    data = _Comparisons(rows[:200])
    point = np.random.default_rng(1).normal(0, 0.7, len(data.things) + 2 * len(data.workers))
    numeric = approx_fprime(point, lambda x: _noisy_cost(x, data)[0], 1e-6)
    assert np.allclose(_noisy_cost(point, data)[1], numeric, atol=1e-3)


def test_noisy_bradley_terry_finds_those_who_press_left():
    rows, score = simulated_comparisons()
    noisy, plain = NoisyBradleyTerry().fit(rows), BradleyTerry().fit(rows)

    def quality(model):
        return np.corrcoef(score, [model.scores_[i] for i in range(20)])[0, 1]

    assert quality(noisy) > quality(plain) and quality(noisy) > 0.93
    assert max(noisy.attention_[f"w{i}"] for i in range(4)) < min(
        noisy.attention_[f"w{i}"] for i in range(4, 12)
    )
    assert min(noisy.bias_[f"w{i}"] for i in range(4)) > 0.5


def test_cycles_are_listed():
    assert find_cycle([(0, "a", "b", 1), (0, "b", "c", 1), (0, "c", "a", 1)]) == ["a", "b", "c"]
    assert find_cycle(pairs_of_ranking([["a"], ["b", "c"], ["d"]])) is None


def test_ratings_learn_bias_and_precision():
    rng = np.random.default_rng(0)
    truth = rng.uniform(1, 5, 150)
    bias, sd = np.array([0.8, -0.8, 0, 0, 0]), np.array([0.2, 0.2, 0.2, 1.2, 0.4])
    item, worker = np.repeat(np.arange(150), 5), np.tile(np.arange(5), 150)
    y = np.round(truth[item] + bias[worker] + rng.normal(0, sd[worker]), 3)
    model = RatingModel(scale=[1, 2, 3, 4, 5]).fit(Answers.from_arrays(item, worker, y))
    assert model.bias_ == pytest.approx(bias, abs=0.15)
    assert int(np.argmax(model.deviation_)) == 3
    mean = np.bincount(item, y) / 5
    assert np.abs(model.values_ - truth).mean() < 0.5 * np.abs(mean - truth).mean()
    assert set(model.labels_) <= {1, 2, 3, 4, 5}
    with pytest.raises(InputError):
        RatingModel().fit(Answers.from_rows([(1, "a", "good")]))


def test_gold_fixes_the_level_of_ratings():
    rows = [(i, w, 3.0 + 1.0 + 0.01 * w) for i in range(30) for w in range(3)]
    model = RatingModel().fit(Answers.from_rows(rows), gold={i: 3.0 for i in range(20)})
    assert model.values_[25] == pytest.approx(3.0, abs=0.25)
    assert model.errors_[0] == 0.0
