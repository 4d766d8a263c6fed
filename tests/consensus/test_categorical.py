"""Models of class answers: agreement with hand calculation, published figures, and defined results on poor input."""

from __future__ import annotations

import numpy as np
import pytest
from consensus_samples import shared_folder

from doujia.consensus import (
    Answers,
    Auto,
    Bwa,
    DawidSkene,
    Ebcc,
    Glad,
    Ibcc,
    Mace,
    MajorityVote,
    OneCoin,
    make,
    read_answers,
    read_gold,
)
from doujia.errors import InputError

MODELS = [MajorityVote, DawidSkene, OneCoin, Glad, Mace, Ibcc, Ebcc, Bwa, Auto]


def accuracy(model, truth):
    return float(
        np.mean(
            [truth[i] == label for i, label in zip(model.items_, model.labels_, strict=True) if i in truth]
        )
    )


def half_found_class():
    # class 1 is found in one case of three only: one-coin takes those answers for errors
    rng = np.random.default_rng(2)
    truth = (rng.random(400) < 0.3).astype(int)
    rows = []
    for i in range(400):
        for w in rng.choice(40, 7, replace=False):
            says_one = rng.random() < (0.35 if truth[i] else 0.03)
            rows.append((i, int(w), int(says_one)))
    return rows


def test_votes_by_hand():
    a = Answers.from_rows(
        [(1, "a", "x"), (1, "b", "x"), (1, "c", "y"), (2, "a", "y"), (2, "b", "x"), (3, "c", "y")]
    )
    model = MajorityVote().fit(a)
    assert np.allclose(model.probas_, [[2 / 3, 1 / 3], [0.5, 0.5], [0, 1]])
    assert model.tied_.tolist() == [False, True, False]
    # classes weigh (2/3 + 1/2) and (1/3 + 1/2 + 1): the tie goes to the more frequent y
    assert model.labels_ == ["x", "y", "y"]
    assert np.allclose(model.skills_, [(2 / 3 + 0.5) / 2, (2 / 3 + 0.5) / 2, (1 / 3 + 1) / 2])


def test_weights_count_as_votes():
    a = Answers.from_arrays([1, 1, 1], ["a", "b", "c"], ["x", "x", "y"], weight=[1.0, 1.0, 6.0])
    assert np.allclose(MajorityVote().fit_predict_proba(a), [[0.25, 0.75]])
    none = Answers.from_arrays([1, 1, 1], ["a", "b", "c"], ["x", "x", "y"], weight=[0.0, 0.0, 0.0])
    assert np.allclose(MajorityVote().fit_predict_proba(none), [[2 / 3, 1 / 3]])


def test_one_round_of_dawid_skene_by_hand():
    # items 1..2, workers a, b; start z = votes: item 1 -> (1, 0), item 2 -> (.5, .5); shrinkage 0, K = 2
    a = Answers.from_rows([(1, "a", 0), (1, "b", 0), (2, "a", 0), (2, "b", 1)])
    model = DawidSkene(shrinkage=0, max_rounds=1).fit(a)
    # a: true 0 -> says 0 always; true 1 -> says 0. b: true 0: says 0 w. 1/1.5; true 1: says 1.
    prior = np.array([(1.5 + 1) / 4, (0.5 + 1) / 4])
    item1 = prior * np.array([1 * (1 / 1.5), 1 * 0.0])
    item2 = prior * np.array([1 * (0.5 / 1.5), 1 * 1.0])
    assert np.allclose(model.probas_[0], item1 / item1.sum(), atol=1e-6)
    assert np.allclose(model.probas_[1], item2 / item2.sum(), atol=1e-6)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize(
    "rows",
    [
        [("i", "w", "x")],
        [(i, "w", "xy"[i % 2]) for i in range(6)],
        [(i, w, "x") for i in range(4) for w in range(3)],
        [(i, w, "xy"[w]) for i in range(4) for w in range(2)],
        [(i, w, "x" if w == 0 else "xy"[i % 2]) for i in range(6) for w in range(4)],
    ],
    ids=["one answer", "one worker", "one class", "all tied", "one who always says the same"],
)
def test_poor_input_gives_a_defined_result(model, rows):
    fitted = model().fit(Answers.from_rows(rows))
    p = np.asarray(fitted.probas_)
    assert p.shape == (len(fitted.items_), len(fitted.classes_))
    assert np.all(np.isfinite(p)) and np.allclose(p.sum(axis=1), 1)
    assert set(fitted.labels_) <= set(fitted.classes_)
    if len({r[2] for r in rows}) == 1:
        assert set(fitted.labels_) == {"x"}
    if len({r[1] for r in rows}) == 1:
        assert fitted.labels_ == [r[2] for r in sorted(rows)]


