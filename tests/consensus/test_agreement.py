"""Agreement: published examples, independent libraries, and undefined cases."""

from __future__ import annotations

import numpy as np
import pytest

from doujia.consensus import Answers
from doujia.consensus.agreement import (
    alpha,
    alpha_from_distance,
    class_confusion,
    cohen_kappa,
    distance_view,
    fleiss_kappa,
    gwet_ac1,
    kappa_of_table,
    level_distance,
    pairwise_agreement,
)
from doujia.errors import InputError

# Krippendorff's own example: four observers, twelve units, * is missing
EXAMPLE = [
    "1 2 3 3 2 1 4 1 2 * * *",
    "1 2 3 3 2 2 4 1 2 5 * 3",
    "* 3 3 3 2 3 4 2 2 5 1 *",
    "1 2 3 3 2 4 4 1 2 5 1 *",
]


def example():
    rows = [
        (unit, f"observer {w}", int(v))
        for w, line in enumerate(EXAMPLE)
        for unit, v in enumerate(line.split())
        if v != "*"
    ]
    return Answers.from_rows(rows)


@pytest.mark.parametrize(
    ("level", "published"),
    [("nominal", 0.7434), ("ordinal", 0.8154), ("interval", 0.8491), ("ratio", 0.7974)],
)
def test_alpha_of_krippendorffs_example(level, published):
    found = alpha(example(), level)
    assert found.value == pytest.approx(published, abs=5e-5)
    assert found.low < found.value < found.high <= 1.0
    assert found.units == 11 and found.answers == 40


def test_alpha_under_a_free_distance_is_the_interval_one_when_the_distance_is():
    free = alpha(example(), lambda a, b: float((a - b) ** 2), bootstrap=0)
    assert free.value == pytest.approx(0.8491, abs=5e-5)
    a = example()
    groups = [[a.labels[v] for v in a.label[a.item == unit]] for unit in range(len(a.items))]
    whole = alpha_from_distance(groups, lambda x, y: float((x - y) ** 2))
    assert whole.value == pytest.approx(0.8491, abs=5e-5)
    assert whole.low <= whole.value <= whole.high


@pytest.mark.parametrize("level", ["nominal", "ordinal", "interval", "ratio"])
def test_alpha_equals_the_krippendorff_package(level, crowd):
    krippendorff = pytest.importorskip("krippendorff")
    (item, worker, label), _, _ = crowd(1, items=150, workers=9, classes=5, overlap=3)
    table = np.full((9, 150), np.nan)
    table[worker, item] = label + 1
    theirs = krippendorff.alpha(table, level_of_measurement=level)
    ours = alpha(Answers.from_arrays(item, worker, label + 1), level, bootstrap=0)
    assert ours.value == pytest.approx(theirs, abs=1e-9)


def test_the_interval_of_alpha_covers_the_value_of_the_process():
    """Two raters who each report a fair coin's face rightly with probability .9: alpha is .64 in the limit."""
    inside = 0
    for seed in range(120):
        rng = np.random.default_rng(seed)
        truth = rng.integers(0, 2, 80)
        said = np.where(rng.random((2, 80)) < 0.9, truth, 1 - truth)
        a = Answers.from_arrays(np.tile(np.arange(80), 2), np.repeat([0, 1], 80), said.ravel())
        found = alpha(a, bootstrap=300, seed=seed)
        inside += found.low <= 0.64 <= found.high
    assert 0.88 <= inside / 120 <= 1.0


@pytest.mark.parametrize(
    "rows",
    [[(i, w, "x") for i in range(5) for w in range(3)], [(i, 0, "xy"[i % 2]) for i in range(5)]],
    ids=["one class", "one worker"],
)
def test_alpha_that_cannot_be_computed_is_not_a_number_but_a_reason(rows):
    found = alpha(Answers.from_rows(rows))
    assert found.value is None and found.low is None
    assert [p.code for p in found.problems] == ["not_computable"]


def test_levels_refuse_labels_they_cannot_use():
    words = Answers.from_rows([(1, "a", "x"), (1, "b", "y")])
    with pytest.raises(InputError) as caught:
        alpha(words, "interval")
    assert caught.value.code == "labels_not_numbers"
    with pytest.raises(InputError):
        level_distance([-1, 1], "ratio")
    with pytest.raises(InputError):
        level_distance([1, 2], "cosmic")
    assert alpha(words, "ordinal").value is not None


def test_nominal_alpha_with_ten_thousand_classes(crowd):
    rows, _, _ = crowd(2, items=4000, workers=30, classes=10_000, overlap=3)
    found = alpha(Answers.from_arrays(*rows, labels=range(10_000)), bootstrap=50)
    assert 0.3 < found.value < 1 and found.low <= found.value <= found.high


