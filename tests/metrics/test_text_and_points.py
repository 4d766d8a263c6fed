"""CER, WER, spans, rankings, landmarks: against jiwer, scipy, pycocotools and hand calculation."""

from __future__ import annotations

import math

import jiwer
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval
from scipy.stats import kendalltau

from doujia.errors import InputError
from doujia.marks import Interval, Keypoints, Mark, Polyline, Ranking, Span
from doujia.metrics import (
    Folding,
    cer,
    kendall_tau,
    line_distance,
    nme,
    oks,
    pairwise_agreement,
    segment_f1,
    span_f1,
    wer,
)

PLAIN = Folding(width=False, case=False, punctuation=False, spaces=False)
sentence = st.lists(st.sampled_from(["是四十", "不石", "事"] + ["a", "b"]), min_size=1, max_size=12)


@given(sentence, sentence)
def test_words_agree_with_jiwer(truth: list[str], guess: list[str]) -> None:
    a, b = " ".join(truth), " ".join(guess)
    assert wer(a, b, folding=PLAIN).rate == pytest.approx(jiwer.wer(a, b))


@given(st.text("是四十不 石", min_size=1, max_size=12).filter(str.strip), st.text("是四十不石", max_size=12))
def test_characters_agree_with_jiwer(truth: str, guess: str) -> None:
    a = truth.replace(" ", "")
    measures = jiwer.process_characters(a, guess)
    ours = cer(a, guess, folding=PLAIN)
    assert ours.errors == measures.substitutions + measures.deletions + measures.insertions
    assert ours.length == len(a)


@pytest.mark.parametrize(
    ("truth", "guess", "folding", "errors", "length"),
    [
        ("四是四,十是十。", "四是四十是十", None, 0, 6),
        ("四是四", "是是四", None, 1, 3),
        ("用 iPhone 打电话", "用iphone打电话", None, 0, 5),
        ("ＡＢＣ 123", "abc 123", None, 0, 2),
        ("一二三", "123", Folding(digits=True), 0, 1),
        ("这儿有花儿", "这有花", Folding(erhua=True), 0, 3),
        ("这儿有花儿", "这有花", None, 2, 5),
        ("", "多", None, 1, 0),
    ],
)
def test_declared_folding(truth: str, guess: str, folding: Folding | None, errors: int, length: int) -> None:
    rate = cer(truth, guess, folding=folding)
    assert (rate.errors, rate.length) == (errors, length)


def test_error_rates_add_up() -> None:
    total = cer("四", "是") + cer("十是十", "十是十")
    assert total.rate == pytest.approx(1 / 4)


def span(label: str, start: int, end: int) -> Mark:
    return Mark(id=f"{start}", label=label, geometry=Span(start, end))


def test_spans_by_hand() -> None:
    truth = [span("PER", 0, 2), span("LOC", 5, 9), span("ORG", 12, 14)]
    guess = [span("PER", 0, 2), span("LOC", 5, 8), span("PER", 12, 14), span("LOC", 20, 22)]
    exact = span_f1(truth, guess)
    assert (exact.hits, exact.precision, exact.recall) == (1, 1 / 4, 1 / 3)
    assert exact.f1 == pytest.approx(2 / 7)
    relaxed = span_f1(truth, guess, relaxed=True)
    assert relaxed.hits == pytest.approx(1 + 3 / 4)
    assert span_f1([], []).f1 == 1.0


def test_segments_by_hand() -> None:
    truth = [Interval(0, 100), Interval(200, 300)]
    assert segment_f1(truth, [Interval(10, 100), Interval(290, 400)]).f1 == pytest.approx(0.5)


@given(st.permutations(list("abcdef")), st.permutations(list("abcdef")))
def test_tau_agrees_with_scipy(first: list[str], second: list[str]) -> None:
    a, b = ([[x] for x in order] for order in (first, second))
    places = [[order.index(x) for x in "abcdef"] for order in (first, second)]
    assert kendall_tau(Ranking(a), Ranking(b)) == pytest.approx(kendalltau(*places).statistic)


def test_tau_with_ties_agrees_with_scipy() -> None:
    a, b = Ranking([["a", "b"], ["c"], ["d"]]), Ranking([["b"], ["a", "c", "d"]])
    assert kendall_tau(a, b) == pytest.approx(kendalltau([0, 0, 1, 2], [1, 0, 1, 1]).statistic)
    assert pairwise_agreement(a, a) == 1.0
    with pytest.raises(InputError, match="different candidates"):
        kendall_tau(a, Ranking([["a"]]))


def test_oks_agrees_with_pycocotools() -> None:
    rng = np.random.default_rng(3)
    for _ in range(20):
        truth, guess = rng.random((2, 17, 2)) * 100
        seen = rng.integers(0, 3, 17)
        seen[0] = 2
        area = float(rng.random() * 5000 + 10)
        ground = COCO()
        flat = [float(v) for (x, y), s in zip(truth, seen, strict=True) for v in (x, y, s)]
        ground.dataset = {
            "images": [{"id": 1, "width": 100, "height": 100}], "categories": [{"id": 1, "name": "person"}],
            "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "keypoints": flat, "num_keypoints": int((seen > 0).sum()), "area": area, "bbox": [0, 0, 100, 100], "iscrowd": 0}],
        }  # fmt: skip
        ground.createIndex()
        told = [float(v) for x, y in guess for v in (x, y, 1)]
        found = ground.loadRes([{"image_id": 1, "category_id": 1, "keypoints": told, "score": 1.0}])
        expected = COCOeval(ground, found, "keypoints")
        expected.params.imgIds, expected.params.catIds = [1], [1]
        expected._prepare()
        theirs = expected.computeOks(1, 1)[0][0]
        ours = oks(
            Keypoints(truth.ravel().tolist(), seen.tolist()),
            Keypoints(guess.ravel().tolist(), [2] * 17),
            area=area,
        )
        assert ours == pytest.approx(float(theirs), rel=1e-9)


def test_nme_by_hand() -> None:
    truth = Keypoints([0, 0, 10, 0, 0, 10], [2, 2, 0])
    guess = Keypoints([3, 4, 10, 0, 99, 99], [2, 2, 2])
    assert nme(truth, guess, norm=10.0) == pytest.approx(0.25)
    assert nme(truth, guess, norm=(0, 1)) == pytest.approx(0.25)
    assert math.isnan(nme(Keypoints([0, 0], [0]), Keypoints([0, 0], [2]), norm=1.0))
    with pytest.raises(InputError, match="3 points cannot be compared with 1"):
        nme(truth, Keypoints([0, 0], [2]))


def test_lines_by_hand() -> None:
    assert line_distance(Polyline([0, 0, 100, 0]), Polyline([100, 7, 50, 7, 0, 7])) == pytest.approx(7.0)