@pytest.mark.parametrize("model", [MajorityVote, OneCoin, Glad, Mace, Auto])
def test_ten_thousand_classes(model, crowd):
    rows, truth, _ = crowd(3, items=6100, workers=20, classes=10_000, overlap=3)
    fitted = model().fit(Answers.from_arrays(*rows, labels=range(10_000)))
    assert fitted.probas_.shape == (6100, 10_000)
    assert fitted.probas_.nnz <= len(rows[0])
    assert accuracy(fitted, dict(enumerate(truth.tolist()))) > 0.85


def test_dawid_skene_says_when_there_are_too_many_classes(crowd):
    rows, _, _ = crowd(3, items=900, workers=40, classes=10_000, overlap=3)
    with pytest.raises(InputError) as caught:
        DawidSkene().fit(Answers.from_arrays(*rows, labels=range(10_000)))
    assert caught.value.code == "too_many_classes" and "one_coin" in str(caught.value)


@pytest.mark.parametrize("model", MODELS)
def test_order_of_rows_and_names_do_not_matter(model, crowd):
    rows, _, _ = crowd(5, items=120, workers=15, classes=3)
    rng = np.random.default_rng(1)
    order = rng.permutation(len(rows[0]))
    names = rng.permutation(1000)
    plain = model().fit(Answers.from_arrays(*rows))
    shuffled = model().fit(Answers.from_arrays(*(column[order] for column in rows)))
    assert np.array_equal(plain.probas_, shuffled.probas_)
    renamed = model().fit(Answers.from_arrays(names[rows[0]], names[rows[1]], names[rows[2]]))
    rank = np.argsort(np.argsort(names[: len(plain.items_)]))
    columns = np.argsort(np.argsort(names[: len(plain.classes_)]))
    assert np.allclose(renamed.probas_[rank][:, columns], plain.probas_, atol=1e-9)


@pytest.mark.parametrize("model", MODELS)
def test_gold_is_kept_and_helps(model, crowd):
    rows, truth, _ = crowd(7, items=200, workers=12, classes=4, overlap=3, accuracy=(5, 4))
    gold = {i: int(truth[i]) for i in range(60)}
    fitted = model().fit(Answers.from_arrays(*rows), gold)
    assert [fitted.labels_[i] for i in range(60)] == [int(truth[i]) for i in range(60)]


def test_a_worker_who_swaps_two_classes_is_understood_not_dropped():
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 2, 200)
    rows = [
        (i, w, int(truth[i] if rng.random() < 0.8 else 1 - truth[i])) for i in range(200) for w in range(3)
    ]
    rows += [(i, 9, int(1 - truth[i])) for i in range(200)]
    fitted = DawidSkene().fit(Answers.from_rows(rows))
    assert fitted.confusions_[3, 0, 1] > 0.9 and fitted.confusions_[3, 1, 0] > 0.9
    assert accuracy(fitted, dict(enumerate(truth.tolist()))) > 0.99


def test_collapse_of_one_coin_is_reported():
    rows = half_found_class()
    fitted = OneCoin().fit(Answers.from_rows(rows))
    assert "class_collapsed" in [p.code for p in fitted.problems_]


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize(("first", "second"), [("x", "y"), ("y", "x")])
def test_priors_decide_what_the_answers_leave_open(model, first, second):
    rows = [(i, w, v) for i in range(6) for w, v in (("a", "x"), ("b", "y"))]
    fitted = model(priors={first: 0.9, second: 0.1}).fit(Answers.from_rows(rows))
    assert set(fitted.labels_) == {first}
    assert set(fitted.classes_) == {"x", "y"} and np.allclose(np.asarray(fitted.probas_).sum(axis=1), 1)


def test_given_priors_and_groups():
    rows = [(0, "a", "x"), (0, "b", "y"), (1, "a", "x"), (1, "b", "x")]
    fitted = DawidSkene(priors={"x": 0.9, "y": 0.1}).fit(Answers.from_rows(rows))
    assert np.allclose(fitted.class_priors_, [0.9, 0.1])
    assert fitted.labels_[0] == "x"
    with pytest.raises(InputError):
        DawidSkene(priors={"x": -1.0}).fit(Answers.from_rows(rows))
    # group 1 always swaps; a newcomer of that group with 2 answers is read by her group's matrix
    rng = np.random.default_rng(4)
    truth = rng.integers(0, 2, 300)
    table = [(i, f"s{w}", int(truth[i])) for i in range(300) for w in range(3)]
    table += [(i, f"r{w}", int(1 - truth[i])) for i in range(300) for w in range(2)]
    table += [(0, "new", 1 - int(truth[0])), (1, "new", 1 - int(truth[1])), (999, "new", 0)]
    groups = {w: ("r" if w.startswith(("r", "n")) else "s") for w in {row[1] for row in table}}
    fitted = DawidSkene(groups=groups).fit(Answers.from_rows(table))
    assert fitted.labels_[fitted.items_.index(999)] == 1
    assert DawidSkene().fit(Answers.from_rows(table)).confusions_.shape == (6, 2, 2)