def test_paradox_of_rare_classes():
    # two people, 5 % positives each, never together: raw agreement .90 (quality reference, section 4)
    said = [("p", "n")] * 5 + [("n", "p")] * 5 + [("n", "n")] * 90
    a = Answers.from_rows([(i, w, pair[w]) for i, pair in enumerate(said) for w in (0, 1)])
    assert cohen_kappa(a, 0, 1) == pytest.approx(-0.0526, abs=1e-4)
    assert gwet_ac1(a) == pytest.approx(0.890, abs=1e-3)
    assert alpha(a, bootstrap=0).agreement == pytest.approx(0.90)


@pytest.mark.parametrize(
    ("weights", "theirs"),
    [("none", 0.7554423344140806), ("linear", 0.7303370786516854), ("quadratic", 0.7138802157252342)],
)
def test_cohen_equals_scikit_learn(weights, theirs, crowd):
    """``theirs`` is cohen_kappa_score of scikit-learn 1.9.1 on the same answers."""
    rows, _, _ = crowd(3, items=120, workers=2, classes=4, overlap=2)
    assert cohen_kappa(Answers.from_arrays(*rows), 0, 1, weights=weights) == pytest.approx(theirs)


def test_fleiss_of_the_published_table():
    # Fleiss 1971 as reprinted widely: 10 subjects, 14 raters, 5 categories, kappa .210
    table = np.array([
        [0, 0, 0, 0, 14], [0, 2, 6, 4, 2], [0, 0, 3, 5, 6], [0, 3, 9, 2, 0], [2, 2, 8, 1, 1],
        [7, 7, 0, 0, 0], [3, 2, 6, 3, 0], [2, 5, 3, 2, 2], [6, 5, 2, 1, 0], [0, 2, 2, 3, 7],
    ])  # fmt: skip
    rows = [
        (i, w, k)
        for i, line in enumerate(table)
        for w, k in enumerate(np.repeat(np.arange(5), line).tolist())
    ]
    assert fleiss_kappa(Answers.from_rows(rows)) == pytest.approx(0.210, abs=5e-4)
    with pytest.raises(InputError):
        fleiss_kappa(Answers.from_rows(rows[:-1]))


def test_kappa_without_variation_or_overlap_is_none():
    assert kappa_of_table(np.zeros((2, 2))) is None
    assert kappa_of_table(np.array([[5.0, 0], [0, 0]])) is None
    with pytest.raises(InputError):
        cohen_kappa(example(), "observer 0", "nobody")


def test_pairwise_matrices_hold_the_single_kappas():
    a = example()
    found = pairwise_agreement(a)
    for i in range(4):
        for j in range(i + 1, 4):
            expected = cohen_kappa(a, f"observer {i}", f"observer {j}")
            assert found.kappa[i, j] == pytest.approx(expected)
    assert found.shared[0, 1] == 9 and found.equal[0, 1] == pytest.approx(8 / 9)


def test_class_confusion_by_hand():
    a = Answers.from_rows(
        [(1, "a", "x"), (1, "b", "x"), (1, "c", "y"), (2, "a", "y"), (2, "b", "y"), (3, "a", "x")]
    )
    found = class_confusion(a)
    # item 1: ordered pairs xx 2, xy 2, yx 2, each 1/2; item 2: yy 2, each 1; item 3 has one answer
    assert found.table.tolist() == [[1, 1], [1, 2]]
    assert found.agreement.tolist() == pytest.approx([1 / 2, 2 / 3])
    assert found.most_confused() == [("x", "y", 1.0)]


def test_distance_view_tells_agreement_from_chance():
    rng = np.random.default_rng(0)
    centres = rng.uniform(0, 100, 40)
    close = [[c + e for e in rng.normal(0, 2, 3)] for c in centres]
    found = distance_view(close, lambda a, b: abs(a - b))
    assert found.better_than_chance > 0.9 and found.sigma > 0.6 and found.ks > 0.6
    noise = [list(rng.uniform(0, 100, 3)) for _ in range(40)]
    chance = distance_view(noise, lambda a, b: abs(a - b))
    assert abs(chance.better_than_chance - 0.5) < 0.08
    with pytest.raises(InputError):
        distance_view([[1.0, 2.0]], lambda a, b: abs(a - b))


def test_the_interval_resamples_whole_clusters():
    # 40 pictures of 10 objects each; within a picture all objects are agreed on, or none.
    rows, picture = [], {}
    for p in range(40):
        for o in range(10):
            picture[f"{p}-{o}"] = p
            label = "car" if (p + o) % 2 else "bus"
            other = label if p % 4 else ("bus" if label == "car" else "car")
            rows += [(f"{p}-{o}", "a", label), (f"{p}-{o}", "b", other)]
    answers = Answers.from_rows(rows)
    alone, together = alpha(answers, seed=1), alpha(answers, clusters=picture, seed=1)
    assert alone.value == together.value
    # Ten alike objects are one observation: the variance is ten times as large, the interval √10 ≈ 3.16 times as wide.
    ratio = (together.high - together.low) / (alone.high - alone.low)
    assert ratio == pytest.approx(10**0.5, rel=0.15)