@pytest.mark.skipif(shared_folder() is None, reason="the real answer sets are not here")
@pytest.mark.parametrize(
    ("name", "model", "published"),
    [
        ("bluebird", MajorityVote(), 0.759),
        ("bluebird", DawidSkene(), 0.889),
        ("rte", DawidSkene(), 0.924),
        ("rte", DawidSkene(shrinkage=0), 0.927),
        ("bluebird", Ibcc(), 0.889),
        ("bluebird", Mace(), 0.861),
        ("bluebird", Glad(), 0.722),
        ("bluebird", Bwa(), 0.759),
        ("rte", Ibcc(), 0.927),
        ("rte", Mace(), 0.926),
        ("rte", Glad(), 0.925),
        ("rte", Ebcc(), 0.931),
        ("rte", Bwa(), 0.927),
    ],
)
def test_published_accuracy_on_real_sets(name, model, published):
    folder = shared_folder() / "data" / "crowd" / name
    model.fit(read_answers(folder / "label.csv"))
    assert accuracy(model, read_gold(folder / "truth.csv")) == pytest.approx(published, abs=0.0015)


def test_gradient_of_glad_is_the_numeric_one(crowd):
    from scipy.optimize import approx_fprime

    from doujia.consensus.glad import _cost
    from doujia.consensus.votes import Votes

    rows, _, _ = crowd(11, items=12, workers=5, classes=3, overlap=3)
    votes = Votes(Answers.from_arrays(*rows))
    rng = np.random.default_rng(0)
    point, right = rng.normal(1, 0.5, votes.W + votes.T), rng.random(votes.n)
    numeric = approx_fprime(point, lambda p: _cost(p, votes, right)[0], 1e-6)
    assert np.allclose(_cost(point, votes, right)[1], numeric, atol=1e-4)


def test_auto_never_lets_a_class_vanish_and_gives_its_reason():
    rows = half_found_class()
    fitted = Auto().fit(Answers.from_rows(rows))
    why = {choice.model: choice.why for choice in fitted.choices_}
    assert why["one_coin"] == "collapsed"
    assert fitted.labels_.count(1) > 20
    assert "one_coin" in fitted.reason_.en and fitted.reason_.zh != fitted.reason_.en
    assert not fitted.calibrated_


def test_auto_follows_gold(crowd):
    # every third item is a trap where half of the people give the same wrong answer; gold tells which model copes
    rows, truth, _ = crowd(12, items=400, workers=20, classes=3, overlap=5, accuracy=(3, 2))
    gold = {i: int(truth[i]) for i in range(0, 400, 8)}
    fitted = Auto().fit(Answers.from_arrays(*rows), gold)
    votes = MajorityVote().fit(Answers.from_arrays(*rows), gold)
    held_out = {i: int(t) for i, t in enumerate(truth) if i not in gold}
    assert accuracy(fitted, held_out) >= accuracy(votes, held_out)
    assert fitted.calibrated_ and fitted.temperature_ is not None
    assert sum(choice.weight for choice in fitted.choices_) == pytest.approx(1, abs=1e-3)
    assert "50 hidden gold items" in fitted.reason_.en


def test_methods_by_name():
    assert isinstance(make("ds", shrinkage=4), DawidSkene)
    with pytest.raises(InputError) as caught:
        make("telepathy")
    assert caught.value.code == "method_unknown"
    with pytest.raises(InputError):
        Auto(models=["telepathy"])
    with pytest.raises(InputError) as caught:
        MajorityVote().fit([("i", "w", "x")])
    assert caught.value.code == "answers_expected"


@pytest.mark.parametrize("model", MODELS)
def test_a_crowd_of_spammers_is_flagged(model):
    rng = np.random.default_rng(0)
    rows = [(i, w, int(rng.integers(0, 3))) for i in range(150) for w in range(5)]
    assert "no_agreement" in [p.code for p in model().fit(Answers.from_rows(rows)).problems_]


def test_honest_answers_are_not_flagged(crowd):
    rows, _, _ = crowd(1)
    assert MajorityVote().fit(Answers.from_arrays(*rows)).problems_ == []
